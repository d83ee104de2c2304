use std::collections::VecDeque;

use fn_proto::{Answer, Failure, Formed, Generation, Outcome, Refusal, Request};
use terms::{ReceiptNumber, ShiftNumber};

use crate::{
    dispatch::Job,
    record::{Intent, Task},
};

/// One document on its way through begin → data → finish (ФН protocol §4.3.1 of the drive's
/// specification: the whole cycle runs in one power session, or starts anew).
#[derive(Clone, Debug)]
pub(crate) struct DocumentRun {
    pub(crate) intent: Intent,
    /// The receipt's place in the queue, to give it back.
    pub(crate) job: Option<Job>,
    pub(crate) attempts: u8,
    pieces: Result<Vec<Vec<u8>>, String>,
    ahead: VecDeque<Vec<u8>>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Beginning,
    Passing,
    Finishing,
}

/// What a formed document's answer says beyond its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FormedDocument {
    pub(crate) document: Formed,
    pub(crate) time: terms::LocalDateTime,
    pub(crate) shift: ShiftNumber,
    pub(crate) receipt_number: Option<ReceiptNumber>,
}

pub(crate) enum RunStep {
    Send(Request),
    Formed(FormedDocument),
    /// The drive said no; before the finish it has a begun document perhaps, never a formed one.
    Refused(Refusal),
    /// It is not known what the drive did: settle.
    Uncertain(Failure),
}

impl DocumentRun {
    /// Prepares a run on a drive of this generation, which limits a document and each of its
    /// messages.
    pub(crate) fn new(intent: Intent, job: Option<Job>, generation: Generation) -> Self {
        let pieces = cut(&intent, generation);
        Self {
            intent,
            job,
            attempts: 0,
            ahead: VecDeque::new(),
            pieces,
            stage: Stage::Beginning,
        }
    }

    /// Why its TLV list cannot be cut into messages, if so; then it must not be begun.
    pub(crate) fn cannot_be_cut(&self) -> Option<&str> {
        self.pieces.as_ref().err().map(String::as_str)
    }

    /// The first command, also when the document starts anew.
    pub(crate) fn begin(&mut self) -> Request {
        self.attempts += 1;
        self.stage = Stage::Beginning;
        self.ahead = self.pieces.iter().flatten().cloned().collect();
        let time = self.intent.time;
        match &self.intent.task {
            Task::Registration(registering) => registering.begin(),
            Task::OpenShift => Request::BeginShiftOpening(time),
            Task::Receipt {
                correction: true, ..
            } => Request::BeginCorrection(time),
            Task::Receipt { .. } => Request::BeginReceipt(time),
            Task::CloseShift => Request::BeginShiftClosing(time),
            Task::CloseArchive(_) => Request::BeginArchiveClosing,
        }
    }

    /// Whether the finishing command was sent: then the drive may have the document.
    pub(crate) fn may_be_formed(&self) -> bool {
        self.stage == Stage::Finishing
    }

    pub(crate) fn reply(&mut self, outcome: Outcome) -> RunStep {
        match (self.stage, outcome) {
            (_, Err(Failure::Refused(refusal))) => RunStep::Refused(refusal),
            (_, Err(failure)) => RunStep::Uncertain(failure),
            (Stage::Beginning | Stage::Passing, Ok(Answer::Done)) => self.go_on(),
            (Stage::Finishing, Ok(answer)) => self.finish(answer),
            (_, Ok(answer)) => RunStep::Uncertain(unexpected("begin or data", &answer)),
        }
    }

    fn go_on(&mut self) -> RunStep {
        if let Some(piece) = self.ahead.pop_front() {
            self.stage = Stage::Passing;
            return RunStep::Send(Request::PassData(piece));
        }
        self.stage = Stage::Finishing;
        RunStep::Send(match &self.intent.task {
            Task::Registration(registering) => registering.finish(),
            Task::OpenShift => Request::OpenShift,
            Task::Receipt {
                operation, total, ..
            } => Request::FormReceipt {
                time: self.intent.time,
                operation: *operation,
                total: *total,
            },
            Task::CloseShift => Request::CloseShift,
            Task::CloseArchive(rnm) => Request::CloseArchive {
                time: self.intent.time,
                rnm: *rnm,
            },
        })
    }

    fn finish(&self, answer: Answer) -> RunStep {
        let (document, shift, receipt_number) = match answer {
            Answer::Formed(document) => (document, ShiftNumber::default(), None),
            Answer::Shift {
                shift, document, ..
            } => (document, shift, None),
            Answer::Receipt { number, document } => {
                (document, ShiftNumber::default(), Some(number))
            }
            other => return RunStep::Uncertain(unexpected("finish", &other)),
        };
        if document.number != self.intent.number {
            // Let the settling look at what the drive has really formed.
            return RunStep::Uncertain(Failure::Unreadable {
                command: "finish",
                reason: format!("ФД {} instead of {}", document.number, self.intent.number),
            });
        }
        RunStep::Formed(FormedDocument {
            document,
            time: self.intent.time,
            shift,
            receipt_number,
        })
    }
}

fn cut(intent: &Intent, generation: Generation) -> Result<Vec<Vec<u8>>, String> {
    let (length, limit) = (
        intent.tlv.len(),
        generation.data_limit(intent.task.current()),
    );
    if let Some(limit) = limit.filter(|limit| length > *limit) {
        return Err(format!(
            "its data take {length} bytes, a drive of this generation takes at most {limit}"
        ));
    }
    ffd::split_for_drive(&intent.tlv, generation.max_data())
        .map(|pieces| pieces.into_iter().map(<[u8]>::to_vec).collect())
        .map_err(|error| error.to_string())
}

pub(crate) fn unexpected(command: &'static str, answer: &Answer) -> Failure {
    Failure::Unreadable {
        command,
        reason: format!("unexpected {answer:?}"),
    }
}

#[cfg(test)]
mod tests {
    use terms::DocumentNumber;

    use super::*;

    #[test]
    fn a_document_is_cut_as_the_generation_of_the_drive_allows() {
        let object = [&[0x10, 0x04, 0xFC, 0x00][..], &[0x20; 252]].concat();
        let run = |objects: usize, generation| {
            let intent = Intent {
                task: Task::OpenShift,
                number: DocumentNumber(2),
                time: "2026-11-22T10:30".parse().unwrap(),
                tlv: object.repeat(objects),
                given_up: false,
            };
            let pieces = DocumentRun::new(intent, None, generation).pieces;
            pieces.map(|pieces| pieces.iter().map(Vec::len).collect::<Vec<_>>())
        };
        assert_eq!(run(4, Generation::Fn1), Ok(vec![1024]));
        assert_eq!(run(7, Generation::Fn12), Ok(vec![1536, 256]));
        let refused = run(5, Generation::Fn1).unwrap_err();
        assert_eq!(
            refused,
            "its data take 1280 bytes, a drive of this generation takes at most 1024",
        );
        assert!(run(17, Generation::Fn12).is_err());
    }
}
