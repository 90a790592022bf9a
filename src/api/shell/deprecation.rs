//! What answers of operations that will go say of it (DEP-01).

use std::collections::HashMap;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, LINK};

use super::super::contract::Contract;
use crate::shell::deprecated::Deprecated;
use crate::telemetry::metrics::Operation;

/// Operations that will go, by method and path template.
pub struct Deprecations(HashMap<(&'static str, &'static str), Deprecation>);

/// What is said of one.
pub struct Deprecation {
    /// Its `operationId`.
    pub operation: &'static str,
    since: HeaderValue,
    sunset: HeaderValue,
    link: HeaderValue,
}

impl Deprecations {
    /// From the table; a row that is faulty, or names no operation, is left out.
    pub fn new(rows: &[Deprecated]) -> Self {
        let sound = rows.iter().filter(|row| row.fault().is_none());
        Self(
            sound
                .filter_map(|row| Some((Contract::get().named(row.operation)?, Deprecation::of(row)?)))
                .collect(),
        )
    }

    /// What is said of an operation, if it will go.
    pub fn of(&self, operation: Operation) -> Option<&Deprecation> {
        self.0.get(&(operation.method, operation.route))
    }
}

impl Deprecation {
    fn of(row: &Deprecated) -> Option<Self> {
        let value = |text: String| HeaderValue::try_from(text).ok();
        Some(Self {
            operation: row.operation,
            since: value(format!("@{}", row.since_second()?))?,
            sunset: value(row.sunset_time()?)?,
            link: value(format!("<{}>; rel=\"deprecation\"", row.notice))?,
        })
    }

    /// Writes it; a list keeps its link to the next page.
    pub fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("deprecation"), self.since.clone());
        headers.insert(HeaderName::from_static("sunset"), self.sunset.clone());
        headers.append(LINK, self.link.clone());
    }
}
