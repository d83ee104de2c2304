//! An archive that was read out of another drive, put into an emulated one.

use fn_proto::{Answer, ArchivedDetails, ArchivedDocument, Request};
use terms::{DocumentNumber, FfdVersion, ReceiptNumber, ShiftNumber};

use super::{
    DriveError,
    machine::Drive,
    record::{Record, StoredDocument, StoredTicket},
};

/// The records of an archive as 40h gave them, from document 1 on without a gap.
///
/// Their TLV is not among them. So a drive that holds such an archive finds its documents (40h) and
/// counts them, but has no TLV of theirs (45h and 44h: 08h), no containers for the ОФД (22h: 08h)
/// and no tickets (41h: 08h); what it forms afterwards is whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Archive {
    /// The version of the format that the drive was registered for: records of 1.1 and 1.2 look
    /// alike.
    pub ffd: FfdVersion,
    /// Data of answers to 40h.
    pub records: Vec<Vec<u8>>,
}

impl Archive {
    /// Reads a text of hex bytes: `#` begins a comment, a line without anything ends a record.
    ///
    /// # Errors
    /// When something else than hex bytes is there.
    pub fn read(ffd: FfdVersion, text: &str) -> Result<Self, DriveError> {
        let mut records = vec![Vec::new()];
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() {
                records.push(Vec::new());
            }
            let bytes = line.split('#').next().unwrap_or_default();
            for byte in bytes.split_whitespace() {
                let byte = u8::from_str_radix(byte, 16).map_err(|_| DriveError::BadSetting {
                    what: "archive",
                    given: byte.to_owned(),
                    rule: "write the bytes of answers to 40h in hex, an empty line between them",
                })?;
                records.last_mut().into_iter().for_each(|it| it.push(byte));
            }
        }
        records.retain(|record| !record.is_empty());
        Ok(Self { ffd, records })
    }
}

impl Drive {
    /// Puts the archive into this drive, which must be a new one. It is looked through before
    /// anything is written.
    ///
    /// # Errors
    /// When the drive holds documents already, when a record is none of 40h or cannot be given back
    /// byte for byte, when documents are missing, and when the state file cannot be written.
    pub fn load(&mut self, archive: &Archive) -> Result<(), DriveError> {
        if self.last_document() != DocumentNumber(0) {
            return Err(DriveError::NotNew(self.number()));
        }
        let mut place = Place::default();
        let documents: Vec<(StoredDocument, bool)> = archive
            .records
            .iter()
            .zip((1..).map(DocumentNumber))
            .map(|(record, expected)| place.read(archive.ffd, record, expected))
            .collect::<Result<_, _>>()?;
        for (document, has_ticket) in documents {
            self.load_document(&document, has_ticket)?;
        }
        Ok(())
    }

    fn load_document(
        &mut self,
        document: &StoredDocument,
        has_ticket: bool,
    ) -> Result<(), DriveError> {
        let number = document.archived.document.number;
        let unfit = |reason: String| unloadable(number, reason);
        let write = DriveError::io("drive", "write the state file");
        let record = Record::Formed(document.clone()).encode();
        let span = self.log.append(&record).map_err(write)?;
        self.memory.add_document(document, span).map_err(unfit)?;
        if has_ticket {
            let ticket = StoredTicket {
                document: number,
                operator_message: 0,
                container: Vec::new(),
            };
            let write = DriveError::io("drive", "write the state file");
            let record = Record::Ticketed(ticket.clone()).encode();
            let span = self.log.append(&record).map_err(write)?;
            self.memory.add_ticket(&ticket, span).map_err(unfit)?;
        }
        Ok(())
    }
}

/// Where in its shifts the archive is.
#[derive(Default)]
struct Place {
    shift: ShiftNumber,
    receipts: ReceiptNumber,
    /// A document without ticket was there, so no later one has one.
    unsent: bool,
}

impl Place {
    fn read(
        &mut self,
        ffd: FfdVersion,
        record: &[u8],
        expected: DocumentNumber,
    ) -> Result<(StoredDocument, bool), DriveError> {
        let unfit = |reason: &str| unloadable(expected, reason.to_owned());
        let found = Request::FindDocument(expected).read_answer(0, record);
        let mut archived = match found {
            Ok(Answer::Found(archived)) => archived,
            Ok(_) => return Err(unfit("it is no record of 40h")),
            Err(failure) => return Err(unfit(&failure.to_string())),
        };
        if Answer::Found(archived.clone()).encode() != record {
            return Err(unfit("it could not be given back byte for byte"));
        }
        let number = archived.document.number;
        if number != expected {
            return Err(unfit(&format!("document {number} stands in its place")));
        }
        let registers = matches!(archived.details, ArchivedDetails::Registration { .. });
        if expected == DocumentNumber(1) && !registers {
            return Err(unfit("an archive begins with a registration"));
        }
        let has_ticket = std::mem::take(&mut archived.has_ticket);
        if has_ticket && self.unsent {
            return Err(unfit("it has a ticket, and one before it has none"));
        }
        self.unsent |= !has_ticket;
        let (shift, receipt) = self.follow(&archived);
        let stored = StoredDocument {
            archived,
            ffd,
            shift,
            receipt,
            tlv: Vec::new(),
        };
        Ok((stored, has_ticket))
    }

    /// The shift that the document belongs to, and its number in it when it is a receipt.
    fn follow(&mut self, archived: &ArchivedDocument) -> (ShiftNumber, ReceiptNumber) {
        match archived.details {
            ArchivedDetails::Shift(shift) => {
                self.shift = shift;
                self.receipts = ReceiptNumber(0);
                (shift, ReceiptNumber(0))
            }
            ArchivedDetails::Receipt { .. } => {
                self.receipts = self.receipts.next();
                (self.shift, self.receipts)
            }
            _ => (ShiftNumber(0), ReceiptNumber(0)),
        }
    }
}

fn unloadable(number: DocumentNumber, reason: String) -> DriveError {
    DriveError::Unloadable { number, reason }
}
