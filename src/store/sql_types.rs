//! How the domain's words become columns: identifiers (`uuid` / `BLOB`), instants (`timestamptz` /
//! fixed-width `TEXT`), closed lists and JSON documents (`TEXT` on both, stored as written, because
//! `jsonb` re-orders what the journal hashes).

#![allow(clippy::wildcard_imports, reason = "every word of the domain is a column")]

use diesel::deserialize::{self, FromSql, FromStaticSqlRow, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, Nullable, Text, Timestamptz};
use diesel::sqlite::Sqlite;

use super::connection::{Backend, MultiBackend};
use crate::domain::codes::*;
use crate::domain::error::{Error, Result};
use crate::domain::ids::*;
use crate::domain::states::*;
use crate::domain::time::Instant;

/// SQL type of an identifier.
#[derive(Debug, Clone, Copy, Default, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct Uid;

/// SQL type of an instant.
#[derive(Debug, Clone, Copy, Default, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
pub struct Stamp;

impl HasSqlType<Uid> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Uid>(lookup)
    }
}

impl HasSqlType<Stamp> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Stamp>(lookup)
    }
}

/// Lets a value stand in queries as `$sql`, nullable or not, and come back from rows.
macro_rules! sql_value {
    ($sql:ty: $($name:ty),+ $(,)?) => {$(
        sql_value!(@expression $sql, $name, $sql);
        sql_value!(@expression $sql, $name, Nullable<$sql>);

        impl<DB> ToSql<Nullable<$sql>, DB> for $name
        where
            DB: diesel::backend::Backend,
            Self: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$sql, DB>::to_sql(self, out)
            }
        }

        impl<DB, ST> Queryable<ST, DB> for $name
        where
            DB: diesel::backend::Backend,
            ST: diesel::sql_types::SingleValue,
            Self: FromStaticSqlRow<ST, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> { Ok(row) }
        }
    )+};
    (@expression $sql:ty, $name:ty, $as:ty) => {
        impl AsExpression<$as> for $name {
            type Expression = Bound<$as, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
        impl<'expr> AsExpression<$as> for &'expr $name {
            type Expression = Bound<$as, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
    };
}

macro_rules! sql_id {
    ($($name:ident),+ $(,)?) => {
        sql_value!(Uid: $($name),+);
        $(
        impl ToSql<Uid, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                std::io::Write::write_all(out, self.0.as_bytes())?;
                Ok(IsNull::No)
            }
        }
        impl ToSql<Uid, Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.0.as_bytes().as_slice());
                Ok(IsNull::No)
            }
        }
        impl ToSql<Uid, MultiBackend> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((Uid, self));
                Ok(IsNull::No)
            }
        }
        impl FromSql<Uid, Pg> for $name {
            fn from_sql(value: <Pg as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(uuid::Uuid::from_slice(value.as_bytes())?))
            }
        }
        impl FromSql<Uid, Sqlite> for $name {
            fn from_sql(mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(uuid::Uuid::from_slice(value.read_blob())?))
            }
        }
        impl FromSql<Uid, MultiBackend> for $name {
            fn from_sql(value: <Backend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, Uid>()
            }
        }
        )+
    };
}

/// Any object's identifier, where a column serves several nouns (journal, search words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct AnyId(pub uuid::Uuid);

macro_rules! any_id {
    ($($name:ident),+ $(,)?) => {$(
        impl From<$name> for AnyId {
            fn from(id: $name) -> Self { Self(id.0) }
        }
    )+};
}

macro_rules! sql_ids {
    ($($name:ident),+ $(,)?) => {
        sql_id!(AnyId, $($name),+);
        any_id!($($name),+);
    };
}

sql_ids!(
    OrganizationId,
    RoleGrantId,
    IdentityId,
    IndividualId,
    CollectiveId,
    CampaignId,
    CampaignVersionId,
    ParticipantId,
    SubmissionId,
    NominationId,
    AttachmentId,
    FileId,
    ReviewId,
    CouncilId,
    CouncilMemberId,
    ReviewSessionId,
    SessionMemberId,
    AgendaItemId,
    VoteId,
    DecisionId,
    DecisionItemId,
    ForwardingId,
    ForwardingItemId,
    RecoveryTaskId,
    JournalEntryId,
    RuleSetId,
    ReferenceId,
);

/// Reads a value out of a text without making another one of it first.
macro_rules! from_text {
    ($name:ty, |$value:ident| $postgres:expr, $sqlite:expr) => {
        impl FromSql<Text, Pg> for $name {
            fn from_sql($value: <Pg as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                $postgres
            }
        }
        impl FromSql<Text, Sqlite> for $name {
            fn from_sql(
                mut $value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
            ) -> deserialize::Result<Self> {
                $sqlite
            }
        }
        impl FromSql<Text, MultiBackend> for $name {
            fn from_sql(
                value: <Backend as diesel::backend::Backend>::RawValue<'_>,
            ) -> deserialize::Result<Self> {
                value.from_sql::<Self, Text>()
            }
        }
    };
}

macro_rules! sql_text {
    ($($name:ident),+ $(,)?) => {
        sql_value!(Text: $($name),+);
        $(
        impl<DB> ToSql<Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_str().to_sql(out)
            }
        }
        from_text!(
            $name,
            |value| Ok(std::str::from_utf8(value.as_bytes())?.parse()?),
            Ok(value.read_text().parse()?)
        );
        )+
    };
}

use crate::domain::caller::{PrincipalKind, Role};

sql_text!(
    Role,
    PrincipalKind,
    OrganizationKind,
    SubjectKind,
    CampaignKind,
    CampaignScope,
    Procedure,
    StaffKind,
    LeadershipClass,
    AttachmentKind,
    ReviewKind,
    AppraisalConclusion,
    HoldReason,
    MembershipFunction,
    SessionMode,
    Attendance,
    VoteChoice,
    ConsensusOutcome,
    VotingMethod,
    DecisionType,
    DecisionItemState,
    RevocationGround,
    Route,
    ReceivedChannel,
    ParticipantSource,
    Sex,
    CampaignState,
    SubmissionState,
    NominationState,
    ReviewSessionState,
    DecisionState,
    ForwardingState,
    FileState,
);

sql_value!(Text: LongText, JsonText);
from_text!(
    LongText,
    |value| long_text(value.as_bytes()).map(Self),
    long_text(value.read_blob()).map(Self)
);
from_text!(
    JsonText,
    |value| long_text(value.as_bytes()).map(Self),
    long_text(value.read_blob()).map(Self)
);

/// Checks that it is UTF-8, for which Vietnamese, whose letters take several bytes, costs the standard library ten
/// times as long; Diesel would check it twice.
fn long_text(bytes: &[u8]) -> deserialize::Result<String> {
    Ok(simdutf8::basic::from_utf8(bytes)?.to_owned())
}

/// How a column of long texts is read.
#[derive(Debug, Clone)]
pub struct LongText(String);

impl From<LongText> for String {
    fn from(text: LongText) -> Self {
        text.0
    }
}

impl<DB> ToSql<Text, DB> for JsonText
where
    DB: diesel::backend::Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_str().to_sql(out)
    }
}

/// A JSON document kept exactly as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Writes a value. The members of a struct keep their order, so equal values give equal bytes.
    ///
    /// # Errors
    /// `service.internal` if the value has no JSON form.
    pub fn of<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self> {
        serde_json::to_string(value).map(Self).map_err(Error::internal)
    }

    /// A text that is JSON already, or empty.
    pub const fn raw(text: String) -> Self {
        Self(text)
    }

    /// Reads the document back.
    ///
    /// # Errors
    /// `service.internal` if what is stored does not have the wanted form.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0).map_err(Error::internal)
    }

    /// The document as it is, to stand in an answer.
    ///
    /// # Errors
    /// `service.internal` if what is stored is no JSON.
    pub fn into_raw(self) -> Result<Box<serde_json::value::RawValue>> {
        serde_json::value::RawValue::from_string(self.0).map_err(Error::internal)
    }

    /// The text as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shown as the document it holds, so that differences in the journal read as data.
impl serde::Serialize for JsonText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match serde_json::from_str::<serde_json::Value>(&self.0) {
            Ok(value) => value.serialize(serializer),
            Err(_) => self.0.serialize(serializer),
        }
    }
}

sql_value!(Stamp: Instant);

impl ToSql<Stamp, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamptz, Pg>::to_sql(&self.utc().naive_utc(), &mut out.reborrow())
    }
}

impl ToSql<Stamp, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        // 27 characters always, so that the order of the text is the order in time.
        out.set_value(self.utc().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
        Ok(IsNull::No)
    }
}

impl ToSql<Stamp, MultiBackend> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Stamp, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Stamp, Pg> for Instant {
    fn from_sql(value: <Pg as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let naive = <chrono::NaiveDateTime as FromSql<Timestamptz, Pg>>::from_sql(value)?;
        Ok(Self::new(naive.and_utc()))
    }
}

impl FromSql<Stamp, Sqlite> for Instant {
    fn from_sql(mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = value.read_text();
        Ok(Self::new(chrono::DateTime::parse_from_rfc3339(text)?.to_utc()))
    }
}

impl FromSql<Stamp, MultiBackend> for Instant {
    fn from_sql(value: <Backend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Stamp>()
    }
}
