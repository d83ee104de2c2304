//! `[receipts]`: what law and practice leave to the accounting policy.

use std::num::NonZeroU16;

use desk::{Config as Receipts, DeskError};
use serde::Deserialize;
use terms::LocalDate;

/// `[receipts]`: the engine's configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReceiptsTable {
    postpaid: Option<String>,
    offset_mode: Option<String>,
    allocation: Option<String>,
    penalties: Option<String>,
    penalty_receipt: Option<String>,
    advance: Option<String>,
    credit_payment_vat: Option<String>,
    agent_offset: Option<String>,
    max_lines: Option<NonZeroU16>,
    holidays: Vec<String>,
}

impl ReceiptsTable {
    pub(super) fn read(&self) -> Result<Receipts, DeskError> {
        fn or<T: std::str::FromStr<Err = terms::TermError>>(
            given: Option<&String>,
            default: T,
        ) -> terms::Result<T> {
            given.map_or(Ok(default), |text| text.parse())
        }
        let default = Receipts::default();
        let holidays = self.holidays.iter().map(|date| date.parse::<LocalDate>());
        Ok(Receipts {
            ffd: default.ffd,
            postpaid: or(self.postpaid.as_ref(), default.postpaid)?,
            offset_mode: or(self.offset_mode.as_ref(), default.offset_mode)?,
            allocation: or(self.allocation.as_ref(), default.allocation)?,
            penalties: or(self.penalties.as_ref(), default.penalties)?,
            penalty_receipt: or(self.penalty_receipt.as_ref(), default.penalty_receipt)?,
            advance: or(self.advance.as_ref(), default.advance)?,
            credit_payment_vat: or(self.credit_payment_vat.as_ref(), default.credit_payment_vat)?,
            agent_offset: or(self.agent_offset.as_ref(), default.agent_offset)?,
            max_lines: self.max_lines.unwrap_or(default.max_lines),
            holidays: holidays.collect::<terms::Result<_>>()?,
        })
    }
}
