use terms::{
    AccountNumber, Kopecks, LocalDate, OperationSign, PaymentMethod, Period, ServiceCode,
    SettlementSubject, TaxSystem, VatCode, named,
};

use crate::{Agent, MoneyKind, Payments, Ref};

/// The longest id of an event, in bytes.
pub const MAX_EVENT_ID: usize = 64;

/// The most entries in one list of an event: parts, lines, items.
pub const MAX_EVENT_ITEMS: usize = 1_000;

/// Something that happened on an account, as billing or the bank told it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Its id, unique in the installation: the ids of the debts and advances that it creates begin
    /// with it.
    pub id: String,
    /// The day of the settlement; the receipts carry it.
    pub date: LocalDate,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EventKind {
    /// Money came.
    Payment(Payment),
    /// The payer of an unidentified payment became known.
    Identify(Identify),
    /// Services were supplied and charged.
    Charge(Charge),
    /// The month's consolidated offset receipt is due.
    PeriodClose(PeriodClose),
    /// Money goes back.
    Refund(Refund),
    /// A past charge turned out too high.
    Recalc(Recalc),
    /// Debts leave the balance.
    WriteOff(WriteOff),
    /// An overpayment is moved.
    Move(Move),
    /// A fiscalised payment did not happen, or was fiscalised twice.
    CancelPayment(CancelPayment),
    /// A payment of a past day was never fiscalised.
    RestorePayment(RestorePayment),
    /// The receipt of a past charge was never fiscalised.
    RestoreCharge(RestoreCharge),
    /// A printed receipt is wrong.
    FixReceipt(FixReceipt),
}

impl EventKind {
    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Payment(_) => "payment",
            Self::Identify(_) => "identify",
            Self::Charge(_) => "charge",
            Self::PeriodClose(_) => "period_close",
            Self::Refund(_) => "refund",
            Self::Recalc(_) => "recalc",
            Self::WriteOff(_) => "writeoff",
            Self::Move(_) => "move",
            Self::CancelPayment(_) => "cancel_payment",
            Self::RestorePayment(_) => "restore_payment",
            Self::RestoreCharge(_) => "restore_charge",
            Self::FixReceipt(_) => "fix_receipt",
        }
    }
}

/// Money came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payment {
    /// The account; none when the payer is unknown yet.
    pub account: Option<AccountNumber>,
    /// The money, in the order in which receipts consume it.
    pub parts: Vec<Part>,
    /// The way it came.
    pub channel: Channel,
    /// Billing's own split; what it leaves is spread by policy.
    pub explicit: Vec<ExplicitItem>,
    /// The month that the payer named.
    pub purpose_period: Option<Period>,
}

/// A part of a payment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// What it was paid in.
    pub kind: PartKind,
    /// How much.
    pub amount: Kopecks,
}

named! {
    /// What a part of a payment was paid in.
    PartKind("part kind") {
        /// Tag 1031.
        Cash = "cash",
        /// Tag 1081.
        Cashless = "cashless",
        /// Counter-provision (встречное предоставление), tag 1217: debts only.
        Counter = "counter",
    }
}

named! {
    /// The way a payment came (receipt rules §2.5).
    Channel("channel") {
        /// Cash or card at the desk.
        Desk = "desk",
        /// Site or app: a contact is required, tag 1125 is set.
        Online = "online",
        /// Bank registry, transfer, autopay.
        BankRegistry = "bank_registry",
        /// A budget pays for the resident: debts only, no receipt.
        Subsidy = "subsidy",
    }
}

/// One item of billing's own split.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExplicitItem {
    /// What is paid.
    pub target: ExplicitTarget,
    /// How much.
    pub amount: Kopecks,
}

/// What an item of billing's own split pays.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ExplicitTarget {
    /// The debt of this id.
    Debt(String),
    /// The penalty of this id.
    Penalty(String),
    /// The written-off debt of this id.
    WrittenOff(String),
    /// An advance of this service; none for the pool.
    Advance(Option<ServiceCode>),
}

/// The payer of an unidentified payment became known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identify {
    /// The id of the payment's event.
    pub payment: String,
    /// Whose it is.
    pub account: AccountNumber,
}

/// Services were supplied and charged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Charge {
    /// The account.
    pub account: AccountNumber,
    /// What is charged.
    pub lines: Vec<ChargeLine>,
}

/// One charged service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChargeLine {
    /// The service.
    pub service: ServiceCode,
    /// The month of the service; its last day decides the VAT rate.
    pub period: Period,
    /// How much, VAT included.
    pub amount: Kopecks,
}

/// The month's consolidated offset receipt is due.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeriodClose {
    /// The month.
    pub period: Period,
    /// Whether correction receipts are wanted when the ten days have passed (receipt rules §4.2).
    /// Without it a late close is refused. Within the ten days it changes nothing.
    pub late_as_correction: bool,
}

/// Money goes back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refund {
    /// The account.
    pub account: AccountNumber,
    /// What it is a refund of.
    pub of: RefundOf,
    /// How much.
    pub amount: Kopecks,
    /// The money it goes back in.
    pub kind: MoneyKind,
    /// The day of a refund that was never fiscalised: makes it a correction receipt.
    pub lost_date: Option<LocalDate>,
}

/// What a refund gives back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RefundOf {
    /// An unused advance.
    Advance {
        /// The service; none for the pool.
        service: Option<ServiceCode>,
        /// Only prepayments of this month; without it any advance of the service, oldest first.
        period: Option<Period>,
    },
    /// Money for a service that was supplied and paid.
    Service {
        /// The service.
        service: ServiceCode,
        /// The month of the service.
        period: Period,
    },
}

/// A past charge turned out too high. (Too low: a [`Charge`] of the past month.)
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recalc {
    /// The account.
    pub account: AccountNumber,
    /// The service.
    pub service: ServiceCode,
    /// The month of the service.
    pub period: Period,
    /// The change of the charge, negative.
    pub delta: Kopecks,
    /// Where the part that was already paid goes.
    pub to: RecalcTo,
    /// The money of a refund, or the kind of the new advance; cashless when not given.
    pub kind: Option<MoneyKind>,
}

named! {
    /// Where the paid part of a recalculation goes.
    RecalcTo("to") {
        /// It stays on the account as an advance.
        Advance = "advance",
        /// It goes back to the payer.
        Refund = "refund",
    }
}

/// Debts leave the balance: no receipt (receipt rules §2.4 D13).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WriteOff {
    /// The account.
    pub account: AccountNumber,
    /// The reason, for the records.
    pub reason: String,
    /// What is written off.
    pub items: Vec<WriteOffItem>,
}

/// One written-off sum.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WriteOffItem {
    /// What is written off.
    pub target: WriteOffTarget,
    /// How much of it.
    pub amount: Kopecks,
}

/// What is written off.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WriteOffTarget {
    /// The debt of this id.
    Debt(String),
    /// The penalty of this id.
    Penalty(String),
}

/// An overpayment is moved to another service or account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Move {
    /// The account with the overpayment.
    pub from_account: AccountNumber,
    /// The service with the overpayment; none for the pool.
    pub from_service: Option<ServiceCode>,
    /// The account that gets it.
    pub to_account: AccountNumber,
    /// The service that gets it; none for the pool.
    pub to_service: Option<ServiceCode>,
    /// The debt that is closed with it; without it the money stays an advance.
    pub to_debt: Option<String>,
    /// How much.
    pub amount: Kopecks,
    /// Whether the payer ordered it: needed between different suppliers.
    pub payer_order: bool,
}

/// A fiscalised payment did not happen, or was fiscalised twice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CancelPayment {
    /// The account.
    pub account: AccountNumber,
    /// The journal's id of the receipt.
    pub original: String,
    /// Why.
    pub reason: CancelReason,
    /// The number of the tax office's order, if it was ordered (1173 = 1, 1179): only a duplicate's
    /// correction receipt carries it.
    pub order: Option<String>,
}

named! {
    /// Why a payment is cancelled.
    CancelReason("reason") {
        /// The bank took the money back.
        Chargeback = "chargeback",
        /// One bank record was fiscalised twice.
        DuplicateRecord = "duplicate_record",
    }
}

/// A payment of a past day was never fiscalised: a correction receipt (receipt rules §4.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RestorePayment {
    /// The account. The money is allocated by the ledger of the lost day (receipt rules §4.2 step 4).
    /// A debt knows no day of its charge \[C\]: it was there when the month of its service had ended
    /// by that day. Debts of later months are paid only where a credit receipt is still open, oldest
    /// first; those without one are left alone. What is left is an advance of that day, at its rates.
    pub account: AccountNumber,
    /// The day the money came.
    pub lost_date: LocalDate,
    /// The money.
    pub parts: Vec<Part>,
    /// The number of the tax office's order, if it was ordered (1173 = 1, 1179).
    pub order: Option<String>,
}

/// The receipt of a past charge (1214 = 4, 5 or 6) was never fiscalised: a correction receipt
/// (receipt rules §4.2).
///
/// The account was charged then and stays as it is. Only open debts of these services and months
/// that had no credit receipt have one from now on, up to the credit of their line: they are paid
/// by 7, not by 4 (receipt rules §2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RestoreCharge {
    /// The account.
    pub account: AccountNumber,
    /// The day of the charge.
    pub lost_date: LocalDate,
    /// What the lost receipt said.
    pub lines: Vec<LostChargeLine>,
    /// The number of the tax office's order, if it was ordered (1173 = 1, 1179).
    pub order: Option<String>,
}

/// A line of a charge receipt that was never fiscalised. All of it by offset: 1214 = 4; all of it
/// on credit: 6; both: 5.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LostChargeLine {
    /// The service.
    pub service: ServiceCode,
    /// The month of the service; its last day decides the VAT rate.
    pub period: Period,
    /// How much, VAT included: offset and credit together, at most what is charged.
    pub amount: Kopecks,
    /// What advances covered (1215).
    pub prepaid: Kopecks,
    /// What was left on credit (1216). A part that was paid by 1214 = 4 since is no credit any more:
    /// leave it out of the line.
    pub credit: Kopecks,
}

/// A printed receipt is wrong: reverse and right document (receipt rules §4.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FixReceipt {
    /// The journal's id of the wrong receipt.
    pub original: String,
    /// What it should have been.
    pub right: RightReceipt,
    /// Whether the account follows: the effects of the wrong lines are undone and those of the
    /// right ones applied.
    pub ledger: bool,
    /// Whether the wrong receipt reached the tax service. If not, only the right one is formed.
    pub accepted: bool,
    /// The number of the tax office's order, if it was ordered (1173 = 1, 1179).
    pub order: Option<String>,
}

/// What a wrong receipt should have been.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RightReceipt {
    /// The account, when the wrong receipt named another.
    pub account: Option<AccountNumber>,
    /// The tax system, when it differs.
    pub tax_system: Option<TaxSystem>,
    /// The sign, when it differs.
    pub operation: Option<OperationSign>,
    /// The lines.
    pub lines: Vec<RightLine>,
    /// The payments.
    pub payments: Payments,
}

/// A line of a right receipt; its tax is computed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RightLine {
    /// Tag 1030.
    pub name: String,
    /// Tag 1214.
    pub method: PaymentMethod,
    /// Tag 1212.
    pub subject: SettlementSubject,
    /// Tag 1043.
    pub amount: Kopecks,
    /// Tag 1199.
    pub vat_code: VatCode,
    /// The service.
    pub service: Option<ServiceCode>,
    /// The month of the service.
    pub period: Option<Period>,
    /// The supplier, when it is an agent's line.
    pub agent: RightAgent,
    /// What it pays or creates on the account.
    pub refs: Vec<Ref>,
}

/// The supplier behind a line of a right receipt.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum RightAgent {
    /// As the line's service is set up now.
    #[default]
    OfService,
    /// This one, or none.
    Given(Option<Agent>),
}

/// What must be loaded before an event can be applied.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Needs<'a> {
    /// The accounts.
    pub accounts: Vec<&'a AccountNumber>,
    /// The journal's ids of receipts. Load them first: when the event is a
    /// [`EventKind::FixReceipt`], their accounts are needed, too.
    pub receipts: Vec<&'a str>,
    /// The unidentified payment.
    pub unidentified: Option<&'a str>,
    /// The month whose buffered offsets are needed.
    pub buffer: Option<Period>,
}

impl Event {
    /// What must be in [`Before`](crate::Before) for this event.
    pub fn needs(&self) -> Needs<'_> {
        let mut needs = Needs::default();
        match &self.kind {
            EventKind::Payment(payment) => needs.accounts.extend(&payment.account),
            EventKind::Identify(identify) => {
                needs.accounts.push(&identify.account);
                needs.unidentified = Some(&identify.payment);
            }
            EventKind::Charge(charge) => needs.accounts.push(&charge.account),
            EventKind::PeriodClose(close) => needs.buffer = Some(close.period),
            EventKind::Refund(refund) => needs.accounts.push(&refund.account),
            EventKind::Recalc(recalc) => needs.accounts.push(&recalc.account),
            EventKind::WriteOff(writeoff) => needs.accounts.push(&writeoff.account),
            EventKind::Move(moved) => {
                needs.accounts.push(&moved.from_account);
                if moved.to_account != moved.from_account {
                    needs.accounts.push(&moved.to_account);
                }
            }
            EventKind::CancelPayment(cancel) => {
                needs.accounts.push(&cancel.account);
                needs.receipts.push(&cancel.original);
            }
            EventKind::RestorePayment(restore) => needs.accounts.push(&restore.account),
            EventKind::RestoreCharge(restore) => needs.accounts.push(&restore.account),
            EventKind::FixReceipt(fix) => {
                needs.accounts.extend(&fix.right.account);
                needs.receipts.push(&fix.original);
            }
        }
        needs
    }
}
