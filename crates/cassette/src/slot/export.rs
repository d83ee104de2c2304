//! Reading a drive's documents into files, one after another, when the drive has nothing better to
//! do.

use std::time::Duration;

use fn_proto::{Failure, Outcome};
use terms::DocumentNumber;

use super::live::{Activity, Live};
use crate::{
    archive::{ArchiveEntry, ArchiveRead, ArchiveReadStep, ArchiveStep},
    event::{Effect, Token},
    surroundings::Surroundings,
};

/// How far an export has come.
#[derive(Debug, Default)]
pub(super) enum Export {
    #[default]
    NotBegun,
    /// The files are being made, written or completed.
    Writing {
        token: Token,
        step: Writing,
    },
    /// The files hold the documents up to here.
    UpTo(DocumentNumber),
    /// The files cannot be written.
    Failed {
        why: String,
        until: Duration,
    },
    Done,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Writing {
    Opening,
    Adding(DocumentNumber),
    Sealing(DocumentNumber),
}

impl Export {
    /// The last document that is in the files.
    pub(super) fn up_to(&self) -> Option<DocumentNumber> {
        match self {
            Self::UpTo(number) => Some(*number),
            Self::Writing {
                step: Writing::Adding(number) | Writing::Sealing(number),
                ..
            } => Some(*number),
            _ => None,
        }
    }
}

impl Live {
    /// Takes the next step, if the files are not being written just now. Says whether the drive is
    /// busy with it.
    pub(super) fn export_on(&mut self, around: &mut Surroundings<'_>) -> bool {
        match &self.export {
            Export::NotBegun => self.write(ArchiveStep::Open, Writing::Opening, around),
            Export::Failed { until, .. } if around.now.mono >= *until => {
                self.write(ArchiveStep::Open, Writing::Opening, around);
            }
            Export::UpTo(number) if *number < self.last_document => {
                let (read, request) = ArchiveRead::begin(self.number(), number.next());
                self.activity = Activity::Exporting(Box::new(read));
                around.send(request);
                return true;
            }
            Export::UpTo(number) => {
                let step = Writing::Sealing(*number);
                self.write(ArchiveStep::Seal, step, around);
            }
            Export::Writing { .. } | Export::Failed { .. } | Export::Done => {}
        }
        false
    }

    fn write(&mut self, step: ArchiveStep, then: Writing, around: &mut Surroundings<'_>) {
        let token = around.out.token();
        let effect = Effect::Archive(token, self.number(), step);
        around.out.effects.push(effect);
        self.export = Export::Writing { token, step: then };
    }

    /// Takes the drive's answer to a command of the export.
    ///
    /// # Errors
    /// When the drive cannot be talked to any more.
    pub(super) fn exported(
        &mut self,
        outcome: Outcome,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let Activity::Exporting(read) = &mut self.activity else {
            return Ok(());
        };
        match read.reply(outcome) {
            ArchiveReadStep::Send(request) => around.send(request),
            ArchiveReadStep::Done(entry) => {
                self.activity = Activity::Idle;
                self.add(entry, around);
            }
            ArchiveReadStep::Failed(failure) => return Err(failure),
        }
        Ok(())
    }

    fn add(&mut self, entry: Box<ArchiveEntry>, around: &mut Surroundings<'_>) {
        let number = entry.document.document.number;
        self.write(ArchiveStep::Add(entry), Writing::Adding(number), around);
    }

    /// The files are written, or cannot be.
    pub(super) fn archived(
        &mut self,
        token: Token,
        done: &Result<DocumentNumber, String>,
        again: Duration,
    ) {
        let Export::Writing {
            token: awaited,
            step,
        } = self.export
        else {
            return;
        };
        if awaited != token {
            return;
        }
        self.export = match (done, step) {
            (Err(why), _) => Export::Failed {
                why: why.clone(),
                until: again,
            },
            (Ok(_), Writing::Sealing(_)) => Export::Done,
            (Ok(number), Writing::Opening | Writing::Adding(_)) => Export::UpTo(*number),
        };
    }
}
