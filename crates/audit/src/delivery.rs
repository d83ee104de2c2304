//! A27: receipts that do not reach the customer.

use terms::{AccountNumber, LocalDate};

use crate::{BounceLimits, Finding, Object, RuleId, Severity, Text, Value};

/// What became of the e-mails and text messages of a day.
#[derive(Clone, Copy, Debug)]
pub struct DayDeliveries {
    /// The day.
    pub day: LocalDate,
    /// Sent.
    pub sent: u64,
    /// Of them, not delivered.
    pub bounced: u64,
}

/// A27 over a day: too many receipts came back.
pub fn bounces_of_day(limits: &BounceLimits, day: &DayDeliveries) -> Option<Finding> {
    let (sent, bounced, date) = (day.sent, day.bounced, day.day);
    if u128::from(bounced) * 100 <= u128::from(sent) * u128::from(limits.pct) {
        return None;
    }
    let share = Value::share(bounced, sent);
    let what = Text::new(
        format!("За {date} не доставлено чеков: {bounced} из {sent} ({share})."),
        format!("On {date} {bounced} of {sent} receipts were not delivered ({share})."),
    );
    Some(
        Finding::new(RuleId::A27, Severity::Medium, Object::Day(date), what)
            .with("sent", sent)
            .with("bounced", bounced)
            .with("share", share),
    )
}

/// A27 over an account: its receipts came back `times` times since one was last delivered.
pub fn bounces_of_account(
    limits: &BounceLimits,
    account: &AccountNumber,
    times: u32,
) -> Option<Finding> {
    (times > 0 && times >= limits.times).then(|| {
        let what = Text::new(
            format!("Счёт {account}: чеки не доставлены подряд, раз: {times}."),
            format!("Account {account}: {times} receipts in a row were not delivered."),
        );
        let object = Object::Account(account.clone());
        Finding::new(RuleId::A27, Severity::Medium, object, what).with("times", times)
    })
}
