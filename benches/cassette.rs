//! How busy the cassette keeps its drives: receipts per second of N emulated drives, beside N times
//! what one drive can do at all, in the same run.
//!
//! The bound of one drive is the time of exactly those exchanges that a receipt and its ticket need
//! (15h, 07h, 16h, 22h, 23h, 25h, 26h), by the emulator's own [`Timing`] and with the bytes of real
//! exchanges, recorded on a wire first; what the host needs between an answer and the next command
//! counts as nothing. Aim: 0.95 of N times the bound.

mod provider;
mod tap;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use clap::Parser;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use desk::{
    Channel, Desk, DriveAddress, Event, EventKind, Limits, NewOperation, Part, PartKind, Payment,
    ReceiptState, RegistrationOrder, SlotId, SlotState, Submitted,
};
use emulator::{
    drive::{Drive, Durability, Passport, Place, Port, Server, Timing},
    ofd::{OfdEmulator, OfdFaults, OfdSettings},
};
use fn_proto::Request;
use terms::{DriveNumber, Id, Kopecks, LocalDate, Rnm};

use provider::Outcome;
use tap::{Exchange, Tap};

/// How many receipts tell what one needs.
const SAMPLE: usize = 30;
const LOOK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);
/// Documents before the first receipt: the registration and the opening of the shift.
const REPORTS: usize = 2;
const AIM: f64 = 0.95;

#[derive(Parser)]
struct Options {
    /// How many drives, one run for each number.
    #[arg(long, value_delimiter = ',', default_value = "1,4,8")]
    drives: Vec<usize>,
    /// How long the drives are watched, seconds.
    #[arg(long, default_value_t = 18.0)]
    secs: f64,
    /// Drives that think in no time: only their lines take time, so that the gaps between
    /// exchanges weigh four times as much.
    #[arg(long)]
    line_only: bool,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn timing(&self) -> Timing {
        if self.line_only {
            return Timing {
                line_speed: Timing::REAL.line_speed,
                ..Timing::NONE
            };
        }
        Timing::REAL
    }
}

fn main() -> Outcome {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Outcome {
    let timing = options.timing();
    let need = need(&record().await?, &timing)?;
    let bound = 1.0 / need.as_secs_f64();
    println!(
        "one receipt and its ticket take {:.1} ms of a drive: at most {bound:.2} receipts/s",
        need.as_secs_f64() * 1e3
    );
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "drives",
        "receipts/s",
        "N × bound",
        "ratio",
        "slowest drive",
        "aim",
    ]);
    for drives in &options.drives {
        // Enough that the queue does not run dry.
        let receipts = (options.secs * bound * 1.5) as usize * drives + 10 * drives;
        let rates = work(*drives, &timing, receipts, options.secs).await?;
        let (sum, slowest) = (
            rates.iter().sum::<f64>(),
            rates.iter().copied().reduce(f64::min),
        );
        let limit = bound * *drives as f64;
        let ratio = sum / limit;
        table.add_row([
            drives.to_string(),
            format!("{sum:.2}"),
            format!("{limit:.2}"),
            format!("{ratio:.3}"),
            format!("{:.3}", slowest.unwrap_or(f64::NAN) / bound),
            if ratio >= AIM { "reached" } else { "missed" }.to_owned(),
        ]);
    }
    println!("{table}");
    Ok(())
}

/// Lets one drive form receipts in no time, and returns what went over its wire.
async fn record() -> Outcome<Vec<Exchange>> {
    let rig = Rig::start(1, &Timing::NONE)?;
    let Some(Place::Tcp(address)) = rig.drives.first().map(|drive| drive.place().clone()) else {
        return Err("the first drive is not behind TCP".into());
    };
    let tap = Tap::start(address)?;
    let desk = rig.desk(vec![tcp(tap.address)]).await?;
    let receipts = submit(&desk, SAMPLE).await?;
    until_settled(&desk, &receipts, ReceiptState::Acknowledged).await?;
    desk.close().await;
    rig.stop();
    Ok(tap.exchanges())
}

/// How long a drive of this timing needs for a receipt and its ticket, on average.
fn need(exchanges: &[Exchange], timing: &Timing) -> Outcome<Duration> {
    let time = |exchange: &Exchange| timing.exchange_time(&exchange.request, exchange.answer_len);
    let first = exchanges
        .iter()
        .position(|exchange| matches!(exchange.request, Request::BeginReceipt(_)))
        .ok_or("no receipt was begun")?;
    let forming: Duration = exchanges[first..]
        .iter()
        .filter(|exchange| {
            matches!(
                exchange.request,
                Request::BeginReceipt(_) | Request::PassData(_) | Request::FormReceipt { .. }
            )
        })
        .map(time)
        .sum();
    let mut passed = 0;
    let mut sending = Duration::ZERO;
    for exchange in exchanges {
        let is_last = match exchange.request {
            Request::PassTicket(_) => true,
            Request::BeginMessage | Request::ReadMessage { .. } | Request::FinishMessage => false,
            _ => continue,
        };
        if (REPORTS..REPORTS + SAMPLE).contains(&passed) {
            sending += time(exchange);
        }
        passed += usize::from(is_last);
    }
    if passed != REPORTS + SAMPLE {
        return Err(format!("{passed} tickets for {SAMPLE} receipts").into());
    }
    Ok((forming + sending) / u32::try_from(SAMPLE)?)
}

/// Receipts per second of each drive while all have enough to do.
async fn work(drives: usize, timing: &Timing, receipts: usize, secs: f64) -> Outcome<Vec<f64>> {
    let rig = Rig::start(drives, timing)?;
    let desk = rig.desk(rig.addresses()).await?;
    let receipts = submit(&desk, receipts).await?;
    tokio::time::sleep(Duration::from_secs_f64(secs)).await;
    let left = desk.cassette().await?.waiting;
    let mut tickets: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for receipt in receipts {
        let document = desk.receipt(receipt)?.and_then(|receipt| receipt.document);
        if let Some((drive, at)) = document.and_then(|it| Some((it.drive, it.acknowledged_at?))) {
            tickets.entry(drive).or_default().push(at);
        }
    }
    desk.close().await;
    rig.stop();
    if left < drives {
        return Err("the queue ran dry: the drives were not kept busy to the end".into());
    }
    if tickets.len() != drives {
        return Err(format!("only {} of {drives} drives worked", tickets.len()).into());
    }
    Ok(tickets.into_values().map(rate).collect())
}

/// How many a second came, from the first moment to the last.
fn rate(mut moments: Vec<i64>) -> f64 {
    moments.sort_unstable();
    match &moments[..] {
        [first, .., last] => (moments.len() - 1) as f64 * 1e3 / (last - first) as f64,
        _ => f64::NAN,
    }
}

/// Submits payments of as many accounts, and returns their receipts.
async fn submit(desk: &Desk, count: usize) -> Outcome<Vec<Id>> {
    provider::open_accounts(desk, count).await?;
    let date: LocalDate = desk.clock().local().date();
    let payment = |index: usize| -> Outcome<NewOperation> {
        let key = format!("payment-{index}");
        let payment = Payment {
            account: Some(provider::account(index).parse()?),
            parts: vec![Part {
                kind: PartKind::Cashless,
                // Sums of all lengths that are usual.
                amount: Kopecks::new(10_000 + 1_777 * (index as i64 % 100))?,
            }],
            channel: Channel::BankRegistry,
            explicit: Vec::new(),
            purpose_period: None,
        };
        let event = Event {
            id: key.clone(),
            date,
            kind: EventKind::Payment(payment),
        };
        let body = format!("{{\"payment\":{index}}}");
        Ok(NewOperation { key, body, event })
    };
    let operations = (0..count).map(payment).collect::<Outcome<Vec<_>>>()?;
    let mut receipts = Vec::new();
    for submitted in desk.submit(operations, None).await? {
        match submitted {
            Submitted::Accepted { receipts: new, .. } => receipts.extend(new),
            other => return Err(format!("an operation was not accepted: {other:?}").into()),
        }
    }
    Ok(receipts)
}

async fn until_settled(desk: &Desk, receipts: &[Id], wanted: ReceiptState) -> Outcome {
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

/// Emulated drives, every other one behind TCP, the rest behind ptys; and an emulated ОФД.
struct Rig {
    folder: tempfile::TempDir,
    drives: Vec<Server>,
    ofd: OfdEmulator,
}

impl Rig {
    fn start(count: usize, timing: &Timing) -> Outcome<Self> {
        let folder = provider::folder("cassette")?;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let ofd = OfdEmulator::start(OfdSettings {
            listen: any,
            log: folder.path().join("ofd.jsonl"),
            inn: provider::OFD_INN.parse()?,
            faults: OfdFaults::default(),
        })?;
        let drive = |index: usize| -> Outcome<Server> {
            let number: DriveNumber = format!("99990789020000{index:02}").parse()?;
            let state = folder.path().join(format!("drive-{index}.state"));
            let drive = Drive::open(&state, Passport::new(number)?, Durability::Lazy)?;
            let port = Port::new(drive, timing.clone());
            Ok(if index.is_multiple_of(2) {
                Server::on_tcp(port, any)?
            } else {
                Server::on_pty(port, None)?
            })
        };
        let drives = (0..count).map(drive).collect::<Outcome<_>>()?;
        Ok(Self {
            folder,
            drives,
            ofd,
        })
    }

    fn addresses(&self) -> Vec<DriveAddress> {
        let address = |drive: &Server| match drive.place() {
            Place::Tcp(address) => tcp(*address),
            Place::Pty { device, .. } => DriveAddress::Pty {
                path: device.clone(),
            },
        };
        self.drives.iter().map(address).collect()
    }

    /// Opens the desk on these drives and registers them.
    async fn desk(&self, addresses: Vec<DriveAddress>) -> Outcome<Desk> {
        let folder: &Path = &self.folder.path().join("journal");
        let count = addresses.len();
        let limits = Limits {
            // As it is after some minutes of work: a ticket between two receipts.
            backlog_max: 1,
            ..Limits::default()
        };
        let ofd = self.ofd.address().into();
        let desk = Desk::open(provider::setup(folder, addresses, ofd, limits)?)?;
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
            desk.register(slot, &RegistrationOrder { serial, rnm })
                .await?;
        }
        Ok(desk)
    }

    fn stop(self) {
        for drive in self.drives {
            drive.stop();
        }
        self.ofd.stop();
    }
}

async fn unregistered(desk: &Desk, count: usize) -> Outcome<bool> {
    let slots = desk.cassette().await?.slots;
    let ready = |slot: &&desk::SlotView| slot.state == SlotState::Unregistered;
    Ok(slots.iter().filter(ready).count() == count)
}

fn tcp(address: SocketAddr) -> DriveAddress {
    DriveAddress::Tcp(address.into())
}
