use terms::{Kopecks, LocalDateTime};

use crate::{
    DecodeError, DecodeProblem, Quantity, Tag, TagPath, UnixTime, ValueKind, cp866,
    error::hexadecimal,
};

/// The longest document in bytes, without its own four bytes of tag and length (FFD documents,
/// tags 3 and 31).
pub const MAX_DOCUMENT_LEN: usize = 32_768;

const HEADER_LEN: usize = 4;

/// Takes a TLV list apart, element by element.
///
/// As an iterator it yields each element or, once, the error that ends it.
///
/// ```
/// use ffd::{Reader, Tag};
/// let mut reader = Reader::new(&[0x1E, 0x04, 0x01, 0x00, 0x01]);
/// let field = reader.next().unwrap()?;
/// assert_eq!((field.tag(), field.byte()?), (Tag::OPERATION_SIGN, 1));
/// assert!(reader.next().is_none());
/// # Ok::<(), ffd::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Reads the list `bytes`; offsets in errors count from its start.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
        }
    }

    /// The single element that `bytes` are: a whole document with its outer tag.
    ///
    /// # Errors
    /// When there is none, it is torn, bytes follow it, or it is longer than any document.
    pub fn document(bytes: &'a [u8]) -> Result<Field<'a>, DecodeError> {
        check_size(bytes)?;
        let mut reader = Self::new(bytes);
        let nothing = DecodeProblem::TornHeader { left: 0 };
        let first = reader.next();
        let field = first.unwrap_or_else(|| Err(reader.fail(None, nothing)))?;
        match reader.rest.len() {
            0 => Ok(field),
            extra => Err(DecodeError {
                path: TagPath::of(field.tag),
                offset: reader.offset,
                problem: DecodeProblem::Trailing { extra },
                found: hexadecimal(reader.rest),
            }),
        }
    }

    /// How many bytes are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The offset of the next element.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The same list without its first `len` bytes.
    pub(crate) fn skipped(&self, len: usize) -> Self {
        Self {
            rest: self.rest.get(len..).unwrap_or_default(),
            offset: self.offset + len,
        }
    }

    #[cold]
    fn fail(&mut self, tag: Option<Tag>, problem: DecodeProblem) -> DecodeError {
        let torn = std::mem::take(&mut self.rest);
        DecodeError {
            path: tag.map_or_else(TagPath::default, TagPath::of),
            offset: self.offset,
            problem,
            found: hexadecimal(torn.get(HEADER_LEN..).unwrap_or(torn)),
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Field<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let left = self.rest.len();
        let Some((header, rest)) = self.rest.split_first_chunk::<HEADER_LEN>() else {
            return Some(Err(self.fail(None, DecodeProblem::TornHeader { left })));
        };
        let tag = Tag(u16::from_le_bytes([header[0], header[1]]));
        let len = usize::from(u16::from_le_bytes([header[2], header[3]]));
        let Some((value, rest)) = rest.split_at_checked(len) else {
            let left = rest.len();
            return Some(Err(
                self.fail(Some(tag), DecodeProblem::TornValue { len, left })
            ));
        };
        let field = Field {
            tag,
            offset: self.offset,
            value,
        };
        self.rest = rest;
        self.offset += HEADER_LEN + len;
        Some(Ok(field))
    }
}

/// One element as it stands in the bytes. Its accessors read the value as the kind they name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Field<'a> {
    tag: Tag,
    offset: usize,
    value: &'a [u8],
}

impl<'a> Field<'a> {
    /// The tag.
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Where the element begins.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The value's bytes.
    pub const fn bytes(&self) -> &'a [u8] {
        self.value
    }

    /// The value as a nested list.
    pub const fn list(&self) -> Reader<'a> {
        Reader {
            rest: self.value,
            offset: self.offset + HEADER_LEN,
        }
    }

    /// One byte.
    ///
    /// # Errors
    /// When the value has another length.
    pub fn byte(&self) -> Result<u8, DecodeError> {
        self.array(ValueKind::Byte).map(|[byte]| byte)
    }

    /// Two bytes, little-endian.
    ///
    /// # Errors
    /// When the value has another length.
    pub fn uint16(&self) -> Result<u16, DecodeError> {
        self.array(ValueKind::Uint16).map(u16::from_le_bytes)
    }

    /// Four bytes, little-endian.
    ///
    /// # Errors
    /// When the value has another length.
    pub fn uint32(&self) -> Result<u32, DecodeError> {
        self.array(ValueKind::Uint32).map(u32::from_le_bytes)
    }

    /// Seconds of the wall clock.
    ///
    /// # Errors
    /// When the value has not four bytes.
    pub fn unix_time(&self) -> Result<UnixTime, DecodeError> {
        self.array(ValueKind::UnixTime)
            .map(|bytes| UnixTime(u32::from_le_bytes(bytes)))
    }

    /// The minute of the wall clock.
    ///
    /// # Errors
    /// When the value has not four bytes or lies before the year 2000.
    pub fn time(&self) -> Result<LocalDateTime, DecodeError> {
        let minute = self.unix_time()?.minute();
        minute.map_err(|error| self.error(DecodeProblem::Value(error)))
    }

    /// An integer of variable length. Trailing zero bytes and an empty value (zero) are accepted,
    /// as some drives write them.
    ///
    /// # Errors
    /// When it does not fit eight bytes.
    pub fn vln(&self) -> Result<u64, DecodeError> {
        vln(self.value).ok_or_else(|| self.error(DecodeProblem::OutOfRange))
    }

    /// A sum in kopecks, written as [`Field::vln`].
    ///
    /// # Errors
    /// When it is out of the range of money.
    pub fn money(&self) -> Result<Kopecks, DecodeError> {
        i64::try_from(self.vln()?)
            .map_err(|_| self.error(DecodeProblem::OutOfRange))
            .and_then(|kopecks| {
                Kopecks::new(kopecks).map_err(|error| self.error(DecodeProblem::Value(error)))
            })
    }

    /// A decimal: one byte of decimals, then an integer of variable length.
    ///
    /// # Errors
    /// When the value is empty or out of range.
    pub fn quantity(&self) -> Result<Quantity, DecodeError> {
        let Some((decimals, mantissa)) = self.value.split_first() else {
            return Err(self.wrong_length(ValueKind::Fvln));
        };
        vln(mantissa)
            .and_then(|mantissa| Quantity::new(mantissa, *decimals).ok())
            .ok_or_else(|| self.error(DecodeProblem::OutOfRange))
    }

    /// A text with all its spaces.
    pub fn text(&self) -> String {
        cp866::decode(self.value)
    }

    /// A text without the spaces that pad it on the right.
    pub fn trimmed_text(&self) -> String {
        let mut text = self.text();
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    fn array<const N: usize>(&self, kind: ValueKind) -> Result<[u8; N], DecodeError> {
        self.value.try_into().map_err(|_| self.wrong_length(kind))
    }

    fn wrong_length(&self, kind: ValueKind) -> DecodeError {
        let len = self.value.len();
        self.error(DecodeProblem::WrongLength { kind, len })
    }

    #[cold]
    pub(crate) fn error(&self, problem: DecodeProblem) -> DecodeError {
        DecodeError {
            path: TagPath::of(self.tag),
            offset: self.offset,
            problem,
            found: hexadecimal(self.value),
        }
    }
}

/// Refuses more bytes than the longest document with its outer tag has.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), DecodeError> {
    let (len, max) = (bytes.len(), MAX_DOCUMENT_LEN + HEADER_LEN);
    if len > max {
        return Err(DecodeError {
            path: TagPath::default(),
            offset: 0,
            problem: DecodeProblem::TooLarge { len, max },
            found: Box::default(),
        });
    }
    Ok(())
}

fn vln(bytes: &[u8]) -> Option<u64> {
    let (low, high) = bytes.split_at_checked(8).unwrap_or((bytes, &[]));
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut number = [0; 8];
    number[..low.len()].copy_from_slice(low);
    Some(u64::from_le_bytes(number))
}
