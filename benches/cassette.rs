//! How busy the cassette keeps its drives, how soon it is back after a death or a start, and what
//! it costs. Every figure stands beside a reference of the same run: absolute ones hold for one
//! machine and one hour.
//!
//! ```text
//! cargo bench --bench cassette                     drives at work, and what the program costs
//! cargo bench --bench cassette -- takeover         a drive dies, another one takes over
//! cargo bench --bench cassette -- start            a start on a million receipts, also after kill -9
//! cargo bench --bench cassette -- rate --line-only --drives 16
//! ```

mod client;
mod daemon;
mod history;
mod process;
mod provider;
mod rack;
mod report;
mod tap;

use std::path::PathBuf;

use clap::Parser;
use desk::Policy;
use emulator::drive::Timing;

use provider::Outcome;
use rack::{Need, rate, rate::Death, takeover};
use report::Row;

#[derive(Parser)]
struct Options {
    /// What is measured.
    #[arg(value_enum, default_values_t = [Part::Rate, Part::Death, Part::Cost])]
    parts: Vec<Part>,
    /// How many drives work, one run for each number.
    #[arg(long, value_delimiter = ',', default_value = "1,4,8,16")]
    drives: Vec<usize>,
    /// How many drives there are when one dies, one run for each number.
    #[arg(long, value_delimiter = ',', default_value = "4")]
    deaths_of: Vec<usize>,
    /// How long drives are watched, seconds.
    #[arg(long, default_value_t = 15.0)]
    secs: f64,
    /// Drives that think in no time: only their lines take time, so that the gaps between
    /// exchanges weigh four times as much.
    #[arg(long)]
    line_only: bool,
    /// How often takeovers and starts are measured; medians are shown.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many receipts the journal has at a start.
    #[arg(long, default_value_t = 1_000_000)]
    receipts: usize,
    /// Leaves the rows of this journal in its log and waits to be killed: what the measuring
    /// program starts itself for.
    #[arg(long, hide = true)]
    fill_log_of: Option<PathBuf>,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Part {
    /// Receipts per second.
    Rate,
    /// The same with one drive of several dead or mute.
    Death,
    /// How long until another drive takes over.
    Takeover,
    /// How long a start takes.
    Start,
    /// CPU and memory.
    Cost,
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
    if let Some(journal) = &options.fill_log_of {
        return history::fill_log(journal);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut rows = Vec::new();
    for part in &options.parts {
        println!("measuring: {part:?}");
        let local = tokio::task::LocalSet::new();
        rows.extend(local.block_on(&runtime, measure(&options, *part))?);
    }
    report::print(&rows);
    Ok(())
}

async fn measure(options: &Options, part: Part) -> Outcome<Vec<Row>> {
    let timing = options.timing();
    let mut rows = Vec::new();
    match part {
        Part::Rate => {
            let need = Need::measure(&timing).await?;
            for drives in &options.drives {
                rows.push(rate::measure(*drives, &timing, &need, options.secs, None).await?);
            }
        }
        Part::Death => {
            let need = Need::measure(&timing).await?;
            for drives in &options.deaths_of {
                for death in Death::ALL {
                    let death = Some(death);
                    rows.push(rate::measure(*drives, &timing, &need, options.secs, death).await?);
                }
            }
        }
        Part::Takeover => {
            for policy in [Policy::Sequential, Policy::ParallelSpare] {
                for death in Death::ALL {
                    rows.push(takeover::measure(policy, death, options.rounds).await?);
                }
            }
        }
        Part::Start => rows = history::measure(options.receipts, options.rounds).await?,
        Part::Cost => rows = daemon::measure(options.secs).await?,
    }
    Ok(rows)
}
