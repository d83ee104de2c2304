//! `kassette restore lost` and `kassette restore fix`: a plan is made.

use std::{error::Error, io::Read, path::PathBuf, time::Duration};

use clap::Args;
use desk::files::FILE_MAX;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use terms::{Id, LocalDate};

use super::{
    super::{Outcome, runtime},
    Basis, Common, Setting,
};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Plan to restore payments that never became receipts: the bank's registries say which there were.
/// Nothing is formed before another person approves the plan.
#[derive(Args)]
pub(crate) struct Lost {
    /// The first day that was lost.
    #[arg(long)]
    from: LocalDate,
    /// The last day that was lost.
    #[arg(long)]
    to: LocalDate,
    /// A registry or statement of the bank; all of them together are one plan.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    registry: Vec<PathBuf>,
    /// A profile of the configuration, or a kind: sberbank, lanbilling, 1c, csv. Without, it is
    /// found out.
    #[arg(long)]
    profile: Option<String>,
    #[command(flatten)]
    basis: Basis,
    /// Your name; another person approves.
    #[arg(long)]
    by: String,
    #[command(flatten)]
    common: Common,
}

/// Plan to fix receipts that are wrong. Nothing is formed before another person approves the plan.
#[derive(Args)]
pub(crate) struct Fix {
    /// The wrong receipts.
    #[arg(required_unless_present = "query", conflicts_with = "query")]
    receipts: Vec<Id>,
    /// The same as a query: what «GET /v1/receipts?…» lists, such as
    /// «from=2026-03-01&to=2026-03-31&kind=receipt».
    #[arg(long)]
    query: Option<String>,
    /// What was wrong: vat=22, sno=1, kind=cash, amount=650.00, amounts=650.00,0 (of each line),
    /// service=INET, period=2026-03, account=100001, sign=2, duplicate, rejected. Only where
    /// another value stands: vat=20..22.
    #[arg(long, required = true, value_name = "WHAT")]
    set: Vec<Setting>,
    #[command(flatten)]
    basis: Basis,
    /// Your name; another person approves.
    #[arg(long)]
    by: String,
    #[command(flatten)]
    common: Common,
}

impl Lost {
    pub(super) fn run(self) -> Outcome {
        let mut order = json!({
            "from": self.from.to_string(),
            "to": self.to.to_string(),
            "basis": self.basis.json(),
            "by": self.by,
        });
        if let Some(profile) = &self.profile {
            order["profile"] = profile.as_str().into();
        }
        let files: Result<Vec<_>, _> = self.registry.iter().map(read).collect();
        let files = files?;
        let server = self.common.server()?;
        let bar = progress("the server looks the rows up");
        let path = "/v1/restorations:lost";
        let answer = runtime()?.block_on(server.post_form(path, &order, &files));
        bar.finish_and_clear();
        let (is_fine, answer) = answer?;
        self.common.tell(is_fine, &answer)
    }
}

impl Fix {
    pub(super) fn run(self) -> Outcome {
        let mut order = json!({
            "change": Setting::change(&self.set)?,
            "basis": self.basis.json(),
            "by": self.by,
        });
        match self.query {
            Some(query) => order["query"] = query.into(),
            None => order["receipts"] = self.receipts.iter().map(ToString::to_string).collect(),
        }
        let server = self.common.server()?;
        let bar = progress("the server computes the right receipts");
        let answer = runtime()?.block_on(server.try_post("/v1/restorations:fix", &order));
        bar.finish_and_clear();
        let (is_fine, answer): (bool, Value) = answer?;
        self.common.tell(is_fine, &answer)
    }
}

/// A file with its name.
fn read(path: &PathBuf) -> Result<(String, Vec<u8>), Box<dyn Error>> {
    let named = |error| format!("{}: {error}", path.display());
    let name = path.file_name().ok_or("the file has no name")?;
    let file = std::fs::File::open(path).map_err(named)?;
    let mut bytes = Vec::new();
    file.take(FILE_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(named)?;
    if bytes.len() > FILE_MAX {
        let path = path.display();
        return Err(format!("{path} is larger than {FILE_MAX} bytes: split it").into());
    }
    Ok((name.to_string_lossy().into_owned(), bytes))
}

fn progress(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_style(
        // The template is constant; if it were wrong, the default one would do as well.
        ProgressStyle::with_template("{spinner} {msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}
