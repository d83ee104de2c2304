//! `[watch]`: what Kassette compares by itself, how often, and by which thresholds.

use std::{collections::BTreeMap, time::Duration};

use desk::{DeskError, WatchRules};
use serde::Deserialize;

use super::telling::{ChannelTable, TellingTable};

/// How rarely touched accounts may be looked at, seconds.
const EVERY_MAX: u64 = 3_600;
/// Risk indicators look at so many days, and no more are kept.
const WINDOW_MAX: u32 = 30;

/// `[watch]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WatchTable {
    every_seconds: Option<u64>,
    full_at: Option<u8>,
    prepaid: Vec<String>,
    thresholds: BTreeMap<String, BTreeMap<String, Limit>>,
    /// When people are told again.
    pub(super) telling: TellingTable,
    /// How they are told.
    pub(super) channel: Vec<ChannelTable>,
}

/// A threshold: a whole number, or roubles.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Limit {
    Number(i64),
    Roubles(String),
}

impl WatchTable {
    /// What the desk has to know.
    ///
    /// # Errors
    /// When a value lies beyond its limits, or there is no such threshold.
    pub(crate) fn read(&self) -> Result<WatchRules, DeskError> {
        let wrong = |what: String| DeskError::Setup { what };
        let mut rules = WatchRules::default();
        if let Some(seconds) = self.every_seconds {
            if !(1..=EVERY_MAX).contains(&seconds) {
                let what = format!("watch.every_seconds is {seconds}: write 1 to {EVERY_MAX}");
                return Err(wrong(what));
            }
            rules.every = Duration::from_secs(seconds);
        }
        if let Some(hour) = self.full_at {
            if hour > 23 {
                return Err(wrong(format!(
                    "watch.full_at is {hour}: write an hour, 0 to 23"
                )));
            }
            rules.full_at = hour;
        }
        rules.prepaid = self
            .prepaid
            .iter()
            .map(|code| code.parse())
            .collect::<terms::Result<_>>()?;
        for (table, limits) in &self.thresholds {
            for (limit, value) in limits {
                let text = match value {
                    Limit::Number(number) => number.to_string(),
                    Limit::Roubles(text) => text.clone(),
                };
                rules.thresholds.set(table, limit, &text)?;
            }
        }
        let windows = [
            rules.thresholds.returns.days,
            rules.thresholds.corrections.days,
        ];
        if windows.iter().any(|days| !(1..=WINDOW_MAX).contains(days)) {
            let what = "watch.thresholds.returns.days and corrections.days are 1 to 30";
            return Err(wrong(what.to_owned()));
        }
        Ok(rules)
    }
}
