use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use terms::Id;

use super::{
    Outcome, Signature,
    answered::{list, shown, table},
    runtime,
};
use crate::{config::Config, server::Server};

/// Decide about charges that no contract of their account allows. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Charge {
    /// Show them, the oldest first.
    Held {
        /// In this state.
        #[arg(long, default_value = "waiting")]
        state: State,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Accept one as it was sent.
    Release(Decision),
    /// Refuse one for ever: its key is answered so from now on.
    Refuse(Decision),
}

/// Where held charges stand.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum State {
    /// A person has to decide.
    Waiting,
    /// It was accepted.
    Released,
    /// It was refused.
    Refused,
}

/// Which one, who decides, and why.
#[derive(Args)]
pub(crate) struct Decision {
    /// The held charge.
    id: Id,
    #[command(flatten)]
    signature: Signature,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Charge {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Held {
                state,
                limit,
                json,
                config,
            } => held(state, limit, json, &config),
            Self::Release(decision) => {
                let answer = decision.send("release")?;
                let operation = shown(&answer["operation"]);
                println!("charge {} is accepted: operation {operation}", decision.id);
                Ok(ExitCode::SUCCESS)
            }
            Self::Refuse(decision) => {
                decision.send("refuse")?;
                println!("charge {} is refused", decision.id);
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Decision {
    fn send(&self, what: &str) -> Result<Value, Box<dyn std::error::Error>> {
        let server = Server::of(&Config::read(&self.config)?)?;
        let path = format!("/v1/held-charges/{}/{what}", self.id);
        runtime()?.block_on(server.post(&path, &self.signature.body()))
    }
}

fn held(state: State, limit: u32, json: bool, config: &std::path::Path) -> Outcome {
    let server = Server::of(&Config::read(config)?)?;
    let state = match state {
        State::Waiting => "waiting",
        State::Released => "released",
        State::Refused => "refused",
    };
    let path = format!("/v1/held-charges?state={state}&limit={limit}");
    let held = runtime()?.block_on(server.get(&path))?;
    if json {
        println!("{held:#}");
        return Ok(ExitCode::SUCCESS);
    }
    if list(&held).is_empty() {
        println!("no charge is {state}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = table(&["charge", "account", "date", "amount", "key", "why"]);
    for it in list(&held) {
        let why = match &it["decided_why"] {
            Value::Null => shown(&it["reason"]),
            why => format!("{}: {}", shown(&it["decided_by"]), shown(why)),
        };
        let names = ["id", "account", "date", "amount", "key"];
        let mut row = names.map(|name| shown(&it[name])).to_vec();
        row.push(why);
        table.add_row(row);
    }
    println!("{table}");
    Ok(ExitCode::SUCCESS)
}
