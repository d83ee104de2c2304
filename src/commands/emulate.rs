use std::{
    error::Error,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
};

use clap::{Args, Subcommand, ValueEnum};
use emulator::{
    drive::{
        self, Archive, DumpedDocument, Durability, Fault, Generation, Passport, Place, Port,
        Server, Timing,
    },
    ofd::{OfdEmulator, OfdFaults, OfdSettings},
};
use terms::{DriveNumber, FfdVersion, Inn, LocalDateTime};

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
    /// What a new drive is like.
    #[command(flatten)]
    make: Make,
    /// Give the drive a timer of its own, which shows this time now and goes SPEED times as fast
    /// as this machine: 2026-11-22T09:00 or 2026-11-22T09:00x60. Without it the drive believes the
    /// host's times.
    #[arg(long, value_name = "TIME[xSPEED]")]
    timer: Option<StartAndSpeed>,
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

/// What a new drive is made with; a drive that exists keeps what it was made with.
#[derive(Args)]
struct Make {
    /// FN-1 knows FFD 1.05 only; FN-1.2 knows 1.05, 1.1 and 1.2.
    #[arg(long, value_enum, default_value_t = Kind::Fn12)]
    generation: Kind,
    /// How many documents fit in its archive.
    #[arg(long)]
    documents: Option<u32>,
    /// How many days it lives from its registration.
    #[arg(long)]
    days: Option<u16>,
    /// The size of its store of documents without ticket, kilobytes.
    #[arg(long)]
    store_kilobytes: Option<u32>,
    /// How many lines a receipt may have in FFD 1.1 and 1.2.
    #[arg(long)]
    items: Option<u16>,
    /// Put this archive into it: a file with the bytes of answers to 40h in hex, an empty line
    /// between them, `#` before comments.
    #[arg(long)]
    archive: Option<PathBuf>,
    /// The version of the format of that archive: 1.05, 1.1 or 1.2.
    #[arg(long, default_value = "1.05", value_parser = read_ffd)]
    archive_ffd: FfdVersion,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Fn1,
    #[value(name = "fn1.2")]
    Fn12,
}

#[derive(Clone, Copy)]
struct StartAndSpeed {
    start: LocalDateTime,
    speed: u32,
}

impl FromStr for StartAndSpeed {
    type Err = Box<dyn Error + Send + Sync>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (start, speed) = text.split_once('x').unwrap_or((text, "1"));
        Ok(Self {
            start: start.parse()?,
            speed: speed.parse()?,
        })
    }
}

fn read_ffd(text: &str) -> Result<FfdVersion, String> {
    let mut versions = FfdVersion::ALL.iter().copied();
    versions
        .find(|version| version.title() == text)
        .ok_or_else(|| "write 1.05, 1.1 or 1.2".to_owned())
}

impl Make {
    fn passport(&self, number: DriveNumber) -> Result<Passport, Box<dyn Error>> {
        let mut passport = Passport::new(number)?;
        passport.generation = match self.generation {
            Kind::Fn1 => Generation::Fn1,
            Kind::Fn12 => Generation::Fn12,
        };
        passport.document_limit = self.documents.unwrap_or(passport.document_limit);
        passport.life_days = self.days.unwrap_or(passport.life_days);
        passport.store_kilobytes = self.store_kilobytes.unwrap_or(passport.store_kilobytes);
        passport.item_limit = self.items.unwrap_or(passport.item_limit);
        Ok(passport)
    }

    fn archive(&self) -> Result<Option<Archive>, Box<dyn Error>> {
        let Some(path) = &self.archive else {
            return Ok(None);
        };
        let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Some(Archive::read(self.archive_ffd, &text)?))
    }
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
        let archive = self.make.archive()?.filter(|_| !self.state.exists());
        let passport = self.make.passport(number)?;
        let mut drive = drive::Drive::open(&self.state, passport, durability)?;
        if let Some(archive) = archive {
            // A drive with half an archive would be taken for a whole one at the next start.
            drive
                .load(&archive)
                .inspect_err(|_| drop(fs::remove_file(&self.state)))?;
        }
        if let Some(StartAndSpeed { start, speed }) = self.timer {
            drive = drive.with_timer(drive::running_timer(start, speed));
        }
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
