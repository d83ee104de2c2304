use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU16,
};

use terms::{FfdVersion, LocalDate, ServiceCode, named};

use crate::Service;

/// What the engine must know about an organisation: its policies and its services.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Setup {
    /// The policies.
    pub config: Config,
    /// The services by their code in billing.
    pub services: BTreeMap<ServiceCode, Service>,
}

/// The accounting policies that decide where law and practice leave a choice (receipt rules §1.6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// The FFD version of the ККТ that prints; 1.1 behaves as 1.2 here.
    pub ffd: FfdVersion,
    /// What a charge without money produces.
    pub postpaid: Postpaid,
    /// Offset receipts per account, or one for all accounts per month.
    pub offset_mode: OffsetMode,
    /// How a payment is spread over debts.
    pub allocation: Allocation,
    /// The place of penalties in the queue.
    pub penalties: PenaltyPlace,
    /// Whether a paid penalty is a line of the receipt.
    pub penalty_receipt: PenaltyReceipt,
    /// What the surplus of a payment becomes.
    pub advance: AdvancePolicy,
    /// The VAT rate of a credit payment's line (1214 = 7).
    pub credit_payment_vat: CreditPaymentVat,
    /// Who fiscalises offsets and credits of agent services.
    pub agent_offset: AgentOffset,
    /// The most lines in one receipt.
    pub max_lines: NonZeroU16,
    /// Non-working days besides Saturdays and Sundays.
    pub holidays: BTreeSet<LocalDate>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ffd: FfdVersion::V1_2,
            postpaid: Postpaid::Credit,
            offset_mode: OffsetMode::PerAccount,
            allocation: Allocation::Fifo,
            penalties: PenaltyPlace::Last,
            penalty_receipt: PenaltyReceipt::Include,
            advance: AdvancePolicy::ByService,
            credit_payment_vat: CreditPaymentVat::Same,
            agent_offset: AgentOffset::Supplier,
            max_lines: const { NonZeroU16::new(100).unwrap() },
            holidays: BTreeSet::new(),
        }
    }
}

impl Config {
    /// Whether `date` is a working day.
    pub fn is_working_day(&self, date: LocalDate) -> bool {
        !date.is_weekend() && !self.holidays.contains(&date)
    }
}

named! {
    /// What a charge without money produces (receipt rules §2.3).
    Postpaid("postpaid") {
        /// A receipt «передача в кредит» at the charge, «оплата кредита» at the payment.
        Credit = "credit",
        /// Nothing at the charge, «полный расчет» at the payment.
        OnPayment = "on_payment",
    }
}

named! {
    /// How offsets of advances are receipted (54-FZ art. 1.2 p. 2.1).
    OffsetMode("offset_mode") {
        /// A receipt per account at the charge.
        PerAccount = "per_account",
        /// One receipt for all accounts after the month.
        Consolidated = "consolidated",
    }
}

named! {
    /// How a payment is spread over debts (receipt rules §1.7).
    Allocation("allocation") {
        /// The oldest period first.
        Fifo = "fifo",
        /// The service of the highest priority first.
        Priority = "priority",
        /// In proportion to the open sums.
        Proportional = "proportional",
        /// The period that the payer named first, then the oldest.
        PeriodFirst = "period_first",
    }
}

named! {
    /// The place of penalties in the queue of a payment.
    PenaltyPlace("penalties") {
        /// After the debts (ГК art. 319).
        Last = "last",
        /// Before the debts.
        First = "first",
    }
}

named! {
    /// Whether a paid penalty is a line of the receipt (receipt rules §2.4).
    PenaltyReceipt("penalty_receipt") {
        /// It is, so that bank money equals receipts.
        Include = "include",
        /// It stays outside the receipt as a record.
        Skip = "skip",
    }
}

named! {
    /// What the surplus of a payment becomes (receipt rules §1.8).
    AdvancePolicy("advance") {
        /// Advances of all services by their weights.
        ByService = "by_service",
        /// One advance for all services, where rate and tax system allow it.
        Pool = "pool",
        /// Prepayment of known invoices first.
        PrepayKnown = "prepay_known",
    }
}

named! {
    /// The VAT rate of a credit payment's line (receipt rules §1.3 rule 5).
    CreditPaymentVat("credit_payment_vat") {
        /// The direct rate of the debt.
        Same = "same",
        /// «НДС не облагается».
        None = "none",
    }
}

named! {
    /// Who fiscalises offsets and credits of agent services (receipt rules §2.4).
    AgentOffset("agent_offset") {
        /// The supplier; the agent only keeps a record.
        Supplier = "supplier",
        /// The agent, by contract.
        Own = "own",
    }
}
