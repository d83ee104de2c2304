//! Reconciliation and monitoring over plain rows: does what billing, journal, drives, ОФД and bank
//! say agree, is anything late, and does anything look wrong though every receipt is right.
//!
//! | what | where |
//! |---|---|
//! | equations E1…E8 (receipt rules §5.1) | [`EQUATIONS`], [`Balance`], [`NumberReport`], [`TicketReport`], [`shift_differences`] |
//! | rules A01…A28 (receipt rules §5.2) | [`RULES`], with [`Thresholds`] |
//! | rules of one account, in one scan | [`AccountPass`] |
//! | rules of money, drives, registers, documents, sources, delivery | the functions named after them |
//! | deadlines (receipt rules §6) | [`deadline`], with a [`Calendar`] |
//! | incidents: opened, kept, closed | [`Incidents`] |
//!
//! Invariants:
//!
//! * Every check is a function of its rows, its thresholds and the time it is told: same input, same
//!   findings, in the same order.
//! * Nothing is corrected and nothing is written off: a difference becomes a [`Finding`] with the
//!   numbers behind it.
//! * No floating-point number decides anything. Shares are compared as products of integers, sums
//!   are kept in [`Sum`], which is wider than any money and cannot overflow.
//! * Memory is bounded whatever the number of rows: sorted streams are merged, an account's rules
//!   keep a few months of one account, lists in reports have a limit and a count of what is left off.
//! * A finding's [`IncidentKey`] is made of the rule and the object and never of numbers, so that it
//!   stays the same while the trouble grows.

mod account;
mod calendar;
mod compare;
pub mod deadline;
mod delivery;
mod documents;
mod doubles;
mod drives;
mod equation;
mod error;
mod finding;
mod incident;
mod ledger;
mod money;
mod numbers;
mod offsets;
mod old_entries;
mod pattern;
mod registers;
mod rule;
mod shift;
mod source;
mod sum;
mod thresholds;
mod tickets;
mod token_payments;
mod unpaid;

pub use account::{
    AccountAt, AccountPass, AccountRow, AccountRule, ChargeState, Debt, Lot, MoneyKind,
    MoneyReceipt, Month, Payment, Refund, Saldo,
};
pub use calendar::Calendar;
pub use compare::{Compare, Difference, Group, Merge, Mismatch, Row, Total};
pub use delivery::{DayDeliveries, bounces_of_account, bounces_of_day};
pub use documents::{
    DocumentTax, OfdVerdict, Registration, TaxedLine, ofd_refusal, tax_not_registered, wrong_vat,
};
pub use doubles::{DoublePayments, DoubleReceipts, WrongRefunds};
pub use drives::{
    DriveLife, DriveUnsent, OpenShift, clock_difference, drive_ends, shift_too_long,
    unsent_documents,
};
pub use equation::{Balance, ChargeKey, EQUATIONS, Equation, EquationId, List, MoneyKey, VatKey};
pub use error::{AuditError, Result};
pub use finding::{Finding, IncidentKey, Object, Text, Value};
pub use incident::{
    Acknowledgement, Among, Incident, Incidents, Looked, Notice, Standing, Step, Tempo, Tempos,
};
pub use ledger::{BrokenLedger, MissedOffset};
pub use money::{
    Channel, Money, Unidentified, money_without_receipt, receipts_without_money, unidentified_money,
};
pub use numbers::{DocumentMark, NumberReport, Numbers, Source};
pub use offsets::{OffsetBuffer, unclosed_offsets};
pub use old_entries::{DormantAdvance, OldCredit};
pub use pattern::ChargePattern;
pub use registers::{DayDocuments, RegisterShares, silent_register};
pub use rule::{RULES, Rule, RuleId, Severity};
pub use shift::{PaymentKind, ShiftDifference, ShiftTotals, shift_differences, shift_finding};
pub use source::{Arrival, SourceWatch};
pub use sum::Sum;
pub use thresholds::*;
pub use tickets::{DocumentTicket, TicketReport};
pub use token_payments::{Portfolio, TokenPayments};
pub use unpaid::Unpaid;
