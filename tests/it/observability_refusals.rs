//! What the operations room sees of callers that are refused (AZN-13, TOK-19), and that no token is among it
//! (TOK-27); and how the running binary fetches keys (JWK-11).

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use thidua::domain::caller::PrincipalKind;

use crate::observability::{administrator, ask, value};
use crate::support::process::Process;
use crate::support::promises::holds_no_token;
use crate::support::served::Served;
use crate::support::world::{issuer, signed, token, unsigned};

/// Status and body.
async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The only line of a request.
fn line(served: &Served, id: &str) -> Value {
    let mut lines = served.lines_of(id);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// AZN-13: who asked for what of which object, and why not; one line, and one more in the numbers.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_caller_is_told_with_action_object_and_reason() {
    let served = Served::start("").await;
    let unit = json!({"name": "Sở Kín Tiếng", "kind": "OTHER"});
    let post = |path: &str, id: &str, body: &Value| ask(&served, "POST", path, id).json(body);
    let made = post("/v1/organizations", "made", &unit).bearer_auth(administrator());
    let (status, made) = answer(made).await;
    assert_eq!(status, 201, "{made}");
    let unit_id = made["id"].as_str().unwrap();
    let grant = json!({
        "principal_kind": "USER", "issuer": issuer().url(), "subject": "someone", "role": "AUDITOR",
        "reason": "Quyết định phân công",
    });
    let granted = post("/v1/role-grants", "granted", &grant).bearer_auth(administrator());
    let (status, granted) = answer(granted).await;
    assert_eq!(status, 201, "{granted}");
    let grant_id = granted["id"].as_str().unwrap();

    let stranger = token("a-stranger", PrincipalKind::User);
    let patch = |path: &str, id: &str| {
        let asked = ask(&served, "PATCH", path, id).header("if-match", "*");
        asked.json(&json!({"name": "Tên khác"})).bearer_auth(&stranger)
    };
    let escaped = format!("/v1/organizations/%3{unit_id}");
    let asked = [
        (patch(&format!("/v1/organizations/{unit_id}"), "forbidden"), 403),
        (patch(&escaped, "escaped"), 403),
        (
            post("/v1/organizations", "collection", &unit).bearer_auth(&stranger),
            403,
        ),
        (
            ask(&served, "GET", &format!("/v1/role-grants/{grant_id}"), "hidden").bearer_auth(&stranger),
            404,
        ),
    ];
    for (asked, expected) in asked {
        let (status, body) = answer(asked).await;
        assert_eq!(status, expected, "{body}");
    }
    for (id, action, reason, object) in [
        ("forbidden", "MANAGE_ORGANIZATION", "not_allowed", json!(unit_id)),
        ("escaped", "MANAGE_ORGANIZATION", "not_allowed", json!(unit_id)),
        ("collection", "MANAGE_ORGANIZATION", "not_allowed", Value::Null),
        ("hidden", "READ_ROLE_GRANT", "not_visible", json!(grant_id)),
    ] {
        let line = line(&served, id);
        assert_eq!(line["denied_action"], action, "{line}");
        assert_eq!(line["denied_reason"], reason, "{line}");
        assert_eq!(line["object"], object, "{line}");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["subject"].as_str().map(str::len), Some(16), "{line}");
        assert!(line["code"].is_string(), "{line}");
    }
    // What is merely absent, or allowed, is no refusal of the policy.
    let absent = "/v1/organizations/0199ffff-0000-7000-8000-00000000dead";
    let (status, _) = answer(ask(&served, "GET", absent, "absent").bearer_auth(&stranger)).await;
    assert_eq!(status, 404);
    for id in ["absent", "made"] {
        let line = line(&served, id);
        for member in ["denied_action", "denied_reason", "object"] {
            assert!(line[member].is_null(), "{line}");
        }
    }
    let metrics = served.scrape().await;
    for (action, reason, times) in [
        ("MANAGE_ORGANIZATION", "not_allowed", 3.0),
        ("READ_ROLE_GRANT", "not_visible", 1.0),
    ] {
        let series = format!("thidua_access_denials_total{{action=\"{action}\",reason=\"{reason}\"}}");
        assert_eq!(value(&metrics, &series), Some(times), "{metrics}");
    }
    let log = served.log();
    for secret in ["Kín Tiếng", "a-stranger", "someone"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// TOK-19: the operator is told where the subject got lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_subject_is_told_with_the_likely_cause() {
    let served = Served::start("").await;
    let (header, mut claims) = unsigned("nameless");
    claims.as_object_mut().unwrap().remove("sub").unwrap();
    let asked = ask(&served, "GET", "/v1/me", "nameless").bearer_auth(signed(&header, &claims));
    let (status, problem) = answer(asked).await;
    assert_eq!((status, &problem["code"]), (401, &json!("token.subject_missing")));
    let lines = served.lines_of("nameless");
    let hint = lines.iter().find(|line| line["level"] == "WARN");
    let hint = hint.unwrap_or_else(|| panic!("{lines:?}"));
    let told = hint["message"].as_str().unwrap();
    assert!(
        told.contains("Keycloak 25") && told.contains("`basic` client scope"),
        "{told}"
    );
    assert_eq!(hint["issuer"], issuer().url());
}

/// TOK-27: a token is used and kept nowhere, neither by who may nor by who is refused. Of answers, logs and numbers
/// every test sees to it (`promises::holds_no_token`).
#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_kept_in_the_database() {
    let served = Served::start("").await;
    let unit = json!({"name": "Phong Luu Tru", "kind": "OTHER"});
    for (id, token) in [
        ("first", administrator()),
        ("again", administrator()),
        ("refused", token("a-stranger", PrincipalKind::User)),
    ] {
        let asked = ask(&served, "POST", "/v1/organizations", id).json(&unit);
        let asked = asked
            .header("idempotency-key", "one-and-the-same")
            .bearer_auth(token);
        asked.send().await.unwrap();
    }
    let mut kept = std::fs::read(served.database()).unwrap();
    let log = served.database().with_extension("db-wal");
    kept.extend(std::fs::read(log).unwrap_or_default());
    let kept = String::from_utf8_lossy(&kept);
    assert!(kept.contains("Phong Luu Tru"), "what was written is looked at");
    holds_no_token("the database", &kept);
}

/// JWK-11: keys come from where the settings say, whatever proxy the environment names.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_past_the_proxy_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let names = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let mut settings: Vec<_> = names.map(|name| (name, address.as_str())).into();
    settings.extend([("NO_PROXY", ""), ("no_proxy", "")]);
    let mut process = Process::spawn(folder.path(), &settings, std::process::Stdio::null());
    // Ready is who has the issuer's keys.
    process.ready().await;
    let asked = proxy.accept().map(|_| ());
    assert_eq!(asked.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
