//! What goes over the wire to a drive, in words, while somebody looks.

use std::{sync::Arc, time::UNIX_EPOCH};

use cassette::SlotId;
use fn_proto::{Direction, Entry, Log, Told};
use links::Tap;

use crate::{Desk, DeskError};

/// The taps of the slots' wires.
pub(crate) type Taps = Vec<(SlotId, Arc<Tap>)>;

/// A frame, or what lies between frames.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FrameView {
    /// When it was seen, milliseconds since 1970.
    pub at: i64,
    /// Whether the drive has sent it; none when the bytes do not tell.
    pub is_from_drive: Option<bool>,
    /// What it says.
    pub says: String,
    /// Its parts. Bytes are left out: they hold what customers have told.
    pub parts: Vec<(&'static str, String)>,
    /// Whether it is a refusal, or damaged.
    pub is_trouble: bool,
}

impl Desk {
    /// What has gone over the wire of a slot since somebody began to look, the oldest first; it is
    /// listened to for half a minute more.
    ///
    /// # Errors
    /// When there is no such slot.
    pub fn frames(&self, slot: SlotId) -> Result<Vec<FrameView>, DeskError> {
        let mut taps = self.taps().iter();
        let found = taps.find(|(id, _)| *id == slot);
        let (_, tap) = found.ok_or(DeskError::UnknownSlot(slot.0))?;
        let pieces = tap.look();
        let log = Log::of(
            pieces
                .iter()
                .map(|piece| (piece.direction, piece.bytes.clone())),
        );
        let at = |entry: &Entry| {
            let piece = pieces.get(entry.line.saturating_sub(1));
            let since = piece.and_then(|piece| piece.at.duration_since(UNIX_EPOCH).ok());
            since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
        };
        let entries = log.transcript();
        Ok(entries
            .iter()
            .map(|entry| FrameView::of(entry, at(entry)))
            .collect())
    }
}

impl FrameView {
    fn of(entry: &Entry, at: i64) -> Self {
        let is_trouble = match &entry.told {
            Told::Answer { code, .. } => !code.is_ok(),
            Told::Damaged(_) | Told::Truncated { .. } | Told::Garbage => true,
            _ => false,
        };
        let parts = entry.fields().into_iter();
        Self {
            at,
            is_from_drive: entry.direction.map(|it| it == Direction::ToHost),
            says: entry.told.to_string(),
            parts: parts
                .map(|field| (field.name, without_bytes(field.value)))
                .collect(),
            is_trouble,
        }
    }
}

/// `12 bytes: 0A FF …` becomes `12 bytes`.
fn without_bytes(value: String) -> String {
    match value.split_once(" bytes: ") {
        Some((count, _)) if count.bytes().all(|it| it.is_ascii_digit()) => {
            format!("{count} bytes")
        }
        _ => value,
    }
}
