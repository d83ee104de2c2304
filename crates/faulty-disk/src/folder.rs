use std::collections::{BTreeMap, BTreeSet};

use crate::{faults::Counts, lottery::Lottery};

/// A file on the disk, whatever its name.
pub(crate) type Inode = u64;

/// The names of the files: as programs see them, and as they stand on the disk.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    seen: BTreeMap<String, Inode>,
    durable: BTreeMap<String, Inode>,
    /// What each name has been since the folder was synced; `None` is deleted.
    unsynced: Vec<(String, Option<Inode>)>,
}

impl Folder {
    /// Names that are wholly on the disk.
    pub(crate) fn durable_from(names: BTreeMap<String, Inode>) -> Self {
        Self {
            seen: names.clone(),
            durable: names,
            unsynced: Vec::new(),
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<Inode> {
        self.seen.get(name).copied()
    }

    pub(crate) fn seen(&self) -> &BTreeMap<String, Inode> {
        &self.seen
    }

    pub(crate) fn durable(&self) -> &BTreeMap<String, Inode> {
        &self.durable
    }

    /// All files that have a name or may have one again after a power cut.
    pub(crate) fn inodes(&self) -> BTreeSet<Inode> {
        let named = self.seen.values().chain(self.durable.values());
        let waiting = self.unsynced.iter().filter_map(|(_, inode)| inode.as_ref());
        named.chain(waiting).copied().collect()
    }

    pub(crate) fn add(&mut self, name: &str, inode: Inode) {
        self.seen.insert(name.to_owned(), inode);
        self.unsynced.push((name.to_owned(), Some(inode)));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.seen.remove(name);
        self.unsynced.push((name.to_owned(), None));
    }

    pub(crate) fn sync(&mut self) {
        self.durable.clone_from(&self.seen);
        self.unsynced.clear();
    }

    /// What the power cut has left: each name stands where it once stood since the last sync,
    /// independently of the others.
    pub(crate) fn restart(&mut self, lottery: &mut Lottery<'_>, counts: &mut Counts) {
        let mut stuck = BTreeSet::new();
        for (name, inode) in std::mem::take(&mut self.unsynced) {
            if stuck.contains(&name) || !lottery.keeps() {
                counts.undone_names += 1;
                stuck.insert(name);
            } else if let Some(inode) = inode {
                self.durable.insert(name, inode);
            } else {
                self.durable.remove(&name);
            }
        }
        self.seen.clone_from(&self.durable);
    }
}
