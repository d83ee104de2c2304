use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, ArchivedDocument, CurrentDocument, Failure, Outcome,
    Request, Status,
};
use terms::{DriveNumber, ReceiptNumber, ShiftNumber};

use crate::{
    document::FormedDocument,
    record::{Intent, Task},
};

/// A document has at most 100 lines and some forty other objects; more is no document of ours.
const OBJECTS_MAX: usize = 400;

/// Finds out what became of an intent by asking its drive, after a lost answer or a restart
/// (ФН protocol §1.6 step 3): never by repeating the command.
#[derive(Clone, Debug)]
pub(crate) struct Settle {
    drive: DriveNumber,
    intent: Intent,
    may_cancel: bool,
    stage: Stage,
    found: Option<ArchivedDocument>,
    /// Length of the document's content as 45h says, bytes.
    length: usize,
    objects: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Status,
    Cancelling,
    Finding,
    Opening,
    Reading,
    Shift,
}

pub(crate) enum SettleStep {
    Send(Request),
    /// The drive has it.
    Formed(FormedDocument),
    /// The drive does not have it, and no document is begun.
    NotFormed,
    /// The drive has another document there, of another kind or sum: it does not have this one.
    Other(String),
    /// The drive has something there that may be this one, and is not as it was passed.
    Contradiction(String),
    /// The document is begun and may not be cancelled.
    Stuck(String),
    /// The drive cannot be asked now.
    Unanswered(Failure),
}

impl Settle {
    /// The first command of settling.
    pub(crate) const FIRST: Request = Request::Status;

    pub(crate) const fn new(drive: DriveNumber, intent: Intent) -> Self {
        Self {
            drive,
            intent,
            may_cancel: true,
            stage: Stage::Status,
            found: None,
            length: 0,
            objects: Vec::new(),
        }
    }

    /// The same, but a begun document is left as it is.
    pub(crate) fn without_cancelling(self) -> Self {
        Self {
            may_cancel: false,
            ..self
        }
    }

    pub(crate) fn into_intent(self) -> Intent {
        self.intent
    }

    pub(crate) fn reply(&mut self, outcome: Outcome) -> SettleStep {
        match (self.stage, outcome) {
            (Stage::Status, Ok(Answer::Status(status))) => self.judge(&status),
            // «Nothing to cancel» is answered with 00h or 02h (ФН protocol §2.2, INFERRED).
            (Stage::Cancelling, Ok(Answer::Done)) => SettleStep::NotFormed,
            (Stage::Cancelling, Err(Failure::Refused(refusal)))
                if refusal.code == AnswerCode::WRONG_STATE =>
            {
                SettleStep::NotFormed
            }
            (Stage::Finding, Ok(Answer::Found(found))) => self.compare(found),
            (Stage::Opening, Ok(Answer::OpenedDocument { length, .. })) => {
                self.length = usize::from(length);
                self.stage = Stage::Reading;
                SettleStep::Send(Request::NextTlv)
            }
            (Stage::Reading, Ok(Answer::Tlv(object))) => self.collect(object),
            (Stage::Reading, Err(Failure::Refused(refusal)))
                if refusal.code == AnswerCode::NO_DATA =>
            {
                // Some drives attach the last object to this code (ФН protocol §2.7).
                self.objects.push(refusal.data);
                self.compare_contents()
            }
            // Without a TLV form in the archive the record of 40h has to do.
            (Stage::Opening, Err(Failure::Refused(refusal)))
                if refusal.code == AnswerCode::NO_DATA =>
            {
                self.ask_shift()
            }
            (Stage::Shift, Ok(Answer::ShiftStatus(status))) => {
                let receipt = matches!(self.intent.task, Task::Receipt { .. });
                self.formed(status.shift, receipt.then_some(status.receipt))
            }
            (_, Err(failure)) => SettleStep::Unanswered(failure),
            (stage, Ok(answer)) => SettleStep::Unanswered(Failure::Unreadable {
                command: "settling",
                reason: format!("unexpected {answer:?} while {stage:?}"),
            }),
        }
    }

    fn judge(&mut self, status: &Status) -> SettleStep {
        let (last, expected) = (status.last_document, self.intent.number);
        if status.drive != self.drive {
            return SettleStep::Unanswered(Failure::Unreadable {
                command: "30h status",
                reason: format!("drive {} answers instead of {}", status.drive, self.drive),
            });
        }
        // More may follow it: the journal is an old copy, or somebody else has used the drive.
        if last >= expected {
            self.stage = Stage::Finding;
            SettleStep::Send(Request::FindDocument(expected))
        } else if last.next() != expected {
            SettleStep::Contradiction(format!(
                "the drive's last document is ФД {last}, the intent is for ФД {expected}"
            ))
        } else if status.current == CurrentDocument::None {
            SettleStep::NotFormed
        } else if !self.may_cancel {
            SettleStep::Stuck(format!(
                "the drive has failed at ФД {expected}, which may be neither repeated nor \
                 cancelled: switch the drive off and on and look at the slot anew"
            ))
        } else {
            self.stage = Stage::Cancelling;
            SettleStep::Send(Request::CancelDocument)
        }
    }

    fn compare(&mut self, found: ArchivedDocument) -> SettleStep {
        let fits = found.kind == self.intent.task.kind()
            && found.document.number == self.intent.number
            && match (&self.intent.task, &found.details) {
                (
                    Task::Receipt {
                        operation, total, ..
                    },
                    ArchivedDetails::Receipt {
                        operation: found,
                        total: sum,
                    },
                ) => (operation, total) == (found, sum),
                (Task::Receipt { .. }, _) => false,
                _ => true,
            };
        if !fits {
            return SettleStep::Other(format!(
                "ФД {} of the drive is {found:?}, not what was asked for",
                self.intent.number
            ));
        }
        let number = found.document.number;
        self.found = Some(found);
        self.stage = Stage::Opening;
        SettleStep::Send(Request::OpenDocument(number))
    }

    fn collect(&mut self, object: Vec<u8>) -> SettleStep {
        if self.objects.len() == OBJECTS_MAX {
            return SettleStep::Contradiction(format!(
                "ФД {} has more than {OBJECTS_MAX} objects",
                self.intent.number
            ));
        }
        self.objects.push(object);
        SettleStep::Send(Request::NextTlv)
    }

    /// Each object that was passed must stand in the document as it was.
    fn compare_contents(&mut self) -> SettleStep {
        let passed = self.intent.tlv.clone();
        let read: usize = self.objects.iter().map(Vec::len).sum();
        let mut reader = ffd::Reader::new(&passed);
        while let Some(field) = reader.next() {
            let begin = match field {
                Ok(field) => field.offset(),
                Err(error) => return SettleStep::Contradiction(error.to_string()),
            };
            let object = &passed[begin..reader.offset()];
            if let Some(place) = self.objects.iter().position(|found| found == object) {
                self.objects.swap_remove(place);
                continue;
            }
            let number = self.intent.number;
            if read != self.length {
                // The drive was restarted meanwhile, and has forgotten what it was reading.
                return SettleStep::Unanswered(Failure::Unreadable {
                    command: "46h next object",
                    reason: format!("{read} of {} bytes of ФД {number}", self.length),
                });
            }
            return SettleStep::Contradiction(format!(
                "ФД {number} lacks or has changed an object that was passed"
            ));
        }
        self.ask_shift()
    }

    fn ask_shift(&mut self) -> SettleStep {
        match self.found.as_ref().map(|found| &found.details) {
            Some(ArchivedDetails::Shift(shift)) => {
                let shift = *shift;
                self.formed(shift, None)
            }
            Some(ArchivedDetails::Receipt { .. }) => {
                // 10h speaks of the last receipt, which this one need not be.
                let (shift, receipt) = (
                    self.own_number(ffd::Tag::SHIFT_NUMBER),
                    self.own_number(ffd::Tag::RECEIPT_NUMBER),
                );
                if let (Some(shift), Some(receipt)) = (shift, receipt) {
                    return self.formed(ShiftNumber(shift), Some(ReceiptNumber(receipt)));
                }
                self.stage = Stage::Shift;
                SettleStep::Send(Request::ShiftStatus)
            }
            _ => self.formed(ShiftNumber::default(), None),
        }
    }

    /// A number among the objects that the drive has added.
    fn own_number(&self, tag: ffd::Tag) -> Option<u16> {
        let mut trees = self
            .objects
            .iter()
            .filter_map(|it| ffd::Tree::parse(it).ok());
        let number = trees.find_map(|tree| tree.get(tag)?.as_u64())?;
        u16::try_from(number).ok()
    }

    fn formed(&self, shift: ShiftNumber, receipt_number: Option<ReceiptNumber>) -> SettleStep {
        match &self.found {
            Some(found) => SettleStep::Formed(FormedDocument {
                document: found.document,
                time: found.time,
                shift,
                receipt_number,
            }),
            None => SettleStep::Contradiction("nothing was found".to_owned()),
        }
    }
}
