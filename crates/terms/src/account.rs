use std::{fmt, str::FromStr};

use crate::{Result, TermError};

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $allowed:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Box<str>);

        impl $name {
            /// The longest, in bytes.
            pub const MAX_LEN: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TermError;

            fn from_str(text: &str) -> Result<Self> {
                let allowed: fn(char) -> bool = $allowed;
                if text.is_empty() || text.len() > Self::MAX_LEN || !text.chars().all(allowed) {
                    return Err(TermError::new($what, text, $rule));
                }
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
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
