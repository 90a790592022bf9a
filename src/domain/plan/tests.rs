use serde_json::json;

use super::*;

/// R-C2 and what contradicts itself.
#[test]
fn dates_contradict_each_other_or_not() {
    let calendar = Calendar::default();
    let zone = chrono_tz::Asia::Ho_Chi_Minh;
    let deadline = json!({"expression": "BEFORE_DATE", "date": "2026-05-25"});
    for (members, expected) in [
        // The real plan: the deadline lies after the period's end.
        (json!({"submission": {"deadline": deadline}}), vec![]),
        (
            json!({"submission": {"deadline": deadline, "opens_at": "2026-05-24T17:00:00Z"}}),
            vec!["/submission/opens_at"],
        ),
        (
            json!({"submission": {"deadline": deadline, "opens_at": "2026-05-24T16:59:59Z"}}),
            vec![],
        ),
        (
            json!({"submission": {"deadline": deadline},
                "upstream_deadline": {"expression": "BY_DATE", "date": "2026-05-23"}}),
            vec!["/upstream_deadline"],
        ),
        (
            json!({"submission": {"deadline": deadline},
                "upstream_deadline": {"expression": "BY_DATE", "date": "2026-06-30"}}),
            vec![],
        ),
        (
            json!({"participation": {"roll_date": "2026-05-20"},
                "quota": {"denominator_date": "2026-05-20"}}),
            vec![],
        ),
        (
            json!({"participation": {"roll_date": "2026-05-20"},
                "quota": {"denominator_date": "2026-05-19"}}),
            vec!["/quota/denominator_date"],
        ),
        (
            json!({"participation": {"roll_date": "2027-05-20"}}),
            vec!["/participation/roll_date"],
        ),
        (json!({"quota": {"denominator_date": "2025-12-31"}}), vec![]),
        // 183 days before the first and after the last day, and one more.
        (json!({"participation": {"roll_date": "2025-08-11"}}), vec![]),
        (
            json!({"participation": {"roll_date": "2025-08-10"}}),
            vec!["/participation/roll_date"],
        ),
        (json!({"quota": {"denominator_date": "2026-11-19"}}), vec![]),
        (
            json!({"quota": {"denominator_date": "2026-11-20"}}),
            vec!["/quota/denominator_date"],
        ),
        // The same moment above is no earlier one.
        (
            json!({"submission": {"deadline": deadline}, "upstream_deadline": deadline}),
            vec![],
        ),
    ] {
        let mut plan: Plan = serde_json::from_value(members.clone()).unwrap();
        plan.period = Some(Period {
            from: "2026-02-10".parse().unwrap(),
            to: "2026-05-20".parse().unwrap(),
        });
        let found = plan.contradictions(zone, &calendar);
        let pointers: Vec<_> = found
            .iter()
            .map(|fault| match &fault.place {
                Some(crate::domain::error::Place::Pointer(pointer)) => pointer.as_str(),
                _ => "",
            })
            .collect();
        assert_eq!(pointers, expected, "{members}");
    }
}

fn plan(members: serde_json::Value) -> Plan {
    serde_json::from_value(members).unwrap()
}

fn places(faults: &[Fault]) -> Vec<(&str, Code)> {
    faults
        .iter()
        .map(|fault| match &fault.place {
            Some(crate::domain::error::Place::Pointer(pointer)) => (pointer.as_str(), fault.code),
            _ => ("", fault.code),
        })
        .collect()
}

#[test]
fn faults_of_the_content_name_their_member() {
    let criterion = |code: &str| json!({"code": code, "subject": "ALL", "text": "…"});
    let form = |form: &str| json!({"form": form, "decider_organization_id": uuid::Uuid::nil(), "decider_title": "…", "route": "SELF"});
    for (members, expected) in [
        (json!({}), vec![]),
        (
            json!({"period": {"from": "2026-05-20", "to": "2026-05-20"}}),
            vec![],
        ),
        (
            json!({"period": {"from": "2026-05-20", "to": "2026-05-19"}}),
            vec![("/period/to", Code::CampaignPeriodReversed)],
        ),
        (
            json!({"quota": {"basis_points": 10001}}),
            vec![("/quota/basis_points", Code::FieldRange)],
        ),
        (
            json!({"quota": {"forms": "LISTED"}}),
            vec![("/quota/form_list", Code::FieldRequired)],
        ),
        (
            json!({"quota": {"form_list": ["GIAY_KHEN_SO"]}}),
            vec![("/quota/form_list", Code::FieldRange)],
        ),
        (
            json!({"quota": {"denominator": "MANUAL"}}),
            vec![("/quota/manual", Code::FieldRequired)],
        ),
        (
            json!({"quota": {"manual": {"individuals": 3}}}),
            vec![("/quota/manual", Code::FieldRange)],
        ),
        (
            json!({"quota": {"denominator": "REGISTERED", "denominator_date": "2026-05-20"}}),
            vec![("/quota/denominator_date", Code::FieldRange)],
        ),
        (
            json!({"quota": {"override_role": "CLERK"}}),
            vec![("/quota/override_role", Code::FieldChoice)],
        ),
        (
            json!({"criteria": [criterion("TT1"), criterion("TT2"), criterion("TT1")]}),
            vec![("/criteria/2/code", Code::FieldDuplicate)],
        ),
        (
            json!({"award_options": [form("A"), form("A"), form("B")]}),
            vec![("/award_options/1/form", Code::FieldDuplicate)],
        ),
        // What a limit or a paper names has to be offered, once anything is.
        (
            json!({"award_options": [form("A"), form("B")],
            "quota": {"forms": "LISTED", "form_list": ["A", "C"]},
            "upstream_quotas": [{"form": "B", "collectives": 1, "individuals": 1},
                    {"form": "D", "collectives": 1, "individuals": 1}],
            "submission": {"required_papers": [
                {"procedure": "STANDARD", "kind": "TO_TRINH", "per_nomination": false},
                {"procedure": "STANDARD", "kind": "BAO_CAO", "per_nomination": true, "form": "E"}
            ]}}),
            vec![
                ("/quota/form_list/1", Code::NominationFormNotOffered),
                ("/upstream_quotas/1/form", Code::NominationFormNotOffered),
                (
                    "/submission/required_papers/1/form",
                    Code::NominationFormNotOffered,
                ),
            ],
        ),
        (json!({"quota": {"forms": "LISTED", "form_list": ["C"]}}), vec![]),
    ] {
        let faults = plan(members.clone()).faults();
        assert_eq!(places(&faults), expected, "{members}");
    }
    let roles = plan(json!({"quota": {"override_role": "CLERK"}})).faults();
    let choices = roles.first().and_then(|fault| fault.params.get("choices"));
    assert_eq!(choices, Some(&json!(["DIRECTOR"])));
}

#[test]
fn publication_needs_each_of_its_parts() {
    let whole = json!({
        "period": {"from": "2026-02-10", "to": "2026-05-20"},
        "award_options": [{"form": "GIAY_KHEN_SO", "decider_organization_id": uuid::Uuid::nil(), "decider_title": "…", "route": "SELF"}],
        "submission": {
            "intake_unit_id": uuid::Uuid::from_u128(1),
            "deadline": {"expression": "BEFORE_DATE", "date": "2026-05-25"}
        },
        "legal_basis": [{"document": {"type": "KH", "number_raw": "579/KH-SNgV", "issued_on": "2026-03-20"},
            "role": "LAW"}],
        "criteria": [
            {"code": "TT1", "subject": "COLLECTIVE", "text": "…"},
            {"code": "CN1", "subject": "INDIVIDUAL", "text": "…"}
        ]
    });
    assert_eq!(plan(whole.clone()).missing_for_publication(), []);
    for (pointer, left_out) in [
        ("/plan/period", json!({"period": null})),
        ("/plan/award_options", json!({"award_options": []})),
        (
            "/plan/submission/intake_unit_id",
            json!({"submission": {"intake_unit_id": null}}),
        ),
        (
            "/plan/submission/deadline",
            json!({"submission": {"deadline": null}}),
        ),
        ("/plan/legal_basis", json!({"legal_basis": []})),
    ] {
        let mut less = whole.clone();
        crate::domain::merge_patch::merge(&mut less, &left_out);
        let missing = plan(less).missing_for_publication();
        assert_eq!(places(&missing), [(pointer, Code::FieldRequired)]);
    }
    for (criteria, subjects) in [
        (json!([]), vec!["COLLECTIVE", "INDIVIDUAL"]),
        (
            json!([{"code": "1", "subject": "COLLECTIVE", "text": "…"}]),
            vec!["INDIVIDUAL"],
        ),
        (
            json!([{"code": "1", "subject": "INDIVIDUAL", "text": "…"}]),
            vec!["COLLECTIVE"],
        ),
        (json!([{"code": "1", "subject": "ALL", "text": "…"}]), vec![]),
    ] {
        let mut less = whole.clone();
        crate::domain::merge_patch::merge(&mut less, &json!({"criteria": criteria}));
        let missing = plan(less).missing_for_publication();
        let found: Vec<_> = missing
            .iter()
            .filter_map(|fault| fault.params.get("subject")?.as_str())
            .collect();
        assert_eq!(found, subjects, "{criteria}");
        for (fault, subject) in missing.iter().zip(&subjects) {
            let named = if *subject == "COLLECTIVE" {
                "collectives"
            } else {
                "individuals"
            };
            let english = fault.detail.as_ref().map(|detail| detail.en.as_ref());
            assert_eq!(
                english,
                Some(format!("The plan has no criterion for {named}").as_str())
            );
        }
        assert!(
            places(&missing)
                .iter()
                .all(|place| *place == ("/plan/criteria", Code::FieldRequired))
        );
    }
}

#[test]
fn forms_criteria_and_papers_are_found_in_the_plan() {
    let plan = plan(json!({
        "award_options": [
            {"form": "GIAY_KHEN_SO", "decider_organization_id": uuid::Uuid::nil(), "decider_title": "…", "route": "SELF"},
            {"form": "BANG_KHEN_TINH", "decider_organization_id": uuid::Uuid::nil(), "decider_title": "…", "route": "UP"}
        ],
        "criteria": [
            {"code": "TT1", "subject": "COLLECTIVE", "text": "…"},
            {"code": "CN1", "subject": "INDIVIDUAL", "text": "…", "mandatory": false},
            {"code": "C1", "subject": "ALL", "text": "…"}
        ],
        "submission": {"required_papers": [
            {"procedure": "STANDARD", "kind": "TO_TRINH", "per_nomination": false},
            {"procedure": "STANDARD", "kind": "BAO_CAO", "per_nomination": true, "form": "BANG_KHEN_TINH"},
            {"procedure": "SIMPLIFIED", "kind": "BAO_CAO", "per_nomination": true}
        ]}
    }));
    assert_eq!(
        plan.option("BANG_KHEN_TINH").map(|option| option.route),
        Some(Route::Up)
    );
    assert!(plan.option("BANG_KHEN").is_none());
    let criteria: Vec<_> = plan
        .criteria_for(SubjectKind::Individual)
        .map(|criterion| (criterion.code.as_str(), criterion.mandatory))
        .collect();
    assert_eq!(criteria, [("CN1", false), ("C1", true)]);
    let kinds = |plan: &Plan, procedure, form: &str| -> Vec<(AttachmentKind, bool)> {
        plan.papers(procedure, form)
            .iter()
            .map(|paper| (paper.kind, paper.per_nomination))
            .collect()
    };
    let (letter, report) = (AttachmentKind::ToTrinh, AttachmentKind::BaoCao);
    for (procedure, form, expected) in [
        (
            Procedure::Standard,
            "BANG_KHEN_TINH",
            vec![(letter, false), (report, true)],
        ),
        (Procedure::Standard, "GIAY_KHEN_SO", vec![(letter, false)]),
        (Procedure::Simplified, "GIAY_KHEN_SO", vec![(report, true)]),
        (Procedure::HeadDiscovered, "GIAY_KHEN_SO", vec![]),
    ] {
        assert_eq!(kinds(&plan, procedure, form), expected, "{procedure} {form}");
    }
    for (procedure, of_each) in [
        (Procedure::Standard, true),
        (Procedure::Simplified, true),
        (Procedure::HeadDiscovered, false),
    ] {
        assert_eq!(
            kinds(&Plan::default(), procedure, "GIAY_KHEN_SO"),
            [(letter, false), (report, of_each)],
            "{procedure}"
        );
    }
}
