//! `/openapi.json` and the documentation page, both served by the binary itself.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

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

async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/json")
        .body(Contract::get().text)
}

async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

async fn viewer(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let config = utoipa_swagger_ui::Config::from("/openapi.json")
        .deep_linking(true)
        .persist_authorization(false)
        .display_request_duration(true)
        .doc_expansion("none")
        .filter(true);
    let file = request.match_info().query("file").to_owned();
    match utoipa_swagger_ui::serve(&file, Arc::new(config)) {
        Ok(Some(found)) => {
            let body = titled(found.bytes.to_vec());
            Ok(HttpResponse::Ok().content_type(found.content_type).body(body))
        }
        Ok(None) => Err(Problem(Error::new(Code::RouteNotFound))),
        Err(error) => Err(Problem(Error::internal(error))),
    }
}

/// The page under the service's name instead of the viewer's.
fn titled(bytes: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&bytes) {
        Ok(page) if page.starts_with("<!-- HTML") => page
            .replacen("<title>Swagger UI</title>", "<title>thidua – API</title>", 1)
            .into_bytes(),
        _ => bytes,
    }
}
