//! The binary as an operator and a newcomer use it.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use thidua::domain::caller::PrincipalKind;

use crate::support::process::{Process, free_address};
use crate::support::world::{BOOTSTRAP, token};
use crate::support::{cluster, postgres, runtime};

/// Runs the binary to its end, with nothing of this process's own settings.
pub fn thidua(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thidua"));
    command.args(arguments).current_dir(folder);
    let ours = |name: &str| name.starts_with("THIDUA_") || name.starts_with("AWS_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command
        .envs(variables.iter().copied())
        .output()
        .expect("the binary runs")
}

/// What it printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The variables without which no settings are complete.
pub const GOOD: [(&str, &str); 3] = [
    ("THIDUA__SECRETS__CURSOR_KEY", "0123456789abcdef0123456789abcdef"),
    (
        "THIDUA__AUTH__ISSUERS__MAIN__URL",
        "https://sso.example.gov.vn/realms/tinh",
    ),
    ("THIDUA__AUTH__ISSUERS__MAIN__AUDIENCE", "thidua-api"),
];

#[test]
fn check_config_reports_every_fault_and_hides_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let bad = thidua(
        folder.path(),
        &["check-config"],
        &[("THIDUA__TIME__ZONE", "Mars"), ("THIDUA__LOG__FORMAT", "xml")],
    );
    assert_eq!(bad.status.code(), Some(78));
    let complaints = text(&bad.stderr);
    for key in ["time.zone", "log.format", "secrets.cursor_key", "auth.issuers"] {
        assert!(complaints.contains(key), "{key} in {complaints}");
    }
    // Copied from an example.
    let mut copied = GOOD.to_vec();
    copied.push((
        "THIDUA__SECRETS__CURSOR_KEY",
        "changeme-changeme-changeme-changeme",
    ));
    let copied = thidua(folder.path(), &["serve"], &copied);
    assert_eq!(copied.status.code(), Some(78));
    let complaints = text(&copied.stderr);
    assert!(complaints.contains("secrets.cursor_key: is a placeholder") && !complaints.contains("changeme"));
    // Meant as a setting, and never read.
    let mut short = GOOD.to_vec();
    short.push(("THIDUA_DATABASE__URL", "postgres://db.internal/thidua"));
    let short = thidua(folder.path(), &["check-config"], &short);
    assert_eq!(short.status.code(), Some(78));
    assert!(
        text(&short.stderr).contains("THIDUA_DATABASE__URL: settings begin with THIDUA__"),
        "{}",
        text(&short.stderr)
    );
    let good = thidua(folder.path(), &["check-config"], &GOOD);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    assert!(text(&good.stdout).contains("***") && !text(&good.stdout).contains("0123456789abcdef"));
    assert!(!text(&good.stdout).contains("for_decisions"));
    let mut asking = GOOD.to_vec();
    asking.extend([
        ("THIDUA__AUTH__ISSUERS__MAIN__ACR_FOR_DECISIONS", "gold,silver"),
        (
            "THIDUA__AUTH__ISSUERS__MAIN__MAX_AGE_FOR_DECISIONS_SECONDS",
            "900",
        ),
    ]);
    let asking = thidua(folder.path(), &["check-config"], &asking);
    assert_eq!(asking.status.code(), Some(0), "{}", text(&asking.stderr));
    for line in [
        "auth.issuers.main.acr_for_decisions = gold, silver\n",
        "auth.issuers.main.max_age_for_decisions_seconds = 900\n",
    ] {
        assert!(text(&asking.stdout).contains(line), "{}", text(&asking.stdout));
    }
}

/// CFG-02: whatever the binary says of its databases, it tells no password.
#[test]
fn a_password_is_never_told() {
    const PASSWORD: &str = "Cao-Bang-7749";
    let folder = tempfile::tempdir().unwrap();
    let nobody_listens = free_address();
    let database = format!("postgres://thidua:{PASSWORD}@{nobody_listens}/thidua?connect_timeout=2");
    let replica = format!("postgres://reader:{PASSWORD}@{nobody_listens}/thidua?sslpassword={PASSWORD}");
    let mut variables = GOOD.to_vec();
    variables.extend([
        ("THIDUA__DATABASE__URL", database.as_str()),
        ("THIDUA__DATABASE__REPLICA_URL", replica.as_str()),
    ]);
    for (arguments, code) in [
        (&["check-config"][..], 0),
        (&["migrate"], 1),
        (&["check"], 1),
        (&["backup", "copy.db"], 1),
    ] {
        let ran = thidua(folder.path(), arguments, &variables);
        let said = format!("{}{}", text(&ran.stdout), text(&ran.stderr));
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains(PASSWORD), "{said}");
        if code == 0 {
            for line in [
                format!("database.url = postgres://***@{nobody_listens}/thidua?connect_timeout=2\n"),
                format!("database.replica_url = postgres://***@{nobody_listens}/thidua?sslpassword=***\n"),
            ] {
                assert!(said.contains(&line), "{line} in {said}");
            }
        } else {
            assert!(said.contains("the database cannot be opened"), "{said}");
        }
    }
    // Faulty settings are told without it, too.
    let mut faulty = GOOD.to_vec();
    let ambiguous = format!("postgres://thidua:{PASSWORD}/x@{nobody_listens}/thidua");
    faulty.push(("THIDUA__DATABASE__URL", &ambiguous));
    let refused = thidua(folder.path(), &["serve"], &faulty);
    assert_eq!(refused.status.code(), Some(78));
    let said = text(&refused.stderr);
    assert!(
        said.contains("database.url") && !said.contains(PASSWORD),
        "{said}"
    );

    let path = folder.path().join("log");
    let settings = [("THIDUA__DATABASE__URL", database.as_str())];
    let log = std::fs::File::create(&path).unwrap();
    let process = Process::spawn(folder.path(), &settings, Stdio::from(log));
    runtime().block_on(async {
        let ask = |path: &str| {
            let request = reqwest::Client::new().get(format!("{}{path}", process.base()));
            request.bearer_auth(token(BOOTSTRAP, PrincipalKind::User)).send()
        };
        while ask("/livez").await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // The keys of the issuer come beside.
        let keys = r#""name":"jwks","passed":true"#;
        while !ask("/readyz").await.unwrap().text().await.unwrap().contains(keys) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for path in ["/readyz", "/v1/organizations"] {
            let answer = ask(path).await.unwrap();
            assert_eq!(answer.status(), 503, "{path}");
            let said = answer.text().await.unwrap();
            assert!(!said.contains(PASSWORD), "{said}");
        }
    });
    drop(process);
    let said = std::fs::read_to_string(path).unwrap();
    assert!(said.contains("serving without the database"), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
}

#[test]
fn check_refuses_a_schema_that_it_does_not_know() {
    use diesel::connection::SimpleConnection as _;
    use thidua::store::connection::{Location, Manager, Use};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thidua.db").display().to_string();
    let url = format!("sqlite:{path}");
    let mut variables = GOOD.to_vec();
    variables.push(("THIDUA__DATABASE__URL", &url));
    let made = thidua(folder.path(), &["migrate"], &variables);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let holds = thidua(folder.path(), &["check"], &variables);
    assert_eq!(holds.status.code(), Some(0), "{}", text(&holds.stderr));
    let mut conn = Manager::new(Location::Sqlite(path), Use::Write).open().unwrap();
    conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')")
        .unwrap();
    let refused = thidua(folder.path(), &["check"], &variables);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stdout));
    assert!(text(&refused.stderr).contains("9999") && refused.stdout.is_empty());
}

#[test]
fn check_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let url = format!("sqlite:{}", path.display());
    let mut variables = GOOD.to_vec();
    variables.push(("THIDUA__DATABASE__URL", &url));
    let refused = thidua(folder.path(), &["check"], &variables);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stdout));
    assert!(text(&refused.stderr).contains("there is no database at"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn serve_refuses_what_check_config_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let refused = thidua(folder.path(), &["serve"], &[]);
    assert_eq!(refused.status.code(), Some(78));
    assert!(text(&refused.stderr).contains("secrets.cursor_key"));
}

#[test]
fn migrate_brings_the_schema_up_to_date_once() {
    let folder = tempfile::tempdir().unwrap();
    // Not even the folder is there.
    let first = thidua(folder.path(), &["migrate"], &GOOD);
    assert!(
        text(&first.stdout).contains("0001"),
        "{}{}",
        text(&first.stdout),
        text(&first.stderr)
    );
    let second = thidua(folder.path(), &["migrate"], &GOOD);
    assert!(
        text(&second.stdout).contains("current"),
        "{}",
        text(&second.stdout)
    );
}

/// DUR-01: asked by whoever is about to write, not by a test alone.
#[test]
fn a_database_that_could_lose_what_it_confirmed_is_refused() {
    use diesel::connection::SimpleConnection as _;
    use thidua::store::connection::{Location, Manager, Use};

    let Some(cluster) = postgres::wanted() else {
        return;
    };
    let name = cluster.create_empty();
    let url = cluster.url(&name);
    let mut conn = Manager::new(Location::Postgres(url.clone()), Use::Write)
        .open()
        .unwrap();
    conn.batch_execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off"))
        .unwrap();
    drop(conn);
    let folder = tempfile::tempdir().unwrap();
    let mut variables = GOOD.to_vec();
    variables.push(("THIDUA__DATABASE__URL", &url));
    for command in ["migrate", "serve"] {
        let refused = thidua(folder.path(), &[command], &variables);
        assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stdout));
        let told = text(&refused.stderr);
        assert!(told.contains("synchronous_commit is off"), "{told}");
    }
    postgres::drop_database(&name);
}

/// MIG-06: the settings decide whether `serve` brings the schema up to date.
#[test]
fn serve_changes_no_schema_where_it_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    let url = format!("sqlite:{}", path.display());
    for forbidden in [
        "THIDUA__DATABASE__MIGRATE=false",
        "THIDUA__DATABASE__READ_ONLY=true",
    ] {
        let (name, value) = forbidden.split_once('=').unwrap();
        let mut variables = GOOD.to_vec();
        variables.extend([("THIDUA__DATABASE__URL", url.as_str()), (name, value)]);
        let refused = thidua(folder.path(), &["serve"], &variables);
        let told = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains("thidua migrate"), "{told}");
        let checked = thidua(folder.path(), &["check"], &variables);
        assert_eq!(checked.status.code(), Some(1), "{}", text(&checked.stdout));
    }
}

#[test]
fn openapi_prints_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let printed = thidua(folder.path(), &["openapi"], &[]);
    let document: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
}

/// Of two neighbouring free ports the first: the service's; the other is the development issuer's.
fn free_port() -> u16 {
    cluster::free_port().unwrap()
}

/// The same walk on PostgreSQL, in a database that is the demo's own; it empties no other.
#[test]
fn demo_plays_the_plan_on_postgres() {
    let Some(cluster) = postgres::wanted() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (name, port) = (cluster.create_empty(), free_port().to_string());
    let database = cluster.url(&name);
    let play = |database: &str| {
        let arguments = ["demo", "--exit", "--port", &port, "--database", database];
        thidua(folder.path(), &arguments, &[])
    };
    let played = play(&database);
    let lines = text(&played.stdout);
    assert_eq!(played.status.code(), Some(0), "{lines}\n{}", text(&played.stderr));
    let mut variables = GOOD.to_vec();
    variables.push(("THIDUA__DATABASE__URL", &database));
    let checked = thidua(folder.path(), &["check"], &variables);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    // BKP-05: what does not hold is told, and the exit code says so.
    let mut conn = thidua::store::connection::Manager::new(
        thidua::store::connection::Location::Postgres(database.clone()),
        thidua::store::connection::Use::Write,
    )
    .open()
    .unwrap();
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "UPDATE submissions SET state = 'WITHDRAWN' WHERE id = (SELECT id FROM submissions ORDER BY id LIMIT 1)",
    )
    .unwrap();
    drop(conn);
    let checked = thidua(folder.path(), &["check"], &variables);
    let told = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(1), "{told}");
    assert!(told.contains("submission"), "{told}");
    let again = play(&database);
    assert_eq!(
        again.status.code(),
        Some(0),
        "it empties its own: {}",
        text(&again.stderr)
    );
    let (other, first) = (free_port().to_string(), free_port().to_string());
    let arguments = [
        "demo",
        "--folder",
        "first",
        "--port",
        &first,
        "--database",
        &database,
    ];
    let (mut running, _) = start_serving(folder.path(), &arguments, "  1 ");
    let arguments = ["demo", "--exit", "--port", &other, "--database", &database];
    let second = thidua(folder.path(), &arguments, &[]);
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("another demo is running on this database"));
    postgres::drop_database(&name);

    let foreign = cluster.create_empty();
    let migrated = [
        GOOD[0],
        GOOD[1],
        GOOD[2],
        ("THIDUA__DATABASE__URL", &cluster.url(&foreign)),
    ];
    let made = thidua(folder.path(), &["migrate"], &migrated);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let refused = play(&cluster.url(&foreign));
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stderr);
    assert!(told.contains("will not be emptied"), "{told}");
    postgres::drop_database(&foreign);
}

/// The sentences of the steps, without what was asked: no codes, no instants, no holes.
fn said_in_vietnamese(lines: &str) {
    for line in lines.lines().filter(|line| line.contains(" → ")) {
        let (sentence, _) = line.rsplit_once(" (").expect("what was asked stands at the end");
        let sentence = sentence.split(" [").next().unwrap();
        let code = |word: &str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        // The code of a receipt is what it is, and may be of letters alone.
        let receipt = sentence
            .split("biên nhận ")
            .nth(1)
            .and_then(|rest| rest.split([':', ' ']).next());
        let found = sentence
            .split([' ', '/', '-'])
            .filter(|word| receipt.is_none_or(|receipt| word.trim_matches(':') != receipt))
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .find(|word| code(word) && *word != "UBND");
        assert_eq!(found, None, "{line}");
        for hole in ["?", "00Z", "true", "  đ"] {
            assert!(!sentence.contains(hole), "{hole} in {line}");
        }
    }
}

fn in_order_of_time(lines: &str) {
    let moment = |line: &str| {
        let mut words = line.split_whitespace();
        words.next()?.parse::<u32>().ok()?;
        let mut date = words.next()?.split('/').map(|part| part.parse::<u32>().ok());
        let (day, month, year) = (date.next()??, date.next()??, date.next()??);
        Some((year, month, day, words.next()?.to_owned()))
    };
    let moments: Vec<_> = lines.lines().filter_map(moment).collect();
    assert!(moments.len() > 200, "{} steps", moments.len());
    assert!(moments.is_sorted(), "{lines}");
}

/// A demo that runs, and what it printed down to the line that begins so.
fn start_serving(folder: &Path, arguments: &[&str], last: &str) -> (Child, String) {
    use std::io::{BufRead as _, BufReader};
    let mut serving = Command::new(env!("CARGO_BIN_EXE_thidua"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = String::new();
    let mut printed = BufReader::new(serving.stdout.take().unwrap()).lines();
    for line in printed.by_ref() {
        let line = line.unwrap();
        lines.push_str(&line);
        lines.push('\n');
        if line.starts_with(last) {
            break;
        }
    }
    // It goes on printing; somebody has to read.
    std::thread::spawn(move || printed.for_each(drop));
    (serving, lines)
}

/// The farewell of a demo that serves: subjects, commands that mean this demo; and no second demo over it.
#[test]
fn demo_keeps_serving_and_is_left_alone_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().to_string();
    let last = format!("  cargo run -- demo --port {port}");
    let (mut serving, lines) = start_serving(folder.path(), &["demo", "--port", &port], &last);
    let second = thidua(
        folder.path(),
        &["demo", "--exit", "--port", &free_port().to_string()],
        &[],
    );
    let token = thidua(folder.path(), &["token", "quan-tri", "--port", &port], &[]);
    let kept = folder.path().join("var/demo/thidua.db").exists();
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let refusal = text(&second.stderr);
    assert!(
        refusal.contains("another demo") && refusal.contains("--folder"),
        "{refusal}"
    );
    assert!(kept);
    assert_eq!(text(&token.stdout).trim().split('.').count(), 3);
    for wanted in [
        "# Quản trị hệ thống: quan-tri\ncurl -s ",
        "# Hệ thống Ban TĐKT: he-thong-ban-tdkt --client\n",
        &format!("cargo run -q -- token --port {port} <subject>"),
        "/docs/",
        "Ctrl-C",
    ] {
        assert!(lines.contains(wanted), "{wanted} in\n{lines}");
    }
}

#[test]
fn demo_plays_the_plan_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().to_string();
    let played = thidua(folder.path(), &["demo", "--exit", "--port", &port], &[]);
    let lines = text(&played.stdout);
    assert_eq!(played.status.code(), Some(0), "{lines}\n{}", text(&played.stderr));
    for wanted in [
        "579/KH-SNgV",
        "submission.window_closed",
        "nomination.on_hold",
        "quota.exceeded",
        "710.000",
        "giấy biên nhận ",
        "trước 00:00 ngày 25/5/2026 (giờ Việt Nam)",
        "tự đề nghị khen chính mình",
        "Q4 (từng phòng): ",
        "/docs/",
        &format!("cargo run -- demo --port {port}\n"),
    ] {
        assert!(lines.contains(wanted), "{wanted} in\n{lines}");
    }
    assert!(
        !lines.contains("Ctrl-C") && !lines.contains("Bearer"),
        "nothing serves after --exit"
    );
    said_in_vietnamese(&lines);
    in_order_of_time(&lines);
    assert!(!lines.contains('\u{1b}'), "colours only on a terminal");
    let database = format!("sqlite:{}", folder.path().join("var/demo/thidua.db").display());
    let mut variables = GOOD.to_vec();
    variables.push(("THIDUA__DATABASE__URL", &database));
    let checked = thidua(folder.path(), &["check"], &variables);
    assert_eq!(
        checked.status.code(),
        Some(0),
        "{}{}",
        text(&checked.stdout),
        text(&checked.stderr)
    );
    let token = thidua(folder.path(), &["token", "chanh-van-phong", "--port", &port], &[]);
    assert_eq!(text(&token.stdout).trim().split('.').count(), 3);
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    let refused = thidua(
        folder.path(),
        &["demo", "--exit", "--port", &port, "--folder", "mine"],
        &[],
    );
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stderr);
    assert!(told.contains("will not be emptied"), "{told}");
}
