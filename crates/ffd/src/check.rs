//! Format-logic control (ФЛК): what the operator or the ФНС would refuse is refused here first.
//!
//! A check lists every violation at once. Each names its rule, where it is, and what was found.

mod receipt;
mod reports;
pub mod rules;
mod sequence;
mod structure;

use std::fmt;

use crate::{EncodeError, Tag};

pub use receipt::{MAX_LINES, check_receipt, check_stored_receipt, checked_tlv};
pub use reports::{
    check_close_archive, check_close_shift, check_open_shift, check_registration,
    check_registration_change,
};
pub use rules::{Rule, Severity};
pub use sequence::{check_moment, check_sequence};
pub use structure::check_document;

/// A rule that a document breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Rule,
    /// The tag to blame, when it is one.
    pub tag: Option<Tag>,
    /// The line, counted from 1, when it is in one.
    pub line: Option<usize>,
    /// What was found.
    pub message: String,
}

impl Violation {
    /// Whether the document must not go to a drive.
    pub fn is_error(&self) -> bool {
        self.rule.severity == Severity::Error
    }
}

/// `line 2, tag 1043 (…): message [line-cost: FFD documents §6 rule 3]`.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        if let Some(tag) = self.tag {
            write!(f, "tag {tag}: ")?;
        }
        write!(
            f,
            "{} [{}: {}]",
            self.message, self.rule.id, self.rule.source
        )
    }
}

/// What a check has found so far.
#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(
        &mut self,
        rule: &'static Rule,
        tag: impl Into<Option<Tag>>,
        message: impl Into<String>,
    ) {
        self.0.push(Violation {
            rule,
            tag: tag.into(),
            line: None,
            message: message.into(),
        });
    }

    fn add_in_line(
        &mut self,
        line: usize,
        rule: &'static Rule,
        tag: impl Into<Option<Tag>>,
        message: impl Into<String>,
    ) {
        self.0.push(Violation {
            rule,
            tag: tag.into(),
            line: Some(line),
            message: message.into(),
        });
    }

    /// A value that cannot be written.
    fn add_refused(&mut self, line: Option<usize>, error: &EncodeError) {
        let (rule, message) = match error {
            EncodeError::Unprintable {
                character,
                position,
                ..
            } => (
                &rules::UNPRINTABLE,
                format!("the character {character:?} at position {position} is not in CP866"),
            ),
            EncodeError::Length { len, allowed, .. } => (
                &rules::LENGTH,
                format!("it takes {len} bytes, allowed are {allowed}"),
            ),
            EncodeError::WrongKind { .. } => (&rules::NOT_ALLOWED, error.to_string()),
            EncodeError::Value { reason, .. } => (&rules::VALUE, reason.to_string()),
            EncodeError::TooLong { .. } => (&rules::DOCUMENT_SIZE, error.to_string()),
        };
        self.0.push(Violation {
            rule,
            tag: error.tag(),
            line,
            message,
        });
    }
}

/// Whether the text is an e-mail address: one `@` with a name before it and a domain after it.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else {
        return false;
    };
    let labels = || domain.split('.');
    !name.is_empty()
        && !domain.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && labels().count() >= 2
        && labels().all(|label| !label.is_empty())
}

/// Whether the text is a telephone number with its country: `+` and 7…15 digits.
fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_told_from_other_texts() {
        for good in ["a@b.ru", "иван@почта.рф", "i.i-i+x@mail.example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "", "a", "@b.ru", "a@", "a@b", "a@b.", "a@.ru", "a@b@c.ru", "a b@c.ru",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
        assert!(is_phone("+79161234567"));
        for bad in [
            "79161234567",
            "+7 916 1234567",
            "+",
            "+123",
            "+1234567890123456",
        ] {
            assert!(!is_phone(bad), "{bad:?}");
        }
    }
}
