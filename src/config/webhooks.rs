//! `[[webhook]]` and `[callbacks]`: where letters go.

use std::{
    fmt, fs,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use desk::{Delivering, DeskError, EVENTS_DEFAULT, OutboxSetup, ReceiptState, Secret, Webhook};
use serde::Deserialize;

use super::Config;

/// The largest file of secrets, bytes.
const SECRETS_MAX: u64 = 16 * 1024;
/// The longest wait for a receiver, seconds.
const TIMEOUT_MAX: u64 = 60;
/// The longest time after which a letter is given up, hours.
const GIVE_UP_MAX: u64 = 30 * 24;

/// `[[webhook]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookTable {
    name: String,
    url: String,
    #[serde(default)]
    secret: Option<Secrets>,
    #[serde(default)]
    secret_file: Option<PathBuf>,
    #[serde(default)]
    events: Option<Vec<String>>,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    allow_private: bool,
    #[serde(default)]
    timeout_seconds: Option<u64>,
    #[serde(default)]
    give_up_after_hours: Option<u64>,
}

/// `[callbacks]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CallbacksTable {
    secret: Option<Secrets>,
    pub(super) secret_file: Option<PathBuf>,
    allow_private: bool,
    timeout_seconds: Option<u64>,
    give_up_after_hours: Option<u64>,
}

/// Secrets as they are written: one, or a list while one is exchanged. They are not shown.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Secrets {
    One(String),
    Several(Vec<String>),
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Config {
    /// What letters are sent, and where.
    ///
    /// # Errors
    /// When a value cannot be used or a file of secrets cannot be read; secrets are not quoted.
    pub(crate) fn outbox(&self) -> Result<OutboxSetup, DeskError> {
        let webhooks = self.webhooks.iter().map(WebhookTable::read);
        Ok(OutboxSetup {
            webhooks: webhooks.collect::<Result<_, _>>()?,
            callbacks: self.callbacks.read()?,
        })
    }
}

impl WebhookTable {
    /// Its name, and the file of its secrets.
    pub(super) fn secret_file(&self) -> (&str, Option<&Path>) {
        (&self.name, self.secret_file.as_deref())
    }

    fn read(&self) -> Result<Webhook, DeskError> {
        let wrong = |what: String| DeskError::Setup {
            what: format!("the webhook «{}»: {what}", self.name),
        };
        let state = |name: &String| {
            ReceiptState::from_name(name).ok_or_else(|| {
                let states = ReceiptState::ALL.map(ReceiptState::name).join(", ");
                wrong(format!("«{name}» in its events is none of {states}"))
            })
        };
        let events = match &self.events {
            Some(names) => names.iter().map(state).collect::<Result<_, _>>()?,
            None => EVENTS_DEFAULT.to_vec(),
        };
        let how = Delivering {
            secrets: secrets(self.secret.as_ref(), self.secret_file.as_deref()).map_err(wrong)?,
            allow_private: self.allow_private,
            ..delivering(self.timeout_seconds, self.give_up_after_hours).map_err(wrong)?
        };
        Ok(Webhook {
            name: self.name.clone(),
            url: self.url.clone(),
            events,
            paused: self.paused,
            how,
        })
    }
}

impl CallbacksTable {
    fn read(&self) -> Result<Delivering, DeskError> {
        let wrong = |what: String| DeskError::Setup {
            what: format!("[callbacks]: {what}"),
        };
        Ok(Delivering {
            secrets: secrets(self.secret.as_ref(), self.secret_file.as_deref()).map_err(wrong)?,
            allow_private: self.allow_private,
            ..delivering(self.timeout_seconds, self.give_up_after_hours).map_err(wrong)?
        })
    }
}

fn delivering(timeout: Option<u64>, give_up: Option<u64>) -> Result<Delivering, String> {
    let default = Delivering::default();
    if timeout.is_some_and(|seconds| !(1..=TIMEOUT_MAX).contains(&seconds)) {
        return Err(format!("timeout_seconds is 1 to {TIMEOUT_MAX}"));
    }
    if give_up.is_some_and(|hours| !(1..=GIVE_UP_MAX).contains(&hours)) {
        return Err(format!("give_up_after_hours is 1 to {GIVE_UP_MAX}"));
    }
    Ok(Delivering {
        timeout: timeout.map_or(default.timeout, Duration::from_secs),
        patience: give_up.map_or(default.patience, |hours| Duration::from_secs(hours * 3600)),
        ..default
    })
}

/// The secrets that are written here or, one on each line, in a file.
pub(super) fn secrets(
    written: Option<&Secrets>,
    file: Option<&Path>,
) -> Result<Vec<Secret>, String> {
    let texts = match (written, file) {
        (Some(_), Some(_)) => {
            return Err("write secret or secret_file, not both".to_owned());
        }
        (Some(Secrets::One(text)), None) => vec![text.clone()],
        (Some(Secrets::Several(texts)), None) => texts.clone(),
        (None, Some(path)) => {
            let unreadable = |error| format!("cannot read {}: {error}", path.display());
            let mut text = String::new();
            let file = fs::File::open(path).map_err(unreadable)?;
            file.take(SECRETS_MAX)
                .read_to_string(&mut text)
                .map_err(unreadable)?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.map(str::to_owned).collect()
        }
        (None, None) => return Ok(Vec::new()),
    };
    let read = |text: &String| text.parse::<Secret>().map_err(str::to_owned);
    texts.iter().map(read).collect()
}
