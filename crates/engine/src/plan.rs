use std::collections::BTreeMap;

use terms::{AccountNumber, FiscalSign, Kopecks, LocalDate, Period, ServiceCode, VatRate, named};

use crate::{Account, Payment, Receipt};

/// The state of the world that an event meets: only what [`Event::needs`](crate::Event::needs)
/// asks for. More does no harm.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Before {
    /// The accounts.
    pub accounts: BTreeMap<AccountNumber, Account>,
    /// The offsets that wait for the consolidated receipt.
    pub buffer: Vec<BufferLine>,
    /// Receipts that were formed before.
    pub receipts: Vec<JournalReceipt>,
    /// Payments whose payer is unknown.
    pub unidentified: Vec<Unidentified>,
}

impl Before {
    /// Keeps what a plan says of accounts, waiting offsets, unidentified payments and cancelled
    /// receipts. The plan's receipts join the journal when their fiscal signs are known: that is
    /// the caller's.
    pub fn keep(&mut self, plan: Plan) {
        for account in plan.accounts {
            self.accounts.insert(account.number.clone(), account);
        }
        match plan.buffer {
            BufferChange::None => {}
            BufferChange::Add(lines) => self.buffer.extend(lines),
            BufferChange::Close(period) => self.buffer.retain(|line| line.close != period),
        }
        match plan.unidentified {
            UnidentifiedChange::None => {}
            UnidentifiedChange::Add(payment) => self.unidentified.push(payment),
            UnidentifiedChange::Remove(id) => self.unidentified.retain(|payment| payment.id != id),
        }
        for journal in &mut self.receipts {
            journal.cancelled |= plan.cancelled.contains(&journal.id);
        }
    }
}

/// An offset that waits for the consolidated receipt of its month. The lines behind a consolidated
/// receipt are its register, to be kept for five years (receipt rules §2.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BufferLine {
    /// The month in whose consolidated receipt it belongs.
    pub close: Period,
    /// The charge's event.
    pub event: String,
    /// The day of the charge.
    pub date: LocalDate,
    /// The account.
    pub account: AccountNumber,
    /// The service.
    pub service: ServiceCode,
    /// The month of the service.
    pub period: Period,
    /// The base rate of the charge.
    pub vat: VatRate,
    /// How much was offset.
    pub amount: Kopecks,
}

/// A receipt that was formed before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JournalReceipt {
    /// The journal's id.
    pub id: String,
    /// The fiscal sign that the drive gave.
    pub fiscal_sign: FiscalSign,
    /// What was formed.
    pub receipt: Receipt,
    /// For a correction receipt: the day of the settlement (tag 1178). Defaults to the one in the
    /// receipt itself.
    pub settle_date: Option<LocalDate>,
    /// Whether it was cancelled or fixed already.
    pub cancelled: bool,
}

/// A payment whose payer is unknown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unidentified {
    /// The id of its event.
    pub id: String,
    /// The day the money came.
    pub date: LocalDate,
    /// The payment.
    pub payment: Payment,
}

/// What an event leads to. It is complete: storing it, and nothing else, is what the event means.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// The fiscal documents, in the order in which they are to be formed.
    pub receipts: Vec<Receipt>,
    /// What happened without a receipt.
    pub records: Vec<Record>,
    /// The accounts that changed, as they are afterwards.
    pub accounts: Vec<Account>,
    /// What happens to the offsets that wait.
    pub buffer: BufferChange,
    /// What happens to the unidentified payments.
    pub unidentified: UnidentifiedChange,
    /// The journal's ids of receipts that are cancelled or fixed from now on.
    pub cancelled: Vec<String>,
}

/// What happens to the offsets that wait for a consolidated receipt.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum BufferChange {
    /// Nothing.
    #[default]
    None,
    /// These join.
    Add(Vec<BufferLine>),
    /// Those of this month are in the plan's receipts and leave.
    Close(Period),
}

/// What happens to the unidentified payments.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum UnidentifiedChange {
    /// Nothing.
    #[default]
    None,
    /// This one joins.
    Add(Unidentified),
    /// The one of this id is identified and leaves.
    Remove(String),
}

/// Something that happened without a receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// The event.
    pub event: String,
    /// What happened.
    pub kind: RecordKind,
    /// The account.
    pub account: Option<AccountNumber>,
    /// The debt, penalty or service it is about.
    pub reference: Option<String>,
    /// How much.
    pub amount: Kopecks,
}

named! {
    /// What happened without a receipt (receipt rules §2, §3.1).
    RecordKind("record kind") {
        /// A debt or penalty was written off (D13).
        WriteOff = "writeoff",
        /// A penalty was paid outside the receipt (D14).
        PenaltyPayment = "penalty_payment",
        /// Money came from an unknown payer (D27).
        Unidentified = "unidentified",
        /// An advance moved to another service of the same rate (D20).
        AdvanceRelabel = "advance_relabel",
        /// An agent service's charge was offset: the supplier's receipt (D16).
        SupplierOffset = "supplier_offset",
        /// An agent service's offset was taken back: the supplier's receipt (D16).
        SupplierRecalc = "supplier_recalc",
        /// A debt without a credit receipt was reduced (D12).
        RecalcUnfiscalisedDebt = "recalc_unfiscalised_debt",
        /// A cashless settlement between organisations (D31).
        B2b = "b2b",
        /// A budget paid for the resident (D32).
        Subsidy = "subsidy",
    }
}

impl RecordKind {
    /// Why there is no receipt, in Russian.
    pub const fn why_ru(self) -> &'static str {
        match self {
            Self::WriteOff => "Списание долга — не расчёт (ст. 1.1 54-ФЗ): чека нет",
            Self::PenaltyPayment => "Пени по настройке не включаются в чек",
            Self::Unidentified => "Плательщик неизвестен: чек будет, когда его опознают",
            Self::AdvanceRelabel => {
                "Аванс перенесён между услугами одной ставки, СНО и поставщика: чек не нужен"
            }
            Self::SupplierOffset => "Зачёт аванса по агентской услуге: чек формирует поставщик",
            Self::SupplierRecalc => "Зачёт по агентской услуге отменён: чек формирует поставщик",
            Self::RecalcUnfiscalisedDebt => {
                "Уменьшен долг, на который чека «в долг» не было: возвращать нечего"
            }
            Self::B2b => {
                "Безналичный расчёт между организациями без предъявления карты (п. 9 ст. 2 54-ФЗ): чека нет"
            }
            Self::Subsidy => "Субсидия из бюджета: расчёта с клиентом нет, чека нет",
        }
    }

    /// Why there is no receipt, in English.
    pub const fn why_en(self) -> &'static str {
        match self {
            Self::WriteOff => "a write-off is no settlement (54-FZ art. 1.1): no receipt",
            Self::PenaltyPayment => "penalties stay outside the receipt by configuration",
            Self::Unidentified => "the payer is unknown: the receipt comes with identification",
            Self::AdvanceRelabel => {
                "the advance moved between services of one rate, tax system and supplier: no receipt"
            }
            Self::SupplierOffset => "offset of an agent service: the supplier's receipt",
            Self::SupplierRecalc => {
                "an agent service's offset was taken back: the supplier's receipt"
            }
            Self::RecalcUnfiscalisedDebt => {
                "the reduced debt never had a credit receipt: nothing to return"
            }
            Self::B2b => {
                "cashless settlement between organisations without a card (54-FZ art. 2 p. 9): no receipt"
            }
            Self::Subsidy => "a subsidy is no settlement with the customer: no receipt",
        }
    }
}
