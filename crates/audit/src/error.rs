use terms::TermError;
use thiserror::Error;

/// Why a check could not be made. Nothing was found out then: it does not mean «no findings».
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum AuditError {
    /// A stream that has to be sorted is not.
    #[error("{stream}: the row «{row}» comes before one it has to follow; hand the rows in sorted")]
    Unsorted {
        /// Which stream.
        stream: &'static str,
        /// The first row out of place.
        row: String,
    },
    /// One key has more different services and rates than the comparison keeps.
    #[error(
        "{stream}: «{key}» has more than {most} different services and rates; make its key narrower"
    )]
    TooManyParts {
        /// Which stream.
        stream: &'static str,
        /// The key.
        key: String,
        /// The most parts of a key.
        most: usize,
    },
    /// There is no such threshold.
    #[error("there is no threshold {table}.{limit}; docs/audit.md lists those there are")]
    NoThreshold {
        /// The table of its rule.
        table: String,
        /// Its name.
        limit: String,
    },
    /// A threshold cannot have this value.
    #[error("the threshold {name} cannot be «{text}»: write a whole number, or roubles for a sum")]
    BadThreshold {
        /// Which one.
        name: String,
        /// What was written.
        text: String,
    },
    /// A date left the range of dates.
    #[error("the deadline cannot be said: {0}")]
    Date(#[from] TermError),
}

/// The result of a check.
pub type Result<T> = std::result::Result<T, AuditError>;
