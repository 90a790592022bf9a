//! A campaign in numbers: what the sealer counts is what the lists show, whatever happened before.

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::ids::CampaignId;
use thidua::domain::states::{NominationState, SubmissionState};
use thidua::store::schema;

use crate::support::campaigns::frozen_with;
use crate::support::on_both;
use crate::support::submissions::{OWN_FORM, UPPER_FORM, Who, campaign, draft, eligible, propose, submitted};
use crate::support::walk::awarded;
use crate::support::when;
use crate::support::world::{World, org};

on_both!(
    follow_a_campaign,
    tell_late_dossiers_and_awards,
    are_counted_anew_when_they_are_emptied,
    are_exact_whatever_happens_at_once,
);

/// The statistics, after everything is counted.
async fn of(world: &World, campaign: CampaignId) -> Value {
    world.seal().await;
    let path = format!("/v1/campaigns/{campaign}/statistics");
    world.persona("chief").get(&path).await.expect(200).json
}

/// How many items a list of this campaign has.
async fn listed(world: &World, campaign: CampaignId, noun: &str, filter: &str) -> usize {
    let path = format!("/v1/{noun}?campaign_id={campaign}&limit=200{filter}");
    let list = world.persona("chief").get(&path).await.expect(200);
    let items = list.json["items"].as_array().unwrap();
    items.iter().filter(|item| item["live"] != json!(false)).count()
}

/// The number in the line of a list that says this.
fn count(lines: &Value, member: &str, value: &str) -> u64 {
    let lines = lines.as_array().unwrap();
    let line = lines.iter().find(|line| line[member] == value);
    line.map_or(0, |line| line["count"].as_u64().unwrap())
}

/// The statistics say of a campaign what its lists show.
async fn agree(world: &World, campaign: CampaignId) -> Value {
    let told = of(world, campaign).await;
    for state in SubmissionState::CODES {
        let shown = listed(world, campaign, "submissions", &format!("&state={state}")).await;
        assert_eq!(
            count(&told["submissions"]["by_state"], "state", state),
            shown as u64,
            "{state}: {told}"
        );
    }
    for state in NominationState::CODES {
        let shown = listed(world, campaign, "nominations", &format!("&state={state}")).await;
        assert_eq!(
            count(&told["nominations"]["by_state"], "state", state),
            shown as u64,
            "{state}: {told}"
        );
    }
    for (list, member, filter, values) in [
        (
            "by_subject_kind",
            "subject_kind",
            "subject_kind",
            ["INDIVIDUAL", "COLLECTIVE"],
        ),
        ("by_form", "form", "form", [OWN_FORM, UPPER_FORM]),
    ] {
        for value in values {
            let shown = listed(world, campaign, "nominations", &format!("&{filter}={value}")).await;
            assert_eq!(
                count(&told["nominations"][list], member, value),
                shown as u64,
                "{value}: {told}"
            );
        }
    }
    for (noun, member, filter) in [
        ("nominations", "on_hold", "&on_hold=true"),
        ("submissions", "late", "&late=true"),
    ] {
        let shown = listed(world, campaign, noun, filter).await;
        assert_eq!(told[noun][member], shown as u64, "{told}");
    }
    for noun in ["submissions", "nominations"] {
        let divisions = told["divisions"].as_array().unwrap();
        let sum: u64 = divisions
            .iter()
            .map(|line| line[noun]["total"].as_u64().unwrap())
            .sum();
        assert_eq!(told[noun]["total"], sum, "{told}");
    }
    told
}

async fn follow_a_campaign(world: World) {
    let campaign = campaign(&world).await;
    let nothing = of(&world, campaign).await;
    assert_eq!(nothing["submissions"]["total"], 0);
    assert_eq!(nothing["nominations"]["by_state"], json!([]));
    assert_eq!(nothing["divisions"], json!([]));

    let (one, two) = (world.persona("head1"), world.persona("head2"));
    let mut dossier = draft(&one, campaign, org::DIVISIONS[0]).await;
    propose(
        &one,
        &mut dossier,
        &[Who::Person(16), Who::Collective(2), Who::Person(21)],
    )
    .await;
    let mut other = draft(&two, campaign, org::DIVISIONS[1]).await;
    propose(&two, &mut other, &[Who::Person(12), Who::Collective(3)]).await;
    let told = agree(&world, campaign).await;
    assert_eq!(told["nominations"]["total"], 5);
    assert!(told["position"].as_i64() > nothing["position"].as_i64());
    let entries = world
        .persona("auditor")
        .get("/v1/audit-entries?limit=200")
        .await
        .expect(200);
    let last = entries.json["items"].as_array().unwrap().last().unwrap();
    assert_eq!(told["position"], last["position"]);
    assert_eq!(told["as_of"], last["occurred_at"]);

    // Changed, removed, removed with its dossier.
    let path = format!("/v1/nominations/{}", dossier.nominations[0]);
    one.patch(&path, &json!({"proposed_form": UPPER_FORM}))
        .await
        .expect(200);
    let path = format!("/v1/nominations/{}", dossier.nominations[2]);
    one.ask("DELETE", &path).if_match("*").send().await.expect(204);
    two.ask("DELETE", &other.path)
        .if_match("*")
        .send()
        .await
        .expect(204);
    let told = agree(&world, campaign).await;
    assert_eq!(told["submissions"]["total"], 1);
    assert_eq!(told["nominations"]["total"], 2);

    // Given up with its dossier, held, found eligible.
    let reason = json!({"reason": "Đề nghị ở đợt sau"});
    one.act(&dossier.path, "withdraw", &reason).await.expect(200);
    let told = agree(&world, campaign).await;
    assert_eq!(
        told["submissions"]["by_state"],
        json!([{"state": "WITHDRAWN", "count": 1}])
    );
    assert_eq!(told["nominations"]["total"], 0);
    let appraised = eligible(&world, campaign, 2, &[Who::Person(12), Who::Collective(3)]).await;
    let path = format!("/v1/nominations/{}", appraised.nominations[0]);
    let hold = json!({"reason": "COMPLAINT", "note": "Đơn đang giải quyết"});
    world.persona("chief").act(&path, "hold", &hold).await.expect(200);
    let told = agree(&world, campaign).await;
    assert_eq!(told["nominations"]["on_hold"], 1);
    assert_eq!(told["divisions"].as_array().unwrap().len(), 2);
    world
        .persona("chief")
        .act(&path, "release", &json!({"conclusion": "Đơn không có cơ sở"}))
        .await
        .expect(200);
    let told = agree(&world, campaign).await;
    assert_eq!(told["nominations"]["on_hold"], 0);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn tell_late_dossiers_and_awards(world: World) {
    let campaign = frozen_with(&world, &json!({})).await;
    awarded(&world, campaign.id, Who::Person(16), 1).await;
    let told = agree(&world, campaign.id).await;
    assert_eq!(
        told["awards"],
        json!([{"form": OWN_FORM, "subject_kind": "INDIVIDUAL", "count": 1}])
    );
    assert_eq!(
        told["submissions"]["by_state"],
        json!([{"state": "CLOSED", "count": 1}])
    );
    world.set_time(when("2026-05-25T02:00:00Z"));
    let head = world.persona("head2");
    let mut dossier = draft(&head, campaign.id, org::DIVISIONS[1]).await;
    propose(&head, &mut dossier, &[Who::Collective(3)]).await;
    let waiver = json!({"reason": "Mất điện", "until": when("2026-05-26T17:00:00Z")});
    world
        .persona("chief")
        .act(&dossier.path, "admit-late", &waiver)
        .await
        .expect(200);
    head.act(&dossier.path, "submit", &json!({})).await.expect(200);
    let told = agree(&world, campaign.id).await;
    assert_eq!(told["submissions"]["late"], 1, "{told}");
    // What is read twice without a change in between needs no second body.
    let path = format!("{}/statistics", campaign.path);
    let chief = world.persona("chief");
    let tag = chief.get(&path).await.expect(200).etag();
    chief
        .ask("GET", &path)
        .header("if-none-match", &tag)
        .send()
        .await
        .expect(304);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn are_counted_anew_when_they_are_emptied(world: World) {
    let campaign = campaign(&world).await;
    submitted(&world, campaign, 1, &[Who::Person(16), Who::Collective(2)]).await;
    let before = agree(&world, campaign).await;
    world
        .database(|conn| {
            diesel::delete(schema::projections::table).execute(conn).unwrap();
            diesel::delete(schema::campaign_counts::table)
                .execute(conn)
                .unwrap();
            diesel::delete(schema::counted_objects::table)
                .execute(conn)
                .unwrap();
        })
        .await;
    // Nothing waits for a seal; the sealer counts all the same, this one or that of the service, which may be at it.
    for _ in 0..1200 {
        world.parts.app.seal().await.unwrap();
        if of(&world, campaign).await == before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(of(&world, campaign).await, before);
    assert_eq!(world.unsound().await, Vec::<String>::new());

    world
        .database(|conn| {
            let all = diesel::update(schema::campaign_counts::table);
            all.set(schema::campaign_counts::number.eq(7))
                .execute(conn)
                .unwrap();
            let gone = schema::counted_objects::table.filter(schema::counted_objects::noun.eq("submission"));
            diesel::delete(gone).execute(conn).unwrap();
        })
        .await;
    let found = world.unsound().await;
    assert!(
        found
            .iter()
            .any(|fault| fault.contains("its statistics are not the sums")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|fault| fault.contains("the statistics do not count it")),
        "{found:?}"
    );
}

async fn are_exact_whatever_happens_at_once(world: World) {
    let campaign = campaign(&world).await;
    let unit = |division: usize| {
        let world = &world;
        async move {
            let head = world.persona(&format!("head{division}"));
            for turn in 0..6 {
                let mut dossier = draft(&head, campaign, org::DIVISIONS[division - 1]).await;
                propose(&head, &mut dossier, &[Who::Collective(division as u128 + 1)]).await;
                world.parts.app.seal().await.unwrap();
                if turn % 3 == 0 {
                    head.ask("DELETE", &dossier.path)
                        .if_match("*")
                        .send()
                        .await
                        .expect(204);
                    continue;
                }
                head.act(&dossier.path, "submit", &json!({})).await.expect(200);
                let reason = json!({"reason": "Đề nghị ở đợt sau"});
                head.act(&dossier.path, "withdraw", &reason).await.expect(200);
            }
        }
    };
    futures_util::future::join_all((1..=4).map(unit)).await;
    let told = agree(&world, campaign).await;
    assert_eq!(
        told["submissions"]["by_state"],
        json!([{"state": "WITHDRAWN", "count": 16}])
    );
    assert_eq!(world.unsound().await, Vec::<String>::new());
}
