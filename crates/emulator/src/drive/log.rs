//! The memory of a drive as a file of records that only grows.
//!
//! ```text
//! file   = magic 8, record…
//! record = length of body u32, CRC of the length u32, CRC of the body u32, body
//! ```
//!
//! A record is on the disk before its command is answered. What a crash leaves of the last record
//! is cut off at opening; damage anywhere else is an error, because documents would be lost.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use super::DriveError;

const MAGIC: &[u8; 8] = b"KSDRIVE1";
const HEADER: usize = 12;
/// More than any document (32 KB) or ticket takes.
const MAX_BODY: usize = 256 * 1024;
const CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Whether the disk is waited for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Durability {
    /// Every record is on the disk before its command is answered.
    #[default]
    Synced,
    /// The system writes when it likes: a killed process loses nothing, a power cut may. For
    /// benchmarks.
    Lazy,
}

/// Where the body of a record is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Span {
    offset: u64,
    len: u32,
}

impl Span {
    pub(crate) const fn len(self) -> u32 {
        self.len
    }

    pub(crate) const fn offset(self) -> u64 {
        self.offset
    }
}

pub(crate) struct Log {
    backing: Backing,
    end: u64,
    /// A write failed: what the disk holds is not known, so nothing more is written.
    broken: bool,
}

enum Backing {
    Memory(Vec<u8>),
    File { file: File, durability: Durability },
}

impl Log {
    /// A log that is gone with the process.
    pub(crate) fn in_memory() -> Self {
        Self {
            backing: Backing::Memory(MAGIC.to_vec()),
            end: MAGIC.len() as u64,
            broken: false,
        }
    }

    /// Opens the file for one process alone, or makes it. `visit` sees every record; a torn last
    /// one is cut off.
    pub(crate) fn open(
        path: &Path,
        durability: Durability,
        visit: impl FnMut(Span, &[u8]) -> Result<(), String>,
    ) -> Result<Self, DriveError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(DriveError::io(path, "open the state file"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.to_owned();
                return Err(DriveError::InUse { path });
            }
            Err(TryLockError::Error(source)) => {
                return Err(DriveError::io(path, "lock the state file")(source));
            }
        }
        let mut log = Self {
            backing: Backing::File { file, durability },
            end: 0,
            broken: false,
        };
        log.recover(path, visit)?;
        Ok(log)
    }

    /// Opens the file for reading only, whoever runs the drive. What is torn, or being written
    /// just now, is passed over.
    pub(crate) fn open_for_reading(
        path: &Path,
        visit: impl FnMut(Span, &[u8]) -> Result<(), String>,
    ) -> Result<Self, DriveError> {
        let file = File::open(path).map_err(DriveError::io(path, "open the state file"))?;
        let end = scan(&file, path, visit)?;
        let durability = Durability::Lazy;
        Ok(Self {
            backing: Backing::File { file, durability },
            end,
            broken: true,
        })
    }

    /// Adds a record; when it returns, the record is durable.
    pub(crate) fn append(&mut self, body: &[u8]) -> io::Result<Span> {
        if self.broken || body.len() > MAX_BODY {
            return Err(io::Error::other("the state file cannot be written"));
        }
        let len = body.len() as u32;
        let head = len.to_le_bytes();
        let record = [
            &head[..],
            &CRC32.checksum(&head).to_le_bytes(),
            &CRC32.checksum(body).to_le_bytes(),
            body,
        ]
        .concat();
        let offset = self.end + HEADER as u64;
        let written = match &mut self.backing {
            Backing::Memory(bytes) => {
                bytes.extend_from_slice(&record);
                Ok(())
            }
            Backing::File { file, durability } => write(file, &record, self.end, *durability),
        };
        self.broken = written.is_err();
        written?;
        self.end += record.len() as u64;
        Ok(Span { offset, len })
    }

    /// The body of a record.
    pub(crate) fn read(&self, span: Span) -> io::Result<Vec<u8>> {
        match &self.backing {
            Backing::Memory(bytes) => {
                let start = span.offset as usize;
                bytes
                    .get(start..start + span.len as usize)
                    .map(<[u8]>::to_vec)
                    .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            Backing::File { file, .. } => {
                let mut body = vec![0; span.len as usize];
                file.read_exact_at(&mut body, span.offset)?;
                Ok(body)
            }
        }
    }

    fn recover(
        &mut self,
        path: &Path,
        visit: impl FnMut(Span, &[u8]) -> Result<(), String>,
    ) -> Result<(), DriveError> {
        let Backing::File { file, durability } = &self.backing else {
            return Ok(());
        };
        let len = file
            .metadata()
            .map_err(DriveError::io(path, "read the state file"))?
            .len();
        if len <= MAGIC.len() as u64 && is_torn_magic(file, len) {
            let doing = "begin the state file";
            file.set_len(0).map_err(DriveError::io(path, doing))?;
            write(file, MAGIC, 0, *durability).map_err(DriveError::io(path, doing))?;
            sync_folder(path).map_err(DriveError::io(path, doing))?;
            self.end = MAGIC.len() as u64;
            return Ok(());
        }
        self.end = scan(file, path, visit)?;
        if self.end < len {
            file.set_len(self.end)
                .and_then(|()| sync(file, *durability))
                .map_err(DriveError::io(path, "cut off a torn record"))?;
        }
        Ok(())
    }
}

fn write(file: &File, bytes: &[u8], at: u64, durability: Durability) -> io::Result<()> {
    file.write_all_at(bytes, at)?;
    sync(file, durability)
}

fn sync(file: &File, durability: Durability) -> io::Result<()> {
    match durability {
        Durability::Synced => file.sync_data(),
        Durability::Lazy => Ok(()),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The file was made, but its magic was not written whole: a part of it, or zeros in its place.
fn is_torn_magic(file: &File, len: u64) -> bool {
    let mut bytes = vec![0; len as usize];
    if file.read_exact_at(&mut bytes, 0).is_err() {
        return false;
    }
    let written = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |p| p + 1);
    written < MAGIC.len() && MAGIC.starts_with(&bytes[..written])
}

/// Shows every whole record and returns where they end.
fn scan(
    file: &File,
    path: &Path,
    mut visit: impl FnMut(Span, &[u8]) -> Result<(), String>,
) -> Result<u64, DriveError> {
    let fail = || DriveError::io(path, "read the state file");
    let len = file.metadata().map_err(fail())?.len();
    let mut magic = [0; MAGIC.len()];
    if file.read_exact_at(&mut magic, 0).is_err() || magic != *MAGIC {
        let path = path.to_owned();
        return Err(DriveError::NotAState { path });
    }
    let mut at = MAGIC.len() as u64;
    let mut body = Vec::new();
    while at < len {
        let left = len - at;
        let mut header = [0; HEADER];
        if left < HEADER as u64 {
            return Ok(at);
        }
        file.read_exact_at(&mut header, at).map_err(fail())?;
        let Some(size) = body_len(&header) else {
            if rest_is_zero(file, at + HEADER as u64, len).map_err(fail())? {
                return Ok(at);
            }
            return Err(damaged(path, at, "the header of a record"));
        };
        let record_len = HEADER as u64 + u64::from(size);
        if record_len > left {
            return Ok(at);
        }
        let span = Span {
            offset: at + HEADER as u64,
            len: size,
        };
        body.resize(size as usize, 0);
        file.read_exact_at(&mut body, span.offset).map_err(fail())?;
        if header[8..] != CRC32.checksum(&body).to_le_bytes() {
            if record_len == left {
                return Ok(at);
            }
            return Err(damaged(path, at, "the body of a record"));
        }
        visit(span, &body).map_err(|reason| damaged(path, at, reason))?;
        at += record_len;
    }
    Ok(at)
}

fn body_len(header: &[u8; HEADER]) -> Option<u32> {
    let [a, b, c, d, check @ ..] = *header;
    let right = CRC32.checksum(&[a, b, c, d]).to_le_bytes() == check[..4];
    Some(u32::from_le_bytes([a, b, c, d])).filter(|len| right && *len as usize <= MAX_BODY)
}

/// A file that grew before its data were written ends with zeros.
fn rest_is_zero(file: &File, from: u64, to: u64) -> io::Result<bool> {
    let rest = to.saturating_sub(from);
    if rest > MAX_BODY as u64 {
        return Ok(false);
    }
    let mut bytes = vec![0; rest as usize];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes.iter().all(|byte| *byte == 0))
}

fn damaged(path: &Path, offset: u64, reason: impl Into<String>) -> DriveError {
    let path: PathBuf = path.to_owned();
    let reason = reason.into();
    DriveError::Damaged {
        path,
        offset,
        reason,
    }
}
