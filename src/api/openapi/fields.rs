//! The header fields of answers.

use serde_json::{Map, Value, json};

use super::for_each_operation;

/// Every field that answers have, as components.
pub fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string", "example": example}});
    json!({
        "ETag": text("Strong tag: version and a short hash; only a hash of what has no version.", "\"3-0a1b2c3d4e5f\""),
        "Location": text("Relative reference of what was made.", "/v1/campaigns/01990000-0000-7000-8000-000000000001"),
        "Accept": text("Media types that the body may have.", "application/json, text/csv"),
        "AcceptEncoding": text("Content codings that the body may have.", "identity"),
        "AcceptPatch": text("Media types that the body of a PATCH may have (RFC 5789).", "application/merge-patch+json, application/json"),
        "PreferenceApplied": text("The preference of the request that was met (RFC 7240).", "count=exact"),
        "Link": text("Next page (RFC 8288); of an operation that will go also what tells of it, `rel=\"deprecation\"`.", "</v1/campaigns?cursor=abc>; rel=\"next\""),
        "Deprecation": text("Of an operation that will go: second since 1970 with which it became deprecated (RFC 9745).", "@1799971200"),
        "Sunset": text("Of an operation that will go: when it may be gone (RFC 8594).", "Wed, 14 Jul 2027 00:00:00 GMT"),
        "IdempotencyReplayed": text("`true` on the stored answer of an earlier request.", "true"),
        "RequestId": text("Id of the request, as in the journal and the logs of the service: the client's own where it sent one of 1 to 64 letters, digits, `_` and `-`.", "01990000-0000-7000-8000-00000000abcd"),
        "CacheControl": text("Who may keep the answer: nobody, the caller after asking again, or everyone.", "no-store"),
        "ContentLanguage": text("Language of the texts.", "vi"),
        "Vary": text("Fields of the request on which the answer depends.", "Accept-Language, Authorization, Accept-Encoding"),
        "ContentDisposition": text("Always `attachment`, with the name (RFC 8187).", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        "AcceptRanges": text("Always `bytes`.", "bytes"),
        "ReprDigest": text("SHA-256 of the whole content (RFC 9530).", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"),
        "ContentRange": text("Which part of a content of which length (RFC 9110 14.4); `*` for none.", "bytes */48213"),
        "RateLimit": text("What is left of the quota (`r`) until it is whole again in `t` seconds; absent where there is none, and from what everyone may keep.", "\"user\";r=597;t=42"),
        "RateLimitPolicy": text("The quota: `q` requests in `w` seconds, of the caller (`user`) or of the address where no token proves one. Absent as `RateLimit` is.", "\"user\";q=600;w=60"),
        "RetryAfter": text("Seconds after which a repetition makes sense.", "2"),
        "WWWAuthenticate": text("What is wrong with the token (RFC 6750), or what the next sign-on must be (RFC 9470).", "Bearer realm=\"thidua\""),
    })
}

/// Fields of every answer, and the components that describe them.
pub const COMMON: [(&str, &str); 6] = [
    ("X-Request-Id", "RequestId"),
    ("Cache-Control", "CacheControl"),
    ("Content-Language", "ContentLanguage"),
    ("Vary", "Vary"),
    ("RateLimit", "RateLimit"),
    ("RateLimit-Policy", "RateLimitPolicy"),
];

/// References to the fields of every answer.
pub fn common() -> Map<String, Value> {
    let fields = COMMON.iter();
    fields
        .map(|(field, name)| ((*field).to_owned(), reference(name)))
        .collect()
}

/// Puts the component in the place of a field that an operation names for itself (OAS-10).
pub fn refer(document: &mut Value) {
    let known = headers();
    for_each_operation(document, |_, _, operation| {
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for response in responses.into_iter().flat_map(Map::values_mut) {
            let fields = response.get_mut("headers").and_then(Value::as_object_mut);
            for (field, described) in fields.into_iter().flatten() {
                let name = field.replace('-', "");
                if known.get(&name).is_some() {
                    *described = reference(&name);
                }
            }
        }
    });
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}
