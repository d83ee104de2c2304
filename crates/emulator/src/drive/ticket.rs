//! Checks of a ticket (ФН protocol §2.6, ККТ–ОФД protocol §7, §8).

use ffd::{Field, Form, Reader, Tag};
use fn_proto::{AnswerCode, Rejection};
use ofd_proto::{Container, ContainerError, Sender};
use terms::{DocumentNumber, DriveNumber, Inn, LocalDateTime};

use super::{memory::FORMAT_REFUSED, record::StoredTicket};

/// Reasons of the answer 20h. The fiscal sign (reason 1) is not verified: the emulator has no keys.
const BAD_FORMAT: u8 = 2;
const OTHER_DOCUMENT: u8 = 3;
const OTHER_DRIVE: u8 = 4;
const BAD_CRC: u8 = 5;
const OTHER_OFD: u8 = 6;

/// Code of format-logical control in tag 1022.
const CODE_FORMAT_REFUSED: u8 = 14;

/// What a ticket says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ticket {
    pub(crate) document: DocumentNumber,
    /// The ОФД's clock.
    pub(crate) time: LocalDateTime,
    /// ФПО, filled up with zeros.
    pub(crate) operator_sign: [u8; 18],
    /// Tag 1022.
    pub(crate) code: u8,
    /// Tag 1068 as TLV, when it says more than the code.
    pub(crate) message: Option<Vec<u8>>,
    operator_message: u8,
}

/// Whose ticket of which document is awaited.
pub(crate) struct Awaited {
    pub(crate) drive: DriveNumber,
    pub(crate) document: DocumentNumber,
    pub(crate) ofd_inn: Option<Inn>,
}

impl Ticket {
    /// Reads a ticket and checks that it is the awaited one.
    ///
    /// # Errors
    /// 20h with the reason.
    pub(crate) fn check(container: &[u8], awaited: &Awaited) -> Result<Self, Rejection> {
        let container = Container::decode(container).map_err(|error| match error {
            ContainerError::WrongCheckCode { .. } => refused(BAD_CRC),
            ContainerError::BadDriveNumber(_) => refused(OTHER_DRIVE),
            _ => refused(BAD_FORMAT),
        })?;
        let header = &container.header;
        if header.sender != Sender::Ofd || header.form != Form::OperatorConfirmation.code() {
            return Err(refused(BAD_FORMAT));
        }
        if header.drive != awaited.drive {
            return Err(refused(OTHER_DRIVE));
        }
        let ticket = Self::read(&container, awaited)?;
        if header.document != awaited.document || ticket.document != awaited.document {
            return Err(refused(OTHER_DOCUMENT));
        }
        Ok(ticket)
    }

    /// Reads a ticket that was accepted before, perhaps from an ОФД of an earlier registration.
    pub(crate) fn stored(container: &[u8], awaited: Awaited) -> Option<Self> {
        let awaited = Awaited {
            ofd_inn: None,
            ..awaited
        };
        Self::read(&Container::decode(container).ok()?, &awaited).ok()
    }

    fn read(container: &Container, awaited: &Awaited) -> Result<Self, Rejection> {
        let bad = |_| refused(BAD_FORMAT);
        let document = Reader::document(&container.document).map_err(bad)?;
        let fields = document
            .list()
            .collect::<Result<Vec<_>, _>>()
            .map_err(bad)?;
        let find = |tag: Tag| fields.iter().find(|field| field.tag() == tag);
        let must = |tag: Tag| find(tag).ok_or_else(|| refused(BAD_FORMAT));

        if must(Tag::DRIVE_NUMBER)?.trimmed_text() != awaited.drive.as_str() {
            return Err(refused(OTHER_DRIVE));
        }
        let ofd_inn = must(Tag::OFD_INN)?.trimmed_text();
        if awaited.ofd_inn.is_some_and(|inn| inn.as_str() != ofd_inn) {
            return Err(refused(OTHER_OFD));
        }
        let (code, message) = answer_code(&fields)?;
        let mut operator_message = match find(Tag::OPERATOR_MESSAGE) {
            Some(field) => field.byte().map_err(bad)?,
            None => 0,
        };
        if code == CODE_FORMAT_REFUSED {
            operator_message |= FORMAT_REFUSED;
        }
        Ok(Self {
            document: DocumentNumber(must(Tag::DOCUMENT_NUMBER)?.uint32().map_err(bad)?),
            time: must(Tag::DATE_TIME)?.time().map_err(bad)?,
            operator_sign: padded_sign(must(Tag::OPERATOR_SIGN)?)?,
            code,
            message,
            operator_message,
        })
    }

    pub(crate) fn to_store(&self, container: Vec<u8>) -> StoredTicket {
        StoredTicket {
            document: self.document,
            operator_message: self.operator_message,
            container,
        }
    }
}

/// Tag 1022 inside 1068, or by an older habit in the document itself (ККТ–ОФД protocol §7).
fn answer_code(fields: &[Field<'_>]) -> Result<(u8, Option<Vec<u8>>), Rejection> {
    let bad = |_| refused(BAD_FORMAT);
    let message = fields
        .iter()
        .find(|field| field.tag() == Tag::MESSAGE_TO_DRIVE);
    let inner = match message {
        Some(message) => message.list().collect::<Result<Vec<_>, _>>().map_err(bad)?,
        None => Vec::new(),
    };
    let code = inner
        .iter()
        .chain(fields)
        .find(|field| field.tag() == Tag::OFD_ANSWER_CODE)
        .ok_or_else(|| refused(BAD_FORMAT))?
        .byte()
        .map_err(bad)?;
    let says_more = inner
        .iter()
        .any(|field| field.tag() != Tag::OFD_ANSWER_CODE);
    let whole = message.filter(|_| says_more).map(|message| {
        let value = message.bytes();
        let len = (value.len() as u16).to_le_bytes();
        [&message.tag().0.to_le_bytes()[..], &len, value].concat()
    });
    Ok((code, whole))
}

fn padded_sign(field: &Field<'_>) -> Result<[u8; 18], Rejection> {
    let mut sign = [0; 18];
    let value = field.bytes();
    let place = sign
        .get_mut(..value.len())
        .ok_or_else(|| refused(BAD_FORMAT))?;
    place.copy_from_slice(value);
    Ok(sign)
}

fn refused(reason: u8) -> Rejection {
    Rejection::with(AnswerCode::TICKET_REFUSED, [reason])
}
