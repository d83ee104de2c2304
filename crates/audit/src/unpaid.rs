//! A02: nothing is paid, and the service goes on.

use terms::{Kopecks, Period};

use crate::{
    AccountAt, AccountRow, AccountRule, Finding, Month, Object, RuleId, Severity, Sum, Text,
};

/// A02: the debt grows, nothing is paid, and a prepaid service is not blocked.
#[derive(Debug, Default)]
pub struct Unpaid {
    debt: Option<Kopecks>,
    paid_in: Option<Period>,
    run: Option<Run>,
}

/// Months in a row without payments, with the service on and the debt growing.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: Period,
    last: Period,
    months: u32,
    debt_before: Sum,
    debt: Sum,
}

impl AccountRule for Unpaid {
    fn see(&mut self, _: AccountAt<'_>, row: &AccountRow, _: &mut Vec<Finding>) {
        match row {
            AccountRow::Opening(debt) => self.debt = Some(*debt),
            AccountRow::Payment(payment) if payment.amount.is_positive() => {
                self.paid_in = Some(payment.moment.date().period());
            }
            AccountRow::Month(month) => self.close(month),
            _ => {}
        }
    }

    fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>) {
        let least = at.thresholds.unpaid.min_periods;
        let Some(run) = self.run.filter(|run| run.months >= least) else {
            return;
        };
        let (account, months, debt) = (at.account, run.months, run.debt);
        let what = Text::new(
            format!(
                "Счёт {account}: {months} мес. без платежей, долг вырос до {debt} ₽, предоплатная \
                 услуга не отключена."
            ),
            format!(
                "Account {account}: no payments for {months} months, the debt has grown to {debt} \
                 ₽, and the prepaid service is not blocked."
            ),
        );
        let object = Object::Account(account.clone());
        found.push(
            Finding::new(RuleId::A02, Severity::High, object, what)
                .with("since", run.first)
                .with("months", months)
                .with("debt", debt)
                .with("grown", debt - run.debt_before),
        );
    }
}

impl Unpaid {
    fn close(&mut self, month: &Month) {
        let before = self.debt.replace(month.debt_end);
        let grown =
            before.filter(|before| month.debt_end > *before && month.debt_end.is_positive());
        let unpaid = self.paid_in != Some(month.period);
        self.run = match grown {
            Some(before) if month.active && month.prepaid && unpaid => {
                let run = self.run.filter(|run| run.last.next() == Ok(month.period));
                Some(Run {
                    first: run.map_or(month.period, |run| run.first),
                    last: month.period,
                    months: run.map_or(0, |run| run.months) + 1,
                    debt_before: run.map_or(before.into(), |run| run.debt_before),
                    debt: month.debt_end.into(),
                })
            }
            _ => None,
        };
    }
}
