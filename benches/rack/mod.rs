//! Emulated drives and an emulated ОФД, a desk on them, and what drives have to do.

mod load;
mod need;
pub(crate) mod rate;
pub(crate) mod takeover;

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use desk::{Desk, DriveAddress, Limits, ReceiptState, RegistrationOrder, Setup, SlotId, SlotState};
use emulator::{
    drive::{Drive, Durability, Faults, Passport, Place, Port, Server, Timing},
    ofd::{OfdEmulator, OfdFaults, OfdSettings},
};
use terms::{DriveNumber, Id, Rnm};

use crate::provider::{self, Outcome};

pub(crate) use load::{Kind, Load};
pub(crate) use need::Need;

const LOOK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);

/// Emulated drives, every other one behind TCP, the rest behind ptys; and an emulated ОФД.
pub(crate) struct Rig {
    folder: tempfile::TempDir,
    drives: Vec<Option<Server>>,
    addresses: Vec<DriveAddress>,
    faults: Vec<Faults>,
    ofd: OfdEmulator,
}

impl Rig {
    pub(crate) fn start(count: usize, timing: &Timing) -> Outcome<Self> {
        let folder = provider::folder("cassette")?;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let ofd = OfdEmulator::start(OfdSettings {
            listen: any,
            log: folder.path().join("ofd.jsonl"),
            inn: provider::OFD_INN.parse()?,
            faults: OfdFaults::default(),
        })?;
        let mut rig = Self {
            folder,
            drives: Vec::new(),
            addresses: Vec::new(),
            faults: Vec::new(),
            ofd,
        };
        for index in 0..count {
            let state = rig.folder.path().join(format!("drive-{index}.state"));
            let drive = Drive::open(&state, Passport::new(number(index)?)?, Durability::Lazy)?;
            let port = Port::new(drive, timing.clone());
            rig.faults.push(port.faults());
            let server = if index.is_multiple_of(2) {
                Server::on_tcp(port, any)?
            } else {
                Server::on_pty(port, None)?
            };
            rig.addresses.push(match server.place() {
                Place::Tcp(address) => tcp(*address),
                Place::Pty { device, .. } => DriveAddress::Pty {
                    path: device.clone(),
                },
            });
            rig.drives.push(Some(server));
        }
        Ok(rig)
    }

    /// The wires to the drives, in the order of the slots.
    pub(crate) fn addresses(&self) -> Vec<DriveAddress> {
        self.addresses.clone()
    }

    /// Where the ОФД listens.
    pub(crate) fn ofd(&self) -> SocketAddr {
        self.ofd.address()
    }

    /// Where the journal lives.
    pub(crate) fn journal(&self) -> std::path::PathBuf {
        self.folder.path().join("journal")
    }

    /// The knobs of a drive.
    pub(crate) fn faults(&self, index: usize) -> Outcome<&Faults> {
        Ok(self.faults.get(index).ok_or("no such drive")?)
    }

    /// Takes a drive away, wire and all.
    pub(crate) fn pull(&mut self, index: usize) {
        if let Some(drive) = self.drives.get_mut(index).and_then(Option::take) {
            drive.stop();
        }
    }

    /// A setup on these drives.
    pub(crate) fn setup(&self, folder: &Path, addresses: Vec<DriveAddress>) -> Outcome<Setup> {
        let limits = Limits {
            // As it is after some minutes of work: a ticket between two receipts.
            backlog_max: 1,
            ..Limits::default()
        };
        provider::setup(folder, addresses, self.ofd().into(), limits)
    }

    /// Opens the desk on drives that are new, and registers them.
    pub(crate) async fn desk(&self, setup: Setup) -> Outcome<Desk> {
        let count = setup.slots.len();
        let desk = Desk::open(setup)?;
        let end = Instant::now() + PATIENCE;
        while !unregistered(&desk, count).await? {
            if Instant::now() >= end {
                return Err("the drives do not come up".into());
            }
            tokio::time::sleep(LOOK).await;
        }
        for slot in (1..).map(SlotId).take(count) {
            let serial = format!("KASSETTE{:04}", slot.0);
            let inn = desk.setup().organisation.inn;
            let rnm = Rnm::compose(u64::from(slot.0), inn, &serial)?;
            desk.register(slot, &RegistrationOrder { serial, rnm }, None)
                .await?;
        }
        Ok(desk)
    }

    pub(crate) fn stop(self) {
        for drive in self.drives.into_iter().flatten() {
            drive.stop();
        }
        self.ofd.stop();
    }
}

/// The number of the drive with this index.
pub(crate) fn number(index: usize) -> Outcome<DriveNumber> {
    Ok(format!("99990789020000{index:02}").parse()?)
}

pub(crate) fn tcp(address: SocketAddr) -> DriveAddress {
    DriveAddress::Tcp(address.into())
}

async fn unregistered(desk: &Desk, count: usize) -> Outcome<bool> {
    let slots = desk.cassette().await?.slots;
    let ready = |slot: &&desk::SlotView| slot.state == SlotState::Unregistered;
    Ok(slots.iter().filter(ready).count() == count)
}

/// Waits until all these receipts are in the state that is wanted.
pub(crate) async fn until_settled(desk: &Desk, receipts: &[Id], wanted: ReceiptState) -> Outcome {
    let end = Instant::now() + PATIENCE;
    for receipt in receipts {
        while desk.receipt(*receipt)?.map(|receipt| receipt.state) != Some(wanted) {
            if Instant::now() >= end {
                return Err(format!("receipt {receipt} is not {}", wanted.name()).into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}
