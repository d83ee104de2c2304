use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use terms::{Inn, Period};

use super::{
    Outcome, Signature,
    answered::{list, shown, table},
    runtime, write_out,
};
use crate::{config::Config, server::Server};

/// Pay on to suppliers what their agent has taken for them. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Payout {
    /// What stands for each supplier.
    Suppliers(Shown),
    /// Make a draft for each supplier of what a month and all before it have brought.
    Make {
        /// The month, YYYY-MM; it may be the present one.
        #[arg(long)]
        period: Period,
        /// Only to this supplier: its ИНН.
        #[arg(long)]
        supplier: Option<Inn>,
        /// Your name.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// The payouts, the newest first.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        shown: Shown,
    },
    /// One payout with what it has of each service.
    Show {
        /// The payout's number.
        id: i64,
        #[command(flatten)]
        shown: Shown,
    },
    /// Its register: a row for each service, or for each line of a receipt.
    Export {
        /// The payout's number.
        id: i64,
        /// The form.
        #[arg(long, default_value = "csv")]
        format: Format,
        /// A row for each line of a receipt.
        #[arg(long)]
        documents: bool,
        /// Where to write it; without, to the terminal.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// A draft is paid out.
    Agree(Decision),
    /// A draft is not paid out: its lines wait again.
    Drop(Decision),
}

/// How the answer is shown.
#[derive(Args)]
pub(crate) struct Shown {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

/// The form of a table.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// Semicolons and decimal commas, UTF-8.
    Csv,
    /// Excel.
    Xlsx,
}

impl Format {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// Which one, who decides, and why.
#[derive(Args)]
pub(crate) struct Decision {
    /// The payout's number.
    id: i64,
    #[command(flatten)]
    signature: Signature,
    #[command(flatten)]
    shown: Shown,
}

impl Payout {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Suppliers(shown) => {
                let answer = shown.get("/v1/suppliers")?;
                shown.tell(&answer, &SUPPLIER)
            }
            Self::Make {
                period,
                supplier,
                by,
                shown,
            } => {
                let supplier = supplier.map(|inn| inn.to_string());
                let mut body = json!({"period": period.to_string(), "by": by});
                if let Some(supplier) = supplier {
                    body["supplier"] = supplier.into();
                }
                let made = shown.post("/v1/payouts", &body)?;
                shown.tell(&made, &PAYOUT)
            }
            Self::List { limit, shown } => {
                let payouts = shown.get(&format!("/v1/payouts?limit={limit}"))?;
                shown.tell(&payouts, &PAYOUT)
            }
            Self::Show { id, shown } => {
                let payout = shown.get(&format!("/v1/payouts/{id}"))?;
                if shown.json {
                    println!("{payout:#}");
                    return Ok(ExitCode::SUCCESS);
                }
                shown.tell(&json!([payout]), &PAYOUT)?;
                shown.tell(&payout["services"], &SERVICE)
            }
            Self::Export {
                id,
                format,
                documents,
                output,
                config,
            } => {
                let server = Server::of(&Config::read(&config)?)?;
                let what = if documents { "documents" } else { "register" };
                let path = format!("/v1/payouts/{id}/{what}?format={}", format.name());
                let table = runtime()?.block_on(server.fetch(&path))?;
                write_out(output.as_deref(), &table)?;
                Ok(ExitCode::SUCCESS)
            }
            Self::Agree(decision) => decision.send("agree"),
            Self::Drop(decision) => decision.send("drop"),
        }
    }
}

impl Decision {
    fn send(self, what: &str) -> Outcome {
        let path = format!("/v1/payouts/{}/{what}", self.id);
        let payout = self.shown.post(&path, &self.signature.body())?;
        if self.shown.json {
            println!("{payout:#}");
            return Ok(ExitCode::SUCCESS);
        }
        self.shown.tell(&json!([payout]), &PAYOUT)
    }
}

const PAYOUT: [&str; 7] = [
    "id",
    "period",
    "supplier_inn",
    "supplier_name",
    "amount",
    "lines",
    "state",
];
const SERVICE: [&str; 5] = ["service", "receipts", "income", "refunds", "amount"];
const SUPPLIER: [&str; 6] = [
    "supplier_inn",
    "supplier_name",
    "ready",
    "pending",
    "drafted",
    "agreed",
];

impl Shown {
    fn server(&self) -> Result<Server, Box<dyn std::error::Error>> {
        Server::of(&Config::read(&self.config)?)
    }

    fn get(&self, path: &str) -> Result<Value, Box<dyn std::error::Error>> {
        runtime()?.block_on(self.server()?.get(path))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Box<dyn std::error::Error>> {
        runtime()?.block_on(self.server()?.post(path, body))
    }

    /// An array, with a column for each of these fields.
    fn tell(&self, answer: &Value, fields: &[&str]) -> Outcome {
        if self.json {
            println!("{answer:#}");
        } else if list(answer).is_empty() {
            println!("there is nothing");
        } else {
            let header: Vec<String> = fields.iter().map(|name| name.replace('_', " ")).collect();
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            let mut table = table(&header);
            for it in list(answer) {
                table.add_row(fields.iter().map(|name| shown(&it[*name])));
            }
            println!("{table}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
