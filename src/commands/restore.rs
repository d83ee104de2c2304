//! `kassette restore`: what was lost or formed wrongly is restored, as a plan that a second person
//! approves. The server does the work; these commands give it orders and show how it stands.

mod basis;
mod change;
mod follow;
mod order;
mod shown;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Outcome, runtime};
use crate::{
    config::Config,
    imported::refusal,
    server::{Server, escaped},
};
pub(super) use basis::Basis;
pub(super) use change::Setting;
use order::{Fix, Lost};

/// Restore payments that never became receipts, and fix receipts that are wrong: a plan is made,
/// looked at, approved by another person, and carried out. The server must be running.
#[derive(Subcommand)]
pub(crate) enum Restore {
    Lost(Lost),
    Fix(Fix),
    /// List the plans, the newest first.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Show a plan: what would be done or was done, what it changes, and what stands in its way.
    Show {
        /// The plan.
        plan: String,
        /// Show its rows, too.
        #[arg(long)]
        rows: bool,
        /// Of the rows only those of this class, such as `missing` or `ambiguous`.
        #[arg(long, requires = "rows")]
        class: Option<String>,
        /// Of the rows only those in this state, such as `changed`.
        #[arg(long, requires = "rows")]
        state: Option<String>,
        /// At most so many rows.
        #[arg(long, default_value_t = 100, requires = "rows")]
        limit: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Approve a plan. Who has made it may not.
    Approve {
        /// The plan.
        plan: String,
        /// Its hash, as `show` tells it: what is approved is what was looked at.
        #[arg(long)]
        hash: String,
        #[command(flatten)]
        signed: Signed,
        #[command(flatten)]
        common: Common,
    },
    Run(Run),
    /// Stop for now; what is under way is ended.
    Pause(Turn),
    /// Go on with a plan that stands still.
    Resume(Turn),
    /// Give a plan up: what was done stays done, the rest never will be.
    Abandon(Turn),
    /// Fetch the set of documents for the accountant and the tax office.
    Report {
        /// The plan.
        plan: String,
        /// Where to write it, a ZIP file.
        #[arg(long)]
        zip: PathBuf,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

/// How to answer, and where.
#[derive(Args)]
pub(crate) struct Common {
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

/// Who, and why.
#[derive(Args)]
pub(crate) struct Signed {
    /// Your name.
    #[arg(long)]
    by: String,
    /// Why; it is journaled.
    #[arg(long)]
    reason: Option<String>,
}

/// An order about a plan.
#[derive(Args)]
pub(crate) struct Turn {
    /// The plan.
    plan: String,
    #[command(flatten)]
    signed: Signed,
    #[command(flatten)]
    common: Common,
}

/// Carry an approved plan out, and follow how it goes until it is done or stands still. Ctrl-C ends
/// the following; the server goes on.
#[derive(Args)]
pub(crate) struct Run {
    /// The plan.
    plan: String,
    /// Carry out so many rows at most; then it stands still.
    #[arg(long)]
    limit: Option<u64>,
    /// What to do when corrections become more than the risk indicators allow.
    #[arg(long, default_value = "spread")]
    pace: Pace,
    /// When to stop: drive-error, ofd-rejections=N, unsent=N, changed. What is not named stays as
    /// configured.
    #[arg(long, value_name = "WHAT")]
    pause_on: Vec<PauseOn>,
    /// Give the order and do not follow.
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    signed: Signed,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, ValueEnum)]
enum Pace {
    /// Wait until the share of corrections allows more.
    Spread,
    /// Go on, with the explanatory letter.
    AtOnce,
}

/// One cause to stop at.
#[derive(Clone)]
struct PauseOn(&'static str, Value);

impl std::str::FromStr for PauseOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| {
            let count: Result<u32, _> = digits.parse();
            count
                .map(Value::from)
                .map_err(|_| format!("«{digits}» is no number"))
        };
        match text.split_once('=') {
            None if text == "drive-error" => Ok(Self("drive_error", true.into())),
            None if text == "changed" => Ok(Self("changed", true.into())),
            Some(("ofd-rejections", count)) => Ok(Self("ofd_rejections", number(count)?)),
            Some(("unsent", count)) => Ok(Self("unsent", number(count)?)),
            _ => Err("it is one of drive-error, ofd-rejections=N, unsent=N and changed".to_owned()),
        }
    }
}

impl Restore {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Lost(lost) => lost.run(),
            Self::Fix(fix) => fix.run(),
            Self::List { limit, common } => {
                let plans = common.get(&format!("/v1/restorations?limit={limit}"))?;
                common.show(&plans, || shown::plans(&plans))
            }
            Self::Show {
                plan,
                rows,
                class,
                state,
                limit,
                common,
            } => show(&plan, rows.then_some((class, state, limit)), &common),
            Self::Approve {
                plan,
                hash,
                signed,
                common,
            } => {
                let mut body = signed.body();
                body["hash"] = hash.into();
                common.order(&plan, "approve", &body)
            }
            Self::Run(run) => run.start(),
            Self::Pause(turn) => turn.order("pause"),
            Self::Resume(turn) => turn.order("resume"),
            Self::Abandon(turn) => turn.order("abandon"),
            Self::Report { plan, zip, config } => report(&plan, &zip, &config),
        }
    }
}

impl Common {
    fn server(&self) -> Result<Server, Box<dyn Error>> {
        Server::of(&Config::read(&self.config)?)
    }

    fn get(&self, path: &str) -> Result<Value, Box<dyn Error>> {
        runtime()?.block_on(self.server()?.get(path))
    }

    /// Gives an order about a plan, and shows how the plan stands then.
    fn order(&self, plan: &str, order: &str, body: &Value) -> Outcome {
        let path = format!("/v1/restorations/{}/{order}", escaped(plan));
        let plan = runtime()?.block_on(self.server()?.post(&path, body))?;
        self.show(&plan, || shown::plan(&plan))
    }

    /// The answer as JSON, or in words.
    fn show(&self, answer: &Value, words: impl FnOnce() -> String) -> Outcome {
        if self.json {
            println!("{answer:#}");
        } else {
            print!("{}", words());
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What became of an order that the server may refuse line by line.
    fn tell(&self, is_fine: bool, answer: &Value) -> Outcome {
        if is_fine {
            return self.show(answer, || shown::plan(answer));
        }
        if self.json {
            println!("{answer:#}");
        } else {
            eprintln!("{}", refusal(answer));
        }
        Ok(ExitCode::FAILURE)
    }
}

impl Signed {
    fn body(&self) -> Value {
        let mut body = json!({ "by": self.by });
        if let Some(reason) = &self.reason {
            body["reason"] = reason.as_str().into();
        }
        body
    }
}

impl Turn {
    fn order(&self, order: &str) -> Outcome {
        self.common.order(&self.plan, order, &self.signed.body())
    }
}

impl Run {
    fn start(&self) -> Outcome {
        let mut body = self.signed.body();
        body["pace"] = match self.pace {
            Pace::Spread => "spread",
            Pace::AtOnce => "at-once",
        }
        .into();
        if let Some(limit) = self.limit {
            body["limit"] = limit.into();
        }
        for PauseOn(what, value) in &self.pause_on {
            body["pause_on"][*what] = value.clone();
        }
        if self.detach || self.common.json {
            return self.common.order(&self.plan, "run", &body);
        }
        let path = format!("/v1/restorations/{}", escaped(&self.plan));
        let server = self.common.server()?;
        runtime()?.block_on(async {
            server.post(&format!("{path}/run"), &body).await?;
            follow::follow(&server, &path).await
        })
    }
}

fn show(
    plan: &str,
    rows: Option<(Option<String>, Option<String>, u32)>,
    common: &Common,
) -> Outcome {
    let path = format!("/v1/restorations/{}", escaped(plan));
    let Some((class, state, limit)) = rows else {
        let plan = common.get(&path)?;
        return common.show(&plan, || shown::plan(&plan));
    };
    let mut query = format!("{path}/rows?limit={limit}");
    for (name, value) in [("class", class), ("state", state)] {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", escaped(&value)));
        }
    }
    let server = common.server()?;
    let (plan, rows) = runtime()?.block_on(async {
        Ok::<_, Box<dyn Error>>((server.get(&path).await?, server.get(&query).await?))
    })?;
    let answer = json!({ "restoration": plan, "rows": rows });
    common.show(&answer, || {
        format!("{}{}", shown::plan(&plan), shown::rows(&rows))
    })
}

fn report(plan: &str, zip: &Path, config: &Path) -> Outcome {
    let server = Server::of(&Config::read(config)?)?;
    let path = format!("/v1/restorations/{}/report", escaped(plan));
    let bytes = runtime()?.block_on(server.fetch(&path))?;
    fs::write(zip, &bytes).map_err(|error| format!("{}: {error}", zip.display()))?;
    println!(
        "{} KiB are written to {}",
        bytes.len().div_ceil(1024),
        zip.display()
    );
    Ok(ExitCode::SUCCESS)
}
