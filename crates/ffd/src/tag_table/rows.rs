//! Reading the data file.

use terms::LocalDate;

use super::{Length, Obligation, Occurrence, Presence, TagInfo, ValueKind};
use crate::{Condition, Form, Tag};

/// The rows after the comments and the line of headings.
pub(super) fn of(source: &'static str) -> impl Iterator<Item = &'static str> {
    source
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .skip(1)
}

/// A row of the data file; none when it is malformed, which a test excludes.
pub(super) fn parse(row: &'static str) -> Option<TagInfo> {
    let columns: Vec<&'static str> = row.split('\t').collect();
    let [
        number,
        name,
        title,
        kind,
        mode,
        len,
        pad,
        multi,
        _parents,
        v105,
        v11,
        v12,
        status,
        json,
        _,
    ] = columns[..]
    else {
        return None;
    };
    Some(TagInfo {
        tag: Tag(number.parse().ok()?),
        name,
        title,
        kind: parse_kind(kind)?,
        length: parse_length(mode, len)?,
        padded: pad == "space",
        repeats: multi == "many",
        legacy: status == "legacy",
        since: parse_since(status),
        json_name: (!json.is_empty()).then_some(json),
        occurrences: [
            parse_occurrences(v105)?,
            parse_occurrences(v11)?,
            parse_occurrences(v12)?,
        ],
    })
}

/// `added_2025_09` stands for 01.09.2025.
fn parse_since(status: &str) -> Option<LocalDate> {
    let (year, month) = status.strip_prefix("added_")?.split_once('_')?;
    LocalDate::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
}

fn parse_kind(kind: &str) -> Option<ValueKind> {
    Some(match kind {
        "Byte" => ValueKind::Byte,
        "Uint16" => ValueKind::Uint16,
        "Uint32" => ValueKind::Uint32,
        "UnixTime" => ValueKind::UnixTime,
        "VLN" => ValueKind::Vln,
        "FVLN" => ValueKind::Fvln,
        "String" => ValueKind::String,
        "ByteArray" => ValueKind::Bytes,
        "STLV" => ValueKind::List,
        _ => return None,
    })
}

/// A length that the sources do not state is bounded by the two bytes it is written in.
fn parse_length(mode: &str, len: &str) -> Option<Length> {
    match (mode, len) {
        ("max", "") => Some(Length::AtMost(u16::MAX)),
        ("max", len) => len.parse().ok().map(Length::AtMost),
        ("fixed", len) => len.parse().ok().map(Length::Exactly),
        _ => None,
    }
}

/// Reads `context=eXpY[notes]:condition;…`.
fn parse_occurrences(column: &'static str) -> Option<Vec<Occurrence>> {
    let mut occurrences = Vec::new();
    for entry in column.split(';').filter(|entry| !entry.is_empty()) {
        let (context, obligation) = entry.split_once('=')?;
        let obligation = parse_obligation(obligation)?;
        let (names, parents) = context.split_once('@').unwrap_or((context, ""));
        let mut forms = 0;
        for name in names.split('+') {
            forms |= parse_forms(name)?;
        }
        for parent in parse_parents(parents)? {
            occurrences.push(Occurrence {
                forms,
                parent,
                obligation,
            });
        }
    }
    Some(occurrences)
}

fn parse_obligation(text: &'static str) -> Option<Obligation> {
    let (text, condition) = match text.split_once(':') {
        Some((text, name)) => (text, Some(Condition::from_name(name)?)),
        None => (text, None),
    };
    let [b'e', electronic, b'p', printed, ..] = text.as_bytes() else {
        return None;
    };
    let notes = match text.get(4..)? {
        "" => "",
        notes => notes.strip_prefix('[')?.strip_suffix(']')?,
    };
    Some(Obligation {
        electronic: parse_presence(*electronic)?,
        printed: parse_presence(*printed)?,
        notes,
        condition,
    })
}

const fn parse_presence(digit: u8) -> Option<Presence> {
    Some(match digit {
        b'0' => Presence::Absent,
        b'1' => Presence::Required,
        b'2' => Presence::Conditional,
        b'3' => Presence::Optional,
        _ => return None,
    })
}

fn parse_forms(name: &str) -> Option<u16> {
    let forms: &[Form] = match name {
        "reg" => &[Form::Registration, Form::RegistrationChange],
        "rereg" => &[Form::RegistrationChange],
        "open" => &[Form::OpenShift],
        "state" => &[Form::CurrentState],
        "rcpt" => &[Form::Receipt, Form::StrictForm],
        "corr" => &[Form::Correction, Form::StrictFormCorrection],
        "close" => &[Form::CloseShift],
        "fnclose" => &[Form::CloseArchive],
        "opconf" => &[Form::OperatorConfirmation],
        "mkreq" => &[Form::MarkingRequest],
        "mknotif" => &[Form::MarkingNotification],
        "mkresp" => &[Form::MarkingAnswer],
        "mkack" => &[Form::MarkingReceipt],
        "counters" | "any" => &Form::ALL,
        _ => return None,
    };
    Some(forms.iter().fold(0, |bits, form| bits | form.bit()))
}

/// Reads `1129-1132|1145|…`; an empty text stands for the document itself.
fn parse_parents(text: &str) -> Option<Vec<Option<Tag>>> {
    if text.is_empty() {
        return Some(vec![None]);
    }
    let mut parents = Vec::new();
    for part in text.split('|') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
        parents.extend((first..=last).map(|number| Some(Tag(number))));
    }
    Some(parents)
}
