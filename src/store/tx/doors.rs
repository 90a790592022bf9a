//! Whether requests may come in at all, beside how many: not before the schema was prepared (DBF-05), and not to write
//! while somebody does maintenance (DBF-08).

use std::sync::atomic::{AtomicBool, Ordering};

use super::Db;
use crate::domain::error::{Code, Error, Result};
use crate::store::connection::Use;

/// Shared by the pools.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// Nothing is let in until the schema is one to serve on.
    unprepared: AtomicBool,
    read_only: AtomicBool,
}

impl Doors {
    /// # Errors
    /// Why nobody is let in for this use.
    pub(super) fn pass(&self, usage: Use) -> Result<()> {
        if self.unprepared.load(Ordering::Relaxed) {
            return Err(Error {
                cause: Some("the schema was not prepared yet".to_owned()),
                ..Error::new(Code::DatabaseUnavailable)
            });
        }
        if usage == Use::Write && self.read_only.load(Ordering::Relaxed) {
            return Err(Error::new(Code::ServiceReadOnly));
        }
        Ok(())
    }
}

impl Db {
    /// Whether the schema is one to serve on; until then every request is refused. Probes look for themselves.
    pub fn set_prepared(&self, prepared: bool) {
        self.inner.doors.unprepared.store(!prepared, Ordering::Relaxed);
    }

    /// Whether writes are refused.
    pub fn is_read_only(&self) -> bool {
        self.inner.doors.read_only.load(Ordering::Relaxed)
    }

    /// Whether writes are refused, the service's own as well; answers whether that is a change.
    pub fn set_read_only(&self, read_only: bool) -> bool {
        self.inner.doors.read_only.swap(read_only, Ordering::Relaxed) != read_only
    }
}
