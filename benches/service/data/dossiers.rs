//! Dossiers of five nominations with their reviews and history: every change of state is in the journal;
//! what else was done (made, edited, reviewed) fills it up to the number of the size.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use thidua::app::submissions::{Receipt, ReceiptLine};
use thidua::app::{AnyId, JsonText};
use thidua::domain::caller::Role;
use thidua::domain::codes::{
    AppraisalConclusion, Procedure, ReceivedChannel, ReviewKind, Route, SubjectKind,
};
use thidua::domain::ids::{NominationId, ReviewId, SubmissionId};
use thidua::domain::states::{NominationState, SubmissionState};
use thidua::store::nominations::Nomination;
use thidua::store::reviews::Review;
use thidua::store::submissions::Submission;

use super::campaigns::{Nominee, OWN_FORM, Ongoing, UPPER_FORM};
use super::world::{self, Persona};
use super::{Maker, Object, text};
use crate::Outcome;
use crate::sizes::{NOMINATIONS, NOMINEES};

/// Bytes of the achievement; with the evidence of the criteria a nomination has about 2.3 KB of text.
const SUMMARY_BYTES: usize = 1_700;
const EVIDENCE_BYTES: usize = 100;

type Move = (&'static str, &'static str, &'static str);

/// One dossier to be made.
struct Wanted {
    /// Department and division.
    of: u64,
    division: u64,
    /// Number within its campaign.
    number: u64,
    state: SubmissionState,
    /// State of each nomination.
    states: [NominationState; 5],
    /// One of the nominees is a collective.
    with_collective: bool,
    /// Reviews of its nominations.
    reviews: u64,
}

/// How many entries the journal should have after a number of dossiers, and how many reviews.
struct Budget {
    journal: f64,
    reviews: f64,
}

/// Makes the dossiers of all campaigns, the drafts in stock, and those of the stocked decisions.
pub(super) fn make(maker: &mut Maker<'_>, campaigns: &mut [Ongoing]) -> Outcome<()> {
    use SubmissionState as State;
    let numbers = maker.numbers;
    stock(maker, campaigns)?;
    let mut budget = Budget {
        journal: maker.bulk.entries() as f64,
        reviews: 0.0,
    };
    let (each_journal, each_review) = (
        (numbers.journal as f64 - budget.journal) / numbers.submissions as f64,
        numbers.reviews as f64 / numbers.submissions as f64,
    );
    for index in 0..numbers.submissions {
        let (campaign, number) = (index % numbers.campaigns, index / numbers.campaigns);
        let share = (number * 37 + campaign * 11) % 100;
        let state = match share {
            0..5 => State::Draft,
            5..10 => State::Submitted,
            10..15 => State::Received,
            15..55 => State::Appraising,
            55..85 => State::Consolidated,
            _ => State::Closed,
        };
        budget.journal += each_journal;
        budget.reviews += each_review;
        let reviewed = matches!(state, State::Appraising | State::Consolidated | State::Closed);
        let reviews = if reviewed {
            budget.reviews.max(5.0) as u64
        } else {
            0
        };
        budget.reviews -= reviews as f64;
        let ongoing = &mut campaigns[campaign as usize];
        let wanted = Wanted {
            of: ongoing.of,
            division: number % numbers.divisions,
            number,
            state,
            states: states(state, number),
            with_collective: state == State::Appraising && number % 4 == 2,
            reviews,
        };
        dossier(maker, ongoing, &wanted, budget.journal as u64)?;
    }
    Ok(())
}

/// Makes the drafts in stock and the dossiers of the stocked decisions: the oldest of all, so that the first
/// pages of lists show what a size has, not what is kept for the benchmark.
fn stock(maker: &mut Maker<'_>, campaigns: &mut [Ongoing]) -> Outcome<()> {
    let numbers = maker.numbers;
    for index in 0..numbers.drafts_per_campaign() * numbers.campaigns {
        let (campaign, number) = (
            index % numbers.campaigns,
            numbers.per_campaign() + index / numbers.campaigns,
        );
        let ongoing = &mut campaigns[campaign as usize];
        let wanted = Wanted {
            of: ongoing.of,
            division: number % numbers.divisions,
            number,
            state: SubmissionState::Draft,
            states: [NominationState::Proposed; 5],
            with_collective: false,
            reviews: 0,
        };
        dossier(maker, ongoing, &wanted, 0)?;
    }
    for ongoing in &mut campaigns[numbers.campaigns as usize..] {
        for number in 0..NOMINEES / NOMINATIONS {
            let wanted = Wanted {
                of: ongoing.of,
                division: number % numbers.divisions,
                number,
                state: SubmissionState::Consolidated,
                states: [NominationState::AwaitingDirector; 5],
                with_collective: false,
                reviews: NOMINATIONS,
            };
            dossier(maker, ongoing, &wanted, 0)?;
        }
    }
    Ok(())
}

/// States of the nominations of a dossier: 54 of 100 are eligible and wait for the council.
const fn states(state: SubmissionState, number: u64) -> [NominationState; 5] {
    use NominationState::{
        AwaitingDirector, Awarded, Eligible, Forwarded, InCouncil, Ineligible, NotAwarded, NotRecommended,
        Proposed,
    };
    let even = number.is_multiple_of(2);
    match state {
        SubmissionState::Appraising => {
            let last = match number % 4 {
                0 => Proposed,
                1 => Ineligible,
                _ => Eligible,
            };
            [Eligible, Eligible, Eligible, Eligible, last]
        }
        SubmissionState::Consolidated if even => [Eligible, Eligible, Eligible, InCouncil, AwaitingDirector],
        SubmissionState::Consolidated => [Eligible, Eligible, Eligible, Forwarded, Ineligible],
        SubmissionState::Closed => [Awarded, Awarded, Ineligible, NotRecommended, NotAwarded],
        _ => [Proposed; 5],
    }
}

const FOUND: Move = ("nomination.found_eligible", "PROPOSED", "ELIGIBLE");
const AGENDA: Move = ("nomination.put_on_agenda", "ELIGIBLE", "IN_COUNCIL");
const RECOMMENDED: Move = ("nomination.recommended", "IN_COUNCIL", "RECOMMENDED");
const ROUTED: Move = (
    "nomination.routed_to_director",
    "RECOMMENDED",
    "AWAITING_DIRECTOR",
);

/// How a nomination came to its state.
const fn way(state: NominationState) -> &'static [Move] {
    match state {
        NominationState::Eligible => &[FOUND],
        NominationState::Ineligible => &[("nomination.found_ineligible", "PROPOSED", "INELIGIBLE")],
        NominationState::InCouncil => &[FOUND, AGENDA],
        NominationState::NotRecommended => &[
            FOUND,
            AGENDA,
            ("nomination.not_recommended", "IN_COUNCIL", "NOT_RECOMMENDED"),
        ],
        NominationState::AwaitingDirector => &[FOUND, AGENDA, RECOMMENDED, ROUTED],
        NominationState::Forwarded => &[
            FOUND,
            AGENDA,
            RECOMMENDED,
            ("nomination.forwarded", "RECOMMENDED", "FORWARDED"),
        ],
        NominationState::Awarded => &[
            FOUND,
            AGENDA,
            RECOMMENDED,
            ROUTED,
            ("nomination.awarded", "AWAITING_DIRECTOR", "AWARDED"),
        ],
        NominationState::NotAwarded => &[
            FOUND,
            AGENDA,
            RECOMMENDED,
            ROUTED,
            ("nomination.dropped", "AWAITING_DIRECTOR", "NOT_AWARDED"),
        ],
        _ => &[],
    }
}

/// How a dossier came to its state.
const fn stages(state: SubmissionState) -> &'static [Move] {
    const ALL: [Move; 5] = [
        ("submission.submitted", "DRAFT", "SUBMITTED"),
        ("submission.received", "SUBMITTED", "RECEIVED"),
        ("submission.appraisal_begun", "RECEIVED", "APPRAISING"),
        ("submission.consolidated", "APPRAISING", "CONSOLIDATED"),
        ("submission.closed", "CONSOLIDATED", "CLOSED"),
    ];
    let reached: &[Move] = &ALL;
    let count = match state {
        SubmissionState::Submitted => 1,
        SubmissionState::Received => 2,
        SubmissionState::Appraising => 3,
        SubmissionState::Consolidated => 4,
        SubmissionState::Closed => 5,
        _ => 0,
    };
    reached.split_at(count).0
}

/// Makes one dossier. `journal` is the number of entries that there should be afterwards; acts that change
/// no state are journalled only as far as it leaves room.
fn dossier(maker: &mut Maker<'_>, ongoing: &mut Ongoing, wanted: &Wanted, journal: u64) -> Outcome<()> {
    let officer = Persona::Officer(wanted.of, wanted.division).actor();
    let head = Persona::Head(wanted.of, wanted.division).actor();
    let reviewer = Persona::Reviewer(wanted.of).actor();
    let stages = stages(wanted.state);
    let moves = stages.len() + wanted.states.iter().map(|state| way(*state).len()).sum::<usize>();
    let mut spare = (journal).saturating_sub(maker.bulk.entries() + moves as u64);
    let made_fully = spare > NOMINATIONS;
    let created_at = maker.time.next();
    let id = SubmissionId(maker.time.id());
    let whole = Object {
        noun: "submission",
        id: AnyId::from(id),
        campaign: Some(ongoing.id),
        owner: world::department(wanted.of),
        division: Some(world::division(wanted.of, wanted.division)),
    };
    let mut nominations: Vec<Nomination> = (0..NOMINATIONS)
        .map(|index| nomination(maker, ongoing, wanted, id, index))
        .collect::<Outcome<_>>()?;
    if made_fully {
        spare -= NOMINATIONS + 1;
        maker.happen(
            "submission.created",
            &whole,
            1,
            officer,
            None,
            json!({ "after": { "state": "DRAFT" } }),
        );
        for row in &nominations {
            let detail = json!({ "after": { "display_name": row.display_name, "form": row.form } });
            let object = part(&whole, row);
            maker.happen("nomination.created", &object, 1, officer, None, detail);
        }
    }
    let journalled_reviews = spare.min(wanted.reviews);
    let edits = if made_fully { spare - journalled_reviews } else { 0 };
    let mut version = 1;
    for edit in 0..edits {
        version += 1;
        let row = &mut nominations[(edit % NOMINATIONS) as usize];
        row.version += 1;
        row.updated_at = maker.time.now();
        let changes = json!({ "changes": { "achievement_summary": {
            "before": text::prose(edit, 200), "after": text::prose(edit + 1, 200) } } });
        let (object, version) = (part(&whole, row), row.version);
        maker.happen("nomination.edited", &object, version, officer, None, changes);
    }
    let mut row = submission(ongoing, wanted, id, created_at, version)?;
    for (stage, (kind, from, to)) in stages.iter().copied().enumerate() {
        if stage == 3 {
            // Between the beginning of the appraisal and the list: what was reviewed and considered.
            reviews(maker, &whole, wanted, &nominations, journalled_reviews)?;
            ways(maker, ongoing, &whole, wanted, &mut nominations);
        }
        row.version += 1;
        let actor = if stage == 0 { head } else { reviewer };
        maker.happen(kind, &whole, row.version, actor, Some((from, to)), json!({}));
        row.updated_at = maker.time.now();
        match stage {
            0 => handed_in(&mut row, &nominations)?,
            1 => {
                row.received_at = Some(row.updated_at);
                row.received_no = Some(i32::try_from(wanted.number)? + 1);
            }
            _ => {}
        }
    }
    if stages.len() == 3 {
        reviews(maker, &whole, wanted, &nominations, journalled_reviews)?;
        ways(maker, ongoing, &whole, wanted, &mut nominations);
    }
    maker.bulk.rows.submissions.push(row);
    for row in &nominations {
        maker.bulk.index("nomination", row.id, &row.display_name);
    }
    maker.bulk.rows.nominations.extend(nominations);
    maker.bulk.breathe()
}

fn part(whole: &Object, row: &Nomination) -> Object {
    Object {
        noun: "nomination",
        id: AnyId::from(row.id),
        campaign: whole.campaign,
        owner: whole.owner,
        division: whole.division,
    }
}

fn submission(
    ongoing: &Ongoing,
    wanted: &Wanted,
    id: SubmissionId,
    created_at: thidua::domain::time::Instant,
    version: i64,
) -> Outcome<Submission> {
    let letter = json!({
        "type": "TTr", "number_raw": format!("{}/TTr-PNV", wanted.number + 1), "issued_on": "2025-12-01",
        "abstract": "Đề nghị khen thưởng phong trào thi đua 100 ngày đêm",
    });
    Ok(Submission {
        id,
        campaign_id: ongoing.id,
        owner_organization_id: world::department(wanted.of),
        division_id: world::division(wanted.of, wanted.division),
        procedure: Procedure::Standard,
        state: wanted.state,
        letter: Some(JsonText::of(&letter)?),
        note: Some(text::prose(wanted.number, 300)),
        round: 0,
        terms_number: None,
        first_submitted_at: None,
        submitted_at: None,
        receipt: None,
        received_at: None,
        received_no: None,
        received_channel: ReceivedChannel::Online,
        on_behalf: false,
        late: false,
        late_reason: None,
        late_until: None,
        return_reason: None,
        supplement_due_at: None,
        state_reason: None,
        drafted_by: Persona::Officer(wanted.of, wanted.division).identity(),
        version,
        created_at,
        updated_at: created_at,
    })
}

fn handed_in(row: &mut Submission, nominations: &[Nomination]) -> Outcome<()> {
    let at = row.updated_at;
    let digest = hex::encode(Sha256::digest(row.id.0.as_bytes()));
    let receipt = Receipt {
        code: digest.to_uppercase().chars().take(10).collect(),
        submission_id: row.id,
        round: 1,
        submitted_at: at,
        recorded_at: at,
        late: false,
        terms_number: 1,
        sha256: digest.clone(),
        digest,
        nominations: nominations
            .iter()
            .map(|row| ReceiptLine {
                id: row.id,
                display_name: row.display_name.clone(),
                form: row.form.clone(),
                sha256: hex::encode(Sha256::digest(row.achievement_summary.as_bytes())),
            })
            .collect(),
        files: Vec::new(),
        warnings: Vec::new(),
    };
    row.round = 1;
    row.terms_number = Some(1);
    row.first_submitted_at = Some(at);
    row.submitted_at = Some(at);
    row.receipt = Some(JsonText::of(&receipt)?);
    Ok(())
}

fn nomination(
    maker: &mut Maker<'_>,
    ongoing: &Ongoing,
    wanted: &Wanted,
    submission_id: SubmissionId,
    index: u64,
) -> Outcome<Nomination> {
    let state = wanted.states[index as usize];
    let number = wanted.number * NOMINATIONS + index;
    let collective = (wanted.with_collective && index == NOMINATIONS - 1)
        .then(|| world::collective(wanted.of, wanted.number / 4));
    let individual = collective.is_none().then(|| world::individual(wanted.of, number));
    let codes: &[&str] = if collective.is_some() {
        &["TT1"]
    } else {
        &["CN1", "CN2", "CN3"]
    };
    let criteria: Vec<_> = codes
        .iter()
        .zip(number..)
        .map(|(code, seed)| json!({ "code": code, "met": true, "evidence": text::prose(seed, EVIDENCE_BYTES) }))
        .collect();
    let (form, route) = if state == NominationState::Forwarded {
        (UPPER_FORM, Route::Up)
    } else {
        (OWN_FORM, Route::SelfDecided)
    };
    let reason = matches!(
        state,
        NominationState::Ineligible | NominationState::NotRecommended | NominationState::NotAwarded
    );
    let id = NominationId(maker.time.id());
    Ok(Nomination {
        id,
        submission_id,
        campaign_id: ongoing.id,
        owner_organization_id: world::department(wanted.of),
        division_id: world::division(wanted.of, wanted.division),
        unit_id: world::division(wanted.of, wanted.division),
        subject_kind: if collective.is_some() {
            SubjectKind::Collective
        } else {
            SubjectKind::Individual
        },
        subject_id: collective
            .map(AnyId::from)
            .or(individual.map(AnyId::from))
            .unwrap_or(AnyId(id.0)),
        individual_id: individual,
        collective_id: collective,
        display_name: match collective {
            Some(_) => world::collective_name(wanted.number / 4),
            None => world::individual_name(wanted.of, number),
        },
        position: individual.map(|_| "Chuyên viên".to_owned()),
        proposed_form: form.to_owned(),
        form: form.to_owned(),
        form_reason: None,
        route,
        achievement_summary: text::prose(number, SUMMARY_BYTES),
        criteria: JsonText::of(&criteria)?,
        state,
        state_reason: reason.then(|| "Không đủ thời gian tham gia phong trào".to_owned()),
        live: true,
        hold_reason: None,
        hold_note: None,
        hold_since: None,
        proposed_hold_reason: None,
        proposed_hold_note: None,
        hold_proposed_at: None,
        drafted_by: Persona::Officer(wanted.of, wanted.division).identity(),
        version: 1,
        created_at: maker.time.now(),
        updated_at: maker.time.now(),
    })
}

/// The way of each nomination to its state, and where it stands then.
fn ways(
    maker: &mut Maker<'_>,
    ongoing: &mut Ongoing,
    whole: &Object,
    wanted: &Wanted,
    nominations: &mut [Nomination],
) {
    use NominationState as State;
    let reviewer = Persona::Reviewer(wanted.of).actor();
    for row in nominations {
        let object = part(whole, row);
        for (kind, from, to) in way(row.state).iter().copied() {
            row.version += 1;
            maker.happen(kind, &object, row.version, reviewer, Some((from, to)), json!({}));
            row.updated_at = maker.time.now();
        }
        let nominee = || Nominee {
            nomination: row.id,
            name: row.display_name.clone(),
            unit: world::division_name(wanted.of, wanted.division),
        };
        match row.state {
            State::InCouncil => ongoing.in_council.push(row.id),
            State::NotRecommended => ongoing.considered.push((row.id, false)),
            State::Forwarded => {
                ongoing.considered.push((row.id, true));
                ongoing.forwarded.push(row.id);
            }
            State::Awarded => {
                ongoing.considered.push((row.id, true));
                ongoing.awarded.push(nominee());
            }
            State::AwaitingDirector => {
                ongoing.considered.push((row.id, true));
                // In the campaigns of the size itself nobody has prepared a decision yet.
                if wanted.of == maker.numbers.departments {
                    ongoing.stocked.push(nominee());
                }
            }
            State::NotAwarded => ongoing.considered.push((row.id, true)),
            _ => {}
        }
    }
}

/// The reviews of a dossier's nominations in turn: all but the last of a nomination ask for a supplement
/// and are superseded by the next.
fn reviews(
    maker: &mut Maker<'_>,
    whole: &Object,
    wanted: &Wanted,
    nominations: &[Nomination],
    journalled: u64,
) -> Outcome<()> {
    let reviewer = Persona::Reviewer(wanted.of).actor();
    let mut left = journalled;
    for (row, index) in nominations.iter().zip(0..) {
        let count = wanted.reviews / NOMINATIONS + u64::from(index < wanted.reviews % NOMINATIONS);
        let mut next = ReviewId(maker.time.id());
        for round in 0..count {
            let id = next;
            let last = round + 1 == count;
            let conclusion = if !last || row.state == NominationState::Proposed {
                AppraisalConclusion::NeedsSupplement
            } else if row.state == NominationState::Ineligible {
                AppraisalConclusion::Ineligible
            } else {
                AppraisalConclusion::Eligible
            };
            let ineligible = conclusion == AppraisalConclusion::Ineligible;
            if left > 0 {
                left -= 1;
                let object = Object {
                    noun: "review",
                    id: AnyId::from(id),
                    campaign: whole.campaign,
                    owner: whole.owner,
                    division: whole.division,
                };
                let detail = json!({ "after": { "nomination_id": row.id, "conclusion": conclusion } });
                maker.happen("review.made", &object, 1, reviewer, None, detail);
            } else {
                maker.time.next();
            }
            next = ReviewId(maker.time.id());
            let individual = row.individual_id.is_some();
            let codes: &[&str] = if individual {
                &["CN1", "CN2", "CN3", "TO_TRINH"]
            } else {
                &["TT1", "TO_TRINH"]
            };
            let checklist: Vec<_> = codes
                .iter()
                .map(|code| json!({ "item": code, "ok": last, "note": "Đã đối chiếu hồ sơ" }))
                .collect();
            maker.bulk.rows.reviews.push(Review {
                id,
                nomination_id: row.id,
                campaign_id: row.campaign_id,
                owner_organization_id: row.owner_organization_id,
                division_id: row.division_id,
                kind: ReviewKind::Appraisal,
                submission_round: 1,
                terms_number: 1,
                reviewer_id: reviewer.identity,
                reviewer_role: Role::OfficeReviewer,
                checklist: JsonText::of(&checklist)?,
                conclusion,
                legal_reason: ineligible.then(|| "Không đủ điều kiện theo Điều 4".to_owned()),
                note: Some(text::prose(round, 90)),
                superseded_by: (!last).then_some(next),
                created_at: maker.time.now(),
            });
        }
    }
    Ok(())
}
