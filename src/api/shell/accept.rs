//! What the client takes as an answer (NEG-01). Refused before anything is done, not after.

use actix_web::http::header::{Accept, Header as _, Quality, QualityItem};
use mime::Mime;

use super::super::contract::Contract;
use crate::domain::error::{Code, Error};
use actix_web::dev::ServiceRequest;

/// The refusal of a client that takes no JSON where there is nothing else.
pub fn refusal(request: &ServiceRequest) -> Option<Error> {
    let path = request.match_info().as_str();
    // Contents of files come under their own types.
    if !path.starts_with("/v1/") || path.ends_with("/content") {
        return None;
    }
    // What is no list of media types is as good as none.
    let accepted = Accept::parse(request)
        .ok()
        .filter(|accepted| !accepted.is_empty())?;
    let json = mime::APPLICATION_JSON;
    // Who asks for problem documents by name reads JSON; a range that both fall into does not say so.
    let by_name = |item: &QualityItem<Mime>| {
        item.item.essence_str() == "application/problem+json" && item.quality > Quality::ZERO
    };
    if takes(&accepted, &json) || accepted.iter().any(by_name) {
        return None;
    }
    // A path that does not exist is told as such.
    if Contract::get().methods(path).is_empty() {
        return None;
    }
    Some(Error::new(Code::NotAcceptable).with("accepted", vec![json.essence_str()]))
}

/// Whether the nearest of the ranges that a type falls into lets it in (RFC 9110 12.5.1).
fn takes(accepted: &[QualityItem<Mime>], media: &Mime) -> bool {
    let near = |range: &Mime| match (range.type_(), range.subtype()) {
        _ if range.essence_str() == media.essence_str() => Some(2),
        (kind, mime::STAR) if kind == media.type_() => Some(1),
        (mime::STAR, mime::STAR) => Some(0),
        _ => None,
    };
    accepted
        .iter()
        .filter_map(|item| near(&item.item).map(|near| (near, item.quality)))
        .max_by_key(|(near, _)| *near)
        .is_some_and(|(_, quality)| quality > Quality::ZERO)
}
