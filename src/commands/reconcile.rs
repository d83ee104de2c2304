//! `kassette reconcile`: billing, journal, drives, ОФД and bank are compared. The server does the
//! work; this command sends it the files and shows what came of it.

mod archive;
mod shown;

use std::{
    error::Error,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Subcommand};
use desk::files::FILE_MAX;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use terms::{LocalDate, Period};
use tokio::{signal, time::sleep};

use super::{Outcome, runtime};
use crate::{
    config::Config,
    imported::refusal,
    server::{Server, escaped},
};

/// How often the server is asked.
const LOOK: Duration = Duration::from_millis(300);

/// Compare billing, journal, drives, ОФД and bank over some days. Nothing is corrected: what does not
/// match is told row by row, and becomes an incident. Ends with 1 when something does not agree. The
/// server must be running.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Reconcile {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    order: Order,
}

/// Earlier ones.
#[derive(Subcommand)]
enum What {
    /// List the reconciliations, the newest first.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Show one: both sides of each comparison, and what does not match.
    Show {
        /// Which one.
        id: String,
        /// Of the rows only those of this kind, such as left_only or sum.
        #[arg(long)]
        kind: Option<String>,
        /// Of the rows only those of this account.
        #[arg(long)]
        account: Option<String>,
        /// At most so many rows.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Write all of it as a table for Excel.
        #[arg(long, value_name = "FILE")]
        xlsx: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
}

/// What is to be compared.
#[derive(Args)]
struct Order {
    /// An export of billing: CSV with a header (docs/reconcile.md).
    #[arg(long, num_args = 1.., value_name = "FILE")]
    billing: Vec<PathBuf>,
    /// A registry or statement of a bank or an acquirer.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    bank: Vec<PathBuf>,
    /// A profile of the configuration, or a kind, for the bank's files. Without, it is found out.
    #[arg(long)]
    profile: Option<String>,
    /// The month that is compared, such as 2026-03.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    period: Option<Period>,
    /// The first day that is compared.
    #[arg(long, requires = "to")]
    from: Option<LocalDate>,
    /// The last day that is compared.
    #[arg(long, requires = "from")]
    to: Option<LocalDate>,
    /// Archives of drives from elsewhere: a folder as «drive export» makes it, or the folder of
    /// several. Those beside the journal are compared anyway.
    #[arg(long, value_name = "DIR")]
    archive: Vec<PathBuf>,
    /// Read the drive in this slot first, when it is idle.
    #[arg(long, value_name = "SLOT")]
    drive: Vec<u8>,
    /// Write all of it as a table for Excel.
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// Your name.
    #[arg(long, default_value = "kassette reconcile")]
    by: String,
    #[command(flatten)]
    common: Common,
}

/// How to answer, and where.
#[derive(Args)]
struct Common {
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

/// Which rows are shown.
#[derive(Default)]
struct RowsOf {
    kind: Option<String>,
    account: Option<String>,
    limit: u32,
}

impl Reconcile {
    pub(crate) fn run(self) -> Outcome {
        match self.what {
            None => self.order.give(),
            Some(What::List { limit, common }) => {
                let path = format!("/v1/reconciliations?limit={limit}");
                let answer = runtime()?.block_on(common.server()?.get(&path))?;
                common.print(&answer, || shown::list(&answer));
                Ok(ExitCode::SUCCESS)
            }
            Some(What::Show {
                id,
                kind,
                account,
                limit,
                xlsx,
                common,
            }) => {
                let of = RowsOf {
                    kind,
                    account,
                    limit,
                };
                let server = common.server()?;
                runtime()?.block_on(show(&server, &id, &of, xlsx.as_deref(), &common))
            }
        }
    }
}

impl Order {
    fn give(&self) -> Outcome {
        let order = self.json()?;
        let mut files = Vec::new();
        for (part, paths) in [("billing", &self.billing), ("bank", &self.bank)] {
            for path in paths {
                let (name, bytes) = read(path)?;
                files.push((part, name, bytes));
            }
        }
        for folder in &self.archive {
            let read = archive::read(folder)?;
            files.extend(
                read.into_iter()
                    .map(|(name, bytes)| ("archive", name, bytes)),
            );
        }
        let server = self.common.server()?;
        runtime()?.block_on(async {
            let (is_taken, answer) = server
                .post_parts("/v1/reconciliations", &order, &files)
                .await?;
            if !is_taken {
                match self.common.json {
                    true => println!("{answer:#}"),
                    false => eprintln!("{}", refusal(&answer)),
                }
                return Ok(ExitCode::FAILURE);
            }
            let id = answer["id"].to_string();
            if !follow(&server, &id).await? {
                return Ok(ExitCode::SUCCESS);
            }
            let of = RowsOf {
                limit: 100,
                ..RowsOf::default()
            };
            show(&server, &id, &of, self.xlsx.as_deref(), &self.common).await
        })
    }

    fn json(&self) -> Result<Value, Box<dyn Error>> {
        let mut order = json!({ "by": self.by, "drives": self.drive });
        match (self.period, self.from, self.to) {
            (Some(period), ..) => order["period"] = period.to_string().into(),
            (None, Some(from), Some(to)) => {
                order["from"] = from.to_string().into();
                order["to"] = to.to_string().into();
            }
            _ => return Err("name the days by --period, or by --from and --to".into()),
        }
        if let Some(profile) = &self.profile {
            order["profile"] = profile.as_str().into();
        }
        Ok(order)
    }
}

impl Common {
    fn server(&self) -> Result<Server, Box<dyn Error>> {
        Server::of(&Config::read(&self.config)?)
    }

    fn print(&self, answer: &Value, words: impl FnOnce() -> String) {
        if self.json {
            println!("{answer:#}");
        } else {
            print!("{}", words());
        }
    }
}

/// Waits for the end; false: Ctrl-C, and the server goes on.
async fn follow(server: &Server, id: &str) -> Result<bool, Box<dyn Error>> {
    let bar = ProgressBar::new_spinner().with_style(
        // The template is constant; if it were wrong, the default one would do as well.
        ProgressStyle::with_template("{spinner} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    let path = format!("/v1/reconciliations/{id}");
    let end = async {
        loop {
            let answer = server.get(&path).await?;
            if answer["state"] != "running" {
                return Ok::<_, Box<dyn Error>>(());
            }
            bar.set_message(shown::progress(&answer["progress"]));
            bar.tick();
            sleep(LOOK).await;
        }
    };
    let ended = tokio::select! {
        ended = end => Some(ended),
        _ = signal::ctrl_c() => None,
    };
    bar.finish_and_clear();
    match ended {
        Some(ended) => ended.map(|()| true),
        None => {
            println!("the server goes on; «kassette reconcile show {id}» tells how it ended");
            Ok(false)
        }
    }
}

/// Shows one, and writes its table; whether all agrees is what it ends with.
async fn show(
    server: &Server,
    id: &str,
    of: &RowsOf,
    xlsx: Option<&Path>,
    common: &Common,
) -> Outcome {
    let path = format!("/v1/reconciliations/{}", escaped(id));
    let one = server.get(&path).await?;
    let mut query = format!("{path}/rows?limit={}", of.limit);
    for (name, value) in [("kind", &of.kind), ("account", &of.account)] {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", escaped(value)));
        }
    }
    let rows = server.get(&query).await?;
    if let Some(xlsx) = xlsx {
        let bytes = server.fetch(&format!("{path}/xlsx")).await?;
        fs::write(xlsx, bytes).map_err(|error| format!("{}: {error}", xlsx.display()))?;
    }
    let answer = json!({ "reconciliation": one, "rows": rows });
    common.print(&answer, || shown::one(&one, &rows));
    let all_agree = one["state"] == "done" && one["broken"] == 0;
    Ok(match all_agree {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// A file with its name.
fn read(path: &Path) -> Result<(String, Vec<u8>), Box<dyn Error>> {
    let named = |error| format!("{}: {error}", path.display());
    let name = path.file_name().ok_or("the file has no name")?;
    let file = fs::File::open(path).map_err(named)?;
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
