//! The drive's end of a wire: bytes in, bytes out.

use std::{
    thread,
    time::{Duration, Instant},
};

use fn_proto::{AnswerCode, Decoder, Device, ENQ, Frame, Request, encode_answer};

use super::{Drive, FaultKind, Faults, Timing};

/// A drive behind its UART: finds commands in the bytes, repeats the last answer on 05h, takes its
/// time and fails as told. Runs in process by [`Port::exchange`], or by a
/// [`Server`](super::Server) over a pseudo-terminal or TCP.
#[derive(Debug)]
pub struct Port {
    drive: Drive,
    timing: Timing,
    faults: Faults,
    decoder: Decoder,
    /// What 05h repeats.
    last_answer: Vec<u8>,
    pacer: Pacer,
}

/// What the drive sends, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimedAnswer {
    /// The bytes; empty when a fault keeps the drive silent.
    pub bytes: Vec<u8>,
    /// From the command's first byte on the line to the answer's last.
    pub after: Duration,
}

impl Port {
    /// Puts the drive behind a port.
    pub fn new(drive: Drive, timing: Timing) -> Self {
        Self {
            drive,
            timing,
            faults: Faults::default(),
            decoder: Decoder::new(),
            last_answer: Vec::new(),
            pacer: Pacer::default(),
        }
    }

    /// The knobs. They work from any thread while the drive runs.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// The drive.
    pub const fn drive(&mut self) -> &mut Drive {
        &mut self.drive
    }

    /// Takes the drive out.
    pub fn into_drive(self) -> Drive {
        self.drive
    }

    /// One exchange in process: hands over what the host writes, waits as long as the drive takes
    /// and returns what it answers; nothing when it stays silent.
    pub fn exchange(&mut self, bytes: &[u8]) -> Vec<u8> {
        let arrived = Instant::now();
        let mut answers = Vec::new();
        for answer in self.feed(bytes) {
            let deadline = self.pacer.deadline(arrived, answer.after);
            thread::sleep(deadline.saturating_duration_since(Instant::now()));
            self.pacer.answered(deadline);
            answers.extend(answer.bytes);
        }
        self.silence();
        answers
    }

    /// Takes bytes as they come and returns the answers, without waiting: for hosts that keep the
    /// time themselves.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<TimedAnswer> {
        let (mut bytes, mut answers) = (bytes, Vec::new());
        while let [ENQ, rest @ ..] = bytes
            && !self.decoder.is_inside_frame()
        {
            answers.extend(self.repeat());
            bytes = rest;
        }
        self.decoder.push(bytes);
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => answers.extend(self.answer(&frame)),
                Ok(None) => return answers,
                // What a real drive does is not documented (ФН protocol §9 Q9): stay silent.
                Err(_) => {}
            }
        }
    }

    /// Power off and on: what is not committed is forgotten, the last answer too.
    pub fn lose_power(&mut self) {
        self.drive.lose_power();
        self.last_answer.clear();
        self.decoder = Decoder::new();
    }

    /// Nothing came for [`fn_proto::BYTE_GAP`]: a begun frame is given up.
    pub fn silence(&mut self) {
        while self.decoder.abandon() {
            while let Ok(Some(_)) | Err(_) = self.decoder.next_frame() {}
        }
    }

    pub(crate) fn is_inside_frame(&self) -> bool {
        self.decoder.is_inside_frame()
    }

    pub(crate) const fn pacer(&mut self) -> &mut Pacer {
        &mut self.pacer
    }

    fn repeat(&self) -> Option<TimedAnswer> {
        if self.faults.is_dead() || self.last_answer.is_empty() {
            return None;
        }
        Some(TimedAnswer {
            bytes: self.last_answer.clone(),
            after: self.timing_now().line(1 + self.last_answer.len()),
        })
    }

    fn answer(&mut self, frame: &Frame) -> Option<TimedAnswer> {
        self.last_answer.clear();
        let faults = self.faults.draw(frame.code);
        if self.faults.is_dead() || faults.contains(&FaultKind::Silent) {
            return None;
        }
        if faults.contains(&FaultKind::PowerLoss) {
            self.lose_power();
            return None;
        }
        // ABh is answered at the old speed (INFERRED: ФН protocol §9 Q24).
        let timing = self.timing_now();
        let refusal = faults.iter().find_map(|kind| match kind {
            FaultKind::Refuse(code) => Some(*code),
            _ => None,
        });
        let whole = match refusal {
            Some(code) => self.refuse(code),
            None => self.drive.answer(frame),
        };
        if faults.contains(&FaultKind::PowerLossAfter) {
            self.lose_power();
            return None;
        }
        let processing = Request::decode(frame.code, &frame.data)
            .map_or(self.timing.other, |request| {
                self.timing.processing(&request)
            });
        let line = timing.line(frame.data.len() + fn_proto::OVERHEAD + whole.len());
        let mut answer = TimedAnswer {
            bytes: whole.clone(),
            after: line + processing,
        };
        self.last_answer = whole;
        for kind in &faults {
            spoil(&mut answer, *kind);
        }
        Some(answer)
    }

    fn timing_now(&self) -> Timing {
        self.timing.at_speed(self.drive.raised_speed())
    }

    fn refuse(&self, code: AnswerCode) -> Vec<u8> {
        encode_answer(code, !self.drive.warnings().is_empty(), Vec::new())
    }
}

/// Bytes that a line may show while nobody sends; 04h, which would begin a frame, is not among them.
const NOISE: [u8; 4] = [0x00, 0xFF, 0x80, 0x5A];

/// What a fault does to an answer on its way.
fn spoil(answer: &mut TimedAnswer, kind: FaultKind) {
    match kind {
        FaultKind::DropAnswer => answer.bytes.clear(),
        FaultKind::CorruptCrc => {
            if let Some(last) = answer.bytes.last_mut() {
                *last ^= 0xFF;
            }
        }
        FaultKind::CutAnswer { keep } => answer.bytes.truncate(keep),
        FaultKind::LoseByte { at } => {
            let last = answer.bytes.len().saturating_sub(1);
            if !answer.bytes.is_empty() {
                answer.bytes.remove(at.min(last));
            }
        }
        FaultKind::Noise { bytes } => {
            answer
                .bytes
                .splice(..0, NOISE.into_iter().cycle().take(bytes));
        }
        FaultKind::DuplicateAnswer => answer.bytes.extend_from_within(..),
        FaultKind::Delay(delay) => answer.after += delay,
        FaultKind::Silent
        | FaultKind::Dead
        | FaultKind::PowerLoss
        | FaultKind::PowerLossAfter
        | FaultKind::Refuse(_) => {}
    }
}

/// Keeps the times of many exchanges exact: a sleep that ends late does not add up, because the
/// next deadline counts from the moment the answer should have gone.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    late: Duration,
}

impl Pacer {
    /// A sleep that is later than that (the machine was busy) is not caught up.
    const MOST: Duration = Duration::from_millis(5);

    pub(crate) fn deadline(&self, arrived: Instant, after: Duration) -> Instant {
        arrived + after.saturating_sub(self.late)
    }

    pub(crate) fn answered(&mut self, deadline: Instant) {
        self.late = Instant::now()
            .saturating_duration_since(deadline)
            .min(Self::MOST);
    }
}
