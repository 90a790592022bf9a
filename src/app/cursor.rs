//! Cursors: opaque, signed, bound to the list, its filters and the caller (LST-04).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::error::{Code, Error, Fault, Result};
use crate::store::page::After;

const TAG_BYTES: usize = 16;

fn tag(key: &[u8], binding: &str, payload: &[u8]) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
    mac.update(binding.as_bytes());
    mac.update(&[0]);
    mac.update(payload);
    Ok(mac
        .finalize()
        .into_bytes()
        .iter()
        .copied()
        .take(TAG_BYTES)
        .collect())
}

/// Writes a cursor; `binding` names the list, its filters and the caller.
///
/// # Errors
/// `service.internal` if the key cannot be used.
pub fn write(key: &[u8], binding: &str, after: &After) -> Result<String> {
    let payload = serde_json::to_vec(after).map_err(Error::internal)?;
    let mut bytes = tag(key, binding, &payload)?;
    bytes.extend_from_slice(&payload);
    Ok(BASE64.encode(bytes))
}

/// Reads a cursor back.
///
/// # Errors
/// `cursor.invalid` when a byte differs, or it belongs to another list, filter or caller.
pub fn read(key: &[u8], binding: &str, cursor: &str) -> Result<After> {
    let invalid = || Error::new(Code::CursorInvalid).fault(Fault::parameter("cursor", Code::CursorInvalid));
    let bytes = BASE64.decode(cursor).map_err(|_| invalid())?;
    let (given, payload) = bytes.split_at_checked(TAG_BYTES).ok_or_else(invalid)?;
    let expected = tag(key, binding, payload)?;
    if !bool::from(subtle::ConstantTimeEq::ct_eq(given, expected.as_slice())) {
        return Err(invalid());
    }
    serde_json::from_slice(payload).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_only_unchanged_and_in_its_own_list() {
        let after = After {
            key: "tô thị trang".to_owned(),
            id: uuid::Uuid::now_v7(),
        };
        let cursor = write(b"key", "list?a=1 caller", &after).expect("written");
        assert_eq!(read(b"key", "list?a=1 caller", &cursor), Ok(after));
        assert!(read(b"key", "list?a=2 caller", &cursor).is_err());
        assert!(read(b"other", "list?a=1 caller", &cursor).is_err());
        for position in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ascii");
            assert!(
                read(b"key", "list?a=1 caller", &changed).is_err(),
                "byte {position}"
            );
        }
    }
}
