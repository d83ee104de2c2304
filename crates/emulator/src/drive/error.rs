use std::{io, path::PathBuf};

use terms::{DocumentNumber, DriveNumber};
use thiserror::Error;

/// Why an emulated drive cannot be made, opened or served.
#[derive(Debug, Error)]
pub enum DriveError {
    /// Emulated drives have numbers of debug drives only, so that nothing they sign can be taken
    /// for the document of a real one.
    #[error("an emulated drive must have a number that begins with 9999, not {0}")]
    NotADebugNumber(DriveNumber),
    /// Another process has the state file open.
    #[error("{path}: another process runs this emulated drive; stop it first")]
    InUse {
        /// The state file.
        path: PathBuf,
    },
    /// The file is there but is no state file.
    #[error("{path}: this is not the state of an emulated drive; name another file")]
    NotAState {
        /// The file.
        path: PathBuf,
    },
    /// The state file is of another drive than the one asked for.
    #[error("{path}: this is the state of drive {found}, not of {asked}; name another file")]
    OtherDrive {
        /// The state file.
        path: PathBuf,
        /// The number in the file.
        found: DriveNumber,
        /// The number asked for.
        asked: DriveNumber,
    },
    /// A record before the last one cannot be read: the disk damaged it, or someone edited it.
    #[error("{path}: damaged at byte {offset}: {reason}; restore the file from a copy")]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// Where the record begins.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// An archive is put into new drives only.
    #[error("drive {0} holds documents already; load the archive into a new drive")]
    NotNew(DriveNumber),
    /// A document of an archive cannot be loaded.
    #[error(
        "document {number} of the archive cannot be loaded: {reason}; give records of 40h from \
             document 1 on without a gap"
    )]
    Unloadable {
        /// The document that should stand there.
        number: DocumentNumber,
        /// What is wrong.
        reason: String,
    },
    /// A setting that cannot be read.
    #[error("{what} «{given}» cannot be read: {rule}")]
    BadSetting {
        /// What was to be set.
        what: &'static str,
        /// What was given.
        given: String,
        /// How it is written.
        rule: &'static str,
    },
    /// The system refused.
    #[error("{path}: cannot {doing}")]
    Io {
        /// The file, device or address.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl DriveError {
    pub(crate) fn io(
        path: impl Into<PathBuf>,
        doing: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            path,
            doing,
            source,
        }
    }
}
