//! What people decide about doubts, held receipts and drives is kept with their names, and what
//! contradicts it is refused.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use cassette::{
    ArchiveEntry, DriveFacts, Event, Fate, Record, Registration, Signed, SlotId, Swap, SwapChange,
    Task,
};
use fn_proto::{
    ArchivedDetails, ArchivedDocument, CurrentDocument, DocumentKind, Formed, Phase,
    RegistrationForm, Status, WarningFlags,
};
use journal::{HistoryOf, JournalError, ReceiptState};
use terms::{
    DocumentNumber, FiscalSign, Id, Kopecks, OperationSign, RegistrationReason,
    RegistrationReasons, Rnm, TaxSystem, TaxSystems,
};
use world::*;

fn signed() -> Signed {
    Signed {
        by: "Инженер".to_owned(),
        key: None,
        reason: "накопитель сгорел".to_owned(),
    }
}

fn form_anew(on: u8, number: u32, receipt: Id) -> Record {
    Record::FormAnew {
        drive: drive(on),
        number: DocumentNumber(number),
        receipt,
        signed: signed(),
    }
}

#[track_caller]
fn refused(journal: &Journal, record: Record) {
    let answer = journal.store(record.clone());
    assert!(
        matches!(answer, Err(JournalError::Contradiction { .. })),
        "{answer:?} to {record:?}"
    );
}

/// A receipt that is in doubt on drive 1 and then formed by drive 2.
fn formed_anew(journal: &Journal) -> Id {
    let receipt = journal.queue_receipt("P1");
    let task = receipt_task(receipt);
    refused(journal, form_anew(1, 5, receipt));
    journal.store(intent(1, 5, task.clone())).unwrap();
    refused(journal, form_anew(1, 5, receipt));
    journal.store(in_doubt(1, 5, receipt)).unwrap();
    refused(journal, form_anew(1, 6, receipt));
    refused(journal, form_anew(2, 5, receipt));
    journal.store(form_anew(1, 5, receipt)).unwrap();
    refused(journal, form_anew(1, 5, receipt));
    assert_eq!(journal.state(receipt), ReceiptState::Queued);
    assert!(journal.reader.queued_job(receipt).unwrap().is_some());
    assert_eq!(journal.findings(), []);
    journal.store(intent(2, 1, task.clone())).unwrap();
    journal.store(formed(2, 1, task)).unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Fiscalized);
    receipt
}

#[test]
fn a_doubt_that_a_person_ended_is_undone_when_its_drive_has_the_document_after_all() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receipt = formed_anew(&journal);
    let known = ask(|reply| journal.writer.drive_records(drive(1), reply)).unwrap();
    assert!(known.intent.unwrap().given_up);
    assert!(
        journal.reader.open_intents().unwrap().is_empty(),
        "nobody waits for it any more"
    );

    journal.store(formed(1, 5, receipt_task(receipt))).unwrap();
    let row = journal.reader.receipt(receipt).unwrap().unwrap();
    assert_eq!(row.document.unwrap().drive, drive(2).to_string());
    let back = journal.reader.queued_jobs().unwrap().pop().unwrap();
    assert_eq!(back.operation, OperationSign::IncomeReturn);
    let told = journal.commits.lock().unwrap().last().unwrap().1.clone();
    assert_eq!(told, [back.id], "it goes to a drive at once");
    let operation = journal.reader.operation(row.operation).unwrap().unwrap();
    let receipts: Vec<Id> = operation.receipts.iter().map(|it| it.id).collect();
    assert_eq!(receipts, [receipt, back.id]);
    assert_eq!(operation.receipts[1].return_of, Some(receipt));
    assert_eq!(operation.receipts[1].total, row.total);
    let what: Vec<(String, Option<String>)> = journal
        .reader
        .history(HistoryOf {
            receipt: Some(receipt),
            limit: 10,
            ..HistoryOf::default()
        })
        .unwrap()
        .into_iter()
        .map(|entry| (entry.what, entry.by))
        .collect();
    let by = Some("Инженер".to_owned());
    let expected = [
        ("doubled".to_owned(), None),
        ("formed_anew".to_owned(), by),
        ("in_doubt".to_owned(), None),
    ];
    assert_eq!(what, expected);
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_doubt_that_a_person_ended_stays_ended_when_its_drive_does_not_have_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receipt = formed_anew(&journal);
    journal
        .store(void(1, 5, Some(receipt), Fate::Requeue))
        .unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Fiscalized);
    assert_eq!(journal.reader.queued_jobs().unwrap(), []);
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_held_receipt_is_queued_again_and_no_other_one() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receipt = journal.queue_receipt("P1");
    let release = Record::Released {
        receipt,
        signed: signed(),
    };
    refused(&journal, release.clone());
    journal.store(intent(1, 1, receipt_task(receipt))).unwrap();
    refused(&journal, release.clone());
    let fate = Fate::Hold("wrong".to_owned());
    journal.store(void(1, 1, Some(receipt), fate)).unwrap();
    journal.store(release).unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Queued);
}

#[test]
fn a_swap_is_resumed_after_a_restart_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let inn = "7707083893".parse().unwrap();
    let registration = Registration {
        ffd: terms::FfdVersion::V1_1,
        form: RegistrationForm {
            time: "2026-11-05T10:00".parse().unwrap(),
            user_inn: inn,
            rnm: Rnm::compose(1, inn, "1").unwrap(),
            tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
            work_mode: 8,
            extended_flags: 0,
            ofd_inn: None,
            reasons: Some(RegistrationReasons::of([RegistrationReason::DriveChange])),
        },
        serial: "1".to_owned(),
        tlv: vec![1, 2, 3],
    };
    let swap = |change| Record::Swap {
        slot: SlotId(1),
        drive: drive(1),
        change,
    };
    let ordered = SwapChange::Ordered(Box::new(registration.clone()), signed());
    refused(&journal, swap(SwapChange::Exported));
    journal.store(swap(ordered.clone())).unwrap();
    refused(&journal, swap(ordered));
    journal.store(swap(SwapChange::Exported)).unwrap();
    let confirmed = SwapChange::Confirmed(drive(2), signed());
    journal.store(swap(confirmed)).unwrap();
    drop(journal);

    let journal = Journal::open(folder.path());
    let left = journal.reader.open_swaps().unwrap();
    let expected = Swap {
        old: drive(1),
        registration: Box::new(registration),
        is_exported: true,
        confirmed: Some(drive(2)),
    };
    match &left[..] {
        [Event::SwapLeft(SlotId(1), swap)] => assert_eq!(**swap, expected),
        other => panic!("{other:?}"),
    }
    journal.store(swap(SwapChange::Done(drive(2)))).unwrap();
    refused(&journal, swap(SwapChange::Abandoned(signed())));
    assert!(journal.reader.open_swaps().unwrap().is_empty());
    let of = HistoryOf {
        slot: Some(SlotId(1)),
        limit: 10,
        ..HistoryOf::default()
    };
    assert_eq!(journal.reader.history(of).unwrap().len(), 4);
}

#[test]
fn the_closing_of_an_archive_is_intended_and_formed_like_every_document() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let rnm = Rnm::compose(1, "7707083893".parse().unwrap(), "1").unwrap();
    let task = Task::CloseArchive(rnm);
    journal.store(intent(1, 9, task.clone())).unwrap();
    drop(journal);
    let journal = Journal::open(folder.path());
    let known = ask(|reply| journal.writer.drive_records(drive(1), reply)).unwrap();
    assert_eq!(known.intent.unwrap().task, task);
    journal.store(formed(1, 9, task)).unwrap();
    let day = "2026-11-05".parse().unwrap();
    let number = drive(1).to_string();
    assert_eq!(journal.reader.documents_since(&number, day).unwrap(), 1);
    assert_eq!(journal.reader.first_day(&number).unwrap(), Some(day));
    assert_eq!(journal.findings(), []);
}

fn entry(number: u32, tlv: &[u8], total: i64) -> Box<ArchiveEntry> {
    Box::new(ArchiveEntry {
        document: ArchivedDocument {
            kind: DocumentKind::Receipt,
            has_ticket: false,
            time: "2026-11-05T11:00".parse().unwrap(),
            document: Formed {
                number: DocumentNumber(number),
                sign: FiscalSign(77),
            },
            details: ArchivedDetails::Receipt {
                operation: OperationSign::Income,
                total: Kopecks::new(total).unwrap(),
            },
        },
        tlv: tlv.to_vec(),
        operator_sign: None,
    })
}

fn found(number: u32, entry: Box<ArchiveEntry>) -> Record {
    assert_eq!(entry.document.document.number.get(), number);
    let drive = drive(1);
    Record::Found { drive, entry }
}

#[test]
fn a_document_that_an_old_journal_does_not_know_fulfils_the_queued_receipt_of_its_contents() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    journal.store(intent(1, 1, Task::OpenShift)).unwrap();
    journal.store(formed(1, 1, Task::OpenShift)).unwrap();
    let receipt = journal.queue_receipt("P1");
    let job = journal.reader.queued_job(receipt).unwrap().unwrap();
    let total = job.total.get();
    // The drive adds objects of its own.
    let kept = [&[0x11, 0x04, 1, 0, 0x39][..], &job.tlv].concat();

    refused(&journal, found(3, entry(3, &kept, total)));
    journal.store(found(2, entry(2, &kept, total + 1))).unwrap();
    journal
        .store(found(3, entry(3, &kept[..5], total)))
        .unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Queued, "others");
    journal.store(found(4, entry(4, &kept, total))).unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Fiscalized);
    let last = journal.commits.lock().unwrap().last().unwrap().0.clone();
    assert!(last.iter().all(|change| change.is_found), "{last:?}");
    let row = journal.reader.receipt(receipt).unwrap().unwrap();
    assert_eq!(row.document.unwrap().number, DocumentNumber(4));
    journal.store(found(5, entry(5, &kept, total))).unwrap();
    let known = ask(|reply| journal.writer.drive_records(drive(1), reply)).unwrap();
    assert_eq!(known.last_document, DocumentNumber(5));
    assert_eq!(journal.findings(), []);
}

fn seen(on: u8, phase: Phase, last: u32) -> Record {
    let status = Status {
        phase,
        current: CurrentDocument::None,
        has_data: false,
        shift_open: false,
        warnings: WarningFlags::default(),
        last_time: None,
        drive: drive(on),
        last_document: DocumentNumber(last),
    };
    let facts = DriveFacts {
        status,
        version: String::new(),
        serial: false,
        until: None,
        registrations_left: 0,
        ffd: None,
        model: None,
        documents_left: None,
        registration: None,
        shift: None,
        exchange: None,
    };
    Record::DriveSeen {
        slot: SlotId(1),
        facts: Box::new(facts),
    }
}

#[test]
fn a_start_knows_the_drives_that_may_have_more_than_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let was_blank = |on: u8| ask(|reply| journal.writer.drive_records(drive(on), reply));
    journal.store(seen(1, Phase::Fiscal, 7)).unwrap();
    journal.store(seen(2, Phase::ArchiveOnly, 9)).unwrap();
    journal.store(seen(3, Phase::Ready, 0)).unwrap();
    assert!(was_blank(3).unwrap().was_blank);
    // What it was at first counts, also when it was registered by somebody we do not know.
    journal.store(seen(3, Phase::Fiscal, 4)).unwrap();
    assert!(was_blank(3).unwrap().was_blank);
    assert!(!was_blank(1).unwrap().was_blank);
    journal.store(intent(1, 1, Task::OpenShift)).unwrap();
    journal.store(formed(1, 1, Task::OpenShift)).unwrap();
    let mut left = Vec::new();
    for event in journal.reader.drives_left().unwrap() {
        if let Event::DriveLeft {
            drive,
            last_document,
            ..
        } = event
        {
            left.push((drive, last_document.get()));
        }
    }
    assert_eq!(left, [(drive(1), 1), (drive(3), 0)]);
}

/// The copy holds an intent of one drive; after it was made another one has formed the receipt.
#[test]
fn a_document_of_a_receipt_that_another_drive_was_asked_for_fulfils_it_and_gives_that_intent_up() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receipt = journal.queue_receipt("P1");
    let job = journal.reader.queued_job(receipt).unwrap().unwrap();
    let task = Task::Receipt {
        id: receipt,
        correction: false,
        operation: job.operation,
        total: job.total,
    };
    journal.store(intent(2, 1, task.clone())).unwrap();
    journal
        .store(found(1, entry(1, &job.tlv, job.total.get())))
        .unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Fiscalized);
    let row = journal.reader.receipt(receipt).unwrap().unwrap();
    assert_eq!(row.document.unwrap().drive, drive(1).to_string());
    assert_eq!(
        journal.reader.open_intents().unwrap().len(),
        0,
        "nobody waits"
    );
    // News that were on their way change nothing.
    let in_doubt = Record::InDoubt {
        drive: drive(2),
        number: DocumentNumber(1),
        receipt,
        cause: "it has gone".to_owned(),
    };
    journal.store(in_doubt).unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Fiscalized);
    // The other one has it, too.
    journal.store(formed(2, 1, task)).unwrap();
    let jobs = journal.reader.queued_jobs().unwrap();
    assert_eq!(jobs.len(), 1, "a return receipt");
    let back = journal.reader.receipt(jobs[0].id).unwrap().unwrap();
    assert_eq!(back.return_of, Some(receipt));
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_drive_that_was_used_elsewhere_is_taken_in_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let adopted = |last: u32| Record::Adopted {
        drive: drive(1),
        last_document: DocumentNumber(last),
        signed: signed(),
    };
    journal.store(adopted(500)).unwrap();
    let known = ask(|reply| journal.writer.drive_records(drive(1), reply)).unwrap();
    assert_eq!(known.last_document, DocumentNumber(500));
    refused(&journal, intent(1, 500, Task::OpenShift));
    journal.store(intent(1, 501, Task::OpenShift)).unwrap();
    journal.store(formed(1, 501, Task::OpenShift)).unwrap();
    refused(&journal, adopted(600));
    assert_eq!(journal.findings(), []);
}
