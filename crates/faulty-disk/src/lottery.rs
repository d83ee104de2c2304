use std::ops::Range;

use rand_chacha::{ChaCha8Rng, rand_core::Rng};

use crate::{OLD_SECTOR, SECTOR};

/// A number below `limit`, 0 if there is none. The bias of the remainder does not matter here.
pub(crate) fn below(random: &mut ChaCha8Rng, limit: u64) -> u64 {
    random.next_u64() % limit.max(1)
}

/// What becomes of an unsynced write when the power fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    Lost,
    /// So many of its first bytes are there.
    Torn(usize),
    /// The file is as long as if it had been written; these bytes of the file are garbage.
    Spoiled(Range<usize>),
}

/// How a restart treats what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Keep,
    Lose,
    Draw,
}

/// Draws the fates of one restart. Each restart has a temper of its own: with the same chances for
/// all, a long list of changes would never survive whole, nor in its first half only.
pub(crate) struct Lottery<'a> {
    random: &'a mut ChaCha8Rng,
    way: Way,
    kept_percent: u64,
    damaged_percent: u64,
    /// Garbage stays within the write, instead of filling its sectors.
    powersafe: bool,
}

impl<'a> Lottery<'a> {
    pub(crate) fn new(random: &'a mut ChaCha8Rng, way: Way, powersafe: bool) -> Self {
        const KEPT: [u64; 5] = [0, 20, 50, 80, 100];
        const DAMAGED: [u64; 3] = [0, 10, 50];
        let kept_percent = KEPT[below(random, KEPT.len() as u64) as usize];
        let damaged_percent = DAMAGED[below(random, DAMAGED.len() as u64) as usize];
        Self {
            random,
            way,
            kept_percent,
            damaged_percent,
            powersafe,
        }
    }

    /// Does a change survive that cannot be done in part?
    pub(crate) fn keeps(&mut self) -> bool {
        match self.way {
            Way::Keep => true,
            Way::Lose => false,
            Way::Draw => below(self.random, 100) < self.kept_percent,
        }
    }

    /// The fate of the write of `length` bytes at `at`.
    pub(crate) fn fate(&mut self, at: usize, length: usize) -> Fate {
        let damaged = self.way == Way::Draw && below(self.random, 100) < self.damaged_percent;
        if !damaged {
            return if self.keeps() { Fate::Kept } else { Fate::Lost };
        }
        if below(self.random, 2) == 0 {
            Fate::Torn(self.tear(at, length))
        } else if self.powersafe {
            Fate::Spoiled(at..at + length)
        } else {
            let end = (at + length).next_multiple_of(SECTOR);
            Fate::Spoiled(at / SECTOR * SECTOR..end)
        }
    }

    /// Overwrites with zeros (the size had grown, the bytes were not there yet) or with noise.
    pub(crate) fn spoil(&mut self, bytes: &mut [u8]) {
        if below(self.random, 4) == 0 {
            bytes.fill(0);
        } else {
            self.random.fill_bytes(bytes);
        }
    }

    /// How much is left of a torn write: mostly whole small sectors.
    fn tear(&mut self, at: usize, length: usize) -> usize {
        let left = below(self.random, length as u64) as usize;
        if below(self.random, 3) == 0 {
            return left;
        }
        let end = (at + left) / OLD_SECTOR * OLD_SECTOR;
        end.saturating_sub(at)
    }
}
