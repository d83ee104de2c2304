use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use desk::Clock;
use serde_json::Value;
use terms::Period;

use super::{Outcome, runtime, write_out};
use crate::{config::Config, server::Server};

/// Show how soon receipts are formed and confirmed, whether they could be, and which targets were
/// missed. The server must be running. Ends with 2 when a target was missed.
#[derive(Args)]
pub(crate) struct ServiceLevel {
    /// The month, YYYY-MM; left out: the present one.
    #[arg(long)]
    month: Option<Period>,
    /// Write the month's report into this file, as a workbook.
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// Write the month's report into this file, as a page to print.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl ServiceLevel {
    pub(crate) fn run(self) -> Outcome {
        let config = Config::read(&self.config)?;
        let month = self.month.unwrap_or_else(|| {
            let clock = Clock::at(config.organisation.utc_offset);
            clock.local().date().period()
        });
        let server = Server::of(&config)?;
        let runtime = runtime()?;
        let path = format!("/v1/service-level/{month}");
        for (file, form) in [(&self.xlsx, "xlsx"), (&self.html, "html")] {
            if let Some(file) = file {
                let report = runtime.block_on(server.fetch(&format!("{path}.{form}")))?;
                write_out(Some(file), &report)?;
            }
        }
        let level = runtime.block_on(server.get(&path))?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&level)?);
        } else {
            tell(&level, &month.to_string());
        }
        Ok(match level["kept"].as_bool() {
            Some(false) => ExitCode::from(2),
            _ => ExitCode::SUCCESS,
        })
    }
}

fn tell(level: &Value, month: &str) {
    println!("service level of {month}");
    let mut classes = table(["receipts", "formed", "p50", "p95", "p99", "confirmed p95"]);
    for class in rows(&level["classes"]) {
        let (formed, confirmed) = (&class["fiscalized"], &class["acknowledged"]);
        classes.add_row([
            class["class"].as_str().unwrap_or_default().to_owned(),
            formed["receipts"].to_string(),
            seconds(&formed["p50_ms"]),
            seconds(&formed["p95_ms"]),
            seconds(&formed["p99_ms"]),
            seconds(&confirmed["p95_ms"]),
        ]);
    }
    println!("{classes}");
    let availability = &level["availability"];
    let gaps = rows(&availability["gaps"]).len();
    println!(
        "documents could be formed {} of the time; {gaps} gaps, {} restarts, {} crashes; {} receipts \
         wait now",
        share(&availability["share_ppm"]),
        availability["restarts"],
        availability["crashes"],
        level["unformed"]["receipts"]
    );
    if rows(&level["targets"]).is_empty() {
        println!("nothing is promised: see [service_level] in the configuration");
    }
    for target in rows(&level["targets"]) {
        let name = target["target"].as_str().unwrap_or_default();
        let said = |value: &Value| match name {
            "availability" => share(value),
            _ => seconds(value),
        };
        let outcome = match target["kept"].as_bool() {
            None => "nothing to measure",
            Some(true) => "kept",
            Some(false) => "MISSED",
        };
        let (wanted, measured) = (said(&target["wanted"]), said(&target["measured"]));
        println!("{outcome}: {name}, promised {wanted}, measured {measured}");
        if let Some(reasons) = target["reasons"].as_u64().filter(|count| *count > 0) {
            println!("  {reasons} reasons: see --json, --html or the panel");
        }
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    table
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn seconds(ms: &Value) -> String {
    ms.as_u64().map_or_else(
        || "—".to_owned(),
        |ms| format!("{}.{:03} s", ms / 1_000, ms % 1_000),
    )
}

fn share(ppm: &Value) -> String {
    ppm.as_u64().map_or_else(
        || "—".to_owned(),
        |ppm| format!("{}.{:04} %", ppm / 10_000, ppm % 10_000),
    )
}
