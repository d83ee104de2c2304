//! Documents to print: built ones and real ones.

#![allow(dead_code, reason = "each test takes what it needs")]

use ffd::{
    Agent, AgentKinds, Buyer, Cashier, Correction, Document, Element, Form, Line, Payments, Place,
    Receipt, Tag, Tree, Value, Writer,
};
use printed::{FormedReceipt, Surroundings};
use terms::{
    DocumentNumber, FfdVersion, FiscalSign, Kopecks, OperationSign, PaymentMethod, ReceiptNumber,
    SettlementSubject, ShiftNumber, TaxSystem, VatCode,
};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../protocol-fixtures/", $name))
    };
}

/// A drive that is neither emulated nor a debug one.
pub(crate) const REAL_DRIVE: &str = "9282440300829880";
pub(crate) const DEBUG_DRIVE: &str = "9999078902013267";

/// The bytes of a commented file of hexadecimal digits.
fn hex_file(text: &str) -> Vec<u8> {
    let code = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let digits: Vec<u32> = code
        .flat_map(str::chars)
        .filter_map(|digit| digit.to_digit(16))
        .collect();
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

fn receipt(operation: OperationSign, lines: Vec<Line>, payments: Payments) -> Receipt {
    Receipt {
        settlement: Some(Place {
            address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
            place: "Центр обслуживания абонентов".to_owned(),
        }),
        user_name: Some("ООО «Образцовый провайдер»".to_owned()),
        cashier: Some(Cashier::named("Система")),
        buyer_contact: Some("abonent@example.ru".to_owned()),
        sender_email: Some("chek@example.ru".to_owned()),
        fns_site: Some("www.nalog.gov.ru".to_owned()),
        ..Receipt::new(
            FfdVersion::V1_2,
            operation,
            TaxSystem::Common,
            lines,
            payments,
        )
    }
}

/// As the journal knows it.
pub(crate) fn formed(receipt: &Receipt, drive: &str) -> Document {
    let formed = FormedReceipt {
        host_tlv: &receipt.host_tlv().unwrap(),
        ffd: receipt.ffd,
        drive: drive.parse().unwrap(),
        rnm: "0000000000024136".to_owned(),
        user_inn: "7802781104".to_owned(),
        number: DocumentNumber(10_556),
        time: "2026-11-22T09:05".parse().unwrap(),
        sign: FiscalSign(189_504_453),
        shift: ShiftNumber(31),
        receipt_number: ReceiptNumber(7),
        operation: receipt.operation,
        total: receipt.total().unwrap(),
    };
    formed.document().unwrap()
}

/// A payment of 1550: it pays a debt, the rest is ahead.
pub(crate) fn payment() -> Receipt {
    let lines = vec![
        line(
            "Оплата долга: Доступ в интернет за 10.2026",
            "650.00",
            PaymentMethod::CreditPayment,
            VatCode::V22,
        ),
        line(
            "Аванс: Доступ в интернет",
            "600.00",
            PaymentMethod::Advance,
            VatCode::V22In122,
        ),
        line(
            "Аванс: Телевидение",
            "300.00",
            PaymentMethod::Advance,
            VatCode::Exempt,
        ),
    ];
    let sign = OperationSign::Income;
    receipt(sign, lines, Payments::cashless(rub("1550.00")))
}

/// A month's charge: an advance is used up, the rest is owed; one service is another's.
pub(crate) fn charge() -> Receipt {
    let mut lines = vec![
        line(
            "Доступ в интернет за 11.2026",
            "700.00",
            PaymentMethod::PartialCredit,
            VatCode::V22,
        ),
        line(
            "Холодное водоснабжение за 11.2026 по договору, который вряд ли поместится в строку",
            "158.36",
            PaymentMethod::FullSettlement,
            VatCode::V10,
        ),
    ];
    lines[1].price = rub("39.99");
    lines[1].quantity = "3.96".parse().unwrap();
    lines[1].measure = 42;
    lines[1].agent = Some(Agent {
        kinds: AgentKinds::ATTORNEY,
        supplier_inn: Some("7702203276".parse().unwrap()),
        supplier_name: Some("ГУП «Водоканал»".to_owned()),
        supplier_phones: vec!["+78120000000".to_owned()],
    });
    let payments = Payments {
        prepaid: rub("758.36"),
        credit: rub("100.00"),
        ..Payments::default()
    };
    let buyer = Buyer {
        name: Some("Пётр & Сыновья <ООО>".to_owned()),
        inn: Some("7704211201".parse().unwrap()),
        details: None,
    };
    Receipt {
        buyer: Some(buyer),
        internet: true,
        cashier: None,
        ..receipt(OperationSign::Income, lines, payments)
    }
}

/// Money goes back in cash.
pub(crate) fn refund() -> Receipt {
    let lines = vec![line(
        "Возврат аванса: Телевидение",
        "300.00",
        PaymentMethod::Advance,
        VatCode::V20In120,
    )];
    let payments = Payments {
        cash: rub("300.00"),
        ..Payments::default()
    };
    Receipt {
        buyer_contact: Some("+79161234567".to_owned()),
        ..receipt(OperationSign::IncomeReturn, lines, payments)
    }
}

/// A receipt of the past that was missing, made because the tax authority wanted it.
pub(crate) fn correction() -> Receipt {
    let lines = vec![line(
        "Доступ в интернет за 08.2026",
        "650.00",
        PaymentMethod::FullSettlement,
        VatCode::V22,
    )];
    Receipt {
        buyer_contact: None,
        sender_email: None,
        additional: Some("3726594017".to_owned()),
        correction: Some(Correction {
            date: "2026-08-31".parse().unwrap(),
            order: Some("12-34/567".to_owned()),
            paper: None,
        }),
        ..receipt(
            OperationSign::Income,
            lines,
            Payments::cashless(rub("650.00")),
        )
    }
}

/// A receipt of FFD 1.05 that a real drive gave back.
pub(crate) fn captured() -> Document {
    let bytes = hex_file(fixture!("ffd/stored-receipt-ffd105.hex"));
    Document::parse_inside(Form::Receipt, &bytes).unwrap()
}

/// Documents as real registers and operators sent them.
pub(crate) fn sent(number: u8) -> Document {
    let (bytes, header) = match number {
        1 => (
            fixture!("ofd/01-yandex-regchange-ffd105.session.hex"),
            30 + 32,
        ),
        4 => (fixture!("ofd/04-taxcom-ack-fd2-code0.container.hex"), 32),
        _ => (fixture!("ofd/07-open-shift-ffd12.session.hex"), 30 + 32),
    };
    let bytes = hex_file(bytes);
    Document::parse(&bytes[header..bytes.len() - 10]).unwrap()
}

/// The end of a shift, with counters.
pub(crate) fn close_shift() -> Document {
    let element = |tag, value| Element {
        tag: Tag(tag),
        value,
    };
    let list = |tag, elements: Vec<Element>| element(tag, Value::List(Tree(elements)));
    let income = vec![
        element(1135, Value::Uint32(12)),
        element(1201, Value::Vln(1_234_567)),
        element(1138, Value::Vln(1_234_567)),
        element(1139, Value::Vln(0)),
    ];
    let counters = |tag| {
        list(
            tag,
            vec![element(1134, Value::Uint32(12)), list(1129, income.clone())],
        )
    };
    let mut writer = Writer::new();
    writer.text(Tag::DRIVE_NUMBER, REAL_DRIVE).unwrap();
    writer.text(Tag::RNM, "0000000000024136").unwrap();
    writer.text(Tag::USER_INN, "7802781104").unwrap();
    writer.uint32(Tag::DOCUMENT_NUMBER, 10_570).unwrap();
    let time = "2026-11-22T23:50".parse().unwrap();
    writer.time(Tag::DATE_TIME, time).unwrap();
    writer
        .bytes(Tag::FISCAL_SIGN, &[0x21, 4, 0, 0, 0x30, 0x39])
        .unwrap();
    let mut elements = Tree::parse(&writer.finish()).unwrap().0;
    elements.extend([
        element(1209, Value::Byte(4)),
        element(1038, Value::Uint32(31)),
        element(1111, Value::Uint32(14)),
        element(1118, Value::Uint32(12)),
        element(1097, Value::Uint32(2)),
        element(1098, Value::UnixTime(ffd::UnixTime(1_795_305_600))),
        element(1213, Value::Uint16(401)),
        element(1050, Value::Byte(1)),
        element(1053, Value::Byte(0)),
        element(1206, Value::Byte(0x42)),
        element(1021, Value::Text("Система".to_owned())),
        element(2104, Value::Uint32(0)),
        counters(1194),
        counters(1157),
    ]);
    let bytes = Tree(elements).encode().unwrap();
    Document::parse_inside(Form::CloseShift, &bytes).unwrap()
}

/// What a configuration knows of the ККТ.
pub(crate) fn surroundings() -> Surroundings {
    Surroundings {
        user_name: Some("ООО «Образцовый провайдер»".to_owned()),
        settlement: Some(Place {
            address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
            place: "Центр обслуживания абонентов".to_owned(),
        }),
        kkt_serial: Some("0128003270".to_owned()),
        is_emulated: false,
    }
}
