//! How single values are written: texts, codes and kopecks, checked as they are read.

use std::{fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use terms::{
    FfdVersion, Kopecks, OperationSign, PaymentMethod, SettlementSubject, TaxSystem, VatCode,
};

/// A value with one spelling: dates, months, codes of services, names of policies.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Text<T>(pub(crate) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// The version of the formats, as people write it: `1.05`, `1.1`, `1.2`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ffd(pub(crate) FfdVersion);

impl Serialize for Ffd {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.title())
    }
}

impl<'de> Deserialize<'de> for Ffd {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        FfdVersion::ALL
            .iter()
            .find(|version| version.title() == text)
            .map(|version| Self(*version))
            .ok_or_else(|| D::Error::custom(format!("ffd «{text}»: it is 1.05, 1.1 or 1.2")))
    }
}

/// A sum in whole kopecks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Money(pub(crate) Kopecks);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0.get())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(from)?;
        let kopecks = number
            .as_i64()
            .ok_or_else(|| D::Error::custom(format!("{number} is no sum in whole kopecks")))?;
        Kopecks::new(kopecks).map(Self).map_err(D::Error::custom)
    }
}

/// A value of a tag that is a code.
pub(crate) trait Coded: Copy {
    fn code(self) -> u8;
    fn from_code(code: u8) -> terms::Result<Self>;
}

/// A value written as its code in documents.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Code<T>(pub(crate) T);

impl<T: Coded> Serialize for Code<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(self.0.code())
    }
}

impl<'de, T: Coded> Deserialize<'de> for Code<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = u8::deserialize(from)?;
        T::from_code(code).map(Self).map_err(D::Error::custom)
    }
}

macro_rules! coded {
    ($($name:ident: $to:ident, $from:ident;)*) => {$(
        impl Coded for $name {
            fn code(self) -> u8 {
                self.$to()
            }

            fn from_code(code: u8) -> terms::Result<Self> {
                Self::$from(code)
            }
        }
    )*};
}

coded! {
    OperationSign: code, from_code;
    PaymentMethod: code, from_code;
    SettlementSubject: code, from_code;
    VatCode: code, from_code;
    TaxSystem: bit, from_bit;
}

/// For a field in which «not there» and «null» differ.
pub(crate) fn given<'de, D, T>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(from).map(Some)
}
