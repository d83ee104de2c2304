use terms::{
    AccountNumber, Kopecks, LocalDate, PaymentMethod, Period, ServiceCode, VatRate, named,
};

/// A personal account (лицевой счёт) with everything that decides its next receipts.
///
/// Lists keep the order in which entries came; an entry that reaches zero is dropped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// The number, as billing writes it.
    pub number: AccountNumber,
    /// Phone or e-mail of the customer (tag 1008).
    pub contact: Option<String>,
    /// Who pays.
    pub payer_kind: PayerKind,
    /// What is owed.
    pub debts: Vec<Debt>,
    /// Penalties (пени) owed.
    pub penalties: Vec<Penalty>,
    /// Advances not yet consumed.
    pub advances: Vec<Lot>,
    /// What of past charges is paid or offset.
    pub settled: Vec<Settled>,
    /// Debts taken off the balance; they can still be paid.
    pub written_off: Vec<Debt>,
    /// Bills that are known before their service.
    pub invoices: Vec<Invoice>,
}

impl Account {
    /// An empty account of an individual without a contact.
    pub const fn new(number: AccountNumber) -> Self {
        Self {
            number,
            contact: None,
            payer_kind: PayerKind::Individual,
            debts: Vec::new(),
            penalties: Vec::new(),
            advances: Vec::new(),
            settled: Vec::new(),
            written_off: Vec::new(),
            invoices: Vec::new(),
        }
    }

    /// Advances − debts − penalties, in kopecks; positive when overpaid. Wider than [`Kopecks`],
    /// so that it cannot fail.
    pub fn saldo(&self) -> i128 {
        let wide = |amount: Kopecks| i128::from(amount.get());
        self.advances
            .iter()
            .map(|lot| wide(lot.amount))
            .sum::<i128>()
            - self.debts.iter().map(|debt| wide(debt.open)).sum::<i128>()
            - self
                .penalties
                .iter()
                .map(|penalty| wide(penalty.open))
                .sum::<i128>()
    }
}

named! {
    /// Who pays.
    PayerKind("payer_kind") {
        /// A person.
        Individual = "individual",
        /// An organisation or an entrepreneur: cashless settlements without presenting a card need
        /// no receipt (54-FZ art. 2 p. 9, general knowledge).
        Business = "business",
    }
}

named! {
    /// The kind of real money.
    MoneyKind("money kind") {
        /// Tag 1031.
        Cash = "cash",
        /// Tag 1081.
        Cashless = "cashless",
    }
}

/// An open charge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Debt {
    /// Its id: given by billing, or `{event}/{service}/{period}`.
    pub id: String,
    /// The service.
    pub service: ServiceCode,
    /// The month of the service.
    pub period: Period,
    /// What is still owed.
    pub open: Kopecks,
    /// The base rate of the charge.
    pub vat: VatRate,
    /// Whether a receipt with 1214 = 5 or 6 exists for the open sum. It alone decides between 7
    /// and 4 when the debt is paid (receipt rules §2.2). Debts imported at go-live have `false`.
    pub credit: bool,
}

/// A penalty (пеня).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Penalty {
    /// Its id.
    pub id: String,
    /// The service whose late payment caused it.
    pub service: ServiceCode,
    /// What is still owed.
    pub open: Kopecks,
}

/// An advance that is not yet consumed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lot {
    /// Its id: `{event}/{service|POOL}[/{period}]`.
    pub id: String,
    /// The service; none for the common pool.
    pub service: Option<ServiceCode>,
    /// The month, for a prepaid invoice.
    pub period: Option<Period>,
    /// What is left.
    pub amount: Kopecks,
    /// The base rate on the day the money came.
    pub vat: VatRate,
    /// The day the money came.
    pub date: LocalDate,
    /// The money it came in.
    pub kind: MoneyKind,
    /// 1214 of its line: [`PaymentMethod::Advance`], or 1 or 2 for a known invoice.
    pub method: PaymentMethod,
}

/// What of a charge is already paid or offset.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settled {
    /// The service.
    pub service: ServiceCode,
    /// The month of the service.
    pub period: Period,
    /// How much.
    pub amount: Kopecks,
    /// The base rate of the charge.
    pub vat: VatRate,
}

/// A bill that is known before its service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Invoice {
    /// The service.
    pub service: ServiceCode,
    /// The month of the service.
    pub period: Period,
    /// The whole sum.
    pub amount: Kopecks,
}
