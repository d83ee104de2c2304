//! Restoring the past: what a restoration may do next, what it changes, and how fast it may go.
//!
//! A **restoration** is one plan of correcting past settlements with all its rows and its life: lost
//! ones get their receipts ([`Kind::Lost`]), wrong receipts are fixed ([`Kind::Fix`]). A **row** is
//! one settlement of it. Rows, receipts and drives are kept by the journal and handled by the desk;
//! this crate only decides:
//!
//! | question | answer |
//! |---|---|
//! | what may be done with it now | [`State::turn`], [`check_approver`] |
//! | is it still the plan that was approved | [`PlanHasher`], [`FieldHasher`] for a row |
//! | what does it change for the tax office | [`Totals`] |
//! | how much more may a register take (risk indicators) | [`Shares`] |
//! | will the drives last, when is it over | [`Forecast`] |
//! | how many rows may go now | [`Throttle`] |
//!
//! Invariants: nothing of an unapproved plan is carried out. A plan's hash changes with every byte
//! that a person has approved. What [`Throttle`] lets go never makes more than a packet of receipts
//! wait for the drives and, with [`Pace::Spread`], never takes a register over the greatest share,
//! whichever register gets them. Decisions use whole numbers only. No input makes it panic, and
//! memory is bounded whatever is added.

mod approval;
mod forecast;
mod hash;
mod kind;
mod pause;
mod row;
mod shares;
mod state;
mod tax_period;
mod throttle;
mod totals;

pub use approval::{NotApprover, check_approver};
pub use forecast::{DriveForecast, DriveLeft, Forecast, Job, Obstacle, RESERVE_PERCENT};
pub use hash::{FieldHasher, Hash, PlanHasher, PlanRow};
pub use kind::{Kind, Pace};
pub use pause::PauseOn;
pub use row::{Class, RowState};
pub use shares::{Counts, MaxShare, Share, Shares, WINDOW_DAYS, days_to_spread};
pub use state::{Act, NotNow, State};
pub use tax_period::Quarter;
pub use throttle::{Decision, Facts, PauseReason, Register, Throttle, WaitReason};
pub use totals::{
    Flow, PaymentKind, RateSum, ReturnChange, Role, Settled, Sum, TaxReturn, Totals, TotalsError,
    TotalsKey, TotalsRow,
};
