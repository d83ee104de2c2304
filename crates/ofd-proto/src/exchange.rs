use std::time::Duration;

use terms::{DocumentNumber, DriveNumber, FfdVersion};

use crate::{ContainerHeader, Decoder, ExchangeError, Message, PaddedNumber, Sender};

/// How long one exchange may take (ККТ–ОФД protocol §6; no official numbers are known).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExchangeTimeouts {
    /// For the connection; 10 s (GENERAL KNOWLEDGE).
    pub connect: Duration,
    /// From the document's first byte sent to the answer's last; 300 s, the drive's own wait for
    /// its ticket (ФН protocol §3.8).
    pub answer: Duration,
}

impl Default for ExchangeTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(300),
        }
    }
}

/// What happened on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// The connection stands.
    Connected,
    /// Bytes came.
    Bytes(&'a [u8]),
    /// The connection could not be made, or broke, for the reason that the system gave.
    Broken(&'a str),
    /// The peer closed the connection.
    Closed,
    /// The deadline may have passed.
    Tick,
}

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Close what is open and connect.
    Connect,
    /// Send these bytes.
    Send(Vec<u8>),
    /// Wait for the wire, until [`Exchange::deadline`].
    Wait,
    /// Done: the confirmation's container, for the drive's 26h. Keep the connection for the next
    /// document only if `reusable`.
    Answered {
        /// The ОФД's container.
        container: Vec<u8>,
        /// Whether nothing came after the answer.
        reusable: bool,
    },
    /// Done: the ОФД has answered the probe.
    Present {
        /// Whether nothing came after the answer.
        reusable: bool,
    },
    /// Done without a confirmation: close the connection; the document is sent again later.
    Failed(ExchangeError),
}

/// One document sent and its confirmation awaited: the client's side of ККТ–ОФД protocol §6.
///
/// It starts either on a connection that the last exchange left open or with none. A kept
/// connection may have been closed by the ОФД in the meantime, so it gets one more try on a new
/// one: sending a document twice is harmless, the ОФД knows it by its number.
///
/// `now` is any clock that does not go back, as time since some start.
#[derive(Clone, Debug)]
pub struct Exchange {
    request: Message,
    /// The document that is sent; none in a probe.
    document: Option<DocumentNumber>,
    timeouts: ExchangeTimeouts,
    state: State,
    decoder: Decoder,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Connecting { until: Duration },
    Awaiting { until: Duration, kept: bool },
    Done,
}

impl Exchange {
    /// Begins with `container`, as the drive gave it, on a kept connection (`connected`) or
    /// without.
    ///
    /// # Errors
    /// When the container is damaged or not of this drive.
    pub fn begin(
        version: FfdVersion,
        drive: DriveNumber,
        container: Vec<u8>,
        connected: bool,
        timeouts: ExchangeTimeouts,
        now: Duration,
    ) -> Result<(Self, Step), ExchangeError> {
        let header = ContainerHeader::decode(&container).map_err(ExchangeError::BadRequest)?;
        if header.drive != drive {
            return Err(ExchangeError::RequestOfOtherDrive {
                expected: drive,
                got: header.drive,
            });
        }
        let mut exchange = Self {
            request: Message::request(version, drive, container)?,
            document: Some(header.document),
            timeouts,
            state: State::Done,
            decoder: Decoder::default(),
        };
        let step = exchange.start(connected, now);
        Ok((exchange, step))
    }

    /// Asks whether the ОФД is there, without sending anything: it answers with a header alone.
    ///
    /// # Errors
    /// None in fact; the signature is that of its neighbour.
    pub fn probe(
        version: FfdVersion,
        drive: DriveNumber,
        connected: bool,
        timeouts: ExchangeTimeouts,
        now: Duration,
    ) -> Result<(Self, Step), ExchangeError> {
        let mut exchange = Self {
            request: Message::probe(version, drive)?,
            document: None,
            timeouts,
            state: State::Done,
            decoder: Decoder::default(),
        };
        let step = exchange.start(connected, now);
        Ok((exchange, step))
    }

    fn start(&mut self, connected: bool, now: Duration) -> Step {
        if connected {
            self.send(true, now)
        } else {
            self.connect(now)
        }
    }

    /// Takes one event and says what to do. After [`Step::Answered`], [`Step::Present`] and
    /// [`Step::Failed`] the exchange is over and answers [`Step::Wait`].
    pub fn handle(&mut self, event: Event<'_>, now: Duration) -> Step {
        match (self.state, event) {
            (State::Done, _) => Step::Wait,
            (State::Connecting { until } | State::Awaiting { until, .. }, Event::Tick)
                if now < until =>
            {
                Step::Wait
            }
            (State::Connecting { .. }, Event::Connected) => self.send(false, now),
            (State::Connecting { .. }, Event::Tick) => {
                self.fail(ExchangeError::ConnectTimeout(self.timeouts.connect))
            }
            (State::Connecting { .. }, Event::Broken(reason)) => {
                self.fail(ExchangeError::Unreachable(reason.to_owned()))
            }
            (State::Connecting { .. }, Event::Closed) => {
                self.fail(ExchangeError::Closed { received: 0 })
            }
            (State::Connecting { .. }, Event::Bytes(_)) => Step::Wait,
            (State::Awaiting { .. }, Event::Connected) => Step::Wait,
            (State::Awaiting { .. }, Event::Tick) => self.fail(ExchangeError::AnswerTimeout {
                waited: self.timeouts.answer,
                received: self.decoder.pending(),
            }),
            (State::Awaiting { kept: true, .. }, Event::Closed | Event::Broken(_))
                if self.decoder.pending() == 0 =>
            {
                self.connect(now)
            }
            (State::Awaiting { .. }, Event::Closed) => {
                let received = self.decoder.pending();
                self.fail(ExchangeError::Closed { received })
            }
            (State::Awaiting { .. }, Event::Broken(reason)) => {
                self.fail(ExchangeError::Unreachable(reason.to_owned()))
            }
            (State::Awaiting { .. }, Event::Bytes(bytes)) => self.receive(bytes),
        }
    }

    /// When to come back with [`Event::Tick`], if nothing happens before; none when it is over.
    pub fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Connecting { until } | State::Awaiting { until, .. } => Some(until),
            State::Done => None,
        }
    }

    fn connect(&mut self, now: Duration) -> Step {
        self.state = State::Connecting {
            until: now + self.timeouts.connect,
        };
        Step::Connect
    }

    fn send(&mut self, kept: bool, now: Duration) -> Step {
        self.state = State::Awaiting {
            until: now + self.timeouts.answer,
            kept,
        };
        Step::Send(self.request.encode())
    }

    fn receive(&mut self, bytes: &[u8]) -> Step {
        self.decoder.push(bytes);
        let answer = match self.decoder.next_message() {
            Ok(None) => return Step::Wait,
            Ok(Some(answer)) => answer,
            Err(error) => return self.fail(error.into()),
        };
        let reusable = self.decoder.pending() == 0;
        let step = self.belongs(&answer).and_then(|()| {
            Ok(match self.document {
                None => Step::Present { reusable },
                Some(document) => Step::Answered {
                    container: self.confirmation(document, answer)?,
                    reusable,
                },
            })
        });
        match step {
            Ok(step) => {
                self.state = State::Done;
                step
            }
            Err(error) => self.fail(error),
        }
    }

    /// Whether the answer repeats the request's version and drive; its signature and session
    /// version the decoder has seen.
    fn belongs(&self, answer: &Message) -> Result<(), ExchangeError> {
        let (asked, got) = (&self.request.header, &answer.header);
        if asked.protocol != got.protocol {
            return Err(ExchangeError::OtherVersion {
                expected: asked.protocol.0,
                got: got.protocol.0,
            });
        }
        self.is_for_us(got.drive)
    }

    fn is_for_us(&self, got: PaddedNumber) -> Result<(), ExchangeError> {
        let expected = self.request.header.drive;
        if got == expected {
            Ok(())
        } else {
            Err(ExchangeError::OtherDrive { expected, got })
        }
    }

    /// The container of an answer that confirms `document`.
    fn confirmation(
        &self,
        document: DocumentNumber,
        answer: Message,
    ) -> Result<Vec<u8>, ExchangeError> {
        let container = answer.container().ok_or(ExchangeError::NoConfirmation)?;
        let header = ContainerHeader::decode(container).map_err(ExchangeError::BadConfirmation)?;
        if header.sender != Sender::Ofd {
            return Err(ExchangeError::NotAConfirmation(header.sender));
        }
        self.is_for_us(header.drive)?;
        if header.document != document {
            return Err(ExchangeError::OtherDocument {
                expected: document,
                got: header.document,
            });
        }
        Ok(answer.body)
    }

    fn fail(&mut self, error: ExchangeError) -> Step {
        self.state = State::Done;
        Step::Failed(error)
    }
}
