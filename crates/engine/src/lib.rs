//! The receipt engine: what happens on a personal account becomes fiscal receipts.
//!
//! One function, [`apply`]: the set-up, the state before and an event go in; a [`Plan`] comes out,
//! with the receipts, the accounts after, and for every line the reason why it is there. Or the
//! event is refused with a [`Refusal`], and nothing changes. While nothing of an event was formed,
//! [`take_back`] undoes what it has changed on accounts.
//!
//! [`outside`] says whether the contracts of an account allow a charge; [`supplier_money`] what a
//! receipt has brought for the suppliers behind an agent's lines.
//!
//! [`fix_of`] finds what a wrong receipt should have been.
//!
//! It is pure and deterministic: the same state and the same event give the same plan. It is total:
//! it does not panic, whatever the event holds. It conserves every kopeck (receipt rules §1.9).
//!
//! The crate does no I/O, reads no clock, knows nothing of TLV, drives, databases or JSON.

mod account;
mod allocate;
mod apply;
mod change;
mod compose;
mod config;
mod contract;
mod deadline;
mod event;
mod events;
mod ledger;
mod lines;
mod money;
mod plan;
mod receipt;
mod refusal;
mod right;
mod service;
mod share;
mod surplus;
mod text;
mod why;

pub use account::{Account, Debt, Invoice, Lot, MoneyKind, PayerKind, Penalty, Settled};
pub use apply::apply;
pub use change::{AccountChange, EntryChange, take_back};
pub use config::{
    AdvancePolicy, AgentOffset, Allocation, Config, CreditPaymentVat, OffsetMode, PenaltyPlace,
    PenaltyReceipt, Postpaid, Setup,
};
pub use contract::{
    Contract, ContractError, OutsideContract, check_contracts, contract_of, outside,
};
pub use event::{
    CancelPayment, CancelReason, Channel, Charge, ChargeLine, Event, EventKind, ExplicitItem,
    ExplicitTarget, FixReceipt, Identify, LostChargeLine, MAX_EVENT_ID, MAX_EVENT_ITEMS, Move,
    Needs, Part, PartKind, Payment, PeriodClose, Recalc, RecalcTo, Refund, RefundOf, RestoreCharge,
    RestorePayment, RightAgent, RightLine, RightReceipt, WriteOff, WriteOffItem, WriteOffTarget,
};
pub use events::undo_double;
pub use money::{SupplierMoney, money_by_line, supplier_money};
pub use plan::{
    Before, BufferChange, BufferLine, JournalReceipt, Plan, Record, RecordKind, Unidentified,
    UnidentifiedChange,
};
pub use receipt::{Correction, Line, Payments, Receipt, Ref, RefTo};
pub use refusal::Refusal;
pub use right::{Change, PaidIn, RightAmount, RightSupplier, Swap, fix_of};
pub use service::{Agent, Service, VatSchedule};
pub use why::{Rule, Source, What, Why};
