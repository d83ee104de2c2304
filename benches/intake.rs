//! How much the intake costs beyond what HTTP and SQLite cost: `POST /v1/operations` to its durable
//! answer, beside a bare loop that does the same HTTP and the same SQLite work without deciding
//! anything, in the same run and with the same client on the same cores.
//!
//! Absolute figures hold for one machine and one hour; read the ratios. Aim: at 64 connections at
//! least 0.7 of the bare loop's requests per second, with at most 1.5 times its p99.

mod bare;
mod client;
mod provider;

use std::{fs::File, io::Write, net::SocketAddr, os::unix::fs::FileExt, path::Path, time::Instant};

use clap::Parser;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use desk::{Desk, KeyRing, Limits, Store};
use tokio::net::TcpListener;

use bare::Sizes;
use client::{Load, Point};
use provider::{Outcome, median};

const ACCOUNTS: usize = 10_000;
/// How many operations tell how large the rows are.
const SAMPLE: u64 = 500;
const AIM_RATE: f64 = 0.7;
const AIM_P99: f64 = 1.5;
const AIM_AT: usize = 64;

#[derive(Parser)]
struct Options {
    /// The longest time of one point, seconds.
    #[arg(long, default_value_t = 3.0)]
    secs: f64,
    /// The most requests of one point.
    #[arg(long, default_value_t = 60_000)]
    count: u64,
    /// Points: how many connections.
    #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
    connections: Vec<usize>,
    /// How often everything is measured; medians are shown.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A server under load, and what it has shown: by number of connections, a point per round.
struct Server {
    address: SocketAddr,
    points: Vec<Vec<Point>>,
}

impl Server {
    fn at(address: SocketAddr, options: &Options) -> Self {
        let points = options.connections.iter().map(|_| Vec::new()).collect();
        Self { address, points }
    }
}

fn main() -> Outcome {
    let options = Options::parse();
    let folder = provider::folder("intake")?;
    println!("fdatasync of 4 KiB: {:.0}/s", probe_disk(folder.path())?);
    let servers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = servers.block_on(measure(&options, folder.path()));
    servers.shutdown_background();
    outcome
}

async fn measure(options: &Options, folder: &Path) -> Outcome {
    let (desk, address, key) = start_desk(&folder.join("journal")).await?;
    let load = |connections, count| Load {
        connections,
        count,
        secs: options.secs,
        accounts: ACCOUNTS,
        key: key.clone(),
        rate: None,
    };
    let mut ours = Server::at(address, options);
    client::run(ours.address, load(16, SAMPLE)).await?;
    let sizes = Sizes::read(&folder.join("journal/kassette.db"))?;
    println!("{sizes}");
    let numbers = (0..ACCOUNTS).map(provider::account);
    let mut bare = Server::at(bare::start(folder, sizes, numbers).await?, options);
    for round in 0..options.rounds {
        for (point, connections) in options.connections.iter().enumerate() {
            // Who goes first takes turns: the disk remembers what was before.
            let mut turn = [&mut bare, &mut ours];
            if round % 2 == 1 {
                turn.reverse();
            }
            for server in turn {
                let shown = client::run(server.address, load(*connections, options.count)).await?;
                server.points[point].push(shown);
            }
        }
    }
    print(options, &bare, &ours);
    desk.close().await;
    Ok(())
}

/// The real desk and the real interface; the only drive is away, so that nothing but the intake
/// works.
async fn start_desk(folder: &Path) -> Outcome<(Desk, SocketAddr, String)> {
    let away = SocketAddr::from(([127, 0, 0, 1], 1));
    let slots = vec![format!("tcp:{away}").parse()?];
    let setup = provider::setup(folder, slots, away.into(), Limits::default())?;
    let key = "kst_bench".to_owned();
    let scopes = [desk::Scope::Read, desk::Scope::Push];
    let inn = setup.organisation.inn;
    let new = desk::NewKey::new("bench", desk::key_hash(&key), scopes, inn);
    KeyRing::open(&Store::in_folder(folder))?.add(&new)?;
    let desk = Desk::open(setup)?;
    provider::open_accounts(&desk, ACCOUNTS).await?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(api::serve(desk.clone(), listener, std::future::pending()));
    Ok((desk, address, key))
}

fn print(options: &Options, bare: &Server, ours: &Server) {
    let of = |points: &[Point], what: fn(&Point) -> f64| median(points.iter().map(what).collect());
    let ratio = |bare: &[Point], ours: &[Point], what: fn(&Point) -> f64| {
        let pairs = bare.iter().zip(ours);
        median(pairs.map(|(bare, ours)| what(ours) / what(bare)).collect())
    };
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "connections",
        "bare req/s",
        "Kassette req/s",
        "ratio",
        "bare p50 ms",
        "p50 ms",
        "ratio",
        "bare p99 ms",
        "p99 ms",
        "ratio",
    ]);
    for (point, connections) in options.connections.iter().enumerate() {
        let (bare, ours) = (&bare.points[point], &ours.points[point]);
        let mut row = vec![connections.to_string()];
        for (what, digits) in [
            ((|point| point.rate) as fn(&Point) -> f64, 0),
            (|point| point.p50_ms, 2),
            (|point| point.p99_ms, 2),
        ] {
            row.push(format!("{:.digits$}", of(bare, what)));
            row.push(format!("{:.digits$}", of(ours, what)));
            row.push(format!("{:.2}", ratio(bare, ours, what)));
        }
        table.add_row(row);
        if *connections == AIM_AT {
            let rate = ratio(bare, ours, |point| point.rate);
            let p99 = ratio(bare, ours, |point| point.p99_ms);
            let met = if rate >= AIM_RATE && p99 <= AIM_P99 {
                "reached"
            } else {
                "missed"
            };
            println!(
                "at {AIM_AT} connections: {rate:.2} of the bare loop (aim {AIM_RATE}), p99 \
                 {p99:.2} times its (aim {AIM_P99}): {met}"
            );
        }
    }
    println!("{table}");
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
