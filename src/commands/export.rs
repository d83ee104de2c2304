use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use desk::{Desk, offsets_csv};
use terms::Period;

use super::Outcome;
use crate::config::Config;

/// Bring out tables. Works beside a running server.
#[derive(Subcommand)]
pub(crate) enum Export {
    /// The register behind a consolidated receipt: each offset of a month with its account, as CSV.
    Offsets {
        /// The month, YYYY-MM.
        #[arg(long)]
        period: Period,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

impl Export {
    pub(crate) fn run(self) -> Outcome {
        let Self::Offsets { period, config } = self;
        let folder = Config::read(&config)?.journal.folder;
        print!("{}", offsets_csv(&Desk::offsets_in(folder, period)?));
        Ok(ExitCode::SUCCESS)
    }
}
