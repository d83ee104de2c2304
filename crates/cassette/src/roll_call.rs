use std::{collections::BTreeMap, time::Duration};

use terms::{DocumentNumber, DriveNumber};

/// So long after the program's start the drives wait for one that does not answer. A reading that
/// noise has spoiled is repeated within this time; and a converter that was switched on together
/// with the server is there by then.
const FIRST_ANSWER_MAX: Duration = Duration::from_secs(10);

/// So long they wait once it is known that the journal is an old copy: for each drive that was not
/// heard of yet since that became known, and for one that holds more since it was heard of last.
/// It may be breaking off and coming back all the time; a person may be carrying it to another slot.
const ABSENCE_MAX: Duration = Duration::from_secs(60);

/// Which drives may hold receipts that wait: those of the program's last life, until they say that
/// they have no more documents than the journal knows, and those that have more, until they are read.
///
/// As long as one of them can be heard of, nobody forms a receipt. The first answer to 30h is enough
/// to know how many documents a drive has, so this is short as a rule.
///
/// Whether a drive that cannot be reached at all has more, nobody can know: it would stop the work
/// for ever. After the times above the others go on without it, and if the journal was an old copy,
/// what that drive has of the queue is formed a second time.
#[derive(Debug, Default)]
pub(crate) struct RollCall {
    missing: BTreeMap<DriveNumber, Missing>,
    /// When a drive has first said that it has more than the journal knows.
    is_old_since: Option<Duration>,
}

#[derive(Debug)]
struct Missing {
    /// The last document that the journal knows.
    known: DocumentNumber,
    /// The last one that was seen in its slot, and not one that has gone long ago.
    is_expected: bool,
    /// It has more, also if that may be what an intent has become.
    is_ahead: bool,
    /// When it was heard of last; at first, when the program started.
    heard_at: Duration,
}

/// What a slot says of its drive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Heard {
    /// It has answered 30h: its last document.
    Answered(DocumentNumber),
    /// It has documents that the journal lacks, and is being read.
    Behind,
    /// The journal knows what it has, or it is known why it cannot be used.
    Read,
}

impl RollCall {
    /// A drive of the program's last life is to be heard of.
    pub(crate) fn expect(
        &mut self,
        now: Duration,
        drive: DriveNumber,
        known: DocumentNumber,
        is_expected: bool,
    ) {
        let missing = Missing {
            known,
            is_expected,
            is_ahead: false,
            heard_at: now,
        };
        self.missing.insert(drive, missing);
    }

    /// A drive is heard of.
    pub(crate) fn hear(&mut self, now: Duration, drive: DriveNumber, heard: Heard) {
        let known = self.missing.get(&drive);
        let (is_ahead, is_old) = match (heard, known) {
            (Heard::Read, _) | (Heard::Answered(_), None) => (false, false),
            (Heard::Behind, _) => (true, true),
            // One more may be what an intent has become: the settling tells.
            (Heard::Answered(last), Some(it)) => {
                (it.is_ahead || last > it.known, last > it.known.next())
            }
        };
        if is_old {
            self.is_old_since.get_or_insert(now);
        }
        if !is_ahead {
            self.missing.remove(&drive);
            return;
        }
        let missing = Missing {
            known: known.map_or_else(DocumentNumber::default, |it| it.known),
            is_expected: true,
            is_ahead,
            heard_at: now,
        };
        self.missing.insert(drive, missing);
    }

    /// Whether one of them is waited for.
    pub(crate) fn is_under_way(&self, now: Duration) -> bool {
        self.waited_for(now).next().is_some()
    }

    /// Those that are waited for.
    pub(crate) fn waited_for(&self, now: Duration) -> impl Iterator<Item = DriveNumber> {
        let waited_for = self.missing.iter().filter(move |(_, it)| {
            let (since, most) = match self.is_old_since {
                _ if it.is_ahead => (it.heard_at, ABSENCE_MAX),
                Some(known) => (known.max(it.heard_at), ABSENCE_MAX),
                None if it.is_expected => (it.heard_at, FIRST_ANSWER_MAX),
                None => return false,
            };
            now.saturating_sub(since) < most
        });
        waited_for.map(|(drive, _)| *drive)
    }
}
