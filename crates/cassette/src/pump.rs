use std::time::Duration;

use fn_proto::{Answer, AnswerCode, Failure, Outcome, Reaction, Refusal, Request};
use ofd_proto::ContainerHeader;
use terms::{DocumentNumber, DriveNumber};

use crate::event::Token;

/// The wait after the first failure; it doubles up to [`WAIT_MAX`] (ККТ–ОФД protocol §6,
/// recommended).
const WAIT_FIRST: Duration = Duration::from_secs(5);
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Carries documents from one drive to the ОФД and tickets back, in the drive's order, one at a
/// time (ФН protocol §5.9).
///
/// It holds the drive only while it talks to it: while the ОФД thinks, documents may be formed.
#[derive(Debug, Default)]
pub(crate) struct Pump {
    state: State,
    connected: bool,
    failures: u32,
    not_before: Duration,
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
        ofd_code: u8,
        ticket: Vec<u8>,
    },
    /// The drive is free; nothing was achieved.
    Free,
    /// The drive has nothing to send; it is free.
    Empty,
    /// The drive does not answer.
    Unanswered(Failure),
}

impl Pump {
    /// Whether it needs the drive now; `backlog` is how many documents lack their ticket.
    pub(crate) fn wants_drive(&self, now: Duration, backlog: u32) -> bool {
        match self.state {
            State::Resting => backlog > 0 && now >= self.not_before,
            State::Back { .. } => true,
            _ => false,
        }
    }

    /// Whether a ticket waits to be passed to the drive.
    pub(crate) fn has_ticket(&self) -> bool {
        matches!(self.state, State::Back { .. })
    }

    /// Takes the drive; call it only when [`Pump::wants_drive`] says so.
    pub(crate) fn start(&mut self) -> Request {
        match std::mem::take(&mut self.state) {
            State::Back { document, ticket } => {
                let request = Request::PassTicket(ticket.clone());
                self.state = State::Passing { document, ticket };
                request
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

    /// The ОФД's answer; one that is not awaited is ignored.
    pub(crate) fn answered(
        &mut self,
        now: Duration,
        token: Token,
        answer: &Result<Vec<u8>, String>,
    ) {
        let State::Away {
            token: awaited,
            document,
        } = self.state
        else {
            return;
        };
        if awaited != token {
            return;
        }
        match answer {
            Ok(ticket) => {
                let ticket = ticket.clone();
                self.state = State::Back { document, ticket };
            }
            Err(why) => {
                self.fail(now, why.clone());
                self.state = State::Resting;
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
            (State::Passing { document, ticket }, Ok(Answer::Ticket { ofd_code, .. })) => {
                (self.failures, self.trouble) = (0, None);
                PumpStep::Acknowledged {
                    document,
                    ofd_code,
                    ticket,
                }
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
        let wait = WAIT_FIRST.saturating_mul(1 << (self.failures - 1).min(4));
        self.not_before = now + wait.min(WAIT_MAX);
        self.trouble = Some(why);
    }
}
