use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use desk::{
    DriveAddress, Setup, Sight, SlotAddress, SurveyedDrive, SurveyedPort, UsbDevice, survey_ports,
};
use serde_json::{Value, json};

use super::super::Outcome;
use crate::config::Config;

/// Show the serial ports of this machine and the drives behind them. Works beside a running server
/// and leaves its ports alone.
#[derive(Args)]
pub(crate) struct List {
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl List {
    pub(crate) fn run(&self) -> Outcome {
        let setup = Config::read(&self.config)?.setup()?;
        let ports = survey_ports(&setup);
        let sockets = sockets(&setup);
        if self.json {
            let ports = ports.iter().map(port_json);
            let sockets = sockets
                .iter()
                .map(|(slot, address)| socket_json(*slot, address));
            let all: Vec<Value> = ports.chain(sockets).collect();
            println!("{}", serde_json::to_string_pretty(&all)?);
        } else if ports.is_empty() && sockets.is_empty() {
            println!("no serial port is there, and the configuration names none");
        } else {
            println!("{}", table(&ports, &sockets));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Slots whose drives are reached over TCP. They are not asked: a serial server serves one host,
/// and a new connection may throw out the running server.
fn sockets(setup: &Setup) -> Vec<(u8, String)> {
    (1..)
        .zip(&setup.slots)
        .filter_map(|(slot, plan)| match &plan.address {
            SlotAddress::Fixed(address @ DriveAddress::Tcp(_)) => Some((slot, address.to_string())),
            _ => None,
        })
        .collect()
}

/// The most characters in a line of the table.
const WIDTH: u16 = 120;

const SOCKET: &str = "not asked: a connection might throw out a running server";

fn table(ports: &[SurveyedPort], sockets: &[(u8, String)]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(["port", "USB", "configuration", "drive"]);
    for port in ports {
        let usb = port.usb.as_ref().map_or_else(String::new, usb_text);
        let name = match &port.name {
            Some(name) => format!("{}\n{}", port.device.display(), name.display()),
            None => port.device.display().to_string(),
        };
        table.add_row([name, usb, place_text(port), sight_text(&port.sight)]);
    }
    for (slot, address) in sockets {
        let slot = format!("slot {slot}");
        table.add_row([address.as_str(), "", slot.as_str(), SOCKET]);
    }
    table
}

fn usb_text(usb: &UsbDevice) -> String {
    let serial = usb.serial.as_deref().unwrap_or("without serial number");
    format!(
        "{:04x}:{:04x} {} {serial}",
        usb.vendor, usb.product, usb.title
    )
}

fn place_text(port: &SurveyedPort) -> String {
    match (port.slot, port.is_allowed) {
        (Some(slot), _) => format!("slot {slot}"),
        (None, true) => "allowed".to_owned(),
        (None, false) => "not allowed".to_owned(),
    }
}

fn sight_text(sight: &Sight) -> String {
    match sight {
        Sight::Unopened => {
            "not opened: no pattern of [ports] allow fits it, and no slot names it".to_owned()
        }
        Sight::Trouble(trouble) => trouble.to_string(),
        Sight::Drive(drive) => drive_text(drive),
    }
}

fn drive_text(drive: &SurveyedDrive) -> String {
    let mut text = format!("drive {}", drive.number);
    if let Some(status) = &drive.status {
        text.push_str(&format!(
            "\n{}, last document {}",
            status.phase, status.last_document
        ));
        if let Some(time) = status.last_time {
            text.push_str(&format!(" of {time}"));
        }
    }
    if let Some(until) = drive.until {
        text.push_str(&format!("\nvalid until {until}"));
    }
    if let Some(version) = &drive.version {
        let debug = if drive.is_serial {
            ""
        } else {
            " (no legal force)"
        };
        text.push_str(&format!("\nversion {version}{debug}"));
    }
    text
}

fn port_json(port: &SurveyedPort) -> Value {
    let (drive, trouble) = match &port.sight {
        Sight::Unopened => (None, Some(("not_allowed", sight_text(&port.sight)))),
        Sight::Trouble(trouble) => (None, Some((trouble.code(), trouble.to_string()))),
        Sight::Drive(drive) => (Some(drive_json(drive)), None),
    };
    json!({
        "port": port.device,
        "name": port.name,
        "usb": port.usb.as_ref().map(|usb| json!({
            "vendor": format!("{:04x}", usb.vendor),
            "product": format!("{:04x}", usb.product),
            "title": usb.title,
            "serial": usb.serial,
        })),
        "allowed": port.is_allowed,
        "slot": port.slot,
        "drive": drive,
        "trouble": trouble.map(|(code, text)| json!({"code": code, "text": text})),
    })
}

fn socket_json(slot: u8, address: &str) -> Value {
    json!({
        "port": address,
        "name": null,
        "usb": null,
        "allowed": false,
        "slot": slot,
        "drive": null,
        "trouble": {"code": "not_asked", "text": SOCKET},
    })
}

fn drive_json(drive: &SurveyedDrive) -> Value {
    let status = drive.status.as_ref();
    json!({
        "fn_number": drive.number.to_string(),
        "emulated": !drive.is_serial,
        "phase": status.map(|status| status.phase.to_string()),
        "last_fd": status.map(|status| status.last_document.get()),
        "last_time": status.and_then(|status| status.last_time).map(|time| time.to_string()),
        "until": drive.until.map(|until| until.to_string()),
        "version": drive.version,
    })
}
