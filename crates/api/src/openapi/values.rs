//! How values look in the description: the wrappers of requests and answers.

use std::borrow::Cow;

use desk::{
    CancelReason, Channel, FileRole, HeldState, MoneyKind, Pace, PaidIn, PartKind, PayerKind,
    RecalcTo, ReceiptState, ReconciliationState, RestorationClass, RestorationKind,
    RestorationRowState, RestorationState, TableForm, ready::Quantity,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use terms::{
    AccountNumber, DriveNumber, Id, Inn, Kopecks, LocalDate, Period, ReasonCode, ServiceCode,
    VatRate,
};

use crate::{
    money::{Amount, Money},
    value::{Label, Object, Text},
};

/// A term that is written as its text.
pub(crate) trait Written {
    /// What its text looks like.
    fn look() -> Schema;
}

macro_rules! written {
    ($($name:ty => $look:tt,)*) => {
        $(impl Written for $name {
            fn look() -> Schema {
                json_schema!($look)
            }
        })*
    };
}

macro_rules! named {
    ($($name:ty,)*) => {
        $(impl Written for $name {
            fn look() -> Schema {
                one_of(<$name>::ALL.iter().map(|value| value.name()))
            }
        })*
    };
}

written! {
    AccountNumber => {
        "type": "string", "minLength": 1, "maxLength": 40, "examples": ["100001"],
        "description": "1…40 bytes of letters, digits, space and - _ / . №"
    },
    ServiceCode => {
        "type": "string", "minLength": 1, "maxLength": 32, "pattern": "^[A-Za-z0-9_.-]+$",
        "examples": ["INET"]
    },
    LocalDate => {
        "type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$",
        "examples": ["2026-11-20"]
    },
    Period => {
        "type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "examples": ["2026-11"]
    },
    Id => {
        "type": "string", "pattern": "^[0-7][0-9abcdefghjkmnpqrstvwxyz]{12}$",
        "examples": ["1hy9k2m400000"]
    },
    Kopecks => {
        "type": "string", "pattern": r"^-?\d{1,14}(\.\d{1,2})?$", "examples": ["1500.00"]
    },
    DriveNumber => {
        "type": "string", "pattern": r"^\d{16}$", "examples": ["9999078900000001"]
    },
    Inn => {
        "type": "string", "pattern": r"^(\d{10}|\d{12})$", "examples": ["7707083893"]
    },
    Quantity => {
        "type": "string", "pattern": r"^\d{1,11}(\.\d{1,8})?$", "examples": ["2.192"]
    },
}

named! {
    CancelReason, Channel, HeldState, MoneyKind, Pace, PaidIn, PartKind, PayerKind, ReasonCode, RecalcTo, RestorationClass, RestorationKind, RestorationRowState, RestorationState, TableForm, VatRate, FileRole, ReconciliationState,
}

impl Written for ReceiptState {
    fn look() -> Schema {
        one_of(Self::ALL.into_iter().map(Self::name))
    }
}

/// A text that is one of a few.
fn one_of(names: impl Iterator<Item = &'static str>) -> Schema {
    let names: Vec<&str> = names.collect();
    json_schema!({"type": "string", "enum": names})
}

/// A receipt's state, where an answer has its name.
pub(crate) fn receipt_state(_: &mut SchemaGenerator) -> Schema {
    ReceiptState::look()
}

/// Any JSON value, where something is passed on as it is.
pub(crate) fn any_json(_: &mut SchemaGenerator) -> Schema {
    Schema::from(true)
}

/// Any JSON object, where something is passed on as it is.
pub(crate) fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object"})
}

impl<T: Written> JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::look()
    }
}

impl<const MAX: usize> JsonSchema for Label<MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Label{MAX}").into()
    }

    /// The limit is one of bytes, which a schema cannot say: so many characters are never too few.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "minLength": 1, "maxLength": MAX,
            "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$"
        })
    }
}

impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl JsonSchema for Money {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    /// Read from a string or a number, written as a string.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return json_schema!({
                "type": "string", "pattern": r"^-?\d{1,14}\.\d{2}$", "examples": ["1500.00"]
            });
        }
        json_schema!({
            "type": ["string", "number"], "pattern": r"^-?\d{1,14}(\.\d{1,2})?$",
            "examples": ["1500.00"]
        })
    }
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    /// More than nothing.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return Money::json_schema(generator);
        }
        json_schema!({
            "type": ["string", "number"],
            "pattern": r"^(?=.*[1-9])\d{1,14}(\.\d{1,2})?$",
            "exclusiveMinimum": 0, "examples": ["1500.00"]
        })
    }
}
