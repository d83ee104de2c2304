use terms::{Inn, TermError};

use crate::{
    EncodeError, Tag, Value, Writer,
    fields::{Fields, NO_INN, inn, text},
};

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

/// For whom a line is settled: tags 1222, 1226 and 1224 {1225, 1171}. What the agents say of
/// themselves (1223) is in [`crate::LineDetails`].
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
    /// `names_inn` is not so in lines of FFD 1.05 that leave 1226 out.
    pub(crate) fn write(&self, names_inn: bool, writer: &mut Writer) -> Result<(), EncodeError> {
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
            _ if !names_inn => Ok(()),
            Some(inn) => writer.inn(Tag::SUPPLIER_INN, inn),
            None => writer.text(Tag::SUPPLIER_INN, NO_INN),
        }
    }

    /// The agent of a line. What this type cannot hold is left where it is: all of it when there
    /// are no kinds or the supplier's ИНН is impossible.
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        let kinds = fields.peek(Tag::ITEM_AGENT_KINDS).and_then(read_kinds)?;
        let known = |value: &Value| match value.as_text()? {
            NO_INN => Some(None),
            _ => inn(value).map(Some),
        };
        let supplier_inn = match fields.peek(Tag::SUPPLIER_INN) {
            Some(value) => known(value)?,
            None => None,
        };
        fields.optional(Tag::ITEM_AGENT_KINDS, |_| Some(()));
        fields.optional(Tag::SUPPLIER_INN, |_| Some(()));
        let (supplier_phones, supplier_name) = fields
            .optional(Tag::SUPPLIER_DATA, read_supplier)
            .unwrap_or_default();
        Some(Self {
            kinds,
            supplier_inn,
            supplier_name,
            supplier_phones,
        })
    }
}

fn read_kinds(value: &Value) -> Option<AgentKinds> {
    AgentKinds::from_bits(value.as_byte()?).ok()
}

fn read_supplier(value: &Value) -> Option<(Vec<String>, Option<String>)> {
    let mut inside = Fields::new(value.as_list()?.clone(), Some(Tag::SUPPLIER_DATA)).ok()?;
    let phones = inside.each(Tag::SUPPLIER_PHONE, text);
    let name = inside.text(Tag::SUPPLIER_NAME);
    inside.is_empty().then_some((phones, name))
}

/// What payment agents and money transfer operators must say of themselves: inside 1223 of a line,
/// before FFD 1.2 also directly in a receipt. Telephones have at most 19 characters.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AgentData {
    /// Операция банковского платежного агента (1044), at most 24 characters.
    pub operation: Option<String>,
    /// Телефоны платежного агента (1073).
    pub agent_phones: Vec<String>,
    /// Телефоны оператора по приему платежей (1074).
    pub payment_operator_phones: Vec<String>,
    /// Телефоны оператора перевода (1075).
    pub transfer_operator_phones: Vec<String>,
    /// Наименование оператора перевода (1026), at most 64 characters.
    pub transfer_operator_name: Option<String>,
    /// Адрес оператора перевода (1005), at most 256 characters.
    pub transfer_operator_address: Option<String>,
    /// ИНН оператора перевода (1016).
    pub transfer_operator_inn: Option<Inn>,
}

impl AgentData {
    /// Writes 1223.
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(Tag::AGENT_DATA, |inner| self.write_fields(inner))
    }

    fn write_fields(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        for (tag, texts) in [
            (
                Tag::TRANSFER_OPERATOR_ADDRESS,
                one(&self.transfer_operator_address),
            ),
            (
                Tag::TRANSFER_OPERATOR_NAME,
                one(&self.transfer_operator_name),
            ),
            (Tag::AGENT_OPERATION, one(&self.operation)),
            (Tag::PAYMENT_AGENT_PHONE, &self.agent_phones),
            (Tag::PAYMENT_OPERATOR_PHONE, &self.payment_operator_phones),
            (Tag::TRANSFER_OPERATOR_PHONE, &self.transfer_operator_phones),
        ] {
            texts.iter().try_for_each(|text| writer.text(tag, text))?;
        }
        match &self.transfer_operator_inn {
            Some(inn) => writer.inn(Tag::TRANSFER_OPERATOR_INN, inn),
            None => Ok(()),
        }
    }

    /// Reads 1223; none when it says more than this type can hold.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let mut inside = Fields::new(value.as_list()?.clone(), Some(Tag::AGENT_DATA)).ok()?;
        let data = Self::read_fields(&mut inside);
        inside.is_empty().then_some(data)
    }

    fn read_fields(fields: &mut Fields) -> Self {
        Self {
            operation: fields.text(Tag::AGENT_OPERATION),
            agent_phones: fields.each(Tag::PAYMENT_AGENT_PHONE, text),
            payment_operator_phones: fields.each(Tag::PAYMENT_OPERATOR_PHONE, text),
            transfer_operator_phones: fields.each(Tag::TRANSFER_OPERATOR_PHONE, text),
            transfer_operator_name: fields.text(Tag::TRANSFER_OPERATOR_NAME),
            transfer_operator_address: fields.text(Tag::TRANSFER_OPERATOR_ADDRESS),
            transfer_operator_inn: fields.optional(Tag::TRANSFER_OPERATOR_INN, inn),
        }
    }
}

fn one(text: &Option<String>) -> &[String] {
    text.as_slice()
}

/// The agent of a whole receipt: tag 1057 with 1171 and the tags of [`AgentData`], in FFD 1.05 and
/// 1.1 only. In FFD 1.2 only lines have agents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiptAgent {
    /// What kind of agent the user of the ККТ is (1057).
    pub kinds: AgentKinds,
    /// What agents and operators say of themselves.
    pub data: AgentData,
    /// Телефоны поставщика (1171), each at most 19 characters.
    pub supplier_phones: Vec<String>,
}

impl ReceiptAgent {
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.byte(Tag::AGENT_KINDS, self.kinds.bits())?;
        self.data.write_fields(writer)?;
        self.supplier_phones
            .iter()
            .try_for_each(|phone| writer.text(Tag::SUPPLIER_PHONE, phone))
    }

    /// None, and nothing taken, when the receipt names no kind.
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self {
            kinds: fields.optional(Tag::AGENT_KINDS, read_kinds)?,
            data: AgentData::read_fields(fields),
            supplier_phones: fields.each(Tag::SUPPLIER_PHONE, text),
        })
    }
}
