//! Lists of nominations.

use diesel::prelude::*;

use super::{NOUN, Nomination};
use crate::domain::codes::SubjectKind;
use crate::domain::error::Result;
use crate::domain::ids::{
    CampaignId, CollectiveId, IndividualId, NominationId, OrganizationId, SubmissionId,
};
use crate::domain::policy::Visibility;
use crate::domain::states::NominationState;
use crate::store::connection::{Backend, Conn};
use crate::store::dialect;
use crate::store::filter::{self, Condition};
use crate::store::page::{After, COMMON_BREADTH, COMMON_FILTERS, COMMON_WORDS, Rows, Slice};
use crate::store::schema::nominations;
use crate::store::search;
use crate::store::sql_types::AnyId;
use crate::store::walk::{self, Candidates, Source};

/// Which nominations are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// With these words in the subject's name.
    pub words: Vec<String>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Of this dossier.
    pub submission_id: Option<SubmissionId>,
    /// Of this division.
    pub division_id: Option<OrganizationId>,
    /// Of this individual.
    pub individual_id: Option<IndividualId>,
    /// Of this collective.
    pub collective_id: Option<CollectiveId>,
    /// In one of these states.
    pub states: Vec<NominationState>,
    /// Of these kinds of subject.
    pub subject_kinds: Vec<SubjectKind>,
    /// For one of these current forms.
    pub forms: Vec<String>,
    /// On hold, or not.
    pub on_hold: Option<bool>,
}

impl Wanted {
    /// Whether the statement that it makes is one of few.
    fn is_common(&self) -> bool {
        let given = [
            self.words.len().div_ceil(COMMON_WORDS),
            usize::from(self.campaign_id.is_some()),
            usize::from(self.submission_id.is_some()),
            usize::from(self.division_id.is_some()),
            usize::from(self.individual_id.is_some()),
            usize::from(self.collective_id.is_some()),
            self.states.len(),
            self.subject_kinds.len(),
            self.forms.len(),
            usize::from(self.on_hold.is_some()),
        ];
        given.iter().all(|filter| *filter <= 1) && given.iter().sum::<usize>() <= COMMON_FILTERS
    }
}

/// What comes into question for a page, where an index has it in the order of the list: what has the words,
/// or what was sent to the caller who sees nothing else.
fn candidates(
    conn: &mut Conn,
    seen: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Option<Candidates>> {
    if slice.is_counting() {
        return Ok(None);
    }
    let narrow = wanted.campaign_id.is_some()
        || wanted.submission_id.is_some()
        || wanted.division_id.is_some()
        || wanted.individual_id.is_some()
        || wanted.collective_id.is_some();
    if let Some(found) = search::candidates(conn, NOUN, &wanted.words, slice)? {
        // Of a common word most would be passed over for a caller who sees, or asks for, a small part: that has
        // an index of its own, in which common words are soon met.
        let large = !narrow && (seen.everything || !seen.owners.is_empty());
        if large || found.reach().is_none() {
            return Ok(Some(found));
        }
    }
    if narrow || !seen.is_only_addressed() {
        return Ok(None);
    }
    dialect::plan_once(conn)?;
    let source = Source::Nominations {
        receivers: seen.receivers.clone(),
        awaited: wanted.states == [NominationState::Forwarded],
    };
    Candidates::of_page(conn, source, slice).map(Some)
}

/// A page of the nominations within the visibility, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(conn: &mut Conn, seen: &Visibility, wanted: &Wanted, slice: &Slice) -> Result<Rows<Nomination>> {
    const ID: &str = "nominations.id";
    let candidates = candidates(conn, seen, wanted, slice)?;
    let common = wanted.is_common() && seen.breadth() <= COMMON_BREADTH;
    let rows = walk::rows(conn, slice, ID, candidates, |conn, among, most| {
        let condition: Condition<nominations::table> = filter::nominations(seen);
        let condition = walk::rights(conn, among.as_ref(), condition);
        let mut query = nominations::table
            .filter(condition)
            .order(nominations::id.desc())
            .limit(most)
            .select(Nomination::as_select())
            .into_boxed::<Backend>();
        if let Some(among) = among {
            query = query.filter(among);
        }
        if let Some(named) = search::having_all(NOUN, ID, &wanted.words) {
            query = query.filter(named);
        }
        if let Some(campaign) = wanted.campaign_id {
            query = query.filter(nominations::campaign_id.eq(campaign));
        }
        if let Some(submission) = wanted.submission_id {
            query = query.filter(nominations::submission_id.eq(submission));
        }
        if let Some(division) = wanted.division_id {
            query = query.filter(nominations::division_id.eq(division));
        }
        // The index is over subjects of either kind; identifiers are unique over both.
        if let Some(individual) = wanted.individual_id {
            query = query.filter(nominations::subject_id.eq(AnyId::from(individual)));
        }
        if let Some(collective) = wanted.collective_id {
            query = query.filter(nominations::subject_id.eq(AnyId::from(collective)));
        }
        match wanted.states.as_slice() {
            [] => {}
            [state] => query = query.filter(nominations::state.eq(*state)),
            states => query = query.filter(nominations::state.eq_any(states.to_vec())),
        }
        if !wanted.subject_kinds.is_empty() {
            query = query.filter(nominations::subject_kind.eq_any(wanted.subject_kinds.clone()));
        }
        if !wanted.forms.is_empty() {
            query = query.filter(nominations::form.eq_any(wanted.forms.clone()));
        }
        match wanted.on_hold {
            Some(true) => query = query.filter(nominations::hold_reason.is_not_null()),
            Some(false) => query = query.filter(nominations::hold_reason.is_null()),
            None => {}
        }
        if let Some(after) = &slice.after {
            query = query.filter(nominations::id.lt(NominationId(after.id)));
        }
        slice.common_rows(conn, query, common)
    })?;
    Ok(slice.cut(rows, |row: &Nomination| After {
        key: String::new(),
        id: row.id.0,
    }))
}
