//! `[panel]`: the pages for people.

use std::time::Duration;

use desk::{DeskError, Language, PeopleSetup};
use serde::Deserialize;

/// `[panel]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PanelTable {
    /// Whether the panel is there.
    pub(crate) enabled: bool,
    language: String,
    idle_minutes: u32,
    session_hours: u32,
    password_memory_kib: u32,
    password_passes: u32,
}

impl Default for PanelTable {
    fn default() -> Self {
        let people = PeopleSetup::default();
        let whole =
            |span: Duration, unit: u64| u32::try_from(span.as_secs() / unit).unwrap_or(u32::MAX);
        Self {
            enabled: true,
            language: people.language.code().to_owned(),
            idle_minutes: whole(people.idle, 60),
            session_hours: whole(people.longest, 60 * 60),
            password_memory_kib: people.argon2_kib,
            password_passes: people.argon2_passes,
        }
    }
}

impl PanelTable {
    /// How people log in.
    ///
    /// # Errors
    /// When a value cannot be.
    pub(crate) fn people(&self) -> Result<PeopleSetup, DeskError> {
        let within = |name: &str, value: u32, least: u32, most: u32| match value {
            _ if (least..=most).contains(&value) => Ok(value),
            _ => Err(wrong(format!("{name} is {value}: write {least} to {most}"))),
        };
        let language = Language::from_code(&self.language);
        let language = language.ok_or_else(|| {
            let code = &self.language;
            wrong(format!("language is «{code}»: write \"ru\" or \"en\""))
        })?;
        let idle = within("idle_minutes", self.idle_minutes, 5, 24 * 60)?;
        let hours = within("session_hours", self.session_hours, 1, 24 * 30)?;
        let memory = ("password_memory_kib", self.password_memory_kib);
        Ok(PeopleSetup {
            idle: Duration::from_secs(u64::from(idle) * 60),
            longest: Duration::from_secs(u64::from(hours) * 60 * 60),
            argon2_kib: within(memory.0, memory.1, 1_024, 1_024 * 1_024)?,
            argon2_passes: within("password_passes", self.password_passes, 1, 20)?,
            language,
        })
    }
}

fn wrong(what: String) -> DeskError {
    DeskError::Setup {
        what: format!("[panel]: {what}"),
    }
}
