//! Rows of `participants`.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::campaigns::Campaign;
use super::collectives::Collective;
use super::connection::{Conn, directly};
use super::individuals::Individual;
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{collectives, individuals, nominations, participants};
use super::sql_types::AnyId;
use super::{filter, quotas, search};
use crate::domain::codes::{Denominator, ParticipantSource, StaffKind, SubjectKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{CampaignId, OrganizationId, ParticipantId};
use crate::domain::plan::Plan;
use crate::domain::policy::Visibility;
use crate::domain::time::Instant;

pub(super) const NOUN: &str = "participant";

/// A line of a campaign's roll.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = participants, treat_none_as_null = true)]
pub struct Participant {
    /// Identifier.
    pub id: ParticipantId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The organisation with authority that owns it.
    pub owner_organization_id: OrganizationId,
    /// The division it belongs to.
    pub division_id: OrganizationId,
    /// Subject kind.
    pub subject_kind: SubjectKind,
    /// The individual or collective.
    pub subject_id: AnyId,
    /// Name at the time.
    pub display_name: String,
    /// Sort key of the name.
    pub sort_name: String,
    /// Staff kind.
    pub staff_kind: Option<StaffKind>,
    /// Joined on.
    pub joined_on: Option<NaiveDate>,
    /// Left on.
    pub left_on: Option<NaiveDate>,
    /// Source.
    pub source: ParticipantSource,
    /// Counted.
    pub counted: bool,
    /// Frozen.
    pub frozen: bool,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Participant with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find(conn: &mut Conn, id: ParticipantId) -> Result<Option<Participant>> {
    let found = directly!(conn => participants::table.find(id).select(Participant::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The Participant with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get(conn: &mut Conn, id: ParticipantId) -> Result<Participant> {
    find(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Participant.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert(conn: &mut Conn, row: &Participant) -> QueryResult<()> {
    diesel::insert_into(participants::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Who can be put on a roll: an individual or a collective, as far as the roll is concerned.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Kind.
    pub kind: SubjectKind,
    /// The individual or collective.
    pub id: AnyId,
    /// Its unit.
    pub unit_id: OrganizationId,
    /// Name.
    pub name: String,
    /// Name as sorted.
    pub sort_name: String,
    /// Employment of an individual.
    pub staff_kind: Option<StaffKind>,
    /// Personnel code of an individual.
    pub personnel_code: Option<String>,
    /// Whether it is active.
    pub active: bool,
}

/// Individuals and collectives of these organisations or units, all or one.
///
/// # Errors
/// The driver's error.
pub fn subjects(
    conn: &mut Conn,
    organizations: &[OrganizationId],
    only: Option<AnyId>,
) -> Result<Vec<Subject>> {
    let mut people = individuals::table
        .filter(
            individuals::owner_organization_id
                .eq_any(organizations.to_vec())
                .or(individuals::unit_id.eq_any(organizations.to_vec())),
        )
        .order(individuals::id.asc())
        .select(Individual::as_select())
        .into_boxed();
    let mut groups = collectives::table
        .filter(
            collectives::owner_organization_id
                .eq_any(organizations.to_vec())
                .or(collectives::unit_id.eq_any(organizations.to_vec())),
        )
        .order(collectives::id.asc())
        .select(Collective::as_select())
        .into_boxed();
    if let Some(id) = only {
        people = people.filter(individuals::id.eq(id));
        groups = groups.filter(collectives::id.eq(id));
    }
    let people = people.load(conn)?.into_iter().map(|one: Individual| Subject {
        kind: SubjectKind::Individual,
        id: one.id.into(),
        unit_id: one.unit_id,
        name: one.full_name,
        sort_name: one.sort_name,
        staff_kind: Some(one.staff_kind),
        personnel_code: one.personnel_code,
        active: one.active,
    });
    let groups = groups.load(conn)?.into_iter().map(|one: Collective| Subject {
        kind: one.kind,
        id: one.id.into(),
        unit_id: one.unit_id,
        name: one.name,
        sort_name: one.sort_name,
        staff_kind: None,
        personnel_code: None,
        active: one.active,
    });
    Ok(people.chain(groups).collect())
}

/// The line of a subject on a campaign's roll.
///
/// # Errors
/// The driver's error.
pub fn of_subject(
    conn: &mut Conn,
    campaign: CampaignId,
    kind: SubjectKind,
    subject: AnyId,
) -> Result<Option<Participant>> {
    Ok(participants::table
        .filter(participants::campaign_id.eq(campaign))
        .filter(participants::subject_kind.eq(kind))
        .filter(participants::subject_id.eq(subject))
        .select(Participant::as_select())
        .first(conn)
        .optional()?)
}

/// Subjects that are on a campaign's roll.
///
/// # Errors
/// The driver's error.
pub fn on_the_roll(conn: &mut Conn, campaign: CampaignId) -> Result<BTreeSet<AnyId>> {
    let ids: Vec<AnyId> = participants::table
        .filter(participants::campaign_id.eq(campaign))
        .select(participants::subject_id)
        .load(conn)?;
    Ok(ids.into_iter().collect())
}

/// Keeps the words under which a participant is found.
///
/// # Errors
/// The driver's error.
pub fn index(conn: &mut Conn, participant: &Participant) -> Result<()> {
    search::index(conn, NOUN, participant.id, &[participant.display_name.as_str()])
}

/// Stores a changed line if nobody changed it since it was read.
///
/// # Errors
/// `etag.stale`.
pub fn save_if(conn: &mut Conn, row: &Participant, read_version: i64) -> Result<()> {
    let unchanged = participants::table
        .find(row.id)
        .filter(participants::version.eq(read_version));
    if diesel::update(unchanged).set(row).prepared().execute(conn)? == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// Takes a line off the roll.
///
/// # Errors
/// The driver's error.
pub fn delete(conn: &mut Conn, id: ParticipantId) -> Result<()> {
    search::index(conn, NOUN, id, &[])?;
    diesel::delete(participants::table.find(id)).execute(conn)?;
    Ok(())
}

/// Whether the subject of a line is nominated in its campaign.
///
/// # Errors
/// The driver's error.
pub fn is_nominated(conn: &mut Conn, participant: &Participant) -> Result<bool> {
    let nominated = nominations::table
        .filter(nominations::campaign_id.eq(participant.campaign_id))
        .filter(nominations::subject_id.eq(participant.subject_id))
        .filter(nominations::live.eq(true));
    Ok(diesel::select(exists(nominated)).get_result(conn)?)
}

/// Whether there is anything to take a share of: numbers given by hand, or somebody on the roll who counts.
///
/// # Errors
/// The driver's error.
pub fn has_denominator(conn: &mut Conn, campaign: &Campaign, plan: &Plan) -> Result<bool> {
    if plan.quota.denominator == Denominator::Manual {
        return Ok(true);
    }
    let any = participants::table
        .filter(participants::campaign_id.eq(campaign.id))
        .filter(quotas::in_the_denominator(campaign, plan))
        .select(participants::id)
        .first::<ParticipantId>(conn)
        .optional()?;
    Ok(any.is_some())
}

/// Marks who stands in the denominator: from now on that, and nothing else, is counted (5.8).
///
/// # Errors
/// The driver's error.
pub fn freeze(conn: &mut Conn, campaign: &Campaign, plan: &Plan) -> Result<()> {
    let counted: Vec<ParticipantId> = participants::table
        .filter(participants::campaign_id.eq(campaign.id))
        .filter(quotas::in_the_denominator(campaign, plan))
        .select(participants::id)
        .load(conn)?;
    // In portions: SQLite limits how many values one statement may carry.
    for portion in counted.chunks(1000) {
        diesel::update(participants::table.filter(participants::id.eq_any(portion.to_vec())))
            .set(participants::frozen.eq(true))
            .execute(conn)?;
    }
    Ok(())
}

/// Which lines of a roll are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// With these words in the name.
    pub words: Vec<String>,
    /// Of this division.
    pub division: Option<OrganizationId>,
    /// Of these kinds.
    pub kinds: Vec<SubjectKind>,
}

/// A page of a campaign's roll by name, as far as the caller may see it.
///
/// # Errors
/// The driver's error.
pub fn list(
    conn: &mut Conn,
    campaign: CampaignId,
    visibility: &Visibility,
    wanted: &Wanted,
    slice: &Slice,
) -> Result<Rows<Participant>> {
    let mut query = participants::table
        .filter(participants::campaign_id.eq(campaign))
        .filter(filter::participants(visibility))
        .order((participants::sort_name.asc(), participants::id.asc()))
        .limit(slice.fetch())
        .select(Participant::as_select())
        .into_boxed();
    if let Some(named) = search::having(conn, NOUN, "participants.id", &wanted.words)? {
        query = query.filter(named);
    }
    if let Some(division) = wanted.division {
        query = query.filter(participants::division_id.eq(division));
    }
    if !wanted.kinds.is_empty() {
        query = query.filter(participants::subject_kind.eq_any(wanted.kinds.clone()));
    }
    if let Some(after) = &slice.after {
        let (key, id) = (after.key.clone(), ParticipantId(after.id));
        query = query.filter(
            participants::sort_name
                .gt(key.clone())
                .or(participants::sort_name.eq(key).and(participants::id.gt(id))),
        );
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Participant| After {
        key: row.sort_name.clone(),
        id: row.id.0,
    }))
}
