//! The invariant checker (BKP-05): reads a live database in one snapshot and names every place where the
//! rules do not hold, whoever broke them. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use chrono::Datelike;

use super::{AnyId, App};
use crate::domain::codes::{DecisionItemState, Enforcement, OrganizationKind, RoundingOrder, VoteChoice};
use crate::domain::error::Result;
use crate::domain::ids::{AgendaItemId, OrganizationId, SubmissionId};
use crate::domain::machine::Machine;
use crate::domain::money;
use crate::domain::quota;
use crate::domain::states::{
    CAMPAIGN, CampaignState, DECISION, FORWARDING, NOMINATION, NominationState, REVIEW_SESSION, SUBMISSION,
    SubmissionState,
};
use crate::domain::statistics::{Kind, differences};
use crate::store::check as rows;
use crate::store::{Conn, journal, quotas, reference, statistics};

impl App {
    /// Checks every invariant; answers one sentence for each violation.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn check(&self) -> Result<Vec<String>> {
        self.db.inspect(run).await
    }
}

/// Checks every invariant; answers one sentence for each violation.
///
/// # Errors
/// The driver's error.
pub fn run(conn: &mut Conn) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for rule in [
        tree,
        campaigns,
        state_histories,
        submissions,
        quotas,
        votes,
        awards,
        money_amounts,
        numbers,
        rolls,
        kept_lists,
        counts,
    ] {
        rule(conn, &mut faults)?;
    }
    faults.extend(journal::verify(conn)?);
    Ok(faults)
}

/// No campaign lies below itself (R-C4); what was given up decides nothing (5.3).
fn campaigns(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let parents: BTreeMap<_, _> = rows::campaign_parents(conn)?.into_iter().collect();
    for id in parents.keys() {
        let mut above = BTreeSet::new();
        let mut next = parents.get(id).copied().flatten();
        while let Some(parent) = next.filter(|parent| above.insert(*parent)) {
            next = parents.get(&parent).copied().flatten();
        }
        if above.contains(id) {
            faults.push(format!("campaign {id} lies below itself"));
        }
    }
    for id in rows::cancelled_with_decisions(conn)? {
        faults.push(format!(
            "campaign {id} is CANCELLED, but decisions were issued in it"
        ));
    }
    Ok(())
}

/// The closure table says the same as the parents.
fn tree(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let parents: BTreeMap<_, _> = rows::parents(conn)?.into_iter().collect();
    let mut expected = BTreeSet::new();
    for id in parents.keys() {
        let (mut above, mut depth, mut internal) = (Some(*id), 0, true);
        while let Some(ancestor) = above {
            if !expected.insert((*id, ancestor, depth, internal)) || depth > 1000 {
                faults.push(format!("organization {id} lies below itself"));
                break;
            }
            let (next, kind) = match parents.get(&ancestor) {
                Some((next, kind)) => (*next, Some(*kind)),
                None => (None, None),
            };
            internal &= kind.is_some_and(OrganizationKind::is_internal_unit);
            above = next;
            depth += 1;
            if above == Some(*id) {
                faults.push(format!("organization {id} lies below itself"));
                break;
            }
        }
    }
    let stored: BTreeSet<_> = rows::ancestors(conn)?.into_iter().collect();
    let wrong: BTreeSet<OrganizationId> = stored.symmetric_difference(&expected).map(|row| row.0).collect();
    faults.extend(
        wrong
            .iter()
            .map(|id| format!("organization {id}: its ancestors do not follow from its parents")),
    );
    Ok(())
}

/// What a machine says, without its types.
struct Arrows {
    initial: String,
    arrows: BTreeSet<(String, String)>,
}

fn arrows<S, A>(machine: &Machine<S, A>) -> Arrows
where
    S: Copy + PartialEq + Display + 'static,
    A: Copy + PartialEq + Display + 'static,
{
    let rows = machine.transitions.iter();
    Arrows {
        initial: machine.initial.to_string(),
        arrows: rows
            .flat_map(|row| row.from.iter().map(|from| (from.to_string(), row.to.to_string())))
            .collect(),
    }
}

/// Every recorded change of state is an arrow of the machine, and together they lead from the initial
/// state to the present one. Read as a path in a graph, so the order of requests does not matter: each
/// state is left as often as it is entered, but for the first and the last.
fn state_histories(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let machines = BTreeMap::from([
        ("campaign", arrows(&CAMPAIGN)),
        ("submission", arrows(&SUBMISSION)),
        ("nomination", arrows(&NOMINATION)),
        ("review_session", arrows(&REVIEW_SESSION)),
        ("decision", arrows(&DECISION)),
        ("forwarding", arrows(&FORWARDING)),
    ]);
    let mut moves: BTreeMap<AnyId, Vec<(String, String)>> = BTreeMap::new();
    for (object, from, to) in rows::moves(conn)? {
        moves.entry(object).or_default().push((from, to));
    }
    for (noun, id, state) in rows::states(conn)? {
        let Some(machine) = machines.get(noun) else {
            continue;
        };
        let own = moves.remove(&id).unwrap_or_default();
        let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
        *balance.entry(&state).or_default() += 1;
        *balance.entry(&machine.initial).or_default() -= 1;
        for arrow in &own {
            if !machine.arrows.contains(arrow) {
                let (from, to) = arrow;
                faults.push(format!("{noun} {}: no act leads from {from} to {to}", id.0));
            }
            *balance.entry(&arrow.0).or_default() += 1;
            *balance.entry(&arrow.1).or_default() -= 1;
        }
        if balance.values().any(|count| *count != 0) {
            faults.push(format!(
                "{noun} {}: its history in the journal does not lead to {state}",
                id.0
            ));
        }
    }
    Ok(())
}

/// A submission is closed exactly when every nomination is settled, and never handed in empty. What was
/// declined above may go to the Director after its submission was closed (A4).
fn submissions(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let declined = NominationState::DeclinedAbove.to_string();
    let fallen_back: BTreeSet<AnyId> = rows::moves(conn)?
        .into_iter()
        .filter(|(_, from, _)| *from == declined)
        .map(|(id, _, _)| id)
        .collect();
    let mut settled: BTreeMap<SubmissionId, (SubmissionState, bool)> = BTreeMap::new();
    for (id, state, round, nomination_id, nomination) in rows::nominations_of_submissions(conn)? {
        let entry = settled.entry(id).or_insert((state, true));
        entry.1 &= nomination.is_settled() || fallen_back.contains(&nomination_id.into());
        let early = matches!(state, SubmissionState::Draft | SubmissionState::Submitted);
        // Handed in again after a return, it keeps the appraisals of the round before (M-30).
        if early && round <= 1 && nomination != NominationState::Proposed {
            faults.push(format!(
                "submission {id} is {state}, but a nomination is {nomination}"
            ));
        }
    }
    for (id, (state, all)) in settled {
        if state == SubmissionState::Closed && !all {
            faults.push(format!(
                "submission {id} is CLOSED, but a nomination is not settled"
            ));
        }
        if matches!(state, SubmissionState::Appraising | SubmissionState::Consolidated) && all {
            faults.push(format!(
                "submission {id} is {state}, but every nomination is settled"
            ));
        }
    }
    let empty = rows::empty_submissions(conn)?;
    faults.extend(
        empty
            .iter()
            .map(|id| format!("submission {id} was handed in without nomination")),
    );
    Ok(())
}

/// No campaign exceeds the reading that its plan enforces, unless the excess was overridden.
fn quotas(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let overridden: BTreeSet<_> = rows::overridden(conn)?.into_iter().collect();
    for (id, state) in rows::campaign_states(conn)? {
        if matches!(state, CampaignState::Draft | CampaignState::Cancelled) {
            continue;
        }
        if let Some(kept) = quotas::kept(conn, id)?
            && kept != quotas::count(conn, id)?
        {
            faults.push(format!(
                "campaign {id}: what is kept of its quota is not what it comes to"
            ));
        }
        let (rule, participants, counted) = quotas::standing(conn, id)?;
        if rule.enforcement != Enforcement::Block || overridden.contains(&id) {
            continue;
        }
        for reading in quota::readings(&rule, &participants, &counted) {
            if reading.enforced && reading.exceeded {
                let which = reading.reading;
                faults.push(format!("campaign {id}: its quota is exceeded by reading {which}"));
            }
        }
    }
    Ok(())
}

/// Tallies are the sums of the votes, and every vote is one member's of that session.
fn votes(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let mut cast: BTreeMap<AgendaItemId, [i32; 3]> = BTreeMap::new();
    for (item, choice) in rows::votes_cast(conn)? {
        let [agree, disagree, abstain] = cast.entry(item).or_default();
        let count = match choice {
            VoteChoice::Agree => agree,
            VoteChoice::Disagree => disagree,
            VoteChoice::Abstain => abstain,
        };
        *count += 1;
    }
    for tally in rows::tallies(conn)? {
        let stored = [tally.agree, tally.disagree, tally.abstain].map(Option::unwrap_or_default);
        if stored != cast.get(&tally.item).copied().unwrap_or_default() {
            faults.push(format!(
                "agenda item {}: its tally is not the sum of its votes",
                tally.item
            ));
        }
    }
    for vote in rows::stray_votes(conn)? {
        faults.push(format!(
            "vote {vote} belongs to another session than its item or member"
        ));
    }
    for item in rows::double_votes(conn)? {
        faults.push(format!("agenda item {item}: a member voted twice"));
    }
    Ok(())
}

/// At most one award in force for each subject of a campaign (R-N3), and AWARDED only with one.
fn awards(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let in_force: BTreeSet<_> = rows::award_items(conn)?
        .into_iter()
        .filter(|item| item.state != DecisionItemState::Revoked)
        .filter_map(|item| item.nomination)
        .collect();
    let mut rewarded = BTreeSet::new();
    for (nomination, campaign, subject, state) in rows::subjects(conn)? {
        let awarded = state == NominationState::Awarded;
        if in_force.contains(&nomination) {
            if !awarded {
                faults.push(format!(
                    "nomination {nomination} is {state}, but its award is in force"
                ));
            }
            if !rewarded.insert((campaign, subject)) {
                faults.push(format!(
                    "campaign {campaign}: subject {} has two awards in force",
                    subject.0
                ));
            }
        } else if awarded {
            faults.push(format!(
                "nomination {nomination} is AWARDED, but no decision in force says so"
            ));
        }
    }
    Ok(())
}

/// Money is coefficient × base salary of the date printed on the decision (R-D5, C-12).
fn money_amounts(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    for item in rows::award_items(conn)? {
        let (Some(coefficient), Some(base), Some(amount)) = (item.coefficient, item.base_salary, item.amount)
        else {
            continue;
        };
        // In either order of rounding (A14): the plan of that day said which.
        let tenths = money::multiplier_tenths(item.subject_kind);
        let known = [
            money::amount(base, coefficient, 10, RoundingOrder::CoefficientFirst),
            money::amount(
                base,
                coefficient * 10 / tenths,
                tenths,
                RoundingOrder::DoubleRounded,
            ),
        ];
        if !known.contains(&Ok(amount)) {
            faults.push(format!(
                "decision item {}: its amount is not coefficient × base salary",
                item.id
            ));
        }
        let Some(day) = item.issued_on.filter(|_| !item.external) else {
            continue;
        };
        let salary = reference::base_salary_on(conn, day)?.map(|row| row.amount_dong);
        if salary != Some(base) {
            faults.push(format!(
                "decision item {}: its base salary is not that of {day}",
                item.id
            ));
        }
    }
    Ok(())
}

/// Own numbers are unique in their register, whose year is that of the printed date. A decision of another
/// level may be recorded for several forwardings, but with one date.
fn numbers(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let mut seen = BTreeMap::new();
    for decision in rows::numbered(conn)? {
        let id = decision.id;
        if decision.year != decision.issued_on.map(|day| day.year()) {
            faults.push(format!(
                "decision {id}: the year of its register is not that of its date"
            ));
        }
        let number = (decision.owner, decision.register, decision.year, decision.raw);
        match seen.get(&number) {
            None => {
                seen.insert(number, (decision.external, decision.issued_on));
            }
            Some((true, day)) if decision.external => {
                if *day != decision.issued_on {
                    faults.push(format!("decision {id}: it is recorded with two dates"));
                }
            }
            Some(_) => faults.push(format!("decision {id}: its number was given twice")),
        }
    }
    Ok(())
}

/// Only a frozen roll has frozen lines, and only counted ones.
fn rolls(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    for participant in rows::wrongly_frozen(conn)? {
        faults.push(format!(
            "participant {participant} is frozen on a roll that is not, or not counted"
        ));
    }
    Ok(())
}

/// What lists walk over is what follows from forwardings and decisions.
fn kept_lists(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    let (kept, sent) = rows::addressed(conn)?;
    let (kept, sent): (BTreeSet<_>, BTreeSet<_>) = (kept.into_iter().collect(), sent.into_iter().collect());
    let wrong: BTreeSet<_> = kept.symmetric_difference(&sent).map(|row| row.1).collect();
    faults.extend(
        wrong
            .iter()
            .map(|id| format!("nomination {id}: to whom it was sent is not what its forwardings say")),
    );
    let (kept, published) = rows::honored(conn)?;
    let kept: BTreeSet<_> = kept.into_iter().collect();
    let published: BTreeSet<_> = published.into_iter().collect();
    let wrong: BTreeSet<_> = kept.symmetric_difference(&published).map(|row| row.0).collect();
    faults.extend(
        wrong
            .iter()
            .map(|id| format!("decision item {id}: the list of honours does not show what is published")),
    );
    Ok(())
}

/// The statistics count every object as it is. While entries wait for the sealer they are behind by right.
fn counts(conn: &mut Conn, faults: &mut Vec<String>) -> Result<()> {
    if journal::has_unsealed(conn)? || statistics::is_behind(conn)? {
        return Ok(());
    }
    let whole = statistics::whole(conn)?;
    for (id, object) in whole
        .present
        .iter()
        .chain(&whole.remembered)
        .collect::<BTreeMap<_, _>>()
    {
        if whole.present.get(id) != whole.remembered.get(id) {
            let noun = match object.group.kind {
                Kind::Submission(_) => "submission",
                Kind::Nomination { .. } => "nomination",
            };
            faults.push(format!(
                "{noun} {}: the statistics do not count it as it is",
                id.0
            ));
        }
    }
    let sums = differences(whole.remembered.values().map(|object| (None, Some(object))));
    let wrong: BTreeSet<_> = sums
        .keys()
        .chain(whole.counts.keys())
        .filter(|group| sums.get(group) != whole.counts.get(group))
        .map(|group| group.campaign_id)
        .collect();
    faults.extend(
        wrong
            .iter()
            .map(|id| format!("campaign {id}: its statistics are not the sums of what was counted")),
    );
    Ok(())
}
