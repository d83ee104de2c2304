//! What the whole crate promises: real documents read right, built ones are right, and what would
//! be refused is refused here.

mod captures;
mod closing;
mod control;
mod documents;
mod drive;
mod kept;
mod properties;
mod rare;
mod receipts;
mod round_trips;
mod rules;
mod samples;

use terms::{FfdVersion, Kopecks, OperationSign, PaymentMethod, SettlementSubject, TaxSystem};
use terms::{TaxSystems, VatCode};

use crate::*;

/// The bytes of a commented hex file.
fn hex_file(text: &str) -> Vec<u8> {
    let digits: String = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""))
        .collect();
    hex(&digits)
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] * 16 + pair[1]) as u8)
        .collect()
}

fn rub(text: &str) -> Kopecks {
    text.parse().unwrap()
}

fn line(name: &str, amount: &str, method: PaymentMethod, vat: VatCode) -> Line {
    let subject = match method {
        PaymentMethod::Advance | PaymentMethod::CreditPayment => SettlementSubject::Payment,
        _ => SettlementSubject::Service,
    };
    Line::new(name, rub(amount), method, subject, vat)
}

/// A receipt as a provider's cashier makes it: two services, paid by card.
fn usual_receipt() -> Receipt {
    let lines = vec![
        line(
            "Интернет за 02.2026",
            "600.00",
            PaymentMethod::FullSettlement,
            VatCode::V22,
        ),
        line(
            "Аванс: Телевидение, л/с 100001",
            "207.30",
            PaymentMethod::Advance,
            VatCode::V22In122,
        ),
    ];
    let payments = Payments::cashless(rub("807.30"));
    Receipt {
        settlement: Some(Place {
            address: "101000, г. Москва, ул. Мясницкая, д. 1".into(),
            place: "Касса № 1".into(),
        }),
        user_name: Some("ООО «Связь»".into()),
        cashier: Some(Cashier {
            name: "Иванов И.И.".into(),
            inn: Some("500100732259".parse().unwrap()),
        }),
        buyer_contact: Some("+79161234567".into()),
        fns_site: Some("www.nalog.gov.ru".into()),
        ..Receipt::new(
            FfdVersion::V1_2,
            OperationSign::Income,
            TaxSystem::Common,
            lines,
            payments,
        )
    }
}

fn usual_facts() -> RegistrationFacts {
    RegistrationFacts {
        ffd: FfdVersion::V1_2,
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        agent_kinds: None,
        offline: false,
        automatic: false,
        encryption: false,
        conditions: UsageConditions(UsageConditions::SERVICES),
    }
}

/// What a drive adds to `receipt`.
fn own_of_receipt(receipt: &Receipt) -> Vec<(Tag, Value)> {
    let total = receipt.total().unwrap().get();
    vec![
        (Tag::SHIFT_NUMBER, Value::Uint32(3)),
        (Tag::RECEIPT_NUMBER, Value::Uint32(2)),
        (Tag::OPERATION_SIGN, Value::Byte(receipt.operation.code())),
        (Tag::TOTAL, Value::Vln(total as u64)),
    ]
}

/// The document that a drive would make of `receipt`, without its outer element.
fn stored_inside(receipt: &Receipt) -> Vec<u8> {
    let (form, host) = (receipt.form(), receipt.host_tlv().unwrap());
    drive::inside(receipt.ffd, form, &own_of_receipt(receipt), &host)
}

/// A document with its outer element.
fn whole(form: Form, inside: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.raw(form.tag(), inside).unwrap();
    writer.finish()
}

fn stored(receipt: &Receipt) -> StoredReceipt {
    let inside = stored_inside(receipt);
    match Document::parse_inside(receipt.form(), &inside).unwrap() {
        Document::Receipt(stored) => *stored,
        other => panic!("{other:?}"),
    }
}
