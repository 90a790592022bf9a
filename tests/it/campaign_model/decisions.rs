//! Decisions: awards and what revokes them, from the draft to the issue.

use super::model::{Act, BEFORE_OFFICE, Decision, EACH, IN_FORCE, Model, NOT_FOUND, NOT_NOW, ON_THE_WAY};
use super::model::{Outcome, Purpose, Refusal, unless};

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
            Act::PrepareAward => Ok(self.prepared(Purpose::Award)),
            Act::PrepareRevocation(k) => self.following(k, Purpose::Revocation(k)),
            Act::PrepareCorrection(k) => self.following(k, Purpose::Correction(k)),
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
            Act::Issue(k) => self.issue(k, false),
            Act::IssueOver(k) => self.issue(k, true),
            Act::Publish(k) => self.decision(k, &["ISSUED"], "PUBLISHED"),
            Act::CancelDecision(k) => self.decision(k, &ON_THE_WAY, "CANCELLED"),
            Act::DropNomination(n) => self.drop_nomination(n),
            other => unreachable!("{other:?} is no act on a decision"),
        }
    }

    /// What follows an award in force.
    fn following(&self, k: usize, purpose: Purpose) -> Outcome {
        let original = &self.decisions[k];
        let in_force = original.purpose.original().is_none() && IN_FORCE.contains(&original.state);
        unless(!in_force, "body.invalid")?;
        Ok(self.prepared(purpose))
    }

    fn prepared(&self, purpose: Purpose) -> Self {
        let mut after = self.clone();
        after.decisions.push(Decision {
            state: "DRAFT",
            purpose,
            items: Vec::new(),
            over: false,
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
            "DECLINED_ABOVE" if self.fallback => None,
            "DECLINED_ABOVE" => Some("nomination.fallback_not_allowed"),
            "AWARDED" | "RECOMMENDED" | "FORWARDED" | "RETURNED_ABOVE" => {
                Some("nomination.already_rewarded_or_pending")
            }
            _ => Some("nomination.not_considered"),
        }
    }

    fn add_item(&self, k: usize, n: usize) -> Outcome {
        self.draft(k)?;
        let original = self.decisions[k].purpose.original();
        let taken = self.listed(original, n);
        if let Some(of) = original {
            unless(!self.decisions[of].items.contains(&n), "body.invalid")?;
            unless(self.state(n) == "REVOKED", "decision.item_not_valid")?;
        } else {
            self.obstacle(n).map_or(Ok(()), |code| Err(vec![code]))?;
        }
        unless(taken, "decision.item_taken")?;
        let mut after = self.clone();
        after.decisions[k].items.push(n);
        Ok(after)
    }

    /// On the list of an award that is on its way, or of what is to follow this award.
    fn listed(&self, original: Option<usize>, n: usize) -> bool {
        self.decisions
            .iter()
            .filter(|one| one.purpose.original() == original && one.items.contains(&n))
            .any(|one| ON_THE_WAY.contains(&one.state))
    }

    /// On the list of a decision that is signed and not in force yet.
    pub fn signed_for(&self, n: usize) -> bool {
        self.decisions
            .iter()
            .filter(|one| one.purpose.original().is_none() && one.items.contains(&n))
            .any(|one| ["SIGNED", "NUMBERED"].contains(&one.state))
    }

    fn drop_item(&self, k: usize, n: usize) -> Outcome {
        self.has_item(k, n)?;
        if self.decisions[k].state != "CHECKED" {
            self.draft(k)?;
        }
        unless(self.decisions[k].purpose.original().is_some(), NOT_NOW)?;
        let mut after = self.without_item(k, n);
        match self.state(n) {
            "ELIGIBLE" | "AWAITING_DIRECTOR" => {
                after.settle(n, "NOT_AWARDED");
                after.close_settled_of(&[n]);
            }
            // The refusal above remains the last word on it.
            "DECLINED_ABOVE" => {}
            _ => return Err(vec![NOT_NOW]),
        }
        Ok(after)
    }

    fn drop_nomination(&self, n: usize) -> Outcome {
        let droppable = ["RECOMMENDED", "AWAITING_DIRECTOR", "RETURNED_ABOVE"];
        unless(!droppable.contains(&self.state(n)), NOT_NOW)?;
        unless(self.listed(None, n), "decision.item_taken")?;
        let mut after = self.clone();
        after.settle(n, "NOT_AWARDED");
        after.close_settled_of(&[n]);
        Ok(after)
    }

    fn issue(&self, k: usize, over: bool) -> Outcome {
        let mut after = self.decision(k, &["NUMBERED"], "ISSUED")?;
        let items = self.decisions[k].items.clone();
        // What follows an award takes no place.
        let follows = self.decisions[k].purpose.original().is_some();
        unless(over && follows, "body.invalid")?;
        match self.decisions[k].purpose {
            Purpose::Revocation(_) => {
                for n in items {
                    after.nominations[n].state = "REVOKED";
                }
                return Ok(after);
            }
            Purpose::Correction(_) => {
                for n in items {
                    after.nominations[n].corrected_by = Some(k);
                }
                return Ok(after);
            }
            Purpose::Award | Purpose::ExternalAward => {}
        }
        let held = |n: &usize| self.nominations[*n].held.then_some("nomination.on_hold");
        let faults: Vec<_> = items
            .iter()
            .filter_map(|n| held(n).or_else(|| self.obstacle(*n)))
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        unless(!over && self.exceeded_by(&items), "quota.exceeded")?;
        after.decisions[k].over = self.exceeded_by(&items);
        for n in &items {
            after.settle(*n, "AWARDED");
            after.nominations[*n].up = false;
        }
        after.close_settled_of(&items);
        Ok(after)
    }

    /// Who stands in the public list of honours, by whose correction and in which state.
    pub fn honors(&self) -> Vec<(usize, Option<usize>, &'static str)> {
        let published = self.decisions.iter().filter(|one| one.state == "PUBLISHED");
        let awards = published.filter(|one| one.purpose.original().is_none());
        awards
            .flat_map(|one| &one.items)
            .map(|n| match (self.state(*n), self.nominations[*n].corrected_by) {
                ("REVOKED", by) => (*n, by, "REVOKED"),
                (_, Some(by)) => (*n, Some(by), "CORRECTED"),
                (_, None) => (*n, None, "VALID"),
            })
            .collect()
    }
}
