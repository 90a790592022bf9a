//! What goes to the level above: batches, their signature, what the receiver answers.

use super::model::{
    Act, Decision, Forwarding, Model, NOT_FOUND, NOT_NOW, Outcome, Outcomes, Purpose, Refusal,
};
use super::model::{UPSTREAM, unless};

const OPEN: [&str; 2] = ["DRAFT", "RETURNED"];
const ABOVE: [&str; 3] = ["FORWARDED", "AWARDED", "REVOKED"];

impl Model {
    pub fn after_forwarding(&self, act: Act) -> Option<Outcome> {
        Some(match act {
            Act::PrepareForwarding { first, second } => self.prepare_forwarding(first, second),
            Act::ChangeLetter(f) => self.open(f).map(|mut after| {
                (after.forwardings[f].signed, after.forwardings[f].over) = (false, false);
                after
            }),
            Act::SignForwarding { forwarding, over } => self.open(forwarding).map(|mut after| {
                let one = &mut after.forwardings[forwarding];
                (one.signed, one.over) = (true, over && self.exceeded_by(&one.items));
                after
            }),
            Act::SendForwarding(f) => self.send(f),
            Act::RecallForwarding(f) => self.forwarding(f, &["SENT"], "DRAFT").map(|mut after| {
                if self.forwardings[f].returned {
                    (after.forwardings[f].state, after.forwardings[f].live) = ("RETURNED", false);
                }
                for n in &self.forwardings[f].items {
                    after.nominations[*n].state = "RETURNED_ABOVE";
                }
                (after.forwardings[f].signed, after.forwardings[f].over) = (false, false);
                after
            }),
            Act::Acknowledge(f) => match self.forwardings[f].state {
                // Nobody there knows of a draft.
                "DRAFT" => Err(vec![NOT_FOUND]),
                _ => self.forwarding(f, &["SENT"], "ACKNOWLEDGED"),
            },
            Act::ReturnForwarding(f) => self.answered(f, "RETURNED").map(|mut after| {
                after.forwardings[f].returned = true;
                for n in &self.forwardings[f].items {
                    after.nominations[*n].state = "RETURNED_ABOVE";
                }
                (after.forwardings[f].signed, after.forwardings[f].over) = (false, false);
                after
            }),
            Act::DeclineForwarding(f) => self.answered(f, "DECLINED").map(|mut after| {
                for n in &self.forwardings[f].items {
                    after.settle(*n, "DECLINED_ABOVE");
                }
                after.close_settled_of(&self.forwardings[f].items);
                after
            }),
            Act::RecordDecision { forwarding, outcome } => self.record_decision(forwarding, outcome),
            Act::RemoveForwarding(f) => self.forwarding(f, &["DRAFT"], "REMOVED").map(|mut after| {
                after.forwardings[f].live = false;
                after
            }),
            _ => return None,
        })
    }

    fn forwarding(&self, f: usize, from: &[&str], to: &'static str) -> Outcome {
        unless(!from.contains(&self.forwardings[f].state), NOT_NOW)?;
        let mut after = self.clone();
        after.forwardings[f].state = to;
        Ok(after)
    }

    fn open(&self, f: usize) -> Outcome {
        let after = self.forwarding(f, &OPEN, self.forwardings[f].state)?;
        self.may_go_up(f)?;
        Ok(after)
    }

    /// What went up in another batch, or was decided on, keeps its batch from changing or going.
    fn may_go_up(&self, f: usize) -> Result<(), Refusal> {
        let ready = |n: &usize| ["RECOMMENDED", "RETURNED_ABOVE"].contains(&self.state(*n));
        unless(!self.forwardings[f].items.iter().all(ready), NOT_NOW)
    }

    /// What was acknowledged is answered once, and its nominations are free of it.
    fn answered(&self, f: usize, to: &'static str) -> Outcome {
        unless(self.forwardings[f].state == "DRAFT", NOT_FOUND)?;
        let mut after = self.forwarding(f, &["ACKNOWLEDGED"], to)?;
        after.forwardings[f].live = false;
        Ok(after)
    }

    fn taken(&self, n: usize, but: Option<usize>) -> bool {
        let others = (0..self.forwardings.len()).filter(|f| Some(*f) != but);
        others
            .map(|f| &self.forwardings[f])
            .any(|one| one.live && one.items.contains(&n))
    }

    fn prepare_forwarding(&self, first: usize, second: Option<usize>) -> Outcome {
        let items: Vec<usize> = [Some(first), second].into_iter().flatten().collect();
        let obstacle = |n: &usize| match self.state(*n) {
            _ if self.taken(*n, None) => Some("forwarding.item_taken"),
            "RECOMMENDED" | "RETURNED_ABOVE" => None,
            "AWAITING_DIRECTOR" | "FORWARDED" | "AWARDED" => Some("nomination.already_rewarded_or_pending"),
            _ => Some("nomination.not_considered"),
        };
        let faults: Refusal = items.iter().filter_map(obstacle).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut after = self.clone();
        let (signed, over) = (false, false);
        after.forwardings.push(Forwarding {
            state: "DRAFT",
            items,
            signed,
            over,
            live: true,
            returned: false,
        });
        Ok(after)
    }

    fn send(&self, f: usize) -> Outcome {
        let mut after = self.forwarding(f, &OPEN, "SENT")?;
        let Forwarding {
            items, signed, over, ..
        } = &self.forwardings[f];
        self.may_go_up(f)?;
        unless(!signed, "forwarding.papers_missing")?;
        unless(
            items.iter().any(|n| self.nominations[*n].held),
            "nomination.on_hold",
        )?;
        unless(
            items.iter().any(|n| self.taken(*n, Some(f))),
            "forwarding.item_taken",
        )?;
        unless(!over && self.exceeded_by(items), "quota.exceeded")?;
        after.forwardings[f].live = true;
        for n in items {
            after.nominations[*n].state = "FORWARDED";
        }
        Ok(after)
    }

    fn record_decision(&self, f: usize, outcome: Outcomes) -> Outcome {
        let mut after = self.answered(f, "DECIDED")?;
        let items = &self.forwardings[f].items;
        let awarded = outcome.awarded(items);
        unless(
            awarded.iter().any(|n| self.nominations[*n].held),
            "nomination.on_hold",
        )?;
        unless(awarded.is_empty(), "decision.empty")?;
        for n in items {
            let won = awarded.contains(n);
            after.settle(*n, if won { "AWARDED" } else { "DECLINED_ABOVE" });
        }
        after.close_settled_of(items);
        after.decisions.push(Decision {
            state: "PUBLISHED",
            purpose: Purpose::ExternalAward,
            items: awarded.to_vec(),
            over: false,
        });
        Ok(after)
    }

    /// How many went up before a batch that was just sent and how many with it, where that is more than the
    /// level above allots: remarked, not refused.
    pub fn beyond_upstream(&self, f: usize) -> Option<(usize, usize)> {
        let above = |one: &&super::model::Nomination| one.up && ABOVE.contains(&one.state);
        let (all, asked) = (
            self.nominations.iter().filter(above).count(),
            self.forwardings[f].items.len(),
        );
        (all > UPSTREAM).then(|| (all - asked, asked))
    }
}

impl Outcomes {
    /// Those of a batch that are awarded.
    pub fn awarded(self, items: &[usize]) -> &[usize] {
        match self {
            Self::All => items,
            Self::First => &items[..1],
            Self::Nobody => &[],
        }
    }
}
