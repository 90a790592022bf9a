//! The way out (SHD-01 to SHD-05, PRB-04): the real binary, real signals.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::caller::PrincipalKind;
use thidua::domain::ids::OrganizationId;
use thidua::store::connection::{Conn, Location};
use thidua::store::schema::{idempotency_keys, journal_entries, organizations};
use thidua::store::sql_types::AnyId;

use super::{post_head, unit};
use crate::commands::{GOOD, thidua};
use crate::support::postgres::{number, waiting_for_a_lock};
use crate::support::process::{Process, url};
use crate::support::raw::Line;
use crate::support::served::Served;
use crate::support::servers::each_once;
use crate::support::world::{World, org, token};
use crate::support::{Database, run};

struct Service {
    process: Process,
    _folder: tempfile::TempDir,
}

impl Service {
    /// Starts the binary and waits until it is ready.
    fn start(drain_seconds: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let drain = [("THIDUA__SERVER__DRAIN_SECONDS", drain_seconds)];
        let service = Self {
            process: Process::spawn(folder.path(), &drain, Stdio::null()),
            _folder: folder,
        };
        let address = service.process.base().strip_prefix("http://").unwrap();
        while std::net::TcpStream::connect(address).is_err() || service.get("/readyz").0 != 200 {
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }

    /// One request on a connection of its own: status, and whether the service goes on with it.
    fn get(&self, path: &str) -> (u16, bool) {
        let mut line = Line::open(self.process.base());
        line.send(format!("GET {path} HTTP/1.1\r\nHost: thidua\r\n\r\n"));
        let reply = line.reply();
        (reply.status, reply.field("connection") != Some("close"))
    }

    /// A request whose body has not come to its end.
    fn under_way(&self) -> (Line, String) {
        let (mut line, body) = (Line::open(self.process.base()), unit());
        let (first, last) = body.split_at(5);
        line.send(format!(
            "{}Content-Length: {}\r\n\r\n{first}",
            post_head(&token("nobody", PrincipalKind::User)),
            body.len()
        ));
        (line, last.to_owned())
    }
}

#[test]
fn a_terminated_service_ends_what_it_began() {
    let mut service = Service::start("3");
    assert_eq!(service.get("/startupz"), (200, true));
    let (mut line, last) = service.under_way();
    let mut kept = Line::open(service.process.base());
    kept.send("GET /livez HTTP/1.1\r\nHost: thidua\r\n\r\n");
    assert_eq!(kept.reply().status, 200);
    service.process.signal("TERM");
    while service.get("/readyz").0 == 200 {
        std::thread::sleep(Duration::from_millis(10));
    }
    // It drains: not ready, alive, still started, and every answer is the last of its connection.
    assert_eq!(service.get("/readyz"), (503, false));
    assert_eq!(service.get("/livez"), (200, false));
    assert_eq!(service.get("/startupz"), (200, false));
    assert_eq!(service.get("/v1/me"), (401, false));
    kept.send("GET /v1/me HTTP/1.1\r\nHost: thidua\r\n\r\n");
    let reply = kept.reply().refused(401, "token.missing");
    assert_eq!(reply.field("connection"), Some("close"));
    // Past the drain: nobody new comes in, but what is under way is answered.
    while std::net::TcpStream::connect(service.process.base().strip_prefix("http://").unwrap()).is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
    line.send(last);
    let reply = line.reply().refused(403, "access.forbidden");
    assert_eq!(reply.field("connection"), Some("close"));
    assert_eq!(line.rest(), b"");
    assert_eq!(service.process.ended().code(), Some(0));
}

#[test]
fn a_second_signal_waits_for_nothing() {
    let mut service = Service::start("3000");
    let (mut line, _) = service.under_way();
    service.process.signal("TERM");
    while service.get("/readyz").0 == 200 {
        std::thread::sleep(Duration::from_millis(10));
    }
    service.process.signal("TERM");
    assert_eq!(service.process.ended().code(), Some(1));
    assert_eq!(line.rest(), b"");
}

/// Lets everybody who does this to the journal wait in the middle of the transaction, until what it answers is dropped.
async fn made_to_wait(world: &World, doing: &'static str) -> PgConnection {
    let trigger = format!(
        "CREATE OR REPLACE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             SET LOCAL lock_timeout = 0; PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$; \
         CREATE OR REPLACE TRIGGER waits BEFORE {doing} ON journal_entries FOR EACH ROW \
             EXECUTE FUNCTION wait_for_test()"
    );
    world
        .database(move |conn| conn.batch_execute(&trigger).unwrap())
        .await;
    let Location::Postgres(url) = &world.settings.location else {
        panic!("a server");
    };
    let mut held = PgConnection::establish(url).unwrap();
    held.batch_execute("SELECT pg_advisory_lock(4711)").unwrap();
    held
}

async fn until_one_waits(world: &World) {
    while world.database(waiting_for_a_lock).await != 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until nobody can reach the service any more.
async fn until_closed(base: &str) {
    let address = base.strip_prefix("http://").unwrap().to_owned();
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Makes a division with its name as key; nothing where nobody answers.
async fn make(base: &str, name: &str) -> Option<(u16, Value)> {
    let asked = reqwest::Client::new()
        .post(format!("{base}/v1/organizations"))
        .bearer_auth(token("administrator", PrincipalKind::User))
        .header("idempotency-key", name)
        .json(&json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": name}));
    let answer = asked.send().await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.json().await.ok()?))
}

/// A service on a world's database, with its time to finish.
async fn finishing(world: &World, folder: &Path, seconds: &str) -> Process {
    let url = url(&world.settings.location);
    let settings = [
        ("THIDUA__DATABASE__URL", url.as_str()),
        ("THIDUA__SERVER__FINISH_SECONDS", seconds),
    ];
    let mut process = Process::spawn(folder, &settings, Stdio::null());
    process.ready().await;
    process
}

fn code_of(process: &mut Process) -> Option<i32> {
    tokio::task::block_in_place(|| process.ended()).code()
}

/// SHD-04: whatever ends the process, the second signal or its time, a transaction that is under way is rolled back, and
/// nobody was told that it was done.
#[test]
fn what_the_end_cuts_off_is_rolled_back() {
    run(Database::Postgres, |mut world: World| async move {
        world.stop().await;
        let folder = tempfile::tempdir().unwrap();
        let mut told = BTreeMap::new();
        for (name, seconds, again, code) in [
            ("cut-off-by-signal", "3600", true, 1),
            ("cut-off-by-time", "1", false, 0),
        ] {
            let mut process = finishing(&world, folder.path(), seconds).await;
            let held = made_to_wait(&world, "INSERT").await;
            let base = process.base().to_owned();
            let asked = tokio::spawn(async move { make(&base, name).await });
            until_one_waits(&world).await;
            process.signal("TERM");
            if again {
                until_closed(process.base()).await;
                process.signal("TERM");
            }
            assert_eq!(code_of(&mut process), Some(code), "{name}");
            assert_eq!(asked.await.unwrap(), None, "{name}");
            drop(held);
            // The server notices that nobody is there for the rest.
            let open = |conn: &mut Conn| {
                let open = "SELECT count(*) AS number FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
                     AND datname = current_database() AND (state LIKE 'idle in%' OR state = 'active')";
                number(conn, open)
            };
            while world.database(open).await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let left = world.database(move |conn| {
                let rows = organizations::table.filter(organizations::name.eq(name)).count();
                let keys = idempotency_keys::table
                    .filter(idempotency_keys::key.eq(name))
                    .count();
                let (rows, keys): (i64, i64) =
                    (rows.get_result(conn).unwrap(), keys.get_result(conn).unwrap());
                (rows, keys)
            });
            assert_eq!(left.await, (0, 0), "{name}");
            let process = Process::serve(&world.settings.location, folder.path()).await;
            let (status, made) = make(process.base(), name).await.unwrap();
            assert_eq!(status, 201, "{made}");
            told.insert(name.to_owned(), made["id"].as_str().unwrap().to_owned());
        }
        each_once(&world, &["cut-off-"], told).await;
    });
}

/// SHD-05: a worker ends the piece of work that it is at, and begins none.
#[test]
fn a_worker_ends_what_it_is_at_and_begins_nothing() {
    run(Database::Postgres, |mut world: World| async move {
        world.stop().await;
        world.seal().await;
        let held = made_to_wait(&world, "UPDATE").await;
        let folder = tempfile::tempdir().unwrap();
        let mut process = finishing(&world, folder.path(), "3600").await;
        assert_eq!(make(process.base(), "written-before").await.unwrap().0, 201);
        // It seals what was written.
        until_one_waits(&world).await;
        process.signal("TERM");
        until_closed(process.base()).await;
        // There is more to seal, which another process wrote and leaves.
        let mut other = world.second();
        let (status, after) = make(other.base(), "written-after").await.unwrap();
        assert_eq!(status, 201, "{after}");
        other.stop().await;
        drop(held);
        assert_eq!(code_of(&mut process), Some(0));
        let unsealed = world.database(|conn| {
            let unsealed = journal_entries::table.filter(journal_entries::position.is_null());
            unsealed
                .select(journal_entries::object_id)
                .load::<AnyId>(conn)
                .unwrap()
        });
        let after: OrganizationId = after["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(unsealed.await, [AnyId::from(after)]);
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}

/// PRB-04: probes are on the listener that they speak for. Where it is closed they are not answered, though the process
/// lives, and nobody else answers in their place.
#[tokio::test(flavor = "multi_thread")]
async fn probes_are_silent_when_the_listener_is_closed() {
    let patient = "[server]\nbody_idle_seconds = 3600\nbody_seconds = 3600\nfinish_seconds = 3600\n";
    let mut served = Served::start(patient).await;
    let listen = served.base.strip_prefix("http://").unwrap().to_owned();
    let healthy = || {
        let mut variables = GOOD.to_vec();
        variables.push(("THIDUA__SERVER__LISTEN", listen.as_str()));
        let folder = tempfile::tempdir().unwrap();
        tokio::task::block_in_place(|| thidua(folder.path(), &["healthcheck"], &variables))
            .status
            .code()
    };
    assert_eq!(healthy(), Some(0));
    // Asked is the address at which it listens, not the loopback one of the same port.
    let elsewhere = format!("127.0.0.2:{}", listen.rsplit_once(':').unwrap().1);
    let asked = tokio::task::block_in_place(|| {
        let mut variables = GOOD.to_vec();
        variables.push(("THIDUA__SERVER__LISTEN", elsewhere.as_str()));
        thidua(tempfile::tempdir().unwrap().path(), &["healthcheck"], &variables)
    });
    assert_eq!(asked.status.code(), Some(1));
    let told = String::from_utf8_lossy(&asked.stderr).into_owned();
    assert!(
        told.contains(&format!("http://{elsewhere}/readyz does not answer")),
        "{told}"
    );
    // A request whose body has not come to its end keeps the process.
    let (mut line, body) = (Line::open(&served.base), unit());
    let (first, last) = body.split_at(5);
    line.send(format!(
        "{}Content-Length: {}\r\n\r\n{first}",
        post_head(&token("nobody", PrincipalKind::User)),
        body.len()
    ));
    while !served
        .scrape()
        .await
        .contains("\nhttp_server_active_requests 1\n")
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    served.signal("TERM");
    until_closed(&served.base).await;
    for path in ["/livez", "/readyz", "/startupz"] {
        assert!(
            reqwest::get(format!("{}{path}", served.base)).await.is_err(),
            "{path}"
        );
        let beside = reqwest::get(format!("{}{path}", served.metrics)).await.unwrap();
        assert_eq!(beside.status(), 404, "{path}");
    }
    assert_eq!(healthy(), Some(1));
    line.send(last);
    line.reply().refused(403, "access.forbidden");
    let ended = tokio::task::block_in_place(|| served.ended());
    assert_eq!(ended.code(), Some(0));
}
