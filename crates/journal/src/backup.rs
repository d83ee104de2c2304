//! Copies of the journal: made beside the program that writes it, and put back.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use sha2::{Digest as _, Sha256};
use terms::Id;

use crate::{
    JournalError, Reader, Result, Store,
    files::{empty_log, sync_folder},
    record::{History, read_id},
    schema,
};

/// Pages that are copied at a time: a mebibyte.
const STEP: i32 = 256;
/// After so many steps the copy is brought to the disk, so that no fsync of the writer waits for a
/// mountain of what lies in the system's memory.
const SYNC_EVERY: u32 = 32;
/// After each step the copying rests as long as the step took, but never longer.
const REST_MAX: Duration = Duration::from_millis(50);
/// How often a step is tried that another connection's lock keeps from its work.
const LOCKED_MAX: u32 = 200;
/// The journal's file and SQLite's companions of it.
const COMPANIONS: [&str; 2] = ["kassette.db-wal", "kassette.db-shm"];

/// How far a journal goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extent {
    /// The version of its schema.
    pub schema: i64,
    /// The last operation that it has accepted.
    pub last_operation: Option<Id>,
    /// The last thing that it has stored of operations, receipts and what became of them.
    pub last: Option<Id>,
}

/// Who puts a copy back, and which: for the history.
#[derive(Clone, Debug)]
pub struct PutBack {
    /// Who has ordered it.
    pub by: String,
    /// Which copy, and why.
    pub detail: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Reader {
    /// Copies the journal as it stands now into a new file, while the program goes on writing: the
    /// writer neither waits nor makes the copy begin anew, because all of it is read in one
    /// state. The write-ahead log grows meanwhile.
    ///
    /// `told` hears how many pages of how many are done, and says whether to go on. The file is on
    /// the disk when this returns; its name is the caller's affair.
    ///
    /// # Errors
    /// When there is a file of that name, the journal cannot be read, the copy cannot be written, or
    /// `told` wants no more ([`JournalError::Stopped`]); then what there is of the copy is no journal.
    pub fn copy_to(&self, copy: &Path, mut told: impl FnMut(u64, u64) -> bool) -> Result<()> {
        let file = |action| move |source| file_error(action, copy, source);
        // It holds names and telephone numbers: nobody else's affair.
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(copy)
            .map_err(file("create"))?;
        self.at_once(|connection| {
            // The state that is copied begins with the first look.
            schema::known_version(connection)?;
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut target = Connection::open_with_flags(copy, flags)?;
            // Until it is whole it is nothing, so there is nothing to be undone or kept.
            target.execute_batch("pragma journal_mode = off; pragma synchronous = off;")?;
            let backup = Backup::new(connection, &mut target)?;
            let (mut steps, mut locked) = (0, 0);
            loop {
                let began = Instant::now();
                match backup.step(STEP)? {
                    StepResult::Done => break,
                    StepResult::More => {}
                    _ if locked >= LOCKED_MAX => {
                        return Err(JournalError::Database(
                            "another program keeps the journal or its copy locked".to_owned(),
                        ));
                    }
                    _ => locked += 1,
                }
                steps += 1;
                if steps % SYNC_EVERY == 0 {
                    written.sync_data().map_err(file("sync"))?;
                }
                let progress = backup.progress();
                let all = u64::try_from(progress.pagecount).unwrap_or_default();
                let left = u64::try_from(progress.remaining).unwrap_or_default();
                if !told(all.saturating_sub(left), all) {
                    return Err(JournalError::Stopped);
                }
                thread::sleep(began.elapsed().min(REST_MAX));
            }
            Ok(())
        })?;
        written.sync_all().map_err(file("sync"))
    }

    /// How far it goes; none when it is an empty database, which is no journal.
    ///
    /// # Errors
    /// When it is no database, newer than the program, or cannot be read.
    pub fn extent(&self) -> Result<Option<Extent>> {
        self.at_once(|connection| {
            let schema = schema::known_version(connection)?;
            if schema == 0 {
                return Ok(None);
            }
            let id = |sql: &str| -> Result<Option<Id>> {
                let id: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
                id.map(read_id).transpose()
            };
            Ok(Some(Extent {
                schema,
                last_operation: id("select max(id) from operation")?,
                last: id("select max(id) from (select max(id) as id from operation \
                          union all select max(id) from receipt \
                          union all select max(id) from event)")?,
            }))
        })
    }

    /// How many bytes the database takes, and when its first operation was accepted, milliseconds
    /// since 1970.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn growth(&self) -> Result<(u64, Option<i64>)> {
        self.at_once(|connection| {
            let sql = "select page_count * page_size from pragma_page_count, pragma_page_size";
            let bytes: i64 = connection.query_row(sql, [], |row| row.get(0))?;
            let sql = "select min(id) from operation";
            let first: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
            let first = first.map(read_id).transpose()?.map(Id::unix_ms);
            Ok((u64::try_from(bytes).unwrap_or_default(), first))
        })
    }
}

impl Store {
    /// Puts a copy into the place of the journal, which is kept aside in a new folder with all that
    /// belongs to it, and notes that in the history of the one that is there now. Drives that know
    /// more than the copy are read first when the program starts.
    ///
    /// The change itself is one renaming. A crash before leaves the former journal, or what was
    /// left of it.
    ///
    /// # Errors
    /// When a program has the journal open, or the system refuses something.
    pub fn put_back(&self, copy: &Path, aside: &Path, note: &PutBack) -> Result<()> {
        let lock = self.lock()?;
        let database = self.database();
        let folder = database.parent().unwrap_or(Path::new("."));
        let fresh = folder.join("kassette.db.new");
        copy_file(copy, &fresh)?;
        if file_hash(copy)? != file_hash(&fresh)? {
            let source = io::Error::other("it does not read back as it was written");
            return Err(file_error("copy", &fresh, source));
        }
        self.keep_aside(aside)?;
        // SQLite would take what is in a former log for the end of the new file.
        for name in COMPANIONS {
            remove_if_there(&folder.join(name))?;
        }
        fs::rename(&fresh, &database).map_err(|source| file_error("rename", &fresh, source))?;
        sync_folder(folder)?;
        drop(lock);
        let history = History {
            by: Some(&note.by),
            ..History::new("journal_restored", &note.detail)
        };
        let connection = self.open_beside()?;
        history.write(&connection, note.at)
    }

    /// Keeps the journal's files in another folder, as far as there are any; they also stay.
    fn keep_aside(&self, aside: &Path) -> Result<()> {
        let database = self.database();
        if !exists(&database)? {
            return Ok(());
        }
        // What is in the log belongs to it. A damaged one is kept as it is.
        let _ = self.empty_own_log();
        fs::create_dir(aside).map_err(|source| file_error("create", aside, source))?;
        let folder = database.parent().unwrap_or(Path::new("."));
        for name in COMPANIONS {
            if exists(&folder.join(name))? {
                copy_file(&folder.join(name), &aside.join(name))?;
            }
        }
        let kept = aside.join("kassette.db");
        // A second name costs nothing; the file itself is never written again.
        if fs::hard_link(&database, &kept).is_err() {
            copy_file(&database, &kept)?;
        }
        sync_folder(aside)?;
        sync_folder(folder)
    }

    fn empty_own_log(&self) -> Result<()> {
        let connection = self.open_beside()?;
        empty_log(&connection).map(|_| ())
    }
}

/// SHA-256 of a file.
///
/// # Errors
/// When it cannot be read.
pub fn file_hash(path: &Path) -> Result<[u8; 32]> {
    let error = |source| file_error("read", path, source);
    let mut file = File::open(path).map_err(error)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(count) => hash.update(&buffer[..count]),
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => return Err(error(why)),
        }
    }
}

/// Copies a file to the disk; one of that name is overwritten.
fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let error = |source| file_error("write", to, source);
    let mut source = File::open(from).map_err(|source| file_error("read", from, source))?;
    remove_if_there(to)?;
    let mut options = OpenOptions::new();
    let target = options.write(true).create_new(true).mode(0o600).open(to);
    let mut target = target.map_err(error)?;
    io::copy(&mut source, &mut target).map_err(error)?;
    target.sync_all().map_err(error)
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(file_error("remove", path, source))
        }
        _ => Ok(()),
    }
}

fn exists(path: &Path) -> Result<bool> {
    path.try_exists()
        .map_err(|source| file_error("look for", path, source))
}

fn file_error(action: &'static str, path: &Path, source: io::Error) -> JournalError {
    JournalError::File {
        action,
        path: PathBuf::from(path),
        source,
    }
}
