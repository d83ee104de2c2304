//! `[contracts]`: contracts of accounts.

use desk::{ContractRules, DeskError};
use serde::Deserialize;

/// Nobody looks ahead for longer, days.
const NOTICE_MAX: u16 = 366;

/// `[contracts]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ContractsTable {
    outside: Option<String>,
    notice_days: Option<u16>,
}

impl ContractsTable {
    /// What the desk has to know.
    ///
    /// # Errors
    /// When a value lies beyond its limits.
    pub(crate) fn read(&self) -> Result<ContractRules, DeskError> {
        let default = ContractRules::default();
        let outside = self.outside.as_deref().map(str::parse).transpose()?;
        let notice_days = self.notice_days.unwrap_or(default.notice_days);
        if notice_days > NOTICE_MAX {
            return Err(DeskError::Setup {
                what: format!("contracts.notice_days is {notice_days}: write 0 to {NOTICE_MAX}"),
            });
        }
        Ok(ContractRules {
            outside: outside.unwrap_or(default.outside),
            notice_days,
        })
    }
}
