//! The served document, prepared for holding requests against it: which paths and methods exist, which
//! query parameters an operation takes, what a body must look like. What is published is what is
//! enforced.
//!
//! The document is long and most of it is never asked for in a process: only its outline is read at the
//! start, a part is read when it is used for the first time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, OnceLock, RwLock};

use jsonschema::Validator;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::body::violations;
use super::openapi;
use crate::domain::error::Fault;
use crate::domain::{text, time};

/// The document as text. A release has the kept one, which the tests hold against what the handlers say;
/// otherwise it is made from the handlers, so that it is never older than they are.
static TEXT: LazyLock<Cow<'static, str>> = LazyLock::new(|| {
    if cfg!(debug_assertions) {
        Cow::Owned(serde_json::to_string_pretty(&openapi::document()).unwrap_or_default())
    } else {
        Cow::Borrowed(include_str!("../../openapi/openapi.json").trim_end())
    }
});

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::read(&TEXT));

/// The document and what was read from it.
pub struct Contract {
    /// The OpenAPI document as served.
    pub text: &'static str,
    operations: Vec<Operation>,
    /// Operations by path and method, as indices.
    known: HashMap<&'static str, HashMap<String, usize>>,
    /// Operations by the number of their segments and their noun, so that few are compared with a path.
    shapes: HashMap<(usize, &'static str), Vec<usize>>,
    components: HashMap<&'static str, HashMap<&'static str, &'static RawValue>>,
    validators: RwLock<HashMap<String, Arc<Validator>>>,
}

struct Operation {
    method: String,
    path: &'static str,
    segments: Vec<&'static str>,
    raw: &'static RawValue,
    query: OnceLock<BTreeMap<String, Parameter>>,
    marks: OnceLock<Marks>,
}

/// What an operation says of itself.
#[derive(Default, Deserialize)]
struct Marks {
    #[serde(rename = "operationId", default)]
    id: String,
    #[serde(rename = "x-step-up", default)]
    decides: bool,
}

/// What is read at the start.
#[derive(Default, Deserialize)]
struct Outline {
    #[serde(borrow)]
    paths: HashMap<&'static str, HashMap<&'static str, &'static RawValue>>,
    components: HashMap<&'static str, HashMap<&'static str, &'static RawValue>>,
}

/// A query parameter as the document describes it.
pub struct Parameter {
    /// Whether it must be there.
    pub required: bool,
    /// Its schema, references resolved.
    schema: Value,
    /// Made when the parameter is used for the first time: most of hundreds never are in a process.
    validator: OnceLock<Option<Validator>>,
}

impl Parameter {
    const fn of(required: bool, schema: Value) -> Self {
        Self {
            required,
            schema,
            validator: OnceLock::new(),
        }
    }

    fn validator(&self) -> Option<&Validator> {
        let made = self.validator.get_or_init(|| {
            jsonschema::options()
                .should_validate_formats(true)
                .with_format(openapi::texts::SINGLE_LINE, text::is_single_line)
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
            Some("array") => text.split(',').map(str::trim).collect(),
            _ => json!(text),
        };
        self.validator()
            .into_iter()
            .flat_map(|validator| validator.iter_errors(&value))
            .flat_map(|error| violations("", error.kind()))
            .collect()
    }
}

impl Contract {
    /// The one contract of this binary.
    pub fn get() -> &'static Self {
        &CONTRACT
    }

    fn read(text: &'static str) -> Self {
        let Outline { paths, components } = serde_json::from_str(text).unwrap_or_default();
        let mut operations = Vec::new();
        let mut known: HashMap<_, HashMap<_, _>> = HashMap::new();
        let mut shapes: HashMap<_, Vec<usize>> = HashMap::new();
        for (path, item) in paths {
            for (method, raw) in item {
                let method = method.to_ascii_uppercase();
                known
                    .entry(path)
                    .or_default()
                    .insert(method.clone(), operations.len());
                let segments: Vec<&str> = path.split('/').collect();
                shapes.entry(shape(&segments)).or_default().push(operations.len());
                operations.push(Operation {
                    method,
                    path,
                    segments,
                    raw,
                    query: OnceLock::new(),
                    marks: OnceLock::new(),
                });
            }
        }
        Self {
            text,
            operations,
            known,
            shapes,
            components,
            validators: RwLock::default(),
        }
    }

    /// Methods of the operations of a path, empty when there is none.
    pub fn methods(&self, path: &str) -> BTreeSet<&str> {
        self.nearest(path)
            .into_iter()
            .map(|(_, operation)| operation.method.as_str())
            .collect()
    }

    /// The operations of the path that fits: one without parameters is nearer than one with them, whatever its
    /// methods.
    fn nearest(&self, path: &str) -> Vec<(usize, &Operation)> {
        let segments: Vec<&str> = path.split('/').collect();
        let fitting = || {
            let alike = self.shapes.get(&shape(&segments)).into_iter().flatten();
            alike
                .filter_map(|index| Some((*index, self.operations.get(*index)?)))
                .filter(|(_, operation)| operation.fits(&segments))
        };
        let least = fitting().map(|(_, operation)| operation.parameters()).min();
        fitting()
            .filter(|(_, operation)| Some(operation.parameters()) == least)
            .collect()
    }

    /// Index, method and path template of the operation that a request asks for, if there is one.
    pub fn operation(&'static self, method: &str, path: &str) -> Option<(usize, &'static str, &'static str)> {
        self.nearest(path)
            .into_iter()
            .find(|(_, operation)| operation.method == method)
            .map(|(index, operation)| (index, operation.method.as_str(), operation.path))
    }

    fn at(&self, method: &str, template: &str) -> Option<&Operation> {
        self.operations.get(*self.known.get(template)?.get(method)?)
    }

    /// Whether an operation is an act that decides, for which a stronger or more recent sign-on may be asked (CLM-09).
    pub fn decides(&self, method: &str, template: &str) -> bool {
        self.at(method, template)
            .is_some_and(|operation| operation.marks().decides)
    }

    /// Method and path template of the operation of this `operationId`, if there is one.
    pub fn named(&'static self, id: &str) -> Option<(&'static str, &'static str)> {
        let mut operations = self.operations.iter();
        let operation = operations.find(|operation| operation.marks().id == id)?;
        Some((operation.method.as_str(), operation.path))
    }

    /// The query parameters of an operation, by name.
    pub fn query_parameters(&self, method: &str, template: &str) -> Option<&BTreeMap<String, Parameter>> {
        let operation = self.at(method, template)?;
        Some(
            operation
                .query
                .get_or_init(|| self.read_query_parameters(operation)),
        )
    }

    fn read_query_parameters(&self, operation: &Operation) -> BTreeMap<String, Parameter> {
        let resolved = |value: &Value| match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.component(reference),
            None => Some(value.clone()),
        };
        let operation = read(operation.raw);
        let parameters = operation.get("parameters").and_then(Value::as_array);
        parameters
            .into_iter()
            .flatten()
            .filter_map(resolved)
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .filter_map(|parameter| {
                let name = parameter.get("name").and_then(Value::as_str)?.to_owned();
                let mut schema = parameter.get("schema").and_then(resolved).unwrap_or_default();
                if let Some(items) = schema.get_mut("items")
                    && let Some(whole) = resolved(items)
                {
                    *items = whole;
                }
                let required = parameter.get("required").and_then(Value::as_bool) == Some(true);
                Some((name, Parameter::of(required, schema)))
            })
            .collect()
    }

    /// What a reference within the document leads to.
    fn component(&self, reference: &str) -> Option<Value> {
        let (kind, name) = reference.strip_prefix("#/components/")?.split_once('/')?;
        self.components.get(kind)?.get(name).map(|raw| read(raw))
    }

    /// The schema of a component.
    pub fn schema(&self, component: &str) -> Option<Value> {
        self.component(&format!("#/components/schemas/{component}"))
    }

    /// The validator of a component, made once.
    pub fn validator(&self, component: &str) -> Result<Arc<Validator>, String> {
        if let Ok(made) = self.validators.read()
            && let Some(found) = made.get(component)
        {
            return Ok(Arc::clone(found));
        }
        let mut schemas = Map::new();
        self.gather(component, &mut schemas);
        let schema = json!({
            "$ref": format!("#/components/schemas/{component}"),
            "components": {"schemas": schemas},
        });
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .with_format(openapi::texts::SINGLE_LINE, text::is_single_line)
            .with_format(openapi::texts::PROSE, |_: &str| true)
            .with_format("date", time::is_business_date)
            .with_format("date-time", time::is_business_time)
            .build(&schema)
            .map_err(|error| format!("schema of {component}: {error}"))?;
        let validator = Arc::new(validator);
        if let Ok(mut made) = self.validators.write() {
            made.insert(component.to_owned(), Arc::clone(&validator));
        }
        Ok(validator)
    }

    /// A component and all that it refers to.
    fn gather(&self, component: &str, schemas: &mut Map<String, Value>) {
        if schemas.contains_key(component) {
            return;
        }
        let Some(schema) = self.schema(component) else {
            return;
        };
        let mut names = Vec::new();
        referred(&schema, &mut names);
        schemas.insert(component.to_owned(), schema);
        for name in names {
            self.gather(&name, schemas);
        }
    }
}

impl Operation {
    fn marks(&self) -> &Marks {
        self.marks
            .get_or_init(|| serde_json::from_str(self.raw.get()).unwrap_or_default())
    }

    /// How many segments of its path are parameters.
    fn parameters(&self) -> usize {
        let own = self.segments.iter();
        own.filter(|own| own.starts_with('{')).count()
    }

    fn fits(&self, segments: &[&str]) -> bool {
        self.segments.len() == segments.len()
            && self
                .segments
                .iter()
                .zip(segments)
                .all(|(own, given)| (own.starts_with('{') && !given.is_empty()) || own == given)
    }
}

/// Number of segments, and the noun: `/v1/{noun}/…`, or the only segment. No template has a parameter there.
fn shape<'s>(segments: &[&'s str]) -> (usize, &'s str) {
    let noun = segments.get(2).or_else(|| segments.last());
    (segments.len(), noun.copied().unwrap_or_default())
}

fn read(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// The names of the schemas that a schema refers to.
fn referred(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            names.extend(
                reference
                    .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
                    .map(str::to_owned),
            );
            members.values().for_each(|member| referred(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| referred(item, names)),
        _ => {}
    }
}
