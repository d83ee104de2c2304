//! Copies of the journal: whether there are any, how old the newest is, and whether they would die
//! with the journal.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use desk::{BackupState, Clock, Diagnosis, backups_in};

use super::{look, note};
use crate::config::Config;

/// What is the matter with them.
pub(super) fn findings(config: &Config) -> Vec<Diagnosis> {
    let plan = match config.backup() {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            return vec![look(
                "the server makes no copies of its journal",
                "write [backup] into the configuration, or let cron run kassette backup --to",
            )];
        }
        // It is told with the other values.
        Err(_) => return Vec::new(),
    };
    let clock = Clock::at(config.organisation.utc_offset);
    let folder = plan.folder.display();
    let mut found = Vec::new();
    match backups_in(&plan.folder) {
        Err(error) => found.push(look(
            format!("{error}"),
            "let the server's user read and write backup.folder",
        )),
        Ok(copies) => {
            let newest = copies.first().map(|copy| &copy.manifest);
            let state = BackupState {
                newest: newest.and_then(|it| clock.local_at(it.made_at_ms)),
                ..BackupState::default()
            };
            let what = match newest {
                None => format!("there is no copy in {folder}"),
                Some(it) => format!(
                    "{} copies in {folder}, the newest of {}, {} MiB",
                    copies.len(),
                    it.made_at,
                    it.bytes.div_ceil(1024 * 1024)
                ),
            };
            found.push(match state.is_overdue(clock.local()) {
                true => look(
                    format!("{what}: that is too old"),
                    "see the server's log for why, or make one: kassette backup",
                ),
                false => note(what),
            });
        }
    }
    if is_same_disk(&plan.folder, &config.journal.folder) {
        found.push(look(
            format!("the copies in {folder} lie on the journal's own disk: they die with it"),
            "name a folder on another disk as backup.folder, or carry them away (docs/backup.md)",
        ));
    }
    found
}

fn is_same_disk(one: &Path, other: &Path) -> bool {
    let disk = |path: &Path| fs::metadata(path).ok().map(|it| it.dev());
    disk(one).is_some_and(|one| disk(other) == Some(one))
}
