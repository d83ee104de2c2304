//! `[export]`: tables for the books, each day into a folder.

use std::{collections::BTreeSet, path::PathBuf};

use desk::{DeskError, ExportFormat, ExportKind};
use serde::Deserialize;
use terms::LocalDateTime;

/// The most days that are made up for.
const CATCH_UP_MAX: u32 = 92;

/// `[export]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExportTable {
    folder: Option<PathBuf>,
    tables: Option<Vec<String>>,
    formats: Option<Vec<String>>,
    at: Option<String>,
    catch_up_days: Option<u32>,
}

/// What is written each day, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ExportPlan {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// Which tables.
    pub(crate) tables: BTreeSet<ExportKind>,
    /// In which formats.
    pub(crate) formats: BTreeSet<ExportFormat>,
    /// From which hour and minute on the day before is written.
    pub(crate) at: (u8, u8),
    /// How many days before the last one are made up for.
    pub(crate) catch_up_days: u32,
}

impl ExportTable {
    /// What is to be written; none without a folder.
    ///
    /// # Errors
    /// When a value cannot be.
    pub(crate) fn plan(&self) -> Result<Option<ExportPlan>, DeskError> {
        let Some(folder) = self.folder.clone() else {
            let others = [
                self.tables.is_some(),
                self.formats.is_some(),
                self.at.is_some(),
                self.catch_up_days.is_some(),
            ];
            return match others.contains(&true) {
                true => Err(wrong("folder is left out: write where the files go".into())),
                false => Ok(None),
            };
        };
        fn set<T: std::str::FromStr<Err = terms::TermError> + Ord>(
            written: Option<&Vec<String>>,
            default: &str,
        ) -> Result<BTreeSet<T>, DeskError> {
            let default = vec![default.to_owned()];
            let names = written.unwrap_or(&default).iter();
            let set: BTreeSet<T> = names
                .map(|name| name.parse())
                .collect::<Result<_, _>>()
                .map_err(|error: terms::TermError| wrong(error.to_string()))?;
            match set.is_empty() {
                true => Err(wrong("an empty list: leave the key out".to_owned())),
                false => Ok(set),
            }
        }
        let at = self.at.as_deref().unwrap_or("01:00");
        // Any day will do: only the time is read.
        let at: LocalDateTime = format!("2000-01-01T{at}")
            .parse()
            .map_err(|error: terms::TermError| wrong(format!("at: {error}")))?;
        let catch_up_days = self.catch_up_days.unwrap_or(7);
        if catch_up_days > CATCH_UP_MAX {
            return Err(wrong(format!(
                "catch_up_days is {catch_up_days}: write 0 to {CATCH_UP_MAX}"
            )));
        }
        Ok(Some(ExportPlan {
            folder,
            tables: set(self.tables.as_ref(), "day")?,
            formats: set(self.formats.as_ref(), "csv")?,
            at: (at.hour(), at.minute()),
            catch_up_days,
        }))
    }
}

fn wrong(what: String) -> DeskError {
    DeskError::Setup {
        what: format!("[export]: {what}"),
    }
}
