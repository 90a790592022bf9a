//! Ids of the copied database that requests name, each with the caller who may ask for it.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use diesel::prelude::*;
use thidua::domain::ids::{
    CampaignId, DecisionId, NominationId, OrganizationId, ReviewSessionId, SubmissionId,
};
use thidua::domain::states::{DecisionState, NominationState, ReviewSessionState, SubmissionState};
use thidua::store::connection::Conn;
use thidua::store::schema::{agenda_items, campaigns, decisions, nominations, review_sessions, submissions};

use crate::Outcome;
use crate::data::world;
use crate::sizes::Numbers;

/// Most ids of one kind that are kept.
const KEPT: usize = 100_000;

/// Department and division.
pub type Place = (u64, u64);

/// Something with a version that requests change.
pub struct Versioned<T> {
    /// Its id.
    pub id: T,
    /// Its version now.
    pub version: Cell<i64>,
    /// Where it belongs.
    pub place: Place,
}

/// Targets of which each is in use by one request at a time.
pub struct Stock<T> {
    all: Vec<T>,
    free: RefCell<VecDeque<usize>>,
}

impl<T> Stock<T> {
    fn new(all: Vec<T>) -> Self {
        let free = RefCell::new((0..all.len()).collect());
        Self { all, free }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The target that has been free for the longest time.
    pub fn take(&self) -> Option<(usize, &T)> {
        let index = self.free.borrow_mut().pop_front()?;
        Some((index, self.all.get(index)?))
    }

    /// Gives a target back.
    pub fn give(&self, index: usize) -> Option<&T> {
        self.free.borrow_mut().push_back(index);
        self.all.get(index)
    }
}

/// What requests ask for.
pub struct Targets {
    /// Nominations, spread over the whole table.
    pub nominations: Vec<(NominationId, Place)>,
    /// Names of nominees.
    pub names: Vec<(String, Place)>,
    /// Submissions, spread over the whole table.
    pub submissions: Vec<(SubmissionId, Place)>,
    /// Campaigns of the size.
    pub campaigns: Vec<(CampaignId, u64)>,
    /// Drafts that are handed in.
    pub drafts: Vec<Versioned<SubmissionId>>,
    /// Drafts that are saved.
    pub saved: Stock<Versioned<SubmissionId>>,
    /// Nominations of other drafts that are saved.
    pub saved_nominations: Stock<Versioned<NominationId>>,
    /// Nominations that the office appraises; the version is the number of appraisals.
    pub appraised: Stock<Versioned<NominationId>>,
    /// Nominations on the agenda of an open session.
    pub voted: Vec<(ReviewSessionId, NominationId, u64)>,
    /// Decisions for a hundred nominees that only have to be issued.
    pub decisions: Vec<Versioned<DecisionId>>,
}

struct Places {
    divisions: HashMap<OrganizationId, Place>,
    departments: HashMap<OrganizationId, u64>,
}

impl Places {
    fn new(numbers: &Numbers) -> Self {
        let departments = 0..=numbers.departments;
        let divisions = departments
            .clone()
            .flat_map(|of| {
                (0..numbers.divisions).map(move |number| (world::division(of, number), (of, number)))
            })
            .collect();
        Self {
            divisions,
            departments: departments.map(|of| (world::department(of), of)).collect(),
        }
    }

    fn division(&self, id: OrganizationId) -> Place {
        self.divisions.get(&id).copied().unwrap_or_default()
    }

    fn department(&self, id: OrganizationId) -> u64 {
        self.departments.get(&id).copied().unwrap_or_default()
    }
}

/// Every k-th, so that not more than [`KEPT`] are left.
fn spread<T>(all: Vec<T>) -> Vec<T> {
    let step = all.len().div_ceil(KEPT).max(1);
    all.into_iter().step_by(step).collect()
}

impl Targets {
    /// Reads the ids.
    pub fn read(conn: &mut Conn, numbers: &Numbers) -> Outcome<Self> {
        let places = Places::new(numbers);
        let nominees: Vec<(NominationId, OrganizationId)> = nominations::table
            .order(nominations::id.asc())
            .select((nominations::id, nominations::division_id))
            .load(conn)?;
        let names: Vec<(String, OrganizationId)> = nominations::table
            .filter(nominations::state.eq(NominationState::Eligible))
            .order(nominations::id.asc())
            .limit(20_000)
            .select((nominations::display_name, nominations::division_id))
            .load(conn)?;
        let dossiers: Vec<(SubmissionId, OrganizationId)> = submissions::table
            .order(submissions::id.asc())
            .select((submissions::id, submissions::division_id))
            .load(conn)?;
        let own: Vec<(CampaignId, OrganizationId)> = campaigns::table
            .order(campaigns::id.asc())
            .limit(i64::try_from(numbers.campaigns)?)
            .select((campaigns::id, campaigns::owner_organization_id))
            .load(conn)?;
        let before_office = [SubmissionState::Received, SubmissionState::Appraising];
        let appraised: Vec<(NominationId, OrganizationId)> = nominations::table
            .inner_join(submissions::table.on(submissions::id.eq(nominations::submission_id)))
            .filter(submissions::state.eq_any(before_office))
            .filter(nominations::state.eq(NominationState::Proposed))
            .filter(nominations::individual_id.is_not_null())
            .order(nominations::id.asc())
            .select((nominations::id, nominations::division_id))
            .load(conn)?;
        let voted: Vec<(ReviewSessionId, NominationId, OrganizationId)> = agenda_items::table
            .inner_join(review_sessions::table.on(review_sessions::id.eq(agenda_items::session_id)))
            .filter(review_sessions::state.eq(ReviewSessionState::Open))
            .order(agenda_items::id.asc())
            .select((
                agenda_items::session_id,
                agenda_items::nomination_id,
                review_sessions::owner_organization_id,
            ))
            .load(conn)?;
        let ready: Vec<(DecisionId, i64, OrganizationId)> = decisions::table
            .filter(decisions::state.eq(DecisionState::Numbered))
            .order(decisions::id.asc())
            .select((
                decisions::id,
                decisions::version,
                decisions::owner_organization_id,
            ))
            .load(conn)?;
        let at = |list: Vec<(NominationId, OrganizationId)>| -> Vec<(NominationId, Place)> {
            let list = list.into_iter();
            list.map(|(id, division)| (id, places.division(division)))
                .collect()
        };
        let mut drafts = drafts(conn, &places)?;
        let eighth = drafts.len() / 8;
        let saved = drafts.split_off(drafts.len() - eighth);
        let others = drafts.split_off(drafts.len() - eighth);
        Ok(Self {
            nominations: spread(at(nominees)),
            names: names
                .into_iter()
                .map(|(name, division)| (name, places.division(division)))
                .collect(),
            submissions: spread(dossiers)
                .into_iter()
                .map(|(id, division)| (id, places.division(division)))
                .collect(),
            campaigns: own
                .into_iter()
                .map(|(id, owner)| (id, places.department(owner)))
                .collect(),
            saved_nominations: Stock::new(nominations_of(conn, &others, &places)?),
            drafts,
            saved: Stock::new(saved),
            appraised: Stock::new(
                at(appraised)
                    .into_iter()
                    .map(|(id, place)| Versioned {
                        id,
                        version: Cell::new(0),
                        place,
                    })
                    .collect(),
            ),
            voted: voted
                .into_iter()
                .map(|(session, nomination, owner)| (session, nomination, places.department(owner)))
                .collect(),
            decisions: ready
                .into_iter()
                .map(|(id, version, owner)| Versioned {
                    id,
                    version: Cell::new(version),
                    place: (places.department(owner), 0),
                })
                .collect(),
        })
    }
}

fn drafts(conn: &mut Conn, places: &Places) -> Outcome<Vec<Versioned<SubmissionId>>> {
    let rows: Vec<(SubmissionId, i64, OrganizationId)> = submissions::table
        .filter(submissions::state.eq(SubmissionState::Draft))
        .order(submissions::id.asc())
        .select((submissions::id, submissions::version, submissions::division_id))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, version, division)| Versioned {
            id,
            version: Cell::new(version),
            place: places.division(division),
        })
        .collect())
}

/// One nomination of each of these drafts: two of one draft would change the same dossier.
fn nominations_of(
    conn: &mut Conn,
    drafts: &[Versioned<SubmissionId>],
    places: &Places,
) -> Outcome<Vec<Versioned<NominationId>>> {
    let mut found = Vec::new();
    for draft in drafts {
        let (id, version, division): (NominationId, i64, OrganizationId) = nominations::table
            .filter(nominations::submission_id.eq(draft.id))
            .order(nominations::id.asc())
            .select((nominations::id, nominations::version, nominations::division_id))
            .first(conn)?;
        found.push(Versioned {
            id,
            version: Cell::new(version),
            place: places.division(division),
        });
    }
    Ok(found)
}
