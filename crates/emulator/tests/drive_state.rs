//! The state file of an emulated drive: what was answered is there after any end.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use std::{fs, path::Path};

use emulator::drive::{Drive, DriveError, DumpedDocument, Durability, Passport, Port, dump};
use fn_proto::{Answer, DocumentKind, Request};
use host::{Host, passport, time};
use terms::{DocumentNumber, RegistrationReason};

mod host;

const NINE: &str = "2026-11-22T09:00";

fn open(path: &Path) -> Result<Drive, DriveError> {
    Drive::open(path, passport(), Durability::Lazy)
}

/// All that can be asked of a drive about what it committed.
fn picture(drive: Drive) -> Vec<Vec<u8>> {
    let mut host = Host::in_process(drive);
    let last = host.status().last_document;
    let mut asked = vec![
        Request::Status,
        Request::Expiry,
        Request::FreeMemory,
        Request::ShiftStatus,
        Request::ExchangeStatus,
        Request::RegistrationTotals,
        Request::FindRegistration(1),
        Request::FindRegistration(2),
        Request::UnacknowledgedCount,
    ];
    for number in (1..=last.get()).map(DocumentNumber) {
        asked.push(Request::FindDocument(number));
        asked.push(Request::FindTicket(number));
        asked.push(Request::OpenDocument(number));
        asked.extend((0..40).map(|_| Request::NextTlv));
    }
    let port = host.port();
    asked
        .iter()
        .map(|request| port.exchange(&request.encode()))
        .collect()
}

type Step = fn(&mut Host<(Port, Vec<u8>)>);

/// What the drive said after each commit, and how long its file was then.
type Known = Vec<(u64, Vec<Vec<u8>>)>;

/// Works until ФД 6 and two tickets.
fn work(path: &Path) -> Known {
    let steps: [Step; 9] = [
        |_| {},
        |host| assert_eq!(host.register(time(NINE)).number, DocumentNumber(1)),
        |host| drop(host.open_shift(time(NINE))),
        |host| drop(host.receipt(time(NINE), 100)),
        |host| assert_eq!(host.acknowledge(0), DocumentNumber(1)),
        |host| drop(host.receipt(time(NINE), 200)),
        |host| assert_eq!(host.acknowledge(14), DocumentNumber(2)),
        |host| drop(host.correction(time(NINE), 300)),
        |host| drop(host.close_shift(time(NINE))),
    ];
    commit_each(path, &steps)
}

/// Registers anew, closes the archive and hands over its last ticket, after [`work`].
fn end(path: &Path) -> Known {
    let steps: [Step; 4] = [
        |host| {
            let form = host::changed(time(NINE), [RegistrationReason::Place]);
            assert_eq!(host.register_anew(form).number, DocumentNumber(7));
        },
        Host::acknowledge_all,
        |host| assert_eq!(host.close_archive(time(NINE)).number, DocumentNumber(8)),
        |host| assert_eq!(host.acknowledge(0), DocumentNumber(8)),
    ];
    commit_each(path, &steps)
}

fn commit_each(path: &Path, steps: &[Step]) -> Known {
    let mut known = Vec::new();
    for step in steps {
        let mut host = Host::in_process(open(path).unwrap());
        step(&mut host);
        drop(host); // as if killed: nothing is closed in order
        let length = fs::metadata(path).unwrap().len();
        known.push((length, picture(open(path).unwrap())));
    }
    known
}

#[test]
fn a_file_torn_at_any_byte_keeps_exactly_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let known = work(&whole);
    check_torn(&whole, &known, 0);
}

#[test]
fn the_end_of_an_archive_is_kept_whole_or_did_not_happen() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    work(&whole);
    let known = end(&whole);
    let sent = known[1].0 as usize;
    check_torn(&whole, &known[1..], sent);
}

/// Tears the file at every byte from `first` on.
fn check_torn(whole: &Path, known: &[(u64, Vec<Vec<u8>>)], first: usize) {
    let bytes = fs::read(whole).unwrap();
    let torn = whole.with_extension("torn");
    for cut in first..=bytes.len() {
        // What is missing of the record is missing, or the file has grown and zeros stand there.
        let ends = known.iter().map(|(length, _)| *length as usize);
        let end = [8].into_iter().chain(ends).find(|end| *end >= cut).unwrap();
        let grown = [&bytes[..cut], &vec![0; end - cut]].concat();
        for content in [&bytes[..cut], &grown] {
            let whole = known
                .iter()
                .rev()
                .find(|(length, _)| content.starts_with(&bytes[..*length as usize]));
            let (_, expected) = whole.unwrap_or(&known[0]);
            fs::write(&torn, content).unwrap();
            let drive = open(&torn).unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
            assert!(picture(drive) == *expected, "cut at {cut}");
        }
    }
}

#[test]
fn a_reopened_drive_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive");
    work(&path);
    // A torn record is cut off before new ones are written.
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[1, 2, 3, 4, 5]);
    fs::write(&path, bytes).unwrap();
    let mut host = Host::in_process(open(&path).unwrap());
    host.open_shift(time("2026-11-23T09:00"));
    assert_eq!(host.acknowledge(0), DocumentNumber(3));
    drop(host);
    let mut host = Host::in_process(open(&path).unwrap());
    assert_eq!(host.status().last_document, DocumentNumber(7));
    assert_eq!(host.acknowledge(0), DocumentNumber(4));
}

#[test]
fn a_begun_document_does_not_outlive_the_power() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive");
    work(&path);
    let before = picture(open(&path).unwrap());
    let mut host = Host::in_process(open(&path).unwrap());
    host.done(Request::BeginShiftOpening(time(NINE)));
    host.done(Request::PassData(host::shift_data()));
    drop(host);
    assert!(picture(open(&path).unwrap()) == before);
}

#[test]
fn damage_before_the_last_record_is_named_and_never_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive");
    let known = work(&path);
    let bytes = fs::read(&path).unwrap();
    let last = known[known.len() - 2].0 as usize;
    for place in 8..last {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let opened = open(&path);
        assert!(
            matches!(opened, Err(DriveError::Damaged { .. })),
            "byte {place}: {opened:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

#[test]
fn a_state_file_belongs_to_one_process_and_one_drive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive");
    let running = open(&path).unwrap();
    assert!(matches!(open(&path), Err(DriveError::InUse { .. })));
    drop(running);
    let other = Passport::new("9999078900000002".parse().unwrap()).unwrap();
    let refused = Drive::open(&path, other, Durability::Lazy);
    assert!(matches!(refused, Err(DriveError::OtherDrive { .. })));
    fs::write(&path, "a letter to my grandmother").unwrap();
    assert!(matches!(open(&path), Err(DriveError::NotAState { .. })));
}

#[test]
fn the_archive_can_be_dumped_while_the_drive_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive");
    work(&path);
    let mut host = Host::in_process(open(&path).unwrap());
    let documents: Vec<DumpedDocument> = dump(&path)
        .unwrap()
        .collect::<Result<_, DriveError>>()
        .unwrap();
    let kinds: Vec<DocumentKind> = documents.iter().map(|d| d.archived.kind).collect();
    use DocumentKind::{Correction, Receipt, Registration, ShiftClosing, ShiftOpening};
    assert_eq!(
        kinds,
        [
            Registration,
            ShiftOpening,
            Receipt,
            Receipt,
            Correction,
            ShiftClosing
        ]
    );
    let tickets: Vec<bool> = documents.iter().map(|d| d.ticket.is_some()).collect();
    assert_eq!(tickets, [true, true, false, false, false, false]);
    for document in documents {
        let number = document.archived.document.number;
        let found = host.call(&Request::FindDocument(number));
        assert_eq!(found, Ok(Answer::Found(document.archived)));
    }
}
