use std::collections::BTreeMap;

use cassette::{ArchiveEntry, ArchiveStep};
use terms::{DocumentNumber, DriveNumber};

/// The files that keep drives' documents; they are durable at once.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) of: BTreeMap<DriveNumber, Vec<ArchiveEntry>>,
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
            }
            ArchiveStep::Add(entry) => {
                let expected = kept.len() as u32 + 1;
                let number = entry.document.document.number;
                if number.get() != expected {
                    return Err(format!("ФД {number} instead of ФД {expected}"));
                }
                kept.push(*entry);
            }
            ArchiveStep::Seal => {}
        }
        Ok(DocumentNumber(kept.len() as u32))
    }
}
