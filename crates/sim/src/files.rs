use std::collections::{BTreeMap, BTreeSet};

use cassette::{ArchiveEntry, ArchiveStep};
use terms::{DocumentNumber, DriveNumber};

/// The files that keep drives' documents; they are durable at once.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) of: BTreeMap<DriveNumber, Vec<ArchiveEntry>>,
    /// Drives whose files were said to be complete, and were not changed since.
    pub(crate) sealed: BTreeSet<DriveNumber>,
}

impl Files {
    pub(crate) fn write(
        &mut self,
        drive: DriveNumber,
        step: ArchiveStep,
    ) -> Result<DocumentNumber, String> {
        let kept = self.of.entry(drive).or_default();
        match step {
            ArchiveStep::Open => {
                let whole = kept.iter().take_while(|it| it.operator_sign.is_some());
                kept.truncate(whole.count());
                self.sealed.remove(&drive);
            }
            ArchiveStep::Add(entry) => {
                let expected = kept.len() as u32 + 1;
                let number = entry.document.document.number;
                if number.get() != expected {
                    return Err(format!("ФД {number} instead of ФД {expected}"));
                }
                kept.push(*entry);
            }
            ArchiveStep::Seal => {
                self.sealed.insert(drive);
            }
        }
        Ok(DocumentNumber(kept.len() as u32))
    }
}
