use std::fmt;

use thiserror::Error;

use crate::{LINE_MAX, LINES_MAX, ROWS_MAX};

/// The most errors that are told at once.
pub const ERRORS_MAX: usize = 100;

/// Something that is wrong with a file.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub struct StatementError {
    /// The line of the file, from 1; none: the file as a whole.
    pub line: Option<u32>,
    /// The field, by its name in the documentation; empty: the line as a whole.
    pub field: String,
    /// What is wrong with it, and what to do.
    pub what: String,
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
        } else {
            f.write_str("the file")?;
        }
        if !self.field.is_empty() {
            write!(f, ", {}", self.field)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// A file that cannot be read: nothing of it is used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the file is refused as a whole: {}", list(.0))]
pub struct Unreadable(
    /// All that is wrong, in the order of the lines; never empty.
    pub Vec<StatementError>,
);

impl Unreadable {
    /// The file as a whole is wrong.
    pub(crate) fn whole(what: impl Into<String>) -> Self {
        Self(vec![StatementError {
            line: None,
            field: String::new(),
            what: what.into(),
        }])
    }
}

fn list(errors: &[StatementError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("; ")
}

/// What has been found wrong so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<StatementError>);

impl Errors {
    pub(crate) fn add(&mut self, line: u32, field: &str, what: impl Into<String>) {
        self.push(Some(line), field, what.into());
    }

    pub(crate) fn add_whole(&mut self, what: impl Into<String>) {
        self.push(None, "", what.into());
    }

    fn push(&mut self, line: Option<u32>, field: &str, what: String) {
        if !self.is_full() {
            self.0.push(StatementError {
                line,
                field: field.to_owned(),
                what,
            });
        }
    }

    /// Whether more would not be told.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= ERRORS_MAX
    }

    /// Keeps the value of a field, or notes why there is none.
    pub(crate) fn take<T>(
        &mut self,
        line: u32,
        field: &str,
        value: Result<T, String>,
    ) -> Option<T> {
        value.map_err(|what| self.add(line, field, what)).ok()
    }

    pub(crate) fn none_or_refuse<T>(self, value: T) -> Result<T, Unreadable> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.refuse())
        }
    }

    /// After at least one error.
    pub(crate) fn refuse(self) -> Unreadable {
        Unreadable(self.0)
    }
}

/// The lines of a text with their numbers; too long or too many of them end it with an error.
pub(crate) fn lines<'a>(text: &'a str, errors: &mut Errors) -> Vec<(u32, &'a str)> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if number > LINES_MAX {
            errors.add_whole(format!("it has more than {LINES_MAX} lines: split it"));
            return Vec::new();
        }
        if line.len() > LINE_MAX {
            errors.add(
                number,
                "",
                format!("it is longer than {LINE_MAX} bytes: this is no file of payments"),
            );
            return Vec::new();
        }
        lines.push((number, line));
    }
    lines
}

/// Refuses more rows than one transaction shall take.
pub(crate) fn check_count(rows: usize, errors: &mut Errors) -> bool {
    if rows >= ROWS_MAX {
        errors.add_whole(format!("it has more than {ROWS_MAX} payments: split it"));
        return false;
    }
    true
}
