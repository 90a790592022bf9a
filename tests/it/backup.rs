//! Backups under load and what comes back of them (BKP-01, BKP-04): everything that was acknowledged before,
//! whole, and usable.
//!
//! The long form: `THIDUA_BACKUP_ROWS=1000000 cargo test --test it -- backup::`.

use std::process::Command;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use serde_json::json;
use thidua::storage::Storage;
use thidua::store::connection::{Conn, Location};

use crate::commands::{GOOD, text, thidua};
use crate::support::files::complete_pdf;
use crate::support::process::{Process, url};
use crate::support::runtime;
use crate::support::servers::{Server, reaching, until};
use crate::support::world::{World, org};
use crate::support::{Database, WorldSettings, announce, cluster, postgres, run};

/// Makes organisations until it is stopped; answers how many were acknowledged.
async fn write(world: &World, name: &str, number: usize) {
    let admin = world.persona("bootstrap");
    let writes = (0..number).map(|index| {
        let body =
            json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": format!("{name} {index}")});
        let admin = &admin;
        async move { admin.post("/v1/organizations", &body).await.expect(201) }
    });
    futures_util::future::join_all(writes).await;
}

/// Rows that come at a time.
const PART: u32 = 5000;

fn rows() -> u32 {
    std::env::var("THIDUA_BACKUP_ROWS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1000)
}

/// What a database of some years holds: so many people, and as many sealed entries of the journal.
async fn grown(world: &World) {
    // In parts, as it would grow: sealing looks through all that waits for it.
    let mut left = rows();
    while left > 0 {
        let number = left.min(PART);
        grow_by(world, number).await;
        world.seal().await;
        left -= number;
    }
}

async fn grow_by(world: &World, number: u32) {
    let grow = move |conn: &mut Conn| {
        let (numbers, id) = match conn {
            Conn::Sqlite(_) => (
                format!(
                    "WITH RECURSIVE numbers(number) AS \
                     (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {number})"
                ),
                "randomblob(16)",
            ),
            Conn::Postgres(_) => (
                format!("WITH numbers AS (SELECT number FROM generate_series(1, {number}) AS number)"),
                "gen_random_uuid()",
            ),
        };
        conn.batch_execute(&format!(
            "{numbers} INSERT INTO individuals (id, owner_organization_id, unit_id, full_name, sort_name, position, \
                 staff_kind, leadership_class, active, version, created_at, updated_at) \
             SELECT {id}, owner_organization_id, unit_id, full_name, sort_name, position, staff_kind, \
                 leadership_class, active, version, created_at, updated_at \
             FROM numbers CROSS JOIN (SELECT * FROM individuals LIMIT 1) AS one"
        ))
        .unwrap();
        conn.batch_execute(&format!(
            "{numbers} INSERT INTO journal_entries (id, kind, object_noun, object_id, object_version, \
                 owner_organization_id, actor_id, actor_role, occurred_at, request_id, detail_digest) \
             SELECT {id}, kind, object_noun, object_id, object_version, owner_organization_id, actor_id, actor_role, \
                 occurred_at, request_id, detail_digest \
             FROM numbers CROSS JOIN (SELECT * FROM journal_entries LIMIT 1) AS one"
        ))
        .unwrap();
    };
    world.database(grow).await;
}

/// Says how long the way back took (BKP-04): ten minutes at most for a million rows, on a machine of one's own.
fn tell(database: Database, began: Instant) {
    announce(&format!(
        "backup, restore and check of {} people and entries on {database:?}: {} s",
        rows(),
        began.elapsed().as_secs()
    ));
}

/// What a service on the restored database shows of the organisations that were made before the backup.
async fn comes_back(location: &Location, folder: &std::path::Path) {
    let mut variables = GOOD.to_vec();
    let place = url(location);
    variables.push(("THIDUA__DATABASE__URL", &place));
    let checked = thidua(folder, &["check"], &variables);
    assert_eq!(
        checked.status.code(),
        Some(0),
        "{}{}",
        text(&checked.stdout),
        text(&checked.stderr)
    );
    let process = Process::serve(location, folder).await;
    let token = crate::support::world::token("bootstrap", thidua::domain::caller::PrincipalKind::User);
    let found: serde_json::Value = reqwest::Client::new()
        .get(format!("{}/v1/organizations?q=Truoc&limit=100", process.base()))
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 20, "{found}");
}

#[test]
fn of_the_embedded_database_is_one_command_under_load() {
    run(Database::Sqlite, |world: World| async move {
        write(&world, "Trước", 20).await;
        grown(&world).await;
        let began = Instant::now();
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("backup.db");
        let mut variables = GOOD.to_vec();
        let place = url(&world.settings.location);
        variables.push(("THIDUA__DATABASE__URL", &place));
        let copied = {
            let (inside, target, variables) = (
                folder.path().to_owned(),
                target.display().to_string(),
                variables
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect::<Vec<_>>(),
            );
            tokio::task::spawn_blocking(move || {
                let variables: Vec<(&str, &str)> = variables
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                thidua(&inside, &["backup", &target], &variables)
            })
        };
        let ((), copied) = tokio::join!(write(&world, "Trong", 40), copied);
        let copied = copied.unwrap();
        assert_eq!(copied.status.code(), Some(0), "{}", text(&copied.stderr));
        comes_back(&Location::Sqlite(target.display().to_string()), folder.path()).await;
        tell(Database::Sqlite, began);
        let beside = format!("{}.part", target.display());
        assert!(
            !std::path::Path::new(&beside).exists(),
            "what is whole has its name"
        );
        // What an earlier try left, broken off by a full disk, keeps no other one away.
        std::fs::write(
            format!("{}.part", folder.path().join("next.db").display()),
            "half",
        )
        .unwrap();
        let next = folder.path().join("next.db").display().to_string();
        let next = thidua(folder.path(), &["backup", &next], &variables);
        assert_eq!(next.status.code(), Some(0), "{}", text(&next.stderr));
        // Nothing that cannot be finished is left.
        let nowhere = folder.path().join("nowhere/bk.db").display().to_string();
        let failed = thidua(folder.path(), &["backup", &nowhere], &variables);
        assert_eq!(failed.status.code(), Some(1));
        assert!(text(&failed.stderr).contains("bk.db"), "{}", text(&failed.stderr));
        // A backup never overwrites one.
        let again = thidua(
            folder.path(),
            &["backup", &target.display().to_string()],
            &variables,
        );
        assert_eq!(again.status.code(), Some(1));
        assert!(
            text(&again.stderr).contains("exists already"),
            "{}",
            text(&again.stderr)
        );
    });
}

#[test]
fn of_a_server_is_its_own_and_comes_back() {
    run(Database::Postgres, |world: World| async move {
        write(&world, "Trước", 20).await;
        grown(&world).await;
        let began = Instant::now();
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("dump");
        let Location::Postgres(source) = world.settings.location.clone() else {
            panic!("a server");
        };
        let program = |name: &str| {
            let found = cluster::programs().map(|folder| folder.join(name));
            Command::new(found.filter(|path| path.is_file()).unwrap_or_else(|| name.into()))
        };
        let dumped = {
            let mut command = program("pg_dump");
            command
                .args(["--format=custom", "--file"])
                .arg(&dump)
                .arg(&source);
            tokio::task::spawn_blocking(move || command.output().unwrap())
        };
        let ((), dumped) = tokio::join!(write(&world, "Trong", 40), dumped);
        let dumped = dumped.unwrap();
        assert!(dumped.status.success(), "{}", text(&dumped.stderr));
        let cluster = postgres::cluster().expect("checked before");
        let name = cluster.create_empty();
        let restored = program("pg_restore")
            .args(["--no-owner", "--exit-on-error", "--dbname", &cluster.url(&name)])
            .arg(&dump)
            .output()
            .unwrap();
        assert!(restored.status.success(), "{}", text(&restored.stderr));
        comes_back(&Location::Postgres(cluster.url(&name)), folder.path()).await;
        tell(Database::Postgres, began);
        postgres::drop_database(&name);
        // The command says where to look.
        let mut variables = GOOD.to_vec();
        variables.push(("THIDUA__DATABASE__URL", &source));
        let refused = thidua(folder.path(), &["backup", "copy.db"], &variables);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            text(&refused.stderr).contains("pg_dump"),
            "{}",
            text(&refused.stderr)
        );
    });
}

/// Makes organisations, each with its name as key; answers their ids.
async fn keyed(world: &World, name: &str, number: usize) -> Vec<String> {
    let admin = world.persona("administrator");
    let mut ids = Vec::new();
    for index in 0..number {
        let name = format!("{name}-{index}");
        let body = json!({"parent_id": org::DEPARTMENT, "kind": "DIVISION", "name": name});
        let asked = admin.ask("POST", "/v1/organizations").key(&name).json(&body);
        ids.push(asked.send().await.expect(201).id());
    }
    world.seal().await;
    ids
}

/// The path of the second page of the journal's last `back` entries: its cursor stands that far before the end.
async fn page_near_the_end(world: &World, back: usize) -> String {
    let auditor = world.persona("auditor");
    let mut path = "/v1/audit-entries?limit=1".to_owned();
    let mut paths: Vec<String> = Vec::new();
    loop {
        let page = auditor.get(&path).await.expect(200);
        let Some(cursor) = page.json["next_cursor"].as_str() else {
            return paths[paths.len() - back].clone();
        };
        path = format!("/v1/audit-entries?limit=1&cursor={cursor}");
        paths.push(path.clone());
    }
}

/// BKP-02, BKP-03: the server is lost and restored to an instant, from a base backup and the archived log. What was
/// acknowledged before is there, with its keys; what came after is gone, and whoever has seen it is told.
#[test]
fn of_a_server_comes_back_as_of_an_instant() {
    let archive = tempfile::tempdir().unwrap();
    let to = format!("archive_command=cp %p {}/%f", archive.path().display());
    let Some(mut primary) = Server::primary(&["archive_mode=on", &to]) else {
        return;
    };
    cluster::give_away(archive.path()).unwrap();
    let runtime = runtime();
    runtime.block_on(async {
        let world = World::start_on(primary.database("thidua")).await;
        let mut kept = keyed(&world, "truoc", 8).await;
        let mut restored = primary.backup();
        kept.extend(keyed(&world, "giua", 8).await);
        let good = page_near_the_end(&world, 2).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let instant = primary.now();
        let lost = keyed(&world, "sau", 8).await;
        let foreign = page_near_the_end(&world, 2).await;
        world.persona("auditor").get(&foreign).await.expect(200);
        primary.run("SELECT pg_switch_wal()");
        let last = primary.number(
            "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 17))::bit(32)::bigint AS number",
        );
        until("the log is archived", || {
            primary.number(
                "SELECT coalesce(('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint, 0) AS number \
                 FROM pg_stat_archiver",
            ) >= last - 1
        });
        drop(world);
        primary.kill();
        restored.recover(&[
            format!("restore_command=cp {}/%f %p", archive.path().display()),
            format!("recovery_target_time={instant}"),
            "recovery_target_action=promote".to_owned(),
        ]);

        let world = World::on(reaching(&restored.url("thidua"))).await;
        assert_eq!(world.unsound().await, Vec::<String>::new());
        let admin = world.persona("administrator");
        for id in &kept {
            admin.get(&format!("/v1/organizations/{id}")).await.expect(200);
        }
        for id in &lost {
            admin
                .get(&format!("/v1/organizations/{id}"))
                .await
                .refused(404, "resource.not_found");
        }
        // The keys came back with their effects, and those of what is lost are free.
        assert_eq!(keyed(&world, "giua", 8).await, kept[8..]);
        let auditor = world.persona("auditor");
        auditor.get(&good).await.expect(200);
        auditor.get(&foreign).await.refused(410, "cursor.foreign");
        let anew = keyed(&world, "sau", 8).await;
        assert!(anew.iter().all(|id| !lost.contains(id)));
        // Its position is given again by now, to another entry.
        auditor.get(&foreign).await.refused(410, "cursor.foreign");
        auditor.get(&good).await.expect(200);
        assert_eq!(world.unsound().await, Vec::<String>::new());
    });
}

/// BKP-03 on the embedded database: its file is put back. Whoever has seen more of the journal is told, before and
/// after its positions are given again.
#[test]
fn of_the_embedded_database_tells_who_has_seen_more() {
    run(Database::Sqlite, |world: World| async move {
        keyed(&world, "truoc", 4).await;
        let good = page_near_the_end(&world, 2).await;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("backup.db").display().to_string();
        let place = url(&world.settings.location);
        let mut variables = GOOD.to_vec();
        variables.push(("THIDUA__DATABASE__URL", &place));
        let copied = tokio::task::block_in_place(|| thidua(folder.path(), &["backup", &target], &variables));
        assert_eq!(copied.status.code(), Some(0), "{}", text(&copied.stderr));
        keyed(&world, "sau", 4).await;
        let foreign = page_near_the_end(&world, 2).await;
        world.persona("auditor").get(&foreign).await.expect(200);

        let mut settings = world.settings.clone();
        settings.location = Location::Sqlite(target);
        let restored = World::on(settings).await;
        let auditor = restored.persona("auditor");
        auditor.get(&good).await.expect(200);
        auditor.get(&foreign).await.refused(410, "cursor.foreign");
        keyed(&restored, "khac", 4).await;
        auditor.get(&foreign).await.refused(410, "cursor.foreign");
        auditor.get(&good).await.expect(200);
    });
}

/// Evidence is a part of what is restored: `check --files` says which of it is away, or another one.
#[test]
fn evidence_that_is_away_or_another_one_is_named() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let contents = folder.path().join("files");
        let place = format!("file:{}", contents.display());
        let storage = Storage::open(&place, None).unwrap();
        let world = World::start_storing(Database::Sqlite, WorldSettings::default(), storage).await;
        let officer = world.persona("officer1");
        for name in ["a.pdf", "b.pdf"] {
            complete_pdf(&officer, name, org::DIVISIONS[0]).await;
        }
        let database = url(&world.settings.location);
        let mut variables = GOOD.to_vec();
        variables.push(("THIDUA__DATABASE__URL", &database));
        variables.push(("THIDUA__STORAGE__URL", &place));
        let checked = || {
            let done = thidua(folder.path(), &["check", "--files"], &variables);
            (done.status.code(), text(&done.stdout))
        };
        let (code, said) = checked();
        assert_eq!(
            (code, said.contains("all evidence is there")),
            (Some(0), true),
            "{said}"
        );
        let mut there: Vec<_> = std::fs::read_dir(&contents)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        there.sort();
        let bytes = std::fs::read(&there[0]).unwrap();
        std::fs::write(&there[0], bytes.to_ascii_uppercase()).unwrap();
        std::fs::remove_file(&there[1]).unwrap();
        let (code, said) = checked();
        assert_eq!((code, said.lines().count()), (Some(1), 2), "{said}");
        assert!(
            said.contains("is another one") && said.contains("cannot be read"),
            "{said}"
        );
    });
}
