use std::{fs, io, path::Path};

use journal::Extent;
use serde::{Deserialize, Serialize};

use super::{BackupError, file_error, hash_text};
use crate::{CheckReport, outbox::rfc3339};

/// The largest manifest, bytes: they have a few hundred.
const SIZE_MAX: u64 = 64 * 1024;

/// What a copy is: the file beside it. The form is stored, and only gets more fields.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Manifest {
    /// When it was made, RFC 3339, UTC.
    pub made_at: String,
    /// The same, milliseconds since 1970.
    pub made_at_ms: i64,
    /// The program's version.
    pub program: String,
    /// The version of the journal's schema.
    pub schema: i64,
    /// The last operation in it.
    pub last_operation: Option<String>,
    /// How many operations, receipts, documents and accounts it holds.
    pub operations: u64,
    /// See `operations`.
    pub receipts: u64,
    /// See `operations`.
    pub documents: u64,
    /// See `operations`.
    pub accounts: u64,
    /// The file's size.
    pub bytes: u64,
    /// SHA-256 of the file, small hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    pub(super) fn of(
        file: &Path,
        now_ms: i64,
        extent: &Extent,
        report: &CheckReport,
    ) -> Result<Self, BackupError> {
        Ok(Self {
            made_at: rfc3339(now_ms),
            made_at_ms: now_ms,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schema: extent.schema,
            last_operation: extent.last_operation.map(|id| id.to_string()),
            operations: report.operations,
            receipts: report.receipts,
            documents: report.documents,
            accounts: report.accounts,
            bytes: size(file)?,
            sha256: hash_text(file)?,
        })
    }

    /// Reads one.
    pub(super) fn read(path: &Path) -> Result<Self, BackupError> {
        let bad = |why: String| BackupError::BadManifest {
            path: path.to_owned(),
            why,
        };
        let length = match fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::NoManifest(path.to_owned()));
            }
            Err(error) => return Err(file_error("read", path, error)),
        };
        if length > SIZE_MAX {
            return Err(bad(format!("it is larger than {SIZE_MAX} bytes")));
        }
        let text = fs::read_to_string(path).map_err(|error| file_error("read", path, error))?;
        serde_json::from_str(&text).map_err(|error| bad(error.to_string()))
    }

    pub(super) fn text(&self) -> Result<String, BackupError> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|error| BackupError::BadManifest {
            path: "(to be written)".into(),
            why: error.to_string(),
        })?;
        Ok(text + "\n")
    }

    /// Whether this is the file.
    pub(super) fn compare(&self, file: &Path) -> Result<(), BackupError> {
        let changed = |what: String| {
            Err(BackupError::Changed {
                file: file.to_owned(),
                what,
            })
        };
        let (bytes, told) = (size(file)?, self.bytes);
        if bytes != told {
            return changed(format!("it has {bytes} bytes instead of {told}"));
        }
        let (hash, told) = (hash_text(file)?, &self.sha256);
        if hash != *told {
            return changed(format!("its SHA-256 is {hash} instead of {told}"));
        }
        Ok(())
    }
}

fn size(file: &Path) -> Result<u64, BackupError> {
    let metadata = fs::metadata(file);
    Ok(metadata
        .map_err(|error| file_error("read", file, error))?
        .len())
}
