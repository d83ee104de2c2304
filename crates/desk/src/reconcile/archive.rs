//! Archives of drives: those beside the journal, and those that somebody has brought.

use std::collections::BTreeMap;

use audit::DocumentMark;
use journal::{FileRole, ReconciliationFile};
use sha2::{Digest, Sha256};
use terms::{DocumentNumber, DriveNumber, Kopecks};

use super::bad_file;
use crate::{
    DeskError, StatementFile,
    archive::{Archives, Indexed, read_document, read_index},
};

/// The largest index, bytes: a drive holds some 250 000 documents, of about 130 bytes each.
const INDEX_MAX: usize = 64 * 1024 * 1024;

/// Archives that somebody has brought, by drive.
#[derive(Debug, Default)]
pub(super) struct Brought {
    drives: BTreeMap<String, Bytes>,
    pub(super) files: Vec<ReconciliationFile>,
}

#[derive(Debug, Default)]
struct Bytes {
    index: Option<Vec<Indexed>>,
    reports: BTreeMap<DocumentNumber, Vec<u8>>,
}

/// The archive of a drive, as far as it is compared.
#[derive(Debug)]
pub(super) struct DriveArchive {
    /// Its documents, by number.
    pub(super) marks: Vec<DocumentMark>,
    /// Its last document, also if the index has lost it.
    pub(super) last: DocumentNumber,
    /// The objects of the closing reports that were asked for.
    pub(super) reports: BTreeMap<DocumentNumber, Vec<u8>>,
}

impl Brought {
    /// Reads the files; their names tell the drive.
    pub(super) fn read(files: &[StatementFile]) -> Result<Self, DeskError> {
        let mut brought = Self::default();
        for file in files {
            let named = file.name.rsplit_once('.');
            let drive = named
                .and_then(|(drive, ending)| Some((drive.parse::<DriveNumber>().ok()?, ending)));
            let Some((drive, ending)) = drive else {
                let why = "the name is the drive's number, with the ending csv (its index) or jsonl \
                           (its closing reports)";
                return Err(bad_file(&file.name, why));
            };
            if file.bytes.len() > INDEX_MAX {
                let why = format!("it is larger than {INDEX_MAX} bytes");
                return Err(bad_file(&file.name, why));
            }
            let text = std::str::from_utf8(&file.bytes)
                .map_err(|why| bad_file(&file.name, format!("it is no UTF-8: {why}")))?;
            let of = brought.drives.entry(drive.to_string()).or_default();
            let rows = match ending {
                "csv" => {
                    let index = read_index(text).map_err(|line| {
                        let why = format!("line {line}: it is no row of an archive's index");
                        bad_file(&file.name, why)
                    })?;
                    of.index.insert(index).len()
                }
                _ => {
                    for (number, line) in (1..).zip(text.lines()) {
                        let (document, tlv) = read_document(line).ok_or_else(|| {
                            let why = format!("line {number}: it is no document of an archive");
                            bad_file(&file.name, why)
                        })?;
                        of.reports.insert(document, tlv);
                    }
                    of.reports.len()
                }
            };
            brought
                .files
                .push(file_of(&file.name, &file.bytes, &drive, rows));
        }
        Ok(brought)
    }

    /// The archive of a drive, if there is one; `closings` are the closing reports that are wanted.
    pub(super) fn of(
        &self,
        own: &Archives,
        drive: &str,
        closings: &[DocumentNumber],
    ) -> Result<Option<DriveArchive>, DeskError> {
        if let Some(Bytes {
            index: Some(index),
            reports,
        }) = self.drives.get(drive)
        {
            return Ok(Some(DriveArchive::of(index, None, reports.clone())));
        }
        let failed = |why: std::io::Error| bad_file(&format!("archive/{drive}"), why);
        let Some(text) = own.index(drive).map_err(failed)? else {
            return Ok(None);
        };
        // A line that is being written counts once it is whole.
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let index = read_index(whole).map_err(|line| {
            let why = format!("index.csv, line {line}: it is damaged; export the drive anew");
            bad_file(&format!("archive/{drive}"), why)
        })?;
        let mut reports = BTreeMap::new();
        for closing in index.iter().filter(|it| closings.contains(&it.mark.number)) {
            // One that cannot be read is told of as missing.
            let line = own.line(drive, closing.place).unwrap_or_default();
            reports.extend(read_document(&line));
        }
        Ok(Some(DriveArchive::of(&index, own.last(drive), reports)))
    }
}

impl DriveArchive {
    fn of(
        index: &[Indexed],
        sealed: Option<DocumentNumber>,
        reports: BTreeMap<DocumentNumber, Vec<u8>>,
    ) -> Self {
        let mut marks: Vec<DocumentMark> = index.iter().map(|indexed| indexed.mark).collect();
        marks.sort_by_key(|mark| mark.number);
        let last = marks.last().map(|mark| mark.number).unwrap_or_default();
        Self {
            last: sealed.map_or(last, |sealed| sealed.max(last)),
            marks,
            reports,
        }
    }
}

fn file_of(name: &str, bytes: &[u8], drive: &DriveNumber, rows: usize) -> ReconciliationFile {
    ReconciliationFile {
        role: FileRole::Archive,
        name: name.to_owned(),
        sha256: Sha256::digest(bytes).into(),
        kind: drive.to_string(),
        rows: rows as u64,
        amount: Kopecks::ZERO,
    }
}
