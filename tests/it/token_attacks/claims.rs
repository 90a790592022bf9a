//! Rows about the claims (TOK-13 to TOK-19, TOK-28).

use serde_json::{Value, json};

use super::forge::ISSUER;
use super::{Answer, Bench, Table};
use crate::support::world::AUDIENCE;

const DAY: i64 = 24 * 3600;

pub fn rows(bench: &Bench, table: &mut Table) {
    let mut refused = |lines, name: &str, values: Vec<Value>| {
        for value in values {
            let token = bench.ec.claiming(json!({(name): value}));
            let shown: String = value.to_string().chars().take(60).collect();
            table.token(lines, format!("claim {name} {shown}"), token, Answer::Invalid);
        }
    };
    let foreign = ["ID", "Refresh", "Offline", "Logout", "id", "refresh", ""];
    refused(&["TOK-13"], "typ", foreign.map(Value::from).to_vec());
    refused(&["TOK-13"], "typ", vec![json!(1), json!(["Bearer"])]);
    for name in ["nonce", "at_hash", "c_hash", "events"] {
        refused(&["TOK-13"], name, vec![json!("x"), json!({})]);
    }
    refused(&["TOK-13"], "aud", vec![json!("spa"), json!([AUDIENCE, "spa"])]);
    refused(
        &["TOK-28"],
        "cnf",
        vec![json!({"jkt": "x"}), json!({"x5t#S256": "x"}), json!(false)],
    );
    let upper = ISSUER.to_uppercase();
    let issuers = vec![
        Value::Null,
        json!([ISSUER]),
        json!(["https://evil.example", ISSUER]),
        json!({ISSUER: true}),
        json!(1),
        json!(""),
        json!(format!("{ISSUER}/")),
        json!(format!("{ISSUER} ")),
        json!(format!("{ISSUER}\u{0}")),
        json!(upper),
        json!("http://sso.example/realms/tinh"),
        json!("https://sso.example/realms/other"),
        json!("https://sso.example@evil.example/realms/tinh"),
    ];
    refused(&["TOK-14"], "iss", issuers);
    let audiences = vec![
        Value::Null,
        json!(7),
        json!({}),
        json!({AUDIENCE: true}),
        json!(true),
        json!(""),
        json!([]),
        json!([AUDIENCE, 5]),
        json!([AUDIENCE, null]),
        json!([[AUDIENCE]]),
        json!("account"),
        json!(["account", "broker"]),
        json!(format!("{AUDIENCE}-2")),
        json!("Thidua-API"),
        json!(format!("account {AUDIENCE}")),
        json!(format!(" {AUDIENCE}")),
    ];
    refused(&["TOK-15"], "aud", audiences);
    let clients = [
        Value::Null,
        json!("other"),
        json!("Portal"),
        json!(""),
        json!(1),
        json!(["portal"]),
    ];
    refused(&["TOK-16"], "azp", clients.to_vec());
    refused(
        &["TOK-16"],
        "client_id",
        vec![json!("other"), json!("mobile"), json!(1)],
    );
    let now = chrono::Utc::now().timestamp();
    let ends = vec![
        Value::Null,
        json!((now + 300).to_string()),
        json!(true),
        json!([now + 300]),
        json!({}),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(f64::from(i32::MAX) + 0.5),
        json!(1e18),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MAX),
        json!(now + 3650 * DAY),
        // A minute beyond, because the service reads its clock a little later.
        json!(now + DAY + 60),
        json!((now + 300) * 1000),
    ];
    refused(&["TOK-17"], "exp", ends);
    for name in ["nbf", "iat"] {
        let beginnings = vec![
            json!(now + 3600),
            json!("0"),
            json!(false),
            json!([0]),
            json!({}),
            json!(u64::MAX),
            json!(1e300),
        ];
        refused(&["TOK-18"], name, beginnings);
    }
    let subjects = vec![
        json!(""),
        json!(5),
        json!(["can-bo-7"]),
        json!({}),
        json!("x".repeat(256)),
        json!("a\u{0}b"),
        json!("a\nb"),
    ];
    refused(&["TOK-19"], "sub", subjects);
    accepted(bench, table, now);
}

/// The other side of each border, and what has an answer of its own.
fn accepted(bench: &Bench, table: &mut Table, now: i64) {
    let float = format!("{now}.0").parse::<f64>().unwrap();
    let rows = [
        (&["TOK-13"], "typ absent among the claims", json!({"typ": null})),
        (
            &["TOK-15"],
            "aud among others",
            json!({"aud": ["account", AUDIENCE]}),
        ),
        (
            &["TOK-16"],
            "azp of the other listed client",
            json!({"azp": "mobile"}),
        ),
        (
            &["TOK-16"],
            "client_id in place of azp",
            json!({"azp": null, "client_id": "portal"}),
        ),
        (&["TOK-17"], "exp as a whole float", json!({"exp": float + 300.0})),
        (
            &["TOK-17"],
            "exp just passed, within the leeway",
            json!({"exp": now - 1}),
        ),
        (&["TOK-17"], "exp within a day", json!({"exp": now + DAY})),
        (
            &["TOK-18"],
            "nbf and iat absent",
            json!({"nbf": null, "iat": null}),
        ),
        (
            &["TOK-18"],
            "nbf and iat within the leeway",
            json!({"nbf": now + 20, "iat": now + 20}),
        ),
        (&["TOK-18"], "nbf with a fraction", json!({"nbf": float - 0.5})),
        (&["TOK-19"], "sub of 255 letters", json!({"sub": "ộ".repeat(255)})),
    ];
    for (lines, what, change) in rows {
        table.token(lines, what, bench.ec.claiming(change), Answer::Accepted);
    }
    for (what, end) in [
        ("an hour ago", now - 3600),
        ("in 1970", 1),
        ("beyond the leeway", now - 31),
    ] {
        let token = bench.ec.claiming(json!({"exp": end}));
        table.token(
            &["TOK-02", "TOK-17"],
            format!("exp {what}"),
            token,
            Answer::Expired,
        );
    }
    let nameless = json!({"sub": null});
    table.token(
        &["TOK-02", "TOK-19"],
        "sub absent",
        bench.ec.claiming(nameless.clone()),
        Answer::SubjectMissing,
    );
    // Nobody is told more of a token than that it is none, unless the issuer signed it.
    table.token(
        &["TOK-02", "TOK-19"],
        "sub absent, forged",
        bench.evil.claiming(nameless),
        Answer::Invalid,
    );
    let two = json!({"exp": now - 3600, "aud": "account"});
    table.token(
        &["TOK-02", "TOK-15"],
        "expired and for another",
        bench.ec.claiming(two),
        Answer::Invalid,
    );
}
