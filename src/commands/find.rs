use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use clap::Args;
use comfy_table::Table;
use serde_json::{Value, json};
use terms::{DriveNumber, Id};

use super::{
    Outcome,
    answered::{list, shown, table},
    runtime,
};
use crate::{
    config::Config,
    server::{Server, escaped},
};

/// Find an account, an operation, a receipt or a drive by whatever is known: the account's number,
/// an operation's key, an identifier, a ФД or ФПД from a paper, a drive's number. Shows all that it
/// may mean. The server must be running.
#[derive(Args)]
pub(crate) struct Find {
    /// What is known.
    what: String,
    /// Only receipts of this drive, for a ФД that several drives have.
    #[arg(long)]
    drive: Option<DriveNumber>,
    /// At most so many events of an account, the newest.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Print a JSON object: `account`, `operations`, `receipts`, `drive`, as the HTTP interface
    /// shows them.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

/// What was found.
struct Found {
    /// The statement of the account.
    account: Option<Value>,
    operations: Vec<Value>,
    /// Receipts that are not those of `operations`.
    receipts: Vec<Value>,
    drive: Option<Value>,
}

impl Find {
    pub(crate) fn run(self) -> Outcome {
        let server = Server::of(&Config::read(&self.config)?)?;
        let found = runtime()?.block_on(self.look(&server))?;
        if found.is_nothing() {
            return Err(format!(
                "nothing is known by «{}»: it is no account, key, identifier, ФД, ФПД or drive here",
                self.what
            )
            .into());
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&found.json())?);
        } else {
            print!("{}", found.text());
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn look(&self, server: &Server) -> Result<Found, Box<dyn std::error::Error>> {
        let what = escaped(&self.what);
        let statement = format!(
            "/v1/accounts/{what}/statement?order=desc&limit={}",
            self.limit
        );
        let account = server.find(&statement).await?;
        let mut operations = Vec::new();
        operations.extend(server.find(&format!("/v1/operations?key={what}")).await?);
        let mut receipts = Vec::new();
        if self.what.parse::<Id>().is_ok() {
            operations.extend(server.find(&format!("/v1/operations/{what}")).await?);
            receipts.extend(server.find(&format!("/v1/receipts/{what}")).await?);
        }
        let drive = match self.what.parse::<DriveNumber>() {
            Ok(drive) => server.find(&format!("/v1/drives/{drive}")).await?,
            Err(_) => None,
        };
        if let Ok(number) = self.what.parse::<u32>() {
            let of = self
                .drive
                .map_or_else(String::new, |drive| format!("&fn_number={drive}"));
            for query in [format!("fd={number}{of}"), format!("fp={number}{of}")] {
                let listed = server.find(&format!("/v1/receipts?{query}")).await?;
                let items = listed.map(|mut listed| listed["items"].take());
                receipts.extend(items.iter().flat_map(list).cloned());
            }
        }
        Ok(Found {
            account,
            operations,
            receipts,
            drive,
        })
    }
}

impl Found {
    fn is_nothing(&self) -> bool {
        self.account.is_none()
            && self.drive.is_none()
            && self.operations.is_empty()
            && self.receipts.is_empty()
    }

    fn json(&self) -> Value {
        json!({
            "account": self.account,
            "operations": self.operations,
            "receipts": self.receipts,
            "drive": self.drive,
        })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        if let Some(statement) = &self.account {
            let _ = write!(text, "{}", account(statement));
        }
        for operation in &self.operations {
            let _ = writeln!(
                text,
                "operation {} «{}», {}{}",
                shown(&operation["id"]),
                shown(&operation["key"]),
                shown(&operation["type"]),
                of_account(&operation["account"]),
            );
            for record in list(&operation["non_fiscal"]) {
                let (amount, why) = (shown(&record["amount"]), shown(&record["why_ru"]));
                let _ = writeln!(text, "  without a receipt: {amount}: {why}");
            }
            if !list(&operation["receipts"]).is_empty() {
                let _ = writeln!(text, "{}", receipts(list(&operation["receipts"])));
            }
        }
        if !self.receipts.is_empty() {
            let _ = writeln!(text, "{}", receipts(&self.receipts));
        }
        if let Some(drive) = &self.drive {
            let _ = writeln!(
                text,
                "drive {} in slot {}: {}, ФД {}…{}, {} without ticket, life until {}",
                shown(&drive["fn_number"]),
                shown(&drive["slot"]),
                shown(&drive["phase"]),
                shown(&drive["first_fd"]),
                shown(&drive["last_fd"]),
                shown(&drive["unacknowledged"]),
                shown(&drive["until"]),
            );
        }
        text
    }
}

/// An account with the balance of each service, and its newest events.
fn account(statement: &Value) -> String {
    let account = &statement["account"];
    let mut text = format!(
        "account {}, {}: {}\n",
        shown(&account["number"]),
        shown(&account["contact"]),
        shown(&account["saldo"]),
    );
    for service in list(&statement["services"]) {
        let code = match &service["service"] {
            Value::Null => "for all services".to_owned(),
            code => shown(code),
        };
        let _ = writeln!(
            text,
            "  {code}: {} ahead, {} owed, {} of penalties",
            shown(&service["advances"]),
            shown(&service["debts"]),
            shown(&service["penalties"]),
        );
    }
    let events = list(&statement["items"]);
    if events.is_empty() {
        return text;
    }
    let mut rows = table(&["date", "what", "key", "changes", "saldo", "receipts"]);
    for event in events {
        let told = list(&event["receipts"]).iter().map(|receipt| {
            format!(
                "{} {} {}",
                shown(&receipt["id"]),
                shown(&receipt["total"]),
                shown(&receipt["state"])
            )
        });
        let untold = list(&event["non_fiscal"]).iter();
        let untold = untold.map(|record| format!("none: {}", shown(&record["why_ru"])));
        let lines: Vec<String> = told.chain(untold).collect();
        rows.add_row([
            shown(&event["date"]),
            shown(&event["type"]),
            shown(&event["key"]),
            shown(&event["delta"]),
            shown(&event["saldo"]),
            lines.join("\n"),
        ]);
    }
    let _ = writeln!(text, "{rows}");
    let more = statement["count"].as_u64().unwrap_or(0);
    if more > events.len() as u64 {
        let _ = writeln!(
            text,
            "the newest {} of {more} events; --limit shows more",
            events.len()
        );
    }
    text
}

fn receipts(receipts: &[Value]) -> Table {
    let mut rows = table(&["receipt", "state", "what", "total", "account", "document"]);
    for receipt in receipts {
        let document = &receipt["document"];
        let paper = if document.is_null() {
            shown(&receipt["reason"])
        } else {
            format!(
                "ФН {} ФД {} ФПД {}\n{}, shift {} receipt {}",
                shown(&document["fn_number"]),
                shown(&document["fd"]),
                shown(&document["fp"]),
                shown(&document["time"]),
                shown(&document["shift"]),
                shown(&document["receipt_number"]),
            )
        };
        rows.add_row([
            shown(&receipt["id"]),
            shown(&receipt["state"]),
            shown(&receipt["sign_title"]),
            shown(&receipt["total"]),
            shown(&receipt["account"]),
            paper,
        ]);
    }
    rows
}

fn of_account(account: &Value) -> String {
    match account {
        Value::Null => String::new(),
        number => format!(", account {}", shown(number)),
    }
}
