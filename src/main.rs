//! Kassette: a fiscal server for utilities and internet providers.

mod commands;
mod config;
mod first_run;
mod front;
mod host;
mod imported;
mod inbox;
mod reconciling;
mod server;
mod trial;

use std::process::ExitCode;

use clap::Parser;
use commands::Command;

/// A fiscal server: payments and charges become fiscal receipts, each exactly once.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Kassette {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("KASSETTE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    front::contain_panics();
    // Only fails where one is in use already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Kassette::parse().command.run() {
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
