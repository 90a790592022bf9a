//! The public list of honours.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::codes::{DecisionItemState, DecisionType, SubjectKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, DecisionItemId, OrganizationId};
use crate::domain::states::DecisionState;
use crate::store::connection::Conn;
use crate::store::page::{After, Rows, Slice};
use crate::store::schema::{award_forms, campaigns, decision_items, decisions};

/// One line of the public list of honours: only what may be public (`domain.md` 4.5).
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Honor {
    /// Identifier of the line.
    pub id: DecisionItemId,
    /// Name as printed.
    pub name: String,
    /// Position as printed.
    pub position: Option<String>,
    /// Unit as printed.
    pub unit: Option<String>,
    /// Kind of subject.
    pub subject_kind: SubjectKind,
    /// Award form.
    pub form: String,
    /// Whether it is still in force.
    pub state: DecisionItemState,
    /// Number of the decision as printed.
    pub number_raw: Option<String>,
    /// Date of the decision.
    pub issued_on: Option<NaiveDate>,
    /// Who issued it, as printed.
    pub issuer_name: String,
    /// The campaign.
    pub campaign_name: String,
    /// Its identifier.
    pub campaign_id: CampaignId,
    /// Whose decision it is.
    pub organization_id: OrganizationId,
}

/// Which honours are wanted.
#[derive(Debug, Clone, Default)]
pub struct HonorsWanted {
    /// With these words in name or unit.
    pub words: Vec<String>,
    /// Decided in this year.
    pub year: Option<i32>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// With this award form.
    pub form: Option<String>,
    /// Of the decisions of this organisation.
    pub organization_id: Option<OrganizationId>,
}

/// Noun under which the subjects of published decisions are found.
pub const HONOR: &str = "honor";

/// A page of published awards, the latest decision first.
///
/// # Errors
/// The driver's error.
pub fn honors(conn: &mut Conn, wanted: &HonorsWanted, slice: &Slice) -> Result<Rows<Honor>> {
    let mut query = decision_items::table
        .inner_join(decisions::table.on(decisions::id.eq(decision_items::decision_id)))
        .inner_join(campaigns::table.on(campaigns::id.eq(decisions::campaign_id)))
        .filter(decisions::state.eq(DecisionState::Published))
        .filter(decisions::kind.eq(DecisionType::Award))
        .order((decisions::issued_on.desc(), decision_items::id.asc()))
        .limit(slice.fetch())
        .select((
            decision_items::id,
            decision_items::subject_name,
            decision_items::subject_position,
            decision_items::subject_unit,
            decision_items::subject_kind,
            decision_items::form,
            decision_items::state,
            decisions::number_raw,
            decisions::issued_on,
            decisions::issuer_name,
            campaigns::name,
            campaigns::id,
            decisions::owner_organization_id,
        ))
        .into_boxed();
    for word in &wanted.words {
        query = query.filter(decision_items::id.eq_any(crate::store::search::having(HONOR, word.clone())));
    }
    if let Some(year) = wanted.year {
        query = query.filter(decisions::register_year.eq(year));
    }
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(decisions::campaign_id.eq(campaign));
    }
    if let Some(form) = &wanted.form {
        query = query.filter(decision_items::form.eq(form.clone()));
    }
    if let Some(organization) = wanted.organization_id {
        query = query.filter(decisions::owner_organization_id.eq(organization));
    }
    if let Some(after) = &slice.after {
        let day: NaiveDate = after.key.parse().map_err(Error::internal)?;
        let id = DecisionItemId(after.id);
        // Said twice: the first condition is the one that finds its place in the index.
        query = query.filter(decisions::issued_on.le(day)).filter(
            decisions::issued_on
                .lt(day)
                .or(decisions::issued_on.eq(day).and(decision_items::id.gt(id))),
        );
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Honor| After {
        key: row.issued_on.map(|day| day.to_string()).unwrap_or_default(),
        id: row.id.0,
    }))
}

/// Names of award forms: code, Vietnamese, English.
///
/// # Errors
/// The driver's error.
pub fn form_names(conn: &mut Conn, codes: &[String]) -> Result<Vec<(String, String, String)>> {
    Ok(award_forms::table
        .filter(award_forms::code.eq_any(codes.to_vec()))
        .select((award_forms::code, award_forms::name_vi, award_forms::name_en))
        .load(conn)?)
}
