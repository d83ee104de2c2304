//! The archive of a state file, whoever runs the drive.

use std::path::{Path, PathBuf};

use fn_proto::ArchivedDocument;
use terms::{DriveNumber, ReceiptNumber, ShiftNumber};

use super::{
    DriveError,
    log::{Log, Span},
    machine::Drive,
    machine::replay,
    memory::{Entry, Memory},
    record::Record,
};

/// An archived document with everything that the drive keeps of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DumpedDocument {
    /// Kind, time, number, sign, and what depends on the kind.
    pub archived: ArchivedDocument,
    /// The shift it belongs to; 0 outside shifts.
    pub shift: ShiftNumber,
    /// Its number in the shift; 0 unless it is a receipt or a correction receipt.
    pub receipt: ReceiptNumber,
    /// The whole document: one TLV object whose tag is the form.
    pub tlv: Vec<u8>,
    /// The container of the ОФД's ticket, once it came.
    pub ticket: Option<Vec<u8>>,
}

/// The archive of a drive as it was when the file was opened.
pub struct Dump {
    path: PathBuf,
    log: Log,
    memory: Memory,
    next: usize,
}

/// Opens the archive in the state file `path`. The drive may be running: what it commits later is
/// not shown.
///
/// ```no_run
/// for document in emulator::drive::dump("drive.state".as_ref())? {
///     let document = document?;
///     println!("{} {}", document.archived.document.number, document.archived.kind);
/// }
/// # Ok::<(), emulator::drive::DriveError>(())
/// ```
///
/// # Errors
/// When it is no state file, is damaged or cannot be read.
pub fn dump(path: &Path) -> Result<Dump, DriveError> {
    let mut memory = None;
    let log = Log::open_for_reading(path, |span, body| {
        replay(&mut memory, span, Record::decode(body)?)
    })?;
    let path = path.to_owned();
    let Some(memory) = memory else {
        return Err(DriveError::NotAState { path });
    };
    Ok(Dump {
        path,
        log,
        memory,
        next: 0,
    })
}

impl Dump {
    /// The drive's number.
    pub const fn drive(&self) -> DriveNumber {
        self.memory.passport.number()
    }
}

impl Drive {
    /// The archive as it is now, in order.
    ///
    /// # Errors
    /// When the state file cannot be read.
    pub fn documents(&self) -> Result<Vec<DumpedDocument>, DriveError> {
        let archive = Archive {
            path: Path::new("drive"),
            log: &self.log,
        };
        let entries = self.memory.entries().iter();
        entries.map(|entry| archive.document(entry)).collect()
    }
}

/// Where documents are read from.
struct Archive<'a> {
    path: &'a Path,
    log: &'a Log,
}

impl Archive<'_> {
    fn document(&self, entry: &Entry) -> Result<DumpedDocument, DriveError> {
        let Record::Formed(stored) = self.read(entry.document)? else {
            return Err(self.changed(entry.document, "no document where one was".to_owned()));
        };
        let ticket = match entry.ticket.map(|span| self.read(span)).transpose()? {
            Some(Record::Ticketed(ticket)) => Some(ticket.container),
            _ => None,
        };
        let mut archived = stored.archived;
        archived.has_ticket = ticket.is_some();
        Ok(DumpedDocument {
            archived,
            shift: stored.shift,
            receipt: stored.receipt,
            tlv: stored.tlv,
            ticket,
        })
    }

    fn read(&self, span: Span) -> Result<Record, DriveError> {
        let body = self
            .log
            .read(span)
            .map_err(DriveError::io(self.path, "read the state file"))?;
        Record::decode(&body).map_err(|reason| self.changed(span, reason))
    }

    fn changed(&self, span: Span, reason: String) -> DriveError {
        DriveError::Damaged {
            path: self.path.to_owned(),
            offset: span.offset(),
            reason,
        }
    }
}

impl Iterator for Dump {
    type Item = Result<DumpedDocument, DriveError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.memory.entries().get(self.next)?;
        self.next += 1;
        let archive = Archive {
            path: &self.path,
            log: &self.log,
        };
        Some(archive.document(entry))
    }
}
