//! Cutting what was on the wire into frames and what is between them.

use std::ops::Range;

use super::{Direction, LogLine};
use crate::{
    CrcMismatch,
    frame::{Sight, look},
};

/// A piece of the stream.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) line: usize,
    pub(super) direction: Option<Direction>,
    pub(super) bytes: Vec<u8>,
    pub(super) kind: CutKind,
}

#[derive(Debug)]
pub(super) enum CutKind {
    Frame,
    Damaged(CrcMismatch),
    Truncated { missing: usize },
    Noise,
}

/// Cuts lines into pieces, whose bytes together are those of the lines.
///
/// A frame may go over several lines. What is begun ends where the other side speaks, and where a
/// line is a whole frame by itself.
pub(super) fn cut(lines: &[LogLine]) -> Vec<Cut> {
    let mut stream = Stream::default();
    for line in lines {
        let is_whole =
            matches!(look(&line.bytes), Sight::Whole(total) if total == line.bytes.len());
        let turns = line.direction.is_some() && line.direction != stream.direction;
        if is_whole || turns {
            stream.cut(true);
        }
        stream.take(line);
        stream.cut(false);
    }
    stream.cut(true);
    stream.cuts
}

#[derive(Default)]
struct Stream {
    direction: Option<Direction>,
    /// What is not cut yet.
    bytes: Vec<u8>,
    /// Where in these bytes a line begins, and its number.
    lines: Vec<(usize, usize)>,
    cuts: Vec<Cut>,
}

impl Stream {
    fn take(&mut self, line: &LogLine) {
        if self.bytes.is_empty() || line.direction.is_some() {
            self.direction = line.direction;
        }
        self.lines.push((self.bytes.len(), line.number));
        self.bytes.extend(&line.bytes);
    }

    /// Cuts off what can be told; with `at_end` everything.
    fn cut(&mut self, at_end: bool) {
        let mut at = 0;
        let mut noise = 0;
        loop {
            let sight = look(&self.bytes[at..]);
            if let Sight::Noise(count @ 1..) = sight {
                noise += count;
                at += count;
                continue;
            }
            self.give(at - noise..at, CutKind::Noise);
            noise = 0;
            let (length, kind) = match sight {
                Sight::Whole(total) => (total, CutKind::Frame),
                Sight::Damaged { total, why } => {
                    (self.before_next(at, total), CutKind::Damaged(why))
                }
                Sight::Begun { missing } if at_end => {
                    let rest = self.bytes.len() - at;
                    let length = self.before_next(at, rest);
                    let missing = missing + rest - length;
                    (length, CutKind::Truncated { missing })
                }
                Sight::Begun { .. } | Sight::Noise(_) => break,
            };
            self.give(at..at + length, kind);
            at += length;
        }
        self.bytes.drain(..at);
        self.forget_lines(at);
    }

    /// How much of `length` bytes from `at` on belongs to a false frame: up to the next good one.
    fn before_next(&self, at: usize, length: usize) -> usize {
        (1..length)
            .find(|ahead| matches!(look(&self.bytes[at + ahead..]), Sight::Whole(_)))
            .unwrap_or(length)
    }

    fn give(&mut self, range: Range<usize>, kind: CutKind) {
        if range.is_empty() {
            return;
        }
        let line = self
            .lines
            .iter()
            .rev()
            .find(|(from, _)| *from <= range.start);
        self.cuts.push(Cut {
            line: line.map_or(0, |(_, number)| *number),
            direction: self.direction,
            bytes: self.bytes[range].to_vec(),
            kind,
        });
    }

    fn forget_lines(&mut self, count: usize) {
        let current = self.lines.iter().rposition(|(from, _)| *from <= count);
        self.lines.drain(..current.unwrap_or_default());
        for (from, _) in &mut self.lines {
            *from = from.saturating_sub(count);
        }
        if self.bytes.is_empty() {
            self.lines.clear();
        }
    }
}
