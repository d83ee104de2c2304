//! Kassette: a fiscal server for utilities and internet providers.

mod commands;
mod config;
mod daily;
mod first_run;
mod front;
mod host;
mod imported;
mod inbox;
mod log;
mod machine;
mod reconciling;
mod server;
mod systemd;
mod trial;
mod upkeep;

use std::process::ExitCode;

use clap::Parser;
use commands::Command;
use log::LogFormat;

/// A fiscal server: payments and charges become fiscal receipts, each exactly once.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Kassette {
    /// How lines of the log (on stderr) are written; left out: as `[log]` of the server's configuration
    /// says, or as text.
    #[arg(long, global = true, value_enum)]
    log_format: Option<LogFormat>,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let Kassette {
        log_format,
        command,
    } = Kassette::parse();
    log::begin(log_format.unwrap_or_else(|| command.log_format()));
    front::contain_panics();
    // Only fails where one is in use already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match command.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kassette: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}
