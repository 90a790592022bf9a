use super::*;

fn parse(text: &str) -> AuthSettings {
    config::Config::builder()
        .add_source(config::File::from_str(text, config::FileFormat::Toml))
        .build()
        .unwrap()
        .try_deserialize()
        .unwrap()
}

const GOOD: &str = r#"
    [issuers.main]
    url = "https://sso.example/realms/tinh"
    audience = "thidua-api"
"#;

#[test]
fn defaults_are_usable_and_documented_values() {
    let settings = parse(GOOD);
    assert_eq!(settings.faults(), Vec::<String>::new());
    // The shortest path there is.
    let short = parse(&format!("{GOOD}subject_path = '/i'"));
    assert_eq!(short.faults(), Vec::<String>::new());
    assert_eq!(settings.algorithms, ["RS256", "PS256", "ES256", "EdDSA"]);
    assert_eq!((settings.leeway_seconds, settings.max_lifetime_hours), (30, 24));
    assert!(!settings.require_at_jwt);
    let main = &settings.issuers["main"];
    assert_eq!((main.refresh_seconds, main.stale_hours), (300, 24));
    assert!(!main.grants && !main.insecure_http);
    assert_eq!(main.subject_path, "/sub");
}

#[test]
fn lists_come_as_array_or_as_one_text() {
    let array = parse("algorithms = ['ES256', 'RS256']");
    let text = parse("algorithms = ' ES256, RS256,'");
    assert_eq!(array.algorithms, text.algorithms);
    let table = parse("[issuers.a.role_map]\nx = 'AUDITOR'\n'PRIMARY/y' = 'CLERK'");
    let text = parse("[issuers.a]\nrole_map = 'x=AUDITOR, PRIMARY/y=CLERK'\njwks_uri = ' '");
    assert_eq!(table.issuers["a"].role_map, text.issuers["a"].role_map);
    assert_eq!(text.issuers["a"].jwks_uri, None);
}

#[test]
fn what_is_neither_says_what_it_should_be() {
    for (settings, wanted) in [
        (
            serde_json::json!({ "algorithms": 5 }),
            "a list of texts, or one text separated by commas",
        ),
        (
            serde_json::json!({ "issuers": { "a": { "role_map": 5 } } }),
            "a table of texts, or one text such as \"name=CODE,name=CODE\"",
        ),
        (
            serde_json::json!({ "issuers": { "a": { "role_map": "AUDITOR" } } }),
            "\"AUDITOR\" is not of the form name=CODE",
        ),
    ] {
        let fault = serde_json::from_value::<AuthSettings>(settings)
            .unwrap_err()
            .to_string();
        assert!(fault.contains(wanted), "{fault}");
    }
    let absent = serde_json::json!({ "algorithms": null });
    let settings: AuthSettings = serde_json::from_value(absent).unwrap();
    assert_eq!(settings.algorithms, Vec::<String>::new());
}

#[test]
fn unknown_keys_are_refused() {
    for text in ["audience = 'x'", "[issuers.a]\naud = 'x'"] {
        let config = config::Config::builder()
            .add_source(config::File::from_str(text, config::FileFormat::Toml))
            .build()
            .unwrap();
        assert!(config.try_deserialize::<AuthSettings>().is_err(), "{text}");
    }
}

#[test]
fn every_fault_is_reported_with_its_key() {
    let grants = "grants = true\nrole_paths = '/roles'\n";
    let cases: &[(&str, &str)] = &[
        ("algorithms = ''", "auth.algorithms: empty"),
        ("algorithms = 'RS256,HS256'", "auth.algorithms: HS256"),
        ("algorithms = 'none'", "auth.algorithms: \"none\""),
        ("algorithms = 'rs256'", "auth.algorithms: \"rs256\""),
        ("leeway_seconds = 3600", "auth.leeway_seconds: 3600"),
        ("max_lifetime_hours = 0", "auth.max_lifetime_hours: 0"),
        ("", "auth.issuers: at least one"),
        ("[issuers.a]\naudience = 'x'", "auth.issuers.a.url: missing"),
        (
            "[issuers.a]\nurl = 'https://x'",
            "auth.issuers.a.audience: missing",
        ),
        ("[issuers.a]\nurl = 'http://x'", "auth.issuers.a.url: plain http"),
        (
            "[issuers.a]\nurl = 'ftp://x'\ninsecure_http = true",
            "auth.issuers.a.url: the scheme",
        ),
        (
            "[issuers.a]\nurl = 'sso.example'",
            "auth.issuers.a.url: \"sso.example\"",
        ),
        (
            "[issuers.a]\nurl = 'https://u:p@x'",
            "auth.issuers.a.url: must not contain a user",
        ),
        (
            "[issuers.a]\nurl = 'https://u@x'",
            "auth.issuers.a.url: must not contain a user",
        ),
        (
            "[issuers.a]\nurl = 'https://:p@x'",
            "auth.issuers.a.url: must not contain a user",
        ),
        (
            "[issuers.a]\njwks_uri = 'http://x'",
            "auth.issuers.a.jwks_uri: plain http",
        ),
        (
            "[issuers.a]\ndiscovery_uri = 'http://x'",
            "auth.issuers.a.discovery_uri: plain http",
        ),
        (
            "[issuers.a]\ndiscovery_uri = 'https://x'\njwks_uri = 'https://y'",
            "auth.issuers.a.discovery_uri: not used",
        ),
        (
            "[issuers.a]\nurl = 'https://x'\n[issuers.b]\nurl = 'https://x'",
            "auth.issuers.b.url: the same",
        ),
        (
            "[issuers.a]\naudience = 'spa'\nfront_end_clients = 'spa'",
            "auth.issuers.a.front_end_clients: contains",
        ),
        (
            "[issuers.a]\nallowed_clients = 'x'\nmachine_clients = 'y'",
            "auth.issuers.a.machine_clients: \"y\"",
        ),
        (
            "[issuers.a]\nsubject_path = 'sub'",
            "auth.issuers.a.subject_path: \"sub\"",
        ),
        (
            "[issuers.a]\nsubject_path = '/'",
            "auth.issuers.a.subject_path: \"/\" is not",
        ),
        (
            "[issuers.a]\nname_paths = 'name'",
            "auth.issuers.a.name_paths: \"name\"",
        ),
        (
            "[issuers.a]\nrole_paths = 'roles'",
            "auth.issuers.a.role_paths: \"roles\"",
        ),
        (
            "[issuers.a]\nrole_paths = '/roles'",
            "auth.issuers.a.role_paths: has no effect",
        ),
        (
            "[issuers.a]\nrole_map = 'x=AUDITOR'",
            "auth.issuers.a.role_map: has no effect",
        ),
        (
            "[issuers.a]\norganization_path = '/org'",
            "auth.issuers.a.organization_path: has no effect",
        ),
        ("[issuers.a]\ngrants = true", "auth.issuers.a.role_map: missing"),
        ("[issuers.a]\ngrants = true", "auth.issuers.a.role_paths: missing"),
        (
            "[issuers.a]\nrole_map = 'x=admin'",
            "auth.issuers.a.role_map: \"x\" is mapped to \"admin\"",
        ),
        (
            "[issuers.a]\nrole_map = 'x=NOMINEE'",
            "auth.issuers.a.role_map: \"x\" is mapped to NOMINEE, which follows",
        ),
        (
            "[issuers.a]\nrole_map = 'x=COUNCIL_CHAIR'",
            "auth.issuers.a.role_map: \"x\" is mapped to COUNCIL_CHAIR",
        ),
        (
            "[issuers.a]\nrole_map = 'x=CLERK'",
            "auth.issuers.a.role_map: \"x\" is mapped to CLERK, which holds at",
        ),
        (
            "[issuers.a]\nrefresh_seconds = 1",
            "auth.issuers.a.refresh_seconds: 1",
        ),
        ("[issuers.a]\nstale_hours = 0", "auth.issuers.a.stale_hours: 0"),
        (
            "[issuers.a]\nrefresh_seconds = 7200\nstale_hours = 2",
            "auth.issuers.a.refresh_seconds: keys that are fetched only every 7200",
        ),
        (
            "[issuers.a]\nacr_for_decisions = ['gold', 'two words']",
            "auth.issuers.a.acr_for_decisions: \"two words\"",
        ),
        (
            "[issuers.a]\nacr_for_decisions = ['']",
            "auth.issuers.a.acr_for_decisions: \"\"",
        ),
        (
            "[issuers.a]\nacr_for_decisions = 'a\"b'",
            "auth.issuers.a.acr_for_decisions: \"a\\\"b\"",
        ),
        (
            "[issuers.a]\nacr_for_decisions = 'a\\b'",
            "auth.issuers.a.acr_for_decisions: \"a\\\\b\"",
        ),
        (
            "[issuers.a]\nacr_for_decisions = 'vàng'",
            "auth.issuers.a.acr_for_decisions: \"vàng\"",
        ),
        (
            "[issuers.a]\nmax_age_for_decisions_seconds = 0",
            "auth.issuers.a.max_age_for_decisions_seconds: 0 is not between 60 and 86400",
        ),
        (
            "[issuers.a]\nmax_age_for_decisions_seconds = 59",
            "auth.issuers.a.max_age_for_decisions_seconds: 59",
        ),
        (
            "[issuers.a]\nmax_age_for_decisions_seconds = 86401",
            "auth.issuers.a.max_age_for_decisions_seconds: 86401",
        ),
    ];
    for (text, expected) in cases {
        let faults = parse(text).faults();
        assert!(
            faults.iter().any(|fault| fault.starts_with(expected)),
            "{text}: {faults:?}"
        );
    }
    let granting = parse(&format!(
        "{GOOD}{grants}role_map = 'x=CLERK'\norganization_path = '/org'"
    ));
    assert_eq!(granting.faults(), Vec::<String>::new());
}

#[test]
fn what_decisions_ask_for_is_off_or_described() {
    let off = parse(GOOD);
    let main = &off.issuers["main"];
    assert!(main.acr_for_decisions.is_empty() && main.max_age_for_decisions_seconds.is_none());
    assert_eq!(off.describe_step_up(), "");
    // The longest value, and the least and the greatest age.
    let longest = "x".repeat(255);
    for seconds in [60, 86_400] {
        let asks = format!(
            "{GOOD}acr_for_decisions = 'urn:mace:incommon:iap:silver, {longest}'\nmax_age_for_decisions_seconds = {seconds}"
        );
        let asks = parse(&asks);
        assert_eq!(asks.faults(), Vec::<String>::new());
        let described = format!(
            "auth.issuers.main.acr_for_decisions = urn:mace:incommon:iap:silver, {longest}\n\
             auth.issuers.main.max_age_for_decisions_seconds = {seconds}\n"
        );
        assert_eq!(asks.describe_step_up(), described);
    }
    let too_long = format!("{GOOD}acr_for_decisions = 'x{longest}'");
    assert_eq!(parse(&too_long).faults().len(), 1);
}

#[test]
fn all_faults_come_at_once() {
    let faults =
        parse("algorithms = 'HS512'\nleeway_seconds = 999\n[issuers.a]\nurl = 'http://x'\nstale_hours = 0")
            .faults();
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[test]
fn everything_can_come_from_the_environment() {
    let variables = [
        ("AUTH__LEEWAY_SECONDS", "20"),
        ("AUTH__ALGORITHMS", "ES256,RS256"),
        ("AUTH__REQUIRE_AT_JWT", "true"),
        ("AUTH__ISSUERS__MAIN__URL", "https://sso.example/realms/tinh"),
        ("AUTH__ISSUERS__MAIN__AUDIENCE", "thidua-api"),
        ("AUTH__ISSUERS__MAIN__GRANTS", "true"),
        ("AUTH__ISSUERS__MAIN__ROLE_PATHS", "/roles,/groups"),
        ("AUTH__ISSUERS__MAIN__ROLE_MAP", "Kiem-Tra=AUDITOR"),
        ("AUTH__ISSUERS__MAIN__JWKS_URI", ""),
    ];
    let source = variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let settings: AuthSettings = config::Config::builder()
        .add_source(
            config::Environment::default()
                .separator("__")
                .source(Some(source)),
        )
        .build()
        .unwrap()
        .get("auth")
        .unwrap();
    assert_eq!(settings.faults(), Vec::<String>::new());
    assert_eq!((settings.leeway_seconds, settings.require_at_jwt), (20, true));
    let main = &settings.issuers["main"];
    assert_eq!(main.role_paths, ["/roles", "/groups"]);
    assert_eq!(main.role_map["Kiem-Tra"], "AUDITOR");
}
