use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use fn_proto::Direction;

/// How many pieces are kept: some hundred exchanges.
const PIECES_MAX: usize = 400;
/// A piece of an answer is not joined to one longer than this, bytes.
const JOINED_MAX: usize = 4 * 1024;
/// For so long after a look it goes on listening.
const WATCHED: Duration = Duration::from_secs(30);

/// What goes over a wire, for somebody who looks at it. While nobody looks nothing is kept; what is
/// kept is bounded, in memory only, and forgotten some time after the last look.
#[derive(Debug, Default)]
pub struct Tap {
    is_watched: AtomicBool,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    until: Option<Instant>,
    pieces: VecDeque<TapPiece>,
}

/// Bytes that one side has sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TapPiece {
    /// When the first of them was seen.
    pub at: SystemTime,
    /// Who has sent them.
    pub direction: Direction,
    /// The bytes as they were on the wire.
    pub bytes: Vec<u8>,
}

impl Tap {
    /// What has gone over the wire since somebody began to look, the oldest first. It goes on
    /// listening for half a minute.
    pub fn look(&self) -> Vec<TapPiece> {
        self.look_at(Instant::now())
    }

    /// Notes bytes, if somebody looks.
    pub(crate) fn note(&self, direction: Direction, bytes: &[u8]) {
        if self.is_watched.load(Ordering::Relaxed) && !bytes.is_empty() {
            self.note_at(Instant::now(), direction, bytes);
        }
    }

    fn look_at(&self, now: Instant) -> Vec<TapPiece> {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.until.is_none_or(|until| until < now) {
            ring.pieces.clear();
        }
        ring.until = Some(now + WATCHED);
        self.is_watched.store(true, Ordering::Relaxed);
        ring.pieces.iter().cloned().collect()
    }

    fn note_at(&self, now: Instant, direction: Direction, bytes: &[u8]) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.until.is_none_or(|until| until < now) {
            ring.pieces.clear();
            self.is_watched.store(false, Ordering::Relaxed);
            return;
        }
        // An answer comes as the system hands it out; a command is written at once.
        if let Some(last) = ring.pieces.back_mut()
            && direction == Direction::ToHost
            && last.direction == direction
            && last.bytes.len() + bytes.len() <= JOINED_MAX
        {
            last.bytes.extend(bytes);
            return;
        }
        if ring.pieces.len() == PIECES_MAX {
            ring.pieces.pop_front();
        }
        ring.pieces.push_back(TapPiece {
            at: SystemTime::now(),
            direction,
            bytes: bytes.to_vec(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_unless_somebody_looks_and_then_no_more_than_a_few() {
        let tap = Tap::default();
        tap.note(Direction::ToDrive, &[4]);
        assert_eq!(tap.look(), []);
        tap.note(Direction::ToDrive, &[1, 2]);
        tap.note(Direction::ToHost, &[3]);
        tap.note(Direction::ToHost, &[4]);
        let seen: Vec<_> = tap.look().into_iter().map(|it| it.bytes).collect();
        assert_eq!(seen, [vec![1, 2], vec![3, 4]], "an answer is one piece");
        for _ in 0..2 * PIECES_MAX {
            tap.note(Direction::ToDrive, &[9]);
        }
        assert_eq!(tap.look().len(), PIECES_MAX);
        let later = Instant::now() + 2 * WATCHED;
        tap.note_at(later, Direction::ToDrive, &[5]);
        assert!(
            !tap.is_watched.load(Ordering::Relaxed),
            "nobody looks any more"
        );
        assert_eq!(tap.look(), []);
    }
}
