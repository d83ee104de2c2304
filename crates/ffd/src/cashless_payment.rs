use terms::Kopecks;

use crate::{EncodeError, Tag, Value, Writer, fields::Fields};

/// How one cashless payment was made: tag 1235 {1082, 1236, 1237, 1238}, since 01.09.2025. The
/// procedure of filling it in was not approved as of 09.2025 (FFD documents §2, note on 1234).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CashlessPayment {
    /// Сумма оплаты безналичными (1082).
    pub amount: Kopecks,
    /// Признак способа оплаты (1236). The sources assign no values.
    pub method: u8,
    /// Идентификаторы безналичной оплаты (1237), at most 256 characters.
    pub ids: String,
    /// Дополнительные сведения (1238), at most 256 characters.
    pub info: Option<String>,
}

impl CashlessPayment {
    /// Writes 1234 with all of them.
    pub(crate) fn write_all(payments: &[Self], writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(Tag::CASHLESS_PAYMENTS, |all| {
            payments.iter().try_for_each(|payment| payment.write(all))
        })
    }

    fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(Tag::CASHLESS_PAYMENT, |inner| {
            inner.money(Tag::CASHLESS_PAYMENT_SUM, self.amount)?;
            inner.byte(Tag::CASHLESS_PAYMENT_METHOD, self.method)?;
            inner.text(Tag::CASHLESS_PAYMENT_IDS, &self.ids)?;
            match &self.info {
                Some(info) => inner.text(Tag::CASHLESS_PAYMENT_INFO, info),
                None => Ok(()),
            }
        })
    }

    /// All payments of 1234; none when it holds anything else, or nothing.
    pub(crate) fn read_all(value: &Value) -> Option<Vec<Self>> {
        let read = |element: &crate::Element| {
            let payment = element.tag == Tag::CASHLESS_PAYMENT;
            payment.then(|| Self::read(&element.value)).flatten()
        };
        let payments: Vec<Self> = value.as_list()?.iter().map(read).collect::<Option<_>>()?;
        (!payments.is_empty()).then_some(payments)
    }

    fn read(value: &Value) -> Option<Self> {
        let mut inside = Fields::new(value.as_list()?.clone(), None).ok()?;
        let payment = Self {
            amount: inside.optional(Tag::CASHLESS_PAYMENT_SUM, Value::as_money)?,
            method: inside.optional(Tag::CASHLESS_PAYMENT_METHOD, Value::as_byte)?,
            ids: inside.text(Tag::CASHLESS_PAYMENT_IDS)?,
            info: inside.text(Tag::CASHLESS_PAYMENT_INFO),
        };
        inside.is_empty().then_some(payment)
    }
}
