//! Query parameters: known names only, each once (API-11); lists are comma-separated (LST-07).

use std::marker::PhantomData;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, Error as _};

use super::contract::Contract;
use super::problem::Problem;
use crate::domain::error::{Code, Error, Fault, Place};

/// The query of a list, beside `limit` and `cursor`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(read(request.query_string()).map(Self).map_err(Problem))
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let pairs: Vec<(String, String)> = pairs(query)?
        .into_iter()
        .filter(|(name, _)| !matches!(name.as_str(), "limit" | "cursor" | "dry_run"))
        .collect();
    let text = serde_urlencoded::to_string(&pairs).map_err(Error::internal)?;
    let parsed = form(&text);
    serde_path_to_error::deserialize(parsed).map_err(|error| {
        let name = error.path().to_string();
        Error::new(Code::QueryInvalid).fault(Fault::parameter(name, Code::QueryInvalid))
    })
}

fn form(text: &str) -> serde_urlencoded::Deserializer<'_> {
    serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()))
}

/// The pairs of a query string, text in NFC.
///
/// # Errors
/// `query.invalid` for control characters.
pub fn pairs(query: &str) -> Result<Vec<(String, String)>, Error> {
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| {
            let value =
                crate::domain::text::normalise_optional(&value, crate::domain::text::TextKind::Prose, 2000)
                    .map_err(|_| {
                    Error::new(Code::QueryInvalid).fault(Fault::parameter(name.clone(), Code::QueryInvalid))
                })?;
            Ok((name.into_owned(), value))
        })
        .collect()
}

/// Holds the query against the operation: every unknown and every doubled name, then every value that is
/// not what the document says.
///
/// # Errors
/// `query.unknown`, `query.duplicate` or `query.invalid`.
pub fn check(method: &str, template: &str, query: &str) -> Result<(), Error> {
    let Some(known) = Contract::get().query_parameters(method, template) else {
        return Ok(());
    };
    let mut seen = std::collections::BTreeSet::new();
    let (mut unknown, mut doubled, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let shown = |name: &str| name.chars().take(100).collect::<String>();
    let raw: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    for (name, raw) in form_urlencoded::parse(query.as_bytes())
        .map(|pair| pair.0)
        .zip(raw)
    {
        if !known.contains_key(name.as_ref()) {
            unknown.push(Fault::parameter(shown(&name), Code::QueryUnknown));
        } else if !seen.insert(name.clone().into_owned()) {
            doubled.push(Fault::parameter(name.into_owned(), Code::QueryDuplicate));
        } else if !is_utf8(raw) {
            wrong.push(Fault::parameter(shown(&name), Code::FieldFormat).with("format", "UTF-8"));
        }
    }
    refuse(Code::QueryUnknown, unknown, doubled.clone())?;
    refuse(Code::QueryDuplicate, doubled, Vec::new())?;
    refuse(Code::QueryInvalid, wrong, Vec::new())?;
    let mut wrong = Vec::new();
    let mut given = std::collections::BTreeSet::new();
    for (name, value) in pairs(query)? {
        // The size of a page is brought into bounds (LST-01).
        if matches!(name.as_str(), "limit" | "cursor" | "dry_run") {
            continue;
        }
        let Some(parameter) = known.get(&name) else {
            continue;
        };
        // What must be there is missing when it is empty; any other empty value is held against the schema like
        // every value, so that a filter whose value got lost is not taken for no filter (U18).
        if value.is_empty() && parameter.required {
            continue;
        }
        given.insert(name.clone());
        wrong.extend(parameter.faults(&value).into_iter().map(|fault| Fault {
            place: Some(Place::Parameter(name.clone())),
            ..fault
        }));
    }
    let missing = known
        .iter()
        .filter(|(name, parameter)| parameter.required && !given.contains(name.as_str()))
        .map(|(name, _)| Fault::parameter(name.clone(), Code::FieldRequired));
    wrong.extend(missing);
    refuse(Code::QueryInvalid, wrong, Vec::new())
}

fn refuse(code: Code, mut faults: Vec<Fault>, more: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() {
        return Ok(());
    }
    faults.extend(more);
    faults.truncate(100);
    Err(Error {
        faults,
        ..Error::new(code)
    })
}

/// Whether what stands behind the percent signs is text.
fn is_utf8(raw: &str) -> bool {
    percent_encoding::percent_decode_str(raw).decode_utf8().is_ok()
}

/// A comma-separated list of values in one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv<T>(pub Vec<T>);

impl<T> Default for Csv<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: FromStr> serde::Deserialize<'de> for Csv<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<T: FromStr> serde::de::Visitor<'_> for Visitor<T> {
            type Value = Csv<T>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a comma-separated list")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.split(',')
                    .map(|item| item.trim().parse::<T>().map_err(|_| E::custom("unknown value")))
                    .collect::<Result<Vec<T>, E>>()
                    .map(Csv)
            }
        }
        deserializer
            .deserialize_str(Visitor(PhantomData))
            .map_err(D::Error::custom)
    }
}
