//! One file per group of events (receipt rules §2).

pub(crate) mod cancel;
mod charge;
pub(crate) mod fix;
pub(crate) mod mirror;
mod moves;
mod payment;
mod period_close;
mod recalc;
mod refund;
mod restore_charge;
pub(crate) mod settle;
pub(crate) mod undo;
mod write_off;

pub(crate) use cancel::cancel_payment;
pub(crate) use charge::charge;
pub(crate) use fix::fix_receipt;
pub use mirror::undo_double;
pub(crate) use moves::move_overpayment;
pub(crate) use payment::{identify, payment, restore_payment};
pub(crate) use period_close::period_close;
pub(crate) use recalc::recalc;
pub(crate) use refund::refund;
pub(crate) use restore_charge::restore_charge;
pub(crate) use write_off::write_off;
