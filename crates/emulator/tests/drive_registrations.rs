//! Registering anew, and the end of an archive: what an emulated drive allows and refuses.
#![expect(clippy::panic, reason = "what cannot be asked fails the test")]

use emulator::drive::{Drive, Port};
use fn_proto::{
    Answer, AnswerCode, CurrentDocument, Phase, RegistrationForm, RegistrationKind, Request, Status,
};
use host::{Host, changed, close_archive, drive, passport, time};
use terms::{
    DocumentNumber, FfdVersion, RegistrationReason as Reason, RegistrationReasons as Reasons, Rnm,
};

mod host;

type Local = Host<(Port, Vec<u8>)>;

const NINE: &str = "2026-11-22T09:00";

fn fresh() -> Local {
    Host::in_process(drive())
}

/// Registered, with a ticket.
fn registered() -> Local {
    let mut host = fresh();
    host.register(time(NINE));
    host.acknowledge(0);
    host
}

fn autonomous() -> RegistrationForm {
    RegistrationForm {
        work_mode: 0x0A,
        ofd_inn: None,
        ..host::registration(time(NINE))
    }
}

fn code(host: &mut Local, request: Request) -> AnswerCode {
    host.refused(request).0
}

fn begin(kind: RegistrationKind) -> Request {
    let ffd = FfdVersion::V1_2;
    Request::BeginRegistration { kind, ffd }
}

fn done(host: &mut Local) -> (u8, u8) {
    match host.call(&Request::Expiry) {
        Ok(Answer::Expiry {
            registrations_left,
            registrations_done,
            ..
        }) => (registrations_left, registrations_done),
        other => panic!("{other:?}"),
    }
}

/// The report's number, its reason, and the extended flags in force then.
fn registration(host: &mut Local, request: &Request) -> (u32, Option<u32>, Option<u8>) {
    match host.call(request) {
        Ok(Answer::RegistrationTotals(totals)) => (
            totals.document.number.get(),
            totals.reason,
            totals.extended_flags,
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_of_registration_has_its_phase() {
    use RegistrationKind::{DriveChange, First, ParametersChange};
    let mut host = fresh();
    assert_eq!(
        code(&mut host, begin(ParametersChange)),
        AnswerCode::WRONG_STATE
    );
    for (kind, current) in [
        (First, CurrentDocument::Registration),
        (DriveChange, CurrentDocument::DriveChange),
    ] {
        host.done(begin(kind));
        assert_eq!(host.status().current, current);
        assert_eq!(code(&mut host, begin(kind)), AnswerCode::WRONG_STATE);
        host.done(Request::CancelDocument);
    }
    let mut host = registered();
    for kind in [First, DriveChange] {
        assert_eq!(code(&mut host, begin(kind)), AnswerCode::WRONG_STATE);
    }
    host.done(begin(ParametersChange));
    assert_eq!(host.status().current, CurrentDocument::Reregistration);
    host.done(Request::CancelDocument);
    host.open_shift(time(NINE));
    assert_eq!(
        code(&mut host, begin(ParametersChange)),
        AnswerCode::WRONG_STATE
    );
}

#[test]
fn a_re_registration_must_fit_its_kind_and_the_kkt_it_is_for() {
    use RegistrationKind::{DriveChange, First, ParametersChange};
    let nine = time(NINE);
    let check = |mut host: Local, kind, form: RegistrationForm, expected: AnswerCode| {
        let what = format!("{kind:?} {form:?}");
        host.done(begin(kind));
        let without_data = code(&mut host, Request::FormRegistration(form.clone()));
        assert_eq!(without_data, AnswerCode::WRONG_STATE);
        host.done(Request::PassData(host::registration_data()));
        let refused = code(&mut host, Request::FormRegistration(form));
        assert_eq!(refused, expected, "{what}");
        assert_eq!(host.status().current, kind.current());
    };
    let (bad, length) = (AnswerCode::BAD_VALUE, AnswerCode::UNKNOWN_COMMAND);
    let place = || changed(nine, [Reason::Place]);
    let drive_change = || changed(nine, [Reason::DriveChange]);
    // The form is of another length or names another kind.
    check(fresh(), First, drive_change(), length);
    check(fresh(), DriveChange, host::registration(nine), length);
    check(fresh(), DriveChange, place(), bad);
    check(registered(), ParametersChange, drive_change(), bad);
    check(registered(), ParametersChange, changed(nine, []), bad);
    // Another ККТ.
    let mut other = place();
    other.rnm = Rnm::compose(2, host::user(), host::SERIAL).unwrap();
    check(registered(), ParametersChange, other, bad);
    // Back in time.
    let early = changed(time("2026-11-22T08:59"), [Reason::Place]);
    check(registered(), ParametersChange, early, AnswerCode::BAD_TIME);
    // Into autonomous mode without a word about the ОФД, and with documents unsent.
    let mut alone = autonomous();
    alone.reasons = Some(Reasons::of([Reason::TransferToOffline]));
    check(registered(), ParametersChange, alone.clone(), bad);
    alone.reasons = alone.reasons.map(|it| it.with(Reason::OfdChange));
    let mut unsent = fresh();
    unsent.register(nine);
    check(unsent, ParametersChange, alone.clone(), bad);
    let mut host = registered();
    assert_eq!(host.register_anew(alone).number, DocumentNumber(2));
    assert_eq!(
        host.call(&Request::UnacknowledgedCount),
        Ok(Answer::UnacknowledgedCount(0))
    );
}

#[test]
fn an_older_version_of_the_format_cannot_be_registered_again() {
    let mut host = registered();
    let older = Request::BeginRegistration {
        kind: RegistrationKind::ParametersChange,
        ffd: FfdVersion::V1_1,
    };
    assert_eq!(code(&mut host, older), AnswerCode::WRONG_MODE);
}

#[test]
fn the_newest_registration_is_in_force_and_all_are_kept() {
    let mut host = registered();
    let nine = time(NINE);
    assert_eq!(done(&mut host), (29, 1));
    let mut excise = changed(nine, [Reason::Other]);
    excise.extended_flags = 0x01;
    assert_eq!(host.register_anew(excise).number, DocumentNumber(2));
    assert_eq!(done(&mut host), (28, 2));
    let totals = registration(&mut host, &Request::RegistrationTotals);
    assert_eq!(totals, (2, None, Some(1)));
    let first = registration(&mut host, &Request::FindRegistration(1));
    assert_eq!(first, (1, Some(0), Some(0)));
    let second = registration(&mut host, &Request::FindRegistration(2));
    assert_eq!(second, (2, Some(0x8000_0000), Some(1)));
    for beyond in [0, 3, 255] {
        let refused = code(&mut host, Request::FindRegistration(beyond));
        assert_eq!(refused, AnswerCode::NO_DATA);
    }
    let refused = code(&mut fresh(), Request::FindRegistration(1));
    assert_eq!(refused, AnswerCode::WRONG_STATE);

    let again = changed(nine, [Reason::UserName]);
    for _ in 2..30 {
        host.register_anew(again.clone());
    }
    assert_eq!(done(&mut host), (0, 30));
    assert_eq!(
        code(&mut host, begin(again.kind())),
        AnswerCode::WRONG_STATE
    );
}

#[test]
fn parameters_that_shorten_a_drive_s_life_too_far_are_refused() {
    let until = |host: &mut Local| match host.call(&Request::Expiry) {
        Ok(Answer::Expiry { until, .. }) => until.to_string(),
        other => panic!("{other:?}"),
    };
    let excise = |day: &str| {
        let mut form = changed(time(day), [Reason::Other]);
        form.extended_flags = 0x01;
        form
    };
    let mut host = registered();
    assert_eq!(until(&mut host), "2029-11-26"); // 1100 days
    host.register_anew(excise("2028-01-06T09:00")); // the last of 410 days
    assert_eq!(until(&mut host), "2028-01-06");

    let mut host = registered();
    let late = excise("2028-01-07T09:00");
    host.done(begin(late.kind()));
    host.done(Request::PassData(host::registration_data()));
    let refused = code(&mut host, Request::FormRegistration(late));
    assert_eq!(refused, AnswerCode::LIFE_OVER);
}

#[test]
fn a_ticket_of_a_former_ofd_is_still_read() {
    let mut host = registered();
    let mut other = changed(time(NINE), [Reason::OfdChange]);
    other.ofd_inn = Some("7702203276".parse().unwrap());
    host.register_anew(other);
    let found = host.call(&Request::FindTicket(DocumentNumber(1)));
    assert!(matches!(found, Ok(Answer::FoundTicket { .. })), "{found:?}");
    // But the new documents' tickets must be of the new one.
    host.message();
    let ticket = host::ticket(passport().number(), DocumentNumber(2), 0);
    let refused = host.refused(Request::PassTicket(ticket));
    assert_eq!(refused, (AnswerCode::TICKET_REFUSED, vec![6]));
}

#[test]
fn an_archive_is_closed_only_in_order() {
    let nine = time(NINE);
    let check = |host: &mut Local, request: Request, expected: AnswerCode| {
        let name = request.name();
        assert_eq!(code(host, request), expected, "{name}");
    };
    let wrong_state = AnswerCode::WRONG_STATE;
    let host = &mut fresh();
    check(host, Request::BeginArchiveClosing, wrong_state);

    let host = &mut registered();
    check(host, close_archive(nine), wrong_state); // without 04h
    host.open_shift(nine);
    host.acknowledge_all();
    check(host, Request::BeginArchiveClosing, wrong_state);
    host.close_shift(nine);
    check(host, Request::BeginArchiveClosing, AnswerCode::BAD_VALUE); // unsent
    host.acknowledge_all();
    host.done(Request::BeginArchiveClosing);
    check(host, Request::BeginArchiveClosing, wrong_state);
    check(host, Request::BeginShiftOpening(nine), wrong_state);
    check(host, close_archive(nine), wrong_state); // without data
    host.done(Request::PassData(host::shift_data()));
    check(host, Request::OpenShift, wrong_state);
    let early = close_archive(time("2026-11-22T08:59"));
    check(host, early, AnswerCode::BAD_TIME);
    let other = Request::CloseArchive {
        time: nine,
        rnm: Rnm::compose(2, host::user(), host::SERIAL).unwrap(),
    };
    check(host, other, AnswerCode::BAD_VALUE);
    // It is still begun, and can be given up.
    let status = host.status();
    let begun = (status.phase, status.current, status.has_data);
    let closing = CurrentDocument::ArchiveClosing;
    assert_eq!(begun, (Phase::Fiscal, closing, true));
    host.done(Request::CancelDocument);
    host.open_shift(nine);
}

#[test]
fn a_closed_archive_takes_nothing_more() {
    let nine = time(NINE);
    let mut host = registered();
    host.close_archive(nine);
    let status = host.status();
    for phase in [Phase::PostFiscal, Phase::ArchiveOnly] {
        assert_eq!(host.status().phase, phase);
        for request in [
            Request::BeginShiftOpening(nine),
            Request::BeginReceipt(nine),
            begin(RegistrationKind::First),
            begin(RegistrationKind::DriveChange),
            begin(RegistrationKind::ParametersChange),
            Request::BeginArchiveClosing,
            close_archive(nine),
            Request::PassData(host::shift_data()),
            Request::ShiftStatus,
        ] {
            let name = request.name();
            assert_eq!(code(&mut host, request), AnswerCode::WRONG_STATE, "{name}");
        }
        if phase == Phase::PostFiscal {
            host.acknowledge(0);
        }
    }
    for request in [
        Request::ExchangeStatus,
        Request::SetTransport(true),
        Request::BeginMessage,
    ] {
        let name = request.name();
        assert_eq!(code(&mut host, request), AnswerCode::WRONG_STATE, "{name}");
    }
    let phase = Phase::ArchiveOnly;
    assert_eq!(host.status(), Status { phase, ..status });
}

#[test]
fn an_autonomous_drive_is_closed_at_once() {
    let mut host = fresh();
    host.done(begin(RegistrationKind::First));
    host.done(Request::PassData(host::registration_data()));
    let registered = host.call(&Request::FormRegistration(autonomous()));
    assert!(registered.is_ok(), "{registered:?}");
    host.open_shift(time(NINE));
    host.close_shift(time(NINE));
    assert_eq!(host.close_archive(time(NINE)).number, DocumentNumber(4));
    assert_eq!(host.status().phase, Phase::ArchiveOnly);
}

#[test]
fn a_drive_that_was_registered_for_excise_goods_lives_shorter_from_the_start() {
    let mut form = changed(time(NINE), [Reason::DriveChange]);
    form.extended_flags = 0x01;
    let mut host = Host::in_process(Drive::in_memory(passport()).unwrap());
    host.register_anew(form);
    let days = host.call(&Request::DaysLeft(time(NINE)));
    assert_eq!(days, Ok(Answer::DaysLeft(410)));
}
