//! `kassette import payments`: a file of a bank goes to the running server.

use std::{io::Read, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, ValueEnum};
use desk::files::FILE_MAX;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::{Outcome, runtime};
use crate::{
    config::Config,
    imported::{refusal, told},
    server::Server,
};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Load a registry or a statement of a bank: all payments of it or nothing, and each once.
#[derive(Args)]
pub(crate) struct Payments {
    /// The file as the bank has sent it: Sberbank's registry, LANBilling's registry,
    /// 1CClientBankExchange, or CSV with the columns account, date and amount.
    file: PathBuf,
    /// A profile of the configuration, or a kind: sberbank, lanbilling, 1c, csv. Without, it is
    /// found out.
    #[arg(long)]
    profile: Option<String>,
    /// Only look what would become of it.
    #[arg(long)]
    dry_run: bool,
    /// Load payments of unknown payers as money to be identified.
    #[arg(long)]
    as_unidentified: bool,
    /// What becomes of transfers of businesses; without, as configured.
    #[arg(long)]
    business: Option<Business>,
    /// Leave payments that the rules refuse for a person, and load the others.
    #[arg(long)]
    skip_refused: bool,
    /// Your name.
    #[arg(long)]
    by: String,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Business {
    /// Load them.
    Include,
    /// Leave them out.
    Skip,
}

impl Payments {
    pub(super) fn run(self) -> Outcome {
        let bytes = self.read()?;
        let server = Server::of(&Config::read(&self.config)?)?;
        let bar = progress(bytes.len());
        let parameters = self.parameters()?;
        let answer = runtime()?.block_on(server.post_file("/v1/imports", &parameters, bytes));
        bar.finish_and_clear();
        let (is_fine, answer) = answer?;
        if self.json {
            println!("{answer:#}");
        } else if is_fine {
            println!("{}", told(&answer));
        } else {
            eprintln!("{}", refusal(&answer));
        }
        Ok(if is_fine {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn read(&self) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let named = |error| format!("{}: {error}", self.file.display());
        let file = std::fs::File::open(&self.file).map_err(named)?;
        let mut bytes = Vec::new();
        file.take(FILE_MAX as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(named)?;
        if bytes.len() > FILE_MAX {
            let path = self.file.display();
            return Err(format!("{path} is larger than {FILE_MAX} bytes: split it").into());
        }
        Ok(bytes)
    }

    fn parameters(&self) -> Result<Vec<(&'static str, String)>, Box<dyn std::error::Error>> {
        let name = self.file.file_name().ok_or("the file has no name")?;
        let mut parameters = vec![
            ("name", name.to_string_lossy().into_owned()),
            ("by", self.by.clone()),
            ("dry_run", self.dry_run.to_string()),
            ("skip_refused", self.skip_refused.to_string()),
        ];
        let business = self.business.map(|business| match business {
            Business::Include => "include",
            Business::Skip => "skip",
        });
        parameters.extend(business.map(|word| ("business", word.to_owned())));
        parameters.extend(self.profile.clone().map(|name| ("profile", name)));
        if self.as_unidentified {
            parameters.push(("as_unidentified", true.to_string()));
        }
        Ok(parameters)
    }
}

fn progress(bytes: usize) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_style(
        // The template is constant; if it were wrong, the default one would do as well.
        ProgressStyle::with_template("{spinner} the server reads {msg} and computes {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar.set_message(format!("{} KiB", bytes.div_ceil(1024)));
    bar.enable_steady_tick(TICK);
    bar
}
