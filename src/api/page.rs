//! Pages of lists: `limit`, `cursor`, `next_cursor` and `Link` (LST-01, LST-03, LST-04).

use actix_web::HttpResponse;
use actix_web::http::header;
use utoipa::{IntoParams, ToSchema};

use super::answer::Reply;
use super::query;
use crate::app::{After, Rows, Slice, cursor};
use crate::domain::caller::Principal;
use crate::domain::error::{Code, Error, Fault, Result};

const DEFAULT_LIMIT: i64 = 50;
const MOST: i64 = 200;
/// Most items that are counted; the walk over more would cost what the list is long.
const MOST_COUNTED: i64 = 10_000;

/// Parameters of every list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters; `slice` reads them")]
pub struct PageParams {
    /// Items of the page, 1 to 200; more is taken as 200.
    #[param(minimum = 1, default = 50, nullable = false)]
    limit: Option<i64>,
    /// `next_cursor` of the page before, with the same filters.
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the documented order.
    pub items: Vec<T>,
    /// Cursor of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// How many items the whole list has for this caller. Only where `Prefer: count=exact` asks for it, and
    /// absent where they are more than 10 000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub total: Option<i64>,
}

/// The whole list, to be counted.
pub const fn whole() -> Slice {
    Slice::counting(MOST_COUNTED)
}

/// Which page the query asks for.
///
/// # Errors
/// `query.invalid`, `cursor.invalid`.
pub fn slice(query: &str, key: &[u8], binding: &str) -> Result<Slice> {
    let mut slice = Slice::page(DEFAULT_LIMIT, None);
    for (name, value) in query::pairs(query)? {
        match name.as_str() {
            "limit" => {
                let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
                let limit = value
                    .parse::<i64>()
                    .ok()
                    .or(digits.then_some(MOST))
                    .filter(|limit| *limit >= 1)
                    .ok_or_else(|| {
                        let fault = Fault::parameter("limit", Code::FieldRange)
                            .with("minimum", 1)
                            .with("maximum", MOST);
                        Error::new(Code::QueryInvalid).fault(fault)
                    })?;
                slice.limit = limit.min(MOST);
            }
            "cursor" => slice.after = Some(cursor::read(key, binding, &value)?),
            _ => {}
        }
    }
    Ok(slice)
}

/// What a cursor is bound to: the list, its filters, the caller.
pub fn binding(path: &str, query: &str, principal: Option<&Principal>) -> String {
    let mut filters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name != "cursor" && name != "limit")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    filters.sort();
    let caller = principal.map(|caller| (caller.kind, caller.issuer.as_str(), caller.subject.as_str()));
    format!("{path}?{filters:?} {caller:?}")
}

/// The page as a response.
///
/// # Errors
/// `service.internal`.
pub fn answer<T: serde::Serialize>(
    rows: Rows<T>,
    total: Option<i64>,
    key: &[u8],
    binding: &str,
    path: &str,
    query: &str,
) -> Reply {
    let (body, link) = body(rows, total, key, binding, path, query)?;
    let mut response = HttpResponse::Ok();
    if total.is_some() {
        response.insert_header(("Preference-Applied", "count=exact"));
    }
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if let Some(link) = link {
        response.insert_header((header::LINK, link));
    }
    Ok(response.content_type("application/json").body(body))
}

/// Body and `Link` of a page.
///
/// # Errors
/// `service.internal`.
pub fn body<T: serde::Serialize>(
    rows: Rows<T>,
    total: Option<i64>,
    key: &[u8],
    binding: &str,
    path: &str,
    query: &str,
) -> Result<(String, Option<String>)> {
    let next_cursor = rows
        .next
        .as_ref()
        .map(|after: &After| cursor::write(key, binding, after))
        .transpose()?;
    let link = next_cursor.as_ref().map(|cursor| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor") {
            pairs.append_pair(&name, &value);
        }
        pairs.append_pair("cursor", cursor);
        format!("<{path}?{}>; rel=\"next\"", pairs.finish())
    });
    Ok((
        super::answer::json(&Page {
            items: rows.rows,
            next_cursor,
            total,
        })?,
        link,
    ))
}
