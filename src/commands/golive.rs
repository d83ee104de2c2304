use std::{fs, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use desk::golive::StepId;
use serde_json::{Value, json};
use terms::LocalDate;

use super::{Outcome, runtime};
use crate::{config::Config, server::Server};

/// The most characters in a line of the table.
const WIDTH: u16 = 140;
/// Differences of balances that are shown.
const DIFFERENCES: usize = 50;

/// Before the switch: check services, accounts, drives, clock, ОФД, keys, webhooks, people and disk,
/// form test receipts of each kind on an emulated drive in memory, and show the programme of steps.
/// The server must be running; its webhooks get a test letter each.
///
/// Ends with code 1 while something forbids the switch.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Golive {
    #[command(subcommand)]
    act: Option<Act>,
    /// Billing's balances, a table as «import balances» takes it: each account is compared.
    #[arg(long)]
    balances: Option<PathBuf>,
    /// Write the protocol into this XLSX file.
    #[arg(long)]
    xlsx: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum Act {
    /// Plan the day of the switch, or move it.
    Plan {
        /// From this day on Kassette makes the receipts, YYYY-MM-DD.
        #[arg(long)]
        date: LocalDate,
        /// Receipts expected in a month; without it they are estimated by the accounts.
        #[arg(long)]
        receipts_a_month: Option<u32>,
        #[command(flatten)]
        who: Who,
    },
    /// Say that a step is done which only people can know.
    Done {
        /// Which one: `kassette golive` lists them.
        step: StepId,
        /// A number, a place …
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        who: Who,
    },
    /// Say that a step is not done after all.
    Reopen {
        /// Which one.
        step: StepId,
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Args)]
struct Who {
    /// Your name: it is in the trail.
    #[arg(long)]
    by: String,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Golive {
    pub(crate) fn run(self) -> Outcome {
        match &self.act {
            Some(act) => act.run(),
            None => self.check(),
        }
    }

    fn check(&self) -> Outcome {
        let server = Server::of(&Config::read(&self.config)?)?;
        let table = match &self.balances {
            Some(path) => fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => Vec::new(),
        };
        let (is_taken, answer) = runtime()?.block_on(server.post_file("/v1/golive", &[], table))?;
        if !is_taken {
            return Err(text(&answer["detail"]).into());
        }
        if let Some(path) = &self.xlsx {
            let protocol = runtime()?.block_on(server.fetch("/v1/golive/protocol"))?;
            fs::write(path, protocol)?;
        }
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&answer)?),
            false => print(&answer),
        }
        Ok(match answer["verdict"] == "stop" {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        })
    }
}

impl Act {
    fn run(&self) -> Outcome {
        let (who, path, body) = match self {
            Self::Plan {
                date,
                receipts_a_month,
                who,
            } => (
                who,
                "/v1/golive/plan".to_owned(),
                json!({
                    "switch_on": date.to_string(), "receipts_a_month": receipts_a_month,
                    "by": who.by
                }),
            ),
            Self::Done { step, note, who } => (
                who,
                format!("/v1/golive/steps/{step}"),
                json!({"by": who.by, "note": note}),
            ),
            Self::Reopen { step, who } => (
                who,
                format!("/v1/golive/steps/{step}"),
                json!({"by": who.by, "done": false}),
            ),
        };
        let server = Server::of(&Config::read(&who.config)?)?;
        let answer = runtime()?.block_on(server.post(&path, &body))?;
        println!("{}", steps(list(&answer["steps"])));
        Ok(ExitCode::SUCCESS)
    }
}

fn print(answer: &Value) {
    println!("{}", checks(list(&answer["checks"])));
    println!("{}", receipts(list(&answer["test_receipts"])));
    let differences = list(&answer["balances"]["differences"]);
    for it in differences.iter().take(DIFFERENCES) {
        println!(
            "account {}: billing has {}, the journal has {}",
            text(&it["account"]),
            balance(&it["file"]),
            balance(&it["journal"])
        );
    }
    match answer["plan"]["switch_on"].as_str() {
        Some(day) => println!("the switch is planned for {day}"),
        None => println!("no day is planned: kassette golive plan --date … --by …"),
    }
    println!("{}", steps(list(&answer["steps"])));
    match answer["verdict"].as_str() {
        Some("stop") => println!("do not switch yet: mend what says «stop»"),
        Some("ok") => println!("everything is ready for the switch"),
        _ => println!("nothing forbids the switch; look at the rest"),
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    table
}

fn checks(checks: &[Value]) -> Table {
    let mut table = table(&["", "check", "found", "what to do", "responsible"]);
    for check in checks {
        table.add_row([
            text(&check["verdict"]),
            text(&check["title"]["en"]),
            text(&check["found"]["en"]),
            text(&check["remedy"]["en"]),
            text(&check["responsible"]),
        ]);
    }
    table
}

fn receipts(receipts: &[Value]) -> Table {
    let mut table = table(&["test receipt", "service", "outcome", "lines, or why not"]);
    for tried in receipts {
        let lines: Vec<String> = list(&tried["documents"])
            .iter()
            .flat_map(|document| list(&document["lines"]))
            .map(|line| format!("{} (1214={})", text(&line["name"]), line["method"]))
            .collect();
        let what = match lines.is_empty() {
            true => text(&tried["why"]["en"]),
            false => lines.join("\n"),
        };
        table.add_row([
            text(&tried["title"]["en"]),
            text(&tried["service"]),
            text(&tried["outcome"]),
            what,
        ]);
    }
    table
}

fn steps(steps: &[Value]) -> Table {
    let mut table = table(&["due", "step", "what to do", "responsible", "state"]);
    for step in steps {
        let waits: Vec<String> = list(&step["waits_for"]).iter().map(text).collect();
        let state = match (step["done"]["by"].as_str(), waits.is_empty()) {
            (Some(by), _) => format!("done: {by} {}", text(&step["done"]["note"])),
            (None, false) => format!("{}: {}", text(&step["state"]), waits.join(", ")),
            (None, true) => text(&step["state"]),
        };
        table.add_row([
            text(&step["due"]),
            format!("{}\n{}", text(&step["id"]), text(&step["title"]["en"])),
            text(&step["lead"]["en"]),
            text(&step["responsible"]),
            state,
        ]);
    }
    table
}

fn balance(value: &Value) -> String {
    match value.is_null() {
        true => "no such account".to_owned(),
        false => format!(
            "debts {}, penalties {}, advances {}",
            text(&value["debts"]),
            text(&value["penalties"]),
            text(&value["advances"])
        ),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
