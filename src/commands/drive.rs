mod list;
mod swap;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use desk::{Desk, RegistrationOrder, SlotId};
use terms::Rnm;

use super::{Outcome, Signature, runtime};
use crate::{config::Config, server::Server};

/// Work with the drives. `swap`, `adopt` and `export` are orders to the running server; for `register` it
/// must not be running.
#[derive(Subcommand)]
pub(crate) enum Drive {
    /// Show the serial ports of this machine and the drives behind them.
    List(list::List),
    /// Register the drive in a slot: forms the registration report with the organisation's
    /// requisites.
    Register {
        /// The slot, counted from 1 in the order of the configuration.
        slot: u8,
        /// The serial number of the ККТ in this slot.
        #[arg(long)]
        serial: String,
        /// The registration number (РНМ) that the ФНС gave, 16 digits.
        #[arg(long)]
        rnm: Rnm,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Replace the drive in a slot, step by step.
    Swap(swap::Swap),
    /// Take in the drive in a slot that was used by another program: from now on it works here.
    Adopt(Order),
    /// Read the documents of the drive in a slot into files beside the journal.
    Export(Order),
    /// Compute the registration number (РНМ) of an emulated drive's ККТ. A real one is given by
    /// the ФНС.
    ComposeRnm {
        /// The registration part, at most ten digits.
        number: u64,
        /// The serial number of the ККТ.
        #[arg(long)]
        serial: String,
        /// The configuration file: the ИНН is taken from it.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

/// An order about a slot to the running server.
#[derive(Args)]
pub(crate) struct Order {
    /// The slot, counted from 1 in the order of the configuration.
    slot: u8,
    #[command(flatten)]
    signature: Signature,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Order {
    fn give(&self, what: &str) -> Result<Config, Box<dyn std::error::Error>> {
        let config = Config::read(&self.config)?;
        let server = Server::of(&config)?;
        let path = format!("/v1/cassette/{}/{what}", self.slot);
        runtime()?.block_on(server.post(&path, &self.signature.body()))?;
        Ok(config)
    }
}

impl Drive {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::List(list) => list.run(),
            Self::Swap(swap) => swap.run(),
            Self::Adopt(order) => {
                order.give("adopt")?;
                println!("slot {}: its drive is taken in", order.slot);
                Ok(ExitCode::SUCCESS)
            }
            Self::Export(order) => {
                let config = order.give("export")?;
                let folder = config.journal.folder.join("archive");
                println!(
                    "slot {}: its documents go to {}",
                    order.slot,
                    folder.display()
                );
                Ok(ExitCode::SUCCESS)
            }
            Self::Register {
                slot,
                serial,
                rnm,
                config,
            } => {
                let config = Config::read(&config)?;
                runtime()?.block_on(async {
                    let desk = Desk::open(config.setup()?)?;
                    let order = RegistrationOrder { serial, rnm };
                    let registered = desk.register(SlotId(slot), &order, None).await;
                    desk.close().await;
                    let view = registered?;
                    println!(
                        "slot {slot}: drive {} is registered under РНМ {rnm}; its ОФД gets the \
                         report when the server runs",
                        view.drive.unwrap_or_default()
                    );
                    Ok(ExitCode::SUCCESS)
                })
            }
            Self::ComposeRnm {
                number,
                serial,
                config,
            } => {
                let inn = Config::read(&config)?.organisation.inn;
                println!("{}", Rnm::compose(number, inn, &serial)?);
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}
