//! Writes results as the worked examples have them.

use engine::*;
use serde_json::{Map, Value, json};
use terms::*;

pub(crate) fn receipt(receipt: &Receipt) -> Value {
    let vat_totals: Map<String, Value> = receipt
        .vat_totals
        .iter()
        .map(|(code, sum)| (code.code().to_string(), json!(sum.get())))
        .collect();
    let mut value = json!({
        "event": receipt.event,
        "doc": if receipt.correction.is_some() { "correction" } else { "receipt" },
        "ffd": receipt.ffd.title(),
        "operation": receipt.operation.code(),
        "sno": receipt.tax_system.bit(),
        "date": receipt.date.to_string(),
        "account": receipt.account.as_ref().map(AccountNumber::as_str),
        "contact": receipt.contact,
        "deliver": receipt.deliver,
        "internet": receipt.internet,
        "lines": receipt.lines.iter().map(line).collect::<Vec<_>>(),
        "payments": {
            "cash": receipt.payments.cash.get(),
            "cashless": receipt.payments.cashless.get(),
            "prepaid": receipt.payments.prepaid.get(),
            "credit": receipt.payments.credit.get(),
            "counter": receipt.payments.counter.get(),
        },
        "total": receipt.total.get(),
        "vat_totals": vat_totals,
    });
    if let Some(correction) = &receipt.correction {
        value["correction"] = json!({
            "type": u8::from(correction.order.is_some()),
            "date": correction.date.to_string(),
            "number": correction.order,
        });
    }
    if let Some(sign) = receipt.corrects {
        value["tag1192"] = json!(sign.to_string());
    }
    value
}

fn line(line: &Line) -> Value {
    let mut value = json!({
        "name": line.name,
        "method": line.method.code(),
        "subject": line.subject.code(),
        "price": line.amount.get(),
        "qty": "1",
        "amount": line.amount.get(),
        "vat_code": line.vat_code.code(),
        "vat": line.vat.get(),
        "service": line.service.as_ref().map(ServiceCode::as_str),
        "period": line.period.map(|period| period.to_string()),
    });
    if let Some(agent) = &line.agent {
        value["agent"] = json!({
            "type": agent.kind,
            "supplier_inn": agent.supplier_inn.as_str(),
            "supplier_name": agent.supplier_name,
            "supplier_phone": agent.supplier_phone,
        });
    }
    value
}

pub(crate) fn record(record: &Record) -> Value {
    json!({
        "event": record.event,
        "kind": record.kind.name(),
        "account": record.account.as_ref().map(AccountNumber::as_str),
        "ref": record.reference,
        "amount": record.amount.get(),
    })
}

pub(crate) fn account(account: &Account) -> Value {
    let debt = |debt: &Debt| {
        json!({
            "id": debt.id, "service": debt.service.as_str(), "period": debt.period.to_string(),
            "open": debt.open.get(), "vat": debt.vat.name(), "credit": debt.credit,
        })
    };
    let penalty = |penalty: &Penalty| {
        json!({
            "id": penalty.id, "service": penalty.service.as_str(), "open": penalty.open.get(),
        })
    };
    let lot = |lot: &Lot| {
        json!({
            "id": lot.id, "service": lot.service.as_ref().map(ServiceCode::as_str),
            "period": lot.period.map(|period| period.to_string()), "amount": lot.amount.get(),
            "vat": lot.vat.name(), "date": lot.date.to_string(), "kind": lot.kind.name(),
            "method": lot.method.code(),
        })
    };
    let settled = |settled: &Settled| {
        json!({
            "service": settled.service.as_str(), "period": settled.period.to_string(),
            "amount": settled.amount.get(), "vat": settled.vat.name(),
        })
    };
    json!({
        "debts": account.debts.iter().map(debt).collect::<Vec<_>>(),
        "penalties": account.penalties.iter().map(penalty).collect::<Vec<_>>(),
        "advances": account.advances.iter().map(lot).collect::<Vec<_>>(),
        "settled": account.settled.iter().map(settled).collect::<Vec<_>>(),
        "written_off": account.written_off.iter().map(debt).collect::<Vec<_>>(),
        "saldo": account.saldo() as i64,
    })
}
