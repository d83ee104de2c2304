//! Reading the data of commands and answers field by field, with offsets for messages.

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

    /// A sum in kopecks of five bytes.
    pub(crate) fn money(&mut self) -> Read<Kopecks> {
        let offset = self.offset;
        let [a, b, c, d, e] = self.array::<5>()?;
        let kopecks = i64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
        Kopecks::new(kopecks).map_err(|source| Unreadable::Value { offset, source })
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

/// The text of a field that is padded with spaces or NULs (both occur: ФН protocol §3.4).
pub(crate) fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field)
        .trim_matches([' ', '\0'])
        .to_owned()
}

/// The first five bytes of a sum; what does not fit in 40 bits is written with all its bytes, so
/// that the receiver refuses the length instead of reading another sum.
pub(crate) fn money(sum: Kopecks) -> Vec<u8> {
    let bytes = sum.get().to_le_bytes();
    match bytes {
        [.., 0, 0, 0] => bytes[..5].to_vec(),
        _ => bytes.to_vec(),
    }
}
