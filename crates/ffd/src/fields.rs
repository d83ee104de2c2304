//! Taking a parsed list apart into a typed value.

use std::str::FromStr;

use terms::{Inn, TermError};

use crate::{Element, ParseError, Tag, Tree, UnixTime, Value};

/// Twelve zeros stand for an ИНН that Russia did not give (1226, 1228; ККТ–ОФД protocol §9).
pub(crate) const NO_INN: &str = "000000000000";

/// The elements of a list that have not been taken yet. What nobody takes stays, so that nothing
/// of a document is lost.
pub(crate) struct Fields {
    parent: Option<Tag>,
    elements: Vec<Element>,
}

impl Fields {
    /// Refuses lists in which a tag occurs twice that may occur once.
    pub(crate) fn new(tree: Tree, parent: Option<Tag>) -> Result<Self, ParseError> {
        let elements = tree.0;
        if let Some(tag) = first_repeated(&elements) {
            return Err(ParseError::Repeated { tag, parent });
        }
        Ok(Self { parent, elements })
    }

    /// Takes a value if it is there and `read` understands it; else it stays.
    pub(crate) fn optional<T>(
        &mut self,
        tag: Tag,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let place = self.elements.iter().position(|found| found.tag == tag)?;
        let value = read(&self.elements[place].value)?;
        self.elements.remove(place);
        Some(value)
    }

    /// Takes a value that must be there and be understood.
    pub(crate) fn required<T>(
        &mut self,
        tag: Tag,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, ParseError> {
        let parent = self.parent;
        let place = self.elements.iter().position(|found| found.tag == tag);
        let place = place.ok_or(ParseError::Missing { tag, parent })?;
        let value = &self.elements[place].value;
        let value = read(value).ok_or_else(|| ParseError::Value {
            tag,
            reason: TermError::new(
                "value",
                format!("{value:?}"),
                "it is none that this tag can have",
            ),
        })?;
        self.elements.remove(place);
        Ok(value)
    }

    /// Takes every value of a repeatable tag.
    pub(crate) fn all(&mut self, tag: Tag) -> Vec<Value> {
        let (taken, left) = std::mem::take(&mut self.elements)
            .into_iter()
            .partition::<Vec<_>, _>(|element| element.tag == tag);
        self.elements = left;
        taken.into_iter().map(|element| element.value).collect()
    }

    /// Takes every value of a repeatable tag that `read` understands; the others stay.
    pub(crate) fn each<T>(&mut self, tag: Tag, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.elements.retain(|element| {
            let value = (element.tag == tag).then(|| read(&element.value)).flatten();
            let stays = value.is_none();
            taken.extend(value);
            stays
        });
        taken
    }

    /// The first value of a tag, which stays.
    pub(crate) fn peek(&self, tag: Tag) -> Option<&Value> {
        let found = self.elements.iter().find(|found| found.tag == tag)?;
        Some(&found.value)
    }

    /// Whether everything was taken.
    pub(crate) const fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Whether a tag is there.
    pub(crate) fn has(&self, tag: Tag) -> bool {
        self.elements.iter().any(|found| found.tag == tag)
    }

    /// A flag; absent stands for no.
    pub(crate) fn flag(&mut self, tag: Tag) -> bool {
        self.optional(tag, Value::as_byte).unwrap_or(0) != 0
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Vec<Element> {
        self.elements
    }
}

/// The first tag that occurs again although it may occur only once.
pub(crate) fn first_repeated(elements: &[Element]) -> Option<Tag> {
    let mut tags: Vec<Tag> = elements
        .iter()
        .map(|element| element.tag)
        .filter(|tag| tag.info().is_some_and(|info| !info.repeats))
        .collect();
    tags.sort_unstable();
    tags.windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
}

pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_text().map(str::to_owned)
}

pub(crate) fn inn(value: &Value) -> Option<Inn> {
    value.as_text()?.parse().ok()
}

pub(crate) fn number<T: TryFrom<u64>>(value: &Value) -> Option<T> {
    T::try_from(value.as_u64()?).ok()
}

/// A text that is some term written out.
pub(crate) fn written<T: FromStr>(value: &Value) -> Option<T> {
    value.as_text()?.parse().ok()
}

pub(crate) const fn time(value: &Value) -> Option<UnixTime> {
    match value {
        Value::UnixTime(time) => Some(*time),
        _ => None,
    }
}
