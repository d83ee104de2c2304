//! The table of tags, parsed once from the data file of the project.

use std::{collections::HashMap, fmt, sync::LazyLock};

use terms::FfdVersion;

use crate::{Form, Tag};

const SOURCE: &str = include_str!("../../../protocol-fixtures/ffd/tags.tsv");

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(SOURCE));

/// What is known about a tag.
#[derive(Debug)]
pub struct TagInfo {
    /// The tag.
    pub tag: Tag,
    /// A machine name, such as `operation_type`.
    pub name: &'static str,
    /// The Russian name.
    pub title: &'static str,
    /// How the value is written.
    pub kind: ValueKind,
    /// How long the value is.
    pub length: Length,
    /// Whether a shorter text is padded with spaces on the right.
    pub padded: bool,
    /// Whether it may occur more than once in one list.
    pub repeats: bool,
    /// Whether it belongs to formats older than order ЕД-7-20/662@.
    pub legacy: bool,
    /// The name in the JSON of the ФНС, when known.
    pub json_name: Option<&'static str>,
    rules: [Vec<Occurrence>; 3],
}

/// How a value is written (ККТ–ОФД protocol §9).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ValueKind {
    /// One byte.
    Byte,
    /// Two bytes, little-endian.
    Uint16,
    /// Four bytes, little-endian.
    Uint32,
    /// Four bytes: seconds since 1970 on the wall clock of the settlement place.
    UnixTime,
    /// Little-endian integer without its leading zero bytes.
    Vln,
    /// One byte of decimals, then a VLN.
    Fvln,
    /// Text in CP866.
    String,
    /// Bytes.
    Bytes,
    /// A nested list of elements.
    List,
}

/// How many bytes a value takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Length {
    /// Exactly so many.
    Exactly(u16),
    /// At most so many.
    AtMost(u16),
}

/// Whether a tag occurs in the electronic or the printed form of a document (FFD documents §2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// The form does not ask for it.
    Absent,
    /// Always.
    Required,
    /// Under the conditions of the table's notes.
    Conditional,
    /// At will.
    Optional,
}

impl Length {
    /// Whether a value of `len` bytes fits.
    pub const fn allows(self, len: usize) -> bool {
        match self {
            Self::Exactly(exact) => len == exact as usize,
            Self::AtMost(max) => len <= max as usize,
        }
    }
}

/// `exactly 12` or `at most 64`.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(len) => write!(f, "exactly {len}"),
            Self::AtMost(len) => write!(f, "at most {len}"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Occurrence {
    forms: u16,
    parent: Option<Tag>,
    electronic: Presence,
    printed: Presence,
}

impl TagInfo {
    /// Whether and how the tag occurs in documents of `form` in version `ffd`: directly (no
    /// `parent`) or inside the list `parent`. None when it does not belong there.
    pub fn presence(&self, ffd: FfdVersion, form: Form, parent: Option<Tag>) -> Option<Presence> {
        self.rule(ffd, form, parent).map(|rule| rule.electronic)
    }

    /// The same of the printed form.
    pub fn printed(&self, ffd: FfdVersion, form: Form, parent: Option<Tag>) -> Option<Presence> {
        self.rule(ffd, form, parent).map(|rule| rule.printed)
    }

    fn rule(&self, ffd: FfdVersion, form: Form, parent: Option<Tag>) -> Option<&Occurrence> {
        self.rules[version_index(ffd)]
            .iter()
            .find(|rule| rule.parent == parent && rule.forms & form_bit(form) != 0)
    }

    /// The greatest length in bytes.
    pub const fn max_len(&self) -> usize {
        match self.length {
            Length::Exactly(len) | Length::AtMost(len) => len as usize,
        }
    }
}

/// The tags that documents of `form` must carry, directly (no `parent`) or inside each `parent`.
pub fn required_tags(ffd: FfdVersion, form: Form, parent: Option<Tag>) -> &'static [Tag] {
    TABLE
        .required
        .get(&(ffd, form, parent))
        .map_or(&[], Vec::as_slice)
}

/// Every tag of the table, by number.
pub fn all_tags() -> impl Iterator<Item = &'static TagInfo> {
    TABLE.infos.iter()
}

pub(crate) fn find(tag: Tag) -> Option<&'static TagInfo> {
    let place = *TABLE.places.get(usize::from(tag.0))?;
    TABLE.infos.get(usize::from(place))
}

struct Table {
    infos: Vec<TagInfo>,
    /// The place of each tag number in `infos`; a place past its end stands for none.
    places: Vec<u16>,
    required: HashMap<(FfdVersion, Form, Option<Tag>), Vec<Tag>>,
}

impl Table {
    fn parse(source: &'static str) -> Self {
        let infos: Vec<TagInfo> = rows(source).filter_map(parse_row).collect();
        let last = infos.iter().map(|info| info.tag.0).max().unwrap_or(0);
        let mut places = vec![u16::MAX; usize::from(last) + 1];
        for (place, info) in (0_u16..).zip(&infos) {
            places[usize::from(info.tag.0)] = place;
        }
        let required = collect_required(&infos);
        Self {
            infos,
            places,
            required,
        }
    }
}

fn collect_required(infos: &[TagInfo]) -> HashMap<(FfdVersion, Form, Option<Tag>), Vec<Tag>> {
    let mut required: HashMap<_, Vec<Tag>> = HashMap::new();
    for info in infos {
        for ffd in FfdVersion::ALL.iter().copied() {
            let rules = &info.rules[version_index(ffd)];
            for rule in rules
                .iter()
                .filter(|rule| rule.electronic == Presence::Required)
            {
                for form in Form::ALL {
                    if rule.forms & form_bit(form) != 0 {
                        let tags = required.entry((ffd, form, rule.parent)).or_default();
                        tags.push(info.tag);
                    }
                }
            }
        }
    }
    required
}

const fn version_index(ffd: FfdVersion) -> usize {
    match ffd {
        FfdVersion::V1_05 => 0,
        FfdVersion::V1_1 => 1,
        FfdVersion::V1_2 => 2,
    }
}

fn form_bit(form: Form) -> u16 {
    Form::ALL
        .iter()
        .position(|other| *other == form)
        .map_or(0, |place| 1 << place)
}

fn rows(source: &'static str) -> impl Iterator<Item = &'static str> {
    source
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .skip(1)
}

/// A row of the data file; none when it is malformed, which a test excludes.
fn parse_row(row: &'static str) -> Option<TagInfo> {
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
        json_name: (!json.is_empty()).then_some(json),
        rules: [
            parse_occurrences(v105)?,
            parse_occurrences(v11)?,
            parse_occurrences(v12)?,
        ],
    })
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

/// Reads `context=eXpY[notes];…`.
fn parse_occurrences(column: &str) -> Option<Vec<Occurrence>> {
    let mut occurrences = Vec::new();
    for entry in column.split(';').filter(|entry| !entry.is_empty()) {
        let (context, obligation) = entry.split_once('=')?;
        let [b'e', electronic, b'p', printed, ..] = obligation.as_bytes() else {
            return None;
        };
        let (electronic, printed) = (parse_presence(*electronic)?, parse_presence(*printed)?);
        let (names, parents) = context.split_once('@').unwrap_or((context, ""));
        let mut forms = 0;
        for name in names.split('+') {
            forms |= parse_forms(name)?;
        }
        for parent in parse_parents(parents)? {
            occurrences.push(Occurrence {
                forms,
                parent,
                electronic,
                printed,
            });
        }
    }
    Some(occurrences)
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
    Some(forms.iter().fold(0, |bits, form| bits | form_bit(*form)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_data_file_is_understood() {
        let rows: Vec<&str> = rows(SOURCE).collect();
        assert!(rows.len() > 250, "{} rows", rows.len());
        for row in rows {
            assert!(parse_row(row).is_some(), "{row}");
        }
        let numbers: Vec<Tag> = all_tags().map(|info| info.tag).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
        for number in numbers {
            assert_eq!(number.info().map(|info| info.tag), Some(number));
        }
        assert!(Tag(1100).info().is_none() && Tag(9999).info().is_none());
    }

    #[test]
    fn the_measure_of_quantity_is_required_in_lines_of_1_2_only() {
        let presence = |ffd, form, parent| {
            Tag::QUANTITY_MEASURE
                .info()
                .and_then(|info| info.presence(ffd, form, parent))
        };
        let line = Some(Tag::ITEM);
        assert_eq!(
            presence(FfdVersion::V1_2, Form::Receipt, line),
            Some(Presence::Required)
        );
        assert_eq!(presence(FfdVersion::V1_05, Form::Receipt, line), None);
        assert_eq!(presence(FfdVersion::V1_2, Form::Receipt, None), None);
        assert!(
            required_tags(FfdVersion::V1_2, Form::Correction, line)
                .contains(&Tag::QUANTITY_MEASURE)
        );
        assert!(required_tags(FfdVersion::V1_2, Form::Receipt, None).contains(&Tag::ITEM));
    }

    #[test]
    fn the_printed_form_has_rules_of_its_own() {
        let printed = |tag: Tag| {
            tag.info()
                .and_then(|info| info.printed(FfdVersion::V1_2, Form::Receipt, None))
        };
        assert_eq!(printed(Tag::FNS_SITE), Some(Presence::Optional));
        assert_eq!(printed(Tag::SHIFT_NUMBER), Some(Presence::Absent));
        assert_eq!(printed(Tag::CASH), Some(Presence::Conditional));
        assert_eq!(printed(Tag::TOTAL), Some(Presence::Required));
        assert_eq!(printed(Tag::CORRECTION_BASIS), None);
    }
}
