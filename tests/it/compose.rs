//! The development installation as files: `docker-compose.yml`, `deploy/compose.toml` and the realm
//! that Keycloak imports must fit together and fit the service. No engine is needed; what only a
//! running container can show is not claimed here.

use std::collections::BTreeSet;
use std::path::Path;

use config::{Config, File, FileFormat};
use serde_json::Value;
use thidua::domain::caller::Role;

const CLIENTS: [&str; 3] = ["thidua-portal", "thidua-mobile", "thidua-board"];
const AUDIENCE: &str = "thidua-api";
/// Follow from membership or from the link to an individual, never from a grant.
const NEVER_GRANTED: [&str; 4] = ["COUNCIL_CHAIR", "COUNCIL_SECRETARY", "COUNCIL_MEMBER", "NOMINEE"];
/// ASVS 8.3.2: a role that the SSO takes away must be gone soon.
const LONGEST_TOKEN_LIFE: u64 = 600;

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn realm() -> Value {
    let file = "deploy/keycloak/realm-thidua.json";
    serde_json::from_str(&text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn settings() -> Value {
    let file = "deploy/compose.toml";
    Config::builder()
        .add_source(File::from_str(&text(file), FileFormat::Toml))
        .build()
        .and_then(Config::try_deserialize)
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What Compose v2 refuses and older ones take silently, the last one winning.
#[test]
fn no_key_stands_twice_in_the_compose_file() {
    let file = text("docker-compose.yml");
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    for line in file.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let Some((key, _)) = line.trim_start().split_once(':') else {
            continue;
        };
        if key.starts_with('-') || key.contains(['"', ' ', '/']) {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        open.retain(|(of, _)| *of < depth);
        open.push((depth, key.to_owned()));
        let path: Vec<&str> = open.iter().map(|(_, key)| key.as_str()).collect();
        assert!(seen.insert(path.join(".")), "{} stands twice", path.join("."));
    }
    assert!(seen.contains("services.thidua.stop_grace_period"), "{seen:?}");
}

/// The value at a JSON pointer; `null` where there is none.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn string<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_default()
}

fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    at(value, pointer)
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn strings<'a>(value: &'a Value, pointer: &str) -> BTreeSet<&'a str> {
    items(value, pointer).iter().filter_map(Value::as_str).collect()
}

/// The item of a list whose member `key` is `wanted`.
fn named<'a>(value: &'a Value, list: &str, key: &str, wanted: &str) -> &'a Value {
    items(value, list)
        .iter()
        .find(|item| string(item, key) == wanted)
        .unwrap_or_else(|| panic!("{list} has no item with {key} = {wanted}"))
}

fn client<'a>(realm: &'a Value, id: &str) -> &'a Value {
    named(realm, "/clients", "/clientId", id)
}

/// The mapper of a kind in a client scope.
fn mapper<'a>(realm: &'a Value, scope: &str, kind: &str) -> &'a Value {
    let scope = named(realm, "/clientScopes", "/name", scope);
    named(scope, "/protocolMappers", "/protocolMapper", kind)
}

fn in_access_token(mapper: &Value) -> bool {
    string(mapper, "/config/access.token.claim") == "true"
}

fn is_on(client: &Value, flag: &str) -> bool {
    at(client, flag) == &Value::Bool(true)
}

/// The services of the compose file, each with its lines. The file is our own: two spaces of indent,
/// no anchors.
fn services(compose: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let section = compose.lines().skip_while(|line| *line != "services:").skip(1);
    for line in section.take_while(|line| line.is_empty() || line.starts_with(' ')) {
        let name = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with([' ', '#']));
        if let Some(name) = name.and_then(|rest| rest.strip_suffix(':')) {
            found.push((name, Vec::new()));
        } else if let Some((_, lines)) = found.last_mut() {
            lines.push(line);
        }
    }
    found
}

fn service<'a>(compose: &'a str, wanted: &str) -> Vec<&'a str> {
    let found = services(compose).into_iter().find(|(name, _)| *name == wanted);
    found.map_or_else(|| panic!("no service {wanted}"), |(_, lines)| lines)
}

/// The value of `KEY: value` in a service.
fn setting_of<'a>(lines: &[&'a str], key: &str) -> &'a str {
    lines
        .iter()
        .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn browser_and_mobile_clients_are_public_with_pkce_and_nothing_else() {
    let realm = realm();
    for id in ["thidua-portal", "thidua-mobile"] {
        let client = client(&realm, id);
        assert!(is_on(client, "/enabled"), "{id}");
        assert!(is_on(client, "/publicClient"), "{id}");
        assert!(is_on(client, "/standardFlowEnabled"), "{id}");
        assert_eq!(
            string(client, "/attributes/pkce.code.challenge.method"),
            "S256",
            "{id}"
        );
        assert!(!items(client, "/redirectUris").is_empty(), "{id}");
        for flag in [
            "/implicitFlowEnabled",
            "/directAccessGrantsEnabled",
            "/serviceAccountsEnabled",
        ] {
            assert_eq!(at(client, flag), &Value::Bool(false), "{id} {flag}");
        }
    }
}

#[test]
fn the_boards_client_is_confidential_with_client_credentials_only() {
    let realm = realm();
    let client = client(&realm, "thidua-board");
    assert!(is_on(client, "/enabled"));
    assert!(is_on(client, "/serviceAccountsEnabled"));
    for flag in [
        "/publicClient",
        "/standardFlowEnabled",
        "/implicitFlowEnabled",
        "/directAccessGrantsEnabled",
    ] {
        assert_eq!(at(client, flag), &Value::Bool(false), "{flag}");
    }
    let account = named(&realm, "/users", "/serviceAccountClientId", "thidua-board");
    assert_eq!(
        strings(account, "/realmRoles"),
        BTreeSet::from(["tdkt-board-system"])
    );
    let machines = settings();
    assert!(strings(&machines, "/auth/issuers/main/machine_clients").contains("thidua-board"));
}

#[test]
fn the_service_itself_obtains_no_tokens() {
    assert!(is_on(client(&realm(), AUDIENCE), "/bearerOnly"));
}

#[test]
fn no_client_redirects_to_a_wildcard() {
    let realm = realm();
    for client in items(&realm, "/clients") {
        let id = string(client, "/clientId");
        let mut addresses = strings(client, "/redirectUris");
        addresses.extend(strings(client, "/webOrigins"));
        addresses.insert(string(client, "/attributes/post.logout.redirect.uris"));
        for address in addresses {
            assert!(!address.contains('*') && address != "+", "{id} goes to {address}");
        }
    }
}

#[test]
fn access_tokens_name_the_service_as_audience_and_the_person_as_subject() {
    let realm = realm();
    let audience = mapper(&realm, "thidua-audience", "oidc-audience-mapper");
    assert_eq!(string(audience, "/config/included.client.audience"), AUDIENCE);
    assert!(in_access_token(audience));
    assert_eq!(
        string(audience, "/config/id.token.claim"),
        "false",
        "an ID token is not for the service"
    );
    assert!(in_access_token(mapper(&realm, "basic", "oidc-sub-mapper")));
    for id in CLIENTS {
        let scopes = strings(client(&realm, id), "/defaultClientScopes");
        for scope in ["basic", "roles", "thidua-audience", "thidua-organization"] {
            assert!(scopes.contains(scope), "{id} lacks {scope}");
        }
    }
}

#[test]
fn every_assigned_scope_exists() {
    let realm = realm();
    let known: BTreeSet<_> = items(&realm, "/clientScopes")
        .iter()
        .map(|scope| string(scope, "/name"))
        .collect();
    let mut assigned = strings(&realm, "/defaultDefaultClientScopes");
    for client in items(&realm, "/clients") {
        assigned.extend(strings(client, "/defaultClientScopes"));
        assigned.extend(strings(client, "/optionalClientScopes"));
    }
    assert_eq!(
        assigned.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}

#[test]
fn claims_are_where_the_settings_look_for_them() {
    let realm = realm();
    let settings = settings();
    let roles = mapper(&realm, "roles", "oidc-usermodel-realm-role-mapper");
    assert!(in_access_token(roles));
    let path = format!("/{}", string(roles, "/config/claim.name").replace('.', "/"));
    assert!(
        strings(&settings, "/auth/issuers/main/role_paths").contains(path.as_str()),
        "{path}"
    );

    let scope = named(&realm, "/clientScopes", "/name", "thidua-organization");
    for (claim, setting) in [
        ("org_code", "organization_path"),
        ("personnel_code", "personnel_code_path"),
    ] {
        let mapper = named(scope, "/protocolMappers", "/config/claim.name", claim);
        assert_eq!(string(mapper, "/config/user.attribute"), claim);
        assert!(in_access_token(mapper), "{claim}");
        let looked_for = string(&settings, &format!("/auth/issuers/main/{setting}"));
        assert_eq!(looked_for, format!("/{claim}"));
    }
}

#[test]
fn every_realm_role_is_mapped_to_a_role_that_can_be_granted() {
    let realm = realm();
    let settings = settings();
    let map = at(&settings, "/auth/issuers/main/role_map")
        .as_object()
        .cloned()
        .unwrap_or_default();
    let in_realm: BTreeSet<_> = items(&realm, "/roles/realm")
        .iter()
        .map(|role| string(role, "/name"))
        .collect();
    let in_map: BTreeSet<_> = map.keys().map(String::as_str).collect();
    assert_eq!(in_realm, in_map);

    let targets: BTreeSet<_> = map.values().filter_map(Value::as_str).collect();
    let grantable: BTreeSet<_> = Role::CODES
        .iter()
        .copied()
        .filter(|code| !NEVER_GRANTED.contains(code))
        .collect();
    assert_eq!(targets, grantable);
}

#[test]
fn each_client_may_carry_the_roles_of_its_users() {
    let realm = realm();
    let machine = BTreeSet::from(["tdkt-board-system"]);
    let everyone: BTreeSet<_> = items(&realm, "/roles/realm")
        .iter()
        .map(|role| string(role, "/name"))
        .collect();
    let people: BTreeSet<_> = everyone.difference(&machine).copied().collect();
    for (id, expected) in [
        ("thidua-portal", &people),
        ("thidua-mobile", &people),
        ("thidua-board", &machine),
    ] {
        assert_eq!(
            at(client(&realm, id), "/fullScopeAllowed"),
            &Value::Bool(false),
            "{id}"
        );
        let mapping = named(&realm, "/scopeMappings", "/client", id);
        assert_eq!(&strings(mapping, "/roles"), expected, "{id}");
    }
}

#[test]
fn every_user_has_an_organisation_and_known_roles() {
    let realm = realm();
    let known: BTreeSet<_> = items(&realm, "/roles/realm")
        .iter()
        .map(|role| string(role, "/name"))
        .collect();
    let mut carried = BTreeSet::new();
    for user in items(&realm, "/users") {
        let name = string(user, "/username");
        assert!(
            string(user, "/attributes/org_code/0").starts_with("H14"),
            "{name}"
        );
        let roles = strings(user, "/realmRoles");
        assert!(!roles.is_empty() && roles.is_subset(&known), "{name}: {roles:?}");
        carried.extend(roles);
    }
    assert_eq!(carried, known, "each role has somebody to try it with");
}

#[test]
fn only_an_administrator_edits_the_attributes_behind_claims() {
    let realm = realm();
    let pointer =
        "/components/org.keycloak.userprofile.UserProfileProvider/0/config/kc.user.profile.config/0";
    let profile: Value = serde_json::from_str(string(&realm, pointer))
        .unwrap_or_else(|error| panic!("the user profile is not JSON: {error}"));
    for attribute in ["org_code", "personnel_code"] {
        let declared = named(&profile, "/attributes", "/name", attribute);
        assert_eq!(
            strings(declared, "/permissions/edit"),
            BTreeSet::from(["admin"]),
            "{attribute}"
        );
    }
}

#[test]
fn access_tokens_live_ten_minutes_at_most() {
    let realm = realm();
    let life = at(&realm, "/accessTokenLifespan").as_u64();
    assert!(
        life.is_some_and(|seconds| seconds <= LONGEST_TOKEN_LIFE),
        "{life:?}"
    );
    for client in items(&realm, "/clients") {
        if let Some(own) = at(client, "/attributes/access.token.lifespan").as_str() {
            let seconds: u64 = own.parse().unwrap_or(u64::MAX);
            assert!(
                seconds <= LONGEST_TOKEN_LIFE,
                "{}: {own}",
                string(client, "/clientId")
            );
        }
    }
}

#[test]
fn issuer_audience_and_clients_of_the_settings_are_those_of_the_realm() {
    let realm = realm();
    let settings = settings();
    let compose = text("docker-compose.yml");
    let path = format!("/realms/{}", string(&realm, "/realm"));

    let issuer = string(&settings, "/auth/issuers/main/url");
    assert_eq!(
        issuer,
        format!(
            "{}{path}",
            setting_of(&service(&compose, "keycloak"), "KC_HOSTNAME")
        )
    );
    let keys = string(&settings, "/auth/issuers/main/jwks_uri");
    assert_eq!(
        keys,
        format!("http://keycloak:8080{path}/protocol/openid-connect/certs")
    );
    assert_eq!(string(&settings, "/auth/issuers/main/audience"), AUDIENCE);
    let allowed = strings(&settings, "/auth/issuers/main/allowed_clients");
    assert_eq!(allowed, BTreeSet::from(CLIENTS));

    let first = at(&settings, "/bootstrap/administrators/first");
    assert_eq!(string(first, "/issuer"), issuer);
    let administrator = named(&realm, "/users", "/id", string(first, "/subject"));
    assert!(strings(administrator, "/realmRoles").contains("tdkt-system-administrator"));
}

#[test]
fn every_service_has_a_health_check_and_the_service_waits_for_both_others() {
    let compose = text("docker-compose.yml");
    let names: Vec<_> = services(&compose).iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["postgres", "keycloak", "thidua"]);
    for (name, lines) in services(&compose) {
        assert!(lines.contains(&"    healthcheck:"), "{name} has no health check");
    }
    let service = service(&compose, "thidua");
    let waits = service
        .iter()
        .filter(|line| line.trim() == "condition: service_healthy")
        .count();
    assert_eq!(waits, 2);
    assert!(text("Dockerfile").contains("\nHEALTHCHECK "));
}

#[test]
fn the_compose_file_names_files_that_exist_and_listens_on_loopback_only() {
    let compose = text("docker-compose.yml");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut mounted = 0;
    for entry in compose.lines().filter_map(|line| line.trim().strip_prefix("- ")) {
        if let Some((file, _)) = entry.strip_prefix("./").and_then(|rest| rest.split_once(':')) {
            assert!(root.join(file).is_file(), "{file}");
            mounted += 1;
        }
        let published = entry.trim_matches('"');
        if published != entry && published.ends_with(":8080") {
            assert!(published.starts_with("127.0.0.1:"), "{published}");
        }
    }
    assert_eq!(mounted, 2, "the realm and the settings");
}
