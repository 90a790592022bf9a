//! `demo` and `token`: the server composed in this process with a clock that can be set and the built-in
//! development issuer. Neither exists in `serve`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use thidua::app::{Bootstrap, Config};
use thidua::demo::{self, Actor, Machine, Stage};
use thidua::domain::caller::PrincipalKind;
use thidua::domain::time::{Clock, SettableClock, SystemClock};
use thidua::identity::Verifier;
use thidua::identity::development::{DevelopmentIssuer, TokenRequest};
use thidua::identity::settings::AuthSettings;
use thidua::server::{self, Parts};
use thidua::storage::Storage;
use thidua::store::connection::{Conn, Location, Manager, Use};
use thidua::store::dialect;
use thidua::store::tx::DbSettings;
use thidua::telemetry;

use super::output::{complain, print};

const AUDIENCE: &str = "thidua-api";
/// Says that the folder is the demo's own and may be emptied; locked as long as a demo runs on it.
const MARKER: &str = ".thidua-demo";
const PORT: u16 = 8080;
const FOLDER: &str = "var/demo";
const TOKEN_LIFE: Duration = Duration::from_hours(12);

/// Arguments of `demo`.
#[derive(Args)]
pub struct DemoArguments {
    /// End after the walk: code 0 when every step went as the plan says, 1 otherwise.
    #[arg(long)]
    exit: bool,
    /// Port of the service on 127.0.0.1; the development issuer takes the next one.
    #[arg(long, default_value_t = PORT, value_parser = clap::value_parser!(u16).range(1..=65534))]
    port: u16,
    /// Folder of the demo's data; emptied at each start.
    #[arg(long, default_value = FOLDER)]
    folder: PathBuf,
    /// An empty PostgreSQL database (postgres://…) instead of the embedded one in the folder; marked as the
    /// demo's own and emptied at each start.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// Arguments of `token`.
#[derive(Args)]
pub struct TokenArguments {
    /// Subject (`sub`) of a person, or client id with --client.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    subject: String,
    /// A machine client instead of a person.
    #[arg(long)]
    client: bool,
    /// Port of the running demo.
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Folder of the demo's data.
    #[arg(long, default_value = FOLDER)]
    folder: PathBuf,
}

/// Plays the plan, then keeps serving unless told to exit.
pub fn run(arguments: &DemoArguments) -> ExitCode {
    telemetry::start("warn", false);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(play(arguments)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            complain(&format!("demo: {sentence}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints a token for the running demo.
pub fn token(arguments: &TokenArguments) -> ExitCode {
    if !arguments.folder.join(MARKER).is_file() {
        complain("there is no demo in this folder; start `thidua demo` first");
        return ExitCode::FAILURE;
    }
    let kind = if arguments.client {
        PrincipalKind::Client
    } else {
        PrincipalKind::User
    };
    let made = open_issuer(&arguments.folder, arguments.port)
        .and_then(|issuer| sign(&issuer, &arguments.subject, kind, None));
    match made {
        Ok(token) => {
            print(&format!("{token}\n"));
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

async fn play(arguments: &DemoArguments) -> Result<(), String> {
    let service = listen(arguments.port)?;
    let issuer_port = arguments.port.checked_add(1).ok_or("the port is too high")?;
    let keys = listen(issuer_port)?;
    let _folder_lock = claim(&arguments.folder)?;
    let issuer = Arc::new(open_issuer(&arguments.folder, arguments.port)?);
    let served = Arc::clone(&issuer);
    // A runtime of its own: the issuer's server is not made to move between threads.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime.map(|runtime| runtime.block_on(served.serve(keys))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) | Err(error) => complain(&format!("the development issuer stopped: {error}")),
        }
    });

    let (db, _database_lock) = settings(arguments)?;
    server::prepare_schema(&db, true).map_err(String::from)?;
    let mut auth = AuthSettings::default();
    auth.issuers.insert("demo".to_owned(), issuer.settings(AUDIENCE));
    let verifier = Verifier::new(&auth)?;
    verifier.refresh().await;
    let clock = Arc::new(SettableClock::running(SystemClock.now()));
    let storage = Storage::open(
        &format!("file:{}", arguments.folder.join("files").display()),
        None,
    )?;
    let parts = Parts::new(
        &db,
        config(&issuer),
        Arc::<SettableClock>::clone(&clock),
        verifier,
        storage,
    );
    let mut running = server::start(service, 2, &parts).map_err(|error| error.to_string())?;

    let base = format!("http://127.0.0.1:{}", arguments.port);
    print(&format!(
        "thidua demo: kế hoạch 579/KH-SNgV trên {base}, dữ liệu trong {}\n\
         Bộ cấp token tích hợp chỉ dùng để phát triển. The built-in issuer is for development only.\n",
        arguments.folder.display()
    ));
    let set_time = |at: &str| -> Result<(), String> {
        clock.set(at.parse().map_err(|_| format!("{at} is no instant"))?);
        Ok(())
    };
    let token = |actor: Actor| {
        let kind = if actor.machine {
            PrincipalKind::Client
        } else {
            PrincipalKind::User
        };
        sign(&issuer, actor.subject, kind, Some(actor.title))
    };
    let mut stage = Stage::new(
        &base,
        Machine {
            set_time: &set_time,
            token: &token,
        },
    )
    .map_err(|f| f.to_string())?;
    demo::play(&mut stage, issuer.url())
        .await
        .map_err(|failure| failure.to_string())?;
    farewell(&stage, &base, arguments, &token)?;
    if arguments.exit {
        running.stop(Duration::ZERO).await;
        return Ok(());
    }
    clock.run();
    tokio::select! {
        ended = running.wait() => ended.map_err(|error| error.to_string()),
        _ = tokio::signal::ctrl_c() => {
            running.stop(Duration::ZERO).await;
            Ok(())
        }
    }
}

fn listen(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", port)).map_err(|error| {
        format!("port {port} on 127.0.0.1 cannot be used ({error}); is another demo running? Try --port")
    })
}

/// Starts empty; refuses to empty a folder that is not the demo's own (M-27), or in which another demo
/// runs. The folder is this demo's as long as the answer lives.
fn claim(folder: &Path) -> Result<File, String> {
    let text = |error: std::io::Error| format!("{}: {error}", folder.display());
    let marker = folder.join(MARKER);
    if folder.exists() && !marker.is_file() {
        return Err(format!(
            "{} is not a demo folder and will not be emptied",
            folder.display()
        ));
    }
    std::fs::create_dir_all(folder).map_err(text)?;
    let mut lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&marker)
        .map_err(text)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(format!(
                "another demo is running on {}; stop it, or name another folder with --folder",
                folder.display()
            ));
        }
        Err(TryLockError::Error(error)) => return Err(text(error)),
    }
    for entry in std::fs::read_dir(folder).map_err(text)? {
        let entry = entry.map_err(text)?;
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type().map_err(text)?.is_dir() {
            std::fs::remove_dir_all(entry.path()).map_err(text)?;
        } else {
            std::fs::remove_file(entry.path()).map_err(text)?;
        }
    }
    lock.set_len(0).map_err(text)?;
    lock.write_all(b"made by `thidua demo`; emptied at each start\n")
        .map_err(text)?;
    Ok(lock)
}

fn open_issuer(folder: &Path, port: u16) -> Result<DevelopmentIssuer, String> {
    let port = port.checked_add(1).ok_or("the port is too high")?;
    DevelopmentIssuer::open(folder, &format!("http://127.0.0.1:{port}")).map_err(|error| error.to_string())
}

fn sign(
    issuer: &DevelopmentIssuer,
    subject: &str,
    kind: PrincipalKind,
    name: Option<&str>,
) -> Result<String, String> {
    let request = TokenRequest {
        subject: subject.to_owned(),
        kind,
        name: name.filter(|_| kind == PrincipalKind::User).map(str::to_owned),
        client_id: None,
        audience: AUDIENCE.to_owned(),
        lifetime: TOKEN_LIFE,
    };
    issuer
        .token(&request, SystemClock.now().utc())
        .map_err(|error| error.to_string())
}

/// The demo's database, empty, with the connection that holds it against another demo.
fn settings(arguments: &DemoArguments) -> Result<(DbSettings, Option<Conn>), String> {
    let (location, lock) = match &arguments.database {
        None => {
            let path = arguments.folder.join("thidua.db").display().to_string();
            (Location::Sqlite(path), None)
        }
        Some(url) => {
            let location = Location::parse(url)?;
            if !matches!(location, Location::Postgres(_)) {
                return Err(
                    "--database takes postgres://…; the embedded database lies in --folder".to_owned(),
                );
            }
            let mut conn = Manager::new(location.clone(), Use::Write)
                .open()
                .map_err(|error| format!("the database cannot be opened: {error}"))?;
            dialect::empty_for_demo(&mut conn)?;
            (location, Some(conn))
        }
    };
    let settings = DbSettings {
        location,
        replica: None,
        readers: 4,
        writers: 4,
        patience: Duration::from_secs(10),
        work: Duration::from_secs(30),
        waiting: 256,
    };
    Ok((settings, lock))
}

fn config(issuer: &DevelopmentIssuer) -> Config {
    Config {
        zone: chrono_tz::Asia::Ho_Chi_Minh,
        issuers: vec![issuer.url().to_owned()],
        bootstrap: vec![Bootstrap {
            issuer: issuer.url().to_owned(),
            subject: "quan-tri".to_owned(),
        }],
        idempotency_life: Duration::from_hours(72),
        cursor_key: rand::random::<[u8; 32]>().to_vec(),
        max_file_bytes: 50 * 1024 * 1024,
        max_attachments: 100,
        upload_life: Duration::from_hours(24),
    }
}

/// Where to look, one `curl` for each role, and how to start again; after `--exit`, how to keep it serving.
fn farewell(
    stage: &Stage<'_>,
    base: &str,
    arguments: &DemoArguments,
    token: &dyn Fn(Actor) -> Result<String, String>,
) -> Result<(), String> {
    let steps = stage.steps();
    stage.print(&format!(
        "\n{steps} bước, mọi kết quả đúng như kế hoạch. {steps} steps, every result as the plan says.\n\n"
    ));
    let again = format!("cargo run -- demo{}", options(arguments, true));
    if arguments.exit {
        stage.print(&format!(
            "Dịch vụ đã dừng. Để dịch vụ chạy tiếp sau các bước / to keep it serving after the walk:\n  \
             {again}\nKhi đó có tài liệu ở {base}/docs/ và một lệnh curl cho mỗi vai trò. \
             Then: documentation, and one curl for each role.\n"
        ));
        return Ok(());
    }
    stage.print(&format!(
        "Tài liệu / documentation: {base}/docs/\n\
         Giờ nghiệp vụ chạy tiếp từ bước cuối. Business time runs on from the last step.\n\n"
    ));
    for (actor, path) in demo::ACTORS {
        let client = if actor.machine { " --client" } else { "" };
        stage.print(&format!(
            "# {}: {}{client}\ncurl -s -H 'Authorization: Bearer {}' '{base}{path}'\n\n",
            actor.title,
            actor.subject,
            token(*actor)?
        ));
    }
    stage.print(&format!(
        "# Công chúng, không cần token\ncurl -s '{base}/v1/honors'\n\n\
         Token khác, với tài khoản ghi sau dấu # / another token, for a subject after #:\n  \
         cargo run -q -- token{} <subject>\n\
         Bắt đầu lại từ đầu / start again from empty (xóa / empties {}): Ctrl-C,\n  {again}\n",
        options(arguments, false),
        arguments.folder.display()
    ));
    Ok(())
}

/// The options that were given, so that a printed command means this demo.
fn options(arguments: &DemoArguments, database: bool) -> String {
    let port = (arguments.port != PORT).then(|| format!(" --port {}", arguments.port));
    let folder = (arguments.folder != Path::new(FOLDER))
        .then(|| format!(" --folder {}", quoted(&arguments.folder.display().to_string())));
    let url = arguments.database.as_ref().filter(|_| database);
    let url = url.map(|url| format!(" --database {}", quoted(&without_password(url))));
    [port, folder, url].into_iter().flatten().collect()
}

/// As one word of a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@=,+".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The address of a database with its password hidden: what is printed may be kept.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_commands_name_this_demo() {
        let mut arguments = DemoArguments {
            exit: false,
            port: PORT,
            folder: FOLDER.into(),
            database: None,
        };
        assert_eq!(options(&arguments, true), "");
        arguments.port = 8580;
        arguments.folder = "my demo".into();
        arguments.database = Some("postgres://me:secret@127.0.0.1/demo".to_owned());
        assert_eq!(options(&arguments, false), " --port 8580 --folder 'my demo'");
        assert_eq!(
            options(&arguments, true),
            " --port 8580 --folder 'my demo' --database 'postgres://me:***@127.0.0.1/demo'"
        );
    }

    #[test]
    fn a_folder_is_one_demos_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("demo");
        let first = claim(&folder).unwrap();
        std::fs::write(folder.join("thidua.db"), "data").unwrap();
        let refused = claim(&folder).unwrap_err();
        assert!(
            refused.contains("another demo") && refused.contains("--folder"),
            "{refused}"
        );
        assert!(folder.join("thidua.db").exists());
        drop(first);
        let _second = claim(&folder).unwrap();
        assert!(!folder.join("thidua.db").exists(), "it starts empty");
    }
}
