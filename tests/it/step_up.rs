//! Step-up (CLM-09, RFC 9470): where the issuer's settings ask for it, whoever decides needs a stronger or more recent
//! sign-on than for everything else.

use std::collections::BTreeSet;

use chrono::Utc;
use serde_json::{Value, json};
use thidua::domain::states::NominationState;
use thidua::identity::AuthSettings;

use crate::support::calendar::when;
use crate::support::campaigns::{document, published_without_roll};
use crate::support::decisions::{BANG_KHEN, Subject, Wanted, campaign, drafted, nomination, plan, signature};
use crate::support::world::{BOARD_CLIENT, Persona, Reply, World, signed, unsigned};
use crate::support::{Database, WorldSettings, forwardings, on_both, promises, run_with};

/// Acts that decide.
const DECIDING: [&str; 5] = [
    "concludeCampaign",
    "issueDecision",
    "publishDecision",
    "signDecision",
    "signForwarding",
];
/// A decision that is not there.
const ABSENT: &str = "/v1/decisions/0199ffff-0000-7000-8000-00000000dead";

const STRONGER: &str = "A stronger sign-on is required";
const MORE_RECENT: &str = "A more recent sign-on is required";

fn asking(auth: fn(&mut AuthSettings)) -> WorldSettings {
    WorldSettings {
        auth,
        ..WorldSettings::default()
    }
}

fn strength(auth: &mut AuthSettings) {
    for issuer in auth.issuers.values_mut() {
        issuer.acr_for_decisions = vec!["gold".to_owned(), "silver".to_owned()];
    }
}

fn freshness(auth: &mut AuthSettings) {
    for issuer in auth.issuers.values_mut() {
        issuer.max_age_for_decisions_seconds = Some(300);
    }
}

fn both(auth: &mut AuthSettings) {
    strength(auth);
    freshness(auth);
}

/// A persona whose token says this, too.
fn saying<'w>(world: &'w World, subject: &str, claims: &Value) -> Persona<'w> {
    let (header, mut all) = unsigned(subject);
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    world.bearer(&signed(&header, &all))
}

/// A second of the system's clock so many ago.
fn ago(seconds: i64) -> i64 {
    Utc::now().timestamp() - seconds
}

fn challenge(description: &str, rest: &str) -> String {
    format!(
        "Bearer realm=\"thidua\", error=\"insufficient_user_authentication\", \
         error_description=\"{description}\"{rest}"
    )
}

#[track_caller]
fn refused(reply: Reply, description: &str, rest: &str) {
    let reply = reply.refused(401, "auth.step_up_required");
    let expected = challenge(description, rest);
    assert_eq!(reply.header("www-authenticate"), Some(expected.as_str()));
    assert_eq!(reply.header("retry-after"), None);
}

/// Refused with each sign-on that does not suffice, a try as well; then done with one that does.
async fn decide(world: &World, subject: &str, of: &str, verb: &str, body: &Value) {
    let before = world.persona(subject).get(of).await.expect(200);
    let (tag, key) = (before.etag(), format!("{of}/{verb}"));
    let act = async |claims: &Value, query: &str| {
        let persona = saying(world, subject, claims);
        let ask = persona.ask("POST", &format!("{of}/{verb}{query}"));
        ask.if_match(&tag).key(&key).json(body).send().await
    };
    for (claims, lacks) in [
        (json!({}), STRONGER),
        (json!({"auth_time": ago(0)}), STRONGER),
        (json!({"acr": "bronze", "auth_time": ago(0)}), STRONGER),
        (json!({"acr": "gold silver", "auth_time": ago(0)}), STRONGER),
        (json!({"acr": "bronze", "auth_time": ago(900)}), STRONGER),
        (json!({"acr": "gold"}), MORE_RECENT),
        (json!({"acr": "gold", "auth_time": ago(335)}), MORE_RECENT),
    ] {
        for query in ["", "?dry_run=true"] {
            let rest = ", acr_values=\"gold silver\", max_age=\"300\"";
            refused(act(&claims, query).await, lacks, rest);
        }
    }
    // What he may do is told as ever: it does not depend on the token.
    let after = world.persona(subject).get(of).await.expect(200);
    assert_eq!(after.json, before.json);
    let acts = after.json["allowed_actions"].as_array().unwrap();
    assert!(acts.iter().any(|act| act["action"] == verb), "{verb} in {acts:?}");
    let good = json!({"acr": "silver", "auth_time": ago(5)});
    act(&good, "").await.expect(200);
}

async fn whoever_decides_needs_the_sign_on_that_is_asked_for(world: World) {
    let other = published_without_roll(&world).await.path;
    let report = json!({"final_report": document("901/BC-SNgV", when("2026-07-15"))});
    decide(&world, "chief", &other, "conclude", &report).await;

    let roll = campaign(&world, 6, 28, plan()).await;
    let awarded = nomination(&world, roll, Wanted::recommended(Subject::Person(11))).await;
    // What prepares is done with any token.
    let decision = drafted(&world, roll, &[awarded]).await;
    let (chief, clerk) = (world.persona("chief"), world.persona("clerk"));
    chief.act(&decision, "check", &json!({})).await.expect(200);
    decide(&world, "deputy", &decision, "sign", &signature()).await;
    world.not_before(when("2026-06-30"));
    let number = json!({"number": 615, "issued_on": when("2026-06-30")});
    clerk.act(&decision, "number", &number).await.expect(200);
    decide(&world, "deputy", &decision, "issue", &json!({})).await;
    decide(&world, "clerk", &decision, "publish", &json!({})).await;

    let above = Wanted::recommended(Subject::Person(12))
        .with_form(BANG_KHEN)
        .in_state(NominationState::Recommended);
    let above = nomination(&world, roll, above).await;
    forwardings::papers(&world, roll, &[above]).await;
    let forwarding = forwardings::prepared(&world, roll, &[above]).await;
    decide(&world, "deputy", &forwarding, "sign", &signature()).await;
    clerk.act(&forwarding, "send", &json!({})).await.expect(200);
}

async fn the_refusal_tells_what_is_asked_for(world: World) {
    let path = format!("{ABSENT}/issue");
    let weak = saying(&world, "deputy", &json!({"acr": "1", "auth_time": ago(900)}));
    let strong = saying(&world, "deputy", &json!({"acr": "gold", "auth_time": ago(900)}));
    for (persona, language, detail) in [
        (&weak, "en", STRONGER),
        (&strong, "en", MORE_RECENT),
        (
            &weak,
            "vi",
            "Thao tác này cần đăng nhập bằng phương thức xác thực mạnh hơn",
        ),
        (
            &strong,
            "vi",
            "Thao tác này cần đăng nhập lại: lần đăng nhập trước đã quá lâu",
        ),
    ] {
        let ask = persona
            .ask("POST", &path)
            .header("accept-language", language)
            .if_match("*");
        let reply = ask.json(&json!({})).send().await;
        let reply = reply.refused(401, "auth.step_up_required");
        assert_eq!(reply.json["detail"], detail);
        assert_eq!(reply.json["acr_values"], json!(["gold", "silver"]));
        assert_eq!(reply.json["max_age"], 300);
        assert_eq!(reply.json["type"], "/v1/meta/errors#auth.step_up_required");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    // Nobody signs a machine on, whatever its token says.
    let machine = json!({
        "sub": BOARD_CLIENT, "azp": BOARD_CLIENT, "client_id": BOARD_CLIENT, "aut": "APPLICATION",
        "acr": "gold", "auth_time": ago(0),
    });
    let machine = saying(&world, BOARD_CLIENT, &machine);
    let me = machine.get("/v1/me").await.expect(200);
    assert_eq!(me.json["kind"], "CLIENT", "{}", me.json);
    let rest = ", acr_values=\"gold silver\", max_age=\"300\"";
    refused(machine.post(&path, &json!({})).await, STRONGER, rest);
    // The claims are read as strictly as the others.
    for claims in [
        json!({"acr": 1}),
        json!({"acr": ["gold"]}),
        json!({"acr": null}),
        json!({"acr": ""}),
        json!({"auth_time": ago(0).to_string()}),
        json!({"auth_time": null}),
        json!({"auth_time": ago(-3600)}),
    ] {
        let reply = saying(&world, "deputy", &claims).get("/v1/me").await;
        reply.refused(401, "token.invalid");
    }
    // A sign-on that suffices finds that there is no such decision.
    let good = saying(&world, "deputy", &json!({"acr": "gold", "auth_time": ago(5)}));
    let ask = good.ask("POST", &path).if_match("*").json(&json!({}));
    ask.send().await.refused(404, "resource.not_found");
}

/// Publishes what is not there.
async fn publish(world: &World, claims: Value) -> Reply {
    let path = format!("{ABSENT}/publish");
    let clerk = saying(world, "clerk", &claims);
    let ask = clerk.ask("POST", &path).if_match("*").json(&json!({}));
    ask.send().await
}

async fn strength_alone_may_be_asked_for(world: World) {
    let weak = json!({"acr": "bronze", "auth_time": ago(0)});
    refused(
        publish(&world, weak).await,
        STRONGER,
        ", acr_values=\"gold silver\"",
    );
    for strong in [
        json!({"acr": "gold"}),
        json!({"acr": "silver", "auth_time": "yesterday"}),
    ] {
        publish(&world, strong).await.refused(404, "resource.not_found");
    }
}

async fn freshness_alone_may_be_asked_for(world: World) {
    for old in [json!({"acr": "gold"}), json!({"auth_time": ago(900)})] {
        refused(publish(&world, old).await, MORE_RECENT, ", max_age=\"300\"");
    }
    let fresh = json!({"acr": 1, "auth_time": ago(5)});
    publish(&world, fresh).await.refused(404, "resource.not_found");
}

/// What nobody asks for is not looked at.
async fn nothing_is_asked_for_by_default(world: World) {
    let path = format!("{ABSENT}/sign");
    for claims in [json!({}), json!({"acr": 1, "auth_time": "yesterday"})] {
        let deputy = saying(&world, "deputy", &claims);
        let ask = deputy.ask("POST", &path).if_match("*").json(&signature());
        ask.send().await.refused(404, "resource.not_found");
    }
}

on_both!(nothing_is_asked_for_by_default);

macro_rules! asking_on_both {
    ($($name:ident: $settings:ident;)+) => {
        mod asking_sqlite {
            use super::{Database, asking, run_with};
            $(#[test] fn $name() { run_with(Database::Sqlite, asking(super::$settings), super::$name); })+
        }
        mod asking_postgres {
            use super::{Database, asking, run_with};
            $(#[test] fn $name() { run_with(Database::Postgres, asking(super::$settings), super::$name); })+
        }
    };
}

asking_on_both! {
    whoever_decides_needs_the_sign_on_that_is_asked_for: both;
    the_refusal_tells_what_is_asked_for: both;
    strength_alone_may_be_asked_for: strength;
    freshness_alone_may_be_asked_for: freshness;
}

#[test]
fn the_document_marks_the_acts_that_decide() {
    let (mut marked, mut told) = (BTreeSet::new(), BTreeSet::new());
    for (_, _, operation) in promises::operations() {
        let id = operation["operationId"].as_str().unwrap();
        if operation["x-step-up"] == true {
            marked.insert(id);
        }
        if operation["responses"]["401"]["$ref"] == "#/components/responses/StepUpRequired" {
            told.insert(id);
        }
    }
    assert_eq!(marked, BTreeSet::from(DECIDING));
    assert_eq!(told, marked);
}
