//! Two requests at once of which one takes away what the other rests on: exactly one is accepted, the other
//! is refused as if it had come later.
//!
//! `THIDUA_RACE_ROUNDS=100 cargo test --test it races_of_two::` plays the long version.

use std::time::Duration;

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::ids::IndividualId;
use thidua::store::schema::individuals;

use crate::races::rounds;
use crate::support::councils::{Subject, received_dossier};
use crate::support::files::complete_pdf;
use crate::support::held::hold_after;
use crate::support::postgres::{deadlocks, waiting_for_a_lock};
use crate::support::submissions::{OWN_FORM, Who, campaign, draft};
use crate::support::world::{Ask, Persona, Reply, World, org, person};
use crate::support::{Database, WorldSettings, on_both, run_with, when};

on_both!(
    two_campaigns_are_put_below_each_other,
    a_campaign_is_removed_while_another_is_put_below_it,
    a_draft_is_created_below_a_campaign_that_is_removed,
    a_participant_is_taken_off_the_roll_while_it_is_nominated,
    two_appraise_what_they_have_seen,
    two_propose_into_the_dossier_that_they_have_seen,
    two_organizations_are_closed_in_favour_of_each_other,
    an_organization_is_closed_while_a_unit_is_created_below_it,
    an_organization_is_closed_while_a_unit_is_moved_below_it,
    a_unit_is_moved_while_somebody_is_put_into_it,
    a_file_is_removed_while_it_is_attached,
    a_decision_is_numbered_and_published_by_two_hands,
    an_award_is_published_while_it_is_corrected,
    a_holiday_is_changed_by_two,
    a_holiday_is_removed_while_it_is_changed,
);

/// Sends both at once. One is answered with its success, the other with its refusal (status and code).
async fn one_of(first: (Ask<'_>, u16, (u16, &str)), second: (Ask<'_>, u16, (u16, &str))) {
    let (one, other) = tokio::join!(first.0.send(), second.0.send());
    let code = |reply: &Reply| reply.json["code"].as_str().unwrap_or_default().to_owned();
    let answers = ((one.status, code(&one)), (other.status, code(&other)));
    let refused = |(status, code): (u16, &str)| (status, code.to_owned());
    let first_won = ((first.1, String::new()), refused(second.2));
    let second_won = (refused(first.2), (second.1, String::new()));
    assert!(
        answers == first_won || answers == second_won,
        "{answers:?}, neither {first_won:?} nor {second_won:?}"
    );
}

async fn sound(world: &World) {
    assert_eq!(world.unsound().await, Vec::<String>::new());
    assert_eq!(world.database(deadlocks).await, 0, "CON-06");
}

fn plain_campaign(parent: Option<&str>) -> Value {
    let mut body = json!({
        "owner_organization_id": org::DEPARTMENT, "name": "Thi đua", "kind": "THEMATIC", "scope": "AGENCY"
    });
    if let Some(parent) = parent {
        body["parent_campaign_id"] = json!(parent);
    }
    body
}

async fn drafted(chief: &Persona<'_>) -> String {
    chief
        .post("/v1/campaigns", &plain_campaign(None))
        .await
        .expect(201)
        .id()
}

fn put_below<'w>(chief: &Persona<'w>, campaign: &str, parent: &str) -> Ask<'w> {
    chief
        .ask("PATCH", &format!("/v1/campaigns/{campaign}"))
        .if_match("\"1\"")
        .json(&json!({"parent_campaign_id": parent}))
}

fn removal<'w>(who: &Persona<'w>, path: &str) -> Ask<'w> {
    who.ask("DELETE", path).if_match("*")
}

/// R-C4.
async fn two_campaigns_are_put_below_each_other(world: World) {
    let chief = world.persona("chief");
    let cycle = (409, "campaign.parent_cycle");
    for _ in 0..rounds() {
        let (one, other) = (drafted(&chief).await, drafted(&chief).await);
        one_of(
            (put_below(&chief, &one, &other), 200, cycle),
            (put_below(&chief, &other, &one), 200, cycle),
        )
        .await;
    }
    sound(&world).await;
}

async fn a_campaign_is_removed_while_another_is_put_below_it(world: World) {
    let chief = world.persona("chief");
    for _ in 0..rounds() {
        let (above, below) = (drafted(&chief).await, drafted(&chief).await);
        let remove = removal(&chief, &format!("/v1/campaigns/{above}"));
        one_of(
            (remove, 204, (409, "campaign.is_parent")),
            (put_below(&chief, &below, &above), 200, (422, "body.invalid")),
        )
        .await;
    }
    sound(&world).await;
}

async fn a_draft_is_created_below_a_campaign_that_is_removed(world: World) {
    let chief = world.persona("chief");
    for _ in 0..rounds() {
        let above = drafted(&chief).await;
        let remove = removal(&chief, &format!("/v1/campaigns/{above}"));
        let create = chief
            .ask("POST", "/v1/campaigns")
            .json(&plain_campaign(Some(&above)));
        one_of(
            (remove, 204, (409, "campaign.is_parent")),
            (create, 201, (422, "body.invalid")),
        )
        .await;
    }
    sound(&world).await;
}

/// R-S5.
async fn a_participant_is_taken_off_the_roll_while_it_is_nominated(world: World) {
    let (chief, head) = (world.persona("chief"), world.persona("head1"));
    for _ in 0..rounds() {
        let campaign = campaign(&world).await;
        let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
        let roll = format!(
            "/v1/campaigns/{campaign}/participants?division_id={}",
            org::DIVISIONS[0]
        );
        let lines = chief.get(&roll).await.expect(200).json["items"].clone();
        for number in [11, 16, 21, 26] {
            let subject = json!(person(number));
            let line = lines
                .as_array()
                .unwrap()
                .iter()
                .find(|line| line["subject_id"] == subject);
            let line = line.unwrap()["id"].as_str().unwrap();
            let remove = removal(&chief, &format!("/v1/participants/{line}"));
            let nominate = head
                .ask("POST", "/v1/nominations")
                .json(&Who::Person(number).nomination(&dossier.id, OWN_FORM));
            one_of(
                (remove, 204, (409, "participant.in_use")),
                (nominate, 201, (409, "nomination.not_participant")),
            )
            .await;
        }
    }
    sound(&world).await;
}

fn appraisal<'w>(who: &Persona<'w>, body: &Value) -> Ask<'w> {
    who.ask("POST", "/v1/reviews").if_match("\"1\"").json(body)
}

fn proposal<'w>(who: &Persona<'w>, dossier: &str, number: u128) -> Ask<'w> {
    who.ask("POST", "/v1/nominations")
        .if_match("\"1\"")
        .json(&Who::Person(number).nomination(dossier, OWN_FORM))
}

/// R-N1: the one overturns no appraisal that he never saw.
async fn two_appraise_what_they_have_seen(world: World) {
    let (reviewer, chief) = (world.persona("reviewer"), world.persona("chief"));
    for _ in 0..rounds() {
        let subject = Subject::Individual(16);
        let dossier = received_dossier(&world, &[subject]).await;
        let nomination = dossier.nominations[&subject];
        let against = |why: &str| {
            json!({"nomination_id": nomination, "kind": "APPRAISAL", "conclusion": "INELIGIBLE",
            "legal_reason": why})
        };
        let (against, other) = (against("Không đạt"), against("Không thuộc đối tượng"));
        let stale = (412, "etag.stale");
        one_of(
            (appraisal(&reviewer, &against), 201, stale),
            (appraisal(&chief, &other), 201, stale),
        )
        .await;
    }
    sound(&world).await;
}

/// CND-07.
async fn two_propose_into_the_dossier_that_they_have_seen(world: World) {
    let (head, officer) = (world.persona("head1"), world.persona("officer1"));
    for _ in 0..rounds() {
        let campaign = campaign(&world).await;
        let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
        let stale = (412, "etag.stale");
        one_of(
            (proposal(&head, &dossier.id, 16), 201, stale),
            (proposal(&officer, &dossier.id, 21), 201, stale),
        )
        .await;
    }
    sound(&world).await;
}

/// A department below the province, there since the beginning of the year.
async fn founded(administrator: &Persona<'_>, name: &str) -> String {
    let body = json!({
        "name": name, "kind": "DEPARTMENT", "parent_id": org::PROVINCE, "valid_from": when("2026-01-01")
    });
    administrator
        .post("/v1/organizations", &body)
        .await
        .expect(201)
        .id()
}

fn closure<'w>(administrator: &Persona<'w>, organization: &str, successor: Option<&str>) -> Ask<'w> {
    let mut body = json!({"valid_to": when("2026-03-19"), "reason": "Sắp xếp"});
    if let Some(successor) = successor {
        body["successor_id"] = json!(successor);
    }
    administrator
        .ask("POST", &format!("/v1/organizations/{organization}/close"))
        .if_match("*")
        .json(&body)
}

async fn two_organizations_are_closed_in_favour_of_each_other(world: World) {
    let administrator = world.persona("administrator");
    let cycle = (409, "organization.cycle");
    for round in 0..rounds() {
        let one = founded(&administrator, &format!("Sở Một {round}")).await;
        let other = founded(&administrator, &format!("Sở Hai {round}")).await;
        one_of(
            (closure(&administrator, &one, Some(&other)), 200, cycle),
            (closure(&administrator, &other, Some(&one)), 200, cycle),
        )
        .await;
    }
    sound(&world).await;
}

async fn an_organization_is_closed_while_a_unit_is_created_below_it(world: World) {
    let administrator = world.persona("administrator");
    for round in 0..rounds() {
        let above = founded(&administrator, &format!("Sở Trên {round}")).await;
        let body = json!({"name": "Phòng Mới", "kind": "DIVISION", "parent_id": above});
        let create = administrator.ask("POST", "/v1/organizations").json(&body);
        one_of(
            (
                closure(&administrator, &above, None),
                200,
                (409, "organization.in_use"),
            ),
            (create, 201, (409, "organization.closed")),
        )
        .await;
    }
    sound(&world).await;
}

/// A new unit of the department, and the request that moves it below another organisation.
async fn moving<'w>(administrator: &Persona<'w>, above: &str, round: usize) -> (String, Ask<'w>) {
    let body = json!({"name": format!("Phòng {round}"), "kind": "DIVISION", "parent_id": org::DEPARTMENT});
    let unit = administrator
        .post("/v1/organizations", &body)
        .await
        .expect(201)
        .id();
    let shift = administrator
        .ask("POST", &format!("/v1/organizations/{unit}/move"))
        .if_match("\"1\"")
        .json(&json!({"parent_id": above, "reason": "Sắp xếp"}));
    (unit, shift)
}

async fn an_organization_is_closed_while_a_unit_is_moved_below_it(world: World) {
    let administrator = world.persona("administrator");
    for round in 0..rounds() {
        let above = founded(&administrator, &format!("Sở Trên {round}")).await;
        let (_, shift) = moving(&administrator, &above, round).await;
        one_of(
            (
                closure(&administrator, &above, None),
                200,
                (409, "organization.in_use"),
            ),
            (shift, 200, (409, "organization.closed")),
        )
        .await;
    }
    sound(&world).await;
}

/// Whoever is put into a unit belongs to the organisation that has authority over it.
async fn a_unit_is_moved_while_somebody_is_put_into_it(world: World) {
    let (administrator, chief) = (world.persona("administrator"), world.persona("chief"));
    for round in 0..rounds() {
        let above = founded(&administrator, &format!("Sở Trên {round}")).await;
        let (unit, shift) = moving(&administrator, &above, round).await;
        let body = json!({"unit_id": unit, "full_name": "Nguyễn Văn Mẫu", "staff_kind": "CONG_CHUC",
            "leadership_class": "DIRECT_WORKER"});
        let (put, moved) = tokio::join!(chief.post("/v1/individuals", &body), shift.send());
        moved.expect(200);
        if put.status == 403 {
            continue;
        }
        let id: IndividualId = put.expect(201).id().parse().unwrap();
        let owner = world
            .database(move |conn| {
                thidua::store::individuals::get(conn, id)
                    .unwrap()
                    .owner_organization_id
            })
            .await;
        assert_eq!(owner.to_string(), above);
    }
    sound(&world).await;
}

async fn a_file_is_removed_while_it_is_attached(world: World) {
    let head = world.persona("head1");
    let campaign = campaign(&world).await;
    for round in 0..rounds() {
        let dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
        let file = complete_pdf(&head, &format!("bao-cao-{round}.pdf"), org::DIVISIONS[0]).await;
        let remove = removal(&head, &format!("/v1/files/{file}"));
        let attach = head
            .ask("POST", &format!("{}/attachments", dossier.path))
            .json(&json!({"kind": "BAO_CAO", "file_id": file}));
        one_of(
            (remove, 204, (409, "file.immutable")),
            (attach, 201, (422, "body.invalid")),
        )
        .await;
    }
    sound(&world).await;
}

/// The second finds it numbered or published, not its own number taken nor its own row there (a 500).
async fn a_decision_is_numbered_and_published_by_two_hands(world: World) {
    use crate::support::decisions::{Subject, Wanted, campaign, drafted, nomination, plan, signed};
    let campaign = campaign(&world, 6, 28, plan()).await;
    let (clerk, late) = (world.persona("clerk"), (409, "state.transition_not_allowed"));
    // Each takes one of the eight places of the quota.
    for round in 0..rounds().min(8) {
        let person = Subject::Person(11 + u128::try_from(round).unwrap());
        let subject = nomination(&world, campaign, Wanted::recommended(person)).await;
        let path = drafted(&world, campaign, &[subject]).await;
        signed(&world, &path).await;
        let ask = |verb: &str, body: Value| {
            let ask = clerk.ask("POST", &format!("{path}/{verb}"));
            ask.if_match("*").json(&body)
        };
        world.not_before(when("2026-06-30"));
        let number = || {
            ask(
                "number",
                json!({"number": round + 1, "issued_on": when("2026-06-30")}),
            )
        };
        one_of((number(), 200, late), (number(), 200, late)).await;
        world
            .persona("deputy")
            .act(&path, "issue", &json!({}))
            .await
            .expect(200);
        let publish = || ask("publish", json!({}));
        one_of((publish(), 200, late), (publish(), 200, late)).await;
    }
    sound(&world).await;
}

/// Whichever comes first, the honour is found by the right name.
async fn an_award_is_published_while_it_is_corrected(world: World) {
    use crate::support::decisions::{Subject, Wanted, campaign, correction, issued, nomination, plan};
    let campaign = campaign(&world, 6, 28, plan()).await;
    let (clerk, deputy) = (world.persona("clerk"), world.persona("deputy"));
    for round in 0..rounds().min(8) {
        let number = i32::try_from(2 * round).unwrap() + 1;
        let person = Subject::Person(11 + u128::try_from(round).unwrap());
        let subject = nomination(&world, campaign, Wanted::recommended(person)).await;
        let award = issued(&world, campaign, &[subject], number, when("2026-07-01")).await;
        let correction = correction(&world, campaign, &award, number + 1).await;
        let publish = clerk.ask("POST", &format!("{award}/publish"));
        let issue = deputy.ask("POST", &format!("{correction}/issue"));
        let (publish, issue) = (publish.if_match("*"), issue.if_match("*"));
        let (publish, issue) = (publish.json(&json!({})), issue.json(&json!({})));
        let (published, corrected) = tokio::join!(publish.send(), issue.send());
        published.expect(200);
        corrected.expect(200);
        let found = clerk.get("/v1/honors?q=dam%20thi%20chinh").await.expect(200);
        assert_eq!(found.json["items"].as_array().unwrap().len(), round + 1);
    }
    sound(&world).await;
}

async fn holiday(administrator: &Persona<'_>, day: &str) -> String {
    let body = json!({"day": day, "working": false, "name_vi": "Nghỉ", "name_en": "Holiday"});
    let added = administrator.post("/v1/reference/holidays", &body).await;
    added.expect(201).header("location").unwrap().to_owned()
}

fn renamed<'w>(administrator: &Persona<'w>, holiday: &str, name: &str) -> Ask<'w> {
    let change = administrator.ask("PATCH", holiday).if_match("\"1\"");
    change.json(&json!({"name_en": name}))
}

async fn a_holiday_is_changed_by_two(world: World) {
    let administrator = world.persona("administrator");
    let stale = (412, "etag.stale");
    for round in 0..rounds().min(28) {
        let day = holiday(&administrator, &format!("2031-02-{:02}", round + 1)).await;
        one_of(
            (renamed(&administrator, &day, "One"), 200, stale),
            (renamed(&administrator, &day, "Other"), 200, stale),
        )
        .await;
    }
    sound(&world).await;
}

async fn a_holiday_is_removed_while_it_is_changed(world: World) {
    let administrator = world.persona("administrator");
    for round in 0..rounds().min(28) {
        let day = holiday(&administrator, &format!("2031-02-{:02}", round + 1)).await;
        let remove = administrator.ask("DELETE", &day).if_match("\"1\"").send();
        let (changed, removed) = tokio::join!(renamed(&administrator, &day, "One").send(), remove);
        // Who comes after a removal finds nothing, or a version that is gone.
        let answers = (changed.status, removed.status);
        assert!(matches!(answers, (200, 412) | (404 | 412, 204)), "{answers:?}");
    }
    sound(&world).await;
}

/// The edit has read the person with the former owner when the move takes the unit away, and writes after it.
#[test]
fn a_person_is_edited_while_its_unit_is_moved_on_postgres() {
    run_with(
        Database::Postgres,
        WorldSettings::default(),
        |world: World| async move {
            let (path, unit) = (format!("/v1/individuals/{}", person(10)), org::DIVISIONS[4]);
            let (release, _holding) = hold_after(&world, |conn| {
                let row = individuals::table.find(person(10));
                let held = diesel::update(row).set(individuals::version.eq(individuals::version));
                held.execute(conn).map(drop)
            })
            .await;
            let (administrator, reviewer) = (world.persona("administrator"), world.persona("reviewer"));
            let shift = administrator
                .ask("POST", &format!("/v1/organizations/{unit}/move"))
                .if_match("*")
                .json(&json!({"parent_id": org::OTHER_DEPARTMENT, "reason": "Sắp xếp"}))
                .send();
            let edit = async {
                waiting_are(&world, 1).await;
                let change = reviewer.ask("PATCH", &path).if_match("\"1\"");
                let change = change.json(&json!({"position": "Chuyên viên chính"})).send();
                let passes = async {
                    waiting_are(&world, 2).await;
                    drop(release);
                };
                tokio::join!(change, passes).0
            };
            let (moved, edited) = tokio::join!(shift, edit);
            moved.expect(200);
            edited.refused(412, "etag.stale");
            let shown = world.persona("stranger").get(&path).await.expect(200);
            assert_eq!(shown.json["owner_organization_id"], json!(org::OTHER_DEPARTMENT));
            sound(&world).await;
        },
    );
}

/// Until so many wait for what another one holds.
async fn waiting_are(world: &World, number: i64) {
    while world.database(waiting_for_a_lock).await < number {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
