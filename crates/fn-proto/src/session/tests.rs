use std::time::Duration;

use proptest::prelude::*;
use terms::{ReceiptNumber, ShiftNumber};

use super::*;
use crate::{Answer, AnswerCode, Refusal, ShiftStatus, encode_answer};

const GAP: Duration = Duration::from_millis(50);
const STATUS: Duration = Duration::from_secs(1);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A host that has just written 10h at time 0.
fn asked() -> Session {
    let mut session = Session::new(Timeouts::default());
    let frame = session.begin(Request::ShiftStatus, ms(0));
    assert_eq!(frame, [0x04, 0x01, 0x00, 0x10, 0x9D, 0xE9]);
    session
}

fn open_shift(receipt: u8) -> Vec<u8> {
    encode_answer(AnswerCode::OK, false, vec![1, 7, 0, receipt, 0])
}

fn answer(receipt: u16) -> Step {
    Step::Done(Ok(Answer::ShiftStatus(ShiftStatus {
        open: true,
        shift: ShiftNumber(7),
        receipt: ReceiptNumber(receipt),
    })))
}

fn garbled() -> Step {
    Step::Done(Err(Failure::Garbled {
        command: "10h shift",
    }))
}

fn silent() -> Step {
    Step::Done(Err(Failure::Silent {
        command: "10h shift",
    }))
}

const ASK_AGAIN: Step = Step::Write(&[0x05]);

#[test]
fn an_answer_may_come_in_any_two_pieces() {
    let whole = open_shift(3);
    for cut in 1..whole.len() {
        let mut session = asked();
        assert_eq!(session.on_bytes(ms(1), &whole[..cut]), Step::Wait);
        assert_eq!(session.deadline(), Some(ms(1) + GAP));
        assert_eq!(session.on_bytes(ms(40), &whole[cut..]), answer(3), "{cut}");
        assert_eq!(session.deadline(), None);
    }
}

#[test]
fn a_refusal_is_an_answer_too_and_its_warning_bit_is_no_part_of_the_code() {
    let refusal = encode_answer(AnswerCode::WRONG_STATE, true, Vec::new());
    let expected = Failure::Refused(Refusal {
        command: "10h shift",
        code: AnswerCode::WRONG_STATE,
        data: Vec::new(),
    });
    assert_eq!(asked().on_bytes(ms(1), &refusal), Step::Done(Err(expected)));
}

#[test]
fn a_silent_drive_is_given_its_time_twice_and_is_never_asked_to_repeat() {
    let mut session = asked();
    assert_eq!(session.deadline(), Some(2 * STATUS));
    assert_eq!(session.on_timeout(2 * STATUS - ms(1)), Step::Wait);
    assert_eq!(session.on_timeout(2 * STATUS), silent());

    let mut session = asked();
    assert_eq!(
        session.on_bytes(2 * STATUS - ms(1), &open_shift(3)),
        answer(3)
    );
}

#[test]
fn a_damaged_answer_is_asked_for_again_after_silence() {
    let mut damaged = open_shift(3);
    damaged[5] ^= 0x40;
    let mut session = asked();
    assert_eq!(session.on_bytes(ms(5), &damaged), Step::Wait);
    assert_eq!(session.on_timeout(ms(54)), Step::Wait);
    assert_eq!(session.on_timeout(ms(55)), ASK_AGAIN);
    assert_eq!(session.on_bytes(ms(57), &open_shift(3)), answer(3));
}

#[test]
fn a_cut_answer_is_asked_for_again_twice_and_then_given_up() {
    let cut = &open_shift(3)[..7];
    let mut session = asked();
    assert_eq!(session.on_bytes(ms(0), cut), Step::Wait);
    assert_eq!(session.on_timeout(ms(50)), ASK_AGAIN);
    assert_eq!(session.on_bytes(ms(60), cut), Step::Wait);
    assert_eq!(session.on_timeout(ms(110)), ASK_AGAIN);
    assert_eq!(session.on_bytes(ms(120), cut), Step::Wait);
    assert_eq!(session.on_timeout(ms(170)), garbled());
}

#[test]
fn when_the_repeated_answer_is_lost_too_it_is_asked_for_once_more() {
    let mut session = asked();
    assert_eq!(session.on_bytes(ms(0), &open_shift(3)[..7]), Step::Wait);
    assert_eq!(session.on_timeout(ms(50)), ASK_AGAIN);
    assert_eq!(session.deadline(), Some(ms(50) + STATUS));
    assert_eq!(session.on_timeout(ms(50) + STATUS), ASK_AGAIN);
    assert_eq!(session.on_timeout(ms(50) + 2 * STATUS), garbled());
}

#[test]
fn noise_without_the_start_of_a_frame_does_not_provoke_a_repeat() {
    // The command itself may have been lost: the repeat would be the answer to an earlier one.
    let mut session = asked();
    assert_eq!(session.on_bytes(ms(5), &[0xFF, 0x00, 0x7F]), Step::Wait);
    assert_eq!(session.deadline(), Some(2 * STATUS));
    assert_eq!(session.on_timeout(2 * STATUS), garbled());
}

#[test]
fn an_answer_hidden_behind_noise_is_found() {
    // The noise promises a frame of 512 bytes.
    let mut session = asked();
    let noisy = [&[0x04, 0x00, 0x02][..], &open_shift(3)].concat();
    assert_eq!(session.on_bytes(ms(5), &noisy), Step::Wait);
    assert_eq!(session.on_timeout(ms(55)), answer(3));
}

#[test]
fn a_line_that_never_falls_silent_is_given_up() {
    let mut session = asked();
    let mut now = ms(0);
    let step = loop {
        now += ms(20);
        match session.on_bytes(now, &[0x04, 0xFF]) {
            Step::Wait => {}
            step => break step,
        }
        assert!(now <= 2 * STATUS);
    };
    assert_eq!(step, garbled());
}

#[test]
fn a_late_answer_to_an_earlier_command_is_passed_over_if_it_cannot_be_meant() {
    let late = encode_answer(AnswerCode::OK, false, vec![1, 2, 3]);
    let mut session = asked();
    assert_eq!(session.on_bytes(ms(5), &late), Step::Wait);
    assert_eq!(session.on_bytes(ms(9), &open_shift(3)), answer(3));

    let mut session = asked();
    let both = [late.clone(), open_shift(3)].concat();
    assert_eq!(session.on_bytes(ms(5), &both), answer(3));

    let mut session = asked();
    assert_eq!(session.on_bytes(ms(5), &late), Step::Wait);
    assert!(matches!(
        session.on_timeout(2 * STATUS),
        Step::Done(Err(Failure::Unreadable {
            command: "10h shift",
            ..
        }))
    ));
}

#[test]
fn what_comes_between_commands_does_not_answer_the_next_one() {
    let mut session = asked();
    let twice = open_shift(3).repeat(2);
    assert_eq!(session.on_bytes(ms(5), &twice), answer(3));
    assert_eq!(session.on_bytes(ms(6), &open_shift(4)), Step::Wait);
    session.begin(Request::ShiftStatus, ms(10));
    assert_eq!(session.on_timeout(ms(10) + 2 * STATUS), silent());
}

#[test]
fn each_class_of_commands_has_its_own_patience() {
    let check = |request: Request, seconds: u64| {
        let mut session = Session::new(Timeouts::default());
        session.begin(request, ms(0));
        assert_eq!(session.deadline(), Some(Duration::from_secs(2 * seconds)));
    };
    check(Request::Status, 1);
    check(Request::BeginArchiveClosing, 2);
    check(Request::NextTlv, 2);
    check(Request::FinishMessage, 5);
    check(Request::OpenShift, 10);
    let time = "2026-11-22T10:30".parse().unwrap();
    let rnm = "0000000000024136".parse().unwrap();
    check(Request::CloseArchive { time, rnm }, 10);

    let mut session = Session::new(Timeouts {
        finish: Duration::from_secs(20),
        ..Timeouts::default()
    });
    session.begin(Request::OpenShift, ms(0));
    assert_eq!(session.deadline(), Some(Duration::from_secs(40)));
}

proptest! {
    /// Whatever the line does, the exchange ends in bounded time, asks again at most twice and only
    /// after it heard something; a success is the answer that the drive gave.
    #[test]
    fn a_bad_line_never_changes_an_answer(
        pieces in prop::collection::vec(
            (0..700_u64, prop::option::of(0..11_usize), prop::collection::vec(any::<u8>(), 0..6)),
            0..40,
        ),
    ) {
        let whole = open_shift(9);
        let mut session = asked();
        let mut now = ms(0);
        let mut repeats = 0;
        let mut heard = false;
        let mut pieces = pieces.into_iter();
        let outcome = loop {
            let deadline = session.deadline().unwrap();
            prop_assert!(deadline <= 4 * STATUS + GAP);
            let step = match pieces.next() {
                Some((wait, cut, noise)) if now + ms(wait) < deadline => {
                    now += ms(wait);
                    let bytes = [&noise[..], &whole[..cut.unwrap_or(0).min(whole.len())]].concat();
                    heard |= !bytes.is_empty();
                    session.on_bytes(now, &bytes)
                }
                _ => {
                    now = deadline;
                    session.on_timeout(now)
                }
            };
            match step {
                Step::Wait => {}
                Step::Write(_) => {
                    prop_assert!(heard);
                    repeats += 1;
                }
                Step::Done(outcome) => break outcome,
            }
        };
        prop_assert!(repeats <= 2);
        match outcome {
            Ok(_) => prop_assert_eq!(Step::Done(outcome), answer(9)),
            Err(Failure::Silent { .. }) => prop_assert!(!heard),
            Err(failure) => prop_assert!(
                matches!(failure, Failure::Garbled { .. }),
                "{failure}"
            ),
        }
    }
}
