//! Rows of `decisions`, `decision_items`, `recovery_tasks`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::prepared::Prepare as _;
use super::schema::{decision_items, decisions, recovery_tasks};
use super::sql_types::JsonText;
use crate::domain::codes::{DecisionItemState, DecisionType, RevocationGround, SubjectKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{
    CampaignId, DecisionId, DecisionItemId, ForwardingId, NominationId, OrganizationId, RecoveryTaskId,
    ReviewSessionId,
};
use crate::domain::states::DecisionState;
use crate::domain::time::Instant;

mod honors;
mod queries;
pub use honors::*;
pub use queries::*;

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = decisions, treat_none_as_null = true)]
pub struct Decision {
    /// Identifier.
    pub id: DecisionId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Issuer name.
    pub issuer_name: String,
    /// Kind.
    pub kind: DecisionType,
    /// State; changes through the machine only.
    pub state: DecisionState,
    /// Title.
    pub title: String,
    /// Form.
    pub form: Option<String>,
    /// Session id.
    pub session_id: Option<ReviewSessionId>,
    /// Original id.
    pub original_id: Option<DecisionId>,
    /// Forwarding id.
    pub forwarding_id: Option<ForwardingId>,
    /// External.
    pub external: bool,
    /// Grounds.
    pub grounds: JsonText,
    /// Achievement from.
    pub achievement_from: Option<NaiveDate>,
    /// Achievement to.
    pub achievement_to: Option<NaiveDate>,
    /// Signature.
    pub signature: Option<JsonText>,
    /// Signed at.
    pub signed_at: Option<Instant>,
    /// Register.
    pub register: Option<String>,
    /// Register year.
    pub register_year: Option<i32>,
    /// Number.
    pub number: Option<i32>,
    /// Number raw.
    pub number_raw: Option<String>,
    /// Place.
    pub place: Option<String>,
    /// Issued on.
    pub issued_on: Option<NaiveDate>,
    /// Effective on.
    pub effective_on: Option<NaiveDate>,
    /// Issued at.
    pub issued_at: Option<Instant>,
    /// Published at.
    pub published_at: Option<Instant>,
    /// Ground.
    pub ground: Option<RevocationGround>,
    /// Conclusion reference.
    pub conclusion_reference: Option<String>,
    /// Why the original is revoked or corrected.
    pub reason: Option<String>,
    /// Why the quota was exceeded with the Director's word (R-Q1).
    pub quota_override_reason: Option<String>,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Decision with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: DecisionId) -> Result<Option<Decision>> {
    let found = directly!(conn => decisions::table.find(id).select(Decision::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The Decision with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: DecisionId) -> Result<Decision> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Decision.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Decision) -> QueryResult<()> {
    diesel::insert_into(decisions::table).values(row).execute(conn)?;
    Ok(())
}

/// One subject of a decision.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = decision_items, treat_none_as_null = true)]
pub struct DecisionItem {
    /// Identifier.
    pub id: DecisionItemId,
    /// Decision id.
    pub decision_id: DecisionId,
    /// Ordinal.
    pub ordinal: i32,
    /// Nomination id.
    pub nomination_id: Option<NominationId>,
    /// Original item id.
    pub original_item_id: Option<DecisionItemId>,
    /// Subject kind.
    pub subject_kind: SubjectKind,
    /// Subject name.
    pub subject_name: String,
    /// Subject position.
    pub subject_position: Option<String>,
    /// Subject unit.
    pub subject_unit: Option<String>,
    /// Form.
    pub form: String,
    /// Print text.
    pub print_text: String,
    /// Coefficient hundredths.
    pub coefficient_hundredths: Option<i32>,
    /// Base salary dong.
    pub base_salary_dong: Option<i64>,
    /// Amount dong.
    pub amount_dong: Option<i64>,
    /// State; changes through the machine only.
    pub state: DecisionItemState,
    /// Whether it still takes the place of its subject; false once given up.
    pub live: bool,
    /// Correction.
    pub correction: Option<JsonText>,
}

/// The DecisionItem with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_decision_item(conn: &mut Conn, id: DecisionItemId) -> Result<Option<DecisionItem>> {
    let found =
        directly!(conn => decision_items::table.find(id).select(DecisionItem::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The DecisionItem with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_decision_item(conn: &mut Conn, id: DecisionItemId) -> Result<DecisionItem> {
    find_decision_item(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new DecisionItem.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_decision_item(conn: &mut Conn, row: &DecisionItem) -> QueryResult<()> {
    diesel::insert_into(decision_items::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed DecisionItem.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save_decision_item(conn: &mut Conn, row: &DecisionItem) -> QueryResult<()> {
    diesel::update(decision_items::table.find(row.id))
        .set(row)
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Return of objects and money after a revocation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = recovery_tasks, treat_none_as_null = true)]
pub struct RecoveryTask {
    /// Identifier.
    pub id: RecoveryTaskId,
    /// Decision id.
    pub decision_id: DecisionId,
    /// Decision item id.
    pub decision_item_id: DecisionItemId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Due on.
    pub due_on: NaiveDate,
    /// Amount dong.
    pub amount_dong: i64,
    /// State; changes through the machine only.
    pub state: String,
    /// Completed on.
    pub completed_on: Option<NaiveDate>,
    /// Note.
    pub note: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The RecoveryTask with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_recovery_task(conn: &mut Conn, id: RecoveryTaskId) -> Result<Option<RecoveryTask>> {
    let found =
        directly!(conn => recovery_tasks::table.find(id).select(RecoveryTask::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The RecoveryTask with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_recovery_task(conn: &mut Conn, id: RecoveryTaskId) -> Result<RecoveryTask> {
    find_recovery_task(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new RecoveryTask.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_recovery_task(conn: &mut Conn, row: &RecoveryTask) -> QueryResult<()> {
    diesel::insert_into(recovery_tasks::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}
