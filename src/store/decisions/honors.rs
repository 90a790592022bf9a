//! The public list of honours.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::Decision;
use crate::domain::codes::{DecisionItemState, SubjectKind};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, DecisionItemId, OrganizationId};
use crate::store::connection::{Backend, Conn};
use crate::store::dialect;
use crate::store::page::{After, COMMON_FILTERS, COMMON_WORDS, Rows, Slice};
use crate::store::schema::{award_forms, campaigns, decision_items, decisions, honors};
use crate::store::search;

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

impl HonorsWanted {
    /// Whether the statement that it makes is one of few.
    fn is_common(&self) -> bool {
        let given = [
            self.words.len().div_ceil(COMMON_WORDS),
            usize::from(self.year.is_some()),
            usize::from(self.campaign_id.is_some()),
            usize::from(self.form.is_some()),
            usize::from(self.organization_id.is_some()),
        ];
        given.iter().all(|filter| *filter <= 1) && given.iter().sum::<usize>() <= COMMON_FILTERS
    }
}

/// Noun under which the subjects of published decisions are found.
pub const HONOR: &str = "honor";

/// Puts an award into the public list; it is found under these texts.
///
/// # Errors
/// The driver's error.
pub fn honor(conn: &mut Conn, decision: &Decision, item: DecisionItemId, texts: &[&str]) -> Result<()> {
    // A decision without its date is not published.
    let Some(day) = decision.issued_on else {
        return Err(Error::internal(format!("decision {} has no date", decision.id)));
    };
    diesel::insert_into(honors::table)
        .values((
            honors::item_id.eq(item),
            honors::issued_on.eq(day),
            honors::campaign_id.eq(decision.campaign_id),
            honors::organization_id.eq(decision.owner_organization_id),
        ))
        .execute(conn)?;
    search::index(conn, HONOR, item, texts)
}

/// A page of published awards, the latest decision first.
///
/// # Errors
/// The driver's error.
pub fn honors(conn: &mut Conn, wanted: &HonorsWanted, slice: &Slice) -> Result<Rows<Honor>> {
    if wanted.words.is_empty() {
        dialect::plan_once(conn)?;
    }
    let mut rows = Vec::new();
    let mut reached = None;
    if let Some(after) = &slice.after {
        // The rest of its day and what lies before it are two ranges of the index; as one condition they
        // would be passed over from the beginning of the day.
        let day: NaiveDate = after.key.parse().map_err(Error::internal)?;
        rows = part(conn, wanted, slice, slice.fetch(), |query| {
            query
                .filter(honors::issued_on.eq(day))
                .filter(honors::item_id.gt(DecisionItemId(after.id)))
        })?;
        reached = Some(day);
    }
    let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let left = slice.fetch().saturating_sub(found);
    if left > 0 {
        rows.extend(part(conn, wanted, slice, left, |query| match reached {
            Some(day) => query.filter(honors::issued_on.lt(day)),
            None => query,
        })?);
    }
    Ok(slice.cut(rows, |row: &Honor| After {
        key: row.issued_on.map(|day| day.to_string()).unwrap_or_default(),
        id: row.id.0,
    }))
}

/// The public list with all that is shown of it.
#[diesel::dsl::auto_type]
fn shown() -> _ {
    honors::table
        .inner_join(decision_items::table.on(decision_items::id.eq(honors::item_id)))
        .inner_join(decisions::table.on(decisions::id.eq(decision_items::decision_id)))
        .inner_join(campaigns::table.on(campaigns::id.eq(honors::campaign_id)))
}

type Shown<'q> = diesel::helper_types::IntoBoxed<'q, shown, Backend>;

/// At most so many rows within a range of the list.
fn part(
    conn: &mut Conn,
    wanted: &HonorsWanted,
    slice: &Slice,
    most: i64,
    range: impl FnOnce(Shown<'static>) -> Shown<'static>,
) -> Result<Vec<Honor>> {
    let mut query = range(shown().into_boxed::<Backend>());
    if let Some(named) = search::having(conn, HONOR, "honors.item_id", &wanted.words)? {
        query = query.filter(named);
    }
    // The year of a register is that of the date.
    if let Some(year) = wanted.year {
        let first = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        let (Some(from), Some(before)) = (first(year), year.checked_add(1).and_then(first)) else {
            return Ok(Vec::new());
        };
        query = query
            .filter(honors::issued_on.ge(from))
            .filter(honors::issued_on.lt(before));
    }
    if let Some(campaign) = wanted.campaign_id {
        query = query.filter(honors::campaign_id.eq(campaign));
    }
    if let Some(form) = &wanted.form {
        query = query.filter(decision_items::form.eq(form.clone()));
    }
    if let Some(organization) = wanted.organization_id {
        query = query.filter(honors::organization_id.eq(organization));
    }
    let query = query
        .order((honors::issued_on.desc(), honors::item_id.asc()))
        .limit(most)
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
        ));
    Ok(slice.common_rows(conn, query, wanted.is_common())?)
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
