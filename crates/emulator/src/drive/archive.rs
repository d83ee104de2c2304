//! Reading the archive, 40h…47h (ФН protocol §2.7).

use ffd::Reader;
use fn_proto::{Answer, AnswerCode, Rejection};
use terms::DocumentNumber;

use super::{
    machine::{Drive, Reply, disk_failure},
    memory::content,
    record::{Record, StoredDocument},
    ticket::Ticket,
};

/// The drive has one cursor: 44h and 45h set it anew (INFERRED).
pub(crate) struct Cursor {
    what: Source,
    /// What is not read yet.
    rest: Vec<u8>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Source {
    /// 45h, read by 46h.
    Document,
    /// 44h, read by 47h.
    Registration,
}

impl Drive {
    pub(crate) fn find_document(&self, number: DocumentNumber) -> Reply {
        let mut archived = self.stored(number)?.archived;
        archived.has_ticket = self
            .memory
            .entry(number)
            .is_some_and(|entry| entry.ticket.is_some());
        Ok(Answer::Found(archived))
    }

    pub(crate) fn find_ticket(&self, number: DocumentNumber) -> Reply {
        let entry = self.memory.entry(number);
        let span = entry.and_then(|entry| entry.ticket);
        let span = span.ok_or(AnswerCode::NO_DATA)?;
        let body = self.log.read(span).map_err(disk_failure)?;
        let Ok(Record::Ticketed(stored)) = Record::decode(&body) else {
            return Err(AnswerCode::DRIVE_FAILURE.into());
        };
        if stored.container.is_empty() {
            return Err(AnswerCode::NO_DATA.into());
        }
        let ticket = Ticket::stored(&stored.container, self.awaited(number))
            .ok_or(AnswerCode::DRIVE_FAILURE)?;
        Ok(Answer::FoundTicket {
            time: ticket.time,
            operator_sign: ticket.operator_sign,
            document: number,
        })
    }

    pub(crate) fn open_document(&mut self, number: DocumentNumber) -> Reply {
        let stored = self.stored(number)?;
        // A document whose TLV form is gone (INFERRED: ФН protocol §2.7).
        if stored.tlv.is_empty() {
            return Err(AnswerCode::NO_DATA.into());
        }
        let field = content(&stored.tlv).ok_or(AnswerCode::DRIVE_FAILURE)?;
        let (form, value) = (field.tag().0, field.bytes());
        let length = u16::try_from(value.len()).map_err(|_| AnswerCode::DRIVE_FAILURE)?;
        self.volatile.cursor = Some(Cursor {
            what: Source::Document,
            rest: value.to_vec(),
        });
        Ok(Answer::OpenedDocument { form, length })
    }

    pub(crate) fn next_tlv(&mut self) -> Reply {
        self.next_of(Source::Document)
    }

    /// 47h.
    pub(crate) fn next_registration_tlv(&mut self) -> Reply {
        self.next_of(Source::Registration)
    }

    /// 44h with a tag: the first such object of the report.
    pub(crate) fn find_registration_tlv(&self, report: Option<u8>, tag: u16) -> Reply {
        let tlv = self.registration_tlv(report)?;
        let content = content(&tlv).ok_or(AnswerCode::DRIVE_FAILURE)?;
        let list = content.bytes();
        let mut reader = Reader::new(list);
        loop {
            let begin = reader.offset();
            let field = reader.next().ok_or(AnswerCode::NO_DATA)?;
            let field = field.map_err(|_| AnswerCode::DRIVE_FAILURE)?;
            if field.tag().0 == tag {
                return Ok(Answer::Tlv(list[begin..reader.offset()].to_vec()));
            }
        }
    }

    /// 44h with tag FFFFh.
    pub(crate) fn open_registration(&mut self, report: Option<u8>) -> Reply {
        let tlv = self.registration_tlv(report)?;
        let content = content(&tlv).ok_or(AnswerCode::DRIVE_FAILURE)?;
        self.volatile.cursor = Some(Cursor {
            what: Source::Registration,
            rest: content.bytes().to_vec(),
        });
        Ok(Answer::Done)
    }

    /// The report of this number, or the last one: of a whole document, the drive's own tags too
    /// (real answer: tag 1041).
    fn registration_tlv(&self, report: Option<u8>) -> Result<Vec<u8>, Rejection> {
        let report = report.unwrap_or_else(|| self.memory.registrations_done());
        let number = self.registration_report(report)?.document.number;
        let tlv = self.stored(number)?.tlv;
        match tlv.is_empty() {
            true => Err(AnswerCode::NO_DATA.into()),
            false => Ok(tlv),
        }
    }

    fn next_of(&mut self, what: Source) -> Reply {
        let cursor = self.volatile.cursor.as_mut();
        let cursor = cursor.filter(|cursor| cursor.what == what);
        let rest = &mut cursor.ok_or(AnswerCode::WRONG_STATE)?.rest;
        let mut reader = Reader::new(rest);
        let field = reader.next().ok_or(AnswerCode::NO_DATA)?;
        field.map_err(|_| AnswerCode::DRIVE_FAILURE)?;
        let end = reader.offset();
        Ok(Answer::Tlv(rest.drain(..end).collect()))
    }

    /// A document from the log.
    pub(crate) fn stored(&self, number: DocumentNumber) -> Result<StoredDocument, Rejection> {
        let entry = self.memory.entry(number).ok_or(AnswerCode::NO_DATA)?;
        let body = self.log.read(entry.document).map_err(disk_failure)?;
        match Record::decode(&body) {
            Ok(Record::Formed(stored)) => Ok(stored),
            _ => Err(AnswerCode::DRIVE_FAILURE.into()),
        }
    }
}
