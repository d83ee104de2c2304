use crate::{
    Field, Reader, Step, Tag, TagPath,
    tag_table::{self, MAX_TAGS, TagSet},
};

/// A list of a document with an index of its tags, on the stack: rules ask for single tags many
/// times.
pub(super) struct List<'a> {
    /// Where the list is; none for the document itself.
    pub(super) spot: Option<&'a Spot<'a>>,
    reader: Reader<'a>,
    /// By place in the table: where the first element begins, and one more.
    first: [u16; MAX_TAGS],
    pub(super) present: TagSet,
}

/// Where a list is. The path is put together only for a message.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) outer: Option<&'a Spot<'a>>,
    /// The list that the element is in.
    pub(super) siblings: &'a Reader<'a>,
    pub(super) tag: Tag,
    pub(super) offset: usize,
}

impl Spot<'_> {
    fn steps(&self) -> Vec<Step> {
        let mut steps = self.outer.map_or_else(Vec::new, Spot::steps);
        steps.push(step(self.siblings, self.tag, self.offset));
        steps
    }
}

fn step(siblings: &Reader<'_>, tag: Tag, offset: usize) -> Step {
    let same = siblings
        .clone()
        .flatten()
        .filter(|field| field.tag() == tag && field.offset() <= offset);
    Step {
        tag,
        index: same.count(),
    }
}

impl<'a> List<'a> {
    #[inline]
    pub(super) fn index(reader: Reader<'a>, spot: Option<&'a Spot<'a>>) -> Self {
        let mut list = Self {
            spot,
            reader: reader.clone(),
            first: [0; MAX_TAGS],
            present: TagSet::default(),
        };
        let base = reader.offset();
        for field in reader.flatten() {
            if let Some(place) = tag_table::place(field.tag())
                && !list.present.add(place)
            {
                // A list is shorter than 65 536 bytes, of which its last element takes four.
                list.first[place] = u16::try_from(field.offset() - base + 1).unwrap_or(0);
            }
        }
        list
    }

    /// The elements in order.
    pub(super) const fn fields(&self) -> &Reader<'a> {
        &self.reader
    }

    /// The first element of `tag`.
    #[inline]
    pub(super) fn get(&self, tag: Tag) -> Option<Field<'a>> {
        let place = tag_table::place(tag)?;
        let start = usize::from(self.first[place].checked_sub(1)?);
        self.reader.skipped(start).next()?.ok()
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        tag_table::place(tag).is_some_and(|place| self.present.has(place))
    }

    pub(super) fn has_any(&self, tags: &[Tag]) -> bool {
        tags.iter().any(|tag| self.has(*tag))
    }

    /// The first value of a tag of one byte.
    pub(super) fn byte(&self, tag: Tag) -> Option<u8> {
        match self.get(tag)?.bytes() {
            [byte] => Some(*byte),
            _ => None,
        }
    }

    pub(super) fn is_set(&self, tag: Tag) -> bool {
        self.byte(tag) == Some(1)
    }

    /// The first value of a tag that is a number of any kind, but money out of all range.
    pub(super) fn number(&self, tag: Tag) -> Option<i64> {
        let number = self.get(tag)?.vln().ok()?;
        i64::try_from(number).ok().filter(|it| *it < 1 << 56)
    }

    /// The first value of a text, without the spaces that pad it.
    pub(super) fn text(&self, tag: Tag) -> Option<&'a [u8]> {
        Some(super::values::trimmed(self.get(tag)?.bytes()))
    }

    /// The list inside the first element of `tag`.
    pub(super) fn inside(&self, tag: Tag) -> Option<List<'a>> {
        self.get(tag).map(|field| List::index(field.list(), None))
    }

    /// Where an element of this list is, or would be.
    pub(super) fn path(&self, tag: Tag, offset: Option<usize>) -> TagPath {
        let mut steps = self.spot.map_or_else(Vec::new, Spot::steps);
        steps.push(match offset {
            Some(offset) => step(&self.reader, tag, offset),
            None => Step { tag, index: 0 },
        });
        TagPath::new(steps)
    }

    /// Where this list is itself.
    pub(super) fn own_path(&self) -> TagPath {
        TagPath::new(self.spot.map_or_else(Vec::new, Spot::steps))
    }
}
