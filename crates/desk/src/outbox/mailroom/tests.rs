//! Random lives: letters arrive, receivers fail and come back, the program stops and starts.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const HABITS: Habits = Habits {
    at_once: 5,
    to_one: 3,
    window: 6,
};
const HOUR: i64 = 3_600_000;
const PATIENCE: Duration = Duration::from_secs(72 * 3600);
const TERMS: Terms = Terms {
    patience: PATIENCE,
    can_stop: true,
};

/// What stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Waiting,
    Delivered,
    Dead,
}

struct World {
    now: i64,
    mailroom: Mailroom,
    journal: BTreeMap<(i64, Id), (Letter, Standing)>,
    under_way: Vec<(i64, Id)>,
    /// When each letter was tried, and whether its receiver took it.
    tries: BTreeMap<(i64, Id), Vec<(i64, bool)>>,
    next_id: i64,
}

#[derive(Clone, Debug)]
enum Step {
    /// A letter to a receiver, in a lane.
    Arrive(i64, i64),
    /// The oldest letter under way is answered.
    Answer(u16, u32),
    /// It is not answered.
    Silence(u32),
    /// Time passes until something is due, or so many milliseconds.
    Wait(i64),
    /// The program stops and starts: what was under way is forgotten.
    Restart,
    /// What was given up is ordered again.
    Replay(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_i64, 0..4_i64).prop_map(|(receiver, lane)| Step::Arrive(receiver, lane)),
        4 => any::<u32>().prop_map(|random| Step::Answer(200, random)),
        3 => (prop::sample::select(vec![302, 400, 404, 500, 503]), any::<u32>())
            .prop_map(|(status, random)| Step::Answer(status, random)),
        2 => any::<u32>().prop_map(Step::Silence),
        4 => (0..2 * HOUR).prop_map(Step::Wait),
        1 => Just(Step::Restart),
        1 => (0..3_i64).prop_map(Step::Replay),
    ]
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            now: 1_000_000,
            mailroom: Mailroom::new(HABITS),
            journal: BTreeMap::new(),
            under_way: Vec::new(),
            tries: BTreeMap::new(),
            next_id: 1,
        };
        world.restart();
        world
    }

    fn restart(&mut self) {
        self.mailroom = Mailroom::new(HABITS);
        self.under_way.clear();
        for receiver in 0..3 {
            self.mailroom.receiver(receiver, TERMS, false);
        }
    }

    fn arrive(&mut self, receiver: i64, lane: i64) {
        let id = Id::from_number(self.next_id).unwrap();
        self.next_id += 1;
        let letter = Letter {
            id,
            lane,
            since: self.now,
            attempts: 0,
            next_at: self.now,
        };
        self.journal
            .insert((receiver, id), (letter, Standing::Waiting));
        self.mailroom.more(receiver);
    }

    /// What the courier does whenever something has happened.
    fn work(&mut self) {
        for receiver in 0..3 {
            if let Some((after, wanted)) = self.mailroom.wanted(receiver) {
                let rows = self.journal.iter().filter(|((to, id), (_, standing))| {
                    *to == receiver && Some(*id) > after && *standing == Standing::Waiting
                });
                let letters = rows.map(|(_, (letter, _))| *letter).take(wanted).collect();
                self.mailroom.take_in(receiver, letters, wanted);
            }
        }
        while let Some((receiver, letter)) = self.mailroom.next(self.now) {
            self.begin(receiver, letter.id);
        }
    }

    fn begin(&mut self, receiver: i64, id: Id) {
        let (letter, standing) = self.journal[&(receiver, id)];
        assert_eq!(standing, Standing::Waiting, "what has ended is not sent");
        assert!(letter.next_at <= self.now, "not before its time");
        for ((to, other), (ahead, standing)) in &self.journal {
            let is_ahead = *to == receiver && ahead.lane == letter.lane && *other < id;
            assert!(
                !is_ahead || *standing != Standing::Waiting,
                "{id} overtakes {other}"
            );
        }
        self.under_way.push((receiver, id));
        assert!(self.under_way.len() <= HABITS.at_once);
        let to_it = self.under_way.iter().filter(|(to, _)| *to == receiver);
        assert!(to_it.count() <= HABITS.to_one);
    }

    fn answer(&mut self, answer: Answer, random: u32) {
        if self.under_way.is_empty() {
            return;
        }
        let (receiver, id) = self.under_way.remove(0);
        let outcome = self
            .mailroom
            .judge(receiver, id, self.now, answer, random)
            .unwrap();
        let is_taken = matches!(answer, Answer::Status(200..=299));
        self.tries
            .entry((receiver, id))
            .or_default()
            .push((self.now, is_taken));
        let (letter, standing) = self.journal.get_mut(&(receiver, id)).unwrap();
        letter.attempts += 1;
        match outcome {
            Outcome::Delivered => {
                assert!(is_taken);
                *standing = Standing::Delivered;
            }
            Outcome::Again(at) => {
                let pause = at - self.now;
                let end = letter.since + PATIENCE.as_millis() as i64;
                assert!(pause >= 5_000 || at == end, "seconds at least: {pause}");
                assert!((1..=24 * HOUR).contains(&pause), "a day at most: {pause}");
                letter.next_at = at;
            }
            Outcome::Dead => {
                assert!(!is_taken);
                let owed = self.now - letter.since;
                assert!(
                    owed >= PATIENCE.as_millis() as i64,
                    "given up after {owed} ms"
                );
                *standing = Standing::Dead;
            }
            Outcome::Stopped => unreachable!("nobody answers 410 here"),
        }
        self.mailroom.ended(receiver, id, outcome);
    }

    fn replay(&mut self, receiver: i64) {
        for ((to, _), (letter, standing)) in &mut self.journal {
            if *to == receiver && *standing == Standing::Dead {
                *standing = Standing::Waiting;
                (letter.since, letter.next_at, letter.attempts) = (self.now, self.now, 0);
            }
        }
        // A later letter of the lane may be under way at that moment.
        self.mailroom.start_over(receiver, false);
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Arrive(receiver, lane) => self.arrive(*receiver, *lane),
            Step::Answer(status, random) => self.answer(Answer::Status(*status), *random),
            Step::Silence(random) => self.answer(Answer::None, *random),
            Step::Wait(ms) => self.now = self.mailroom.next_due().unwrap_or(0).max(self.now + ms),
            Step::Restart => self.restart(),
            Step::Replay(receiver) => self.replay(*receiver),
        }
        self.work();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn letters_go_in_order_and_none_is_lost(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        // Everybody answers from now on: everything is delivered, without any order.
        let mut rounds = 0;
        while world.journal.values().any(|(_, standing)| *standing == Standing::Waiting) {
            if world.under_way.is_empty() {
                let due = world.mailroom.next_due();
                world.now = due.expect("what waits is due at some time").max(world.now);
                world.work();
            }
            world.take(&Step::Answer(200, 0));
            rounds += 1;
            prop_assert!(rounds < 10_000, "it comes to an end");
        }
        for (place, (_, standing)) in &world.journal {
            let tries = world.tries.get(place).map_or(&[][..], Vec::as_slice);
            let is_taken = tries.iter().any(|(_, is_taken)| *is_taken);
            prop_assert_eq!(*standing == Standing::Delivered, is_taken, "{:?} {:?}", place, tries);
            prop_assert!(!tries.is_empty(), "each was tried");
        }
    }

    #[test]
    fn a_receiver_that_is_down_is_tried_for_its_whole_time_and_then_given_up(
        random in prop::collection::vec(any::<u32>(), 200),
    ) {
        let mut world = World::new();
        world.arrive(0, 7);
        world.work();
        let mut random = random.iter();
        while world.journal.values().any(|(_, standing)| *standing == Standing::Waiting) {
            world.answer(Answer::None, *random.next().expect("fewer than 200 attempts"));
            world.now = world.mailroom.next_due().unwrap_or(world.now).max(world.now);
            world.work();
        }
        let tries = &world.tries[&(0, Id::from_number(1).unwrap())];
        prop_assert!((15..40).contains(&tries.len()), "{} attempts", tries.len());
        let (first, last) = (tries[0].0, tries[tries.len() - 1].0);
        prop_assert_eq!(last - first, PATIENCE.as_millis() as i64, "the last one at the very end");
    }
}

#[test]
fn gone_stops_a_webhook_and_ends_a_callback() {
    let letter = Letter {
        id: Id::from_number(1).unwrap(),
        lane: 1,
        since: 0,
        attempts: 0,
        next_at: 0,
    };
    let gone = Answer::Status(410);
    let callback = Terms {
        can_stop: false,
        ..TERMS
    };
    assert_eq!(judge(&letter, &TERMS, 0, gone, 0), Outcome::Stopped);
    assert_eq!(judge(&letter, &callback, 0, gone, 0), Outcome::Dead);

    let mut mailroom = Mailroom::new(HABITS);
    mailroom.receiver(1, TERMS, false);
    let other = Letter {
        id: Id::from_number(2).unwrap(),
        lane: 2,
        ..letter
    };
    mailroom.take_in(1, vec![letter, other], 10);
    let (_, first) = mailroom.next(0).unwrap();
    mailroom.ended(1, first.id, Outcome::Stopped);
    assert_eq!(mailroom.next(i64::MAX), None, "the others wait, too");
    mailroom.start_over(1, false);
    assert_eq!(mailroom.wanted(1), Some((None, HABITS.window)));
}

#[test]
fn what_is_ordered_again_while_it_is_on_its_way_goes_by_the_journal() {
    let mut mailroom = Mailroom::new(HABITS);
    mailroom.receiver(1, TERMS, false);
    let letter = Letter {
        id: Id::from_number(1).unwrap(),
        lane: 1,
        since: 0,
        attempts: 3,
        next_at: 0,
    };
    mailroom.take_in(1, vec![letter], 10);
    mailroom.next(0).unwrap();
    mailroom.start_over(1, false);
    mailroom.ended(1, letter.id, Outcome::Again(1_000_000));
    let (after, wanted) = mailroom.wanted(1).unwrap();
    assert_eq!(after, None, "it is read anew");
    let ordered = Letter {
        since: 50,
        next_at: 50,
        attempts: 0,
        ..letter
    };
    mailroom.take_in(1, vec![ordered], wanted);
    assert_eq!(
        mailroom.next(50),
        Some((1, ordered)),
        "and not at the end of its pause"
    );
}

#[test]
fn who_is_slow_holds_nobody_up() {
    let mut mailroom = Mailroom::new(HABITS);
    for receiver in [1, 2] {
        mailroom.receiver(receiver, TERMS, false);
        let letters = (1..=6).map(|number| Letter {
            id: Id::from_number(number).unwrap(),
            lane: number,
            since: 0,
            attempts: 0,
            next_at: 0,
        });
        mailroom.take_in(receiver, letters.collect(), 10);
    }
    let mut to: Vec<i64> = Vec::new();
    while let Some((receiver, _)) = mailroom.next(0) {
        to.push(receiver);
    }
    assert_eq!(to.len(), HABITS.at_once);
    assert!(
        to.iter().filter(|receiver| **receiver == 2).count() >= 2,
        "{to:?}"
    );
}
