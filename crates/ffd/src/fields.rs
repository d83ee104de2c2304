//! Taking a parsed list apart into a typed value.

use std::str::FromStr;

use terms::{Inn, TermError};

use crate::{
    Element, ParseError, Tag, Tree, UnixTime, Value,
    tag_table::{self, MAX_TAGS},
};

/// Twelve zeros stand for an ИНН that Russia did not give (1226, 1228; ККТ–ОФД protocol §9).
pub(crate) const NO_INN: &str = "000000000000";

/// The elements of a list that have not been taken yet. What nobody takes stays, so that nothing
/// of a document is lost.
pub(crate) struct Fields {
    parent: Option<Tag>,
    elements: Vec<Element>,
    /// Which elements were taken: moving the others up for each would cost more than all reading.
    taken: Vec<bool>,
}

impl Fields {
    /// Refuses lists in which a tag occurs twice that may occur once.
    pub(crate) fn new(tree: Tree, parent: Option<Tag>) -> Result<Self, ParseError> {
        let elements = tree.0;
        if let Some(tag) = first_repeated(&elements) {
            return Err(ParseError::Repeated { tag, parent });
        }
        Ok(Self {
            parent,
            taken: vec![false; elements.len()],
            elements,
        })
    }

    /// The place of the first value of a tag that is left.
    fn place(&self, tag: Tag) -> Option<usize> {
        let mut places = self.elements.iter().zip(&self.taken);
        places.position(|(found, taken)| found.tag == tag && !taken)
    }

    /// Takes a value if it is there and `read` understands it; else it stays.
    pub(crate) fn optional<T>(
        &mut self,
        tag: Tag,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let place = self.place(tag)?;
        let value = read(&self.elements[place].value)?;
        self.taken[place] = true;
        Some(value)
    }

    /// Takes a value that must be there and be understood.
    pub(crate) fn required<T>(
        &mut self,
        tag: Tag,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, ParseError> {
        let place = self.place_of_required(tag)?;
        let value = &self.elements[place].value;
        let value = read(value).ok_or_else(|| not_understood(tag, value))?;
        self.taken[place] = true;
        Ok(value)
    }

    /// Takes a text if it is there, without the spaces that pad it.
    pub(crate) fn text(&mut self, tag: Tag) -> Option<String> {
        let place = self.place(tag)?;
        let text = self.elements[place].value.take_text()?;
        self.taken[place] = true;
        Some(text)
    }

    /// Takes a text that must be there.
    pub(crate) fn required_text(&mut self, tag: Tag) -> Result<String, ParseError> {
        let place = self.place_of_required(tag)?;
        let value = &mut self.elements[place].value;
        let text = value
            .take_text()
            .ok_or_else(|| not_understood(tag, value))?;
        self.taken[place] = true;
        Ok(text)
    }

    fn place_of_required(&self, tag: Tag) -> Result<usize, ParseError> {
        let parent = self.parent;
        self.place(tag).ok_or(ParseError::Missing { tag, parent })
    }

    /// Takes every value of a repeatable tag.
    pub(crate) fn all(&mut self, tag: Tag) -> Vec<Value> {
        let mut values = Vec::new();
        for (element, taken) in self.elements.iter_mut().zip(&mut self.taken) {
            if element.tag == tag && !*taken {
                *taken = true;
                values.push(std::mem::replace(&mut element.value, Value::Byte(0)));
            }
        }
        values
    }

    /// Takes every value of a repeatable tag that `read` understands; the others stay.
    pub(crate) fn each<T>(&mut self, tag: Tag, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        let mut values = Vec::new();
        for (element, taken) in self.elements.iter().zip(&mut self.taken) {
            if element.tag == tag
                && !*taken
                && let Some(value) = read(&element.value)
            {
                *taken = true;
                values.push(value);
            }
        }
        values
    }

    /// The first value of a tag, which stays.
    pub(crate) fn peek(&self, tag: Tag) -> Option<&Value> {
        Some(&self.elements[self.place(tag)?].value)
    }

    /// Whether everything was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.taken.iter().all(|taken| *taken)
    }

    /// Whether a tag is there.
    pub(crate) fn has(&self, tag: Tag) -> bool {
        self.place(tag).is_some()
    }

    /// A flag; absent stands for no.
    pub(crate) fn flag(&mut self, tag: Tag) -> bool {
        self.optional(tag, Value::as_byte).unwrap_or(0) != 0
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Vec<Element> {
        let all = self.elements.into_iter().zip(self.taken);
        all.filter(|(_, taken)| !taken)
            .map(|(element, _)| element)
            .collect()
    }
}

fn not_understood(tag: Tag, value: &Value) -> ParseError {
    ParseError::Value {
        tag,
        reason: TermError::new(
            "value",
            format!("{value:?}"),
            "it is none that this tag can have",
        ),
    }
}

/// The first tag that occurs again although it may occur only once.
pub(crate) fn first_repeated(elements: &[Element]) -> Option<Tag> {
    let mut seen = [0_u64; MAX_TAGS.div_ceil(64)];
    let mut again = elements.iter().filter(|element| {
        let Some(place) = tag_table::place(element.tag) else {
            return false;
        };
        let (word, bit) = (&mut seen[place / 64], 1 << (place % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        !is_new && tag_table::at_place(place).is_some_and(|info| !info.repeats)
    });
    again.next().map(|element| element.tag)
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
