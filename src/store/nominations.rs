//! Rows of `nominations`.

use diesel::prelude::*;

use super::authority::{self, Asked, Authority, Beside};
use super::connection::{Backend, Conn, directly};
use super::filter::{self, Condition};
use super::prepared::Prepare as _;
use super::schema::{
    addressed, agenda_items, campaigns, collectives, individuals, nominations, participants, review_sessions,
    reviews, search_words, submissions,
};
use super::search;
use super::sql_types::{AnyId, JsonText, LongText};
use super::submissions::Submission;
use crate::domain::codes::{HoldReason, LeadershipClass, Route, Sex, SubjectKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{
    CampaignId, CollectiveId, IdentityId, IndividualId, NominationId, OrganizationId, SubmissionId,
};
use crate::domain::policy::Visibility;
use crate::domain::states::{CampaignState, NominationState, ReviewSessionState};
use crate::domain::time::Instant;

mod list;

pub use list::{Wanted, list};

/// Under which noun its search words stand.
const NOUN: &str = "nomination";

/// One subject proposed in a dossier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = nominations, treat_none_as_null = true)]
pub struct Nomination {
    /// Identifier.
    pub id: NominationId,
    /// Submission id.
    pub submission_id: SubmissionId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The division it belongs to.
    pub division_id: OrganizationId,
    /// Unit of the subject, as the roll names it.
    pub unit_id: OrganizationId,
    /// Subject kind.
    pub subject_kind: SubjectKind,
    /// The individual or collective.
    pub subject_id: AnyId,
    /// Individual id.
    pub individual_id: Option<IndividualId>,
    /// Collective id.
    pub collective_id: Option<CollectiveId>,
    /// Name at the time.
    pub display_name: String,
    /// Position.
    pub position: Option<String>,
    /// Proposed form.
    pub proposed_form: String,
    /// Form.
    pub form: String,
    /// Form reason.
    pub form_reason: Option<String>,
    /// Route.
    pub route: Route,
    /// Achievement summary.
    #[diesel(deserialize_as = LongText)]
    pub achievement_summary: String,
    /// Criteria.
    pub criteria: JsonText,
    /// State; changes through the machine only.
    pub state: NominationState,
    /// Why it came into its state, where a reason is due.
    pub state_reason: Option<String>,
    /// Whether it still takes the place of its subject; false once given up.
    pub live: bool,
    /// Hold reason.
    pub hold_reason: Option<HoldReason>,
    /// Hold note.
    pub hold_note: Option<String>,
    /// Hold since.
    pub hold_since: Option<Instant>,
    /// Why a hold is proposed; none once it was set or dismissed.
    pub proposed_hold_reason: Option<HoldReason>,
    /// What is known, for those who set it.
    pub proposed_hold_note: Option<String>,
    /// When it was proposed.
    pub hold_proposed_at: Option<Instant>,
    /// Who drafted it; may not appraise it (C-8).
    pub drafted_by: IdentityId,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Nomination {
    /// The unit that a decision prints beside the name: a person's own, of a collective the agency's.
    pub fn printed_unit(&self) -> OrganizationId {
        match self.subject_kind {
            SubjectKind::Individual => self.unit_id,
            SubjectKind::Collective | SubjectKind::Household => self.owner_organization_id,
        }
    }

    /// Members that tell of a hold, or that one is proposed.
    pub const OF_HOLDS: [&'static str; 6] = [
        "hold_reason",
        "hold_note",
        "hold_since",
        "proposed_hold_reason",
        "proposed_hold_note",
        "hold_proposed_at",
    ];

    /// The same without a hold and without a proposal of one.
    #[must_use]
    pub fn without_hold(self) -> Self {
        Self {
            hold_reason: None,
            hold_note: None,
            hold_since: None,
            ..self.without_hold_proposal()
        }
    }

    /// The same without a proposal of a hold.
    #[must_use]
    pub fn without_hold_proposal(self) -> Self {
        Self {
            proposed_hold_reason: None,
            proposed_hold_note: None,
            hold_proposed_at: None,
            ..self
        }
    }
}

/// The Nomination with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: NominationId) -> Result<Option<Nomination>> {
    let found = directly!(conn => nominations::table.find(id).select(Nomination::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The Nomination with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: NominationId) -> Result<Nomination> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Nomination.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Nomination) -> QueryResult<()> {
    diesel::insert_into(nominations::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Nomination.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save(conn: &mut Conn, row: &Nomination) -> QueryResult<()> {
    diesel::update(nominations::table.find(row.id))
        .set(row)
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Keeps whether the level above still has to answer, for the lists of those whom it was sent to.
///
/// # Errors
/// The driver's error.
pub fn await_answer(conn: &mut Conn, id: NominationId, awaited: bool) -> Result<()> {
    diesel::update(addressed::table.filter(addressed::nomination_id.eq(id)))
        .set(addressed::awaited.eq(awaited))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Stores a changed Nomination unless somebody changed it since `before` was read.
///
/// # Errors
/// `etag.stale` when it is no longer that version; `nomination.duplicate` when another live one names
/// the same subject and form (R-S4).
pub fn save_if(conn: &mut Conn, before: i64, row: &Nomination) -> Result<()> {
    let target = nominations::table
        .filter(nominations::id.eq(row.id))
        .filter(nominations::version.eq(before));
    let saved = diesel::update(target)
        .set(row)
        .prepared()
        .execute(conn)
        .map_err(super::dialect::unique(Code::NominationDuplicate))?;
    if saved == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Keeps the words under which a nomination is found: those of its subject's name.
///
/// # Errors
/// The driver's error.
pub fn index(conn: &mut Conn, row: &Nomination) -> Result<()> {
    search::index(conn, NOUN, row.id, &[row.display_name.as_str()])
}

/// Removes a nomination with its search words; its papers are removed before.
///
/// # Errors
/// The driver's error.
pub fn delete(conn: &mut Conn, id: NominationId) -> Result<()> {
    let words = search_words::table
        .filter(search_words::object_id.eq(AnyId::from(id)))
        .filter(search_words::noun.eq(NOUN));
    diesel::delete(words).execute(conn)?;
    diesel::delete(nominations::table.find(id)).execute(conn)?;
    Ok(())
}

/// A nomination with what it stands in.
#[derive(Debug)]
pub struct Found {
    /// Itself.
    pub nomination: Nomination,
    /// Its dossier.
    pub submission: Submission,
    /// How far its campaign is.
    pub campaign_state: CampaignState,
}

/// A nomination with what it stands in, in one statement.
///
/// # Errors
/// `resource.not_found`.
pub fn with_submission(conn: &mut Conn, id: NominationId) -> Result<Found> {
    let found: QueryResult<(Nomination, Submission, CampaignState)> = directly!(conn => nominations::table
        .inner_join(submissions::table.on(submissions::id.eq(nominations::submission_id)))
        .inner_join(campaigns::table.on(campaigns::id.eq(nominations::campaign_id)))
        .filter(nominations::id.eq(id))
        .select((Nomination::as_select(), Submission::as_select(), campaigns::state))
        .first(conn));
    let (nomination, submission, campaign_state) = found.optional()?.ok_or_else(Error::not_found)?;
    Ok(Found {
        nomination,
        submission,
        campaign_state,
    })
}

/// As [`with_submission`], with the authority of who asks in the same statement.
///
/// # Errors
/// `resource.not_found`.
pub fn with_authority(conn: &mut Conn, id: NominationId, asked: Asked<'_>) -> Result<(Found, Authority)> {
    type Row = (Nomination, Submission, CampaignState, Option<String>);
    let authority = Beside::of(conn, asked);
    let found: QueryResult<Row> = directly!(conn => nominations::table
        .inner_join(submissions::table.on(submissions::id.eq(nominations::submission_id)))
        .inner_join(campaigns::table.on(campaigns::id.eq(nominations::campaign_id)))
        .filter(nominations::id.eq(id))
        .select((Nomination::as_select(), Submission::as_select(), campaigns::state, authority))
        .first(conn));
    let (nomination, submission, campaign_state, authority) =
        found.optional()?.ok_or_else(Error::not_found)?;
    let found = Found {
        nomination,
        submission,
        campaign_state,
    };
    Ok((found, authority::from_beside(authority.as_deref())?))
}

/// The nominations of a dossier with their states, in their order.
///
/// # Errors
/// The driver's error.
pub fn states_of_submission(
    conn: &mut Conn,
    submission: SubmissionId,
) -> Result<Vec<(NominationId, NominationState)>> {
    Ok(nominations::table
        .filter(nominations::submission_id.eq(submission))
        .order(nominations::id.asc())
        .select((nominations::id, nominations::state))
        .load(conn)?)
}

/// The nominations of a dossier, in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn of_submission(conn: &mut Conn, submission: SubmissionId) -> Result<Vec<Nomination>> {
    let found = directly!(conn => nominations::table
        .filter(nominations::submission_id.eq(submission))
        .order(nominations::id.asc())
        .select(Nomination::as_select())
        .load(conn));
    Ok(found?)
}

/// The nominations of a dossier within the visibility, in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn seen_of_submission(
    conn: &mut Conn,
    seen: &Visibility,
    submission: SubmissionId,
) -> Result<Vec<Nomination>> {
    Ok(nominations::table
        .filter(filter::nominations(seen))
        .filter(nominations::submission_id.eq(submission))
        .order(nominations::id.asc())
        .select(Nomination::as_select())
        .load(conn)?)
}

/// Gives up the places of a withdrawn dossier's subjects (R-S4: others may propose them again).
///
/// # Errors
/// The driver's error.
pub fn give_up(conn: &mut Conn, submission: SubmissionId, now: Instant) -> Result<()> {
    diesel::update(nominations::table.filter(nominations::submission_id.eq(submission)))
        .set((
            nominations::live.eq(false),
            nominations::version.eq(nominations::version + 1),
            nominations::updated_at.eq(now),
        ))
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// Whether anybody has reviewed it.
///
/// # Errors
/// The driver's error.
pub fn is_reviewed(conn: &mut Conn, id: NominationId) -> Result<bool> {
    let review = reviews::table.filter(reviews::nomination_id.eq(id));
    Ok(directly!(conn => diesel::select(diesel::dsl::exists(review)).get_result(conn))?)
}

/// The unit in which the subject took part in the campaign during a time, if it did (R-S5, A20).
///
/// # Errors
/// The driver's error.
pub fn unit_on_the_roll(
    conn: &mut Conn,
    campaign: CampaignId,
    kind: SubjectKind,
    subject: AnyId,
    (from, to): (Option<chrono::NaiveDate>, Option<chrono::NaiveDate>),
) -> Result<Option<OrganizationId>> {
    let mut line = participants::table
        .filter(participants::campaign_id.eq(campaign))
        .filter(participants::subject_kind.eq(kind))
        .filter(participants::subject_id.eq(subject))
        .select(participants::division_id)
        .into_boxed::<Backend>();
    if let Some(day) = from {
        line = line.filter(participants::left_on.is_null().or(participants::left_on.ge(day)));
    }
    if let Some(day) = to {
        line = line.filter(
            participants::joined_on
                .is_null()
                .or(participants::joined_on.le(day)),
        );
    }
    Ok(line.first(conn).optional()?)
}

/// Nominations of a campaign whose subject took no part in it during a time (R-S5), the first few.
///
/// # Errors
/// The driver's error.
pub fn outside_of(
    conn: &mut Conn,
    campaign: CampaignId,
    (from, to): (Option<chrono::NaiveDate>, Option<chrono::NaiveDate>),
    most: i64,
) -> Result<Vec<NominationId>> {
    let line = participants::campaign_id
        .eq(nominations::campaign_id)
        .and(participants::subject_kind.eq(nominations::subject_kind))
        .and(participants::subject_id.eq(nominations::subject_id));
    let outside = participants::left_on.lt(from).or(participants::joined_on.gt(to));
    Ok(nominations::table
        .inner_join(participants::table.on(line))
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::live.eq(true))
        .filter(outside)
        .order(nominations::id.asc())
        .limit(most)
        .select(nominations::id)
        .load(conn)?)
}

/// What a subject has been given, or may still get, for a time that overlaps this campaign's: name of
/// the campaign and form (R-N3).
///
/// # Errors
/// The driver's error.
pub fn rewarded_or_pending(
    conn: &mut Conn,
    campaign: CampaignId,
    subject: AnyId,
    period: (Option<chrono::NaiveDate>, Option<chrono::NaiveDate>),
) -> Result<Vec<(String, String)>> {
    let standing: Vec<NominationState> = NominationState::ALL
        .iter()
        .copied()
        .filter(|state| state.is_rewarded_or_pending())
        .collect();
    let mut query = nominations::table
        .inner_join(campaigns::table.on(campaigns::id.eq(nominations::campaign_id)))
        .filter(nominations::subject_id.eq(subject))
        .filter(nominations::live.eq(true))
        .filter(nominations::state.eq_any(standing))
        // What was given up with its campaign is pending no more.
        .filter(
            campaigns::state
                .ne(CampaignState::Cancelled)
                .or(nominations::state.eq(NominationState::Awarded)),
        )
        .order(nominations::id.asc())
        .limit(20)
        .select((campaigns::name, nominations::form))
        .into_boxed::<Backend>();
    if let (Some(from), Some(to)) = period {
        let overlaps = campaigns::period_from.le(to).and(campaigns::period_to.ge(from));
        query = query.filter(overlaps.or(nominations::campaign_id.eq(campaign).nullable()));
    } else {
        query = query.filter(nominations::campaign_id.eq(campaign));
    }
    Ok(query.load(conn)?)
}

/// A candidate with what the suggested order looks at.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Standing {
    /// The nomination.
    pub nomination: Nomination,
    /// Position class of an individual.
    pub leadership_class: Option<LeadershipClass>,
    /// Sex of an individual, if registered.
    pub sex: Option<Sex>,
    /// Staff of a collective.
    pub headcount: Option<i32>,
    /// Women among them.
    pub women_count: Option<i32>,
    /// Agreeing votes in hundredths of a percent, where a confirmed session says so (R-V7).
    pub percentage_hundredths: Option<i32>,
}

/// The eligible, unsettled nominations of a campaign within the visibility, at most 2 000, in the order
/// of their making.
///
/// # Errors
/// The driver's error.
pub fn standings(conn: &mut Conn, seen: &Visibility, campaign: CampaignId) -> Result<Vec<Standing>> {
    let condition: Condition<nominations::table> = filter::nominations(seen);
    let candidates: Vec<NominationState> = NominationState::ALL
        .iter()
        .copied()
        .filter(|state| *state != NominationState::Proposed && !state.is_settled())
        .collect();
    let ids: Vec<NominationId> = nominations::table
        .filter(condition)
        .filter(nominations::campaign_id.eq(campaign))
        .filter(nominations::live.eq(true))
        .filter(nominations::state.eq_any(candidates))
        .order(nominations::id.asc())
        .limit(2_000)
        .select(nominations::id)
        .into_boxed::<Backend>()
        .load(conn)?;
    let confirmed = review_sessions::table
        .filter(review_sessions::state.eq(ReviewSessionState::Confirmed))
        .select(review_sessions::id);
    let counted = agenda_items::nomination_id
        .eq(nominations::id)
        .and(agenda_items::live.eq(true))
        .and(agenda_items::session_id.eq_any(confirmed));
    Ok(nominations::table
        .left_join(individuals::table.on(individuals::id.nullable().eq(nominations::individual_id)))
        .left_join(collectives::table.on(collectives::id.nullable().eq(nominations::collective_id)))
        .left_join(agenda_items::table.on(counted))
        .filter(nominations::id.eq_any(ids))
        .order(nominations::id.asc())
        .select((
            Nomination::as_select(),
            individuals::leadership_class.nullable(),
            individuals::sex.nullable(),
            collectives::headcount.nullable(),
            collectives::women_count.nullable(),
            agenda_items::percentage_hundredths.nullable(),
        ))
        .load(conn)?)
}

/// Position classes of the individuals among the nominations, one for each of them.
///
/// # Errors
/// The driver's error.
pub fn leadership_classes(conn: &mut Conn, among: &[NominationId]) -> Result<Vec<LeadershipClass>> {
    Ok(nominations::table
        .inner_join(individuals::table.on(individuals::id.nullable().eq(nominations::individual_id)))
        .filter(nominations::id.eq_any(among))
        .select(individuals::leadership_class)
        .load(conn)?)
}
