//! Short words for events, and documents as text.

use engine::*;
use terms::*;

use crate::world::World;

/// An installation with internet and TV at 22 %, a repair call on another tax system and cold water
/// of a supplier; account 1 of a person, account 2 of a firm.
pub(crate) fn world(config: Config) -> World {
    let service = |name: &str, vat, tax_system, priority| Service {
        name: name.to_owned(),
        vat: VatSchedule::fixed(vat),
        tax_system,
        priority,
        weight: Kopecks::ZERO,
        p21: true,
        agent: None,
    };
    let mut world = World::default();
    world.setup.config = config;
    let agent = Agent {
        kind: 4,
        supplier_inn: "7701000019".parse().unwrap(),
        supplier_name: "АО Водоканал".to_owned(),
        supplier_phone: "+74950000001".to_owned(),
    };
    let repair = Service {
        p21: false,
        ..service("Мастер", VatRate::Exempt, TaxSystem::Patent, 3)
    };
    let water = Service {
        agent: Some(agent),
        ..service("Вода", VatRate::V22, TaxSystem::Common, 4)
    };
    world.setup.services = [
        (
            "INET",
            service("Интернет", VatRate::V22, TaxSystem::Common, 1),
        ),
        ("TV", service("ТВ", VatRate::V22, TaxSystem::Common, 2)),
        ("MAST", repair),
        ("COLD", water),
    ]
    .into_iter()
    .map(|(code, service)| (code.parse().unwrap(), service))
    .collect();
    for (number, payer_kind) in [("1", PayerKind::Individual), ("2", PayerKind::Business)] {
        let number: AccountNumber = number.parse().unwrap();
        let account = Account {
            payer_kind,
            ..Account::new(number.clone())
        };
        world.state.accounts.insert(number, account);
    }
    world
}

pub(crate) fn rub(text: &str) -> Kopecks {
    text.parse().unwrap()
}

/// A payment by the parts `cash 1.00`, `cashless 2.00`, `counter 3.00`.
pub(crate) fn payment(account: &str, channel: Channel, parts: &[&str]) -> EventKind {
    EventKind::Payment(Payment {
        account: Some(account.parse().unwrap()),
        parts: self::parts(parts),
        channel,
        explicit: Vec::new(),
        purpose_period: None,
    })
}

pub(crate) fn parts(parts: &[&str]) -> Vec<Part> {
    let part = |text: &&str| {
        let (kind, amount) = text.split_once(' ').unwrap();
        Part {
            kind: kind.parse().unwrap(),
            amount: rub(amount),
        }
    };
    parts.iter().map(part).collect()
}

/// A charge by the lines `INET 2026-03 650.00`.
pub(crate) fn charge(account: &str, lines: &[&str]) -> EventKind {
    let line = |text: &&str| {
        let [service, period, amount] = text.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{text}");
        };
        ChargeLine {
            service: service.parse().unwrap(),
            period: period.parse().unwrap(),
            amount: rub(amount),
        }
    };
    EventKind::Charge(Charge {
        account: account.parse().unwrap(),
        lines: lines.iter().map(line).collect(),
    })
}

/// Applies an event; tells what came of it.
pub(crate) fn tell(world: &mut World, id: &str, date: &str, kind: EventKind) -> String {
    let event = Event {
        id: id.to_owned(),
        date: date.parse().unwrap(),
        kind,
    };
    match world.step(&event) {
        Err(refusal) => format!("{}: {refusal}", refusal.code()),
        Ok(plan) => {
            let receipts = plan.receipts.iter().map(receipt);
            let records = plan.records.iter().map(|record| {
                let reference = record.reference.as_deref().unwrap_or("-");
                format!("record {} {reference} {}", record.kind, record.amount)
            });
            receipts.chain(records).collect::<Vec<_>>().join("\n")
        }
    }
}

fn receipt(receipt: &Receipt) -> String {
    let mut text = receipt.operation.title().to_owned();
    if let Some(correction) = &receipt.correction {
        text += &format!(" коррекция за {}", correction.date);
    }
    if let Some(sign) = receipt.corrects {
        text += &format!(" вместо {sign}");
    }
    for line in &receipt.lines {
        let Line {
            name,
            method,
            amount,
            vat_code,
            vat,
            ..
        } = line;
        text += &format!(" | {name} {} {amount} {vat_code} {vat}", method.code());
    }
    let Payments {
        cash,
        cashless,
        prepaid,
        credit,
        counter,
    } = receipt.payments;
    for (tag, sum) in [
        (1031, cash),
        (1081, cashless),
        (1215, prepaid),
        (1216, credit),
        (1217, counter),
    ] {
        if !sum.is_zero() {
            text += &format!(" = {tag} {sum}");
        }
    }
    text
}

/// The account in a line: what is owed, ahead, settled, written off.
pub(crate) fn account(world: &World, number: &str) -> String {
    let account = &world.state.accounts[number];
    let debts = account.debts.iter().map(|debt| {
        let credit = if debt.credit { " credit" } else { "" };
        format!("owes {} {}{credit}", debt.id, debt.open)
    });
    let lots = account
        .advances
        .iter()
        .map(|lot| format!("ahead {} {} {}", lot.id, lot.amount, lot.kind));
    let settled = account.settled.iter().map(|entry| {
        format!(
            "settled {} {} {}",
            entry.service, entry.period, entry.amount
        )
    });
    let off = account
        .written_off
        .iter()
        .map(|debt| format!("off {} {}", debt.id, debt.open));
    debts
        .chain(lots)
        .chain(settled)
        .chain(off)
        .collect::<Vec<_>>()
        .join(", ")
}
