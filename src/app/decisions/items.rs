//! The items of a decision: nominations of an award, original items of a revocation or correction.

use std::collections::BTreeSet;

use super::award::{self, Candidate};
use super::{Command, Decision, DecisionItem, JsonText, Rows, Slice, Tx};
use super::{Event, hold, hold_unchanged, impossible, keep_with, plan_of, require_draft, target};
use crate::app::guards::refuse;
use crate::app::moves::{self, Cause};
use crate::domain::codes::{DecisionItemState, DecisionType};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{DecisionId, DecisionItemId, NominationId, ReviewSessionId};
use crate::domain::policy::Action;
use crate::domain::quota::SubjectKey;
use crate::domain::states::DecisionState;
use crate::store::{campaigns, decisions, organizations, review_sessions};

/// One item as it is shown.
pub struct ItemLine {
    /// The item.
    pub item: DecisionItem,
    /// Flagged for history and exports: an award of a theme campaign is no basis for a merit award (R-N4).
    pub not_basis_for_merit_award: bool,
}

/// A page of a decision's items in their printed order.
///
/// # Errors
/// `resource.not_found`.
pub fn items(tx: &mut Tx<'_>, id: DecisionId, slice: &Slice) -> Result<Rows<ItemLine>> {
    let decision = target(tx, id, Action::ReadDecision)?;
    let campaign = campaigns::get(tx.conn, decision.campaign_id)?;
    let flagged = campaign.kind == crate::domain::codes::CampaignKind::Thematic
        && decision.kind != DecisionType::Revocation;
    let given_up = decision.state == DecisionState::Cancelled;
    decisions::items_page(tx.conn, id, slice)?.try_map(|item| {
        let state = if given_up {
            DecisionItemState::Cancelled
        } else {
            item.state
        };
        Ok(ItemLine {
            item: DecisionItem { state, ..item },
            not_basis_for_merit_award: flagged,
        })
    })
}

/// The nominations that a decision awards; nothing for a revocation or correction.
///
/// # Errors
/// The driver's error.
pub fn awarded(tx: &mut Tx<'_>, decision: &Decision) -> Result<Vec<NominationId>> {
    decisions::nominations_of(tx.conn, decision.id)
}

/// A corrected item: absent members stay as they were printed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Corrected {
    /// The item of the original decision.
    pub original_item_id: DecisionItemId,
    /// Name as it should be printed.
    pub name: Option<String>,
    /// Position as it should be printed.
    pub position: Option<String>,
    /// Unit as it should be printed.
    pub unit: Option<String>,
    /// Text as it should be printed.
    pub print_text: Option<String>,
}

/// Adds items to a draft; exactly the list that belongs to its kind.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AddItems {
    /// Which.
    pub id: DecisionId,
    /// Nominations of an award.
    pub nomination_ids: Vec<NominationId>,
    /// Items of the original that are revoked.
    pub original_item_ids: Vec<DecisionItemId>,
    /// Items of the original that are corrected.
    pub corrections: Vec<Corrected>,
}

impl Command for AddItems {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, Action::PrepareDecision)
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Decision) -> Result<Decision> {
        let decision = hold(tx, &seen)?;
        require_draft(decision.state)?;
        all_valid(self.shape(decision.kind))?;
        let rows = match decision.kind {
            DecisionType::Award => self.awards(tx, &decision)?,
            DecisionType::Revocation => self.revocations(tx, &decision)?,
            DecisionType::Correction => self.corrections(tx, &decision)?,
        };
        let last = decisions::last_ordinal(tx.conn, decision.id)?;
        for (row, ordinal) in rows.into_iter().zip(last.saturating_add(1)..) {
            let row = DecisionItem { ordinal, ..row };
            decisions::insert_decision_item(tx.conn, &row)
                .map_err(crate::store::dialect::unique(Code::DecisionItemTaken))?;
        }
        decisions::renumber(tx.conn, decision.id)?;
        // Who came on the list, and off it below: the rows themselves may be gone later (R-A1).
        keep_with(
            tx,
            &decision,
            decision.clone(),
            "decision.items_added",
            None,
            |event| match decision.kind {
                DecisionType::Award => event.with("nomination_ids", &self.nomination_ids),
                DecisionType::Revocation => event.with("original_item_ids", &self.original_item_ids),
                DecisionType::Correction => event.with("corrections", &self.corrections),
            },
        )
    }
}

impl AddItems {
    /// Exactly one list is filled, the one of this kind, without doubles.
    fn shape(&self, kind: DecisionType) -> Vec<Fault> {
        let corrected: Vec<_> = self
            .corrections
            .iter()
            .map(|one| one.original_item_id.0)
            .collect();
        let lists = [
            (
                DecisionType::Award,
                "/nomination_ids",
                self.nomination_ids.iter().map(|id| id.0).collect::<Vec<_>>(),
            ),
            (
                DecisionType::Revocation,
                "/original_item_ids",
                self.original_item_ids.iter().map(|id| id.0).collect(),
            ),
            (DecisionType::Correction, "/corrections", corrected),
        ];
        let mut faults = Vec::new();
        for (of, pointer, ids) in lists {
            match (of == kind, ids.is_empty()) {
                (true, true) => faults.push(Fault::at(pointer, Code::FieldRequired)),
                (false, false) => faults.push(Fault::at(pointer, Code::FieldUnknown)),
                _ => {}
            }
            let mut seen = BTreeSet::new();
            for (index, id) in ids.into_iter().enumerate() {
                if !seen.insert(id) {
                    faults.push(Fault::at(format!("{pointer}/{index}"), Code::FieldDuplicate));
                }
            }
        }
        faults
    }

    fn awards(&self, tx: &mut Tx<'_>, decision: &Decision) -> Result<Vec<DecisionItem>> {
        let plan = plan_of(tx, decision.campaign_id)?;
        let form = award::form(decision)?;
        let candidates = award::candidates(tx, decision, &self.nomination_ids)?;
        let listed = decisions::subjects_of(tx.conn, decision.id)?;
        let mut rewarded: BTreeSet<SubjectKey> = listed
            .into_iter()
            .map(|(kind, id)| SubjectKey { kind, id: id.0 })
            .collect();
        let taken = decisions::taken(tx.conn, &self.nomination_ids)?;
        // What no council considered is decided beside the session that the decision names (R-D1).
        let considered = match decision.session_id {
            Some(_) => review_sessions::decided_in(tx.conn, &self.nomination_ids)?,
            None => Vec::new(),
        };
        let mut faults = Vec::new();
        let mut chosen: Vec<&Candidate> = Vec::new();
        for (index, id) in self.nomination_ids.iter().enumerate() {
            let pointer = format!("/nomination_ids/{index}");
            let Some(candidate) = candidates.get(id) else {
                faults.push(Fault::at(pointer, Code::FieldReference));
                continue;
            };
            let holder = taken.iter().find(|(of, _)| of == id).map(|(_, holder)| *holder);
            let obstacle = candidate.obstacle(&plan, form).or_else(|| {
                let twice = holder.is_none() && !rewarded.insert(moves::subject(&candidate.nomination));
                twice.then_some(Code::NominationRewardedOrPending)
            });
            match (obstacle, holder) {
                (Some(code), _) => faults.push(Fault::at(pointer, code)),
                (None, Some(holder)) => faults.push(item_taken(pointer, holder == decision.id)),
                (None, None) => match elsewhere(decision, &considered, *id) {
                    Some(session) => faults.push(
                        Fault::at(pointer, Code::DecisionOtherSession)
                            .with("session_id", session.to_string()),
                    ),
                    None => chosen.push(candidate),
                },
            }
        }
        refuse(faults)?;
        self.warn_about(tx, decision, &chosen)?;
        chosen
            .into_iter()
            .map(|candidate| award_item(tx, decision, candidate))
            .collect()
    }

    /// Remarks that do not stop the drafter: a hold (it stops the issue), another award for an
    /// overlapping time (R-N3).
    fn warn_about(&self, tx: &mut Tx<'_>, decision: &Decision, chosen: &[&Candidate]) -> Result<()> {
        for candidate in chosen {
            if candidate.nomination.hold_reason.is_some() {
                let id = candidate.nomination.id.to_string();
                tx.warn(Fault::new(Code::NominationHeld).with("nomination_id", id));
            }
        }
        let (Some(from), Some(to)) = (decision.achievement_from, decision.achievement_to) else {
            return Ok(());
        };
        let subjects: Vec<_> = chosen.iter().map(|one| one.nomination.subject_id).collect();
        let others = decisions::awarded_elsewhere(tx.conn, decision.campaign_id, &subjects, from, to)?;
        for (subject, number) in others {
            let warning = Fault::new(Code::NominationRewardedOrPending)
                .says(
                    "Đối tượng đã được khen trong phong trào khác cho thời gian trùng nhau",
                    "The subject holds an award of another campaign for an overlapping time",
                )
                .with("subject_id", subject.0.to_string())
                .with("number_raw", number.unwrap_or_default());
            tx.warn(warning);
        }
        Ok(())
    }

    fn revocations(&self, tx: &mut Tx<'_>, decision: &Decision) -> Result<Vec<DecisionItem>> {
        let originals = originals(tx, decision, &self.original_item_ids, "/original_item_ids", "")?;
        Ok(originals
            .into_iter()
            .map(|original| follower(decision, &original))
            .collect())
    }

    fn corrections(&self, tx: &mut Tx<'_>, decision: &Decision) -> Result<Vec<DecisionItem>> {
        let ids: Vec<_> = self.corrections.iter().map(|one| one.original_item_id).collect();
        let originals = originals(tx, decision, &ids, "/corrections", "/original_item_id")?;
        let mut faults = Vec::new();
        let mut items = Vec::new();
        for (index, (corrected, original)) in self.corrections.iter().zip(originals).enumerate() {
            let before = follower(decision, &original);
            let item = DecisionItem {
                subject_name: corrected
                    .name
                    .clone()
                    .unwrap_or_else(|| before.subject_name.clone()),
                subject_position: corrected
                    .position
                    .clone()
                    .or_else(|| before.subject_position.clone()),
                subject_unit: corrected.unit.clone().or_else(|| before.subject_unit.clone()),
                print_text: corrected
                    .print_text
                    .clone()
                    .unwrap_or_else(|| before.print_text.clone()),
                ..before.clone()
            };
            if item == before {
                faults.push(
                    Fault::at(format!("/corrections/{index}"), Code::FieldRequired).says(
                        "Đính chính phải nêu nội dung khác với bản đã in",
                        "A correction names something that differs from what was printed",
                    ),
                );
            }
            items.push(DecisionItem {
                correction: Some(JsonText::of(corrected)?),
                ..item
            });
        }
        all_valid(faults)?;
        Ok(items)
    }
}

/// What stands in force of items of the original, in the order asked for: the item itself, or the one of
/// its last correction. A revoked one, or one that another draft already takes, is refused.
fn originals(
    tx: &mut Tx<'_>,
    decision: &Decision,
    ids: &[DecisionItemId],
    pointer: &str,
    member: &str,
) -> Result<Vec<DecisionItem>> {
    let original = decision
        .original_id
        .ok_or_else(|| Error::internal("a revocation or correction without an original"))?;
    let items = decisions::items(tx.conn, original)?;
    let pending = pending(tx, ids)?;
    let corrections = decisions::followers(tx.conn, ids, DecisionType::Correction)?;
    let mut faults = Vec::new();
    let mut chosen = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let place = format!("{pointer}/{index}{member}");
        let Some(item) = items.iter().find(|item| item.id == *id) else {
            faults.push(Fault::at(place, Code::FieldReference));
            continue;
        };
        let in_force = corrections
            .iter()
            .rev()
            .find(|(row, state)| {
                row.original_item_id == Some(*id)
                    && row.state == DecisionItemState::Valid
                    && decisions::IN_FORCE.contains(state)
            })
            .map_or(item, |(row, _)| row);
        if item.state == DecisionItemState::Revoked {
            faults.push(Fault::at(place, Code::DecisionItemNotValid));
        } else if let Some((_, holder)) = pending.iter().find(|(of, _)| of == id) {
            faults.push(item_taken(place, *holder == decision.id));
        } else {
            chosen.push(DecisionItem {
                id: item.id,
                ..in_force.clone()
            });
        }
    }
    refuse(faults)?;
    Ok(chosen)
}

/// What already stands in a decision that was not given up, this one or another.
fn item_taken(pointer: String, here: bool) -> Fault {
    let fault = Fault::at(pointer, Code::DecisionItemTaken);
    if here {
        fault.says(
            "Đề nghị đã có trong quyết định này",
            "The nomination is in this decision already",
        )
    } else {
        fault
    }
}

/// Original items that a revocation or correction on its way already takes, and which one.
fn pending(tx: &mut Tx<'_>, ids: &[DecisionItemId]) -> Result<Vec<(DecisionItemId, DecisionId)>> {
    let mut pending = Vec::new();
    for kind in [DecisionType::Revocation, DecisionType::Correction] {
        let rows = decisions::followers(tx.conn, ids, kind)?;
        pending.extend(
            rows.into_iter()
                .filter(|(_, state)| !decisions::IN_FORCE.contains(state))
                .filter_map(|(row, _)| Some((row.original_item_id?, row.decision_id))),
        );
    }
    Ok(pending)
}

/// The session that decided on a nomination, when it is not the one that the decision carries out.
fn elsewhere(
    decision: &Decision,
    considered: &[(NominationId, ReviewSessionId)],
    nomination: NominationId,
) -> Option<ReviewSessionId> {
    let mut sessions = considered
        .iter()
        .filter(|(of, _)| *of == nomination)
        .map(|(_, session)| *session);
    let other = sessions.clone().next()?;
    let here = sessions.any(|session| decision.session_id == Some(session));
    (!here).then_some(other)
}

fn award_item(tx: &mut Tx<'_>, decision: &Decision, candidate: &Candidate) -> Result<DecisionItem> {
    let nomination = &candidate.nomination;
    Ok(DecisionItem {
        id: DecisionItemId::generate(),
        decision_id: decision.id,
        ordinal: 0,
        nomination_id: Some(nomination.id),
        original_item_id: None,
        subject_kind: nomination.subject_kind,
        subject_name: nomination.display_name.clone(),
        subject_position: nomination.position.clone(),
        subject_unit: organizations::name_of(tx.conn, nomination.printed_unit())?,
        form: award::form(decision)?.to_owned(),
        print_text: nomination.achievement_summary.clone(),
        coefficient_hundredths: None,
        base_salary_dong: None,
        amount_dong: None,
        state: DecisionItemState::Valid,
        live: true,
        correction: None,
    })
}

fn follower(decision: &Decision, original: &DecisionItem) -> DecisionItem {
    DecisionItem {
        id: DecisionItemId::generate(),
        decision_id: decision.id,
        ordinal: 0,
        nomination_id: None,
        original_item_id: Some(original.id),
        state: DecisionItemState::Valid,
        live: true,
        correction: None,
        ..original.clone()
    }
}

/// Takes an item out of a draft, without a trace on its subject.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RemoveItem {
    /// The decision.
    pub id: DecisionId,
    /// The item.
    pub item_id: DecisionItemId,
}

impl Command for RemoveItem {
    type Target = (Decision, DecisionItem);
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<(Decision, DecisionItem)> {
        let decision = target(tx, self.id, Action::PrepareDecision)?;
        let item = decisions::item_of(tx.conn, decision.id, self.item_id)?;
        Ok((decision, item))
    }

    fn version(target: &(Decision, DecisionItem)) -> Option<i64> {
        Some(target.0.version)
    }

    fn act(&self, tx: &mut Tx<'_>, (seen, item): (Decision, DecisionItem)) -> Result<()> {
        let decision = hold_unchanged(tx, &seen)?;
        require_draft(decision.state)?;
        decisions::remove_item(tx.conn, item.id)?;
        decisions::renumber(tx.conn, decision.id)?;
        let kind = "decision.item_removed";
        keep_with(tx, &decision, decision.clone(), kind, None, |event| {
            naming(event, &item)
        })
        .map(drop)
    }
}

/// The Director drops a recommended subject, with a reason (R-D2), before he signs. The nomination is
/// `NOT_AWARDED` at once: the drop is a decision of its own, whatever becomes of the rest of the list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Drop {
    /// The decision.
    pub id: DecisionId,
    /// The item.
    pub item_id: DecisionItemId,
    /// Why.
    pub reason: String,
}

impl Command for Drop {
    type Target = (Decision, DecisionItem);
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<(Decision, DecisionItem)> {
        let decision = target(tx, self.id, Action::SignDecision)?;
        let item = decisions::item_of(tx.conn, decision.id, self.item_id)?;
        Ok((decision, item))
    }

    fn version(target: &(Decision, DecisionItem)) -> Option<i64> {
        Some(target.0.version)
    }

    fn act(&self, tx: &mut Tx<'_>, (seen, item): (Decision, DecisionItem)) -> Result<Decision> {
        let decision = hold_unchanged(tx, &seen)?;
        if decision.state != DecisionState::Checked {
            require_draft(decision.state)?;
        }
        let nomination = item
            .nomination_id
            .filter(|_| decision.kind == DecisionType::Award)
            .ok_or_else(|| impossible(decision.state))?;
        let candidates = award::candidates(tx, &decision, &[nomination])?;
        let candidate = candidates.get(&nomination).ok_or_else(Error::not_found)?;
        decisions::remove_item(tx.conn, item.id)?;
        decisions::renumber(tx.conn, decision.id)?;
        if !candidate.dropping().is_empty() {
            let cause = Cause {
                kind: "nomination.dropped",
                by: Some(decision.id.into()),
                reason: Some(&self.reason),
            };
            let before = &candidate.nomination;
            moves::advance(tx, before, before.clone(), candidate.dropping(), cause)?;
            moves::close_settled(tx, &[nomination])?;
        }
        let (kind, reason) = ("decision.item_dropped", Some(self.reason.as_str()));
        keep_with(tx, &decision, decision.clone(), kind, reason, |event| {
            naming(event, &item)
        })
    }
}

/// The entry of the item that it is about.
fn naming(event: Event, item: &DecisionItem) -> Event {
    event
        .with("item_id", item.id)
        .with("nomination_id", item.nomination_id)
        .with("original_item_id", item.original_item_id)
}
