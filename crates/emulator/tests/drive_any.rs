//! What holds whatever a drive is told.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use emulator::drive::{Drive, Durability, Port, Timing};
use fn_proto::{
    Answer, CounterScope, CurrentDocument, Phase, RegistrationForm, RegistrationKind, Request,
    Status,
};
use host::{Host, Wire, drive, form_receipt, passport, time};
use proptest::{collection::vec, prelude::*, sample::select};
use terms::{DocumentNumber, FfdVersion, LocalDateTime, RegistrationReasons};

mod host;

fn moment() -> impl Strategy<Value = LocalDateTime> {
    // Mostly within two shifts, sometimes far away.
    prop_oneof![4 => 0_i64..3000, 1 => -500_i64..60_000]
        .prop_map(|minutes| time("2026-11-22T09:00").plus_minutes(minutes).unwrap())
}

fn begin_anew(kind: RegistrationKind) -> Request {
    let ffd = FfdVersion::V1_2;
    Request::BeginRegistration { kind, ffd }
}

fn command() -> impl Strategy<Value = Request> {
    let plain = select(vec![
        Request::CancelDocument,
        Request::OpenShift,
        Request::CloseShift,
        Request::ShiftStatus,
        Request::ExchangeStatus,
        Request::SetTransport(true),
        Request::BeginMessage,
        Request::CancelMessage,
        Request::FinishMessage,
        Request::NextTlv,
        Request::AcceptedSize,
        Request::FormSettlements,
        Request::Counters(CounterScope::Shift),
        Request::OperationCounts(CounterScope::Drive),
        Request::UnsentTotals,
        Request::OpenRegistration(None),
        Request::NextRegistrationTlv,
        Request::BeginRegistration105(RegistrationKind::ParametersChange),
        Request::SetSpeed(921_600),
        host::begin_registration(FfdVersion::V1_2),
        begin_anew(RegistrationKind::DriveChange),
        begin_anew(RegistrationKind::ParametersChange),
        Request::BeginArchiveClosing,
        Request::FindRegistration(1),
        Request::PassData(host::registration_data()),
        Request::PassData(host::shift_data()),
        Request::PassData(host::receipt_data(12_345)),
        Request::PassData(host::correction_data(12_345)),
        Request::ReadMessage {
            offset: 0,
            length: 1024,
        },
    ]);
    let ticket = (1_u32..6, select(vec![0, 11, 14])).prop_map(|(number, code)| {
        let ticket = host::ticket(passport().number(), DocumentNumber(number), code);
        Request::PassTicket(ticket)
    });
    let number = (0_u32..8).prop_map(DocumentNumber);
    prop_oneof![
        6 => plain,
        1 => ticket,
        1 => moment().prop_map(|time| Request::FormRegistration(host::registration(time))),
        1 => (moment(), any::<u32>()).prop_map(|(time, bits)| {
            let reasons = Some(RegistrationReasons::from_bits(bits));
            let form = RegistrationForm { reasons, ..host::registration(time) };
            Request::FormRegistration(form)
        }),
        1 => moment().prop_map(host::close_archive),
        1 => moment().prop_map(Request::BeginShiftOpening),
        1 => moment().prop_map(Request::BeginShiftClosing),
        2 => moment().prop_map(Request::BeginReceipt),
        1 => moment().prop_map(Request::BeginCorrection),
        1 => moment().prop_map(Request::BeginSettlements),
        2 => moment().prop_map(|time| form_receipt(time, 12_345)),
        1 => moment().prop_map(Request::DaysLeft),
        1 => number.clone().prop_map(Request::FindDocument),
        1 => number.clone().prop_map(Request::FindTicket),
        1 => number.clone().prop_map(Request::FindSignedRecord),
        1 => number.prop_map(Request::OpenDocument),
        1 => vec(any::<u8>(), 0..40).prop_map(Request::PassData),
    ]
}

fn check_step<W: Wire>(host: &mut Host<W>, request: &Request) {
    let before = host.status();
    let outcome = host.call(request);
    let after = host.status();
    let formed = after.last_document.get() - before.last_document.get();
    let signed = request.is_finishing() && outcome.is_ok();
    assert_eq!(formed, u32::from(signed), "{request:?}: {outcome:?}");
    assert!(after.last_time >= before.last_time, "{request:?}");
    assert!(after.phase.code() >= before.phase.code(), "{request:?}");
    let fiscal = [Phase::Ready, Phase::Fiscal].contains(&before.phase);
    assert!(fiscal || formed == 0, "{request:?} after the end");
    assert!(!after.has_data || after.current != CurrentDocument::None);
    assert_eq!(after.phase == Phase::Ready, after.last_document.get() == 0);
    if outcome.is_err() {
        // But the drive has no timer here, so it learns the time from refused commands too.
        let warnings = before.warnings;
        let unchanged = Status { warnings, ..after };
        assert_eq!(unchanged, before, "{request:?} was refused");
    }
    if signed {
        let find = Request::FindDocument(after.last_document);
        let Ok(Answer::Found(found)) = host.call(&find) else {
            panic!("{find:?} after {request:?}");
        };
        assert_eq!(Some(found.time), after.last_time);
    }
}

proptest! {
    #[test]
    fn documents_are_numbered_without_gaps_and_time_never_goes_back(
        commands in vec(command(), 0..60),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drive");
        let open = || Drive::open(&path, passport(), Durability::Lazy).unwrap();
        let mut host = Host::in_process(open());
        // By chance few runs would get through a registration, and none to the archive's end.
        let begin = commands.len() % 4;
        if begin > 0 {
            host.register(time("2026-11-22T09:00"));
        }
        if begin > 1 {
            host.acknowledge(0);
        }
        if begin > 2 {
            host.close_archive(time("2026-11-22T09:00"));
        }
        for request in &commands {
            check_step(&mut host, request);
        }
        let mut before = host.status();
        drop(host);
        let after = Host::in_process(open()).status();
        before.current = CurrentDocument::None;
        before.has_data = false;
        // Without a timer the drive's time is that of its last document again.
        before.warnings = after.warnings;
        prop_assert_eq!(after, before);
    }

    #[test]
    fn no_bytes_upset_a_drive(chunks in vec(vec(any::<u8>(), 0..60), 0..20)) {
        let mut port = Port::new(drive(), Timing::NONE);
        for chunk in &chunks {
            port.feed(chunk);
        }
        port.silence();
        let mut host = Host { wire: (port, Vec::new()) };
        prop_assert_eq!(host.status().last_document, DocumentNumber(0));
    }
}
