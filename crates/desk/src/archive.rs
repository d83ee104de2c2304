//! The files that keep the documents of a drive: the law wants them for five years, and the drive
//! itself is gone by then.
//!
//! In the journal's folder, for each drive `archive/<number>/`:
//!
//! - `documents.jsonl`: a document in each line, with its objects as bytes and in words;
//! - `index.csv`: a row for each document: where it stands in that file, and its SHA-256;
//! - `archive.json`: once all is there: whose drive it was, how many documents, the hashes of both
//!   files, until when they are to be kept.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use audit::DocumentMark;
use cassette::{ArchiveEntry, ArchiveStep};
use serde_json::json;
use sha2::{Digest, Sha256};
use terms::{DocumentNumber, DriveNumber, FiscalSign};

mod rendering;
mod row;

use row::Row;

use crate::tlv_json::hex;

/// Documents are kept for so long (54-ФЗ art. 5 p. 2, five years).
const KEPT_YEARS: i32 = 5;

/// The archives of all drives.
#[derive(Clone, Debug)]
pub(crate) struct Archives {
    folder: PathBuf,
}

impl Archives {
    /// Those beside the journal in `folder`.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.join("archive"),
        }
    }

    /// Takes a step; says up to which document the files are complete.
    pub(crate) fn write(
        &self,
        drive: DriveNumber,
        step: &ArchiveStep,
    ) -> io::Result<DocumentNumber> {
        let archive = Archive {
            folder: self.folder.join(drive.as_str()),
        };
        match step {
            ArchiveStep::Open => archive.open(),
            ArchiveStep::Add(entry) => archive.add(entry),
            ArchiveStep::Seal => archive.seal(drive),
        }
    }
}

/// What an index tells of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Indexed {
    /// Its number and sign.
    pub(crate) mark: DocumentMark,
    /// Where its line stands in the documents: offset and length, bytes.
    pub(crate) place: (u64, u64),
}

/// Reads an `index.csv`; of one that cannot be read the line, from 1.
pub(crate) fn read_index(text: &str) -> Result<Vec<Indexed>, usize> {
    let mut indexed = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        if number == 1 && line == Row::HEADER {
            continue;
        }
        let row = Row::read(line).filter(|_| number > 1).ok_or(number)?;
        indexed.push(Indexed {
            mark: DocumentMark {
                number: row.number,
                sign: FiscalSign(row.fiscal_sign),
            },
            place: (row.offset, row.length),
        });
    }
    if indexed.is_empty() && text.lines().next() != Some(Row::HEADER) {
        return Err(1);
    }
    Ok(indexed)
}

/// The objects of a document in a line of `documents.jsonl`, with its number; none when it is no such
/// line.
pub(crate) fn read_document(line: &str) -> Option<(DocumentNumber, Vec<u8>)> {
    let document: serde_json::Value = serde_json::from_str(line).ok()?;
    let number = u32::try_from(document.get("number")?.as_u64()?).ok()?;
    let digits = document.get("tlv")?.as_str()?.as_bytes();
    let byte = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16)
            .ok()
            .filter(|_| pair.len() == 2)
    };
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    Some((DocumentNumber(number), bytes?))
}

impl Archives {
    fn of(&self, drive: &str) -> Archive {
        Archive {
            folder: self.folder.join(drive),
        }
    }

    /// The index of a drive's archive; none when there is none.
    pub(crate) fn index(&self, drive: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.of(drive).index()) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The last document that the archive had when it was complete; none when it is not.
    pub(crate) fn last(&self, drive: &str) -> Option<DocumentNumber> {
        let text = fs::read_to_string(self.of(drive).summary()).ok()?;
        let summary: serde_json::Value = serde_json::from_str(&text).ok()?;
        let last = summary.get("last_document")?.as_u64()?;
        Some(DocumentNumber(u32::try_from(last).ok()?))
    }

    /// Says that the archive is not complete, until it was read to its end again.
    pub(crate) fn unseal(&self, drive: &str) -> io::Result<()> {
        match fs::remove_file(self.of(drive).summary()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A line of the documents.
    pub(crate) fn line(&self, drive: &str, (offset, length): (u64, u64)) -> io::Result<String> {
        let mut documents = File::open(self.of(drive).documents())?;
        documents.seek(SeekFrom::Start(offset))?;
        let mut line = String::new();
        documents
            .take(length.min(row::LINE_MAX))
            .read_to_string(&mut line)?;
        Ok(line)
    }
}

/// The archive of one drive.
struct Archive {
    folder: PathBuf,
}

impl Archive {
    fn documents(&self) -> PathBuf {
        self.folder.join("documents.jsonl")
    }

    fn index(&self) -> PathBuf {
        self.folder.join("index.csv")
    }

    fn summary(&self) -> PathBuf {
        self.folder.join("archive.json")
    }

    /// Keeps what is whole and has its ticket, from the first document on, and cuts off the rest: a
    /// program that stopped amid a line, or a document that was read before its ticket came.
    fn open(&self) -> io::Result<DocumentNumber> {
        fs::create_dir_all(&self.folder)?;
        let mut documents = open_both_ways(&self.documents())?;
        let index = open_both_ways(&self.index())?;
        let mut kept = Kept::default();
        let text = fs::read(self.index())?;
        for line in String::from_utf8_lossy(&text).split_inclusive('\n') {
            let Some(line) = line.strip_suffix('\n') else {
                break;
            };
            let is_good = match Row::read(line) {
                Some(row) => row.follows(&kept) && row.has_ticket && row.fits(&mut documents)?,
                None => kept.index_bytes == 0 && line == Row::HEADER,
            };
            if !is_good {
                break;
            }
            kept.take(line, Row::read(line));
        }
        documents.set_len(kept.document_bytes)?;
        index.set_len(kept.index_bytes)?;
        if kept.index_bytes == 0 {
            let mut index = &index;
            index.seek(SeekFrom::End(0))?;
            writeln!(index, "{}", Row::HEADER)?;
        }
        documents.sync_all()?;
        index.sync_all()?;
        if self.summary().exists() {
            fs::remove_file(self.summary())?;
        }
        sync_folder(&self.folder)?;
        Ok(DocumentNumber(kept.documents))
    }

    fn add(&self, entry: &ArchiveEntry) -> io::Result<DocumentNumber> {
        let line = format!("{}\n", rendering::document(entry));
        let mut documents = open_both_ways(&self.documents())?;
        let offset = documents.seek(SeekFrom::End(0))?;
        documents.write_all(line.as_bytes())?;
        let row = Row::of(entry, offset, line.as_bytes());
        let mut index = OpenOptions::new().append(true).open(self.index())?;
        writeln!(index, "{row}")?;
        Ok(entry.document.document.number)
    }

    fn seal(&self, drive: DriveNumber) -> io::Result<DocumentNumber> {
        let (documents, index) = (fs::read(self.documents())?, fs::read(self.index())?);
        let rows: Vec<Row> = index
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| Row::read(&line))
            .collect();
        let last = rows.last().map_or(DocumentNumber(0), |row| row.number);
        let newest = rows.last().map(|row| row.time.as_str()).unwrap_or_default();
        let year: i32 = newest
            .get(..4)
            .and_then(|year| year.parse().ok())
            .unwrap_or_default();
        let summary = json!({
            "drive": drive.as_str(),
            "documents": rows.len(),
            "with_ticket": rows.iter().filter(|row| row.has_ticket).count(),
            "last_document": last.get(),
            "last_time": newest,
            "keep_until": format!("{}{}", year + KEPT_YEARS, newest.get(4..10).unwrap_or_default()),
            "documents_sha256": hex(&Sha256::digest(&documents)),
            "index_sha256": hex(&Sha256::digest(&index)),
        });
        for path in [self.documents(), self.index()] {
            File::open(path)?.sync_all()?;
        }
        let fresh = self.folder.join("archive.json.new");
        let mut file = File::create(&fresh)?;
        writeln!(file, "{summary:#}")?;
        file.sync_all()?;
        fs::rename(&fresh, self.summary())?;
        sync_folder(&self.folder)?;
        Ok(last)
    }
}

/// How much of the files is whole.
#[derive(Debug, Default)]
struct Kept {
    documents: u32,
    document_bytes: u64,
    index_bytes: u64,
}

impl Kept {
    fn take(&mut self, line: &str, row: Option<Row>) {
        self.index_bytes += line.len() as u64 + 1;
        if let Some(row) = row {
            self.documents = row.number.get();
            self.document_bytes = row.offset + row.length;
        }
    }
}

fn open_both_ways(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
