//! Decisions: awards and what revokes them, from the draft to the issue.

use super::model::{Act, BEFORE_OFFICE, Decision, EACH, Model, NOT_FOUND, NOT_NOW, Outcome, Refusal, unless};

impl Model {
    fn decision(&self, k: usize, from: &[&str], to: &'static str) -> Outcome {
        unless(!from.contains(&self.decisions[k].state), NOT_NOW)?;
        let mut after = self.clone();
        after.decisions[k].state = to;
        Ok(after)
    }

    fn draft(&self, k: usize) -> Result<(), Refusal> {
        match self.decisions[k].state {
            "DRAFT" => Ok(()),
            "ISSUED" | "PUBLISHED" => Err(vec!["decision.immutable"]),
            _ => Err(vec![NOT_NOW]),
        }
    }

    fn not_empty(&self, k: usize) -> Result<(), Refusal> {
        unless(self.decisions[k].items.is_empty(), "decision.empty")
    }

    pub fn after_decision(&self, act: Act) -> Outcome {
        match act {
            Act::PrepareAward => Ok(self.prepared(None)),
            Act::PrepareRevocation(k) => {
                let original = &self.decisions[k];
                let in_force =
                    original.revokes.is_none() && ["ISSUED", "PUBLISHED"].contains(&original.state);
                unless(!in_force, "body.invalid")?;
                Ok(self.prepared(Some(k)))
            }
            Act::AddItem(k, n) => self.add_item(k, n),
            Act::RemoveItem(k, n) => {
                self.has_item(k, n)?;
                self.draft(k)?;
                Ok(self.without_item(k, n))
            }
            Act::DropItem(k, n) => self.drop_item(k, n),
            Act::Check(k) => self
                .decision(k, &["DRAFT"], "CHECKED")
                .and_then(|after| self.not_empty(k).map(|()| after)),
            Act::ReturnDecision(k) => self.decision(k, &["CHECKED", "SIGNED"], "DRAFT"),
            Act::SignDecision(k) => self
                .decision(k, &["CHECKED"], "SIGNED")
                .and_then(|after| self.not_empty(k).map(|()| after)),
            Act::Number(k) => self.decision(k, &["SIGNED"], "NUMBERED"),
            Act::Issue(k) => self.issue(k),
            Act::Publish(k) => self.decision(k, &["ISSUED"], "PUBLISHED"),
            Act::CancelDecision(k) => {
                self.decision(k, &["DRAFT", "CHECKED", "SIGNED", "NUMBERED"], "CANCELLED")
            }
            other => unreachable!("{other:?} is no act on a decision"),
        }
    }

    fn prepared(&self, revokes: Option<usize>) -> Self {
        let mut after = self.clone();
        after.decisions.push(Decision {
            state: "DRAFT",
            revokes,
            items: Vec::new(),
        });
        after
    }

    fn has_item(&self, k: usize, n: usize) -> Result<(), Refusal> {
        unless(!self.decisions[k].items.contains(&n), NOT_FOUND)
    }

    fn without_item(&self, k: usize, n: usize) -> Self {
        let mut after = self.clone();
        after.decisions[k].items.retain(|item| *item != n);
        after
    }

    /// Why a nomination may not be awarded now.
    fn obstacle(&self, n: usize) -> Option<&'static str> {
        let without_council =
            Self::is_discovered(n / EACH) && BEFORE_OFFICE.contains(&self.dossiers[n / EACH]);
        match self.state(n) {
            "AWAITING_DIRECTOR" => None,
            "ELIGIBLE" if without_council => None,
            "AWARDED" => Some("nomination.already_rewarded_or_pending"),
            _ => Some("nomination.not_considered"),
        }
    }

    fn add_item(&self, k: usize, n: usize) -> Outcome {
        self.draft(k)?;
        let taken_by = |of: Option<usize>, states: &[&str]| {
            let alike = self
                .decisions
                .iter()
                .filter(|one| one.revokes == of && one.items.contains(&n));
            alike.into_iter().any(|one| states.contains(&one.state))
        };
        let on_the_way = ["DRAFT", "CHECKED", "SIGNED", "NUMBERED"];
        match self.decisions[k].revokes {
            Some(original) => {
                unless(!self.decisions[original].items.contains(&n), "body.invalid")?;
                unless(self.state(n) == "REVOKED", "decision.item_not_valid")?;
                unless(taken_by(Some(original), &on_the_way), "decision.item_taken")?;
            }
            None => {
                self.obstacle(n).map_or(Ok(()), |code| Err(vec![code]))?;
                unless(taken_by(None, &on_the_way), "decision.item_taken")?;
            }
        }
        let mut after = self.clone();
        after.decisions[k].items.push(n);
        Ok(after)
    }

    fn drop_item(&self, k: usize, n: usize) -> Outcome {
        self.has_item(k, n)?;
        if self.decisions[k].state != "CHECKED" {
            self.draft(k)?;
        }
        unless(self.decisions[k].revokes.is_some(), NOT_NOW)?;
        unless(
            !["ELIGIBLE", "AWAITING_DIRECTOR"].contains(&self.state(n)),
            NOT_NOW,
        )?;
        let mut after = self.without_item(k, n);
        after.nominations[n].state = "NOT_AWARDED";
        after.close_settled_of(&[n]);
        Ok(after)
    }

    fn issue(&self, k: usize) -> Outcome {
        let mut after = self.decision(k, &["NUMBERED"], "ISSUED")?;
        let items = self.decisions[k].items.clone();
        if self.decisions[k].revokes.is_some() {
            for n in items {
                after.nominations[n].state = "REVOKED";
            }
            return Ok(after);
        }
        let held = |n: &usize| self.nominations[*n].held.then_some("nomination.on_hold");
        let faults: Vec<_> = items
            .iter()
            .filter_map(|n| held(n).or_else(|| self.obstacle(*n)))
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let (used, reserved) = self.places();
        let more = items.iter().filter(|n| self.state(**n) == "ELIGIBLE").count();
        unless(used + reserved + more > self.limit, "quota.exceeded")?;
        for n in &items {
            after.nominations[*n].state = "AWARDED";
        }
        after.close_settled_of(&items);
        Ok(after)
    }
}
