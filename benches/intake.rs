//! How much the intake costs beyond what HTTP and SQLite cost: `POST /v1/operations` to its durable
//! answer, with the real program, beside two references that do the same HTTP and the same SQLite
//! work without deciding anything: a bare loop with group commit, and a naive server with a
//! transaction for each request. Each is a process of its own; they are loaded in turns by the same
//! client on the same cores.
//!
//! ```text
//! cargo bench --bench intake
//! cargo bench --bench intake -- --connections 64 --arrays --paced      only one point
//! ```
//!
//! Absolute figures hold for one machine and one hour; read the ratios, which are medians over the
//! rounds. Aims: at 16, 64 and 256 connections at least 0.8 of the bare loop's operations per
//! second with at most twice its processor time, and 5 times those of the naive server; a p99 of at
//! most 1.5 times the bare loop's, also of paced requests.

mod bare;
mod client;
mod naive;
mod process;
mod provider;
mod turns;

use std::{
    fs::File,
    io::Write,
    net::SocketAddr,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use clap::Parser;
use desk::{Desk, Limits};

use bare::{Group, Sizes};
use client::Load;
use naive::Naive;
use process::Process;
use provider::Outcome;
use turns::{Turns, Way};

const ACCOUNTS: usize = 10_000;
/// How many operations tell how large the rows are, and warm a server up.
const SAMPLE: u64 = 500;
/// Connections of the points with arrays.
const ARRAY_CONNECTIONS: usize = 4;
/// Connections of the paced points.
const PACED_CONNECTIONS: usize = 64;

#[derive(Parser)]
struct Options {
    /// The longest time of one point, seconds.
    #[arg(long, default_value_t = 2.0)]
    secs: f64,
    /// The most operations of one point.
    #[arg(long, default_value_t = 60_000)]
    count: u64,
    /// Points with single operations: how many connections.
    #[arg(long, value_delimiter = ',', num_args = 0.., default_value = "1,16,64,256")]
    connections: Vec<usize>,
    /// Points with arrays: how many operations in each.
    #[arg(long, value_delimiter = ',', num_args = 0.., default_value = "100,1000")]
    arrays: Vec<usize>,
    /// Points with single operations that come at their time: how many a second.
    #[arg(long, value_delimiter = ',', num_args = 0.., default_value = "500,2000")]
    paced: Vec<u32>,
    /// How often everything is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Be the server of a reference: what the measuring program starts itself for.
    #[arg(
        long,
        hide = true,
        value_enum,
        requires = "database",
        requires = "sizes"
    )]
    serve: Option<Reference>,
    #[arg(long, hide = true)]
    database: Option<PathBuf>,
    #[arg(long, hide = true)]
    sizes: Option<Sizes>,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Reference {
    Bare,
    Naive,
}

impl Options {
    fn ways(&self) -> Vec<Way> {
        let single = self.connections.iter().map(|count| Way::Single(*count));
        let arrays = self.arrays.iter().map(|length| Way::Array(*length));
        let paced = self.paced.iter().map(|rate| Way::Paced(*rate));
        single.chain(arrays).chain(paced).collect()
    }

    fn load(&self, way: Way) -> Load {
        let (connections, batch, rate) = match way {
            Way::Single(connections) => (connections, 1, None),
            Way::Array(length) => (ARRAY_CONNECTIONS, length, None),
            Way::Paced(rate) => (PACED_CONNECTIONS, 1, Some(f64::from(rate))),
        };
        Load {
            connections,
            count: self.count / batch as u64,
            batch,
            secs: self.secs,
            accounts: ACCOUNTS,
            key: process::KEY.to_owned(),
            rate,
        }
    }
}

fn main() -> Outcome {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if let (Some(reference), Some(database), Some(sizes)) =
        (options.serve, &options.database, options.sizes)
    {
        return runtime.block_on(serve(reference, database, sizes));
    }
    let folder = provider::folder("intake")?;
    println!("fdatasync of 4 KiB: {:.0}/s", probe_disk(folder.path())?);
    runtime.block_on(measure(&options, folder.path()))
}

async fn serve(reference: Reference, database: &Path, sizes: Sizes) -> Outcome {
    let numbers = (0..ACCOUNTS).map(provider::account);
    let connection = bare::open(database, sizes, numbers)?;
    match reference {
        Reference::Bare => bare::serve(Group::start(connection, sizes)?).await,
        Reference::Naive => bare::serve(Naive::of(connection, sizes)).await,
    }
}

async fn measure(options: &Options, folder: &Path) -> Outcome {
    let kassette = start_kassette(&folder.join("journal")).await?;
    let warm_up = Load {
        count: SAMPLE,
        ..options.load(Way::Single(16))
    };
    client::run(kassette.address, warm_up.clone()).await?;
    let sizes = Sizes::read(&folder.join("journal/kassette.db"))?;
    println!("bytes of account, operation, receipt and TLV: {sizes}");
    let bare = start_reference("bare", folder, sizes)?;
    let naive = start_reference("naive", folder, sizes)?;
    for reference in [&bare, &naive] {
        client::run(reference.address, warm_up.clone()).await?;
    }
    let mut turns = Turns::between(bare, kassette, naive, options.ways());
    for round in 0..options.rounds {
        turns.take(round, |way| options.load(way)).await?;
    }
    turns.print()
}

/// The real program; its only drive is away, so that nothing but the intake works.
async fn start_kassette(folder: &Path) -> Outcome<Process> {
    let away = SocketAddr::from(([127, 0, 0, 1], 1));
    let drives = vec![format!("tcp:{away}").parse()?];
    let setup = provider::setup(folder, drives.clone(), away.into(), Limits::default())?;
    let desk = Desk::open(setup)?;
    provider::open_accounts(&desk, ACCOUNTS).await?;
    desk.close().await;
    drop(desk);
    Process::kassette(folder, &drives, away)
}

fn start_reference(name: &str, folder: &Path, sizes: Sizes) -> Outcome<Process> {
    let database = folder.join(format!("{name}.db"));
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--serve", name, "--sizes", &sizes.to_string(), "--database"])
        .arg(&database);
    Process::start(&mut command, database)
}

/// How fast the disk is now: a slow one (cloud disks have such hours) spoils absolute figures.
fn probe_disk(folder: &Path) -> std::io::Result<f64> {
    const WRITES: u32 = 500;
    let path = folder.join("probe");
    let mut file = File::create(&path)?;
    file.write_all(&[1; 4096])?;
    file.sync_all()?;
    let started = Instant::now();
    for _ in 0..WRITES {
        file.write_all_at(&[2; 4096], 0)?;
        file.sync_data()?;
    }
    let rate = f64::from(WRITES) / started.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}
