//! What the ОФД refuses or has something to say about is kept and found again.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod world;

use cassette::{DriveRecords, Record, Task};
use journal::{HistoryOf, ReceiptState, RemarkCount, RemarksOf};
use terms::{DocumentNumber, Id, OfdAnswer, OfdCode, OfdMessages};
use world::*;

const ALL: RemarksOf = RemarksOf {
    slot: None,
    drive: None,
    receipt: None,
    refused: None,
    limit: 100,
};

fn says(code: Option<u8>, bits: u8) -> OfdAnswer {
    OfdAnswer {
        code: code.map(OfdCode),
        messages: OfdMessages::from_bits(bits),
        text: None,
    }
}

fn answered(number: u32, answer: OfdAnswer) -> Record {
    Record::OfdAnswered {
        drive: drive(1),
        number: DocumentNumber(number),
        answer,
    }
}

fn ticket(number: u32, answer: OfdAnswer) -> Record {
    Record::Acknowledged {
        drive: drive(1),
        number: DocumentNumber(number),
        answer,
        ticket: vec![9; 18],
    }
}

/// Drive 1 with a shift and three receipts, all formed.
fn shift(journal: &Journal) -> Vec<Id> {
    journal.store(intent(1, 1, Task::OpenShift)).unwrap();
    journal.store(formed(1, 1, Task::OpenShift)).unwrap();
    (2..5)
        .map(|number| {
            let receipt = journal.queue_receipt(&format!("P{number}"));
            let task = receipt_task(receipt);
            journal.store(intent(1, number, task.clone())).unwrap();
            journal.store(formed(1, number, task)).unwrap();
            receipt
        })
        .collect()
}

fn found(journal: &Journal, of: RemarksOf) -> Vec<u32> {
    let rows = journal.reader.remarks(of).unwrap();
    rows.iter().map(|row| row.document.number.get()).collect()
}

fn records(journal: &Journal) -> DriveRecords {
    ask(|reply| journal.writer.drive_records(drive(1), reply)).unwrap()
}

#[test]
fn a_refused_receipt_is_acknowledged_and_says_that_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receipts = shift(&journal);
    journal.store(ticket(1, says(Some(0), 0))).unwrap();
    journal.store(ticket(2, says(Some(14), 0x02))).unwrap();
    journal.store(ticket(3, says(Some(0), 0x84))).unwrap();
    journal.store(ticket(4, says(Some(0), 0))).unwrap();

    let row = journal.reader.receipt(receipts[0]).unwrap().unwrap();
    assert_eq!(row.state, ReceiptState::Acknowledged);
    let reason = row.reason.unwrap();
    assert!(
        reason.starts_with("refused by the ОФД with code 14"),
        "{reason}"
    );
    assert_eq!(row.document.unwrap().ofd, says(Some(14), 0x02));
    let row = journal.reader.receipt(receipts[2]).unwrap().unwrap();
    assert_eq!((row.state, row.reason), (ReceiptState::Acknowledged, None));

    assert_eq!(found(&journal, ALL), [3, 2]);
    let refused = |refused| RemarksOf { refused, ..ALL };
    assert_eq!(found(&journal, refused(Some(true))), [2]);
    assert_eq!(found(&journal, refused(Some(false))), [3]);
    let of_receipt = RemarksOf {
        receipt: Some(receipts[1]),
        ..ALL
    };
    assert_eq!(found(&journal, of_receipt), [3]);
    let of_drive = |number| RemarksOf {
        drive: Some(drive(number)),
        ..ALL
    };
    assert_eq!(found(&journal, of_drive(1)), [3, 2]);
    assert!(found(&journal, of_drive(2)).is_empty());
    let elsewhere = RemarksOf {
        slot: Some(9),
        ..ALL
    };
    assert!(found(&journal, elsewhere).is_empty());
    assert_eq!(found(&journal, RemarksOf { limit: 1, ..ALL }), [3]);
    let counted = RemarkCount {
        refused: 1,
        messages: 1,
    };
    assert_eq!(journal.reader.remark_count().unwrap(), counted);

    let of = HistoryOf {
        receipt: Some(receipts[0]),
        limit: 10,
        ..HistoryOf::default()
    };
    let told = journal.reader.history(of).unwrap();
    assert_eq!(told[0].what, "ofd_refused");
    assert!(told[0].detail.starts_with("ФД 2: "), "{}", told[0].detail);
    assert_eq!(records(&journal).ofd_messages.bits(), 0x86);
    assert_eq!(journal.findings(), []);
}

#[test]
fn what_the_ofd_said_outlives_a_ticket_that_is_only_found_in_the_drive() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receipts = shift(&journal);
    journal.store(ticket(1, says(Some(0), 0))).unwrap();
    journal.store(answered(2, says(Some(11), 0))).unwrap();
    assert_eq!(found(&journal, ALL), [2], "before the drive has its ticket");
    assert_eq!(journal.state(receipts[0]), ReceiptState::Fiscalized);
    // The program stopped between 26h and its record: the drive tells the sign alone.
    journal.store(ticket(2, OfdAnswer::default())).unwrap();
    let row = journal.reader.receipt(receipts[0]).unwrap().unwrap();
    assert_eq!(row.document.unwrap().ofd, says(Some(11), 0));
    assert!(row.reason.unwrap().contains("code 11"));

    // A ticket that the drive did not take does not count against the one that it took.
    journal.store(answered(3, says(Some(14), 0x02))).unwrap();
    journal.store(ticket(3, says(Some(0), 0))).unwrap();
    assert_eq!(found(&journal, ALL), [2]);
    // What comes after the ticket is no news.
    journal.store(answered(3, says(Some(14), 0x02))).unwrap();
    assert_eq!(found(&journal, ALL), [2]);
}
