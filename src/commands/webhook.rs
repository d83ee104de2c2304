use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use desk::Secret;
use serde_json::{Value, json};
use terms::Id;

use super::{Outcome, runtime};
use crate::{config::Config, server::Server};

/// The most characters in a line of a table.
const WIDTH: u16 = 120;

/// See what webhooks were told, and tell it again. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Webhook {
    /// List the webhooks: whether they work, what waits for them.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// List letters, the oldest first.
    Deliveries {
        /// Only in this state.
        #[arg(long)]
        state: Option<State>,
        /// Only to this webhook.
        #[arg(long)]
        webhook: Option<String>,
        /// Only of this receipt.
        #[arg(long)]
        receipt: Option<Id>,
        /// Only those after this one.
        #[arg(long)]
        after: Option<Id>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Send once more what a webhook did not take; a webhook that has answered 410 works again.
    Replay {
        /// The webhook: all letters to it that were given up.
        #[arg(required_unless_present = "delivery")]
        name: Option<String>,
        /// Instead: everything that was owed to it from this event on.
        #[arg(long, requires = "name")]
        from: Option<Id>,
        /// Instead: only this letter.
        #[arg(long, conflicts_with = "name")]
        delivery: Option<Id>,
        #[command(flatten)]
        common: Common,
    },
    /// Send a letter that tells of nothing, and show the answer.
    Test {
        /// The webhook.
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// Make a secret and show it. It is kept nowhere: put it into the configuration, and give it to
    /// the receiver.
    Secret,
}

#[derive(Args)]
pub(crate) struct Common {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum State {
    /// They are to be sent.
    Waiting,
    /// They were taken.
    Delivered,
    /// They were given up.
    Dead,
}

impl Webhook {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::List { common } => common.show("/v1/webhooks", webhooks),
            Self::Deliveries {
                state,
                webhook,
                receipt,
                after,
                limit,
                common,
            } => {
                let mut path = format!("/v1/deliveries?limit={limit}");
                let mut add = |name: &str, value: Option<String>| {
                    if let Some(value) = value {
                        path.push_str(&format!("&{name}={value}"));
                    }
                };
                add("state", state.map(|state| state.name().to_owned()));
                add("webhook", webhook);
                add("receipt", receipt.map(|id| id.to_string()));
                add("after", after.map(|id| id.to_string()));
                common.show(&path, deliveries)
            }
            Self::Replay {
                name,
                from,
                delivery,
                common,
            } => replay(name, from, delivery, &common),
            Self::Test { name, common } => test(&name, &common),
            Self::Secret => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes)?;
                println!("{}", Secret::of(&bytes)?.to_text());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

impl Common {
    fn server(&self) -> Result<Server, Box<dyn std::error::Error>> {
        Server::of(&Config::read(&self.config)?)
    }

    /// Shows what a path answers: as JSON, or as a table.
    fn show(&self, path: &str, table: impl Fn(&[Value]) -> Table) -> Outcome {
        let server = self.server()?;
        let answer = runtime()?.block_on(server.get(path))?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&answer)?);
            return Ok(ExitCode::SUCCESS);
        }
        match answer.as_array().map(Vec::as_slice).unwrap_or_default() {
            [] => println!("there is nothing"),
            rows => println!("{}", table(rows)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn replay(name: Option<String>, from: Option<Id>, one: Option<Id>, common: &Common) -> Outcome {
    let server = common.server()?;
    let runtime = runtime()?;
    if let Some(id) = one {
        let path = format!("/v1/deliveries/{id}/replay");
        runtime.block_on(server.post(&path, &json!({})))?;
        println!("it is sent once more");
        return Ok(ExitCode::SUCCESS);
    }
    let name = name.ok_or("name the webhook")?;
    let body = from.map_or(json!({}), |from| json!({ "from": from.to_string() }));
    let answer = runtime.block_on(server.post(&format!("/v1/webhooks/{name}/replay"), &body))?;
    println!("{} letters are sent once more", answer["letters"]);
    Ok(ExitCode::SUCCESS)
}

fn test(name: &str, common: &Common) -> Outcome {
    let server = common.server()?;
    let path = format!("/v1/webhooks/{name}/test");
    let answer = runtime()?.block_on(server.post(&path, &json!({})))?;
    if common.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        let said = answer["answer"].as_str().unwrap_or_default();
        match answer["status"].as_u64() {
            Some(status) => println!("answered {status}: {said}"),
            None => println!("no answer: {said}"),
        }
    }
    Ok(if answer["delivered"] == true {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn webhooks(rows: &[Value]) -> Table {
    let mut table = table(&[
        "webhook",
        "state",
        "waiting",
        "dead",
        "last taken",
        "url",
        "events",
    ]);
    for row in rows {
        let events = row["events"].as_array().into_iter().flatten().map(text);
        table.add_row([
            text(&row["name"]),
            text(&row["state"]),
            text(&row["waiting"]),
            text(&row["dead"]),
            moment(&row["last_success_at_ms"]),
            text(&row["url"]),
            events.collect::<Vec<_>>().join(" "),
        ]);
    }
    table
}

fn deliveries(rows: &[Value]) -> Table {
    let mut table = table(&[
        "letter",
        "to",
        "tells",
        "state",
        "attempts",
        "next",
        "last answer",
    ]);
    for row in rows {
        let to = match &row["webhook"] {
            Value::Null => text(&row["callback"]["url"]),
            name => text(name),
        };
        let about = match &row["receipt"] {
            Value::Null => text(&row["operation"]),
            receipt => format!("{}\n{}", text(receipt), text(&row["told"])),
        };
        let last = &row["last"];
        table.add_row([
            text(&row["id"]),
            to,
            about,
            text(&row["state"]),
            text(&row["attempts"]),
            moment(&row["next_at_ms"]),
            format!("{} {}", text(&last["status"]), text(&last["answer"])),
        ]);
    }
    table
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header.iter().copied());
    table
}

fn moment(ms: &Value) -> String {
    ms.as_i64().map(desk::rfc3339).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
