//! What the body of an operation tells the watch: each face writes its own, so that all is optional
//! and what is unknown is skipped. A body that tells nothing leaves the effects to speak.

use std::borrow::Cow;

use serde::Deserialize;
use terms::{Kopecks, LocalDate, Period, ServiceCode};

/// A number that is shorter repeats: payment orders are numbered anew each year by each payer.
const TELLING_NUMBER: usize = 6;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    date: Option<Cow<'a, str>>,
    #[serde(borrow)]
    paid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    lost_date: Option<Cow<'a, str>>,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    parts: Vec<PartBody<'a>>,
    #[serde(borrow)]
    lines: Vec<LineBody<'a>>,
    #[serde(borrow)]
    bank: Option<BankBody<'a>>,
}

#[derive(Deserialize)]
struct PartBody<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LineBody<'a> {
    #[serde(borrow)]
    service: Option<Cow<'a, str>>,
    #[serde(borrow)]
    period: Option<Cow<'a, str>>,
    #[serde(borrow)]
    amount: Option<Cow<'a, str>>,
}

/// A file of a bank tells all it knows, a bank that pays by itself has a name.
#[derive(Deserialize)]
#[serde(untagged)]
enum BankBody<'a> {
    #[serde(borrow)]
    Name(Cow<'a, str>),
    File {
        #[serde(borrow)]
        source: Cow<'a, str>,
        #[serde(borrow, default)]
        number: Cow<'a, str>,
    },
}

impl<'a> Body<'a> {
    /// Reads what it can; nothing of what is no object of this kind.
    pub(super) fn read(json: &'a str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// The day of the settlement, if it says one.
    pub(super) fn day(&self) -> Option<LocalDate> {
        let told = self.lost_date.as_ref().or(self.paid.as_ref());
        told.or(self.date.as_ref())?.parse().ok()
    }

    /// Who has told of the money, if it came through a bank.
    pub(super) fn bank(&self) -> Option<&str> {
        match self.bank.as_ref()? {
            BankBody::Name(name) | BankBody::File { source: name, .. } => Some(name),
        }
    }

    /// Whether it stands in a file of a bank.
    pub(super) const fn is_of_file(&self) -> bool {
        matches!(self.bank, Some(BankBody::File { .. }))
    }

    /// The bank's number of the operation, if it tells it from others.
    pub(super) fn number<'b>(&'b self, key: &'b str) -> Option<&'b str> {
        let number = match self.bank.as_ref()? {
            BankBody::File { number, .. } => number.as_ref(),
            // The key of a bank that pays by itself is its name and its number.
            BankBody::Name(name) => key.strip_prefix(name.as_ref())?.get(1..)?,
        };
        (number.len() >= TELLING_NUMBER).then_some(number)
    }

    /// Whether the receipt was due at the moment of settlement: the customer was present or paid on
    /// the Internet (receipt rules §2.5). Money without a channel has come through a bank.
    pub(super) fn is_due_at_once(&self) -> bool {
        self.is_at_desk() || self.channel.as_deref() == Some("online")
    }

    /// Whether the customer was present.
    pub(super) fn is_at_desk(&self) -> bool {
        self.channel.as_deref() == Some("desk")
    }

    /// The kind of money of a refund.
    pub(super) fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The kinds of money of a payment.
    pub(super) fn part_kinds(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.kind.as_ref())
    }

    /// The lines of a charge; none when one of them cannot be read.
    pub(super) fn charged(&self) -> Option<Vec<(ServiceCode, Period, Kopecks)>> {
        let line = |line: &LineBody<'_>| {
            let service = line.service.as_ref()?.parse().ok()?;
            let period = line.period.as_ref()?.parse().ok()?;
            Some((service, period, line.amount.as_ref()?.parse().ok()?))
        };
        let lines: Vec<_> = self.lines.iter().map(line).collect::<Option<_>>()?;
        (!lines.is_empty()).then_some(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_face_s_way_of_writing_a_payment_is_understood() {
        let file = r#"{"type":"payment","key":"sb-1","account":"1","paid":"2026-03-02","parts":[{"kind":"cashless","amount":"1.00"}],"bank":{"source":"sberbank","number":"500100200","payer":"Иванова \"А\""}}"#;
        let file = Body::read(file);
        assert_eq!(
            file.day().map(|day| day.to_string()).as_deref(),
            Some("2026-03-02")
        );
        assert_eq!(
            (file.bank(), file.number("sb-1")),
            (Some("sberbank"), Some("500100200"))
        );
        assert!(file.is_of_file() && !file.is_due_at_once());
        let bank =
            r#"{"type":"payment","key":"qiwi-500100200","account":"1","sum":"1.00","bank":"qiwi"}"#;
        let bank = Body::read(bank);
        assert_eq!(bank.number("qiwi-500100200"), Some("500100200"));
        assert!(!bank.is_of_file() && !bank.is_due_at_once());
        let billing = r#"{"type":"payment","key":"p","account":"1","parts":[{"kind":"cash","amount":"1.00"}],"channel":"desk"}"#;
        let billing = Body::read(billing);
        assert_eq!(billing.part_kinds().collect::<Vec<_>>(), ["cash"]);
        assert!(billing.is_due_at_once() && billing.day().is_none());
    }

    #[test]
    fn short_numbers_of_payment_orders_tell_nothing() {
        let body = Body::read(r#"{"bank":{"source":"1c","number":"57"}}"#);
        assert_eq!(body.number("k"), None);
    }

    #[test]
    fn what_is_no_operation_tells_nothing_and_is_no_error() {
        for json in ["", "[1]", "{\"date\":7}", "{\"lines\":[{\"amount\":1}]}"] {
            let body = Body::read(json);
            assert!(body.day().is_none() && body.charged().is_none(), "{json}");
        }
    }
}
