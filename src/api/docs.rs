//! `/openapi.json` and the documentation page, both served by the binary itself.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use actix_web::http::header::{self, AcceptEncoding, Encoding, Header as _};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::answer;
use super::contract::Contract;
use super::problem::Problem;
use crate::domain::error::{Code, Error};

/// Registers the document and its viewer; they are no operations of the document.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/openapi.json", web::get().to(document))
        .route("/docs", web::get().to(redirect))
        .route("/docs/{file:.*}", web::get().to(viewer));
}

/// Whether a path is one of these.
pub(super) fn serves(path: &str) -> bool {
    path == "/openapi.json" || path == "/docs" || path.starts_with("/docs/")
}

async fn document(request: HttpRequest) -> Result<HttpResponse, Problem> {
    static DOCUMENT: LazyLock<Arc<Page>> = LazyLock::new(|| {
        let text = Bytes::from_static(Contract::get().text.as_bytes());
        Arc::new(Page::new("application/json".to_owned(), text))
    });
    send(&request, &DOCUMENT).await
}

async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

async fn viewer(request: HttpRequest) -> Result<HttpResponse, Problem> {
    static PAGES: LazyLock<RwLock<HashMap<String, Arc<Page>>>> = LazyLock::new(RwLock::default);
    let file = request.match_info().query("file");
    let kept = PAGES
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(file)
        .cloned();
    if let Some(page) = kept {
        return send(&request, &page).await;
    }
    // There are few: only what the viewer has is kept.
    let page = Arc::new(page_of_viewer(file)?);
    PAGES
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(file.to_owned(), Arc::clone(&page));
    send(&request, &page).await
}

fn page_of_viewer(file: &str) -> Result<Page, Error> {
    let config = utoipa_swagger_ui::Config::from("/openapi.json")
        .deep_linking(true)
        .persist_authorization(false)
        .display_request_duration(true)
        .doc_expansion("none")
        .filter(true);
    let found = utoipa_swagger_ui::serve(file, Arc::new(config)).map_err(Error::internal)?;
    let found = found.ok_or_else(|| Error::new(Code::RouteNotFound))?;
    let bytes = match found.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(Page::new(found.content_type, titled(bytes)))
}

/// The page under the service's name instead of the viewer's.
fn titled(bytes: Bytes) -> Bytes {
    match std::str::from_utf8(&bytes) {
        Ok(page) if page.starts_with("<!-- HTML") => page
            .replacen("<title>Swagger UI</title>", "<title>thidua – API</title>", 1)
            .into(),
        _ => bytes,
    }
}

/// What never changes in a process: hashed once, compressed once, and only when somebody asks for it.
struct Page {
    media: String,
    plain: Bytes,
    gzip: OnceLock<Bytes>,
    /// Weak: it is the same for both forms.
    tag: String,
}

impl Page {
    fn new(media: String, plain: Bytes) -> Self {
        Self {
            tag: format!("W/{}", answer::content_tag(&plain)),
            media,
            plain,
            gzip: OnceLock::new(),
        }
    }

    fn zipped(&self) -> std::io::Result<Bytes> {
        if let Some(gzip) = self.gzip.get() {
            return Ok(gzip.clone());
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.plain)?;
        let mut made = encoder.finish()?;
        made.shrink_to_fit();
        Ok(self.gzip.get_or_init(|| made.into()).clone())
    }
}

async fn send(request: &HttpRequest, page: &Arc<Page>) -> Result<HttpResponse, Problem> {
    let condition = request.headers().get(header::IF_NONE_MATCH);
    let condition = condition.and_then(|value| value.to_str().ok());
    let known = condition.is_some_and(|field| answer::names(field, page.tag.trim_start_matches("W/")));
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, page.tag.as_str()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::VARY, "Accept-Encoding"));
    if known {
        return Ok(response.finish());
    }
    response.content_type(page.media.as_str());
    if !takes_gzip(request) {
        return Ok(response.body(page.plain.clone()));
    }
    let page = Arc::clone(page);
    let made = if page.gzip.get().is_some() {
        page.zipped()
    } else {
        let made = web::block(move || page.zipped());
        made.await.map_err(Error::internal)?
    };
    let body = made.map_err(Error::internal)?;
    // Whoever sees the field compresses it no more.
    response.insert_header((header::CONTENT_ENCODING, "gzip"));
    Ok(response.body(body))
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let ours = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok();
    accepted.and_then(|accepted| accepted.negotiate(ours.iter())) == Some(Encoding::gzip())
}
