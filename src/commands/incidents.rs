use std::{
    path::PathBuf,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use reqwest::Url;
use serde_json::{Value, json};

use super::{Outcome, Signature, runtime};
use crate::{config::Config, server::Server};

/// The most characters in a line of the table.
const WIDTH: u16 = 120;
/// Milliseconds of an hour.
const HOUR: u64 = 3_600_000;

/// See the trouble that the rules have found, take it on, have people told no more. The server must be
/// running.
#[derive(Subcommand)]
pub(crate) enum Incidents {
    /// List incidents, the newest first.
    List(List),
    /// Show one with its numbers, its history, and who was told.
    Show {
        /// Its number.
        incident: u64,
        #[command(flatten)]
        common: Common,
    },
    /// Take one on: people are told of it no more, unless it grows worse.
    Acknowledge {
        /// Its number.
        incident: u64,
        /// Your name.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        common: Common,
    },
    /// Let nobody be told of one for a while, unless it grows worse.
    Mute {
        /// Its number.
        incident: u64,
        /// For so many hours, at most 8784.
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..=8_784))]
        hours: u64,
        #[command(flatten)]
        signature: Signature,
        #[command(flatten)]
        common: Common,
    },
    /// Let people be told of it again.
    Unmute {
        /// Its number.
        incident: u64,
        /// Your name.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        common: Common,
    },
    /// Say that it is over; found again, it is a new one.
    Resolve {
        /// Its number.
        incident: u64,
        #[command(flatten)]
        signature: Signature,
        #[command(flatten)]
        common: Common,
    },
    /// List the channels by which people are told, and what waits for them.
    Channels {
        #[command(flatten)]
        common: Common,
    },
    /// Send a notice that tells of nothing, and show what came of it.
    TestChannel {
        /// The channel.
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// Send at once what waits for its next attempt or was given up.
    Replay {
        /// The channel.
        name: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args)]
pub(crate) struct List {
    /// Only those that stand so; usual: all that last.
    #[arg(long, default_value = "lasting")]
    state: State,
    /// Only as bad as this.
    #[arg(long)]
    severity: Option<Severity>,
    /// Only of this rule: A01 to A28.
    #[arg(long)]
    rule: Option<String>,
    /// Only about this account.
    #[arg(long)]
    account: Option<String>,
    /// Only those whose texts hold this.
    #[arg(long)]
    text: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    #[command(flatten)]
    common: Common,
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
enum State {
    /// All that are not over.
    Lasting,
    /// Nobody has taken them on.
    Open,
    /// Somebody has.
    Acknowledged,
    /// Nobody is told of them for a while.
    Muted,
    /// They are over.
    Resolved,
    /// All of them.
    All,
}

#[derive(Clone, Copy, ValueEnum)]
enum Severity {
    /// To be known.
    Info,
    /// To be looked at within a week.
    Medium,
    /// To be looked at today.
    High,
    /// Stop, or call somebody.
    Critical,
}

impl Incidents {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::List(list) => list.run(),
            Self::Show { incident, common } => {
                let path = format!("/v1/incidents/{incident}");
                let found = runtime()?.block_on(common.server()?.get(&path))?;
                common.show(&found, shown)
            }
            Self::Acknowledge {
                incident,
                by,
                common,
            } => common.act(incident, "acknowledge", &json!({ "by": by })),
            Self::Mute {
                incident,
                hours,
                signature,
                common,
            } => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
                let mut body = signature.body();
                body["until_ms"] = (u64::try_from(now)? + hours * HOUR).into();
                common.act(incident, "mute", &body)
            }
            Self::Unmute {
                incident,
                by,
                common,
            } => common.act(incident, "unmute", &json!({ "by": by })),
            Self::Resolve {
                incident,
                signature,
                common,
            } => common.act(incident, "resolve", &signature.body()),
            Self::Channels { common } => {
                let found = runtime()?.block_on(common.server()?.get("/v1/channels"))?;
                common.show(&found, channels)
            }
            Self::TestChannel { name, common } => test(&name, &common),
            Self::Replay { name, common } => {
                let path = format!("/v1/channels/{name}/replay");
                let found = runtime()?.block_on(common.server()?.post(&path, &json!({})))?;
                common.show(&found, |found| {
                    format!("notices that are sent now: {}", text(&found["notices"]))
                })
            }
        }
    }
}

impl List {
    fn run(self) -> Outcome {
        let state = match self.state {
            State::All => None,
            state => state.to_possible_value().map(|it| it.get_name().to_owned()),
        };
        let severity = self.severity.and_then(|it| it.to_possible_value());
        let severity = severity.map(|it| it.get_name().to_owned());
        let limit = Some(self.limit.to_string());
        let wanted = [
            ("limit", limit),
            ("state", state),
            ("severity", severity),
            ("rule", self.rule),
            ("account", self.account),
            ("text", self.text),
        ];
        let wanted = wanted.into_iter();
        let wanted: Vec<_> = wanted.filter_map(|(name, it)| Some((name, it?))).collect();
        // The host is of no account: only the path with its query is used.
        let url = Url::parse_with_params("http://server/v1/incidents", &wanted)?;
        let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        let found = runtime()?.block_on(self.common.server()?.get(&path))?;
        self.common.show(&found["items"], listed)
    }
}

impl Common {
    fn server(&self) -> Result<Server, Box<dyn std::error::Error>> {
        Server::of(&Config::read(&self.config)?)
    }

    fn show(&self, found: &Value, in_words: impl Fn(&Value) -> String) -> Outcome {
        if self.json {
            println!("{}", serde_json::to_string_pretty(found)?);
        } else {
            println!("{}", in_words(found));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn act(&self, incident: u64, act: &str, body: &Value) -> Outcome {
        let path = format!("/v1/incidents/{incident}/{act}");
        let found = runtime()?.block_on(self.server()?.post(&path, body))?;
        self.show(&found, |found| {
            format!("incident {incident} is {}", text(&found["state"]))
        })
    }
}

fn test(name: &str, common: &Common) -> Outcome {
    let path = format!("/v1/channels/{name}/test");
    let tried = runtime()?.block_on(common.server()?.post(&path, &json!({})))?;
    let is_taken = tried["taken"] == true;
    common.show(&tried, |tried| {
        let answer = text(&tried["answer"]);
        match is_taken {
            true => format!("the channel «{name}» has taken it: {answer}"),
            false => format!("the channel «{name}» has not taken it: {answer}"),
        }
    })?;
    Ok(match is_taken {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    table
}

fn listed(found: &Value) -> String {
    let incidents = rows(found);
    if incidents.is_empty() {
        return "there are no such incidents".to_owned();
    }
    let mut table = table(["№", "severity", "rule", "state", "what"]);
    for incident in incidents {
        table.add_row([
            text(&incident["id"]),
            text(&incident["severity"]),
            text(&incident["rule"]),
            text(&incident["state"]),
            format!(
                "{}\n{}",
                text(&incident["object"]),
                text(&incident["what_ru"])
            ),
        ]);
    }
    table.to_string()
}

fn shown(incident: &Value) -> String {
    let mut lines = vec![
        format!(
            "{} {} ({}, {})",
            text(&incident["rule"]),
            text(&incident["title_ru"]),
            text(&incident["severity"]),
            text(&incident["state"])
        ),
        text(&incident["object"]),
        text(&incident["what_ru"]),
    ];
    for number in rows(&incident["numbers"]) {
        lines.push(format!(
            "  {}: {}",
            text(&number["name"]),
            text(&number["value"])
        ));
    }
    lines.push(format!("what to do: {}", text(&incident["advice_ru"])));
    for event in rows(&incident["history"]) {
        let by = event["by"].as_str().map(|by| format!(" by {by}"));
        let why = event["why"].as_str().map(|why| format!(": {why}"));
        lines.push(format!(
            "{} {}{}{}",
            moment(&event["at_ms"]),
            text(&event["what"]),
            by.unwrap_or_default(),
            why.unwrap_or_default()
        ));
    }
    for notice in rows(&incident["notices"]) {
        lines.push(format!(
            "notice to «{}» ({}): {}, attempts: {} {}",
            text(&notice["channel"]),
            text(&notice["reason"]),
            text(&notice["state"]),
            text(&notice["attempts"]),
            text(&notice["last_answer"])
        ));
    }
    lines.join("\n")
}

fn channels(found: &Value) -> String {
    let channels = rows(found);
    if channels.is_empty() {
        return "there are no channels: write a table [[watch.channel]] into the configuration"
            .to_owned();
    }
    let mut table = table(["channel", "kind", "to", "waiting", "given up"]);
    for channel in channels {
        let cells = ["name", "kind", "to", "waiting", "dead"];
        table.add_row(cells.map(|cell| text(&channel[cell])));
    }
    table.to_string()
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A moment as RFC 3339 writes it.
fn moment(value: &Value) -> String {
    value.as_i64().map(desk::rfc3339).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
