//! `[service_level]`: what is promised.

use std::{collections::BTreeMap, num::NonZeroU64};

use desk::{DeskError, TargetOf, Targets};
use serde::Deserialize;

/// The longest promise, seconds: a day.
const SECONDS_MAX: u64 = 24 * 60 * 60;
/// The longest promise about incidents, minutes: 30 days.
const MINUTES_MAX: u64 = 30 * 24 * 60;

/// `[service_level]`; what is left out is not promised.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServiceLevelTable {
    fiscalized_p95_seconds: Option<NonZeroU64>,
    acknowledged_p95_seconds: Option<NonZeroU64>,
    availability_percent: Option<String>,
    incident_taken_minutes: Option<NonZeroU64>,
    incident_resolved_minutes: Option<NonZeroU64>,
}

impl ServiceLevelTable {
    /// The targets.
    ///
    /// # Errors
    /// When a value lies beyond its limits.
    pub(crate) fn read(&self) -> Result<Targets, DeskError> {
        let mut targets = BTreeMap::new();
        for (name, of, seconds) in [
            (
                "fiscalized_p95_seconds",
                TargetOf::Fiscalized,
                self.fiscalized_p95_seconds,
            ),
            (
                "acknowledged_p95_seconds",
                TargetOf::Acknowledged,
                self.acknowledged_p95_seconds,
            ),
        ] {
            if let Some(seconds) = seconds.map(NonZeroU64::get) {
                if seconds > SECONDS_MAX {
                    return Err(wrong(format!(
                        "{name} is {seconds}: write 1 to {SECONDS_MAX}"
                    )));
                }
                targets.insert(of, seconds * 1_000);
            }
        }
        for (name, of, minutes) in [
            (
                "incident_taken_minutes",
                TargetOf::IncidentTaken,
                self.incident_taken_minutes,
            ),
            (
                "incident_resolved_minutes",
                TargetOf::IncidentResolved,
                self.incident_resolved_minutes,
            ),
        ] {
            if let Some(minutes) = minutes.map(NonZeroU64::get) {
                if minutes > MINUTES_MAX {
                    return Err(wrong(format!(
                        "{name} is {minutes}: write 1 to {MINUTES_MAX}"
                    )));
                }
                targets.insert(of, minutes * 60_000);
            }
        }
        if let Some(text) = &self.availability_percent {
            targets.insert(TargetOf::Availability, ppm(text)?);
        }
        Ok(Targets(targets))
    }
}

/// Millionths of a share in per cent with at most four decimals: `99.95`.
fn ppm(text: &str) -> Result<u64, DeskError> {
    let refuse = || {
        wrong(format!(
            "availability_percent is «{text}»: write it as \"99.9\", more than 0 and at most 100, with \
             at most four decimals"
        ))
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > 4 || whole.len() > 3 {
        return Err(refuse());
    }
    let number = format!("{whole}{part:0<4}").parse::<u64>();
    number
        .ok()
        .filter(|ppm| (1..=1_000_000).contains(ppm))
        .ok_or_else(refuse)
}

fn wrong(what: String) -> DeskError {
    DeskError::Setup {
        what: format!("[service_level]: {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_to_its_last_decimal() {
        for (text, read) in [
            ("99.95", Some(999_500)),
            ("100", Some(1_000_000)),
            ("0.0001", Some(1)),
            ("0", None),
            ("100.1", None),
            ("99,9", None),
            ("99.", None),
            ("-1", None),
            ("99.99999", None),
        ] {
            assert_eq!(ppm(text).ok(), read, "{text}");
        }
    }
}
