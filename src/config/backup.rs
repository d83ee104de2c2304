//! `[backup]`: copies of the journal.

use std::path::PathBuf;

use desk::{BackupPlan, DeskError};
use serde::Deserialize;
use terms::LocalDateTime;

use super::Config;

/// The time of day, where none is written.
const AT: (u8, u8) = (3, 30);
/// So many copies stay, where nothing is written.
const KEEP: u32 = 14;
/// The most that may stay.
const KEEP_MAX: u32 = 10_000;

/// `[backup]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupTable {
    folder: PathBuf,
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    keep: Option<u32>,
}

impl Config {
    /// The daily copies; none: there are none.
    ///
    /// # Errors
    /// When a value cannot be.
    pub(crate) fn backup(&self) -> Result<Option<BackupPlan>, DeskError> {
        let Some(table) = &self.backup else {
            return Ok(None);
        };
        let wrong = |what: String| DeskError::Setup {
            what: format!("[backup]: {what}"),
        };
        let at = match &table.at {
            None => AT,
            Some(text) => {
                // Any day will do: only the time is read.
                let moment = format!("2000-01-01T{text}").parse::<LocalDateTime>();
                let moment = moment
                    .map_err(|_| wrong(format!("at is «{text}»: write a time such as 03:30")))?;
                (moment.hour(), moment.minute())
            }
        };
        let keep = table.keep.unwrap_or(KEEP);
        if !(1..=KEEP_MAX).contains(&keep) {
            return Err(wrong(format!("keep is {keep}: write 1 to {KEEP_MAX}")));
        }
        Ok(Some(BackupPlan {
            folder: table.folder.clone(),
            at,
            keep,
        }))
    }
}
