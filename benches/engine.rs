//! How much the receipt engine costs: alone, beside a loop that does only the arithmetic of lines
//! and VAT over the same accounts; and through the desk and its journal, beside a bare loop of
//! prepared statements that writes the same rows. All in the same run.
//!
//! Absolute figures hold for one machine and one hour; read the ratios. Aims: a payment over three
//! debts with a surplus below 2 µs; a month-end charge within 4 times the arithmetic; charges
//! through the journal within 1.5 times the bare loop.

mod month;
mod provider;
mod rows;

use std::{collections::BTreeMap, hint::black_box, time::Instant};

use clap::Parser;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use engine::{Before, Event, Setup, apply};

use provider::{Outcome, median};

const AIM_PAYMENT_NS: f64 = 2_000.0;
const AIM_CHARGE: f64 = 4.0;
const AIM_JOURNAL: f64 = 1.5;
/// How many events are made at a time: making them is not measured.
const CHUNK: usize = 10_000;

#[derive(Parser)]
struct Options {
    /// How often the payment is applied.
    #[arg(long, default_value_t = 1_000_000)]
    payments: usize,
    /// Accounts of the month-end run.
    #[arg(long, default_value_t = 1_000_000)]
    accounts: usize,
    /// Charges through the journal; 0 leaves it out.
    #[arg(long, default_value_t = 200_000)]
    stored: usize,
    /// How often everything is measured; medians are shown.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A case and its reference.
struct Case {
    name: &'static str,
    engine_ns: f64,
    arithmetic_ns: f64,
}

fn main() -> Outcome {
    let options = Options::parse();
    let setup = month::setup()?;
    let payment = payments(&setup, &options)?;
    let charge = charges(&setup, &options)?;
    print(&[payment, charge]);
    println!("peak memory of the engine's runs: {} MiB", peak_mib()?);
    if options.stored > 0 {
        let stored = rows::measure(options.stored, options.rounds)?;
        println!("{stored}");
        verdict("(c)", stored.ratio(), AIM_JOURNAL, "the bare loop");
    }
    Ok(())
}

/// (a) One payment over three debts and a surplus, again and again.
fn payments(setup: &Setup, options: &Options) -> Outcome<Case> {
    let (account, event) = month::payment()?;
    let before = Before {
        accounts: BTreeMap::from([(account.number.clone(), account)]),
        ..Before::default()
    };
    let (mut ours, mut arithmetic) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        arithmetic.push(per_event(options.payments, || {
            for _ in 0..options.payments {
                black_box(month::payment_arithmetic(black_box(&before), &event)?);
            }
            Ok(())
        })?);
        ours.push(per_event(options.payments, || {
            for _ in 0..options.payments {
                black_box(apply(setup, black_box(&before), &event)?);
            }
            Ok(())
        })?);
    }
    Ok(Case::new(
        "(a) payment: 3 debts and a surplus",
        ours,
        arithmetic,
    ))
}

/// (b) The month-end run: every account is charged for two services; a third has advances enough,
/// a third in part, a third none.
fn charges(setup: &Setup, options: &Options) -> Outcome<Case> {
    let (mut ours, mut arithmetic) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let mut before = Before::default();
        for index in 0..options.accounts {
            let account = month::account(index)?;
            before.accounts.insert(account.number.clone(), account);
        }
        let (mut our_ns, mut arithmetic_ns) = (0.0, 0.0);
        for first in (0..options.accounts).step_by(CHUNK) {
            let last = options.accounts.min(first + CHUNK);
            let events = (first..last)
                .map(month::charge)
                .collect::<Outcome<Vec<_>>>()?;
            // Who meets the cold accounts takes turns.
            let arithmetic_first = (first / CHUNK).is_multiple_of(2);
            if arithmetic_first {
                arithmetic_ns += elapsed(|| add_up_all(setup, &before, &events))?;
            }
            our_ns += elapsed(|| charge_all(setup, &mut before, &events))?;
            if !arithmetic_first {
                arithmetic_ns += elapsed(|| add_up_all(setup, &before, &events))?;
            }
        }
        let count = options.accounts as f64;
        ours.push(our_ns / count);
        arithmetic.push(arithmetic_ns / count);
    }
    Ok(Case::new(
        "(b) month-end charge: 2 services",
        ours,
        arithmetic,
    ))
}

/// Applies the events and keeps the accounts; the receipts are dropped.
fn charge_all(setup: &Setup, before: &mut Before, events: &[Event]) -> Outcome {
    for event in events {
        let plan = apply(setup, before, event)?;
        black_box(&plan.receipts);
        before.keep(plan);
    }
    Ok(())
}

/// Only the sums.
fn add_up_all(setup: &Setup, before: &Before, events: &[Event]) -> Outcome {
    for event in events {
        black_box(month::charge_arithmetic(setup, before, event)?);
    }
    Ok(())
}

impl Case {
    fn new(name: &'static str, ours: Vec<f64>, arithmetic: Vec<f64>) -> Self {
        Self {
            name,
            engine_ns: median(ours),
            arithmetic_ns: median(arithmetic),
        }
    }

    fn ratio(&self) -> f64 {
        self.engine_ns / self.arithmetic_ns
    }
}

fn print(cases: &[Case; 2]) {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "one core",
        "events/s",
        "ns/event",
        "arithmetic ns",
        "ratio",
    ]);
    for case in cases {
        table.add_row([
            case.name.to_owned(),
            format!("{:.0}", 1e9 / case.engine_ns),
            format!("{:.0}", case.engine_ns),
            format!("{:.0}", case.arithmetic_ns),
            format!("{:.1}", case.ratio()),
        ]);
    }
    println!("{table}");
    let [payment, charge] = cases;
    verdict("(a)", payment.engine_ns / 1e3, AIM_PAYMENT_NS / 1e3, "1 µs");
    verdict("(b)", charge.ratio(), AIM_CHARGE, "the arithmetic");
}

fn verdict(what: &str, found: f64, aim: f64, of: &str) {
    let met = if found <= aim { "reached" } else { "missed" };
    println!("{what}: {found:.2} × {of} (aim {aim}): {met}");
}

fn per_event(count: usize, work: impl FnOnce() -> Outcome) -> Outcome<f64> {
    Ok(elapsed(work)? / count as f64)
}

/// Nanoseconds.
fn elapsed(work: impl FnOnce() -> Outcome) -> Outcome<f64> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64() * 1e9)
}

/// The most memory that the process has held so far.
fn peak_mib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib.ok_or("no VmHWM in /proc/self/status")?.parse()?;
    Ok(kib / 1024)
}
