use std::collections::BTreeMap;

use terms::{Kopecks, LocalDate, OperationSign, Period, TaxSystem, TermError, VatCode, named};
use thiserror::Error;

use crate::Quarter;

named! {
    /// What a settlement is paid with: one of the five sums of a receipt.
    PaymentKind("payment kind") {
        /// Tag 1031.
        Cash = "cash",
        /// Tag 1081.
        Cashless = "cashless",
        /// Tag 1215: offset of an advance.
        Prepaid = "prepaid",
        /// Tag 1216: on credit.
        Credit = "credit",
        /// Tag 1217: counter-provision.
        Counter = "counter",
    }
}

impl PaymentKind {
    /// The Russian name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Cash => "наличными",
            Self::Cashless => "безналичными",
            Self::Prepaid => "зачёт аванса",
            Self::Credit => "в кредит",
            Self::Counter => "встречное предоставление",
        }
    }

    /// Whether something is received: an offset and a credit bring nothing in.
    const fn is_received(self) -> bool {
        matches!(self, Self::Cash | Self::Cashless | Self::Counter)
    }
}

named! {
    /// Which way a settlement goes. «Возврат» takes back what its own flow has brought.
    Flow("flow") {
        /// «Приход» less «возврат прихода».
        Income = "income",
        /// «Расход» less «возврат расхода».
        Expense = "expense",
    }
}

impl Flow {
    /// The Russian name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Income => "приход",
            Self::Expense => "расход",
        }
    }

    /// The flow of a sign of operation, and whether it takes back.
    const fn of(sign: OperationSign) -> (Self, bool) {
        match sign {
            OperationSign::Income => (Self::Income, false),
            OperationSign::IncomeReturn => (Self::Income, true),
            OperationSign::Expense => (Self::Expense, false),
            OperationSign::ExpenseReturn => (Self::Expense, true),
        }
    }
}

named! {
    /// What a document is to the work that is summed up.
    Role("role") {
        /// It was there before.
        Before = "before",
        /// It takes a wrong one back.
        Reversing = "reversing",
        /// It says what is right.
        Right = "right",
    }
}

/// Money and the VAT inside it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sum {
    /// The gross sum.
    pub amount: Kopecks,
    /// The VAT inside.
    pub vat: Kopecks,
}

impl Sum {
    /// Whether there is neither.
    pub const fn is_zero(self) -> bool {
        self.amount.is_zero() && self.vat.is_zero()
    }

    fn add(self, other: Self) -> terms::Result<Self> {
        Ok(Self {
            amount: self.amount.add(other.amount)?,
            vat: self.vat.add(other.vat)?,
        })
    }

    const fn negated(self) -> Self {
        Self {
            amount: self.amount.negated(),
            vat: self.vat.negated(),
        }
    }
}

/// The lines of one document that have the same VAT rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateSum {
    /// Tag 1199.
    pub vat_code: VatCode,
    /// The sum of these lines.
    pub amount: Kopecks,
    /// The VAT inside.
    pub vat: Kopecks,
}

/// A document as it is summed up: its sums as they stand in it, never negative.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'a> {
    /// What it is to the work.
    pub role: Role,
    /// The day of the settlement: tag 1178 of a correction, the document's own date of a receipt.
    pub date: LocalDate,
    /// Tag 1054.
    pub sign: OperationSign,
    /// Tag 1055.
    pub tax_system: TaxSystem,
    /// What it is paid with.
    pub payments: &'a [(PaymentKind, Kopecks)],
    /// Its lines by rate, printed or not.
    pub rates: &'a [RateSum],
}

/// What one row of totals is of.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TotalsKey {
    /// The month of the settlements.
    pub month: Period,
    /// Which way they go.
    pub flow: Flow,
    /// The tax system.
    pub tax_system: TaxSystem,
    /// The VAT rate. Direct and calculated rates stand apart: they have lines of their own in the
    /// VAT return.
    pub vat_code: VatCode,
    /// What they are paid with.
    pub kind: PaymentKind,
}

impl TotalsKey {
    /// The tax period of VAT.
    pub const fn quarter(&self) -> Quarter {
        Quarter::of(self.month)
    }

    /// The tax period of УСН: the year.
    pub const fn year(&self) -> u16 {
        self.month.year()
    }
}

/// A row of totals. Sums of «возврат» are negative in [`before`](Self::before) and
/// [`after`](Self::after).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TotalsRow {
    /// What it is of.
    pub key: TotalsKey,
    /// What the documents say that were there before.
    pub before: Sum,
    /// What was taken back of it.
    pub reversed: Sum,
    /// `before − reversed +` what the right documents say.
    pub after: Sum,
    /// `after − before`.
    pub difference: Sum,
}

/// Why a document is not summed up.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum TotalsError {
    /// Lines and payments of a document are two accounts of the same money.
    #[error(
        "a document of {date} has lines of {lines} and payments of {payments}: they have to be equal"
    )]
    Uneven {
        /// The settlement's day.
        date: LocalDate,
        /// The sum of the lines.
        lines: Kopecks,
        /// The sum of the payments.
        payments: Kopecks,
    },
    /// Sums of a document are never negative: its sign says which way they go.
    #[error("a document of {date} has a sum of {sum}: sums in documents are never negative")]
    Negative {
        /// The settlement's day.
        date: LocalDate,
        /// The sum.
        sum: Kopecks,
    },
    /// Too many months at once.
    #[error("there are more than {max} rows of totals: sum up fewer months at once")]
    TooMany {
        /// The most rows.
        max: usize,
    },
    /// A sum left the range of money.
    #[error(transparent)]
    Range(#[from] TermError),
}

named! {
    /// A tax return that the work may change.
    TaxReturn("tax return") {
        /// The VAT return of a quarter.
        Vat = "vat",
        /// The return of УСН for a year.
        Simplified = "usn",
    }
}

impl TaxReturn {
    /// The Russian name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Vat => "НДС",
            Self::Simplified => "УСН",
        }
    }
}

/// A tax return that the work changes, as far as documents tell. What is due is the accountant's to
/// say: documents show VAT at the advance and at its offset alike.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnChange {
    /// Which return.
    pub tax_return: TaxReturn,
    /// Its period: `2026-Q1`, `2026`.
    pub period: String,
    /// Which way the settlements go.
    pub flow: Flow,
    /// VAT: what the turnover and the tax in documents change by. УСН: what the money that was
    /// received changes by, and the VAT inside, which is no income (НК art. 346.15; GENERAL
    /// KNOWLEDGE).
    pub difference: Sum,
}

/// Totals of documents by month, way, tax system, rate and payment kind (receipt rules §4.6,
/// item 3).
///
/// A document with several rates and several payment kinds says nowhere which rate was paid with
/// what. Each payment is then spread over the rates in proportion, to the kopeck, so that the sums
/// of each rate and of each kind stay those of the document (CHOICE).
#[derive(Clone, Debug, Default)]
pub struct Totals(BTreeMap<TotalsKey, TotalsRow>);

impl Totals {
    /// The most rows: 34 months of every combination there is.
    pub const ROWS_MAX: usize = 25_000;

    /// No documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document.
    ///
    /// # Errors
    /// When its sums do not agree, or the totals leave their bounds. Nothing is added then.
    pub fn add(&mut self, document: &Settled<'_>) -> Result<(), TotalsError> {
        check(document)?;
        let (flow, takes_back) = Flow::of(document.sign);
        let mut changed: BTreeMap<TotalsKey, TotalsRow> = BTreeMap::new();
        for (vat_code, kind, sum) in spread(document)? {
            let key = TotalsKey {
                month: document.date.period(),
                flow,
                tax_system: document.tax_system,
                vat_code,
                kind,
            };
            let sum = if takes_back { sum.negated() } else { sum };
            let row = changed
                .entry(key)
                .or_insert_with(|| self.0.get(&key).copied().unwrap_or(empty(key)));
            add_to(row, document.role, sum)?;
        }
        let new = changed.keys().filter(|key| !self.0.contains_key(key));
        if self.0.len() + new.count() > Self::ROWS_MAX {
            return Err(TotalsError::TooMany {
                max: Self::ROWS_MAX,
            });
        }
        self.0.extend(changed);
        Ok(())
    }

    /// The rows, in the order of their keys.
    pub fn rows(&self) -> impl Iterator<Item = &TotalsRow> {
        self.0.values()
    }

    /// The tax returns that change, by kind and period.
    ///
    /// # Errors
    /// When a sum leaves the range of money.
    pub fn returns(&self) -> Result<Vec<ReturnChange>, TotalsError> {
        let mut changes: BTreeMap<(TaxReturn, String, Flow), Sum> = BTreeMap::new();
        for row in self.0.values() {
            let key = &row.key;
            let vat = (key.vat_code != VatCode::Exempt)
                .then(|| (TaxReturn::Vat, key.quarter().to_string()));
            let simplified = (is_simplified(key.tax_system) && key.kind.is_received())
                .then(|| (TaxReturn::Simplified, key.year().to_string()));
            for (tax_return, period) in vat.into_iter().chain(simplified) {
                let change = changes.entry((tax_return, period, key.flow)).or_default();
                *change = change.add(row.difference)?;
            }
        }
        Ok(changes
            .into_iter()
            .filter(|(_, difference)| !difference.is_zero())
            .map(|((tax_return, period, flow), difference)| ReturnChange {
                tax_return,
                period,
                flow,
                difference,
            })
            .collect())
    }
}

const fn is_simplified(system: TaxSystem) -> bool {
    matches!(
        system,
        TaxSystem::SimplifiedIncome | TaxSystem::SimplifiedIncomeExpense
    )
}

fn empty(key: TotalsKey) -> TotalsRow {
    let none = Sum::default();
    TotalsRow {
        key,
        before: none,
        reversed: none,
        after: none,
        difference: none,
    }
}

fn add_to(row: &mut TotalsRow, role: Role, sum: Sum) -> terms::Result<()> {
    row.after = row.after.add(sum)?;
    match role {
        Role::Before => row.before = row.before.add(sum)?,
        Role::Reversing => {
            row.reversed = row.reversed.add(sum.negated())?;
            row.difference = row.difference.add(sum)?;
        }
        Role::Right => row.difference = row.difference.add(sum)?,
    }
    Ok(())
}

fn check(document: &Settled<'_>) -> Result<(), TotalsError> {
    let lines = document.rates.iter().map(|rate| rate.amount);
    let taxes = document.rates.iter().map(|rate| rate.vat);
    let payments = document.payments.iter().map(|(_, sum)| *sum);
    let all = lines.clone().chain(taxes).chain(payments.clone());
    if let Some(sum) = all.into_iter().find(|sum| *sum < Kopecks::ZERO) {
        return Err(TotalsError::Negative {
            date: document.date,
            sum,
        });
    }
    let (lines, payments) = (Kopecks::sum(lines)?, Kopecks::sum(payments)?);
    if lines != payments {
        return Err(TotalsError::Uneven {
            date: document.date,
            lines,
            payments,
        });
    }
    Ok(())
}

/// Which part of each rate was paid with what.
fn spread(document: &Settled<'_>) -> terms::Result<Vec<(VatCode, PaymentKind, Sum)>> {
    let mut rates = document.rates.to_vec();
    let mut parts = Vec::new();
    for (kind, payment) in document.payments.iter().filter(|(_, sum)| !sum.is_zero()) {
        let left: Vec<Kopecks> = rates.iter().map(|rate| rate.amount).collect();
        let amounts = in_proportion(*payment, &left)?;
        for (rate, amount) in rates.iter_mut().zip(amounts) {
            if amount.is_zero() {
                continue;
            }
            // The last part of a rate takes all of its VAT that is left.
            let vat = rate.vat.mul_div(amount.get(), rate.amount.get())?;
            rate.amount = rate.amount.sub(amount)?;
            rate.vat = rate.vat.sub(vat)?;
            parts.push((rate.vat_code, *kind, Sum { amount, vat }));
        }
    }
    Ok(parts)
}

/// `whole` in parts that are to each other as `weights`, none greater than its weight. The kopecks
/// that rounding leaves go to the greatest remainders, among equal ones to the first.
fn in_proportion(whole: Kopecks, weights: &[Kopecks]) -> terms::Result<Vec<Kopecks>> {
    let all = i128::from(Kopecks::sum(weights.iter().copied())?.get());
    if all == 0 {
        return Ok(vec![Kopecks::ZERO; weights.len()]);
    }
    let exact = |weight: &Kopecks| i128::from(whole.get()) * i128::from(weight.get());
    let mut parts: Vec<i64> = weights
        .iter()
        .map(|weight| (exact(weight) / all) as i64)
        .collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|place| std::cmp::Reverse(exact(&weights[*place]) % all));
    let missing = whole.get() - parts.iter().sum::<i64>();
    for place in by_remainder.into_iter().take(missing as usize) {
        parts[place] += 1;
    }
    parts.into_iter().map(Kopecks::new).collect()
}

#[cfg(test)]
mod tests;
