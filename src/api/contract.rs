//! The served document, prepared for holding requests against it: which paths and methods exist, which
//! query parameters an operation takes, what a body must look like. What is published is what is
//! enforced.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, OnceLock, RwLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::body::violations;
use super::openapi;
use crate::domain::error::Fault;
use crate::domain::text;

/// The document and what was read from it.
pub struct Contract {
    /// The OpenAPI document as served.
    pub document: Value,
    /// Its bytes.
    pub text: String,
    templates: Vec<Template>,
    queries: HashMap<(String, String), BTreeMap<String, Parameter>>,
    validators: RwLock<HashMap<String, Arc<Validator>>>,
}

/// A query parameter as the document describes it.
pub struct Parameter {
    /// Its schema, references resolved.
    schema: Value,
    /// Made when the parameter is used for the first time: most of hundreds never are in a process.
    validator: OnceLock<Option<Validator>>,
}

impl Parameter {
    const fn of(schema: Value) -> Self {
        Self {
            schema,
            validator: OnceLock::new(),
        }
    }

    fn validator(&self) -> Option<&Validator> {
        let made = self.validator.get_or_init(|| {
            jsonschema::options()
                .should_validate_formats(true)
                .build(&self.schema)
                .ok()
        });
        made.as_ref()
    }

    /// What is wrong with a value.
    pub fn faults(&self, text: &str) -> Vec<Fault> {
        let value = match self.schema.get("type").and_then(Value::as_str) {
            Some("integer") => text
                .parse::<i64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
            Some("boolean") => text
                .parse::<bool>()
                .map_or_else(|_| json!(text), |truth| json!(truth)),
            _ => json!(text),
        };
        self.validator()
            .into_iter()
            .flat_map(|validator| validator.iter_errors(&value))
            .flat_map(|error| violations("", error.kind()))
            .collect()
    }
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
                queries.insert(
                    (method.clone(), path.clone()),
                    query_parameters(&document, operation),
                );
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

    /// The query parameters of an operation, by name.
    pub fn query_parameters(&self, method: &str, template: &str) -> Option<&BTreeMap<String, Parameter>> {
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
            .with_format(openapi::texts::SINGLE_LINE, text::is_single_line)
            .with_format(openapi::texts::PROSE, |_: &str| true)
            .build(&schema)
            .map_err(|error| format!("schema of {component}: {error}"))?;
        let validator = Arc::new(validator);
        if let Ok(mut made) = self.validators.write() {
            made.insert(component.to_owned(), Arc::clone(&validator));
        }
        Ok(validator)
    }

    /// Whether a request's component has members that must be there; none for an unknown component.
    pub fn has_obligatory_members(&self, component: &str) -> Option<bool> {
        let schema = self.document.pointer("/components/schemas")?.get(component)?;
        Some(openapi::has_obligatory_members(schema))
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

fn query_parameters(document: &Value, operation: &Value) -> BTreeMap<String, Parameter> {
    let resolved = |value: &Value| match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).cloned(),
        None => Some(value.clone()),
    };
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters
        .into_iter()
        .flatten()
        .filter_map(resolved)
        .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
        .filter_map(|parameter| {
            let name = parameter.get("name").and_then(Value::as_str)?.to_owned();
            let schema = parameter.get("schema").and_then(resolved).unwrap_or_default();
            Some((name, Parameter::of(schema)))
        })
        .collect()
}
