//! How the service stands to its database: it starts without it (DBF-05), only reads while somebody does maintenance
//! (DBF-08), bounds what it asks (DBF-06, CON-07), leaves nothing open (DBF-07), and begins again what met somebody else's
//! transaction (CON-04).

use std::process::Stdio;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::caller::PrincipalKind;
use thidua::domain::time::Instant;
use thidua::store::Conn;
use thidua::store::connection::{Location, Manager, Use};
use thidua::store::schema::campaigns;
use thidua::store::tx::{Db, DbSettings, Finish};

use crate::support::files::{declaration, pdf};
use crate::support::postgres::deadlocks;
use crate::support::process::{self, Process};
use crate::support::proxy::{Mode, Proxy};
use crate::support::servers::{each_once, until};
use crate::support::submissions::{Who, campaign, draft, propose};
use crate::support::world::{World, org, token};
use crate::support::{self, Database, on_both, run, runtime};

on_both!(
    only_reads_during_maintenance,
    a_clock_that_goes_back_confuses_nobody
);

/// A service that is a process of its own.
struct Asking<'p> {
    process: &'p Process,
    token: String,
}

impl Asking<'_> {
    async fn get(&self, path: &str) -> (u16, Value) {
        let asked = reqwest::Client::new().get(format!("{}{path}", self.process.base()));
        let answer = asked.bearer_auth(&self.token).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Makes a division; status, `Retry-After`, body.
    async fn make(&self, key: &str) -> (u16, Option<String>, Value) {
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": key});
        let asked = reqwest::Client::new()
            .post(format!("{}/v1/organizations", self.process.base()))
            .bearer_auth(&self.token)
            .header("idempotency-key", key)
            .json(&body);
        let answer = asked.send().await.unwrap();
        let retry = answer.headers().get("retry-after");
        let retry = retry.map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), retry, answer.json().await.unwrap())
    }
}

/// One write of each kind, each of which would be done but for the maintenance.
struct Writes {
    unit: (String, String),
    draft: (String, String),
    dossier: (String, String),
    upload: (String, String),
    content: Vec<u8>,
}

impl Writes {
    /// Makes what they are about.
    async fn prepare(world: &World) -> Self {
        // Another process has the clock of the machine.
        let now = Instant::new(chrono::Utc::now());
        world.clock.set(now);
        let tomorrow = now.plus(Duration::from_hours(24));
        let admin = world.persona("administrator");
        let unit = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng sắp đổi"});
        let unit = admin.post("/v1/organizations", &unit).await.expect(201);
        let draft_campaign = json!({"owner_organization_id": org::DEPARTMENT, "name": "Thi đua", "kind": "THEMATIC",
            "scope": "AGENCY"});
        let draft_campaign = world
            .persona("chief")
            .post("/v1/campaigns", &draft_campaign)
            .await
            .expect(201);
        let campaign = campaign(world).await;
        world
            .database(move |conn| {
                diesel::update(campaigns::table.find(campaign))
                    .set((
                        campaigns::published_at.eq(Some(now)),
                        campaigns::deadline_at.eq(Some(tomorrow)),
                    ))
                    .execute(conn)
                    .unwrap();
            })
            .await;
        let mut dossier = draft(&world.persona("head1"), campaign, org::DIVISIONS[0]).await;
        propose(&world.persona("head1"), &mut dossier, &[Who::Person(11)]).await;
        let content = pdf("bảo trì");
        let declared = declaration("a.pdf", &content, org::DIVISIONS[0]);
        let declared = world
            .persona("officer1")
            .post("/v1/files", &declared)
            .await
            .expect(201);
        let tag = world.persona("head1").get(&dossier.path).await.expect(200).etag();
        Self {
            unit: (unit.header("location").unwrap().to_owned(), unit.etag()),
            draft: (
                draft_campaign.header("location").unwrap().to_owned(),
                draft_campaign.etag(),
            ),
            dossier: (dossier.path, tag),
            upload: (declared.header("location").unwrap().to_owned(), declared.etag()),
            content,
        }
    }

    /// Asks all of them of the process; what each was answered with.
    async fn ask(&self, process: &Process) -> Vec<(String, u16, Option<String>, Value)> {
        let division = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng thử"});
        let import = json!({"rows": [{"unit_id": org::DIVISIONS[0], "full_name": "Nông Văn Nhập",
            "staff_kind": "CONG_CHUC", "leadership_class": "DIRECT_WORKER"}]});
        let change = json!({"name": "Phòng khác"});
        let nothing = json!({});
        let (unit, dossier) = (&self.unit, &self.dossier);
        let (submit, content) = (
            format!("{}/submit", dossier.0),
            format!("{}/content", self.upload.0),
        );
        let tried = |path: &str| format!("{path}?dry_run=true");
        let asked = [
            (
                "administrator",
                "PATCH",
                unit.0.clone(),
                Some(&unit.1),
                Some(&change),
            ),
            ("chief", "DELETE", self.draft.0.clone(), Some(&self.draft.1), None),
            ("officer1", "PUT", content, Some(&self.upload.1), None),
            (
                "reviewer",
                "POST",
                "/v1/individuals/import".to_owned(),
                None,
                Some(&import),
            ),
            // What is only tried asks for the same transaction (M-15).
            (
                "administrator",
                "POST",
                tried("/v1/organizations"),
                None,
                Some(&division),
            ),
            ("head1", "POST", tried(&submit), Some(&dossier.1), Some(&nothing)),
            ("head1", "POST", submit, Some(&dossier.1), Some(&nothing)),
        ];
        let mut answers = Vec::new();
        for (who, method, path, tag, body) in asked {
            let name = format!("{method} {path}");
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let bytes = method == reqwest::Method::PUT;
            let mut ask = reqwest::Client::new()
                .request(method, format!("{}{path}", process.base()))
                .bearer_auth(token(who, PrincipalKind::User));
            if let Some(tag) = tag {
                ask = ask.header("if-match", tag);
            }
            ask = match body {
                Some(body) => ask.json(body),
                None if bytes => ask
                    .header("content-type", "application/octet-stream")
                    .body(self.content.clone()),
                None => ask,
            };
            let answer = ask.send().await.unwrap();
            let retry = answer.headers().get("retry-after");
            let retry = retry.map(|value| value.to_str().unwrap().to_owned());
            let status = answer.status().as_u16();
            answers.push((name, status, retry, answer.json().await.unwrap_or_default()));
        }
        answers
    }
}

fn passed(report: &Value, name: &str) -> bool {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap()["passed"] == true
}

/// DBF-05: whoever starts first waits for the other; nobody has to start anything again.
#[test]
fn that_is_not_there_yet_is_waited_for() {
    let Some(cluster) = support::postgres::wanted() else {
        return;
    };
    let name = cluster.create_empty();
    let url = cluster.url(&name);
    runtime().block_on(async {
        let (proxy, url) = Proxy::before_database(&url).await;
        proxy.set(Mode::Refuse);
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::spawn(folder.path(), &[("THIDUA__DATABASE__URL", &url)], Stdio::null());
        let live = format!("{}/livez", process.base());
        while !reqwest::get(&live)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let asking = Asking {
            process: &process,
            token: token("bootstrap", PrincipalKind::User),
        };
        let (status, report) = asking.get("/readyz").await;
        assert_eq!((status, passed(&report, "database")), (503, false), "{report}");
        assert_eq!(asking.get("/startupz").await.0, 503);
        let (status, problem) = asking.get("/v1/me").await;
        assert_eq!(
            (status, &problem["code"]),
            (503, &json!("service.database_unavailable")),
            "{problem}"
        );
        proxy.set(Mode::Pass);
        process.ready().await;
        let asking = Asking {
            process: &process,
            token: token("bootstrap", PrincipalKind::User),
        };
        assert_eq!(asking.get("/startupz").await.0, 200);
        assert_eq!(asking.get("/v1/me").await.0, 200);
    });
    support::postgres::drop_database(&name);
}

/// What comes and is not to be served on ends the process, as it would have at its start.
#[test]
fn that_comes_and_cannot_be_served_on_ends_the_process() {
    let Some(cluster) = support::postgres::wanted() else {
        return;
    };
    let name = cluster.create_empty();
    let url = cluster.url(&name);
    let mut conn = Manager::new(Location::Postgres(url.clone()), Use::Write)
        .open()
        .unwrap();
    thidua::store::dialect::migrate(&mut conn).unwrap();
    conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')")
        .unwrap();
    drop(conn);
    runtime().block_on(async {
        let (proxy, url) = Proxy::before_database(&url).await;
        proxy.set(Mode::Refuse);
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::spawn(folder.path(), &[("THIDUA__DATABASE__URL", &url)], Stdio::null());
        let live = format!("{}/livez", process.base());
        while reqwest::get(&live).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        proxy.set(Mode::Pass);
        let ended = tokio::task::spawn_blocking(move || process.ended())
            .await
            .unwrap();
        assert_eq!(ended.code(), Some(1));
    });
    support::postgres::drop_database(&name);
}

/// DBF-08, without a restart.
async fn only_reads_during_maintenance(mut world: World) {
    let writes = Writes::prepare(&world).await;
    world.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let say = |read_only: bool| {
        let text = format!("[database]\nread_only = {read_only}\n");
        std::fs::write(folder.path().join("thidua.toml"), text).unwrap();
    };
    say(false);
    let url = process::url(&world.settings.location);
    let settings = [
        ("THIDUA_CONFIG", "thidua.toml"),
        ("THIDUA__DATABASE__URL", url.as_str()),
    ];
    let mut process = Process::spawn(folder.path(), &settings, Stdio::null());
    process.ready().await;
    let asking = Asking {
        process: &process,
        token: token("administrator", PrincipalKind::User),
    };
    let mut told = std::collections::BTreeMap::new();
    for round in 0..2 {
        let (before, during) = (
            format!("maintained-{round}"),
            format!("maintained-{round}-during"),
        );
        let (status, _, made) = asking.make(&before).await;
        assert_eq!(status, 201, "{made}");
        told.insert(before, made["id"].as_str().unwrap().to_owned());
        say(true);
        process.signal("HUP");
        let refused = loop {
            // The signal is on its way.
            let key = format!("maintained-{round}-{}", rand::random::<u64>());
            let (status, retry, answer) = asking.make(&key).await;
            if status != 201 {
                break (status, retry, answer);
            }
            told.insert(key, answer["id"].as_str().unwrap().to_owned());
        };
        let (status, retry, problem) = refused;
        assert_eq!(
            (status, retry.as_deref(), &problem["code"]),
            (503, Some("30"), &json!("service.read_only")),
            "{problem}"
        );
        assert_eq!(asking.make(&during).await.0, 503);
        for (asked, status, retry, problem) in writes.ask(&process).await {
            assert_eq!(
                (status, retry.as_deref(), &problem["code"]),
                (503, Some("30"), &json!("service.read_only")),
                "{asked}: {problem}"
            );
        }
        assert_eq!(asking.get("/v1/me").await.0, 200);
        assert_eq!(asking.get("/v1/organizations?q=maintained").await.0, 200);
        assert_eq!(asking.get("/readyz").await.0, 200);
        say(false);
        process.signal("HUP");
        let made = loop {
            let (status, _, made) = asking.make(&during).await;
            if status == 201 {
                break made;
            }
            assert_eq!(made["code"], "service.read_only");
        };
        told.insert(during, made["id"].as_str().unwrap().to_owned());
    }
    // Nothing else was wrong with any of them, and nothing of them was done.
    for (asked, status, _, answer) in writes.ask(&process).await {
        assert!((200..300).contains(&status), "{asked}: {status} {answer}");
    }
    drop(process);
    each_once(&world, &["maintained-"], told).await;
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    setting: String,
}

fn setting(conn: &mut Conn, name: &str) -> String {
    let Conn::Postgres(conn) = conn else {
        panic!("a server");
    };
    diesel::sql_query(format!("SELECT current_setting('{name}') AS setting"))
        .get_result::<Setting>(conn)
        .unwrap()
        .setting
}

/// DBF-06: no statement, lock or forgotten transaction lasts for ever.
#[test]
fn is_asked_within_bounds() {
    run(Database::Postgres, |world: World| async move {
        let names = [
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
        ];
        let db = &world.parts.app.db;
        let read = db.read(move |conn| Ok(names.map(|name| setting(conn, name))));
        let written = db.write(move |conn| Ok((names.map(|name| setting(conn, name)), Finish::Rollback)));
        assert_eq!(read.await.unwrap(), ["10s", "0", "30s"]);
        assert_eq!(written.await.unwrap(), ["10s", "2s", "30s"]);
    });
}

fn pragma(conn: &mut Conn, name: &str, column: &str) -> String {
    let Conn::Sqlite(conn) = conn else {
        panic!("a file");
    };
    diesel::sql_query(format!(
        "SELECT CAST({column} AS TEXT) AS setting FROM pragma_{name}"
    ))
    .get_result::<Setting>(conn)
    .unwrap()
    .setting
}

/// Each piece of work takes a thread: of both pools, of the copy, and of the probes of both.
#[test]
fn has_a_thread_for_all_that_it_does_at_once() {
    let most = |location: Location, replica: Option<Location>| {
        let settings = DbSettings {
            location,
            replica,
            readers: 3,
            writers: 2,
            patience: Duration::from_secs(1),
            work: Duration::from_secs(1),
            waiting: 1,
        };
        Db::new(&settings).most_at_once()
    };
    let server = |host: &str| Location::Postgres(format!("postgres://{host}.invalid/x"));
    assert_eq!(most(Location::Sqlite("x.db".into()), None), 3 + 1 + 1);
    assert_eq!(most(server("primary"), None), 3 + 2 + 1);
    assert_eq!(
        most(server("primary"), Some(server("standby"))),
        3 + 2 + 1 + 3 + 1
    );
}

/// CON-07: whoever writes has the lock before its first statement, and waits for it for five seconds at most; whoever
/// reads has none.
#[test]
fn is_written_by_one_at_a_time() {
    run(Database::Sqlite, |world: World| async move {
        let Location::Sqlite(path) = world.settings.location.clone() else {
            panic!("a file");
        };
        let seen = move |conn: &mut Conn| {
            let mut other = SqliteConnection::establish(&path).unwrap();
            let begun = other.batch_execute("PRAGMA busy_timeout = 1000; BEGIN IMMEDIATE");
            (
                pragma(conn, "busy_timeout", "timeout"),
                pragma(conn, "query_only", "query_only"),
                begun.map_err(|error| error.to_string()),
            )
        };
        let (db, writes) = (&world.parts.app.db, seen.clone());
        let read = db.read(move |conn| Ok(seen(conn))).await.unwrap();
        assert_eq!(read, ("5000".to_owned(), "1".to_owned(), Ok(())));
        let written = db.write(move |conn| Ok((writes(conn), Finish::Rollback)));
        let locked = Err("database is locked".to_owned());
        assert_eq!(
            written.await.unwrap(),
            ("5000".to_owned(), "0".to_owned(), locked)
        );
    });
}

/// DBF-07: also when the clients have gone away in the middle.
#[test]
fn is_left_with_nothing_open() {
    run(Database::Postgres, |world: World| async move {
        let admin = world.persona("administrator");
        for number in 0..20 {
            let body =
                json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": format!("Phòng {number}")});
            let asked = admin.ask("POST", "/v1/organizations").json(&body);
            let gone = Duration::from_millis(number);
            let _gone = tokio::time::timeout(gone, asked.send()).await;
            let _gone = tokio::time::timeout(gone, admin.get("/v1/organizations")).await;
        }
        let Location::Postgres(url) = world.settings.location.clone() else {
            panic!("a server");
        };
        let looked = tokio::task::spawn_blocking(move || {
            let mut conn = PgConnection::establish(&url).unwrap();
            until("nothing is open", || {
                let open = "SELECT count(*)::text AS setting FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
                     AND datname = current_database() AND (state LIKE 'idle in%' OR state = 'active')";
                let open = diesel::sql_query(open).get_result::<Setting>(&mut conn).unwrap();
                open.setting == "0"
            });
        });
        looked.await.unwrap();
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}

/// Makes every insert of a division fail in the way that its name says (`<SQLSTATE> <times>`), so many times; a sequence
/// does not go back with its transaction.
const STUMBLES: &str = "CREATE SEQUENCE stumbles MINVALUE 0 START 0; \
    CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        IF NEW.name ~ '^[0-9A-Z]{5} [0-9]+$' AND nextval('stumbles') < split_part(NEW.name, ' ', 2)::int THEN \
            RAISE EXCEPTION USING ERRCODE = split_part(NEW.name, ' ', 1), MESSAGE = CASE split_part(NEW.name, ' ', 1) \
                WHEN '40P01' THEN 'deadlock detected' ELSE 'could not serialize access' END; \
        END IF; RETURN NEW; END $$; \
    CREATE TRIGGER stumble BEFORE INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION stumble();";

/// CON-04: the whole transaction is done again, three times, then 503; nobody is told of a fault of the service.
#[test]
fn that_undoes_a_transaction_is_tried_again() {
    run(Database::Postgres, |world: World| async move {
        world.database(|conn| conn.batch_execute(STUMBLES).unwrap()).await;
        let admin = world.persona("administrator");
        for (code, times, status) in [
            ("40001", 1, 201),
            ("40001", 3, 201),
            ("40001", 4, 503),
            ("40P01", 3, 201),
            ("40P01", 4, 503),
        ] {
            world
                .database(|conn| conn.batch_execute("ALTER SEQUENCE stumbles RESTART").unwrap())
                .await;
            let name = format!("{code} {times}");
            let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": name});
            let key = format!("stumbling-{code}-{times}");
            let asked = || admin.ask("POST", "/v1/organizations").key(&key).json(&body);
            let reply = asked().send().await;
            assert_eq!(reply.status, status, "{name}: {}", reply.json);
            if status == 503 {
                let reply = reply.refused(503, "service.busy");
                assert!(reply.header("retry-after").is_some());
                // It has stumbled often enough.
                asked().send().await.expect(201);
            }
        }
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}

/// CON-04 on the embedded database: another program holds its lock (a copy, somebody with a shell), shortly or for long.
#[test]
fn that_another_program_holds_is_waited_for() {
    run(Database::Sqlite, |world: World| async move {
        let Location::Sqlite(path) = world.settings.location.clone() else {
            panic!("a file");
        };
        let mut other = SqliteConnection::establish(&path).unwrap();
        let admin = world.persona("administrator");
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng chờ"});
        let asked = || admin.ask("POST", "/v1/organizations").key("waits").json(&body);
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let reply = asked().send().await.refused(503, "service.busy");
        assert!(reply.header("retry-after").is_some());
        // Reads go on meanwhile.
        admin.get("/v1/me").await.expect(200);
        let release = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            other.batch_execute("COMMIT").unwrap();
        };
        let (reply, ()) = tokio::join!(asked().send(), release);
        reply.expect(201);
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}

/// CON-04 with a real deadlock: the service holds what the other wants, and the other what the service wants.
#[test]
fn that_meets_a_deadlock_is_tried_again() {
    run(Database::Postgres, |world: World| async move {
        let admin = world.persona("administrator");
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng bị khóa"});
        let made = admin.post("/v1/organizations", &body).await.expect(201);
        let (path, tag) = (made.header("location").unwrap().to_owned(), made.etag());
        let Location::Postgres(url) = world.settings.location.clone() else {
            panic!("a server");
        };
        // What any write leaves behind in the end: its entry in the journal.
        world
            .database(|conn| {
                conn.batch_execute(
                    "CREATE TABLE other (id INT PRIMARY KEY); INSERT INTO other VALUES (1); \
                     CREATE FUNCTION wait_for_other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                         SET LOCAL lock_timeout = 0; PERFORM * FROM other FOR UPDATE; RETURN NEW; END $$; \
                     CREATE TRIGGER other BEFORE INSERT ON journal_entries FOR EACH ROW \
                         EXECUTE FUNCTION wait_for_other();",
                )
                .unwrap();
            })
            .await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let other = tokio::task::spawn_blocking(move || {
            let mut conn = PgConnection::establish(&url).unwrap();
            // The service notices first.
            conn.batch_execute("SET deadlock_timeout = '60s'; BEGIN; SELECT * FROM other FOR UPDATE")
                .unwrap();
            begun.send(()).unwrap();
            let mut watching = PgConnection::establish(&url).unwrap();
            until("the service waits", || {
                let waits = "SELECT count(*)::text AS setting FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
                let waits = diesel::sql_query(waits).get_result::<Setting>(&mut watching);
                waits.unwrap().setting == "1"
            });
            let wanted = format!("SELECT 1 FROM organizations WHERE id = '{id}' FOR UPDATE; COMMIT");
            conn.batch_execute(&wanted).unwrap();
        });
        begins.await.unwrap();
        let change = json!({"name": "Phòng hết khóa"});
        let asked = admin.ask("PATCH", &path).if_match(&tag).json(&change);
        let reply = asked.send().await.expect(200);
        other.await.unwrap();
        assert_eq!(reply.json["version"], 2);
        world
            .database(|conn| {
                conn.batch_execute("DROP TRIGGER other ON journal_entries")
                    .unwrap();
            })
            .await;
        assert_eq!(world.unsound().await, Vec::<String>::new());
        assert_eq!(world.database(deadlocks).await, 1, "the server has counted");
    });
}

/// TIM-03: ids stay unique, versions and positions go on, the chain holds.
async fn a_clock_that_goes_back_confuses_nobody(world: World) {
    let admin = world.persona("administrator");
    let mut seen = std::collections::BTreeSet::new();
    let mut made = Vec::new();
    for step in 0..3 {
        for number in 0..5 {
            let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": format!("Phòng {step}-{number}")});
            let reply = admin.post("/v1/organizations", &body).await.expect(201);
            assert!(seen.insert(reply.id()), "an id came twice");
            made.push((reply.header("location").unwrap().to_owned(), reply.etag()));
        }
        let now = world.parts.app.clock.now();
        world.clock.set(now.minus(Duration::from_mins(10)));
        let (path, tag) = made.last().unwrap();
        let change = json!({"name": format!("Phòng {step} đổi tên")});
        let changed = admin.ask("PATCH", path).if_match(tag).json(&change);
        let changed = changed.send().await.expect(200);
        assert_eq!(changed.json["version"], 2);
        assert_eq!(admin.get(path).await.expect(200).json["version"], 2);
    }
    world.seal().await;
    let auditor = world.persona("auditor");
    let mut positions = Vec::new();
    let mut next = Some("/v1/audit-entries?limit=7".to_owned());
    while let Some(path) = next {
        let page = auditor.get(&path).await.expect(200);
        for entry in page.json["items"].as_array().unwrap() {
            positions.push(entry["position"].as_i64().unwrap());
        }
        next = page.json["next_cursor"]
            .as_str()
            .map(|cursor| format!("/v1/audit-entries?limit=7&cursor={cursor}"));
        if page.json["items"].as_array().unwrap().is_empty() {
            break;
        }
    }
    assert!(positions.len() >= 18, "{positions:?}");
    let wanted: Vec<i64> = (positions[0]..).take(positions.len()).collect();
    assert_eq!(positions, wanted, "without a gap, in order");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}
