use terms::{FfdVersion, Inn, Kopecks, LocalDateTime, TermError};

use crate::{
    EncodeError, MAX_DOCUMENT_LEN, Quantity, Tag, TagInfo, UnixTime, Value, ValueKind, cp866,
    tag_table::Length,
};

/// Puts a TLV list together and holds every value to the table: its kind and its length.
///
/// ```
/// use ffd::{Tag, Writer};
/// let mut writer = Writer::new();
/// writer.byte(Tag::OPERATION_SIGN, 1)?;
/// writer.nested(Tag::USER_PROPERTY, |inner| {
///     inner.text(Tag::USER_PROPERTY_NAME, "Заказ")?;
///     inner.text(Tag::USER_PROPERTY_VALUE, "№ 5")
/// })?;
/// assert_eq!(writer.finish().len(), 5 + 4 + 16);
/// # Ok::<(), ffd::EncodeError>(())
/// ```
///
/// A refused element leaves no bytes behind.
#[derive(Clone, Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    max: usize,
    /// In a collecting writer: what was refused so far, and at which offset its tag was written.
    refused: Option<Vec<(usize, EncodeError)>>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A writer of at most [`MAX_DOCUMENT_LEN`] bytes.
    pub const fn new() -> Self {
        Self::with_limit(MAX_DOCUMENT_LEN)
    }

    /// A writer of at most `max` bytes.
    pub const fn with_limit(max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            max,
            refused: None,
        }
    }

    /// A writer that goes on after a refused value: it writes the tag with an empty value and
    /// keeps the error. So a check sees all errors of a document at once.
    pub(crate) fn collecting() -> Self {
        /// What most receipts need.
        const USUAL: usize = 1024;
        Self {
            bytes: Vec::with_capacity(USUAL),
            max: usize::MAX,
            refused: Some(Vec::new()),
        }
    }

    /// The list of a collecting writer, and what it refused with the offsets.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Vec<(usize, EncodeError)>) {
        (self.bytes, self.refused.unwrap_or_default())
    }

    /// The list.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// How many bytes are written.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing is written.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One byte.
    ///
    /// # Errors
    /// When the table gives the tag another kind, or the whole becomes too long.
    pub fn byte(&mut self, tag: Tag, value: u8) -> Result<(), EncodeError> {
        self.put(tag, ValueKind::Byte, &[value])
    }

    /// A flag: one byte, 0 or 1.
    ///
    /// # Errors
    /// As [`Writer::byte`].
    pub fn flag(&mut self, tag: Tag, value: bool) -> Result<(), EncodeError> {
        self.byte(tag, u8::from(value))
    }

    /// Two bytes.
    ///
    /// # Errors
    /// As [`Writer::byte`].
    pub fn uint16(&mut self, tag: Tag, value: u16) -> Result<(), EncodeError> {
        self.put(tag, ValueKind::Uint16, &value.to_le_bytes())
    }

    /// Four bytes.
    ///
    /// # Errors
    /// As [`Writer::byte`].
    pub fn uint32(&mut self, tag: Tag, value: u32) -> Result<(), EncodeError> {
        self.put(tag, ValueKind::Uint32, &value.to_le_bytes())
    }

    /// An integer in its shortest form; zero is one byte.
    ///
    /// # Errors
    /// As [`Writer::byte`], and when it takes more bytes than the table allows.
    pub fn vln(&mut self, tag: Tag, value: u64) -> Result<(), EncodeError> {
        self.put(tag, ValueKind::Vln, trimmed(&value.to_le_bytes()))
    }

    /// A sum in kopecks.
    ///
    /// # Errors
    /// As [`Writer::vln`], and when it is negative.
    pub fn money(&mut self, tag: Tag, value: Kopecks) -> Result<(), EncodeError> {
        match u64::try_from(value.get()) {
            Ok(kopecks) => self.vln(tag, kopecks),
            Err(_) => {
                let rule = "a document carries no negative sums";
                let reason = TermError::new("amount", value, rule);
                self.refuse(tag, EncodeError::Value { tag, reason })
            }
        }
    }

    /// A decimal.
    ///
    /// # Errors
    /// As [`Writer::byte`].
    pub fn quantity(&mut self, tag: Tag, value: Quantity) -> Result<(), EncodeError> {
        self.fill(tag, ValueKind::Fvln, |bytes| {
            bytes.push(value.decimals());
            bytes.extend_from_slice(trimmed(&value.mantissa().to_le_bytes()));
            Ok(())
        })
    }

    /// Seconds of the wall clock.
    ///
    /// # Errors
    /// As [`Writer::byte`].
    pub fn unix_time(&mut self, tag: Tag, value: UnixTime) -> Result<(), EncodeError> {
        self.put(tag, ValueKind::UnixTime, &value.0.to_le_bytes())
    }

    /// A minute of the wall clock.
    ///
    /// # Errors
    /// As [`Writer::byte`], and after the year 2106.
    pub fn time(&mut self, tag: Tag, value: LocalDateTime) -> Result<(), EncodeError> {
        match UnixTime::try_from(value) {
            Ok(time) => self.unix_time(tag, time),
            Err(reason) => self.refuse(tag, EncodeError::Value { tag, reason }),
        }
    }

    /// A text, in CP866 with the substitutions of [`cp866::encode`], padded when the table says
    /// so.
    ///
    /// # Errors
    /// As [`Writer::byte`], when a character cannot be written, and when the text is too long.
    pub fn text(&mut self, tag: Tag, value: &str) -> Result<(), EncodeError> {
        self.fill(tag, ValueKind::String, |bytes| {
            cp866::encode_into(value, bytes).map_err(|refused| EncodeError::Unprintable {
                tag,
                character: refused.character,
                position: refused.position,
            })
        })
    }

    /// A taxpayer's number, padded to twelve bytes.
    ///
    /// # Errors
    /// As [`Writer::byte`].
    pub fn inn(&mut self, tag: Tag, value: &Inn) -> Result<(), EncodeError> {
        self.put(tag, ValueKind::String, &value.padded())
    }

    /// A version of the format.
    ///
    /// # Errors
    /// As [`Writer::byte`].
    pub fn ffd(&mut self, tag: Tag, value: FfdVersion) -> Result<(), EncodeError> {
        self.byte(tag, value.code())
    }

    /// Bytes of a byte array.
    ///
    /// # Errors
    /// As [`Writer::byte`], and when there are more than the table allows.
    pub fn bytes(&mut self, tag: Tag, value: &[u8]) -> Result<(), EncodeError> {
        self.put(tag, ValueKind::Bytes, value)
    }

    /// A value whatever it is: nothing is held to the table. For tags that the table does not
    /// know and for documents that are written back as they were read.
    ///
    /// # Errors
    /// When the value exceeds 65 535 bytes or the whole becomes too long.
    pub fn raw(&mut self, tag: Tag, value: &[u8]) -> Result<(), EncodeError> {
        match self.append(tag, value) {
            Ok(()) => Ok(()),
            Err(error) => self.refuse(tag, error),
        }
    }

    /// A nested list, filled by `fill`.
    ///
    /// # Errors
    /// When `fill` fails, the list is longer than the table allows, or the whole becomes too long.
    pub fn nested(
        &mut self,
        tag: Tag,
        fill: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&tag.0.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        let body = self.bytes.len();
        let filled = fill(self);
        let len = self.bytes.len() - body;
        let written = u16::try_from(len).map_err(|_| too_long_for(tag, len));
        let verdict = filled.and_then(|()| {
            check_length(info_of_kind(tag, ValueKind::List)?, len)?;
            self.check_total(0)?;
            written.clone().map(|_| ())
        });
        if let Err(error) = verdict {
            let Some(refused) = &mut self.refused else {
                self.bytes.truncate(start);
                return Err(error);
            };
            // A check wants to see what is inside, too long or not.
            refused.push((start, error));
        }
        match written {
            Ok(len) => self.bytes[start + 2..body].copy_from_slice(&len.to_le_bytes()),
            Err(_) => self.bytes.truncate(body),
        }
        Ok(())
    }

    /// An element of a tree; held to the table when the table knows its tag.
    ///
    /// # Errors
    /// As the method for its kind.
    pub fn element(&mut self, tag: Tag, value: &Value) -> Result<(), EncodeError> {
        if tag.info().is_none() {
            return match value.to_bytes(tag) {
                Ok(bytes) => self.raw(tag, &bytes),
                Err(error) => self.refuse(tag, error),
            };
        }
        match value {
            Value::List(tree) => self.nested(tag, |inner| {
                tree.iter()
                    .try_for_each(|child| inner.element(child.tag, &child.value))
            }),
            other => match other.to_bytes(tag) {
                Ok(bytes) => self.put(tag, other.kind(), &bytes),
                Err(error) => self.refuse(tag, error),
            },
        }
    }

    fn put(&mut self, tag: Tag, kind: ValueKind, value: &[u8]) -> Result<(), EncodeError> {
        self.fill(tag, kind, |bytes| {
            bytes.extend_from_slice(value);
            Ok(())
        })
    }

    /// An element whose value is what `fill` adds to the bytes, padded when the table says so.
    fn fill(
        &mut self,
        tag: Tag,
        kind: ValueKind,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let start = self.bytes.len();
        match self.try_fill(tag, kind, fill) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.bytes.truncate(start);
                self.refuse(tag, error)
            }
        }
    }

    fn try_fill(
        &mut self,
        tag: Tag,
        kind: ValueKind,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let info = info_of_kind(tag, kind)?;
        let [low, high] = tag.0.to_le_bytes();
        self.bytes.extend_from_slice(&[low, high, 0, 0]);
        let body = self.bytes.len();
        fill(&mut self.bytes)?;
        if info.padded && self.bytes.len() - body < info.max_len() {
            self.bytes.resize(body + info.max_len(), b' ');
        }
        let len = self.bytes.len() - body;
        check_length(info, len)?;
        self.check_total(0)?;
        let written = u16::try_from(len).map_err(|_| too_long_for(tag, len))?;
        self.bytes[body - 2..body].copy_from_slice(&written.to_le_bytes());
        Ok(())
    }

    fn append(&mut self, tag: Tag, value: &[u8]) -> Result<(), EncodeError> {
        let len = u16::try_from(value.len()).map_err(|_| too_long_for(tag, value.len()))?;
        self.check_total(4 + value.len())?;
        self.bytes.extend_from_slice(&tag.0.to_le_bytes());
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    fn check_total(&self, more: usize) -> Result<(), EncodeError> {
        let (len, max) = (self.bytes.len().saturating_add(more), self.max);
        if len > max {
            return Err(EncodeError::TooLong { len, max });
        }
        Ok(())
    }

    /// In a collecting writer an error is kept, and the tag is written with an empty value.
    #[cold]
    fn refuse(&mut self, tag: Tag, error: EncodeError) -> Result<(), EncodeError> {
        let Some(refused) = &mut self.refused else {
            return Err(error);
        };
        refused.push((self.bytes.len(), error));
        self.bytes.extend_from_slice(&tag.0.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        Ok(())
    }
}

/// The bytes of a VLN without its leading zero bytes; zero is one byte.
fn trimmed(bytes: &[u8; 8]) -> &[u8] {
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    &bytes[..(8 - zeros).max(1)]
}

pub(crate) fn shortest(value: u64) -> Vec<u8> {
    trimmed(&value.to_le_bytes()).to_vec()
}

pub(crate) fn fvln(value: Quantity) -> Vec<u8> {
    let mut bytes = vec![value.decimals()];
    bytes.extend_from_slice(trimmed(&value.mantissa().to_le_bytes()));
    bytes
}

fn info_of_kind(tag: Tag, given: ValueKind) -> Result<&'static TagInfo, EncodeError> {
    let info = tag.info();
    info.filter(|info| info.kind == given)
        .ok_or_else(|| EncodeError::WrongKind {
            tag,
            given,
            expected: info.map(|info| info.kind),
        })
}

fn check_length(info: &TagInfo, len: usize) -> Result<(), EncodeError> {
    if info.length.allows(len) {
        return Ok(());
    }
    Err(EncodeError::Length {
        tag: info.tag,
        len,
        allowed: info.length,
    })
}

const fn too_long_for(tag: Tag, len: usize) -> EncodeError {
    EncodeError::Length {
        tag,
        len,
        allowed: Length::AtMost(u16::MAX),
    }
}
