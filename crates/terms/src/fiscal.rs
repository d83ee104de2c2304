use std::{fmt, str::FromStr};

use crate::{Result, TermError};

/// The number of a fiscal drive (номер ФН, tag 1041): 16 digits.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DriveNumber([u8; 16]);

impl DriveNumber {
    /// The digits as bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is a debug drive (МГМ): all seen ones start with 9999. Emulated drives use such
    /// numbers only.
    pub fn is_debug(&self) -> bool {
        self.0.starts_with(b"9999")
    }

    /// Reads sixteen ASCII digits.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bad = || {
            TermError::new(
                "номер ФН",
                String::from_utf8_lossy(bytes),
                "it has exactly 16 digits",
            )
        };
        let digits: [u8; 16] = bytes.try_into().map_err(|_| bad())?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(bad())
        }
    }
}

impl FromStr for DriveNumber {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Display for DriveNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for DriveNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DriveNumber({self})")
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub $inner);

        impl $name {
            /// The number.
            pub const fn get(self) -> $inner {
                self.0
            }

            /// The one after it; stays at the end of the range.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter! {
    /// The number of a fiscal document in its drive (номер ФД, tag 1040): from 1, one more for
    /// each signed document of any kind. 0 stands for «none yet», as in a drive's own answers.
    DocumentNumber, u32
}
counter! {
    /// The number of a shift in its drive (номер смены, tag 1038). 0 before the first.
    ShiftNumber, u16
}
counter! {
    /// The number of a receipt within its shift (номер чека за смену, tag 1042).
    ReceiptNumber, u16
}

/// The fiscal sign of a document (ФПД): the four value bytes of tag 1077 as a number.
///
/// Drives answer it little-endian; tag 1077 carries it big-endian after two service bytes; people
/// and QR codes see it as a decimal number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FiscalSign(pub u32);

impl fmt::Display for FiscalSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
