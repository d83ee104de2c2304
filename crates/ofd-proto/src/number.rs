use std::fmt;

use terms::{DriveNumber, TermError};

/// A drive's number as headers carry it: sixteen digits. Drives of the FFD 1.0 era may have fewer;
/// then spaces (session header) or nibbles F (container) fill it up on the right (ККТ–ОФД protocol
/// §2, §5.1).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct PaddedNumber([u8; 16]);

impl PaddedNumber {
    /// The number, if it has all sixteen digits, as those of all drives in use.
    ///
    /// # Errors
    /// When it is shorter.
    pub fn drive(self) -> Result<DriveNumber, TermError> {
        DriveNumber::from_bytes(&self.0)
    }

    /// The digits, without what fills them up.
    pub fn digits(&self) -> &str {
        std::str::from_utf8(self.0.trim_ascii_end()).unwrap_or_default()
    }

    /// From the session header: ASCII digits, then spaces.
    pub(crate) fn from_text(text: [u8; 16]) -> Result<Self, TermError> {
        let digits = text.trim_ascii_end();
        let fills = text[digits.len()..].iter().all(|byte| *byte == b' ');
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) || !fills {
            return Err(TermError::new(
                "номер ФН",
                String::from_utf8_lossy(&text),
                "it has up to 16 digits, then spaces",
            ));
        }
        Ok(Self(text))
    }

    /// From the container: two digits in a byte, the upper half first, then halves of F.
    pub(crate) fn from_bcd(bcd: [u8; 8]) -> Result<Self, TermError> {
        let mut text = [b' '; 16];
        let nibbles = bcd.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        for (place, nibble) in text.iter_mut().zip(nibbles) {
            *place = match nibble {
                0..=9 => b'0' + nibble,
                0xF => b' ',
                _ => b'?',
            };
        }
        Self::from_text(text)
    }

    pub(crate) const fn to_text(self) -> [u8; 16] {
        self.0
    }

    pub(crate) fn to_bcd(self) -> [u8; 8] {
        let nibble = |byte: u8| match byte {
            b' ' => 0xF,
            digit => digit - b'0',
        };
        let (pairs, _) = self.0.as_chunks::<2>();
        let mut bcd = [0; 8];
        for (byte, [high, low]) in bcd.iter_mut().zip(pairs) {
            *byte = nibble(*high) << 4 | nibble(*low);
        }
        bcd
    }
}

impl From<DriveNumber> for PaddedNumber {
    fn from(drive: DriveNumber) -> Self {
        Self(*drive.as_bytes())
    }
}

impl PartialEq<DriveNumber> for PaddedNumber {
    fn eq(&self, drive: &DriveNumber) -> bool {
        self.0 == *drive.as_bytes()
    }
}

impl fmt::Display for PaddedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits().fmt(f)
    }
}

impl fmt::Debug for PaddedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
