//! A05, A06, A18: the same money twice, and money that goes back another way than it came.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    AccountAt, AccountRow, AccountRule, Finding, MoneyKind, MoneyReceipt, Object, Payment, Refund,
    RuleId, Severity, Sum, Text,
};

/// A05: two receipts for one bank operation or external id.
///
/// One payment may lawfully make several receipts (several tax systems, many lines): they belong to
/// one operation and differ in their ordinal. A receipt that was undone is none.
#[derive(Debug, Default)]
pub struct DoubleReceipts {
    first: BTreeMap<String, MoneyOf>,
}

/// The receipts of one reference so far.
#[derive(Debug)]
struct MoneyOf {
    operation: String,
    ordinals: BTreeMap<u16, String>,
}

impl AccountRule for DoubleReceipts {
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, found: &mut Vec<Finding>) {
        let AccountRow::Receipt(receipt) = row else {
            return;
        };
        if receipt.undone {
            return;
        }
        let known = self
            .first
            .entry(receipt.reference.clone())
            .or_insert_with(|| MoneyOf {
                operation: receipt.operation.clone(),
                ordinals: BTreeMap::new(),
            });
        let twice = if known.operation == receipt.operation {
            known
                .ordinals
                .insert(receipt.ordinal, receipt.document.clone())
                .filter(|document| *document != receipt.document)
        } else {
            known.ordinals.values().next().cloned()
        };
        if let Some(first) = twice {
            found.push(double_receipt(at, receipt, &first));
        }
    }

    fn end(&mut self, _: AccountAt<'_>, _: &mut Vec<Finding>) {}
}

fn double_receipt(at: AccountAt<'_>, receipt: &MoneyReceipt, first: &str) -> Finding {
    let (account, reference, second, total) = (
        at.account,
        &receipt.reference,
        &receipt.document,
        receipt.total,
    );
    let what = Text::new(
        format!(
            "Счёт {account}: на операцию {reference} два чека: {first} и {second}, второй на \
             {total} ₽."
        ),
        format!(
            "Account {account}: operation {reference} has two receipts: {first} and {second}, the \
             second of {total} ₽."
        ),
    );
    let object = Object::Entry(account.clone(), reference.clone());
    Finding::new(RuleId::A05, Severity::Critical, object, what)
        .with("reference", reference.as_str())
        .with("first", first)
        .with("second", second.as_str())
        .with("total", total)
}

/// A06: probably one payment told of twice: the same sum within minutes from one source, or within
/// days from two sources that name no common operation number (receipt rules §4.4).
#[derive(Debug, Default)]
pub struct DoublePayments {
    recent: VecDeque<Payment>,
}

impl AccountRule for DoublePayments {
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, found: &mut Vec<Finding>) {
        let AccountRow::Payment(payment) = row else {
            return;
        };
        let limits = &at.thresholds.double_payments;
        let (minutes, days) = (
            i64::from(limits.same_source_minutes),
            i64::from(limits.other_source_days),
        );
        let keep = minutes.max((days + 1) * 24 * 60);
        let age = |earlier: &Payment| payment.moment.minutes_since(earlier.moment);
        while self
            .recent
            .front()
            .is_some_and(|earlier| age(earlier) > keep)
        {
            self.recent.pop_front();
        }
        let apart = |earlier: &Payment| {
            payment
                .moment
                .date()
                .days_since(earlier.moment.date())
                .into()
        };
        let double = self.recent.iter().rev().find(|earlier| {
            let near = if earlier.source == payment.source {
                age(earlier) <= minutes
            } else {
                days >= apart(earlier) && !has_common_reference(earlier, payment)
            };
            near && earlier.amount == payment.amount && earlier.id != payment.id
        });
        found.extend(double.map(|earlier| double_payment(at, earlier, payment)));
        self.recent.push_back(payment.clone());
    }

    fn end(&mut self, _: AccountAt<'_>, _: &mut Vec<Finding>) {}
}

/// One money under one number is known as one; what it becomes is decided at intake.
fn has_common_reference(one: &Payment, other: &Payment) -> bool {
    one.reference.is_some() && one.reference == other.reference
}

fn double_payment(at: AccountAt<'_>, first: &Payment, second: &Payment) -> Finding {
    let other_source = first.source != second.source;
    let (account, amount) = (at.account, second.amount);
    let what = Text::new(
        format!(
            "Счёт {account}: {amount} ₽ пришли дважды: {} ({}) и {} ({}).",
            first.moment, first.source, second.moment, second.source
        ),
        format!(
            "Account {account}: {amount} ₽ came twice: {} ({}) and {} ({}).",
            first.moment, first.source, second.moment, second.source
        ),
    );
    let object = Object::Entry(account.clone(), second.id.clone());
    Finding::new(RuleId::A06, Severity::Medium, object, what)
        .with("amount", amount)
        .with("first", first.id.as_str())
        .with("second", second.id.as_str())
        .with("minutes_apart", second.moment.minutes_since(first.moment))
        .with("hold", other_source)
}

/// A18: a refund in another kind of money than came.
#[derive(Debug, Default)]
pub struct WrongRefunds {
    wrong: BTreeMap<String, Wrong>,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    amount: Sum,
    in_cash: bool,
}

impl AccountRule for WrongRefunds {
    fn see(&mut self, _: AccountAt<'_>, row: &AccountRow, _: &mut Vec<Finding>) {
        let AccountRow::Refund(Refund {
            id,
            amount,
            came,
            went,
        }) = row
        else {
            return;
        };
        if came != went {
            let in_cash = *went == MoneyKind::Cash;
            let wrong = self.wrong.entry(id.clone()).or_insert(Wrong {
                amount: Sum::ZERO,
                in_cash,
            });
            wrong.amount += (*amount).into();
            wrong.in_cash |= in_cash;
        }
    }

    fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>) {
        let account = at.account;
        for (id, wrong) in &self.wrong {
            let amount = wrong.amount;
            let what = if wrong.in_cash {
                Text::new(
                    format!("Счёт {account}: безналичные деньги возвращены наличными, {amount} ₽."),
                    format!("Account {account}: cashless money was refunded in cash, {amount} ₽."),
                )
            } else {
                Text::new(
                    format!("Счёт {account}: наличные возвращены безналично, {amount} ₽."),
                    format!("Account {account}: cash was refunded cashless, {amount} ₽."),
                )
            };
            let object = Object::Entry(account.clone(), id.clone());
            found.push(
                Finding::new(RuleId::A18, Severity::High, object, what)
                    .with("refund", id.as_str())
                    .with("amount", amount)
                    .with("in_cash", wrong.in_cash),
            );
        }
    }
}
