//! The served document, prepared for holding requests against it: which paths and methods exist, which
//! query parameters an operation takes, what a body must look like. What is published is what is
//! enforced.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, RwLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::openapi;

/// The document and what was read from it.
pub struct Contract {
    /// The OpenAPI document as served.
    pub document: Value,
    /// Its bytes.
    pub text: String,
    templates: Vec<Template>,
    queries: HashMap<(String, String), BTreeSet<String>>,
    validators: RwLock<HashMap<String, Arc<Validator>>>,
}

struct Template {
    segments: Vec<String>,
    methods: BTreeSet<String>,
}

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::read(openapi::document()));

impl Contract {
    /// The one contract of this binary.
    pub fn get() -> &'static Self {
        &CONTRACT
    }

    fn read(document: Value) -> Self {
        let mut templates = Vec::new();
        let mut queries = HashMap::new();
        let empty = serde_json::Map::new();
        for (path, item) in document.get("paths").and_then(Value::as_object).unwrap_or(&empty) {
            let mut methods = BTreeSet::new();
            for (method, operation) in item.as_object().unwrap_or(&empty) {
                let method = method.to_ascii_uppercase();
                queries.insert((method.clone(), path.clone()), query_names(&document, operation));
                methods.insert(method);
            }
            templates.push(Template {
                segments: path.split('/').map(str::to_owned).collect(),
                methods,
            });
        }
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        Self {
            document,
            text,
            templates,
            queries,
            validators: RwLock::default(),
        }
    }

    /// Methods of the operations whose path fits, empty when there is none.
    pub fn methods(&self, path: &str) -> BTreeSet<&str> {
        let segments: Vec<&str> = path.split('/').collect();
        self.templates
            .iter()
            .filter(|template| template.fits(&segments))
            .flat_map(|template| template.methods.iter().map(String::as_str))
            .collect()
    }

    /// Names of the query parameters of an operation.
    pub fn query_names(&self, method: &str, template: &str) -> Option<&BTreeSet<String>> {
        self.queries.get(&(method.to_owned(), template.to_owned()))
    }

    /// The validator of a component, made once.
    pub fn validator(&self, component: &str) -> Result<Arc<Validator>, String> {
        if let Ok(made) = self.validators.read()
            && let Some(found) = made.get(component)
        {
            return Ok(Arc::clone(found));
        }
        let schema = json!({
            "$ref": format!("#/components/schemas/{component}"),
            "components": self.document.get("components"),
        });
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| format!("schema of {component}: {error}"))?;
        let validator = Arc::new(validator);
        if let Ok(mut made) = self.validators.write() {
            made.insert(component.to_owned(), Arc::clone(&validator));
        }
        Ok(validator)
    }

    /// Every operation as (method, path, operation object).
    pub fn operations(&self) -> Vec<(String, String, &Value)> {
        let mut all = BTreeMap::new();
        if let Some(paths) = self.document.get("paths").and_then(Value::as_object) {
            for (path, item) in paths {
                for (method, operation) in item.as_object().into_iter().flatten() {
                    all.insert((path.clone(), method.to_ascii_uppercase()), operation);
                }
            }
        }
        all.into_iter()
            .map(|((path, method), operation)| (method, path, operation))
            .collect()
    }
}

impl Template {
    fn fits(&self, segments: &[&str]) -> bool {
        self.segments.len() == segments.len()
            && self
                .segments
                .iter()
                .zip(segments)
                .all(|(own, given)| (own.starts_with('{') && !given.is_empty()) || own == given)
    }
}

fn query_names(document: &Value, operation: &Value) -> BTreeSet<String> {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters
        .into_iter()
        .flatten()
        .filter_map(|parameter| match parameter.get("$ref").and_then(Value::as_str) {
            Some(reference) => document.pointer(reference.trim_start_matches('#')),
            None => Some(parameter),
        })
        .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
        .filter_map(|parameter| parameter.get("name").and_then(Value::as_str).map(str::to_owned))
        .collect()
}
