//! What people order about an account: from the fields of a form to an operation.

mod body;
mod choices;

use desk::{
    Account, CancelPayment, CancelReason, Channel, Event, EventKind, Identify, MAX_EVENT_ID,
    MoneyKind, Move, NewOperation, Part, PartKind, Payment, Recalc, RecalcTo, Refund, RefundOf,
    Right, WriteOff, WriteOffItem, WriteOffTarget,
};
use terms::{AccountNumber, Basis, Kopecks, LocalDate, Period, ReasonCode, ServiceCode};

use crate::{
    form::Form,
    text::Text,
    texts::{ActTexts, WordsTexts},
    typed,
};

pub(crate) use choices::{Choice, Choices};

/// How keys of operations begin that people have ordered at the panel.
const KEY_PREFIX: &str = "panel-";
/// The longest reason of a person, characters.
const REASON_MAX: usize = 250;

/// Something that is ordered about an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    /// Money is taken at the desk.
    Payment,
    /// Money goes back.
    Refund,
    /// A past charge was too high.
    Recalc,
    /// Money ahead goes elsewhere.
    Move,
    /// A debt leaves the balance.
    WriteOff,
    /// The payer of a payment is known now.
    Identify,
    /// A payment that has its receipt did not happen, or has two.
    Undo,
}

impl Act {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Payment, "payment"),
        (Self::Refund, "refund"),
        (Self::Recalc, "recalc"),
        (Self::Move, "move"),
        (Self::WriteOff, "writeoff"),
        (Self::Identify, "identify"),
        (Self::Undo, "undo"),
    ];

    /// What stands in the address and in the trail.
    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(act, _)| *act == self);
        found.map_or("", |(_, name)| name)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(act, _)| *act)
    }

    /// Who may order it.
    pub(crate) const fn right(self) -> Right {
        match self {
            Self::Identify => Right::Import,
            Self::Undo => Right::Correct,
            _ => Right::Submit,
        }
    }

    /// What it is called, and what it does.
    pub(crate) const fn words(self, t: &ActTexts) -> (Text, Text) {
        match self {
            Self::Payment => (t.payment, t.payment_lead),
            Self::Refund => (t.refund, t.refund_lead),
            Self::Recalc => (t.recalc, t.recalc_lead),
            Self::Move => (t.moved, t.move_lead),
            Self::WriteOff => (t.writeoff, t.writeoff_lead),
            Self::Identify => (t.identify, t.identify_lead),
            Self::Undo => (t.undo, t.undo_lead),
        }
    }

    /// Reads what is ordered; none when something is wrong, and then the form says what.
    pub(crate) fn read(
        self,
        form: &mut Form,
        account: &Account,
        t: &WordsTexts,
    ) -> Option<EventKind> {
        let number = account.number.clone();
        let kind = match self {
            Self::Payment => payment(form, number, t),
            Self::Refund => refund(form, number, t),
            Self::Recalc => recalc(form, number, t),
            Self::Move => moved(form, number, t),
            Self::WriteOff => write_off(form, number, t),
            Self::Identify => Some(EventKind::Identify(Identify {
                payment: text(form, "payment", t)?,
                account: number,
            })),
            Self::Undo => undo(form, number, t),
        };
        kind.filter(|_| form.is_fine())
    }
}

/// A key that nobody has used.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn new_key() -> Result<String, desk::DeskError> {
    Ok(format!("{KEY_PREFIX}{}", desk::random_password()?))
}

/// The key of a form, if it is one that we have given out.
pub(crate) fn key_of(form: &Form) -> Option<&str> {
    let key = form.value("key");
    let is_ours = key.starts_with(KEY_PREFIX)
        && key.len() <= MAX_EVENT_ID
        && key.bytes().all(|byte| byte.is_ascii_graphic());
    is_ours.then_some(key)
}

/// The operation that somebody orders.
pub(crate) fn operation(key: &str, date: LocalDate, kind: EventKind, by: &str) -> NewOperation {
    let is_duplicate = matches!(
        &kind,
        EventKind::CancelPayment(cancel) if cancel.reason == CancelReason::DuplicateRecord
    );
    NewOperation {
        key: key.to_owned(),
        body: body::of(key, date, &kind, by).to_string(),
        asked: Event {
            id: key.to_owned(),
            date,
            kind,
        }
        .into(),
        callback: None,
        basis: is_duplicate.then(|| Box::new(Basis::new(ReasonCode::Duplicate))),
    }
}

fn payment(form: &mut Form, account: AccountNumber, t: &WordsTexts) -> Option<EventKind> {
    let amount = sum(form, "amount", t);
    let kind = money(form, t);
    Some(EventKind::Payment(Payment {
        account: Some(account),
        parts: vec![Part {
            kind: match kind? {
                MoneyKind::Cash => PartKind::Cash,
                MoneyKind::Cashless => PartKind::Cashless,
            },
            amount: amount?,
        }],
        channel: Channel::Desk,
        explicit: Vec::new(),
        purpose_period: None,
    }))
}

fn refund(form: &mut Form, account: AccountNumber, t: &WordsTexts) -> Option<EventKind> {
    let of = chosen(form, "what", refund_of, t);
    let (amount, kind) = (sum(form, "amount", t), money(form, t));
    Some(EventKind::Refund(Refund {
        account,
        of: of?,
        amount: amount?,
        kind: kind?,
        lost_date: None,
    }))
}

fn recalc(form: &mut Form, account: AccountNumber, t: &WordsTexts) -> Option<EventKind> {
    let charge = chosen(form, "charge", service_and_month, t);
    let less = sum(form, "amount", t);
    let to = chosen(form, "to", |to| to.parse::<RecalcTo>().ok(), t);
    let kind = money(form, t);
    let (service, period) = charge?;
    Some(EventKind::Recalc(Recalc {
        account,
        service,
        period,
        delta: less?.negated(),
        to: to?,
        kind: kind.filter(|_| to == Some(RecalcTo::Refund)),
    }))
}

fn moved(form: &mut Form, account: AccountNumber, t: &WordsTexts) -> Option<EventKind> {
    let from = chosen(form, "from", |from| service_of(from, "advance:"), t);
    let to = chosen(form, "target", Target::read, t);
    let amount = sum(form, "amount", t);
    let other = form.text("other").to_owned();
    let to_account = match other.is_empty() {
        true => Some(account.clone()),
        false => chosen(form, "other", |number| number.parse().ok(), t),
    };
    let (to_service, to_debt) = match to? {
        Target::Advance(service) => (service, None),
        Target::Debt(service, id) => (Some(service), Some(id)),
    };
    Some(EventKind::Move(Move {
        from_account: account,
        from_service: from?,
        to_account: to_account?,
        to_service,
        to_debt,
        amount: amount?,
        payer_order: form.has("payer_order", "yes"),
    }))
}

fn write_off(form: &mut Form, account: AccountNumber, t: &WordsTexts) -> Option<EventKind> {
    let target = chosen(
        form,
        "debt",
        |debt| match debt.split_once(':')? {
            ("debt", id) => Some(WriteOffTarget::Debt(id.to_owned())),
            ("penalty", id) => Some(WriteOffTarget::Penalty(id.to_owned())),
            _ => None,
        },
        t,
    );
    let amount = sum(form, "amount", t);
    let reason = text(form, "reason", t);
    Some(EventKind::WriteOff(WriteOff {
        account,
        reason: reason?,
        items: vec![WriteOffItem {
            target: target?,
            amount: amount?,
        }],
    }))
}

fn undo(form: &mut Form, account: AccountNumber, t: &WordsTexts) -> Option<EventKind> {
    let original = text(form, "receipt", t);
    let reason = chosen(form, "reason", |why| why.parse::<CancelReason>().ok(), t);
    Some(EventKind::CancelPayment(CancelPayment {
        account,
        original: original?,
        reason: reason?,
        order: None,
    }))
}

/// Where money ahead goes.
enum Target {
    Advance(Option<ServiceCode>),
    Debt(ServiceCode, String),
}

impl Target {
    fn read(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("advance", _) => service_of(text, "advance:").map(Self::Advance),
            ("debt", rest) => {
                let (service, id) = rest.split_once(':')?;
                Some(Self::Debt(service.parse().ok()?, id.to_owned()))
            }
            _ => None,
        }
    }
}

fn refund_of(text: &str) -> Option<RefundOf> {
    match text.strip_prefix("service:") {
        Some(rest) => {
            let (service, period) = service_and_month(rest)?;
            Some(RefundOf::Service { service, period })
        }
        None => Some(RefundOf::Advance {
            service: service_of(text, "advance:")?,
            period: None,
        }),
    }
}

/// `INET:2026-11`.
fn service_and_month(text: &str) -> Option<(ServiceCode, Period)> {
    let (service, period) = text.split_once(':')?;
    Some((service.parse().ok()?, period.parse().ok()?))
}

/// The service behind a prefix; an empty one is the pool.
fn service_of(text: &str, prefix: &str) -> Option<Option<ServiceCode>> {
    match text.strip_prefix(prefix)? {
        "" => Some(None),
        code => Some(Some(code.parse().ok()?)),
    }
}

fn sum(form: &mut Form, name: &'static str, t: &WordsTexts) -> Option<Kopecks> {
    let sum = typed::sum(form.text(name));
    if sum.is_none() {
        form.refuse(name, t.bad_money);
    }
    sum
}

fn money(form: &mut Form, t: &WordsTexts) -> Option<MoneyKind> {
    chosen(form, "money", |kind| kind.parse().ok(), t)
}

fn text(form: &mut Form, name: &'static str, t: &WordsTexts) -> Option<String> {
    let text = form.text(name).to_owned();
    let is_fine = !text.is_empty()
        && text.chars().count() <= REASON_MAX
        && !text.chars().any(char::is_control);
    if !is_fine {
        form.refuse(name, t.required);
    }
    is_fine.then_some(text)
}

fn chosen<T>(
    form: &mut Form,
    name: &'static str,
    read: impl Fn(&str) -> Option<T>,
    t: &WordsTexts,
) -> Option<T> {
    let chosen = read(form.text(name));
    if chosen.is_none() {
        form.refuse(name, t.choose);
    }
    chosen
}
