//! A seeded service: Sở Ngoại vụ with its Văn phòng and five divisions, the province, Sở Nội vụ with the
//! Board, another department; 28 individuals, 6 collectives; a persona for every role. Ids are fixed
//! ([`org`], [`person`], [`collective`]), so tests can name them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;
use thidua::app::{AnyId, Bootstrap, Config, JsonText};
use thidua::domain::caller::{PrincipalKind, Role};
use thidua::domain::codes::{LeadershipClass, OrganizationKind, StaffKind};
use thidua::domain::ids::{CollectiveId, IdentityId, IndividualId, OrganizationId, RoleGrantId};
use thidua::domain::text;
use thidua::domain::time::{Clock as _, Instant, SettableClock};
use thidua::identity::Verifier;
use thidua::identity::development::{DevelopmentIssuer, TokenRequest};
use thidua::identity::settings::AuthSettings;
use thidua::server::{self, Parts, Running};
use thidua::shell::{RateSettings, ShellSettings};
use thidua::storage::Storage;
use thidua::store::connection::{Conn, Location, Manager, Use};
use thidua::store::tx::DbSettings;
use thidua::store::{dialect, organizations, schema, search};
use uuid::Uuid;

use super::calendar::WRITTEN_FOR;
use super::next_release::NextRelease;
use super::{Database, postgres};

const MAX_FILE_BYTES: i64 = 1024 * 1024;

/// Audience of the tokens.
pub const AUDIENCE: &str = "thidua-api";

/// Organisations of the world.
pub mod org {
    use super::{OrganizationId, Uuid};

    const fn id(number: u128) -> OrganizationId {
        OrganizationId(Uuid::from_u128(
            0x0199_0000_0000_7000_8000_0001_0000_0000 + number,
        ))
    }
    /// UBND tỉnh.
    pub const PROVINCE: OrganizationId = id(1);
    /// Sở Nội vụ.
    pub const HOME_AFFAIRS: OrganizationId = id(12);
    /// Ban Thi đua - Khen thưởng.
    pub const BOARD: OrganizationId = id(121);
    /// Sở Ngoại vụ.
    pub const DEPARTMENT: OrganizationId = id(15);
    /// Văn phòng Sở.
    pub const OFFICE: OrganizationId = id(151);
    /// Five divisions of the department.
    pub const DIVISIONS: [OrganizationId; 5] = [id(152), id(153), id(154), id(155), id(156)];
    /// Another department, a sibling.
    pub const OTHER_DEPARTMENT: OrganizationId = id(16);
    /// A division of the other department.
    pub const OTHER_DIVISION: OrganizationId = id(161);
}

/// The n-th individual of the department, 1 to 28: 1 director, 2 deputy, 3 office chief, 4 reviewer,
/// 5 clerk, 6–10 heads of the divisions, 11–28 officers of the divisions in turn.
pub fn person(number: u128) -> IndividualId {
    IndividualId(Uuid::from_u128(
        0x0199_0000_0000_7000_8000_0002_0000_0000 + number,
    ))
}

/// The n-th collective, 1 to 6: 1 Văn phòng, 2–6 the divisions.
pub fn collective(number: u128) -> CollectiveId {
    CollectiveId(Uuid::from_u128(
        0x0199_0000_0000_7000_8000_0003_0000_0000 + number,
    ))
}

/// Number of individuals.
pub const PERSONS: u128 = 28;
/// Number of collectives.
pub const COLLECTIVES: u128 = 6;

/// The unit of the n-th individual.
pub fn unit_of(number: u128) -> OrganizationId {
    match number {
        1..=5 => org::OFFICE,
        6..=10 => org::DIVISIONS[usize::try_from(number - 6).unwrap()],
        _ => org::DIVISIONS[usize::try_from((number - 11) % 5).unwrap()],
    }
}

/// Every persona: subject of the token, role, organisation of the grant, individual behind it.
pub const PERSONAS: &[(&str, Option<Role>, Option<OrganizationId>, Option<u128>)] = &[
    ("director", Some(Role::Director), Some(org::DEPARTMENT), Some(1)),
    ("deputy", Some(Role::Director), Some(org::DEPARTMENT), Some(2)),
    ("chief", Some(Role::OfficeChief), Some(org::DEPARTMENT), Some(3)),
    (
        "reviewer",
        Some(Role::OfficeReviewer),
        Some(org::DEPARTMENT),
        Some(4),
    ),
    ("clerk", Some(Role::Clerk), Some(org::DEPARTMENT), Some(5)),
    (
        "head1",
        Some(Role::DivisionHead),
        Some(org::DIVISIONS[0]),
        Some(6),
    ),
    (
        "head2",
        Some(Role::DivisionHead),
        Some(org::DIVISIONS[1]),
        Some(7),
    ),
    (
        "head3",
        Some(Role::DivisionHead),
        Some(org::DIVISIONS[2]),
        Some(8),
    ),
    (
        "head4",
        Some(Role::DivisionHead),
        Some(org::DIVISIONS[3]),
        Some(9),
    ),
    (
        "head5",
        Some(Role::DivisionHead),
        Some(org::DIVISIONS[4]),
        Some(10),
    ),
    (
        "officer1",
        Some(Role::DivisionOfficer),
        Some(org::DIVISIONS[0]),
        Some(11),
    ),
    (
        "officer2",
        Some(Role::DivisionOfficer),
        Some(org::DIVISIONS[1]),
        Some(12),
    ),
    ("nominee", None, None, Some(16)),
    ("board", Some(Role::BoardOfficer), Some(org::BOARD), None),
    ("chairman", Some(Role::ChairmanOffice), Some(org::PROVINCE), None),
    ("auditor", Some(Role::Auditor), None, None),
    ("administrator", Some(Role::SystemAdministrator), None, None),
    (
        "stranger",
        Some(Role::OfficeChief),
        Some(org::OTHER_DEPARTMENT),
        None,
    ),
    (
        "other-head",
        Some(Role::DivisionHead),
        Some(org::OTHER_DIVISION),
        None,
    ),
    ("nobody", None, None, None),
];

/// A machine client of the Board.
pub const BOARD_CLIENT: &str = "board-system";
/// The administrator named in the settings.
pub const BOOTSTRAP: &str = "bootstrap";

/// What a test may want otherwise.
#[derive(Debug, Clone, Copy)]
pub struct WorldSettings {
    /// Connections of each pool.
    pub connections: u32,
    /// Business time at the start, as the tests are written.
    pub now: &'static str,
    /// Largest evidence file.
    pub max_file_bytes: i64,
    /// Requests that wait for a connection.
    pub waiting: usize,
    /// What the server bears, as the test wants it.
    pub shell: fn(&mut ShellSettings),
    /// What tokens must be, as the test wants it.
    pub auth: fn(&mut AuthSettings),
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self {
            connections: 4,
            now: WRITTEN_FOR,
            max_file_bytes: MAX_FILE_BYTES,
            waiting: 256,
            shell: |_| {},
            auth: |_| {},
        }
    }
}

/// A running service of one test.
pub struct World {
    /// Which database.
    pub database: Database,
    /// Business time; `set` moves it.
    pub clock: Arc<SettableClock>,
    /// The application, for sealing and for checks below HTTP.
    pub parts: Parts,
    /// How the database is reached.
    pub settings: DbSettings,
    base: String,
    client: reqwest::Client,
    name: Option<String>,
    running: Option<Running>,
    _folder: Option<tempfile::TempDir>,
    _contents: Option<tempfile::TempDir>,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: reqwest::header::HeaderMap,
    /// Body as JSON; null when there is none.
    pub json: Value,
    /// Body as the bytes that came.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// Fails unless the status is this one; shows the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}",
            serde_json::to_string_pretty(&self.json).unwrap()
        );
        self
    }

    /// Fails unless it is this refusal.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.json["code"], code, "{}", reply.json);
        assert_eq!(
            reply.headers["content-type"],
            "application/problem+json; charset=utf-8"
        );
        reply
    }

    /// Fails unless the first violation stands at this member.
    #[track_caller]
    pub fn stands_at(self, pointer: &str) -> Self {
        assert_eq!(self.json["errors"][0]["pointer"], pointer, "{}", self.json);
        self
    }

    /// A header field as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `ETag`.
    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    /// The member `id`.
    pub fn id(&self) -> String {
        self.json["id"].as_str().expect("an id").to_owned()
    }
}

/// A request being made.
pub struct Ask<'w> {
    world: &'w World,
    method: String,
    path: String,
    request: reqwest::RequestBuilder,
}

impl Ask<'_> {
    /// Adds a header field.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self {
            request: self.request.header(name, value),
            ..self
        }
    }

    /// Adds `If-Match`.
    #[must_use]
    pub fn if_match(self, tag: &str) -> Self {
        self.header("if-match", tag)
    }

    /// Adds `Idempotency-Key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self {
            request: self.request.json(body),
            ..self
        }
    }

    /// Adds a raw body.
    #[must_use]
    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self {
            request: self.request.body(body),
            ..self
        }
    }

    /// Sends and reads the answer.
    pub async fn send(self) -> Reply {
        let _world = self.world;
        let response = self.request.send().await.expect("the service answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body").to_vec();
        let content = if headers
            .get("content-encoding")
            .is_some_and(|coding| coding == "gzip")
        {
            unzipped(&bytes)
        } else {
            bytes.clone()
        };
        let json = serde_json::from_slice(&content).unwrap_or(Value::Null);
        super::promises::holds_no_token("a body", &String::from_utf8_lossy(&content));
        super::promises::holds_no_token("a head", &format!("{headers:?}"));
        super::promises::hold(&self.method, &self.path, status, &headers, &json);
        super::examples::record(&self.method, &self.path, status, &json);
        Reply {
            status,
            headers,
            json,
            bytes,
        }
    }
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut content)
        .unwrap();
    content
}

/// A persona: its requests carry its token.
#[derive(Clone)]
pub struct Persona<'w> {
    world: &'w World,
    token: String,
}

impl<'w> Persona<'w> {
    /// Any request.
    pub fn ask(&self, method: &str, path: &str) -> Ask<'w> {
        let (name, method) = (
            method.to_owned(),
            reqwest::Method::from_bytes(method.as_bytes()).unwrap(),
        );
        let url = format!("{}{path}", self.world.base);
        let request = self.world.client.request(method, url).bearer_auth(&self.token);
        Ask {
            world: self.world,
            method: name,
            path: path.to_owned(),
            request,
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path).send().await
    }

    /// POST with a JSON body, without precondition.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path).json(body).send().await
    }

    /// POST of an act on a resource: takes the resource's current tag from `of` first.
    pub async fn act(&self, of: &str, verb: &str, body: &Value) -> Reply {
        let tag = self.get(of).await.expect(200).etag();
        self.ask("POST", &format!("{of}/{verb}"))
            .if_match(&tag)
            .json(body)
            .send()
            .await
    }

    /// PATCH with the resource's current tag.
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        let tag = self.get(path).await.expect(200).etag();
        self.ask("PATCH", path).if_match(&tag).json(body).send().await
    }

    /// DELETE with a tag.
    pub async fn delete(&self, path: &str, tag: &str) -> Reply {
        self.ask("DELETE", path).if_match(tag).send().await
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl World {
    /// Starts the service on a private copy of the seeded database.
    pub async fn start(database: Database, wanted: WorldSettings) -> Self {
        let mut auth = auth();
        (wanted.auth)(&mut auth);
        Self::start_trusting(database, wanted, auth).await
    }

    /// As [`World::start`], trusting other issuers than the test's own.
    pub async fn start_trusting(database: Database, wanted: WorldSettings, auth: AuthSettings) -> Self {
        Self::start_with(database, wanted, auth, None).await
    }

    /// As [`World::start`], with the contents of files in another store than a folder of its own.
    pub async fn start_storing(database: Database, wanted: WorldSettings, storage: Storage) -> Self {
        Self::start_with(database, wanted, auth(), Some(storage)).await
    }

    async fn start_with(
        database: Database,
        wanted: WorldSettings,
        auth: AuthSettings,
        storage: Option<Storage>,
    ) -> Self {
        let (location, name, folder) = tokio::task::spawn_blocking(move || copy(database)).await.unwrap();
        let settings = DbSettings {
            location,
            replica: None,
            readers: wanted.connections,
            writers: wanted.connections,
            patience: Duration::from_secs(10),
            work: Duration::from_secs(30),
            waiting: wanted.waiting,
        };
        let mut world = Self::serve(database, settings, wanted, auth, storage).await;
        world.name = name;
        world._folder = folder;
        world
    }

    /// Starts the service on an empty database of a server that the test has made, and seeds it.
    pub async fn start_on(settings: DbSettings) -> Self {
        let location = settings.location.clone();
        let seeding = move || seed(&mut Manager::new(location, Use::Write).open().unwrap());
        tokio::task::spawn_blocking(seeding).await.unwrap();
        Self::on(settings).await
    }

    /// Starts the service on a seeded database as it is.
    pub async fn on(settings: DbSettings) -> Self {
        let database = match settings.location {
            Location::Sqlite(_) => Database::Sqlite,
            Location::Postgres(_) => Database::Postgres,
        };
        Self::serve(database, settings, WorldSettings::default(), auth(), None).await
    }

    /// A service whose database is not there.
    pub async fn without_database() -> Self {
        Self::without_database_as(WorldSettings::default()).await
    }

    /// As [`World::without_database`], with other settings.
    pub async fn without_database_as(wanted: WorldSettings) -> Self {
        Self::without_database_with(wanted, auth()).await
    }

    /// As [`World::without_database`], trusting other issuers than the test's own.
    pub async fn without_database_trusting(auth: AuthSettings) -> Self {
        Self::without_database_with(WorldSettings::default(), auth).await
    }

    async fn without_database_with(wanted: WorldSettings, auth: AuthSettings) -> Self {
        let nobody_listens = Location::Postgres("postgres://thidua@127.0.0.1:1/none".to_owned());
        let settings = DbSettings {
            location: nobody_listens,
            replica: None,
            readers: 1,
            writers: 1,
            patience: Duration::from_secs(10),
            work: Duration::from_secs(30),
            waiting: 256,
        };
        Self::serve(Database::Postgres, settings, wanted, auth, None).await
    }

    async fn serve(
        database: Database,
        settings: DbSettings,
        wanted: WorldSettings,
        auth: AuthSettings,
        storage: Option<Storage>,
    ) -> Self {
        let clock = Arc::new(SettableClock::running(super::calendar::start(wanted.now)));
        let verifier = Verifier::new(&auth).unwrap();
        verifier.refresh().await;
        let contents = tempfile::tempdir().unwrap();
        let folder = format!("file:{}", contents.path().display());
        let storage = storage.unwrap_or_else(|| Storage::open(&folder, None).unwrap());
        let config = Config {
            max_file_bytes: wanted.max_file_bytes,
            ..config()
        };
        let mut parts = Parts::new(
            &settings,
            config,
            Arc::<SettableClock>::clone(&clock),
            verifier,
            storage,
        );
        // So large that no test meets it unless it wants to, but told with every answer.
        parts.shell.rates = RateSettings {
            window: Duration::from_mins(1),
            caller: 1_000_000,
            address: 1_000_000,
            remembered: 1000,
        };
        // A machine that is busy with all tests at once sends a head when it comes to it; how long it may take is what some
        // of them try.
        parts.shell.head = Duration::from_mins(1);
        (wanted.shell)(&mut parts.shell);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let running = server::start(listener, 1, &parts).unwrap();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        Self {
            database,
            clock,
            parts,
            settings,
            base,
            client,
            name: None,
            running: Some(running),
            _folder: None,
            _contents: Some(contents),
        }
    }

    /// Ends the service; the database stays for others.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop(Duration::ZERO).await;
        }
    }

    /// A second process's worth of service on the same database (PostgreSQL).
    pub fn second(&self) -> Self {
        self.reaching(self.settings.clone())
    }

    /// As [`World::second`], with a database that is reached otherwise.
    pub fn reaching(&self, settings: DbSettings) -> Self {
        let verifier = self.parts.verifier.clone();
        let parts = Parts::new(
            &settings,
            config(),
            Arc::<SettableClock>::clone(&self.clock),
            verifier,
            self.parts.storage.clone(),
        );
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let running = server::start(listener, 1, &parts).unwrap();
        Self {
            database: self.database,
            clock: Arc::clone(&self.clock),
            parts,
            settings,
            base,
            client: self.client.clone(),
            name: None,
            running: Some(running),
            _folder: None,
            _contents: None,
        }
    }

    /// Address of the service.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Name of the test's PostgreSQL database.
    pub fn database_name(&self) -> Option<String> {
        self.name.clone()
    }

    /// A persona by its subject ([`PERSONAS`], [`BOOTSTRAP`], or anyone).
    pub fn persona(&self, subject: &str) -> Persona<'_> {
        Persona {
            world: self,
            token: token(subject, PrincipalKind::User),
        }
    }

    /// The Board's machine client.
    pub fn board_system(&self) -> Persona<'_> {
        Persona {
            world: self,
            token: token(BOARD_CLIENT, PrincipalKind::Client),
        }
    }

    /// A caller with a token of its own making.
    pub fn bearer(&self, token: &str) -> Persona<'_> {
        Persona {
            world: self,
            token: token.to_owned(),
        }
    }

    /// A request without a token.
    pub fn anonymous(&self, method: &str, path: &str) -> Ask<'_> {
        let (name, method) = (
            method.to_owned(),
            reqwest::Method::from_bytes(method.as_bytes()).unwrap(),
        );
        Ask {
            world: self,
            method: name,
            path: path.to_owned(),
            request: self.client.request(method, format!("{}{path}", self.base)),
        }
    }

    /// Moves business time.
    pub fn set_time(&self, at: &str) {
        self.clock.set(at.parse().unwrap());
    }

    /// Moves business time forward to a day, unless it has come.
    pub fn not_before(&self, day: &str) {
        let begin = format!("{day}T02:00:00Z").parse().unwrap();
        if self.clock.now() < begin {
            self.clock.set(begin);
        }
    }

    /// Seals what is committed, instead of waiting for the worker; the worker may just be at it, though.
    pub async fn seal(&self) {
        let unsealed = |conn: &mut Conn| thidua::store::journal::has_unsealed(conn).unwrap();
        while self.database(unsealed).await {
            self.parts.app.seal().await.unwrap();
        }
    }

    /// What the invariant checker says, but for what follows from rows that a test made below the service:
    /// their histories, and that nobody told the statistics of them.
    pub async fn unsound(&self) -> Vec<String> {
        self.seal().await;
        let mut found = self.parts.app.check().await.unwrap();
        let journalled: BTreeSet<AnyId> = self
            .database(|conn| {
                let objects = schema::journal_entries::table.select(schema::journal_entries::object_id);
                objects.load(conn).unwrap().into_iter().collect()
            })
            .await;
        let told = |fault: &str| {
            let id = fault.split([' ', ':']).nth(1).and_then(|id| id.parse().ok());
            id.is_some_and(|id| journalled.contains(&AnyId(id)))
        };
        found.retain(|fault| {
            !fault.contains("its history in the journal")
                && (!fault.contains("the statistics do not count it") || told(fault))
        });
        found
    }

    /// Works on the database below the service: for fixtures and for looking behind the scenes.
    pub async fn database<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> T + Send + 'static) -> T {
        let location = self.settings.location.clone();
        tokio::task::spawn_blocking(move || work(&mut Manager::new(location, Use::Write).open().unwrap()))
            .await
            .unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let (Some(running), Ok(runtime)) = (self.running.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(running.stop(Duration::ZERO));
        }
    }
}

fn config() -> Config {
    Config {
        zone: chrono_tz::Asia::Ho_Chi_Minh,
        issuers: vec![issuer().url().to_owned()],
        bootstrap: vec![Bootstrap {
            issuer: issuer().url().to_owned(),
            subject: BOOTSTRAP.to_owned(),
        }],
        idempotency_life: Duration::from_hours(72),
        cursor_key: b"test-key-0123456789-0123456789-0123".to_vec(),
        max_file_bytes: MAX_FILE_BYTES,
        max_attachments: 20,
        upload_life: Duration::from_hours(24),
    }
}

/// Where the issuer of this process keeps its key.
fn issuer_folder() -> &'static std::path::Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().unwrap().keep())
}

/// A token with any header and claims, signed with the issuer's own key: only what it says is wrong.
pub fn signed(header: &Value, claims: &Value) -> String {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    use base64::Engine as _;
    issuer();
    let file = std::fs::read_dir(issuer_folder())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let document = std::fs::read(file.path()).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document).unwrap();
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let text = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let signature = key
        .sign(&aws_lc_rs::rand::SystemRandom::new(), text.as_bytes())
        .unwrap();
    format!("{text}.{}", encode(signature.as_ref()))
}

/// Header and claims of a good token, to be spoilt.
pub fn unsigned(subject: &str) -> (Value, Value) {
    use base64::Engine as _;
    let token = token(subject, PrincipalKind::User);
    let mut parts = token.split('.').map(|part| {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(part)
            .unwrap();
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

/// The development issuer of this process, serving its keys.
pub fn issuer() -> &'static Arc<DevelopmentIssuer> {
    static ISSUER: OnceLock<Arc<DevelopmentIssuer>> = OnceLock::new();
    ISSUER.get_or_init(|| serving(issuer_folder()))
}

/// An issuer with its key in a folder, serving its keys until the process ends.
pub fn serving(folder: &std::path::Path) -> Arc<DevelopmentIssuer> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let issuer = Arc::new(DevelopmentIssuer::open(folder, &url).unwrap());
    let served = Arc::clone(&issuer);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(served.serve(listener)).unwrap();
    });
    issuer
}

fn auth() -> AuthSettings {
    let mut settings = AuthSettings::default();
    settings
        .issuers
        .insert("test".to_owned(), issuer().settings(AUDIENCE));
    settings
}

/// A token for a subject or client, valid for an hour of the system's clock.
pub fn token(subject: &str, kind: PrincipalKind) -> String {
    let request = TokenRequest {
        subject: subject.to_owned(),
        kind,
        name: Some(format!("{subject} (mẫu)")),
        client_id: Some("portal".to_owned()).filter(|_| kind == PrincipalKind::User),
        audience: AUDIENCE.to_owned(),
        lifetime: Duration::from_hours(1),
    };
    issuer().token(&request, chrono::Utc::now()).unwrap()
}

/// A private copy of the seeded database.
fn copy(database: Database) -> (Location, Option<String>, Option<tempfile::TempDir>) {
    match database {
        Database::Sqlite => {
            static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
            let template = TEMPLATE.get_or_init(|| {
                let path = tempfile::tempdir().unwrap().keep().join("template.db");
                let mut conn = Manager::new(Location::Sqlite(path.display().to_string()), Use::Write)
                    .open()
                    .unwrap();
                seed(&mut conn);
                diesel::connection::SimpleConnection::batch_execute(
                    &mut conn,
                    "PRAGMA wal_checkpoint(TRUNCATE)",
                )
                .unwrap();
                path
            });
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("thidua.db");
            std::fs::copy(template, &path).unwrap();
            (Location::Sqlite(path.display().to_string()), None, Some(folder))
        }
        Database::Postgres => {
            static TEMPLATE: OnceLock<String> = OnceLock::new();
            let cluster = postgres::cluster().expect("checked before");
            let template = TEMPLATE.get_or_init(|| {
                let name = cluster.create_empty();
                let location = Location::Postgres(cluster.url(&name));
                seed(&mut Manager::new(location, Use::Write).open().unwrap());
                name
            });
            let name = cluster.create_from(template);
            // A machine that is busy with all tests at once makes a connection when it comes to it.
            let url = format!("{}?connect_timeout=60", cluster.url(&name));
            (Location::Postgres(url), Some(name), None)
        }
    }
}

fn seed(conn: &mut Conn) {
    dialect::migrate(conn).unwrap();
    // The schema of a later release, on which this one must serve too (MIG-04, `tests/upgrade/run`).
    if let Ok(folder) = std::env::var("THIDUA_TEST_MIGRATIONS") {
        dialect::migrate_by(conn, &NextRelease::at(folder)).unwrap();
        assert!(dialect::schema(conn).unwrap().serves());
    }
    conn.transaction::<(), diesel::result::Error, _>(|conn| {
        seed_organizations(conn);
        seed_persons(conn);
        seed_grants(conn);
        Ok(())
    })
    .unwrap();
}

fn start_of_world() -> Instant {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

fn seed_organizations(conn: &mut Conn) {
    use OrganizationKind::{Department, Division, EmulationBoard, HomeAffairs, Office, ProvincePc};
    let divisions = [
        "Phòng Lãnh sự",
        "Phòng Hợp tác quốc tế",
        "Phòng Quản lý biên giới",
        "Phòng Lễ tân",
        "Phòng Thông tin đối ngoại",
    ];
    let mut rows = vec![
        (
            org::PROVINCE,
            "H14",
            "UBND tỉnh Cao Bằng",
            Some("UBND"),
            ProvincePc,
            None,
        ),
        (
            org::HOME_AFFAIRS,
            "H14.12",
            "Sở Nội vụ",
            Some("SNV"),
            HomeAffairs,
            Some(org::PROVINCE),
        ),
        (
            org::BOARD,
            "H14.12.1",
            "Ban Thi đua - Khen thưởng",
            Some("BTĐKT"),
            EmulationBoard,
            Some(org::HOME_AFFAIRS),
        ),
        (
            org::DEPARTMENT,
            "H14.15",
            "Sở Ngoại vụ",
            Some("SNgV"),
            Department,
            Some(org::PROVINCE),
        ),
        (
            org::OFFICE,
            "H14.15.1",
            "Văn phòng Sở Ngoại vụ",
            None,
            Office,
            Some(org::DEPARTMENT),
        ),
        (
            org::OTHER_DEPARTMENT,
            "H14.16",
            "Sở Mẫu",
            Some("SM"),
            Department,
            Some(org::PROVINCE),
        ),
        (
            org::OTHER_DIVISION,
            "H14.16.1",
            "Phòng Mẫu",
            None,
            Division,
            Some(org::OTHER_DEPARTMENT),
        ),
    ];
    let codes = ["H14.15.2", "H14.15.3", "H14.15.4", "H14.15.5", "H14.15.6"];
    for index in 0..5 {
        rows.push((
            org::DIVISIONS[index],
            codes[index],
            divisions[index],
            None,
            Division,
            Some(org::DEPARTMENT),
        ));
    }
    for (id, code, name, short_name, kind, parent_id) in rows {
        let organization = organizations::Organization {
            id,
            code: Some(code.to_owned()),
            legacy_codes: JsonText::of::<[String]>(&[]).unwrap(),
            name: name.to_owned(),
            sort_name: text::name_sort_key(name),
            short_name: short_name.map(str::to_owned),
            kind,
            parent_id,
            valid_from: NaiveDate::from_ymd_opt(2021, 1, 1).unwrap(),
            valid_to: None,
            successor_id: None,
            version: 1,
            created_at: start_of_world(),
            updated_at: start_of_world(),
        };
        organizations::insert(conn, &organization).unwrap();
        organizations::index(conn, &organization).unwrap();
    }
}

/// Name of the n-th individual; all are made up.
pub fn name_of(number: u128) -> String {
    const FAMILY: [&str; 7] = [
        "Nguyễn Văn",
        "Nông Thị",
        "Hoàng Đức",
        "Lý Thị",
        "Đàm Văn",
        "Bế Thị",
        "Triệu Văn",
    ];
    const GIVEN: [&str; 4] = ["Mẫu", "Thử", "Ví", "Dụ"];
    let number = usize::try_from(number).unwrap();
    format!("{} {} {number}", FAMILY[number % 7], GIVEN[number % 4])
}

fn seed_persons(conn: &mut Conn) {
    use schema::{collectives, individuals};
    for number in 1..=PERSONS {
        let (class, position) = match number {
            1 => (LeadershipClass::DepartmentLeader, "Giám đốc"),
            2 => (LeadershipClass::DepartmentLeader, "Phó Giám đốc"),
            3 => (LeadershipClass::OtherLeader, "Chánh Văn phòng"),
            6..=10 => (LeadershipClass::OtherLeader, "Trưởng phòng"),
            _ => (LeadershipClass::DirectWorker, "Chuyên viên"),
        };
        let name = name_of(number);
        diesel::insert_into(individuals::table)
            .values((
                individuals::id.eq(person(number)),
                individuals::owner_organization_id.eq(org::DEPARTMENT),
                individuals::unit_id.eq(unit_of(number)),
                individuals::full_name.eq(&name),
                individuals::sort_name.eq(text::given_name_sort_key(&name)),
                individuals::position.eq(position),
                individuals::staff_kind.eq(StaffKind::CongChuc),
                individuals::leadership_class.eq(class),
                individuals::personnel_code.eq(format!("NV{number:03}")),
                individuals::active.eq(true),
                individuals::version.eq(1_i64),
                individuals::created_at.eq(start_of_world()),
                individuals::updated_at.eq(start_of_world()),
            ))
            .execute(conn)
            .unwrap();
        search::index(conn, "individual", person(number), &[&name]).unwrap();
    }
    for number in 1..=COLLECTIVES {
        let (unit, name) = if number == 1 {
            (org::OFFICE, "Văn phòng Sở Ngoại vụ".to_owned())
        } else {
            let index = usize::try_from(number - 2).unwrap();
            (org::DIVISIONS[index], format!("Tập thể phòng số {}", index + 1))
        };
        diesel::insert_into(collectives::table)
            .values((
                collectives::id.eq(collective(number)),
                collectives::owner_organization_id.eq(org::DEPARTMENT),
                collectives::unit_id.eq(unit),
                collectives::name.eq(&name),
                collectives::sort_name.eq(text::name_sort_key(&name)),
                collectives::kind.eq("COLLECTIVE"),
                collectives::headcount.eq(5),
                collectives::women_count.eq(2),
                collectives::active.eq(true),
                collectives::version.eq(1_i64),
                collectives::created_at.eq(start_of_world()),
                collectives::updated_at.eq(start_of_world()),
            ))
            .execute(conn)
            .unwrap();
        search::index(conn, "collective", collective(number), &[&name]).unwrap();
    }
}

fn seed_grants(conn: &mut Conn) {
    for (subject, role, organization, individual) in PERSONAS {
        seed_identity(conn, PrincipalKind::User, subject, individual.map(person));
        if let Some(role) = role {
            seed_grant(conn, PrincipalKind::User, subject, *role, *organization);
        }
    }
    seed_identity(conn, PrincipalKind::Client, BOARD_CLIENT, None);
    seed_grant(
        conn,
        PrincipalKind::Client,
        BOARD_CLIENT,
        Role::BoardSystem,
        Some(org::BOARD),
    );
}

fn seed_identity(conn: &mut Conn, kind: PrincipalKind, subject: &str, individual: Option<IndividualId>) {
    use schema::identities;
    diesel::insert_into(identities::table)
        .values((
            identities::id.eq(IdentityId::generate()),
            identities::principal_kind.eq(kind),
            identities::issuer.eq(issuer().url()),
            identities::subject.eq(subject),
            identities::individual_id.eq(individual),
            identities::version.eq(1_i64),
            identities::created_at.eq(start_of_world()),
            identities::updated_at.eq(start_of_world()),
        ))
        .execute(conn)
        .unwrap();
}

/// Gives a role to a token's subject.
pub fn seed_grant(
    conn: &mut Conn,
    kind: PrincipalKind,
    subject: &str,
    role: Role,
    organization: Option<OrganizationId>,
) {
    use schema::role_grants;
    diesel::insert_into(role_grants::table)
        .values((
            role_grants::id.eq(RoleGrantId::generate()),
            role_grants::principal_kind.eq(kind),
            role_grants::issuer.eq(issuer().url()),
            role_grants::subject.eq(subject),
            role_grants::role.eq(role),
            role_grants::organization_id.eq(organization),
            role_grants::valid_from.eq(start_of_world()),
            role_grants::version.eq(1_i64),
            role_grants::created_at.eq(start_of_world()),
            role_grants::updated_at.eq(start_of_world()),
        ))
        .execute(conn)
        .unwrap();
}
