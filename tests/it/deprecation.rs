//! Operations that will go (DEP-01): what their answers, the document and the numbers say of them.

use reqwest::header::{HeaderMap, LINK};
use serde_json::{Value, json};
use thidua::api::openapi;
use thidua::domain::caller::PrincipalKind;
use thidua::operations;
use thidua::shell::deprecated::{DEPRECATED, Deprecated};

use crate::support::world::{BOARD_CLIENT, World, token};
use crate::support::{Database, WorldSettings, promises, run_with};

/// No row of the table: this operation stays.
const ROW: Deprecated = Deprecated {
    operation: "listOrganizations",
    since: "2027-01-15",
    sunset: "2027-07-14",
    notice: "https://example.gov.vn/thidua/notices/1",
};
const NOTICE: &str = "<https://example.gov.vn/thidua/notices/1>; rel=\"deprecation\"";

fn deprecating() -> WorldSettings {
    WorldSettings {
        shell: |shell| {
            let unknown = Deprecated {
                operation: "listNothing",
                ..ROW
            };
            shell.deprecated = vec![unknown, ROW];
            shell.allowed_origins = vec!["https://portal.example.gov.vn".to_owned()];
        },
        ..WorldSettings::default()
    }
}

/// Asks without holding the answer against the document, which knows nothing of the row.
async fn ask(world: &World, method: &str, path: &str, token: Option<&str>) -> reqwest::Response {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", world.base()));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let request = request
        .header("origin", "https://portal.example.gov.vn")
        .header("access-control-request-method", "GET");
    request.send().await.unwrap()
}

fn links(headers: &HeaderMap) -> Vec<&str> {
    let links = headers.get_all(LINK).iter();
    links.map(|link| link.to_str().unwrap()).collect()
}

#[track_caller]
fn tells(headers: &HeaderMap) {
    assert_eq!(headers["deprecation"], "@1799971200");
    assert_eq!(headers["sunset"], "Wed, 14 Jul 2027 00:00:00 GMT");
    assert_eq!(links(headers).last(), Some(&NOTICE));
    let exposed = headers["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("Deprecation, Sunset"), "{exposed}");
}

#[track_caller]
fn tells_nothing(headers: &HeaderMap) {
    assert!(!headers.contains_key("deprecation") && !headers.contains_key("sunset"));
    assert!(!links(headers).contains(&NOTICE));
}

/// The numbers of requests for operations that will go, as a scraper reads them.
async fn counted(world: &World) -> Vec<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let room = operations::start(listener, &world.parts).unwrap();
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    room.abort();
    let own = text
        .lines()
        .filter(|line| line.starts_with("thidua_deprecated_requests_total{"));
    let mut own: Vec<String> = own.map(str::to_owned).collect();
    own.sort();
    own
}

async fn answers_say_that_an_operation_will_go(world: World) {
    let auditor = token("auditor", PrincipalKind::User);
    let machine = token(BOARD_CLIENT, PrincipalKind::Client);
    let list = "/v1/organizations?limit=2";
    for method in ["GET", "HEAD"] {
        let reply = ask(&world, method, list, Some(&auditor)).await;
        assert_eq!(reply.status(), 200);
        tells(reply.headers());
        // The next page is found as ever.
        let links = links(reply.headers());
        assert!(
            links.len() == 2 && links[0].ends_with("rel=\"next\""),
            "{links:?}"
        );
    }
    assert_eq!(ask(&world, "GET", list, Some(&machine)).await.status(), 200);
    // A refusal tells it as well.
    let refused = ask(&world, "GET", list, None).await;
    assert_eq!(refused.status(), 401);
    tells(refused.headers());
    // Another method of the path, another path, a preflight and what is not there do not.
    for (method, path, status) in [
        ("POST", "/v1/organizations", 422),
        ("GET", "/v1/campaigns", 200),
        ("OPTIONS", "/v1/organizations", 204),
        ("GET", "/v1/nothing", 404),
        ("GET", "/livez", 200),
    ] {
        let reply = ask(&world, method, path, Some(&auditor)).await;
        assert_eq!(reply.status(), status, "{method} {path}");
        tells_nothing(reply.headers());
    }
    let count = |client: &str, count: u32| {
        let labels = format!("operation=\"listOrganizations\",client=\"{client}\"");
        format!("thidua_deprecated_requests_total{{{labels}}} {count}")
    };
    let expected = [count(BOARD_CLIENT, 1), count("portal", 2), count("unknown", 1)];
    assert_eq!(counted(&world).await, expected);
}

#[test]
fn sqlite() {
    run_with(
        Database::Sqlite,
        deprecating(),
        answers_say_that_an_operation_will_go,
    );
}

#[test]
fn postgres() {
    run_with(
        Database::Postgres,
        deprecating(),
        answers_say_that_an_operation_will_go,
    );
}

#[test]
fn the_document_marks_what_will_go() {
    let document = openapi::document_with(&[ROW]);
    let marked = |document: &Value| -> Vec<String> {
        let items = document["paths"].as_object().unwrap().values();
        items
            .flat_map(|item| item.as_object().unwrap().values())
            .filter(|operation| operation["deprecated"] == true)
            .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(marked(&document), ["listOrganizations"]);
    let list = &document["paths"]["/v1/organizations"]["get"];
    let told = list["description"].as_str().unwrap();
    assert!(
        told.ends_with(
            "Deprecated since 2027-01-15; from 2027-07-14 on it may be gone. \
             See <https://example.gov.vn/thidua/notices/1>."
        ),
        "{told}"
    );
    for (status, answer) in list["responses"].as_object().unwrap() {
        let answer = match answer["$ref"].as_str() {
            Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => answer,
        };
        for field in ["Deprecation", "Sunset", "Link"] {
            let reference = json!({"$ref": format!("#/components/headers/{field}")});
            assert_eq!(answer["headers"][field], reference, "{status}");
        }
    }
    // As it is published: what the table says, which names operations that there are.
    let mut rows: Vec<&str> = DEPRECATED.iter().map(|row| row.operation).collect();
    let mut published = marked(promises::document());
    rows.sort_unstable();
    published.sort_unstable();
    assert_eq!(published, rows);
}
