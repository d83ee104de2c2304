use std::{path::PathBuf, process::ExitCode, time::Duration};

use chrono::{DateTime, FixedOffset};
use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use desk::{IpNet, KeyRing, KeyRow, NewKey, RateLimit, Scope, Scopes, Store};
use serde_json::{Value, json};
use terms::{Inn, LocalDate};

use super::Outcome;
use crate::config::Config;

/// The most characters in a line of the table.
const WIDTH: u16 = 140;

/// Manage the keys of the HTTP interface. Works beside a running server, which knows of a change
/// within a second.
#[derive(Subcommand)]
pub(crate) enum Key {
    /// Make a key and show it, this once.
    Add(Add),
    /// List the keys, without the keys themselves.
    List {
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Revoke a key, for ever.
    Revoke {
        /// What the key is called.
        name: String,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
    /// Give a key a new secret and show it, this once. The old one is valid for a while yet.
    Roll {
        /// What the key is called.
        name: String,
        /// How long the old secret is valid yet: 30m, 24h, 7d, or 0.
        #[arg(long = "for", default_value = "24h", value_parser = span)]
        overlap: Duration,
        /// The configuration file.
        #[arg(long, default_value = "/etc/kassette/kassette.toml")]
        config: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Add {
    /// What the key is called; it is shown wherever something was done with it.
    name: String,
    /// What its holder may do: `read` (ask), `push` (payments, charges, refunds…; accounts,
    /// services), `correct` (cancel, restore, fix, correction receipts), `admin` (drives, receipts
    /// in doubt, clock).
    #[arg(long, value_delimiter = ',', default_value = "read,push", value_parser = scope)]
    scope: Vec<Scope>,
    /// The first day on which it is not valid any more, YYYY-MM-DD, at the place of settlement.
    #[arg(long)]
    expires: Option<LocalDate>,
    /// A network that it may come from, such as 10.0.0.0/8 or 192.0.2.7/32; may be repeated. Without
    /// it: from everywhere.
    #[arg(long)]
    from: Vec<IpNet>,
    /// Requests per second in the long run. Without it: as many as come.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(RateLimit::MAX)))]
    rate: Option<u32>,
    /// Requests at once, after a pause; without it as many as in a second.
    #[arg(long, requires = "rate", value_parser = clap::value_parser!(u32).range(1..=i64::from(RateLimit::MAX)))]
    burst: Option<u32>,
    /// What people should know of it.
    #[arg(long, default_value = "")]
    comment: String,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Key {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Add(add) => add.run()?,
            Self::List { json, config } => {
                let config = Config::read(&config)?;
                let keys = ring(&config)?.list()?;
                let now = chrono::Utc::now().timestamp_millis();
                if json {
                    let keys: Vec<Value> = keys.iter().map(|key| key_json(key, now)).collect();
                    println!("{}", Value::Array(keys));
                } else if keys.is_empty() {
                    println!("there are no keys; make one by «kassette key add»");
                } else {
                    println!("{}", table(&keys, now, config.organisation.utc_offset));
                }
            }
            Self::Revoke { name, config } => {
                if !ring(&Config::read(&config)?)?.revoke(&name)? {
                    return Err(no_such(&name).into());
                }
                println!("revoked");
            }
            Self::Roll {
                name,
                overlap,
                config,
            } => {
                let secret = desk::new_key_secret()?;
                let ring = ring(&Config::read(&config)?)?;
                if !ring.roll(&name, &desk::key_hash(&secret), overlap)? {
                    return Err(no_such(&name).into());
                }
                println!("{secret}");
                eprintln!(
                    "shown this once; the old secret is valid for {} more minutes",
                    overlap.as_secs() / 60
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    fn run(self) -> Result<(), Box<dyn std::error::Error>> {
        let config = Config::read(&self.config)?;
        let offset = config.organisation.utc_offset;
        let expires_at = self.expires.map(|day| start_of(day, offset)).transpose()?;
        let secret = desk::new_key_secret()?;
        let hash = desk::key_hash(&secret);
        let key = NewKey {
            ranges: self.from,
            rate: self.rate.map(|per_second| RateLimit {
                per_second,
                burst: self.burst.unwrap_or(per_second),
            }),
            expires_at,
            comment: self.comment,
            ..NewKey::new(self.name, hash, self.scope, config.organisation.inn)
        };
        ring(&config)?.add(&key)?;
        println!("{secret}");
        eprintln!("shown this once: keep it where billing finds it");
        Ok(())
    }
}

/// Makes a key without limits, and notes its hash.
pub(crate) fn add(
    ring: &KeyRing,
    name: &str,
    scopes: Scopes,
    organisation: Inn,
) -> Result<String, Box<dyn std::error::Error>> {
    let secret = desk::new_key_secret()?;
    let hash = desk::key_hash(&secret);
    ring.add(&NewKey::new(name, hash, scopes.iter(), organisation))?;
    Ok(secret)
}

/// The moment at which a day begins at the place of settlement, milliseconds since 1970.
fn start_of(day: LocalDate, offset: FixedOffset) -> terms::Result<i64> {
    let local = day.at(0, 0)?.unix_local();
    Ok((local - i64::from(offset.local_minus_utc())) * 1_000)
}

fn table(keys: &[KeyRow], now: i64, offset: FixedOffset) -> Table {
    let minute = |at: Option<i64>| at.map_or_else(|| "–".to_owned(), |at| minute(at, offset));
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header([
            "key",
            "scopes",
            "organisation",
            "from",
            "rate",
            "used last",
            "expires",
            "state",
        ]);
    for key in keys {
        let ranges: Vec<String> = key.ranges.iter().map(ToString::to_string).collect();
        let rate = key
            .rate
            .map(|rate| format!("{}/s, {} at once", rate.per_second, rate.burst));
        let comment = if key.comment.is_empty() { "" } else { "\n" };
        table.add_row([
            format!("{}{comment}{}", key.name, key.comment),
            key.scopes.to_string(),
            key.organisation.to_string(),
            ranges.join("\n"),
            rate.unwrap_or_default(),
            minute(key.last_used_at),
            minute(key.expires_at),
            state(key, now).to_owned(),
        ]);
    }
    table
}

fn minute(at_ms: i64, offset: FixedOffset) -> String {
    DateTime::from_timestamp_millis(at_ms).map_or_else(
        || at_ms.to_string(),
        |at| {
            at.with_timezone(&offset)
                .format("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

fn key_json(key: &KeyRow, now: i64) -> Value {
    let scopes: Vec<&str> = key.scopes.iter().map(Scope::name).collect();
    let ranges: Vec<String> = key.ranges.iter().map(ToString::to_string).collect();
    let old = key.secrets.iter().filter_map(|secret| secret.valid_until);
    json!({
        "name": key.name,
        "state": state(key, now),
        "scopes": scopes,
        "organisation": key.organisation.to_string(),
        "from": ranges,
        "rate": key.rate.map(|rate| rate.per_second),
        "burst": key.rate.map(|rate| rate.burst),
        "comment": key.comment,
        "created_at_ms": key.created_at,
        "expires_at_ms": key.expires_at,
        "last_used_at_ms": key.last_used_at,
        "revoked_at_ms": key.revoked_at,
        "old_secret_until_ms": old.filter(|until| *until > now).max(),
    })
}

fn state(key: &KeyRow, now: i64) -> &'static str {
    if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at.is_some_and(|at| at <= now) {
        "expired"
    } else {
        "valid"
    }
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::from_name(name).ok_or_else(|| "write read, push, correct or admin".to_owned())
}

/// Reads `30m`, `24h`, `7d` or `0`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and m, h or d, such as 24h; or 0".to_owned();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let count: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(seconds * u64::from(count)))
}

fn no_such(name: &str) -> String {
    format!("there is no valid key «{name}»; see «kassette key list»")
}

fn ring(config: &Config) -> Result<KeyRing, Box<dyn std::error::Error>> {
    Ok(KeyRing::open(&Store::in_folder(&config.journal.folder))?)
}
