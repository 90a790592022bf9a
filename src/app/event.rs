//! What an act tells the journal: who else may read it, how the object moved, and what differs.

use serde_json::{Map, Value};

use crate::domain::caller::Role;
use crate::domain::ids::{CampaignId, OrganizationId};
use crate::domain::states::NominationState;
use crate::store::sql_types::AnyId;

/// What happened, for the journal.
#[derive(Debug, Clone)]
pub struct Event {
    /// `noun.verb` in the past, for example `submission.submitted`.
    pub kind: &'static str,
    /// Noun of the object.
    pub noun: &'static str,
    /// The object.
    pub object: AnyId,
    /// Its version after the change.
    pub version: Option<i64>,
    /// Campaign, owner and division of the object: they decide who may read the entry.
    pub campaign: Option<CampaignId>,
    /// See `campaign`.
    pub owner: Option<OrganizationId>,
    /// See `campaign`.
    pub division: Option<OrganizationId>,
    /// In which role, where it is another than that of the act.
    pub role: Option<Role>,
    /// On whose behalf the office acted.
    pub on_behalf_of: Option<OrganizationId>,
    /// State before.
    pub from: Option<String>,
    /// State after.
    pub to: Option<String>,
    /// Names, before/after, reason: erasable detail.
    pub detail: Map<String, Value>,
}

impl Event {
    /// An event about an object.
    pub fn new(kind: &'static str, noun: &'static str, object: impl Into<AnyId>) -> Self {
        Self {
            kind,
            noun,
            object: object.into(),
            version: None,
            campaign: None,
            owner: None,
            division: None,
            role: None,
            on_behalf_of: None,
            from: None,
            to: None,
            detail: Map::new(),
        }
    }

    /// Version of the object after the change.
    #[must_use]
    pub const fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// Where the object belongs.
    #[must_use]
    pub const fn within(mut self, owner: OrganizationId, division: Option<OrganizationId>) -> Self {
        self.owner = Some(owner);
        self.division = division;
        self
    }

    /// Done in this role, whatever the role of the act is.
    #[must_use]
    pub const fn in_role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// The campaign of the object.
    #[must_use]
    pub const fn campaign(mut self, campaign: CampaignId) -> Self {
        self.campaign = Some(campaign);
        self
    }

    /// The transition of the object.
    #[must_use]
    pub fn moved(mut self, from: impl ToString, to: impl ToString) -> Self {
        self.from = Some(from.to_string());
        self.to = Some(to.to_string());
        self
    }

    /// One member of the detail; `null` is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl serde::Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::Null) | Err(_) => {}
            Ok(value) => {
                self.detail.insert(name.to_owned(), value);
            }
        }
        self
    }

    /// Whether the quota of the campaign may come to something else after it: the roll, the plan, or who takes
    /// a place.
    pub(super) fn touches_quota(&self) -> bool {
        let takes_place = |state: &Option<String>| {
            let state = state.as_deref().map(str::parse::<NominationState>);
            state.is_some_and(|state| state.is_ok_and(NominationState::counts_against_quota))
        };
        match self.kind.split('.').next() {
            Some("participant" | "roll" | "campaign") => true,
            Some("nomination") => takes_place(&self.from) || takes_place(&self.to),
            _ => false,
        }
    }

    /// Before and after of the members that changed.
    #[must_use]
    pub fn diff(self, before: &impl serde::Serialize, after: &impl serde::Serialize) -> Self {
        let changed: Map<String, Value> = differences(before, after)
            .into_iter()
            .map(|(name, before, after)| (name, serde_json::json!({ "before": before, "after": after })))
            .collect();
        self.with("changes", changed)
    }
}

/// Members that differ, with both values; none is absence, so what was taken away is among them.
fn differences(
    before: &impl serde::Serialize,
    after: &impl serde::Serialize,
) -> Vec<(String, Option<Value>, Option<Value>)> {
    let members = |value: serde_json::Result<Value>| match value {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let mut before = members(serde_json::to_value(before));
    let mut differences = Vec::new();
    for (name, after) in members(serde_json::to_value(after)) {
        let before = before.remove(&name);
        if before.as_ref() != Some(&after) {
            differences.push((name, before, Some(after)));
        }
    }
    let gone = before
        .into_iter()
        .map(|(name, before)| (name, Some(before), None));
    differences.extend(gone);
    differences
}

/// Names of the members that differ, leaving out those that every write changes, and keys for sorting and
/// storage, which no
/// resource shows.
pub fn changed_fields(before: &impl serde::Serialize, after: &impl serde::Serialize) -> Vec<String> {
    differences(before, after)
        .into_iter()
        .map(|(name, ..)| name)
        .filter(|name| {
            !matches!(
                name.as_str(),
                "version" | "updated_at" | "sort_name" | "storage_key"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_taken_away_differs_too() {
        let before = json!({"council_id": "c", "name": "a", "version": 1, "same": [1]});
        let after = json!({"name": "b", "period": {"from": "2026-02-10"}, "version": 2, "same": [1]});
        let mut names = changed_fields(&before, &after);
        names.sort();
        assert_eq!(names, ["council_id", "name", "period"]);
        let event = Event::new("campaign.edited", "campaign", CampaignId::generate()).diff(&before, &after);
        let changes = &event.detail["changes"];
        assert_eq!(changes["council_id"], json!({"before": "c", "after": null}));
        assert_eq!(changes["period"]["before"], Value::Null);
    }

    #[test]
    fn the_roll_the_plan_and_who_takes_a_place_touch_the_quota() {
        let of = |kind: &'static str, from: &str, to: &str| {
            let event = Event::new(
                kind,
                kind.split('.').next().unwrap_or_default(),
                CampaignId::generate(),
            );
            event.moved(from, to).touches_quota()
        };
        for kind in ["participant.added", "roll.frozen", "campaign.amended"] {
            assert!(of(kind, "", ""), "{kind}");
        }
        assert!(
            of("nomination.recommended", "IN_COUNCIL", "RECOMMENDED"),
            "takes a place"
        );
        assert!(
            of("nomination.recalled", "RECOMMENDED", "IN_COUNCIL"),
            "gives it back"
        );
        assert!(
            !of("nomination.found_eligible", "IN_COUNCIL", "ELIGIBLE"),
            "has none"
        );
        assert!(
            !of("submission.received", "IN_COUNCIL", "RECOMMENDED"),
            "is no nomination"
        );
    }
}
