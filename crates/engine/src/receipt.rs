use std::collections::BTreeMap;

use terms::{
    AccountNumber, FfdVersion, FiscalSign, Kopecks, LocalDate, OperationSign, PaymentMethod,
    Period, ServiceCode, SettlementSubject, TaxSystem, VatCode, named,
};

use crate::{Agent, MoneyKind, Why};

/// A fiscal document to be formed: a receipt, or a correction receipt when
/// [`correction`](Self::correction) is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// The id of the event it comes from.
    pub event: String,
    /// The FFD version it was computed for.
    pub ffd: FfdVersion,
    /// Tag 1054.
    pub operation: OperationSign,
    /// Tag 1055.
    pub tax_system: TaxSystem,
    /// The day on which it is to be formed.
    pub date: LocalDate,
    /// The account; none for the consolidated offset receipt.
    pub account: Option<AccountNumber>,
    /// Phone or e-mail of the customer (tag 1008).
    pub contact: Option<String>,
    /// Whether it is sent to the customer.
    pub deliver: bool,
    /// Settlement on the internet (tag 1125).
    pub internet: bool,
    /// The lines (tag 1059). Empty in a correction receipt of FFD 1.05.
    pub lines: Vec<Line>,
    /// The lines behind a document that carries none (a correction receipt of FFD 1.05): never
    /// printed, kept for the explanation and for undoing.
    pub unprinted: Vec<Line>,
    /// What it is paid with.
    pub payments: Payments,
    /// Tag 1020.
    pub total: Kopecks,
    /// Per VAT code the sum of the lines' taxes; for 0 % and exempt the turnover.
    pub vat_totals: BTreeMap<VatCode, Kopecks>,
    /// The basis of a correction receipt.
    pub correction: Option<Correction>,
    /// The fiscal sign of the document that this one reverses or replaces (tag 1192).
    pub corrects: Option<FiscalSign>,
    /// The day of the settlement behind an ordinary receipt that reverses or replaces another one
    /// (FFD 1.05, which has no 1178 there): tag 1084 tells it (receipt rules §4.1 rule 1).
    pub settled_on: Option<LocalDate>,
}

impl Receipt {
    /// The lines, printed or not.
    pub fn all_lines(&self) -> &[Line] {
        if self.lines.is_empty() {
            &self.unprinted
        } else {
            &self.lines
        }
    }
}

/// A line of a receipt (tag 1059). Quantity 1, price = amount, unit «единица».
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// Tag 1030, at most [`Line::MAX_NAME`] characters.
    pub name: String,
    /// Tag 1214.
    pub method: PaymentMethod,
    /// Tag 1212.
    pub subject: SettlementSubject,
    /// Tags 1079 and 1043, VAT included.
    pub amount: Kopecks,
    /// Tag 1199.
    pub vat_code: VatCode,
    /// The tax inside the amount; nothing for 0 % and exempt.
    pub vat: Kopecks,
    /// The supplier behind an agent's line.
    pub agent: Option<Agent>,
    /// The service; none for the pool.
    pub service: Option<ServiceCode>,
    /// The month of the service, where there is one.
    pub period: Option<Period>,
    /// What it pays or creates on the account, so that it can be undone. The sums add up to the
    /// amount, or the list is empty.
    pub refs: Vec<Ref>,
    /// Why it is there.
    pub why: Why,
}

impl Line {
    /// The longest name, in characters.
    pub const MAX_NAME: usize = 128;

    /// Whether it is money before the service: 1214 = 1, 2 or 3.
    pub const fn is_advance(&self) -> bool {
        self.method.has_calculated_vat()
    }
}

/// An entry of the account that a line pays or creates.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ref {
    /// What kind of entry.
    pub to: RefTo,
    /// Its id.
    pub id: String,
    /// How much of the line.
    pub amount: Kopecks,
}

named! {
    /// The kind of an account's entry.
    RefTo("ref") {
        /// A [`Debt`](crate::Debt).
        Debt = "debt",
        /// A [`Penalty`](crate::Penalty).
        Penalty = "penalty",
        /// A written-off [`Debt`](crate::Debt).
        WrittenOff = "written_off",
        /// A [`Lot`](crate::Lot).
        Advance = "advance",
    }
}

/// What a receipt is paid with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Payments {
    /// Tag 1031.
    pub cash: Kopecks,
    /// Tag 1081.
    pub cashless: Kopecks,
    /// Tag 1215: offset of an advance.
    pub prepaid: Kopecks,
    /// Tag 1216: on credit.
    pub credit: Kopecks,
    /// Tag 1217: counter-provision.
    pub counter: Kopecks,
}

impl Payments {
    /// The sum of all.
    ///
    /// # Errors
    /// When it leaves the range of money.
    pub fn total(&self) -> terms::Result<Kopecks> {
        Kopecks::sum([
            self.cash,
            self.cashless,
            self.prepaid,
            self.credit,
            self.counter,
        ])
    }

    /// Only real money of one kind.
    pub const fn money(kind: MoneyKind, amount: Kopecks) -> Self {
        const NONE: Payments = Payments {
            cash: Kopecks::ZERO,
            cashless: Kopecks::ZERO,
            prepaid: Kopecks::ZERO,
            credit: Kopecks::ZERO,
            counter: Kopecks::ZERO,
        };
        match kind {
            MoneyKind::Cash => Self {
                cash: amount,
                ..NONE
            },
            MoneyKind::Cashless => Self {
                cashless: amount,
                ..NONE
            },
        }
    }
}

/// The basis of a correction receipt (tags 1173 and 1174).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Correction {
    /// The day of the settlement that is restored or corrected (tag 1178).
    pub date: LocalDate,
    /// The number of the tax office's order (tag 1179): there only with 1173 = 1.
    pub order: Option<String>,
}
