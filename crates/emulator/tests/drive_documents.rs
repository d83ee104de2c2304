//! What the drive makes of a register's data are whole fiscal documents.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use emulator::drive::{Drive, DumpedDocument, Durability, dump};
use ffd::{
    Cashier, CloseShift, Correction, Document, Form, Line, OpenShift, Payments, Place, Receipt,
    RegistrationReport, check, split_for_drive,
};
use fn_proto::{Answer, MAX_DATA, Request};
use host::{Host, Wire, passport, time};
use terms::{
    FfdVersion, OperationSign, PaymentMethod, SettlementSubject, TaxSystem, VatCode, VatRate,
};

mod host;

const NINE: &str = "2026-11-22T09:00";

fn place() -> Place {
    Place {
        address: "Санкт-Петербург".to_owned(),
        place: "pay.example.ru".to_owned(),
    }
}

fn registration(ffd: FfdVersion) -> Vec<u8> {
    RegistrationReport {
        ffd,
        user_name: "ООО \"Тепло\"".to_owned(),
        settlement: place(),
        cashier: Cashier::named("Иванов И.И."),
        serial: host::SERIAL.to_owned(),
        kkt_version: "001".to_owned(),
        kkt_ffd: FfdVersion::V1_2,
        ofd_name: Some("ОФД".to_owned()),
        fns_site: Some("www.nalog.gov.ru".to_owned()),
        sender_email: Some("cash@example.ru".to_owned()),
        automat_number: None,
        additional: None,
        other: Vec::new(),
    }
    .host_tlv()
    .unwrap()
}

fn receipt(ffd: FfdVersion) -> Receipt {
    let line = |name: &str, kopecks: i64, vat: VatCode| {
        let (method, subject) = (PaymentMethod::FullSettlement, SettlementSubject::Service);
        Line::new(name, host::sum(kopecks), method, subject, vat)
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
        Payments::cashless(host::sum(12_345)),
    );
    receipt.settlement = Some(place());
    receipt.cashier = Some(Cashier::named("Иванов И.И."));
    receipt
}

fn correction(ffd: FfdVersion) -> Receipt {
    let mut correction = receipt(ffd);
    correction.correction = Some(Correction {
        date: "2026-11-20".parse().unwrap(),
        order: Some("12-34/567".to_owned()),
    });
    correction
}

fn pass<W: Wire>(host: &mut Host<W>, tlv: &[u8]) {
    for piece in split_for_drive(tlv, MAX_DATA).unwrap() {
        host.done(Request::PassData(piece.to_vec()));
    }
}

fn day<W: Wire>(host: &mut Host<W>, ffd: FfdVersion) {
    let nine = time(NINE);
    host.done(host::begin_registration(ffd));
    pass(host, &registration(ffd));
    let form = Request::FormRegistration(host::registration(nine));
    assert!(matches!(host.call(&form), Ok(Answer::Formed(_))));

    host.done(Request::BeginShiftOpening(nine));
    let opening = OpenShift {
        ffd,
        cashier: None,
        kkt_version: "001".to_owned(),
        kkt_ffd: FfdVersion::V1_2,
        additional: None,
        other: Vec::new(),
    };
    pass(host, &opening.host_tlv().unwrap());
    assert!(host.call(&Request::OpenShift).is_ok());

    host.done(Request::BeginReceipt(nine));
    pass(host, &receipt(ffd).host_tlv().unwrap());
    assert!(host.call(&host::form_receipt(nine, 12_345)).is_ok());

    host.done(Request::BeginCorrection(nine));
    pass(host, &correction(ffd).host_tlv().unwrap());
    assert!(host.call(&host::form_receipt(nine, 12_345)).is_ok());

    host.done(Request::BeginShiftClosing(nine));
    let closing = CloseShift {
        ffd,
        cashier: None,
        additional: None,
        other: Vec::new(),
    };
    pass(host, &closing.host_tlv().unwrap());
    assert!(host.call(&Request::CloseShift).is_ok());
}

#[test]
fn every_stored_document_passes_format_control() {
    for ffd in [FfdVersion::V1_1, FfdVersion::V1_2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drive");
        let drive = Drive::open(&path, passport(), Durability::Lazy).unwrap();
        day(&mut Host::in_process(drive), ffd);

        let forms = [
            Form::Registration,
            Form::OpenShift,
            Form::Receipt,
            Form::Correction,
            Form::CloseShift,
        ];
        let stored: Vec<DumpedDocument> = dump(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(stored.len(), forms.len());
        for (stored, form) in stored.iter().zip(forms) {
            let violations = check::check_document(&stored.tlv, ffd);
            let errors: Vec<_> = violations.iter().filter(|v| v.is_error()).collect();
            assert!(errors.is_empty(), "{ffd} {form}: {errors:#?}");
            let document = Document::parse(&stored.tlv).unwrap();
            let head = document.head().unwrap();
            assert_eq!(document.form(), form);
            assert_eq!((head.ffd, head.time), (ffd, stored.archived.time));
            assert_eq!(head.number, stored.archived.document.number);
            assert_eq!(head.sign, stored.archived.document.sign);
            assert_eq!(stored.archived.kind.code(), form.code());
            if let Document::Receipt(found) = document {
                let passed = match form {
                    Form::Correction => correction(ffd),
                    _ => receipt(ffd),
                };
                assert_eq!(found.receipt, passed);
            }
        }
    }
}
