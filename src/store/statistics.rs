//! The statistics as a projection of the sealed journal (C-17). The sealer brings them forward in the
//! transaction in which it seals: of each dossier and nomination that new entries name, the difference between
//! what it is and what it was counted as goes into the counts of its campaign. No other writer touches them,
//! and what reading them costs does not grow with the campaign.
//!
//! Entries are sealed once they are committed, so the rows are at least as new as their entries: what happened
//! after the last counted position may be counted already, nothing before it is missing.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use uuid::Uuid;

use super::authority::{self, Asked, Authority, Beside};
use super::connection::{Backend, Conn, directly};
use super::dialect;
use super::prepared::Prepare as _;
use super::schema::{
    campaign_counts, campaigns, counted_objects, journal_entries, nominations, projections, submissions,
};
use super::sql_types::AnyId;
use crate::domain::codes::SubjectKind;
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, CouncilId, JournalEntryId, OrganizationId, SubmissionId};
use crate::domain::states::{NominationState, SubmissionState};
use crate::domain::statistics::{Counted, Group, Kind, Tally, differences};
use crate::domain::time::Instant;

mod statements;

use statements::{Add, Reached, Remember};

/// Name of the projection.
const NAME: &str = "statistics";
const SUBMISSION: &str = "submission";
const NOMINATION: &str = "nomination";
/// Rows of one statement, well below the 32 766 variables of SQLite.
const AT_ONCE: usize = 500;

/// Objects as they are counted, each with its dossier.
type Objects = BTreeMap<AnyId, (SubmissionId, Counted)>;

/// Position of the last entry that is counted; 0 before the first.
fn position(conn: &mut Conn) -> Result<i64> {
    let found: Option<i64> = projections::table
        .find(NAME)
        .select(projections::position)
        .first(conn)
        .optional()?;
    Ok(found.unwrap_or(0))
}

/// Whether sealed entries are not counted yet: after an upgrade, or when the counts were emptied.
///
/// # Errors
/// The driver's error.
pub fn is_behind(conn: &mut Conn) -> Result<bool> {
    let next = position(conn)? + 1;
    let found: Option<JournalEntryId> = journal_entries::table
        .filter(journal_entries::position.eq(next))
        .select(journal_entries::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Counts what up to `batch` sealed entries name; answers how many entries. The caller is the sealer.
///
/// # Errors
/// The driver's error.
pub fn advance(conn: &mut Conn, batch: i64) -> Result<usize> {
    let counted = position(conn)?;
    let entries: Vec<(Option<i64>, Instant, String, AnyId)> = journal_entries::table
        .filter(journal_entries::position.gt(counted))
        .order(journal_entries::position.asc())
        .limit(batch)
        .select((
            journal_entries::position,
            journal_entries::occurred_at,
            journal_entries::object_noun,
            journal_entries::object_id,
        ))
        .load(conn)?;
    let Some((Some(position), as_of, ..)) = entries.last() else {
        return Ok(0);
    };
    let named = |wanted: &str| -> BTreeSet<AnyId> {
        let of_noun = entries.iter().filter(|(_, _, noun, _)| noun == wanted);
        of_noun.map(|(_, _, _, id)| *id).collect()
    };
    recount(conn, &named(SUBMISSION), &named(NOMINATION))?;
    Reached {
        position: *position,
        as_of: *as_of,
    }
    .execute(conn)?;
    Ok(entries.len())
}

/// Puts the difference between what these objects are and what they were counted as into the counts.
fn recount(conn: &mut Conn, dossiers: &BTreeSet<AnyId>, subjects: &BTreeSet<AnyId>) -> Result<()> {
    let mut present = present_submissions(conn, Some(dossiers))?;
    // A dossier that is withdrawn or deleted takes its nominations along without an entry of their own.
    let ended: BTreeSet<AnyId> = dossiers
        .iter()
        .filter(|id| present.get(id).is_none_or(|(_, counted)| is_withdrawn(counted)))
        .copied()
        .collect();
    present.append(&mut present_nominations(conn, Some(subjects))?);
    let mut before = remembered_as(conn, &dossiers.union(subjects).copied().collect())?;
    before.append(&mut remembered_in(conn, &ended)?);

    let all: BTreeSet<AnyId> = before.keys().chain(present.keys()).copied().collect();
    let changed: Vec<AnyId> = all
        .into_iter()
        .filter(|id| before.get(id) != present.get(id))
        .collect();
    let of = |objects: &'_ Objects, id: &AnyId| objects.get(id).map(|(_, counted)| counted.clone());
    let changes: Vec<(Option<Counted>, Option<Counted>)> = changed
        .iter()
        .map(|id| (of(&before, id), of(&present, id)))
        .collect();
    let differences = differences(
        changes
            .iter()
            .map(|(before, after)| (before.as_ref(), after.as_ref())),
    );

    let gone: Vec<AnyId> = changed
        .iter()
        .filter(|id| !present.contains_key(id))
        .copied()
        .collect();
    for ids in gone.chunks(AT_ONCE) {
        diesel::delete(counted_objects::table.filter(counted_objects::id.eq_any(ids.to_vec())))
            .execute(conn)?;
    }
    let rows: Vec<Row> = changed
        .iter()
        .filter_map(|id| Some(Row::of(*id, present.get(id)?)))
        .collect();
    for rows in rows.chunks(AT_ONCE) {
        Remember(rows).execute(conn)?;
    }
    let differences: Vec<(Group, Tally)> = differences.into_iter().collect();
    for lines in differences.chunks(AT_ONCE) {
        Add(lines).execute(conn)?;
    }
    Ok(())
}

fn is_withdrawn(counted: &Counted) -> bool {
    counted.group.kind == Kind::Submission(SubmissionState::Withdrawn)
}

/// Every dossier, or those named, as it is to be counted.
fn present_submissions(conn: &mut Conn, named: Option<&BTreeSet<AnyId>>) -> Result<Objects> {
    if named.is_some_and(BTreeSet::is_empty) {
        return Ok(Objects::new());
    }
    let mut query = submissions::table
        .select((
            submissions::id,
            submissions::campaign_id,
            submissions::division_id,
            submissions::state,
            submissions::late,
        ))
        .into_boxed::<Backend>();
    if let Some(named) = named {
        query = query.filter(submissions::id.eq_any(named.iter().copied().collect::<Vec<_>>()));
    }
    let rows: Vec<(SubmissionId, CampaignId, OrganizationId, SubmissionState, bool)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, campaign_id, division_id, state, marked)| {
            let group = Group {
                campaign_id,
                division_id,
                kind: Kind::Submission(state),
            };
            (id.into(), (id, Counted { group, marked }))
        })
        .collect())
}

type Nominated = (
    AnyId,
    SubmissionId,
    CampaignId,
    OrganizationId,
    NominationState,
    SubjectKind,
    String,
    bool,
);

/// Every nomination that is counted, or those of the named ones, as it is to be counted.
fn present_nominations(conn: &mut Conn, named: Option<&BTreeSet<AnyId>>) -> Result<Objects> {
    if named.is_some_and(BTreeSet::is_empty) {
        return Ok(Objects::new());
    }
    let mut query = nominations::table
        .filter(nominations::live.eq(true))
        .select((
            nominations::id,
            nominations::submission_id,
            nominations::campaign_id,
            nominations::division_id,
            nominations::state,
            nominations::subject_kind,
            nominations::form,
            nominations::hold_reason.is_not_null(),
        ))
        .into_boxed::<Backend>();
    if let Some(named) = named {
        query = query.filter(nominations::id.eq_any(named.iter().copied().collect::<Vec<_>>()));
    }
    let rows: Vec<Nominated> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, submission, campaign_id, division_id, state, subject_kind, form, marked)| {
                let kind = Kind::Nomination {
                    state,
                    subject_kind,
                    form,
                };
                let group = Group {
                    campaign_id,
                    division_id,
                    kind,
                };
                (id, (submission, Counted { group, marked }))
            },
        )
        .collect())
}

/// What was counted last of an object.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = counted_objects)]
struct Row {
    id: AnyId,
    submission_id: SubmissionId,
    campaign_id: CampaignId,
    division_id: OrganizationId,
    noun: String,
    state: String,
    subject_kind: String,
    form: String,
    marked: bool,
}

impl Row {
    fn of(id: AnyId, (submission_id, counted): &(SubmissionId, Counted)) -> Self {
        let group = &counted.group;
        let [noun, state, subject_kind, form] = words(&group.kind).map(str::to_owned);
        Self {
            id,
            submission_id: *submission_id,
            campaign_id: group.campaign_id,
            division_id: group.division_id,
            noun,
            state,
            subject_kind,
            form,
            marked: counted.marked,
        }
    }

    fn read(self) -> Result<(AnyId, (SubmissionId, Counted))> {
        let group = Group {
            campaign_id: self.campaign_id,
            division_id: self.division_id,
            kind: kind(&self.noun, &self.state, &self.subject_kind, self.form)?,
        };
        let marked = self.marked;
        Ok((self.id, (self.submission_id, Counted { group, marked })))
    }
}

/// Noun, state, kind of subject and form, as stored.
fn words(kind: &Kind) -> [&str; 4] {
    match kind {
        Kind::Submission(state) => [SUBMISSION, state.as_str(), "", ""],
        Kind::Nomination {
            state,
            subject_kind,
            form,
        } => [NOMINATION, state.as_str(), subject_kind.as_str(), form],
    }
}

fn kind(noun: &str, state: &str, subject_kind: &str, form: String) -> Result<Kind> {
    if noun == SUBMISSION {
        return Ok(Kind::Submission(state.parse().map_err(Error::internal)?));
    }
    Ok(Kind::Nomination {
        state: state.parse().map_err(Error::internal)?,
        subject_kind: subject_kind.parse().map_err(Error::internal)?,
        form,
    })
}

/// What was counted last of these objects.
fn remembered_as(conn: &mut Conn, ids: &BTreeSet<AnyId>) -> Result<Objects> {
    if ids.is_empty() {
        return Ok(Objects::new());
    }
    let rows: Vec<Row> = counted_objects::table
        .filter(counted_objects::id.eq_any(ids.iter().copied().collect::<Vec<_>>()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// What was counted last of these dossiers and all in them.
fn remembered_in(conn: &mut Conn, dossiers: &BTreeSet<AnyId>) -> Result<Objects> {
    if dossiers.is_empty() {
        return Ok(Objects::new());
    }
    let rows: Vec<Row> = counted_objects::table
        .filter(counted_objects::submission_id.eq_any(dossiers.iter().copied().collect::<Vec<_>>()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// A campaign in counts, with what tells where it stands.
#[derive(Debug, Clone)]
pub struct Counts {
    /// The organisation that owns the campaign.
    pub owner_organization_id: OrganizationId,
    /// Its council.
    pub council_id: Option<CouncilId>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// Position of the last counted entry; 0 before the first.
    pub position: i64,
    /// When that entry happened.
    pub as_of: Option<Instant>,
    /// Every group that somebody is in.
    pub lines: Vec<(OrganizationId, Kind, Tally)>,
}

/// The counts of a campaign and the position up to which they hold, with the authority of who asks, in one
/// statement and so in one snapshot.
///
/// # Errors
/// `resource.not_found`.
pub fn with_authority(
    conn: &mut Conn,
    campaign: CampaignId,
    asked: Asked<'_>,
) -> Result<(Counts, Authority)> {
    type Row = (
        OrganizationId,
        Option<CouncilId>,
        Option<Instant>,
        Option<i64>,
        Option<Instant>,
        Option<String>,
        Option<String>,
    );
    let lines = sql::<Nullable<Text>>(dialect::counts_as_text(conn));
    let authority = Beside::of(conn, asked);
    let found: QueryResult<Row> = directly!(conn => campaigns::table
        .left_join(projections::table.on(projections::name.eq(NAME)))
        .filter(campaigns::id.eq(campaign))
        .select((
            campaigns::owner_organization_id,
            campaigns::council_id,
            campaigns::published_at,
            projections::position.nullable(),
            projections::as_of.nullable(),
            lines,
            authority,
        ))
        .prepared()
        .get_result(conn));
    let (owner_organization_id, council_id, published_at, position, as_of, lines, authority) =
        found.optional()?.ok_or_else(Error::not_found)?;
    let lines = lines.iter().flat_map(|text| text.split(';')).map(line);
    let counts = Counts {
        owner_organization_id,
        council_id,
        published_at,
        position: position.unwrap_or(0),
        as_of,
        lines: lines.collect::<Result<_>>()?,
    };
    Ok((counts, authority::from_beside(authority.as_deref())?))
}

/// A group as [`dialect::counts_as_text`] writes it; none of its words, which are codes, has a comma or a semicolon.
fn line(text: &str) -> Result<(OrganizationId, Kind, Tally)> {
    let columns: Vec<&str> = text.split(',').collect();
    let [division, noun, state, subject_kind, form, number, marked] = columns.as_slice() else {
        return Err(Error::internal(format!("a count of {} columns", columns.len())));
    };
    let tally = Tally {
        number: number.parse().map_err(Error::internal)?,
        marked: marked.parse().map_err(Error::internal)?,
    };
    let division = Uuid::try_parse(division).map_err(Error::internal)?;
    let kind = kind(noun, state, subject_kind, (*form).to_owned())?;
    Ok((OrganizationId(division), kind, tally))
}

/// Division, noun, state, kind of subject, form; how many, and how many are marked.
type Line = (OrganizationId, String, String, String, String, i64, i64);

/// Every object as it is to be counted, every object as it was counted last, and the counts; for the checker.
pub struct Whole {
    /// As they are.
    pub present: BTreeMap<AnyId, Counted>,
    /// As they were counted.
    pub remembered: BTreeMap<AnyId, Counted>,
    /// The counts.
    pub counts: BTreeMap<Group, Tally>,
}

/// Everything that the statistics rest on.
///
/// # Errors
/// The driver's error.
pub fn whole(conn: &mut Conn) -> Result<Whole> {
    let mut present = present_submissions(conn, None)?;
    present.append(&mut present_nominations(conn, None)?);
    let rows: Vec<Row> = counted_objects::table.select(Row::as_select()).load(conn)?;
    let remembered: Objects = rows.into_iter().map(Row::read).collect::<Result<_>>()?;
    let lines: Vec<(CampaignId, Line)> = campaign_counts::table
        .filter(campaign_counts::number.ne(0).or(campaign_counts::marked.ne(0)))
        .select((
            campaign_counts::campaign_id,
            (
                campaign_counts::division_id,
                campaign_counts::noun,
                campaign_counts::state,
                campaign_counts::subject_kind,
                campaign_counts::form,
                campaign_counts::number,
                campaign_counts::marked,
            ),
        ))
        .load(conn)?;
    let mut counts = BTreeMap::new();
    for (campaign_id, (division_id, noun, state, subject_kind, form, number, marked)) in lines {
        let kind = kind(&noun, &state, &subject_kind, form)?;
        let group = Group {
            campaign_id,
            division_id,
            kind,
        };
        counts.insert(group, Tally { number, marked });
    }
    let counted = |objects: Objects| {
        objects
            .into_iter()
            .map(|(id, (_, counted))| (id, counted))
            .collect()
    };
    Ok(Whole {
        present: counted(present),
        remembered: counted(remembered),
        counts,
    })
}
