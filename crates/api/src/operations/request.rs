//! An operation as billing writes it.

use std::{collections::BTreeMap, fmt};

use desk::{
    AddressError, Callback, Channel, Charge, ChargeLine, Event, EventKind, ExplicitItem,
    ExplicitTarget, FORM_V1, Fixing, MAX_EVENT_ID, NewOperation, PartKind, Payment, URL_MAX,
};
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use terms::{AccountNumber, LocalDate, Period, ServiceCode};

use super::{
    corrections::{
        CancelPaymentRequest, FixReceiptRequest, RestoreChargeRequest, RestorePaymentRequest,
    },
    events::{
        Fields, IdentifyRequest, MoveRequest, PeriodCloseRequest, RecalcRequest, RefundRequest,
        WriteOffRequest, parts,
    },
    ready,
};
use crate::{
    ID_MAX, Problem,
    basis::BasisRequest,
    money::Amount,
    request::read_json,
    value::{Label, Object, Text},
};

/// What tells an operation's shape.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    callback: Option<CallbackUrl>,
}

/// Where the letter goes that tells how an operation has ended.
pub(super) type CallbackUrl = Label<URL_MAX>;

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentRequest {
    #[serde(rename = "type")]
    #[schemars(extend("const" = "payment"))]
    kind: String,
    key: Label<MAX_EVENT_ID>,
    /// Null while the payer is unknown; it may not be left out.
    #[serde(deserialize_with = "Option::deserialize")]
    account: Option<Text<AccountNumber>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Text<LocalDate>>,
    parts: Vec<Object<PartRequest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<Text<Channel>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    explicit: Vec<Object<ExplicitRequest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose_period: Option<Text<Period>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callback: Option<CallbackUrl>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartRequest {
    pub(super) kind: Text<PartKind>,
    pub(super) amount: Amount,
}

/// One of `debt`, `penalty`, `written_off` (an identifier) or `advance` (a service, or null).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
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

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChargeRequest {
    #[serde(rename = "type")]
    #[schemars(extend("const" = "charge"))]
    kind: String,
    key: Label<MAX_EVENT_ID>,
    account: Text<AccountNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Text<LocalDate>>,
    lines: Vec<Object<ChargeLineRequest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callback: Option<CallbackUrl>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct ChargeLineRequest {
    service: Text<ServiceCode>,
    period: Text<Period>,
    amount: Amount,
}

/// An operation as it was read.
pub(super) struct Wanted {
    pub(super) operation: NewOperation,
    /// What has to be computed on the state as it stands before it can be submitted, and its day.
    pub(super) fixing: Option<(LocalDate, Fixing)>,
}

/// Reads one operation; `today` is its date unless it says another.
///
/// Its body is canonical: white space, the order of fields and the spelling of amounts do not tell
/// two requests apart. A date that was left out stays out, so a request that is repeated after
/// midnight is still the same.
///
/// # Errors
/// What would be answered to a caller who sent it; also for one that has to be computed on the state
/// as it stands (`fix_receipt` with `change`).
pub fn read_operation(json: &str, today: LocalDate) -> Result<NewOperation, Problem> {
    let Wanted { operation, fixing } = read_wanted(json, today)?;
    if fixing.is_some() {
        let rule = "what a change makes of a receipt is computed by the server: name «right» here";
        return Err(Problem::bad_value(rule).in_field("change"));
    }
    Ok(operation)
}

/// The same of whatever may be sent to the server.
pub(super) fn read_wanted(json: &str, today: LocalDate) -> Result<Wanted, Problem> {
    let Object(Kind { kind, callback }) = read_json(json)?;
    let callback = callback.map(|Label(url)| {
        let wrong =
            |error: AddressError| Problem::bad_value(error.to_string()).in_field("callback");
        desk::check_callback_url(&url).map_err(wrong)?;
        let form = FORM_V1.to_owned();
        Ok::<_, Problem>(Callback { url, form })
    });
    let callback = callback.transpose()?;
    let mut wanted = read_kind(&kind, json, today)?;
    wanted.operation.callback = callback;
    Ok(wanted)
}

impl From<NewOperation> for Wanted {
    fn from(operation: NewOperation) -> Self {
        Self {
            operation,
            fixing: None,
        }
    }
}

fn read_kind(kind: &str, json: &str, today: LocalDate) -> Result<Wanted, Problem> {
    match kind {
        "payment" => {
            let Object(request) = read_json::<Object<PaymentRequest>>(json)?;
            let body = canonical(&request)?;
            let event = payment(request, today)?;
            Ok(operation(event, body).into())
        }
        "charge" => {
            let Object(request) = read_json::<Object<ChargeRequest>>(json)?;
            let body = canonical(&request)?;
            Ok(operation(charge(request, today), body).into())
        }
        "receipt" => Ok(ready::read(json, today)?.into()),
        IdentifyRequest::KIND => read::<IdentifyRequest>(json, today),
        PeriodCloseRequest::KIND => read::<PeriodCloseRequest>(json, today),
        RefundRequest::KIND => read::<RefundRequest>(json, today),
        RecalcRequest::KIND => read::<RecalcRequest>(json, today),
        WriteOffRequest::KIND => read::<WriteOffRequest>(json, today),
        MoveRequest::KIND => read::<MoveRequest>(json, today),
        CancelPaymentRequest::KIND => read::<CancelPaymentRequest>(json, today),
        RestorePaymentRequest::KIND => read::<RestorePaymentRequest>(json, today),
        RestoreChargeRequest::KIND => read::<RestoreChargeRequest>(json, today),
        FixReceiptRequest::KIND => read::<FixReceiptRequest>(json, today),
        other => {
            let detail = format!(
                "type «{other:.40}» is none of: payment, charge, identify, period_close, refund, \
                 recalc, writeoff, move, cancel_payment, restore_payment, restore_charge, \
                 fix_receipt, receipt"
            );
            let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Err(Problem::new(status, "unknown_type", detail).in_field("type"))
        }
    }
}

/// Reads an operation whose fields besides type, key and date are `F`.
fn read<F: Fields + DeserializeOwned>(json: &str, today: LocalDate) -> Result<Wanted, Problem> {
    let mut parts: BTreeMap<String, &RawValue> = read_json(json)?;
    let missing = || Problem::bad_value("missing field `key`").in_field("key");
    let key = parts.remove("key").ok_or_else(missing)?;
    let key: Label<MAX_EVENT_ID> =
        read_json(key.get()).map_err(|problem| problem.in_field("key"))?;
    let date: Option<Text<LocalDate>> = match parts.remove("date") {
        Some(date) => Some(read_json(date.get()).map_err(|problem| problem.in_field("date"))?),
        None => None,
    };
    let callback: Option<CallbackUrl> = match parts.remove("callback") {
        Some(url) => Some(read_json(url.get()).map_err(|problem| problem.in_field("callback"))?),
        None => None,
    };
    parts.remove("type");
    let rest = canonical(&parts)?;
    let Object(fields) = read_json::<Object<F>>(&rest)?;
    let body = canonical(&Whole {
        kind: F::KIND,
        key: &key,
        date: date.as_ref(),
        callback: callback.as_ref(),
        fields: &fields,
    })?;
    let basis = fields.basis().map(BasisRequest::basis).transpose()?;
    let date = date.map_or(today, |Text(date)| date);
    let fixing = fields.fixing()?.map(|fixing| (date, fixing));
    let event = Event {
        id: key.0,
        date,
        kind: fields.event()?,
    };
    Ok(Wanted {
        operation: NewOperation {
            basis: basis.map(Box::new),
            ..operation(event, body)
        },
        fixing,
    })
}

/// An operation as it is kept.
#[derive(Serialize)]
struct Whole<'a, F> {
    #[serde(rename = "type")]
    kind: &'static str,
    key: &'a Label<MAX_EVENT_ID>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a Text<LocalDate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<&'a CallbackUrl>,
    #[serde(flatten)]
    fields: &'a F,
}

pub(super) fn canonical(request: &impl Serialize) -> Result<String, Problem> {
    // Structs of texts and numbers: this does not fail.
    serde_json::to_string(request).map_err(|error| Problem::malformed(error.to_string()))
}

fn operation(event: Event, body: String) -> NewOperation {
    NewOperation {
        key: event.id.clone(),
        body,
        asked: event.into(),
        callback: None,
        basis: None,
    }
}

fn payment(request: PaymentRequest, today: LocalDate) -> Result<Event, Problem> {
    let explicit = request.explicit.into_iter().zip(0..);
    let explicit = explicit.map(|(Object(item), place)| explicit_item(item, place));
    Ok(Event {
        id: request.key.0,
        date: request.date.map_or(today, |Text(date)| date),
        kind: EventKind::Payment(Payment {
            account: request.account.map(|Text(account)| account),
            parts: parts(request.parts),
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
