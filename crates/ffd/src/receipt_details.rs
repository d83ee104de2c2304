use crate::{
    CashlessPayment, Element, EncodeError, IndustryProperty, OperationalProperty, ReceiptAgent,
    Tag, Tree, VatTotals, Writer, fields::Fields,
};

/// What few receipts say. A receipt keeps it in a box of its own, so that the many do not pay for
/// it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReceiptDetails {
    /// The agent of the whole receipt (1057 and others), before FFD 1.2.
    pub agent: Option<ReceiptAgent>,
    /// Отраслевые реквизиты чека (1261, FFD 1.2).
    pub industry: Vec<IndustryProperty>,
    /// Операционный реквизит чека (1270, FFD 1.2).
    pub operational: Option<OperationalProperty>,
    /// Сведения обо всех оплатах безналичными (1234), since 01.09.2025.
    pub cashless_payments: Vec<CashlessPayment>,
    /// The VAT totals of a correction without lines, as FFD 1.05 allows it. Where there are lines,
    /// the totals follow from them, and these count for nothing.
    pub vat_totals: VatTotals,
}

impl ReceiptDetails {
    /// These details tag by tag, as a receipt carries them.
    pub fn elements(&self) -> Vec<Element> {
        Tree::written(|writer| self.write(writer)).map_or_else(Vec::new, |tree| tree.0)
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if let Some(agent) = &self.agent {
            agent.write(writer)?;
        }
        for property in &self.industry {
            property.write(Tag::RECEIPT_INDUSTRY_PROPERTY, writer)?;
        }
        if let Some(property) = &self.operational {
            property.write(writer)?;
        }
        if self.cashless_payments.is_empty() {
            return Ok(());
        }
        CashlessPayment::write_all(&self.cashless_payments, writer)
    }

    /// What of `fields` these details can hold. `vat_totals` are those of a receipt without lines.
    pub(crate) fn read(fields: &mut Fields, vat_totals: VatTotals) -> Option<Box<Self>> {
        if fields.is_empty() && vat_totals == VatTotals::default() {
            return None;
        }
        let payments = fields.optional(Tag::CASHLESS_PAYMENTS, CashlessPayment::read_all);
        let details = Self {
            agent: ReceiptAgent::read(fields),
            industry: fields.each(Tag::RECEIPT_INDUSTRY_PROPERTY, IndustryProperty::read),
            operational: fields.optional(Tag::OPERATIONAL_PROPERTY, OperationalProperty::read),
            cashless_payments: payments.unwrap_or_default(),
            vat_totals,
        };
        (details != Self::default()).then(|| Box::new(details))
    }
}
