//! The table of tags, parsed once from the data file of the project.

mod lists;
mod rows;

use std::{fmt, sync::LazyLock};

use terms::{FfdVersion, LocalDate};

use crate::{Condition, Form, Tag};

use lists::Lists;
pub(crate) use lists::{ListRules, MAX_TAGS, TagSet, version_index};

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
    /// The first day on which a document may carry it, for tags younger than the order (FFD
    /// documents §7).
    pub since: Option<LocalDate>,
    /// The name in the JSON of the ФНС, when known.
    pub json_name: Option<&'static str>,
    occurrences: [Vec<Occurrence>; 3],
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

/// Whether a tag occurs in one form of a document, electronic or printed (FFD documents §2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// Never.
    Absent,
    /// Always.
    Required,
    /// Under the conditions of the table's notes.
    Conditional,
    /// At will.
    Optional,
}

/// One cell of the order's tables: whether a tag is in a document, or in a list of it.
#[derive(Clone, Copy, Debug)]
pub struct Obligation {
    /// In the electronic form.
    pub electronic: Presence,
    /// On paper.
    pub printed: Presence,
    /// The notes of the order, such as `T20n4,10`: note 4 and 10 of table 20; empty for none.
    pub notes: &'static str,
    /// When it is required in the electronic form. None where it always or never is, and where the
    /// meaning of the notes is not known: then the tag counts as optional.
    pub condition: Option<Condition>,
}

impl Presence {
    /// As the tables of FFD documents §8 write it: 1, 2, 3 or 0.
    pub const fn digit(self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Required => 1,
            Self::Conditional => 2,
            Self::Optional => 3,
        }
    }
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
    obligation: Obligation,
}

impl TagInfo {
    /// Whether and how the tag occurs in the electronic form of documents of `form` in version
    /// `ffd`: directly (no `parent`) or inside the list `parent`. None when it does not belong
    /// there.
    pub fn presence(&self, ffd: FfdVersion, form: Form, parent: Option<Tag>) -> Option<Presence> {
        self.obligation(ffd, form, parent).map(|it| it.electronic)
    }

    /// The same of the printed form.
    pub fn printed(&self, ffd: FfdVersion, form: Form, parent: Option<Tag>) -> Option<Presence> {
        self.obligation(ffd, form, parent).map(|it| it.printed)
    }

    /// The cell of the order's table. None when the tag does not belong there.
    pub fn obligation(
        &self,
        ffd: FfdVersion,
        form: Form,
        parent: Option<Tag>,
    ) -> Option<&Obligation> {
        self.occurrences[version_index(ffd)]
            .iter()
            .find(|it| it.parent == parent && it.forms & form.bit() != 0)
            .map(|it| &it.obligation)
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
    &list_rules(ffd, form, parent).required_tags
}

/// Every tag of the table, by number.
pub fn all_tags() -> impl Iterator<Item = &'static TagInfo> {
    TABLE.infos.iter()
}

pub(crate) fn find(tag: Tag) -> Option<&'static TagInfo> {
    TABLE.infos.get(place(tag)?)
}

/// Where the table has this tag: a number under [`MAX_TAGS`].
pub(crate) fn place(tag: Tag) -> Option<usize> {
    let place = *TABLE.places.get(usize::from(tag.0))?;
    (place != NO_PLACE).then_some(usize::from(place))
}

/// The tag at a place, with all that is known about it.
pub(crate) fn at_place(place: usize) -> Option<&'static TagInfo> {
    TABLE.infos.get(place)
}

/// What may and must be in one list of a document.
pub(crate) fn list_rules(ffd: FfdVersion, form: Form, parent: Option<Tag>) -> &'static ListRules {
    TABLE.lists.get(ffd, form, parent)
}

const NO_PLACE: u16 = u16::MAX;

struct Table {
    infos: Vec<TagInfo>,
    /// The place of each tag number in `infos`.
    places: Vec<u16>,
    lists: Lists,
}

impl Table {
    fn parse(source: &'static str) -> Self {
        let infos: Vec<TagInfo> = rows::of(source).filter_map(rows::parse).collect();
        let last = infos.iter().map(|info| info.tag.0).max().unwrap_or(0);
        let mut places = vec![NO_PLACE; usize::from(last) + 1];
        for (place, info) in (0_u16..).zip(&infos) {
            places[usize::from(info.tag.0)] = place;
        }
        let lists = Lists::of(&infos);
        Self {
            infos,
            places,
            lists,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_data_file_is_understood() {
        let rows: Vec<&str> = rows::of(SOURCE).collect();
        assert!(rows.len() > 250 && rows.len() <= MAX_TAGS, "{}", rows.len());
        for row in rows {
            assert!(rows::parse(row).is_some(), "{row}");
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

    #[test]
    fn the_lists_say_what_the_rows_say() {
        let parents = all_tags().filter(|info| info.kind == ValueKind::List);
        let parents: Vec<Option<Tag>> = parents.map(|info| Some(info.tag)).chain([None]).collect();
        for ffd in FfdVersion::ALL.iter().copied() {
            for (form, parent) in Form::ALL
                .iter()
                .flat_map(|form| parents.iter().map(move |parent| (*form, *parent)))
            {
                let rules = list_rules(ffd, form, parent);
                for info in all_tags() {
                    let place = place(info.tag).unwrap();
                    let found = info.presence(ffd, form, parent);
                    let known = [
                        (&rules.required, Presence::Required),
                        (&rules.conditional, Presence::Conditional),
                        (&rules.optional, Presence::Optional),
                    ];
                    for (set, presence) in known {
                        let holds = found == Some(presence);
                        assert_eq!(set.has(place), holds, "{ffd} {form} {parent:?} {info:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn conditions_stand_only_where_a_tag_may_be_absent() {
        let mut known = std::collections::HashSet::new();
        for occurrence in all_tags().flat_map(|info| info.occurrences.iter().flatten()) {
            let Obligation {
                electronic,
                condition,
                ..
            } = occurrence.obligation;
            if let Some(condition) = condition {
                known.insert(condition);
                let sometimes = [Presence::Conditional, Presence::Optional];
                assert!(sometimes.contains(&electronic), "{occurrence:?}");
            }
        }
        for condition in Condition::ALL {
            assert!(known.contains(condition), "{condition:?} is used by no tag");
        }
    }
}
