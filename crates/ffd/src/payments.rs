use terms::Kopecks;

use crate::{EncodeError, ParseError, Tag, Value, Writer, fields::Fields};

/// How a receipt is settled. The five sums are always written, zeros too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Payments {
    /// Наличными (1031).
    pub cash: Kopecks,
    /// Безналичными (1081).
    pub cashless: Kopecks,
    /// Предоплатой: offset of an advance (1215).
    pub prepaid: Kopecks,
    /// Постоплатой: on credit (1216).
    pub credit: Kopecks,
    /// Встречным предоставлением (1217).
    pub counter: Kopecks,
}

impl Payments {
    /// All of it in cashless money.
    pub fn cashless(amount: Kopecks) -> Self {
        Self {
            cashless: amount,
            ..Self::default()
        }
    }

    /// The sum of all kinds: what tag 1020 must be.
    ///
    /// # Errors
    /// When it leaves the range of money.
    pub fn total(&self) -> terms::Result<Kopecks> {
        Kopecks::sum(self.kinds().map(|(_, amount)| amount))
    }

    /// Cash and cashless together.
    ///
    /// # Errors
    /// When it leaves the range of money.
    pub fn real_money(&self) -> terms::Result<Kopecks> {
        Kopecks::sum([self.cash, self.cashless])
    }

    pub(crate) const fn kinds(&self) -> [(Tag, Kopecks); 5] {
        [
            (Tag::CASH, self.cash),
            (Tag::CASHLESS, self.cashless),
            (Tag::PREPAID, self.prepaid),
            (Tag::CREDIT, self.credit),
            (Tag::COUNTER, self.counter),
        ]
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        self.kinds()
            .into_iter()
            .try_for_each(|(tag, amount)| writer.money(tag, amount))
    }

    pub(crate) fn read(fields: &mut Fields) -> Result<Self, ParseError> {
        Ok(Self {
            cash: fields.required(Tag::CASH, Value::as_money)?,
            cashless: fields.required(Tag::CASHLESS, Value::as_money)?,
            prepaid: fields.required(Tag::PREPAID, Value::as_money)?,
            credit: fields.required(Tag::CREDIT, Value::as_money)?,
            counter: fields.required(Tag::COUNTER, Value::as_money)?,
        })
    }
}
