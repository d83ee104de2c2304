use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use terms::Id;

use super::{
    Outcome, Signature,
    restore::{Basis, Setting},
    runtime, write_out,
};
use crate::{config::Config, server::Server};

/// Show receipts; decide about those that wait for a person. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Receipt {
    /// Show a receipt as it would stand on paper: 48 columns of text, a page, or its QR code.
    Print {
        /// The receipt.
        id: Id,
        #[command(flatten)]
        form: PrintForm,
        /// Where to write it; without, to the terminal.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Let another drive form a receipt that stands in doubt, because its drive will not come back.
    /// If it comes back with the document after all, a return receipt is made.
    FormAnew(Decision),
    /// Try a held receipt again: what stood in its way is gone.
    Release(Decision),
    Fix(Fix),
}

/// Fix a receipt that is wrong: it is reversed, and the right one is formed. Many of them are fixed
/// by a plan: «kassette restore fix».
#[derive(Args)]
pub(crate) struct Fix {
    /// The wrong receipt.
    id: Id,
    /// What was wrong: vat=22, sno=1, kind=cash, amount=650.00, amounts=650.00,0 (of each line),
    /// service=INET, period=2026-03, account=100001, sign=2, duplicate, rejected. Only where
    /// another value stands: vat=20..22.
    #[arg(long, required = true, value_name = "WHAT")]
    set: Vec<Setting>,
    #[command(flatten)]
    basis: Basis,
    /// Only show what would be formed.
    #[arg(long)]
    dry_run: bool,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

/// In which form; text is the usual one.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct PrintForm {
    /// Plain text of 48 columns (the usual form).
    #[arg(long)]
    text: bool,
    /// A page of HTML that needs nothing else.
    #[arg(long)]
    html: bool,
    /// The QR code, SVG.
    #[arg(long)]
    qr: bool,
}

/// What a person decides about a receipt.
#[derive(Args)]
pub(crate) struct Decision {
    /// The receipt.
    id: Id,
    #[command(flatten)]
    signature: Signature,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Receipt {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Print {
                id,
                form,
                output,
                config,
            } => {
                let server = Server::of(&Config::read(&config)?)?;
                let path = format!("/v1/receipts/{id}.{}", form.ending());
                let printed = runtime()?.block_on(server.fetch(&path))?;
                write_out(output.as_deref(), &printed)?;
            }
            Self::FormAnew(decision) => decision.send("form-anew", "goes to another drive")?,
            Self::Release(decision) => decision.send("release", "is tried again")?,
            Self::Fix(fix) => fix.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl PrintForm {
    const fn ending(&self) -> &'static str {
        match (self.html, self.qr) {
            (true, _) => "html",
            (_, true) => "svg",
            _ => "txt",
        }
    }
}

impl Decision {
    fn send(&self, order: &str, done: &str) -> Result<(), Box<dyn std::error::Error>> {
        let id = self.id;
        let server = Server::of(&Config::read(&self.config)?)?;
        let path = format!("/v1/receipts/{id}/{order}");
        runtime()?.block_on(server.post(&path, &self.signature.body()))?;
        println!("receipt {id} {done}");
        Ok(())
    }
}

impl Fix {
    fn run(&self) -> Result<(), Box<dyn std::error::Error>> {
        let body = json!({
            "change": Setting::change(&self.set)?,
            "basis": self.basis.json(),
            "dry_run": self.dry_run,
        });
        let server = Server::of(&Config::read(&self.config)?)?;
        let path = format!("/v1/receipts/{}/fix?wait=30", self.id);
        let answer = runtime()?.block_on(server.post(&path, &body))?;
        if self.json {
            println!("{answer:#}");
        } else if self.dry_run {
            println!("nothing was stored; this would be formed:");
            list(&answer["receipts"]).iter().for_each(print);
        } else {
            println!(
                "operation {} «{}»",
                text(&answer["id"]),
                text(&answer["key"])
            );
            for receipt in list(&answer["receipts"]) {
                println!(
                    "receipt {}: {}",
                    text(&receipt["id"]),
                    text(&receipt["state"])
                );
            }
        }
        Ok(())
    }
}

/// A receipt that would be formed.
fn print(receipt: &Value) {
    println!(
        "{}, {}: {}",
        text(&receipt["kind"]),
        text(&receipt["sign_title"]),
        text(&receipt["total"]),
    );
    for line in list(&receipt["lines"]) {
        println!(
            "  {} {}, {}",
            text(&line["amount"]),
            text(&line["name"]),
            text(&line["vat_title"]),
        );
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("–")
}
