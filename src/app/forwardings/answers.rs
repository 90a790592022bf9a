//! What the receiver answers: receipt, return, refusal, or the decision of the level above.

use chrono::{Datelike as _, NaiveDate};

use super::{Command, Event, Forwarding, ForwardingItem, JsonText, Tx};
use super::{hold_unchanged, keep, move_all, next, nominations_of, target};
use crate::app::guards::{self, not_ahead};
use crate::app::moves::{self, Cause};
use crate::app::prize;
use crate::domain::codes::{DecisionItemState, DecisionType, SignatureMode, SubjectKind};
use crate::domain::document::{DocumentNumber, DocumentRef, Signature};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{DecisionId, DecisionItemId, ForwardingId, NominationId, OrganizationId};
use crate::domain::policy::Action;
use crate::domain::states::{DecisionState, ForwardingAct, NominationAct};
use crate::store::campaigns::{self, Campaign};
use crate::store::decisions::{self, Decision, DecisionItem};
use crate::store::nominations::Nomination;
use crate::store::{dialect, forwardings, organizations};

/// The register of decisions.
const REGISTER: &str = "QĐ";

/// Confirms the receipt.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Acknowledge {
    /// Which.
    pub id: ForwardingId,
    /// Number in the receiver's register.
    pub receipt_number: String,
}

impl Command for Acknowledge {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::AnswerForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Forwarding) -> Result<Forwarding> {
        let after = Forwarding {
            state: next(before.state, ForwardingAct::Acknowledge)?,
            acknowledged_at: Some(tx.now),
            receipt_number: Some(self.receipt_number.clone()),
            ..before.clone()
        };
        keep(tx, &before, after, "forwarding.acknowledged", None)
    }
}

/// Gives the batch back for supplement; it can be sent again.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Return {
    /// Which.
    pub id: ForwardingId,
    /// Why.
    pub reason: String,
}

impl Command for Return {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::AnswerForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Forwarding) -> Result<Forwarding> {
        let before = hold_unchanged(tx, &seen)?;
        let state = next(before.state, ForwardingAct::Return)?;
        let reason = Some(self.reason.as_str());
        move_all(
            tx,
            &before,
            "nomination.returned_above",
            NominationAct::ReturnAbove,
            reason,
        )?;
        // Given back, each may go again with this batch or with another one.
        forwardings::set_live(tx.conn, before.id, false)?;
        let after = Forwarding {
            state,
            signature: None,
            signed_at: None,
            quota_override_reason: None,
            returned_at: Some(tx.now),
            state_reason: Some(self.reason.clone()),
            ..before.clone()
        };
        keep(tx, &before, after, "forwarding.returned", reason)
    }
}

/// Refuses the whole batch.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Decline {
    /// Which.
    pub id: ForwardingId,
    /// Why.
    pub reason: String,
}

impl Command for Decline {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::AnswerForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Forwarding) -> Result<Forwarding> {
        let before = hold_unchanged(tx, &seen)?;
        let state = next(before.state, ForwardingAct::Decline)?;
        let reason = Some(self.reason.as_str());
        let moved = move_all(
            tx,
            &before,
            "nomination.declined_above",
            NominationAct::DeclineAbove,
            reason,
        )?;
        for item in forwardings::items(tx.conn, before.id)? {
            settle_item(tx, item, Outcome::Declined, reason)?;
        }
        moves::close_settled(tx, &moved)?;
        let after = Forwarding {
            state,
            state_reason: Some(self.reason.clone()),
            ..before.clone()
        };
        keep(tx, &before, after, "forwarding.declined", reason)
    }
}

fn settle_item(tx: &mut Tx<'_>, item: ForwardingItem, outcome: Outcome, reason: Option<&str>) -> Result<()> {
    let settled = ForwardingItem {
        outcome: Some(outcome.as_str().to_owned()),
        outcome_reason: reason.map(str::to_owned),
        live: false,
        ..item
    };
    forwardings::save_forwarding_item(tx.conn, &settled)?;
    Ok(())
}

/// What the level above decided about one nomination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = ForwardingOutcome)]
pub enum Outcome {
    /// Awarded.
    Awarded,
    /// Refused, with a reason.
    Declined,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Awarded => "AWARDED",
            Self::Declined => "DECLINED",
        }
    }
}

/// One line of the answer.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Answered {
    /// The nomination.
    pub nomination_id: NominationId,
    /// What was decided.
    pub outcome: Outcome,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// Who decided, as printed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Decider {
    /// Title.
    pub title: String,
    /// Full name.
    pub name: String,
}

/// Records the decision of the level above: an external award over those that it names.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RecordDecision {
    /// Which.
    pub id: ForwardingId,
    /// Number as printed.
    pub number_raw: String,
    /// Date as printed.
    pub issued_on: NaiveDate,
    /// Title as printed.
    pub title: String,
    /// Who signed.
    pub decider: Decider,
    /// Every nomination of the forwarding, once.
    pub items: Vec<Answered>,
}

impl Command for RecordDecision {
    type Target = Forwarding;
    type Output = Forwarding;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Forwarding> {
        target(tx, self.id, Action::AnswerForwarding)
    }

    fn version(target: &Forwarding) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Forwarding) -> Result<Forwarding> {
        let before = hold_unchanged(tx, &seen)?;
        let state = next(before.state, ForwardingAct::RecordDecision)?;
        let nominations = nominations_of(tx, &before)?;
        self.check_items(&nominations)?;
        not_ahead(tx, self.issued_on, "/issued_on")?;
        if let Some(letter) = &before.letter {
            let letter: DocumentRef = letter.read()?;
            tx.warn_if_before(self.issued_on, letter.issued_on, "/issued_on");
        }
        let campaign = campaigns::get(tx.conn, before.campaign_id)?;
        let decision = self.record(tx, &before, &campaign)?;
        self.award(tx, &decision, &campaign, &nominations)?;
        self.decline(tx, &before, &nominations)?;
        for item in forwardings::items(tx.conn, before.id)? {
            if let Some(line) = self.line(item.nomination_id) {
                settle_item(tx, item, line.outcome, line.reason.as_deref())?;
            }
        }
        let ids: Vec<NominationId> = nominations.iter().map(|nomination| nomination.id).collect();
        moves::close_settled(tx, &ids)?;
        let after = Forwarding {
            state,
            decision_id: Some(decision.id),
            ..before.clone()
        };
        keep(tx, &before, after, "forwarding.decided", None)
    }
}

impl RecordDecision {
    fn line(&self, nomination: NominationId) -> Option<&Answered> {
        self.items.iter().find(|line| line.nomination_id == nomination)
    }

    /// Every nomination of the forwarding once, a reason for each refusal, at least one award, none of what is on hold.
    fn check_items(&self, nominations: &[Nomination]) -> Result<()> {
        let mut faults = Vec::new();
        let mut held_back = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (index, line) in self.items.iter().enumerate() {
            let pointer = format!("/items/{index}/nomination_id");
            if !nominations.iter().any(|one| one.id == line.nomination_id) {
                faults.push(Fault::at(pointer, Code::FieldReference));
            } else if !seen.insert(line.nomination_id.0) {
                faults.push(Fault::at(pointer, Code::FieldDuplicate));
            }
            let held = |one: &Nomination| one.id == line.nomination_id && one.hold_reason.is_some();
            if line.outcome == Outcome::Awarded && nominations.iter().any(held) {
                held_back.push(
                    Fault::at(format!("/items/{index}/outcome"), Code::NominationHeld)
                        .with("nomination_id", line.nomination_id.to_string()),
                );
            }
            if line.outcome == Outcome::Declined && line.reason.is_none() {
                faults.push(Fault::at(format!("/items/{index}/reason"), Code::FieldRequired));
            }
        }
        for nomination in nominations.iter().filter(|one| self.line(one.id).is_none()) {
            let id = nomination.id.to_string();
            faults.push(Fault::at("/items", Code::FieldRequired).with("nomination_id", id));
        }
        all_valid(faults)?;
        // R-N2: nobody is awarded while he is on hold; the office releases the hold first.
        guards::refuse(held_back)?;
        if self.items.iter().all(|line| line.outcome == Outcome::Declined) {
            return Err(Error::new(Code::DecisionEmpty));
        }
        Ok(())
    }

    /// The external decision: of the organisation that the plan names as the decider, in force and public.
    fn record(&self, tx: &mut Tx<'_>, forwarding: &Forwarding, campaign: &Campaign) -> Result<Decision> {
        let plan = campaigns::current_plan(tx.conn, campaign)?;
        let issuer = plan
            .option(&forwarding.form)
            .map_or(forwarding.receiver_organization_id, |option| {
                option.decider_organization_id
            });
        let signature = Signature {
            mode: SignatureMode::Own,
            title: self.decider.title.clone(),
            name: self.decider.name.clone(),
        };
        self.agree(tx, issuer, &signature)?;
        let number = DocumentNumber::printed(&self.number_raw);
        let decision = Decision {
            id: DecisionId::generate(),
            owner_organization_id: issuer,
            campaign_id: campaign.id,
            issuer_name: organizations::get(tx.conn, issuer)?.name,
            kind: DecisionType::Award,
            state: DecisionState::Published,
            title: self.title.clone(),
            form: Some(forwarding.form.clone()),
            session_id: None,
            original_id: None,
            forwarding_id: Some(forwarding.id),
            external: true,
            grounds: JsonText::of::<[String]>(&[])?,
            achievement_from: campaign.period_from,
            achievement_to: campaign.period_to,
            signature: Some(JsonText::of(&signature)?),
            signed_at: Some(tx.now),
            register: Some(REGISTER.to_owned()),
            register_year: Some(self.issued_on.year()),
            number: number.and_then(|number| i32::try_from(number.number).ok()),
            number_raw: Some(self.number_raw.clone()),
            place: None,
            issued_on: Some(self.issued_on),
            effective_on: Some(self.issued_on),
            issued_at: Some(tx.now),
            published_at: Some(tx.now),
            ground: None,
            conclusion_reference: None,
            reason: None,
            quota_override_reason: None,
            state_reason: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        decisions::insert(tx.conn, &decision)?;
        let event = Event::new("decision.recorded", "decision", decision.id)
            .version(1)
            .within(issuer, None)
            .campaign(campaign.id)
            .with("after", &decision);
        tx.record(event)?;
        Ok(decision)
    }

    /// One decision may answer several forwardings, and is recorded with each of them. Issuer, number and
    /// date say which one it is (4.4): another date is a contradiction, other words are remarked. A number
    /// that the issuer gave in this service is not another organisation's.
    fn agree(&self, tx: &mut Tx<'_>, issuer: OrganizationId, signature: &Signature) -> Result<()> {
        dialect::hold_register(tx.conn, issuer)?;
        let year = self.issued_on.year();
        let alike = decisions::numbered_alike(tx.conn, issuer, REGISTER, year, &self.number_raw)?;
        if alike.iter().any(|one| !one.external) {
            let code = Code::DecisionNumberTaken;
            return Err(Error::new(code).fault(Fault::at("/number_raw", code)));
        }
        let otherwise = |pointer: &str, recorded: String| {
            Fault::at(pointer, Code::DecisionRecordedOtherwise).with("recorded", recorded)
        };
        let dated = alike.iter().filter_map(|one| one.issued_on);
        if let Some(day) = dated.into_iter().find(|day| *day != self.issued_on) {
            let contradiction = otherwise("/issued_on", day.to_string());
            return Err(Error::new(Code::DecisionRecordedOtherwise).fault(contradiction));
        }
        let Some(first) = alike.first() else {
            return Ok(());
        };
        if first.title != self.title {
            tx.warn(otherwise("/title", first.title.clone()));
        }
        if let Some(signed) = &first.signature {
            let signed: Signature = signed.read()?;
            if signed.title != signature.title {
                tx.warn(otherwise("/decider/title", signed.title));
            }
            if signed.name != signature.name {
                tx.warn(otherwise("/decider/name", signed.name));
            }
        }
        Ok(())
    }

    fn award(
        &self,
        tx: &mut Tx<'_>,
        decision: &Decision,
        campaign: &Campaign,
        nominations: &[Nomination],
    ) -> Result<()> {
        let plan = campaigns::current_plan(tx.conn, campaign)?;
        let form = decision.form.as_deref().unwrap_or_default();
        dialect::hold_reference_shared(tx.conn)?;
        let prices = prize::Prices::on(tx, &plan, form, self.issued_on).map_err(|error| {
            let code = error.code;
            error.fault(Fault::at("/issued_on", code))
        })?;
        let mut awarded: Vec<&Nomination> = nominations
            .iter()
            .filter(|one| {
                self.line(one.id)
                    .is_some_and(|line| line.outcome == Outcome::Awarded)
            })
            .collect();
        awarded.sort_by_key(|one| one.subject_kind == SubjectKind::Individual);
        for (nomination, ordinal) in awarded.into_iter().zip(1_i32..) {
            let prize = prices.prize(nomination.subject_kind)?;
            let item = DecisionItem {
                id: DecisionItemId::generate(),
                decision_id: decision.id,
                ordinal,
                nomination_id: Some(nomination.id),
                original_item_id: None,
                subject_kind: nomination.subject_kind,
                subject_name: nomination.display_name.clone(),
                subject_position: nomination.position.clone(),
                subject_unit: organizations::name_of(tx.conn, nomination.printed_unit())?,
                form: form.to_owned(),
                print_text: nomination.achievement_summary.clone(),
                coefficient_hundredths: Some(prize.coefficient_hundredths),
                base_salary_dong: Some(prize.base_salary_dong),
                amount_dong: Some(prize.amount_dong),
                state: DecisionItemState::Valid,
                live: true,
                correction: None,
            };
            decisions::insert_decision_item(tx.conn, &item)
                .map_err(dialect::unique(Code::DecisionItemTaken))?;
            let unit = item.subject_unit.as_deref().unwrap_or_default();
            decisions::honor(tx.conn, decision, item.id, &[&item.subject_name, unit])?;
            let cause = Cause {
                kind: "nomination.awarded",
                by: Some(decision.id.into()),
                reason: None,
            };
            moves::advance(tx, nomination, nomination.clone(), &[NominationAct::Award], cause)?;
        }
        Ok(())
    }

    fn decline(&self, tx: &mut Tx<'_>, forwarding: &Forwarding, nominations: &[Nomination]) -> Result<()> {
        for nomination in nominations {
            let Some(line) = self
                .line(nomination.id)
                .filter(|line| line.outcome == Outcome::Declined)
            else {
                continue;
            };
            let cause = Cause {
                kind: "nomination.declined_above",
                by: Some(forwarding.id.into()),
                reason: line.reason.as_deref(),
            };
            let act = [NominationAct::DeclineAbove];
            moves::advance(tx, nomination, nomination.clone(), &act, cause)?;
        }
        Ok(())
    }
}
