use std::time::Duration;

use fn_proto::{Answer, AnswerCode, Failure, Outcome, Reaction, Refusal, Request};
use ofd_proto::{Backoff, Container, ContainerHeader};
use terms::{DocumentNumber, DriveNumber, OfdAnswer, OfdCode};

use crate::event::Token;

/// How long a connection without work is kept: the next receipt often comes soon.
const LINGER: Duration = Duration::from_secs(10);

/// Carries documents from one drive to the ОФД and tickets back, in the drive's order, one at a
/// time (ФН protocol §5.9).
///
/// It holds the drive only while it talks to it: while the ОФД thinks, documents may be formed.
#[derive(Debug)]
pub(crate) struct Pump {
    state: State,
    /// The drive was told that there is a connection (21h).
    connected: bool,
    /// When a document went last.
    busy_at: Duration,
    failures: u32,
    not_before: Duration,
    /// Spreads the tries of many drives: see [`Backoff::delay`].
    jitter: u32,
    /// Why the last exchange failed.
    pub(crate) trouble: Option<String>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Resting,
    /// 21h sent.
    Connecting,
    /// 22h sent.
    Beginning,
    /// 23h sent.
    Reading { container: Vec<u8>, length: usize },
    /// 25h sent.
    Finishing { container: Vec<u8> },
    /// The message is with the ОФД.
    Away {
        token: Token,
        document: DocumentNumber,
    },
    /// The ОФД's answer waits for the drive to be free.
    Back {
        document: DocumentNumber,
        ticket: Vec<u8>,
    },
    /// 26h sent.
    Passing {
        document: DocumentNumber,
        ticket: Vec<u8>,
    },
    /// 21h(0) or 24h sent: after a failure.
    Leaving,
    /// 21h(0) sent: nothing is left to send, or the connection is gone.
    Parting,
}

pub(crate) enum PumpStep {
    Send(Request),
    /// The message is read: send it; the drive is free.
    ToOfd {
        container: Vec<u8>,
        document: DocumentNumber,
    },
    /// The drive took the ticket; the drive is free.
    Acknowledged {
        document: DocumentNumber,
        answer: OfdAnswer,
        ticket: Vec<u8>,
    },
    /// The drive is free; nothing was achieved.
    Free,
    /// The drive knows that there is no connection any more; it is free.
    Parted,
    /// The drive has nothing to send; it is free.
    Empty,
    /// The drive does not answer.
    Unanswered(Failure),
}

impl Pump {
    /// A pump at rest; different seeds spread the tries of many drives after a failure.
    pub(crate) fn new(seed: u32) -> Self {
        Self {
            state: State::Resting,
            connected: false,
            busy_at: Duration::ZERO,
            failures: 0,
            not_before: Duration::ZERO,
            jitter: seed,
            trouble: None,
        }
    }

    /// Whether it needs the drive now; `to_send` is how many documents may be sent.
    pub(crate) fn wants_drive(&self, now: Duration, to_send: u32) -> bool {
        match self.state {
            State::Resting => {
                (to_send > 0 && now >= self.not_before) || self.shall_part(now, to_send)
            }
            State::Back { .. } => true,
            _ => false,
        }
    }

    /// Whether the drive believes in a connection that is gone or of no use (ФН protocol §5.9).
    fn shall_part(&self, now: Duration, to_send: u32) -> bool {
        let is_idle = to_send == 0 && now.saturating_sub(self.busy_at) >= LINGER;
        self.connected && (is_idle || self.failures > 0)
    }

    /// Whether the drive was told that there is a connection.
    pub(crate) const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Whether a ticket waits to be passed to the drive.
    pub(crate) fn has_ticket(&self) -> bool {
        matches!(self.state, State::Back { .. })
    }

    /// Takes the drive; call it only when [`Pump::wants_drive`] says so.
    pub(crate) fn start(&mut self, now: Duration, to_send: u32) -> Request {
        match std::mem::take(&mut self.state) {
            State::Back { document, ticket } => {
                let request = Request::PassTicket(ticket.clone());
                self.state = State::Passing { document, ticket };
                request
            }
            _ if self.shall_part(now, to_send) => {
                self.state = State::Parting;
                Request::SetTransport(false)
            }
            _ if self.connected => {
                self.state = State::Beginning;
                Request::BeginMessage
            }
            _ => {
                self.state = State::Connecting;
                Request::SetTransport(true)
            }
        }
    }

    /// Notes where the message has gone.
    pub(crate) fn sent(&mut self, token: Token, document: DocumentNumber) {
        self.state = State::Away { token, document };
    }

    /// The ОФД's answer; one that is not awaited is ignored. Gives what it says about which
    /// document, as far as it can be read.
    pub(crate) fn answered(
        &mut self,
        now: Duration,
        token: Token,
        answer: &Result<Vec<u8>, String>,
    ) -> Option<(DocumentNumber, OfdAnswer)> {
        let State::Away {
            token: awaited,
            document,
        } = self.state
        else {
            return None;
        };
        if awaited != token {
            return None;
        }
        match answer {
            Ok(ticket) => {
                let ticket = ticket.clone();
                let said = says(&ticket);
                self.state = State::Back { document, ticket };
                Some((document, said))
            }
            Err(why) => {
                self.fail(now, why.clone());
                self.state = State::Resting;
                None
            }
        }
    }

    /// Forgets what was under way: the wire to the drive is gone.
    pub(crate) fn reset(&mut self) {
        self.state = State::Resting;
        self.connected = false;
    }

    /// Takes the answer of `drive`; `message_max` is the most bytes one 23h may ask for.
    pub(crate) fn reply(
        &mut self,
        now: Duration,
        drive: DriveNumber,
        message_max: usize,
        outcome: Outcome,
    ) -> PumpStep {
        match (std::mem::take(&mut self.state), outcome) {
            (State::Connecting, Ok(Answer::Done)) => {
                self.connected = true;
                self.state = State::Beginning;
                PumpStep::Send(Request::BeginMessage)
            }
            (State::Beginning, Ok(Answer::MessageLength(length))) => {
                self.read_on(Vec::new(), usize::from(length), message_max)
            }
            (State::Beginning, Err(Failure::Refused(refusal)))
                if refusal.code == AnswerCode::NO_DATA =>
            {
                PumpStep::Empty
            }
            (
                State::Reading {
                    mut container,
                    length,
                },
                Ok(Answer::Bytes(bytes)),
            ) => {
                container.extend_from_slice(&bytes);
                if bytes.is_empty() || container.len() > length {
                    let why = format!(
                        "the drive's message has {} of {length} bytes",
                        container.len()
                    );
                    return self.leave(now, why, Request::CancelMessage);
                }
                self.read_on(container, length, message_max)
            }
            (State::Finishing { container }, Ok(Answer::Done)) => {
                self.hand_over(now, drive, container)
            }
            (State::Passing { document, ticket }, Ok(Answer::Ticket { ofd_code, message })) => {
                (self.failures, self.trouble) = (0, None);
                self.busy_at = now;
                PumpStep::Acknowledged {
                    document,
                    answer: passed_on(ofd_code, message.as_deref()).or(says(&ticket)),
                    ticket,
                }
            }
            (State::Parting, Ok(_) | Err(Failure::Refused(_))) => {
                self.connected = false;
                PumpStep::Parted
            }
            (State::Leaving, Ok(_) | Err(Failure::Refused(_))) => PumpStep::Free,
            (state, Err(Failure::Refused(refusal))) => self.refused(now, &state, refusal),
            (_, Err(failure)) => {
                self.reset();
                PumpStep::Unanswered(failure)
            }
            (_, Ok(answer)) => {
                let why = format!("unexpected answer {answer:?}");
                self.leave(now, why, Request::CancelMessage)
            }
        }
    }

    fn refused(&mut self, now: Duration, state: &State, refusal: Refusal) -> PumpStep {
        let why = refusal.to_string();
        match state {
            // Somebody has begun to read.
            State::Beginning if refusal.code == AnswerCode::WRONG_STATE => {
                self.leave(now, why, Request::CancelMessage)
            }
            State::Reading { .. } | State::Finishing { .. } => {
                self.leave(now, why, Request::CancelMessage)
            }
            // A drive that fails may have taken the ticket: its bring-up finds out.
            State::Passing { .. } if refusal.code.reaction() == Reaction::SlotSuspect => {
                self.fail(now, why);
                self.reset();
                PumpStep::Unanswered(refusal.into())
            }
            _ => {
                self.connected = false;
                self.leave(now, why, Request::SetTransport(false))
            }
        }
    }

    fn read_on(&mut self, container: Vec<u8>, length: usize, message_max: usize) -> PumpStep {
        if container.len() == length {
            self.state = State::Finishing { container };
            return PumpStep::Send(Request::FinishMessage);
        }
        let (offset, rest) = (container.len(), length - container.len());
        self.state = State::Reading { container, length };
        PumpStep::Send(Request::ReadMessage {
            offset: offset as u16,
            length: rest.min(message_max) as u16,
        })
    }

    fn hand_over(&mut self, now: Duration, drive: DriveNumber, container: Vec<u8>) -> PumpStep {
        match ContainerHeader::decode(&container) {
            Ok(parsed) if parsed.drive != drive => PumpStep::Unanswered(Failure::Unreadable {
                command: "23h read message",
                reason: format!("it is of drive {} instead of {drive}", parsed.drive),
            }),
            Ok(parsed) => PumpStep::ToOfd {
                document: parsed.document,
                container,
            },
            Err(error) => {
                let why = format!("the drive's message cannot be read: {error}");
                self.leave(now, why, Request::SetTransport(false))
            }
        }
    }

    fn leave(&mut self, now: Duration, why: String, last: Request) -> PumpStep {
        self.fail(now, why);
        self.state = State::Leaving;
        PumpStep::Send(last)
    }

    fn fail(&mut self, now: Duration, why: String) {
        self.failures = self.failures.saturating_add(1);
        // A step of a linear congruential generator: any spread will do.
        self.jitter = self
            .jitter
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        self.not_before = now + Backoff::default().delay(self.failures, self.jitter);
        self.trouble = Some(why);
    }
}

/// What the ОФД says in its ticket: nothing, when the ticket is encrypted.
fn says(ticket: &[u8]) -> OfdAnswer {
    let open = Container::decode(ticket).ok();
    open.and_then(|open| ffd::operator_answer(&open.document).ok())
        .unwrap_or_default()
}

/// What the drive says that the ОФД says.
fn passed_on(code: u8, message: Option<&[u8]>) -> OfdAnswer {
    let words = message.and_then(|message| ffd::operator_answer(message).ok());
    OfdAnswer {
        code: Some(OfdCode(code)),
        ..words.unwrap_or_default()
    }
}
