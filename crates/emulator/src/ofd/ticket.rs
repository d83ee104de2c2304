//! Confirmations (form 7) with signs that are recognisably made up.

use ffd::{EncodeError, Form, Tag, UnixTime, Writer};
use hmac::{Hmac, KeyInit, Mac};
use ofd_proto::{Container, ContainerError, Sender};
use sha2::Sha256;
use terms::{DocumentNumber, DriveNumber, Inn, OfdCode, OfdMessages};
use thiserror::Error;

/// Longest confirmation, bytes (ККТ–ОФД protocol §9).
const MAX_TICKET_LEN: usize = 512;

/// Not a secret: nothing that is signed with it is worth anything.
const KEY: [u8; 64] = *b"Kassette: emulated OFD, signs made up, not valid for any purpose";

/// A confirmation could not be made: a defect of the emulator.
#[derive(Debug, Error)]
pub enum TicketError {
    /// Its document.
    #[error(transparent)]
    Document(#[from] EncodeError),
    /// Its container.
    #[error(transparent)]
    Container(#[from] ContainerError),
}

/// What a confirmation says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket<'a> {
    pub(super) ofd: Inn,
    pub(super) drive: DriveNumber,
    pub(super) number: DocumentNumber,
    pub(super) time: UnixTime,
    pub(super) code: OfdCode,
    /// Tag 1206; left out when there is nothing to say.
    pub(super) messages: OfdMessages,
    /// The document that is confirmed; the made-up signs depend on it.
    pub(super) document: &'a [u8],
}

impl Ticket<'_> {
    /// The container, tags in the order of real ones: 1017 1078 1041 1040 1012 1068{1022}; then
    /// 1206 (INFERRED: no capture has it).
    pub(super) fn encode(&self) -> Result<Vec<u8>, TicketError> {
        let mut writer = Writer::with_limit(MAX_TICKET_LEN);
        writer.nested(Form::OperatorConfirmation.tag(), |writer| {
            writer.inn(Tag::OFD_INN, &self.ofd)?;
            writer.bytes(Tag::OPERATOR_SIGN, &self.sign(*b"\x88\x06"))?;
            writer.text(Tag::DRIVE_NUMBER, self.drive.as_str())?;
            writer.uint32(Tag::DOCUMENT_NUMBER, self.number.get())?;
            writer.unix_time(Tag::DATE_TIME, self.time)?;
            writer.nested(Tag::MESSAGE_TO_DRIVE, |writer| {
                writer.byte(Tag::OFD_ANSWER_CODE, self.code.0)
            })?;
            if !self.messages.is_empty() {
                writer.byte(Tag::OPERATOR_MESSAGE, self.messages.bits())?;
            }
            Ok(())
        })?;
        let container = Container::new(
            Sender::Ofd,
            Form::OperatorConfirmation.code(),
            self.drive,
            self.number,
            self.mac(b"seed"),
            writer.finish(),
            self.sign(*b"\x82\x06"),
        )?;
        Ok(container.encode()?)
    }

    /// A made-up sign: its kind, the length 6 and six bytes (ККТ–ОФД protocol §5.2).
    fn sign(&self, kind: [u8; 2]) -> [u8; 8] {
        let [a, b, c, d, e, f, ..] = self.mac(&kind);
        let [kind, len] = kind;
        [kind, len, a, b, c, d, e, f]
    }

    fn mac(&self, purpose: &[u8]) -> [u8; 8] {
        let mut mac = Hmac::<Sha256>::new(&KEY.into());
        mac.update(purpose);
        mac.update(self.drive.as_bytes());
        mac.update(&self.number.get().to_be_bytes());
        mac.update(&self.time.0.to_be_bytes());
        mac.update(&[self.code.0, self.messages.bits()]);
        mac.update(self.document);
        let mut first = [0; 8];
        first.copy_from_slice(&mac.finalize().into_bytes()[..8]);
        first
    }
}
