//! What was found, as it is stored.

use audit::{Finding, Sum, Value};
use serde::{Deserialize, Serialize};

use super::FoundRow;
use crate::{JournalError, Result};

#[derive(Deserialize, Serialize)]
struct Stored {
    ru: String,
    en: String,
    numbers: Vec<StoredNumber>,
}

#[derive(Deserialize, Serialize)]
struct StoredNumber {
    name: String,
    kind: String,
    value: String,
}

/// The finding as JSON.
pub(super) fn to_json(finding: &Finding) -> Result<String> {
    let numbers = finding.numbers.iter().map(|(name, value)| StoredNumber {
        name: (*name).to_owned(),
        kind: kind(value).to_owned(),
        value: match value {
            Value::Money(Sum(kopecks)) => kopecks.to_string(),
            Value::Share(share) => share.to_string(),
            other => other.to_string(),
        },
    });
    let stored = Stored {
        ru: finding.what.ru.clone(),
        en: finding.what.en.clone(),
        numbers: numbers.collect(),
    };
    serde_json::to_string(&stored).map_err(|why| JournalError::contradiction("a finding", why))
}

/// Reads [`to_json`].
pub(super) fn from_json(incident: i64, json: &str) -> Result<FoundRow> {
    let spoiled = |why: String| JournalError::spoiled(format!("incident {incident}"), why);
    let stored: Stored = serde_json::from_str(json).map_err(|why| spoiled(why.to_string()))?;
    let read = |number: StoredNumber| {
        let value = value(&number)
            .ok_or_else(|| spoiled(format!("{} is no {}", number.value, number.kind)))?;
        Ok((number.name, value))
    };
    Ok(FoundRow {
        numbers: stored
            .numbers
            .into_iter()
            .map(read)
            .collect::<Result<_>>()?,
        ru: stored.ru,
        en: stored.en,
    })
}

/// What lists look for: texts and key, in small letters.
pub(super) fn words(finding: &Finding) -> String {
    format!(
        "{}\n{}\n{}",
        finding.key(),
        finding.what.ru,
        finding.what.en
    )
    .to_lowercase()
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Money(_) => "money",
        Value::Count(_) => "count",
        Value::Share(_) => "share",
        Value::Date(_) => "date",
        Value::Moment(_) => "moment",
        Value::Period(_) => "period",
        Value::Flag(_) => "flag",
        Value::Words(_) => "words",
    }
}

fn value(number: &StoredNumber) -> Option<Value> {
    let text = number.value.as_str();
    Some(match number.kind.as_str() {
        "money" => Value::Money(Sum(text.parse().ok()?)),
        "count" => Value::Count(text.parse().ok()?),
        "share" => Value::Share(text.parse().ok()?),
        "date" => Value::Date(text.parse().ok()?),
        "moment" => Value::Moment(text.parse().ok()?),
        "period" => Value::Period(text.parse().ok()?),
        "flag" => Value::Flag(text.parse().ok()?),
        "words" => Value::Words(text.to_owned()),
        _ => return None,
    })
}
