use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Args, Subcommand};
use desk::{
    Backup as Copy, BackupPlace, BackupStep, Manifest, PutBackOrder, back_up, backups_in, put_back,
    verify_backup,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{Outcome, Signature, check::print_report};
use crate::config::Config;

/// Copy the journal while the server works, prove the copy, look at copies, put one back.
///
/// Without a command a copy is made: read in one state beside the running server, brought to the disk,
/// read back and checked as `kassette check` does; then it gets its name, and its manifest beside it.
/// Ends with code 1 when any of this fails.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Backup {
    #[command(subcommand)]
    command: Option<Act>,
    #[command(flatten)]
    make: Make,
}

#[derive(Args)]
struct Make {
    /// Where to: a folder, in which the copy's name tells the time, or a file *.db. Left out: the
    /// folder of `[backup]` in the configuration.
    #[arg(long)]
    to: Option<PathBuf>,
    /// Of the copies with a time in their name only so many stay. Left out: all, or as `[backup]` says
    /// where `--to` is left out, too.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum Act {
    /// Show the copies in the folder of `[backup]`, or in another one.
    List(List),
    /// Prove a copy anew: it is the file that its manifest tells of, and the check finds nothing.
    Verify(Verify),
    /// Put a copy into the place of the journal, which is kept aside. The server must not run; when it
    /// starts, it reads what the drives have formed since before it forms anything.
    Restore(Restore),
}

#[derive(Args)]
struct List {
    /// The folder.
    #[arg(long)]
    of: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Args)]
struct Verify {
    /// The copy.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Restore {
    /// The copy.
    file: PathBuf,
    #[command(flatten)]
    signature: Signature,
    /// Also if the journal that is there knows more than the copy: what came since will be missing.
    #[arg(long)]
    although_newer: bool,
    /// Also if nothing proves the copy: its manifest is missing or tells of another file, or the check
    /// finds something.
    #[arg(long)]
    although_unproven: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Backup {
    pub(crate) fn run(self) -> Outcome {
        match self.command {
            None => self.make.run(),
            Some(Act::List(list)) => list.run(),
            Some(Act::Verify(verify)) => verify.run(),
            Some(Act::Restore(restore)) => restore.run(),
        }
    }
}

impl Make {
    fn run(self) -> Outcome {
        let config = Config::read(&self.config)?;
        let plan = config.backup()?;
        let (place, keep) = match (&self.to, plan) {
            (Some(path), _) => (BackupPlace::of(path), self.keep),
            (None, Some(plan)) => (
                BackupPlace::Folder(plan.folder),
                Some(self.keep.unwrap_or(plan.keep)),
            ),
            (None, None) => {
                return Err("say where to: --to FOLDER, or [backup] in the configuration".into());
            }
        };
        let bar = progress();
        let told = |step| {
            match step {
                BackupStep::Copying(done, all) => {
                    bar.set_length(all);
                    bar.set_position(done);
                }
                BackupStep::Checking => bar.set_message("checking the copy"),
            }
            true
        };
        let made = back_up(&config.journal.folder, &place, keep, now_ms()?, told);
        bar.finish_and_clear();
        let copy = made?;
        if self.json {
            println!("{:#}", copy_json(&copy));
        } else {
            println!("{}", copy.file.display());
            print_manifest(&copy.manifest);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self) -> Outcome {
        let folder = match self.of {
            Some(folder) => folder,
            None => {
                let plan = Config::read(&self.config)?.backup()?;
                plan.ok_or("the configuration has no [backup]: say which folder by --of")?
                    .folder
            }
        };
        let copies = backups_in(&folder)?;
        if self.json {
            let copies: Vec<Value> = copies.iter().map(copy_json).collect();
            println!("{:#}", Value::from(copies));
        } else if copies.is_empty() {
            println!("there is no copy in {}", folder.display());
        } else {
            for copy in &copies {
                println!("{}", copy.file.display());
                print_manifest(&copy.manifest);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    fn run(self) -> Outcome {
        let (manifest, report) = verify_backup(&self.file)?;
        if self.json {
            let file = self.file;
            println!("{:#}", copy_json(&Copy { file, manifest }));
        } else {
            print_manifest(&manifest);
            print_report(&report);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Restore {
    fn run(self) -> Outcome {
        let config = Config::read(&self.config)?;
        let order = PutBackOrder {
            file: std::path::absolute(&self.file)?,
            journal: config.journal.folder,
            by: self.signature.by,
            reason: self.signature.reason,
            although_newer: self.although_newer,
            although_unproven: self.although_unproven,
        };
        let report = put_back(&order, now_ms()?)?;
        if self.json {
            let id = |id: Option<terms::Id>| id.map(|id| id.to_string());
            println!(
                "{:#}",
                json!({
                    "copy": report.backup.as_ref().map(copy_json),
                    "last_operation": id(report.extent.last_operation),
                    "former_last_operation": id(report.former.and_then(|it| it.last_operation)),
                    "former_kept_in": report.aside,
                })
            );
            return Ok(ExitCode::SUCCESS);
        }
        println!("the journal is the copy {}", order.file.display());
        if let Some(copy) = &report.backup {
            print_manifest(&copy.manifest);
        }
        if let Some(aside) = &report.aside {
            println!("the former journal is kept in {}", aside.display());
        }
        println!(
            "Plug in all drives before you start the server: it reads what they have formed since, \
             before it forms anything. Then see which operations are missing: docs/backup.md."
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// How far it is, for people at a terminal.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {msg}") {
        bar.set_style(style);
    }
    bar
}

fn print_manifest(manifest: &Manifest) {
    println!(
        "  made {}, {} bytes, SHA-256 {}",
        manifest.made_at, manifest.bytes, manifest.sha256
    );
    println!(
        "  {} operations, {} receipts, {} documents, {} accounts; the last operation is {}",
        manifest.operations,
        manifest.receipts,
        manifest.documents,
        manifest.accounts,
        manifest.last_operation.as_deref().unwrap_or("none")
    );
}

fn copy_json(copy: &Copy) -> Value {
    let mut value = serde_json::to_value(&copy.manifest).unwrap_or_default();
    value["file"] = shown(&copy.file).into();
    value
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn now_ms() -> Result<i64, Box<dyn std::error::Error>> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_millis())?)
}
