//! The host's side of one exchange: a command, its answer, and what the line does to them.

use std::time::Duration;

use crate::{BYTE_GAP, Decoder, ENQ, Failure, Outcome, Request, TimeoutClass};

/// How long to wait for what (ФН protocol §1.5, INFERRED).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeouts {
    /// The first byte of an answer about the drive's state; 1 s.
    pub status: Duration,
    /// The first byte after the beginning of a document and after its data; 2 s.
    pub document: Duration,
    /// The first byte from the archive; 2 s.
    pub archive: Duration,
    /// The first byte in the exchange with the ОФД; 5 s.
    pub exchange: Duration,
    /// The first byte after the forming of a document; 10 s.
    pub finish: Duration,
    /// The longest silence inside a frame, and the silence to wait for before [`ENQ`]; 50 ms.
    pub byte_gap: Duration,
    /// How often a damaged answer is asked for again; 2.
    pub repeats: u8,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            status: TimeoutClass::Status.first_byte(),
            document: TimeoutClass::Document.first_byte(),
            archive: TimeoutClass::Archive.first_byte(),
            exchange: TimeoutClass::Exchange.first_byte(),
            finish: TimeoutClass::Finish.first_byte(),
            byte_gap: BYTE_GAP,
            repeats: 2,
        }
    }
}

impl Timeouts {
    /// How long the first byte of an answer may take.
    pub const fn first_byte(&self, class: TimeoutClass) -> Duration {
        match class {
            TimeoutClass::Status => self.status,
            TimeoutClass::Document => self.document,
            TimeoutClass::Archive => self.archive,
            TimeoutClass::Exchange => self.exchange,
            TimeoutClass::Finish => self.finish,
            // Nobody waits for it but a person with a debug drive.
            TimeoutClass::Reset => class.first_byte(),
        }
    }
}

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Wait for bytes, until [`Session::deadline`].
    Wait,
    /// Throw away what the port has received, then write these bytes.
    Write(&'static [u8]),
    /// The exchange is over.
    Done(Outcome),
}

/// The wire part of the error ladder (ФН protocol §1.6), one command at a time.
///
/// - A damaged or cut answer: wait for silence, then ask for the answer again with [`ENQ`].
///   Only the start of a frame counts as one: noise alone may come while the command is lost.
/// - Complete silence: wait the same time once more, as the answer may be late; then
///   [`Failure::Silent`]. Never [`ENQ`]: if the command was lost, the drive would repeat its answer
///   to an earlier one, and answers do not name their command.
/// - A whole frame that cannot be an answer to this command is a late answer to an earlier one: it
///   is passed over.
///
/// What a drive does with a damaged command is not documented (ФН protocol §9 Q9): it may be silent,
/// or refuse with 01h or 03h as if the command were wrong. Both are told as they come.
///
/// Whether a command was carried out after a failure is not decided here: the drive has to be asked
/// (30h). `now` is any clock that does not go back, as time since some start.
///
/// ```
/// use std::time::Duration;
/// use fn_proto::{Answer, Request, Session, Step, Timeouts};
/// let mut session = Session::new(Timeouts::default());
/// let write = session.begin(Request::CancelDocument, Duration::ZERO);
/// assert_eq!(write, [0x04, 0x01, 0x00, 0x06, 0x6A, 0x9B]);
/// let answer = [0x04, 0x01, 0x00, 0x00, 0xAC, 0xFB];
/// let step = session.on_bytes(Duration::from_millis(3), &answer);
/// assert_eq!(step, Step::Done(Ok(Answer::Done)));
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    timeouts: Timeouts,
    decoder: Decoder,
    running: Option<Running>,
}

#[derive(Clone, Debug)]
struct Running {
    request: Request,
    /// When this wait ends, whatever comes.
    until: Duration,
    /// When the last byte of this wait came.
    last_byte: Option<Duration>,
    /// The wait brought a frame that has begun or whose CRC is wrong.
    damaged: bool,
    /// Any byte came since the command.
    heard: bool,
    /// How often the answer was asked for again.
    repeats: u8,
    /// What was wrong with the last whole frame.
    unreadable: Option<Failure>,
}

impl Session {
    /// A session without a command.
    pub const fn new(timeouts: Timeouts) -> Self {
        Self {
            timeouts,
            decoder: Decoder::new(),
            running: None,
        }
    }

    /// Begins a command; an unfinished one is forgotten. Throw away what the port has received,
    /// then write these bytes.
    pub fn begin(&mut self, request: Request, now: Duration) -> Vec<u8> {
        let frame = request.encode();
        let patience = self.timeouts.first_byte(request.timeout_class());
        self.decoder.clear();
        self.running = Some(Running {
            request,
            until: now + 2 * patience,
            last_byte: None,
            damaged: false,
            heard: false,
            repeats: 0,
            unreadable: None,
        });
        frame
    }

    /// When to call [`Session::on_timeout`], if no bytes come before; none without a command.
    pub fn deadline(&self) -> Option<Duration> {
        let running = self.running.as_ref()?;
        Some(match running.last_byte {
            Some(last) if running.damaged => running.until.min(last + self.timeouts.byte_gap),
            _ => running.until,
        })
    }

    /// Takes received bytes. Without a command they are stale and passed over.
    pub fn on_bytes(&mut self, now: Duration, bytes: &[u8]) -> Step {
        let Some(running) = &mut self.running else {
            return Step::Wait;
        };
        if !bytes.is_empty() {
            running.last_byte = Some(now);
            running.heard = true;
            self.decoder.push(bytes);
        }
        match self.take_answer() {
            Some(outcome) => self.finish(outcome),
            None => self.on_timeout(now),
        }
    }

    /// Tells that time has passed; before the deadline it does nothing.
    pub fn on_timeout(&mut self, now: Duration) -> Step {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Step::Wait;
        }
        // Noise that looks like the start of a long frame may hide the answer behind it.
        while self.decoder.abandon() {
            if let Some(outcome) = self.take_answer() {
                return self.finish(outcome);
            }
        }
        let Some(running) = &mut self.running else {
            return Step::Wait;
        };
        let quiet = running
            .last_byte
            .is_none_or(|last| now >= last + self.timeouts.byte_gap);
        let asks = running.damaged || running.repeats > 0;
        if quiet && asks && running.repeats < self.timeouts.repeats {
            running.repeats += 1;
            running.damaged = false;
            running.last_byte = None;
            running.until = now + self.timeouts.first_byte(running.request.timeout_class());
            self.decoder.clear();
            return Step::Write(&[ENQ]);
        }
        let command = running.request.name();
        let failure = match running.unreadable.take() {
            Some(unreadable) => unreadable,
            None if running.heard => Failure::Garbled { command },
            None => Failure::Silent { command },
        };
        self.finish(Err(failure))
    }

    /// The first frame in the decoder that answers the command.
    fn take_answer(&mut self) -> Option<Outcome> {
        let running = self.running.as_mut()?;
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => match running.request.read_answer(frame.code, &frame.data) {
                    Err(failure @ Failure::Unreadable { .. }) => {
                        running.unreadable = Some(failure);
                    }
                    outcome => return Some(outcome),
                },
                Ok(None) => {
                    running.damaged |= self.decoder.is_inside_frame();
                    return None;
                }
                Err(_) => running.damaged = true,
            }
        }
    }

    fn finish(&mut self, outcome: Outcome) -> Step {
        self.running = None;
        self.decoder.clear();
        Step::Done(outcome)
    }
}

#[cfg(test)]
mod tests;
