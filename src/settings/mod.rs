//! Settings: the embedded defaults, then a file, then the environment; checked as a whole, with every
//! fault reported at once.

use std::collections::BTreeMap;
use std::time::Duration;

use config::{Config as Layers, Environment, File, FileFormat};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app;
use crate::identity::settings::AuthSettings;
use crate::storage;
use crate::store::connection::Location;
use crate::store::dialect;
use crate::store::tx::DbSettings;
use crate::telemetry;

const DEFAULTS: &str = include_str!("default.toml");
/// Names the settings file.
pub const FILE_VARIABLE: &str = "THIDUA_CONFIG";
const SECTIONS: [&str; 10] = [
    "server",
    "database",
    "time",
    "auth",
    "secrets",
    "storage",
    "idempotency",
    "log",
    "metrics",
    "bootstrap",
];
const SHORTEST_KEY: usize = 32;

/// All settings, each section as in `default.toml`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[server]`
    pub server: Server,
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
    /// `[bootstrap]`
    pub bootstrap: Bootstrap,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// Worker threads; 0 = one a core.
    pub workers: usize,
    /// Seconds of service after SIGTERM.
    pub drain_seconds: u64,
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
    /// Seconds that a request waits.
    pub patience_seconds: u64,
    /// Whether `serve` migrates.
    pub migrate: bool,
}

/// `[time]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// IANA name.
    pub zone: String,
}

/// `[secrets]`; never printed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Key of the cursors' signature.
    pub cursor_key: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets { cursor_key: *** }")
    }
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
    /// Hours.
    pub upload_hours: u64,
}

/// `[idempotency]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    /// Hours.
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
        let mut layers = Layers::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            layers = layers.add_source(File::new(path, FileFormat::Toml));
        }
        let environment = Environment::with_prefix("THIDUA")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true);
        let layers = layers
            .add_source(environment.source(variables))
            .build()
            .map_err(|error| vec![error.to_string()])?;
        let mut faults = unknown_sections(&layers);
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
        if self.server.listen.parse::<std::net::SocketAddr>().is_err() {
            faults.push(format!(
                "server.listen: {:?} is no address with a port",
                self.server.listen
            ));
        }
        if let Err(sentence) = Location::parse(&self.database.url) {
            faults.push(format!("database.url: {sentence}"));
        }
        if let Some(Err(sentence)) = self.database.replica_url.as_deref().map(Location::parse) {
            faults.push(format!("database.replica_url: {sentence}"));
        }
        for (name, value) in [
            ("readers", self.database.readers),
            ("writers", self.database.writers),
        ] {
            if !(1..=100).contains(&value) {
                faults.push(format!("database.{name}: must lie between 1 and 100"));
            }
        }
        if self.time.zone.parse::<chrono_tz::Tz>().is_err() {
            faults.push(format!("time.zone: {:?} is no IANA time zone", self.time.zone));
        }
        if self.secrets.cursor_key.len() < SHORTEST_KEY {
            faults.push(format!(
                "secrets.cursor_key: needs at least {SHORTEST_KEY} characters"
            ));
        }
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
        faults.extend(telemetry::filter_fault(&self.log.filter).map(|fault| format!("log.filter: {fault}")));
        if !["json", "text"].contains(&self.log.format.as_str()) {
            faults.push("log.format: must be json or text".to_owned());
        }
        if dialect::sqlite_version() < 3_051_003 {
            faults
                .push("the SQLite library is older than 3.51.3, which can corrupt a WAL database".to_owned());
        }
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
        })
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

    /// The effective settings with secrets hidden, for `check-config`.
    pub fn describe(&self) -> String {
        let database = match self.database.url.split_once('@') {
            Some((_, host)) => format!("postgres://***@{host}"),
            None => self.database.url.clone(),
        };
        let issuers: Vec<&str> = self
            .auth
            .issuers
            .values()
            .map(|issuer| issuer.url.as_str())
            .collect();
        format!(
            "server.listen = {}\nmetrics.listen = {}\ndatabase.url = {database}\ntime.zone = {}\nauth.issuers = {}\n\
             storage.url = {}\nsecrets.cursor_key = ***\nbootstrap.administrators = {}\n",
            self.server.listen,
            match self.metrics.listen.as_str() {
                "" => "off",
                listen => listen,
            },
            self.time.zone,
            issuers.join(", "),
            self.storage.url,
            self.bootstrap.administrators.len(),
        )
    }
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
    let database = one.read("database");
    let time = one.read("time");
    let auth = one.read("auth");
    let secrets = one.read("secrets");
    let storage = one.read("storage");
    let idempotency = one.read("idempotency");
    let log = one.read("log");
    let metrics = one.read("metrics");
    let bootstrap = one.read("bootstrap");
    Some(Settings {
        server: server?,
        database: database?,
        time: time?,
        auth: auth?,
        secrets: secrets?,
        storage: storage?,
        idempotency: idempotency?,
        log: log?,
        metrics: metrics?,
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
        let given: BTreeMap<_, _> = given.into_iter().collect();
        for (key, value) in given {
            let mut tried = good.clone();
            tried.insert(key.clone(), value);
            match typed::<T>(tried.clone()) {
                Ok(_) => good = tried,
                Err(error) => {
                    self.faults.push(format!("{name}: {error}"));
                    self.untyped.push(format!("{name}.{key}"));
                }
            }
        }
        typed(good).ok()
    }
}

fn typed<T: DeserializeOwned>(table: config::Map<String, config::Value>) -> Result<T, config::ConfigError> {
    config::Value::new(None, table).try_deserialize()
}

fn defaults() -> Result<Layers, config::ConfigError> {
    Layers::builder()
        .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        let variables = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::read(None, Some(variables))
    }

    const GOOD: [(&str, &str); 3] = [
        ("THIDUA__SECRETS__CURSOR_KEY", "0123456789abcdef0123456789abcdef"),
        (
            "THIDUA__AUTH__ISSUERS__MAIN__URL",
            "https://sso.example.gov.vn/realms/tinh",
        ),
        ("THIDUA__AUTH__ISSUERS__MAIN__AUDIENCE", "thidua-api"),
    ];

    #[test]
    fn the_environment_fills_what_the_defaults_leave_open() {
        let settings = read(&GOOD).expect("good settings");
        assert_eq!(settings.database.url, "sqlite:var/thidua.db");
        assert!(!settings.describe().contains("0123456789abcdef"));
    }

    #[test]
    fn all_faults_are_reported_at_once_and_name_their_keys() {
        let mut pairs = GOOD.to_vec();
        pairs.extend([
            ("THIDUA__DATABASE__URL", "mysql://x"),
            ("THIDUA__TIME__ZONE", "Mars/Olympus"),
            ("THIDUA__SECRETS__CURSOR_KEY", "short"),
            ("THIDUA__LOG__FORMAT", "xml"),
            ("THIDUA__LOG__FILTER", "thidua=loud"),
            ("THIDUA__METRICS__LISTEN", "9464"),
            ("THIDUA__AUTH__ALGORITHMS", "HS256"),
        ]);
        let faults = read(&pairs).expect_err("faults").join("\n");
        for key in [
            "database.url",
            "time.zone",
            "secrets.cursor_key",
            "log.format",
            "log.filter",
            "metrics.listen",
            "HS256",
        ] {
            assert!(faults.contains(key), "{key} in {faults}");
        }
    }

    #[test]
    fn a_badly_typed_value_hides_no_other_fault_and_makes_none() {
        let faults = read(&[
            ("THIDUA__AUTH__LEEWAY_SECONDS", "x"),
            ("THIDUA__AUTH__ISSUERS__MAIN__INSECURE_HTTP", "maybe"),
            ("THIDUA__SERVER__WORKERS", "many"),
            ("THIDUA__SERVER__DRAIN_SECONDS", "long"),
            ("THIDUA__SERVER__LISTEN", "nope"),
            ("THIDUA__TIME__ZONE", "Mars"),
        ]);
        let faults = faults.expect_err("faults");
        for key in [
            "leeway_seconds",
            "insecure_http",
            "workers",
            "drain_seconds",
            "server.listen",
            "time.zone",
            "secrets.cursor_key",
        ] {
            let said = faults.iter().filter(|fault| fault.contains(key)).count();
            assert_eq!(said, 1, "{key} in {faults:?}");
        }
        assert_eq!(faults.len(), 7, "{faults:?}");
    }

    #[test]
    fn unknown_keys_are_faults() {
        let mut pairs = GOOD.to_vec();
        pairs.extend([
            ("THIDUA__SERVER__LISTN", "x"),
            ("THIDUA__SERVR__LISTEN", "x"),
            ("THIDUA__TIME__ZOME", "x"),
        ]);
        let faults = read(&pairs).expect_err("faults").join("\n");
        for key in ["listn", "servr", "zome"] {
            assert!(faults.contains(key), "{key} in {faults}");
        }
    }

    /// What stands in `default.toml` as a comment is right as well, down to the defaults of an issuer.
    #[test]
    fn the_defaults_file_is_a_complete_reference() {
        let is_setting = |line: &str| {
            let name = line.split(" = ").next().unwrap_or_default();
            line.starts_with('[')
                || (line.contains(" = ") && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        };
        let shown: Vec<&str> = DEFAULTS
            .lines()
            .map(|line| line.trim_start_matches("# "))
            .filter(|line| is_setting(line))
            .collect();
        let source = [include_str!("mod.rs"), include_str!("../identity/settings.rs")].concat();
        let fields: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "))
            .filter(|(name, kind)| !name.contains('(') && kind.ends_with(','))
            .map(|(name, _)| name)
            .collect();
        assert!(
            fields.len() > 30 && fields.contains(&"insecure_http"),
            "{fields:?}"
        );
        for field in fields {
            let key = format!("{field} = ");
            let table = |line: &&str| -> bool {
                let mut parts = line.trim_start_matches('[').split(['.', ']']);
                line.starts_with('[') && parts.any(|part| part == field)
            };
            let named = shown.iter().any(|line| line.starts_with(&key)) || shown.iter().any(table);
            assert!(named, "{field} is not in default.toml");
        }
        let layers = Layers::builder()
            .add_source(File::from_str(&shown.join("\n"), FileFormat::Toml))
            .build()
            .expect("everything uncommented is TOML");
        let mut faults = unknown_sections(&layers);
        let settings = sections(&layers, &mut faults, &mut Vec::new());
        assert!(settings.is_some() && faults.is_empty(), "{faults:?}");
        let issuer = &settings.unwrap().auth.issuers["main"];
        let default = crate::identity::settings::IssuerSettings {
            url: issuer.url.clone(),
            audience: issuer.audience.clone(),
            discovery_uri: issuer.discovery_uri.clone(),
            jwks_uri: issuer.jwks_uri.clone(),
            personnel_code_path: issuer.personnel_code_path.clone(),
            organization_path: issuer.organization_path.clone(),
            ..Default::default()
        };
        assert_eq!(format!("{issuer:?}"), format!("{default:?}"));
    }
}
