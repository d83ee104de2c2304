use thiserror::Error;

/// A value that cannot be what it claims to be.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{what} «{given}» is not valid: {rule}")]
pub struct TermError {
    /// The field's standard term, such as `ИНН` or `amount`.
    pub what: &'static str,
    /// What was given, cut to a readable length.
    pub given: String,
    /// The rule that was broken.
    pub rule: &'static str,
}

impl TermError {
    /// An error about `given`, which is cut to 64 characters.
    pub fn new(what: &'static str, given: impl ToString, rule: &'static str) -> Self {
        let given = given.to_string();
        let cut = given.chars().count() > 64;
        let given = if cut {
            given.chars().take(63).chain(['…']).collect()
        } else {
            given
        };
        Self { what, given, rule }
    }
}

/// The result of making a term.
pub type Result<T> = std::result::Result<T, TermError>;
