use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    faults::{Counts, Faults},
    lottery::Way,
    medium::Medium,
    vfs::Registered,
};

/// A medium that its disk and SQLite share. Boxed, because a pointer to it stays for ever with what
/// was told to SQLite (see [`Registered`]).
pub(crate) type SharedMedium = Mutex<Box<Medium>>;

/// One simulated disk with an SQLite VFS of its own. Clones are the same disk.
///
/// When the last clone is dropped, connections that are still open go on failing.
#[derive(Clone, Debug)]
pub struct Disk {
    medium: Arc<SharedMedium>,
    registered: Arc<Registered>,
}

impl Disk {
    /// An empty disk. What it draws follows from `seed`.
    ///
    /// It promises SQLite nothing beyond syncs; a write that the power cut strikes may spoil whole
    /// [sectors](crate::SECTOR).
    ///
    /// # Panics
    ///
    /// When SQLite has no memory left to register a VFS.
    pub fn new(seed: u64) -> Self {
        Self::with_medium(Medium::new(seed, false))
    }

    /// As [`Disk::new`], but the disk promises, and keeps, that a write spoils no byte outside its
    /// range (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`). It is what SQLite assumes of a disk on Unix, so
    /// its course here is that of the product: no padding of commits to whole sectors.
    ///
    /// # Panics
    ///
    /// When SQLite has no memory left to register a VFS.
    pub fn with_powersafe_overwrite(seed: u64) -> Self {
        Self::with_medium(Medium::new(seed, true))
    }

    fn with_medium(medium: Medium) -> Self {
        let powersafe = medium.is_powersafe();
        let medium = Arc::new(Mutex::new(Box::new(medium)));
        let registered = Arc::new(Registered::new(&medium, powersafe));
        Self { medium, registered }
    }

    /// The name of its VFS, for `Connection::open_with_flags_and_vfs`. No other disk of this
    /// process has it.
    pub fn vfs(&self) -> &str {
        self.registered.name()
    }

    /// How many steps were tried so far that change something durable: writes, changes of size,
    /// syncs and deletions of files with a name. Temporary files and shared memory do not count.
    pub fn steps(&self) -> u64 {
        self.medium().steps()
    }

    /// Cuts the power in the step of this number, counted from 0 as [`Disk::steps`] does, or in the
    /// next one if it is past. A write, change of size or deletion which the cut strikes may
    /// survive like any other that was not synced. From then on every call fails until a restart.
    pub fn cut_power_at(&self, step: u64) {
        self.medium().cut_power_at(step);
    }

    /// Cuts the power now, between two steps.
    pub fn cut_power(&self) {
        self.medium().cut_power();
    }

    /// Is there no power?
    pub fn is_cut(&self) -> bool {
        self.medium().is_cut()
    }

    /// The power comes back, if need be after it was cut now. What was synced is there. Each change
    /// after that is, by the seed's choice, kept, lost, torn or spoiled. Connections opened before
    /// belong to a dead program: they fail for ever and do nothing to the files.
    ///
    /// A cut that was ordered and has not struck is forgotten. Faults stay as they are set.
    pub fn restart(&self) {
        self.medium().restart(Way::Draw);
    }

    /// As [`Disk::restart`], with nothing left of what was not synced.
    pub fn restart_losing_all(&self) {
        self.medium().restart(Way::Lose);
    }

    /// As [`Disk::restart`], with everything kept that was not synced.
    pub fn restart_keeping_all(&self) {
        self.medium().restart(Way::Keep);
    }

    /// The programs are killed, as by `kill -9`, and the system goes on: the files are as the
    /// programs have left them, what was not synced is still not synced.
    pub fn kill_programs(&self) {
        self.medium().end_programs();
    }

    /// Which calls fail from now on, counted from now.
    pub fn set_faults(&self, faults: Faults) {
        self.medium().set_faults(faults);
    }

    /// How many faults of each kind there were so far.
    pub fn counts(&self) -> Counts {
        self.medium().counts()
    }

    /// A copy of all files as they stand on the disk: what [`Disk::restart_losing_all`] would leave.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.medium().durable_files())
    }

    /// Puts a copy back in the place of all files, durably. All programs end; there is power.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.medium().replace_files(&snapshot.0);
    }

    /// The names of the files, as programs see them.
    pub fn files(&self) -> Vec<String> {
        self.medium().names()
    }

    /// The bytes of a file, as programs see them.
    pub fn read_file(&self, name: &str) -> Option<Vec<u8>> {
        self.medium().bytes(name)
    }

    /// A fingerprint of all calls so far: which, of which file, where, how long. The same seed and
    /// the same work give the same one, within one version of the program.
    pub fn course(&self) -> u64 {
        self.medium().course()
    }

    fn medium(&self) -> MutexGuard<'_, Box<Medium>> {
        // A panic elsewhere leaves a disk with which a test can still be explained.
        self.medium.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A copy of a disk's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Vec<u8>>);
