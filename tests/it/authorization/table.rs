//! How a line of the table is written.
//!
//! ```text
//! operation(objects) where "query" {body} => [who may], forbidden [who sees but may not], others 404;
//! ```
//!
//! Objects stand for the parameters of the path, in their order; `<name>` in query and body for the
//! identifier of that object ([`super::fixture::Fixture`]). `unfit` names callers who may do it, but not
//! with this body: 422.

use serde_json::Value;

/// One operation at one object.
pub struct Row {
    /// `operationId`.
    pub operation: &'static str,
    /// Names of the objects in its path.
    pub objects: Vec<&'static str>,
    /// Query.
    pub query: Option<&'static str>,
    /// Body with names in place of identifiers.
    pub body: Option<Value>,
    /// Who does it: 2xx.
    pub allowed: Vec<&'static str>,
    /// Who sees the object but may not do this, or may not make such a thing: 403.
    pub forbidden: Vec<&'static str>,
    /// Who may do it, but not in this way: 422.
    pub unfit: Vec<&'static str>,
    /// Everyone else.
    pub others: u16,
}

impl Row {
    /// The statuses that a subject may be answered with.
    pub fn expected(&self, subject: &str) -> std::ops::Range<u16> {
        let one = |status: u16| status..status + 1;
        if listed(&self.allowed, subject) {
            200..300
        } else if listed(&self.forbidden, subject) {
            one(403)
        } else if listed(&self.unfit, subject) {
            one(422)
        } else {
            one(self.others)
        }
    }
}

fn listed(list: &[&str], subject: &str) -> bool {
    list.iter().any(|one| *one == subject || *one == EVERYONE)
}

/// The subjects of some groups.
pub fn subjects(groups: &[&'static str]) -> Vec<&'static str> {
    groups.iter().flat_map(|group| group.split(' ')).collect()
}

/// The one element of a list of none or one.
pub fn first<T, const N: usize>(list: [T; N]) -> Option<T> {
    list.into_iter().next()
}

macro_rules! rows {
    ($(
        $operation:ident $(($($object:ident),+))? $(where $query:literal)? $({$($body:tt)*})?
        => [$($allowed:expr),+]
        $(, forbidden [$($forbidden:expr),+])?
        $(, unfit [$($unfit:expr),+])?
        $(, others $others:literal)?;
    )+) => {
        vec![$($crate::authorization::table::Row {
            operation: stringify!($operation),
            objects: vec![$($(stringify!($object)),+)?],
            query: $crate::authorization::table::first([$($query)?]),
            body: $crate::authorization::table::first([$(serde_json::json!({$($body)*}))?]),
            allowed: $crate::authorization::table::subjects(&[$($allowed),+]),
            forbidden: $crate::authorization::table::subjects(&[$($($forbidden),+)?]),
            unfit: $crate::authorization::table::subjects(&[$($($unfit),+)?]),
            others: $crate::authorization::table::first([$($others)?]).unwrap_or(200),
        }),+]
    };
}
pub(super) use rows;

pub const EVERYONE: &str = "*";

// Roles at the department, which owns nearly everything here.
pub const CHIEF: &str = "chief";
pub const REVIEWER: &str = "reviewer";
pub const OFFICE: &str = "reviewer chief";
pub const DIRECTORS: &str = "director deputy";
pub const CLERK: &str = "clerk";
/// Of everything, and of the department alone.
pub const AUDITORS: &str = "auditor inspector";
pub const ADMINISTRATORS: &str = "administrator bootstrap";

/// Who acts for the first division: itself, and whoever has its roles at the department (M-4).
pub const UNIT: &str = "officer1 head1 over-divisions";
/// Who hands in for the first division.
pub const UNIT_HEAD: &str = "head1 over-divisions";
/// Of the first division, but not its head.
pub const UNIT_OFFICER: &str = "officer1";

/// Members of the council from outside the office (`support::councils::MEMBERS`); the chair is the
/// director, the secretary the reviewer.
pub const COUNCIL_HEADS: &str = "head1 head2 head3";

/// The receiver of what is forwarded.
pub const BOARD: &str = "board board-system";

/// Every role, but at another place than the department ([`super::places`]).
pub const ELSEWHERE: &str = "at-province at-office in-division at-sibling at-other-division";
