//! Reading the archive, 40h…46h (ФН protocol §2.7).

use ffd::Reader;
use fn_proto::{Answer, AnswerCode, Rejection};
use terms::DocumentNumber;

use super::{
    machine::{Drive, Reply, disk_failure},
    memory::content,
    record::{Record, StoredDocument},
    ticket::Ticket,
};

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
        let field = content(&stored.tlv).ok_or(AnswerCode::DRIVE_FAILURE)?;
        let (form, value) = (field.tag().0, field.bytes());
        let length = u16::try_from(value.len()).map_err(|_| AnswerCode::DRIVE_FAILURE)?;
        self.volatile.cursor = Some(value.to_vec());
        Ok(Answer::OpenedDocument { form, length })
    }

    pub(crate) fn next_tlv(&mut self) -> Reply {
        let cursor = self.volatile.cursor.as_mut();
        let rest = cursor.ok_or(AnswerCode::WRONG_STATE)?;
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
