//! Random lives with faults, and every crash and fault of one short life in turn.

use std::{fmt, time::Duration};

use proptest::prelude::*;

use super::{
    drive::Drive,
    journal::{Breakage, State},
    stories::replacement,
    world::{Fault, Source, World, job, slot_id},
};
use crate::{Class, Event, Limits, Order, Policy};

/// A life: what the world is like, and what happens in it.
#[derive(Clone)]
struct Life {
    drives: usize,
    spare_slots: usize,
    receipts: usize,
    accounts: i64,
    /// One drive does not come back.
    gone: Option<usize>,
    backlog_max: u32,
    policy: Policy,
    /// New drives that lie beside the rack.
    blanks: usize,
    acts: Vec<(Act, u16)>,
}

/// One line, to be read and to be kept.
impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} drives, {} spare slots, {} receipts, {} accounts, backlog {}, gone {:?}, {}, {} \
             blanks: {:?}",
            self.drives,
            self.spare_slots,
            self.receipts,
            self.accounts,
            self.backlog_max,
            self.gone,
            self.policy.name(),
            self.blanks,
            self.acts
        )
    }
}

/// What happens next. Everything but `Step` is a fault or comes from outside.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// One of those who have something to do does it.
    Step,
    Submit,
    Exchange(Fault),
    LinkLost,
    /// The command under way is executed, the answer goes down with the wire.
    LinkLostAfterExecution,
    Restart,
    Pull,
    PullWithWire,
    Put,
    SecondWire,
    Crash,
    StoreFails,
    LoadFails,
    OfdFails,
    WrongTicket,
    ClockJumps,
    ClockGoesBack,
    TimePasses,
    Reprobe,
    Reopen,
    Swap,
    AbandonSwap,
    ConfirmDrive,
    PutBlank,
    Export,
    FilesFail,
    FormAnew,
    Cancel,
}

const RARE: [Act; 32] = [
    Act::Submit,
    Act::Exchange(Fault::CommandLost),
    Act::Exchange(Fault::AnswerLost),
    Act::Exchange(Fault::AnswerGarbled),
    Act::Exchange(Fault::AnswerUnreadable),
    Act::Exchange(Fault::FailsAfter),
    Act::Exchange(Fault::FailsBefore),
    Act::LinkLost,
    Act::LinkLostAfterExecution,
    Act::Restart,
    Act::Pull,
    Act::PullWithWire,
    Act::Put,
    Act::SecondWire,
    Act::Crash,
    Act::StoreFails,
    Act::LoadFails,
    Act::OfdFails,
    Act::WrongTicket,
    Act::ClockJumps,
    Act::ClockGoesBack,
    Act::TimePasses,
    Act::Reprobe,
    Act::Reopen,
    Act::Swap,
    Act::AbandonSwap,
    Act::ConfirmDrive,
    Act::PutBlank,
    Act::Export,
    Act::FilesFail,
    Act::FormAnew,
    Act::Cancel,
];

fn life() -> impl Strategy<Value = Life> {
    // Each life has its own choice of faults.
    let rare = prop::sample::subsequence(RARE.to_vec(), 1..RARE.len());
    let acts = rare.prop_flat_map(|rare| {
        let act = prop_oneof![
            9 => Just(Act::Step),
            1 => prop::sample::select(rare),
        ];
        prop::collection::vec((act, any::<u16>()), 0..400)
    });
    let gone = prop_oneof![3 => Just(None), 1 => (0_usize..3).prop_map(Some)];
    (
        1_usize..4,
        0_usize..2,
        1_usize..12,
        1_i64..6,
        gone,
        0_u32..4,
        (prop::sample::select(Policy::ALL.to_vec()), 1_usize..4),
        acts,
    )
        .prop_map(
            |(
                drives,
                spare_slots,
                receipts,
                accounts,
                gone,
                backlog_max,
                (policy, blanks),
                acts,
            )| Life {
                drives,
                spare_slots,
                receipts,
                accounts,
                gone: gone.filter(|gone| *gone < drives && drives > 1),
                backlog_max,
                policy,
                blanks,
                acts,
            },
        )
}

/// Lives it, and says what is wrong.
fn live(life: &Life, breakage: Option<Breakage>, log: bool) -> Result<(), String> {
    live_with(life, breakage, true, log)
}

fn live_with(
    life: &Life,
    breakage: Option<Breakage>,
    watches_drives: bool,
    log: bool,
) -> Result<(), String> {
    let limits = Limits {
        backlog_max: life.backlog_max,
        policy: life.policy,
        shift_close_at: Some((23, 30)),
        ..Limits::default()
    };
    let mut world = World::new(life.drives, life.drives + life.spare_slots, limits);
    for blank in 0..life.blanks {
        let time = world.local.plus_minutes(-24 * 60).unwrap();
        world.drives.push(Drive::blank(life.drives + blank, time));
    }
    world.journal.breakage = breakage;
    world.watches_drives = watches_drives;
    world.log = log.then(Vec::new);
    let mut ahead = (1..).take(life.receipts).map(|number| {
        let class = if number % 3 == 0 {
            Class::Charge
        } else {
            Class::Payment
        };
        let size = if number % 4 == 0 { 3_000 } else { 0 };
        job(number, number % life.accounts, class, size)
    });
    let first: Vec<_> = ahead.by_ref().take(life.receipts.div_ceil(2)).collect();
    world.submit(first);
    for (act, argument) in &life.acts {
        match act {
            Act::Submit => world.submit(ahead.next().into_iter().collect()),
            act => happen(&mut world, *act, usize::from(*argument)),
        }
    }
    world.submit(ahead.collect());
    let end = world
        .recover(life.gone)
        .and_then(|_| world.check(life.gone));
    end.map_err(|why| {
        let log = world.log.take().unwrap_or_default().join("\n");
        format!("{log}\n{why}")
    })
}

fn happen(world: &mut World, act: Act, argument: usize) {
    let wire = argument % world.wires.len();
    let used = world
        .drives
        .iter()
        .filter(|it| !it.archive.is_empty())
        .count();
    let drive = argument % used;
    let seconds = Duration::from_secs(1 + argument as u64 % 7);
    let few = argument as u32 % 3 + 1;
    match act {
        Act::Step => {
            let sources = world.sources();
            match sources.len() {
                0 => world.pass(Duration::from_secs(1)),
                count => world.step(sources[argument % count]),
            }
        }
        Act::Exchange(fault) => {
            let place = world.sources().into_iter().find_map(|source| match source {
                Source::Wire(place) => Some(place),
                _ => None,
            });
            if let Some(place) = place {
                world.serve_wire(place, Some(fault));
            }
        }
        Act::LinkLost => world.lose_link(wire, seconds),
        Act::LinkLostAfterExecution => {
            world.serve_wire(wire, Some(Fault::AnswerLost));
            world.lose_link(wire, seconds);
        }
        Act::Restart => world.drives[drive].restart(),
        Act::Pull => world.pull(drive),
        Act::PullWithWire => {
            if let Some(place) = world.wires.iter().position(|it| it.drive == Some(drive)) {
                world.lose_link(place, seconds);
            }
            world.pull(drive);
        }
        Act::Put if !world.is_anywhere(drive) => {
            world.put(drive, (argument / 8) % world.wires.len());
        }
        Act::SecondWire if world.is_anywhere(drive) => {
            world.put(drive, (argument / 8) % world.wires.len());
        }
        Act::Put | Act::SecondWire | Act::Submit => {}
        Act::Crash => world.crash(argument % 3, (argument / 3) % 4),
        Act::StoreFails => world.store_failures += few,
        Act::LoadFails => world.load_failures += 1,
        Act::OfdFails => world.ofd_failures += few,
        Act::WrongTicket => world.wrong_tickets += 1,
        Act::ClockJumps => world.jump(argument as i64 % 1_020),
        // Not further than people would wait for it.
        Act::ClockGoesBack => {
            if world.local > world.latest.plus_minutes(-8).unwrap() {
                world.jump(-(argument as i64 % 8));
            }
        }
        Act::TimePasses => world.pass(seconds),
        Act::Reprobe => world.tell(Event::Reprobe(slot_id(wire))),
        Act::Swap => {
            let order = Order::Swap(slot_id(wire), Box::new(replacement()));
            world.ask(order);
        }
        Act::AbandonSwap => world.ask(Order::AbandonSwap(slot_id(wire))),
        Act::ConfirmDrive => {
            if let Some(drive) = world.views()[wire].drive {
                world.ask(Order::ConfirmDrive(slot_id(wire), drive));
            }
        }
        Act::PutBlank => {
            let blank = world.drives.iter().position(|it| it.archive.is_empty());
            if let Some(blank) = blank.filter(|blank| !world.is_anywhere(*blank)) {
                world.put(blank, wire);
            }
        }
        Act::Export => world.ask(Order::Export(slot_id(wire))),
        Act::FilesFail => world.file_failures += few,
        Act::FormAnew => {
            let in_doubt = |state| state == State::InDoubt;
            let receipts = world.journal.receipts.iter();
            let mut doubts = receipts.filter(|(_, receipt)| in_doubt(receipt.state));
            if let Some((id, _)) = doubts.next() {
                let id = *id;
                world.ask(Order::FormAnew(id));
            }
        }
        Act::Cancel => cancel_some(world, argument),
        Act::Reopen => {
            world.lose_link(wire, Duration::ZERO);
            world.pass(Duration::ZERO);
        }
    }
}

/// Somebody cancels an operation of one receipt, or of two that go one after the other; mostly one
/// of those that wait.
fn cancel_some(world: &mut World, argument: usize) {
    let receipts = world.journal.receipts.values();
    let waits = |state| matches!(state, State::Queued | State::Held);
    let chosen: Vec<_> = receipts
        .filter(|it| argument.is_multiple_of(4) || waits(it.state))
        .map(|it| (it.job.id, it.job.order_key))
        .collect();
    if chosen.is_empty() {
        return;
    }
    let (first, key) = chosen[(argument / 4) % chosen.len()];
    let same = chosen.iter().filter(|(id, of)| *of == key && *id >= first);
    let count = 1 + argument % 2;
    world.cancel(same.map(|(id, _)| *id).take(count).collect());
}

/// A life without chance: the steps are taken in a fixed order.
fn plain_life(drives: usize, receipts: usize, acts: Vec<(Act, u16)>) -> Life {
    Life {
        drives,
        spare_slots: 0,
        receipts,
        accounts: 2,
        gone: None,
        backlog_max: 1,
        policy: Policy::Parallel,
        blanks: 1,
        acts,
    }
}

fn steps(count: usize) -> impl Iterator<Item = (Act, u16)> + Clone {
    std::iter::repeat_n((Act::Step, 0), count)
}

/// How many steps a plain life takes until nothing is left to do.
fn length(drives: usize, receipts: usize) -> usize {
    let mut world = World::new(drives, drives, Limits::default());
    world.submit(
        (1..)
            .take(receipts)
            .map(|n| job(n, n % 2, Class::Payment, 0))
            .collect(),
    );
    let mut count = 0;
    while let Some(source) = world.sources().first() {
        world.step(*source);
        count += 1;
    }
    count
}

fn check(life: &Life) {
    if live(life, None, false).is_err() {
        let story = live(life, None, true).expect_err("a life is the same each time");
        panic!("{story}\n{life:?}");
    }
}

#[test]
fn a_short_life_survives_a_stop_after_each_step_whatever_was_carried_out() {
    for at in 0..length(1, 2) {
        for survived in 0..12 {
            let acts = steps(at).chain([(Act::Crash, survived)]).collect();
            check(&plain_life(1, 2, acts));
        }
    }
}

#[test]
fn a_short_life_survives_a_second_stop_while_it_recovers_from_the_first() {
    for at in (0..length(1, 2)).step_by(3) {
        for later in 0..40 {
            let crash = |survived| [(Act::Crash, survived)];
            let acts = steps(at).chain(crash(4)).chain(steps(later));
            check(&plain_life(1, 2, acts.chain(crash(1)).collect()));
        }
    }
}

/// Wherever in a life an operation is cancelled, and wherever the program stops after that: it is
/// cancelled and has no document, or it is formed once.
#[test]
fn a_cancellation_anywhere_in_a_short_life_leaves_no_document_or_cancels_nothing() {
    for receipts in 1..=2 {
        for at in 0..length(1, 2) {
            let cancel = steps(at).chain([(Act::Cancel, 4 * receipts + 1)]);
            let mut at_once: Vec<_> = cancel.clone().collect();
            check(&plain_life(1, 2, at_once.clone()));
            for later in 0..4 {
                for stored in 0..3 {
                    let acts = cancel.clone().chain(steps(later));
                    check(&plain_life(
                        1,
                        2,
                        acts.chain([(Act::Crash, 3 * stored)]).collect(),
                    ));
                }
            }
            at_once.push((Act::StoreFails, 0));
            check(&plain_life(1, 2, at_once));
        }
    }
}

#[test]
fn a_short_life_survives_each_fault_at_each_exchange() {
    for at in 0..length(2, 3) {
        let exchanges = Fault::ALL.map(Act::Exchange);
        let others = [
            Act::LinkLost,
            Act::LinkLostAfterExecution,
            Act::Restart,
            Act::Pull,
            Act::PullWithWire,
            Act::StoreFails,
            Act::LoadFails,
            Act::OfdFails,
            Act::WrongTicket,
            Act::Reprobe,
            Act::Reopen,
        ];
        for act in exchanges.into_iter().chain(others) {
            for place in 0..2 {
                let acts = steps(at).chain([(act, place)]);
                check(&plain_life(2, 3, acts.collect()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(3_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_each_receipt_becomes_one_document_and_all_is_settled(life in life()) {
        if live(&life, None, false).is_err() {
            let story = live(&life, None, true).expect_err("a life is the same each time");
            return Err(TestCaseError::fail(story));
        }
    }
}

/// The checkers are checked: a world that breaks its promises must be found out, and so must the
/// consequences if the watch at the drive looks away.
#[test]
fn a_journal_that_breaks_its_promises_is_found_out() {
    let found = |breakage: Breakage, watches_drives: bool| {
        let lives = (0..length(1, 2)).map(|at| {
            let acts = steps(at).chain([(Act::Crash, 1)]).collect();
            plain_life(1, 2, acts)
        });
        lives
            .filter(|life| live_with(life, Some(breakage), watches_drives, false).is_err())
            .count()
    };
    for breakage in Breakage::ALL {
        // A drive that has formed what the journal has forgotten tells it, so that alone does no
        // harm.
        let is_harmless = breakage == Breakage::ForgetsIntents;
        assert_eq!(found(breakage, true) == 0, is_harmless, "{breakage:?}");
    }
    // Without the watch an intent that comes late shows only as a document too many.
    assert!(found(Breakage::DropsIntents, false) > 0);
    assert!(found(Breakage::StoresIntentsLate, false) > 0);
}
