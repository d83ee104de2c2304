use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use desk::{Desk, Found, IncidentSeverity, PassView, WatchReport};
use serde_json::{Value, json};

use super::Outcome;
use crate::config::Config;

/// The most characters in a line of the table.
const WIDTH: u16 = 140;

/// The watch: what Kassette compares by itself.
#[derive(Subcommand)]
pub(crate) enum Watch {
    /// Look at the journal now, as the watch does, and print what looks wrong and what to do.
    Run(Run),
}

/// Look at the journal now, as the watch does, and print what looks wrong and what to do. Works beside
/// a running server and changes nothing: the server's own watch keeps the incidents. Ends with code 1
/// when something grave was found (high or critical).
#[derive(Args)]
pub(crate) struct Run {
    /// All accounts, documents and sources; without it only the accounts that were touched since the
    /// watch has looked last, and what is looked at every minute.
    #[arg(long)]
    full: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Watch {
    pub(crate) fn run(self) -> Outcome {
        let Self::Run(run) = self;
        run.run()
    }
}

impl Run {
    fn run(self) -> Outcome {
        let setup = Config::read(&self.config)?.setup()?;
        let report = Desk::watch_folder(&setup, self.full, None)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&told(&report))?);
        } else {
            print(&report);
        }
        let is_grave = |found: &Found| found.severity >= IncidentSeverity::High;
        Ok(match report.found.iter().any(is_grave) {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        })
    }
}

fn print(report: &WatchReport) {
    for pass in &report.passes {
        println!(
            "{}: {} accounts with {} operations, {} documents, {} ms",
            pass.kind, pass.accounts, pass.operations, pass.documents, pass.took_ms
        );
    }
    if report.found.is_empty() {
        println!("nothing looks wrong");
        return;
    }
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(["rule", "severity", "what", "what to do"]);
    for found in &report.found {
        let cells = [
            found.rule,
            found.severity.name(),
            &found.what.0,
            found.advice.0,
        ];
        table.add_row(cells);
    }
    println!("{table}");
    println!("findings: {}", report.found.len());
}

fn told(report: &WatchReport) -> Value {
    let pass = |pass: &PassView| {
        json!({
            "kind": pass.kind.name(),
            "at": pass.at.to_string(),
            "took_ms": pass.took_ms,
            "accounts": pass.accounts,
            "operations": pass.operations,
            "documents": pass.documents,
            "findings": pass.findings,
        })
    };
    let found = |found: &Found| {
        let numbers = found.numbers.iter();
        let numbers = numbers.map(|(name, value)| ((*name).to_owned(), json!(value)));
        json!({
            "rule": found.rule,
            "severity": found.severity.name(),
            "key": found.key,
            "title_ru": found.title.0,
            "title_en": found.title.1,
            "what_ru": found.what.0,
            "what_en": found.what.1,
            "advice_ru": found.advice.0,
            "advice_en": found.advice.1,
            "numbers": numbers.collect::<serde_json::Map<_, _>>(),
        })
    };
    json!({
        "passes": report.passes.iter().map(pass).collect::<Vec<_>>(),
        "findings": report.found.iter().map(found).collect::<Vec<_>>(),
    })
}
