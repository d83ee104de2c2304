//! `[reconcile]`: what is compared by itself, and when.

use std::path::PathBuf;

use desk::DeskError;
use serde::Deserialize;

/// When it is compared if nothing is said: billing and banks have sent yesterday's files by then.
const AT: &str = "06:00";

/// `[reconcile]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReconcileTable {
    folder: Option<PathBuf>,
    at: Option<String>,
    month_on: Option<u8>,
    billing: Vec<String>,
    bank: Vec<String>,
    drives: Vec<u8>,
}

/// What is compared by itself.
#[derive(Clone, Debug)]
pub(crate) struct ReconcilePlan {
    /// Where files are looked for; none: none are.
    pub(crate) folder: Option<PathBuf>,
    /// Hour and minute at the place of settlement.
    pub(crate) at: (u8, u8),
    /// On this day of the month the month before is compared, too.
    pub(crate) month_on: u8,
    /// Names of billing's files; `*` stands for anything, `{date}` for the day.
    pub(crate) billing: Vec<String>,
    /// Names of the banks' files.
    pub(crate) bank: Vec<String>,
    /// Slots whose drives are read first.
    pub(crate) drives: Vec<u8>,
}

impl ReconcileTable {
    /// What is compared by itself; nothing unless the table says anything.
    ///
    /// # Errors
    /// When a value lies beyond its limits.
    pub(crate) fn read(&self) -> Result<Option<ReconcilePlan>, DeskError> {
        if self.folder.is_none() && self.at.is_none() {
            return Ok(None);
        }
        let wrong = |what: String| DeskError::Setup {
            what: format!("[reconcile]: {what}"),
        };
        let at = self.at.as_deref().unwrap_or(AT);
        let parts = at.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some((hour, minute))
        });
        let month_on = self.month_on.unwrap_or(3);
        if !(1..=28).contains(&month_on) {
            return Err(wrong(format!("month_on is {month_on}: write 1 to 28")));
        }
        let named = self.billing.iter().chain(&self.bank);
        if let Some(name) = named.clone().find(|name| name.contains(['/', '\\'])) {
            return Err(wrong(format!("«{name}» is a name in the folder, no path")));
        }
        if named.count() > 0 && self.folder.is_none() {
            return Err(wrong("name the folder of the files".to_owned()));
        }
        Ok(Some(ReconcilePlan {
            folder: self.folder.clone(),
            at: parts.ok_or_else(|| wrong(format!("at is «{at}»: write it as 06:00")))?,
            month_on,
            billing: self.billing.clone(),
            bank: self.bank.clone(),
            drives: self.drives.clone(),
        }))
    }
}
