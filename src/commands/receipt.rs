use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use terms::Id;

use super::{Outcome, Signature, runtime, write_out};
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
