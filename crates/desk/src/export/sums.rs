//! What receipts come to.

use std::collections::BTreeMap;

use journal::ReceiptRow;
use papers::Cell;
use terms::{Kopecks, OperationSign, VatRate};

use super::sheet::{Field, money};

/// The rates in the order of their columns; of the last two it is the turnover and not the tax.
const RATES: [VatRate; 7] = [
    VatRate::V22,
    VatRate::V20,
    VatRate::V10,
    VatRate::V7,
    VatRate::V5,
    VatRate::V0,
    VatRate::Exempt,
];

/// The columns of [`Sums::cells`].
pub(super) const SUM_FIELDS: [Field; 13] = [
    money("Сумма"),
    money("Наличными"),
    money("Безналичными"),
    money("ЗачетАванса"),
    money("ВКредит"),
    money("ВстречнымПредоставлением"),
    money("НДС22"),
    money("НДС20"),
    money("НДС10"),
    money("НДС7"),
    money("НДС5"),
    money("ОборотПоСтавке0"),
    money("ОборотБезНДС"),
];

/// Receipts of one kind, summed up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Sums {
    /// How many there are.
    pub(super) receipts: u64,
    /// Tag 1020.
    pub(super) total: Kopecks,
    /// Tags 1031, 1081, 1215, 1216, 1217.
    payments: [Kopecks; 5],
    vat: [Kopecks; RATES.len()],
}

/// Receipts of which money goes one way: corrections and others, by their sign.
pub(super) type BySign = BTreeMap<(bool, OperationSign), Sums>;

impl Sums {
    /// Of one receipt.
    pub(super) fn of(row: &ReceiptRow) -> terms::Result<Self> {
        let receipt = &row.receipt;
        let paid = &receipt.payments;
        let mut vat = [Kopecks::ZERO; RATES.len()];
        for (code, sum) in &receipt.vat_totals {
            if let Some(place) = RATES.iter().position(|rate| *rate == code.rate()) {
                vat[place] = vat[place].add(*sum)?;
            }
        }
        Ok(Self {
            receipts: 1,
            total: row.total,
            payments: [
                paid.cash,
                paid.cashless,
                paid.prepaid,
                paid.credit,
                paid.counter,
            ],
            vat,
        })
    }

    /// Adds others.
    pub(super) fn add(&mut self, other: &Self) -> terms::Result<()> {
        self.receipts += other.receipts;
        self.total = self.total.add(other.total)?;
        for (sum, more) in self.payments.iter_mut().zip(other.payments) {
            *sum = sum.add(more)?;
        }
        for (sum, more) in self.vat.iter_mut().zip(other.vat) {
            *sum = sum.add(more)?;
        }
        Ok(())
    }

    /// In the order of [`SUM_FIELDS`].
    pub(super) fn cells(&self) -> impl Iterator<Item = Cell> {
        let parts = self.payments.into_iter().chain(self.vat);
        std::iter::once(self.total).chain(parts).map(Cell::Money)
    }
}
