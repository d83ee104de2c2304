//! Servers under the same load in turns, and what they have shown.

use std::fmt;

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};

use crate::{
    client::{self, Load},
    process::{self, Process},
    provider::{Outcome, median},
};

/// Where the bare loop stands among the servers.
const BARE: usize = 0;
const KASSETTE: usize = 1;
const NAIVE: usize = 2;
const NAMES: [&str; 3] = ["bare", "Kassette", "naive"];

const AIM_RATE: f64 = 0.8;
const AIM_P99: f64 = 1.5;
const AIM_CPU: f64 = 2.0;
const AIM_NAIVE: f64 = 5.0;
/// With fewer connections there is nothing that a group commit could group.
const AIMS_FROM: usize = 16;

/// How a server is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Single operations over so many connections.
    Single(usize),
    /// Arrays of so many operations.
    Array(usize),
    /// So many single operations a second.
    Paced(u32),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(connections) => write!(f, "{connections} connections"),
            Self::Array(length) => write!(f, "arrays of {length}"),
            Self::Paced(rate) => write!(f, "paced, {rate}/s"),
        }
    }
}

/// What one server has shown in one round.
#[derive(Clone, Copy)]
struct Shown {
    /// Operations per second.
    rate: f64,
    /// Of requests.
    p50_ms: f64,
    p99_ms: f64,
    /// The server's processor time for one operation, microseconds.
    cpu_us: f64,
    /// The client's.
    client_us: f64,
    /// Transactions for one operation, each an fsync.
    commits: f64,
}

/// The servers, and by way and server what they have shown, a value per round.
pub(crate) struct Turns {
    servers: [Process; 3],
    points: Vec<(Way, [Vec<Shown>; 3])>,
    operations: [f64; 3],
}

impl Turns {
    pub(crate) fn between(
        bare: Process,
        kassette: Process,
        naive: Process,
        ways: Vec<Way>,
    ) -> Self {
        let points = ways.into_iter().map(|way| (way, Default::default()));
        Self {
            servers: [bare, kassette, naive],
            points: points.collect(),
            operations: [0.0; 3],
        }
    }

    /// Loads each server in each way once.
    pub(crate) async fn take(&mut self, round: usize, load: impl Fn(Way) -> Load) -> Outcome {
        for (way, shown) in &mut self.points {
            for turn in 0..self.servers.len() {
                // Who goes first takes turns: the disk remembers what was before.
                let place = (turn + round) % self.servers.len();
                let (now, operations) = load_once(&self.servers[place], load(*way)).await?;
                shown[place].push(now);
                self.operations[place] += operations;
            }
        }
        Ok(())
    }

    pub(crate) fn print(&self) -> Outcome {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header([
            "load",
            "server",
            "op/s",
            "of bare",
            "p50 ms",
            "p99 ms",
            "× bare",
            "CPU µs/op",
            "× bare",
            "commits/op",
            "client's CPU",
        ]);
        for (way, shown) in &self.points {
            for (name, rounds) in NAMES.iter().zip(shown) {
                let of = |what| format_of(rounds, what);
                let beside = |what| format!("{:.2}", ratio(rounds, &shown[BARE], what));
                table.add_row([
                    way.to_string(),
                    (*name).to_owned(),
                    of(|shown| shown.rate),
                    beside(|shown| shown.rate),
                    of(|shown| shown.p50_ms),
                    of(|shown| shown.p99_ms),
                    beside(|shown| shown.p99_ms),
                    of(|shown| shown.cpu_us),
                    beside(|shown| shown.cpu_us),
                    format!("{:.4}", middle(rounds, |shown| shown.commits)),
                    of(|shown| shown.client_us),
                ]);
            }
        }
        println!("{table}");
        for ((name, server), operations) in NAMES.iter().zip(&self.servers).zip(self.operations) {
            let peak = server.memory("VmHWM")?;
            println!("{name}: at most {peak:.0} MiB after {operations:.0} operations");
        }
        println!("(Kassette keeps in memory what waits for a drive, and there is none.)");
        for (way, shown) in &self.points {
            judge(*way, shown);
        }
        Ok(())
    }
}

async fn load_once(server: &Process, load: Load) -> Outcome<(Shown, f64)> {
    let (cpu, own) = (server.cpu()?, process::own_cpu()?);
    let commits = server.commits()?;
    let point = client::run(server.address, load).await?;
    let operations = point.operations;
    let shown = Shown {
        rate: point.rate,
        p50_ms: point.p50_ms,
        p99_ms: point.p99_ms,
        cpu_us: (server.cpu()? - cpu) * 1e6 / operations,
        client_us: (process::own_cpu()? - own) * 1e6 / operations,
        commits: f64::from(server.commits()?.wrapping_sub(commits)) / operations,
    };
    Ok((shown, operations))
}

fn middle(rounds: &[Shown], what: fn(&Shown) -> f64) -> f64 {
    median(rounds.iter().map(what).collect())
}

/// The middle of the rounds' ratios.
fn ratio(ours: &[Shown], others: &[Shown], what: fn(&Shown) -> f64) -> f64 {
    let pairs = ours.iter().zip(others);
    median(pairs.map(|(our, other)| what(our) / what(other)).collect())
}

fn format_of(rounds: &[Shown], what: fn(&Shown) -> f64) -> String {
    let value = middle(rounds, what);
    let digits = if value < 100.0 { 2 } else { 0 };
    format!("{value:.digits$}")
}

fn judge(way: Way, shown: &[Vec<Shown>; 3]) {
    let [bare, ours, naive] = [&shown[BARE], &shown[KASSETTE], &shown[NAIVE]];
    let of_bare = |what| ratio(ours, bare, what);
    let verdict = |is_reached| if is_reached { "reached" } else { "missed" };
    let (at_least, at_most) = (
        |what: &str, value: f64, aim: f64| {
            let verdict = verdict(value >= aim);
            format!("{what} {value:.2} (≥ {aim} {verdict})")
        },
        |what: &str, value: f64, aim: f64| {
            let verdict = verdict(value <= aim);
            format!("{what} {value:.2} (≤ {aim} {verdict})")
        },
    );
    let p99 = at_most("p99", of_bare(|shown| shown.p99_ms), AIM_P99);
    let aims = match way {
        Way::Single(connections) if connections < AIMS_FROM => return,
        Way::Single(_) => [
            at_least("op/s", of_bare(|shown| shown.rate), AIM_RATE),
            p99,
            at_most("CPU", of_bare(|shown| shown.cpu_us), AIM_CPU),
            at_least(
                "of naive",
                ratio(ours, naive, |shown| shown.rate),
                AIM_NAIVE,
            ),
        ]
        .join(", "),
        Way::Array(_) => return,
        Way::Paced(_) => p99,
    };
    println!("{way}: {aims}");
}
