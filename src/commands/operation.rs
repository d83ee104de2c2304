use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::{Outcome, Signature, runtime};
use crate::{config::Config, server::Server};

/// Take back operations of which nothing is formed. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Operation {
    /// Cancel an operation: its receipts are never formed, and its accounts are as if it had not
    /// been. It keeps its key; a new try needs a new one.
    Cancel(Cancel),
}

/// Which operation, who, and why.
#[derive(Args)]
pub(crate) struct Cancel {
    /// The key that billing gave it; with --id the identifier that Kassette gave it.
    operation: String,
    /// The operation is named by its identifier.
    #[arg(long)]
    id: bool,
    #[command(flatten)]
    signature: Signature,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Operation {
    pub(crate) fn run(self) -> Outcome {
        let Self::Cancel(cancel) = self;
        let server = Server::of(&Config::read(&cancel.config)?)?;
        let mut body = cancel.signature.body();
        let name = if cancel.id { "id" } else { "key" };
        body[name] = cancel.operation.as_str().into();
        let answer = runtime()?.block_on(server.post("/v1/operations:cancel", &body))?;
        let count = answer["receipts"].as_array().map_or(0, Vec::len);
        println!(
            "operation {} is cancelled; receipts that will never be formed: {count}",
            answer["id"].as_str().unwrap_or(&cancel.operation)
        );
        Ok(ExitCode::SUCCESS)
    }
}
