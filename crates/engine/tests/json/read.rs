//! Reads the worked examples.

use std::{fmt::Debug, str::FromStr};

use engine::*;
use serde_json::Value;
use terms::*;

type Get = Value;

fn text(value: &Get, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
        .to_owned()
}

fn parse<T: FromStr<Err: Debug>>(value: &Get, key: &str) -> T {
    text(value, key).parse().unwrap()
}

fn optional<T: FromStr<Err: Debug>>(value: &Get, key: &str) -> Option<T> {
    value[key].as_str().map(|text| text.parse().unwrap())
}

fn money(value: &Get, key: &str) -> Kopecks {
    Kopecks::new(
        value[key]
            .as_i64()
            .unwrap_or_else(|| panic!("{key} in {value}")),
    )
    .unwrap()
}

fn money_or_none(value: &Get, key: &str) -> Kopecks {
    Kopecks::new(value[key].as_i64().unwrap_or(0)).unwrap()
}

fn byte(value: &Get, key: &str) -> u8 {
    value[key].as_u64().unwrap().try_into().unwrap()
}

fn list<T>(value: &Get, key: &str, read: impl Fn(&Get) -> T) -> Vec<T> {
    value[key]
        .as_array()
        .map(|list| list.iter().map(read).collect())
        .unwrap_or_default()
}

pub(crate) fn setup(defaults: &Get, example: &Get) -> Setup {
    let mut merged = defaults.clone();
    for (key, value) in example["config"].as_object().unwrap() {
        merged[key] = value.clone();
    }
    let config = &merged;
    let config = Config {
        ffd: ffd(&text(config, "ffd")),
        postpaid: parse(config, "postpaid"),
        offset_mode: parse(config, "offset_mode"),
        allocation: parse(config, "allocation"),
        penalties: parse(config, "penalties"),
        penalty_receipt: parse(config, "penalty_receipt"),
        advance: parse(config, "advance"),
        credit_payment_vat: parse(config, "credit_payment_vat"),
        agent_offset: parse(config, "agent_offset"),
        max_lines: u16::try_from(config["max_lines"].as_u64().unwrap())
            .unwrap()
            .try_into()
            .unwrap(),
        holidays: list(config, "holidays", |day| {
            day.as_str().unwrap().parse().unwrap()
        })
        .into_iter()
        .collect(),
    };
    let services = example["services"].as_object().unwrap();
    let services = services
        .iter()
        .map(|(code, value)| (code.parse().unwrap(), service(value)));
    Setup {
        config,
        services: services.collect(),
    }
}

fn ffd(text: &str) -> FfdVersion {
    *FfdVersion::ALL
        .iter()
        .find(|version| version.title() == text)
        .unwrap()
}

fn service(value: &Get) -> Service {
    let vat = match value["vat"].as_str() {
        Some(rate) => VatSchedule::fixed(rate.parse().unwrap()),
        None => VatSchedule::new(list(value, "vat", |step| {
            (parse(step, "from"), parse(step, "rate"))
        }))
        .unwrap(),
    };
    let agent = value
        .get("agent")
        .filter(|agent| !agent.is_null())
        .map(|agent| Agent {
            kind: byte(agent, "type"),
            supplier_inn: parse(agent, "supplier_inn"),
            supplier_name: text(agent, "supplier_name"),
            supplier_phone: text(agent, "supplier_phone"),
        });
    Service {
        name: text(value, "name"),
        vat,
        tax_system: TaxSystem::from_bit(byte(value, "sno")).unwrap(),
        priority: value["priority"].as_u64().unwrap() as u32,
        weight: money(value, "weight"),
        p21: value["p21"].as_bool().unwrap_or(true),
        agent,
    }
}

pub(crate) fn before(example: &Get) -> Before {
    let accounts = example["before"]["accounts"].as_object().unwrap();
    let accounts = accounts.iter().map(|(number, value)| {
        let number: AccountNumber = number.parse().unwrap();
        (number.clone(), account(number, value))
    });
    Before {
        accounts: accounts.collect(),
        receipts: list(&example["before"], "journal", journal),
        ..Before::default()
    }
}

fn account(number: AccountNumber, value: &Get) -> Account {
    let debt = |debt: &Get| Debt {
        id: text(debt, "id"),
        service: parse(debt, "service"),
        period: parse(debt, "period"),
        open: money(debt, "open"),
        vat: parse(debt, "vat"),
        credit: debt["credit"].as_bool().unwrap(),
    };
    Account {
        contact: value["contact"].as_str().map(str::to_owned),
        debts: list(value, "debts", debt),
        penalties: list(value, "penalties", |penalty| Penalty {
            id: text(penalty, "id"),
            service: parse(penalty, "service"),
            open: money(penalty, "open"),
        }),
        advances: list(value, "advances", |lot| Lot {
            id: text(lot, "id"),
            service: optional(lot, "service"),
            period: optional(lot, "period"),
            amount: money(lot, "amount"),
            vat: parse(lot, "vat"),
            date: parse(lot, "date"),
            kind: parse(lot, "kind"),
            method: PaymentMethod::from_code(byte(lot, "method")).unwrap(),
        }),
        settled: list(value, "settled", |settled| Settled {
            service: parse(settled, "service"),
            period: parse(settled, "period"),
            amount: money(settled, "amount"),
            vat: parse(settled, "vat"),
        }),
        written_off: list(value, "written_off", debt),
        invoices: list(value, "invoices", |invoice| Invoice {
            service: parse(invoice, "service"),
            period: parse(invoice, "period"),
            amount: money(invoice, "amount"),
        }),
        ..Account::new(number)
    }
}

fn journal(value: &Get) -> JournalReceipt {
    let receipt = &value["receipt"];
    let receipt = Receipt {
        event: String::new(),
        ffd: FfdVersion::V1_2,
        operation: OperationSign::from_code(byte(receipt, "operation")).unwrap(),
        tax_system: TaxSystem::from_bit(byte(receipt, "sno")).unwrap(),
        date: parse(receipt, "date"),
        account: optional(receipt, "account"),
        contact: None,
        deliver: false,
        internet: false,
        lines: list(receipt, "lines", |line| Line {
            name: text(line, "name"),
            method: PaymentMethod::from_code(byte(line, "method")).unwrap(),
            subject: SettlementSubject::from_code(byte(line, "subject")).unwrap(),
            amount: money(line, "amount"),
            vat_code: VatCode::from_code(byte(line, "vat_code")).unwrap(),
            vat: money(line, "vat"),
            agent: None,
            service: optional(line, "service"),
            period: optional(line, "period"),
            refs: refs(line),
            why: Why {
                rule: Rule::D01,
                from: Vec::new(),
            },
        }),
        unprinted: Vec::new(),
        payments: payments(&receipt["payments"]),
        total: money(receipt, "total"),
        vat_totals: Default::default(),
        correction: None,
        corrects: None,
    };
    JournalReceipt {
        id: text(value, "id"),
        fiscal_sign: FiscalSign(parse(value, "fp")),
        receipt,
        settle_date: optional(value, "settle_date"),
        cancelled: false,
    }
}

fn payments(value: &Get) -> Payments {
    Payments {
        cash: money_or_none(value, "cash"),
        cashless: money_or_none(value, "cashless"),
        prepaid: money_or_none(value, "prepaid"),
        credit: money_or_none(value, "credit"),
        counter: money_or_none(value, "counter"),
    }
}

fn refs(line: &Get) -> Vec<Ref> {
    let Some(refs) = line["ref"].as_object() else {
        return Vec::new();
    };
    refs.iter()
        .map(|(to, id)| Ref {
            to: to.parse().unwrap(),
            id: id.as_str().unwrap().to_owned(),
            amount: money(line, "amount"),
        })
        .collect()
}

pub(crate) fn event(value: &Get) -> Event {
    let account = || parse::<AccountNumber>(value, "account");
    let parts = || {
        list(value, "parts", |part| Part {
            kind: parse(part, "kind"),
            amount: money(part, "amount"),
        })
    };
    let order = || value["order"].as_str().map(str::to_owned);
    let kind = match value["type"].as_str().unwrap() {
        "payment" => EventKind::Payment(Payment {
            account: optional(value, "account"),
            parts: parts(),
            channel: optional(value, "channel").unwrap_or(Channel::BankRegistry),
            explicit: list(value, "explicit", explicit),
            purpose_period: optional(value, "purpose_period"),
        }),
        "identify" => EventKind::Identify(Identify {
            payment: text(value, "payment"),
            account: account(),
        }),
        "charge" => EventKind::Charge(Charge {
            account: account(),
            lines: list(value, "lines", |line| ChargeLine {
                service: parse(line, "service"),
                period: parse(line, "period"),
                amount: money(line, "amount"),
            }),
        }),
        "period_close" => EventKind::PeriodClose(PeriodClose {
            period: parse(value, "period"),
            late_as_correction: false,
        }),
        "refund" => EventKind::Refund(Refund {
            account: account(),
            of: match value["of"].as_str().unwrap() {
                "advance" => RefundOf::Advance {
                    service: optional(value, "service"),
                    period: optional(value, "period"),
                },
                _ => RefundOf::Service {
                    service: parse(value, "service"),
                    period: parse(value, "period"),
                },
            },
            amount: money(value, "amount"),
            kind: parse(value, "kind"),
            lost_date: optional(value, "lost_date"),
        }),
        "recalc" => EventKind::Recalc(Recalc {
            account: account(),
            service: parse(value, "service"),
            period: parse(value, "period"),
            delta: money(value, "delta"),
            to: parse(value, "to"),
            kind: optional(value, "kind"),
        }),
        "writeoff" => EventKind::WriteOff(WriteOff {
            account: account(),
            reason: text(value, "reason"),
            items: list(value, "items", |item| WriteOffItem {
                target: match item["debt"].as_str() {
                    Some(id) => WriteOffTarget::Debt(id.to_owned()),
                    None => WriteOffTarget::Penalty(text(item, "penalty")),
                },
                amount: money(item, "amount"),
            }),
        }),
        "move" => EventKind::Move(Move {
            from_account: parse(&value["from"], "account"),
            from_service: optional(&value["from"], "service"),
            to_account: parse(&value["to"], "account"),
            to_service: optional(&value["to"], "service"),
            to_debt: value["to"]["debt"].as_str().map(str::to_owned),
            amount: money(value, "amount"),
            payer_order: value["payer_order"].as_bool().unwrap_or(false),
        }),
        "cancel_payment" => EventKind::CancelPayment(CancelPayment {
            account: account(),
            original: text(value, "original"),
            reason: parse(value, "reason"),
        }),
        "restore_payment" => EventKind::RestorePayment(RestorePayment {
            account: account(),
            lost_date: parse(value, "lost_date"),
            parts: parts(),
            order: order(),
        }),
        "fix_receipt" => EventKind::FixReceipt(FixReceipt {
            original: text(value, "original"),
            right: right(&value["right"]),
            ledger: value["ledger"].as_bool().unwrap_or(true),
            accepted: value["accepted"].as_bool().unwrap_or(true),
            order: order(),
        }),
        other => panic!("event {other}"),
    };
    Event {
        id: text(value, "id"),
        date: parse(value, "date"),
        kind,
    }
}

fn explicit(item: &Get) -> ExplicitItem {
    let id = |key: &str| item[key].as_str().map(str::to_owned);
    let target = id("debt")
        .map(ExplicitTarget::Debt)
        .or(id("penalty").map(ExplicitTarget::Penalty))
        .or(id("written_off").map(ExplicitTarget::WrittenOff))
        .unwrap_or_else(|| ExplicitTarget::Advance(optional(item, "advance")));
    ExplicitItem {
        target,
        amount: money(item, "amount"),
    }
}

fn right(value: &Get) -> RightReceipt {
    let sno = value["sno"]
        .as_u64()
        .map(|bit| TaxSystem::from_bit(bit as u8).unwrap());
    let sign = value["operation"].as_u64();
    RightReceipt {
        account: None,
        tax_system: sno,
        operation: sign.map(|sign| OperationSign::from_code(sign as u8).unwrap()),
        lines: list(value, "lines", |line| RightLine {
            name: text(line, "name"),
            method: PaymentMethod::from_code(byte(line, "method")).unwrap(),
            subject: SettlementSubject::from_code(byte(line, "subject")).unwrap(),
            amount: money(line, "amount"),
            vat_code: VatCode::from_code(byte(line, "vat_code")).unwrap(),
            service: optional(line, "service"),
            period: optional(line, "period"),
            refs: refs(line),
        }),
        payments: payments(&value["payments"]),
    }
}
