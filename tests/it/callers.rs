//! Who calls, as the service sees it: an issuer that is not there yet (JWK-06, JWK-07), the same subject of another issuer
//! (CLM-05); and what callers send and read: hidden or absent (AZN-03), members that are not theirs to
//! set (AZN-11), texts in any language (LNG-02, TXT-06), addresses that somebody claims (SEC-02).

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use thidua::app::callers;
use thidua::domain::caller::{Principal, PrincipalKind, SignOn};
use thidua::domain::ids::IndividualId;
use thidua::identity::development::TokenRequest;
use thidua::identity::settings::AuthSettings;
use thidua::store::individuals::{self, Individual};
use thidua::store::{Conn, identities};

use crate::support::councils::{Subject, council_with, received_dossier};
use crate::support::process::Process;
use crate::support::proxy::{Mode, Proxy};
use crate::support::world::{
    AUDIENCE, BOOTSTRAP, Reply, World, issuer, org, person, serving, signed, token, unsigned,
};
use crate::support::{Database, WorldSettings, nameless, on_both, run_with, runtime};

on_both!(
    what_is_hidden_looks_as_if_it_were_absent,
    nobody_sets_what_the_service_keeps,
    texts_come_back_as_they_were_in_any_language,
    an_address_that_somebody_claims_is_not_believed,
    a_trusted_code_links_who_is_entered_later,
    a_client_is_not_the_administrator_of_that_name,
);

/// The settings name the first administrators by their subjects (CLM-05, CLM-06).
async fn a_client_is_not_the_administrator_of_that_name(world: World) {
    let app = world.parts.app.clone();
    world
        .database(move |conn| {
            for (kind, roles) in [(PrincipalKind::User, 1), (PrincipalKind::Client, 0)] {
                let principal = Principal {
                    kind,
                    issuer: issuer().url().to_owned(),
                    subject: BOOTSTRAP.to_owned(),
                    display_name: None,
                    client_id: None,
                    personnel_code: None,
                    token_grants: Vec::new(),
                    sign_on: SignOn::default(),
                };
                let caller = callers::load(conn, &principal, &app.config, app.clock.now()).unwrap();
                assert_eq!(caller.grants.len(), roles, "{kind}");
            }
        })
        .await;
}

/// M-5: somebody may use the service before the office has entered him. What the office took apart stays apart.
async fn a_trusted_code_links_who_is_entered_later(world: World) {
    let app = world.parts.app.clone();
    world
        .database(move |conn| {
            let principal = Principal {
                kind: PrincipalKind::User,
                issuer: issuer().url().to_owned(),
                subject: "early".to_owned(),
                display_name: None,
                client_id: None,
                personnel_code: Some("SAU-01".to_owned()),
                token_grants: Vec::new(),
                sign_on: SignOn::default(),
            };
            let now = app.clock.now();
            let asks = |conn: &mut Conn, write| {
                let caller = if write {
                    callers::remember(conn, &principal, &app.config, now).unwrap().0
                } else {
                    callers::load(conn, &principal, &app.config, now).unwrap()
                };
                (caller.identity_id, caller.individual_id)
            };
            let (early, nobody) = asks(conn, true);
            assert_eq!(nobody, None);
            let late = Individual {
                id: IndividualId::generate(),
                personnel_code: Some("SAU-01".to_owned()),
                ..individuals::get(conn, person(20)).unwrap()
            };
            individuals::insert(conn, &late).unwrap();
            assert_eq!(asks(conn, true), (early, Some(late.id)));
            assert_eq!(asks(conn, false), (early, Some(late.id)));
            identities::unlink(conn, early, now).unwrap();
            assert_eq!(asks(conn, true), (early, None));
        })
        .await;
}

/// A trusted code names the individual before anything is written: a member finds his sessions. The first write links
/// them, which the history tells; a second account of the issuer is nobody.
async fn a_trusted_code_names_who_has_only_read(world: World) {
    let account = |subject: &str| {
        let (header, mut claims) = unsigned(subject);
        claims["ma_can_bo"] = json!("NV025");
        world.bearer(&signed(&header, &claims))
    };
    let seats = |me: &Reply| -> Vec<(Value, Value)> {
        let seats = me.json["seats"].as_array().unwrap().iter();
        seats
            .map(|seat| (seat["council_id"].clone(), seat["role"].clone()))
            .collect()
    };
    let council = council_with(
        &world,
        json!({}),
        &[(1, "CHAIR"), (3, "SECRETARY"), (25, "MEMBER")],
    )
    .await;
    let member = account("member");
    let me = member.get("/v1/me").await.expect(200);
    assert_eq!(me.json["individual"]["id"], json!(person(25)));
    assert_eq!(me.json.get("identity_id"), None);
    assert_eq!(seats(&me), [(json!(council), json!("COUNCIL_MEMBER"))]);
    let one = format!("/v1/councils/{council}");
    member.get(&one).await.expect(200);
    assert_eq!(
        member.get("/v1/councils").await.expect(200).json["items"][0]["id"],
        json!(council)
    );
    account("second").get(&one).await.expect(200);

    let grant = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "member",
        "role": "OFFICE_CHIEF", "organization_id": org::DEPARTMENT, "reason": "Quyết định phân công"});
    world
        .persona("administrator")
        .post("/v1/role-grants", &grant)
        .await
        .expect(201);
    let other = json!({"owner_organization_id": org::DEPARTMENT, "name": "Hội đồng sáng kiến"});
    member.post("/v1/councils", &other).await.expect(201);
    let linked = member.get("/v1/me").await.expect(200);
    assert_eq!(
        (&linked.json["individual"], seats(&linked)),
        (&me.json["individual"], seats(&me))
    );
    let history = format!("/v1/individuals/{}/history", person(25));
    let history = world.persona("chief").get(&history).await.expect(200);
    let entry = &history.json["items"][0];
    assert_eq!(entry["kind"], "individual.identity_linked");
    assert_eq!(entry["actor"]["id"], linked.json["identity_id"]);
    let second = account("second");
    assert_eq!(
        second.get("/v1/me").await.expect(200).json.get("individual"),
        None
    );
    second.get(&one).await.refused(404, "resource.not_found");
}

fn trusting(auth: &mut AuthSettings) {
    for issuer in auth.issuers.values_mut() {
        issuer.personnel_code_path = Some("/ma_can_bo".to_owned());
    }
}

#[test]
fn a_trusted_code_names_who_has_only_read_on_both() {
    for database in [Database::Sqlite, Database::Postgres] {
        let settings = WorldSettings {
            auth: trusting,
            ..WorldSettings::default()
        };
        run_with(database, settings, a_trusted_code_names_who_has_only_read);
    }
}

/// EXO-01: who writes twice at once for the first time is linked once, and told of once.
async fn a_trusted_code_links_once(world: World) {
    let (header, mut claims) = unsigned("twice");
    claims["ma_can_bo"] = json!("NV026");
    let token = signed(&header, &claims);
    let member = world.bearer(&token);
    let grant = json!({"principal_kind": "USER", "issuer": issuer().url(), "subject": "twice",
        "role": "OFFICE_CHIEF", "organization_id": org::DEPARTMENT, "reason": "Quyết định phân công"});
    let administrator = world.persona("administrator");
    administrator.post("/v1/role-grants", &grant).await.expect(201);
    let posts = (0..8).map(|number| {
        let body = json!({"owner_organization_id": org::DEPARTMENT, "name": format!("Hội đồng {number}")});
        let member = &member;
        async move { member.post("/v1/councils", &body).await.expect(201) }
    });
    futures_util::future::join_all(posts).await;
    let history = format!("/v1/individuals/{}/history", person(26));
    let history = world.persona("chief").get(&history).await.expect(200);
    let entries = history.json["items"].as_array().unwrap().iter();
    let linked = entries.filter(|entry| entry["kind"] == "individual.identity_linked");
    assert_eq!(linked.count(), 1, "{}", history.json);
}

#[test]
fn a_trusted_code_links_once_on_both() {
    for database in [Database::Sqlite, Database::Postgres] {
        let settings = WorldSettings {
            auth: trusting,
            ..WorldSettings::default()
        };
        run_with(database, settings, a_trusted_code_links_once);
    }
}

/// The keys come later than the service: nobody has to start it again, and until then nobody is told that his token is
/// bad.
#[test]
fn an_issuer_that_is_not_there_yet_is_waited_for() {
    runtime().block_on(async {
        let keys = issuer().url().strip_prefix("http://").unwrap().parse().unwrap();
        let proxy = Proxy::before(keys).await;
        proxy.set(Mode::Refuse);
        let uri = format!("http://{}/jwks.json", proxy.address());
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("THIDUA__DATABASE__URL", "sqlite:thidua.db"),
            ("THIDUA__AUTH__ISSUERS__MAIN__JWKS_URI", uri.as_str()),
        ];
        let mut process = Process::spawn(folder.path(), &settings, Stdio::null());
        let base = process.base().to_owned();
        while !reqwest::get(format!("{base}/livez"))
            .await
            .is_ok_and(|answer| answer.status() == 200)
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ready = reqwest::get(format!("{base}/readyz")).await.unwrap();
        assert_eq!(ready.status(), 503);
        let ready: Value = ready.json().await.unwrap();
        let checks = ready["checks"].as_array().unwrap();
        let failed: Vec<&Value> = checks.iter().filter(|check| check["passed"] == false).collect();
        assert!(failed.len() == 1 && failed[0]["name"] == "jwks", "{ready}");
        let me = || {
            let asked = reqwest::Client::new().get(format!("{base}/v1/me"));
            asked.bearer_auth(token("bootstrap", PrincipalKind::User)).send()
        };
        let refused = me().await.unwrap();
        assert_eq!(refused.status(), 503);
        assert!(refused.headers().contains_key("retry-after"));
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["code"], "auth.keys_unavailable");
        proxy.set(Mode::Pass);
        process.ready().await;
        assert_eq!(me().await.unwrap().status(), 200);
    });
}

/// A service that trusts two issuers, and a token of the other one for the administrator's subject.
async fn trusting_two(settings: WorldSettings) -> (World, String) {
    let folder = tempfile::tempdir().unwrap();
    let other = serving(folder.path());
    let mut auth = AuthSettings::default();
    auth.issuers
        .insert("test".to_owned(), issuer().settings(AUDIENCE));
    auth.issuers.insert("other".to_owned(), other.settings(AUDIENCE));
    let world = World::start_trusting(Database::Sqlite, settings, auth).await;
    let request = TokenRequest {
        subject: "administrator".to_owned(),
        kind: PrincipalKind::User,
        name: Some("Ai đó (mẫu)".to_owned()),
        client_id: Some("portal".to_owned()),
        audience: AUDIENCE.to_owned(),
        lifetime: Duration::from_hours(1),
    };
    (world, other.token(&request, chrono::Utc::now()).unwrap())
}

/// RAT-03: nor does he take from the other's quota.
#[test]
fn the_same_subject_of_another_issuer_has_a_quota_of_its_own() {
    runtime().block_on(async {
        let settings = WorldSettings {
            shell: |shell| shell.rates.caller = 2,
            ..WorldSettings::default()
        };
        let (world, foreign) = trusting_two(settings).await;
        let (own, foreign) = (world.persona("administrator"), world.bearer(&foreign));
        for caller in [&own, &foreign] {
            for _ in 0..2 {
                caller.get("/v1/me").await.expect(200);
            }
            caller.get("/v1/me").await.refused(429, "rate.exceeded");
        }
    });
}

/// CLM-05: a person is the issuer and the subject together; the issuers do not know of each other.
#[test]
fn the_same_subject_of_another_issuer_is_somebody_else() {
    runtime().block_on(async {
        let (world, foreign) = trusting_two(WorldSettings::default()).await;
        let (own, foreign) = (world.persona("administrator"), world.bearer(&foreign));
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng thử"});
        own.post("/v1/organizations", &body).await.expect(201);
        foreign
            .post("/v1/organizations", &body)
            .await
            .refused(403, "access.forbidden");
        let grants = |me: &Value| me["roles"].as_array().unwrap().len();
        assert!(grants(&own.get("/v1/me").await.expect(200).json) > 0);
        assert_eq!(grants(&foreign.get("/v1/me").await.expect(200).json), 0);
        // Nor does he appear as the other one afterwards.
        assert_eq!(own.get("/v1/me").await.expect(200).json["issuer"], issuer().url());
    });
}

/// AZN-03: for every noun, whatever is asked of it.
async fn what_is_hidden_looks_as_if_it_were_absent(world: World) {
    let dossier = received_dossier(&world, &[Subject::Individual(11)]).await;
    let nomination = dossier.nominations[&Subject::Individual(11)];
    let nobody = world.persona("nobody");
    let absent = uuid::Uuid::now_v7();
    for (noun, hidden) in [
        ("submissions", dossier.submission.to_string()),
        ("nominations", nomination.to_string()),
        ("individuals", person(20).to_string()),
    ] {
        for path in ["", "/history"] {
            let of = |id: &str| format!("/v1/{noun}/{id}{path}");
            let one = nobody.get(&of(&hidden)).await.expect(404);
            let other = nobody.get(&of(&absent.to_string())).await.expect(404);
            assert_eq!(nameless(one.json), nameless(other.json), "{noun}{path}");
        }
        let change = json!({"note": "x"});
        let asked = |id: &str| {
            let path = format!("/v1/{noun}/{id}");
            nobody.ask("PATCH", &path).if_match("\"1\"").json(&change)
        };
        let one = asked(&hidden).send().await;
        let other = asked(&absent.to_string()).send().await;
        assert_eq!(one.status, other.status, "{noun}");
        assert_eq!(nameless(one.json), nameless(other.json), "{noun}");
    }
}

/// AZN-11: such members are refused, named, and change nothing.
async fn nobody_sets_what_the_service_keeps(world: World) {
    let admin = world.persona("administrator");
    let kept = [
        ("id", json!(uuid::Uuid::now_v7())),
        ("state", json!("PUBLISHED")),
        ("version", json!(7)),
        ("owner_organization_id", json!(org::PROVINCE)),
        ("created_at", json!("2026-01-01T00:00:00Z")),
        ("received_no", json!(1)),
    ];
    let good = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng thử"});
    let made = admin.post("/v1/organizations", &good).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    let before = admin.get(&path).await.expect(200);
    for (member, value) in kept {
        let unknown = |reply: crate::support::Reply| {
            let reply = reply.expect(422);
            let errors = reply.json["errors"].as_array().unwrap();
            assert!(
                errors
                    .iter()
                    .any(|error| error["pointer"] == format!("/{member}") && error["code"] == "field.unknown"),
                "{member}: {}",
                reply.json
            );
        };
        let mut body = good.clone();
        body["name"] = json!(format!("Phòng {member}"));
        body[member] = value.clone();
        unknown(admin.post("/v1/organizations", &body).await);
        unknown(
            admin
                .patch(&path, &json!({"name": "Phòng khác", member: value}))
                .await,
        );
    }
    let now = admin.get(&path).await.expect(200);
    assert_eq!(now.json, before.json);
    let all = admin.get("/v1/organizations?q=Phòng").await.expect(200);
    let names: Vec<&Value> = all.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["name"])
        .collect();
    assert!(names.iter().all(|name| **name != "Phòng khác"), "{names:?}");
}

/// LNG-02, TXT-06: what somebody wrote is data: not translated, not interpreted.
async fn texts_come_back_as_they_were_in_any_language(world: World) {
    let name = "Phòng <b>Lễ tân</b> & \"Khánh tiết\" <script>alert(1)</script> {{7*7}} ${x} %s";
    let admin = world.persona("administrator");
    let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": name});
    let made = admin.post("/v1/organizations", &body).await.expect(201);
    let path = made.header("location").unwrap();
    let before = admin.get(path).await.expect(200);
    for language in ["vi", "en", "fr, en;q=0.5", "*"] {
        let read = admin.ask("GET", path).header("accept-language", language);
        let read = read.send().await.expect(200);
        assert_eq!(read.json["name"], name, "{language}");
        assert_eq!(read.json, before.json, "{language}");
        assert_eq!(read.header("content-type"), Some("application/json"));
        assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
    }
}

/// SEC-02: without a proxy that is trusted the address is that of the connection.
async fn an_address_that_somebody_claims_is_not_believed(world: World) {
    let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng thử"});
    world
        .persona("administrator")
        .ask("POST", "/v1/organizations")
        .header("x-forwarded-for", "203.0.113.9")
        .header("forwarded", "for=203.0.113.9")
        .header("x-real-ip", "203.0.113.9")
        .json(&body)
        .send()
        .await
        .expect(201);
    world.seal().await;
    let entries = world
        .persona("auditor")
        .get("/v1/audit-entries")
        .await
        .expect(200);
    let text = entries.json.to_string();
    assert!(
        text.contains("\"address\":\"127.0.0.1\"") && !text.contains("203.0.113.9"),
        "{text}"
    );
}
