use std::{io::Write, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use serde_json::{Value, json};
use terms::{DriveNumber, Rnm};
use tokio::time::sleep;

use crate::{
    commands::{Outcome, Signature, runtime},
    config::Config,
    server::Server,
};

/// How often the server is asked how the swap stands.
const LOOK: Duration = Duration::from_secs(1);

/// Replace the drive in a slot, step by step: says what is done and who has to do what. It can be
/// stopped at any time; the server goes on, and the same command follows it again.
#[derive(Args)]
pub(crate) struct Swap {
    /// The slot, counted from 1 in the order of the configuration.
    slot: u8,
    #[command(flatten)]
    signature: Signature,
    /// The registration number (РНМ) for the next drive; left out: that of the old one.
    #[arg(long)]
    rnm: Option<Rnm>,
    /// The serial number of the ККТ; left out: that of the old drive's registration.
    #[arg(long)]
    serial: Option<String>,
    /// The number of the new drive: then it is registered without a question.
    #[arg(long)]
    confirm: Option<DriveNumber>,
    /// Do not go on with a swap that is under way.
    #[arg(long)]
    abandon: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Swap {
    pub(crate) fn run(self) -> Outcome {
        let config = Config::read(&self.config)?;
        let server = Server::of(&config)?;
        runtime()?.block_on(async {
            let path = format!("/v1/cassette/{}/swap", self.slot);
            if self.abandon {
                let body = self.signature.body();
                server.post(&format!("{path}/abandon"), &body).await?;
                println!("slot {}: the swap is abandoned", self.slot);
                return Ok(ExitCode::SUCCESS);
            }
            if self.look(&server).await?["swap"].is_null() {
                let mut body = self.signature.body();
                if let Some(rnm) = self.rnm {
                    body["rnm"] = json!(rnm.to_string());
                }
                if let Some(serial) = &self.serial {
                    body["serial"] = json!(serial);
                }
                server.post(&path, &body).await?;
            }
            self.follow(&server, &path).await
        })
    }

    /// Tells each step until the new drive works.
    async fn follow(&self, server: &Server, path: &str) -> Outcome {
        let mut told = String::new();
        loop {
            let slot = self.look(server).await?;
            let swap = &slot["swap"];
            if swap.is_null() {
                let drive = slot["fn_number"].as_str().unwrap_or("?");
                println!("slot {}: drive {drive} is {}", self.slot, slot["state"]);
                return Ok(ExitCode::SUCCESS);
            }
            let line = describe(swap);
            if line != told {
                println!("slot {}: {line}", self.slot);
                told = line;
            }
            if swap["step"] == "confirm" {
                self.confirm(server, path, swap).await?;
            }
            sleep(LOOK).await;
        }
    }

    /// A person has to say that the drive is the right one.
    async fn confirm(
        &self,
        server: &Server,
        path: &str,
        swap: &Value,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let found = swap["new_fn_number"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let said = match self.confirm {
            Some(drive) => drive.to_string(),
            None => {
                ask(&format!(
                    "drive {found} is in; type its number to register it: "
                ))
                .await?
            }
        };
        if said.trim() != found {
            println!("that is another number; nothing was done");
            if self.confirm.is_some() {
                return Err(format!("drive {found} is in slot {}", self.slot).into());
            }
            return Ok(());
        }
        let mut body = self.signature.body();
        body["fn_number"] = json!(found);
        server.post(&format!("{path}/confirm"), &body).await?;
        Ok(())
    }

    async fn look(&self, server: &Server) -> Result<Value, Box<dyn std::error::Error>> {
        let cassette = server.get("/v1/cassette").await?;
        let slots = cassette["slots"].as_array().cloned().unwrap_or_default();
        let slot = slots.into_iter().find(|slot| slot["slot"] == self.slot);
        slot.ok_or_else(|| format!("there is no slot {}", self.slot).into())
    }
}

fn describe(swap: &Value) -> String {
    let text = swap["text_en"].as_str().unwrap_or_default();
    let mut line = text.to_owned();
    let number = |name: &str| swap[name].as_u64().unwrap_or_default();
    match swap["step"].as_str() {
        Some("send" | "send_closing") => {
            line.push_str(&format!(" Without ticket: {}.", number("unacknowledged")));
        }
        Some("export") => line.push_str(&format!(
            " {} of {}.",
            number("exported_fd"),
            number("last_fd")
        )),
        _ => {}
    }
    if let Some(trouble) = swap["trouble"].as_str() {
        line.push_str(&format!(" ({trouble})"));
    }
    line
}

/// Reads an answer from the keyboard, on a thread that may wait.
async fn ask(question: &str) -> Result<String, Box<dyn std::error::Error>> {
    print!("{question}");
    std::io::stdout().flush()?;
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    match read.await?? {
        line if line.is_empty() => Err("nobody answers; give --confirm NUMBER".into()),
        line => Ok(line),
    }
}
