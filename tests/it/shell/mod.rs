//! The hard shell of the server, from outside: limits of head and body, other origins, quotas, overload, the
//! way out, and bytes that are no request.

mod cors;
mod limits;
mod negotiation;
mod overload;
mod rates;
mod shutdown;
mod smuggling;

use serde_json::json;

use crate::support::world::{Persona, World};

/// The head of a request that makes an organisation, without its end.
fn post_head(token: &str) -> String {
    format!(
        "POST /v1/organizations HTTP/1.1\r\nHost: thidua\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\n"
    )
}

/// A body that only its maker's rights can fault.
fn unit() -> String {
    json!({"name": "Phòng thử", "kind": "OTHER"}).to_string()
}

async fn me(persona: &Persona<'_>) -> crate::support::Reply {
    persona.get("/v1/me").await
}

fn administrator(world: &World) -> Persona<'_> {
    world.persona("administrator")
}
