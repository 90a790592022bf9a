//! AZN-14: for random trees, grants and rows, the yes-or-no answer and the SQL filter agree on every row.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use thidua::domain::caller::{Caller, HeldGrant, Principal, PrincipalKind, Role, Seat, SignOn};
use thidua::domain::ids::{
    CampaignId, CollectiveId, CouncilId, DecisionId, ForwardingId, IdentityId, IndividualId, NominationId,
    OrganizationId, ParticipantId, ReviewId, ReviewSessionId, RoleGrantId, SubmissionId,
};
use thidua::domain::policy::{Action, Place, Regard, Visibility, visibility};
use thidua::domain::states::{CampaignState, DecisionState, ForwardingState};
use thidua::domain::time::Instant;
use thidua::store::connection::Conn;
use thidua::store::sql_types::AnyId;
use thidua::store::{filter, schema};
use uuid::Uuid;

use crate::support::on_both;
use crate::support::when;
use crate::support::world::World;

on_both!(yes_or_no_and_the_filter_agree_on_every_row);

/// A small generator with a seed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }

    /// An identifier of nothing in particular.
    fn any(&mut self) -> AnyId {
        AnyId(self.id())
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.roll(usize::MAX) as u64, self.roll(usize::MAX) as u64)
    }
}

/// What the rows are made of.
struct Pool {
    organizations: Vec<OrganizationId>,
    /// Parent by index, and whether it is an internal unit.
    parents: Vec<(Option<usize>, bool)>,
    councils: Vec<CouncilId>,
    individuals: Vec<IndividualId>,
}

impl Pool {
    fn random(dice: &mut Dice) -> Self {
        let organizations: Vec<_> = (0..10).map(|_| OrganizationId(dice.id())).collect();
        let parents = (0..10)
            .map(|index| match index {
                0 => (None, false),
                _ => (Some(dice.roll(index)), dice.roll(3) > 0),
            })
            .collect();
        Self {
            organizations,
            parents,
            councils: (0..4).map(|_| CouncilId(dice.id())).collect(),
            individuals: (0..4).map(|_| IndividualId(dice.id())).collect(),
        }
    }

    /// The organisation with its internal units; another authority below ends the walk (M-4).
    fn covers(&self, root: usize) -> Vec<OrganizationId> {
        let mut reached = BTreeSet::from([root]);
        for index in root + 1..self.organizations.len() {
            if let (Some(parent), true) = self.parents[index]
                && reached.contains(&parent)
            {
                reached.insert(index);
            }
        }
        reached
            .into_iter()
            .map(|index| self.organizations[index])
            .collect()
    }

    fn caller(&self, dice: &mut Dice) -> Caller {
        let grants = (0..dice.roll(4))
            .map(|_| {
                let root = dice.roll(self.organizations.len());
                let anywhere = dice.roll(12) == 0;
                HeldGrant {
                    role: dice.pick(Role::ALL),
                    organization_id: (!anywhere).then_some(self.organizations[root]),
                    covers: if anywhere { Vec::new() } else { self.covers(root) },
                }
            })
            .collect();
        let seats = (0..dice.roll(3))
            .map(|_| Seat {
                council_id: dice.pick(&self.councils),
                role: dice.pick(&[Role::CouncilChair, Role::CouncilSecretary, Role::CouncilMember]),
            })
            .collect();
        Caller {
            identity_id: IdentityId(dice.id()),
            principal: Principal {
                kind: PrincipalKind::User,
                issuer: "https://sso.example".into(),
                subject: "someone".into(),
                display_name: None,
                client_id: None,
                personnel_code: None,
                token_grants: Vec::new(),
                sign_on: SignOn::default(),
            },
            individual_id: (dice.roll(2) == 0).then(|| dice.pick(&self.individuals)),
            grants,
            seats,
        }
    }
}

fn now() -> Instant {
    when("2026-03-20T02:00:00Z").parse().unwrap()
}

/// The rows stand alone: references are another test's matter.
fn without_references(conn: &mut Conn) {
    let sql = match conn {
        Conn::Sqlite(_) => "PRAGMA foreign_keys = OFF",
        Conn::Postgres(_) => "SET session_replication_role = replica",
    };
    conn.batch_execute(sql).unwrap();
}

/// Rows of one noun: identifier and place.
type Rows = Vec<(Uuid, Place)>;

macro_rules! insert {
    ($conn:expr, $table:ident, $($column:ident: $value:expr),+ $(,)?) => {
        diesel::insert_into(schema::$table::table)
            .values(($(schema::$table::$column.eq($value)),+))
            .execute($conn)
            .unwrap()
    };
}

const ROWS: usize = 25;

fn campaigns(conn: &mut Conn, dice: &mut Dice, pool: &Pool) -> Rows {
    let states = [
        CampaignState::Draft,
        CampaignState::Published,
        CampaignState::Concluded,
        CampaignState::Archived,
        CampaignState::Cancelled,
    ];
    (0..ROWS)
        .map(|_| {
            let (id, owner, state) = (
                CampaignId(dice.id()),
                dice.pick(&pool.organizations),
                dice.pick(&states),
            );
            let council = (dice.roll(2) == 0).then(|| dice.pick(&pool.councils));
            // One that was called off was published, or was not.
            let published =
                state != CampaignState::Draft && (state != CampaignState::Cancelled || council.is_some());
            let published_at = published.then(now);
            insert!(conn, campaigns,
                id: id, owner_organization_id: owner, name: "x", kind: "THEMATIC", scope: "AGENCY",
                state: state, rule_set_id: dice.any(), council_id: council, terms_number: 1,
                deadline_at: now(), published_at: published_at, launch_number: "1", final_report: "{}",
                state_reason: "x", version: 1_i64, created_at: now(), updated_at: now());
            (id.0, filter::place_of_campaign(owner, council, published_at))
        })
        .collect()
}

fn persons(conn: &mut Conn, dice: &mut Dice, pool: &Pool) -> (Rows, Rows, Rows) {
    let (mut individuals, mut collectives, mut participants) = (Rows::new(), Rows::new(), Rows::new());
    for number in 0..ROWS {
        let (owner, unit) = (dice.pick(&pool.organizations), dice.pick(&pool.organizations));
        // Some rows are the very individuals that callers are.
        let id = pool
            .individuals
            .get(number)
            .copied()
            .unwrap_or(IndividualId(dice.id()));
        let name = format!("x{number}");
        insert!(conn, individuals,
            id: id, owner_organization_id: owner, unit_id: unit, full_name: &name, sort_name: &name,
            staff_kind: "CONG_CHUC", leadership_class: "NONE", active: true, version: 1_i64,
            created_at: now(), updated_at: now());
        let place = Place::in_division(owner, unit);
        individuals.push((
            id.0,
            Place {
                individual: Some(id),
                ..place.clone()
            },
        ));
        let id = CollectiveId(dice.id());
        insert!(conn, collectives,
            id: id, owner_organization_id: owner, unit_id: unit, name: &name, sort_name: &name,
            kind: "COLLECTIVE", active: true, version: 1_i64, created_at: now(), updated_at: now());
        collectives.push((id.0, place.clone()));
        let id = ParticipantId(dice.id());
        insert!(conn, participants,
            id: id, campaign_id: dice.any(), owner_organization_id: owner, division_id: unit,
            subject_kind: "INDIVIDUAL", subject_id: dice.any(), display_name: &name, sort_name: &name,
            source: "ROLL", counted: true, frozen: false, version: 1_i64, created_at: now(),
            updated_at: now());
        participants.push((id.0, place));
    }
    (individuals, collectives, participants)
}

fn councils(conn: &mut Conn, dice: &mut Dice, pool: &Pool) -> (Rows, Rows) {
    let (mut councils, mut sessions) = (Rows::new(), Rows::new());
    for id in &pool.councils {
        let owner = dice.pick(&pool.organizations);
        insert!(conn, councils,
            id: *id, owner_organization_id: owner, name: "x", policy: "{}", active: true, version: 1_i64,
            created_at: now(), updated_at: now());
        councils.push((id.0, filter::place_of_council(owner, *id)));
    }
    for _ in 0..ROWS {
        let (id, council) = (ReviewSessionId(dice.id()), dice.pick(&pool.councils));
        let owner = dice.pick(&pool.organizations);
        insert!(conn, review_sessions,
            id: id, council_id: council, campaign_id: dice.any(), owner_organization_id: owner, title: "x",
            state: "PLANNED", mode: "IN_PERSON", method: "PUBLIC", held_at: now(), version: 1_i64,
            created_at: now(), updated_at: now());
        sessions.push((id.0, filter::place_of_council(owner, council)));
    }
    (councils, sessions)
}

fn decisions(conn: &mut Conn, dice: &mut Dice, pool: &Pool, sent: &Rows) -> Rows {
    (0..ROWS)
        .map(|number| {
            let forwarding = (dice.roll(2) == 0).then(|| ForwardingId(sent[dice.roll(sent.len())].0));
            let (id, owner) = (DecisionId(dice.id()), dice.pick(&pool.organizations));
            let state = dice.pick(DecisionState::ALL);
            insert!(conn, decisions,
                id: id, owner_organization_id: owner, campaign_id: dice.any(), issuer_name: "x", kind: "AWARD",
                forwarding_id: forwarding, state: state, title: "x", external: false, grounds: "[]", signed_at: now(), signature: "{}",
                number_raw: format!("{number}"), issued_on: now().utc().date_naive(), register_year: 2026,
                issued_at: now(), published_at: now(), version: 1_i64, created_at: now(), updated_at: now());
            let place = filter::place_of_decision(conn, owner, state, forwarding).unwrap();
            (id.0, place)
        })
        .collect()
}

fn role_grants(conn: &mut Conn, dice: &mut Dice, pool: &Pool) -> Rows {
    (0..ROWS)
        .map(|_| {
            let id = RoleGrantId(dice.id());
            let organization = (dice.roll(4) > 0).then(|| dice.pick(&pool.organizations));
            insert!(conn, role_grants,
                id: id, principal_kind: "USER", issuer: "i", subject: "s", role: "CLERK",
                organization_id: organization, valid_from: now(), version: 1_i64, created_at: now(),
                updated_at: now());
            (id.0, organization.map(Place::of).unwrap_or_default())
        })
        .collect()
}

/// Submissions with nominations and reviews, agendas and forwardings across them.
struct Dossiers {
    submissions: Rows,
    nominations: Rows,
    reviews: Rows,
    forwardings: Rows,
}

fn dossiers(conn: &mut Conn, dice: &mut Dice, pool: &Pool, sessions: &[(Uuid, Place)]) -> Dossiers {
    let mut nominations = Vec::new();
    let mut submissions = Vec::new();
    let mut reviews = Vec::new();
    let session_ids: Vec<AnyId> = sessions.iter().map(|(id, _)| AnyId(*id)).collect();
    for _ in 0..ROWS {
        let (owner, division) = (dice.pick(&pool.organizations), dice.pick(&pool.organizations));
        let submission = SubmissionId(dice.id());
        insert!(conn, submissions,
            id: submission, campaign_id: dice.any(), owner_organization_id: owner, division_id: division,
            procedure: "STANDARD", state: "DRAFT", round: 1, received_channel: "ONLINE", on_behalf: false,
            late: false, drafted_by: dice.any(), version: 1_i64, created_at: now(), updated_at: now());
        submissions.push((submission, owner, division));
        for _ in 0..dice.roll(3) {
            let id = NominationId(dice.id());
            let individual = (dice.roll(2) == 0).then(|| dice.pick(&pool.individuals));
            let collective: Option<AnyId> = individual.is_none().then(|| dice.any());
            let subject = individual.map(AnyId::from).or(collective);
            insert!(conn, nominations,
                id: id, submission_id: submission, campaign_id: dice.any(), owner_organization_id: owner,
                division_id: division, unit_id: division, subject_kind: "INDIVIDUAL", subject_id: subject.unwrap(),
                individual_id: individual, collective_id: collective, display_name: "x",
                proposed_form: "X", form: "X", route: "OWN", achievement_summary: "x", criteria: "[]",
                state: "PROPOSED", live: false, drafted_by: dice.any(), version: 1_i64, created_at: now(),
                updated_at: now());
            let review = ReviewId(dice.id());
            insert!(conn, reviews,
                id: review, nomination_id: id, campaign_id: dice.any(), owner_organization_id: owner,
                division_id: division, kind: "APPRAISAL", submission_round: 1, terms_number: 1,
                reviewer_id: dice.any(), reviewer_role: "OFFICE_REVIEWER", checklist: "[]",
                conclusion: "ELIGIBLE", created_at: now());
            nominations.push((id, owner, division, individual));
            reviews.push((review, id, owner, division));
            if dice.roll(2) == 0 {
                insert!(conn, agenda_items,
                    id: dice.any(), session_id: dice.pick(&session_ids), nomination_id: id,
                    ordinal: 1, live: false, chair_consents: false);
            }
        }
    }
    let mut forwardings = Rows::new();
    for _ in 0..ROWS {
        let id = ForwardingId(dice.id());
        let (owner, receiver) = (dice.pick(&pool.organizations), dice.pick(&pool.organizations));
        let state = dice.pick(ForwardingState::ALL);
        insert!(conn, forwardings,
            id: id, owner_organization_id: owner, receiver_organization_id: receiver, campaign_id: dice.any(),
            form: "X", state: state, sent_at: now(), letter: "{}", version: 1_i64, created_at: now(),
            updated_at: now());
        let nomination = nominations[dice.roll(nominations.len())].0;
        insert!(conn, forwarding_items,
            id: dice.any(), forwarding_id: id, nomination_id: nomination, ordinal: 1, live: false);
        if state != ForwardingState::Draft {
            thidua::store::forwardings::address(conn, id).unwrap();
        }
        forwardings.push((id.0, filter::place_of_forwarding(owner, receiver, state)));
    }
    // Places are read when all rows stand.
    Dossiers {
        submissions: submissions
            .into_iter()
            .map(|(id, owner, division)| {
                (
                    id.0,
                    filter::place_of_submission(conn, Regard::ALL, id, owner, division).unwrap(),
                )
            })
            .collect(),
        nominations: nominations
            .into_iter()
            .map(|(id, owner, division, individual)| {
                let place =
                    filter::place_of_nomination(conn, Regard::ALL, id, owner, division, individual).unwrap();
                (id.0, place)
            })
            .collect(),
        reviews: reviews
            .into_iter()
            .map(|(id, nomination, owner, division)| {
                (
                    id.0,
                    filter::place_of_nomination(conn, Regard::ALL, nomination, owner, division, None)
                        .unwrap(),
                )
            })
            .collect(),
        forwardings,
    }
}

/// Nouns that [`compare`] is told of; a filter that is not among them fails the test.
const NOUNS: [&str; 12] = [
    "campaigns",
    "participants",
    "individuals",
    "collectives",
    "submissions",
    "nominations",
    "reviews",
    "councils",
    "review_sessions",
    "decisions",
    "forwardings",
    "role_grants",
];

/// The place without what no role of the caller looks at.
fn regarded(place: &Place, caller: &Caller) -> Place {
    let regard = Regard::of(caller);
    let mut place = place.clone();
    if !regard.councils {
        place.councils.clear();
    }
    if !regard.receivers {
        place.receivers.clear();
    }
    place
}

macro_rules! compare {
    ($conn:expr, $caller:expr, $seed:expr, $($noun:ident ($id:ident, $action:ident): $rows:expr),+ $(,)?) => {{
        let mut compared = 0;
        assert_eq!(NOUNS, [$(stringify!($noun)),+]);
        $({
            let seen: Visibility = visibility($caller, Action::$action);
            let found: Vec<$id> = schema::$noun::table
                .filter(filter::$noun(&seen))
                .select(schema::$noun::id)
                .load($conn)
                .unwrap();
            let found: BTreeSet<Uuid> = found.into_iter().map(|id| id.0).collect();
            for (id, place) in $rows {
                assert_eq!(
                    found.contains(id), seen.covers(place),
                    "{} {id} at {place:?} for {seen:?} (seed {})", stringify!($noun), $seed
                );
                assert_eq!(
                    seen.covers(&regarded(place, $caller)), seen.covers(place),
                    "what no role looks at decides nothing: {place:?} for {seen:?} (seed {})", $seed
                );
                compared += 1;
            }
        })+
        compared
    }};
}

#[test]
fn every_filter_is_compared() {
    let source = include_str!("../../src/store/filter.rs");
    let filters: Vec<&str> = source
        .lines()
        .filter_map(|line| {
            line.strip_prefix("pub fn ")?
                .split_once("(visibility: &Visibility)")
        })
        .map(|(name, _)| name)
        .collect();
    assert!(filters.len() >= NOUNS.len());
    for name in filters {
        assert!(
            NOUNS.contains(&name),
            "the filter of {name} is compared with nothing"
        );
    }
}

async fn yes_or_no_and_the_filter_agree_on_every_row(world: World) {
    for seed in [11, 2026, 579_006] {
        let compared = world.database(move |conn| one_tree(conn, seed)).await;
        assert!(compared > 10_000, "{compared} rows compared");
    }
}

fn one_tree(conn: &mut Conn, seed: u64) -> usize {
    without_references(conn);
    let dice = &mut Dice(seed);
    let pool = &Pool::random(dice);
    let campaigns = campaigns(conn, dice, pool);
    let (individuals, collectives, participants) = persons(conn, dice, pool);
    let (councils, sessions) = councils(conn, dice, pool);
    let grants = role_grants(conn, dice, pool);
    let dossiers = dossiers(conn, dice, pool, &sessions);
    let decisions = decisions(conn, dice, pool, &dossiers.forwardings);
    let mut compared = 0;
    for _ in 0..60 {
        let caller = &pool.caller(dice);
        compared += compare!(conn, caller, seed,
            campaigns (CampaignId, ReadCampaign): &campaigns,
            participants (ParticipantId, ReadParticipant): &participants,
            individuals (IndividualId, ReadPerson): &individuals,
            collectives (CollectiveId, ReadPerson): &collectives,
            submissions (SubmissionId, ReadSubmission): &dossiers.submissions,
            nominations (NominationId, ReadNomination): &dossiers.nominations,
            reviews (ReviewId, ReadReview): &dossiers.reviews,
            councils (CouncilId, ReadCouncil): &councils,
            review_sessions (ReviewSessionId, ReadSession): &sessions,
            decisions (DecisionId, ReadDecision): &decisions,
            forwardings (ForwardingId, ReadForwarding): &dossiers.forwardings,
            role_grants (RoleGrantId, ReadRoleGrant): &grants,
        );
    }
    compared
}
