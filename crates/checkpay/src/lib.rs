//! The check/pay faces: banks and payment systems that ask for an account and pay onto it by
//! themselves, over plain GET requests with answers in XML.
//!
//! Two protocols are spoken: that of OSMP (QIWI) with its dozens of clones, and «ACTION» of Sberbank
//! Online (payment registries §6, §7). Each bank has a path of its own, the addresses that it comes
//! from, and its habits ([`Bank`]). What a bank may ask is read by plain functions (`osmp`,
//! `sberbank`); [`router`] asks the desk.
//!
//! # Once
//!
//! A payment is an operation of the type `payment`; its idempotency key is the bank's name and the
//! bank's number of the transaction. A repeat gets the first answer again; the same number with
//! another account or sum is refused for good. «Done» is answered only when the operation is
//! durable. When it cannot be stored, the answer is «later»: the bank repeats.

mod bank;
mod fields;
mod osmp;
mod router;
mod sberbank;
mod xml;

pub use bank::{Bank, BankError, From, Login, Protocol};
pub use router::router;
