//! What a wrong receipt should have been (receipt rules §4.2).

mod fix;
mod lines;

use terms::{
    AccountNumber, Kopecks, OperationSign, Period, ServiceCode, TaxSystem, VatRate, named,
};

use crate::{Agent, Payments};

pub use fix::fix_of;

/// What was wrong in a printed receipt: everything that is not named here was right.
///
/// | wrong | the account follows |
/// |---|---|
/// | tax system, supplier, 1215 ↔ 1081, rejected | no |
/// | VAT rate, cash ↔ cashless | its advances have that rate or kind \[C\] |
/// | sum, service, month, account, sign | the wrong lines are undone, the right sum is allocated |
/// | duplicate | its effects are undone |
///
/// The rate of an advance follows because its refund repeats the rate of the receipt in force
/// (receipt rules §1.3 rule 4); sums and charges do not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Change {
    /// The VAT rate (tag 1199) of the lines that have `from`. Direct or calculated follows from the
    /// line (receipt rules §1.3 rule 2). Penalties have no VAT and are left alone.
    pub vat: Option<Swap<VatRate>>,
    /// The tax system (tag 1055).
    pub tax_system: Option<TaxSystem>,
    /// What it was paid with.
    pub kind: Option<Swap<PaidIn>>,
    /// The sum.
    pub amount: Option<RightAmount>,
    /// The service of the lines that have `from`. Penalties are left alone.
    pub service: Option<Swap<ServiceCode>>,
    /// The month of the lines that have `from`.
    pub period: Option<Swap<Period>>,
    /// The account.
    pub account: Option<AccountNumber>,
    /// The sign (tag 1054): income ↔ return of income.
    pub sign: Option<OperationSign>,
    /// The supplier behind lines (tags 1222, 1225, 1226, 1171).
    pub agent: Option<RightSupplier>,
    /// It should not be there at all: one settlement was fiscalised twice. Alone.
    pub duplicate: bool,
    /// The tax service did not accept it: it is not reversed, only the right one is formed. Alone,
    /// when its content was right.
    pub rejected: bool,
    /// The number of the tax office's order, if it was ordered (1173 = 1, 1179).
    pub order: Option<String>,
}

/// One value in the place of another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Swap<T> {
    /// Only where this stands; without it everywhere, if the same stands everywhere.
    pub from: Option<T>,
    /// What should have stood there.
    pub to: T,
}

/// The sum that was right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RightAmount {
    /// The whole, VAT included, of a receipt with one line: it is allocated by the ledger of the
    /// settlement's day, so that the right receipt may have other lines.
    Total(Kopecks),
    /// Of each line, in their order, VAT included; a line of nothing is left out. Lines keep what
    /// they pay.
    Lines(Vec<Kopecks>),
}

/// The supplier that was right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RightSupplier {
    /// Only lines of this service; without it all lines, if they are of one service.
    pub service: Option<ServiceCode>,
    /// The supplier; none: the service is the organisation's own.
    pub agent: Option<Agent>,
}

named! {
    /// What a receipt was paid with, as far as it can be mistaken (receipt rules §4.2).
    PaidIn("payment kind") {
        /// Tag 1031.
        Cash = "cash",
        /// Tag 1081.
        Cashless = "cashless",
        /// Tag 1215: offset of an advance.
        Prepaid = "prepaid",
    }
}

impl PaidIn {
    pub(crate) const fn of(self, payments: &mut Payments) -> &mut Kopecks {
        match self {
            Self::Cash => &mut payments.cash,
            Self::Cashless => &mut payments.cashless,
            Self::Prepaid => &mut payments.prepaid,
        }
    }
}

impl Change {
    /// What is changed, one stable name each, in this order: `duplicate`, `rejected`, `vat`, `sno`,
    /// `kind`, `amount`, `service`, `period`, `account`, `sign`, `agent`.
    pub fn names(&self) -> Vec<&'static str> {
        let named = [
            (self.duplicate, "duplicate"),
            (self.rejected, "rejected"),
            (self.vat.is_some(), "vat"),
            (self.tax_system.is_some(), "sno"),
            (self.kind.is_some(), "kind"),
            (self.amount.is_some(), "amount"),
            (self.service.is_some(), "service"),
            (self.period.is_some(), "period"),
            (self.account.is_some(), "account"),
            (self.sign.is_some(), "sign"),
            (self.agent.is_some(), "agent"),
        ];
        let named = named.into_iter().filter(|(is_there, _)| *is_there);
        named.map(|(_, name)| name).collect()
    }
}
