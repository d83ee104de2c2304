//! An emulated drive that fails as told, and the time it takes.

use emulator::drive::{Fault, FaultKind, Port, Timing};
use fn_proto::{Answer, AnswerCode, CurrentDocument, Failure, Request};
use host::{Host, drive, form_receipt, time};
use terms::DocumentNumber;

mod host;

type Local = Host<(Port, Vec<u8>)>;

const NINE: &str = "2026-11-22T09:00";

fn in_shift() -> Local {
    let mut host = Host::in_process(drive());
    host.register(time(NINE));
    host.open_shift(time(NINE));
    host
}

#[test]
fn a_lost_answer_leaves_the_document_and_can_be_asked_for_again() {
    for kind in [
        FaultKind::DropAnswer,
        FaultKind::CorruptCrc,
        FaultKind::CutAnswer { keep: 5 },
    ] {
        let mut host = in_shift();
        let nine = time(NINE);
        host.done(Request::BeginReceipt(nine));
        host.done(Request::PassData(host::receipt_data(100)));
        let faults = host.port().faults();
        faults.add(Fault::always(kind).at(0x16).times(1));
        let form = form_receipt(nine, 100);
        let lost = host.call(&form);
        let silent = kind == FaultKind::DropAnswer;
        assert!(
            matches!(lost, Err(Failure::Silent { .. })) == silent && lost.is_err(),
            "{lost:?}"
        );
        let again = host.enquire(&form);
        assert!(
            matches!(&again, Ok(Answer::Receipt { document, .. }) if document.number.get() == 3),
            "{kind:?}: {again:?}"
        );
        assert_eq!(host.status().last_document, DocumentNumber(3));
    }
}

#[test]
fn a_command_that_was_not_heard_changes_nothing() {
    let mut host = in_shift();
    let nine = time(NINE);
    host.done(Request::BeginReceipt(nine));
    host.done(Request::PassData(host::receipt_data(100)));
    let faults = host.port().faults();
    faults.add("silent:16h:times=1".parse().unwrap());
    assert!(host.call(&form_receipt(nine, 100)).is_err());
    assert_eq!(host.status().current, CurrentDocument::Receipt);

    faults.add("refuse:16h:code=03h:times=1".parse().unwrap());
    assert_eq!(
        host.refused(form_receipt(nine, 100)).0,
        AnswerCode::DRIVE_FAILURE
    );
    faults.add("power-loss:16h:times=1".parse().unwrap());
    assert!(host.call(&form_receipt(nine, 100)).is_err());
    let status = host.status();
    assert_eq!(
        (status.current, status.last_document.get()),
        (CurrentDocument::None, 2)
    );
    assert!(status.shift_open);

    faults.add("dead".parse().unwrap());
    assert!(host.call(&Request::Status).is_err());
    assert!(host.enquire(&Request::Status).is_err());
    faults.clear();
    host.status();
}

#[test]
fn a_command_damaged_on_its_way_is_not_answered_and_the_next_one_is() {
    let mut host = in_shift();
    let mut bytes = Request::Status.encode();
    bytes[4] ^= 0x55;
    assert_eq!(host.port().exchange(&bytes), [0; 0]);
    assert_eq!(host.port().exchange(&bytes[..3]), [0; 0]);
    assert_eq!(host.status().last_document, DocumentNumber(2));
}

#[test]
fn the_time_of_an_exchange_is_that_of_its_bytes_and_of_the_drive_s_work() {
    let begin = Request::BeginReceipt(time(NINE));
    let pass = Request::PassData(vec![0; 128]);
    let form = form_receipt(time(NINE), 2_600);
    let line = Timing {
        line_speed: Some(115_200),
        ..Timing::NONE
    };
    let of = |timing: &Timing| {
        timing.exchange_time(&begin, 6)
            + timing.exchange_time(&pass, 6)
            + timing.exchange_time(&form, 16)
    };
    // 190 bytes both ways (ФН protocol §6.3).
    assert_eq!(of(&line).as_micros(), 16_493);
    assert_eq!(
        of(&Timing::REAL).as_micros(),
        16_493 + 20_000 + 2_000 + 330_000
    );
    assert_eq!(of(&Timing::NONE).as_micros(), 0);

    let mut port = Port::new(drive(), Timing::REAL);
    let answers = port.feed(&Request::Status.encode());
    let expected = Timing::REAL.exchange_time(&Request::Status, answers[0].bytes.len());
    assert_eq!(answers[0].after, expected);
}
