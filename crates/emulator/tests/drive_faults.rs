//! An emulated drive that fails as told, and the time it takes.

use emulator::drive::{Fault, FaultKind, Port, Timing};
use fn_proto::{Answer, AnswerCode, CurrentDocument, ENQ, Failure, Request};
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
fn power_lost_after_a_command_keeps_what_it_committed_and_no_answer() {
    let mut host = in_shift();
    let nine = time(NINE);
    host.done(Request::BeginReceipt(nine));
    host.done(Request::PassData(host::receipt_data(100)));
    let faults = host.port().faults();
    faults.add("power-loss-after:07h:times=1".parse().unwrap());
    faults.add("power-loss-after:16h:times=1".parse().unwrap());
    // Amid the document: nothing is left of it.
    let more = Request::PassData(host::shift_data());
    assert!(host.call(&more).is_err());
    assert_eq!(host.status().current, CurrentDocument::None);
    // After its end: it is there, whatever the host heard.
    host.done(Request::BeginReceipt(nine));
    host.done(Request::PassData(host::receipt_data(100)));
    let form = form_receipt(nine, 100);
    assert!(matches!(host.call(&form), Err(Failure::Silent { .. })));
    assert!(matches!(host.enquire(&form), Err(Failure::Silent { .. })));
    assert_eq!(host.status().last_document, DocumentNumber(3));
}

#[test]
fn a_spoilt_line_is_survived_by_asking_again() {
    let status = Request::Status;
    let mut host = in_shift();
    let whole = host.port().exchange(&status.encode());
    let faults = host.port().faults();
    let mut spoilt = |fault: &str| {
        faults.clear();
        faults.add(fault.parse().unwrap());
        let bytes = host.port().exchange(&status.encode());
        // 05h is no command: what the drive said last it says unspoilt.
        let again = host.port().exchange(&[ENQ, ENQ]);
        assert_eq!(again, whole.repeat(2), "{fault}");
        bytes
    };
    let noisy = spoilt("noise:30h:bytes=9");
    assert_eq!((noisy.len(), &noisy[9..]), (whole.len() + 9, &whole[..]));
    assert!(!noisy[..9].contains(&0x04));
    assert_eq!(spoilt("duplicate-answer:30h"), whole.repeat(2));
    for at in [0, 4, 1000] {
        let lost = spoilt(&format!("lose-byte:30h:at={at}"));
        let mut expected = whole.clone();
        expected.remove(at.min(whole.len() - 1));
        assert_eq!(lost, expected);
    }
    // A new command clears what 05h repeats.
    faults.clear();
    faults.add("silent:10h".parse().unwrap());
    assert!(host.call(&Request::ShiftStatus).is_err());
    assert_eq!(host.port().exchange(&[ENQ]), [0; 0]);
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
