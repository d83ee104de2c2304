use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

/// Why a file cannot be used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are the names and numbers of the message"
)]
pub enum CasebookError {
    /// The file is longer than its limit.
    #[error("the file has {bytes} bytes: at most {max} are accepted, split it")]
    TooLarge { bytes: usize, max: usize },
    /// The file is of another kind.
    #[error("schema «{schema}» is not known here: `{known}` is read")]
    UnknownSchema { schema: String, known: &'static str },
    /// Something outside the examples is wrong.
    #[error("{path}: {rule}")]
    File { path: String, rule: String },
    /// Something in one example is wrong.
    #[error("example {id}: {path}: {rule}")]
    Example {
        id: String,
        path: String,
        rule: String,
    },
    /// Results cannot be written as JSON.
    #[error("the results cannot be written: {why}")]
    Unwritten { why: String },
}

/// A place in a file and the rule that it breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) rule: String,
}

impl Fault {
    pub(crate) fn new(path: impl Into<String>, rule: impl ToString) -> Self {
        Self {
            path: path.into(),
            rule: rule.to_string(),
        }
    }

    /// The same fault seen from further out.
    pub(crate) fn under(self, place: &str) -> Self {
        let path = match self.path.as_str() {
            "" | "." => place.to_owned(),
            path => format!("{place}.{path}"),
        };
        Self { path, ..self }
    }

    pub(crate) fn in_file(self) -> CasebookError {
        CasebookError::File {
            path: self.path,
            rule: self.rule,
        }
    }

    pub(crate) fn in_example(self, id: &str) -> CasebookError {
        CasebookError::Example {
            id: id.to_owned(),
            path: self.path,
            rule: self.rule,
        }
    }
}

/// Reads a part of a file; the fault has its path in that part. Positions in the text are left out:
/// they would count from the beginning of the part.
pub(crate) fn read_part<T: DeserializeOwned>(json: &str) -> Result<T, Fault> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let rule = error.inner().to_string();
        let place = format!(
            " at line {} column {}",
            error.inner().line(),
            error.inner().column()
        );
        Fault::new(error.path().to_string(), rule.replace(&place, ""))
    })
}

/// Reads a value that was parsed before.
pub(crate) fn read_value<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| Fault::new(error.path().to_string(), error.inner()))
}

/// Refuses a list longer than its limit.
pub(crate) fn check_count(path: &str, count: usize, max: usize) -> Result<(), Fault> {
    if count <= max {
        return Ok(());
    }
    Err(Fault::new(
        path,
        format!("it has {count} entries, at most {max} are accepted"),
    ))
}
