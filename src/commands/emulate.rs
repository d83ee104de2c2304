use std::{
    error::Error,
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Subcommand};
use emulator::{
    drive::{self, DumpedDocument, Durability, Fault, Passport, Place, Port, Server, Timing},
    ofd::{OfdEmulator, OfdFaults, OfdSettings},
};
use terms::{DriveNumber, Inn};

use super::{Outcome, runtime, serve::stop_asked};

/// Run an emulated drive or ОФД, or look into an emulated drive's archive. Nothing that comes from
/// them has legal force.
#[derive(Subcommand)]
pub(crate) enum Emulate {
    /// An emulated drive, until it is told to stop.
    Drive(EmulateDrive),
    /// An emulated ОФД, until it is told to stop.
    Ofd {
        /// Where it listens; port 0 takes a free one.
        #[arg(long)]
        listen: SocketAddr,
        /// Its log, a JSON line for each document; also its memory.
        #[arg(long)]
        log: PathBuf,
        /// Its ИНН: that of the ОФД in the server's configuration.
        #[arg(long, default_value = "7704211201")]
        inn: Inn,
        /// What to do wrong, such as `code=14`, `messages=04h`, `silent` or `close-after-answer`;
        /// may be given several times.
        #[arg(long)]
        fault: Vec<String>,
    },
    /// Print the archive of an emulated drive, a line for each document.
    Dump {
        /// The drive's state file.
        state: PathBuf,
        /// Print JSON lines.
        #[arg(long)]
        json: bool,
    },
}

/// An emulated drive, until it is told to stop.
#[derive(Args)]
pub(crate) struct EmulateDrive {
    /// Its memory; made when it is not there.
    #[arg(long)]
    state: PathBuf,
    /// The number of a new drive, 16 digits beginning with 9999. Made of the file's path when left
    /// out; a drive that exists has its number already.
    #[arg(long)]
    number: Option<DriveNumber>,
    /// Serve on a TCP address.
    #[arg(long, conflicts_with = "pty", required_unless_present = "pty")]
    tcp: Option<SocketAddr>,
    /// Serve on a pseudo-terminal, with a symbolic link to it at this path.
    #[arg(long)]
    pty: Option<PathBuf>,
    /// `real`: take the time that a real drive takes; `none`: as fast as it goes.
    #[arg(long, default_value = "real")]
    timing: Timing,
    /// How to fail, such as `drop-answer:16h:every=7`; may be given several times.
    #[arg(long)]
    fault: Vec<Fault>,
    /// Do not wait for the disk: a power cut may lose documents, a killed process does not.
    #[arg(long)]
    lazy: bool,
}

impl Emulate {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Drive(drive) => drive.run(),
            Self::Ofd {
                listen,
                log,
                inn,
                fault,
            } => {
                let with = |faults: OfdFaults, text: &String| faults.with(text);
                let faults = fault.iter().try_fold(OfdFaults::default(), with)?;
                let settings = OfdSettings {
                    listen,
                    log,
                    inn,
                    faults,
                };
                let ofd = OfdEmulator::start(settings)?;
                println!("emulated ОФД on tcp:{}", ofd.address());
                runtime()?.block_on(stop_asked());
                ofd.stop();
                Ok(ExitCode::SUCCESS)
            }
            Self::Dump { state, json } => {
                for document in drive::dump(&state)? {
                    let document = document?;
                    println!(
                        "{}",
                        if json {
                            json_line(&document)
                        } else {
                            text_line(&document)
                        }
                    );
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl EmulateDrive {
    fn run(self) -> Outcome {
        let durability = if self.lazy {
            Durability::Lazy
        } else {
            Durability::Synced
        };
        let number = self.number()?;
        let drive = drive::Drive::open(&self.state, Passport::new(number)?, durability)?;
        let port = Port::new(drive, self.timing);
        for fault in self.fault {
            port.faults().add(fault);
        }
        let server = match (self.tcp, &self.pty) {
            (Some(address), _) => Server::on_tcp(port, address)?,
            (None, link) => Server::on_pty(port, link.as_deref())?,
        };
        match server.place() {
            Place::Pty { device, link } => {
                let path = link.as_ref().unwrap_or(device);
                println!("emulated drive {number} on pty:{}", path.display());
            }
            Place::Tcp(address) => println!("emulated drive {number} on tcp:{address}"),
        }
        runtime()?.block_on(stop_asked());
        server.stop();
        Ok(ExitCode::SUCCESS)
    }

    fn number(&self) -> Result<DriveNumber, Box<dyn Error>> {
        if let Some(number) = self.number {
            return Ok(number);
        }
        if self.state.exists() {
            return Ok(drive::dump(&self.state)?.drive());
        }
        let mut hasher = DefaultHasher::new();
        std::path::absolute(&self.state)?.hash(&mut hasher);
        Ok(format!("9999{:012}", hasher.finish() % 1_000_000_000_000).parse()?)
    }
}

fn text_line(document: &DumpedDocument) -> String {
    let archived = &document.archived;
    format!(
        "ФД {} {} {} ФПД {} ticket {}",
        archived.document.number,
        archived.kind,
        archived.time,
        archived.document.sign,
        if document.ticket.is_some() {
            "yes"
        } else {
            "no"
        }
    )
}

fn json_line(document: &DumpedDocument) -> String {
    let archived = &document.archived;
    let total = match archived.details {
        fn_proto::ArchivedDetails::Receipt { total, .. } => Some(total.get()),
        _ => None,
    };
    serde_json::json!({
        "fd": archived.document.number.get(),
        "type": archived.kind.code(),
        "kind": archived.kind.to_string(),
        "time": archived.time.to_string(),
        "fiscal_sign": archived.document.sign.0,
        "shift": document.shift.get(),
        "receipt": document.receipt.get(),
        "total": total,
        "ticket": document.ticket.is_some(),
        "tlv": document.tlv.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    })
    .to_string()
}
