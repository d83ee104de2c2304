//! An operation as billing writes it.

use std::fmt;

use desk::{
    Channel, Charge, ChargeLine, Event, EventKind, ExplicitItem, ExplicitTarget, MAX_EVENT_ID,
    NewOperation, Part, PartKind, Payment,
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use terms::{AccountNumber, LocalDate, Period, ServiceCode};

use crate::{
    ID_MAX, Problem,
    money::Amount,
    request::read_json,
    value::{Label, Object, Text},
};

/// What tells an operation's shape.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PaymentRequest {
    #[serde(rename = "type")]
    kind: String,
    key: Label<MAX_EVENT_ID>,
    account: Text<AccountNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Text<LocalDate>>,
    parts: Vec<Object<PartRequest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<Text<Channel>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    explicit: Vec<Object<ExplicitRequest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose_period: Option<Text<Period>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PartRequest {
    kind: Text<PartKind>,
    amount: Amount,
}

/// One of `debt`, `penalty`, `written_off` (an identifier) or `advance` (a service, or null).
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ExplicitRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debt: Option<Label<ID_MAX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    penalty: Option<Label<ID_MAX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written_off: Option<Label<ID_MAX>>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    advance: Option<Option<Text<ServiceCode>>>,
    amount: Amount,
}

/// Tells an absent field from one that is null.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ChargeRequest {
    #[serde(rename = "type")]
    kind: String,
    key: Label<MAX_EVENT_ID>,
    account: Text<AccountNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Text<LocalDate>>,
    lines: Vec<Object<ChargeLineRequest>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ChargeLineRequest {
    service: Text<ServiceCode>,
    period: Text<Period>,
    amount: Amount,
}

/// Reads one operation; `today` is its date unless it says another.
///
/// Its body is canonical: white space, the order of fields and the spelling of amounts do not tell
/// two requests apart. A date that was left out stays out, so a request that is repeated after
/// midnight is still the same.
pub(super) fn read_operation(json: &str, today: LocalDate) -> Result<NewOperation, Problem> {
    let Object(Kind { kind }) = read_json(json)?;
    match kind.as_str() {
        "payment" => {
            let Object(request) = read_json::<Object<PaymentRequest>>(json)?;
            let body = canonical(&request)?;
            let event = payment(request, today)?;
            Ok(operation(event, body))
        }
        "charge" => {
            let Object(request) = read_json::<Object<ChargeRequest>>(json)?;
            let body = canonical(&request)?;
            Ok(operation(charge(request, today), body))
        }
        other => {
            let detail = format!("type «{other:.40}» is none of: payment, charge");
            let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Err(Problem::new(status, "unknown_type", detail).in_field("type"))
        }
    }
}

fn canonical(request: &impl Serialize) -> Result<String, Problem> {
    // Structs of texts and numbers: this does not fail.
    serde_json::to_string(request).map_err(|error| Problem::malformed(error.to_string()))
}

fn operation(event: Event, body: String) -> NewOperation {
    NewOperation {
        key: event.id.clone(),
        body,
        event,
    }
}

fn payment(request: PaymentRequest, today: LocalDate) -> Result<Event, Problem> {
    let part = |Object(part): Object<PartRequest>| Part {
        kind: part.kind.0,
        amount: part.amount.0,
    };
    let explicit = request.explicit.into_iter().zip(0..);
    let explicit = explicit.map(|(Object(item), place)| explicit_item(item, place));
    Ok(Event {
        id: request.key.0,
        date: request.date.map_or(today, |Text(date)| date),
        kind: EventKind::Payment(Payment {
            account: Some(request.account.0),
            parts: request.parts.into_iter().map(part).collect(),
            channel: request
                .channel
                .map_or(Channel::BankRegistry, |Text(channel)| channel),
            explicit: explicit.collect::<Result<_, _>>()?,
            purpose_period: request.purpose_period.map(|Text(period)| period),
        }),
    })
}

fn explicit_item(item: ExplicitRequest, place: usize) -> Result<ExplicitItem, Problem> {
    let target = match (item.debt, item.penalty, item.written_off, item.advance) {
        (Some(Label(id)), None, None, None) => ExplicitTarget::Debt(id),
        (None, Some(Label(id)), None, None) => ExplicitTarget::Penalty(id),
        (None, None, Some(Label(id)), None) => ExplicitTarget::WrittenOff(id),
        (None, None, None, Some(service)) => {
            ExplicitTarget::Advance(service.map(|Text(code)| code))
        }
        _ => {
            let rule = "an item names exactly one of debt, penalty, written_off, advance";
            return Err(Problem::bad_value(rule).in_field(format!("explicit[{place}]")));
        }
    };
    Ok(ExplicitItem {
        target,
        amount: item.amount.0,
    })
}

fn charge(request: ChargeRequest, today: LocalDate) -> Event {
    let line = |Object(line): Object<ChargeLineRequest>| ChargeLine {
        service: line.service.0,
        period: line.period.0,
        amount: line.amount.0,
    };
    Event {
        id: request.key.0,
        date: request.date.map_or(today, |Text(date)| date),
        kind: EventKind::Charge(Charge {
            account: request.account.0,
            lines: request.lines.into_iter().map(line).collect(),
        }),
    }
}

/// The elements of an array, unread; those above `MAX` are only counted.
pub(super) struct Elements<'a, const MAX: usize> {
    pub(super) items: Vec<&'a RawValue>,
    pub(super) count: usize,
}

impl<'de: 'a, 'a, const MAX: usize> Deserialize<'de> for Elements<'a, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting<const MAX: usize>;

        impl<'de, const MAX: usize> Visitor<'de> for Counting<MAX> {
            type Value = Elements<'de, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of operations")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let (mut items, mut count) = (Vec::new(), 0);
                while let Some(item) = seq.next_element::<&RawValue>()? {
                    count += 1;
                    if items.len() < MAX {
                        items.push(item);
                    }
                }
                Ok(Elements { items, count })
            }
        }

        deserializer.deserialize_seq(Counting)
    }
}

#[cfg(test)]
mod tests;
