//! The running service against a certified OpenID provider that makes, signs and rotates everything itself.
//!
//! Needs `node` and `npm` (`support/node.rs`).

use std::path::Path;

use chrono::Utc;
use serde_json::Value;
use thidua::domain::caller::{PrincipalKind, Role};
use thidua::identity::{AuthSettings, IssuerSettings, TokenError};

use crate::support::world::{World, WorldSettings};
use crate::support::{Database, node};

const AUDIENCE: &str = "thidua-api";
const RESOURCES: [&str; 4] = [
    "urn:thidua:rs256",
    "urn:thidua:ps256",
    "urn:thidua:es256",
    "urn:thidua:eddsa",
];

/// The running provider.
struct Provider {
    _process: node::Process,
    issuer: String,
    http: reqwest::Client,
}

impl Provider {
    fn start(folder: &Path) -> Self {
        let (process, started) = node::Process::start(folder, &["provider.mjs", "0"]);
        let issuer = started["issuer"].as_str().unwrap().to_owned();
        Self {
            _process: process,
            issuer,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    async fn admin(&self, path: &str) -> Value {
        let answer = self
            .http
            .post(format!("{}/admin/{path}", self.issuer))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// What the authorization code flow ends with: access token and ID token.
    async fn sign_in(&self, resource: &str) -> (String, String) {
        let answer = self
            .admin(&format!("user-token?subject=can-bo-7&resource={resource}"))
            .await;
        let text = |name: &str| {
            answer[name]
                .as_str()
                .unwrap_or_else(|| panic!("{name} in {answer}"))
                .to_owned()
        };
        (text("access_token"), text("id_token"))
    }

    async fn machine_token(&self, resource: &str) -> String {
        let request = self
            .http
            .post(format!("{}/token", self.issuer))
            .basic_auth("machine", Some("machine-secret"));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!(
                "grant_type=client_credentials&scope=api&resource={resource}"
            ));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("no token in {answer}"))
            .to_owned()
    }

    async fn key_set_fetches(&self) -> u64 {
        self.admin("counts").await["/jwks"].as_u64().unwrap_or(0)
    }

    fn settings(&self) -> AuthSettings {
        let main = IssuerSettings {
            url: self.issuer.clone(),
            audience: AUDIENCE.into(),
            insecure_http: true,
            machine_clients: vec!["machine".into()],
            front_end_clients: vec!["portal".into()],
            grants: true,
            role_paths: vec!["/realm_access/roles".into()],
            role_map: [("vp-reviewer".into(), "AUDITOR".into())].into(),
            ..IssuerSettings::default()
        };
        AuthSettings {
            issuers: [("main".into(), main)].into(),
            ..AuthSettings::default()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_a_certified_provider() {
    let Some(folder) = node::installed("oidc_provider", "provider.mjs") else {
        return;
    };
    let provider = Provider::start(&folder);
    let world = World::start_trusting(Database::Sqlite, WorldSettings::default(), provider.settings()).await;
    let verifier = &world.parts.verifier;
    assert!(verifier.ready());

    let mut old = Vec::new();
    for resource in RESOURCES {
        old.push(accepted(&provider, &world, resource).await);
    }
    let fetched = provider.key_set_fetches().await;

    provider.admin("rotate").await;
    for resource in RESOURCES {
        accepted(&provider, &world, resource).await;
    }
    for token in &old {
        assert!(
            verifier.verify(token, Utc::now()).await.is_ok(),
            "the old key is still published"
        );
    }
    assert_eq!(
        provider.key_set_fetches().await,
        fetched + 1,
        "one fetch brings all new keys"
    );

    provider.admin("retire").await;
    verifier.refresh().await;
    for token in &old {
        // The identifier is unknown now, and the provider was asked a moment ago.
        world
            .bearer(token)
            .get("/v1/organizations")
            .await
            .refused(401, "token.invalid");
        assert!(matches!(
            verifier.verify(token, Utc::now()).await,
            Err(TokenError::Invalid(_))
        ));
    }
    accepted(&provider, &world, RESOURCES[0]).await;
}

/// Signs a person and a machine in and checks what their tokens prove; returns the person's token.
async fn accepted(provider: &Provider, world: &World, resource: &str) -> String {
    let verifier = &world.parts.verifier;
    let (access, id) = provider.sign_in(resource).await;
    let person = verifier
        .verify(&access, Utc::now())
        .await
        .unwrap_or_else(|fault| panic!("{resource}: {fault}"));
    assert_eq!(
        (person.kind, person.subject.as_str()),
        (PrincipalKind::User, "can-bo-7")
    );
    assert_eq!(
        (person.issuer.as_str(), person.client_id.as_deref()),
        (provider.issuer.as_str(), Some("portal"))
    );
    assert_eq!(person.display_name.as_deref(), Some("Cán bộ can-bo-7"));
    assert_eq!(
        person
            .token_grants
            .iter()
            .map(|grant| grant.role)
            .collect::<Vec<_>>(),
        [Role::Auditor]
    );
    assert!(
        matches!(
            verifier.verify(&id, Utc::now()).await,
            Err(TokenError::Invalid(_))
        ),
        "an ID token"
    );

    world.bearer(&access).get("/v1/organizations").await.expect(200);
    world
        .bearer(&id)
        .get("/v1/organizations")
        .await
        .refused(401, "token.invalid");

    let token = provider.machine_token(resource).await;
    world.bearer(&token).get("/v1/organizations").await.expect(200);
    let machine = verifier
        .verify(&token, Utc::now())
        .await
        .unwrap_or_else(|fault| panic!("{resource}: {fault}"));
    assert_eq!(
        (machine.kind, machine.subject.as_str()),
        (PrincipalKind::Client, "machine")
    );
    assert!(machine.token_grants.is_empty());
    access
}
