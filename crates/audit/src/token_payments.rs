//! A01, «10 рублей»: every receipt is right, only the pattern shows it (receipt rules §5.3).

use std::collections::VecDeque;

use terms::{AccountNumber, Kopecks, LocalDate, Period};

use crate::{
    AccountAt, AccountRow, AccountRule, Finding, Month, Object, RuleId, Severity, Sum, Text,
    TokenPaymentLimits, Value,
};

/// The most accounts that [`Portfolio::worst`] names.
const WORST: usize = 20;

/// A01: a growing debt, only token payments at the boundary of the month, and the service stays on.
#[derive(Debug, Default)]
pub struct TokenPayments {
    debt: Option<Kopecks>,
    paid: Option<Paid>,
    window: VecDeque<Seen>,
}

/// What was paid in the month that is not over yet.
#[derive(Clone, Copy, Debug)]
struct Paid {
    period: Period,
    sum: Sum,
    at_boundary: bool,
}

/// A month that is over.
#[derive(Clone, Copy, Debug)]
struct Seen {
    period: Period,
    charged: Sum,
    /// What was owed before it, if that is known.
    debt_before: Option<Kopecks>,
    debt_end: Kopecks,
    /// Whether rules 1…4 of receipt rules §5.3 hold for it.
    token: bool,
}

impl AccountRule for TokenPayments {
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, _: &mut Vec<Finding>) {
        let limits = &at.thresholds.token_payments;
        match row {
            AccountRow::Opening(debt) => self.debt = Some(*debt),
            AccountRow::Payment(payment) => {
                self.pay(limits, payment.moment.date(), payment.amount);
            }
            AccountRow::Month(month) => self.close(limits, month),
            _ => {}
        }
    }

    fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>) {
        let limits = &at.thresholds.token_payments;
        found.extend(self.judge(limits).map(|hit| hit.finding(at.account)));
    }
}

impl TokenPayments {
    fn pay(&mut self, limits: &TokenPaymentLimits, date: LocalDate, amount: Kopecks) {
        let period = date.period();
        let paid = self.paid.take().filter(|paid| paid.period == period);
        let (sum, at_boundary) =
            paid.map_or((Sum::ZERO, false), |paid| (paid.sum, paid.at_boundary));
        self.paid = Some(Paid {
            period,
            sum: sum + amount.into(),
            at_boundary: at_boundary || is_at_boundary(date, limits.window_days),
        });
    }

    fn close(&mut self, limits: &TokenPaymentLimits, month: &Month) {
        let debt_before = self.debt.replace(month.debt_end);
        let paid = self.paid.take().filter(|paid| paid.period == month.period);
        let token = month.active
            && month.charged.is_positive()
            && debt_before.is_some_and(|before| month.debt_end > before)
            && paid.is_some_and(|paid| is_token(limits, &paid, month.charged));
        if self
            .window
            .back()
            .is_some_and(|last| last.period.next() != Ok(month.period))
        {
            // A month is missing: what was before it is no window with this one.
            self.window.clear();
        }
        self.window.push_back(Seen {
            period: month.period,
            charged: month.charged.into(),
            debt_before,
            debt_end: month.debt_end,
            token,
        });
        while self.window.len() > limits.min_periods.max(1) as usize {
            self.window.pop_front();
        }
    }

    fn judge(&self, limits: &TokenPaymentLimits) -> Option<Hit> {
        let months = self.window.len() as i128;
        let (first, last) = (self.window.front()?, self.window.back()?);
        let full = months >= i128::from(limits.min_periods.max(1));
        if !full || !self.window.iter().all(|month| month.token) {
            return None;
        }
        let charged: Sum = self.window.iter().map(|month| month.charged).sum();
        let debt = Sum::from(last.debt_end);
        // The debt against the average charge, both multiplied by the number of months.
        let debt_times_months = debt.get() * months;
        if debt_times_months < charged.get() {
            return None;
        }
        let high = debt_times_months >= charged.get() * i128::from(limits.high_charges);
        Some(Hit {
            severity: if high {
                Severity::High
            } else {
                Severity::Medium
            },
            since: first.period,
            months,
            charged,
            debt,
            loss: debt - Sum::from(first.debt_before?),
        })
    }
}

/// Whether `date` lies within `days` days of the beginning or the end of its month.
fn is_at_boundary(date: LocalDate, days: u32) -> bool {
    let to_the_end = u32::from(date.period().last_day().day() - date.day());
    u32::from(date.day()) <= days || to_the_end < days
}

fn is_token(limits: &TokenPaymentLimits, paid: &Paid, charged: Kopecks) -> bool {
    let share = Sum::from(charged).get() * i128::from(limits.token_share_pct);
    let most = share.max(limits.token_abs.get().saturating_mul(100));
    paid.at_boundary && paid.sum > Sum::ZERO && paid.sum.get() * 100 <= most
}

struct Hit {
    severity: Severity,
    since: Period,
    months: i128,
    charged: Sum,
    debt: Sum,
    loss: Sum,
}

impl Hit {
    fn finding(&self, account: &AccountNumber) -> Finding {
        let (months, debt, loss) = (self.months, self.debt, self.loss);
        let what = Text::new(
            format!(
                "Счёт {account}: {months} мес. подряд символические платежи у границы месяца, \
                 услуга включена, долг {debt} ₽, из них {loss} ₽ за это время."
            ),
            format!(
                "Account {account}: token payments at the month's boundary for {months} months, \
                 the service is on, the debt is {debt} ₽, {loss} ₽ of it since."
            ),
        );
        Finding::new(
            RuleId::A01,
            self.severity,
            Object::Account(account.clone()),
            what,
        )
        .with("since", self.since)
        .with("months", Value::Count(months))
        .with("charged", self.charged)
        .with("debt", debt)
        .with("estimated_loss", loss)
    }
}

/// A01 over all accounts: how many were hit, which share that is, and what it costs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Portfolio {
    /// Accounts that were looked at.
    pub accounts: u64,
    /// Accounts hit.
    pub hit: u64,
    /// Their estimated loss.
    pub loss: Sum,
    /// The worst of them, the greatest loss first; at most 20.
    pub worst: Vec<(AccountNumber, Sum)>,
}

impl Portfolio {
    /// Counts an account with what the rules have found on it.
    pub fn count(&mut self, account: &AccountNumber, found: &[Finding]) {
        self.accounts += 1;
        let loss = found
            .iter()
            .filter(|finding| finding.rule == RuleId::A01)
            .find_map(|finding| match finding.number("estimated_loss") {
                Some(Value::Money(loss)) => Some(*loss),
                _ => None,
            });
        if let Some(loss) = loss {
            self.hit += 1;
            self.loss += loss;
            let place = self.worst.partition_point(|(_, other)| *other >= loss);
            self.worst.insert(place, (account.clone(), loss));
            self.worst.truncate(WORST);
        }
    }

    /// The blocking rule of billing is broken: more than the allowed share of accounts is hit.
    pub fn finding(&self, limits: &TokenPaymentLimits) -> Option<Finding> {
        let (hit, accounts, loss) = (self.hit, self.accounts, self.loss);
        let share = Value::share(hit, accounts);
        let systemic =
            i128::from(hit) * 100 > i128::from(accounts) * i128::from(limits.portfolio_pct);
        systemic.then(|| {
            let what = Text::new(
                format!(
                    "Правило блокировки биллинга не работает: символические платежи на {hit} из \
                     {accounts} счетов ({share}), потери {loss} ₽."
                ),
                format!(
                    "The blocking rule of the billing is broken: token payments on {hit} of \
                     {accounts} accounts ({share}), a loss of {loss} ₽."
                ),
            );
            Finding::new(RuleId::A01, Severity::Critical, Object::Portfolio, what)
                .with("accounts", accounts)
                .with("hit", hit)
                .with("share", share.clone())
                .with("estimated_loss", loss)
        })
    }
}
