//! The life of an uploaded file: declared with size and digest, uploaded, completed.

use crate::domain::machine::{Machine, Transition};
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Stored state of a file.
    FileState {
        /// Name, size and SHA-256 are announced; there is no content yet.
        Declared = "DECLARED",
        /// The content has arrived.
        Uploaded = "UPLOADED",
        /// The content agrees with its declaration and can be attached.
        Complete = "COMPLETE",
        /// Not completed in time; the content is removed.
        Expired = "EXPIRED",
    }
}

text_enum! {
    /// What can happen to a file.
    FileAct {
        /// The content arrives; repeating it before completion replaces it.
        Upload = "UPLOAD",
        /// Confirm size and digest.
        Complete = "COMPLETE",
        /// The time for completion is over.
        Expire = "EXPIRE",
    }
}

/// The machine of files.
pub const FILE: Machine<FileState, FileAct> = Machine {
    noun: "file",
    initial: FileState::Declared,
    transitions: &[
        Transition {
            from: &[FileState::Declared, FileState::Uploaded],
            act: FileAct::Upload,
            to: FileState::Uploaded,
        },
        Transition {
            from: &[FileState::Uploaded],
            act: FileAct::Complete,
            to: FileState::Complete,
        },
        Transition {
            from: &[FileState::Declared, FileState::Uploaded],
            act: FileAct::Expire,
            to: FileState::Expired,
        },
    ],
    inner: &[FileAct::Expire],
};
