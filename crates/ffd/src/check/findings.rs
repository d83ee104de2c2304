use super::{Rule, Violation, list::List, rules};
use crate::{DecodeError, EncodeError, Field, Reader, Step, Tag, TagPath, ValueKind};

/// What a check has found so far.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<Violation>,
    /// Offsets of values that the writer refused, which stand there empty: what is wrong with
    /// them was told.
    refused: Vec<usize>,
}

impl Findings {
    /// A rule that `field`, an element of `list`, breaks.
    pub(super) fn at(
        &mut self,
        rule: &'static Rule,
        list: &List<'_>,
        field: &Field<'_>,
        message: impl Into<String>,
    ) {
        if self.refused.contains(&field.offset()) && !is_about_presence(rule) {
            return;
        }
        self.found.push(Violation {
            rule,
            path: list.path(field.tag(), Some(field.offset())),
            offset: Some(field.offset()),
            value: Some(shown(field)),
            message: message.into(),
        });
    }

    /// A rule that the first element of `tag` breaks, or its absence.
    pub(super) fn about(
        &mut self,
        rule: &'static Rule,
        list: &List<'_>,
        tag: Tag,
        message: impl Into<String>,
    ) {
        match list.get(tag) {
            Some(field) => self.at(rule, list, &field, message),
            None => self.found.push(Violation {
                rule,
                path: list.path(tag, None),
                offset: None,
                value: None,
                message: message.into(),
            }),
        }
    }

    /// A rule that `list` as a whole breaks.
    pub(super) fn of_list(
        &mut self,
        rule: &'static Rule,
        list: &List<'_>,
        message: impl Into<String>,
    ) {
        self.found.push(Violation {
            rule,
            path: list.own_path(),
            offset: list.spot.map(|spot| spot.offset),
            value: None,
            message: message.into(),
        });
    }

    /// A rule about `tag` that no bytes show.
    pub(super) fn told(
        &mut self,
        rule: &'static Rule,
        tag: impl Into<Option<Tag>>,
        message: impl Into<String>,
    ) {
        self.found.push(Violation {
            rule,
            path: tag.into().map_or_else(TagPath::default, TagPath::of),
            offset: None,
            value: None,
            message: message.into(),
        });
    }

    /// Bytes inside `list` that are no elements.
    pub(super) fn torn(&mut self, list: &List<'_>, error: DecodeError) {
        let mut violation = not_tlv(error);
        violation.path = match violation.tag() {
            Some(tag) => list.path(tag, violation.offset),
            None => list.own_path(),
        };
        self.found.push(violation);
    }

    /// A value that could not be written at `offset` of `bytes`.
    pub(super) fn refused(&mut self, bytes: &[u8], offset: usize, error: &EncodeError) {
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
        self.refused.push(offset);
        let mut steps = path_at(Reader::new(bytes), offset);
        if steps.last().map(|step| step.tag) != error.tag() {
            steps.extend(error.tag().map(|tag| Step { tag, index: 0 }));
        }
        self.found.push(Violation {
            rule,
            path: TagPath::new(steps),
            offset: Some(offset),
            value: None,
            message,
        });
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.found
    }

    pub(super) fn as_slice(&self) -> &[Violation] {
        &self.found
    }
}

/// Whether a rule is about an element and not about its value.
fn is_about_presence(rule: &Rule) -> bool {
    [
        &rules::NOT_ALLOWED,
        &rules::DRIVE_TAG,
        &rules::REPEATED,
        &rules::TOO_EARLY,
    ]
    .contains(&rule)
}

/// The path to the element that begins at `offset`, or to the innermost list round it.
fn path_at(list: Reader<'_>, offset: usize) -> Vec<Step> {
    let mut before: Vec<Tag> = Vec::new();
    for field in list.flatten() {
        let is_list = field
            .tag()
            .info()
            .is_some_and(|info| info.kind == ValueKind::List);
        let here = field.offset() == offset;
        if here || (is_list && offset < field.offset() + 4 + field.bytes().len()) {
            let index = 1 + before.iter().filter(|tag| **tag == field.tag()).count();
            let mut steps = vec![Step {
                tag: field.tag(),
                index,
            }];
            if !here {
                steps.extend(path_at(field.list(), offset));
            }
            return steps;
        }
        before.push(field.tag());
    }
    Vec::new()
}

/// The violation that bytes are no TLV.
pub(super) fn not_tlv(error: DecodeError) -> Violation {
    Violation {
        rule: &rules::NOT_TLV,
        message: error.problem.to_string(),
        path: error.path,
        offset: Some(error.offset),
        value: (!error.found.is_empty()).then_some(error.found),
    }
}

/// A value as people write it.
fn shown(field: &Field<'_>) -> Box<str> {
    const SHOWN: usize = 48;
    let bytes = || crate::error::hexadecimal(field.bytes());
    let Some(info) = field.tag().info() else {
        return bytes();
    };
    let text = match info.kind {
        ValueKind::Byte | ValueKind::Uint16 | ValueKind::Uint32 | ValueKind::Vln => {
            field.vln().map(|number| number.to_string())
        }
        ValueKind::Fvln => field.quantity().map(|quantity| quantity.to_string()),
        ValueKind::UnixTime => field.unix_time().map(|time| time.to_string()),
        ValueKind::List => Ok(format!("a list of {} bytes", field.bytes().len())),
        ValueKind::Bytes => return bytes(),
        ValueKind::String => {
            let text = field.trimmed_text();
            let cut = text.chars().count() > SHOWN;
            let end = if cut { "…" } else { "" };
            let start: String = text.chars().take(SHOWN).collect();
            Ok(format!("«{start}{end}»"))
        }
    };
    text.map_or_else(|_| bytes(), String::into_boxed_str)
}
