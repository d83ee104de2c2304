use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;

use super::{Outcome, Signature, runtime};
use crate::{config::Config, server::Server};

/// The wall clock of the documents. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Clock {
    /// Say that a clock that was set while the server runs is right: work goes on.
    Trust {
        #[command(flatten)]
        signature: Signature,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

impl Clock {
    pub(crate) fn run(self) -> Outcome {
        let Self::Trust { signature, config } = self;
        let server = Server::of(&Config::read(&config)?)?;
        runtime()?.block_on(server.post("/v1/clock/trust", &signature.body()))?;
        println!("the clock is trusted");
        Ok(ExitCode::SUCCESS)
    }
}
