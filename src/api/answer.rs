//! Answers: representation, `ETag`, `Location`, caching; and the members that every resource shares.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::problem::{self, Language, Problem};
use crate::app::{Answer, Outcome, Possible, Tx, Way};
use crate::domain::error::{Error, Fault, Result};

/// What a handler answers.
pub type Reply = std::result::Result<HttpResponse, Problem>;

/// The wire form of a versioned record.
pub trait Resource: serde::Serialize + Sized + Send + 'static {
    /// What the use case answers.
    type Record: Send + 'static;
    /// Path of the collection; parameters of it stand in braces.
    const PATH: &'static str;

    /// Finds a record by its identifier, if this caller may see it. What is not found by an identifier alone
    /// keeps the refusal.
    ///
    /// # Errors
    /// `resource.not_found`.
    fn read(_tx: &mut Tx<'_>, _id: Uuid) -> Result<Self::Record> {
        Err(Error::not_found())
    }
    /// Presents a record to this caller, with what it may do next.
    ///
    /// # Errors
    /// The driver's error.
    fn present(tx: &mut Tx<'_>, record: Self::Record, language: Language) -> Result<Self>;
    /// Identifier.
    fn id(&self) -> Uuid;
    /// Version, from 1.
    fn version(&self) -> i64;
    /// Where a write puts its remarks.
    fn outcome_mut(&mut self) -> &mut Option<OutcomeView>;
}

/// A remark, violation or obstacle.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultView {
    /// JSON pointer into the request body, when it concerns a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// Stable code, see `/v1/meta/errors`.
    pub code: String,
    /// Sentence in the language of the answer.
    pub detail: String,
    /// Figures and names of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Parameters>)]
    pub params: Option<serde_json::Value>,
}

/// Figures and names of a case, by name.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct Parameters {}

impl FaultView {
    /// The fault in one language.
    pub fn of(fault: &Fault, language: Language) -> Self {
        let value = problem::fault(fault, language);
        let text = |name: &str| {
            value
                .get(name)
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned)
        };
        Self {
            pointer: text("pointer"),
            code: fault.code.as_str().to_owned(),
            detail: text("detail").unwrap_or_default(),
            params: value.get("params").cloned(),
        }
    }
}

/// An act that the machine permits in the present state, and what blocks it for this caller (U22).
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct AllowedAction {
    /// Name of the act, for example `submit`.
    #[schema(example = "submit")]
    pub action: String,
    /// HTTP method.
    #[schema(example = "POST")]
    pub method: String,
    /// Relative reference; a parameter of the act's own path stands in braces (`…/votes/{nomination_id}`).
    #[schema(example = "/v1/submissions/01990000-0000-7000-8000-000000000001/submit")]
    pub href: String,
    /// Header fields that the act needs.
    pub requires: Vec<String>,
    /// What stands in its way now, in the order in which it is refused; empty when only the request's own
    /// content can fail.
    pub blocked_by: Vec<FaultView>,
}

/// Presents the acts of one resource.
pub fn actions(path: &str, id: Uuid, possible: &[Possible], language: Language) -> Vec<AllowedAction> {
    possible
        .iter()
        .map(|act| {
            let (method, href) = match (act.way, act.verb) {
                (Way::Below(method, below), _) => (method, format!("{path}/{id}/{below}")),
                (Way::At(method, collection), _) => (method, collection.to_owned()),
                (Way::Verb, "edit") => ("PATCH", format!("{path}/{id}")),
                (Way::Verb, "delete") => ("DELETE", format!("{path}/{id}")),
                (Way::Verb, verb) => ("POST", format!("{path}/{id}/{verb}")),
            };
            let requires = if act.versioned {
                vec!["If-Match".to_owned()]
            } else {
                Vec::new()
            };
            AllowedAction {
                action: act.verb.to_owned(),
                method: method.to_owned(),
                href,
                requires,
                blocked_by: act
                    .blocked_by
                    .iter()
                    .map(|fault| FaultView::of(fault, language))
                    .collect(),
            }
        })
        .collect()
}

/// What a write tells beside the resource (M-14).
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Outcome)]
pub struct OutcomeView {
    /// True when nothing was kept (`dry_run=true`).
    pub dry_run: bool,
    /// Remarks that do not stop the act.
    pub warnings: Vec<FaultView>,
    /// Members of the resource that changed.
    pub changed_fields: Vec<String>,
}

impl OutcomeView {
    fn of(outcome: &Outcome, language: Language) -> Self {
        Self {
            dry_run: outcome.dry_run,
            warnings: outcome
                .warnings
                .iter()
                .map(|warning| FaultView::of(warning, language))
                .collect(),
            changed_fields: outcome.changed_fields.clone(),
        }
    }
}

/// JSON text of a value.
pub fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// `"{version}-{hash}"`: the version for `If-Match`, the hash so that a 304 never freezes what depends
/// on caller, day or language (M-13).
pub fn tag(version: i64, body: &str) -> String {
    format!("\"{version}-{}\"", short_hash(body.as_bytes()))
}

/// The tag of what has no version: it serves `If-None-Match` and fits no `If-Match`.
pub fn content_tag(body: impl AsRef<[u8]>) -> String {
    format!("\"h-{}\"", short_hash(body.as_ref()))
}

fn short_hash(body: &[u8]) -> String {
    let mut digest = hex::encode(Sha256::digest(body));
    digest.truncate(12);
    digest
}

fn presented<V: Resource>(tx: &mut Tx<'_>, record: V::Record, language: Language) -> Result<(V, String)> {
    let mut view = V::present(tx, record, language)?;
    // The tag is that of a later GET, which has no outcome.
    let tag = tag(view.version(), &json(&view)?);
    *view.outcome_mut() = Some(OutcomeView::of(&tx.outcome, language));
    Ok((view, tag))
}

/// A resource as this caller reads it: its version and its representation.
pub(super) fn shown<V: Resource>(
    tx: &mut Tx<'_>,
    record: V::Record,
    language: Language,
) -> Result<(i64, String)> {
    let view = V::present(tx, record, language)?;
    Ok((view.version(), json(&view)?))
}

pub(super) fn created<V: Resource>(
    tx: &mut Tx<'_>,
    record: V::Record,
    language: Language,
    location: fn(&V) -> String,
) -> Result<Answer> {
    let (view, tag) = presented::<V>(tx, record, language)?;
    Ok(Answer {
        status: 201,
        headers: vec![("ETag".to_owned(), tag), ("Location".to_owned(), location(&view))],
        body: json(&view)?,
        replayed: false,
    })
}

pub(super) fn changed<V: Resource>(tx: &mut Tx<'_>, record: V::Record, language: Language) -> Result<Answer> {
    let (view, tag) = presented::<V>(tx, record, language)?;
    Ok(Answer {
        status: 200,
        headers: vec![("ETag".to_owned(), tag)],
        body: json(&view)?,
        replayed: false,
    })
}

pub(super) fn plain(value: &impl serde::Serialize) -> Result<Answer> {
    Ok(Answer {
        status: 200,
        headers: Vec::new(),
        body: json(value)?,
        replayed: false,
    })
}

pub(super) fn removed() -> Answer {
    Answer {
        status: 204,
        headers: Vec::new(),
        body: String::new(),
        replayed: false,
    }
}

/// The answer of a write as a response.
pub fn send(answer: &Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    if answer.replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    if status == StatusCode::NO_CONTENT {
        return response.finish();
    }
    response
        .content_type("application/json")
        .body(answer.body.clone())
}

/// Whether an `If-None-Match` names the tag; compared weakly (RFC 9110 13.1.2).
pub fn names(field: &str, tag: &str) -> bool {
    field.trim() == "*"
        || field
            .split(',')
            .any(|candidate| candidate.trim().trim_start_matches("W/") == tag)
}

/// 200 with the tag of the content, or 304 when the client has it.
pub fn computed(body: String, if_none_match: Option<&str>) -> HttpResponse {
    conditional(&content_tag(&body), body, if_none_match)
}

/// 200 with the tag of a version and its representation, or 304 when the client has it.
pub fn versioned(version: i64, body: String, if_none_match: Option<&str>) -> HttpResponse {
    conditional(&tag(version, &body), body, if_none_match)
}

/// A representation with its tag, or 304 when the client has it.
fn conditional(tag: &str, body: String, if_none_match: Option<&str>) -> HttpResponse {
    let known = if_none_match.is_some_and(|field| names(field, tag));
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if known {
        response.finish()
    } else {
        response.content_type("application/json").body(body)
    }
}
