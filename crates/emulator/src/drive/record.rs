//! What is written to the [log](super::log) of a drive.

use fn_proto::{Answer, ArchivedDocument, Generation, Request};
use terms::{DocumentNumber, DriveNumber, FfdVersion, ReceiptNumber, ShiftNumber};

use super::Passport;

/// A committed change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Record {
    /// The drive was made: always the first.
    Made(Passport),
    /// A document was signed.
    Formed(StoredDocument),
    /// The ticket of a document was accepted.
    Ticketed(StoredTicket),
    /// 60h: everything before is forgotten, but the passport.
    Wiped,
}

/// A signed document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StoredDocument {
    /// As 40h answers it, without a ticket.
    pub(crate) archived: ArchivedDocument,
    pub(crate) ffd: FfdVersion,
    /// The shift it belongs to; 0 outside shifts.
    pub(crate) shift: ShiftNumber,
    /// Its number in the shift; 0 unless it is a receipt or a correction receipt.
    pub(crate) receipt: ReceiptNumber,
    /// The whole document: one TLV object whose tag is the form. Empty when only its record was
    /// [loaded](super::Archive).
    pub(crate) tlv: Vec<u8>,
}

/// A ticket of the ОФД.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StoredTicket {
    pub(crate) document: DocumentNumber,
    /// Tag 1206, with the bit of format control when the code was 14.
    pub(crate) operator_message: u8,
    /// As it came by 26h; empty when only the record of its document was loaded.
    pub(crate) container: Vec<u8>,
}

const MADE: u8 = 1;
const FORMED: u8 = 2;
const TICKETED: u8 = 3;
const WIPED: u8 = 4;

const FN_1: u8 = 1;
const FN_1_2: u8 = 2;

impl Record {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Made(passport) => [
                &[MADE][..],
                passport.number().as_bytes(),
                &passport.key,
                &passport.document_limit.to_le_bytes(),
                &passport.life_days.to_le_bytes(),
                &passport.store_kilobytes.to_le_bytes(),
                &[generation_code(passport.generation)],
                &passport.item_limit.to_le_bytes(),
            ]
            .concat(),
            Self::Formed(document) => {
                let archived = Answer::Found(document.archived.clone()).encode();
                [
                    &[FORMED, document.ffd.code()][..],
                    &document.shift.get().to_le_bytes(),
                    &document.receipt.get().to_le_bytes(),
                    &(archived.len() as u16).to_le_bytes(),
                    &archived,
                    &document.tlv,
                ]
                .concat()
            }
            Self::Ticketed(ticket) => [
                &[TICKETED][..],
                &ticket.document.get().to_le_bytes(),
                &[ticket.operator_message],
                &ticket.container,
            ]
            .concat(),
            Self::Wiped => vec![WIPED],
        }
    }

    pub(crate) fn decode(body: &[u8]) -> Result<Self, String> {
        Self::read(body).ok_or_else(|| "a record that no drive writes".to_owned())
    }

    fn read(body: &[u8]) -> Option<Self> {
        let (kind, rest) = body.split_first()?;
        match *kind {
            MADE => read_passport(rest).map(Self::Made),
            FORMED => StoredDocument::read(rest).map(Self::Formed),
            TICKETED => {
                let (number, rest) = rest.split_first_chunk()?;
                let (operator_message, container) = rest.split_first()?;
                Some(Self::Ticketed(StoredTicket {
                    document: DocumentNumber(u32::from_le_bytes(*number)),
                    operator_message: *operator_message,
                    container: container.to_vec(),
                }))
            }
            WIPED if rest.is_empty() => Some(Self::Wiped),
            _ => None,
        }
    }
}

const fn generation_code(generation: Generation) -> u8 {
    match generation {
        Generation::Fn1 => FN_1,
        Generation::Fn12 => FN_1_2,
    }
}

/// Files of the first versions end before the generation: those drives are FN-1.2.
fn read_passport(bytes: &[u8]) -> Option<Passport> {
    let (number, rest) = bytes.split_first_chunk::<16>()?;
    let (key, rest) = rest.split_first_chunk()?;
    let (limit, rest) = rest.split_first_chunk()?;
    let (days, rest) = rest.split_first_chunk()?;
    let (store, rest) = rest.split_first_chunk()?;
    let mut passport = Passport::new(DriveNumber::from_bytes(number).ok()?).ok()?;
    passport.key = *key;
    passport.document_limit = u32::from_le_bytes(*limit);
    passport.life_days = u16::from_le_bytes(*days);
    passport.store_kilobytes = u32::from_le_bytes(*store);
    match *rest {
        [] => {}
        [generation, low, high] => {
            passport.generation = match generation {
                FN_1 => Generation::Fn1,
                FN_1_2 => Generation::Fn12,
                _ => return None,
            };
            passport.item_limit = u16::from_le_bytes([low, high]);
        }
        _ => return None,
    }
    Some(passport)
}

impl StoredDocument {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (ffd, rest) = bytes.split_first()?;
        let (shift, rest) = rest.split_first_chunk()?;
        let (receipt, rest) = rest.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let len = usize::from(u16::from_le_bytes(*len));
        let (archived, tlv) = rest.split_at_checked(len)?;
        let find = Request::FindDocument(DocumentNumber(0));
        let Ok(Answer::Found(archived)) = find.read_answer(0, archived) else {
            return None;
        };
        Some(Self {
            archived,
            ffd: FfdVersion::from_code(*ffd).ok()?,
            shift: ShiftNumber(u16::from_le_bytes(*shift)),
            receipt: ReceiptNumber(u16::from_le_bytes(*receipt)),
            tlv: tlv.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_made_before_there_were_generations_is_an_fn_1_2() {
        let number = DriveNumber::from_bytes(b"9999078900000001").unwrap();
        let mut passport = Passport::new(number).unwrap();
        passport.document_limit = 77;
        let today = Record::Made(passport.clone()).encode();
        let before = &today[..today.len() - 3];
        assert_eq!(Record::decode(before), Ok(Record::Made(passport.clone())));
        passport.generation = Generation::Fn1;
        passport.item_limit = 9;
        let made = Record::Made(passport);
        assert_eq!(Record::decode(&made.encode()), Ok(made));
        assert!(Record::decode(&today[..today.len() - 1]).is_err());
    }
}
