use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use crate::{JournalError, Result, schema};

/// Page cache of the writer, KiB.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Page cache of each reader, KiB.
const READER_CACHE_KIB: i64 = 4 * 1024;
/// How long a connection waits for another one's lock: the administrator's hand on the keys.
const BUSY_MAX: Duration = Duration::from_secs(5);
/// More than the different statements of one connection: none is prepared twice.
const STATEMENTS_MAX: usize = 96;
/// The write-ahead log is cut to this size when a long reading has let it grow, bytes.
const LOG_KEPT: i64 = 64 * 1024 * 1024;

/// The database's file in the folder.
const FILE: &str = "kassette.db";

/// Where a journal lives: a folder that holds `kassette.db`, SQLite's companions and the lock.
#[derive(Clone, Debug)]
pub struct Store {
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Folder(PathBuf),
    /// Name of a VFS that is registered with SQLite.
    Vfs(String),
    /// A file that nobody writes.
    Copy(PathBuf),
}

impl Store {
    /// The journal in `folder`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::Folder(folder.into()),
        }
    }

    /// The journal in the file `kassette.db` of a disk that the program itself makes up, for
    /// simulations: `name` is that of a VFS that was registered with SQLite. Nobody else can have
    /// it open, so there is no lock, and it has no folder to be synced.
    pub fn in_vfs(name: impl Into<String>) -> Self {
        Self {
            place: Place::Vfs(name.into()),
        }
    }

    /// A copy of a journal: a file of any name that nobody writes, and that is only read. SQLite puts
    /// no companions beside it, so it may lie where nothing can be written.
    pub fn of_copy(file: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::Copy(file.into()),
        }
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        match &self.place {
            Place::Folder(folder) => folder.join(FILE),
            Place::Vfs(_) => PathBuf::from(FILE),
            Place::Copy(file) => file.clone(),
        }
    }

    /// Takes the lock that only one writing process can hold; it is let go when the file is
    /// dropped or the process ends, however it ends.
    pub(crate) fn lock(&self) -> Result<Option<File>> {
        let Place::Folder(folder) = &self.place else {
            return Ok(None);
        };
        let path = folder.join("kassette.lock");
        let error = |source| JournalError::File {
            action: "open",
            path: path.clone(),
            source,
        };
        if !folder.exists() {
            std::fs::create_dir_all(folder).map_err(error)?;
            if let Some(parent) = folder.parent().filter(|it| !it.as_os_str().is_empty()) {
                sync_folder(parent)?;
            }
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(error)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(JournalError::InUse(self.database())),
            Err(TryLockError::Error(source)) => Err(JournalError::File {
                action: "lock",
                path,
                source,
            }),
        }
    }

    /// Makes sure that no program writes this journal now.
    ///
    /// # Errors
    /// When one does, or the system refuses something.
    pub fn ensure_unused(&self) -> Result<()> {
        self.lock().map(drop)
    }

    /// Opens the file for writing: creates or migrates it and makes sure that what is committed is
    /// durable, once its log was emptied; see [`empty_log`].
    pub(crate) fn open_for_writing(&self, now_ms: i64) -> Result<Connection> {
        let mut connection = self.connect(OpenFlags::default())?;
        connection.busy_timeout(BUSY_MAX)?;
        // Before anything is written: a newer program's file stays as it is.
        schema::known_version(&connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
        expect_pragma(&connection, "journal_mode", "wal", "wal")?;
        // NORMAL would lose answered operations at a power cut, and form receipts twice.
        expect_pragma(&connection, "synchronous", "full", "2")?;
        if schema::is_old(&connection)? {
            empty_log(&connection)?;
            schema::migrate(&mut connection, now_ms)?;
        }
        if let Place::Folder(folder) = &self.place {
            sync_folder(folder)?;
        }
        Ok(connection)
    }

    /// Opens the file for writing beside the program that has it open.
    pub(crate) fn open_beside(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = self.connect(flags)?;
        connection.busy_timeout(BUSY_MAX)?;
        schema::known_version(&connection)?;
        expect_pragma(&connection, "synchronous", "full", "2")?;
        Ok(connection)
    }

    /// Opens the file for reading only.
    pub(crate) fn open_for_reading(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = self.connect(flags)?;
        connection.busy_timeout(BUSY_MAX)?;
        schema::known_version(&connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn connect(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        match &self.place {
            Place::Folder(_) => Connection::open_with_flags(self.database(), flags),
            Place::Vfs(name) => {
                Connection::open_with_flags_and_vfs(self.database(), flags, name.as_str())
            }
            Place::Copy(file) => {
                let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX
                    | OpenFlags::SQLITE_OPEN_URI;
                Connection::open_with_flags(immutable(file), read_only)
            }
        }
    }
}

/// The name of a file that does not change, as SQLite takes it.
fn immutable(file: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in file.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(*byte)),
            letter if letter.is_ascii_alphanumeric() => uri.push(char::from(*letter)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri + "?immutable=1"
}

fn expect_pragma(
    connection: &Connection,
    pragma: &'static str,
    value: &'static str,
    wanted: &'static str,
) -> Result<()> {
    // To its last step: there the switch to WAL is written, and may fail.
    let mut update = connection.prepare(&format!("pragma {pragma} = {value}"))?;
    let mut steps = update.query([])?;
    while steps.next()?.is_some() {}
    let found: rusqlite::types::Value =
        connection.pragma_query_value(None, pragma, |row| row.get(0))?;
    let found = match found {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => format!("{other:?}"),
    };
    if found == wanted {
        Ok(())
    } else {
        Err(JournalError::NotDurable {
            pragma,
            found,
            wanted,
        })
    }
}

/// Moves what is in the write-ahead log into the database, and begins the log anew; says whether it
/// did: not while somebody reads for long.
///
/// After a sync that failed the system shows what was written although it may never reach the disk,
/// whatever later syncs say. Transactions that follow in the log would be lost with the part that is
/// not there. Here everything is written once more, to another place. The last life may have ended
/// with such a sync: nothing is promised on a log that was found at the start before it is emptied.
pub(crate) fn empty_log(connection: &Connection) -> Result<bool> {
    let busy: bool =
        connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    Ok(!busy)
}

/// Makes the names of new files in a folder durable, too.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(|source| JournalError::File {
            action: "sync",
            path: folder.to_owned(),
            source,
        })
}
