use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicU64},
};

use crate::medium::{Failure, FileId};

/// The locks of a database file, weakest first, as SQLite names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// Who holds which lock on one database file.
#[derive(Debug, Default)]
pub(crate) struct FileLocks(BTreeMap<FileId, Level>);

impl FileLocks {
    /// Raises `who`'s lock to `wanted`. Who fails to become exclusive stays pending, so that no new
    /// readers come.
    pub(crate) fn lock(&mut self, who: FileId, wanted: Level) -> Result<(), Failure> {
        let held = self.held(who);
        if held >= wanted {
            return Ok(());
        }
        let others = self.0.iter().filter(|(other, _)| **other != who);
        let strongest = others.map(|(_, level)| *level).max().unwrap_or(Level::None);
        match wanted {
            Level::Shared if strongest >= Level::Pending => return Err(Failure::Busy),
            Level::Reserved | Level::Pending | Level::Exclusive if strongest >= Level::Reserved => {
                return Err(Failure::Busy);
            }
            Level::Exclusive if strongest == Level::Shared => {
                self.0.insert(who, Level::Pending);
                return Err(Failure::Busy);
            }
            _ => {}
        }
        self.0.insert(who, wanted);
        Ok(())
    }

    /// Lowers `who`'s lock to `kept`.
    pub(crate) fn unlock(&mut self, who: FileId, kept: Level) {
        if kept == Level::None {
            self.0.remove(&who);
        } else if self.held(who) > kept {
            self.0.insert(who, kept);
        }
    }

    /// Does anybody write or want to?
    pub(crate) fn is_reserved(&self) -> bool {
        self.0.values().any(|level| *level >= Level::Reserved)
    }

    fn held(&self, who: FileId) -> Level {
        self.0.get(&who).copied().unwrap_or(Level::None)
    }
}

/// A piece of shared memory. SQLite reads and writes it through pointers, from several threads;
/// here it is only made and kept.
pub(crate) type Region = Arc<[AtomicU64]>;

/// The shared memory of the connections to one database: where they keep the index of the WAL.
#[derive(Debug, Default)]
pub(crate) struct SharedMemory {
    regions: Vec<Region>,
    /// By holder, a bit for each of the eight locks.
    shared: BTreeMap<FileId, u8>,
    exclusive: BTreeMap<FileId, u8>,
}

impl SharedMemory {
    /// The region `index` of `size` bytes; if there is none it is made, with zeros, or refused.
    pub(crate) fn map(&mut self, index: usize, size: usize, make: bool) -> Option<Region> {
        while make && self.regions.len() <= index {
            let words = (0..size.div_ceil(size_of::<u64>())).map(|_| AtomicU64::new(0));
            self.regions.push(words.collect());
        }
        self.regions.get(index).cloned()
    }

    /// Takes the locks of `mask` together with others who share them.
    pub(crate) fn lock_shared(&mut self, who: FileId, mask: u8) -> Result<(), Failure> {
        if others(&self.exclusive, who) & mask != 0 {
            return Err(Failure::Busy);
        }
        *self.shared.entry(who).or_default() |= mask;
        Ok(())
    }

    /// Takes the locks of `mask` alone.
    pub(crate) fn lock_exclusive(&mut self, who: FileId, mask: u8) -> Result<(), Failure> {
        if (others(&self.exclusive, who) | others(&self.shared, who)) & mask != 0 {
            return Err(Failure::Busy);
        }
        *self.exclusive.entry(who).or_default() |= mask;
        Ok(())
    }

    pub(crate) fn unlock(&mut self, who: FileId, mask: u8) {
        for held in [&mut self.shared, &mut self.exclusive] {
            if let Some(held) = held.get_mut(&who) {
                *held &= !mask;
            }
        }
    }

    pub(crate) fn forget(&mut self, who: FileId) {
        self.shared.remove(&who);
        self.exclusive.remove(&who);
    }
}

fn others(held: &BTreeMap<FileId, u8>, who: FileId) -> u8 {
    let others = held.iter().filter(|(other, _)| **other != who);
    others.fold(0, |all, (_, mask)| all | mask)
}
