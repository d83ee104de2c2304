//! The log of an emulated ОФД: one JSON object per line.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What became of a document.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A confirmation with code 0 was made.
    Accepted,
    /// A confirmation with another code was made; the drive will not send the document again.
    Refused,
    /// It is the last document once more; the confirmation of the first time was given again.
    Repeated,
    /// No confirmation: not in order, of a drive that is no debug drive, or no document at all.
    Rejected,
}

/// The money of a receipt in kopecks.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// Tag 1054.
    pub operation: u8,
    /// Tag 1020.
    pub total: u64,
    /// Tag 1031.
    pub cash: u64,
    /// Tag 1081.
    pub cashless: u64,
    /// Tag 1215.
    pub prepaid: u64,
    /// Tag 1216.
    pub credit: u64,
    /// Tag 1217.
    pub counter: u64,
}

/// A line of the log: a document that came.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// When, as tag 1012 of the confirmation says: seconds since 1970.
    pub time: u32,
    /// The drive, of the container's header.
    pub drive: String,
    /// The document's number (ФД), of the container's header.
    pub document: u32,
    /// The form code, of the container's header.
    pub form: u8,
    /// What became of it.
    pub verdict: Verdict,
    /// The answer code, tag 1022; none when there was no confirmation.
    pub code: Option<u8>,
    /// Why it was not accepted.
    pub reason: Option<String>,
    /// Of receipts.
    pub sums: Option<Sums>,
    /// The document as TLV with its outer tag, in hex; of encrypted ones the bytes after the
    /// container's header.
    pub tlv: String,
    /// The confirmation's container in hex.
    pub ticket: Option<String>,
    /// What is known of the document's signs: `not verified`, as nobody has keys here.
    #[serde(default)]
    pub signs: String,
}

/// The log cannot be used.
#[derive(Debug, Error)]
pub enum LogError {
    /// The file cannot be read or written.
    #[error("the log {path} of the emulated ОФД cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line is no line of such a log.
    #[error("the log {path} of the emulated ОФД is damaged in line {line}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A line's bytes in hex cannot be read.
    #[error("the log {path} of the emulated ОФД holds «{text}», which is not hex")]
    Hex {
        /// The file.
        path: PathBuf,
        /// The text, cut to a readable length.
        text: String,
    },
}

/// Reads a log, as a checker does. A last line without its end is passed over: the emulator was
/// killed while it wrote it, and nothing was answered.
///
/// # Errors
/// When the file cannot be read or a line is damaged.
pub fn read_log(path: &Path) -> Result<Vec<Received>, LogError> {
    read_lines(path).map(|(lines, _)| lines)
}

/// The whole lines and their length in bytes.
fn read_lines(path: &Path) -> Result<(Vec<Received>, u64), LogError> {
    let text = fs::read(path).map_err(|source| LogError::File {
        path: path.to_owned(),
        source,
    })?;
    let whole = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let lines = (1..)
        .zip(text[..whole].split_inclusive(|byte| *byte == b'\n'))
        .map(|(line, bytes)| {
            serde_json::from_slice(bytes).map_err(|source| LogError::Line {
                path: path.to_owned(),
                line,
                source,
            })
        })
        .collect::<Result<_, _>>()?;
    Ok((lines, whole as u64))
}

/// The log, open for more lines.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    backing: Backing,
}

#[derive(Debug)]
enum Backing {
    File(File),
    /// It is gone with the process.
    Memory(Vec<Received>),
}

impl Log {
    pub(super) fn in_memory() -> Self {
        Self {
            path: PathBuf::from("memory"),
            backing: Backing::Memory(Vec::new()),
        }
    }

    /// The lines of a log in memory.
    pub(super) fn kept(&self) -> &[Received] {
        match &self.backing {
            Backing::Memory(lines) => lines,
            Backing::File(_) => &[],
        }
    }

    /// Opens or makes it, cuts off an unfinished last line and returns what it holds.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Received>), LogError> {
        let failed = |source| LogError::File {
            path: path.to_owned(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(failed)?;
        let (lines, whole) = match read_lines(path) {
            Err(LogError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                (Vec::new(), 0)
            }
            read => read?,
        };
        file.set_len(whole).map_err(failed)?;
        let log = Self {
            path: path.to_owned(),
            backing: Backing::File(file),
        };
        Ok((log, lines))
    }

    /// Adds a line.
    pub(super) fn write(&mut self, line: &Received) -> Result<(), LogError> {
        let file = match &mut self.backing {
            Backing::File(file) => file,
            Backing::Memory(lines) => {
                lines.push(line.clone());
                return Ok(());
            }
        };
        let failed = |source| LogError::File {
            path: self.path.clone(),
            source,
        };
        let mut text = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        file.write_all(&text).map_err(failed)?;
        file.flush().map_err(failed)
    }

    /// Reads bytes that a line holds in hex.
    pub(super) fn bytes(&self, hex: &str) -> Result<Vec<u8>, LogError> {
        from_hex(hex).ok_or_else(|| LogError::Hex {
            path: self.path.clone(),
            text: hex.chars().take(64).collect(),
        })
    }
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs
        .iter()
        .map(|[high, low]| Some((digit(*high)? << 4 | digit(*low)?) as u8))
        .collect()
}
