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

/// Bounds that nothing else would miss (NET-01, NET-04, SHD-01, DBF-02).
#[test]
fn the_defaults_are_those_that_were_promised() {
    let settings = read(&GOOD).expect("good settings");
    let (server, database) = (&settings.server, &settings.database);
    let found = [
        ("drain_seconds", server.drain_seconds, 5),
        ("finish_seconds", server.finish_seconds, 30),
        ("keep_alive_seconds", server.keep_alive_seconds, 75),
        ("head_seconds", server.head_seconds, 5),
        ("body_idle_seconds", server.body_idle_seconds, 10),
        ("body_seconds", server.body_seconds, 30),
        ("patience_seconds", database.patience_seconds, 10),
        ("work_seconds", database.work_seconds, 30),
    ];
    for (name, value, promised) in found {
        assert_eq!(value, promised, "{name}");
    }
    assert_eq!(server.max_connections, 25_000);
    assert!(database.migrate && !database.read_only);
}

/// A text of digits stays the text that it is.
#[test]
fn the_environment_is_text() {
    let digits = "01234567890123456789012345678901";
    let mut pairs = GOOD.to_vec();
    pairs.extend([
        ("THIDUA__SECRETS__CURSOR_KEY", digits),
        ("THIDUA__AUTH__ISSUERS__MAIN__AUDIENCE", "007"),
        (
            "THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__ISSUER",
            "https://sso.example.gov.vn/realms/tinh",
        ),
        ("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__SUBJECT", "0012345"),
        ("THIDUA__SERVER__WORKERS", "3"),
        ("THIDUA__SERVER__BEHIND_TLS", "true"),
    ]);
    let settings = read(&pairs).expect("good settings");
    assert_eq!(settings.bootstrap.administrators["first"].subject, "0012345");
    assert_eq!(settings.auth.issuers["main"].audience, "007");
    assert_eq!(settings.secrets.cursor_key, digits);
    assert!(settings.server.behind_tls);
    assert_eq!(settings.server.workers, 3);
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
        ("THIDUA__TELEMETRY__OTLP_ENDPOINT", "otel:4317"),
        ("THIDUA__TELEMETRY__OTLP_ROOT_SHARE", "1.5"),
        ("THIDUA__AUTH__ALGORITHMS", "HS256"),
        (
            "THIDUA__SERVER__ALLOWED_ORIGINS",
            "https://portal.example.gov.vn,*",
        ),
        (
            "THIDUA__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/8,proxy,0.0.0.0/0,::/0",
        ),
        ("THIDUA__SERVER__HEAD_SECONDS", "0"),
        ("THIDUA__SERVER__WORKERS", "513"),
        ("THIDUA__LIMITS__SEARCHES", "0"),
        ("THIDUA__DATABASE__PATIENCE_SECONDS", "0"),
        ("THIDUA__IDEMPOTENCY__HOURS", "0"),
        ("THIDUA__STORAGE__UPLOAD_HOURS", "99999"),
        ("THIDUA__STORAGE__URL", "file:"),
        (
            "THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__ISSUER",
            "https://other.example",
        ),
        ("THIDUA__BOOTSTRAP__ADMINISTRATORS__FIRST__SUBJECT", ""),
    ]);
    let faults = read(&pairs).expect_err("faults").join("\n");
    for key in [
        "database.url",
        "time.zone",
        "secrets.cursor_key",
        "log.format",
        "log.filter",
        "metrics.listen",
        "telemetry.otlp_endpoint",
        "telemetry.otlp_root_share",
        "HS256",
        "server.allowed_origins: \"*\"",
        "database.patience_seconds",
        "idempotency.hours",
        "storage.upload_hours",
        "storage.url",
        "bootstrap.administrators.first.issuer",
        "bootstrap.administrators.first.subject",
        "server.trusted_proxies: \"proxy\"",
        "server.trusted_proxies: \"0.0.0.0/0\"",
        "server.trusted_proxies: \"::/0\"",
        "server.head_seconds",
        "server.workers: must lie between 0 and 512",
        "limits.searches",
    ] {
        assert!(faults.contains(key), "{key} in {faults}");
    }
}

#[test]
fn a_badly_typed_value_hides_no_other_fault_and_makes_none() {
    let faults = read(&[
        ("THIDUA__AUTH__LEEWAY_SECONDS", "x"),
        ("THIDUA__AUTH__ISSUERS__MAIN__URL", "https://sso.example.gov.vn"),
        ("THIDUA__AUTH__ISSUERS__MAIN__AUDIENCE", "thidua-api"),
        ("THIDUA__AUTH__ISSUERS__MAIN__INSECURE_HTTP", "maybe"),
        ("THIDUA__AUTH__ISSUERS__MAIN__STALE_HOURS", "y"),
        ("THIDUA__AUTH__ISSUERS__MAIN__NOSUCH", "true"),
        ("THIDUA__AUTH__ISSUERS__TWO__URL", "https://two.example.gov.vn"),
        ("THIDUA__AUTH__ISSUERS__TWO__AUDIENCE", "thidua-api"),
        ("THIDUA__AUTH__ISSUERS__TWO__REFRESH_SECONDS", "x"),
        ("THIDUA__SERVER__WORKERS", "many"),
        ("THIDUA__SERVER__DRAIN_SECONDS", "long"),
        ("THIDUA__SERVER__LISTEN", "nope"),
        ("THIDUA__TIME__ZONE", "Mars"),
    ]);
    let faults = faults.expect_err("faults");
    for key in [
        "leeway_seconds",
        "issuers.main.insecure_http",
        "issuers.main.stale_hours",
        "`nosuch`",
        "issuers.two.refresh_seconds",
        "workers",
        "drain_seconds",
        "server.listen",
        "time.zone",
        "secrets.cursor_key",
    ] {
        let said = faults.iter().filter(|fault| fault.contains(key)).count();
        assert_eq!(said, 1, "{key} in {faults:?}");
    }
    assert_eq!(faults.len(), 10, "{faults:?}");
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
    let source = [
        include_str!("mod.rs"),
        include_str!("server.rs"),
        include_str!("telemetry.rs"),
        include_str!("secrets.rs"),
        include_str!("../identity/settings.rs"),
    ]
    .concat();
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
        max_age_for_decisions_seconds: issuer.max_age_for_decisions_seconds,
        ..Default::default()
    };
    assert_eq!(format!("{issuer:?}"), format!("{default:?}"));
}

/// CFG-01: the oldest library that is taken, and the one before it.
#[test]
fn an_older_sqlite_is_refused() {
    assert_eq!(sqlite_fault(3_051_003), None);
    assert_eq!(sqlite_fault(dialect::sqlite_version()), None);
    for old in [3_051_002, 3_050_007, 3_000_000] {
        assert!(
            sqlite_fault(old).is_some_and(|fault| fault.contains("3.51.3")),
            "{old}"
        );
    }
}

/// CFG-01, CFG-02: what was copied from an example is refused, and no fault shows what is secret.
#[test]
fn placeholders_are_refused_and_no_fault_shows_a_password() {
    for (name, value, key) in [
        (
            "THIDUA__SECRETS__CURSOR_KEY",
            "changeme-changeme-changeme-changeme",
            "secrets.cursor_key",
        ),
        (
            "THIDUA__DATABASE__URL",
            "postgres://thidua:changeme@db/thidua",
            "database.url",
        ),
        (
            "THIDUA__DATABASE__URL",
            "postgres://thidua:Gio-1-Bac@Ha@db/thidua",
            "database.url",
        ),
        (
            "THIDUA__DATABASE__URL",
            "postgres://thidua:Gio-1-Bac/Ha@db/thidua",
            "database.url",
        ),
        (
            "THIDUA__DATABASE__URL",
            "postgres://thidua:Gio-1-Bac?Ha@db/thidua",
            "database.url",
        ),
        (
            "THIDUA__DATABASE__URL",
            "postgres://thidua:Gio-1-Bac%ZZ@db/thidua",
            "database.url",
        ),
        (
            "THIDUA__DATABASE__URL",
            "postgres://thidua:Gio-1-Bac%00@db/thidua",
            "database.url",
        ),
        (
            "THIDUA__DATABASE__URL",
            "mysql://thidua:Gio-1-Bac@db/thidua",
            "database.url",
        ),
        (
            "THIDUA__DATABASE__REPLICA_URL",
            "postgres://thidua:Gio-1-Bac@db/thidua",
            "database.replica_url",
        ),
    ] {
        let mut pairs: Vec<_> = GOOD.into_iter().filter(|(known, _)| *known != name).collect();
        pairs.push((name, value));
        let faults = read(&pairs).expect_err(value).join("\n");
        assert!(faults.starts_with(key), "{value}: {faults}");
        for secret in ["Gio-1-Bac", "changeme"] {
            assert!(!faults.contains(secret), "{faults}");
        }
    }
}
