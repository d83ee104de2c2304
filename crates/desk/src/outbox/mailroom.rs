//! Which letter is sent when. A machine without I/O: what waits in the journal is told to it, and it
//! says what is due.
//!
//! For each receiver, letters of one lane go one after another, in the order of their identifiers:
//! the next one not before the one ahead is delivered or given up. Lanes do not wait for each other.
//! Only a window of what waits is held; it is taken from the journal in order, so what is held of a
//! lane comes before what is not.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use journal::Outcome;
use ofd_proto::Backoff;
use terms::Id;

/// After a failure the next attempt follows by this: doubled from 5 seconds to a day.
const BACKOFF: Backoff = Backoff {
    floor: Duration::from_secs(5),
    ceiling: Duration::from_secs(24 * 3600),
};

/// How much is done at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// The most letters under way.
    pub(crate) at_once: usize,
    /// The most of them to one receiver.
    pub(crate) to_one: usize,
    /// The most letters held of one receiver. An account with more that wait for its first holds
    /// others up, until that one is delivered or given up.
    pub(crate) window: usize,
}

/// A letter that waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Letter {
    pub(crate) id: Id,
    pub(crate) lane: i64,
    /// Since when it is owed, milliseconds since 1970; so for all moments here.
    pub(crate) since: i64,
    /// Attempts since then.
    pub(crate) attempts: u32,
    /// The next one is not before.
    pub(crate) next_at: i64,
}

/// How an attempt to send a letter ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// The receiver answered with this HTTP status.
    Status(u16),
    /// It did not, or could not be asked.
    None,
}

/// What is expected of a receiver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// A letter is given up once it has been owed for so long; there is an attempt at that moment.
    pub(crate) patience: Duration,
    /// Whether an answer «gone» (410) stops all its letters, or ends just the one.
    pub(crate) can_stop: bool,
}

/// All receivers and what is due to them.
#[derive(Debug)]
pub(crate) struct Mailroom {
    habits: Habits,
    rooms: BTreeMap<i64, Room>,
    under_way: usize,
}

/// The letters to one receiver.
#[derive(Debug)]
struct Room {
    terms: Terms,
    is_shut: bool,
    /// Whether the journal holds nothing that waits beyond `seen`.
    is_complete: bool,
    /// The last letter that was taken in.
    seen: Option<Id>,
    letters: BTreeMap<Id, Letter>,
    lanes: HashMap<i64, Lane>,
    /// The first letter of each lane that has none under way.
    due: BTreeSet<(i64, Id)>,
    under_way: usize,
    /// Those under way that may have been ordered again meanwhile: what the journal says of them
    /// counts more than how the attempt ends.
    ordered: BTreeSet<Id>,
}

#[derive(Debug, Default)]
struct Lane {
    letters: BTreeSet<Id>,
    under_way: Option<Id>,
    /// Its entry in `due`.
    shown: Option<(i64, Id)>,
}

/// What follows from an answer to a letter.
pub(crate) fn judge(
    letter: &Letter,
    terms: &Terms,
    now: i64,
    answer: Answer,
    random: u32,
) -> Outcome {
    match answer {
        Answer::Status(200..=299) => return Outcome::Delivered,
        Answer::Status(410) if terms.can_stop => return Outcome::Stopped,
        Answer::Status(410) => return Outcome::Dead,
        Answer::Status(_) | Answer::None => {}
    }
    let end = letter.since.saturating_add(millis(terms.patience));
    if now >= end {
        return Outcome::Dead;
    }
    let pause = BACKOFF.delay(letter.attempts.saturating_add(1), random);
    Outcome::Again(now.saturating_add(millis(pause)).min(end))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Mailroom {
    pub(crate) fn new(habits: Habits) -> Self {
        Self {
            habits,
            rooms: BTreeMap::new(),
            under_way: 0,
        }
    }

    /// Makes a receiver known; of one that is shut, letters only wait.
    pub(crate) fn receiver(&mut self, receiver: i64, terms: Terms, is_shut: bool) {
        let room = Room {
            terms,
            is_shut,
            is_complete: false,
            seen: None,
            letters: BTreeMap::new(),
            lanes: HashMap::new(),
            due: BTreeSet::new(),
            under_way: 0,
            ordered: BTreeSet::new(),
        };
        self.rooms.insert(receiver, room);
    }

    /// There may be more letters to a receiver.
    pub(crate) fn more(&mut self, receiver: i64) {
        if let Some(room) = self.rooms.get_mut(&receiver) {
            room.is_complete = false;
        }
    }

    /// Letters were ordered again: what is held is read anew.
    pub(crate) fn start_over(&mut self, receiver: i64, is_shut: bool) {
        let Some(room) = self.rooms.get_mut(&receiver) else {
            return;
        };
        room.is_shut = is_shut;
        room.read_anew();
    }

    /// What is to be read from the journal for a receiver: the letters after this one, at most so
    /// many. None while enough is held.
    pub(crate) fn wanted(&self, receiver: i64) -> Option<(Option<Id>, usize)> {
        let room = self.rooms.get(&receiver)?;
        let room_left = self.habits.window.saturating_sub(room.letters.len());
        let is_low = room.letters.len() <= self.habits.window / 2;
        (!room.is_shut && !room.is_complete && is_low).then_some((room.seen, room_left))
    }

    /// Takes in what was read: all that waits after what was wanted, or as many as were wanted.
    pub(crate) fn take_in(&mut self, receiver: i64, letters: Vec<Letter>, wanted: usize) {
        let Some(room) = self.rooms.get_mut(&receiver) else {
            return;
        };
        room.is_complete = letters.len() < wanted;
        for letter in letters {
            room.seen = room.seen.max(Some(letter.id));
            // One that is under way is known better here.
            if !room.letters.contains_key(&letter.id) {
                room.put(letter);
            }
        }
    }

    /// A letter that is due now, if more may be under way; it counts as under way from now on.
    pub(crate) fn next(&mut self, now: i64) -> Option<(i64, Letter)> {
        let habits = self.habits;
        if self.under_way >= habits.at_once {
            return None;
        }
        // Who has the fewest under way comes first, so that a slow receiver holds nobody up.
        let free = self
            .rooms
            .iter_mut()
            .filter(|(_, room)| room.may_send(&habits));
        let is_due = |room: &Room| room.due.first().is_some_and(|(at, _)| *at <= now);
        let (receiver, room) = free
            .filter(|(_, room)| is_due(room))
            .min_by_key(|(_, room)| room.under_way)?;
        let letter = room.begin()?;
        self.under_way += 1;
        Some((*receiver, letter))
    }

    /// When the next letter is due, if more may be under way.
    pub(crate) fn next_due(&self) -> Option<i64> {
        if self.under_way >= self.habits.at_once {
            return None;
        }
        let free = self
            .rooms
            .values()
            .filter(|room| room.may_send(&self.habits));
        free.filter_map(|room| room.due.first().map(|(at, _)| *at))
            .min()
    }

    /// What follows from an answer to a letter that is under way; it is to be stored.
    pub(crate) fn judge(
        &self,
        receiver: i64,
        letter: Id,
        now: i64,
        answer: Answer,
        random: u32,
    ) -> Option<Outcome> {
        let room = self.rooms.get(&receiver)?;
        let letter = room.letters.get(&letter)?;
        Some(judge(letter, &room.terms, now, answer, random))
    }

    /// The end of an attempt is stored: the letter is not under way any more.
    pub(crate) fn ended(&mut self, receiver: i64, letter: Id, outcome: Outcome) {
        let Some(room) = self.rooms.get_mut(&receiver) else {
            return;
        };
        if room.end(letter, outcome) {
            self.under_way -= 1;
        }
    }

    /// How many letters are under way.
    pub(crate) const fn under_way(&self) -> usize {
        self.under_way
    }
}

impl Room {
    fn may_send(&self, habits: &Habits) -> bool {
        !self.is_shut && self.under_way < habits.to_one
    }

    /// Lets go of all that is not under way: what the journal says is taken in again.
    fn read_anew(&mut self) {
        (self.is_complete, self.seen) = (false, None);
        self.due.clear();
        self.lanes.retain(|_, lane| lane.under_way.is_some());
        for lane in self.lanes.values_mut() {
            lane.shown = None;
            let under_way = lane.under_way;
            lane.letters.retain(|id| Some(*id) == under_way);
        }
        let lanes = self.lanes.values();
        self.ordered = lanes.filter_map(|lane| lane.under_way).collect();
        let kept = &self.ordered;
        self.letters.retain(|id, _| kept.contains(id));
    }

    fn put(&mut self, letter: Letter) {
        self.letters.insert(letter.id, letter);
        let lane = self.lanes.entry(letter.lane).or_default();
        lane.letters.insert(letter.id);
        self.show(letter.lane);
    }

    /// Brings a lane's entry in `due` up to date.
    fn show(&mut self, number: i64) {
        let Some(lane) = self.lanes.get_mut(&number) else {
            return;
        };
        if let Some(shown) = lane.shown.take() {
            self.due.remove(&shown);
        }
        let first = lane.letters.first().and_then(|id| self.letters.get(id));
        match first {
            Some(first) if lane.under_way.is_none() => {
                let entry = (first.next_at, first.id);
                lane.shown = Some(entry);
                self.due.insert(entry);
            }
            Some(_) => {}
            None => {
                self.lanes.remove(&number);
            }
        }
    }

    fn begin(&mut self) -> Option<Letter> {
        let (_, id) = *self.due.first()?;
        let letter = *self.letters.get(&id)?;
        self.lanes.get_mut(&letter.lane)?.under_way = Some(id);
        self.under_way += 1;
        self.show(letter.lane);
        Some(letter)
    }

    /// Says whether the letter was under way.
    fn end(&mut self, id: Id, outcome: Outcome) -> bool {
        let Some(letter) = self.letters.get_mut(&id) else {
            return false;
        };
        let number = letter.lane;
        let Some(lane) = self.lanes.get_mut(&number) else {
            return false;
        };
        if lane.under_way != Some(id) {
            return false;
        }
        lane.under_way = None;
        self.under_way -= 1;
        let is_ordered = self.ordered.remove(&id);
        match outcome {
            Outcome::Again(_) | Outcome::Dead if is_ordered => {
                // Those behind it must not overtake it meanwhile.
                self.read_anew();
            }
            Outcome::Delivered | Outcome::Dead => {
                lane.letters.remove(&id);
                self.letters.remove(&id);
            }
            Outcome::Again(at) => {
                letter.attempts = letter.attempts.saturating_add(1);
                letter.next_at = at;
            }
            Outcome::Stopped => self.is_shut = true,
        }
        self.show(number);
        true
    }
}

#[cfg(test)]
mod tests;
