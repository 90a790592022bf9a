//! Settings: the embedded defaults, then a file, then the environment; checked as a whole, with every
//! fault reported at once.

mod secrets;
mod server;
mod telemetry;

use std::collections::BTreeMap;
use std::time::Duration;

use config::{Config as Layers, Environment, File, FileFormat};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app;
use crate::identity::settings::AuthSettings;
use crate::shell::ShellSettings;
use crate::storage;
use crate::store::connection::Location;
use crate::store::dialect;
use crate::store::tx::DbSettings;
use crate::telemetry as told;

pub use secrets::Secrets;
pub use server::{Limits, Server};
pub use telemetry::Telemetry;

const DEFAULTS: &str = include_str!("default.toml");
/// Names the settings file.
pub const FILE_VARIABLE: &str = "THIDUA_CONFIG";
/// Before it a checkpoint could meet a write in a way that lost it.
const OLDEST_SQLITE: i32 = 3_051_003;
const SECTIONS: [&str; 12] = [
    "server",
    "limits",
    "database",
    "time",
    "auth",
    "secrets",
    "storage",
    "idempotency",
    "log",
    "metrics",
    "telemetry",
    "bootstrap",
];

/// All settings, each section as in `default.toml`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[server]`
    pub server: Server,
    /// `[limits]`
    pub limits: Limits,
    /// `[database]`
    pub database: Database,
    /// `[time]`
    pub time: Time,
    /// `[auth]`
    pub auth: AuthSettings,
    /// `[secrets]`
    pub secrets: Secrets,
    /// `[storage]`
    pub storage: Storage,
    /// `[idempotency]`
    pub idempotency: Idempotency,
    /// `[log]`
    pub log: Log,
    /// `[metrics]`
    pub metrics: Metrics,
    /// `[telemetry]`
    pub telemetry: Telemetry,
    /// `[bootstrap]`
    pub bootstrap: Bootstrap,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:` or `postgres://`.
    pub url: String,
    /// Where reads that may be stale go.
    pub replica_url: Option<String>,
    /// Connections for reads.
    pub readers: u32,
    /// Connections for writes.
    pub writers: u32,
    /// Seconds that a request waits, 1 to 600.
    pub patience_seconds: u64,
    /// Seconds for the work of one request, 1 to 600.
    pub work_seconds: u64,
    /// Whether `serve` migrates.
    pub migrate: bool,
    /// Whether writes are refused; taken up on SIGHUP.
    pub read_only: bool,
}

/// `[time]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// IANA name.
    pub zone: String,
}

/// `[storage]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// `file:` or `s3://`.
    pub url: String,
    /// Bytes.
    pub max_file_bytes: i64,
    /// Attachments of a submission.
    pub max_attachments: i64,
    /// Hours, 1 to 8760.
    pub upload_hours: u64,
}

/// `[idempotency]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    /// Hours, 1 to 8760.
    pub hours: u64,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Filter of tracing.
    pub filter: String,
    /// `json` or `text`.
    pub format: String,
}

/// `[metrics]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Address and port; empty = no listener.
    pub listen: String,
}

/// `[bootstrap]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bootstrap {
    /// By a free name.
    pub administrators: BTreeMap<String, Administrator>,
}

/// One administrator known before the first grant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Administrator {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
}

impl Settings {
    /// Reads all layers.
    ///
    /// # Errors
    /// Every fault found, each naming its key.
    pub fn load() -> Result<Self, Vec<String>> {
        Self::read(std::env::var(FILE_VARIABLE).ok().as_deref(), None)
    }

    /// Reads the layers with a given file, and the given variables instead of the environment.
    ///
    /// # Errors
    /// Every fault found, each naming its key.
    pub fn read(
        file: Option<&str>,
        variables: Option<std::collections::HashMap<String, String>>,
    ) -> Result<Self, Vec<String>> {
        let names: Vec<String> = match &variables {
            Some(variables) => variables.keys().cloned().collect(),
            None => std::env::vars_os()
                .filter_map(|(name, _)| name.into_string().ok())
                .collect(),
        };
        let mut layers = Layers::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            layers = layers.add_source(File::new(path, FileFormat::Toml));
        }
        let environment = Environment::with_prefix("THIDUA")
            .prefix_separator("__")
            .separator("__");
        let layers = layers
            .add_source(environment.source(variables))
            .build()
            .map_err(|error| vec![error.to_string()])?;
        let mut faults = misspelt(names);
        faults.extend(unknown_sections(&layers));
        let mut untyped = Vec::new();
        let settings = sections(&layers, &mut faults, &mut untyped);
        if let Some(settings) = &settings {
            // A default that stands in for what could not be read is not the operator's.
            let stands_in = |fault: &String| untyped.iter().any(|key| fault.starts_with(key.as_str()));
            faults.extend(settings.faults().into_iter().filter(|fault| !stands_in(fault)));
        }
        settings.filter(|_| faults.is_empty()).ok_or(faults)
    }

    /// Everything that is wrong although each value has its type.
    fn faults(&self) -> Vec<String> {
        let mut faults = self.auth.faults();
        faults.extend(self.server.faults());
        faults.extend(self.limits.faults());
        faults.extend(self.telemetry.faults());
        if let Err(sentence) = Location::parse(&self.database.url) {
            faults.push(format!("database.url: {sentence}"));
        }
        let copy = self.database.replica_url.as_deref().map(Location::parse);
        let server = |location: &Location| matches!(location, Location::Postgres(_));
        match copy {
            Some(Err(sentence)) => faults.push(format!("database.replica_url: {sentence}")),
            Some(Ok(copy))
                if !server(&copy) || !Location::parse(&self.database.url).is_ok_and(|own| server(&own)) =>
            {
                faults.push(
                    "database.replica_url: only PostgreSQL has a standby, of the server of `url`".to_owned(),
                );
            }
            _ => {}
        }
        for (name, value) in [
            ("readers", self.database.readers),
            ("writers", self.database.writers),
        ] {
            if !(1..=100).contains(&value) {
                faults.push(format!("database.{name}: must lie between 1 and 100"));
            }
        }
        for (name, value, most) in [
            ("database.patience_seconds", self.database.patience_seconds, 600),
            ("database.work_seconds", self.database.work_seconds, 600),
            ("storage.upload_hours", self.storage.upload_hours, 8760),
            // A key that is forgotten before its client asks again protects nobody (IDM-09).
            ("idempotency.hours", self.idempotency.hours, 8760),
        ] {
            if !(1..=most).contains(&value) {
                faults.push(format!("{name}: must lie between 1 and {most}"));
            }
        }
        for (name, one) in &self.bootstrap.administrators {
            let key = format!("bootstrap.administrators.{name}");
            if one.subject.is_empty() {
                faults.push(format!("{key}.subject: must not be empty"));
            }
            if !self.auth.issuers.values().any(|issuer| issuer.url == one.issuer) {
                faults.push(format!("{key}.issuer: {:?} is none of auth.issuers", one.issuer));
            }
        }
        if self.time.zone.parse::<chrono_tz::Tz>().is_err() {
            faults.push(format!("time.zone: {:?} is no IANA time zone", self.time.zone));
        }
        faults.extend(self.secrets.faults());
        faults.extend(secrets::password_fault("database.url", &self.database.url));
        let copy = self.database.replica_url.as_deref();
        faults.extend(copy.and_then(|url| secrets::password_fault("database.replica_url", url)));
        faults.extend(storage::Storage::fault(&self.storage.url));
        if self.storage.max_file_bytes < 1 || self.storage.max_attachments < 1 {
            faults.push("storage: max_file_bytes and max_attachments must be positive".to_owned());
        }
        let metrics = &self.metrics.listen;
        if !metrics.is_empty() && metrics.parse::<std::net::SocketAddr>().is_err() {
            faults.push(format!("metrics.listen: {metrics:?} is no address with a port"));
        }
        if !metrics.is_empty() && *metrics == self.server.listen {
            faults.push("metrics.listen: is the address of the service itself".to_owned());
        }
        faults.extend(told::filter_fault(&self.log.filter).map(|fault| format!("log.filter: {fault}")));
        if !["json", "text"].contains(&self.log.format.as_str()) {
            faults.push("log.format: must be json or text".to_owned());
        }
        faults.extend(sqlite_fault(dialect::sqlite_version()));
        faults
    }

    /// How the database is reached.
    ///
    /// # Errors
    /// The fault of the URL; `load` has reported it already.
    pub fn db(&self) -> Result<DbSettings, String> {
        Ok(DbSettings {
            location: Location::parse(&self.database.url)?,
            replica: self
                .database
                .replica_url
                .as_deref()
                .map(Location::parse)
                .transpose()?,
            readers: self.database.readers,
            writers: self.database.writers,
            patience: Duration::from_secs(self.database.patience_seconds),
            work: Duration::from_secs(self.database.work_seconds),
            waiting: self.limits.waiting,
        })
    }

    /// What the server bears of its clients.
    pub fn shell(&self) -> ShellSettings {
        server::shell(&self.server, &self.limits, self.database.patience_seconds)
    }

    /// What use cases know.
    ///
    /// # Errors
    /// The fault of the zone; `load` has reported it already.
    pub fn app(&self) -> Result<app::Config, String> {
        let hours = |hours: u64| Duration::from_secs(hours.saturating_mul(3600));
        Ok(app::Config {
            zone: self
                .time
                .zone
                .parse()
                .map_err(|_| format!("{} is no time zone", self.time.zone))?,
            issuers: self
                .auth
                .issuers
                .values()
                .map(|issuer| issuer.url.clone())
                .collect(),
            bootstrap: self
                .bootstrap
                .administrators
                .values()
                .map(|named| app::Bootstrap {
                    issuer: named.issuer.clone(),
                    subject: named.subject.clone(),
                })
                .collect(),
            idempotency_life: hours(self.idempotency.hours),
            cursor_key: self.secrets.cursor_key.clone().into_bytes(),
            max_file_bytes: self.storage.max_file_bytes,
            max_attachments: self.storage.max_attachments,
            upload_life: hours(self.storage.upload_hours),
        })
    }

    /// The settings in effect that are asked for most, with secrets hidden, for `check-config`.
    pub fn describe(&self) -> String {
        let database = secrets::hidden(&self.database.url);
        let replica = self.database.replica_url.as_deref().map(secrets::hidden);
        let issuers: Vec<&str> = self
            .auth
            .issuers
            .values()
            .map(|issuer| issuer.url.as_str())
            .collect();
        format!(
            "server.listen = {}\nmetrics.listen = {}\ntelemetry.otlp_endpoint = {}\nserver.allowed_origins = {}\nserver.behind_tls = {}\n\
             server.documentation = {}\nserver.trusted_proxies = {}\nlimits.caller_requests = {}\nlimits.address_requests = {}\n\
             database.url = {database}\ndatabase.replica_url = {}\ndatabase.readers = {}\ndatabase.writers = {}\n\
             database.migrate = {}\ndatabase.read_only = {}\nlog.filter = {}\nlog.format = {}\ntime.zone = {}\nauth.issuers = {}\n{}\
             storage.url = {}\nsecrets.cursor_key = ***\nbootstrap.administrators = {}\n",
            self.server.listen,
            match self.metrics.listen.as_str() {
                "" => "off",
                listen => listen,
            },
            match self.telemetry.otlp_endpoint.as_str() {
                "" => "off",
                endpoint => endpoint,
            },
            self.server.allowed_origins.join(", "),
            self.server.behind_tls,
            self.server.documentation,
            self.server.trusted_proxies.join(", "),
            self.limits.caller_requests,
            self.limits.address_requests,
            replica.as_deref().unwrap_or("none"),
            self.database.readers,
            self.database.writers,
            self.database.migrate,
            self.database.read_only,
            self.log.filter,
            self.log.format,
            self.time.zone,
            issuers.join(", "),
            self.auth.describe_step_up(),
            self.storage.url,
            self.bootstrap.administrators.len(),
        )
    }
}

/// Why the embedded database's library may not be used, by its number: 3.51.3 is 3051003.
fn sqlite_fault(version: i32) -> Option<String> {
    (version < OLDEST_SQLITE)
        .then(|| "the SQLite library is older than 3.51.3, which can corrupt a WAL database".to_owned())
}

/// Variables that were meant as settings, and would not be read: `THIDUA_DATABASE__URL`.
fn misspelt(names: Vec<String>) -> Vec<String> {
    let meant = |name: &String| {
        name.strip_prefix("THIDUA_")
            .is_some_and(|rest| !rest.starts_with('_') && rest.contains("__"))
    };
    names
        .into_iter()
        .filter(meant)
        .map(|name| format!("{name}: settings begin with THIDUA__, with two underscores"))
        .collect()
}

fn unknown_sections(layers: &Layers) -> Vec<String> {
    let table: Result<BTreeMap<String, config::Value>, _> = layers.clone().try_deserialize();
    match table {
        Ok(table) => table
            .into_keys()
            .filter(|name| !SECTIONS.contains(&name.as_str()))
            .map(|name| format!("{name}: unknown section"))
            .collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// Reads section by section, and a faulty section key by key, so that no fault hides another. The keys
/// whose value is left out are added to `untyped`.
fn sections(layers: &Layers, faults: &mut Vec<String>, untyped: &mut Vec<String>) -> Option<Settings> {
    let mut one = Sections {
        layers,
        faults,
        untyped,
    };
    let server = one.read("server");
    let limits = one.read("limits");
    let database = one.read("database");
    let time = one.read("time");
    let auth = one.read("auth");
    let secrets = one.read("secrets");
    let storage = one.read("storage");
    let idempotency = one.read("idempotency");
    let log = one.read("log");
    let metrics = one.read("metrics");
    let telemetry = one.read("telemetry");
    let bootstrap = one.read("bootstrap");
    Some(Settings {
        server: server?,
        limits: limits?,
        database: database?,
        time: time?,
        auth: auth?,
        secrets: secrets?,
        storage: storage?,
        idempotency: idempotency?,
        log: log?,
        metrics: metrics?,
        telemetry: telemetry?,
        bootstrap: bootstrap?,
    })
}

struct Sections<'a> {
    layers: &'a Layers,
    faults: &'a mut Vec<String>,
    untyped: &'a mut Vec<String>,
}

impl Sections<'_> {
    fn read<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let error = match self.layers.get::<T>(name) {
            Ok(section) => return Some(section),
            Err(error) => error,
        };
        let tables = (
            defaults().and_then(|layers| layers.get_table(name)),
            self.layers.get_table(name),
        );
        // `[bootstrap]` may be absent from the defaults; then nothing stands in for a value of it.
        let (Ok(mut good), Ok(given)) = tables else {
            self.faults.push(format!("{name}: {error}"));
            return None;
        };
        self.take::<T>(name, &mut good, &[], given);
        typed(good).ok()
    }

    /// Takes over what is given below a path, value by value, as far as each can be read.
    fn take<T: DeserializeOwned>(&mut self, name: &str, good: &mut Table, path: &[String], given: Table) {
        let given: BTreeMap<_, _> = given.into_iter().collect();
        for (key, value) in given {
            let path = [path, &[key]].concat();
            let tried = with(good.clone(), &path, value.clone());
            let Err(error) = typed::<T>(tried.clone()) else {
                *good = tried;
                continue;
            };
            // A table that is faulty has values that are not.
            let emptied = with(good.clone(), &path, Table::new().into());
            match value.into_table() {
                Ok(inner) if !inner.is_empty() && typed::<T>(emptied.clone()).is_ok() => {
                    *good = emptied;
                    self.take::<T>(name, good, &path, inner);
                }
                _ => {
                    self.faults.push(format!("{name}: {error}"));
                    self.untyped.push(format!("{name}.{}", path.join(".")));
                }
            }
        }
    }
}

type Table = config::Map<String, config::Value>;

/// The table with a value at a path, all of whose parts but the last are tables.
fn with(mut table: Table, path: &[String], value: config::Value) -> Table {
    match path {
        [] => {}
        [key] => {
            table.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let inner = table.remove(key).and_then(|inner| inner.into_table().ok());
            let inner = with(inner.unwrap_or_default(), rest, value);
            table.insert(key.clone(), inner.into());
        }
    }
    table
}

fn typed<T: DeserializeOwned>(table: Table) -> Result<T, config::ConfigError> {
    config::Value::new(None, table).try_deserialize()
}

fn defaults() -> Result<Layers, config::ConfigError> {
    Layers::builder()
        .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
        .build()
}

#[cfg(test)]
mod tests;
