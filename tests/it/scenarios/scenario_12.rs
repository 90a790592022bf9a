//! A token without `aud`, with a wrong `iss`, with `alg = none` → 401 each; a good one of another
//! organisation → 403 or 404.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::files::complete_pdf;
use crate::support::on_both;
use crate::support::world::{World, org, signed, unsigned};

on_both!(a_token_must_be_for_us_from_an_issuer_we_know_and_signed);

async fn a_token_must_be_for_us_from_an_issuer_we_know_and_signed(world: World) {
    let (header, claims) = unsigned("chief");
    let spoilt = |member: &str, value: Option<Value>| {
        let mut claims = claims.clone();
        match value {
            Some(value) => claims[member] = value,
            None => drop(claims.as_object_mut().unwrap().remove(member)),
        }
        claims
    };
    // Signed by the same key, nothing spoilt: it is the claims that count below.
    world
        .bearer(&signed(&header, &claims))
        .get("/v1/organizations")
        .await
        .expect(200);

    for claims in [
        spoilt("aud", None),
        spoilt("aud", Some(json!("another-service"))),
        spoilt("aud", Some(json!([]))),
        spoilt("iss", Some(json!("https://sso.elsewhere.example"))),
        spoilt("iss", None),
        spoilt("exp", None),
    ] {
        let token = signed(&header, &claims);
        let refused = world.bearer(&token).get("/v1/organizations").await;
        let refused = refused.refused(401, "token.invalid");
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    world
        .bearer(&signed(&header, &spoilt("exp", Some(json!(1_700_000_000)))))
        .get("/v1/organizations")
        .await
        .refused(401, "token.expired");
    world
        .bearer(&signed(&header, &spoilt("sub", None)))
        .get("/v1/organizations")
        .await
        .refused(401, "token.subject_missing");

    let encode = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    for algorithm in ["none", "None", "HS256"] {
        let mut header = header.clone();
        header["alg"] = json!(algorithm);
        for signature in ["", "c2lnbmF0dXJl"] {
            let token = format!("{}.{}.{signature}", encode(&header), encode(&claims));
            world
                .bearer(&token)
                .get("/v1/organizations")
                .await
                .refused(401, "token.invalid");
        }
    }

    another_organisation_finds_nothing(&world).await;
}

async fn another_organisation_finds_nothing(world: &World) {
    let file = complete_pdf(&world.persona("officer1"), "a.pdf", org::DIVISIONS[0]).await;
    for stranger in ["stranger", "other-head"] {
        let stranger = world.persona(stranger);
        stranger
            .get(&format!("/v1/files/{file}"))
            .await
            .refused(404, "resource.not_found");
        stranger
            .ask("DELETE", &format!("/v1/files/{file}"))
            .if_match("*")
            .send()
            .await
            .refused(404, "resource.not_found");
        stranger
            .ask("PATCH", &format!("/v1/organizations/{}", org::DEPARTMENT))
            .if_match("*")
            .json(&json!({"name": "Sở khác"}))
            .send()
            .await
            .refused(403, "access.forbidden");
    }
}
