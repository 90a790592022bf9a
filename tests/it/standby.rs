//! A real streaming standby that answers lists (CON-05): what it says is what the primary would
//! say, whoever wrote before and however late it is, and it costs no answer when it is away.

use std::time::Duration;

use serde_json::{Value, json};
use thidua::store::connection::Location;
use thidua::store::tx::DbSettings;

use crate::commands::{GOOD, text, thidua};
use crate::support::campaigns::frozen_with;
use crate::support::files::complete_pdf;
use crate::support::proxy::{Mode, Proxy};
use crate::support::runtime;
use crate::support::servers::{Server, reaching};
use crate::support::submissions::{OWN_FORM, Who, draft, propose};
use crate::support::walk::awarded;
use crate::support::world::{World, issuer, org};

/// A primary, its standby, and what a service needs to use both.
struct Pair {
    primary: Server,
    standby: Server,
    settings: DbSettings,
}

fn pair() -> Option<Pair> {
    // Whatever else would write now and then, so that the standby stays where it is.
    let primary = Server::primary(&["autovacuum=off", "checkpoint_timeout=1h"])?;
    let settings = primary.database("thidua");
    let standby = primary.standby("copy");
    let settings = DbSettings {
        replica: Some(Location::Postgres(standby.url("thidua"))),
        ..settings
    };
    Some(Pair {
        primary,
        standby,
        settings,
    })
}

fn run<F, T>(test: F)
where
    F: FnOnce(Pair) -> T,
    T: Future<Output = ()>,
{
    let Some(pair) = pair() else { return };
    let runtime = runtime();
    runtime.block_on(test(pair));
}

/// How many reads the copy has answered.
fn by_the_copy(world: &World) -> u64 {
    world.parts.app.db.answered().unwrap().copy.get()
}

/// How many it did not, because it was late.
fn for_lateness(world: &World) -> u64 {
    world.parts.app.db.answered().unwrap().behind.get()
}

/// The answer of the copy: asked again where the primary has just written something by itself.
async fn from_copy(pair: &Pair, world: &World, subject: &str, path: &str) -> Value {
    for _ in 0..100 {
        pair.standby.catch_up(&pair.primary);
        let before = by_the_copy(world);
        let answer = world.persona(subject).get(path).await.expect(200);
        if by_the_copy(world) > before {
            return answer.json;
        }
    }
    panic!("the copy never answers {path}");
}

async fn readiness(world: &World) -> Value {
    // It may be known for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let ready = world.anonymous("GET", "/readyz").send().await.expect(200);
    assert_eq!(ready.json["status"], "ready");
    let checks = ready.json["checks"].as_array().unwrap();
    let copy = checks.iter().find(|check| check["name"] == "copy");
    copy.expect("a check of the copy").clone()
}

fn division(name: &str) -> Value {
    json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": name})
}

/// The names that a search for organisations finds.
async fn found(world: &World, words: &str) -> Vec<String> {
    let path = format!("/v1/organizations?q={words}");
    let list = world.persona("administrator").get(&path).await.expect(200);
    let items = list.json["items"].as_array().unwrap().iter();
    items
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Every list, as somebody who sees much of it.
const LISTS: [(&str, &str); 16] = [
    ("administrator", "/v1/organizations?limit=200"),
    ("administrator", "/v1/role-grants"),
    ("chief", "/v1/individuals"),
    ("chief", "/v1/collectives"),
    ("chief", "/v1/campaigns"),
    ("chief", "/v1/submissions"),
    ("chief", "/v1/nominations"),
    ("chief", "/v1/councils"),
    ("chief", "/v1/review-sessions"),
    ("chief", "/v1/decisions"),
    ("chief", "/v1/forwardings"),
    ("chief", "/v1/recovery-tasks"),
    ("auditor", "/v1/audit-entries?limit=200"),
    ("nobody", "/v1/honors"),
    ("nobody", "/v1/reference/award-forms"),
    ("chief", "/v1/organizations?q=phong&limit=5"),
];

#[test]
fn answers_lists_as_the_primary_does() {
    run(|pair| async move {
        let world = World::start_on(pair.settings.clone()).await;
        // The same, but of the primary alone.
        let plain = world.reaching(reaching(&pair.primary.url("thidua")));
        let campaign = frozen_with(&world, &json!({})).await.id;
        let head = world.persona("head1");
        let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
        propose(&head, &mut dossier, &[Who::Person(21), Who::Collective(2)]).await;
        awarded(&world, campaign, Who::Person(16), 7).await;
        world.seal().await;
        let history = format!("/v1/campaigns/{campaign}/history");
        let mut filled = 0;
        for (subject, path) in LISTS.into_iter().chain([("chief", &*history)]) {
            let copied = from_copy(&pair, &world, subject, path).await;
            let own = plain.persona(subject).get(path).await.expect(200).json;
            assert_eq!(copied, own, "{path}");
            filled += usize::from(copied["items"].as_array().is_none_or(|items| !items.is_empty()));
        }
        assert!(filled >= 12, "most lists have something in them: {filled}");
        // What one object is, and who asks, is read at the primary.
        let before = by_the_copy(&world);
        world.persona("chief").get("/v1/me").await.expect(200);
        world.persona("head1").get(&dossier.path).await.expect(200);
        assert_eq!(by_the_copy(&world), before);
        let standing = readiness(&world).await;
        assert_eq!(standing["passed"], true);
        assert_eq!(standing["behind_bytes"], 0, "{standing}");
    });
}

#[test]
fn hides_from_nobody_what_was_written_however_late_it_is() {
    run(|pair| async move {
        let world = World::start_on(pair.settings.clone()).await;
        // Another process, which knows nothing of what the first one did.
        let second = world.second();
        from_copy(&pair, &world, "administrator", "/v1/organizations").await;
        pair.standby.pause();
        let late = for_lateness(&world) + for_lateness(&second);
        let copied = by_the_copy(&world) + by_the_copy(&second);
        for number in 0..5 {
            let name = format!("Phòng Trễ {number}");
            let admin = world.persona("administrator");
            let made = admin.post("/v1/organizations", &division(&name)).await;
            made.expect(201);
            for process in [&world, &second] {
                assert!(found(process, "Tre").await.contains(&name), "{name}");
            }
        }
        assert_eq!(by_the_copy(&world) + by_the_copy(&second), copied);
        assert_eq!(for_lateness(&world) + for_lateness(&second), late + 10);
        let standing = readiness(&world).await;
        assert_eq!(standing["passed"], true);
        assert!(standing["behind_bytes"].as_i64().unwrap() > 0, "{standing}");
        pair.standby.resume();
        let list = from_copy(&pair, &second, "administrator", "/v1/organizations?q=Tre").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 5);
    });
}

/// CON-05: what an act rests on is read where it is written.
#[test]
fn decides_no_write_however_late_it_is() {
    run(|pair| async move {
        let world = World::start_on(pair.settings.clone()).await;
        from_copy(&pair, &world, "administrator", "/v1/organizations").await;
        pair.standby.pause();
        let admin = world.persona("administrator");
        let body = division("Phòng Một");
        let make = || admin.ask("POST", "/v1/organizations").key("one").json(&body);
        let made = make().send().await.expect(201);
        // The key is known at once, though the copy knows of none.
        assert_eq!(make().send().await.expect(201).id(), made.id());
        assert_eq!(found(&world, "Mot").await.len(), 1);
        let path = format!("/v1/organizations/{}", made.id());
        let old = made.etag();
        let renamed = json!({"name": "Phòng Hai"});
        admin.patch(&path, &renamed).await.expect(200);
        let stale = admin
            .ask("PATCH", &path)
            .if_match(&old)
            .json(&renamed)
            .send()
            .await;
        assert_eq!(stale.expect(412).json["current"]["name"], "Phòng Hai");
        // An act in several requests, each of which rests on what the one before has written.
        let head = world.persona("head1");
        complete_pdf(&head, "mot.pdf", org::DIVISIONS[0]).await;
        let campaign = frozen_with(&world, &json!({})).await.id;
        let mut dossier = draft(&head, campaign, org::DIVISIONS[0]).await;
        propose(&head, &mut dossier, &[Who::Person(21)]).await;
        head.post(
            "/v1/nominations",
            &Who::Person(21).nomination(&dossier.id, OWN_FORM),
        )
        .await
        .refused(409, "nomination.duplicate");
        assert_eq!(world.unsound().await, Vec::<String>::new());
        pair.standby.resume();
    });
}

#[test]
fn knows_a_right_that_was_taken_away_however_late_it_is() {
    run(|pair| async move {
        let world = World::start_on(pair.settings.clone()).await;
        let second = world.second();
        let admin = world.persona("administrator");
        let grant = |subject: &str| {
            json!({
                "principal_kind": "USER", "issuer": issuer().url(), "subject": subject,
                "role": "OFFICE_REVIEWER", "organization_id": org::DEPARTMENT, "reason": "Quyết định phân công",
            })
        };
        let made = admin.post("/v1/role-grants", &grant("leaver")).await.expect(201);
        let persons = "/v1/individuals";
        let list = from_copy(&pair, &second, "leaver", persons).await;
        assert!(!list["items"].as_array().unwrap().is_empty());
        pair.standby.pause();
        let path = format!("/v1/role-grants/{}", made.id());
        let end = json!({"reason": "Chuyển công tác"});
        admin.act(&path, "end", &end).await.expect(200);
        for process in [&world, &second] {
            let list = process.persona("leaver").get(persons).await.expect(200);
            assert_eq!(list.json["items"], json!([]));
        }
        // And one that was given holds at once.
        admin.post("/v1/role-grants", &grant("joiner")).await.expect(201);
        for process in [&world, &second] {
            let list = process.persona("joiner").get(persons).await.expect(200);
            assert_ne!(list.json["items"], json!([]));
        }
        pair.standby.resume();
        let list = from_copy(&pair, &second, "leaver", persons).await;
        assert_eq!(list["items"], json!([]));
    });
}

#[test]
fn costs_no_answer_when_it_is_away() {
    run(|mut pair| async move {
        let proxy = Proxy::before(pair.standby.authority().parse().unwrap()).await;
        let through = format!("postgres://thidua@{}/thidua", proxy.address());
        let settings = DbSettings {
            replica: Some(Location::Postgres(through)),
            ..pair.settings.clone()
        };
        let world = World::start_on(settings).await;
        from_copy(&pair, &world, "administrator", "/v1/organizations").await;
        let lists = || async {
            let asked = (0..12).map(|_| found(&world, "Phong"));
            for names in futures_util::future::join_all(asked).await {
                assert!(!names.is_empty());
            }
        };
        for mode in [Mode::Refuse, Mode::Swallow, Mode::LoseAnswers(100)] {
            proxy.set(mode);
            lists().await;
            lists().await;
            let standing = readiness(&world).await;
            assert_eq!(standing["passed"], false, "{mode:?}");
            assert!(standing.get("behind_bytes").is_none(), "{standing}");
            proxy.set(Mode::Pass);
            comes_back(&pair, &world).await;
        }
        pair.standby.kill();
        lists().await;
        assert_eq!(readiness(&world).await["passed"], false);
        pair.standby.start();
        comes_back(&pair, &world).await;
        // A standby that was made a primary has another history: it is asked no more.
        pair.standby.promote();
        let before = by_the_copy(&world);
        lists().await;
        assert_eq!(by_the_copy(&world), before);
        assert_eq!(readiness(&world).await["passed"], false);
    });
}

/// Without a restart.
async fn comes_back(pair: &Pair, world: &World) {
    for _ in 0..300 {
        pair.standby.catch_up(&pair.primary);
        let before = by_the_copy(world);
        found(world, "Phong").await;
        if by_the_copy(world) > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the copy does not come back by itself");
}

/// The numbers by which an operator sees whether the standby is of use.
#[test]
fn is_counted() {
    run(|pair| async move {
        let world = World::start_on(pair.settings.clone()).await;
        from_copy(&pair, &world, "administrator", "/v1/organizations").await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let metrics = format!("http://{}/metrics", listener.local_addr().unwrap());
        let room = thidua::operations::start(listener, &world.parts).unwrap();
        let text = reqwest::get(metrics).await.unwrap().text().await.unwrap();
        room.abort();
        for series in [
            "thidua_db_copy_reads_total{answered=\"copy\"} ",
            "thidua_db_copy_reads_total{answered=\"behind\"} ",
            "thidua_db_copy_reads_total{answered=\"away\"} 0",
            "thidua_db_pool_size{pool=\"copy\"} 4",
        ] {
            assert!(text.contains(series), "{series}\n{text}");
        }
    });
}

/// A file has no standby; its reads would have been another database's.
#[test]
fn is_refused_beside_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut variables = GOOD.to_vec();
    variables.push(("THIDUA__DATABASE__REPLICA_URL", "postgres://u@127.0.0.1:1/x"));
    let checked = thidua(folder.path(), &["check-config"], &variables);
    assert_eq!(checked.status.code(), Some(78));
    assert!(text(&checked.stderr).contains("database.replica_url"));
}
