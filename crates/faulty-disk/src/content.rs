use rand_chacha::ChaCha8Rng;

use crate::{
    faults::Counts,
    lottery::{Fate, Lottery, below},
};

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => put(to, *at, bytes),
            Self::Resize(size) => to.resize(*size, 0),
        }
    }
}

/// The bytes of one file: as programs see them, and as they stand on the disk.
///
/// The two are kept apart, because after a failed sync they differ by changes that nobody will
/// ever write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// In the order they were made.
    unsynced: Vec<Change>,
}

impl Content {
    /// A file that is wholly on the disk.
    pub(crate) fn durable_from(bytes: Vec<u8>) -> Self {
        Self {
            seen: bytes.clone(),
            durable: bytes,
            unsynced: Vec::new(),
        }
    }

    pub(crate) fn seen(&self) -> &[u8] {
        &self.seen
    }

    pub(crate) fn durable(&self) -> &[u8] {
        &self.durable
    }

    /// Copies what is there from `at` on into `buffer`; how many bytes that was.
    pub(crate) fn read(&self, buffer: &mut [u8], at: usize) -> usize {
        let there = self.seen.get(at..).unwrap_or_default();
        let length = there.len().min(buffer.len());
        buffer[..length].copy_from_slice(&there[..length]);
        length
    }

    pub(crate) fn write(&mut self, bytes: &[u8], at: usize) {
        self.change(Change::Write {
            at,
            bytes: bytes.to_vec(),
        });
    }

    pub(crate) fn resize(&mut self, size: usize) {
        self.change(Change::Resize(size));
    }

    pub(crate) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// A sync has failed: some changes wait for the next one, the others are taken for written.
    pub(crate) fn fail_sync(&mut self, random: &mut ChaCha8Rng, counts: &mut Counts) {
        // None, about half of them, or all.
        let forgotten_in_two = below(random, 3);
        self.unsynced.retain(|_| {
            let waits = below(random, 2) >= forgotten_in_two;
            counts.forgotten_changes += u64::from(!waits);
            waits
        });
    }

    /// What the power cut has left.
    pub(crate) fn restart(&mut self, lottery: &mut Lottery<'_>, counts: &mut Counts) {
        let durable = &mut self.durable;
        for change in std::mem::take(&mut self.unsynced) {
            let fate = match &change {
                Change::Write { at, bytes } => lottery.fate(*at, bytes.len()),
                Change::Resize(_) if lottery.keeps() => Fate::Kept,
                Change::Resize(_) => Fate::Lost,
            };
            match (fate, &change) {
                (Fate::Torn(left), Change::Write { at, bytes }) => {
                    put(durable, *at, &bytes[..left]);
                    counts.torn_writes += 1;
                }
                (Fate::Spoiled(range), _) => {
                    change.apply(durable);
                    let end = range.end.min(durable.len());
                    lottery.spoil(&mut durable[range.start..end]);
                    counts.spoiled_writes += 1;
                }
                (Fate::Lost, _) => counts.lost_changes += 1,
                (Fate::Kept | Fate::Torn(_), _) => change.apply(durable),
            }
        }
        self.seen.clone_from(durable);
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }
}

/// Writes with zeros in the gap before, if there is one; nothing makes no file longer.
fn put(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}
