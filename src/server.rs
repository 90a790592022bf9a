//! The application as a value: everything that `serve`, `demo` and the tests start alike.

use std::net::TcpListener;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as ActixApp, HttpServer, web};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::health::Readiness;
use crate::api::{self, Shell};
use crate::app::{App, Config};
use crate::domain::time::Clock;
use crate::identity::Verifier;
use crate::shell::ShellSettings;
use crate::storage::Storage;
use crate::store::connection::{Conn, Location, Manager, Use};
use crate::store::dialect;
use crate::store::tx::{Db, DbSettings};
use crate::telemetry::Observer;
use crate::worker;

/// Blocking threads of a process, shared among its workers: what the framework takes by default.
const BLOCKING_THREADS: usize = 512;
/// Blocking threads of a worker beside those for the database: files, compression.
const FILE_THREADS: usize = 32;

/// What a server is made of.
#[derive(Clone)]
pub struct Parts {
    /// The use cases.
    pub app: App,
    /// Who is calling.
    pub verifier: Verifier,
    /// Where the contents of files lie.
    pub storage: Storage,
    /// What the server bears of its clients.
    pub shell: ShellSettings,
    /// What is told of requests.
    pub observer: Arc<Observer>,
}

impl Parts {
    /// Builds the parts; nothing is connected yet.
    pub fn new(
        db: &DbSettings,
        config: Config,
        clock: Arc<dyn Clock>,
        verifier: Verifier,
        storage: Storage,
    ) -> Self {
        let observer = Arc::new(Observer::new(&config.cursor_key));
        let app = App {
            db: Db::new(db),
            clock,
            config: Arc::new(config),
            written: Arc::new(tokio::sync::Notify::new()),
        };
        Self {
            app,
            verifier,
            storage,
            shell: ShellSettings::default(),
            observer,
        }
    }
}

/// A running server.
pub struct Running {
    handle: ServerHandle,
    draining: Arc<AtomicBool>,
    task: JoinHandle<std::io::Result<()>>,
    stopped: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
    refreshing: Vec<JoinHandle<()>>,
}

/// Starts to serve on a listener, with the workers beside it.
///
/// # Errors
/// The listener's error.
pub fn start(listener: TcpListener, threads: usize, parts: &Parts) -> std::io::Result<Running> {
    let draining = Arc::new(AtomicBool::new(false));
    let readiness = web::Data::new(Readiness::new(
        parts.app.clone(),
        parts.verifier.clone(),
        Arc::clone(&draining),
    ));
    let (app, verifier) = (
        web::Data::new(parts.app.clone()),
        web::Data::new(parts.verifier.clone()),
    );
    let storage = web::Data::new(parts.storage.clone());
    let shell = web::Data::new(Shell::new(&parts.shell, Arc::clone(&draining)));
    let observer = web::Data::from(Arc::clone(&parts.observer));
    let documentation = parts.shell.documentation;
    let factory = move || {
        ActixApp::new()
            .app_data(app.clone())
            .app_data(verifier.clone())
            .app_data(storage.clone())
            .app_data(observer.clone())
            .app_data(readiness.clone())
            .app_data(shell.clone())
            .configure(api::routes)
            .configure(|config| {
                if documentation {
                    api::documentation(config);
                }
            })
            .default_service(web::to(api::answer_unknown))
            .wrap(from_fn(api::admit))
            .wrap(from_fn(api::head_as_get))
            .wrap(from_fn(api::measure))
            // Inside of `finish`: a client that takes no coding at all is refused with a problem, too.
            .wrap(Compress::default())
            .wrap(from_fn(api::finish))
    };
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        wanted => wanted,
    };
    // All connections of the database may be in use by requests of one worker; a pass without a thread would
    // make others wait for nothing.
    let blocking = parts.app.db.most_at_once().saturating_add(FILE_THREADS);
    let blocking = blocking.max(BLOCKING_THREADS.checked_div(threads).unwrap_or_default());
    let longest = parts.shell.keep_alive + parts.shell.head;
    let server = HttpServer::new(factory)
        .on_connect(move |io, data| api::watch(io, data, longest))
        .disable_signals()
        .shutdown_timeout(parts.shell.finish.as_secs())
        .workers(threads)
        .worker_max_blocking_threads(blocking)
        // Of each thread; beyond it connections wait in the backlog.
        .max_connections(parts.shell.max_connections.div_ceil(threads))
        .client_request_timeout(parts.shell.head)
        .keep_alive(parts.shell.keep_alive)
        .listen(listener)?
        .run();
    let handle = server.handle();
    let (stopped, stop) = watch::channel(false);
    Ok(Running {
        handle,
        draining,
        task: tokio::spawn(server),
        stopped,
        workers: worker::start(&parts.app, &parts.storage, &stop),
        refreshing: parts.verifier.spawn_refresh(),
    })
}

impl Running {
    /// Says 503 on `/readyz` and ends connections with their next answer for a while, then finishes what is
    /// under way and stops (SHD-01, SHD-03). Workers take no new work from the beginning on (SHD-05).
    pub async fn stop(self, drain: Duration) {
        self.draining.store(true, Ordering::Relaxed);
        self.stopped.send_replace(true);
        tokio::time::sleep(drain).await;
        self.handle.stop(true).await;
        for refreshing in self.refreshing {
            refreshing.abort();
        }
        for worker in self.workers {
            if let Err(error) = worker.await {
                tracing::warn!(%error, "a worker did not end by itself");
            }
        }
    }

    /// Serves until the server ends by itself.
    ///
    /// # Errors
    /// The server's error.
    pub async fn wait(&mut self) -> std::io::Result<()> {
        (&mut self.task).await.map_err(std::io::Error::other)?
    }
}

/// Why a schema was not prepared; a sentence for the operator.
#[derive(Debug)]
pub enum Unprepared {
    /// The server does not answer: it may come (DBF-05).
    Away(String),
    /// Somebody has to do something.
    Refused(String),
}

impl From<String> for Unprepared {
    fn from(sentence: String) -> Self {
        Self::Refused(sentence)
    }
}

impl From<Unprepared> for String {
    fn from(unprepared: Unprepared) -> Self {
        match unprepared {
            Unprepared::Away(sentence) | Unprepared::Refused(sentence) => sentence,
        }
    }
}

/// Refuses a database that does not keep what it confirms (DUR-01), then brings the schema up to date or
/// refuses one that is not (MIG-06). Answers what ran.
///
/// # Errors
/// What is wrong.
pub fn prepare_schema(db: &DbSettings, migrate: bool) -> Result<Vec<String>, Unprepared> {
    // SQLite makes the file, not the folder.
    if let Location::Sqlite(path) = &db.location
        && let Some(folder) = std::path::Path::new(path).parent()
    {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    }
    let mut conn = Manager::new(db.location.clone(), Use::Write)
        .open()
        .map_err(|error| {
            let sentence = format!("the database cannot be opened: {error}");
            match db.location {
                Location::Sqlite(_) => Unprepared::Refused(sentence),
                Location::Postgres(_) => Unprepared::Away(sentence),
            }
        })?;
    dialect::refuse_unsafe(&mut conn)?;
    if migrate {
        return Ok(dialect::migrate(&mut conn)?);
    }
    Ok(refuse_other(&mut conn).map(|()| Vec::new())?)
}

/// Copies the embedded database to a new file as it is at one instant, whoever writes meanwhile; the settings
/// of the copy. A server's database is backed up by its own means.
///
/// # Errors
/// A sentence for the operator.
pub fn back_up(db: &DbSettings, target: &std::path::Path) -> Result<DbSettings, String> {
    let path = target.to_str().ok_or("the target's name is no text")?;
    if target.exists() {
        return Err(format!("{path} exists already; a backup is a new file"));
    }
    let mut conn = Manager::new(db.location.clone(), Use::Write)
        .open()
        .map_err(|error| format!("the database cannot be opened: {error}"))?;
    // Under its own name only when it is whole: what a full disk leaves must neither look like a backup nor keep the
    // next one away.
    let part = format!("{path}.part");
    let away = |name: String| match std::fs::remove_file(&name) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{name} cannot be removed: {error}"))
        }
        _ => Ok(()),
    };
    away(part.clone())?;
    let copied = dialect::copy_to(&mut conn, &part).and_then(|()| {
        // SQLite flushes the file, not the folder in which its name stands.
        let kept = std::fs::File::open(&part)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&part, target))
            .and_then(|()| std::fs::File::open(folder_of(target))?.sync_all());
        kept.map_err(|error| format!("{path} cannot be kept: {error}"))
    });
    if let Err(sentence) = copied {
        away(part.clone())?;
        away(format!("{part}-journal"))?;
        return Err(sentence);
    }
    Ok(DbSettings {
        location: Location::Sqlite(path.to_owned()),
        replica: None,
        ..db.clone()
    })
}

fn folder_of(file: &std::path::Path) -> &std::path::Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => std::path::Path::new("."),
    }
}

/// Refuses a schema that is not the one of this binary, and only reads (MIG-06).
///
/// # Errors
/// A sentence for the operator.
pub fn refuse_schema(db: &DbSettings) -> Result<(), String> {
    // SQLite would make the file that it is asked to open.
    if let Location::Sqlite(path) = &db.location
        && !std::path::Path::new(path).is_file()
    {
        return Err(format!(
            "there is no database at {path}; run `thidua migrate` to make one"
        ));
    }
    let mut conn = Manager::new(db.location.clone(), Use::Read)
        .open()
        .map_err(|error| format!("the database cannot be opened: {error}"))?;
    refuse_other(&mut conn)
}

fn refuse_other(conn: &mut Conn) -> Result<(), String> {
    match dialect::schema(conn) {
        Ok(schema) if schema.serves() => Ok(()),
        Ok(other) => Err(other.refusal().unwrap_or_else(|| {
            "the schema is older than this version needs; run `thidua migrate`".to_owned()
        })),
        Err(error) => Err(format!(
            "the schema cannot be read ({error}); run `thidua migrate` if the database is new"
        )),
    }
}
