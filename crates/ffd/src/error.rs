use terms::TermError;
use thiserror::Error;

use crate::{
    MAX_DEPTH, Reader, Tag, ValueKind,
    tag_table::{Length, TagInfo},
};

/// Why a document cannot be written.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum EncodeError {
    /// A text has a character that the code page lacks.
    #[error(
        "tag {tag}: the character {character:?} at position {position} does not exist in CP866; \
         replace or remove it"
    )]
    Unprintable {
        /// The tag of the text.
        tag: Tag,
        /// The character.
        character: char,
        /// Its place in the text, in characters from 0.
        position: usize,
    },
    /// A value does not have the length that the table gives.
    #[error("tag {tag}: the value takes {len} bytes, allowed are {allowed}")]
    Length {
        /// The tag.
        tag: Tag,
        /// The bytes it would take.
        len: usize,
        /// What the table allows.
        allowed: Length,
    },
    /// A value of the wrong kind for its tag.
    #[error("tag {tag}: a {given:?} was given; the table says {expected:?}")]
    WrongKind {
        /// The tag.
        tag: Tag,
        /// The kind given.
        given: ValueKind,
        /// The kind of the table; none when the tag is unknown.
        expected: Option<ValueKind>,
    },
    /// A value that is impossible in a document, such as a negative sum.
    #[error("tag {tag}: {reason}")]
    Value {
        /// The tag.
        tag: Tag,
        /// The rule that it breaks.
        reason: TermError,
    },
    /// The whole has become too long.
    #[error("the document would take {len} bytes, at most {max} are allowed; put less into it")]
    TooLong {
        /// The bytes it would take.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
}

impl EncodeError {
    /// The tag that is to blame, when it is one.
    pub const fn tag(&self) -> Option<Tag> {
        match self {
            Self::Unprintable { tag, .. }
            | Self::Length { tag, .. }
            | Self::WrongKind { tag, .. }
            | Self::Value { tag, .. } => Some(*tag),
            Self::TooLong { .. } => None,
        }
    }
}

/// Why bytes are not a document: the place and the reason.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("offset {offset}{}: {problem}", of_tag(*.tag))]
pub struct DecodeError {
    /// The tag being read, when it was already known.
    pub tag: Option<Tag>,
    /// Where its element begins, counted from the start of the bytes given.
    pub offset: usize,
    /// What is wrong.
    pub problem: DecodeProblem,
}

impl DecodeError {
    /// The lists inside which the place lies, the outermost first, as far as they can be read in
    /// `bytes`: those that gave the error.
    pub fn path(&self, bytes: &[u8]) -> Vec<Tag> {
        let mut path = Vec::new();
        let mut reader = Some(Reader::new(bytes));
        while let Some(list) = reader.take() {
            let inner = list.flatten().find(|field| {
                let inside = field.offset() + 4..field.offset() + 4 + field.bytes().len();
                let is_list = |info: &TagInfo| info.kind == ValueKind::List;
                inside.contains(&self.offset) && field.tag().info().is_some_and(is_list)
            });
            if let Some(inner) = inner {
                path.push(inner.tag());
                reader = (path.len() < MAX_DEPTH).then(|| inner.list());
            }
        }
        path
    }
}

fn of_tag(tag: Option<Tag>) -> String {
    tag.map_or_else(String::new, |tag| format!(", tag {tag}"))
}

/// What is wrong with an element.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DecodeProblem {
    /// Fewer than four bytes are left where an element should begin.
    #[error("{left} bytes are left where an element of at least 4 must begin")]
    TornHeader {
        /// The bytes left.
        left: usize,
    },
    /// The element says that it is longer than what holds it.
    #[error("the value should take {len} bytes, only {left} are left")]
    TornValue {
        /// The length written.
        len: usize,
        /// The bytes left.
        left: usize,
    },
    /// Bytes follow the element that should be the only one.
    #[error("{extra} bytes follow the document")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// A value whose length does not fit its kind.
    #[error("{len} bytes cannot be a {kind:?}")]
    WrongLength {
        /// The kind by the table.
        kind: ValueKind,
        /// The length found.
        len: usize,
    },
    /// A number that does not fit eight bytes, or has too many decimals.
    #[error("the number is out of range")]
    OutOfRange,
    /// Lists inside lists, too deep.
    #[error("lists are nested deeper than {max} levels")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// More bytes than any document has.
    #[error("{len} bytes are more than any document has ({max})")]
    TooLarge {
        /// The bytes given.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// A value that the trade does not know.
    #[error(transparent)]
    Value(#[from] TermError),
}

/// Why a document could be taken apart but is not what it should be.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ParseError {
    /// The bytes are no TLV document.
    #[error("the bytes are no fiscal document")]
    Tlv(#[from] DecodeError),
    /// A tag is missing.
    #[error("tag {tag} is missing {}", place(*.parent))]
    Missing {
        /// The tag.
        tag: Tag,
        /// The list in which it should be; none for the document itself.
        parent: Option<Tag>,
    },
    /// A tag occurs twice where it may occur once.
    #[error("tag {tag} occurs more than once {}", place(*.parent))]
    Repeated {
        /// The tag.
        tag: Tag,
        /// The list in which it is; none for the document itself.
        parent: Option<Tag>,
    },
    /// A value is impossible.
    #[error("tag {tag}: {reason}")]
    Value {
        /// The tag.
        tag: Tag,
        /// The rule that it breaks.
        reason: TermError,
    },
    /// The outer element is of no form.
    #[error("the outer tag {tag} is no form of a fiscal document")]
    UnknownForm {
        /// The outer tag.
        tag: Tag,
    },
}

fn place(parent: Option<Tag>) -> String {
    parent.map_or_else(
        || "in the document".to_owned(),
        |parent| format!("inside {parent}"),
    )
}

#[cfg(test)]
mod tests {
    use crate::{Tag, Tree};

    #[test]
    fn the_path_of_an_error_names_the_lists_around_it() {
        // 3 {1059 {1023: a byte of decimals is missing}}
        let bytes = [3, 0, 8, 0, 0x23, 4, 4, 0, 0xFF, 3, 0, 0];
        let error = Tree::parse(&bytes).unwrap_err();
        assert_eq!((error.tag, error.offset), (Some(Tag::QUANTITY), 8));
        assert_eq!(error.path(&bytes), [Tag(3), Tag::ITEM]);
        // 1054 of two bytes, at the top.
        let bytes = [0x1E, 4, 2, 0, 1, 1];
        assert_eq!(Tree::parse(&bytes).unwrap_err().path(&bytes), []);
    }
}
