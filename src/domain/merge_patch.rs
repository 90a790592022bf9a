//! Changes as JSON merge patches (RFC 7396): what is absent stays at any depth, `null` takes a member away,
//! lists are replaced whole. A deadline in other words loses what only the former had.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{Error, Place};
use super::json;
use super::time::DeadlineRule;

/// Members of a `T` that change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct MergePatch<T> {
    members: Map<String, Value>,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> MergePatch<T> {
    /// Whether the patch says anything of a member.
    pub fn names(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// What `current`, or nothing at all, becomes; `pointer` is the place of the patch in the request. `check`
    /// holds the whole against the schema of a `T`, so that everything that is missing is told at once; places
    /// begin at the whole.
    ///
    /// # Errors
    /// `body.invalid` where the whole is no `T`: an obligatory member is missing or was taken away, or
    /// members do not belong together.
    pub fn apply(
        &self,
        current: Option<&T>,
        pointer: &str,
        check: impl FnOnce(&mut Value) -> Result<(), Error>,
    ) -> Result<T, Error> {
        let mut whole = match current {
            Some(current) => serde_json::to_value(current).map_err(Error::internal)?,
            None => Value::Object(Map::new()),
        };
        merge_members(&mut whole, &self.members);
        check(&mut whole).map_err(|error| below(pointer, error))?;
        json::typed(&whole, pointer).map_err(|fault| Error::invalid(vec![fault]))
    }
}

/// The same refusal of what stands at `pointer`.
fn below(pointer: &str, mut error: Error) -> Error {
    for fault in &mut error.faults {
        if let Some(Place::Pointer(place)) = &mut fault.place {
            place.insert_str(0, pointer);
        }
    }
    error
}

/// RFC 7396 section 2.
pub fn merge(target: &mut Value, patch: &Value) {
    match patch {
        Value::Object(members) => merge_members(target, members),
        other => target.clone_from(other),
    }
}

fn merge_members(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else {
        return;
    };
    for (name, change) in patch {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
    // Other words for a deadline bring other members: those that only the former had go with them, or no patch
    // could change the words without knowing what they were.
    if let Some(expression) = patch.get("expression").and_then(Value::as_str) {
        for left_over in DeadlineRule::members_of_others(expression) {
            if !patch.contains_key(*left_over) {
                members.remove(*left_over);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::error::Code;
    use crate::domain::plan::Plan;

    /// The examples of RFC 7396, Appendix A.
    #[test]
    fn merges_as_the_rfc_says() {
        for (original, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (
                json!({"a": "b"}),
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "c"}}),
            ),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut target = original.clone();
            merge(&mut target, &patch);
            assert_eq!(target, result, "{original} with {patch}");
        }
    }

    fn patch(members: Value) -> MergePatch<Plan> {
        serde_json::from_value(members).unwrap()
    }

    #[test]
    fn what_is_not_named_stays() {
        let plan: Plan = serde_json::from_value(json!({
            "quota": {"basis_points": 2500, "scope": "COMBINED"},
            "submission": {"supplement_working_days": 5,
                "deadline": {"expression": "BEFORE_DATE", "date": "2026-05-25"}}
        }))
        .unwrap();
        let changed = patch(json!({"quota": {"basis_points": 2000},
            "submission": {"deadline": {"date": "2026-06-01"}}}))
        .apply(Some(&plan), "/plan", |_| Ok(()))
        .unwrap();
        assert_eq!(changed.quota.basis_points, 2000);
        assert_eq!(changed.quota.scope, plan.quota.scope);
        assert_eq!(changed.submission.supplement_working_days, 5);
        let deadline = |plan: &Plan| serde_json::to_value(plan.submission.deadline).unwrap();
        let at_instant = json!({"expression": "AT_INSTANT", "instant": "2026-05-25T00:00:00.000000Z"});
        let before_date = json!({"expression": "BEFORE_DATE", "date": "2026-05-26"});
        let by_date = json!({"expression": "BY_DATE", "date": "2026-05-26"});
        let mut reworded = changed.clone();
        for (patched, becomes) in [
            (&at_instant, &at_instant),
            (&before_date, &before_date),
            (&json!({"expression": "BY_DATE"}), &by_date),
        ] {
            let patched = patch(json!({"submission": {"deadline": patched}}));
            reworded = patched.apply(Some(&reworded), "/plan", |_| Ok(())).unwrap();
            assert_eq!(&deadline(&reworded), becomes);
        }
        let cleared = patch(json!({"quota": {"basis_points": null}}));
        assert_eq!(
            cleared
                .apply(Some(&changed), "/plan", |_| Ok(()))
                .unwrap()
                .quota
                .basis_points,
            3000
        );
    }

    #[test]
    fn what_makes_no_whole_is_named() {
        let plan: Plan = serde_json::from_value(json!({
            "period": {"from": "2026-02-10", "to": "2026-05-20"},
            "submission": {"deadline": {"expression": "BEFORE_DATE", "date": "2026-05-25"}}
        }))
        .unwrap();
        for (members, place, code) in [
            (
                json!({"period": {"to": null}}),
                "/plan/period/to",
                Code::FieldRequired,
            ),
            (
                json!({"submission": {"deadline": {"date": null}}}),
                "/plan/submission/deadline/date",
                Code::FieldRequired,
            ),
            (
                json!({"submission": {"deadline": {"expression": "AT_INSTANT", "date": "2026-05-25",
                    "instant": "2026-05-25T00:00:00Z"}}}),
                "/plan/submission/deadline/date",
                Code::FieldUnknown,
            ),
        ] {
            let error = patch(members.clone())
                .apply(Some(&plan), "/plan", |_| Ok(()))
                .unwrap_err();
            let fault = error.faults.first().unwrap();
            assert_eq!(fault.place, Some(Place::Pointer(place.to_owned())), "{members}");
            assert_eq!(fault.code, code, "{members}");
        }
    }

    #[test]
    fn a_patch_of_nothing_makes_the_whole_and_knows_what_it_names() {
        let members = patch(json!({"quota": {"basis_points": 2000}, "period": null}));
        assert!(members.names("quota") && members.names("period") && !members.names("basis_points"));
        let made = members.apply(None, "/plan", |_| Ok(())).unwrap();
        assert_eq!((made.quota.basis_points, made.period), (2000, None));
    }
}
