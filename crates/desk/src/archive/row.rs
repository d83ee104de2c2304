use std::{
    fmt,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use cassette::ArchiveEntry;
use sha2::{Digest, Sha256};
use terms::DocumentNumber;

use super::{Kept, hex};

/// Longer lines are none of ours: a document has at most 32 KiB, twelve times that in words.
pub(super) const LINE_MAX: u64 = 1 << 20;

/// A row of the index: what a document is and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) number: DocumentNumber,
    pub(super) kind: u8,
    pub(super) time: String,
    pub(super) fiscal_sign: u32,
    pub(super) has_ticket: bool,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) sha256: String,
}

impl Row {
    pub(super) const HEADER: &str = "number,kind,time,fiscal_sign,ticket,offset,length,sha256";

    pub(super) fn of(entry: &ArchiveEntry, offset: u64, line: &[u8]) -> Self {
        Self {
            number: entry.document.document.number,
            kind: entry.document.kind.code(),
            time: entry.document.time.to_string(),
            fiscal_sign: entry.document.document.sign.0,
            has_ticket: entry.operator_sign.is_some(),
            offset,
            length: line.len() as u64,
            sha256: hex(&Sha256::digest(line)),
        }
    }

    pub(super) fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(',');
        let mut next = || fields.next();
        let row = Self {
            number: DocumentNumber(next()?.parse().ok()?),
            kind: next()?.parse().ok()?,
            time: next()?.to_owned(),
            fiscal_sign: next()?.parse().ok()?,
            has_ticket: match next()? {
                "1" => true,
                "0" => false,
                _ => return None,
            },
            offset: next()?.parse().ok()?,
            length: next()?.parse().ok()?,
            sha256: next()?.to_owned(),
        };
        next().is_none().then_some(row)
    }

    /// Whether it is the next one after what is kept.
    pub(super) fn follows(&self, kept: &Kept) -> bool {
        self.number.get() == kept.documents + 1 && self.offset == kept.document_bytes
    }

    /// Whether the line stands where the row says, and is whole.
    pub(super) fn fits(&self, documents: &mut File) -> io::Result<bool> {
        let size = documents.metadata()?.len();
        let end = self.offset.checked_add(self.length);
        if self.length > LINE_MAX || end.is_none_or(|end| end > size) {
            return Ok(false);
        }
        documents.seek(SeekFrom::Start(self.offset))?;
        let mut line = Vec::new();
        documents.take(self.length).read_to_end(&mut line)?;
        Ok(hex(&Sha256::digest(&line)) == self.sha256)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{},{},{},{},{},{},{},{}",
            self.number,
            self.kind,
            self.time,
            self.fiscal_sign,
            u8::from(self.has_ticket),
            self.offset,
            self.length,
            self.sha256
        )
    }
}
