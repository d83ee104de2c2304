use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use terms::Id;

use super::{Outcome, Signature, runtime};
use crate::{config::Config, server::Server};

/// Decide about receipts that wait for a person. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Receipt {
    /// Let another drive form a receipt that stands in doubt, because its drive will not come back.
    /// If it comes back with the document after all, a return receipt is made.
    FormAnew {
        /// The receipt.
        id: Id,
        #[command(flatten)]
        signature: Signature,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Try a held receipt again: what stood in its way is gone.
    Release {
        /// The receipt.
        id: Id,
        #[command(flatten)]
        signature: Signature,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

impl Receipt {
    pub(crate) fn run(self) -> Outcome {
        let (id, signature, config, order, done) = match self {
            Self::FormAnew {
                id,
                signature,
                config,
            } => (id, signature, config, "form-anew", "goes to another drive"),
            Self::Release {
                id,
                signature,
                config,
            } => (id, signature, config, "release", "is tried again"),
        };
        let server = Server::of(&Config::read(&config)?)?;
        let path = format!("/v1/receipts/{id}/{order}");
        runtime()?.block_on(server.post(&path, &signature.body()))?;
        println!("receipt {id} {done}");
        Ok(ExitCode::SUCCESS)
    }
}
