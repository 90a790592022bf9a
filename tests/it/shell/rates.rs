//! Quotas of requests (RAT-01 to RAT-03), and whom a proxy names (SEC-02).

use std::time::Duration;

use super::me;
use crate::support::world::{Reply, World};
use crate::support::{Database, WorldSettings, on_both, run_with};

fn three() -> WorldSettings {
    WorldSettings {
        shell: |shell| {
            shell.rates.caller = 3;
            shell.rates.address = 3;
            shell.allowed_origins = vec!["https://portal.example.gov.vn".to_owned()];
        },
        ..WorldSettings::default()
    }
}

/// Name, what is left, and the seconds until it is whole again.
fn left(reply: &Reply) -> (String, u32, u64) {
    let field = reply.header("ratelimit").expect("RateLimit");
    let mut parts = field.split(';');
    let name = parts.next().unwrap().trim_matches('"').to_owned();
    let mut number = |prefix: &str| parts.next().unwrap().strip_prefix(prefix).unwrap().to_owned();
    let (left, seconds) = (number("r=").parse().unwrap(), number("t=").parse().unwrap());
    assert!((1..=60).contains(&seconds), "{field}");
    (name, left, seconds)
}

#[track_caller]
fn exceeded(reply: Reply, policy: &str) {
    assert_eq!(reply.status, 429, "{}", reply.json);
    assert_eq!(reply.json["code"], "rate.exceeded");
    assert_eq!(
        reply.json["type"],
        "https://iana.org/assignments/http-problem-types#quota-exceeded"
    );
    assert_eq!(reply.json["violated-policies"], serde_json::json!([policy]));
    assert_eq!(reply.json["status"], 429);
    let (name, left, seconds) = left(&reply);
    assert_eq!((name.as_str(), left), (policy, 0));
    assert_eq!(reply.header("retry-after"), Some(seconds.to_string().as_str()));
    assert_eq!(
        reply.header("ratelimit-policy"),
        Some(format!("\"{policy}\";q=3;w=60").as_str())
    );
}

#[test]
fn a_caller_has_its_quota_and_no_other_ones() {
    run_with(Database::Sqlite, three(), |world: World| async move {
        let (one, other) = (world.persona("nobody"), world.persona("auditor"));
        for expected in [2, 1, 0] {
            let reply = me(&one).await.expect(200);
            assert_eq!(reply.header("ratelimit-policy"), Some("\"user\";q=3;w=60"));
            let (name, left, _) = left(&reply);
            assert_eq!((name.as_str(), left), ("user", expected));
            assert_eq!(reply.header("retry-after"), None);
        }
        exceeded(me(&one).await, "user");
        exceeded(one.get("/v1/nothing").await, "user");
        assert_eq!(left(&me(&other).await.expect(200)).1, 2);
        // A machine of the same issuer is somebody else, and so is the address.
        assert_eq!(left(&world.board_system().get("/v1/me").await).1, 2);
        for _ in 0..3 {
            let refused = world.bearer("a.b.c").get("/v1/me").await.expect(401);
            assert_eq!(left(&refused).0, "address");
        }
        exceeded(world.anonymous("GET", "/v1/honors").send().await, "address");
        // Whoever has a quota of its own is not held to that of its address.
        me(&other).await.expect(200);
    });
}

on_both! { what_the_client_has_already_costs_nothing }

async fn what_the_client_has_already_costs_nothing(world: World) {
    let nobody = world.persona("nobody");
    let first = me(&nobody).await.expect(200);
    let (_, left_then, _) = left(&first);
    for _ in 0..5 {
        let same = nobody.ask("GET", "/v1/me").header("if-none-match", &first.etag());
        let same = same.send().await.expect(304);
        assert_eq!(left(&same).1, left_then);
    }
    assert_eq!(left(&me(&nobody).await.expect(200)).1, left_then - 1);
}

#[test]
fn probes_and_preflights_are_free() {
    run_with(Database::Sqlite, three(), |world: World| async move {
        for _ in 0..6 {
            for probe in ["/livez", "/readyz", "/startupz"] {
                let reply = world.anonymous("GET", probe).send().await.expect(200);
                assert_eq!(reply.header("ratelimit"), None);
            }
            world
                .anonymous("OPTIONS", "/v1/me")
                .header("origin", "https://portal.example.gov.vn")
                .header("access-control-request-method", "GET")
                .send()
                .await
                .expect(204);
        }
        let refused = world.anonymous("GET", "/v1/me").send().await.expect(401);
        assert_eq!(left(&refused).1, 2);
    });
}

/// A shared cache would tell one client's quota to another.
#[test]
fn what_everybody_may_keep_tells_no_quota() {
    run_with(Database::Sqlite, three(), |world: World| async move {
        for path in ["/v1/honors", "/openapi.json"] {
            let reply = world.anonymous("GET", path).send().await.expect(200);
            assert!(reply.header("cache-control").unwrap().starts_with("public"));
            for field in ["ratelimit", "ratelimit-policy"] {
                assert_eq!(reply.header(field), None, "{path}");
            }
        }
        // They were counted all the same.
        let refused = world.anonymous("GET", "/v1/me").send().await.expect(401);
        assert_eq!(left(&refused).1, 0);
    });
}

const SPOOFED: [&str; 5] = [
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "x-user-id",
    "x-forwarded-host",
];

#[test]
fn a_spoofed_address_is_no_address() {
    run_with(Database::Sqlite, three(), |world: World| async move {
        for (number, field) in SPOOFED.into_iter().enumerate() {
            let reply = world
                .anonymous("GET", "/v1/honors")
                .header(field, &format!("198.51.100.{number}"))
                .send()
                .await;
            assert_eq!(reply.status, if number < 3 { 200 } else { 429 }, "{field}");
        }
    });
}

#[test]
fn a_trusted_proxy_names_the_address() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.rates.address = 3;
            shell.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let from = |field: &str| {
            world
                .anonymous("GET", "/v1/honors")
                .header("x-forwarded-for", field)
        };
        for _ in 0..3 {
            from("198.51.100.7").send().await.expect(200);
        }
        exceeded(from("198.51.100.7").send().await, "address");
        // What the client wrote in front of it changes nothing.
        exceeded(from("203.0.113.1, 198.51.100.7").send().await, "address");
        from("198.51.100.8").send().await.expect(200);
    });
}

#[test]
fn a_new_window_brings_a_new_quota() {
    let settings = WorldSettings {
        shell: |shell| {
            shell.rates.caller = 1;
            shell.rates.window = Duration::from_secs(1);
        },
        ..WorldSettings::default()
    };
    run_with(Database::Sqlite, settings, |world: World| async move {
        let nobody = world.persona("nobody");
        let mut refused = 0;
        for _ in 0..3 {
            while me(&nobody).await.status == 429 {
                refused += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        assert!(refused > 0);
    });
}
