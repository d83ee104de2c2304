use terms::{Inn, TermError};

use crate::{
    EncodeError, Tag, Value, Writer,
    fields::{Fields, inn, text},
};

/// Twelve zeros stand for a supplier whose ИНН is unknown to Russia (ККТ–ОФД protocol §9).
const NO_INN: &str = "000000000000";

/// The kinds of an agent: bits of tag 1222, and of 1057 in registrations before FFD 1.2.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AgentKinds(u8);

impl AgentKinds {
    /// Банковский платежный агент.
    pub const BANK_AGENT: Self = Self(1);
    /// Банковский платежный субагент.
    pub const BANK_SUBAGENT: Self = Self(2);
    /// Платежный агент.
    pub const PAYMENT_AGENT: Self = Self(4);
    /// Платежный субагент.
    pub const PAYMENT_SUBAGENT: Self = Self(8);
    /// Поверенный.
    pub const ATTORNEY: Self = Self(16);
    /// Комиссионер.
    pub const COMMISSIONER: Self = Self(32);
    /// Иной агент.
    pub const OTHER: Self = Self(64);

    /// Reads the bits.
    ///
    /// # Errors
    /// When there are none or unknown ones.
    pub fn from_bits(bits: u8) -> terms::Result<Self> {
        if bits == 0 || bits > 0x7F {
            return Err(TermError::new(
                "1222 признак агента",
                bits,
                "one or more of the seven bits",
            ));
        }
        Ok(Self(bits))
    }

    /// The bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether every kind of `self` is among `others`.
    pub const fn within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }
}

/// For whom a line is settled: tags 1222, 1226 and 1224 {1225, 1171}.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agent {
    /// What kind of agent the user of the ККТ is (1222).
    pub kinds: AgentKinds,
    /// The supplier's ИНН (1226); none when Russia gave it none, which is written as zeros.
    pub supplier_inn: Option<Inn>,
    /// The supplier's name (1225).
    pub supplier_name: Option<String>,
    /// The supplier's telephones (1171), each at most 19 characters.
    pub supplier_phones: Vec<String>,
}

impl Agent {
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.byte(Tag::ITEM_AGENT_KINDS, self.kinds.bits())?;
        if self.supplier_name.is_some() || !self.supplier_phones.is_empty() {
            writer.nested(Tag::SUPPLIER_DATA, |inner| {
                for phone in &self.supplier_phones {
                    inner.text(Tag::SUPPLIER_PHONE, phone)?;
                }
                match &self.supplier_name {
                    Some(name) => inner.text(Tag::SUPPLIER_NAME, name),
                    None => Ok(()),
                }
            })?;
        }
        match &self.supplier_inn {
            Some(inn) => writer.inn(Tag::SUPPLIER_INN, inn),
            None => writer.text(Tag::SUPPLIER_INN, NO_INN),
        }
    }

    /// The agent of a line, when this type can hold what the line says of it.
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        let supplier_inn = fields.optional(Tag::SUPPLIER_INN, |value| match value.as_text()? {
            NO_INN => Some(None),
            _ => inn(value).map(Some),
        });
        let kinds = fields.optional(Tag::ITEM_AGENT_KINDS, |value| {
            AgentKinds::from_bits(value.as_byte()?).ok()
        })?;
        let (supplier_phones, supplier_name) = fields
            .optional(Tag::SUPPLIER_DATA, read_supplier)
            .unwrap_or_default();
        Some(Self {
            kinds,
            supplier_inn: supplier_inn.flatten(),
            supplier_name,
            supplier_phones,
        })
    }
}

fn read_supplier(value: &Value) -> Option<(Vec<String>, Option<String>)> {
    let mut inside = Fields::new(value.as_list()?.clone(), Some(Tag::SUPPLIER_DATA)).ok()?;
    let phones = inside.all(Tag::SUPPLIER_PHONE);
    let phones = phones.iter().map(text).collect::<Option<_>>()?;
    let name = inside.optional(Tag::SUPPLIER_NAME, text);
    inside.rest().is_empty().then_some((phones, name))
}
