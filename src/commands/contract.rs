use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use serde_json::Value;
use terms::AccountNumber;

use super::{
    Outcome,
    answered::{list, shown, table},
    runtime,
};
use crate::{
    config::Config,
    server::{Server, escaped},
};

/// Show contracts of accounts. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Contract {
    /// The contracts of an account.
    List {
        /// The account's number.
        account: AccountNumber,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Contracts that end soon, with nothing after them.
    Ending {
        /// Within so many days; without, as configured.
        #[arg(long)]
        days: Option<u16>,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

impl Contract {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::List {
                account,
                json,
                config,
            } => {
                let path = format!("/v1/accounts/{}/contracts", escaped(account.as_str()));
                let contracts = ask(&config, &path)?;
                let rows = list(&contracts).iter().map(|it| contract(it).to_vec());
                tell(&contracts, json, &HEADER, rows)
            }
            Self::Ending { days, json, config } => {
                let days = days.map_or_else(String::new, |days| format!("?days={days}"));
                let ending = ask(&config, &format!("/v1/contracts/ending{days}"))?;
                let rows = list(&ending).iter().map(|it| {
                    let mut row = vec![shown(&it["account"]), shown(&it["days"])];
                    row.extend(contract(&it["contract"]));
                    row
                });
                let header: Vec<&str> =
                    ["account", "days left"].into_iter().chain(HEADER).collect();
                tell(&ending, json, &header, rows)
            }
        }
    }
}

const HEADER: [&str; 6] = ["number", "from", "to", "services", "price list", "set by"];

fn contract(it: &Value) -> [String; 6] {
    let services: Vec<String> = list(&it["services"]).iter().map(shown).collect();
    [
        shown(&it["number"]),
        shown(&it["from"]),
        shown(&it["to"]),
        match services.is_empty() {
            true => "all".to_owned(),
            false => services.join(" "),
        },
        shown(&it["price_list"]),
        shown(match &it["set_by"] {
            Value::Null => &it["key"],
            by => by,
        }),
    ]
}

fn ask(config: &std::path::Path, path: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let server = Server::of(&Config::read(config)?)?;
    runtime()?.block_on(server.get(path))
}

fn tell(
    answer: &Value,
    json: bool,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Outcome {
    if json {
        println!("{answer:#}");
    } else if list(answer).is_empty() {
        println!("there are none");
    } else {
        let mut table = table(header);
        table.add_rows(rows);
        println!("{table}");
    }
    Ok(ExitCode::SUCCESS)
}
