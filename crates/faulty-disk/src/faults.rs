use rand_chacha::ChaCha8Rng;

use crate::lottery::below;

/// Which calls of a kind fail. Calls are counted from 0 since [`Disk::set_faults`].
///
/// [`Disk::set_faults`]: crate::Disk::set_faults
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// None.
    #[default]
    Never,
    /// This one, and no other.
    At(u64),
    /// This one and all that follow.
    From(u64),
    /// Each with a chance of one in so many; 0 is never.
    OneIn(u64),
}

/// Which calls a disk refuses while it has power. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The room on the disk, bytes of all files together: a write that needs more ends where the
    /// room ends, with `SQLITE_FULL`.
    pub full_after_bytes: Option<u64>,
    /// Reads that end with `SQLITE_IOERR_READ`.
    pub fail_read: When,
    /// Writes that end with `SQLITE_IOERR_WRITE` and change nothing.
    pub fail_write: When,
    /// Writes of which a prefix is done; they end with `SQLITE_FULL`, as SQLite on Unix calls it.
    pub short_write: When,
    /// Changes of size that end with `SQLITE_IOERR_TRUNCATE` and change nothing.
    pub fail_truncate: When,
    /// Syncs that end with `SQLITE_IOERR_FSYNC`. As on Linux, what was to be synced is then seen by
    /// readers as before, but any part of it may never become durable, whatever later syncs say.
    pub fail_sync: When,
    /// Syncs do nothing, and are said to have been done: a disk that lies.
    pub ignore_syncs: bool,
    /// Deletions that end with `SQLITE_IOERR_DELETE` and change nothing.
    pub fail_delete: When,
}

/// What a disk has done to the programs on it so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reads refused.
    pub failed_reads: u64,
    /// Writes refused.
    pub failed_writes: u64,
    /// Writes of which a part was done.
    pub short_writes: u64,
    /// Writes for which there was no room.
    pub full_writes: u64,
    /// Changes of size refused.
    pub failed_truncates: u64,
    /// Syncs refused.
    pub failed_syncs: u64,
    /// Deletions refused.
    pub failed_deletes: u64,
    /// Changes that failed syncs have made unable to become durable.
    pub forgotten_changes: u64,
    /// Times the power was cut.
    pub power_cuts: u64,
    /// Unsynced changes of which nothing was left after a restart.
    pub lost_changes: u64,
    /// Unsynced writes of which a prefix was left after a restart.
    pub torn_writes: u64,
    /// Unsynced writes that left garbage after a restart.
    pub spoiled_writes: u64,
    /// Unsynced new files and deletions that a restart has undone.
    pub undone_names: u64,
}

/// The calls that can be told to fail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    Read,
    Write,
    ShortWrite,
    Truncate,
    Sync,
    Delete,
}

/// Decides which calls fail.
#[derive(Debug, Default)]
pub(crate) struct Injector {
    faults: Faults,
    /// By `Call`.
    seen: [u64; 6],
}

impl Injector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self {
            faults,
            seen: [0; 6],
        }
    }

    pub(crate) const fn ignores_syncs(&self) -> bool {
        self.faults.ignore_syncs
    }

    /// Bytes of all files together.
    pub(crate) fn room(&self) -> Option<u64> {
        self.faults.full_after_bytes
    }

    /// Counts a call; does it fail?
    pub(crate) fn strikes(&mut self, call: Call, random: &mut ChaCha8Rng) -> bool {
        let number = self.seen[call as usize];
        self.seen[call as usize] += 1;
        match self.when(call) {
            When::Never | When::OneIn(0) => false,
            When::At(at) => number == at,
            When::From(from) => number >= from,
            When::OneIn(many) => below(random, many) == 0,
        }
    }

    fn when(&self, call: Call) -> When {
        match call {
            Call::Read => self.faults.fail_read,
            Call::Write => self.faults.fail_write,
            Call::ShortWrite => self.faults.short_write,
            Call::Truncate => self.faults.fail_truncate,
            Call::Sync => self.faults.fail_sync,
            Call::Delete => self.faults.fail_delete,
        }
    }
}
