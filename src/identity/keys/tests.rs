//! Key sets that are broken, slow, rotated or hostile, from a server on this machine.

use serde_json::json;

use super::source::MAX_DOCUMENT_BYTES;
use super::*;
use crate::identity::testing::{self, Answer, Server, TestKey};
use crate::telemetry::trace::Trace;

const UNHURRIED: Limits = Limits {
    timeout: Duration::from_secs(5),
    cooldown: Duration::from_hours(1),
    retry: Duration::from_millis(1),
};
const EAGER: Limits = Limits {
    cooldown: Duration::ZERO,
    ..UNHURRIED
};

fn set(server: &Server, limits: Limits) -> Arc<KeySet> {
    Arc::new(KeySet::new("main", &testing::issuer_settings(&server.url("/jwks")), limits).unwrap())
}

async fn finds(set: &Arc<KeySet>, kid: &str) -> Result<(), TokenError> {
    set.key(Some(kid), Algorithm::ES256).await.map(|_| ())
}

#[tokio::test]
async fn bad_answers_leave_the_last_good_set_in_use() {
    let server = Server::start().await;
    let key = TestKey::p256();
    let keys = set(&server, UNHURRIED);
    let good = json!({ "keys": [key.jwk("k1")] });
    let text = good.to_string().into_bytes();
    let redirect = format!("Location: {}\r\n", server.url("/elsewhere"));
    server.set("/elsewhere", Answer::json(&good));
    let padded = [text.as_slice(), &vec![b' '; MAX_DOCUMENT_BYTES]].concat();
    let bad = [
        (
            "500",
            Answer::Full("500 Internal Server Error", String::new(), text.clone()),
        ),
        ("404", Answer::Full("404 Not Found", String::new(), Vec::new())),
        ("204", Answer::Full("204 No Content", String::new(), Vec::new())),
        ("302", Answer::Full("302 Found", redirect.clone(), Vec::new())),
        (
            "307",
            Answer::Full("307 Temporary Redirect", redirect, Vec::new()),
        ),
        (
            "HTML",
            Answer::Full("200 OK", String::new(), b"<html>sign in</html>".to_vec()),
        ),
        (
            "truncated JSON",
            Answer::Full("200 OK", String::new(), text[..text.len() - 3].to_vec()),
        ),
        ("cut connection", Answer::Cut(text)),
        ("empty set", Answer::keys(&[])),
        (
            "no usable key",
            Answer::keys(&[json!({ "kty": "oct", "k": "AAAA" })]),
        ),
        ("10 000 keys", Answer::keys(&vec![json!({ "kty": "x" }); 10_000])),
        ("large body", Answer::Full("200 OK", String::new(), padded)),
        (
            "10 MB",
            Answer::Full("200 OK", String::new(), vec![b' '; 10_000_000]),
        ),
    ];
    for (what, answer) in &bad {
        server.set("/jwks", answer.clone());
        assert!(keys.fetch().await.is_err(), "{what}");
        assert_eq!(
            finds(&keys, "k1").await,
            Err(TokenError::KeysUnavailable),
            "{what}"
        );
    }
    server.set("/jwks", Answer::json(&good));
    keys.fetch().await.unwrap();
    for (what, answer) in &bad {
        server.set("/jwks", answer.clone());
        assert!(keys.fetch().await.is_err(), "{what}");
        assert_eq!(finds(&keys, "k1").await, Ok(()), "{what}");
    }
    assert_eq!(server.count("/elsewhere"), 0, "redirects are not followed");
    let status = keys.status();
    assert_eq!((status.fetches_good, status.fetches_failed), (1, 26));
    assert!(status.usable && status.age.is_some());
}

#[tokio::test]
async fn a_document_may_be_as_large_as_the_limit_says() {
    let server = Server::start().await;
    let keys = set(&server, UNHURRIED);
    let text = json!({ "keys": [TestKey::p256().jwk("k1")] }).to_string();
    assert_eq!(MAX_DOCUMENT_BYTES, 524_288, "half a MiB");
    for (bytes, taken) in [(MAX_DOCUMENT_BYTES, true), (MAX_DOCUMENT_BYTES + 1, false)] {
        let padded = [text.as_bytes(), &vec![b' '; bytes - text.len()]].concat();
        server.set("/jwks", Answer::Full("200 OK", String::new(), padded));
        assert_eq!(keys.fetch().await.is_ok(), taken, "{bytes}");
    }
}

/// OBS-03.
#[tokio::test]
async fn a_fetch_continues_the_trace_of_the_request_that_waits_for_it() {
    const PARENT: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let server = Server::start().await;
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    assert!(!server.last_request("/jwks").contains("\r\ntrace"));
    for state in [None, Some(b"vendor=1".as_slice())] {
        let trace = Trace::continued([PARENT].into_iter(), state.into_iter());
        let parent = trace.parent();
        let seen = seen::Seen::new(trace, "request".to_owned());
        seen::during(Some(Arc::new(seen)), keys.fetch()).await.unwrap();
        let request = server.last_request("/jwks");
        assert!(request.contains(&format!("\r\ntraceparent: {parent}\r\n")));
        assert_eq!(request.contains("\r\ntracestate: vendor=1\r\n"), state.is_some());
    }
}

#[tokio::test]
async fn a_silent_or_missing_server_is_a_failed_fetch() {
    let server = Server::start().await;
    server.set("/jwks", Answer::Silent);
    let impatient = Limits {
        timeout: Duration::from_millis(50),
        ..UNHURRIED
    };
    assert!(matches!(
        set(&server, impatient).fetch().await,
        Err(FetchFault::Transport(_))
    ));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/jwks", closed.local_addr().unwrap());
    drop(closed);
    let keys = KeySet::new("main", &testing::issuer_settings(&address), UNHURRIED).unwrap();
    assert!(matches!(keys.fetch().await, Err(FetchFault::Transport(_))));
}

#[tokio::test]
async fn an_outage_is_bridged_for_the_configured_hours() {
    let server = Server::start().await;
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    let hours = |hours: u64| Instant::now() + Duration::from_secs(hours * 3600);
    assert!(keys.held_at(hours(23)).is_some());
    assert!(keys.held_at(hours(25)).is_none());
}

#[tokio::test]
async fn the_first_token_of_a_new_key_succeeds() {
    let server = Server::start().await;
    let (old, new) = (TestKey::p256(), TestKey::p256());
    server.set("/jwks", Answer::keys(&[old.jwk("old")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    server.set("/jwks", Answer::keys(&[new.jwk("new"), old.jwk("old")]));
    assert_eq!(finds(&keys, "new").await, Ok(()));
    assert_eq!(finds(&keys, "old").await, Ok(()));
    assert_eq!(server.count("/jwks"), 2);
    server.set("/jwks", Answer::keys(&[new.jwk("new")]));
    keys.fetch().await.unwrap();
    assert_eq!(finds(&keys, "old").await, Err(NO_KEY));
    assert_eq!(finds(&keys, "new").await, Ok(()));
}

#[tokio::test]
async fn unknown_keys_cause_one_fetch_for_all() {
    let server = Server::start().await;
    let key = TestKey::p256();
    server.set("/jwks", Answer::keys(&[key.jwk("k1")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..1000 {
        let keys = Arc::clone(&keys);
        waiting.spawn(async move { finds(&keys, &format!("random-{n}")).await });
    }
    for outcome in waiting.join_all().await {
        assert_eq!(outcome, Err(NO_KEY));
    }
    assert_eq!(server.count("/jwks"), 2);
    assert_eq!(finds(&keys, "k1").await, Ok(()));
    assert_eq!(keys.status().unknown_keys, 1000);
}

#[tokio::test]
async fn all_who_wait_for_a_rotated_key_share_the_fetch() {
    let server = Server::start().await;
    let (old, new) = (TestKey::p256(), TestKey::p256());
    server.set("/jwks", Answer::keys(&[old.jwk("old")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    server.set("/jwks", Answer::keys(&[new.jwk("new"), old.jwk("old")]));
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..200 {
        let keys = Arc::clone(&keys);
        waiting.spawn(async move { finds(&keys, if n % 2 == 0 { "new" } else { "old" }).await });
    }
    for outcome in waiting.join_all().await {
        assert_eq!(outcome, Ok(()));
    }
    assert_eq!(server.count("/jwks"), 2);
}

#[tokio::test]
async fn an_answer_that_was_long_on_its_way_replaces_no_newer_set() {
    let server = Server::start().await;
    let (old, new) = (TestKey::p256(), TestKey::p256());
    let told = Arc::new(tokio::sync::Notify::new());
    let body = json!({ "keys": [old.jwk("old")] }).to_string().into_bytes();
    server.set("/jwks", Answer::Later(Arc::clone(&told), body));
    let keys = set(&server, UNHURRIED);
    let slow = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.fetch().await.is_ok() }
    });
    while server.count("/jwks") == 0 {
        tokio::task::yield_now().await;
    }
    server.set("/jwks", Answer::keys(&[new.jwk("new")]));
    keys.fetch().await.unwrap();
    told.notify_one();
    assert!(slow.await.unwrap());
    assert_eq!(finds(&keys, "new").await, Ok(()));
    assert_eq!(server.count("/jwks"), 2);
}

#[tokio::test]
async fn who_goes_away_does_not_take_the_fetch_along() {
    let server = Server::start().await;
    let (old, new) = (TestKey::p256(), TestKey::p256());
    server.set("/jwks", Answer::keys(&[old.jwk("old")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    server.set("/jwks", Answer::keys(&[new.jwk("new"), old.jwk("old")]));
    // Polled once, so that the fetch has begun, then dropped.
    let mut first = Box::pin(keys.key(Some("new"), Algorithm::ES256));
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    assert_eq!(finds(&keys, "new").await, Ok(()));
    assert_eq!(server.count("/jwks"), 2);
}

#[tokio::test]
async fn an_unknown_key_during_an_outage_is_no_verdict() {
    let server = Server::start().await;
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    server.set(
        "/jwks",
        Answer::Full("503 Service Unavailable", String::new(), Vec::new()),
    );
    for _ in 0..3 {
        assert_eq!(finds(&keys, "new").await, Err(TokenError::KeysUnavailable));
    }
    assert_eq!(finds(&keys, "k1").await, Ok(()));
    assert_eq!(server.count("/jwks"), 2);
}

#[tokio::test]
async fn waiters_share_a_fetch_whether_it_fails_or_the_cooldown_is_over() {
    let server = Server::start().await;
    let key = TestKey::p256();
    let good = Answer::keys(&[key.jwk("k1")]);
    let down = Answer::Full("503 Service Unavailable", String::new(), Vec::new());
    let rows = [
        ("failing", UNHURRIED, down, Err(TokenError::KeysUnavailable)),
        ("no cool-down", EAGER, good.clone(), Err(NO_KEY)),
    ];
    for (what, limits, answer, expected) in rows {
        server.set("/jwks", good.clone());
        let keys = set(&server, limits);
        keys.fetch().await.unwrap();
        let before = server.count("/jwks");
        server.set("/jwks", answer);
        // All of them look the key up before the first fetch can have ended.
        let asked = (0..100).map(|_| finds(&keys, "new"));
        for outcome in futures_util::future::join_all(asked).await {
            assert_eq!(outcome, expected, "{what}");
        }
        assert_eq!(server.count("/jwks"), before + 1, "{what}");
    }
}

#[tokio::test]
async fn after_the_cooldown_it_is_asked_again() {
    let server = Server::start().await;
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let keys = set(&server, EAGER);
    keys.fetch().await.unwrap();
    for _ in 0..3 {
        assert_eq!(finds(&keys, "new").await, Err(NO_KEY));
    }
    assert_eq!(server.count("/jwks"), 4);
}

#[tokio::test]
async fn discovery_must_name_the_configured_issuer() {
    let server = Server::start().await;
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let well_known = "/realms/tinh/.well-known/openid-configuration";
    let issuer = server.url("/realms/tinh");
    let settings = IssuerSettings {
        url: issuer.clone(),
        insecure_http: true,
        audience: "x".into(),
        ..IssuerSettings::default()
    };
    let keys = Arc::new(KeySet::new("main", &settings, UNHURRIED).unwrap());
    let jwks = server.url("/jwks");
    let bad = [
        json!({ "issuer": format!("{issuer}/"), "jwks_uri": jwks }),
        json!({ "issuer": issuer.to_uppercase(), "jwks_uri": jwks }),
        json!({ "issuer": [issuer], "jwks_uri": jwks }),
        json!({ "jwks_uri": jwks }),
        json!({ "issuer": issuer }),
        json!({ "issuer": issuer, "jwks_uri": "/jwks" }),
        json!({ "issuer": issuer, "jwks_uri": "file:///etc/passwd" }),
        json!([]),
    ];
    for document in bad {
        server.set(well_known, Answer::json(&document));
        assert!(
            matches!(keys.fetch().await, Err(FetchFault::Discovery(_))),
            "{document}"
        );
    }
    assert_eq!(server.count("/jwks"), 0);
    assert!(!keys.usable());
    server.set(
        well_known,
        Answer::json(&json!({ "issuer": issuer, "jwks_uri": jwks })),
    );
    keys.fetch().await.unwrap();
    assert_eq!(finds(&keys, "k1").await, Ok(()));

    let elsewhere = IssuerSettings {
        discovery_uri: Some(server.url("/discovery")),
        ..settings
    };
    server.set(
        "/discovery",
        Answer::json(&json!({ "issuer": issuer, "jwks_uri": jwks })),
    );
    KeySet::new("main", &elsewhere, UNHURRIED)
        .unwrap()
        .fetch()
        .await
        .unwrap();
    assert_eq!(server.count("/discovery"), 1);
}

#[tokio::test]
async fn plain_http_is_never_asked_without_the_switch() {
    let server = Server::start().await;
    let settings = IssuerSettings {
        insecure_http: false,
        ..testing::issuer_settings(&server.url("/jwks"))
    };
    let keys = KeySet::new("main", &settings, UNHURRIED).unwrap();
    assert!(matches!(keys.fetch().await, Err(FetchFault::Transport(_))));
    assert_eq!(server.total(), 0);
}

#[test]
fn keys_are_served_by_https_or_where_the_switch_says_so() {
    for (address, insecure, may) in [
        ("https://sso.example/jwks", false, true),
        ("https://sso.example/jwks", true, true),
        ("http://sso.example/jwks", false, false),
        ("http://sso.example/jwks", true, true),
        ("ftp://sso.example/jwks", true, false),
    ] {
        assert_eq!(
            source::may_serve(&address.parse().unwrap(), insecure),
            may,
            "{address}"
        );
    }
}

#[test]
fn jitter_shortens_by_a_fifth_at_most() {
    let pause = Duration::from_secs(100);
    for (random, seconds) in [(0, 100), (1, 99), (20, 80), (21, 100), (u64::MAX, 85)] {
        assert_eq!(jittered(pause, random), Duration::from_secs(seconds), "{random}");
    }
}

#[test]
fn what_is_left_out_is_told_once() {
    let (none, one) = (Skipped::new(), Skipped::from([("its use is not sig", 1)]));
    let two = Skipped::from([("its use is not sig", 2)]);
    for (skipped, before, news) in [
        (&none, None, false),
        (&none, Some(&one), false),
        (&one, None, true),
        (&one, Some(&none), true),
        (&one, Some(&one), false),
        (&two, Some(&one), true),
    ] {
        assert_eq!(is_news(skipped, before), news, "{skipped:?} after {before:?}");
    }
}

#[tokio::test]
async fn the_next_fetch_comes_sooner_the_more_it_is_needed() {
    let server = Server::start().await;
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let mut keys = KeySet::new(
        "main",
        &testing::issuer_settings(&server.url("/jwks")),
        Limits::default(),
    )
    .unwrap();
    assert_eq!(keys.fetched(), None);
    assert_eq!(
        (keys.pause(true), keys.pause(false)),
        (keys.refresh, keys.limits.retry)
    );
    keys.fetch().await.unwrap();
    assert!(keys.fetched().is_some());
    assert!(keys.limits.cooldown < keys.refresh && keys.limits.retry != keys.limits.cooldown);
    assert_eq!(
        (keys.pause(true), keys.pause(false)),
        (keys.refresh, keys.limits.cooldown)
    );
    keys.refresh = Duration::from_secs(1);
    assert_eq!(keys.pause(false), keys.refresh);
}

#[tokio::test]
async fn the_cooldown_ends_with_its_last_moment() {
    let server = Server::start().await;
    let keys = set(&server, UNHURRIED);
    let at = Instant::now();
    assert_eq!(keys.cooling_at(at), None);
    for answered in [false, true] {
        keys.set_asked(Asked { at, answered });
        let cooldown = keys.limits.cooldown;
        let last = cooldown.saturating_sub(Duration::from_nanos(1));
        assert_eq!(keys.cooling_at(at), Some(answered));
        assert_eq!(keys.cooling_at(at + last), Some(answered));
        assert_eq!(keys.cooling_at(at + cooldown), None);
    }
}

#[tokio::test]
async fn keys_arrive_without_a_restart() {
    let server = Server::start().await;
    let keys = set(&server, UNHURRIED);
    let task = tokio::spawn(Arc::clone(&keys).keep_fresh());
    while server.count("/jwks") < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!keys.usable());
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    while !keys.usable() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    task.abort();
    assert_eq!(finds(&keys, "k1").await, Ok(()));
    assert_eq!(
        keys.status().fetches_good,
        1,
        "with a set, the next fetch is minutes away"
    );
}

/// JWK-07: as documented, for whoever waits for the first set.
#[test]
fn the_limits_are_those_that_were_promised() {
    let limits = Limits::default();
    assert_eq!(
        [limits.timeout, limits.cooldown, limits.retry].map(|limit| limit.as_secs()),
        [5, 30, 3]
    );
}

/// JWK-02, JWK-05: a key that its issuer has withdrawn ends without anybody asking for another one.
#[tokio::test]
async fn a_withdrawn_key_ends_by_itself() {
    let server = Server::start().await;
    let [old, new] = ["old", "new"].map(|kid| Answer::keys(&[TestKey::p256().jwk(kid)]));
    server.set("/jwks", old);
    let mut keys = set(&server, UNHURRIED);
    Arc::get_mut(&mut keys).unwrap().refresh = Duration::from_millis(1);
    let task = tokio::spawn(Arc::clone(&keys).keep_fresh());
    let known = async |kid: &str| {
        let held = || {
            let held = keys.current.load_full();
            held.is_some_and(|held| matches!(held.keys.find(Some(kid), Algorithm::ES256), Found::Key(_)))
        };
        while !held() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    known("old").await;
    server.set("/jwks", new);
    known("new").await;
    task.abort();
    assert!(matches!(finds(&keys, "old").await, Err(TokenError::Invalid(_))));
}

#[tokio::test]
async fn the_operator_is_told_the_cause() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/jwks", closed.local_addr().unwrap());
    drop(closed);
    let keys = KeySet::new("main", &testing::issuer_settings(&address), UNHURRIED).unwrap();
    let fault = keys.fetch().await.unwrap_err().to_string();
    assert!(fault.to_lowercase().contains("refused"), "{fault}");
}

/// JWK-02: who presents a known key waits for no refresh, however long that hangs.
#[tokio::test]
async fn nobody_waits_for_a_refresh_while_there_is_a_set() {
    let server = Server::start().await;
    server.set("/jwks", Answer::keys(&[TestKey::p256().jwk("k1")]));
    let keys = set(&server, UNHURRIED);
    keys.fetch().await.unwrap();
    server.set("/jwks", Answer::Silent);
    let hanging = Arc::clone(&keys);
    let refresh = tokio::spawn(async move { hanging.fetch().await.is_ok() });
    while server.count("/jwks") < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut asked = Box::pin(keys.key(Some("k1"), Algorithm::ES256));
    let at_once = futures_util::poll!(&mut asked);
    assert!(matches!(at_once, std::task::Poll::Ready(Ok(_))));
    assert!(!refresh.is_finished());
    refresh.abort();
}

/// A certificate for 127.0.0.1 that nobody has signed but itself, and its key; for nothing but these tests.
const CERTIFICATE: &str = "MIIBkDCCATagAwIBAgIURLHg18bOwGi6C+3luISebeg/WcQwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJMTI3LjAuMC4x\
    MCAXDTI2MTEyODAzMzQxMloYDzIxMjYxMTA0MDMzNDEyWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\
    AAQH1BftnwB9LsqYCXI8xVVtapnGTxqRBqbPfeisgfHAz1lZoO2PH5VNnawsWeBaojgC6MZJ8s7/O0WfJeL67+YEo2QwYjAdBgNVHQ4EFgQU\
    aXtBLSb2lhw/kvNbR96QXCqw//EwHwYDVR0jBBgwFoAUaXtBLSb2lhw/kvNbR96QXCqw//EwDwYDVR0TAQH/BAUwAwEB/zAPBgNVHREECDAG\
    hwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIBL0bw31jMyN9To0jAphzZImzEqpjTtAGA9MtJaS0UTBAiEA9jCmHDK9Uy6Aq62qwax1etA36VuE\
    c8Fm9f4mD4sOkk4=";
const CERTIFICATE_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXtjwxBiu1m9W3QHmgsdq/KZyA4wonRiVbFTcnGIH\
    1OyhRANCAAQH1BftnwB9LsqYCXI8xVVtapnGTxqRBqbPfeisgfHAz1lZoO2PH5VNnawsWeBaojgC6MZJ8s7/O0WfJeL67+YE";

/// Serves a key set by TLS with that certificate; answers its address and how many requests it has had.
fn serve_untrusted() -> (String, Arc<AtomicU64>) {
    use std::io::{Read as _, Write as _};

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(STANDARD.decode(CERTIFICATE_KEY).unwrap());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![STANDARD.decode(CERTIFICATE).unwrap().into()], key.into())
        .unwrap();
    let (config, asked) = (Arc::new(config), Arc::new(AtomicU64::new(0)));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/jwks", listener.local_addr().unwrap());
    let body = json!({ "keys": [TestKey::p256().jwk("k1")] }).to_string();
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            // Whoever does not trust it ends the connection here.
            if tls.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {
                counted.fetch_add(1, Ordering::Relaxed);
                let length = body.len();
                let _ = write!(
                    tls,
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    });
    (address, asked)
}

/// JWK-11.
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_brings_no_keys() {
    let (address, asked) = serve_untrusted();
    let settings = IssuerSettings {
        insecure_http: false,
        ..testing::issuer_settings(&address)
    };
    let keys = KeySet::new("main", &settings, UNHURRIED).unwrap();
    let fault = keys.fetch().await.unwrap_err().to_string();
    assert!(fault.contains("certificate"), "{fault}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert!(!keys.usable());
    // It is the certificate, and not the server.
    let trusting = reqwest::Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    assert_eq!(trusting.get(&address).send().await.unwrap().status(), 200);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
