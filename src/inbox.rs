//! The watched folder: what is put into it is loaded, once it is there whole, and moved to `done/`
//! or `refused/` with the result beside it.
//!
//! The order makes a crash harmless: first the load, which is durable and knows its file again by
//! the bytes; then the result; then the move. A file that is found again after a crash is known, and
//! only its result and its move are made up for.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use api::{import_json, problem_json};
use desk::{Desk, DeskError, ImportOrder, StatementFile, files::FILE_MAX};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    config::InboxPlan,
    imported::{refusal, told},
};

/// Who loads what lies in the folder.
const BY: &str = "inbox";
/// How many names are tried for a file whose name is taken.
const NAMES_MAX: u32 = 10_000;

/// What a file looked like at the last look: it is taken when it looks so again.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Look {
    size: u64,
    changed: Option<SystemTime>,
}

/// Loads files until it is dropped.
pub(crate) async fn watch(desk: Desk, plan: InboxPlan) {
    let mut ticks = interval(plan.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = BTreeMap::new();
    loop {
        ticks.tick().await;
        if let Err(error) = look(&desk, &plan.folder, &mut seen).await {
            tracing::error!(folder = %plan.folder.display(), %error, "the inbox cannot be read");
        }
    }
}

/// Makes the folders.
pub(crate) fn prepare(plan: &InboxPlan) -> io::Result<()> {
    for outcome in [Outcome::Done, Outcome::Refused] {
        fs::create_dir_all(plan.folder.join(outcome.folder()))?;
    }
    Ok(())
}

/// Looks once: takes what has not changed since the last look.
async fn look(desk: &Desk, folder: &Path, seen: &mut BTreeMap<PathBuf, Look>) -> io::Result<()> {
    let mut now = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // Gone meanwhile: whoever writes it renames it.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if metadata.is_file() && !is_hidden {
            let look = Look {
                size: metadata.len(),
                changed: metadata.modified().ok(),
            };
            now.insert(entry.path(), look);
        }
    }
    let stable = now
        .iter()
        .filter(|(path, look)| seen.get(*path) == Some(look));
    let stable: Vec<PathBuf> = stable.map(|(path, _)| path.clone()).collect();
    for path in stable {
        if let Err(error) = take(desk, folder, &path).await {
            tracing::error!(file = %path.display(), %error, "a file of the inbox stays there");
        }
        now.remove(&path);
    }
    *seen = now;
    Ok(())
}

#[derive(Clone, Copy)]
enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    const fn folder(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

async fn take(desk: &Desk, folder: &Path, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let (outcome, answer) = if fs::metadata(path)?.len() > FILE_MAX as u64 {
        let detail = format!("the file is larger than {FILE_MAX} bytes: split it");
        let answer = json!({"code": "body_too_large", "detail": detail});
        (Outcome::Refused, answer)
    } else {
        let file = StatementFile {
            name,
            bytes: read(path.to_owned()).await?,
        };
        let order = ImportOrder {
            by: BY.to_owned(),
            ..ImportOrder::default()
        };
        match desk.import(file, order).await {
            Ok(report) => (Outcome::Done, import_json(report)?),
            Err(error @ DeskError::Import(_)) => (Outcome::Refused, problem_json(error)?),
            // The journal's trouble is not the file's: it is tried again.
            Err(error) => return Err(error.into()),
        }
    };
    let text = match outcome {
        Outcome::Done => told(&answer),
        Outcome::Refused => refusal(&answer),
    };
    let to = free_place(&folder.join(outcome.folder()), path)?;
    write_whole(&beside(&to, "result.json"), &format!("{answer:#}\n"))?;
    write_whole(&beside(&to, "txt"), &format!("{text}\n"))?;
    fs::rename(path, &to)?;
    fs::File::open(folder)?.sync_all()?;
    tracing::info!(file = %to.display(), "a file of the inbox: {}", text.lines().next().unwrap_or(""));
    Ok(())
}

/// Reads a file without holding up others.
async fn read(path: PathBuf) -> io::Result<Vec<u8>> {
    let read = tokio::task::spawn_blocking(move || fs::read(path));
    read.await.map_err(io::Error::other)?
}

/// A place in the folder that nothing has, for a file of this name. A crash between result and move
/// leaves a result alone: its place is taken again.
fn free_place(folder: &Path, path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default();
    for number in 1..=NAMES_MAX {
        let mut name = name.to_owned();
        if number > 1 {
            name.push(format!(".{number}"));
        }
        let place = folder.join(name);
        if !place.try_exists()? {
            return Ok(place);
        }
    }
    let what = format!("{} has too many files of this name", folder.display());
    Err(io::Error::new(io::ErrorKind::AlreadyExists, what))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Writes a file that is there whole or not at all.
fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    let half = beside(path, "half");
    fs::write(&half, content)?;
    fs::File::open(&half)?.sync_all()?;
    fs::rename(&half, path)
}
