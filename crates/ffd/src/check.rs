//! Format-logic control (ФЛК): what the operator or the ФНС would refuse is refused here first.
//!
//! A check lists every violation at once. Each names its rule, where it is, and what was found.
//!
//! Every rule looks at bytes: those that the host is about to pass, or those of a whole document.
//! So one rule serves our own documents and documents of any drive. What a document does not say
//! itself is in the facts of its registration; a rule that needs what nobody has told keeps
//! silent.

mod circumstances;
mod counters;
mod exam;
mod findings;
mod lines;
mod list;
mod receipt;
mod reports;
pub mod rules;
mod sequence;
mod values;
mod vat;

use std::fmt;

use terms::FfdVersion;

use crate::{Form, Reader, RegistrationFacts, Tag, TagPath};

pub use receipt::{MAX_LINES, check_receipt, checked_tlv};
pub use reports::{
    check_close_archive, check_close_shift, check_open_shift, check_registration,
    check_registration_change,
};
pub use rules::{Rule, Severity};
pub use sequence::{check_moment, check_sequence, check_succession};
pub use values::{Allowed, ENUMERATIONS, Enumeration};

use exam::{Exam, Part};

/// A rule that a document breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Rule,
    /// What is to blame: a tag with the lists it is in, also one that is missing. Empty when it
    /// is the document.
    pub path: TagPath,
    /// Where the element begins, counted from the start of the bytes that were checked; none when
    /// nothing was read there.
    pub offset: Option<usize>,
    /// The value found, as people write it.
    pub value: Option<Box<str>>,
    /// What is wrong with it.
    pub message: String,
}

impl Violation {
    /// Whether the document must not go to a drive.
    pub fn is_error(&self) -> bool {
        self.rule.severity == Severity::Error
    }

    /// The tag to blame, when it is one.
    pub fn tag(&self) -> Option<Tag> {
        self.path.tag()
    }

    /// The line (1059), counted from 1, when it is in one.
    pub fn line(&self) -> Option<usize> {
        self.path.line()
    }
}

/// `1059[2]/1043 (Стоимость…) at byte 87 is 60000: message [line-cost: FFD documents §6 rule 3]`.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(info) = self.tag().and_then(Tag::info) {
            write!(f, " ({})", info.title)?;
        }
        if let Some(offset) = self.offset {
            write!(f, " at byte {offset}")?;
        }
        if let Some(value) = &self.value {
            write!(f, " is {value}")?;
        }
        let Rule { id, source, .. } = self.rule;
        write!(f, ": {} [{id}: {source}]", self.message)
    }
}

/// Checks a whole document of a drive, outer element included, by all that it says itself: tags
/// allowed, required, repeated; lengths, values, sums and counts.
///
/// The version is that of its tag 1209, or `otherwise` when it has none.
pub fn check_document(bytes: &[u8], otherwise: FfdVersion) -> Vec<Violation> {
    check_whole(bytes, otherwise, None)
}

/// Checks a whole document as [`check_document`] does, and holds it against the registration of
/// its drive, too.
pub fn check_stored(bytes: &[u8], facts: &RegistrationFacts) -> Vec<Violation> {
    check_whole(bytes, facts.ffd, Some(facts))
}

fn check_whole(
    bytes: &[u8],
    otherwise: FfdVersion,
    facts: Option<&RegistrationFacts>,
) -> Vec<Violation> {
    let outer = match Reader::document(bytes) {
        Ok(outer) => outer,
        Err(error) => return vec![findings::not_tlv(error)],
    };
    let Some(form) = Form::from_tag(outer.tag()) else {
        return vec![Violation {
            rule: &rules::NOT_TLV,
            path: TagPath::of(outer.tag()),
            offset: Some(0),
            value: None,
            message: "this is no form of a document".to_owned(),
        }];
    };
    let ffd = version(outer.list()).unwrap_or(otherwise);
    let mut exam = Exam::new(form, ffd, Part::Whole, facts);
    exam.take(outer.list());
    exam.findings.into_violations()
}

fn version(mut list: Reader<'_>) -> Option<FfdVersion> {
    let field = list.find_map(|field| field.ok().filter(|it| it.tag() == Tag::FFD_VERSION))?;
    FfdVersion::from_code(field.byte().ok()?).ok()
}

/// Whether the text is an e-mail address: one `@` with a name before it and a domain after it.
/// The text may be in any code page that has ASCII in its place.
fn is_email(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'@');
    let (Some(name), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let labels = || domain.split(|byte| *byte == b'.');
    !name.is_empty()
        && !text.iter().any(|byte| *byte <= b' ' || *byte == 0x7F)
        && labels().count() >= 2
        && labels().all(|label| !label.is_empty())
}

/// Whether the text is a telephone number with its country: `+` and 7…15 digits.
fn is_phone(text: &[u8]) -> bool {
    text.strip_prefix(b"+").is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_told_from_other_texts() {
        for good in ["a@b.ru", "иван@почта.рф", "i.i-i+x@mail.example.com"] {
            assert!(is_email(good.as_bytes()), "{good}");
        }
        for bad in [
            "", "a", "@b.ru", "a@", "a@b", "a@b.", "a@.ru", "a@b@c.ru", "a b@c.ru",
        ] {
            assert!(!is_email(bad.as_bytes()), "{bad:?}");
        }
        assert!(is_phone(b"+79161234567"));
        for bad in [
            "79161234567",
            "+7 916 1234567",
            "+",
            "+123",
            "+1234567890123456",
        ] {
            assert!(!is_phone(bad.as_bytes()), "{bad:?}");
        }
    }
}
