//! Slots without addresses: emulated drives on real ptys are unplugged, plugged elsewhere and
//! exchanged.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::{
    io::{Read, Write},
    os::{fd::OwnedFd, unix::fs::symlink},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use emulator::drive::{Drive, Passport, Port, Server, Timing};
use fn_proto::{Answer, Failure, Request};
use links::{DriveAddress, DriveLink, Habits, LinkEvent, LinkTimeouts, PortRules, Ports};
use rustix::fs::{Mode, OFlags, open};
use serialport::{SerialPort, TTYPort};
use tempfile::TempDir;
use terms::DriveNumber;

/// Long enough for a loaded machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Quick, except that a port which does not answer is never tried again.
const HABITS: Habits = Habits {
    settle: Duration::from_millis(20),
    closed: Duration::from_millis(20),
    silent_first: Duration::from_secs(3600),
    silent_last: Duration::from_secs(3600),
    believed: Duration::from_millis(100),
    grace: Duration::from_millis(100),
    kept: Duration::from_secs(3600),
};

/// A folder in which names of ports appear and go.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn address(&self, name: &str) -> DriveAddress {
        let path = self.at(name);
        DriveAddress::Pty { path }
    }

    /// Slots 1 to `slots`; only names that begin with «fn» are allowed.
    fn ports(&self, slots: u8, fixed: Vec<DriveAddress>, homes: &[(u8, u8)]) -> Arc<Ports> {
        let homes = homes.iter().map(|(index, slot)| (number(*index), *slot));
        let rules = self.rules("pty:");
        Arc::new(Ports::new(rules, HABITS, 1..=slots, fixed, homes))
    }

    /// `kind`: what stands before the path.
    fn rules(&self, kind: &str) -> PortRules {
        let pattern = format!("{kind}{}", self.at("fn*").display());
        PortRules {
            allow: vec![pattern.parse().unwrap()],
            ..PortRules::default()
        }
    }

    fn plug(&self, name: &str, port: Port) -> Server {
        Server::on_pty(port, Some(&self.at(name))).unwrap()
    }

    /// A port behind which nobody answers; what is sent there can be read.
    fn plug_mute(&self, name: &str) -> Mute {
        let (mut master, slave) = TTYPort::pair().unwrap();
        let device = slave.name().unwrap();
        symlink(&device, self.at(name)).unwrap();
        master.set_timeout(Duration::from_millis(20)).unwrap();
        let held = open(device, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        // It has a lock, as if it were in use.
        drop(slave);
        Mute {
            master,
            _held: held,
        }
    }
}

struct Mute {
    master: TTYPort,
    /// Hosts come and go, the adapter stays.
    _held: OwnedFd,
}

impl Mute {
    /// What it has received so far.
    fn received(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let end = self.master.read_to_end(&mut bytes).unwrap_err();
        assert_eq!(end.kind(), std::io::ErrorKind::TimedOut);
        bytes
    }
}

/// A link and what it tells.
struct Slot {
    link: DriveLink,
    events: Receiver<LinkEvent>,
}

impl Slot {
    fn start(ports: &Arc<Ports>, slot: u8) -> Self {
        let (tell, events) = mpsc::channel();
        let timeouts = LinkTimeouts {
            reopen_first: Duration::from_millis(5),
            reopen_last: Duration::from_millis(20),
            ..LinkTimeouts::default()
        };
        let tell = move |event| {
            tell.send(event).ok();
        };
        let link = DriveLink::start_automatic(ports.clone(), slot, timeouts, tell).unwrap();
        Self { link, events }
    }

    fn next(&self) -> LinkEvent {
        self.events.recv_timeout(PATIENCE).unwrap()
    }

    /// Waits until the link has a drive.
    fn opened(&self) {
        while self.next() != LinkEvent::Opened {}
    }

    /// Waits until the link says why it has none.
    fn lost(&self, why: &str) {
        loop {
            if let LinkEvent::Lost { reason } = self.next()
                && reason.contains(why)
            {
                return;
            }
        }
    }

    fn drive(&self) -> DriveNumber {
        self.link.send(Request::Status);
        match self.next() {
            LinkEvent::Reply(Ok(Answer::Status(status))) => status.drive,
            event => panic!("no answer to 30h: {event:?}"),
        }
    }
}

fn number(index: u8) -> DriveNumber {
    format!("99990789020000{index:02}").parse().unwrap()
}

fn drive(index: u8) -> Port {
    let drive = Drive::in_memory(Passport::new(number(index)).unwrap()).unwrap();
    Port::new(drive, Timing::NONE)
}

#[test]
fn an_unplugged_drive_is_found_again_under_another_name() {
    let machine = Machine::new();
    let ports = machine.ports(1, Vec::new(), &[]);
    let slot = Slot::start(&ports, 1);
    slot.lost("no port that [ports] allows is free");
    assert_eq!(ports.port_of(1), None);
    let server = machine.plug("fn-a", drive(1));
    slot.opened();
    assert_eq!(slot.drive(), number(1));
    assert_eq!(ports.port_of(1), Some(machine.address("fn-a")));
    let port = server.stop().unwrap();
    slot.lost("");
    slot.link.send(Request::Status);
    let refused = |event: &_| matches!(event, LinkEvent::Reply(Err(Failure::LinkDown { .. })));
    while !refused(&slot.next()) {}
    let _server = machine.plug("fn-b", port);
    slot.opened();
    assert_eq!(slot.drive(), number(1));
    assert_eq!(ports.port_of(1), Some(machine.address("fn-b")));
}

#[test]
fn two_drives_that_exchange_their_ports_go_on_each_in_its_slot() {
    let machine = Machine::new();
    // The other way round than the names, so that home and not the order decides.
    let ports = machine.ports(2, Vec::new(), &[(1, 2), (2, 1)]);
    let servers = [("fn-a", 1), ("fn-b", 2)].map(|(name, index)| machine.plug(name, drive(index)));
    let slots = [1, 2].map(|slot| Slot::start(&ports, slot));
    slots.iter().for_each(Slot::opened);
    assert_eq!(slots.each_ref().map(Slot::drive), [number(2), number(1)]);
    let [first, second] = servers.map(|server| server.stop().unwrap());
    slots.iter().for_each(|slot| slot.lost(""));
    let _servers = [machine.plug("fn-b", first), machine.plug("fn-a", second)];
    slots.iter().for_each(Slot::opened);
    assert_eq!(slots.each_ref().map(Slot::drive), [number(2), number(1)]);
    let found = [1, 2].map(|slot| ports.port_of(slot));
    assert_eq!(
        found,
        ["fn-a", "fn-b"].map(|name| Some(machine.address(name)))
    );
}

#[test]
fn a_stranger_is_asked_once_and_what_is_not_allowed_or_fixed_not_at_all() {
    let machine = Machine::new();
    let mut mute = machine.plug_mute("fn-0-modem");
    let mut fixed = machine.plug_mute("fn-1-fixed");
    let mut forbidden = machine.plug_mute("modem");
    let ports = machine.ports(2, vec![machine.address("fn-1-fixed")], &[]);
    let slots = [1, 2].map(|slot| Slot::start(&ports, slot));
    let why = "fn-0-modem does not answer as a drive";
    slots.iter().for_each(|slot| slot.lost(why));
    // Both go on looking.
    let _first = machine.plug("fn-2", drive(1));
    slots[0].opened();
    let _second = machine.plug("fn-3", drive(2));
    slots[1].opened();
    assert_eq!(slots.each_ref().map(Slot::drive), [number(1), number(2)]);
    assert_eq!(mute.received(), Request::Status.encode());
    assert_eq!(fixed.received(), b"");
    assert_eq!(forbidden.received(), b"");
}

#[test]
fn a_port_in_use_is_not_disturbed_and_taken_once_it_is_free() {
    // Pseudo-terminals are locked, serial ports are marked as exclusive as well.
    for kind in ["pty:", ""] {
        let machine = Machine::new();
        let _server = machine.plug("fn-a", drive(1));
        let program = || Arc::new(Ports::new(machine.rules(kind), HABITS, [1], [], []));
        let they = Slot::start(&program(), 1);
        they.opened();
        let we = Slot::start(&program(), 1);
        we.lost("fn-a: it is busy");
        assert_eq!(they.drive(), number(1));
        drop(they);
        we.opened();
        assert_eq!(we.drive(), number(1));
    }
}

#[test]
fn a_drive_exchanged_behind_its_adapter_is_noticed_at_the_next_look() {
    let machine = Machine::new();
    let ports = machine.ports(1, Vec::new(), &[]);
    let mut adapter = machine.plug_mute("fn-a");
    let plugged = Arc::new(Mutex::new(drive(1)));
    let behind = plugged.clone();
    thread::spawn(move || {
        let mut buffer = [0; 256];
        loop {
            match adapter.master.read(&mut buffer) {
                Ok(count) => {
                    let answer = behind.lock().unwrap().exchange(&buffer[..count]);
                    adapter.master.write_all(&answer).unwrap();
                }
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::TimedOut),
            }
        }
    });
    let slot = Slot::start(&ports, 1);
    slot.opened();
    assert_eq!(slot.drive(), number(1));
    *plugged.lock().unwrap() = drive(2);
    slot.link.send(Request::Status);
    let LinkEvent::Reply(Err(Failure::LinkDown { reason })) = slot.next() else {
        panic!("the other drive's answer is not passed on");
    };
    let said = format!(
        "drive {} answers in place of drive {}",
        number(2),
        number(1)
    );
    assert!(reason.ends_with(&said), "{reason}");
    slot.opened();
    assert_eq!(slot.drive(), number(2), "it is the only slot");
}

#[test]
fn a_link_that_looks_for_its_drive_is_dropped_at_once() {
    let machine = Machine::new();
    let _mute = machine.plug_mute("fn-a");
    let ports = machine.ports(1, Vec::new(), &[]);
    let slot = Slot::start(&ports, 1);
    drop(slot.link);
    assert!(slot.events.iter().all(|event| event != LinkEvent::Opened));
}
