//! A21, A22: debts and advances that nobody has touched for long.

use terms::{Kopecks, Period};

use crate::{AccountAt, AccountRow, AccountRule, Finding, Object, RuleId, Severity, Sum, Text};

/// Months from `earlier` to `later`; negative when `earlier` is later.
pub(crate) fn months_between(earlier: Period, later: Period) -> i64 {
    let number = |period: Period| i64::from(period.year()) * 12 + i64::from(period.month());
    number(later) - number(earlier)
}

/// A21: credit debts that are near limitation (three years).
#[derive(Debug, Default)]
pub struct OldCredit {
    debts: u32,
    open: Sum,
    oldest: Option<Period>,
}

impl AccountRule for OldCredit {
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, _: &mut Vec<Finding>) {
        let AccountRow::Debt(debt) = row else { return };
        let age = months_between(debt.period, at.today.period());
        let old = age > at.thresholds.old_credit.months.into();
        if debt.credit && debt.open.is_positive() && old {
            self.debts += 1;
            self.open += debt.open.into();
            let oldest = self.oldest.unwrap_or(debt.period);
            self.oldest = Some(oldest.min(debt.period));
        }
    }

    fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>) {
        let Some(oldest) = self.oldest else { return };
        let (account, debts, open) = (at.account, self.debts, self.open);
        let what = Text::new(
            format!(
                "Счёт {account}: долги в кредит близки к давности: {debts}, {open} ₽, с {oldest}."
            ),
            format!(
                "Account {account}: credit debts near limitation: {debts}, {open} ₽, since {oldest}."
            ),
        );
        let object = Object::Account(account.clone());
        found.push(
            Finding::new(RuleId::A21, Severity::Info, object, what)
                .with("debts", debts)
                .with("open", open)
                .with("oldest", oldest),
        );
    }
}

/// A22: an advance that nothing was taken from for long, and that is more than a month's charge.
#[derive(Debug, Default)]
pub struct DormantAdvance {
    lots: u32,
    amount: Sum,
    oldest: Option<Period>,
    charged: Option<Kopecks>,
}

impl AccountRule for DormantAdvance {
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, _: &mut Vec<Finding>) {
        match row {
            AccountRow::Lot(lot) if lot.amount.is_positive() => {
                let touched = lot
                    .consumed_on
                    .map_or(lot.since, |day| day.max(lot.since))
                    .period();
                let age = months_between(touched, at.today.period());
                if age > at.thresholds.dormant.months.into() {
                    self.lots += 1;
                    self.amount += lot.amount.into();
                    let oldest = self.oldest.unwrap_or(touched);
                    self.oldest = Some(oldest.min(touched));
                }
            }
            AccountRow::Month(month) => self.charged = Some(month.charged),
            _ => {}
        }
    }

    fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>) {
        let charge = Sum::from(self.charged.unwrap_or(Kopecks::ZERO));
        let charges = i128::from(at.thresholds.dormant.charges);
        let Some(oldest) = self.oldest else { return };
        if self.amount.get() <= charge.get() * charges {
            return;
        }
        let (account, amount) = (at.account, self.amount);
        let what = Text::new(
            format!("Счёт {account}: аванс {amount} ₽ не расходуется с {oldest}."),
            format!("Account {account}: an advance of {amount} ₽ lies unused since {oldest}."),
        );
        let object = Object::Account(account.clone());
        found.push(
            Finding::new(RuleId::A22, Severity::Info, object, what)
                .with("lots", self.lots)
                .with("amount", amount)
                .with("monthly_charge", charge)
                .with("untouched_since", oldest),
        );
    }
}
