use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::{
    content::Content,
    faults::{Call, Counts, Faults, Injector},
    folder::{Folder, Inode},
    locks::{FileLocks, Level, Region, SharedMemory},
    lottery::{Lottery, Way, below},
};

/// An open file of a running program; never given out twice.
pub(crate) type FileId = u64;

/// A database that was damaged may ask for pages in the far distance, bytes.
const FILE_MAX: u64 = 1 << 30;
/// What the clock shows at first: 2026-01-01, milliseconds since 1970.
const CLOCK_START_MS: i64 = 1_767_225_600_000;

/// Why a call does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is no power, or the file was opened by a program that died.
    Dead,
    /// The disk refuses.
    Refused,
    /// There is no room.
    Full,
    /// There is no such file, or there must be none.
    Name,
    /// Somebody else holds the lock.
    Busy,
}

type Result<T> = std::result::Result<T, Failure>;

#[cfg(test)]
mod tests;

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) create: bool,
    /// It must not be there yet.
    pub(crate) exclusive: bool,
    /// A journal or WAL: SQLite on Unix syncs the folder with the first sync of one it may create.
    pub(crate) journal: bool,
    pub(crate) delete_on_close: bool,
}

#[derive(Clone, Debug)]
struct OpenFile {
    inode: Inode,
    /// `None`: a temporary file, which no program will ever find again.
    name: Option<String>,
    syncs_folder: bool,
    delete_on_close: bool,
    uses_memory: bool,
}

/// The disk itself, and what the system keeps in memory for the programs that use it: open files,
/// locks, shared memory. No SQLite here and nothing unsafe.
#[derive(Debug)]
pub(crate) struct Medium {
    folder: Folder,
    contents: BTreeMap<Inode, Content>,
    open: BTreeMap<FileId, OpenFile>,
    locks: BTreeMap<Inode, FileLocks>,
    memory: BTreeMap<Inode, SharedMemory>,
    next_inode: Inode,
    next_file: FileId,
    steps: u64,
    cut_at: Option<u64>,
    is_cut: bool,
    injector: Injector,
    counts: Counts,
    powersafe: bool,
    /// Faults and fates.
    random: ChaCha8Rng,
    /// What SQLite asks for; apart, so that it does not shift the faults.
    entropy: ChaCha8Rng,
    clock_ms: i64,
    course: DefaultHasher,
}

impl Medium {
    pub(crate) fn new(seed: u64, powersafe: bool) -> Self {
        let mut entropy = ChaCha8Rng::seed_from_u64(seed);
        entropy.set_stream(1);
        Self {
            folder: Folder::default(),
            contents: BTreeMap::new(),
            open: BTreeMap::new(),
            locks: BTreeMap::new(),
            memory: BTreeMap::new(),
            next_inode: 0,
            next_file: 0,
            steps: 0,
            cut_at: None,
            is_cut: false,
            injector: Injector::default(),
            counts: Counts::default(),
            powersafe,
            random: ChaCha8Rng::seed_from_u64(seed),
            entropy,
            clock_ms: CLOCK_START_MS,
            course: DefaultHasher::new(),
        }
    }

    /// Does a write that the power cut strikes spoil its own range only?
    pub(crate) fn is_powersafe(&self) -> bool {
        self.powersafe
    }
}

/// Files, as a program uses them.
impl Medium {
    pub(crate) fn open(&mut self, name: Option<&str>, how: Opening) -> Result<FileId> {
        self.powered()?;
        let there = name.and_then(|name| self.folder.find(name));
        self.note("open", there.unwrap_or(self.next_inode), 0, 0);
        let inode = match there {
            Some(_) if how.create && how.exclusive => return Err(Failure::Name),
            Some(inode) => inode,
            None if how.create || name.is_none() => {
                let inode = self.add_inode(Content::default());
                if let Some(name) = name {
                    self.folder.add(name, inode);
                }
                inode
            }
            None => return Err(Failure::Name),
        };
        let id = self.next_file;
        self.next_file += 1;
        let file = OpenFile {
            inode,
            name: name.map(str::to_owned),
            syncs_folder: how.create && how.journal,
            delete_on_close: how.delete_on_close,
            uses_memory: false,
        };
        self.open.insert(id, file);
        Ok(id)
    }

    /// Lets everything go that the file holds. Always possible; for a dead program it does nothing.
    pub(crate) fn close(&mut self, id: FileId) {
        self.unmap(id);
        let Some(file) = self.open.remove(&id) else {
            return;
        };
        if let Some(locks) = self.locks.get_mut(&file.inode) {
            locks.unlock(id, Level::None);
        }
        if let Some(name) = file.name.filter(|_| file.delete_on_close && !self.is_cut) {
            self.folder.remove(&name);
        }
        self.sweep();
    }

    /// Copies into `buffer`; how many bytes there were.
    pub(crate) fn read(&mut self, id: FileId, buffer: &mut [u8], at: u64) -> Result<usize> {
        let file = self.file(id)?;
        let (inode, temporary) = (file.inode, file.name.is_none());
        self.note("read", inode, at, buffer.len());
        if !temporary && self.injector.strikes(Call::Read, &mut self.random) {
            self.counts.failed_reads += 1;
            return Err(Failure::Refused);
        }
        let at = usize::try_from(at).map_err(|_| Failure::Refused)?;
        Ok(self.content(inode).read(buffer, at))
    }

    pub(crate) fn write(&mut self, id: FileId, bytes: &[u8], at: u64) -> Result<()> {
        let file = self.file(id)?;
        let (inode, temporary) = (file.inode, file.name.is_none());
        self.note("write", inode, at, bytes.len());
        let place = usize::try_from(at).map_err(|_| Failure::Full)?;
        let fits = self.room(inode, at, bytes.len());
        if temporary {
            self.content(inode).write(&bytes[..fits], place);
            return if fits < bytes.len() {
                Err(Failure::Full)
            } else {
                Ok(())
            };
        }
        if !self.step() {
            // It was on its way: of this write, too, anything may have arrived.
            self.content(inode).write(&bytes[..fits], place);
            return Err(Failure::Dead);
        }
        if self.injector.strikes(Call::Write, &mut self.random) {
            self.counts.failed_writes += 1;
            return Err(Failure::Refused);
        }
        let short = self.injector.strikes(Call::ShortWrite, &mut self.random);
        let done = if short {
            self.counts.short_writes += 1;
            fits.min(below(&mut self.random, bytes.len() as u64) as usize)
        } else {
            self.counts.full_writes += u64::from(fits < bytes.len());
            fits
        };
        self.content(inode).write(&bytes[..done], place);
        if done < bytes.len() {
            Err(Failure::Full)
        } else {
            Ok(())
        }
    }

    pub(crate) fn truncate(&mut self, id: FileId, size: u64) -> Result<()> {
        let file = self.file(id)?;
        let (inode, temporary) = (file.inode, file.name.is_none());
        self.note("truncate", inode, size, 0);
        let size = usize::try_from(size.min(FILE_MAX)).map_err(|_| Failure::Full)?;
        let powered = temporary || self.step();
        let fails =
            powered && !temporary && self.injector.strikes(Call::Truncate, &mut self.random);
        if fails {
            self.counts.failed_truncates += 1;
            return Err(Failure::Refused);
        }
        self.content(inode).resize(size);
        if powered { Ok(()) } else { Err(Failure::Dead) }
    }

    pub(crate) fn sync(&mut self, id: FileId) -> Result<()> {
        let file = self.file(id)?;
        let (inode, temporary, folder) = (file.inode, file.name.is_none(), file.syncs_folder);
        if temporary {
            return Ok(());
        }
        self.note("sync", inode, 0, 0);
        if !self.step() {
            return Err(Failure::Dead);
        }
        if self.injector.strikes(Call::Sync, &mut self.random) {
            self.counts.failed_syncs += 1;
            if let Some(content) = self.contents.get_mut(&inode) {
                content.fail_sync(&mut self.random, &mut self.counts);
            }
            return Err(Failure::Refused);
        }
        if self.injector.ignores_syncs() {
            return Ok(());
        }
        self.content(inode).sync();
        if folder {
            self.folder.sync();
            if let Some(file) = self.open.get_mut(&id) {
                file.syncs_folder = false;
            }
            self.sweep();
        }
        Ok(())
    }

    pub(crate) fn size(&mut self, id: FileId) -> Result<u64> {
        let inode = self.file(id)?.inode;
        Ok(self.content(inode).seen().len() as u64)
    }

    pub(crate) fn delete(&mut self, name: &str, sync_folder: bool) -> Result<()> {
        self.powered()?;
        let inode = self.folder.find(name).ok_or(Failure::Name)?;
        self.note("delete", inode, 0, usize::from(sync_folder));
        if !self.step() {
            self.folder.remove(name);
            return Err(Failure::Dead);
        }
        if self.injector.strikes(Call::Delete, &mut self.random) {
            self.counts.failed_deletes += 1;
            return Err(Failure::Refused);
        }
        self.folder.remove(name);
        if sync_folder {
            self.folder.sync();
        }
        self.sweep();
        Ok(())
    }

    /// Is there a file of this name? An empty one does not count: SQLite's rule on Unix.
    pub(crate) fn exists(&mut self, name: &str) -> Result<bool> {
        self.powered()?;
        let inode = self.folder.find(name);
        Ok(inode.is_some_and(|inode| !self.content(inode).seen().is_empty()))
    }
}

/// Locks and shared memory of the running programs.
impl Medium {
    pub(crate) fn lock(&mut self, id: FileId, wanted: Level) -> Result<()> {
        let inode = self.file(id)?.inode;
        self.locks.entry(inode).or_default().lock(id, wanted)
    }

    pub(crate) fn unlock(&mut self, id: FileId, kept: Level) {
        if let Some(file) = self.open.get(&id) {
            self.locks.entry(file.inode).or_default().unlock(id, kept);
        }
    }

    pub(crate) fn is_reserved(&mut self, id: FileId) -> Result<bool> {
        let inode = self.file(id)?.inode;
        Ok(self.locks.entry(inode).or_default().is_reserved())
    }

    pub(crate) fn map(
        &mut self,
        id: FileId,
        index: usize,
        size: usize,
        make: bool,
    ) -> Result<Option<Region>> {
        Ok(self.memory_of(id)?.map(index, size, make))
    }

    /// The shared memory of the file, which takes part in it from now on.
    pub(crate) fn memory_of(&mut self, id: FileId) -> Result<&mut SharedMemory> {
        self.powered()?;
        let file = self.open.get_mut(&id).ok_or(Failure::Dead)?;
        file.uses_memory = true;
        Ok(self.memory.entry(file.inode).or_default())
    }

    /// Unlocks, which is always possible.
    pub(crate) fn unlock_memory(&mut self, id: FileId, mask: u8) {
        let file = self.open.get(&id);
        if let Some(memory) = file.and_then(|file| self.memory.get_mut(&file.inode)) {
            memory.unlock(id, mask);
        }
    }

    /// Leaves the shared memory; the last one ends it.
    pub(crate) fn unmap(&mut self, id: FileId) {
        let Some(file) = self.open.get_mut(&id) else {
            return;
        };
        file.uses_memory = false;
        let inode = file.inode;
        if let Some(memory) = self.memory.get_mut(&inode) {
            memory.forget(id);
        }
        let mut others = self.open.values().filter(|file| file.inode == inode);
        if !others.any(|file| file.uses_memory) {
            self.memory.remove(&inode);
        }
    }
}

/// What SQLite asks the system for besides files.
impl Medium {
    pub(crate) fn random_bytes(&mut self, buffer: &mut [u8]) {
        self.entropy.fill_bytes(buffer);
    }

    /// Milliseconds since 1970; each question takes one.
    pub(crate) fn now_ms(&mut self) -> i64 {
        self.clock_ms += 1;
        self.clock_ms
    }

    pub(crate) fn sleep(&mut self, milliseconds: i64) {
        self.clock_ms += milliseconds;
    }
}

/// What is done to the disk from outside.
impl Medium {
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) fn cut_power_at(&mut self, step: u64) {
        self.cut_at = Some(step);
    }

    pub(crate) fn cut_power(&mut self) {
        if !self.is_cut {
            self.is_cut = true;
            self.counts.power_cuts += 1;
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(crate) fn restart(&mut self, way: Way) {
        self.end_programs();
        let mut lottery = Lottery::new(&mut self.random, way, self.powersafe);
        self.folder.restart(&mut lottery, &mut self.counts);
        for content in self.contents.values_mut() {
            content.restart(&mut lottery, &mut self.counts);
        }
        self.sweep();
    }

    /// The programs die and the power comes back; the files are as the programs have left them.
    pub(crate) fn end_programs(&mut self) {
        self.open.clear();
        self.locks.clear();
        self.memory.clear();
        self.is_cut = false;
        self.cut_at = None;
        self.sweep();
    }

    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.injector = Injector::new(faults);
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn course(&self) -> u64 {
        self.course.finish()
    }

    /// All files as they stand on the disk.
    pub(crate) fn durable_files(&self) -> BTreeMap<String, Vec<u8>> {
        let names = self.folder.durable().iter();
        names
            .filter_map(|(name, inode)| {
                let content = self.contents.get(inode)?;
                Some((name.clone(), content.durable().to_vec()))
            })
            .collect()
    }

    /// Ends the programs and puts these files, all of them durable, in the place of all others.
    pub(crate) fn replace_files(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        self.end_programs();
        let mut names = BTreeMap::new();
        for (name, bytes) in files {
            let inode = self.add_inode(Content::durable_from(bytes.clone()));
            names.insert(name.clone(), inode);
        }
        self.folder = Folder::durable_from(names);
        self.sweep();
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.folder.seen().keys().cloned().collect()
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let content = self.contents.get(&self.folder.find(name)?)?;
        Some(content.seen().to_vec())
    }
}

impl Medium {
    fn powered(&self) -> Result<()> {
        if self.is_cut {
            Err(Failure::Dead)
        } else {
            Ok(())
        }
    }

    fn file(&self, id: FileId) -> Result<&OpenFile> {
        self.powered()?;
        self.open.get(&id).ok_or(Failure::Dead)
    }

    /// The content of a file that is open or has a name.
    fn content(&mut self, inode: Inode) -> &mut Content {
        self.contents.entry(inode).or_default()
    }

    fn add_inode(&mut self, content: Content) -> Inode {
        let inode = self.next_inode;
        self.next_inode += 1;
        self.contents.insert(inode, content);
        inode
    }

    /// Counts a step; `false` when the power fails in it.
    fn step(&mut self) -> bool {
        if self.cut_at.is_some_and(|at| self.steps >= at) {
            self.cut_power();
            return false;
        }
        self.steps += 1;
        true
    }

    /// How many of `length` bytes at `at` find room.
    fn room(&self, inode: Inode, at: u64, length: usize) -> usize {
        let end = at.saturating_add(length as u64);
        let size = self
            .contents
            .get(&inode)
            .map_or(0, |it| it.seen().len() as u64);
        let used: u64 = self
            .contents
            .values()
            .map(|it| it.seen().len() as u64)
            .sum();
        let free = self
            .injector
            .room()
            .map_or(u64::MAX, |room| room.saturating_sub(used));
        let end_max = size.saturating_add(free).min(FILE_MAX);
        let missing = end.saturating_sub(end_max).min(length as u64);
        length - missing as usize
    }

    /// Forgets files that nobody can reach any more.
    fn sweep(&mut self) {
        let mut reachable: BTreeSet<Inode> = self.folder.inodes();
        reachable.extend(self.open.values().map(|file| file.inode));
        self.contents.retain(|inode, _| reachable.contains(inode));
        self.locks.retain(|inode, _| reachable.contains(inode));
    }

    fn note(&mut self, call: &str, inode: Inode, at: u64, length: usize) {
        (call, inode, at, length).hash(&mut self.course);
    }
}
