//! A copy becomes the journal again.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use journal::{Extent, JournalError, PutBack, Reader, Store};

use super::{Backup, BackupError, verify_backup};

/// What is put back, and what was said about it.
#[derive(Clone, Debug)]
pub struct PutBackOrder {
    /// The copy.
    pub file: PathBuf,
    /// The folder of the journal.
    pub journal: PathBuf,
    /// Who orders it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Also in the place of a journal that knows more.
    pub although_newer: bool,
    /// Also a copy without manifest, of another hash, or whose check finds something.
    pub although_unproven: bool,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct PutBackReport {
    /// The copy; none: it had no manifest, or another file's.
    pub backup: Option<Backup>,
    /// How far it goes.
    pub extent: Extent,
    /// How far the former journal went; none: there was none, or it could not be read.
    pub former: Option<Extent>,
    /// Where the former journal is kept; none: there was none.
    pub aside: Option<PathBuf>,
}

/// Puts a copy into the place of the journal, which is kept aside, and notes it in the history. At its
/// next start the program reads what the drives have formed since the copy was made before it forms
/// anything. `now_ms` is the time, milliseconds since 1970.
///
/// # Errors
/// When a server runs on the journal, the copy is not proven or the journal knows more (unless
/// either was said), or the system refuses something; then nothing has changed.
pub fn put_back(order: &PutBackOrder, now_ms: i64) -> Result<PutBackReport, BackupError> {
    for (text, what) in [(&order.by, "who orders it"), (&order.reason, "why")] {
        if text.trim().is_empty() {
            return Err(BackupError::NotSigned(what));
        }
    }
    let store = Store::in_folder(&order.journal);
    store.ensure_unused()?;
    let backup = match verify_backup(&order.file) {
        Ok((manifest, _)) => Some(Backup {
            file: order.file.clone(),
            manifest,
        }),
        Err(error) if order.although_unproven && may_be_overlooked(&error) => None,
        Err(error) => return Err(error),
    };
    let extent = match Reader::new(Store::of_copy(&order.file)).extent()? {
        Some(extent) => extent,
        None => return Err(BackupError::NoJournal(order.file.clone())),
    };
    let former = former(&store)?;
    if let Some(former) = former
        && former.last > extent.last
        && !order.although_newer
    {
        let last = |extent: &Extent| match extent.last {
            Some(id) => id.to_string(),
            None => "its beginning".to_owned(),
        };
        return Err(BackupError::Newer {
            folder: order.journal.clone(),
            present: last(&former),
            copied: last(&extent),
        });
    }
    let aside = aside(&order.journal, now_ms);
    let what = order.file.display();
    let made = backup
        .as_ref()
        .map(|it| format!(" of {}", it.manifest.made_at));
    let note = PutBack {
        by: order.by.clone(),
        detail: format!(
            "the copy {what}{}: {}",
            made.unwrap_or_default(),
            order.reason
        ),
        at: now_ms,
    };
    store.put_back(&order.file, &aside, &note)?;
    Ok(PutBackReport {
        backup,
        extent,
        former,
        aside: aside.exists().then_some(aside),
    })
}

/// What is wrong with the proof, not with the file as a journal.
fn may_be_overlooked(error: &BackupError) -> bool {
    matches!(
        error,
        BackupError::NoManifest(_)
            | BackupError::BadManifest { .. }
            | BackupError::Changed { .. }
            | BackupError::Unproven { .. }
    )
}

/// How far the journal goes that is there. One that cannot be read hinders nobody: it may be why a
/// copy is put back. A newer program's is left alone.
fn former(store: &Store) -> Result<Option<Extent>, BackupError> {
    if !store.database().exists() {
        return Ok(None);
    }
    match Reader::new(store.clone()).extent() {
        Ok(extent) => Ok(extent),
        Err(error @ JournalError::TooNew { .. }) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

fn aside(journal: &Path, now_ms: i64) -> PathBuf {
    let time = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    let name = format!("replaced-{}", time.format("%Y-%m-%dT%H%M%SZ"));
    let first = journal.join(&name);
    let further = (2..).map(|number| journal.join(format!("{name}-{number}")));
    std::iter::once(first.clone())
        .chain(further)
        .find(|folder| !folder.exists())
        .unwrap_or(first)
}
