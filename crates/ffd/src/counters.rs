use terms::{Kopecks, OperationSign, VatCode};

use crate::{
    Element, EncodeError, Payments, Tag, Value, VatTotals, Writer,
    fields::{Fields, number},
};

/// What a drive has counted since it was registered (1157) or in a shift (1194), from FFD 1.1 on
/// (FFD documents §4).
///
/// Nothing that was not counted is written: a drive that leaves zeros out and one that writes them
/// say the same, and both read the same.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// How many receipts and corrections there were (1134).
    pub documents: u32,
    /// Receipts of income (1129).
    pub income: Counter,
    /// Receipts of its return (1130).
    pub income_return: Counter,
    /// Receipts of expense (1131).
    pub expense: Counter,
    /// Receipts of its return (1132).
    pub expense_return: Counter,
    /// Corrections (1133).
    pub corrections: BriefCounters,
    /// What this type has no field for.
    pub other: Vec<Element>,
}

/// Corrections (1133), or documents that the operator has not got yet (1158): by settlement sign,
/// without VAT.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BriefCounters {
    /// How many there were (1144).
    pub documents: u32,
    /// Income (1145).
    pub income: Counter,
    /// Its return (1232).
    pub income_return: Counter,
    /// Expense (1146).
    pub expense: Counter,
    /// Its return (1233).
    pub expense_return: Counter,
    /// What this type has no field for.
    pub other: Vec<Element>,
}

/// The count of one settlement sign.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counter {
    /// How many receipts (1135).
    pub receipts: u32,
    /// Their sum (1201).
    pub total: Kopecks,
    /// The same by the ways of payment (1136, 1138, 1218, 1219, 1220).
    pub payments: Payments,
    /// VAT (1139…1142), and turnover at 0 % (1143) and without VAT (1183). The rates of 5, 7 and
    /// 22 % have no counters. In [`BriefCounters`] there are none at all.
    pub vat: VatTotals,
    /// What this type has no field for.
    pub other: Vec<Element>,
}

const BY_SIGN: [(OperationSign, Tag, Tag); 4] = [
    (
        OperationSign::Income,
        Tag::COUNTERS_INCOME,
        Tag::BRIEF_INCOME,
    ),
    (
        OperationSign::IncomeReturn,
        Tag::COUNTERS_INCOME_RETURN,
        Tag::BRIEF_INCOME_RETURN,
    ),
    (
        OperationSign::Expense,
        Tag::COUNTERS_EXPENSE,
        Tag::BRIEF_EXPENSE,
    ),
    (
        OperationSign::ExpenseReturn,
        Tag::COUNTERS_EXPENSE_RETURN,
        Tag::BRIEF_EXPENSE_RETURN,
    ),
];

const BY_RATE: [(VatCode, Tag); 6] = [
    (VatCode::V20, Tag::COUNTED_VAT_20),
    (VatCode::V10, Tag::COUNTED_VAT_10),
    (VatCode::V20In120, Tag::COUNTED_VAT_20_120),
    (VatCode::V10In110, Tag::COUNTED_VAT_10_110),
    (VatCode::V0, Tag::COUNTED_VAT_0),
    (VatCode::Exempt, Tag::COUNTED_NO_VAT),
];

macro_rules! by_sign {
    ($($type:ident),*) => {$(
        impl $type {
            /// The counter of this settlement sign.
            pub const fn of(&self, operation: OperationSign) -> &Counter {
                match operation {
                    OperationSign::Income => &self.income,
                    OperationSign::IncomeReturn => &self.income_return,
                    OperationSign::Expense => &self.expense,
                    OperationSign::ExpenseReturn => &self.expense_return,
                }
            }

            /// The counter of this settlement sign, to be changed. The number of all documents is
            /// not changed with it.
            pub const fn of_mut(&mut self, operation: OperationSign) -> &mut Counter {
                match operation {
                    OperationSign::Income => &mut self.income,
                    OperationSign::IncomeReturn => &mut self.income_return,
                    OperationSign::Expense => &mut self.expense,
                    OperationSign::ExpenseReturn => &mut self.expense_return,
                }
            }
        }
    )*};
}

by_sign!(Counters, BriefCounters);

impl Counters {
    /// Counts one receipt. Of `vat` only the rates with a counter are counted.
    ///
    /// # Errors
    /// When a sum leaves the range of money; then nothing is counted.
    pub fn count(
        &mut self,
        operation: OperationSign,
        payments: &Payments,
        vat: &VatTotals,
    ) -> terms::Result<()> {
        let counter = self.of(operation).with(payments, vat)?;
        *self.of_mut(operation) = counter;
        self.documents = self.documents.saturating_add(1);
        Ok(())
    }

    /// Counts one correction of `total`.
    ///
    /// # Errors
    /// When a sum leaves the range of money; then nothing is counted.
    pub fn count_correction(
        &mut self,
        operation: OperationSign,
        total: Kopecks,
    ) -> terms::Result<()> {
        self.corrections.count(operation, total)?;
        self.documents = self.documents.saturating_add(1);
        Ok(())
    }

    /// Writes them as `tag`: 1157 or 1194.
    ///
    /// # Errors
    /// When a sum is negative, or a list exceeds what the table allows it: 116 bytes for a sign,
    /// which is all twelve sums of five bytes each.
    pub fn write(&self, tag: Tag, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(tag, |list| {
            list.uint32(Tag::COUNTED_ALL, self.documents)?;
            for (sign, tag, _) in BY_SIGN {
                self.of(sign).write(tag, list)?;
            }
            if self.corrections != BriefCounters::default() {
                self.corrections.write(Tag::COUNTERS_CORRECTIONS, list)?;
            }
            write_other(&self.other, list)
        })
    }

    /// Reads 1157 or 1194; none of a value that is no list.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let mut fields = Fields::new(value.as_list()?.clone(), None).ok()?;
        let mut counters = Self {
            documents: fields.optional(Tag::COUNTED_ALL, number).unwrap_or(0),
            corrections: fields
                .optional(Tag::COUNTERS_CORRECTIONS, BriefCounters::read)
                .unwrap_or_default(),
            ..Self::default()
        };
        for (sign, tag, _) in BY_SIGN {
            let counter = fields.optional(tag, Counter::read);
            *counters.of_mut(sign) = counter.unwrap_or_default();
        }
        counters.other = fields.rest();
        Some(counters)
    }
}

impl BriefCounters {
    /// Counts one document of `total`. Drives count no ways of payment here (ФН protocol §2.9,
    /// block B; that their reports say no more is INFERRED).
    ///
    /// # Errors
    /// When the sum leaves the range of money; then nothing is counted.
    pub fn count(&mut self, operation: OperationSign, total: Kopecks) -> terms::Result<()> {
        let counter = self.of_mut(operation);
        counter.total = Kopecks::sum([counter.total, total])?;
        counter.receipts = counter.receipts.saturating_add(1);
        self.documents = self.documents.saturating_add(1);
        Ok(())
    }

    /// Writes them as `tag`: 1158, or 1133 inside others.
    ///
    /// # Errors
    /// When a sum is negative, or a list exceeds what the table allows it: 32 bytes for a sign,
    /// which is the number, the total and one way of payment.
    pub fn write(&self, tag: Tag, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(tag, |list| {
            list.uint32(Tag::COUNTED_BRIEFLY, self.documents)?;
            for (sign, _, tag) in BY_SIGN {
                self.of(sign).write(tag, list)?;
            }
            write_other(&self.other, list)
        })
    }

    /// Reads 1133 or 1158; none of a value that is no list.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let mut fields = Fields::new(value.as_list()?.clone(), None).ok()?;
        let mut counters = Self {
            documents: fields.optional(Tag::COUNTED_BRIEFLY, number).unwrap_or(0),
            ..Self::default()
        };
        for (sign, _, tag) in BY_SIGN {
            let counter = fields.optional(tag, Counter::read);
            *counters.of_mut(sign) = counter.unwrap_or_default();
        }
        counters.other = fields.rest();
        Some(counters)
    }
}

impl Counter {
    /// This counter after one more receipt.
    fn with(&self, payments: &Payments, vat: &VatTotals) -> terms::Result<Self> {
        let mut sums = self.payments;
        for (sum, (_, more)) in payments_of(&mut sums).into_iter().zip(payments.kinds()) {
            *sum = Kopecks::sum([*sum, more])?;
        }
        let mut totals = self.vat;
        for (code, _) in BY_RATE {
            if let Some(more) = vat.get(code).filter(|more| !more.is_zero()) {
                let so_far = totals.get(code).unwrap_or(Kopecks::ZERO);
                totals.set(code, Kopecks::sum([so_far, more])?);
            }
        }
        Ok(Self {
            receipts: self.receipts.saturating_add(1),
            total: Kopecks::sum([self.total, payments.total()?])?,
            payments: sums,
            vat: totals,
            other: self.other.clone(),
        })
    }

    /// Nothing when nothing was counted.
    fn write(&self, tag: Tag, writer: &mut Writer) -> Result<(), EncodeError> {
        if *self == Self::default() {
            return Ok(());
        }
        writer.nested(tag, |list| {
            list.uint32(Tag::COUNTED, self.receipts)?;
            list.money(Tag::COUNTED_TOTAL, self.total)?;
            let paid = counted_payments(&self.payments);
            let vat = BY_RATE.map(|(code, tag)| (tag, self.vat.get(code).unwrap_or(Kopecks::ZERO)));
            for (tag, sum) in paid.into_iter().chain(vat) {
                if !sum.is_zero() {
                    list.money(tag, sum)?;
                }
            }
            write_other(&self.other, list)
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let mut fields = Fields::new(value.as_list()?.clone(), None).ok()?;
        let mut sum = |tag| {
            let sum = fields.optional(tag, Value::as_money);
            sum.filter(|sum| !sum.is_zero())
        };
        let total = sum(Tag::COUNTED_TOTAL).unwrap_or(Kopecks::ZERO);
        let mut payments = Payments::default();
        let tags = counted_payments(&payments).map(|(tag, _)| tag);
        for (tag, paid) in tags.into_iter().zip(payments_of(&mut payments)) {
            *paid = sum(tag).unwrap_or(Kopecks::ZERO);
        }
        let mut vat = VatTotals::default();
        for (code, tag) in BY_RATE {
            if let Some(counted) = sum(tag) {
                vat.set(code, counted);
            }
        }
        Some(Self {
            receipts: fields.optional(Tag::COUNTED, number).unwrap_or(0),
            total,
            payments,
            vat,
            other: fields.rest(),
        })
    }
}

/// The five sums, in the order of [`Payments::kinds`].
const fn payments_of(payments: &mut Payments) -> [&mut Kopecks; 5] {
    [
        &mut payments.cash,
        &mut payments.cashless,
        &mut payments.prepaid,
        &mut payments.credit,
        &mut payments.counter,
    ]
}

/// The five sums with the tags of counters, in the same order.
const fn counted_payments(payments: &Payments) -> [(Tag, Kopecks); 5] {
    [
        (Tag::COUNTED_CASH, payments.cash),
        (Tag::COUNTED_CASHLESS, payments.cashless),
        (Tag::COUNTED_PREPAID, payments.prepaid),
        (Tag::COUNTED_CREDIT, payments.credit),
        (Tag::COUNTED_COUNTER, payments.counter),
    ]
}

fn write_other(other: &[Element], writer: &mut Writer) -> Result<(), EncodeError> {
    other
        .iter()
        .try_for_each(|element| writer.element(element.tag, &element.value))
}
