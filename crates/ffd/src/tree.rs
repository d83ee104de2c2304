use terms::{Kopecks, LocalDateTime};

use crate::{
    DecodeError, DecodeProblem, EncodeError, Field, MAX_DOCUMENT_LEN, Quantity, Reader, Tag,
    UnixTime, ValueKind, Writer, cp866,
    reader::check_size,
    writer::{fvln, shortest},
};

/// How deep lists may lie inside lists. Real documents need four levels.
pub const MAX_DEPTH: usize = 8;

/// Any TLV list, taken apart: what a dump shows. Values are read as the table says; tags that it
/// does not know are kept as bytes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tree(pub Vec<Element>);

/// A tag with its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Element {
    /// The tag.
    pub tag: Tag,
    /// Its value.
    pub value: Value,
}

/// A value as the table's kind says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// One byte.
    Byte(u8),
    /// Two bytes.
    Uint16(u16),
    /// Four bytes.
    Uint32(u32),
    /// An integer of variable length; money is in kopecks.
    Vln(u64),
    /// A decimal.
    Fvln(Quantity),
    /// Seconds of the wall clock.
    UnixTime(UnixTime),
    /// A text with all its spaces.
    Text(String),
    /// Bytes, also of tags that the table does not know.
    Bytes(Vec<u8>),
    /// A nested list.
    List(Tree),
}

impl Tree {
    /// Takes a list apart. A whole document with its outer tag is a list of one element.
    ///
    /// # Errors
    /// When an element is torn, a value's length does not fit its kind, lists are nested deeper
    /// than [`MAX_DEPTH`], or there are more bytes than any document has.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        check_size(bytes)?;
        Self::read(Reader::new(bytes), MAX_DEPTH)
    }

    /// The list that `write` writes; none when it cannot be written.
    pub fn written(write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>) -> Option<Self> {
        let mut writer = Writer::new();
        write(&mut writer).ok()?;
        Self::parse(&writer.finish()).ok()
    }

    pub(crate) fn read(reader: Reader<'_>, depth: usize) -> Result<Self, DecodeError> {
        // An element takes about this many bytes, so that the list seldom grows.
        const USUAL: usize = 12;
        let mut elements: Vec<Element> = Vec::with_capacity(reader.left() / USUAL);
        for field in reader {
            let read = field.and_then(|field| {
                let (tag, value) = (field.tag(), Value::read(&field, depth));
                value.map(|value| Element { tag, value })
            });
            match read {
                Ok(element) => elements.push(element),
                Err(error) => return Err(error.after(&elements)),
            }
        }
        Ok(Self(elements))
    }

    /// Writes the list back: known values in their shortest form, texts exactly as they are.
    ///
    /// # Errors
    /// When a text has a character that CP866 lacks, or something is too long.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(MAX_DOCUMENT_LEN + 4);
        self.write(&mut writer)?;
        Ok(writer.finish())
    }

    fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        for element in &self.0 {
            writer.raw(element.tag, &element.value.to_bytes(element.tag)?)?;
        }
        Ok(())
    }

    /// The elements in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Element> {
        self.0.iter()
    }

    /// The first value of `tag`.
    pub fn get(&self, tag: Tag) -> Option<&Value> {
        self.all(tag).next()
    }

    /// Every value of `tag`.
    pub fn all(&self, tag: Tag) -> impl Iterator<Item = &Value> {
        self.0
            .iter()
            .filter(move |element| element.tag == tag)
            .map(|element| &element.value)
    }
}

impl<'a> IntoIterator for &'a Tree {
    type Item = &'a Element;
    type IntoIter = std::slice::Iter<'a, Element>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Value {
    fn read(field: &Field<'_>, depth: usize) -> Result<Self, DecodeError> {
        let Some(info) = field.tag().info() else {
            return Ok(Self::Bytes(field.bytes().to_vec()));
        };
        Ok(match info.kind {
            ValueKind::Byte => Self::Byte(field.byte()?),
            ValueKind::Uint16 => Self::Uint16(field.uint16()?),
            ValueKind::Uint32 => Self::Uint32(field.uint32()?),
            ValueKind::UnixTime => Self::UnixTime(field.unix_time()?),
            ValueKind::Vln => Self::Vln(field.vln()?),
            ValueKind::Fvln => Self::Fvln(field.quantity()?),
            ValueKind::String => Self::Text(field.text()),
            ValueKind::Bytes => Self::Bytes(field.bytes().to_vec()),
            ValueKind::List => {
                let depth = depth
                    .checked_sub(1)
                    .ok_or_else(|| field.error(DecodeProblem::TooDeep { max: MAX_DEPTH }))?;
                let inside = Tree::read(field.list(), depth);
                Self::List(inside.map_err(|error| error.inside(field.tag()))?)
            }
        })
    }

    /// The kind of the value.
    pub const fn kind(&self) -> ValueKind {
        match self {
            Self::Byte(_) => ValueKind::Byte,
            Self::Uint16(_) => ValueKind::Uint16,
            Self::Uint32(_) => ValueKind::Uint32,
            Self::Vln(_) => ValueKind::Vln,
            Self::Fvln(_) => ValueKind::Fvln,
            Self::UnixTime(_) => ValueKind::UnixTime,
            Self::Text(_) => ValueKind::String,
            Self::Bytes(_) => ValueKind::Bytes,
            Self::List(_) => ValueKind::List,
        }
    }

    /// The value as a document carries it; `tag` is for the message of an error.
    pub(crate) fn to_bytes(&self, tag: Tag) -> Result<Vec<u8>, EncodeError> {
        Ok(match self {
            Self::Byte(value) => vec![*value],
            Self::Uint16(value) => value.to_le_bytes().to_vec(),
            Self::Uint32(value) => value.to_le_bytes().to_vec(),
            Self::Vln(value) => shortest(*value).to_vec(),
            Self::Fvln(value) => fvln(*value).to_vec(),
            Self::UnixTime(value) => value.0.to_le_bytes().to_vec(),
            Self::Text(text) => {
                cp866::encode_exact(text).map_err(|refused| EncodeError::Unprintable {
                    tag,
                    character: refused.character,
                    position: refused.position,
                })?
            }
            Self::Bytes(bytes) => bytes.clone(),
            Self::List(tree) => tree.encode()?,
        })
    }

    /// A number of any kind.
    pub fn as_u64(&self) -> Option<u64> {
        Some(match self {
            Self::Byte(value) => u64::from(*value),
            Self::Uint16(value) => u64::from(*value),
            Self::Uint32(value) => u64::from(*value),
            Self::Vln(value) => *value,
            _ => return None,
        })
    }

    /// A one-byte number.
    pub const fn as_byte(&self) -> Option<u8> {
        match self {
            Self::Byte(value) => Some(*value),
            _ => None,
        }
    }

    /// Takes the text out, without the spaces that pad it on the right; none when it is no text.
    pub(crate) fn take_text(&mut self) -> Option<String> {
        let Self::Text(text) = self else {
            return None;
        };
        let mut text = std::mem::take(text);
        text.truncate(text.trim_end_matches(' ').len());
        Some(text)
    }

    /// A sum; none when it is no VLN or out of the range of money.
    pub fn as_money(&self) -> Option<Kopecks> {
        match self {
            Self::Vln(value) => i64::try_from(*value)
                .ok()
                .and_then(|kopecks| Kopecks::new(kopecks).ok()),
            _ => None,
        }
    }

    /// A text without the spaces that pad it on the right.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim_end_matches(' ')),
            _ => None,
        }
    }

    /// A minute; none when it is no time or before the year 2000.
    pub fn as_time(&self) -> Option<LocalDateTime> {
        match self {
            Self::UnixTime(time) => time.minute().ok(),
            _ => None,
        }
    }

    /// A decimal.
    pub const fn as_quantity(&self) -> Option<Quantity> {
        match self {
            Self::Fvln(value) => Some(*value),
            _ => None,
        }
    }

    /// Bytes.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A nested list.
    pub const fn as_list(&self) -> Option<&Tree> {
        match self {
            Self::List(tree) => Some(tree),
            _ => None,
        }
    }
}
