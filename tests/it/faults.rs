//! Faults from outside: the process is killed, answers are lost, the database is away, silent, slow or restarted.
//! What was acknowledged is there, once and whole (DUR-03, DUR-04, DUR-06, EXO-02, DBF-01 to DBF-03).
//!
//! The long form: `THIDUA_FAULT_ROUNDS=200 cargo test --test it faults::`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::caller::PrincipalKind;
use thidua::domain::ids::CampaignId;
use thidua::store::connection::Location;
use thidua::store::schema::{campaign_versions, campaigns, idempotency_keys, journal_entries};
use thidua::store::sql_types::AnyId;
use thidua::store::tx::DbSettings;

use crate::support::campaigns::plan_579;
use crate::support::process::Process;
use crate::support::proxy::{Mode, Proxy};
use crate::support::world::{World, org, token};
use crate::support::{Database, announce, on_both, run};

on_both!(
    nothing_acknowledged_is_lost_when_the_process_is_killed,
    answers_that_are_lost_are_asked_for_again
);

const WRITERS: usize = 32;

fn rounds() -> usize {
    std::env::var("THIDUA_FAULT_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3)
}

/// What one client has done: each key with the id that was acknowledged.
#[derive(Default)]
struct Client {
    name: String,
    /// Campaigns made, each with whether the change of its name was acknowledged.
    made: BTreeMap<String, (CampaignId, bool)>,
    next: usize,
    /// Answers that were no answer: the next attempt has the same key.
    unknown: usize,
}

impl Client {
    /// Makes campaigns and changes them until it is told to stop or nobody answers; what got no answer is
    /// asked for again with its key the next time.
    async fn work(
        &mut self,
        http: &reqwest::Client,
        base: &str,
        token: &str,
        stop: &AtomicBool,
        most: usize,
    ) {
        while !stop.load(Ordering::Relaxed) && self.next < most {
            let key = format!("{}-{}", self.name, self.next);
            let id = match self.made.get(&key) {
                Some((id, _)) => *id,
                None => match self.make(http, base, token, &key).await {
                    Some(id) => id,
                    None => return,
                },
            };
            if !self.rename(http, base, token, &key, id).await {
                return;
            }
            self.made.insert(key, (id, true));
            self.next += 1;
        }
    }

    async fn make(
        &mut self,
        http: &reqwest::Client,
        base: &str,
        token: &str,
        key: &str,
    ) -> Option<CampaignId> {
        let mut body = plan_579()["campaign"].clone();
        body["name"] = json!(key);
        body.as_object_mut().unwrap().remove("code");
        let asked = http
            .post(format!("{base}/v1/campaigns"))
            .bearer_auth(token)
            .header("idempotency-key", key)
            .json(&body);
        let (status, answer) = self.send(asked).await?;
        assert_eq!(status, 201, "{answer}");
        let id = answer["id"].as_str().unwrap().parse().unwrap();
        self.made.insert(key.to_owned(), (id, false));
        Some(id)
    }

    async fn rename(
        &mut self,
        http: &reqwest::Client,
        base: &str,
        token: &str,
        key: &str,
        id: CampaignId,
    ) -> bool {
        let asked = http
            .patch(format!("{base}/v1/campaigns/{id}"))
            .bearer_auth(token)
            .header("idempotency-key", format!("{key}-renamed"))
            .header("if-match", "\"1\"")
            .json(&json!({"name": format!("{key} (đổi tên)")}));
        let Some((status, answer)) = self.send(asked).await else {
            return false;
        };
        assert_eq!((status, &answer["version"]), (200, &json!(2)), "{answer}");
        true
    }

    /// None where nobody answered; a 503 and a key that is still in use are asked again.
    async fn send(&mut self, asked: reqwest::RequestBuilder) -> Option<(u16, Value)> {
        loop {
            let Ok(answer) = asked.try_clone().unwrap().send().await else {
                self.unknown += 1;
                return None;
            };
            let status = answer.status().as_u16();
            let retry = answer.headers().contains_key("retry-after");
            let Ok(body) = answer.json::<Value>().await else {
                self.unknown += 1;
                return None;
            };
            let busy = status == 503 || body["code"] == "idempotency.in_progress";
            if !busy {
                return Some((status, body));
            }
            assert!(retry, "{body}");
            self.unknown += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn clients() -> Vec<Client> {
    (0..WRITERS)
        .map(|number| Client {
            name: format!("writer-{number:02}"),
            ..Client::default()
        })
        .collect()
}

/// One request on each connection, so that each can be cut by itself.
fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_mins(2))
        .build()
        .unwrap()
}

/// All clients at once, for `time` or until each has made `most`.
async fn all_work(clients: Vec<Client>, base: &str, most: usize, time: Option<Duration>) -> Vec<Client> {
    let stop = Arc::new(AtomicBool::new(false));
    let token = Arc::new(token("chief", PrincipalKind::User));
    let http = http();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let (http, base, stop, token) = (
                http.clone(),
                base.to_owned(),
                Arc::clone(&stop),
                Arc::clone(&token),
            );
            tokio::spawn(async move {
                client.work(&http, &base, &token, &stop, most).await;
                client
            })
        })
        .collect();
    if let Some(time) = time {
        tokio::time::sleep(time).await;
        stop.store(true, Ordering::Relaxed);
    }
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// What the clients were told against what the database holds: each thing once, whole, with its journal and
/// its key.
async fn compare(world: &World, clients: &[Client]) -> usize {
    let told: BTreeMap<String, (CampaignId, bool)> =
        clients.iter().flat_map(|client| client.made.clone()).collect();
    let count = told.len();
    world
        .database(move |conn| {
            if matches!(conn, thidua::store::Conn::Sqlite(_)) {
                let sound: String = diesel::sql_query("PRAGMA integrity_check")
                    .get_result::<Sound>(conn)
                    .unwrap()
                    .integrity_check;
                assert_eq!(sound, "ok");
            }
            let rows: Vec<(CampaignId, String, i64)> = campaigns::table
                .filter(campaigns::name.like("writer-%"))
                .select((campaigns::id, campaigns::name, campaigns::version))
                .load(conn)
                .unwrap();
            assert_eq!(rows.len(), told.len(), "each campaign once");
            for (key, (id, renamed)) in &told {
                let (_, name, version) = rows
                    .iter()
                    .find(|row| row.0 == *id)
                    .unwrap_or_else(|| panic!("{key} was acknowledged and is lost"));
                assert!(*renamed, "{key}: every change was acknowledged in the end");
                assert_eq!((name, *version), (&format!("{key} (đổi tên)"), 2), "{key}");
                let versions: i64 = campaign_versions::table
                    .filter(campaign_versions::campaign_id.eq(id))
                    .count()
                    .get_result(conn)
                    .unwrap();
                let entries: i64 = journal_entries::table
                    .filter(journal_entries::object_id.eq(AnyId::from(*id)))
                    .count()
                    .get_result(conn)
                    .unwrap();
                assert_eq!((versions, entries), (1, 2), "{key} is whole");
            }
            let keys: i64 = idempotency_keys::table.count().get_result(conn).unwrap();
            assert_eq!(
                usize::try_from(keys).unwrap(),
                2 * told.len(),
                "one key for each effect"
            );
        })
        .await;
    count
}

#[derive(QueryableByName)]
struct Sound {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

async fn nothing_acknowledged_is_lost_when_the_process_is_killed(mut world: World) {
    world.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let location = world.settings.location.clone();
    let mut working = clients();
    for _ in 0..rounds() {
        let mut process = Process::serve(&location, folder.path()).await;
        let base = process.base().to_owned();
        let instant = Duration::from_millis(rand::random_range(300..2500));
        let work = tokio::spawn(all_work(working, leak(&base), usize::MAX, None));
        tokio::time::sleep(instant).await;
        process.kill();
        working = work.await.unwrap();
    }
    // Ready again without any repair; what got no answer is asked for once more.
    let process = Process::serve(&location, folder.path()).await;
    let most = working.iter().map(|client| client.next + 1).max().unwrap();
    let done = all_work(working, process.base(), most, None).await;
    let unknown: usize = done.iter().map(|client| client.unknown).sum();
    let count = compare(&world, &done).await;
    drop(process);
    assert!(unknown > 0, "no request was cut short");
    assert_eq!(world.unsound().await, Vec::<String>::new());
    announce(&format!(
        "kill -9 on {:?}: {} rounds, {count} campaigns, {unknown} requests without an answer, none lost or doubled",
        world.database,
        rounds()
    ));
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// EXO-02: a third of the answers is lost after the commit.
async fn answers_that_are_lost_are_asked_for_again(world: World) {
    let service: SocketAddr = world.base().strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = Proxy::before(service).await;
    proxy.set(Mode::LoseAnswers(30));
    let base = format!("http://{}", proxy.address());
    let each = rounds() * 2;
    let mut working = clients();
    // A client whose answer was lost stops; it is sent again until it has done everything.
    while working.iter().any(|client| client.next < each) {
        working = all_work(working, &base, each, None).await;
    }
    let count = compare(&world, &working).await;
    assert_eq!(count, WRITERS * each);
    assert!(proxy.lost() > 0);
    assert_eq!(world.unsound().await, Vec::<String>::new());
    announce(&format!(
        "lost answers on {:?}: {} writes, {} answers lost, none doubled",
        world.database,
        2 * count,
        proxy.lost()
    ));
}

/// A service whose way to its database leads through a proxy.
async fn behind_a_proxy(world: &World) -> (World, Proxy) {
    let Location::Postgres(url) = &world.settings.location else {
        panic!("only a server is reached over a network");
    };
    let (proxy, through) = Proxy::before_database(url).await;
    let settings = DbSettings {
        location: Location::Postgres(through),
        patience: Duration::from_secs(2),
        work: Duration::from_secs(3),
        ..world.settings.clone()
    };
    (world.reaching(settings), proxy)
}

/// A read and a write, which must both be answered.
async fn ask(world: &World) -> [crate::support::Reply; 2] {
    let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": format!("Phòng {}", rand::random::<u32>())});
    let admin = world.persona("bootstrap");
    [
        admin.get("/v1/me").await,
        admin.post("/v1/organizations", &body).await,
    ]
}

async fn works(world: &World) {
    let [read, write] = ask(world).await;
    read.expect(200);
    write.expect(201);
}

/// Every request gets its 503 with `Retry-After`; the probes tell the truth.
async fn says_that_it_cannot(world: &World) {
    for reply in ask(world).await {
        assert_eq!(reply.status, 503, "{}", reply.json);
        assert!(reply.header("retry-after").is_some());
    }
    world.anonymous("GET", "/livez").send().await.expect(200);
    // Readiness may be known for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    world.anonymous("GET", "/readyz").send().await.expect(503);
}

/// DBF-01: refused connections, and those that are cut in the middle.
#[test]
fn a_database_that_refuses_is_answered_for() {
    run(Database::Postgres, |world: World| async move {
        let (service, proxy) = behind_a_proxy(&world).await;
        for _ in 0..rounds() {
            works(&service).await;
            proxy.set(Mode::Refuse);
            says_that_it_cannot(&service).await;
            proxy.set(Mode::Pass);
        }
        works(&service).await;
    });
}

/// DBF-02: packets that vanish, in open connections and in new ones. Nobody waits for ever, and afterwards
/// the service works again by itself.
#[test]
fn a_database_that_is_silent_is_answered_for() {
    run(Database::Postgres, |world: World| async move {
        let (service, proxy) = behind_a_proxy(&world).await;
        works(&service).await;
        proxy.set(Mode::Swallow);
        let asked: Vec<_> = (0..12).map(|_| ask(&service)).collect();
        let asked = futures_util::future::join_all(asked);
        tokio::pin!(asked);
        // Who only looks whether the process is there is answered meanwhile, however long the others wait.
        for _ in 0..20 {
            let alive = service.anonymous("GET", "/livez").send();
            tokio::select! {
                biased;
                _ = &mut asked => panic!("the others were answered first"),
                reply = alive => { reply.expect(200); }
            }
        }
        for replies in asked.await {
            for reply in replies {
                assert_eq!(reply.status, 503, "{}", reply.json);
            }
        }
        says_that_it_cannot(&service).await;
        proxy.set(Mode::Pass);
        comes_back(&service).await;
    });
}

/// Connections that were silent or slow are given back when their answer comes.
async fn comes_back(service: &World) {
    for _ in 0..600 {
        if ask(service).await.iter().all(|reply| reply.status < 300) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the service did not come back by itself");
}

/// DBF-03: each answer of the database comes three seconds late. Who needs it is told when the time for it is over, and
/// who does not is answered meanwhile.
#[test]
fn a_database_that_is_slow_is_answered_for() {
    run(Database::Postgres, |world: World| async move {
        let (service, proxy) = behind_a_proxy(&world).await;
        works(&service).await;
        proxy.set(Mode::Delay(Duration::from_secs(3)));
        let asked: Vec<_> = (0..12).map(|_| ask(&service)).collect();
        let others = async {
            for _ in 0..20 {
                service.anonymous("GET", "/livez").send().await.expect(200);
                service.anonymous("GET", "/openapi.json").send().await.expect(200);
                service.bearer("a.b.c").get("/v1/me").await.expect(401);
                // No more is asked at a time than there are connections.
                for pool in service.parts.app.db.load() {
                    assert!(pool.in_use <= pool.size && pool.open <= pool.size, "{pool:?}");
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let (answers, ()) = tokio::join!(futures_util::future::join_all(asked), others);
        for reply in answers.into_iter().flatten() {
            assert_eq!(reply.status, 503, "{}", reply.json);
            assert!(reply.header("retry-after").is_some());
        }
        proxy.set(Mode::Pass);
        comes_back(&service).await;
    });
}

/// DUR-06: the server ends every connection at random instants, some in the middle of a commit.
#[test]
fn nothing_acknowledged_is_lost_when_connections_end() {
    run(Database::Postgres, |world: World| async move {
        let stop = Arc::new(AtomicBool::new(false));
        let ending = {
            let (stop, location) = (Arc::clone(&stop), world.settings.location.clone());
            tokio::task::spawn_blocking(move || {
                use thidua::store::connection::{Manager, Use};
                let mut conn = Manager::new(location, Use::Write).open().unwrap();
                let mut times = 0;
                while !stop.load(Ordering::Relaxed) {
                    conn.batch_execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                         WHERE datname = current_database() AND pid <> pg_backend_pid()",
                    )
                    .unwrap();
                    times += 1;
                    std::thread::sleep(Duration::from_millis(rand::random_range(200..1500)));
                }
                times
            })
        };
        let each = rounds() * 2;
        let done = all_work(clients(), world.base(), each, None).await;
        stop.store(true, Ordering::Relaxed);
        let times = ending.await.unwrap();
        let count = compare(&world, &done).await;
        assert_eq!(count, WRITERS * each);
        assert_eq!(world.unsound().await, Vec::<String>::new());
        let unknown: usize = done.iter().map(|client| client.unknown).sum();
        announce(&format!(
            "ended connections: {times} times, {} writes, {unknown} refused or unknown, none lost or doubled",
            2 * count
        ));
    });
}

/// DUR-06, IDM-11: the connection ends while the server commits. What became of it is unknown to the client until it
/// asks again, and then it is there once.
#[test]
fn a_commit_whose_answer_is_lost_is_found_again() {
    run(Database::Postgres, |world: World| async move {
        use thidua::store::connection::{Manager, Use};
        let (service, proxy) = behind_a_proxy(&world).await;
        works(&service).await;
        let location = world.settings.location.clone();
        let run = move |sql: &'static str| {
            let location = location.clone();
            tokio::task::spawn_blocking(move || {
                let mut conn = Manager::new(location, Use::Write).open().unwrap();
                conn.batch_execute(sql).unwrap();
            })
        };
        // A commit waits as long as the gate is there.
        run("CREATE TABLE gate (name text);
             INSERT INTO gate VALUES ('shut');
             CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 WHILE EXISTS (SELECT FROM gate WHERE name = 'shut') LOOP
                     PERFORM pg_sleep(0.01);
                 END LOOP;
                 RETURN NULL;
             END $$;
             CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON organizations DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate()")
        .await
        .unwrap();
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": "Phòng Bên Cổng"});
        let admin = service.persona("bootstrap");
        let make = || {
            admin
                .ask("POST", "/v1/organizations")
                .key("gate-1")
                .json(&body)
                .send()
        };
        let cut = async {
            let commits = "SELECT count(*) AS count FROM pg_stat_activity \
                           WHERE datname = current_database() AND state = 'active' AND query = 'COMMIT'";
            while counted(&world, commits).await == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            proxy.set(Mode::Refuse);
        };
        let (lost, ()) = tokio::join!(make(), cut);
        assert_eq!(lost.status, 503, "{}", lost.json);
        run("DELETE FROM gate").await.unwrap();
        proxy.set(Mode::Pass);
        comes_back(&service).await;
        let found = make().await.expect(201);
        assert_eq!(found.header("idempotency-replayed"), Some("true"));
        let rows = "SELECT count(*) AS count FROM organizations WHERE name = 'Phòng Bên Cổng'";
        assert_eq!(counted(&world, rows).await, 1);
    });
}

#[derive(diesel::QueryableByName)]
struct CountRow {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// What a statement counts, asked beside the service.
async fn counted(world: &World, sql: &'static str) -> i64 {
    world
        .database(move |conn| {
            let row: CountRow = diesel::sql_query(sql).get_result(conn).unwrap();
            row.count
        })
        .await
}

/// Two replicas on one database; one is killed under load. The other one serves on and seals what both wrote,
/// without a gap and without a double in the journal (DUR-03, FED-02).
#[test]
fn a_replica_goes_on_where_another_is_killed() {
    run(Database::Postgres, |mut world: World| async move {
        world.stop().await;
        let folder = tempfile::tempdir().unwrap();
        let location = world.settings.location.clone();
        let mut lost = Process::serve(&location, folder.path()).await;
        let stays = Process::serve(&location, folder.path()).await;
        let each = rounds() * 2;
        let mut one = clients();
        let other = one.split_off(WRITERS / 2);
        let there = tokio::spawn(all_work(one, leak(lost.base()), each, None));
        let here = tokio::spawn(all_work(other, leak(stays.base()), each, None));
        tokio::time::sleep(Duration::from_millis(rand::random_range(300..1500))).await;
        lost.kill();
        // Who got no answer asks the one that is left.
        let mut done = all_work(there.await.unwrap(), stays.base(), each, None).await;
        done.extend(here.await.unwrap());
        let count = compare(&world, &done).await;
        assert_eq!(count, WRITERS * each);
        for _ in 0..600 {
            let (unsealed, first, last, positions) = sealed(&world).await;
            if unsealed == 0 {
                assert_eq!(last - first + 1, positions, "no gap, no double");
                assert_eq!(world.unsound().await, Vec::<String>::new());
                announce(&format!(
                    "a killed replica: {count} campaigns, {positions} journal entries without a gap"
                ));
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the replica that is left does not seal");
    });
}

/// Entries without a position; the first and the last position, and how many different ones there are.
async fn sealed(world: &World) -> (i64, i64, i64, i64) {
    world
        .database(|conn| {
            let unsealed: i64 = journal_entries::table
                .filter(journal_entries::position.is_null())
                .count()
                .get_result(conn)
                .unwrap();
            let mut positions: Vec<Option<i64>> = journal_entries::table
                .filter(journal_entries::position.is_not_null())
                .select(journal_entries::position)
                .load(conn)
                .unwrap();
            positions.sort_unstable();
            positions.dedup();
            let first = positions.first().copied().flatten().unwrap_or(0);
            let last = positions.last().copied().flatten().unwrap_or(-1);
            (unsealed, first, last, i64::try_from(positions.len()).unwrap())
        })
        .await
}
