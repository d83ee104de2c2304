//! What the whole crate promises: real documents read right, built ones are right, and what would
//! be refused is refused here.

mod closing;
mod control;
mod documents;
mod drive;
mod properties;
mod rare;
mod receipts;
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

/// The drive's own part of a receipt, as it would form it round `receipt`.
fn stored_inside(receipt: &Receipt) -> Vec<u8> {
    let mut writer = Writer::new();
    if receipt.ffd != FfdVersion::V1_05 {
        writer.ffd(Tag::FFD_VERSION, receipt.ffd).unwrap();
    }
    writer.text(Tag::DRIVE_NUMBER, "9999078902013267").unwrap();
    writer.text(Tag::RNM, "0000000000024136").unwrap();
    writer.text(Tag::USER_INN, "7802781104").unwrap();
    writer.uint32(Tag::DOCUMENT_NUMBER, 7).unwrap();
    let time = "2026-11-22T09:05".parse().unwrap();
    writer.time(Tag::DATE_TIME, time).unwrap();
    let sign = [0x31, 0x04, 0x1F, 0x7D, 0x0F, 0x58];
    writer.bytes(Tag::FISCAL_SIGN, &sign).unwrap();
    writer.uint32(Tag::SHIFT_NUMBER, 3).unwrap();
    writer.uint32(Tag::RECEIPT_NUMBER, 2).unwrap();
    writer
        .byte(Tag::OPERATION_SIGN, receipt.operation.code())
        .unwrap();
    writer.money(Tag::TOTAL, receipt.total().unwrap()).unwrap();
    let mut bytes = writer.finish();
    bytes.extend(receipt.host_tlv().unwrap());
    bytes
}

fn stored(receipt: &Receipt) -> StoredReceipt {
    let inside = stored_inside(receipt);
    match Document::parse_inside(receipt.form(), &inside).unwrap() {
        Document::Receipt(stored) => *stored,
        other => panic!("{other:?}"),
    }
}
