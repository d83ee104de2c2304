//! Limits of time and resource, by the drive's own timer (ФН protocol §4.4, §4.6, §6.2).
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::sync::{Arc, Mutex};

use emulator::drive::{Drive, Generation, Passport, running_timer};
use fn_proto::{Answer, AnswerCode, Request, WarningFlags};
use host::{
    Host,
    personality::{ALL, FN_1, FN_1_2_IN_1_2, Local, Personality},
    time,
};
use terms::{LocalDateTime, OperationSign};

mod host;

const NINE: &str = "2026-11-22T09:00";

/// The hand of a drive's timer.
#[derive(Clone)]
struct Clock(Arc<Mutex<LocalDateTime>>);

impl Clock {
    fn set(&self, now: LocalDateTime) {
        *self.0.lock().unwrap() = now;
    }
}

fn timed(who: Personality, change: impl FnOnce(&mut Passport)) -> (Local, Clock) {
    let mut passport = who.passport();
    change(&mut passport);
    let clock = Clock(Arc::new(Mutex::new(time(NINE))));
    let hand = clock.clone();
    let timer = Box::new(move || *hand.0.lock().unwrap());
    let drive = Drive::in_memory(passport).unwrap().with_timer(timer);
    (Host::in_process(drive), clock)
}

fn after(days: i64, minutes: i64) -> LocalDateTime {
    time(NINE).plus_minutes(days * 24 * 60 + minutes).unwrap()
}

fn code(host: &mut Local, request: Request) -> AnswerCode {
    host.refused(request).0
}

#[test]
fn the_end_of_the_keys_is_announced_30_and_3_days_before_it_and_then_refused() {
    for who in ALL {
        let (mut host, clock) = timed(who, |passport| passport.life_days = 100);
        who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        host.acknowledge_all();
        for (day, expected) in [
            (69, WarningFlags::NONE),
            (70, WarningFlags::RESOURCE_ENDS),
            (96, WarningFlags::RESOURCE_ENDS),
            (
                97,
                WarningFlags::RESOURCE_ENDS.with(WarningFlags::REPLACE_NOW),
            ),
            (
                100,
                WarningFlags::RESOURCE_ENDS.with(WarningFlags::REPLACE_NOW),
            ),
        ] {
            clock.set(after(day, 0));
            assert_eq!(host.status().warnings, expected, "{who:?} day {day}");
            if who.generation == Generation::Fn12 {
                let left = host.call(&Request::DaysLeft(after(day, 0)));
                assert_eq!(left, Ok(Answer::DaysLeft(100 - day as u16)), "{who:?}");
            }
        }
        // The last day is the drive's, the next one is not.
        let open = |day| Request::BeginShiftOpening(after(day, 0));
        host.done(open(100));
        host.done(Request::CancelDocument);
        clock.set(after(101, 0));
        let over = match who.generation {
            Generation::Fn1 => AnswerCode::LIFE_OVER,
            Generation::Fn12 => AnswerCode::RESOURCE_OVER,
        };
        assert_eq!(code(&mut host, open(101)), over, "{who:?}");
        assert_eq!(
            code(&mut host, Request::BeginSettlements(after(101, 0))),
            over
        );
    }
}

#[test]
fn days_are_not_counted_before_the_registration() {
    let mut host = FN_1_2_IN_1_2.registered(time(NINE));
    let before = Request::DaysLeft(after(0, -1));
    assert_eq!(code(&mut host, before), AnswerCode::BAD_TIME);
    let now = Request::DaysLeft(time(NINE));
    assert_eq!(
        code(&mut FN_1_2_IN_1_2.fresh(), now),
        AnswerCode::WRONG_STATE
    );
}

#[test]
fn the_archive_is_announced_as_full_at_99_percent_or_by_fn_1_at_90() {
    for who in ALL {
        let (mut host, _) = timed(who, |passport| passport.document_limit = 100);
        who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        who.open_shift(&mut host, time(NINE));
        let full_at = match who.generation {
            Generation::Fn1 => 90,
            Generation::Fn12 => 99,
        };
        for number in 3..=100 {
            who.receipt(&mut host, time(NINE), OperationSign::Income);
            let warns = host.status().warnings.archive_full();
            assert_eq!(warns, number >= full_at, "{who:?} {number}");
        }
        let full = match who.generation {
            Generation::Fn1 => AnswerCode::ARCHIVE_FULL,
            Generation::Fn12 => AnswerCode::RESOURCE_LIMIT,
        };
        for begin in [Request::BeginReceipt, Request::BeginCorrection] {
            assert_eq!(code(&mut host, begin(time(NINE))), full, "{who:?}");
        }
        who.close_shift(&mut host, time(NINE));
    }
}

#[test]
fn thirty_days_without_the_ofd_end_the_work_until_it_answers() {
    for who in ALL {
        let (mut host, clock) = timed(who, |_| {});
        who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        for (day, silent) in [(2, false), (3, true), (30, true)] {
            clock.set(after(day, 0));
            assert_eq!(
                host.status().warnings.ofd_silent(),
                silent,
                "{who:?} day {day}"
            );
            host.done(Request::BeginShiftOpening(after(day, 0)));
            host.done(Request::CancelDocument);
        }
        clock.set(after(31, 0));
        let open = Request::BeginShiftOpening(after(31, 0));
        let expected = match who.generation {
            Generation::Fn1 => AnswerCode::OFD_TOO_LATE,
            Generation::Fn12 => AnswerCode::RESOURCE_LIMIT,
        };
        assert_eq!(code(&mut host, open.clone()), expected, "{who:?}");
        host.acknowledge_all();
        host.done(open);
    }
}

#[test]
fn a_full_store_of_messages_is_refused_without_a_flag() {
    for who in ALL {
        let (mut host, _) = timed(who, |passport| passport.store_kilobytes = 3);
        who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        who.open_shift(&mut host, time(NINE));
        let mut refused = None;
        for _ in 0..8 {
            let begin = Request::BeginReceipt(time(NINE));
            if host.call(&begin).is_err() {
                refused = Some(code(&mut host, begin));
                break;
            }
            host.done(Request::CancelDocument);
            who.receipt(&mut host, time(NINE), OperationSign::Income);
        }
        assert_eq!(refused, Some(AnswerCode::RESOURCE_LIMIT), "{who:?}");
        assert_eq!(host.status().warnings, WarningFlags::NONE, "{who:?}");
        host.acknowledge_all();
        who.receipt(&mut host, time(NINE), OperationSign::Income);
    }
}

#[test]
fn a_shift_takes_receipts_for_24_hours() {
    for who in ALL {
        let (mut host, clock) = timed(who, |_| {});
        who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        who.open_shift(&mut host, time(NINE));
        clock.set(after(1, 0));
        who.receipt(&mut host, after(1, 0), OperationSign::Income);
        clock.set(after(1, 1));
        for begin in [Request::BeginReceipt, Request::BeginCorrection] {
            let refused = code(&mut host, begin(after(1, 1)));
            assert_eq!(refused, AnswerCode::SHIFT_TOO_LONG, "{who:?}");
        }
        who.settlements(&mut host, after(1, 1));
        who.close_shift(&mut host, after(21, 0));
    }
}

#[test]
fn only_receipts_and_corrections_are_held_against_the_timer() {
    for who in ALL {
        let (mut host, clock) = timed(who, |_| {});
        who.register(&mut host, fn_proto::RegistrationKind::First, after(0, 30));
        who.open_shift(&mut host, after(0, 60));
        clock.set(after(0, 70));
        for begin in [Request::BeginReceipt, Request::BeginCorrection] {
            for minutes in [64, 76] {
                let refused = code(&mut host, begin(after(0, minutes)));
                assert_eq!(refused, AnswerCode::CLOCK_DIFFERS, "{who:?} {minutes}");
            }
            for minutes in [65, 75] {
                host.done(begin(after(0, minutes)));
                host.done(Request::CancelDocument);
            }
        }
        // Going back is another matter.
        let back = code(&mut host, Request::BeginReceipt(after(0, 59)));
        assert_eq!(back, AnswerCode::BAD_TIME, "{who:?}");
    }
}

#[test]
fn what_the_ofd_says_becomes_flags_of_fn_1_2_only() {
    let cases = [
        (0x02, WarningFlags::FORMAT_REFUSED),
        (0x04, WarningFlags::SETUP_NEEDED),
        (0x40, WarningFlags::SETUP_NEEDED),
        (0x80, WarningFlags::OFD_CANCELLED),
    ];
    for who in ALL {
        for (message, flag) in cases {
            let mut host = who.registered(time(NINE));
            host.acknowledge_with(0, Some(message));
            let expected = match who.generation {
                Generation::Fn1 => WarningFlags::NONE,
                Generation::Fn12 => flag,
            };
            assert_eq!(host.status().warnings, expected, "{who:?} {message:02X}h");
            // The next ticket says nothing of it.
            who.settlements(&mut host, time(NINE));
            host.acknowledge_with(0, None);
            assert_eq!(host.status().warnings, WarningFlags::NONE);
        }
    }
}

#[test]
fn the_totals_of_a_shift_of_fn_1_may_overflow() {
    let form = |total: i64| Request::FormReceipt {
        time: time(NINE),
        operation: OperationSign::Income,
        total: host::sum(total),
    };
    let most = (1_i64 << 40) - 1;
    let mut host = FN_1.in_shift(time(NINE));
    let receipt = |host: &mut Local, total: i64| {
        host.done(Request::BeginReceipt(time(NINE)));
        host.done(Request::PassData(host::shift_data()));
        host.call(&form(total)).is_ok()
    };
    // 48 bits are 256 times 40 bits.
    for _ in 0..256 {
        assert!(receipt(&mut host, most));
    }
    assert!(!receipt(&mut host, most));
    assert_eq!(code(&mut host, form(most)), AnswerCode::BAD_VALUE);
    // It fits with the 255 kopecks that are left.
    assert!(host.call(&form(255)).is_ok());
    assert!(!receipt(&mut host, 1));
    host.done(Request::CancelDocument);
    FN_1.close_shift(&mut host, time(NINE));
    FN_1.open_shift(&mut host, time(NINE));
    assert!(receipt(&mut host, most));
}

#[test]
fn a_running_timer_goes_on_from_where_it_was_set() {
    let timer = running_timer(time(NINE), 0);
    assert_eq!(timer(), time(NINE));
    // A year in 31.5 milliseconds: it has moved, and never back.
    let fast = running_timer(time(NINE), 1_000_000_000);
    let first = fast();
    let mut later = first;
    while later == first {
        later = fast();
    }
    assert!(later > first, "{first} {later}");
}
