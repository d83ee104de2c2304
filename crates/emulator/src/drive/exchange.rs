//! The exchange with the ОФД, 21h…26h (ФН protocol §2.6).

use fn_proto::{Answer, AnswerCode, Generation, Rejection};
use ofd_proto::{Container, Sender};
use terms::DocumentNumber;

use super::{
    machine::{Drive, Message, Reply, disk_failure},
    record::{Record, StoredDocument},
    sign,
    ticket::{Awaited, Ticket},
};

impl Drive {
    pub(crate) fn set_transport(&mut self, connected: bool) -> Reply {
        self.must_send()?;
        self.volatile.connected = connected;
        if !connected && matches!(self.volatile.message, Message::Reading { .. }) {
            self.volatile.message = Message::Idle;
        }
        Ok(Answer::Done)
    }

    pub(crate) fn begin_message(&mut self) -> Reply {
        self.must_be_connected()?;
        let (number, _) = self.memory.first_unsent().ok_or(AnswerCode::NO_DATA)?;
        let container = self.container(number)?;
        let length = u16::try_from(container.len()).map_err(|_| AnswerCode::DRIVE_FAILURE)?;
        self.volatile.message = Message::Reading { container, read: 0 };
        Ok(Answer::MessageLength(length))
    }

    pub(crate) fn read_message(&mut self, offset: u16, length: u16) -> Reply {
        self.must_be_connected()?;
        let most = self.generation().max_data();
        let Message::Reading { container, read } = &mut self.volatile.message else {
            return Err(AnswerCode::WRONG_STATE.into());
        };
        let from = usize::from(offset);
        if from >= container.len() {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        }
        let to = (from + usize::from(length).min(most)).min(container.len());
        *read = to.max(*read);
        Ok(Answer::Bytes(container[from..to].to_vec()))
    }

    pub(crate) fn cancel_message(&mut self) -> Reply {
        self.must_send()?;
        if matches!(self.volatile.message, Message::Reading { .. }) {
            self.volatile.message = Message::Idle;
        }
        Ok(Answer::Done)
    }

    pub(crate) fn finish_message(&mut self) -> Reply {
        self.must_be_connected()?;
        let first = self.memory.first_unsent().map(|(number, _)| number);
        match (&self.volatile.message, first) {
            (Message::Reading { container, read }, Some(first)) if *read == container.len() => {
                self.volatile.message = Message::Sent(first);
                Ok(Answer::Done)
            }
            _ => Err(AnswerCode::WRONG_STATE.into()),
        }
    }

    /// The queue moves whatever the ОФД's code is (ККТ–ОФД protocol §6).
    pub(crate) fn pass_ticket(&mut self, container: Vec<u8>) -> Reply {
        self.must_send()?;
        let Message::Sent(document) = self.volatile.message else {
            return Err(AnswerCode::WRONG_STATE.into());
        };
        let ticket = Ticket::check(&container, &self.awaited(document))?;
        let stored = ticket.to_store(container);
        let record = Record::Ticketed(stored.clone());
        let span = self.log.append(&record.encode()).map_err(disk_failure)?;
        self.memory
            .add_ticket(&stored, span)
            .map_err(|_| AnswerCode::DRIVE_FAILURE)?;
        self.volatile.message = Message::Idle;
        Ok(Answer::Ticket {
            ofd_code: ticket.code,
            message: ticket.message,
        })
    }

    /// FN-1 does not look whose ОФД it is: reason 6 came with FN-1.2 (ФН protocol §2.6).
    pub(crate) fn awaited(&self, document: DocumentNumber) -> Awaited {
        let registration = self.memory.registration();
        Awaited {
            drive: self.number(),
            document,
            ofd_inn: match self.generation() {
                Generation::Fn1 => None,
                Generation::Fn12 => registration.and_then(|r| r.ofd_inn),
            },
        }
    }

    /// The container of a document (ККТ–ОФД protocol §5).
    fn container(&self, number: DocumentNumber) -> Result<Vec<u8>, Rejection> {
        let StoredDocument { archived, tlv, .. } = self.stored(number)?;
        // Only its record was loaded: there is nothing to send.
        if tlv.is_empty() {
            return Err(AnswerCode::NO_DATA.into());
        }
        let key = &self.memory.passport.key;
        let mut seed = [0; 8];
        seed[..5].copy_from_slice(&sign::message_seed(key, &tlv));
        seed[5..].copy_from_slice(&number.get().to_be_bytes()[1..]);
        let sign = sign::message_sign(key, &tlv);
        // Archive and container name a form by the same code.
        let form = archived.kind.code();
        let drive = self.number();
        Container::new(Sender::Register, form, drive, number, seed, tlv, sign)
            .and_then(|container| container.encode())
            .map_err(|_| AnswerCode::DRIVE_FAILURE.into())
    }

    /// Only a drive that is registered with an ОФД has messages.
    fn must_send(&self) -> Result<(), Rejection> {
        self.must_have_queue()?;
        if self.memory.is_autonomous() {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        Ok(())
    }

    fn must_be_connected(&self) -> Result<(), Rejection> {
        self.must_send()?;
        if !self.volatile.connected {
            return Err(AnswerCode::NO_TRANSPORT.into());
        }
        Ok(())
    }
}
