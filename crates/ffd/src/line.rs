use terms::{FfdVersion, Kopecks, PaymentMethod, SettlementSubject, VatCode};

use crate::{
    Agent, Element, EncodeError, LineDetails, ParseError, Quantity, Tag, Tree, Unsaid, Value,
    Writer, fields::Fields,
};

/// One settlement subject in a receipt (предмет расчета): tag 1059.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The name (1030), at most 128 characters.
    pub name: String,
    /// The price of one unit with discounts, VAT included (1079).
    pub price: Kopecks,
    /// How many units (1023).
    pub quantity: Quantity,
    /// What the line costs, VAT included (1043).
    pub amount: Kopecks,
    /// Признак способа расчета (1214).
    pub method: PaymentMethod,
    /// Признак предмета расчета (1212).
    pub subject: SettlementSubject,
    /// The VAT rate (1199).
    pub vat: VatCode,
    /// The measure of the quantity (2108, FFD 1.2): 0 for pieces and units.
    pub measure: u8,
    /// For whom the line is settled, if for another.
    pub agent: Option<Agent>,
    /// What few lines say: codes and origin of goods, excise, industry's requisites.
    pub details: Option<Box<LineDetails>>,
    /// Requisites that this type has no field for, in the order of the document; those of marked
    /// goods (2102, 2106, 2115) among them, which do not go by command 07h.
    pub other: Vec<Element>,
}

impl Line {
    /// A line of one unit that costs `amount`.
    pub fn new(
        name: impl Into<String>,
        amount: Kopecks,
        method: PaymentMethod,
        subject: SettlementSubject,
        vat: VatCode,
    ) -> Self {
        Self {
            name: name.into(),
            price: amount,
            quantity: Quantity::ONE,
            amount,
            method,
            subject,
            vat,
            measure: 0,
            agent: None,
            details: None,
            other: Vec::new(),
        }
    }

    /// The tax inside the amount.
    pub fn tax(&self) -> Kopecks {
        self.vat.tax_in(self.amount)
    }

    /// What tag 1200 must hold: the tax, but for a line without VAT its whole sum (ФНС code 526,
    /// receipt rules §1.3 rule 8).
    pub fn vat_sum(&self) -> Kopecks {
        match self.vat {
            VatCode::Exempt => self.amount,
            _ => self.tax(),
        }
    }

    /// The VAT rate; none when the line leaves it out (see [`Unsaid`]).
    pub fn vat_code(&self) -> Option<VatCode> {
        (!self.unsaid().vat).then_some(self.vat)
    }

    /// Whether it has a код товара of FFD 1.2 (1163).
    pub fn has_code(&self) -> bool {
        let details = self.details.as_ref();
        details.is_some_and(|it| it.code.is_some())
            || self.other.iter().any(|it| it.tag == Tag::PRODUCT_CODE)
    }

    /// What it leaves out.
    pub fn unsaid(&self) -> Unsaid {
        self.details
            .as_ref()
            .map_or_else(Unsaid::default, |details| details.unsaid)
    }

    /// Writes 1059. Its first six tags come in the order that production registers use.
    pub(crate) fn write(&self, ffd: FfdVersion, writer: &mut Writer) -> Result<(), EncodeError> {
        let unsaid = self.unsaid();
        writer.nested(Tag::ITEM, |inner| {
            if !unsaid.name {
                inner.text(Tag::ITEM_NAME, &self.name)?;
            }
            inner.money(Tag::PRICE, self.price)?;
            inner.quantity(Tag::QUANTITY, self.quantity)?;
            inner.money(Tag::AMOUNT, self.amount)?;
            if !unsaid.vat {
                inner.byte(Tag::VAT_CODE, self.vat.code())?;
            }
            if !unsaid.method {
                inner.byte(Tag::PAYMENT_METHOD, self.method.code())?;
            }
            if ffd != FfdVersion::V1_05 || self.subject != SettlementSubject::Goods {
                inner.byte(Tag::SETTLEMENT_SUBJECT, self.subject.code())?;
            }
            if ffd != FfdVersion::V1_05 && !unsaid.vat {
                inner.money(Tag::ITEM_VAT_SUM, self.vat_sum())?;
            }
            if ffd == FfdVersion::V1_2 {
                inner.byte(Tag::QUANTITY_MEASURE, self.measure)?;
            }
            if let Some(agent) = &self.agent {
                agent.write(!unsaid.supplier_inn, inner)?;
            }
            if let Some(details) = &self.details {
                details.write(inner)?;
            }
            self.other
                .iter()
                .try_for_each(|element| inner.element(element.tag, &element.value))
        })
    }

    /// The lines of what the host has passed to a drive, in order: of a receipt that may not be a
    /// document yet.
    ///
    /// # Errors
    /// When it is no list of TLV objects, or a line lacks what a line must have.
    pub fn all_in(host_tlv: &[u8], ffd: FfdVersion) -> Result<Vec<Self>, ParseError> {
        let lines = Tree::parse(host_tlv)?.0.into_iter();
        let lines = lines.filter_map(|element| match element.value {
            Value::List(line) if element.tag == Tag::ITEM => Some(line),
            _ => None,
        });
        lines
            .map(|line| Self::read(ffd, line).map(|(line, _)| line))
            .collect()
    }

    /// Reads 1059, and the value of its tag 1200 as it stands. In FFD 1.05 an absent 1212 stands
    /// for goods (INFERRED from real receipts), an absent 1214 for full settlement (GENERAL
    /// KNOWLEDGE).
    pub(crate) fn read(ffd: FfdVersion, tree: Tree) -> Result<(Self, Option<Kopecks>), ParseError> {
        let mut fields = Fields::new(tree, Some(Tag::ITEM))?;
        let unsaid = Unsaid::of(ffd, &fields);
        let subject = |value: &Value| SettlementSubject::from_code(value.as_byte()?).ok();
        let method = |value: &Value| PaymentMethod::from_code(value.as_byte()?).ok();
        let vat = |value: &Value| VatCode::from_code(value.as_byte()?).ok();
        let vat_sum = fields.optional(Tag::ITEM_VAT_SUM, Value::as_money);
        let line = Self {
            name: match unsaid.name {
                true => String::new(),
                false => fields.required_text(Tag::ITEM_NAME)?,
            },
            price: fields.required(Tag::PRICE, Value::as_money)?,
            quantity: fields.required(Tag::QUANTITY, Value::as_quantity)?,
            amount: fields.required(Tag::AMOUNT, Value::as_money)?,
            method: match unsaid.method {
                true => PaymentMethod::FullSettlement,
                false => fields.required(Tag::PAYMENT_METHOD, method)?,
            },
            subject: match fields.optional(Tag::SETTLEMENT_SUBJECT, subject) {
                None if ffd == FfdVersion::V1_05 => SettlementSubject::Goods,
                Some(subject) => subject,
                None => fields.required(Tag::SETTLEMENT_SUBJECT, subject)?,
            },
            vat: match unsaid.vat {
                true => VatCode::Exempt,
                false => fields.required(Tag::VAT_CODE, vat)?,
            },
            measure: match ffd {
                FfdVersion::V1_2 => fields.optional(Tag::QUANTITY_MEASURE, Value::as_byte),
                FfdVersion::V1_05 | FfdVersion::V1_1 => None,
            }
            .unwrap_or(0),
            agent: Agent::read(&mut fields),
            details: LineDetails::read(&mut fields, unsaid),
            other: fields.rest(),
        };
        Ok((line, vat_sum))
    }
}
