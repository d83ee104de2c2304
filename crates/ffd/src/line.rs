use terms::{FfdVersion, Kopecks, PaymentMethod, SettlementSubject, VatCode};

use crate::{
    Agent, Element, EncodeError, ParseError, Quantity, Tag, Tree, Value, Writer,
    fields::{Fields, text},
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
    /// Requisites that this type has no field for, in the order of the document.
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

    /// Writes 1059. Its first six tags come in the order that production registers use.
    pub(crate) fn write(&self, ffd: FfdVersion, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(Tag::ITEM, |inner| {
            inner.text(Tag::ITEM_NAME, &self.name)?;
            inner.money(Tag::PRICE, self.price)?;
            inner.quantity(Tag::QUANTITY, self.quantity)?;
            inner.money(Tag::AMOUNT, self.amount)?;
            inner.byte(Tag::VAT_CODE, self.vat.code())?;
            inner.byte(Tag::PAYMENT_METHOD, self.method.code())?;
            if ffd != FfdVersion::V1_05 || self.subject != SettlementSubject::Goods {
                inner.byte(Tag::SETTLEMENT_SUBJECT, self.subject.code())?;
            }
            if ffd != FfdVersion::V1_05 {
                inner.money(Tag::ITEM_VAT_SUM, self.vat_sum())?;
            }
            if ffd == FfdVersion::V1_2 {
                inner.byte(Tag::QUANTITY_MEASURE, self.measure)?;
            }
            if let Some(agent) = &self.agent {
                agent.write(inner)?;
            }
            self.other
                .iter()
                .try_for_each(|element| inner.element(element.tag, &element.value))
        })
    }

    /// Reads 1059, and the value of its tag 1200 as it stands. In FFD 1.05 an absent 1212 stands
    /// for goods (INFERRED from real receipts).
    pub(crate) fn read(
        ffd: FfdVersion,
        tree: &Tree,
    ) -> Result<(Self, Option<Kopecks>), ParseError> {
        let mut fields = Fields::new(tree.clone(), Some(Tag::ITEM))?;
        let subject = |value: &Value| SettlementSubject::from_code(value.as_byte()?).ok();
        let method = |value: &Value| PaymentMethod::from_code(value.as_byte()?).ok();
        let vat = |value: &Value| VatCode::from_code(value.as_byte()?).ok();
        let vat_sum = fields.optional(Tag::ITEM_VAT_SUM, Value::as_money);
        let line = Self {
            name: fields.required(Tag::ITEM_NAME, text)?,
            price: fields.required(Tag::PRICE, Value::as_money)?,
            quantity: fields.required(Tag::QUANTITY, Value::as_quantity)?,
            amount: fields.required(Tag::AMOUNT, Value::as_money)?,
            method: fields.required(Tag::PAYMENT_METHOD, method)?,
            subject: match fields.optional(Tag::SETTLEMENT_SUBJECT, subject) {
                None if ffd == FfdVersion::V1_05 => SettlementSubject::Goods,
                Some(subject) => subject,
                None => fields.required(Tag::SETTLEMENT_SUBJECT, subject)?,
            },
            vat: fields.required(Tag::VAT_CODE, vat)?,
            measure: fields
                .optional(Tag::QUANTITY_MEASURE, Value::as_byte)
                .unwrap_or(0),
            agent: Agent::read(&mut fields),
            other: fields.rest(),
        };
        Ok((line, vat_sum))
    }
}
