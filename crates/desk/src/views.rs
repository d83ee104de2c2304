use std::collections::BTreeMap;

use cassette::{
    Class, DriveFacts, Policy, Reason, Severity, SlotState, SwapView, Threshold, Warning,
};
use engine::{Account, Receipt, Record};
use journal::{
    AccountRow, CancellationRow, DocumentRow, OperationRow, ReceiptRow, ReceiptState, RemarkRow,
    Tally,
};
use terms::{Id, Inn, Kopecks, LocalDateTime, OfdAnswer, OperationSign, PaymentMethod};

use crate::{DriveAddress, Setup, SlotAddress, SlotPlan};

/// An operation and what has become of it.
#[derive(Clone, Debug)]
pub struct OperationView {
    /// Which one.
    pub id: Id,
    /// The caller's idempotency key.
    pub key: String,
    /// `payment`, `charge`, …
    pub kind: String,
    /// The account it is about.
    pub account: Option<String>,
    /// The name of the key that it came with; none: the program itself has sent it.
    pub sent_by: Option<String>,
    /// The operation as it was accepted, JSON.
    pub body: String,
    /// What has no receipt and why, a JSON array; sums are kopecks.
    pub records: String,
    /// Its receipts, in order.
    pub receipts: Vec<ReceiptView>,
    /// Who has cancelled it, if somebody has: its receipts will never be formed.
    pub cancelled: Option<CancellationRow>,
}

/// A receipt and what has become of it.
#[derive(Clone, Debug)]
pub struct ReceiptView {
    /// Which one.
    pub id: Id,
    /// The operation it belongs to.
    pub operation: Id,
    /// The account it is about.
    pub account: Option<String>,
    /// Where it stands.
    pub state: ReceiptState,
    /// Why it is held, in doubt or refused; an acknowledged one: by the ОФД.
    pub reason: Option<String>,
    /// Lines with the reasons for each, payments, totals.
    pub receipt: Receipt,
    /// The operation that took it back or replaced it.
    pub cancelled_by: Option<Id>,
    /// The receipt whose second document this one undoes.
    pub return_of: Option<Id>,
    /// What is passed to the drive.
    pub tlv: Vec<u8>,
    /// The fiscal document, once it is formed.
    pub document: Option<DocumentView>,
}

/// What an operation would become; nothing is stored.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The receipts that would arise.
    pub receipts: Vec<Receipt>,
    /// What would have no receipt, and why.
    pub records: Vec<Record>,
    /// The changed accounts as they would be.
    pub accounts: Vec<Account>,
}

/// The fiscal document of a receipt.
#[derive(Clone, Debug)]
pub struct DocumentView {
    /// Номер ФН.
    pub drive: String,
    /// Whether the drive is emulated or a debug one: the document has no legal force then.
    pub emulated: bool,
    /// Номер ФД.
    pub number: u32,
    /// ФПД.
    pub fiscal_sign: u32,
    /// Its time, `YYYY-MM-DDTHH:MM`.
    pub time: String,
    /// Its shift.
    pub shift: u16,
    /// Its number within the shift.
    pub receipt_number: Option<u16>,
    /// What the ОФД has said about it.
    pub ofd: OfdAnswer,
    /// When the ticket was stored, milliseconds since 1970.
    pub acknowledged_at: Option<i64>,
    /// What the QR code says.
    pub qr: String,
}

/// An account as it stands.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// Its state.
    pub account: engine::Account,
    /// Advances less debts.
    pub saldo: Kopecks,
    /// The name of the key that has opened it; none: the program itself has.
    pub opened_by: Option<String>,
    /// The name of the key that has changed its contact or payer last; none: nobody's.
    pub set_by: Option<String>,
}

/// The cassette as it stands.
#[derive(Clone, Debug)]
pub struct CassetteView {
    /// The organisation's ИНН.
    pub inn: String,
    /// The organisation's name.
    pub name: String,
    /// How the drives share the work.
    pub policy: Policy,
    /// Receipts that wait for a drive.
    pub waiting: usize,
    /// The same by class.
    pub waiting_by_class: BTreeMap<Class, usize>,
    /// The known drives that are asked or read first, as they may hold receipts which wait: nobody
    /// forms one meanwhile.
    pub asked_first: Vec<String>,
    /// Whether a drive in it is emulated.
    pub emulated: bool,
    /// Documents that all drives form in a day, seen over the last weeks.
    pub documents_per_day: f64,
    /// The day on which no drive is left, `YYYY-MM-DD`, if that is in sight.
    pub ends_on: Option<String>,
    /// The slots, in the order of the rack.
    pub slots: Vec<SlotView>,
}

/// A slot as it stands.
#[derive(Clone, Debug)]
pub struct SlotView {
    /// Counted from 1.
    pub slot: u8,
    /// The wire to its drive, as configured.
    pub address: SlotAddress,
    /// Where the drive of an automatic slot is found now.
    pub port: Option<DriveAddress>,
    /// What it is doing.
    pub state: SlotState,
    /// Why it is not at work.
    pub reason: Option<Reason>,
    /// The drive in it.
    pub drive: Option<String>,
    /// Whether that drive is emulated or a debug one.
    pub emulated: bool,
    /// РНМ.
    pub rnm: Option<String>,
    /// What the drive says of itself.
    pub version: Option<String>,
    /// The last day of the drive's life.
    pub until: Option<String>,
    /// Documents that still fit, by the drive's own estimate, or counted from 250 000.
    pub documents_left: Option<u32>,
    /// When the drive will end.
    pub outlook: Option<Outlook>,
    /// The last document formed.
    pub last_document: Option<u32>,
    /// When it was formed.
    pub last_time: Option<String>,
    /// What the drive said of itself when it was read last.
    pub facts: Option<Box<DriveFacts>>,
    /// Whether a shift is open.
    pub shift_open: bool,
    /// The open shift, or the last closed one.
    pub shift: Option<u16>,
    /// When the open shift was opened, if the journal knows.
    pub shift_opened: Option<LocalDateTime>,
    /// Documents without ticket of the ОФД.
    pub backlog: u32,
    /// Why the last exchange with the ОФД failed.
    pub ofd_trouble: Option<String>,
    /// The ОФД that its drive is registered with.
    pub ofd: Option<OfdView>,
    /// What a person should see to, though the slot works.
    pub warnings: Vec<Warning>,
    /// The drive that has gone from here without having been closed.
    pub lost: Option<String>,
    /// The replacement of its drive.
    pub swap: Option<SwapView>,
    /// How far the drive's documents are read into files, while they are.
    pub exported: Option<u32>,
}

/// The ОФД of a drive.
#[derive(Clone, Debug)]
pub struct OfdView {
    /// Tag 1017 of the drive's registration.
    pub inn: String,
    /// Its name, if it is configured; so for the rest.
    pub name: Option<String>,
    /// Where documents are sent.
    pub address: Option<String>,
    /// The site where receipts can be looked up.
    pub site: Option<String>,
    /// Whether the drives of the organisation are registered with it now.
    pub current: bool,
}

/// A document that the ОФД has refused, or had something to say about.
#[derive(Clone, Debug)]
pub struct RemarkView {
    /// The slot in which its drive was seen last.
    pub slot: u8,
    /// The drive.
    pub drive: String,
    /// Whether that drive is emulated or a debug one.
    pub emulated: bool,
    /// Номер ФД.
    pub number: u32,
    /// What it is: `registration`, `open_shift`, `receipt`, `close_shift`, `close_archive`, `found`.
    pub task: String,
    /// Its time, as in the document.
    pub time: String,
    /// The receipt, if it is one.
    pub receipt: Option<Id>,
    /// What the ОФД has said.
    pub ofd: OfdAnswer,
    /// When the ticket was stored, milliseconds since 1970; none while the drive has not taken it.
    pub acknowledged_at: Option<i64>,
}

/// When a drive will end.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// Days of its life left, the present one counted.
    pub days_left: Option<i64>,
    /// Documents that it forms in a day, seen over the last weeks.
    pub documents_per_day: f64,
    /// The day on which it is full or its life is over, `YYYY-MM-DD`, if that is in sight.
    pub ends_on: Option<String>,
    /// What ends first.
    pub by: Threshold,
    /// How serious it is.
    pub severity: Option<Severity>,
}

/// The lines of one payment method.
#[derive(Clone, Copy, Debug)]
pub struct MethodTally {
    /// Tag 1214.
    pub method: PaymentMethod,
    /// How many lines.
    pub lines: u64,
    /// What they sum up to.
    pub sum: Kopecks,
}

/// How many of what there are.
pub type TallyView = Tally;

impl SlotView {
    pub(crate) fn of(
        view: cassette::SlotView,
        plan: &SlotPlan,
        port: Option<DriveAddress>,
        (outlook, ofd): (Option<Outlook>, Option<OfdView>),
    ) -> Self {
        let facts = view.facts.as_deref();
        let registration = facts.and_then(|facts| facts.registration.as_ref());
        Self {
            slot: view.id.0,
            address: plan.address.clone(),
            port,
            state: view.state,
            reason: view.reason,
            drive: view.drive.map(|drive| drive.to_string()),
            emulated: facts.is_some_and(|facts| !facts.serial),
            rnm: registration.map(|registration| registration.rnm.to_string()),
            version: facts.map(|facts| facts.version.clone()),
            until: facts
                .and_then(|facts| facts.until)
                .map(|until| until.to_string()),
            documents_left: view.capacity.map(|capacity| capacity.documents_left),
            outlook,
            last_document: view.last_document.map(terms::DocumentNumber::get),
            last_time: view.last_time.map(|time| time.to_string()),
            shift_open: view.shift_open,
            shift: view.shift.map(terms::ShiftNumber::get),
            shift_opened: view.shift_opened,
            backlog: view.backlog,
            ofd_trouble: view.ofd_trouble,
            ofd,
            warnings: view.warnings,
            lost: view.lost.map(|drive| drive.to_string()),
            swap: view.swap,
            exported: view.exported.map(terms::DocumentNumber::get),
            facts: view.facts,
        }
    }
}

impl OfdView {
    pub(crate) fn of(inn: Inn, setup: &Setup) -> Self {
        let known = setup.operators().find(|ofd| ofd.inn == inn);
        Self {
            inn: inn.to_string(),
            name: known.map(|ofd| ofd.name.clone()),
            address: known.map(|ofd| ofd.address.to_string()),
            site: known.and_then(|ofd| ofd.site.clone()),
            current: inn == setup.organisation.ofd.inn,
        }
    }
}

impl RemarkView {
    pub(crate) fn of(row: RemarkRow) -> Self {
        let document = row.document;
        Self {
            slot: row.slot,
            drive: document.drive,
            emulated: document.emulated,
            number: document.number.get(),
            task: document.task,
            time: document.time,
            receipt: document.receipt,
            ofd: document.ofd,
            acknowledged_at: document.acknowledged_at,
        }
    }
}

impl AccountView {
    pub(crate) fn of(row: AccountRow) -> terms::Result<Self> {
        Ok(Self {
            saldo: crate::saldo(&row.account)?,
            account: row.account,
            opened_by: row.opened_by,
            set_by: row.set_by,
        })
    }
}

impl OperationView {
    pub(crate) fn of(row: OperationRow) -> Self {
        Self {
            id: row.id,
            key: row.key,
            kind: row.kind,
            account: row.account,
            sent_by: row.sent_by,
            body: row.body,
            records: row.records,
            receipts: row.receipts.into_iter().map(ReceiptView::of).collect(),
            cancelled: row.cancelled,
        }
    }
}

impl ReceiptView {
    pub(crate) fn of(row: ReceiptRow) -> Self {
        let document = row
            .document
            .map(|document| DocumentView::of(&document, row.sign, row.total));
        Self {
            id: row.id,
            operation: row.operation,
            account: row.account,
            state: row.state,
            reason: row.reason,
            receipt: row.receipt,
            cancelled_by: row.cancelled_by,
            return_of: row.return_of,
            tlv: row.tlv,
            document,
        }
    }
}

impl ReceiptView {
    /// Its lines as they go to the drive, with what the journal's own form of them leaves out:
    /// price, quantity, measure, agent. Empty for a document without lines, and when the bytes
    /// cannot be read (`kassette check` tells why).
    pub fn passed_lines(&self) -> Vec<ffd::Line> {
        ffd::Line::all_in(&self.tlv, self.receipt.ffd).unwrap_or_default()
    }
}

impl DocumentView {
    fn of(document: &DocumentRow, sign: OperationSign, total: Kopecks) -> Self {
        let qr = qr_text(document, sign, total).unwrap_or_default();
        Self {
            drive: document.drive.clone(),
            emulated: document.emulated,
            number: document.number.get(),
            fiscal_sign: document.fiscal_sign,
            time: document.time.clone(),
            shift: document.shift,
            receipt_number: document.receipt_number,
            ofd: document.ofd.clone(),
            acknowledged_at: document.acknowledged_at,
            qr,
        }
    }
}

fn qr_text(document: &DocumentRow, sign: OperationSign, total: Kopecks) -> terms::Result<String> {
    let qr = ffd::QrText {
        time: document.time.parse()?,
        total,
        drive: document.drive.parse()?,
        number: document.number,
        sign: terms::FiscalSign(document.fiscal_sign),
        operation: sign,
    };
    Ok(qr.to_string())
}

/// Advances less debts and penalties of several accounts.
///
/// # Errors
/// When the sum lies beyond every sum.
pub fn total_saldo(accounts: &[Account]) -> terms::Result<Kopecks> {
    let saldos = accounts.iter().map(saldo);
    Kopecks::sum(saldos.collect::<terms::Result<Vec<_>>>()?)
}

/// Advances less debts and penalties.
///
/// # Errors
/// When it lies beyond every sum.
pub fn saldo(account: &Account) -> terms::Result<Kopecks> {
    let saldo = account.saldo();
    let wide = || terms::TermError::new("saldo", saldo, "it must lie within ±(2^53 − 1) kopecks");
    i64::try_from(saldo)
        .map_err(|_| wide())
        .and_then(Kopecks::new)
}
