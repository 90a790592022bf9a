//! One call: who, with which precondition and key, in which language; and the five ways to answer it.

use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::future::LocalBoxFuture;

use super::answer::{self, Reply, Resource};
use super::body;
use super::middleware::Context;
use super::observe;
use super::page;
pub use super::path::{Id, path_id, path_number};
use super::problem::{Language, Problem};
use super::query;
use super::step_up;
use crate::app::{Answer, App, Command, Find, Origin, Precondition, Request, Rows, Slice, Tx};
use crate::domain::caller::Principal;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::identity::{self, TokenError, Verifier};

/// An authenticated call.
pub struct Call {
    app: App,
    request: Request,
    language: Language,
    if_none_match: Option<String>,
    path: String,
    query: String,
    count: bool,
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { read(&request).await.map_err(Problem) })
    }
}

async fn read(request: &HttpRequest) -> Result<Call> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| Error::internal("no App"))?;
    let context = request.extensions().get::<Context>().cloned().unwrap_or_default();
    let (principal, address) = principal(request).await?;
    observe::note_caller(request, &context, &principal);
    // The router would compare the path with its patterns once more.
    let template = match context.operation {
        Some(operation) => operation.route.to_owned(),
        None => request.match_pattern().unwrap_or_default(),
    };
    debug_assert_eq!(Some(&template), request.match_pattern().as_ref());
    step_up::hold(request, &principal, &template)?;
    let method = request.method().as_str();
    query::check(method, &template, request.query_string())?;
    let headers = request.headers();
    Ok(Call {
        app: app.get_ref().clone(),
        request: Request {
            principal: Some(principal),
            request_id: context.seen.request_id.clone(),
            origin: Origin {
                address,
                trace_id: context.seen.trace.id().to_string(),
            },
            method: method.to_owned(),
            route: template,
            idempotency_key: idempotency_key(headers)?,
            // Of a read the document knows `If-None-Match` alone; what else is sent is passed over.
            if_match: if request.method().is_safe() {
                None
            } else {
                refuse_if_none_match(headers)?;
                if_match(headers)?
            },
            dry_run: dry_run(request.query_string())?,
            hold_against: body::check,
        },
        language: context.language,
        if_none_match: headers
            .get(header::IF_NONE_MATCH)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        count: prefers_count(headers),
    })
}

/// `Prefer: count=exact` (LST-03). What else is preferred, or cannot be read, is passed over (RFC 7240 2).
pub(super) fn prefers_count(headers: &HeaderMap) -> bool {
    let fields = headers.get_all("prefer").filter_map(|value| value.to_str().ok());
    fields
        .flat_map(|field| field.split(','))
        .filter_map(|preference| preference.split(';').next()?.split_once('='))
        .any(|(name, value)| {
            name.trim().eq_ignore_ascii_case("count") && value.trim().trim_matches('"') == "exact"
        })
}

/// What the token of a request was found to prove before it was routed, and the client's address.
pub struct Proof(pub Result<Principal>, pub Option<IpAddr>);

async fn principal(request: &HttpRequest) -> Result<(Principal, Option<IpAddr>)> {
    // There is one call a request.
    let known = request.extensions_mut().remove::<Proof>();
    match known {
        Some(Proof(known, address)) => Ok((known?, address)),
        None => Ok((prove(request).await?, None)),
    }
}

/// Verifies the bearer token. Takes no database connection (ERR-10).
///
/// # Errors
/// `token.*`, `header.invalid`, `auth.keys_unavailable`.
pub async fn prove(request: &HttpRequest) -> Result<Principal> {
    let fields: Vec<&str> = request
        .headers()
        .get_all(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or("?"))
        .collect();
    let token = match identity::bearer(&fields) {
        Ok(Some(token)) => token,
        Ok(None) => return Err(Error::new(Code::TokenMissing)),
        Err(identity::BearerError::Several) => {
            return Err(
                Error::new(Code::HeaderInvalid).fault(Fault::header("Authorization", Code::HeaderInvalid))
            );
        }
        Err(identity::BearerError::OtherScheme) => return Err(Error::new(Code::TokenInvalid)),
    };
    let verifier = request
        .app_data::<web::Data<Verifier>>()
        .ok_or_else(|| Error::internal("no Verifier"))?;
    // Tokens live on the system's clock, business on the application's (M-6).
    let now = crate::domain::time::Clock::now(&crate::domain::time::SystemClock).utc();
    verifier.verify(token, now).await.map_err(|error| match error {
        TokenError::Expired => Error::new(Code::TokenExpired),
        TokenError::SubjectMissing => Error::new(Code::TokenSubjectMissing),
        TokenError::Invalid(_) => Error::new(Code::TokenInvalid),
        TokenError::KeysUnavailable => Error {
            cause: Some(
                "there are no usable keys of the issuer, see the warnings about its fetches".to_owned(),
            ),
            ..Error::new(Code::AuthKeysUnavailable)
        },
    })
}

fn dry_run(query: &str) -> Result<bool> {
    let value = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "dry_run");
    match value.as_ref().map(|(_, value)| value.as_ref()) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::new(Code::QueryInvalid)
            .fault(Fault::parameter("dry_run", Code::FieldChoice).with("choices", vec!["true", "false"]))),
    }
}

/// The key of the draft's quoted form and the bare one are the same (IDM-02).
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let invalid = || {
        Error::new(Code::IdempotencyKeyInvalid)
            .fault(Fault::header("Idempotency-Key", Code::IdempotencyKeyInvalid))
    };
    let mut fields = headers.get_all("idempotency-key");
    let Some(value) = fields.next() else {
        return Ok(None);
    };
    if fields.next().is_some() {
        return Err(invalid());
    }
    let text = value.to_str().map_err(|_| invalid())?.trim();
    // A quotation mark at the beginning is that of a quoted key, which has none inside.
    let key = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').filter(|key| !key.contains('"')),
        None => Some(text),
    };
    let key = key.ok_or_else(invalid)?;
    let visible = key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if key.is_empty() || key.len() > 255 || !visible {
        return Err(invalid());
    }
    Ok(Some(key.to_owned()))
}

/// Of a change the service knows `If-Match` alone, and a condition that was sent is never passed over.
fn refuse_if_none_match(headers: &HeaderMap) -> Result<()> {
    if !headers.contains_key(header::IF_NONE_MATCH) {
        return Ok(());
    }
    let fault = Fault::header("If-None-Match", Code::HeaderInvalid).says(
        "Khi thay đổi chỉ dùng If-Match; hãy bỏ If-None-Match",
        "A change is held against If-Match alone; leave If-None-Match out",
    );
    Err(Error::new(Code::HeaderInvalid).fault(fault))
}

/// `"{version}-{hash}"` or the bare `"{version}"`; only the version is compared (M-13).
fn if_match(headers: &HeaderMap) -> Result<Option<Precondition>> {
    let invalid = || Error::new(Code::HeaderInvalid).fault(Fault::header("If-Match", Code::HeaderInvalid));
    let mut versions = Vec::new();
    let (mut present, mut weak) = (false, false);
    for value in headers.get_all(header::IF_MATCH) {
        present = true;
        let text = value.to_str().map_err(|_| invalid())?.trim();
        if text == "*" {
            return Ok(Some(Precondition::Any));
        }
        for tag in text.split(',').map(str::trim) {
            // A weak tag never matches (RFC 9110 13.1.1); beside a strong one it does no harm.
            if tag.starts_with("W/\"") {
                weak = true;
                continue;
            }
            let inner = tag
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .ok_or_else(invalid)?;
            let well_formed = !inner.is_empty()
                && inner
                    .bytes()
                    .all(|byte| byte != b'"' && byte > 0x20 && byte < 0x7f);
            if !well_formed {
                return Err(invalid());
            }
            // A strong tag of another form is well-formed and simply never matches.
            let version = inner.split('-').next().and_then(|digits| digits.parse().ok());
            versions.push(version.unwrap_or(-1));
        }
    }
    if weak && versions.is_empty() {
        return Err(Error::new(Code::EtagWeak));
    }
    Ok(present.then_some(Precondition::Versions(versions)))
}

impl Call {
    /// Makes a resource: 201, `Location`, `ETag`, the whole resource (API-15).
    pub async fn create<V, C>(self, command: C) -> Reply
    where
        V: Resource,
        C: Command<Output = V::Record>,
    {
        self.create_at::<V, C>(command, |view| format!("{}/{}", V::PATH, view.id()))
            .await
    }

    /// As `create`, for what is found elsewhere than in the collection of `V`: a resource below another one,
    /// or parts of `V`.
    pub async fn create_at<V, C>(self, command: C, location: fn(&V) -> String) -> Reply
    where
        V: Resource,
        C: Command<Output = V::Record>,
    {
        let language = self.language;
        let present =
            move |tx: &mut Tx<'_>, record: V::Record| answer::created::<V>(tx, record, language, location);
        self.run(command, present).await
    }

    /// Changes a resource: 200, `ETag`, the whole resource (API-14).
    pub async fn change<V, C>(self, command: C) -> Reply
    where
        V: Resource,
        C: Command<Output = V::Record>,
    {
        let language = self.language;
        let present = move |tx: &mut Tx<'_>, record: V::Record| answer::changed::<V>(tx, record, language);
        let (app, request, path) = (self.app.clone(), self.request.clone(), self.path.clone());
        match self.run(command, present).await {
            Err(Problem(stale)) if stale.code == Code::EtagStale => Err(Problem(
                with_current::<V>(&app, request, &path, language, stale).await,
            )),
            reply => reply,
        }
    }

    /// Does a command whose answer is no resource of its own: 200 with what `present` makes.
    pub async fn perform<T, C, P>(self, command: C, present: P) -> Reply
    where
        T: serde::Serialize,
        C: Command,
        P: Fn(&mut Tx<'_>, C::Output, Language) -> Result<T> + Send + Sync + 'static,
    {
        let language = self.language;
        let present =
            move |tx: &mut Tx<'_>, output: C::Output| answer::plain(&present(tx, output, language)?);
        self.run(command, present).await
    }

    /// Makes a part of a resource, without a version of its own: 201 with its path, the tag of the whole and its
    /// representation.
    pub async fn add<T, C, P>(self, command: C, present: P) -> Reply
    where
        T: serde::Serialize,
        C: Command,
        P: Fn(&mut Tx<'_>, C::Output, Language) -> Result<(String, i64, T)> + Send + Sync + 'static,
    {
        let language = self.language;
        let present = move |tx: &mut Tx<'_>, output: C::Output| {
            let (location, version, part) = present(tx, output, language)?;
            let tag = answer::tag(version, &answer::json(&part)?);
            Ok(Answer {
                status: 201,
                headers: vec![("Location".to_owned(), location), ("ETag".to_owned(), tag)],
                ..answer::plain(&part)?
            })
        };
        self.run(command, present).await
    }

    /// Removes a resource: 204 (API-16).
    pub async fn remove<C: Command<Output = ()>>(self, command: C) -> Reply {
        self.run(command, |_: &mut Tx<'_>, ()| Ok(answer::removed()))
            .await
    }

    async fn run<C, P>(self, command: C, present: P) -> Reply
    where
        C: Command,
        P: Fn(&mut Tx<'_>, C::Output) -> Result<Answer> + Send + Sync + 'static,
    {
        // Kept with the answer: a replay is in the language of its body (LNG-01).
        let language = ("Content-Language".to_owned(), self.language.tag().to_owned());
        let present = move |tx: &mut Tx<'_>, output: C::Output| {
            let mut answer = present(tx, output)?;
            answer.headers.push(language.clone());
            Ok(answer)
        };
        let answer = self.app.write(self.request, command, present).await?;
        Ok(answer::send(&answer))
    }

    /// Shows one resource with its `ETag`, or 304 (CND-01, CND-02).
    pub async fn show<V, F>(self, load: F) -> Reply
    where
        V: Resource,
        F: FnOnce(&mut Tx<'_>) -> Result<V::Record> + Send + 'static,
    {
        let language = self.language;
        let (version, body) = self
            .app
            .read(self.request, move |tx| {
                let record = load(tx)?;
                answer::shown::<V>(tx, record, language)
            })
            .await?;
        Ok(answer::versioned(version, body, self.if_none_match.as_deref()))
    }

    /// As [`Call::show`], of what one statement finds together with the caller's authority.
    pub async fn show_found<V, L, S>(self, find: S, load: fn(&mut Tx<'_>, L) -> Result<V::Record>) -> Reply
    where
        V: Resource,
        L: 'static,
        S: Find<L>,
    {
        let language = self.language;
        let (version, body) = self
            .app
            .read_one(self.request, find, move |tx, found| {
                let record = load(tx, found)?;
                answer::shown::<V>(tx, record, language)
            })
            .await?;
        Ok(answer::versioned(version, body, self.if_none_match.as_deref()))
    }

    /// Shows something computed, without version; its tag is of its content.
    pub async fn compute<T, F>(self, load: F) -> Reply
    where
        T: serde::Serialize,
        F: FnOnce(&mut Tx<'_>, Language) -> Result<T> + Send + 'static,
    {
        let language = self.language;
        let body = self
            .app
            .read(self.request, move |tx| answer::json(&load(tx, language)?))
            .await?;
        Ok(answer::computed(body, self.if_none_match.as_deref()))
    }

    /// As [`Call::compute`], of what one statement finds together with the caller's authority.
    pub async fn compute_found<T, L, S, F>(self, find: S, load: F) -> Reply
    where
        T: serde::Serialize,
        L: 'static,
        S: Find<L>,
        F: FnOnce(&mut Tx<'_>, L) -> Result<T> + Send + 'static,
    {
        let body = self
            .app
            .read_one(self.request, find, move |tx, found| {
                answer::json(&load(tx, found)?)
            })
            .await?;
        Ok(answer::computed(body, self.if_none_match.as_deref()))
    }

    /// Shows a part of a resource: its tag is that of the whole, so that it serves the acts on the part (CND-03).
    pub async fn show_part<T, F>(self, load: F) -> Reply
    where
        T: serde::Serialize,
        F: FnOnce(&mut Tx<'_>, Language) -> Result<(i64, T)> + Send + 'static,
    {
        let language = self.language;
        let (version, body) = self
            .app
            .read(self.request, move |tx| {
                let (version, part) = load(tx, language)?;
                Ok((version, answer::json(&part)?))
            })
            .await?;
        Ok(answer::versioned(version, body, self.if_none_match.as_deref()))
    }

    /// Shows a page of a list (LST-03), of the copy of the database where there is one.
    pub async fn list<T, F>(self, load: F) -> Reply
    where
        T: serde::Serialize + Send + 'static,
        F: Fn(&mut Tx<'_>, &Slice) -> Result<Rows<T>> + Send + Sync + 'static,
    {
        let binding = page::binding(&self.path, &self.query, self.request.principal.as_ref());
        let slice = page::slice(&self.query, &self.app.config.cursor_key, &binding)?;
        let key = self.app.config.cursor_key.clone();
        let counts = self.count;
        let (rows, total) = self
            .app
            .read_anywhere(self.request, move |tx| {
                // In the snapshot of the page, by the query of the page: nothing that is not seen is counted.
                let total = if counts {
                    let whole = page::whole();
                    load(tx, &whole).map(|_| whole.counted())?
                } else {
                    None
                };
                Ok((load(tx, &slice)?, total))
            })
            .await?;
        page::answer(rows, total, &key, &binding, &self.path, &self.query)
    }

    /// Reads as the caller and goes on: for handlers that move bytes between two pieces of work (files).
    pub async fn peek<T, F>(&self, load: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.app.read(self.request.clone(), load).await
    }

    /// Refuses `dry_run` where bytes cannot be taken back (M-15).
    pub fn refuse_dry_run(&self) -> Result<()> {
        if self.request.dry_run {
            let fault = Fault::parameter("dry_run", Code::DryRunUnsupported);
            return Err(Error::new(Code::DryRunUnsupported).fault(fault));
        }
        Ok(())
    }

    /// Refuses a change without `If-Match` before any byte of its body is taken in.
    pub fn require_version(&self) -> Result<()> {
        match self.request.if_match {
            Some(_) => Ok(()),
            None => Err(Error::new(Code::EtagRequired)),
        }
    }

    /// Who calls.
    pub fn caller(&self) -> Result<&Principal> {
        let caller = self.request.principal.as_ref();
        caller.ok_or_else(|| Error::internal("a call without a caller"))
    }

    /// `If-None-Match` as sent.
    pub fn if_none_match(&self) -> Option<&str> {
        self.if_none_match.as_deref()
    }
}

/// A stale version is refused with what there is now, so that a client can put both together without asking
/// again (U7); without it where the caller may no longer see it.
async fn with_current<V: Resource>(
    app: &App,
    request: Request,
    path: &str,
    language: Language,
    stale: Error,
) -> Error {
    let id = path
        .strip_prefix(V::PATH)
        .and_then(|rest| rest.trim_start_matches('/').split('/').next()?.parse().ok());
    let Some(id) = id else {
        return stale;
    };
    let current = app
        .read(request, move |tx| {
            let record = V::read(tx, id)?;
            let view = V::present(tx, record, language)?;
            serde_json::to_value(&view).map_err(Error::internal)
        })
        .await;
    match current {
        Ok(current) => stale.with("current", current),
        Err(_) => stale,
    }
}

/// The service's answer to a public read: cacheable, no caller; not in shared caches when the request
/// carries credentials all the same (CND-09).
pub fn public(request: &HttpRequest, body: String) -> HttpResponse {
    let caching = if request.headers().contains_key(header::AUTHORIZATION) {
        "private, no-cache"
    } else {
        "public, max-age=60"
    };
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, caching))
        .content_type("application/json")
        .body(body)
}

/// As [`public`], for what takes no parameter at all (API-11).
pub fn published(request: &HttpRequest, body: String) -> std::result::Result<HttpResponse, Problem> {
    let template = request.match_pattern().unwrap_or_default();
    query::check("GET", &template, request.query_string()).map_err(Problem)?;
    Ok(public(request, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((name, *value));
        }
        request.to_http_request().headers().clone()
    }

    #[test]
    fn if_match_compares_versions() {
        let read = |values: &[&str]| if_match(&headers("if-match", values));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["*"]), Ok(Some(Precondition::Any)));
        assert_eq!(read(&["\"7-ab12\""]), Ok(Some(Precondition::Versions(vec![7]))));
        assert_eq!(
            read(&["\"7\", \"9-x\""]),
            Ok(Some(Precondition::Versions(vec![7, 9])))
        );
        assert_eq!(read(&["\"other\""]), Ok(Some(Precondition::Versions(vec![-1]))));
        assert_eq!(
            read(&["W/\"7\""]).map_err(|error| error.code),
            Err(Code::EtagWeak)
        );
        assert_eq!(
            read(&["W/\"7\", \"8\""]),
            Ok(Some(Precondition::Versions(vec![8])))
        );
        for wrong in ["7", "\"7", "\"\"", "\"a b\""] {
            assert_eq!(
                read(&[wrong]).map_err(|error| error.code),
                Err(Code::HeaderInvalid),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_count_is_preferred_in_the_forms_of_rfc_7240() {
        let asked = |values: &[&str]| prefers_count(&headers("prefer", values));
        assert!(asked(&["count=exact"]) && asked(&["return=minimal, Count=\"exact\"; x=1"]));
        assert!(asked(&["respond-async", "count = exact"]));
        assert!(!asked(&[]) && !asked(&["count"]) && !asked(&["count=planned"]) && !asked(&["xcount=exact"]));
    }

    #[test]
    fn idempotency_keys_quoted_or_bare_are_the_same() {
        let read = |values: &[&str]| idempotency_key(&headers("idempotency-key", values));
        assert_eq!(read(&["\"8e03\""]), Ok(Some("8e03".to_owned())));
        assert_eq!(read(&["8e03"]), Ok(Some("8e03".to_owned())));
        assert!(read(&[""]).is_err() && read(&["\"\""]).is_err() && read(&["a b"]).is_err());
        assert!(read(&["a", "b"]).is_err());
        assert_eq!(read(&["a\"b"]), Ok(Some("a\"b".to_owned())));
        assert!(read(&["\"a"]).is_err() && read(&["\"a\"b\""]).is_err() && read(&["\""]).is_err());
        assert!(read(&["x".repeat(256).as_str()]).is_err());
    }
}
