//! The documents of the benches: receipts with three and with a hundred lines, as a host passes
//! them and as a drive stores them; and a payment over three debts, as billing sends it.

#![allow(dead_code, reason = "every bench uses its own part")]

use desk::{Asked, Endpoint, Ledger, Limits, NewOperation};
use engine::Before;
use ffd::{Line, Payments, Place, Receipt, RegistrationFacts, Tag, Writer};
use journal::{Decider, Decision};
use terms::{
    FfdVersion, Kopecks, LocalDate, OperationSign, PaymentMethod, SettlementSubject, TaxSystem,
    TaxSystems, VatCode,
};

use crate::{
    month,
    provider::{self, Outcome},
};

/// What the payment says: three debts are paid and nothing is left.
const PAYMENT: &str = r#"{
    "type": "payment",
    "key": "bank/2026-03-05/000001",
    "account": "1000001",
    "date": "2026-03-05",
    "parts": [{"kind": "cashless", "amount": "1600.00"}],
    "channel": "bank_registry"
}"#;

/// A receipt in every shape that is measured.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) receipt: Receipt,
    /// What the host passes with 07h.
    pub(crate) host: Vec<u8>,
    /// The document as a drive stores it, with its outer element.
    pub(crate) stored: Vec<u8>,
    pub(crate) facts: RegistrationFacts,
}

impl Sample {
    pub(crate) fn of_lines(name: &'static str, lines: usize) -> Outcome<Self> {
        let line = Line::new(
            "Доступ в интернет, оплата долга за январь 2026",
            Kopecks::new(65_000)?,
            PaymentMethod::CreditPayment,
            SettlementSubject::Payment,
            VatCode::V22,
        );
        let total = Kopecks::new(65_000 * i64::try_from(lines)?)?;
        let payments = Payments {
            cashless: total,
            ..Payments::default()
        };
        let (ffd, sign, system) = (FfdVersion::V1_2, OperationSign::Income, TaxSystem::Common);
        let receipt = Receipt {
            settlement: Some(Place {
                address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
                place: "Центр обслуживания абонентов".to_owned(),
            }),
            user_name: Some("ООО \"Образцовый провайдер\"".to_owned()),
            cashier: Some(ffd::Cashier {
                name: "Система".to_owned(),
                inn: None,
            }),
            buyer_contact: Some("abonent@example.ru".to_owned()),
            sender_email: Some("chek@example.ru".to_owned()),
            fns_site: Some("www.nalog.gov.ru".to_owned()),
            ..Receipt::new(ffd, sign, system, vec![line; lines], payments)
        };
        let host = receipt.host_tlv()?;
        let mut stored = Writer::new();
        stored.byte(Tag::FFD_VERSION, ffd.code())?;
        stored.text(Tag::DRIVE_NUMBER, "9999078900000001")?;
        stored.text(Tag::RNM, "0000000001057785")?;
        stored.inn(Tag::USER_INN, &provider::INN.parse()?)?;
        stored.uint32(Tag::DOCUMENT_NUMBER, 100_000)?;
        stored.time(Tag::DATE_TIME, "2026-03-05T12:00".parse()?)?;
        stored.bytes(Tag::FISCAL_SIGN, &[0x31, 4, 0x31, 0xF4, 0xA4, 0x94])?;
        stored.uint32(Tag::SHIFT_NUMBER, 300)?;
        stored.uint32(Tag::RECEIPT_NUMBER, 250)?;
        stored.byte(Tag::OPERATION_SIGN, sign.code())?;
        stored.money(Tag::TOTAL, total)?;
        let mut inside = stored.finish();
        inside.extend(&host);
        let mut stored = receipt.form().tag().0.to_le_bytes().to_vec();
        stored.extend(u16::try_from(inside.len())?.to_le_bytes());
        stored.append(&mut inside);
        let facts = RegistrationFacts {
            ffd,
            tax_systems: TaxSystems::of([system])?,
            agent_kinds: None,
            offline: false,
            automatic: false,
            encryption: false,
            conditions: ffd::UsageConditions(ffd::UsageConditions::SERVICES),
        };
        Ok(Self {
            name,
            receipt,
            host,
            stored,
            facts,
        })
    }
}

/// All that is between a payment's JSON and the bytes for the drive.
pub(crate) struct Way {
    ledger: Ledger,
    setup: engine::Setup,
    before: Before,
    today: LocalDate,
}

impl Way {
    pub(crate) fn new() -> Outcome<Self> {
        let folder = std::path::Path::new("unused");
        let ofd = "127.0.0.1:1".parse::<Endpoint>()?;
        let setup = provider::setup(folder, Vec::new(), ofd, Limits::default())?;
        let (account, _) = month::payment()?;
        Ok(Self {
            ledger: Ledger::of(&setup),
            setup: month::setup()?,
            before: Before {
                accounts: [(account.number.clone(), account)].into(),
                ..Before::default()
            },
            today: "2026-03-05".parse()?,
        })
    }

    pub(crate) fn read(&self) -> Outcome<NewOperation> {
        Ok(api::read_operation(
            std::hint::black_box(PAYMENT),
            self.today,
        )?)
    }

    pub(crate) fn decide(&self, operation: &NewOperation) -> Outcome<Decision> {
        let Asked::Event(event) = &operation.asked else {
            return Err("the payment is no event".into());
        };
        let decision = self.ledger.decide(&self.setup, &self.before, event);
        decision.map_err(|refused| refused.message.into())
    }

    /// From JSON to the check sum of what the drive gets.
    pub(crate) fn whole(&self) -> Outcome<u16> {
        let decision = self.decide(&self.read()?)?;
        let document = decision.documents.first().ok_or("a document")?;
        Ok(terms::crc16(&[&document.tlv]))
    }
}
