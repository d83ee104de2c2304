use std::{path::PathBuf, process::ExitCode};

use clap::{Subcommand, ValueEnum};
use serde_json::Value;
use terms::Period;

use super::{Outcome, runtime, write_out};
use crate::{config::Config, server::Server};

/// How many contracts are asked for at once.
const PAGE: u32 = 1_000;

/// Reports of a month. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Report {
    /// What contracts have come to: debts at the beginning and the end, charges, offsets, payments,
    /// receipts.
    Contracts {
        /// The month, YYYY-MM.
        #[arg(long)]
        period: Period,
        /// The form.
        #[arg(long, default_value = "csv")]
        format: Format,
        /// Where to write it; without, to the terminal.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

/// The form of a report.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Semicolons and decimal commas, UTF-8.
    Csv,
    /// Excel.
    Xlsx,
    /// A JSON array.
    Json,
}

impl Report {
    pub(crate) fn run(self) -> Outcome {
        let Self::Contracts {
            period,
            format,
            output,
            config,
        } = self;
        let server = Server::of(&Config::read(&config)?)?;
        let content = runtime()?.block_on(async {
            let form = match format {
                Format::Json => return rows(&server, period).await,
                Format::Csv => "csv",
                Format::Xlsx => "xlsx",
            };
            let path = format!("/v1/contracts/report/table?period={period}&format={form}");
            server.fetch(&path).await
        })?;
        write_out(output.as_deref(), &content)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// All pages as one array.
async fn rows(server: &Server, period: Period) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/contracts/report?period={period}&limit={PAGE}{cursor}");
        let mut page = server.get(&path).await?;
        if let Value::Array(items) = page["items"].take() {
            rows.extend(items);
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(format!("{:#}\n", Value::Array(rows)).into_bytes()),
        }
    }
}
