//! The session against a drive in memory, over a wire that loses, spoils, cuts and doubles.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use std::time::Duration;

use fn_proto::{
    Answer, AnswerCode, BYTE_GAP, Decoder, Device, ENQ, Failure, Rejection, Request, Session, Step,
    Timeouts, WarningFlags, respond,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use terms::DocumentNumber;

/// A drive whose answers name their command: of tickets, by number. It has none of even documents.
#[derive(Default)]
struct Shelf {
    asked: Vec<u32>,
}

impl Device for Shelf {
    fn execute(&mut self, request: Request) -> Result<Answer, Rejection> {
        let Request::FindTicket(document) = request else {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        };
        self.asked.push(document.get());
        truth(document)
    }

    fn warnings(&self) -> WarningFlags {
        WarningFlags::OFD_SILENT
    }
}

fn truth(document: DocumentNumber) -> Result<Answer, Rejection> {
    if document.get().is_multiple_of(2) {
        let data = document.get().to_le_bytes();
        return Err(Rejection::with(AnswerCode::NO_DATA, data));
    }
    Ok(Answer::FoundTicket {
        time: "2026-11-22T10:31".parse().unwrap(),
        operator_sign: [0x5A; 18],
        document,
    })
}

/// What becomes of one transmission.
#[derive(Clone, Debug)]
enum Fate {
    Arrives,
    Lost,
    Flipped {
        place: Index,
        bit: u8,
    },
    Cut {
        place: Index,
    },
    Doubled,
    /// Other bytes come before and behind it; a 04h in silence could not be told from an answer.
    Among {
        noise: Vec<u8>,
    },
}

fn fate() -> impl Strategy<Value = Fate> {
    let noise = vec((5_u8..).prop_map(|byte| byte.max(6)), 1..6);
    prop_oneof![
        4 => Just(Fate::Arrives),
        1 => Just(Fate::Lost),
        2 => (any::<Index>(), 0_u8..8).prop_map(|(place, bit)| Fate::Flipped { place, bit }),
        2 => any::<Index>().prop_map(|place| Fate::Cut { place }),
        1 => Just(Fate::Doubled),
        1 => noise.prop_map(|noise| Fate::Among { noise }),
    ]
}

impl Fate {
    fn meets(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if bytes.is_empty() {
            return bytes;
        }
        match self {
            Self::Arrives => {}
            Self::Lost => bytes.clear(),
            Self::Flipped { place, bit } => {
                let place = place.index(bytes.len());
                bytes[place] ^= 1 << bit;
            }
            Self::Cut { place } => bytes.truncate(place.index(bytes.len())),
            Self::Doubled => bytes = bytes.repeat(2),
            Self::Among { noise } => bytes = [noise, &bytes[..], noise].concat(),
        }
        bytes
    }
}

/// A drive behind its wire.
#[derive(Default)]
struct Wire {
    shelf: Shelf,
    decoder: Decoder,
    last_answer: Vec<u8>,
    fates: Vec<Fate>,
    /// How many commands reached the drive.
    delivered: usize,
}

impl Wire {
    fn fate(&mut self) -> Fate {
        self.fates.pop().unwrap_or(Fate::Arrives)
    }

    /// What the host hears after it wrote `bytes`.
    fn write(&mut self, bytes: &[u8]) -> Vec<u8> {
        let heard = self.fate().meets(bytes);
        let mut answers = Vec::new();
        if heard == [ENQ] {
            answers = self.last_answer.clone();
        } else {
            self.decoder.push(&heard);
            loop {
                match self.decoder.next_frame() {
                    Ok(Some(frame)) => {
                        self.delivered += 1;
                        self.last_answer = respond(&mut self.shelf, &frame);
                        answers.extend(&self.last_answer);
                    }
                    Ok(None) => break,
                    Err(_) => {}
                }
            }
            // The host writes again after a silence only.
            while self.decoder.abandon() {
                while let Ok(Some(_)) | Err(_) = self.decoder.next_frame() {}
            }
        }
        self.fate().meets(&answers)
    }
}

/// One exchange: its outcome, and how often the answer was asked for again.
fn exchange(
    session: &mut Session,
    wire: &mut Wire,
    now: &mut Duration,
    number: u32,
    cut: usize,
) -> (Result<Answer, Failure>, usize) {
    let request = Request::FindTicket(DocumentNumber(number));
    let written = session.begin(request, *now);
    let mut heard = wire.write(&written);
    let mut repeats = 0;
    for _ in 0..20 {
        let first = heard.drain(..cut % (heard.len() + 1)).collect();
        let rest = std::mem::take(&mut heard);
        let mut last = Step::Wait;
        for piece in [first, rest] {
            *now += Duration::from_millis(3);
            last = session.on_bytes(*now, &piece);
            if last != Step::Wait {
                break;
            }
        }
        if last == Step::Wait {
            *now = session.deadline().unwrap();
            last = session.on_timeout(*now);
        }
        match last {
            Step::Wait => {}
            Step::Write(bytes) => {
                repeats += 1;
                heard = wire.write(bytes);
            }
            Step::Done(outcome) => {
                *now += BYTE_GAP;
                return (outcome, repeats);
            }
        }
    }
    panic!("the exchange never ends");
}

proptest! {
    /// A success or a refusal is the drive's own word to this command, never to an earlier one, and
    /// the session gives a command once, whatever the wire does.
    #[test]
    fn an_answer_is_always_the_answer_to_its_command(
        fates in vec(fate(), 0..40), cuts in vec(any::<usize>(), 12),
    ) {
        let commands = cuts.len();
        let doubled = fates.iter().filter(|fate| matches!(fate, Fate::Doubled)).count();
        let mut wire = Wire { fates, ..Wire::default() };
        let mut session = Session::new(Timeouts::default());
        let mut now = Duration::ZERO;
        for (number, cut) in (1_u32..).zip(cuts) {
            let before = now;
            let (outcome, repeats) = exchange(&mut session, &mut wire, &mut now, number, cut);
            prop_assert!(repeats <= 2);
            prop_assert!(now - before <= 5 * Timeouts::default().archive);
            let executed = wire.shelf.asked.iter().filter(|asked| **asked == number).count();
            match outcome {
                Ok(answer) => prop_assert_eq!(Ok(answer), truth(DocumentNumber(number))),
                Err(Failure::Refused(refusal)) => {
                    let no = Rejection::with(refusal.code, refusal.data);
                    prop_assert_eq!(Err(no), truth(DocumentNumber(number)));
                }
                Err(Failure::Silent { .. }) => prop_assert_eq!(repeats, 0),
                Err(Failure::Garbled { .. }) => {}
                Err(other) => prop_assert!(false, "{other}"),
            }
            prop_assert!(executed <= 2);
        }
        prop_assert!(wire.delivered <= commands + doubled);
    }
}

#[test]
fn over_a_good_wire_every_command_is_answered_at_once() {
    let mut wire = Wire::default();
    let mut session = Session::new(Timeouts::default());
    let mut now = Duration::ZERO;
    for number in 1..=9 {
        let (outcome, repeats) = exchange(&mut session, &mut wire, &mut now, number, 0);
        assert_eq!(outcome.is_ok(), !number.is_multiple_of(2));
        assert_eq!(repeats, 0);
    }
    assert_eq!(wire.shelf.asked, (1..=9).collect::<Vec<_>>());
    assert!(now < Duration::from_secs(1));
}
