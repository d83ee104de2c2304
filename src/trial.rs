//! Emulated drives and an emulated ОФД in this process: for the demo, and for those who try the
//! panel before they have a drive.

use std::{error::Error, fs, net::SocketAddr, path::Path};

use desk::{DriveAddress, SlotAddress};
use emulator::{
    drive::{Drive, Durability, Passport, Port, Server, Timing},
    ofd::{OfdEmulator, OfdFaults, OfdSettings},
};
use terms::DriveNumber;

use crate::config::{Config, SlotTable};

/// ИНН of the emulated ОФД.
pub(crate) const OFD_INN: &str = "7704211201";

/// What a configuration with a table `[trial]` runs besides the server.
pub(crate) struct Trial {
    drives: Vec<Server>,
    ofd: OfdEmulator,
}

/// An emulated ОФД whose log is in `data`.
///
/// # Errors
/// When the address cannot be listened on, or the log cannot be written.
pub(crate) fn ofd(listen: SocketAddr, data: &Path) -> Result<OfdEmulator, Box<dyn Error>> {
    Ok(OfdEmulator::start(OfdSettings {
        listen,
        log: data.join("ofd.jsonl"),
        inn: OFD_INN.parse()?,
        faults: OfdFaults::default(),
    })?)
}

/// An emulated drive, the `index`th, whose memory is in `data`.
///
/// # Errors
/// When its memory cannot be read.
pub(crate) fn drive(
    index: usize,
    data: &Path,
    timing: &Timing,
) -> Result<(DriveNumber, Port), Box<dyn Error>> {
    let number: DriveNumber = format!("99990789020000{index:02}").parse()?;
    let state = data.join(format!("drive-{index}.state"));
    let drive = Drive::open(&state, Passport::new(number)?, Durability::Lazy)?;
    Ok((number, Port::new(drive, timing.clone())))
}

impl Trial {
    /// Starts what the configuration wants, if it has a table `[trial]`: a drive at each slot, and
    /// the ОФД at its address.
    ///
    /// # Errors
    /// When a slot is no pseudo-terminal, or something cannot be started.
    pub(crate) fn start(config: &Config) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(table) = &config.trial else {
            return Ok(None);
        };
        let data = &table.folder;
        fs::create_dir_all(data)?;
        let address = config.ofd.first().map(|ofd| ofd.address.to_string());
        let address: SocketAddr = address.unwrap_or_default().parse().map_err(|_| {
            "[trial]: the address of the [[ofd]] is that of the emulated one: write 127.0.0.1:7777"
        })?;
        let slots = (1..).zip(&config.slots);
        let drives = slots.map(|(index, slot)| serve(index, slot, data));
        Ok(Some(Self {
            drives: drives.collect::<Result<_, _>>()?,
            ofd: ofd(address, data)?,
        }))
    }

    /// Stops the drives and the ОФД.
    pub(crate) fn stop(self) {
        for server in self.drives {
            server.stop();
        }
        self.ofd.stop();
    }
}

fn serve(index: usize, slot: &SlotTable, data: &Path) -> Result<Server, Box<dyn Error>> {
    let SlotAddress::Fixed(DriveAddress::Pty { path: link }) = &slot.address else {
        return Err(format!("[trial]: slot {index} has no address pty:/…").into());
    };
    let (_, port) = drive(index, data, &Timing::NONE)?;
    Ok(Server::on_pty(port, Some(link))?)
}
