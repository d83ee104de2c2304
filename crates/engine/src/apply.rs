use terms::{AccountNumber, Kopecks, LocalDate};

use crate::{
    Before, Event, EventKind, MAX_EVENT_ID, MAX_EVENT_ITEMS, Plan, Record, RecordKind, Refusal,
    Setup, events,
};

/// The year in which receipts through an ОФД began: earlier settlements cannot be meant.
const FIRST_YEAR: u16 = 2016;

/// What `event` leads to in the state `before`.
///
/// # Errors
/// A [`Refusal`] when the event cannot be right. Nothing changes then.
///
/// # Examples
/// A debt with a credit receipt is paid, and what is left becomes an advance (receipt rules §3.2,
/// like R03):
///
/// ```
/// use engine::*;
/// use terms::{AccountNumber, Kopecks, PaymentMethod, TaxSystem, VatRate};
///
/// let mut setup = Setup::default();
/// setup.services.insert("INET".parse()?, Service {
///     name: "Доступ в интернет".into(),
///     vat: VatSchedule::fixed(VatRate::V22),
///     tax_system: TaxSystem::Common,
///     priority: 1,
///     weight: "650".parse()?,
///     p21: true,
///     agent: None,
/// });
///
/// let number: AccountNumber = "100001".parse()?;
/// let mut account = Account::new(number.clone());
/// account.debts.push(Debt {
///     id: "C1".into(),
///     service: "INET".parse()?,
///     period: "2026-02".parse()?,
///     open: "650".parse()?,
///     vat: VatRate::V22,
///     credit: true,
/// });
/// let mut before = Before::default();
/// before.accounts.insert(number.clone(), account);
///
/// let event = Event {
///     id: "P1".into(),
///     date: "2026-03-05".parse()?,
///     kind: EventKind::Payment(Payment {
///         account: Some(number),
///         parts: vec![Part { kind: PartKind::Cashless, amount: "1500".parse()? }],
///         channel: Channel::BankRegistry,
///         explicit: vec![],
///         purpose_period: None,
///     }),
/// };
/// let plan = apply(&setup, &before, &event)?;
///
/// let [receipt] = &plan.receipts[..] else { panic!("one receipt") };
/// assert_eq!(receipt.payments.cashless.to_string(), "1500.00");
/// let [paid, ahead] = &receipt.lines[..] else { panic!("two lines") };
/// assert_eq!(paid.method, PaymentMethod::CreditPayment);
/// assert_eq!(paid.name, "Оплата долга: Доступ в интернет за 02.2026");
/// assert_eq!(paid.vat.to_string(), "117.21");
/// assert_eq!(
///     paid.why.ru(),
///     "Оплата долга за 02.2026: 650,00 (долг C1) из платежа 1500,00; \
///      чек «в долг» был → оплата кредита",
/// );
/// assert_eq!(ahead.method, PaymentMethod::Advance);
/// assert_eq!(ahead.vat_code.to_string(), "22/122");
/// assert_eq!(plan.accounts[0].saldo(), 85_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A refund of more than there is:
///
/// ```
/// use engine::*;
/// use terms::AccountNumber;
///
/// let number: AccountNumber = "100001".parse()?;
/// let mut before = Before::default();
/// before.accounts.insert(number.clone(), Account::new(number.clone()));
/// let event = Event {
///     id: "F1".into(),
///     date: "2026-03-15".parse()?,
///     kind: EventKind::Refund(Refund {
///         account: number,
///         of: RefundOf::Advance { service: Some("INET".parse()?), period: None },
///         amount: "900".parse()?,
///         kind: MoneyKind::Cashless,
///         lost_date: None,
///     }),
/// };
/// let refusal = apply(&Setup::default(), &before, &event).unwrap_err();
/// assert_eq!(refusal.code(), "insufficient_advance");
/// assert_eq!(refusal.to_string(), "900.00 exceeds advance 0.00 of INET on account 100001");
/// # Ok::<(), terms::TermError>(())
/// ```
pub fn apply(setup: &Setup, before: &Before, event: &Event) -> Result<Plan, Refusal> {
    if event.id.is_empty() || event.id.len() > MAX_EVENT_ID {
        return Err(Refusal::BadId {
            len: event.id.len(),
            max: MAX_EVENT_ID,
        });
    }
    check_date(event.date)?;
    let mut work = Work {
        setup,
        before,
        event,
        plan: Plan::default(),
    };
    match &event.kind {
        EventKind::Payment(payment) => events::payment(&mut work, payment),
        EventKind::Identify(identify) => events::identify(&mut work, identify),
        EventKind::Charge(charge) => events::charge(&mut work, charge),
        EventKind::PeriodClose(close) => events::period_close(&mut work, close),
        EventKind::Refund(refund) => events::refund(&mut work, refund),
        EventKind::Recalc(recalc) => events::recalc(&mut work, recalc),
        EventKind::WriteOff(writeoff) => events::write_off(&mut work, writeoff),
        EventKind::Move(moved) => events::move_overpayment(&mut work, moved),
        EventKind::CancelPayment(cancel) => events::cancel_payment(&mut work, cancel),
        EventKind::RestorePayment(restore) => events::restore_payment(&mut work, restore),
        EventKind::RestoreCharge(restore) => events::restore_charge(&mut work, restore),
        EventKind::FixReceipt(fix) => events::fix_receipt(&mut work, fix),
    }?;
    for account in &mut work.plan.accounts {
        account.drop_zeros();
    }
    Ok(work.plan)
}

/// An event being applied: the plan grows, and is thrown away when the event is refused.
pub(crate) struct Work<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) before: &'a Before,
    pub(crate) event: &'a Event,
    pub(crate) plan: Plan,
}

impl Work<'_> {
    /// The place of an account in the plan, where it may be changed.
    pub(crate) fn open(&mut self, number: &AccountNumber) -> Result<usize, Refusal> {
        let opened = self
            .plan
            .accounts
            .iter()
            .position(|account| account.number == *number);
        if let Some(place) = opened {
            return Ok(place);
        }
        let account = self
            .before
            .accounts
            .get(number)
            .ok_or_else(|| Refusal::UnknownAccount {
                account: number.to_string(),
            })?;
        // Most events touch one.
        self.plan.accounts.reserve_exact(1);
        self.plan.accounts.push(account.clone());
        Ok(self.plan.accounts.len() - 1)
    }

    /// Notes something that happened without a receipt on the account at `place`.
    pub(crate) fn record(
        &mut self,
        kind: RecordKind,
        place: usize,
        reference: Option<&str>,
        amount: Kopecks,
    ) {
        let account = &self.plan.accounts[place];
        self.plan.records.push(Record {
            event: self.event.id.clone(),
            kind,
            account: Some(account.number.clone()),
            reference: reference.map(str::to_owned),
            amount,
        });
    }
}

/// Refuses a sum that is not more than nothing.
pub(crate) fn check_positive(what: &str, amount: Kopecks) -> Result<(), Refusal> {
    if amount.is_positive() {
        return Ok(());
    }
    Err(Refusal::BadAmount {
        what: format!("{what} is {amount}: it must be more than nothing"),
    })
}

/// Refuses a list that is empty or too long.
pub(crate) fn check_count(what: &'static str, count: usize) -> Result<(), Refusal> {
    match count {
        0 => Err(Refusal::BadAmount {
            what: format!("{what}: there are none"),
        }),
        _ if count > MAX_EVENT_ITEMS => Err(Refusal::TooManyItems {
            what,
            count,
            max: MAX_EVENT_ITEMS,
        }),
        _ => Ok(()),
    }
}

/// Refuses days before there were receipts of this kind.
pub(crate) fn check_date(date: LocalDate) -> Result<(), Refusal> {
    if date.year() >= FIRST_YEAR {
        return Ok(());
    }
    Err(Refusal::BadDate {
        what: format!("{date} lies before {FIRST_YEAR}, when such receipts began"),
    })
}

/// Refuses a past day that is not in the past of the event.
pub(crate) fn check_past(what: &str, past: LocalDate, date: LocalDate) -> Result<(), Refusal> {
    check_date(past)?;
    if past <= date {
        return Ok(());
    }
    Err(Refusal::BadDate {
        what: format!("{what} {past} lies after the event's {date}"),
    })
}
