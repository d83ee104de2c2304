//! A12, A13: what an account's entries must never say.

use terms::Kopecks;

use crate::{
    AccountAt, AccountRow, AccountRule, ChargeState, Debt, Finding, Lot, Object, RuleId, Saldo,
    Severity, Sum, Text,
};

/// A12: a negative lot or debt, or a broken equation of receipt rules §1.9 (3 and 4).
#[derive(Debug, Default)]
pub struct BrokenLedger;

impl AccountRule for BrokenLedger {
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, found: &mut Vec<Finding>) {
        found.extend(match row {
            AccountRow::Debt(debt) => negative(at, &debt.id, debt.open),
            AccountRow::Lot(lot) => negative(at, &lot.id, lot.amount),
            AccountRow::Charge(charge) => broken_charge(at, charge),
            AccountRow::Saldo(saldo) => broken_saldo(at, saldo),
            _ => None,
        });
    }

    fn end(&mut self, _: AccountAt<'_>, _: &mut Vec<Finding>) {}
}

fn negative(at: AccountAt<'_>, entry: &str, amount: Kopecks) -> Option<Finding> {
    let account = at.account;
    (amount < Kopecks::ZERO).then(|| {
        let what = Text::new(
            format!("Счёт {account}: запись {entry} отрицательна: {amount} ₽."),
            format!("Account {account}: entry {entry} is negative: {amount} ₽."),
        );
        let object = Object::Entry(account.clone(), entry.to_owned());
        Finding::new(RuleId::A12, Severity::Critical, object, what).with("amount", amount)
    })
}

fn broken_charge(at: AccountAt<'_>, charge: &ChargeState) -> Option<Finding> {
    let sum = |amount: Kopecks| Sum::from(amount);
    let there = sum(charge.settled) + sum(charge.open) + sum(charge.written_off);
    let due = sum(charge.charged) - sum(charge.recalculated) - sum(charge.refunded);
    let (account, service, period) = (at.account, &charge.service, charge.period);
    (there != due).then(|| {
        let what = Text::new(
            format!(
                "Счёт {account}, {service} за {period}: оплачено, открыто и списано {there} ₽, а \
                 начислено за вычетом перерасчётов и возвратов {due} ₽."
            ),
            format!(
                "Account {account}, {service} of {period}: settled, open and written off are \
                 {there} ₽, but charged less recalculated and refunded is {due} ₽."
            ),
        );
        let object = Object::Charge(account.clone(), Some(service.clone()), period);
        Finding::new(RuleId::A12, Severity::Critical, object, what)
            .with("there", there)
            .with("due", due)
            .with("difference", there - due)
    })
}

fn broken_saldo(at: AccountAt<'_>, saldo: &Saldo) -> Option<Finding> {
    let due = Sum::from(saldo.opening) + saldo.moved.into();
    let closing = Sum::from(saldo.closing);
    let account = at.account;
    (closing != due).then(|| {
        let what = Text::new(
            format!("Счёт {account}: сальдо {closing} ₽, а по событиям {due} ₽."),
            format!("Account {account}: the saldo is {closing} ₽, by its events {due} ₽."),
        );
        let object = Object::Account(account.clone());
        Finding::new(RuleId::A12, Severity::Critical, object, what)
            .with("closing", closing)
            .with("by_events", due)
            .with("difference", closing - due)
    })
}

/// A13: a charge went to credit while an older advance for it was there.
#[derive(Debug, Default)]
pub struct MissedOffset {
    debts: Vec<Debt>,
    lots: Vec<Lot>,
}

impl AccountRule for MissedOffset {
    fn see(&mut self, _: AccountAt<'_>, row: &AccountRow, _: &mut Vec<Finding>) {
        match row {
            AccountRow::Debt(debt) if debt.credit && debt.open.is_positive() => {
                self.debts.push(debt.clone());
            }
            AccountRow::Lot(lot) if lot.amount.is_positive() => self.lots.push(lot.clone()),
            _ => {}
        }
    }

    fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>) {
        let account = at.account;
        for debt in &self.debts {
            let usable = self.lots.iter().filter(|lot| could_pay(lot, debt));
            let advance: Sum = usable.map(|lot| Sum::from(lot.amount)).sum();
            if advance.is_zero() {
                continue;
            }
            let (service, period, open) = (&debt.service, debt.period, debt.open);
            let what = Text::new(
                format!(
                    "Счёт {account}: {service} за {period} передана в кредит, долг {open} ₽, а \
                     более ранний аванс {advance} ₽ не зачтён."
                ),
                format!(
                    "Account {account}: {service} of {period} went to credit, {open} ₽ are owed, \
                     while an earlier advance of {advance} ₽ was not offset."
                ),
            );
            let object = Object::Entry(account.clone(), debt.id.clone());
            found.push(
                Finding::new(RuleId::A13, Severity::High, object, what)
                    .with("debt", open)
                    .with("advance", advance)
                    .with("missed", advance.min(open.into()))
                    .with("charged_on", debt.charged_on),
            );
        }
    }
}

/// Whether the charge behind `debt` had to consume `lot` (receipt rules §1.8).
fn could_pay(lot: &Lot, debt: &Debt) -> bool {
    let of_service = match &lot.service {
        Some(service) => *service == debt.service,
        None => !debt.agent,
    };
    of_service
        && lot.period.is_none_or(|period| period == debt.period)
        && lot.since < debt.charged_on
}
