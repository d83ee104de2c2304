//! A disk in memory on which SQLite runs, and which fails as disks do: the power is cut at any step
//! of its work, what was not synced survives, is lost, torn or spoiled, writes and syncs fail, the
//! room runs out, yesterday's copy is put back.
//!
//! [`Disk::new`] registers an SQLite VFS of its own name; any connection opened through
//! [`Disk::vfs`] works on that disk, several at a time and from several threads, in WAL mode too.
//!
//! What a program may count on here is what POSIX and a disk promise, and no more:
//!
//! - Bytes are durable after a sync of their file. Names (a new file, a deletion) are durable after
//!   a sync of the folder. As SQLite does it on Unix, the first sync of a new journal or WAL syncs
//!   the folder too, and so does a deletion that asks for it.
//! - Of the changes after the last sync **any subset** survives a power cut, each write whole, as a
//!   prefix, or as garbage. Garbage fills whole sectors, also where they hold older, synced bytes,
//!   unless the disk [promises otherwise](Disk::with_powersafe_overwrite).
//! - After a failed sync the changes may be lost although later syncs succeed.
//!
//! Everything follows from the seed and the calls: there is no clock and no other randomness. Only
//! the salts that SQLite writes into a WAL come from a generator of the whole process; they do not
//! change what happens.
//!
//! ```
//! use faulty_disk::Disk;
//! use rusqlite::{Connection, OpenFlags};
//!
//! let disk = Disk::new(7);
//! let open = || Connection::open_with_flags_and_vfs("a.db", OpenFlags::default(), disk.vfs());
//! let count = |connection: &Connection| -> rusqlite::Result<i64> {
//!     connection.query_row("select count(*) from paid", (), |row| row.get(0))
//! };
//!
//! let connection = open()?;
//! connection.pragma_update(None, "journal_mode", "wal")?;
//! connection.pragma_update(None, "synchronous", "full")?;
//! connection.execute_batch("create table paid (kopecks integer); insert into paid values (500);")?;
//!
//! disk.cut_power_at(disk.steps() + 1);
//! assert!(connection.execute("insert into paid values (700)", ()).is_err());
//! assert!(disk.is_cut());
//! disk.restart();
//!
//! assert!(count(&connection).is_err(), "its program died with the power");
//! assert_eq!(count(&open()?)?, 1, "what was committed is there");
//! # Ok::<(), rusqlite::Error>(())
//! ```

mod content;
mod disk;
mod faults;
mod folder;
mod locks;
mod lottery;
mod medium;
#[expect(unsafe_code, reason = "SQLite calls a VFS through C function pointers")]
mod vfs;

pub use disk::{Disk, Snapshot};
pub use faults::{Counts, Faults, When};

/// What a disk writes as a whole, and what it spoils as a whole when the power fails, bytes.
pub const SECTOR: usize = 4096;
/// Where a torn write mostly ends: the unit of older disks, bytes.
pub const OLD_SECTOR: usize = 512;
