//! Rows of `campaigns`, `campaign_versions`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{campaign_versions, campaigns};
use super::sql_types::JsonText;
use crate::domain::codes::{CampaignKind, CampaignScope};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, CampaignVersionId, CouncilId, OrganizationId, RuleSetId};
use crate::domain::states::CampaignState;
use crate::domain::time::Instant;

/// A campaign; the columns repeat what is queried or enforced of the current terms.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = campaigns, treat_none_as_null = true)]
pub struct Campaign {
    /// Identifier.
    pub id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// Code.
    pub code: Option<String>,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: CampaignKind,
    /// Scope.
    pub scope: CampaignScope,
    /// State; changes through the machine only.
    pub state: CampaignState,
    /// Parent campaign id.
    pub parent_campaign_id: Option<CampaignId>,
    /// Rule set id.
    pub rule_set_id: RuleSetId,
    /// Intake unit id.
    pub intake_unit_id: Option<OrganizationId>,
    /// Council id.
    pub council_id: Option<CouncilId>,
    /// Number of the version of the plan.
    pub terms_number: i32,
    /// Period from.
    pub period_from: Option<NaiveDate>,
    /// Period to.
    pub period_to: Option<NaiveDate>,
    /// Opens at.
    pub opens_at: Option<Instant>,
    /// Deadline at.
    pub deadline_at: Option<Instant>,
    /// Launch number.
    pub launch_number: Option<String>,
    /// Launched on.
    pub launched_on: Option<NaiveDate>,
    /// Issuer name.
    pub issuer_name: Option<String>,
    /// Published at.
    pub published_at: Option<Instant>,
    /// Roll frozen at.
    pub roll_frozen_at: Option<Instant>,
    /// Final report.
    pub final_report: Option<JsonText>,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Campaign with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: CampaignId) -> Result<Option<Campaign>> {
    Ok(campaigns::table
        .find(id)
        .select(Campaign::as_select())
        .first(conn)
        .optional()?)
}

/// The Campaign with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: CampaignId) -> Result<Campaign> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Campaign.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Campaign) -> QueryResult<()> {
    diesel::insert_into(campaigns::table).values(row).execute(conn)?;
    Ok(())
}

/// Stores a changed Campaign.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Campaign) -> QueryResult<()> {
    diesel::update(campaigns::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = campaign_versions, treat_none_as_null = true)]
pub struct CampaignVersion {
    /// Identifier.
    pub id: CampaignVersionId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Number.
    pub number: i32,
    /// Plan.
    pub plan: JsonText,
    /// Document.
    pub document: Option<JsonText>,
    /// Reason.
    pub reason: Option<String>,
    /// Made at.
    pub made_at: Instant,
}

/// The CampaignVersion with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_campaign_version(conn: &mut Conn, id: CampaignVersionId) -> Result<Option<CampaignVersion>> {
    Ok(campaign_versions::table
        .find(id)
        .select(CampaignVersion::as_select())
        .first(conn)
        .optional()?)
}

/// The CampaignVersion with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_campaign_version(conn: &mut Conn, id: CampaignVersionId) -> Result<CampaignVersion> {
    find_campaign_version(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new CampaignVersion.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_campaign_version(conn: &mut Conn, row: &CampaignVersion) -> QueryResult<()> {
    diesel::insert_into(campaign_versions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}
