use std::{borrow::Cow, fmt, str::FromStr};

use terms::{Kopecks, LocalDate, Period, TermError};

use crate::Encoding;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// Sberbank's registry of payments.
    Sberbank,
    /// LANBilling's registry.
    Lanbilling,
    /// A bank statement in the form 1CClientBankExchange.
    ClientBank,
    /// A table whose columns have names.
    Table,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Sberbank,
        Self::Lanbilling,
        Self::ClientBank,
        Self::Table,
    ];

    /// The word used by configuration, journal and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sberbank => "sberbank",
            Self::Lanbilling => "lanbilling",
            Self::ClientBank => "1c",
            Self::Table => "csv",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = TermError;

    fn from_str(name: &str) -> terms::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| TermError::new("kind", name, "sberbank, lanbilling, 1c or csv"))
    }
}

/// A file that has been read whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parsed<'a> {
    /// What kind of file it is.
    pub kind: Kind,
    /// What it says of itself.
    pub about: About<'a>,
    /// Its incoming payments, in its order.
    pub rows: Vec<Row<'a>>,
    /// What they come to.
    pub totals: Totals,
}

/// What a file says of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct About<'a> {
    /// The version of its form.
    pub version: &'a str,
    /// The first day that it is about.
    pub from: Option<LocalDate>,
    /// The last day.
    pub to: Option<LocalDate>,
    /// Our bank accounts that it is about.
    pub accounts: Vec<&'a str>,
    /// The transfer by which the bank passed the registry's money on.
    pub order: Option<PaymentOrder<'a>>,
    /// Documents of a statement that are no incoming money.
    pub others: u32,
}

/// A payment order (платёжное поручение) of the bank.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaymentOrder<'a> {
    /// Its number.
    pub number: &'a str,
    /// Its day.
    pub date: Option<LocalDate>,
}

/// The sums of all rows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// What goes on receipts.
    pub amount: Kopecks,
    /// What the payers have paid.
    pub paid: Kopecks,
    /// What the bank has passed on, as far as the file says it.
    pub transferred: Kopecks,
    /// What the bank has kept, as far as the file says it.
    pub fee: Kopecks,
    /// What a statement says of itself to have come in (ВсегоПоступило): it may be about more
    /// documents than were written out.
    pub declared: Option<Kopecks>,
}

/// One incoming payment. Texts that a file does not have are empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row<'a> {
    /// The line of the file that it begins on, from 1.
    pub line: u32,
    /// The day on which it was paid; in a statement, on which it came in.
    pub date: LocalDate,
    /// The time of day, if the file says it.
    pub time: Option<TimeOfDay>,
    /// The payer's account with us (лицевой счёт), as it stands in the file: leading zeros matter.
    pub account: Cow<'a, str>,
    /// What goes on the receipt; it may be zero or less.
    pub amount: Kopecks,
    /// What the bank has passed on.
    pub transferred: Option<Kopecks>,
    /// What the bank has kept.
    pub fee: Option<Kopecks>,
    /// The bank's number of the operation; in a statement, the number of the document.
    pub number: Cow<'a, str>,
    /// The payer's name.
    pub payer: Cow<'a, str>,
    /// The payer's ИНН.
    pub payer_inn: Cow<'a, str>,
    /// The payer's bank account.
    pub payer_account: Cow<'a, str>,
    /// The payer's address.
    pub address: Cow<'a, str>,
    /// The month that the payer named; none, too, if what stands there is no month.
    pub period: Option<Period>,
    /// The purpose of the payment (назначение платежа).
    pub purpose: Cow<'a, str>,
    /// The terminal or the way of the payment; in a statement, the kind of the document.
    pub channel: Cow<'a, str>,
    /// Our bank account that it came to.
    pub our_account: Cow<'a, str>,
}

impl Row<'_> {
    /// A row with no texts.
    pub(crate) fn new(line: u32, date: LocalDate, amount: Kopecks) -> Self {
        let none = || Cow::Borrowed("");
        Self {
            line,
            date,
            time: None,
            account: none(),
            amount,
            transferred: None,
            fee: None,
            number: none(),
            payer: none(),
            payer_inn: none(),
            payer_account: none(),
            address: none(),
            period: None,
            purpose: none(),
            channel: none(),
            our_account: none(),
        }
    }
}

/// A time of day on the bank's clock.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TimeOfDay {
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
}

impl TimeOfDay {
    /// `hour`:`minute`:`second`.
    ///
    /// # Errors
    /// When there is no such time.
    pub fn new(hour: u8, minute: u8, second: u8) -> terms::Result<Self> {
        if hour > 23 || minute > 59 || second > 59 {
            let given = format!("{hour:02}:{minute:02}:{second:02}");
            return Err(TermError::new("time", given, "00:00:00…23:59:59"));
        }
        Ok(Self {
            hour,
            minute,
            second,
        })
    }
}

/// `09:32:33`.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            hour,
            minute,
            second,
        } = self;
        write!(f, "{hour:02}:{minute:02}:{second:02}")
    }
}

/// The most that the totals of a file may come to.
pub(crate) fn total(
    what: &str,
    parts: impl IntoIterator<Item = Kopecks>,
) -> Result<Kopecks, String> {
    Kopecks::sum(parts).map_err(|error| format!("the total of {what} is beyond every sum: {error}"))
}

/// How a file was written, for people.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
