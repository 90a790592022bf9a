//! Parameters of the path.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::problem::Problem;
use crate::domain::error::{Code, Error};

/// A path parameter that is an identifier; anything else is no path of this service (LIM-03).
pub struct Id<T>(pub T);

impl<T: std::str::FromStr + 'static> FromRequest for Id<T> {
    type Error = Problem;
    type Future = std::future::Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(path_id(request, "id").map(Self))
    }
}

/// A named path parameter as an identifier in its canonical form.
///
/// # Errors
/// `route.not_found`.
pub fn path_id<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> std::result::Result<T, Problem> {
    request
        .match_info()
        .get(name)
        .filter(|text| text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem(Error::new(Code::RouteNotFound)))
}

/// A named path parameter as a number from 1.
///
/// # Errors
/// `resource.not_found`: another number names nothing.
pub fn path_number(request: &HttpRequest, name: &str) -> std::result::Result<i32, Problem> {
    request
        .match_info()
        .get(name)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0'))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem(Error::not_found()))
}
