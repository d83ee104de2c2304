mod list;

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use desk::{Desk, RegistrationOrder, SlotId};
use terms::Rnm;

use super::{Outcome, runtime};
use crate::config::Config;

/// Work with the drives. The server must not be running, except for `list`.
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

impl Drive {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::List(list) => list.run(),
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
                    let registered = desk.register(SlotId(slot), &order).await;
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
