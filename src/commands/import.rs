mod contracts;
mod payments;

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Subcommand;
use desk::{Desk, read_balances, total_saldo};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Outcome, runtime};
use crate::config::Config;

/// The largest table, bytes.
const TABLE_MAX: u64 = 1024 * 1024 * 1024;

/// Bring in what others know: balances while the server is stopped, payments and contracts while it
/// runs.
#[derive(Subcommand)]
pub(crate) enum Import {
    /// Open accounts with the debts and advances that they have when Kassette takes over: all of
    /// the table or, when a single row is wrong, nothing.
    Balances {
        /// The table: CSV with a header row, UTF-8, comma or semicolon; its columns are explained
        /// in README.md.
        file: PathBuf,
        /// Only look whether the table can be taken.
        #[arg(long)]
        dry_run: bool,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    Payments(payments::Payments),
    Contracts(contracts::Contracts),
}

impl Import {
    pub(crate) fn run(self) -> Outcome {
        let (file, dry_run, config) = match self {
            Self::Balances {
                file,
                dry_run,
                config,
            } => (file, dry_run, config),
            Self::Payments(payments) => return payments.run(),
            Self::Contracts(contracts) => return contracts.run(),
        };
        let table = read(&file)?;
        let config = Config::read(&config)?;
        runtime()?.block_on(async {
            let desk = Desk::open(config.setup()?)?;
            let outcome = balances(&desk, &table, dry_run).await;
            desk.close().await;
            outcome
        })
    }
}

async fn balances(desk: &Desk, table: &str, dry_run: bool) -> Outcome {
    let accounts = match read_balances(table, &desk.services().await?) {
        Ok(accounts) => accounts,
        Err(errors) => {
            for error in &errors {
                eprintln!("{error}");
            }
            eprintln!(
                "{} rows cannot be taken; nothing was imported",
                errors.len()
            );
            return Ok(ExitCode::FAILURE);
        }
    };
    let roubles = total_saldo(&accounts)?;
    let count = accounts.len();
    if dry_run {
        println!(
            "{count} accounts with a saldo of {roubles} in all can be taken; nothing was stored"
        );
        return Ok(ExitCode::SUCCESS);
    }
    let bar = progress(count as u64);
    let opened = desk
        .open_accounts(accounts, None, |done| bar.set_position(done))
        .await?;
    bar.finish();
    println!(
        "{opened} accounts opened, {} were open so already; saldo {roubles}",
        count as u64 - opened
    );
    Ok(ExitCode::SUCCESS)
}

fn progress(count: u64) -> ProgressBar {
    // The template is constant; if it were wrong, the default bar would do as well.
    let style =
        ProgressStyle::with_template("looking at accounts {bar:30} {pos}/{len} {per_sec} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(count).with_style(style)
}

fn read(file: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut table = String::new();
    let opened =
        std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if opened.metadata()?.len() > TABLE_MAX {
        return Err(format!("{} is larger than {TABLE_MAX} bytes", file.display()).into());
    }
    opened
        .take(TABLE_MAX)
        .read_to_string(&mut table)
        .map_err(|error| format!("{}: {error}; save the table as UTF-8", file.display()))?;
    Ok(table)
}
