//! What the rules of one account are told, and the pass that runs them all over it.

use terms::{AccountNumber, Kopecks, LocalDate, LocalDateTime, Period, ServiceCode};

use crate::{
    AuditError, BrokenLedger, ChargePattern, DormantAdvance, DoublePayments, DoubleReceipts,
    Finding, MissedOffset, OldCredit, Portfolio, Result, Thresholds, TokenPayments, Unpaid,
    WrongRefunds,
};

/// The kind of real money.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MoneyKind {
    /// Tag 1031.
    Cash,
    /// Tag 1081.
    Cashless,
}

/// A row about one account.
///
/// Order: `Opening` first; payments by time; a `Month` after the payments of its month and before
/// those of the next. The others may stand anywhere; a `Lot`, a `Debt`, a `Charge` and a `Saldo`
/// are the state of today.
#[derive(Clone, Debug)]
pub enum AccountRow {
    /// What was owed before the first month.
    Opening(Kopecks),
    /// Money that came.
    Payment(Payment),
    /// A month that is over.
    Month(Month),
    /// A receipt of real money, sign «income».
    Receipt(MoneyReceipt),
    /// Money given back, one row for each lot or settlement it came from.
    Refund(Refund),
    /// What became of one charge.
    Charge(ChargeState),
    /// An open debt.
    Debt(Debt),
    /// An advance that is not used up.
    Lot(Lot),
    /// The saldo and what moved it.
    Saldo(Saldo),
}

/// Money that came for the account.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its id in the journal.
    pub id: String,
    /// When.
    pub moment: LocalDateTime,
    /// How much.
    pub amount: Kopecks,
    /// Who told of it: a bank, a desk, an acquirer.
    pub source: String,
    /// The bank's operation number, if it is known.
    pub reference: Option<String>,
}

/// A month of the account that is over.
#[derive(Clone, Copy, Debug)]
pub struct Month {
    /// The month.
    pub period: Period,
    /// What was charged in it, all services.
    pub charged: Kopecks,
    /// What was owed at its end.
    pub debt_end: Kopecks,
    /// Whether the service was on.
    pub active: bool,
    /// Whether the service has to be paid ahead and is blocked otherwise.
    pub prepaid: bool,
}

/// A receipt of real money.
#[derive(Clone, Debug)]
pub struct MoneyReceipt {
    /// The external id or bank operation number of the money.
    pub reference: String,
    /// The operation that made the receipt.
    pub operation: String,
    /// Its place among the receipts of that operation: one payment may lawfully make several.
    pub ordinal: u16,
    /// The document as people know it, such as `9999…, ФД 12`.
    pub document: String,
    /// Its total.
    pub total: Kopecks,
    /// Whether a return or a correction has undone it.
    pub undone: bool,
}

/// Money given back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Its id in the journal.
    pub id: String,
    /// How much of it came from this lot or settlement.
    pub amount: Kopecks,
    /// How the money had come.
    pub came: MoneyKind,
    /// How it went back.
    pub went: MoneyKind,
}

/// What became of a charge of one service and month.
#[derive(Clone, Debug)]
pub struct ChargeState {
    /// The service.
    pub service: ServiceCode,
    /// The month.
    pub period: Period,
    /// All that was charged.
    pub charged: Kopecks,
    /// Taken back by recalculation.
    pub recalculated: Kopecks,
    /// Given back in money.
    pub refunded: Kopecks,
    /// Paid or offset.
    pub settled: Kopecks,
    /// Owed.
    pub open: Kopecks,
    /// Off the balance, not paid.
    pub written_off: Kopecks,
}

/// An open debt.
#[derive(Clone, Debug)]
pub struct Debt {
    /// Its id.
    pub id: String,
    /// The service.
    pub service: ServiceCode,
    /// The month of the service.
    pub period: Period,
    /// The day it was charged.
    pub charged_on: LocalDate,
    /// What is owed.
    pub open: Kopecks,
    /// Whether a receipt «on credit» exists for it.
    pub credit: bool,
    /// Whether it is another supplier's: the common pool of advances may not pay it.
    pub agent: bool,
}

/// An advance that is not used up.
#[derive(Clone, Debug)]
pub struct Lot {
    /// Its id.
    pub id: String,
    /// The service; none for the common pool.
    pub service: Option<ServiceCode>,
    /// The month it is for; none for any.
    pub period: Option<Period>,
    /// What is left.
    pub amount: Kopecks,
    /// Since when this service could use it: the day the money came, or of the move to the service.
    pub since: LocalDate,
    /// The day something was last taken from it.
    pub consumed_on: Option<LocalDate>,
}

/// The saldo of the account: advances − debts − penalties.
#[derive(Clone, Copy, Debug)]
pub struct Saldo {
    /// At the opening.
    pub opening: Kopecks,
    /// What all events since have added, by invariant 3 of receipt rules §1.9.
    pub moved: Kopecks,
    /// Today.
    pub closing: Kopecks,
}

/// Where a rule stands: which account, which day, which thresholds.
#[derive(Clone, Copy, Debug)]
pub struct AccountAt<'a> {
    /// The account.
    pub account: &'a AccountNumber,
    /// Today.
    pub today: LocalDate,
    /// Thresholds.
    pub thresholds: &'a Thresholds,
}

/// A rule that looks at one account. A fresh machine ([`Default`]) is made for each account.
pub trait AccountRule: Default {
    /// Takes the next row.
    fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, found: &mut Vec<Finding>);

    /// There are no more rows.
    fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>);
}

/// Runs all rules of one account over the rows of account after account.
///
/// Over all accounts it is one scan; over the accounts that were touched since the last pass it is
/// an incremental pass. Kept between accounts is only the [`Portfolio`]. Of one account, a few
/// months, the payments of three days, and its open entries and receipts are in memory.
///
/// ```
/// use audit::{AccountPass, AccountRow, Thresholds};
/// let thresholds = Thresholds::default();
/// let mut pass = AccountPass::new(&thresholds, "2026-04-01".parse()?);
/// let rows = [AccountRow::Opening("0".parse()?)];
/// assert!(pass.account(&"0012".parse()?, rows)?.is_empty());
/// assert_eq!(pass.portfolio().accounts, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AccountPass<'a> {
    thresholds: &'a Thresholds,
    today: LocalDate,
    portfolio: Portfolio,
}

impl<'a> AccountPass<'a> {
    /// A pass on `today`.
    pub fn new(thresholds: &'a Thresholds, today: LocalDate) -> Self {
        Self {
            thresholds,
            today,
            portfolio: Portfolio::default(),
        }
    }

    /// What the rules find on one account.
    ///
    /// # Errors
    /// When the rows are out of order; nothing is known of the account then.
    pub fn account(
        &mut self,
        account: &AccountNumber,
        rows: impl IntoIterator<Item = AccountRow>,
    ) -> Result<Vec<Finding>> {
        let at = AccountAt {
            account,
            today: self.today,
            thresholds: self.thresholds,
        };
        let mut rules = Rules::default();
        let mut order = Order::default();
        let mut found = Vec::new();
        for row in rows {
            order.check(account, &row)?;
            rules.see(at, &row, &mut found);
        }
        rules.end(at, &mut found);
        self.portfolio.count(account, &found);
        Ok(found)
    }

    /// What rule A01 says of all accounts that were passed. Its share means something after a pass
    /// over all of them only.
    pub const fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }
}

macro_rules! all_rules {
    ($($field:ident: $rule:ty,)*) => {
        #[derive(Debug, Default)]
        struct Rules {
            $($field: $rule,)*
        }

        impl AccountRule for Rules {
            fn see(&mut self, at: AccountAt<'_>, row: &AccountRow, found: &mut Vec<Finding>) {
                $(self.$field.see(at, row, found);)*
            }

            fn end(&mut self, at: AccountAt<'_>, found: &mut Vec<Finding>) {
                $(self.$field.end(at, found);)*
            }
        }
    };
}

all_rules! {
    token_payments: TokenPayments,
    unpaid: Unpaid,
    double_receipts: DoubleReceipts,
    double_payments: DoublePayments,
    broken_ledger: BrokenLedger,
    missed_offset: MissedOffset,
    wrong_refunds: WrongRefunds,
    old_credit: OldCredit,
    dormant_advance: DormantAdvance,
    pattern: ChargePattern,
}

/// Sees to it that the rows of an account come in the order the rules rely on.
#[derive(Debug, Default)]
struct Order {
    begun: bool,
    payment: Option<LocalDateTime>,
    month: Option<Period>,
}

impl Order {
    fn check(&mut self, account: &AccountNumber, row: &AccountRow) -> Result<()> {
        let (in_order, what) = match row {
            AccountRow::Opening(_) => (!self.begun, "the opening".to_owned()),
            AccountRow::Payment(payment) => {
                let after_last = self.payment <= Some(payment.moment);
                self.payment = Some(payment.moment);
                let month = payment.moment.date().period();
                let open = self.month.is_none_or(|closed| closed < month);
                (after_last && open, format!("payment {}", payment.id))
            }
            AccountRow::Month(month) => {
                let after_last = self.month < Some(month.period);
                self.month = Some(month.period);
                let paid = self.payment.map(|moment| moment.date().period());
                let after_payments = paid.is_none_or(|paid| paid <= month.period);
                (
                    after_last && after_payments,
                    format!("month {}", month.period),
                )
            }
            _ => (true, String::new()),
        };
        if matches!(row, AccountRow::Payment(_) | AccountRow::Month(_)) {
            self.begun = true;
        }
        if in_order {
            Ok(())
        } else {
            Err(AuditError::Unsorted {
                stream: "the rows of an account",
                row: format!("{account}: {what}"),
            })
        }
    }
}
