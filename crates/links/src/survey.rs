use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use fn_proto::{Answer, Request, Session, Status, Timeouts};
use serialport::SerialPortType;
use terms::{DriveNumber, LocalDate};

use crate::{
    DriveAddress, PortRules, PortTrouble, Tap,
    exchange::{Interrupted, exchange, identify},
    scan,
    wire::Wire,
};

/// Where the system lists its terminals; the library takes it for granted.
const TERMINALS: &str = "/sys/class/tty";

/// A port of this machine, and what is behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SurveyedPort {
    /// The device.
    pub device: PathBuf,
    /// The other name by which the configuration reaches it: that of a slot, or an allowed one.
    pub name: Option<PathBuf>,
    /// How the configuration reaches it, if it may.
    pub address: Option<DriveAddress>,
    /// What the port is a part of, where it is USB.
    pub usb: Option<UsbDevice>,
    /// Whether automatic slots may open it.
    pub is_allowed: bool,
    /// The slot that has it as its fixed address.
    pub slot: Option<u8>,
    /// What is behind it.
    pub sight: Sight,
}

/// What a USB port says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UsbDevice {
    /// idVendor.
    pub vendor: u16,
    /// idProduct.
    pub product: u16,
    /// Manufacturer and product in words, where the device names them.
    pub title: String,
    /// Its serial number.
    pub serial: Option<String>,
}

/// What is behind a port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sight {
    /// Nobody looked: the configuration does not allow it.
    Unopened,
    /// No drive could be seen.
    Trouble(PortTrouble),
    /// A drive.
    Drive(Box<SurveyedDrive>),
}

/// What a drive says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SurveyedDrive {
    /// Its number.
    pub number: DriveNumber,
    /// 30h; none when it refuses that.
    pub status: Option<Status>,
    /// 33h: the firmware's version.
    pub version: Option<String>,
    /// 33h: whether it is a serial drive, and not a debug or emulated one.
    pub is_serial: bool,
    /// 32h: the last day of its life; none before registration on some drives.
    pub until: Option<LocalDate>,
}

/// Looks at every serial port of this machine, at what the rules allow and at the ports of slots
/// with fixed addresses; opens those that rules or slots name, and asks who is there (30h, 33h,
/// 32h). Ports in use are not disturbed.
///
/// It takes as long as the slowest port; one that does not answer is given twice
/// [`Timeouts::status`].
pub fn survey(
    rules: &PortRules,
    fixed: &[(u8, DriveAddress)],
    timeouts: Timeouts,
) -> Vec<SurveyedPort> {
    let mut places: BTreeMap<PathBuf, Place> = BTreeMap::new();
    for (device, usb) in machine_ports() {
        places.entry(device).or_default().usb = usb;
    }
    for port in scan::allowed(rules) {
        let place = places.entry(port.device).or_default();
        place.address = Some(port.address);
        place.is_allowed = true;
    }
    for (slot, address) in fixed {
        let Some(path) = path_of(address) else {
            continue;
        };
        let device = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let place = places.entry(device).or_default();
        place.address = Some(address.clone());
        place.slot = Some(*slot);
    }
    thread::scope(|scope| {
        let looks: Vec<_> = places
            .into_iter()
            .map(|(device, place)| {
                let look = move || place.look_behind(timeouts);
                (device, scope.spawn(look))
            })
            .collect();
        looks
            .into_iter()
            .filter_map(|(device, look)| Some((device, look.join().ok()?)))
            .map(|(device, (place, sight))| place.surveyed(device, sight))
            .collect()
    })
}

/// A port before anybody has looked behind it.
#[derive(Default)]
struct Place {
    usb: Option<UsbDevice>,
    /// How the configuration reaches it.
    address: Option<DriveAddress>,
    is_allowed: bool,
    slot: Option<u8>,
}

impl Place {
    fn look_behind(self, timeouts: Timeouts) -> (Self, Sight) {
        let sight = match &self.address {
            None => Sight::Unopened,
            Some(address) => match look(address, timeouts) {
                Ok(drive) => Sight::Drive(Box::new(drive)),
                Err(trouble) => Sight::Trouble(trouble),
            },
        };
        (self, sight)
    }

    fn surveyed(self, device: PathBuf, sight: Sight) -> SurveyedPort {
        let name = self.address.as_ref().and_then(path_of);
        let name = name.filter(|name| *name != device).map(Path::to_owned);
        SurveyedPort {
            name,
            device,
            address: self.address,
            usb: self.usb,
            is_allowed: self.is_allowed,
            slot: self.slot,
            sight,
        }
    }
}

fn look(address: &DriveAddress, timeouts: Timeouts) -> Result<SurveyedDrive, PortTrouble> {
    let mut wire = Wire::open_unused(address)?;
    let (mut session, clock) = (Session::new(timeouts), Instant::now());
    let go_on = || Ok::<(), Infallible>(());
    let lost = |why| match why {
        Interrupted::Wire(error) => PortTrouble::Lost(std::io::Error::to_string(&error)),
        Interrupted::Asked(never) => match never {},
    };
    let number = identify(&mut wire, &mut session, clock, go_on)
        .map_err(lost)?
        .ok_or(PortTrouble::Silent)?;
    let mut drive = SurveyedDrive {
        number,
        status: None,
        version: None,
        is_serial: false,
        until: None,
    };
    for request in [Request::Status, Request::Version, Request::Expiry] {
        let outcome = exchange(
            (&mut wire, &Tap::default()),
            &mut session,
            clock,
            request,
            go_on,
        )
        .map_err(lost)?;
        match outcome {
            Ok(Answer::Status(status)) => drive.status = Some(status),
            Ok(Answer::Version { text, serial }) => {
                drive.version = Some(text);
                drive.is_serial = serial;
            }
            Ok(Answer::Expiry { until, .. }) => drive.until = Some(until),
            // What a drive does not tell stays unknown.
            _ => {}
        }
    }
    Ok(drive)
}

/// The serial ports that the system knows.
fn machine_ports() -> Vec<(PathBuf, Option<UsbDevice>)> {
    if !Path::new(TERMINALS).is_dir() {
        return Vec::new();
    }
    let ports = serialport::available_ports().unwrap_or_default();
    ports
        .into_iter()
        .map(|port| {
            let usb = match port.port_type {
                SerialPortType::UsbPort(usb) => {
                    let words = [usb.manufacturer, usb.product].into_iter().flatten();
                    Some(UsbDevice {
                        vendor: usb.vid,
                        product: usb.pid,
                        title: words.collect::<Vec<_>>().join(" "),
                        serial: usb.serial_number,
                    })
                }
                _ => None,
            };
            (PathBuf::from(port.port_name), usb)
        })
        .collect()
}

fn path_of(address: &DriveAddress) -> Option<&Path> {
    match address {
        DriveAddress::Serial { path, .. } | DriveAddress::Pty { path } => Some(path),
        DriveAddress::Tcp(_) => None,
    }
}
