//! Receipts with every requisite that a register of services may write.

use ffd::{
    Agent, AgentData, AgentKinds, BinaryProductCode, Buyer, BuyerDetails, CashlessPayment,
    Correction, CorrectionPaper, IdentityDocument, IdentityKind, IndustryProperty, Line,
    LineDetails, OperationalProperty, Payments, ProductCode, ProductCodeKind, Receipt,
    ReceiptAgent, ReceiptDetails, UnixTime, UserProperty, WrittenDate,
};
use terms::{
    FfdVersion, Kopecks, LocalDate, OperationSign, PaymentMethod, SettlementSubject, TaxSystem,
    VatCode,
};

use super::{cashier, host::sum, place};

type Named = (&'static str, Receipt);

pub(crate) fn all(ffd: FfdVersion) -> Vec<Named> {
    let mut all = vec![
        ("receipt-cash", cash(ffd)),
        ("receipt-five-payments", five_payments(ffd)),
        (
            "receipt-income-return",
            simple(ffd, OperationSign::IncomeReturn),
        ),
        ("receipt-expense", simple(ffd, OperationSign::Expense)),
        (
            "receipt-expense-return",
            simple(ffd, OperationSign::ExpenseReturn),
        ),
        ("receipt-rates-of-1115", rates_of_1115(ffd)),
        ("receipt-agents", agents(ffd)),
        ("receipt-buyer", buyer(ffd)),
        ("receipt-goods", goods(ffd)),
        ("receipt-long", long(ffd)),
        ("correction-own", correction(ffd, Correction::own(day()))),
        ("correction-by-order", by_order(ffd)),
    ];
    if ffd != FfdVersion::V1_2 {
        all.push(("receipt-agent-of-all", agent_of_all(ffd)));
        all.push(("correction-with-paper", with_paper(ffd)));
    }
    all
}

/// For the drive of an automatic device that makes БСО.
pub(crate) fn of_automat(ffd: FfdVersion) -> Vec<Named> {
    let of_device = |mut receipt: Receipt| {
        receipt.cashier = None;
        receipt.automat_number = Some("АВТОМАТ-00000017".to_owned());
        receipt.buyer_contact = Some("+79990000000".to_owned());
        receipt.sender_email = Some("cash@example.ru".to_owned());
        receipt.internet_only = true;
        receipt
    };
    vec![
        ("bso", of_device(simple(ffd, OperationSign::Income))),
        (
            "bso-correction",
            of_device(correction(ffd, Correction::own(day()))),
        ),
    ]
}

fn day() -> LocalDate {
    "2026-11-18".parse().unwrap()
}

fn line(name: &str, kopecks: i64, vat: VatCode) -> Line {
    let (method, subject) = (PaymentMethod::FullSettlement, SettlementSubject::Service);
    Line::new(name, sum(kopecks), method, subject, vat)
}

fn receipt(
    ffd: FfdVersion,
    operation: OperationSign,
    lines: Vec<Line>,
    payments: Payments,
) -> Receipt {
    let mut receipt = Receipt::new(ffd, operation, TaxSystem::Common, lines, payments);
    receipt.settlement = Some(place());
    receipt.cashier = Some(cashier());
    receipt
}

fn simple(ffd: FfdVersion, operation: OperationSign) -> Receipt {
    let lines = vec![
        line("Отопление за октябрь 2026", 12_000, VatCode::V20),
        line("Содержание жилья", 345, VatCode::Exempt),
    ];
    receipt(ffd, operation, lines, Payments::cashless(sum(12_345)))
}

fn cash(ffd: FfdVersion) -> Receipt {
    let payments = Payments {
        cash: sum(100),
        ..Payments::default()
    };
    let lines = vec![line("Ёж", 100, VatCode::Exempt)];
    receipt(ffd, OperationSign::Income, lines, payments)
}

/// Five ways of payment, five methods, the six rates that have tags of their own, quantities with
/// and without a fraction, a sum of five bytes (the most that 16h takes).
fn five_payments(ffd: FfdVersion) -> Receipt {
    let with = |mut line: Line, method, subject| {
        line.method = method;
        line.subject = subject;
        line
    };
    let mut measured = line("Вода холодная, куб. м", 30_001, VatCode::V10);
    measured.price = sum(13_687);
    measured.quantity = "2.192".parse().unwrap();
    measured.measure = if ffd == FfdVersion::V1_2 { 42 } else { 0 };
    let lines = vec![
        line("Капитальный ремонт", 1_000_000_000_000, VatCode::V20),
        with(measured, PaymentMethod::Credit, SettlementSubject::Goods),
        with(
            line("Аванс", 5_000, VatCode::V20In120),
            PaymentMethod::Advance,
            SettlementSubject::Payment,
        ),
        with(
            line("Предоплата", 7_000, VatCode::V10In110),
            PaymentMethod::FullPrepayment,
            SettlementSubject::Payment,
        ),
        with(
            line("Вывоз мусора", 2_000, VatCode::V0),
            PaymentMethod::PartialCredit,
            SettlementSubject::Work,
        ),
        line("Домофон", 99, VatCode::Exempt),
    ];
    let payments = Payments {
        cash: sum(1_000),
        cashless: sum(1_000_000_000_000),
        prepaid: sum(11_000),
        credit: sum(31_001),
        counter: sum(1_099),
    };
    receipt(ffd, OperationSign::Income, lines, payments)
}

/// The rates that came in 2025 and 2026: their sums stand in 1115.
fn rates_of_1115(ffd: FfdVersion) -> Receipt {
    let codes = [
        VatCode::V5,
        VatCode::V7,
        VatCode::V5In105,
        VatCode::V7In107,
        VatCode::V22,
        VatCode::V22In122,
    ];
    let lines = codes.map(|code| line(&format!("По ставке с кодом {}", code.code()), 10_000, code));
    receipt(
        ffd,
        OperationSign::Income,
        lines.into(),
        Payments::cashless(sum(60_000)),
    )
}

fn agent_data() -> AgentData {
    AgentData {
        operation: Some("Прием платежа".to_owned()),
        agent_phones: vec!["+74950000001".to_owned(), "+74950000002".to_owned()],
        payment_operator_phones: vec!["+74950000003".to_owned()],
        transfer_operator_phones: vec!["+74950000004".to_owned()],
        transfer_operator_name: Some("АО \"Перевод\"".to_owned()),
        transfer_operator_address: Some("Москва, ул. Ленина, 1".to_owned()),
        transfer_operator_inn: Some("7704211201".parse().unwrap()),
    }
}

/// A supplier that is named, one without ИНН in Russia, and an agent with data of its own.
fn agents(ffd: FfdVersion) -> Receipt {
    let mut ours = line("Газ", 10_000, VatCode::Exempt);
    ours.agent = Some(Agent {
        kinds: AgentKinds::OTHER,
        supplier_inn: Some("7704211201".parse().unwrap()),
        supplier_name: Some("АО \"Газ\"".to_owned()),
        supplier_phones: vec!["+78120000001".to_owned(), "+78120000002".to_owned()],
    });
    let mut foreign = line("Связь", 20_000, VatCode::Exempt);
    foreign.agent = Some(Agent {
        kinds: AgentKinds::PAYMENT_AGENT,
        supplier_inn: None,
        supplier_name: Some("Foreign Telecom".to_owned()),
        supplier_phones: vec!["+35800000001".to_owned()],
    });
    foreign.details = Some(Box::new(LineDetails {
        agent_data: Some(agent_data()),
        ..LineDetails::default()
    }));
    receipt(
        ffd,
        OperationSign::Income,
        vec![ours, foreign],
        Payments::cashless(sum(30_000)),
    )
}

/// Before FFD 1.2 a whole receipt may be an agent's.
fn agent_of_all(ffd: FfdVersion) -> Receipt {
    let mut receipt = simple(ffd, OperationSign::Income);
    receipt.details = Some(Box::new(ReceiptDetails {
        agent: Some(ReceiptAgent {
            kinds: AgentKinds::PAYMENT_AGENT,
            data: agent_data(),
            supplier_phones: vec!["+78120000001".to_owned(), "+78120000002".to_owned()],
        }),
        ..ReceiptDetails::default()
    }));
    receipt
}

/// Who buys, where the receipt goes, and the requisites of user and receipt.
fn buyer(ffd: FfdVersion) -> Receipt {
    let mut receipt = simple(ffd, OperationSign::Income);
    receipt.user_name = Some("ООО \"Тепло и Ёлки № 1\"".to_owned());
    receipt.buyer_contact = Some("ivanov@example.ru".to_owned());
    receipt.sender_email = Some("cash@example.ru".to_owned());
    receipt.internet = true;
    receipt.fns_site = Some("www.nalog.gov.ru".to_owned());
    receipt.additional = Some("л/с 0000012345".to_owned());
    receipt.user_property = Some(UserProperty {
        name: "Период".to_owned(),
        value: "10.2026".to_owned(),
    });
    let details = BuyerDetails {
        birthday: Some(WrittenDate::new(1980, 2, 29).unwrap()),
        citizenship: Some("643".parse().unwrap()),
        document: Some(IdentityDocument {
            kind: IdentityKind::Passport,
            data: "4000 123456".to_owned(),
        }),
        address: Some("Санкт-Петербург, Невский пр., 1".to_owned()),
        ..BuyerDetails::default()
    };
    receipt.buyer = Some(Buyer {
        name: Some("Иванов Иван Иванович".to_owned()),
        inn: Some("500100732259".parse().unwrap()),
        details: (ffd == FfdVersion::V1_2).then(|| Box::new(details)),
    });
    receipt.details = (ffd == FfdVersion::V1_2).then(|| Box::new(details_of_1_2()));
    receipt
}

fn details_of_1_2() -> ReceiptDetails {
    ReceiptDetails {
        industry: vec![industry("048", "ls=0000012345")],
        operational: Some(OperationalProperty {
            id: 0,
            data: "данные операции".to_owned(),
            time: UnixTime(1_795_262_400),
        }),
        cashless_payments: vec![CashlessPayment {
            amount: sum(12_345),
            method: 1,
            ids: "A-0001".to_owned(),
            info: Some("СБП".to_owned()),
        }],
        ..ReceiptDetails::default()
    }
}

fn industry(foiv: &str, value: &str) -> IndustryProperty {
    IndustryProperty {
        foiv: foiv.parse().unwrap(),
        date: WrittenDate::new(2022, 11, 26).unwrap(),
        number: "1".to_owned(),
        value: value.to_owned(),
    }
}

/// A good from abroad, with a code that is no mark.
fn goods(ffd: FfdVersion) -> Receipt {
    let mut good = line("Счетчик воды СВК-15", 250_000, VatCode::V20);
    good.subject = SettlementSubject::Goods;
    let mut details = LineDetails {
        additional: Some("серия 15".to_owned()),
        origin: Some("156".parse().unwrap()),
        customs_declaration: Some("10702070/010203/0001234".to_owned()),
        ..LineDetails::default()
    };
    if ffd == FfdVersion::V1_2 {
        details.code = ProductCode::new(ProductCodeKind::Ean13, "4601234567893").ok();
        details.industry = vec![industry("030", "model=15")];
    } else {
        details.binary_code =
            BinaryProductCode::of_gtin(BinaryProductCode::EAN_13, 4_601_234_567_893, b"").ok();
        details.unit = Some("шт.".to_owned());
        details.unit_vat = Some(sum(41_667));
    }
    good.details = Some(Box::new(details));
    let mut receipt = receipt(
        ffd,
        OperationSign::Income,
        vec![good],
        Payments::cashless(sum(250_000)),
    );
    receipt.tax_system = TaxSystem::Patent;
    receipt
}

/// Names as long as they may be, and more lines than one command of a drive takes.
fn long(ffd: FfdVersion) -> Receipt {
    let name = "Ъ".repeat(128);
    let lines: Vec<Line> = (1..=9)
        .map(|number| line(&name, number, VatCode::V20))
        .collect();
    let total = Kopecks::sum(lines.iter().map(|line| line.amount)).unwrap();
    receipt(ffd, OperationSign::Income, lines, Payments::cashless(total))
}

fn correction(ffd: FfdVersion, correction: Correction) -> Receipt {
    let mut receipt = simple(ffd, OperationSign::Income);
    receipt.correction = Some(correction);
    receipt
}

fn by_order(ffd: FfdVersion) -> Receipt {
    let mut receipt = correction(ffd, Correction::by_order(day(), "12-34/567"));
    receipt.operation = OperationSign::Expense;
    receipt
}

/// An own correction that names the paper it went by: a habit of FFD 1.05.
fn with_paper(ffd: FfdVersion) -> Receipt {
    let paper = CorrectionPaper {
        name: None,
        number: Some("7".to_owned()),
    };
    correction(
        ffd,
        Correction {
            paper: Some(Box::new(paper)),
            ..Correction::own(day())
        },
    )
}
