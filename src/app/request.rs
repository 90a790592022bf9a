//! What a use case knows of the request, and the finished answer that is stored with its key.

use std::net::IpAddr;

use crate::domain::caller::Principal;
use crate::domain::error::{Code, Error, Fault, Result};

/// `If-Match` as the client sent it (RFC 9110 13.1.1), reduced to versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// `*`: any version.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl Precondition {
    /// Whether the condition holds for this version.
    pub fn holds(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

/// One request, as far as a use case is concerned.
#[derive(Debug, Clone)]
pub struct Request {
    /// The proven identity; none on public reads.
    pub principal: Option<Principal>,
    /// Id of the request in logs, journal and problem documents.
    pub request_id: String,
    /// Where it comes from, for the journal (OBS-08).
    pub origin: Origin,
    /// HTTP method.
    pub method: String,
    /// Route template, for example `/v1/submissions/{id}/submit`.
    pub route: String,
    /// `Idempotency-Key` without quotes.
    pub idempotency_key: Option<String>,
    /// `If-Match`.
    pub if_match: Option<Precondition>,
    /// `dry_run=true`: everything is checked and answered, nothing is kept.
    pub dry_run: bool,
    /// Holds a value against a component of the published document, all violations at once: what a patch makes
    /// is known only in the transaction.
    pub hold_against: fn(&mut serde_json::Value, &str) -> Result<()>,
}

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The client's address, past trusted proxies; none where the connection has no address.
    pub address: Option<IpAddr>,
    /// The trace of which the request is part, 32 hexadecimal digits (W3C Trace Context).
    pub trace_id: String,
}

impl Request {
    /// Who asks.
    ///
    /// # Errors
    /// `token.missing` on a public read.
    pub fn principal(&self) -> Result<&Principal> {
        self.principal
            .as_ref()
            .ok_or_else(|| Error::new(Code::TokenMissing))
    }

    /// Holds the condition, if one was sent, against a version: also where none is required (RFC 9110
    /// 13.1.1).
    ///
    /// # Errors
    /// `etag.stale`.
    pub fn hold(&self, version: i64) -> Result<()> {
        match &self.if_match {
            Some(condition) if !condition.holds(version) => Err(Error::stale(version)),
            _ => Ok(()),
        }
    }

    /// Refuses a condition that no object can meet: what is made has no version yet, and a condition that was
    /// sent is never passed over.
    ///
    /// # Errors
    /// `header.invalid`.
    pub fn hold_none(&self) -> Result<()> {
        if !self.names_versions() {
            return Ok(());
        }
        let fault = Fault::header("If-Match", Code::HeaderInvalid).says(
            "Thao tác này tạo mới, không có phiên bản nào để so với If-Match; hãy bỏ tiêu đề này",
            "This operation makes something new: there is no version to hold If-Match against; leave it out",
        );
        Err(Error::new(Code::HeaderInvalid).fault(fault))
    }

    /// Whether the client named the versions that it has seen; otherwise any version will do.
    pub const fn names_versions(&self) -> bool {
        matches!(self.if_match, Some(Precondition::Versions(_)))
    }
}

/// A finished answer: what the client gets now and, with the same key, again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header fields beside those that every answer has (`ETag`, `Location`).
    pub headers: Vec<(String, String)>,
    /// JSON text; empty with status 204.
    pub body: String,
    /// Whether this is a stored answer of an earlier request.
    pub replayed: bool,
}

/// An administrator named in the settings, so that the first grant can be made (M-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
}
