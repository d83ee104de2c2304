use terms::TermError;
use thiserror::Error;

use crate::{Element, Length, Step, Tag, TagPath, ValueKind};

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

/// Why bytes are not a document: the place, the reason, and what stands there.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{}offset {offset}: {problem}{}", at(.path), standing(.found))]
pub struct DecodeError {
    /// Where it is, as far as the tags were known.
    pub path: TagPath,
    /// Where its element begins, counted from the start of the bytes given.
    pub offset: usize,
    /// What is wrong.
    pub problem: DecodeProblem,
    /// The bytes of the value in hexadecimal, the first sixteen of them; empty where there is no
    /// value to blame.
    pub found: Box<str>,
}

impl DecodeError {
    /// The tag to blame, when it was already known.
    pub fn tag(&self) -> Option<Tag> {
        self.path.tag()
    }

    /// The error seen from outside the list `tag`, whose number [`DecodeError::after`] tells.
    pub(crate) fn inside(mut self, tag: Tag) -> Self {
        self.path = self.path.within(Step { tag, index: 0 });
        self
    }

    /// Tells which of its kind the outermost element is, from those read `before` it.
    pub(crate) fn after(mut self, before: &[Element]) -> Self {
        self.path = self.path.outermost_after(before);
        self
    }
}

/// `1059[2]/1214 (Признак способа расчета), `.
fn at(path: &TagPath) -> String {
    path.tag().map_or_else(String::new, |tag| {
        let title = tag.info().map_or("unknown", |info| info.title);
        format!("{path} ({title}), ")
    })
}

fn standing(found: &str) -> String {
    if found.is_empty() {
        return String::new();
    }
    format!("; the value is {found}")
}

/// The first bytes of a value, for a message.
pub(crate) fn hexadecimal(bytes: &[u8]) -> Box<str> {
    use std::fmt::Write as _;

    const SHOWN: usize = 16;
    let mut text = String::new();
    for byte in bytes.iter().take(SHOWN) {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN {
        text.push('…');
    }
    text.into_boxed_str()
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
    #[error("{}it is missing", at(&self.path()))]
    Missing {
        /// The tag.
        tag: Tag,
        /// The list in which it should be; none for the document itself.
        parent: Option<Tag>,
    },
    /// A tag occurs twice where it may occur once.
    #[error("{}it occurs more than once", at(&self.path()))]
    Repeated {
        /// The tag.
        tag: Tag,
        /// The list in which it is; none for the document itself.
        parent: Option<Tag>,
    },
    /// A value is impossible.
    #[error("{}{reason}", at(&self.path()))]
    Value {
        /// The tag.
        tag: Tag,
        /// The rule that it breaks, with the value found.
        reason: TermError,
    },
    /// The outer element is of no form.
    #[error("the outer tag {tag} is no form of a fiscal document")]
    UnknownForm {
        /// The outer tag.
        tag: Tag,
    },
    /// Something is wrong in one of several lists.
    #[error("{}{}", at(&self.path()), .error.reason())]
    Inside {
        /// The list.
        list: Step,
        /// What is wrong in it.
        error: Box<Self>,
    },
}

impl ParseError {
    /// The error seen from outside the list `tag`, its `index`-th occurrence from 1.
    pub(crate) fn inside(self, tag: Tag, index: usize) -> Self {
        Self::Inside {
            list: Step { tag, index },
            error: Box::new(self),
        }
    }

    /// Where it is.
    pub fn path(&self) -> TagPath {
        match self {
            Self::Tlv(error) => error.path.clone(),
            Self::UnknownForm { .. } => TagPath::default(),
            Self::Value { tag, .. } => TagPath::of(*tag),
            Self::Missing { tag, parent } | Self::Repeated { tag, parent } => {
                let parent = parent.map(|tag| Step { tag, index: 0 });
                let steps = parent.into_iter().chain([Step {
                    tag: *tag,
                    index: 0,
                }]);
                TagPath::new(steps.collect())
            }
            Self::Inside { list, error } => {
                let inner = error.path();
                // The inner error may know its list, but not which one it is.
                let known = inner
                    .steps()
                    .split_first()
                    .filter(|(first, rest)| first.tag == list.tag && !rest.is_empty());
                let inner = known
                    .map(|(_, rest)| TagPath::new(rest.to_vec()))
                    .unwrap_or(inner);
                inner.within(*list)
            }
        }
    }

    /// What is wrong, without the place.
    fn reason(&self) -> String {
        match self {
            Self::Missing { .. } => "it is missing".to_owned(),
            Self::Repeated { .. } => "it occurs more than once".to_owned(),
            Self::Value { reason, .. } => reason.to_string(),
            Self::Inside { error, .. } => error.reason(),
            Self::Tlv(_) | Self::UnknownForm { .. } => self.to_string(),
        }
    }
}
