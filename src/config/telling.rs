//! `[watch.telling]` and `[[watch.channel]]`: who is told of incidents, and when again.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use desk::{
    ChannelSetup, DeskError, Language, QuietHours, TellingSetup,
    channels::{
        Channel, Email, EmailSetup, Hidden, Messenger, MessengerSetup, NoticeHook, NoticeHookSetup,
        NotifyError, Security,
    },
    found::{RuleId, Severity, Tempo},
};
use serde::Deserialize;

use super::{
    Config,
    webhooks::{Secrets, secrets},
};

/// The largest file of a password or certificates, bytes.
const FILE_MAX: u64 = 256 * 1024;
/// The longest wait for the other side, seconds.
const TIMEOUT_MAX: u64 = 120;
/// The longest time for which messages are gathered, seconds.
const GATHER_MAX: u64 = 3_600;
/// The longest time after which a notice is given up, hours.
const GIVE_UP_MAX: u64 = 30 * 24;
/// The longest time after which people are told again, minutes: a year.
const AGAIN_MAX: i64 = 366 * 24 * 60;
/// The most incidents of a message that are told one by one.
const ITEMS_MAX: u32 = 200;
/// What has to be written for letters without TLS to other computers.
const PLAIN: &str = "I accept that messages travel unprotected";
/// Days of the week, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `[watch.telling]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TellingTable {
    panel_url: Option<String>,
    gather_seconds: Option<u64>,
    give_up_after_hours: Option<u64>,
    escalations: Option<u8>,
    info: TempoTable,
    medium: TempoTable,
    high: TempoTable,
    critical: TempoTable,
}

/// When people are told again of incidents of one severity; 0: never.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TempoTable {
    repeat_minutes: Option<i64>,
    escalate_minutes: Option<i64>,
}

/// `[[watch.channel]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelTable {
    name: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    severity_from: Option<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    after_escalations: u8,
    #[serde(default)]
    quiet: Vec<QuietTable>,
    #[serde(default)]
    quiet_for_critical: bool,
    #[serde(default)]
    tell_closed: bool,
    #[serde(default)]
    items: Option<u32>,
    #[serde(default)]
    timeout_seconds: Option<u64>,
    #[serde(default)]
    email: Option<EmailTable>,
    #[serde(default)]
    webhook: Option<HookTable>,
    #[serde(default)]
    messenger: Option<MessengerTable>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuietTable {
    from: String,
    to: String,
    #[serde(default)]
    days: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailTable {
    host: String,
    #[serde(default)]
    port: Option<u16>,
    #[serde(default)]
    security: Option<String>,
    #[serde(default)]
    plain_smtp: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    password_file: Option<PathBuf>,
    #[serde(default)]
    password_env: Option<String>,
    #[serde(default)]
    ca_file: Option<PathBuf>,
    from: String,
    to: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HookTable {
    url: String,
    #[serde(default)]
    secret: Option<Secrets>,
    #[serde(default)]
    secret_file: Option<PathBuf>,
    #[serde(default)]
    allow_private: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessengerTable {
    url: String,
    body: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    secret_files: BTreeMap<String, PathBuf>,
    #[serde(default)]
    secret_env: BTreeMap<String, String>,
    #[serde(default)]
    allow_private: bool,
}

impl Config {
    /// Who is told of incidents.
    ///
    /// # Errors
    /// When a value cannot be used or a file cannot be read; secrets are not quoted.
    pub(crate) fn telling(&self) -> Result<TellingSetup, DeskError> {
        let (table, channels) = (&self.watch.telling, &self.watch.channel);
        let default = TellingSetup::default();
        let mut tempos = default.tempos;
        table.info.change(&mut tempos.info)?;
        table.medium.change(&mut tempos.medium)?;
        table.high.change(&mut tempos.high)?;
        table.critical.change(&mut tempos.critical)?;
        tempos.escalations_max = table.escalations.unwrap_or(tempos.escalations_max);
        let gather = within("gather_seconds", table.gather_seconds, 0, GATHER_MAX)?;
        let hours = within(
            "give_up_after_hours",
            table.give_up_after_hours,
            1,
            GIVE_UP_MAX,
        )?;
        let panel = table
            .panel_url
            .as_deref()
            .map(|url| url.trim_end_matches('/'));
        if panel.is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            let what = "watch.telling: panel_url begins with http:// or https://".to_owned();
            return Err(DeskError::Setup { what });
        }
        let fallback = self.panel.people()?.language;
        let channels = channels.iter().map(|channel| channel.read(fallback));
        Ok(TellingSetup {
            tempos,
            gather: gather.map_or(default.gather, Duration::from_secs),
            patience: hours.map_or(default.patience, |hours| Duration::from_secs(hours * 3_600)),
            panel: panel.map(str::to_owned),
            channels: channels.collect::<Result<_, _>>()?,
        })
    }
}

fn within(name: &str, value: Option<u64>, least: u64, most: u64) -> Result<Option<u64>, DeskError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(DeskError::Setup {
            what: format!("watch.telling: {name} is {value}: write {least} to {most}"),
        }),
        value => Ok(value),
    }
}

impl TempoTable {
    fn change(self, tempo: &mut Tempo) -> Result<(), DeskError> {
        for (given, minutes) in [
            (self.repeat_minutes, &mut tempo.repeat_after),
            (self.escalate_minutes, &mut tempo.escalate_after),
        ] {
            match given {
                None => {}
                Some(0) => *minutes = None,
                Some(given) if (1..=AGAIN_MAX).contains(&given) => *minutes = Some(given),
                Some(given) => {
                    let what = format!(
                        "watch.telling: repeat_minutes and escalate_minutes are 0 (never) to \
                         {AGAIN_MAX}, not {given}"
                    );
                    return Err(DeskError::Setup { what });
                }
            }
        }
        Ok(())
    }
}

impl ChannelTable {
    fn read(&self, fallback: Language) -> Result<ChannelSetup, DeskError> {
        self.setup(fallback).map_err(|what| DeskError::Setup {
            what: format!("the channel «{}»: {what}", self.name),
        })
    }

    fn setup(&self, fallback: Language) -> Result<ChannelSetup, String> {
        let language = match &self.language {
            None => fallback,
            Some(code) => Language::from_code(code)
                .ok_or_else(|| format!("language is «{code}»: write \"ru\" or \"en\""))?,
        };
        let severity_from = match &self.severity_from {
            None => Severity::Medium,
            Some(name) => Severity::from_name(name).ok_or_else(|| {
                format!("severity_from is «{name}»: write info, medium, high or critical")
            })?,
        };
        let rule = |name: &String| {
            RuleId::from_name(name).ok_or_else(|| format!("there is no rule «{name}»: A01 to A28"))
        };
        let items = self.items.unwrap_or(20);
        if !(1..=ITEMS_MAX).contains(&items) {
            return Err(format!("items is 1 to {ITEMS_MAX}"));
        }
        Ok(ChannelSetup {
            name: self.name.clone(),
            channel: self.channel()?,
            language,
            severity_from,
            rules: self.rules.iter().map(rule).collect::<Result<_, _>>()?,
            after_escalations: self.after_escalations,
            quiet: self
                .quiet
                .iter()
                .map(QuietTable::read)
                .collect::<Result<_, _>>()?,
            quiet_for_critical: self.quiet_for_critical,
            tell_closed: self.tell_closed,
            items_max: items,
        })
    }

    fn channel(&self) -> Result<Channel, String> {
        let seconds = self.timeout_seconds.unwrap_or(30);
        if !(1..=TIMEOUT_MAX).contains(&seconds) {
            return Err(format!("timeout_seconds is 1 to {TIMEOUT_MAX}"));
        }
        let timeout = Duration::from_secs(seconds);
        let told = |error: NotifyError| error.to_string();
        match (&self.email, &self.webhook, &self.messenger) {
            (Some(email), None, None) => {
                let email = Email::new(email.read(timeout)?).map_err(told)?;
                Ok(Channel::Email(Box::new(email)))
            }
            (None, Some(hook), None) => {
                let hook = NoticeHook::new(hook.read(timeout)?).map_err(told)?;
                Ok(Channel::Webhook(hook))
            }
            (None, None, Some(messenger)) => {
                let messenger = Messenger::new(messenger.read(timeout)?).map_err(told)?;
                Ok(Channel::Messenger(messenger))
            }
            _ => Err(
                "write one of the tables [watch.channel.email], [watch.channel.webhook], \
                 [watch.channel.messenger]"
                    .to_owned(),
            ),
        }
    }
}

impl QuietTable {
    fn read(&self) -> Result<QuietHours, String> {
        let mut on = [self.days.is_none(); 7];
        for day in self.days.iter().flatten() {
            let place = DAYS.iter().position(|name| name == day);
            let place = place.ok_or_else(|| {
                format!(
                    "«{day}» is no day of quiet hours: write {}",
                    DAYS.join(", ")
                )
            })?;
            on[place] = true;
        }
        Ok(QuietHours {
            from: minute(&self.from)?,
            to: minute(&self.to)?,
            days: on,
        })
    }
}

/// `22:30` as a minute of the day; `24:00` is the end of it.
fn minute(text: &str) -> Result<u16, String> {
    if text == "24:00" {
        return Ok(0);
    }
    // Any day will do: only the time is read.
    let moment: terms::LocalDateTime = format!("2000-01-01T{text}")
        .parse()
        .map_err(|_| format!("«{text}» is no time of day, such as \"22:00\""))?;
    Ok(u16::from(moment.hour()) * 60 + u16::from(moment.minute()))
}

impl EmailTable {
    fn read(&self, timeout: Duration) -> Result<EmailSetup, String> {
        let security = match self.security.as_deref() {
            None | Some("tls") => Security::Tls,
            Some("starttls") => Security::StartTls,
            Some("none") => Security::None,
            Some(other) => {
                return Err(format!(
                    "security is «{other}»: write tls, starttls or none"
                ));
            }
        };
        let accept_plain = match self.plain_smtp.as_deref() {
            None => false,
            Some(PLAIN) => true,
            Some(_) => return Err(format!("plain_smtp is left out or «{PLAIN}»")),
        };
        let password = secret(
            "password",
            self.password_file.as_deref(),
            self.password_env.as_deref(),
        )?;
        let login = match (&self.user, password) {
            (Some(user), Some(password)) => Some((user.clone(), password)),
            (None, None) => None,
            (Some(_), None) => return Err("write password_file or password_env, too".to_owned()),
            (None, Some(_)) => return Err("a password needs a user".to_owned()),
        };
        Ok(EmailSetup {
            host: self.host.clone(),
            port: self.port,
            security,
            accept_plain,
            login,
            authorities: match &self.ca_file {
                Some(path) => vec![file(path)?.into_bytes()],
                None => Vec::new(),
            },
            from: self.from.clone(),
            to: self.to.clone(),
            timeout,
        })
    }
}

impl HookTable {
    fn read(&self, timeout: Duration) -> Result<NoticeHookSetup, String> {
        Ok(NoticeHookSetup {
            url: self.url.clone(),
            secrets: secrets(self.secret.as_ref(), self.secret_file.as_deref())?,
            allow_private: self.allow_private,
            timeout,
        })
    }
}

impl MessengerTable {
    fn read(&self, timeout: Duration) -> Result<MessengerSetup, String> {
        let mut found = BTreeMap::new();
        for (name, path) in &self.secret_files {
            found.extend(secret(name, Some(path), None)?.map(|it| (name.clone(), it)));
        }
        for (name, variable) in &self.secret_env {
            found.extend(secret(name, None, Some(variable))?.map(|it| (name.clone(), it)));
        }
        let json = || "application/json".to_owned();
        Ok(MessengerSetup {
            url: self.url.clone(),
            body: self.body.clone(),
            content_type: self.content_type.clone().unwrap_or_else(json),
            secrets: found,
            allow_private: self.allow_private,
            timeout,
        })
    }
}

/// The first line of a file, or what a variable of the environment holds.
fn secret(
    name: &str,
    path: Option<&Path>,
    variable: Option<&str>,
) -> Result<Option<Hidden>, String> {
    let text = match (path, variable) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(format!("{name} is in a file or in a variable, not both"));
        }
        (Some(path), None) => file(path)?.lines().next().unwrap_or_default().to_owned(),
        (None, Some(variable)) => std::env::var(variable)
            .map_err(|_| format!("{name}: the environment has no variable {variable}"))?,
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("{name} is empty"));
    }
    Ok(Some(Hidden::new(text)))
}

fn file(path: &Path) -> Result<String, String> {
    let unreadable = |error| format!("cannot read {}: {error}", path.display());
    let mut text = String::new();
    let opened = fs::File::open(path).map_err(unreadable)?;
    opened
        .take(FILE_MAX)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    Ok(text)
}
