use std::fmt;

use terms::TermError;

use crate::{EncodeError, Tag, Value, Writer, cp866};

macro_rules! kinds {
    ($($name:ident = $tag:literal, $len:tt $max:literal, $title:literal;)*) => {
        /// What kind of code a [`ProductCode`] is: the child of tag 1163 (FFD documents §3).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u16)]
        pub enum ProductCodeKind {
            $(#[doc = concat!("КТ ", $title, ".")] $name = $tag,)*
        }

        impl ProductCodeKind {
            /// Every kind, by tag.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The Russian name.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }

            /// Whether a code of this kind may have so many characters.
            const fn allows(self, len: usize) -> bool {
                match self {
                    $(Self::$name => len > 0 && len $len $max,)*
                }
            }
        }
    };
}

kinds! {
    Unknown = 1300, <= 32, "Н, код не распознан";
    Ean8 = 1301, == 8, "EAN-8";
    Ean13 = 1302, == 13, "EAN-13";
    Itf14 = 1303, == 14, "ITF-14";
    Gs1 = 1304, <= 38, "GS1.0";
    Gs1Marked = 1305, <= 38, "GS1.М";
    ShortMark = 1306, <= 38, "КМК, короткий код маркировки";
    Fur = 1307, == 20, "МИ, меховое изделие";
    Egais2 = 1308, == 23, "ЕГАИС-2.0";
    Egais3 = 1309, == 14, "ЕГАИС-3.0";
    F1 = 1320, <= 32, "Ф.1";
    F2 = 1321, <= 32, "Ф.2";
    F3 = 1322, <= 32, "Ф.3";
    F4 = 1323, <= 32, "Ф.4";
    F5 = 1324, <= 32, "Ф.5";
    F6 = 1325, <= 32, "Ф.6";
}

impl ProductCodeKind {
    /// The tag inside 1163.
    pub const fn tag(self) -> Tag {
        Tag(self as u16)
    }

    /// The kind that `tag` stands for.
    pub fn from_tag(tag: Tag) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.tag() == tag)
    }

    const fn has_only_digits(self) -> bool {
        matches!(self, Self::Ean8 | Self::Ean13 | Self::Itf14)
    }
}

/// Код товара of a line in FFD 1.2: tag 1163, which holds exactly one of 1300…1325.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ProductCode {
    kind: ProductCodeKind,
    code: String,
}

impl ProductCode {
    /// A code of this kind.
    ///
    /// # Errors
    /// When it is too long or too short for the kind, ends with a space, has a character that
    /// CP866 lacks, or is a bar code with anything but digits.
    pub fn new(kind: ProductCodeKind, code: impl Into<String>) -> terms::Result<Self> {
        let code = code.into();
        let digits = !kind.has_only_digits() || code.bytes().all(|byte| byte.is_ascii_digit());
        let len = cp866::encode_exact(&code).map_or(0, |bytes| bytes.len());
        if !kind.allows(len) || !digits || code.ends_with(' ') {
            let rule = "it must have the characters and the length of its kind";
            return Err(TermError::new("1163 product code", code, rule));
        }
        Ok(Self { kind, code })
    }

    /// The kind.
    pub const fn kind(&self) -> ProductCodeKind {
        self.kind
    }

    /// The code itself.
    pub fn as_str(&self) -> &str {
        &self.code
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        let exact = Value::Text(self.code.clone());
        writer.nested(Tag::PRODUCT_CODE, |inner| {
            inner.element(self.kind.tag(), &exact)
        })
    }

    pub(crate) fn read(value: &Value) -> Option<Self> {
        let [code] = &value.as_list()?.0[..] else {
            return None;
        };
        let Value::Text(text) = &code.value else {
            return None;
        };
        Self::new(ProductCodeKind::from_tag(code.tag)?, text.as_str()).ok()
    }
}

/// Код товара of a line before FFD 1.2: tag 1162, 1…32 bytes.
///
/// Its inside is GENERAL KNOWLEDGE: two bytes of kind, then a trade number of six bytes, the
/// highest first, then a serial number.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct BinaryProductCode(Vec<u8>);

impl BinaryProductCode {
    /// Data Matrix.
    pub const DATA_MATRIX: [u8; 2] = [0x44, 0x4D];
    /// EAN-13.
    pub const EAN_13: [u8; 2] = [0x45, 0x0D];
    /// EAN-8.
    pub const EAN_8: [u8; 2] = [0x45, 0x08];
    /// ITF-14.
    pub const ITF_14: [u8; 2] = [0x49, 0x0E];
    /// A piece of fur.
    pub const FUR: [u8; 2] = [0x52, 0x46];
    /// ЕГАИС-2.0.
    pub const EGAIS_2: [u8; 2] = [0xC5, 0x14];
    /// ЕГАИС-3.0.
    pub const EGAIS_3: [u8; 2] = [0xC5, 0x1E];
    const MAX: usize = 32;
    const KIND: usize = 2;
    const GTIN: usize = 6;

    /// The bytes of the tag.
    ///
    /// # Errors
    /// When there are none or more than 32.
    pub fn new(bytes: impl Into<Vec<u8>>) -> terms::Result<Self> {
        let code = Self(bytes.into());
        if code.0.is_empty() || code.0.len() > Self::MAX {
            return Err(TermError::new(
                "1162 product code",
                code,
                "it has 1…32 bytes",
            ));
        }
        Ok(code)
    }

    /// A code of `kind` with a trade number (GTIN, at most 14 digits) and a serial number.
    ///
    /// # Errors
    /// When the number exceeds 14 digits, or the whole 32 bytes.
    pub fn of_gtin(kind: [u8; 2], gtin: u64, serial: &[u8]) -> terms::Result<Self> {
        if gtin >= 10_u64.pow(14) {
            return Err(TermError::new("GTIN", gtin, "it has at most 14 digits"));
        }
        let gtin = gtin.to_be_bytes();
        Self::new([&kind[..], &gtin[8 - Self::GTIN..], serial].concat())
    }

    /// The bytes of the tag.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The two bytes of kind; none of a code that is too short to have them.
    pub fn kind(&self) -> Option<[u8; 2]> {
        self.0.first_chunk().copied()
    }

    /// The trade number; none of a code that is too short to have it.
    pub fn gtin(&self) -> Option<u64> {
        let digits = self.0.get(Self::KIND..Self::KIND + Self::GTIN)?;
        Some(
            digits
                .iter()
                .fold(0, |so_far, byte| so_far << 8 | u64::from(*byte)),
        )
    }

    /// What follows the trade number.
    pub fn serial(&self) -> &[u8] {
        self.0.get(Self::KIND + Self::GTIN..).unwrap_or_default()
    }
}

/// Its bytes in hex, as on a printed receipt: `44 4D 02 …`.
impl fmt::Display for BinaryProductCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let space = if place > 0 { " " } else { "" };
            write!(f, "{space}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for BinaryProductCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BinaryProductCode({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_must_be_one_of_its_kind() {
        use ProductCodeKind as Kind;
        for (kind, code) in [
            (Kind::Ean13, "4601234567893"),
            (Kind::Itf14, "14601234567890"),
            (Kind::Unknown, "?"),
            (Kind::Gs1Marked, "010460406000600021N4N57RSCBUZTQ"),
        ] {
            let made = ProductCode::new(kind, code).unwrap();
            assert_eq!((made.kind(), made.as_str()), (kind, code));
        }
        for (kind, code) in [
            (Kind::Ean13, "460123456789"),
            (Kind::Ean13, "460123456789x"),
            (Kind::Unknown, ""),
            (Kind::Unknown, "日"),
            (Kind::Unknown, "code "),
            (Kind::Egais2, "1234567890123456789012"),
            (Kind::F1, "123456789012345678901234567890123"),
        ] {
            assert!(ProductCode::new(kind, code).is_err(), "{kind:?} {code:?}");
        }
        for kind in Kind::ALL {
            let info = kind.tag().info().unwrap();
            for len in 1..=64 {
                assert_eq!(kind.allows(len), info.length.allows(len), "{kind:?} {len}");
            }
        }
    }

    #[test]
    fn a_binary_code_is_kind_trade_number_and_serial_number() {
        let code = BinaryProductCode::of_gtin(
            BinaryProductCode::DATA_MATRIX,
            4_604_060_006_000,
            b"N4N57RSCBUZTQ",
        )
        .unwrap();
        assert!(
            code.to_string()
                .starts_with("44 4D 04 2F F7 5C 76 70 4E 34"),
            "{code}"
        );
        assert_eq!(code.kind(), Some(BinaryProductCode::DATA_MATRIX));
        assert_eq!(code.gtin(), Some(4_604_060_006_000));
        assert_eq!(code.serial(), b"N4N57RSCBUZTQ");
        assert!(BinaryProductCode::of_gtin([0; 2], 10_u64.pow(14), b"").is_err());
        assert!(BinaryProductCode::new([0; 33]).is_err() && BinaryProductCode::new([]).is_err());
        let short = BinaryProductCode::new([7]).unwrap();
        assert_eq!(
            (short.kind(), short.gtin(), short.serial()),
            (None, None, &[][..])
        );
    }
}
