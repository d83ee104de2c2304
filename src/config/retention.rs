//! `[retention]`: how long what is no fiscal document is kept.

use desk::{DeskError, Retention};
use serde::Deserialize;

use super::Config;

/// Letters and sessions of the last month are what people look for.
const DAYS_MIN: u32 = 30;

/// `[retention]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetentionTable {
    letters_days: Option<u32>,
    sessions_days: Option<u32>,
}

impl Config {
    /// What is removed, and when.
    ///
    /// # Errors
    /// When a value cannot be.
    pub(crate) fn retention(&self) -> Result<Retention, DeskError> {
        let (table, default) = (&self.retention, Retention::default());
        let days = |name: &str, written: Option<u32>, default: Option<u32>| match written {
            None => Ok(default),
            Some(0) => Ok(None),
            Some(days) if days >= DAYS_MIN => Ok(Some(days)),
            Some(days) => Err(DeskError::Setup {
                what: format!(
                    "[retention]: {name} is {days}: write {DAYS_MIN} at the least, or 0 for ever"
                ),
            }),
        };
        Ok(Retention {
            letters_days: days("letters_days", table.letters_days, default.letters_days)?,
            sessions_days: days("sessions_days", table.sessions_days, default.sessions_days)?,
        })
    }
}
