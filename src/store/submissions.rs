//! Rows of `submissions`.

use diesel::prelude::*;

use super::connection::{Backend, Conn, directly};
use super::filter::{self, Condition};
use super::page::{After, COMMON_BREADTH, COMMON_FILTERS, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{campaigns, submissions};
use super::sql_types::JsonText;
use super::walk::{self, Candidates, Source};
use crate::domain::codes::{Procedure, ReceivedChannel};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CampaignId, IdentityId, OrganizationId, SubmissionId};
use crate::domain::policy::Visibility;
use crate::domain::states::{CampaignState, SubmissionState};
use crate::domain::time::Instant;

/// A dossier of a division.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = submissions, treat_none_as_null = true)]
pub struct Submission {
    /// Identifier.
    pub id: SubmissionId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The division it belongs to.
    pub division_id: OrganizationId,
    /// Procedure.
    pub procedure: Procedure,
    /// State; changes through the machine only.
    pub state: SubmissionState,
    /// Letter.
    pub letter: Option<JsonText>,
    /// Note.
    pub note: Option<String>,
    /// Round.
    pub round: i32,
    /// Number of the version of the plan.
    pub terms_number: Option<i32>,
    /// First submitted at.
    pub first_submitted_at: Option<Instant>,
    /// Submitted at.
    pub submitted_at: Option<Instant>,
    /// Receipt.
    pub receipt: Option<JsonText>,
    /// Received at.
    pub received_at: Option<Instant>,
    /// Received no.
    pub received_no: Option<i32>,
    /// Received channel.
    pub received_channel: ReceivedChannel,
    /// On behalf.
    pub on_behalf: bool,
    /// Late.
    pub late: bool,
    /// Late reason.
    pub late_reason: Option<String>,
    /// Late until.
    pub late_until: Option<Instant>,
    /// Return reason.
    pub return_reason: Option<String>,
    /// Supplement due at.
    pub supplement_due_at: Option<Instant>,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Who drafted it; may not appraise it (C-8).
    pub drafted_by: IdentityId,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Submission with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: SubmissionId) -> Result<Option<Submission>> {
    let found = directly!(conn => submissions::table.find(id).select(Submission::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The Submission with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: SubmissionId) -> Result<Submission> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Submission.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Submission) -> QueryResult<()> {
    diesel::insert_into(submissions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Submission.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Submission) -> QueryResult<()> {
    diesel::update(submissions::table.find(row.id))
        .set(row)
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Submission unless somebody changed it since `before` was read.
///
/// # Errors
/// `etag.stale` when it is no longer that version.
pub fn save_if(conn: &mut Conn, before: i64, row: &Submission) -> Result<()> {
    let target = submissions::table
        .filter(submissions::id.eq(row.id))
        .filter(submissions::version.eq(before));
    if diesel::update(target).set(row).prepared().execute(conn)? == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Gives the dossier its next version because a nomination or paper in it changed (M-12). Waits for
/// a concurrent change of the same dossier and fails when that took it out of the division's hands.
///
/// # Errors
/// `submission.locked` when it may no longer be edited.
pub fn touch(conn: &mut Conn, id: SubmissionId, now: Instant) -> Result<Submission> {
    touch_in(conn, id, now, [SubmissionState::Draft, SubmissionState::Returned])
}

/// As [`touch`], for a dossier in the consolidated list, to which papers are supplemented.
///
/// # Errors
/// `submission.locked` when it is none.
pub fn touch_consolidated(conn: &mut Conn, id: SubmissionId, now: Instant) -> Result<Submission> {
    touch_in(conn, id, now, [SubmissionState::Consolidated; 2])
}

fn touch_in(
    conn: &mut Conn,
    id: SubmissionId,
    now: Instant,
    [one, other]: [SubmissionState; 2],
) -> Result<Submission> {
    // Not a list: PostgreSQL would prepare the statement anew each time.
    let there = submissions::state.eq(one).or(submissions::state.eq(other));
    let target = submissions::table.filter(submissions::id.eq(id)).filter(there);
    diesel::update(target)
        .set((
            submissions::version.eq(submissions::version + 1),
            submissions::updated_at.eq(now),
        ))
        .returning(<Submission as Selectable<Backend>>::construct_selection())
        .prepared()
        .get_result(conn)
        .optional()?
        .ok_or_else(|| Error::new(Code::SubmissionLocked))
}

/// The dossier, kept from every concurrent change until the transaction ends.
///
/// # Errors
/// `resource.not_found`.
pub fn hold(conn: &mut Conn, id: SubmissionId) -> Result<Submission> {
    diesel::update(submissions::table.find(id))
        .set(submissions::version.eq(submissions::version))
        .returning(<Submission as Selectable<Backend>>::construct_selection())
        .prepared()
        .get_result(conn)
        .optional()?
        .ok_or_else(Error::not_found)
}

/// Removes a dossier; its nominations and papers are removed before.
///
/// # Errors
/// `etag.stale` when it is no longer that version.
pub fn delete(conn: &mut Conn, row: &Submission) -> Result<()> {
    let target = submissions::table
        .filter(submissions::id.eq(row.id))
        .filter(submissions::version.eq(row.version));
    if diesel::delete(target).execute(conn)? == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// The next number of the campaign's register; the caller holds the campaign alone.
///
/// # Errors
/// The driver's error.
pub fn next_received_no(conn: &mut Conn, campaign: CampaignId) -> Result<i32> {
    let last: Option<i32> = submissions::table
        .filter(submissions::campaign_id.eq(campaign))
        .select(diesel::dsl::max(submissions::received_no))
        .first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// How many dossiers of a unit, or of the campaigns of an organisation, have not ended.
///
/// # Errors
/// The driver's error.
pub fn unended(conn: &mut Conn, organization: OrganizationId) -> Result<i64> {
    let ended = vec![SubmissionState::Closed, SubmissionState::Withdrawn];
    let its = submissions::division_id
        .eq(organization)
        .or(submissions::owner_organization_id.eq(organization));
    let count = submissions::table
        .inner_join(campaigns::table.on(campaigns::id.eq(submissions::campaign_id)))
        .filter(its)
        .filter(submissions::state.ne_all(ended))
        .filter(campaigns::state.eq(CampaignState::Published))
        .count()
        .get_result(conn)?;
    Ok(count)
}

/// Which dossiers are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Of this division.
    pub division_id: Option<OrganizationId>,
    /// In one of these states.
    pub states: Vec<SubmissionState>,
    /// In one of these procedures.
    pub procedures: Vec<Procedure>,
    /// Late ones only, or none of them.
    pub late: Option<bool>,
}

impl Wanted {
    /// Whether the statement that it makes is one of few.
    fn is_common(&self) -> bool {
        let given = [
            usize::from(self.campaign_id.is_some()),
            usize::from(self.division_id.is_some()),
            self.states.len(),
            self.procedures.len(),
            usize::from(self.late.is_some()),
        ];
        given.iter().all(|filter| *filter <= 1) && given.iter().sum::<usize>() <= COMMON_FILTERS
    }
}

/// A page of the dossiers within the visibility, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(conn: &mut Conn, seen: &Visibility, wanted: &Wanted, slice: &Slice) -> Result<Rows<Submission>> {
    let narrow = wanted.campaign_id.is_some() || wanted.division_id.is_some();
    let candidates = if seen.is_only_addressed() && !narrow && !slice.is_counting() {
        let receivers = seen.receivers.clone();
        Some(Candidates::of_page(
            conn,
            Source::Submissions { receivers },
            slice,
        )?)
    } else {
        None
    };
    let common = wanted.is_common() && seen.breadth() <= COMMON_BREADTH;
    let rows = walk::rows(conn, slice, "submissions.id", candidates, |conn, among, most| {
        let condition: Condition<submissions::table> = filter::submissions(seen);
        let condition = walk::rights(conn, among.as_ref(), condition);
        let mut query = submissions::table
            .filter(condition)
            .order(submissions::id.desc())
            .limit(most)
            .select(Submission::as_select())
            .into_boxed::<Backend>();
        if let Some(among) = among {
            query = query.filter(among);
        }
        if let Some(campaign) = wanted.campaign_id {
            query = query.filter(submissions::campaign_id.eq(campaign));
        }
        if let Some(division) = wanted.division_id {
            query = query.filter(submissions::division_id.eq(division));
        }
        match wanted.states.as_slice() {
            [] => {}
            [state] => query = query.filter(submissions::state.eq(*state)),
            states => query = query.filter(submissions::state.eq_any(states.to_vec())),
        }
        if !wanted.procedures.is_empty() {
            query = query.filter(submissions::procedure.eq_any(wanted.procedures.clone()));
        }
        if let Some(late) = wanted.late {
            query = query.filter(submissions::late.eq(late));
        }
        if let Some(after) = &slice.after {
            query = query.filter(submissions::id.lt(SubmissionId(after.id)));
        }
        slice.common_rows(conn, query, common)
    })?;
    Ok(slice.cut(rows, |row: &Submission| After {
        key: String::new(),
        id: row.id.0,
    }))
}
