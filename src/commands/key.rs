use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use desk::{KeyRing, Scope, Store};

use super::Outcome;
use crate::config::Config;

/// Manage the keys of the HTTP interface. Works beside a running server, which knows of a change
/// within a second.
#[derive(Subcommand)]
pub(crate) enum Key {
    /// Make a key and show it, this once.
    Add {
        /// What the key is called.
        name: String,
        /// What its holder may change: `billing` (operations, accounts, services) or `rack`
        /// (drives, receipts in doubt).
        #[arg(long, default_value = "billing", value_parser = scope)]
        scope: Scope,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// List the keys, without the keys themselves.
    List {
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Revoke a key.
    Revoke {
        /// What the key is called.
        name: String,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

impl Key {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Add {
                name,
                scope,
                config,
            } => {
                println!("{}", add(&ring(&config)?, &name, scope)?);
                eprintln!("shown this once: keep it where billing finds it");
            }
            Self::List { config } => {
                for key in ring(&config)?.list()? {
                    let state = if key.revoked_at.is_some() {
                        "revoked"
                    } else {
                        "valid"
                    };
                    println!("{}\t{}\t{state}", key.name, key.scope.name());
                }
            }
            Self::Revoke { name, config } => {
                if !ring(&config)?.revoke(&name)? {
                    return Err(format!("there is no valid key «{name}»; see «key list»").into());
                }
                println!("revoked");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes a key of 256 random bits and notes its hash.
pub(crate) fn add(
    ring: &KeyRing,
    name: &str,
    scope: Scope,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret)?;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = format!("kassette_{hex}");
    ring.add(name, &desk::key_hash(&key), scope)?;
    Ok(key)
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::from_name(name).ok_or_else(|| "write billing or rack".to_owned())
}

fn ring(config: &std::path::Path) -> Result<KeyRing, Box<dyn std::error::Error>> {
    let folder = Config::read(config)?.journal.folder;
    Ok(KeyRing::open(&Store::in_folder(folder))?)
}
