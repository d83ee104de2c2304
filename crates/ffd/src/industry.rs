use std::{fmt, str::FromStr};

use terms::TermError;

use crate::{
    EncodeError, Tag, UnixTime, Value, Writer, WrittenDate,
    fields::{Fields, time, written},
};

/// A federal authority (ФОИВ) by its number in tag 1262: 001…072 (FFD documents §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FoivId(u8);

impl FoivId {
    /// Минпромторг.
    pub const MINPROMTORG: Self = Self(30);
    /// ФНС.
    pub const FNS: Self = Self(48);
    const LAST: u8 = 72;

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Three digits.
impl fmt::Display for FoivId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

impl FromStr for FoivId {
    type Err = TermError;

    /// Reads exactly three digits.
    fn from_str(text: &str) -> terms::Result<Self> {
        let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && (1..=Self::LAST).contains(&number) => Ok(Self(number)),
            _ => Err(TermError::new("1262 ФОИВ", text, "three digits, 001…072")),
        }
    }
}

/// Отраслевой реквизит: tag 1260 of a line and 1261 of a receipt, both {1262, 1263, 1264, 1265},
/// in FFD 1.2 only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IndustryProperty {
    /// Which authority ordered it (1262).
    pub foiv: FoivId,
    /// The day of its order (1263).
    pub date: WrittenDate,
    /// The number of its order (1264), at most 32 characters.
    pub number: String,
    /// The value (1265), at most 256 characters.
    pub value: String,
}

impl IndustryProperty {
    pub(crate) fn write(&self, tag: Tag, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(tag, |inner| {
            inner.text(Tag::FOIV_ID, &self.foiv.to_string())?;
            inner.text(Tag::BASIS_DATE, &self.date.to_string())?;
            inner.text(Tag::BASIS_NUMBER, &self.number)?;
            inner.text(Tag::INDUSTRY_VALUE, &self.value)
        })
    }

    pub(crate) fn read(value: &Value) -> Option<Self> {
        let mut inside = Fields::new(value.as_list()?.clone(), None).ok()?;
        let property = Self {
            foiv: inside.optional(Tag::FOIV_ID, written)?,
            date: inside.optional(Tag::BASIS_DATE, written)?,
            number: inside.text(Tag::BASIS_NUMBER)?,
            value: inside.text(Tag::INDUSTRY_VALUE)?,
        };
        inside.is_empty().then_some(property)
    }
}

/// Операционный реквизит чека: tag 1270 {1271, 1272, 1273}, in FFD 1.2 only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperationalProperty {
    /// Идентификатор операции (1271). The sources assign no values.
    pub id: u8,
    /// Данные операции (1272), at most 64 characters.
    pub data: String,
    /// Дата, время операции (1273).
    pub time: UnixTime,
}

impl OperationalProperty {
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(Tag::OPERATIONAL_PROPERTY, |inner| {
            inner.byte(Tag::OPERATION_ID, self.id)?;
            inner.text(Tag::OPERATION_DATA, &self.data)?;
            inner.unix_time(Tag::OPERATION_TIME, self.time)
        })
    }

    pub(crate) fn read(value: &Value) -> Option<Self> {
        let mut inside = Fields::new(value.as_list()?.clone(), None).ok()?;
        let property = Self {
            id: inside.optional(Tag::OPERATION_ID, Value::as_byte)?,
            data: inside.text(Tag::OPERATION_DATA)?,
            time: inside.optional(Tag::OPERATION_TIME, time)?,
        };
        inside.is_empty().then_some(property)
    }
}
