use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use crate::{Result, TermError};

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $allowed:expr, $rule:literal) => {
        $(#[$doc])*
        ///
        /// The text lies in the value itself, so that it is copied without an allocation. It sorts
        /// as its text does: no allowed character is a zero byte, with which it is padded.
        #[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
        pub struct $name {
            bytes: [u8; $max],
            len: u8,
        }

        impl $name {
            /// The longest, in bytes.
            pub const MAX_LEN: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = TermError;

            fn from_str(text: &str) -> Result<Self> {
                let allowed: fn(char) -> bool = $allowed;
                if text.is_empty() || text.len() > Self::MAX_LEN || !text.chars().all(allowed) {
                    return Err(TermError::new($what, text, $rule));
                }
                let mut bytes = [0; $max];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                Ok(Self {
                    bytes,
                    len: text.len() as u8,
                })
            }
        }

        /// As its text, which [`Borrow<str>`](std::borrow::Borrow) asks for.
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }
    };
}

short_text! {
    /// A personal account's number (лицевой счёт), exactly as billing writes it: leading zeros
    /// matter, letters may occur. It ends up in the names of advance lines.
    AccountNumber, "account number", 40,
    |c| c.is_alphanumeric() || "-_/.№ ".contains(c),
    "1…40 bytes of letters, digits, space and - _ / . №"
}
short_text! {
    /// A service's code in billing, such as `INET`.
    ServiceCode, "service code", 32,
    |c| c.is_ascii_alphanumeric() || "-_.".contains(c),
    "1…32 Latin letters, digits and - _ ."
}
