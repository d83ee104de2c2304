//! Reports and receipts as a register makes them: whole, so that an ОФД accepts them.

use ffd::{
    Cashier, CloseArchive, CloseShift, Correction, Line, OpenShift, Payments, Place, Receipt,
    RegistrationReport,
};
use terms::{
    FfdVersion, OperationSign, PaymentMethod, SettlementSubject, TaxSystem, VatCode, VatRate,
};

pub(crate) fn place() -> Place {
    Place {
        address: "Санкт-Петербург".to_owned(),
        place: "pay.example.ru".to_owned(),
    }
}

pub(crate) fn registration(ffd: FfdVersion) -> RegistrationReport {
    RegistrationReport {
        ffd,
        user_name: "ООО \"Тепло\"".to_owned(),
        settlement: place(),
        cashier: Cashier::named("Иванов И.И."),
        serial: super::SERIAL.to_owned(),
        kkt_version: "001".to_owned(),
        kkt_ffd: FfdVersion::V1_2,
        ofd_name: Some("ОФД".to_owned()),
        fns_site: Some("www.nalog.gov.ru".to_owned()),
        sender_email: Some("cash@example.ru".to_owned()),
        automat_number: None,
        additional: None,
        other: Vec::new(),
    }
}

pub(crate) fn open_shift(ffd: FfdVersion) -> OpenShift {
    OpenShift {
        ffd,
        cashier: None,
        kkt_version: "001".to_owned(),
        kkt_ffd: FfdVersion::V1_2,
        additional: None,
        other: Vec::new(),
    }
}

/// For 123.45.
pub(crate) fn receipt(ffd: FfdVersion) -> Receipt {
    let line = |name: &str, kopecks: i64, vat: VatCode| {
        let (method, subject) = (PaymentMethod::FullSettlement, SettlementSubject::Service);
        Line::new(name, super::sum(kopecks), method, subject, vat)
    };
    let heating = VatRate::V20.direct();
    let lines = vec![
        line("Отопление", 12_000, heating),
        line("Содержание", 345, VatCode::Exempt),
    ];
    let mut receipt = Receipt::new(
        ffd,
        OperationSign::Income,
        TaxSystem::Common,
        lines,
        Payments::cashless(super::sum(12_345)),
    );
    receipt.settlement = Some(place());
    receipt.cashier = Some(Cashier::named("Иванов И.И."));
    receipt
}

/// Of [`receipt`].
pub(crate) fn correction(ffd: FfdVersion) -> Receipt {
    let mut correction = receipt(ffd);
    let date = "2026-11-20".parse().unwrap();
    correction.correction = Some(Correction::by_order(date, "12-34/567"));
    correction
}

pub(crate) fn close_shift(ffd: FfdVersion) -> CloseShift {
    CloseShift {
        ffd,
        cashier: None,
        additional: None,
        other: Vec::new(),
    }
}

pub(crate) fn close_archive(ffd: FfdVersion) -> CloseArchive {
    CloseArchive {
        ffd,
        user_name: "ООО \"Тепло\"".to_owned(),
        settlement: Some(place()),
        cashier: Some(Cashier::named("Иванов И.И.")),
        additional: None,
        other: Vec::new(),
    }
}
