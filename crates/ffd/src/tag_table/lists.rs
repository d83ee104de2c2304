//! The same table, turned round: what may and must be in one list of a document. A check asks so
//! for every element, so the answer is a bit.

use terms::FfdVersion;

use super::{Presence, TagInfo, ValueKind};
use crate::{Condition, Form, Tag};

const WORDS: usize = 5;
/// How many tags the table may have.
pub(crate) const MAX_TAGS: usize = WORDS * 64;

/// A set of tags, by their places in the table.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct TagSet([u64; WORDS]);

impl TagSet {
    /// Adds a tag; says whether it was in the set before.
    pub(crate) const fn add(&mut self, place: usize) -> bool {
        let bit = 1 << (place % 64);
        let before = self.0[place / 64] & bit != 0;
        self.0[place / 64] |= bit;
        before
    }

    pub(crate) const fn has(&self, place: usize) -> bool {
        self.0[place / 64] & 1 << (place % 64) != 0
    }

    /// The tags of this set that are in none of the `others`.
    pub(crate) fn without(&self, others: [&Self; 2]) -> Self {
        let mut left = *self;
        for (word, bits) in left.0.iter_mut().enumerate() {
            *bits &= !(others[0].0[word] | others[1].0[word]);
        }
        left
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|bits| *bits == 0)
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        (0..MAX_TAGS).filter(|place| self.has(*place))
    }
}

/// What may and must be in one list of a document.
#[derive(Debug, Default)]
pub(crate) struct ListRules {
    pub(crate) required: TagSet,
    pub(crate) conditional: TagSet,
    pub(crate) optional: TagSet,
    /// Those of `required` by number.
    pub(crate) required_tags: Vec<Tag>,
    /// Tags that a document may be held to, with their places and the conditions.
    pub(crate) demanded: Vec<(usize, Tag, Condition)>,
}

impl ListRules {
    pub(crate) const fn allows(&self, place: usize) -> bool {
        self.required.has(place) || self.conditional.has(place) || self.optional.has(place)
    }
}

/// The rules of every list of every form in every version.
pub(super) struct Lists {
    rules: Vec<ListRules>,
    /// By tag number: which list it is, from 1 on; 0 for a tag that is no list.
    numbers: Vec<u8>,
    count: usize,
    /// For lists that no document has.
    nothing: ListRules,
}

impl Lists {
    pub(super) fn of(infos: &[TagInfo]) -> Self {
        let last = infos.last().map_or(0, |info| usize::from(info.tag.0));
        let mut numbers = vec![0; last + 1];
        let mut count = 1;
        for info in infos.iter().filter(|info| info.kind == ValueKind::List) {
            numbers[usize::from(info.tag.0)] = count;
            count += 1;
        }
        let count = usize::from(count);
        let all = FfdVersion::ALL.len() * Form::ALL.len() * count;
        let mut lists = Self {
            rules: std::iter::repeat_with(ListRules::default)
                .take(all)
                .collect(),
            numbers,
            count,
            nothing: ListRules::default(),
        };
        for (place, info) in infos.iter().enumerate() {
            lists.add(place, info);
        }
        lists
    }

    fn add(&mut self, place: usize, info: &TagInfo) {
        for ffd in FfdVersion::ALL.iter().copied() {
            for occurrence in &info.occurrences[version_index(ffd)] {
                for form in Form::ALL {
                    if occurrence.forms & form.bit() == 0 {
                        continue;
                    }
                    let Some(index) = self.index(ffd, form, occurrence.parent) else {
                        continue;
                    };
                    let rules = &mut self.rules[index];
                    // A tag may stand in the tables of form 1 and again in those of 11 only.
                    if rules.allows(place) {
                        continue;
                    }
                    let set = match occurrence.obligation.electronic {
                        Presence::Required => {
                            rules.required_tags.push(info.tag);
                            &mut rules.required
                        }
                        Presence::Conditional => &mut rules.conditional,
                        Presence::Optional => &mut rules.optional,
                        Presence::Absent => continue,
                    };
                    set.add(place);
                    if let Some(condition) = occurrence.obligation.condition
                        && condition.is_demanded()
                    {
                        rules.demanded.push((place, info.tag, condition));
                    }
                }
            }
        }
    }

    fn index(&self, ffd: FfdVersion, form: Form, parent: Option<Tag>) -> Option<usize> {
        let list = match parent {
            None => 0,
            Some(parent) => match self.numbers.get(usize::from(parent.0)) {
                None | Some(0) => return None,
                Some(number) => usize::from(*number),
            },
        };
        Some((version_index(ffd) * Form::ALL.len() + form.place()) * self.count + list)
    }

    pub(super) fn get(&self, ffd: FfdVersion, form: Form, parent: Option<Tag>) -> &ListRules {
        self.index(ffd, form, parent)
            .and_then(|index| self.rules.get(index))
            .unwrap_or(&self.nothing)
    }
}

/// The place of a version in arrays by version.
pub(crate) const fn version_index(ffd: FfdVersion) -> usize {
    match ffd {
        FfdVersion::V1_05 => 0,
        FfdVersion::V1_1 => 1,
        FfdVersion::V1_2 => 2,
    }
}
