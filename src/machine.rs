//! The machine that the server runs on: what `kassette doctor` looks at beside drives and operators.
//! Each part reads facts and judges them by a plain function.

mod backups;
mod clock;
mod disk;
mod files;
mod service;

use std::path::Path;

use desk::{Diagnosis, Grade};

use crate::config::Config;

/// A part of the machine and what is the matter with it, the worst first.
#[derive(Debug)]
pub(crate) struct Part {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What was found; nothing but notes when it is well.
    pub(crate) findings: Vec<Diagnosis>,
}

/// Looks at everything. It writes one small file into the journal's folder, and removes it.
pub(crate) fn examine(config: &Config, path: &Path) -> Vec<Part> {
    let parts = [
        ("configuration", files::findings(config, path)),
        (
            "disk of the journal",
            disk::findings(&config.journal.folder),
        ),
        ("clock", clock::findings(config.ntp_servers())),
        ("backups", backups::findings(config)),
        ("service", service::findings(config)),
    ];
    parts
        .into_iter()
        .map(|(name, mut findings)| {
            findings.sort_by_key(|found| found.grade);
            Part { name, findings }
        })
        .collect()
}

fn stop(what: impl Into<String>, remedy: impl Into<String>) -> Diagnosis {
    found(Grade::Stop, what, remedy)
}

fn look(what: impl Into<String>, remedy: impl Into<String>) -> Diagnosis {
    found(Grade::Look, what, remedy)
}

fn note(what: impl Into<String>) -> Diagnosis {
    found(Grade::Note, what, "")
}

fn found(grade: Grade, what: impl Into<String>, remedy: impl Into<String>) -> Diagnosis {
    Diagnosis {
        grade,
        what: what.into(),
        remedy: remedy.into(),
    }
}
