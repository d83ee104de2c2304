//! A known drive that holds more than the journal knows: the journal is an old copy that was put
//! back, or somebody else has used the drive. What is unknown is read and journaled before anybody
//! forms another receipt: it may be one of those that wait (see [`RollCall`]).
//!
//! [`RollCall`]: crate::roll_call::RollCall

use fn_proto::{Failure, Outcome};
use terms::{DocumentNumber, DriveNumber};

use super::{
    Mode, Slot,
    live::{Activity, Live, Next, Standing},
};
use crate::{
    archive::{ArchiveRead, ArchiveReadStep},
    event::Effect,
    notes::Then,
    order::NotObeyed,
    probe::DriveFacts,
    reason::Reason,
    record::Record,
    roll_call::Heard,
    surroundings::Surroundings,
};

impl Live {
    /// Reads the next document that the journal does not know; after the last one the drive is
    /// looked at anew.
    pub(super) fn catch_up(&mut self, around: &mut Surroundings<'_>) {
        if self.known_up_to >= self.last_document {
            around.out.effects.push(Effect::Reopen(around.slot));
            self.standing = Standing::Outdated;
            return;
        }
        let (read, request) = ArchiveRead::begin(self.number(), self.known_up_to.next());
        self.activity = Activity::CatchingUp(Box::new(read));
        around.send(request);
    }

    /// Takes the drive's answer to a command of the reading.
    ///
    /// # Errors
    /// When the drive cannot be talked to any more.
    pub(super) fn caught_up(
        &mut self,
        outcome: Outcome,
        around: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let Activity::CatchingUp(read) = &mut self.activity else {
            return Ok(());
        };
        match read.reply(outcome) {
            ArchiveReadStep::Send(request) => around.send(request),
            ArchiveReadStep::Done(entry) => {
                self.known_up_to = entry.document.document.number;
                let drive = self.number();
                let record = Record::Found { drive, entry };
                self.store(record, Next::End(Then::Nothing), around);
            }
            ArchiveReadStep::Failed(failure) => return Err(failure),
        }
        Ok(())
    }
}

impl Slot {
    /// What is known of its drive's archive by now, if a drive answers.
    pub(crate) fn heard(&self) -> Option<(DriveNumber, Heard)> {
        let answered = |facts: &DriveFacts| {
            let status = &facts.status;
            (status.drive, Heard::Answered(status.last_document))
        };
        match &self.mode {
            Mode::Probing(probe) => probe.facts().map(answered),
            // It has another document in place of an intent's.
            Mode::Recording { record, facts, .. }
                if matches!(**record, Record::Void { number, .. }
                    if number <= facts.status.last_document) =>
            {
                Some((facts.number(), Heard::Behind))
            }
            Mode::Loading { facts, .. }
            | Mode::Settling { facts, .. }
            | Mode::Recording { facts, .. }
            | Mode::Tidying(facts) => Some(answered(facts)),
            // Another slot has it, and says more.
            Mode::Live(_) if self.is_second_wire() => None,
            Mode::Live(live) if live.standing == Standing::Behind => {
                Some((live.number(), Heard::Behind))
            }
            Mode::Live(live) => Some((live.number(), Heard::Read)),
            Mode::NoLink(_) | Mode::Opening | Mode::Unreadable { .. } => None,
        }
    }

    /// The drive that was used elsewhere, and the last document that it holds.
    pub(crate) fn may_be_adopted(&self) -> Result<(DriveNumber, DocumentNumber), NotObeyed> {
        let Mode::Live(live) = &self.mode else {
            return Err(NotObeyed::NoDrive);
        };
        match &live.standing {
            Standing::Unusable(Reason::UnknownDocuments { drive, .. }) => {
                Ok((live.number(), *drive))
            }
            _ => Err(NotObeyed::NothingToAdopt),
        }
    }
}
