//! The body of an operation, for the record: the fields are those of the interface for billing, and
//! `by` says who has ordered it.

use desk::{EventKind, ExplicitTarget, RefundOf, WriteOffTarget};
use serde_json::{Map, Value, json};
use terms::{Kopecks, LocalDate};

/// The canonical body: equal orders have equal ones.
pub(super) fn of(key: &str, date: LocalDate, kind: &EventKind, by: &str) -> Value {
    let mut body = Map::new();
    body.insert("type".to_owned(), json!(kind.name()));
    body.insert("key".to_owned(), json!(key));
    body.insert("date".to_owned(), json!(date.to_string()));
    body.insert("by".to_owned(), json!(by));
    if let Value::Object(fields) = fields(kind) {
        body.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Value::Object(body)
}

fn fields(kind: &EventKind) -> Value {
    match kind {
        EventKind::Payment(it) => json!({
            "account": it.account.as_ref().map(ToString::to_string),
            "parts": it.parts.iter().map(|part| json!({
                "kind": part.kind.name(), "amount": roubles(part.amount),
            })).collect::<Vec<_>>(),
            "channel": it.channel.name(),
            "explicit": it.explicit.iter().map(|item| match &item.target {
                ExplicitTarget::Debt(id) => json!({"debt": id, "amount": roubles(item.amount)}),
                ExplicitTarget::Penalty(id) => json!({"penalty": id, "amount": roubles(item.amount)}),
                ExplicitTarget::WrittenOff(id) => {
                    json!({"written_off": id, "amount": roubles(item.amount)})
                }
                ExplicitTarget::Advance(service) => json!({
                    "advance": service.as_ref().map(ToString::to_string),
                    "amount": roubles(item.amount),
                }),
            }).collect::<Vec<_>>(),
            "purpose_period": it.purpose_period.map(|period| period.to_string()),
        }),
        EventKind::Identify(it) => {
            json!({"payment": it.payment, "account": it.account.to_string()})
        }
        EventKind::Refund(it) => {
            let (of, service, period) = match &it.of {
                RefundOf::Advance { service, period } => ("advance", service.as_ref(), *period),
                RefundOf::Service { service, period } => ("service", Some(service), Some(*period)),
            };
            json!({
                "account": it.account.to_string(),
                "of": of,
                "service": service.map(ToString::to_string),
                "period": period.map(|period| period.to_string()),
                "amount": roubles(it.amount),
                "kind": it.kind.name(),
            })
        }
        EventKind::Recalc(it) => json!({
            "account": it.account.to_string(),
            "service": it.service.to_string(),
            "period": it.period.to_string(),
            "delta": roubles(it.delta),
            "to": it.to.name(),
            "kind": it.kind.map(|kind| kind.name()),
        }),
        EventKind::WriteOff(it) => json!({
            "account": it.account.to_string(),
            "reason": it.reason,
            "items": it.items.iter().map(|item| match &item.target {
                WriteOffTarget::Debt(id) => json!({"debt": id, "amount": roubles(item.amount)}),
                WriteOffTarget::Penalty(id) => {
                    json!({"penalty": id, "amount": roubles(item.amount)})
                }
            }).collect::<Vec<_>>(),
        }),
        EventKind::Move(it) => json!({
            "from": {
                "account": it.from_account.to_string(),
                "service": it.from_service.as_ref().map(ToString::to_string),
            },
            "to": {
                "account": it.to_account.to_string(),
                "service": it.to_service.as_ref().map(ToString::to_string),
                "debt": it.to_debt,
            },
            "amount": roubles(it.amount),
            "payer_order": it.payer_order,
        }),
        EventKind::CancelPayment(it) => json!({
            "account": it.account.to_string(),
            "original": it.original,
            "reason": it.reason.name(),
        }),
        // The panel orders no others.
        _ => Value::Null,
    }
}

fn roubles(sum: Kopecks) -> String {
    sum.to_string()
}
