//! The attack table: each row is one way to get past the token check, sent over HTTP to a service that knows
//! real keys, with the answer that it must get (TOK-01 to TOK-23, TOK-25).

mod claims;
pub mod forge;
mod form;
mod header;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thidua::identity::{AuthSettings, IssuerSettings};

use crate::support::world::{AUDIENCE, Reply, World, WorldSettings};
use crate::support::{Database, announce};
use forge::{ISSUER, KeyServer, Signer};

/// Every line that a row must stand for; TOK-24 is one about all of them, TOK-26 and TOK-27 are no answers to a token,
/// TOK-28 came later.
const LINES: [&str; 25] = [
    "TOK-01", "TOK-02", "TOK-03", "TOK-04", "TOK-05", "TOK-06", "TOK-07", "TOK-08", "TOK-09", "TOK-10",
    "TOK-11", "TOK-12", "TOK-13", "TOK-14", "TOK-15", "TOK-16", "TOK-17", "TOK-18", "TOK-19", "TOK-20",
    "TOK-21", "TOK-22", "TOK-23", "TOK-25", "TOK-28",
];

/// What must come back.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    /// The token opens the door: 200.
    Accepted,
    /// 401 `token.missing`, and a challenge without an error.
    Missing,
    /// 401 `token.invalid`.
    Invalid,
    /// 401 `token.expired`.
    Expired,
    /// 401 `token.subject_missing`.
    SubjectMissing,
    /// 400 `header.invalid`: nobody can say which token was meant.
    Ambiguous,
    /// 431 `header.too_large`.
    TooLarge,
    /// 403 `access.forbidden`: who it is, is clear; he may not.
    Forbidden,
}

impl Answer {
    /// Status, code and challenge.
    fn promised(self) -> (u16, Option<&'static str>, Option<&'static str>) {
        match self {
            Self::Accepted => (200, None, None),
            Self::Missing => (401, Some("token.missing"), Some(r#"Bearer realm="thidua""#)),
            Self::Invalid => (
                401,
                Some("token.invalid"),
                Some(
                    r#"Bearer realm="thidua", error="invalid_token", error_description="The access token is not valid""#,
                ),
            ),
            Self::Expired => (
                401,
                Some("token.expired"),
                Some(
                    r#"Bearer realm="thidua", error="invalid_token", error_description="The access token has expired""#,
                ),
            ),
            Self::SubjectMissing => (
                401,
                Some("token.subject_missing"),
                Some(
                    r#"Bearer realm="thidua", error="invalid_token", error_description="The access token names no subject""#,
                ),
            ),
            Self::TooLarge => (431, Some("header.too_large"), None),
            Self::Ambiguous => (400, Some("header.invalid"), None),
            Self::Forbidden => (
                403,
                Some("access.forbidden"),
                Some(r#"Bearer realm="thidua", error="insufficient_scope""#),
            ),
        }
    }
}

/// Which service is asked, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Service {
    /// As most are set up.
    Usual,
    /// `require_at_jwt`.
    AccessTokensOnly,
    /// The usual one, after the RSA keys have left the set.
    AfterRemoval,
}

/// What is sent.
#[derive(Debug, Clone)]
enum Sent {
    /// `GET` with these `Authorization` fields.
    Fields(Vec<String>),
    /// `GET` with this query and no field.
    Query(String),
    /// `POST` of this form and no field.
    Form(String),
    /// `POST` of what only the administrator may do.
    Write(String),
}

struct Row {
    lines: &'static [&'static str],
    what: String,
    service: Service,
    sent: Sent,
    answer: Answer,
}

/// The table, as it is being written.
#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    /// A token after `Bearer `.
    fn token(
        &mut self,
        lines: &'static [&'static str],
        what: impl Into<String>,
        token: String,
        answer: Answer,
    ) {
        self.sent(lines, what, Sent::Fields(vec![format!("Bearer {token}")]), answer);
    }

    fn sent(&mut self, lines: &'static [&'static str], what: impl Into<String>, sent: Sent, answer: Answer) {
        self.at(Service::Usual, lines, what, sent, answer);
    }

    fn at(
        &mut self,
        service: Service,
        lines: &'static [&'static str],
        what: impl Into<String>,
        sent: Sent,
        answer: Answer,
    ) {
        let what = what.into();
        self.0.push(Row {
            lines,
            what,
            service,
            sent,
            answer,
        });
    }
}

/// The keys of the issuer and of the attacker.
struct Bench {
    server: KeyServer,
    rsa: Signer,
    /// Published without `alg`, so that RSASSA-PSS is allowed as well.
    rsa_any: Signer,
    ec: Signer,
    p384: Signer,
    ed: Signer,
    /// Published for encryption.
    encryption: Signer,
    /// Published for signing only.
    signing: Signer,
    /// Published nowhere.
    evil: Signer,
}

/// A shared secret among the published keys.
const SECRET: &[u8] = b"a-shared-secret-of-thirty-two-by";

impl Bench {
    fn new() -> Self {
        let bench = Self {
            server: KeyServer::start(),
            rsa: Signer::rsa("rsa"),
            rsa_any: Signer::rsa("rsa-any"),
            ec: Signer::p256("ec"),
            p384: Signer::p384("p384"),
            ed: Signer::ed25519("ed"),
            encryption: Signer::p256("encryption"),
            signing: Signer::p256("signing"),
            evil: Signer::p256("ec"),
        };
        let mut keys = bench.lasting();
        keys.extend([bench.rsa.jwk(json!({})), bench.rsa_any.jwk(json!({"alg": null}))]);
        bench.server.publish("/keys", &keys);
        bench.server.publish(
            "/evil",
            &[bench.evil.jwk(json!({})), bench.evil.jwk(json!({"kid": "evil"}))],
        );
        bench
    }

    /// The keys that stay: three good ones and five that must never be used (TOK-09).
    fn lasting(&self) -> Vec<Value> {
        let short = json!({"kty": "RSA", "kid": "short", "alg": "RS256", "use": "sig", "e": "AQAB",
            "n": forge::encode([0xc5; 128])});
        let other_curve = self.ec.jwk(json!({"kid": "k1", "crv": "secp256k1", "alg": null}));
        let secret = json!({"kty": "oct", "kid": "oct", "k": forge::encode(SECRET)});
        vec![
            self.ec.jwk(json!({})),
            self.p384.jwk(json!({})),
            self.ed.jwk(json!({})),
            self.encryption.jwk(json!({"use": "enc"})),
            self.signing.jwk(json!({"use": null, "key_ops": ["sign"]})),
            short,
            other_curve,
            secret,
        ]
    }

    fn settings(&self) -> AuthSettings {
        let main = IssuerSettings {
            url: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            jwks_uri: Some(format!("{}/keys", self.server.url)),
            insecure_http: true,
            allowed_clients: vec!["portal".to_owned(), "mobile".to_owned()],
            front_end_clients: vec!["spa".to_owned()],
            ..IssuerSettings::default()
        };
        AuthSettings {
            issuers: [("main".to_owned(), main)].into(),
            ..AuthSettings::default()
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::default();
        header::rows(self, &mut table);
        claims::rows(self, &mut table);
        form::rows(self, &mut table);
        table
    }
}

impl Row {
    async fn reply(&self, world: &World) -> Reply {
        let path = "/v1/organizations";
        match &self.sent {
            Sent::Fields(fields) => {
                let ask = world.anonymous("GET", path);
                let ask = fields
                    .iter()
                    .fold(ask, |ask, field| ask.header("authorization", field));
                ask.send().await
            }
            Sent::Query(query) => world.anonymous("GET", &format!("{path}?{query}")).send().await,
            Sent::Form(form) => {
                let ask = world.anonymous("POST", path);
                let ask = ask.header("content-type", "application/x-www-form-urlencoded");
                ask.body(form.clone()).send().await
            }
            Sent::Write(token) => {
                let body = json!({"name": "Phòng Mẫu", "kind": "OTHER"});
                world.bearer(token).post(path, &body).await
            }
        }
    }

    /// What is not as promised.
    async fn fault(&self, world: &World) -> Option<String> {
        let reply = self.reply(world).await;
        let (status, code, challenge) = self.answer.promised();
        let got = (
            reply.status,
            reply.json["code"].as_str(),
            reply.header("www-authenticate"),
        );
        let told = self.tells(&reply);
        let fault = if got == (status, code, challenge) {
            told.map(|word| format!("its answer tells {word:?}"))
        } else {
            Some(format!("{got:?} instead of {:?}", self.answer))
        };
        fault.map(|fault| format!("{} {}: {fault}", self.lines.join(" "), self.what))
    }

    /// A word of the token, its key or the library that a refusal tells (TOK-02).
    fn tells(&self, reply: &Reply) -> Option<&'static str> {
        const INNER: [&str; 8] = [
            "eyJ",
            "kid",
            "jwk",
            "jsonwebtoken",
            "RS256",
            "ES256",
            ISSUER,
            "can-bo-7",
        ];
        let text = String::from_utf8_lossy(&reply.bytes);
        let refused = reply.status != 200;
        INNER.into_iter().find(|word| refused && text.contains(word))
    }
}

async fn faults(world: &World, rows: &[&Row]) -> Vec<String> {
    let mut faults = Vec::new();
    for row in rows {
        faults.extend(row.fault(world).await);
    }
    faults
}

/// Returns when the fetch in the background that comes with the start, beside the one of the world, is done.
async fn fetched_at_start(world: &World) {
    let began = Instant::now();
    while world.parts.verifier.key_status()[0].fetches_good < 2 {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "the keys are not fetched"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_gets_its_answer() {
    let bench = Bench::new();
    let usual = World::start_trusting(Database::Sqlite, WorldSettings::default(), bench.settings()).await;
    let strict = AuthSettings {
        require_at_jwt: true,
        ..bench.settings()
    };
    let strict = World::start_trusting(Database::Sqlite, WorldSettings::default(), strict).await;
    for world in [&usual, &strict] {
        fetched_at_start(world).await;
    }
    let status = usual.parts.verifier.key_status().remove(0);
    assert_eq!(
        (status.keys.values().sum::<usize>(), status.skipped),
        (5, 5),
        "TOK-09: {status:?}"
    );

    let table = bench.table();
    let of = |service| {
        table
            .0
            .iter()
            .filter(|row| row.service == service)
            .collect::<Vec<_>>()
    };
    let (fetched, began) = (bench.server.count("/keys"), Instant::now());
    let mut found = faults(&usual, &of(Service::Usual)).await;
    found.extend(faults(&strict, &of(Service::AccessTokensOnly)).await);
    // Rows with an unknown key share the one fetch that each cool-down of 30 s allows; all others cause none.
    let allowed = 1 + usize::try_from(began.elapsed().as_secs() / 30).unwrap();
    let fetches = bench.server.count("/keys") - fetched;
    assert!(
        (1..=allowed).contains(&fetches),
        "fetches of the key set: {fetches}"
    );
    assert_eq!(
        bench.server.count("/evil"),
        0,
        "TOK-11: what a header points to is not fetched"
    );

    bench.server.publish("/keys", &bench.lasting());
    usual.parts.verifier.refresh().await;
    found.extend(faults(&usual, &of(Service::AfterRemoval)).await);
    assert!(
        found.is_empty(),
        "{} of {} rows:\n{}",
        found.len(),
        table.0.len(),
        found.join("\n")
    );
    announce(&format!("{} rows of the attack table", table.0.len()));
}

/// TOK-24: a token that is none is refused by itself. The database is away, which whoever has a good one is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_none_costs_no_connection() {
    let bench = Bench::new();
    let usual = World::without_database_trusting(bench.settings()).await;
    let strict = AuthSettings {
        require_at_jwt: true,
        ..bench.settings()
    };
    let strict = World::without_database_trusting(strict).await;
    let table = bench.table();
    let (mut found, mut asked) = (Vec::new(), BTreeMap::new());
    for (service, world) in [
        (Service::Usual, &usual),
        (Service::AccessTokensOnly, &strict),
        (Service::AfterRemoval, &usual),
    ] {
        if service == Service::AfterRemoval {
            bench.server.publish("/keys", &bench.lasting());
            usual.parts.verifier.refresh().await;
        }
        let rows: Vec<&Row> = table.0.iter().filter(|row| row.service == service).collect();
        for row in rows.iter().filter(|row| row.answer.promised().0 == 401) {
            *asked.entry(row.answer.promised().1).or_insert(0) += 1;
            found.extend(row.fault(world).await);
        }
        if let Some(good) = rows.iter().find(|row| row.answer == Answer::Accepted) {
            let reply = good.reply(world).await;
            reply.refused(503, "service.database_unavailable");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    for code in [
        "token.missing",
        "token.invalid",
        "token.expired",
        "token.subject_missing",
    ] {
        assert!(asked.contains_key(&Some(code)), "{code}: {asked:?}");
    }
}

#[tokio::test]
async fn every_line_has_a_row() {
    let table = Bench::new().table();
    let covered: BTreeSet<&str> = table.0.iter().flat_map(|row| row.lines).copied().collect();
    assert_eq!(covered, BTreeSet::from(LINES));
    // Two rows of one name would hide that one of them was meant to be another.
    let mut names = BTreeSet::new();
    for row in &table.0 {
        assert!(names.insert((&row.what, row.service as u8)), "{} twice", row.what);
    }
    // A line with nothing but accepted tokens shows no refusal.
    for line in LINES {
        let refuses = |row: &&Row| row.lines.contains(&line) && row.answer != Answer::Accepted;
        assert!(table.0.iter().any(|row| refuses(&row)), "{line} refuses nothing");
    }
}
