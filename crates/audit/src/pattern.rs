//! A25: a charge that does not look like those before it.

use std::collections::VecDeque;

use terms::Period;

use crate::{
    AccountAt, AccountRow, AccountRule, Finding, Month, Object, RuleId, Severity, Sum, Text,
    old_entries::months_between, sum::twice_median,
};

/// A25: a charge far from the median of the months before, or none for a service that is on.
#[derive(Debug, Default)]
pub struct ChargePattern {
    charges: VecDeque<i64>,
    last: Option<Period>,
}

impl AccountRule for ChargePattern {
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, found: &mut Vec<Finding>) {
        let AccountRow::Month(month) = row else {
            return;
        };
        let limits = &at.thresholds.pattern;
        if self
            .last
            .is_some_and(|last| last.next() != Ok(month.period))
        {
            self.charges.clear();
        }
        self.last = Some(month.period);
        let age = months_between(month.period, at.today.period());
        if month.active && age <= i64::from(limits.recent_months) {
            found.extend(self.judge(at, month));
        }
        // A month in which the service was off says nothing about its usual charge.
        if month.active {
            self.charges.push_back(month.charged.get());
        } else {
            self.charges.clear();
        }
        while self.charges.len() > limits.months.max(1) as usize {
            self.charges.pop_front();
        }
    }

    fn end(&mut self, _: AccountAt<'_>, _: &mut Vec<Finding>) {}
}

impl ChargePattern {
    fn judge(&self, at: AccountAt<'_>, month: &Month) -> Option<Finding> {
        let limits = &at.thresholds.pattern;
        let charged = Sum::from(month.charged);
        let full = self.charges.len() >= limits.months.max(1) as usize;
        let median = twice_median(self.charges.iter().copied()).filter(|_| full);
        // All is doubled, as the median is.
        let out = median.is_some_and(|median| {
            let off = (charged.get() * 2 - median).abs() * 100;
            off > median.abs() * i128::from(limits.pct)
        });
        if !out && !charged.is_zero() {
            return None;
        }
        let (account, period) = (at.account, month.period);
        let usual = Sum(median.unwrap_or(0) / 2);
        let what = if charged.is_zero() {
            Text::new(
                format!("Счёт {account}: за {period} ничего не начислено, а услуга включена."),
                format!("Account {account}: nothing was charged for {period}, the service is on."),
            )
        } else {
            Text::new(
                format!("Счёт {account}: за {period} начислено {charged} ₽, обычно {usual} ₽."),
                format!(
                    "Account {account}: {charged} ₽ were charged for {period}, usually {usual} ₽."
                ),
            )
        };
        let object = Object::Charge(account.clone(), None, period);
        Some(
            Finding::new(RuleId::A25, Severity::Medium, object, what)
                .with("charged", charged)
                .with("median", usual)
                .with("months", self.charges.len() as u64),
        )
    }
}
