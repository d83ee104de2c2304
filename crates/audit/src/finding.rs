use std::fmt;

use terms::{
    AccountNumber, DocumentNumber, DriveNumber, LocalDate, LocalDateTime, Period, Rnm, ServiceCode,
};

use crate::{EquationId, Rule, RuleId, Severity, Sum};

/// A sentence in both languages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Text {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The sentence.
    pub fn new(ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ru: ru.into(),
            en: en.into(),
        }
    }
}

/// What a check has found: which rule, on what, how bad, and the numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// How bad it is here; many rules warn before they alarm.
    pub severity: Severity,
    /// What it is about.
    pub object: Object,
    /// What was found, with its numbers in words.
    pub what: Text,
    /// The numbers by name, in the order in which they explain the finding.
    pub numbers: Vec<(&'static str, Value)>,
}

impl Finding {
    pub(crate) fn new(rule: RuleId, severity: Severity, object: Object, what: Text) -> Self {
        Self {
            rule,
            severity,
            object,
            what,
            numbers: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.numbers.push((name, value.into()));
        self
    }

    /// The number called `name`.
    pub fn number(&self, name: &str) -> Option<&Value> {
        self.numbers
            .iter()
            .find(|(called, _)| *called == name)
            .map(|(_, value)| value)
    }

    /// What to do about it.
    pub fn advice(&self) -> (&'static str, &'static str) {
        Rule::of(self.rule).advice
    }

    /// What the incident is known by while it lasts.
    pub fn key(&self) -> IncidentKey {
        IncidentKey::of(self.rule, &self.object)
    }
}

/// What an incident is known by: rule and object, as in `A01:account:0012`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IncidentKey(pub(crate) String);

impl IncidentKey {
    pub(crate) fn of(rule: RuleId, object: &Object) -> Self {
        Self(format!("{rule}:{object}"))
    }

    /// Takes back the text of a key that was made by [`Finding::key`] and stored.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IncidentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a finding is about. Its text is part of the stored key: it must not change.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Object {
    /// All accounts together.
    Portfolio,
    /// An account.
    Account(AccountNumber),
    /// A service of an account in a month.
    Charge(AccountNumber, Option<ServiceCode>, Period),
    /// An entry of an account: a debt, a lot, a payment, a refund, by its id.
    Entry(AccountNumber, String),
    /// Money that came in, by its reference.
    Money(String),
    /// A drive.
    Drive(DriveNumber),
    /// A fiscal document.
    Document(DriveNumber, DocumentNumber),
    /// A register (ККТ).
    Register(Rnm),
    /// A source of registries.
    Source(String),
    /// A month.
    Period(Period),
    /// A day.
    Day(LocalDate),
    /// An equation for a month, a day or a drive.
    Equation(EquationId, String),
}

impl Object {
    /// The account, when it is about one.
    pub fn account(&self) -> Option<&AccountNumber> {
        match self {
            Self::Account(account) | Self::Charge(account, ..) | Self::Entry(account, _) => {
                Some(account)
            }
            _ => None,
        }
    }
}

impl Object {
    /// Reads the text of an object that was stored; none when it is none.
    pub fn from_stored(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        Some(match kind {
            "portfolio" => Self::Portfolio,
            "account" => Self::Account(rest.parse().ok()?),
            "charge" => {
                let mut parts = rest.splitn(3, ':');
                let account = parts.next()?.parse().ok()?;
                let period = parts.next()?.parse().ok()?;
                let service = parts.next().map(str::parse).transpose().ok()?;
                Self::Charge(account, service, period)
            }
            "entry" => {
                let (account, entry) = rest.split_once(':')?;
                Self::Entry(account.parse().ok()?, entry.to_owned())
            }
            "money" => Self::Money(rest.to_owned()),
            "drive" => Self::Drive(rest.parse().ok()?),
            "document" => {
                let (drive, number) = rest.split_once(':')?;
                Self::Document(drive.parse().ok()?, DocumentNumber(number.parse().ok()?))
            }
            "register" => Self::Register(rest.parse().ok()?),
            "source" => Self::Source(rest.to_owned()),
            "period" => Self::Period(rest.parse().ok()?),
            "day" => Self::Day(rest.parse().ok()?),
            "equation" => {
                let (equation, of) = rest.split_once(':')?;
                Self::Equation(EquationId::from_name(equation)?, of.to_owned())
            }
            _ => return None,
        })
    }
}

/// As in a key. No account number has a colon in it; texts of others come last.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portfolio => f.write_str("portfolio"),
            Self::Account(account) => write!(f, "account:{account}"),
            Self::Charge(account, Some(service), period) => {
                write!(f, "charge:{account}:{period}:{service}")
            }
            Self::Charge(account, None, period) => write!(f, "charge:{account}:{period}"),
            Self::Entry(account, entry) => write!(f, "entry:{account}:{entry}"),
            Self::Money(reference) => write!(f, "money:{reference}"),
            Self::Drive(drive) => write!(f, "drive:{drive}"),
            Self::Document(drive, number) => write!(f, "document:{drive}:{number}"),
            Self::Register(rnm) => write!(f, "register:{rnm}"),
            Self::Source(source) => write!(f, "source:{source}"),
            Self::Period(period) => write!(f, "period:{period}"),
            Self::Day(day) => write!(f, "day:{day}"),
            Self::Equation(equation, of) => write!(f, "equation:{equation}:{of}"),
        }
    }
}

/// A number of a finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// Money.
    Money(Sum),
    /// How many.
    Count(i128),
    /// Hundredths of a percent, rounded down.
    Share(i128),
    /// A date.
    Date(LocalDate),
    /// A moment.
    Moment(LocalDateTime),
    /// A month.
    Period(Period),
    /// Yes or no.
    Flag(bool),
    /// A name or a number that is not counted with.
    Words(String),
}

impl Value {
    /// `part` of `whole` as a share; all of it when there is no whole.
    pub(crate) fn share(part: impl Into<i128>, whole: impl Into<i128>) -> Self {
        let (part, whole) = (part.into(), whole.into());
        Self::Share(
            part.saturating_mul(10_000)
                .checked_div(whole)
                .unwrap_or(10_000),
        )
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(sum) => sum.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Share(share) => write!(f, "{} %", Sum(*share)),
            Self::Date(date) => date.fmt(f),
            Self::Moment(moment) => moment.fmt(f),
            Self::Period(period) => period.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Words(words) => f.write_str(words),
        }
    }
}

macro_rules! value_from {
    ($($kind:ty => |$given:ident| $made:expr;)*) => {
        $(impl From<$kind> for Value {
            fn from($given: $kind) -> Self {
                $made
            }
        })*
    };
}

value_from! {
    Sum => |sum| Self::Money(sum);
    terms::Kopecks => |amount| Self::Money(amount.into());
    u16 => |count| Self::Count(count.into());
    u32 => |count| Self::Count(count.into());
    u64 => |count| Self::Count(count.into());
    i32 => |count| Self::Count(count.into());
    i64 => |count| Self::Count(count.into());
    LocalDate => |date| Self::Date(date);
    LocalDateTime => |moment| Self::Moment(moment);
    Period => |period| Self::Period(period);
    bool => |flag| Self::Flag(flag);
    String => |words| Self::Words(words);
    &str => |words| Self::Words(words.to_owned());
}
