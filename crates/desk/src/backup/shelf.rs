//! The folder of the copies.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use chrono::DateTime;

use super::{BackupError, BackupPlace, Manifest, file_error};

/// How names begin that tell the time.
const PREFIX: &str = "kassette-";
const SUFFIX: &str = ".db";
/// What is not yet a copy.
const PART: &str = "part";
/// A copy whose check has found something.
const UNPROVEN: &str = "unproven";
const MANIFEST: &str = "json";
/// The lock of a folder.
const LOCK: &str = ".kassette-backup.lock";

/// A proven copy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Backup {
    /// The database.
    pub file: PathBuf,
    /// What it is.
    pub manifest: Manifest,
}

/// The copies with a time in their name in a folder, the newest first. One whose manifest cannot be
/// read is left out; a folder that is not there holds none.
///
/// # Errors
/// When the folder cannot be read.
pub fn backups_in(folder: &Path) -> Result<Vec<Backup>, BackupError> {
    let unreadable = |error| file_error("read", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let file = entry.map_err(unreadable)?.path();
        if has_time(&file)
            && file.is_file()
            && let Ok(manifest) = Manifest::read(&beside(&file, MANIFEST))
        {
            found.push(Backup { file, manifest });
        }
    }
    found.sort_by_key(|backup| std::cmp::Reverse(backup.manifest.made_at_ms));
    Ok(found)
}

/// The file of this name with something added to it.
pub(super) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// The place of one new copy; nobody else makes one in its folder meanwhile.
pub(super) struct Shelf {
    folder: PathBuf,
    file: PathBuf,
    _lock: File,
}

impl Shelf {
    /// Takes the place, and clears away what a crash has left of former tries.
    pub(super) fn open(
        place: &BackupPlace,
        journal: &Path,
        now_ms: i64,
    ) -> Result<Self, BackupError> {
        let folder = match place {
            BackupPlace::Folder(folder) => folder.clone(),
            BackupPlace::File(file) => match file.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                _ => PathBuf::from("."),
            },
        };
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made.map_err(|error| file_error("create", &folder, error))?;
        if is_same(&folder, journal) {
            return Err(BackupError::SameFolder(folder));
        }
        let lock = lock(&folder)?;
        let file = match place {
            BackupPlace::File(file) => file.clone(),
            BackupPlace::Folder(folder) => {
                clear(folder)?;
                free_name(folder, now_ms)
            }
        };
        let shelf = Self {
            folder,
            file,
            _lock: lock,
        };
        if shelf.file.exists() {
            return Err(BackupError::Taken(shelf.file));
        }
        remove(&shelf.part())?;
        Ok(shelf)
    }

    /// Where the copy is while it is made.
    pub(super) fn part(&self) -> PathBuf {
        beside(&self.file, PART)
    }

    /// The copy is proven: gives it its name, then its manifest.
    pub(super) fn put(&self, manifest: Manifest) -> Result<Backup, BackupError> {
        let (path, text) = (beside(&self.file, MANIFEST), manifest.text()?);
        let fresh = beside(&path, PART);
        write(&fresh, &text).map_err(|error| file_error("write", &fresh, error))?;
        rename(&self.part(), &self.file)?;
        rename(&fresh, &path)?;
        self.sync()?;
        Ok(Backup {
            file: self.file.clone(),
            manifest,
        })
    }

    /// It is not: keeps it for whoever looks into it, instead of the last one of that kind.
    pub(super) fn put_unproven(&self) -> Result<PathBuf, BackupError> {
        for former in names(&self.folder)? {
            if time_of(&former, UNPROVEN) {
                remove(&former)?;
            }
        }
        let unproven = beside(&self.file, UNPROVEN);
        rename(&self.part(), &unproven)?;
        self.sync()?;
        Ok(unproven)
    }

    /// Removes the oldest copies, so that so many stay.
    pub(super) fn keep(&self, most: u32) -> Result<(), BackupError> {
        let most = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
        for backup in backups_in(&self.folder)?.iter().skip(most) {
            // Without its manifest it is no copy any more.
            remove(&beside(&backup.file, MANIFEST))?;
            remove(&backup.file)?;
        }
        self.sync()
    }

    fn sync(&self) -> Result<(), BackupError> {
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| file_error("sync", &self.folder, error))
    }
}

/// Whether both are one folder, whatever they are called.
fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| fs::canonicalize(path).ok();
    whole(one).is_some_and(|one| whole(other) == Some(one))
}

fn lock(folder: &Path) -> Result<File, BackupError> {
    let path = folder.join(LOCK);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let file = options
        .open(&path)
        .map_err(|error| file_error("open", &path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BackupError::Busy(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(file_error("lock", &path, error)),
    }
}

/// Removes what was begun and not ended.
fn clear(folder: &Path) -> Result<(), BackupError> {
    for file in names(folder)? {
        if time_of(&file, PART) || time_of(&file, "json.part") {
            remove(&file)?;
        }
    }
    Ok(())
}

fn names(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let read = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    read().map_err(|error| file_error("read", folder, error))
}

/// A name that tells the time, and that nothing has.
fn free_name(folder: &Path, now_ms: i64) -> PathBuf {
    let time = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    let time = time.format("%Y-%m-%dT%H%M%SZ");
    let first = folder.join(format!("{PREFIX}{time}{SUFFIX}"));
    let further = (2..).map(|number| folder.join(format!("{PREFIX}{time}-{number}{SUFFIX}")));
    std::iter::once(first)
        .chain(further)
        .find(|file| !file.exists())
        .unwrap_or_else(|| folder.join(SUFFIX))
}

fn has_time(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Whether it is a copy's name with this added to it.
fn time_of(file: &Path, suffix: &str) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.strip_suffix(suffix)?.strip_suffix('.'))
        .is_some_and(|name| has_time(Path::new(name)))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(|error| file_error("rename", from, error))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(file_error("remove", path, error))
        }
        _ => Ok(()),
    }
}
