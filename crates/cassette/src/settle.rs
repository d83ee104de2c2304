use fn_proto::{
    Answer, ArchivedDetails, ArchivedDocument, CurrentDocument, Failure, Outcome, Request, Status,
};
use terms::{ReceiptNumber, ShiftNumber};

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
    intent: Intent,
    stage: Stage,
    found: Option<ArchivedDocument>,
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
    /// The drive has something else there.
    Contradiction(String),
    /// The drive cannot be asked now.
    Unanswered(Failure),
}

impl Settle {
    /// The first command of settling.
    pub(crate) const FIRST: Request = Request::Status;

    pub(crate) const fn new(intent: Intent) -> Self {
        Self {
            intent,
            stage: Stage::Status,
            found: None,
            objects: Vec::new(),
        }
    }

    pub(crate) fn reply(&mut self, outcome: Outcome) -> SettleStep {
        match (self.stage, outcome) {
            (Stage::Status, Ok(Answer::Status(status))) => self.judge(&status),
            // «Nothing to cancel» is answered with 00h or 02h (ФН protocol §2.2, INFERRED).
            (Stage::Cancelling, Ok(Answer::Done) | Err(Failure::Refused(_))) => {
                SettleStep::NotFormed
            }
            (Stage::Finding, Ok(Answer::Found(found))) => self.compare(found),
            (Stage::Opening, Ok(Answer::OpenedDocument { .. })) => {
                self.stage = Stage::Reading;
                SettleStep::Send(Request::NextTlv)
            }
            (Stage::Reading, Ok(Answer::Tlv(object))) => self.collect(object),
            (Stage::Reading, Err(Failure::Refused(_))) => self.compare_contents(),
            // Without a TLV form in the archive the record of 40h has to do.
            (Stage::Opening, Err(Failure::Refused(_))) => self.ask_shift(),
            (Stage::Shift, Ok(Answer::ShiftStatus(status))) => {
                let receipt = matches!(self.intent.task, Task::Receipt { .. });
                self.formed(status.shift, receipt.then_some(status.receipt))
            }
            (Stage::Shift, Err(Failure::Refused(_))) => self.formed(ShiftNumber::default(), None),
            (_, Err(failure)) => SettleStep::Unanswered(failure),
            (stage, Ok(answer)) => SettleStep::Unanswered(Failure::Unreadable {
                command: "settling",
                reason: format!("unexpected {answer:?} while {stage:?}"),
            }),
        }
    }

    fn judge(&mut self, status: &Status) -> SettleStep {
        let (last, expected) = (status.last_document, self.intent.number);
        if last == expected {
            self.stage = Stage::Finding;
            SettleStep::Send(Request::FindDocument(expected))
        } else if last.next() != expected {
            SettleStep::Contradiction(format!(
                "the drive's last document is ФД {last}, the intent is for ФД {expected}"
            ))
        } else if status.current == CurrentDocument::None {
            SettleStep::NotFormed
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
            return SettleStep::Contradiction(format!(
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
        let mut reader = ffd::Reader::new(&passed);
        while let Some(field) = reader.next() {
            let begin = match field {
                Ok(field) => field.offset(),
                Err(error) => return SettleStep::Contradiction(error.to_string()),
            };
            let object = &passed[begin..reader.offset()];
            let Some(place) = self.objects.iter().position(|found| found == object) else {
                return SettleStep::Contradiction(format!(
                    "ФД {} lacks or has changed an object that was passed",
                    self.intent.number
                ));
            };
            self.objects.swap_remove(place);
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
                self.stage = Stage::Shift;
                SettleStep::Send(Request::ShiftStatus)
            }
            _ => self.formed(ShiftNumber::default(), None),
        }
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
