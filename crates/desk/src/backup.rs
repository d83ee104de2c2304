//! Copies of the journal for the day on which its disk dies: made beside the server, proven before
//! they count, kept so many, and put back.
//!
//! A copy is two files: `kassette-….db`, an SQLite database, and `kassette-….db.json`, its manifest.
//! The manifest is written last: what has one was read back, checked and is on the disk.

mod manifest;
mod plan;
mod put_back;
mod shelf;

use std::{
    io,
    path::{Path, PathBuf},
};

use journal::{Extent, Finding, JournalError, Reader, Store, file_hash};
pub use manifest::Manifest;
pub use plan::{BackupPlan, BackupState};
pub use put_back::{PutBackOrder, PutBackReport, put_back};
pub use shelf::{Backup, backups_in};
use shelf::{Shelf, beside};
use thiserror::Error;

use crate::{CheckReport, DeskError, check::check};

/// Why there is no copy, or why it was not put back.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The journal, or its copy.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The check.
    #[error(transparent)]
    Check(Box<DeskError>),
    /// The file system.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A copy beside the journal dies with it.
    #[error(
        "{} is the journal's own folder: a copy there is lost with the journal; name another folder, \
         best on another disk",
        .0.display()
    )]
    SameFolder(PathBuf),
    /// Somebody else makes a copy there at this moment.
    #[error("another program makes a backup in {} now; wait for it", .0.display())]
    Busy(PathBuf),
    /// There is a file of this name.
    #[error("{} is there already: it is not overwritten; name another file", .0.display())]
    Taken(PathBuf),
    /// The copy was made, and its check has found something.
    #[error(
        "the copy {} is not proven: its check found {}, the first: {}; former backups are kept; run \
         «kassette check»",
        file.display(),
        findings.len(),
        findings.first().map_or("", |first| first.what.as_str())
    )]
    Unproven {
        /// The copy: it has no manifest.
        file: PathBuf,
        /// What was found; never empty.
        findings: Vec<Finding>,
    },
    /// Nothing says what this file is.
    #[error(
        "there is no manifest {}: the copy was not ended, or not proven",
        .0.display()
    )]
    NoManifest(PathBuf),
    /// A manifest that says nothing one could use.
    #[error("the manifest {} cannot be read: {why}", path.display())]
    BadManifest {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file is another one than that which was proven.
    #[error("{} is not the file that its manifest tells of: {what}", file.display())]
    Changed {
        /// Which file.
        file: PathBuf,
        /// What differs.
        what: String,
    },
    /// An empty database.
    #[error("{} holds no journal", .0.display())]
    NoJournal(PathBuf),
    /// There is a journal that knows more.
    #[error(
        "the journal in {} goes on until {present}, the copy only until {copied}: what came between \
         would be missing; say --although-newer if that is meant",
        folder.display()
    )]
    Newer {
        /// The journal's folder.
        folder: PathBuf,
        /// The last identifier of the journal that is there.
        present: String,
        /// The last one of the copy.
        copied: String,
    },
    /// An order without name or reason.
    #[error("an order is signed: {0}")]
    NotSigned(&'static str),
}

impl From<DeskError> for BackupError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Journal(error) => Self::Journal(error),
            other => Self::Check(Box::new(other)),
        }
    }
}

/// How far a backup is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BackupStep {
    /// So many pages of so many are copied.
    Copying(u64, u64),
    /// The copy is being checked, as `kassette check` does.
    Checking,
}

/// Where a copy goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BackupPlace {
    /// Into this folder, under a name with the time; it is made if it is not there.
    Folder(PathBuf),
    /// Under this name.
    File(PathBuf),
}

impl BackupPlace {
    /// As people write it: what ends in `.db` and is no folder is the name of a file.
    pub fn of(path: &Path) -> Self {
        let is_file = path.extension().is_some_and(|it| it == "db") && !path.is_dir();
        match is_file {
            true => Self::File(path.to_owned()),
            false => Self::Folder(path.to_owned()),
        }
    }
}

/// Copies the journal in `folder`, beside the program that writes it, and proves the copy: it is read
/// back, its pages and all rules of `kassette check` are looked at. Of the copies with a time in their
/// name at most `keep` stay in their folder; none: all do. `now_ms` is the time, milliseconds since
/// 1970; `told` hears how far it is and says whether to go on.
///
/// It blocks for as long as a disk needs to read the journal and write it, and to read it again.
///
/// # Errors
/// When something fails, or the copy is not well: then former copies stay, whatever `keep` says.
pub fn back_up(
    folder: &Path,
    place: &BackupPlace,
    keep: Option<u32>,
    now_ms: i64,
    mut told: impl FnMut(BackupStep) -> bool,
) -> Result<Backup, BackupError> {
    let shelf = Shelf::open(place, folder, now_ms)?;
    let reader = Reader::new(Store::in_folder(folder));
    if reader.extent()?.is_none() {
        return Err(BackupError::NoJournal(reader.database()));
    }
    let part = shelf.part();
    reader.copy_to(&part, |done, all| told(BackupStep::Copying(done, all)))?;
    if !told(BackupStep::Checking) {
        return Err(JournalError::Stopped.into());
    }
    let (extent, report) = examine(&part)?;
    if !report.findings.is_empty() {
        return Err(BackupError::Unproven {
            file: shelf.put_unproven()?,
            findings: report.findings,
        });
    }
    let manifest = Manifest::of(&part, now_ms, &extent, &report)?;
    let backup = shelf.put(manifest)?;
    if let Some(keep) = keep {
        shelf.keep(keep)?;
    }
    Ok(backup)
}

/// Proves a copy anew: it is the file that its manifest tells of, and the check finds nothing.
///
/// # Errors
/// When it is not.
pub fn verify_backup(file: &Path) -> Result<(Manifest, CheckReport), BackupError> {
    let manifest = Manifest::read(&beside(file, "json"))?;
    manifest.compare(file)?;
    let (_, report) = examine(file)?;
    match report.findings.is_empty() {
        true => Ok((manifest, report)),
        false => Err(BackupError::Unproven {
            file: file.to_owned(),
            findings: report.findings,
        }),
    }
}

/// Reads a copy that nobody writes.
fn examine(file: &Path) -> Result<(Extent, CheckReport), BackupError> {
    let reader = Reader::new(Store::of_copy(file));
    let extent = reader.extent()?;
    let extent = extent.ok_or_else(|| BackupError::NoJournal(file.to_owned()))?;
    Ok((extent, check(&reader)?))
}

fn hash_text(file: &Path) -> Result<String, BackupError> {
    let hash = file_hash(file)?;
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn file_error(action: &'static str, path: &Path, source: io::Error) -> BackupError {
    BackupError::File {
        action,
        path: path.to_owned(),
        source,
    }
}
