use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

use crate::PeopleRefusal;

/// What went wrong in the journal.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Another program has the journal open for writing.
    #[error("the journal {} is in use by another process; stop it first", .0.display())]
    InUse(PathBuf),
    /// The file was written by a newer program.
    #[error(
        "the journal has schema {found}, this program knows {known}: install the newer program again"
    )]
    TooNew {
        /// The file's version.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The file cannot promise durability.
    #[error("the journal's setting {pragma} is {found} and not {wanted}: nothing would be durable")]
    NotDurable {
        /// Which setting.
        pragma: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// A row holds what no version of this program writes.
    #[error("the journal's row {row} cannot be read: {why}; run «kassette check»")]
    Spoiled {
        /// Which one.
        row: String,
        /// What is wrong with it.
        why: String,
    },
    /// A record contradicts what the journal holds.
    #[error("the journal refuses {what}: {why}")]
    Contradiction {
        /// What was to be stored.
        what: String,
        /// What speaks against it.
        why: String,
    },
    /// Something about people that cannot be; nothing has changed.
    #[error(transparent)]
    People(#[from] PeopleRefusal),
    /// The writer has stopped; nothing is stored any more.
    #[error("the journal's writer has stopped")]
    Stopped,
    /// The file system.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The disk cannot read, write or sync.
    #[error("the journal's disk failed: {0}")]
    Disk(String),
    /// The database: disk full, a broken constraint.
    #[error("the journal's database failed: {0}")]
    Database(String),
}

/// The result of a journal's work.
pub type Result<T> = std::result::Result<T, JournalError>;

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType,
        };
        match error {
            // The database has answered well; what it holds is not what we wrote.
            FromSqlConversionFailure(column, ..)
            | IntegralValueOutOfRange(column, _)
            | InvalidColumnType(column, ..) => {
                Self::spoiled(format!("(column {} of a query)", column + 1), error)
            }
            other if other.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                Self::Disk(other.to_string())
            }
            other => Self::Database(other.to_string()),
        }
    }
}

impl JournalError {
    pub(crate) fn spoiled(row: impl ToString, why: impl ToString) -> Self {
        Self::Spoiled {
            row: row.to_string(),
            why: why.to_string(),
        }
    }

    /// A broken constraint of the schema contradicts what is stored; anything else is a failure of
    /// the database.
    pub(crate) fn storing(what: impl ToString, error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
            Self::contradiction(what, error)
        } else {
            error.into()
        }
    }

    pub(crate) fn contradiction(what: impl ToString, why: impl ToString) -> Self {
        Self::Contradiction {
            what: what.to_string(),
            why: why.to_string(),
        }
    }
}
