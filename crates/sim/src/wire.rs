//! Wires: sessions of the host at one end, drives at the other, and what happens in between.

use std::{collections::VecDeque, time::Duration};

use cassette::{Event, SlotId};
use fn_proto::{AnswerCode, Failure, Outcome, Request, Session, Step, Timeouts, encode_answer};

use crate::{Breakage, WireFault, World, world::What};

/// The longest silence inside a frame that a drive bears.
const GAP: Duration = Duration::from_millis(50);
const REOPEN_FIRST: Duration = Duration::from_millis(100);
const REOPEN_LAST: Duration = Duration::from_secs(2);

/// A socket of the rack, its cable, and the drive in it.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) drive: Option<usize>,
    /// The cable is plugged in.
    pub(crate) up: bool,
    /// Grows when cable or drive are plugged anew: bytes of before are lost.
    pub(crate) plug: u32,
    /// When the last byte arrives: bytes keep their order.
    to_drive: Duration,
    to_host: Duration,
    /// Told to the cassette until then.
    told_until: Duration,
}

/// The host's end.
#[derive(Debug)]
pub(crate) struct Host {
    open: Option<Open>,
    pause: Duration,
    /// The loss was told.
    told: bool,
    opening: bool,
    /// Grows with each opening.
    line: u32,
}

#[derive(Debug)]
struct Open {
    session: Session,
    running: Option<Request>,
    waiting: VecDeque<Request>,
}

/// A command on its way to the drive.
#[derive(Debug)]
pub(crate) struct Frame {
    wire: usize,
    plug: u32,
    line: u32,
    bytes: Vec<u8>,
    fault: Option<WireFault>,
    /// When the host gives up.
    deadline: Duration,
}

impl Wire {
    pub(crate) const fn with(drive: Option<usize>) -> Self {
        Self {
            drive,
            up: true,
            plug: 0,
            to_drive: Duration::ZERO,
            to_host: Duration::ZERO,
            told_until: Duration::ZERO,
        }
    }

    /// The host has gone.
    pub(crate) const fn hang_up(&mut self) {
        self.told_until = Duration::ZERO;
    }
}

impl Host {
    pub(crate) const fn closed() -> Self {
        Self {
            open: None,
            pause: REOPEN_FIRST,
            told: false,
            opening: false,
            line: 0,
        }
    }
}

impl World {
    fn host(&mut self, wire: usize) -> Option<&mut Host> {
        self.life.as_mut().map(|life| &mut life.hosts[wire])
    }

    /// Tells the cassette what a link has to tell, in its order.
    fn tell_from(&mut self, wire: usize, event: Event) {
        let after = self.chance.millis(0, 1);
        let it = &mut self.wires[wire];
        it.told_until = it.told_until.max(self.now + after);
        let after = it.told_until - self.now;
        self.at(after, What::Tell(self.generation, event));
    }

    fn reply(&mut self, wire: usize, outcome: Outcome) {
        self.tell_from(wire, Event::Reply(slot(wire), outcome));
    }

    fn refuse(&mut self, wire: usize, count: usize) {
        for _ in 0..count {
            let reason = "the wire is closed".to_owned();
            self.reply(wire, Err(Failure::LinkDown { reason }));
        }
    }

    /// Carries out the cassette's wish.
    pub(crate) fn send(&mut self, wire: usize, request: Request) {
        self.note(|| format!("wire {wire} <- {}", request.name()));
        if self.shape.breakage == Some(Breakage::FinishRepeated) {
            self.remember(wire, &request);
        }
        match self.host(wire).and_then(|host| host.open.as_mut()) {
            Some(open) => {
                open.waiting.push_back(request);
                self.begin(wire);
            }
            None => self.refuse(wire, 1),
        }
    }

    fn remember(&mut self, wire: usize, request: &Request) {
        let Some(life) = &mut self.life else { return };
        let commands = &mut life.commands[wire];
        match request {
            Request::BeginReceipt(_) | Request::BeginCorrection(_) => {
                *commands = vec![request.clone()];
            }
            Request::PassData(_) | Request::FormReceipt { .. } => commands.push(request.clone()),
            _ => commands.clear(),
        }
    }

    /// Begins the next command, if none runs.
    fn begin(&mut self, wire: usize) {
        let now = self.now;
        let Some(open) = self.host(wire).and_then(|host| host.open.as_mut()) else {
            return;
        };
        if open.running.is_some() {
            return;
        }
        let Some(request) = open.waiting.pop_front() else {
            return;
        };
        let bytes = open.session.begin(request.clone(), now);
        let finishing = request.is_finishing();
        open.running = Some(request);
        self.transmit(wire, bytes, finishing);
        self.arm(wire);
    }

    fn arm(&mut self, wire: usize) {
        let now = self.now;
        let Some(host) = self.host(wire) else { return };
        let line = host.line;
        let deadline = host.open.as_ref().and_then(|open| open.session.deadline());
        if let Some(deadline) = deadline {
            self.at(deadline.saturating_sub(now), What::Deadline { wire, line });
        }
    }

    fn transmit(&mut self, wire: usize, bytes: Vec<u8>, finishing: bool) {
        self.frames += 1;
        let fault = self.draw_fault(finishing);
        let Some(host) = self.host(wire) else { return };
        let line = host.line;
        let deadline = host.open.as_ref().and_then(|open| open.session.deadline());
        let latency = self.chance.millis(0, 3);
        let it = &mut self.wires[wire];
        it.to_drive = it.to_drive.max(self.now + latency);
        let after = it.to_drive - self.now;
        let frame = Frame {
            wire,
            plug: it.plug,
            line,
            bytes,
            fault,
            deadline: deadline.unwrap_or(self.now),
        };
        self.at(after, What::Frame(frame));
    }

    fn draw_fault(&mut self, finishing: bool) -> Option<WireFault> {
        use WireFault::{Fails, FailsAfterForming, RefusesData};
        let fits = |fault: WireFault| {
            finishing || !matches!(fault, Fails | FailsAfterForming | RefusesData)
        };
        if let Some((frame, fault)) = self.forced {
            let struck = frame == self.frames && fits(fault);
            return struck.then_some(fault);
        }
        if !self.faulty {
            return None;
        }
        for (fault, per_mille) in self.shape.plan.wire.clone() {
            // Finishing commands are few, and the ones that matter.
            let weight = if finishing { 6 } else { 1 };
            if fits(fault) && self.chance.happens(per_mille * weight) {
                return Some(fault);
            }
        }
        None
    }

    /// A command arrives at the drive.
    pub(crate) fn frame(&mut self, mut frame: Frame) {
        // If the process dies here, its bytes are on the wire all the same.
        self.step();
        let (wire, fault) = (frame.wire, frame.fault);
        let mut bytes = std::mem::take(&mut frame.bytes);
        if let Some(fault) = fault {
            self.note(|| format!("wire {wire}: {}", fault.name()));
            self.counts.note(fault.name());
        }
        let socket = &self.wires[wire];
        let Some(place) = socket
            .drive
            .filter(|_| socket.up && socket.plug == frame.plug)
        else {
            return;
        };
        match fault {
            Some(WireFault::RequestLost) => return,
            Some(WireFault::RequestCut) => {
                let keep = 1 + self.chance.place(bytes.len() - 1);
                bytes.truncate(keep);
            }
            Some(WireFault::RequestNoise) => self.spoil(&mut bytes),
            Some(WireFault::UnpluggedBefore) => return self.unplug_for_a_while(wire),
            Some(WireFault::PowerLost) => return self.drives[place].lose_power(),
            _ => {}
        }
        let now = self.now;
        let drive = &mut self.drives[place];
        if drive.dead {
            return;
        }
        if now >= drive.heard + GAP {
            drive.port.silence();
        }
        drive.heard = now;
        let answers = match fault {
            Some(WireFault::Fails | WireFault::RefusesData) => {
                let code = match fault {
                    Some(WireFault::Fails) => AnswerCode::DRIVE_FAILURE,
                    _ => AnswerCode::BAD_ATTRIBUTE,
                };
                let answer = encode_answer(code, false, Vec::new());
                vec![(answer, Duration::from_millis(20))]
            }
            fault => {
                let fails = fault == Some(WireFault::FailsAfterForming);
                let said = drive.port.feed(&bytes).into_iter();
                said.map(|answer| match fails {
                    true => {
                        let code = AnswerCode::CRYPTO_FAILURE;
                        (encode_answer(code, false, Vec::new()), answer.after)
                    }
                    false => (answer.bytes, answer.after),
                })
                .collect()
            }
        };
        self.answer(&frame, place, fault, answers);
    }

    fn answer(
        &mut self,
        frame: &Frame,
        place: usize,
        fault: Option<WireFault>,
        answers: Vec<(Vec<u8>, Duration)>,
    ) {
        match fault {
            Some(WireFault::UnpluggedAfter) => return self.unplug_for_a_while(frame.wire),
            Some(WireFault::PowerLostAfter) => return self.drives[place].lose_power(),
            Some(WireFault::AnswerLost) => return,
            _ => {}
        }
        for (mut bytes, mut after) in answers {
            match fault {
                Some(WireFault::AnswerCut) => {
                    let keep = self.chance.place(bytes.len());
                    bytes.truncate(keep);
                }
                Some(WireFault::AnswerNoise) => self.spoil(&mut bytes),
                Some(WireFault::AnswerBehindNoise) => {
                    let count = 1 + self.chance.place(4);
                    let noise = (0..count).map(|_| self.chance.one_of(&[0, 4, 5, 0xFF, 0x55]));
                    bytes = noise.chain(bytes).collect();
                }
                Some(WireFault::AnswerLate) => {
                    let late = self.chance.millis(0, 400);
                    after = frame.deadline.saturating_sub(self.now) + late;
                }
                _ => {}
            }
            if fault == Some(WireFault::AnswerInPieces) && bytes.len() > 1 {
                let first = 1 + self.chance.place(bytes.len() - 1);
                let rest = bytes.split_off(first);
                let gap = self.chance.millis(40, 200);
                self.speak(frame, bytes, after);
                self.speak(frame, rest, after + gap);
                continue;
            }
            if fault == Some(WireFault::AnswerDoubled) {
                self.speak(frame, bytes.clone(), after);
            }
            self.speak(frame, bytes, after);
        }
    }

    fn speak(&mut self, frame: &Frame, bytes: Vec<u8>, after: Duration) {
        let it = &mut self.wires[frame.wire];
        it.to_host = it.to_host.max(self.now + after);
        let after = it.to_host - self.now;
        let what = What::Bytes {
            wire: frame.wire,
            plug: frame.plug,
            line: frame.line,
            bytes,
        };
        self.at(after, what);
    }

    fn spoil(&mut self, bytes: &mut [u8]) {
        let place = self.chance.place(bytes.len());
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << self.chance.below(8);
        }
    }

    /// Bytes arrive at the host.
    pub(crate) fn bytes(&mut self, wire: usize, plug: u32, line: u32, bytes: &[u8]) {
        if self.step() || self.wires[wire].plug != plug || !self.wires[wire].up {
            return;
        }
        let serial = self.shape.serial;
        let Some(host) = self.host(wire) else { return };
        if host.line == line || serial {
            self.hear(wire, bytes);
        }
    }

    pub(crate) fn deadline(&mut self, wire: usize, line: u32) {
        if self.host(wire).is_some_and(|host| host.line == line) {
            self.hear(wire, &[]);
        }
    }

    fn hear(&mut self, wire: usize, bytes: &[u8]) {
        let now = self.now;
        let Some(open) = self.host(wire).and_then(|host| host.open.as_mut()) else {
            return;
        };
        if open.running.is_none() {
            return;
        }
        let due = open
            .session
            .deadline()
            .is_some_and(|deadline| now >= deadline);
        if bytes.is_empty() && !due {
            return;
        }
        match open.session.on_bytes(now, bytes) {
            Step::Wait => self.arm(wire),
            Step::Write(bytes) => {
                self.transmit(wire, bytes.to_vec(), false);
                self.arm(wire);
            }
            Step::Done(outcome) => {
                let request = open.running.take();
                self.done(wire, request, outcome);
                self.begin(wire);
            }
        }
    }

    fn done(&mut self, wire: usize, request: Option<Request>, outcome: Outcome) {
        let finishing = request.is_some_and(|request| request.is_finishing());
        let unknown = matches!(
            outcome,
            Err(Failure::Silent { .. } | Failure::Garbled { .. })
        );
        let broken = self.shape.breakage == Some(Breakage::FinishRepeated);
        let Some(life) = &mut self.life else { return };
        if broken && finishing && unknown && !life.commands[wire].is_empty() {
            // What no shell may do.
            life.repeats[wire] = std::mem::take(&mut life.commands[wire]);
        }
        if let Some(open) = life.hosts[wire].open.as_mut()
            && !life.repeats[wire].is_empty()
        {
            let next = life.repeats[wire].remove(0);
            open.waiting.push_front(next);
            return;
        }
        self.reply(wire, outcome);
    }

    /// The host tries to open the wire.
    pub(crate) fn open_wire(&mut self, wire: usize) {
        let up = self.wires[wire].up;
        let generation = self.generation;
        let Some(host) = self.host(wire) else { return };
        host.opening = false;
        if host.open.is_some() {
            return;
        }
        if up {
            host.line += 1;
            (host.told, host.pause) = (false, REOPEN_FIRST);
            host.open = Some(Open {
                session: Session::new(Timeouts::default()),
                running: None,
                waiting: VecDeque::new(),
            });
            return self.tell_from(wire, Event::LinkOpened(slot(wire)));
        }
        let tells = !std::mem::replace(&mut host.told, true);
        let pause = host.pause;
        host.pause = (2 * pause).min(REOPEN_LAST);
        host.opening = true;
        self.at(pause, What::OpenWire { wire, generation });
        if tells {
            let why = "it cannot be opened".to_owned();
            self.tell_from(wire, Event::LinkLost(slot(wire), why));
        }
    }

    /// Ends what runs; says whether the wire was open.
    fn close_wire(&mut self, wire: usize) -> bool {
        let Some(open) = self.host(wire).and_then(|host| host.open.take()) else {
            return false;
        };
        self.refuse(
            wire,
            usize::from(open.running.is_some()) + open.waiting.len(),
        );
        true
    }

    /// Carries out the cassette's wish.
    pub(crate) fn reopen(&mut self, wire: usize) {
        self.note(|| format!("wire {wire} reopens"));
        self.close_wire(wire);
        let generation = self.generation;
        let Some(host) = self.host(wire) else { return };
        (host.told, host.pause) = (false, REOPEN_FIRST);
        if !host.opening {
            host.opening = true;
            let after = self.chance.millis(1, 10);
            self.at(after, What::OpenWire { wire, generation });
        }
    }

    /// The cable is pulled.
    pub fn unplug(&mut self, wire: usize) {
        self.note(|| format!("wire {wire} is unplugged"));
        let it = &mut self.wires[wire];
        it.up = false;
        it.plug += 1;
        (it.to_drive, it.to_host) = (self.now, self.now);
        if self.close_wire(wire) {
            let generation = self.generation;
            if let Some(host) = self.host(wire) {
                host.told = true;
            }
            let why = "it was unplugged".to_owned();
            self.tell_from(wire, Event::LinkLost(slot(wire), why));
            self.at(REOPEN_FIRST, What::OpenWire { wire, generation });
        }
    }

    fn unplug_for_a_while(&mut self, wire: usize) {
        self.unplug(wire);
        let after = self.chance.millis(50, 20_000);
        self.at(after, What::Plug(wire));
    }

    /// The cable is plugged in again.
    pub fn plug(&mut self, wire: usize) {
        self.wires[wire].up = true;
    }

    /// Puts another drive, or none, in a socket, without the wire noticing.
    pub(crate) fn put(&mut self, wire: usize, drive: Option<usize>) {
        self.note(|| format!("drive {drive:?} is put in socket {wire}"));
        let it = &mut self.wires[wire];
        it.drive = drive;
        it.plug += 1;
        (it.to_drive, it.to_host) = (self.now, self.now);
        if let Some(drive) = drive {
            self.drives[drive].port.silence();
        }
    }
}

const fn slot(wire: usize) -> SlotId {
    SlotId(wire as u8 + 1)
}
