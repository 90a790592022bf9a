//! How large the head of a request may be (LIM-02). More than 96 fields, or more than 128 KiB altogether,
//! never come so far: the framework answers them with an empty 431.

use actix_web::dev::RequestHead;

use crate::domain::error::{Code, Error};

/// Longest address.
const ADDRESS: usize = 8 * 1024;
/// Largest single field, name and value.
const FIELD: usize = 16 * 1024;
/// Largest sum of the fields.
const FIELDS: usize = 64 * 1024;

/// What is too large, if anything is.
pub fn refusal(head: &RequestHead) -> Option<Error> {
    let target = head
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let host = head.uri.authority().map_or(0, |host| host.as_str().len());
    if target.saturating_add(host) > ADDRESS {
        return Some(Error::new(Code::UriTooLong).with("limit_bytes", ADDRESS));
    }
    let mut sum = 0_usize;
    for (name, value) in &head.headers {
        let size = name.as_str().len().saturating_add(value.len());
        if size > FIELD {
            return Some(Error::new(Code::HeadTooLarge).with("limit_bytes", FIELD));
        }
        sum = sum.saturating_add(size);
    }
    (sum > FIELDS).then(|| Error::new(Code::HeadTooLarge).with("limit_bytes", FIELDS))
}
