use terms::Inn;

use crate::{
    EncodeError, Tag, Writer,
    fields::{Fields, inn},
};

/// The person who makes the settlement (кассир): tags 1021 and 1203.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cashier {
    /// Post and surname, at most 64 characters.
    pub name: String,
    /// The person's ИНН, if there is one.
    pub inn: Option<Inn>,
}

impl Cashier {
    /// A cashier without ИНН.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            inn: None,
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.text(Tag::CASHIER, &self.name)?;
        match &self.inn {
            Some(inn) => writer.inn(Tag::CASHIER_INN, inn),
            None => Ok(()),
        }
    }

    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.text(Tag::CASHIER)?;
        let inn = fields.optional(Tag::CASHIER_INN, inn);
        Some(Self { name, inn })
    }
}

/// Where the settlement is made: tags 1009 and 1187, at most 256 characters each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The postal address (1009).
    pub address: String,
    /// The place at that address; for settlements in the Internet the site's address (1187).
    pub place: String,
}

impl Place {
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.text(Tag::SETTLEMENT_ADDRESS, &self.address)?;
        writer.text(Tag::SETTLEMENT_PLACE, &self.place)
    }

    /// The place of a document; a half of it alone is left where it is.
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        if !fields.has(Tag::SETTLEMENT_ADDRESS) || !fields.has(Tag::SETTLEMENT_PLACE) {
            return None;
        }
        Some(Self {
            address: fields.text(Tag::SETTLEMENT_ADDRESS)?,
            place: fields.text(Tag::SETTLEMENT_PLACE)?,
        })
    }
}

/// A requisite of the user's own (дополнительный реквизит пользователя): tag 1084.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserProperty {
    /// Its name (1085), at most 64 characters.
    pub name: String,
    /// Its value (1086), at most 256 characters.
    pub value: String,
}

impl UserProperty {
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(Tag::USER_PROPERTY, |inner| {
            inner.text(Tag::USER_PROPERTY_NAME, &self.name)?;
            inner.text(Tag::USER_PROPERTY_VALUE, &self.value)
        })
    }

    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        fields.optional(Tag::USER_PROPERTY, |value| {
            let inside = value.as_list()?.clone();
            let mut inside = Fields::new(inside, Some(Tag::USER_PROPERTY)).ok()?;
            let property = Self {
                name: inside.text(Tag::USER_PROPERTY_NAME)?,
                value: inside.text(Tag::USER_PROPERTY_VALUE)?,
            };
            inside.is_empty().then_some(property)
        })
    }
}
