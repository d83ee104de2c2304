//! What the drive makes of a register's data are whole fiscal documents.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use emulator::drive::{Drive, DumpedDocument, Durability, dump};
use ffd::{Document, Form, check};
use fn_proto::{Answer, CurrentDocument, Request};
use host::{Host, Wire, passport, reports, time};
use terms::{FfdVersion, RegistrationReason, RegistrationReasons};

mod host;

const NINE: &str = "2026-11-22T09:00";

fn day<W: Wire>(host: &mut Host<W>, ffd: FfdVersion) {
    let nine = time(NINE);
    host.done(host::begin_registration(ffd));
    host.pass(&reports::registration(ffd).host_tlv().unwrap());
    let form = Request::FormRegistration(host::registration(nine));
    assert!(matches!(host.call(&form), Ok(Answer::Formed(_))));

    host.done(Request::BeginShiftOpening(nine));
    host.pass(&reports::open_shift(ffd).host_tlv().unwrap());
    assert!(host.call(&Request::OpenShift).is_ok());

    host.done(Request::BeginReceipt(nine));
    host.pass(&reports::receipt(ffd).host_tlv().unwrap());
    assert!(host.call(&host::form_receipt(nine, 12_345)).is_ok());

    host.done(Request::BeginCorrection(nine));
    host.pass(&reports::correction(ffd).host_tlv().unwrap());
    assert!(host.call(&host::form_receipt(nine, 12_345)).is_ok());

    host.done(Request::BeginShiftClosing(nine));
    host.pass(&reports::close_shift(ffd).host_tlv().unwrap());
    assert!(host.call(&Request::CloseShift).is_ok());

    let changed = host::changed(nine, [RegistrationReason::Place]);
    host.done(Request::BeginRegistration {
        kind: changed.kind(),
        ffd,
    });
    host.pass(&reports::registration(ffd).host_tlv().unwrap());
    let form = Request::FormRegistration(changed);
    assert!(matches!(host.call(&form), Ok(Answer::Formed(_))));

    host.acknowledge_all();
    host.done(Request::BeginArchiveClosing);
    host.pass(&reports::close_archive(ffd).host_tlv().unwrap());
    assert!(host.call(&host::close_archive(nine)).is_ok());
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
            Form::RegistrationChange,
            Form::CloseArchive,
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
            match document {
                Document::Receipt(found) if form == Form::Correction => {
                    assert_eq!(found.receipt, reports::correction(ffd));
                }
                Document::Receipt(found) => assert_eq!(found.receipt, reports::receipt(ffd)),
                Document::Registration(found) => {
                    assert_eq!(found.report, reports::registration(ffd));
                    let place = RegistrationReasons::of([RegistrationReason::Place]);
                    let changes = form == Form::RegistrationChange;
                    assert_eq!(found.change_reasons, changes.then_some(place));
                }
                Document::CloseArchive(found) => {
                    assert_eq!(found.report, reports::close_archive(ffd));
                    assert_eq!(found.shift.get(), 1);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_drive_of_an_as_bso_makes_bso_of_what_others_make_receipts_of() {
    const STRICT_FORMS: u8 = 1 << 4;
    let nine = time(NINE);
    for ffd in [FfdVersion::V1_1, FfdVersion::V1_2] {
        let mut host = Host::in_process(host::drive());
        let mut form = host::registration(nine);
        form.work_mode |= STRICT_FORMS;
        host.done(host::begin_registration(ffd));
        host.pass(&reports::registration(ffd).host_tlv().unwrap());
        assert!(host.call(&Request::FormRegistration(form)).is_ok());
        host.done(Request::BeginShiftOpening(nine));
        host.pass(&reports::open_shift(ffd).host_tlv().unwrap());
        assert!(host.call(&Request::OpenShift).is_ok());
        for (begin, receipt, current) in [
            (
                Request::BeginReceipt(nine),
                reports::receipt(ffd),
                CurrentDocument::StrictForm,
            ),
            (
                Request::BeginCorrection(nine),
                reports::correction(ffd),
                CurrentDocument::StrictFormCorrection,
            ),
        ] {
            host.done(begin);
            assert_eq!(host.status().current, current);
            host.pass(&receipt.host_tlv().unwrap());
            assert!(host.call(&host::form_receipt(nine, 12_345)).is_ok());
        }
        let documents = host.drive().documents().unwrap();
        let forms: Vec<Form> = documents
            .iter()
            .map(|it| Document::parse(&it.tlv).unwrap().form())
            .collect();
        assert_eq!(forms[2..], [Form::StrictForm, Form::StrictFormCorrection]);
        assert!(documents.iter().all(|it| {
            let violations = check::check_document(&it.tlv, ffd);
            violations.iter().all(|violation| !violation.is_error())
        }));
    }
}
