//! Query parameters: known names only, each once (API-11); lists are comma-separated (LST-07).

use std::marker::PhantomData;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, Error as _};

use super::contract::Contract;
use super::problem::Problem;
use crate::domain::error::{Code, Error, Fault};

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
        .filter(|(name, value)| !value.is_empty() && !matches!(name.as_str(), "limit" | "cursor" | "dry_run"))
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

/// Holds the names of the query against the operation: every unknown and every doubled one.
///
/// # Errors
/// `query.unknown` or `query.duplicate`.
pub fn check_names(method: &str, template: &str, query: &str) -> Result<(), Error> {
    let Some(known) = Contract::get().query_names(method, template) else {
        return Ok(());
    };
    let mut seen = std::collections::BTreeSet::new();
    let mut unknown = Vec::new();
    let mut doubled = Vec::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        let name = name.into_owned();
        if !known.contains(&name) {
            unknown.push(Fault::parameter(
                name.chars().take(100).collect::<String>(),
                Code::QueryUnknown,
            ));
        } else if !seen.insert(name.clone()) {
            doubled.push(Fault::parameter(name, Code::QueryDuplicate));
        }
    }
    let code = if unknown.is_empty() {
        Code::QueryDuplicate
    } else {
        Code::QueryUnknown
    };
    unknown.append(&mut doubled);
    unknown.truncate(100);
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Error {
            faults: unknown,
            ..Error::new(code)
        })
    }
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
