//! The emulated drives and ОФД of the demo, on real wires in this process.

use std::{error::Error, net::SocketAddr, path::Path};

use emulator::{
    drive::{Place, Server, Timing},
    ofd::OfdEmulator,
};
use terms::DriveNumber;

use crate::{
    config::{Config, Http},
    trial::{self, OFD_INN},
};

const DRIVES: usize = 4;

/// Four drives, two over ptys and two over TCP, and an ОФД.
pub(super) struct Rack {
    drives: Vec<(DriveNumber, Server)>,
    ofd: OfdEmulator,
}

impl Rack {
    /// Starts all of it with its memory in `data`.
    pub(super) fn start(data: &Path, timing: &Timing) -> Result<Self, Box<dyn Error>> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let ofd = trial::ofd(any, data)?;
        let mut drives = Vec::new();
        for index in 1..=DRIVES {
            let (number, port) = trial::drive(index, data, timing)?;
            let server = if index <= DRIVES / 2 {
                Server::on_pty(port, Some(&data.join(format!("drive-{index}"))))?
            } else {
                Server::on_tcp(port, any)?
            };
            drives.push((number, server));
        }
        Ok(Self { drives, ofd })
    }

    /// The drives, in the order of the slots.
    pub(super) fn numbers(&self) -> impl Iterator<Item = DriveNumber> {
        self.drives.iter().map(|(number, _)| *number)
    }

    /// The configuration of a sample provider with this rack; also written into `data`, for use by
    /// hand.
    pub(super) fn config(&self, data: &Path, listen: SocketAddr) -> Result<Config, Box<dyn Error>> {
        let plain_http = Http::for_trial(listen).plain_http;
        let mut text = format!(
            "[http]\nlisten = \"{listen}\"\nplain_http = \"{plain_http}\"\n\n[journal]\nfolder = {:?}\n\n{ORGANISATION}\n\
             [[ofd]]\ninn = \"{OFD_INN}\"\nname = \"ЭМУЛЯТОР ОФД\"\naddress = \"{}\"\n",
            data.join("journal"),
            self.ofd.address(),
        );
        for (_, server) in &self.drives {
            let address = match server.place() {
                Place::Pty { device, link } => {
                    format!("pty:{}", link.as_ref().unwrap_or(device).display())
                }
                Place::Tcp(address) => format!("tcp:{address}"),
            };
            text.push_str(&format!("\n[[slot]]\naddress = {address:?}\n"));
        }
        std::fs::write(data.join("kassette.toml"), &text)?;
        Ok(Config::parse(&text)?)
    }

    /// Stops the drives and the ОФД.
    pub(super) fn stop(self) {
        for (_, server) in self.drives {
            server.stop();
        }
        self.ofd.stop();
    }
}

const ORGANISATION: &str = r#"[organisation]
inn = "7802781104"
name = "ООО «Образцовый провайдер»"
sno = [1]
address = "190000, Санкт-Петербург, Образцовая ул., 1"
place = "Центр обслуживания абонентов"
site = "example.ru"
sender_email = "chek@example.ru"
cashier = "Система"
utc_offset = "+03:00"

[receipts]
advance = "pool"

[service_level]
fiscalized_p95_seconds = 5
acknowledged_p95_seconds = 300
availability_percent = "99.9"
"#;
