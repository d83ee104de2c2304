//! A03, A04, A24: money and its receipts, in time.

use terms::{AccountNumber, Kopecks, LocalDate, LocalDateTime};

use crate::{
    Calendar, Compare, Finding, Mismatch, Object, Result, Row, RuleId, Severity, Text, Thresholds,
    UnidentifiedLimits, deadline,
};

/// When the receipt of a channel's money is due (receipt rules §2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Channel {
    /// The customer is present or pays on the Internet: at the moment of settlement.
    AtOnce,
    /// Through a bank, a registry, an autopayment: on the next working day.
    Bank,
}

/// Money that came in.
#[derive(Clone, Debug)]
pub struct Money {
    /// Its external id or bank operation number.
    pub reference: String,
    /// The account, if it is known.
    pub account: Option<AccountNumber>,
    /// How it came.
    pub channel: Channel,
    /// When it came or became known.
    pub received: LocalDateTime,
    /// How much.
    pub amount: Kopecks,
    /// Whether it has its receipt, or its record that it needs none.
    pub done: bool,
}

/// A03: money whose receipt is due or overdue at `now`.
///
/// Money of a bank warns from noon of the last day and alarms from its evening; money that needs a
/// receipt at once alarms after minutes.
///
/// # Errors
/// When the deadline lies outside the range of dates.
pub fn money_without_receipt(
    thresholds: &Thresholds,
    calendar: &Calendar,
    now: LocalDateTime,
    money: &Money,
) -> Result<Option<Finding>> {
    if money.done {
        return Ok(None);
    }
    let limits = &thresholds.receipt_due;
    let (warn, alarm, due) = match money.channel {
        Channel::AtOnce => {
            let alarm = money.received.plus_minutes(limits.at_once_minutes.into())?;
            (alarm, alarm, money.received.date())
        }
        Channel::Bank => {
            let due = deadline::cashless_next_workday(money.received.date(), calendar)?;
            (
                due.at(limits.warn_hour, 0)?,
                due.at(limits.alarm_hour, 0)?,
                due,
            )
        }
    };
    if now < warn {
        return Ok(None);
    }
    let severity = if now < alarm {
        Severity::High
    } else {
        Severity::Critical
    };
    let (reference, amount, received) = (&money.reference, money.amount, money.received);
    let (ru, en) = if now.date() > due {
        ("срок прошёл", "the deadline has passed")
    } else {
        ("срок сегодня", "it is due today")
    };
    let what = Text::new(
        format!("Платёж {reference} на {amount} ₽ от {received} без чека: {ru} ({due})."),
        format!("Payment {reference} of {amount} ₽, {received}, has no receipt: {en} ({due})."),
    );
    let object = Object::Money(reference.clone());
    Ok(Some(
        Finding::new(RuleId::A03, severity, object, what)
            .with("amount", amount)
            .with("received", received)
            .with("due", due)
            .with(
                "account",
                money.account.as_ref().map_or("", AccountNumber::as_str),
            ),
    ))
}

/// A04: receipts of real money that no source knows, from two streams sorted by reference.
///
/// Receipts of one reference are added up with their returns: what is undone is no receipt. Only
/// the rows of one reference are in memory.
///
/// # Errors
/// In place of a finding, when a stream is not sorted; nothing follows then.
pub fn receipts_without_money(
    money: impl IntoIterator<Item = Row<String>>,
    receipts: impl IntoIterator<Item = Row<String>>,
) -> impl Iterator<Item = Result<Finding>> {
    Compare::new(money, receipts).filter_map(|mismatch| match mismatch {
        Err(error) => Some(Err(error)),
        Ok(Mismatch::RightOnly(group)) => {
            let (reference, sum) = (&group.key, group.sum);
            let what = Text::new(
                format!(
                    "Чек на {sum} ₽ по платежу {reference}, которого нет ни в одном источнике."
                ),
                format!("A receipt of {sum} ₽ for payment {reference}, which no source knows."),
            );
            let object = Object::Money(reference.clone());
            let finding = Finding::new(RuleId::A04, Severity::Critical, object, what);
            Some(Ok(finding.with("sum", sum).with("receipts", group.rows)))
        }
        Ok(_) => None,
    })
}

/// Money whose payer is unknown.
#[derive(Clone, Debug)]
pub struct Unidentified {
    /// Its external id or bank operation number.
    pub reference: String,
    /// The day it came.
    pub received: LocalDate,
    /// How much.
    pub amount: Kopecks,
}

/// A24: money that nobody has identified for too many working days.
pub fn unidentified_money(
    limits: &UnidentifiedLimits,
    calendar: &Calendar,
    today: LocalDate,
    money: &Unidentified,
) -> Option<Finding> {
    let days = calendar.working_days_between(money.received, today);
    let severity = if days > limits.critical_days {
        Severity::Critical
    } else if days > limits.high_days {
        Severity::High
    } else {
        return None;
    };
    let (reference, amount, received) = (&money.reference, money.amount, money.received);
    let what = Text::new(
        format!(
            "Невыясненный платёж {reference} на {amount} ₽ от {received}, рабочих дней: {days}."
        ),
        format!(
            "Payment {reference} of {amount} ₽, {received}, is unidentified for {days} working days."
        ),
    );
    let object = Object::Money(reference.clone());
    Some(
        Finding::new(RuleId::A24, severity, object, what)
            .with("amount", amount)
            .with("received", received)
            .with("working_days", days),
    )
}
