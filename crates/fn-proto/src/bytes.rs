//! Reading the data of commands and answers field by field, with offsets for messages.

use encoding_rs::IBM866;
use terms::{
    DocumentNumber, DriveNumber, FiscalSign, Inn, Kopecks, LocalDate, LocalDateTime, Rnm, TermError,
};

use crate::Formed;

/// Why data could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The length is not one that the protocol allows.
    Length(String),
    /// The value of a field is not possible.
    Value { offset: usize, source: TermError },
}

impl Unreadable {
    pub(crate) fn length(what: impl Into<String>) -> Self {
        Self::Length(what.into())
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Length(what) => f.write_str(what),
            Self::Value { offset, source } => write!(f, "offset {offset}: {source}"),
        }
    }
}

pub(crate) type Read<T> = Result<T, Unreadable>;

pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(crate) const fn remaining(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// Everything must have been read.
    pub(crate) fn end(&self) -> Read<()> {
        match self.remaining() {
            0 => Ok(()),
            extra => Err(Unreadable::length(format!(
                "{} bytes came, {extra} more than expected",
                self.bytes.len(),
            ))),
        }
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.offset..];
        self.offset = self.bytes.len();
        rest
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let field = self.bytes[self.offset..].first_chunk::<N>().copied();
        let field = field.ok_or_else(|| {
            Unreadable::length(format!(
                "{} bytes came, {N} more expected at offset {}",
                self.bytes.len(),
                self.offset,
            ))
        })?;
        self.offset += N;
        Ok(field)
    }

    pub(crate) fn u8(&mut self) -> Read<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Read<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A byte that is 0 or not.
    pub(crate) fn flag(&mut self) -> Read<bool> {
        self.u8().map(|byte| byte != 0)
    }

    /// A sum in kopecks of `N` bytes, five or six.
    pub(crate) fn money<const N: usize>(&mut self) -> Read<Kopecks> {
        let field = self.array::<N>()?;
        let kopecks = field
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | i64::from(*byte));
        self.checked(N, Kopecks::new(kopecks))
    }

    pub(crate) fn time(&mut self) -> Read<LocalDateTime> {
        let offset = self.offset;
        LocalDateTime::from_drive(self.array()?)
            .map_err(|source| Unreadable::Value { offset, source })
    }

    /// A time that may be five zeros.
    pub(crate) fn time_or_none(&mut self) -> Read<Option<LocalDateTime>> {
        if self.bytes[self.offset..].starts_with(&[0; 5]) {
            self.array::<5>().map(|_| None)
        } else {
            self.time().map(Some)
        }
    }

    pub(crate) fn date(&mut self) -> Read<LocalDate> {
        let offset = self.offset;
        let [year, month, day] = self.array()?;
        LocalDate::new(2000 + u16::from(year), month, day)
            .map_err(|source| Unreadable::Value { offset, source })
    }

    pub(crate) fn date_or_none(&mut self) -> Read<Option<LocalDate>> {
        if self.bytes[self.offset..].starts_with(&[0; 3]) {
            self.array::<3>().map(|_| None)
        } else {
            self.date().map(Some)
        }
    }

    /// An ИНН of twelve bytes.
    pub(crate) fn inn(&mut self) -> Read<Inn> {
        self.parsed::<12, _>()
    }

    /// An ИНН of twelve bytes, or twelve zeros (digits) for none.
    pub(crate) fn inn_or_none(&mut self) -> Read<Option<Inn>> {
        if self.bytes[self.offset..].starts_with(NO_INN) {
            self.array::<12>().map(|_| None)
        } else {
            self.inn().map(Some)
        }
    }

    /// A РНМ of twenty bytes.
    pub(crate) fn rnm(&mut self) -> Read<Rnm> {
        self.parsed::<20, _>()
    }

    pub(crate) fn drive(&mut self) -> Read<DriveNumber> {
        let offset = self.offset;
        DriveNumber::from_bytes(&self.array::<16>()?)
            .map_err(|source| Unreadable::Value { offset, source })
    }

    /// Exactly one TLV object, up to the end: tag, length, value.
    pub(crate) fn tlv(&mut self) -> Read<Vec<u8>> {
        let bytes = self.rest();
        match first_tlv(bytes) {
            Some((object, [])) => Ok(object.to_vec()),
            _ => Err(Unreadable::length(format!(
                "{} bytes came, they are not one TLV object",
                bytes.len(),
            ))),
        }
    }

    /// Whole TLV objects up to the end.
    pub(crate) fn tlv_list(&mut self) -> Read<Vec<u8>> {
        let list = self.rest();
        let mut rest = list;
        while !rest.is_empty() {
            let (_, behind) = first_tlv(rest).ok_or_else(|| {
                Unreadable::length(format!(
                    "offset {}: no whole TLV object",
                    self.bytes.len() - rest.len(),
                ))
            })?;
            rest = behind;
        }
        Ok(list.to_vec())
    }

    /// Passes over a field of `size` bytes that some drives send.
    pub(crate) fn skip_optional(&mut self, size: usize) {
        if self.remaining() == size {
            self.rest();
        }
    }

    pub(crate) fn formed(&mut self) -> Read<Formed> {
        Ok(Formed {
            number: DocumentNumber(self.u32()?),
            sign: FiscalSign(self.u32()?),
        })
    }

    /// Checks the value that `make` gives for the field of `size` bytes that was just read.
    pub(crate) fn checked<T>(&self, size: usize, made: terms::Result<T>) -> Read<T> {
        made.map_err(|source| Unreadable::Value {
            offset: self.offset - size,
            source,
        })
    }

    fn parsed<const N: usize, T>(&mut self) -> Read<T>
    where
        T: std::str::FromStr<Err = TermError>,
    {
        let field = self.array::<N>()?;
        self.checked(N, text(&field).parse())
    }
}

/// Twelve digits 0: no ИНН.
pub(crate) const NO_INN: &[u8; 12] = b"000000000000";

/// The first TLV object and what is behind it; none when it is not whole.
fn first_tlv(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_, _, low, high, ..] = bytes else {
        return None;
    };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    bytes.split_at_checked(4 + length)
}

/// The text of a field in CP866 that is padded with spaces or NULs (both occur: ФН protocol §3.4,
/// §9 Q2).
pub(crate) fn text(field: &[u8]) -> String {
    let (text, _) = IBM866.decode_without_bom_handling(field);
    text.trim_matches([' ', '\0']).to_owned()
}

/// Text of CP866 in a field of `N` bytes: cut or filled up with NULs (ФН protocol §3.4). What the
/// code page lacks becomes a question mark.
pub(crate) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [0; N];
    let mut letter = [0; 4];
    for (place, character) in field.iter_mut().zip(text.chars()) {
        let (bytes, _, missing) = IBM866.encode(character.encode_utf8(&mut letter));
        *place = match (&bytes[..], missing) {
            ([byte], false) => *byte,
            _ => b'?',
        };
    }
    field
}

/// Three bytes, zeros for none.
pub(crate) fn encode_date(date: Option<LocalDate>) -> [u8; 3] {
    date.map_or([0; 3], |date| {
        [(date.year() - 2000) as u8, date.month(), date.day()]
    })
}

/// The first `N` bytes of a sum; what does not fit in them is written with all its bytes, so that
/// the receiver refuses the length instead of reading another sum.
pub(crate) fn money<const N: usize>(sum: Kopecks) -> Vec<u8> {
    let bytes = sum.get().to_le_bytes();
    let (low, high) = bytes.split_at(N);
    match high.iter().all(|byte| *byte == 0) {
        true => low.to_vec(),
        false => bytes.to_vec(),
    }
}
