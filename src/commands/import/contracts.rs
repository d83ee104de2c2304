//! `kassette import contracts`: a table goes to the running server.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{
    super::{Outcome, answered::shown, runtime},
    read,
};
use crate::{config::Config, server::Server};

/// Set the contracts of accounts: all of the table or nothing. The rows of an account are all its
/// contracts; accounts that are not in the table keep theirs. The server must be running.
#[derive(Args)]
pub(crate) struct Contracts {
    /// The table: CSV with the columns account, number, from, to, services (codes with spaces
    /// between them), price_list, comment.
    file: PathBuf,
    /// Only look whether the table can be taken.
    #[arg(long)]
    dry_run: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Contracts {
    pub(super) fn run(self) -> Outcome {
        let table = read(&self.file)?;
        let server = Server::of(&Config::read(&self.config)?)?;
        let parameters = [("dry_run", self.dry_run.to_string())];
        let sent = server.post_file("/v1/contracts", &parameters, table.into_bytes());
        let (is_fine, answer) = runtime()?.block_on(sent)?;
        if !is_fine {
            eprintln!("{}", shown(&answer["detail"]));
            return Ok(ExitCode::FAILURE);
        }
        let (contracts, accounts) = (shown(&answer["contracts"]), shown(&answer["accounts"]));
        let done = match self.dry_run {
            true => "can be set; nothing was stored",
            false => "are set",
        };
        println!("{contracts} contracts of {accounts} accounts {done}");
        Ok(ExitCode::SUCCESS)
    }
}
