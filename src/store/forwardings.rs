//! Rows of `forwardings`, `forwarding_items`.

use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::prepared::Prepare as _;
use super::schema::{forwarding_items, forwardings};
use super::sql_types::JsonText;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{
    CampaignId, DecisionId, ForwardingId, ForwardingItemId, NominationId, OrganizationId,
};
use crate::domain::states::ForwardingState;
use crate::domain::time::Instant;

mod queries;
pub use queries::*;

/// A batch sent to the province.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = forwardings, treat_none_as_null = true)]
pub struct Forwarding {
    /// Identifier.
    pub id: ForwardingId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// Receiver organization id.
    pub receiver_organization_id: OrganizationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Form.
    pub form: String,
    /// State; changes through the machine only.
    pub state: ForwardingState,
    /// Letter.
    pub letter: Option<JsonText>,
    /// Signature.
    pub signature: Option<JsonText>,
    /// Signed at.
    pub signed_at: Option<Instant>,
    /// Sent at.
    pub sent_at: Option<Instant>,
    /// Acknowledged at.
    pub acknowledged_at: Option<Instant>,
    /// When the receiver last gave it back.
    pub returned_at: Option<Instant>,
    /// Receipt number.
    pub receipt_number: Option<String>,
    /// Decision id.
    pub decision_id: Option<DecisionId>,
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

/// The Forwarding with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: ForwardingId) -> Result<Option<Forwarding>> {
    let found = directly!(conn => forwardings::table.find(id).select(Forwarding::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The Forwarding with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: ForwardingId) -> Result<Forwarding> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Forwarding.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Forwarding) -> QueryResult<()> {
    diesel::insert_into(forwardings::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// One nomination of a forwarding.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = forwarding_items, treat_none_as_null = true)]
pub struct ForwardingItem {
    /// Identifier.
    pub id: ForwardingItemId,
    /// Forwarding id.
    pub forwarding_id: ForwardingId,
    /// Nomination id.
    pub nomination_id: NominationId,
    /// Ordinal.
    pub ordinal: i32,
    /// Outcome.
    pub outcome: Option<String>,
    /// Outcome reason.
    pub outcome_reason: Option<String>,
    /// Whether it still takes the place of its subject; false once given up.
    pub live: bool,
}

/// The ForwardingItem with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_forwarding_item(conn: &mut Conn, id: ForwardingItemId) -> Result<Option<ForwardingItem>> {
    let found =
        directly!(conn => forwarding_items::table.find(id).select(ForwardingItem::as_select()).first(conn));
    Ok(found.optional()?)
}

/// Stores a new ForwardingItem.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_forwarding_item(conn: &mut Conn, row: &ForwardingItem) -> QueryResult<()> {
    diesel::insert_into(forwarding_items::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed ForwardingItem.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save_forwarding_item(conn: &mut Conn, row: &ForwardingItem) -> QueryResult<()> {
    diesel::update(forwarding_items::table.find(row.id))
        .set(row)
        .prepared()
        .execute(conn)?;
    Ok(())
}
