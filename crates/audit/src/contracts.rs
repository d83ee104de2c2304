//! K01: contracts that end. Receipt rules §5 do not ask for it; it is ours.

use terms::{AccountNumber, LocalDate};

use crate::{Finding, Object, RuleId, Severity, Text};

/// So many days before the end it is to be looked at today \[CHOICE\].
const SOON: i32 = 7;

/// A contract with a last day, and nothing after it for one of its services.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EndingContract {
    /// The account.
    pub account: AccountNumber,
    /// The contract's number.
    pub number: String,
    /// Its last day.
    pub to: LocalDate,
}

/// K01: a contract that ends within `notice_days` after `today`, or today. One that has ended is told
/// no more: its charges tell of it.
pub fn contract_ends(
    contract: &EndingContract,
    today: LocalDate,
    notice_days: u16,
) -> Option<Finding> {
    let left = contract.to.days_since(today);
    if left < 0 || left > i32::from(notice_days) {
        return None;
    }
    let severity = match left {
        ..=SOON => Severity::High,
        _ => Severity::Medium,
    };
    let (account, number, to) = (&contract.account, &contract.number, contract.to);
    let what = Text::new(
        format!("Счёт {account}: договор {number} заканчивается {to}, дней осталось: {left}."),
        format!("Account {account}: contract {number} ends on {to}, days left: {left}."),
    );
    let object = Object::Entry(account.clone(), number.clone());
    let finding = Finding::new(RuleId::K01, severity, object, what);
    Some(finding.with("to", to).with("days", left))
}
