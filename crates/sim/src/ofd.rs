//! The exchange with the ОФД: the product's machine at one end, the emulated operator at the other.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use cassette::{Event, Token};
use emulator::ofd::{OfdFaults, Operator, Received};
use ffd::UnixTime;
use ofd_proto::{Decoder, Event as WireEvent, Exchange, ExchangeTimeouts, Message, Step};
use terms::{DriveNumber, FfdVersion, Inn};

use crate::{Breakage, OfdFault, World, world::What};

/// The ОФД and the connections to it.
#[derive(Debug)]
pub(crate) struct Ofd {
    operator: Operator,
    connections: BTreeMap<u32, Connection>,
    last_connection: u32,
    /// It is away until then.
    pub(crate) away_until: Duration,
}

#[derive(Debug, Default)]
struct Connection {
    decoder: Decoder,
    closed: bool,
    /// Bytes came that nobody asked for.
    stray: bool,
    /// When the last byte arrives at the host.
    to_host: Duration,
}

/// What the host keeps for one drive.
#[derive(Debug, Default)]
pub(crate) struct OfdLink {
    waiting: VecDeque<(Token, FfdVersion, Vec<u8>)>,
    running: Option<Running>,
    kept: Option<u32>,
}

#[derive(Debug)]
struct Running {
    number: u64,
    token: Token,
    exchange: Exchange,
    connection: Option<u32>,
    fault: Option<OfdFault>,
}

/// What happens on the way.
#[derive(Debug)]
pub(crate) enum OfdWhat {
    /// At the host, for one exchange.
    Host {
        generation: u32,
        drive: DriveNumber,
        number: u64,
        connection: u32,
        happened: Happened,
    },
    /// At the ОФД.
    Server {
        connection: u32,
        bytes: Vec<u8>,
        fault: Option<OfdFault>,
        from: (u32, DriveNumber, u64),
    },
}

#[derive(Debug)]
pub(crate) enum Happened {
    Connected,
    Bytes(Vec<u8>),
    Broken,
    Closed,
    Tick,
}

impl Ofd {
    pub(crate) fn new(inn: Inn, utc: impl Fn() -> u32 + Send + Sync + 'static) -> Self {
        Self {
            operator: Operator::in_memory(inn, move || UnixTime(utc())),
            connections: BTreeMap::new(),
            last_connection: 0,
            away_until: Duration::ZERO,
        }
    }

    pub(crate) fn received(&self) -> &[Received] {
        self.operator.received()
    }
}

impl World {
    /// What the ОФД got, in order.
    pub fn received(&self) -> &[Received] {
        self.ofd.received()
    }

    /// The ОФД is away for so long.
    pub fn send_ofd_away(&mut self, time: Duration) {
        self.ofd.away_until = self.now + time;
    }

    /// Carries out the cassette's wish.
    pub(crate) fn send_to_ofd(
        &mut self,
        token: Token,
        drive: DriveNumber,
        ffd: FfdVersion,
        container: Vec<u8>,
    ) {
        let Some(life) = &mut self.life else { return };
        let link = life.ofd.entry(drive).or_default();
        link.waiting.push_back((token, ffd, container));
        self.next_exchange(drive);
    }

    fn next_exchange(&mut self, drive: DriveNumber) {
        let now = self.now;
        let Some(life) = &mut self.life else { return };
        let link = life.ofd.entry(drive).or_default();
        if link.running.is_some() {
            return;
        }
        let Some((token, ffd, container)) = link.waiting.pop_front() else {
            return;
        };
        let usable = |kept: &u32| {
            let connection = self.ofd.connections.get(kept);
            connection.is_some_and(|it| !it.stray)
        };
        let kept = link.kept.take().filter(usable);
        let timeouts = ExchangeTimeouts::default();
        match Exchange::begin(ffd, drive, container, kept.is_some(), timeouts, now) {
            Ok((exchange, step)) => {
                self.exchanges += 1;
                let number = self.exchanges;
                let fault = self.draw_ofd_fault();
                let running = Running {
                    number,
                    token,
                    exchange,
                    connection: kept,
                    fault,
                };
                if let Some(life) = &mut self.life {
                    life.ofd.entry(drive).or_default().running = Some(running);
                }
                self.take_step(drive, step);
            }
            Err(error) => {
                self.answered(token, Err(error.to_string()));
                self.next_exchange(drive);
            }
        }
    }

    fn draw_ofd_fault(&mut self) -> Option<OfdFault> {
        let mut fault = None;
        if let Some((number, forced)) = self.forced_ofd {
            fault = (number == self.exchanges).then_some(forced);
        } else if self.faulty {
            for (one, per_mille) in self.shape.plan.ofd.clone() {
                if fault.is_none() && self.chance.happens(per_mille) {
                    fault = Some(one);
                }
            }
        }
        if let Some(fault) = fault {
            self.counts.note(fault.name());
            self.note(|| fault.name().to_owned());
        }
        fault
    }

    fn answered(&mut self, token: Token, answer: Result<Vec<u8>, String>) {
        let after = self.chance.millis(0, 2);
        let event = Event::OfdAnswered(token, answer);
        self.at(after, What::Tell(self.generation, event));
    }

    fn running(&mut self, drive: DriveNumber) -> Option<&mut Running> {
        let life = self.life.as_mut()?;
        life.ofd.get_mut(&drive)?.running.as_mut()
    }

    fn send_to_host(&mut self, drive: DriveNumber, after: Duration, happened: Happened) {
        let generation = self.generation;
        let Some(running) = self.running(drive) else {
            return;
        };
        let (number, connection) = (running.number, running.connection.unwrap_or_default());
        let what = OfdWhat::Host {
            generation,
            drive,
            number,
            connection,
            happened,
        };
        self.at(after, What::Ofd(what));
    }

    /// Does what the machine wants.
    fn take_step(&mut self, drive: DriveNumber, step: Step) {
        let now = self.now;
        let latency = self.chance.millis(5, 80);
        let generation = self.generation;
        let is_away = now < self.ofd.away_until;
        let Some(running) = self.running(drive) else {
            return;
        };
        let (number, token, fault) = (running.number, running.token, running.fault);
        let deadline = running.exchange.deadline();
        match step {
            Step::Connect => {
                self.ofd.last_connection += 1;
                let connection = self.ofd.last_connection;
                self.ofd
                    .connections
                    .insert(connection, Connection::default());
                if let Some(running) = self.running(drive) {
                    running.connection = Some(connection);
                }
                match fault {
                    Some(OfdFault::Unreachable) => {}
                    Some(OfdFault::Refuses) => self.send_to_host(drive, latency, Happened::Broken),
                    _ if is_away => self.send_to_host(drive, latency, Happened::Broken),
                    _ => self.send_to_host(drive, latency, Happened::Connected),
                }
            }
            Step::Send(bytes) => {
                let connection = running.connection.unwrap_or_default();
                let what = OfdWhat::Server {
                    connection,
                    bytes,
                    fault,
                    from: (generation, drive, number),
                };
                self.at(latency, What::Ofd(what));
            }
            Step::Wait => {}
            // Nobody asks here whether the ОФД is there.
            Step::Present { reusable } => return self.end_exchange(drive, reusable),
            Step::Answered {
                container,
                reusable,
            } => {
                if self.shape.breakage == Some(Breakage::AcknowledgedEarly) {
                    self.acknowledge_early(drive, &container);
                }
                self.end_exchange(drive, reusable);
                self.answered(token, Ok(container));
                return self.next_exchange(drive);
            }
            Step::Failed(error) => {
                self.end_exchange(drive, false);
                self.answered(token, Err(error.to_string()));
                return self.next_exchange(drive);
            }
        }
        if let Some(deadline) = deadline {
            self.send_to_host(drive, deadline.saturating_sub(now), Happened::Tick);
        }
    }

    fn end_exchange(&mut self, drive: DriveNumber, reusable: bool) {
        let Some(life) = &mut self.life else { return };
        let link = life.ofd.entry(drive).or_default();
        let Some(running) = link.running.take() else {
            return;
        };
        if reusable {
            link.kept = running.connection;
        } else if let Some(connection) = running.connection {
            self.ofd.connections.remove(&connection);
        }
    }

    /// Carries out the cassette's wish: nothing is left to send.
    pub(crate) fn hang_up(&mut self, drive: DriveNumber) {
        let Some(life) = &mut self.life else { return };
        let kept = life.ofd.get_mut(&drive).and_then(|link| link.kept.take());
        if let Some(connection) = kept {
            self.ofd.connections.remove(&connection);
        }
    }

    /// What no shell may do: it stores a ticket that the drive has not taken yet.
    fn acknowledge_early(&mut self, drive: DriveNumber, container: &[u8]) {
        let Ok(header) = ofd_proto::ContainerHeader::decode(container) else {
            return;
        };
        let Some(life) = &self.life else { return };
        let record = cassette::Record::Acknowledged {
            drive,
            number: header.document,
            answer: terms::OfdAnswer {
                code: Some(terms::OfdCode::ACCEPTED),
                ..terms::OfdAnswer::default()
            },
            ticket: container.to_vec(),
        };
        life.writer.store(record, Box::new(|_| {}));
        self.plan_write();
    }

    pub(crate) fn ofd_happens(&mut self, what: OfdWhat) {
        if self.step() {
            return;
        }
        match what {
            OfdWhat::Host {
                generation,
                drive,
                number,
                connection,
                happened,
            } => {
                if self.lives(generation) {
                    self.at_host(drive, number, connection, &happened);
                }
            }
            OfdWhat::Server {
                connection,
                bytes,
                fault,
                from,
            } => self.at_server(connection, &bytes, fault, from),
        }
    }

    fn at_host(&mut self, drive: DriveNumber, number: u64, connection: u32, happened: &Happened) {
        let now = self.now;
        let awaited = self.running(drive).is_some_and(|running| {
            // What comes on a kept connection comes to whoever uses it now.
            let same = running.number == number || matches!(happened, Happened::Bytes(_));
            same && running.connection.unwrap_or_default() == connection
        });
        if !awaited {
            if let (Happened::Bytes(_), Some(it)) =
                (happened, self.ofd.connections.get_mut(&connection))
            {
                it.stray = true;
            }
            return;
        }
        let Some(running) = self.running(drive) else {
            return;
        };
        let event = match happened {
            Happened::Connected => WireEvent::Connected,
            Happened::Bytes(bytes) => WireEvent::Bytes(bytes),
            Happened::Broken => WireEvent::Broken("connection refused"),
            Happened::Closed => WireEvent::Closed,
            Happened::Tick => WireEvent::Tick,
        };
        let step = running.exchange.handle(event, now);
        if step != Step::Wait {
            self.take_step(drive, step);
        }
    }

    fn at_server(
        &mut self,
        connection: u32,
        bytes: &[u8],
        fault: Option<OfdFault>,
        (generation, drive, number): (u32, DriveNumber, u64),
    ) {
        let is_away = self.now < self.ofd.away_until;
        let latency = self.chance.millis(5, 80);
        let Some(it) = self.ofd.connections.get_mut(&connection) else {
            return;
        };
        let mut to_host = Vec::new();
        if it.closed || is_away || fault == Some(OfdFault::Closes) {
            it.closed = true;
            to_host.push((latency, Happened::Closed));
        } else {
            it.decoder.push(bytes);
            while let Ok(Some(message)) = it.decoder.next_message() {
                let faults = OfdFaults {
                    other_document: fault == Some(OfdFault::OtherDocument),
                    code: (fault == Some(OfdFault::RefusesDocument))
                        .then_some(terms::OfdCode::FORMAT_REFUSED),
                    ..OfdFaults::default()
                };
                let received = self.ofd.operator.receive(&message, &faults);
                let container = received.expect("a log in memory does not fail");
                let answer = Message::answer(&message.header, container).expect("it fits");
                let bytes = answer.encode();
                match fault {
                    Some(OfdFault::Silent) => {}
                    Some(OfdFault::ClosesInMidMessage) => {
                        let half = bytes[..bytes.len() / 2].to_vec();
                        to_host.push((latency, Happened::Bytes(half)));
                        to_host.push((latency, Happened::Closed));
                        it.closed = true;
                    }
                    Some(OfdFault::Slow) => {
                        let slow = self.chance.millis(1_000, 400_000);
                        to_host.push((slow, Happened::Bytes(bytes)));
                    }
                    Some(OfdFault::Doubled) => {
                        to_host.push((latency, Happened::Bytes(bytes.clone())));
                        let later = latency + self.chance.millis(0, 200);
                        to_host.push((later, Happened::Bytes(bytes)));
                    }
                    _ => to_host.push((latency, Happened::Bytes(bytes))),
                }
                it.closed |= fault == Some(OfdFault::ClosesIdle);
            }
        }
        for (after, happened) in to_host {
            let Some(it) = self.ofd.connections.get_mut(&connection) else {
                return;
            };
            it.to_host = it.to_host.max(self.now + after);
            let after = it.to_host - self.now;
            let what = OfdWhat::Host {
                generation,
                drive,
                number,
                connection,
                happened,
            };
            self.at(after, What::Ofd(what));
        }
    }
}
