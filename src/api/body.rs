//! Request bodies: strict JSON, text brought to NFC, held against the published schema so that every
//! violation is answered at once, and only then turned into the handler's type.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::contract::Contract;
use super::problem::{MOST_FAULTS, Problem};
use super::shell;
use crate::domain::error::{Code, Error, Fault};
use crate::domain::json::{self, JsonFault, escape};
use crate::domain::text::{self, TextKind};

/// Largest JSON body (LIM-01).
pub const MOST_BYTES: usize = 1024 * 1024;
/// Deepest nesting of a JSON body.
const DEPTH: u8 = 32;
/// Longest single text of a body, in scalar values; each schema says less.
const LONGEST_TEXT: usize = 100_000;

/// The JSON body of a request.
pub struct Body<T>(pub T);

/// The body of an act that has no parameters: absent, or `{}`.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = check_media_type(request, accepted(request));
        let (payload, mut room) = (payload.take(), room(request));
        Box::pin(async move {
            let bytes = collect(payload, MOST_BYTES, room.as_mut()).await?;
            // No body at all is an empty object: what an act needs is then named member by member.
            if bytes.is_empty() {
                return parse(b"{}").map(Self).map_err(Problem);
            }
            media_type?;
            parse(&bytes).map(Self).map_err(Problem)
        })
    }
}

/// For `#[serde(default, deserialize_with)]` on members that `null` clears: absent → `None`,
/// `null` → `Some(None)`.
///
/// # Errors
/// The value's own.
pub fn clearable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}

/// JSON, and merge patch where it means the same (PAT-01 as decided).
fn accepted(request: &HttpRequest) -> &'static [&'static str] {
    if request.method() == actix_web::http::Method::PATCH {
        &["application/merge-patch+json", "application/json"]
    } else {
        &["application/json"]
    }
}

/// The refusal of a header field that says of the body what is not accepted, with what is (NEG-02, NEG-03);
/// the middleware makes `Accept`, `Accept-Patch` or `Accept-Encoding` of it.
pub(super) fn unsupported(field: &'static str, accepted: &[&str]) -> Problem {
    Problem(
        Error::new(Code::MediaTypeUnsupported)
            .says(
                format!("Hãy gửi {field}: {}", accepted.join(" hoặc ")),
                format!("Send {field}: {}", accepted.join(" or ")),
            )
            .with("accepted", accepted.to_vec())
            .fault(Fault::header(field, Code::MediaTypeUnsupported)),
    )
}

/// A body is sent as it is.
pub(super) fn check_coding(request: &HttpRequest) -> Result<(), Problem> {
    let coding = request.headers().get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding != "identity") {
        return Err(unsupported("Content-Encoding", &["identity"]));
    }
    Ok(())
}

/// Only what is accepted, in UTF-8 (NEG-02).
pub(super) fn check_media_type(request: &HttpRequest, accepted: &[&str]) -> Result<(), Problem> {
    check_coding(request)?;
    let value = request.headers().get(header::CONTENT_TYPE);
    let parsed = value.and_then(|value| value.to_str().ok()?.parse::<mime::Mime>().ok());
    let fits = parsed.is_some_and(|sent| {
        let charset = sent.get_param(mime::CHARSET);
        charset.is_none_or(|charset| charset == mime::UTF_8)
            && accepted
                .iter()
                .any(|one| sent.essence_str().eq_ignore_ascii_case(one))
    });
    if fits {
        Ok(())
    } else {
        Err(unsupported("Content-Type", accepted))
    }
}

/// Room for the body of a request; to be kept until the body is understood.
pub(super) fn room(request: &HttpRequest) -> Option<shell::Taken> {
    let shell = request.app_data::<web::Data<shell::Shell>>()?;
    Some(shell.room())
}

/// Reads a body of at most `limit` bytes, for which there has to be room.
pub(super) async fn collect(
    mut payload: Payload,
    limit: usize,
    mut room: Option<&mut shell::Taken>,
) -> Result<web::BytesMut, Problem> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem(broken(&error)))?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Problem(Error::too_large(Code::BodyTooLarge, limit)));
        }
        bytes.extend_from_slice(&chunk);
        if let Some(room) = &mut room {
            room.grow(bytes.capacity()).map_err(Problem)?;
        }
    }
    Ok(bytes)
}

/// The refusal of a body that did not come to its end.
pub(super) fn broken(error: &PayloadError) -> Error {
    Error::new(if shell::timed_out(error) {
        Code::BodyTimeout
    } else {
        Code::BodySyntax
    })
}

/// Reads and checks a body.
///
/// # Errors
/// Syntax (400) or every violation of the schema (422).
pub fn parse<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<T, Error> {
    convert(&mut value(bytes)?)
}

/// The JSON value that a body is.
///
/// # Errors
/// Syntax (400).
pub(super) fn value(bytes: &[u8]) -> Result<Value, Error> {
    json::parse(bytes, DEPTH).map_err(|refused| {
        let at = |code| {
            Fault::at(refused.pointer.clone(), code)
                .with("line", refused.line)
                .with("column", refused.column)
        };
        match refused.fault {
            JsonFault::Duplicate => {
                Error::new(Code::BodyDuplicateMember).fault(at(Code::BodyDuplicateMember))
            }
            JsonFault::TooDeep => Error::invalid(vec![
                at(Code::FieldRange)
                    .with("maximum", DEPTH)
                    .says("Nội dung lồng nhau quá sâu", "The content is nested too deeply"),
            ]),
            JsonFault::Number => Error::invalid(vec![
                at(Code::FieldRange).says("Số quá lớn", "The number is too large"),
            ]),
            JsonFault::Surrogate => Error::invalid(vec![at(Code::FieldFormat).says(
                "Nửa cặp ký tự thay thế (surrogate), không phải là ký tự",
                "Half of a surrogate pair is no character",
            )]),
            JsonFault::Syntax => Error::new(Code::BodySyntax)
                .with("line", refused.line)
                .with("column", refused.column)
                .fault(at(Code::BodySyntax)),
        }
    })
}

/// Brings the texts of a value to their normal form and turns it into the handler's type.
///
/// # Errors
/// Every violation of the schema (422).
pub(super) fn convert<T: DeserializeOwned + ToSchema>(value: &mut Value) -> Result<T, Error> {
    check(value, &T::name())?;
    json::typed(value, "").map_err(|fault| Error::invalid(vec![fault]))
}

/// Normalises the texts of a value and holds it against a component of the document.
///
/// # Errors
/// Every violation.
pub fn check(value: &mut Value, component: &str) -> Result<(), Error> {
    let mut texts = Vec::new();
    normalise(value, &mut String::new(), &mut texts);
    let mut faults = Vec::new();
    let validator = Contract::get().validator(component).map_err(Error::internal)?;
    for violation in validator.iter_errors(value).take(MOST_FAULTS) {
        let place = violation.instance_path().to_string();
        if let (ValidationErrorKind::FalseSchema, Some(Value::Object(members))) =
            (violation.kind(), value.pointer(&place))
        {
            // An object that has no members at all: each one is unknown.
            let unknown = |name: &String| Fault::at(format!("{place}/{}", escape(name)), Code::FieldUnknown);
            faults.extend(members.keys().map(unknown).take(MOST_FAULTS));
        } else {
            faults.extend(violations(&place, violation.kind()));
        }
        // Each is held against each below: no more of them than are told.
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    // One violation a text: what it may not hold says more than that it fits no pattern, and how long it may
    // be in its schema more than how long any text may be.
    texts.retain(|text| {
        text.code != Code::FieldLength || faults.iter().all(|fault| fault.place != text.place)
    });
    faults.retain(|fault| texts.iter().all(|text| text.place != fault.place));
    texts.extend(faults);
    crate::domain::error::all_valid(texts)
}

fn normalise(value: &mut Value, pointer: &mut String, faults: &mut Vec<Fault>) {
    let here = pointer.len();
    match value {
        Value::String(text) => match text::normalise_optional(text, TextKind::Prose, LONGEST_TEXT) {
            Ok(normal) => *text = normal,
            Err(fault) if faults.len() < MOST_FAULTS => faults.push(fault.at(pointer.as_str())),
            Err(_) => {}
        },
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                normalise(item, pointer, faults);
                pointer.truncate(here);
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                pointer.push('/');
                pointer.push_str(&escape(name));
                normalise(member, pointer, faults);
                pointer.truncate(here);
            }
        }
        // A whole number may be written as 1.0 (JSON Schema 6.1.1).
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole.into();
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn whole(number: &Number) -> Option<i64> {
    if !number.is_f64() {
        return None;
    }
    let text = number.to_string();
    let (digits, fraction) = text.split_once('.')?;
    if fraction.bytes().all(|byte| byte == b'0') {
        digits.parse().ok()
    } else {
        None
    }
}

/// One violation of a schema as faults.
pub(super) fn violations(place: &str, kind: &ValidationErrorKind) -> Vec<Fault> {
    let one = |code| vec![Fault::at(place, code)];
    match kind {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .take(MOST_FAULTS)
            .map(|name| Fault::at(format!("{place}/{}", escape(name)), Code::FieldUnknown))
            .collect(),
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Fault::at(
                format!("{place}/{}", escape(name)),
                Code::FieldRequired,
            )]
        }
        ValidationErrorKind::Type { kind } => {
            let expected: Vec<String> = match kind {
                TypeKind::Single(expected) => vec![expected.to_string()],
                TypeKind::Multiple(expected) => expected.iter().map(|one| one.to_string()).collect(),
            };
            vec![Fault::at(place, Code::FieldType).with("expected", expected)]
        }
        ValidationErrorKind::Enum { options } => {
            vec![Fault::at(place, Code::FieldChoice).with("choices", options.as_ref().clone())]
        }
        ValidationErrorKind::MinLength { limit: 1 } => one(Code::TextEmpty),
        ValidationErrorKind::MaxLength { limit } | ValidationErrorKind::MaxItems { limit } => {
            vec![Fault::at(place, Code::FieldLength).with("maximum", *limit)]
        }
        ValidationErrorKind::MinLength { limit } | ValidationErrorKind::MinItems { limit } => {
            vec![Fault::at(place, Code::FieldLength).with("minimum", *limit)]
        }
        ValidationErrorKind::Maximum { limit } => {
            vec![Fault::at(place, Code::FieldRange).with("maximum", limit.clone())]
        }
        ValidationErrorKind::Minimum { limit } => {
            vec![Fault::at(place, Code::FieldRange).with("minimum", limit.clone())]
        }
        ValidationErrorKind::Pattern { pattern } => {
            vec![Fault::at(place, Code::FieldPattern).with("pattern", pattern.clone())]
        }
        ValidationErrorKind::Format { format } if format == super::openapi::texts::SINGLE_LINE => {
            one(Code::TextSingleLine)
        }
        ValidationErrorKind::Format { format } => {
            vec![Fault::at(place, Code::FieldFormat).with("format", format.clone())]
        }
        ValidationErrorKind::UniqueItems => one(Code::FieldDuplicate),
        _ => one(Code::FieldFormat),
    }
}
