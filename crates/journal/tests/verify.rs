//! The check finds what must not be: for each rule a journal that breaks it, and nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use cassette::{Fate, Task};
use rusqlite::Connection;
use world::*;

/// A journal with something in every table: drive 1 has three documents, of which two have
/// tickets, and an intent for a fourth; drive 2 has one document and an intent in doubt.
fn populated(folder: &std::path::Path) -> Journal {
    let journal = Journal::open(folder);
    let receipts: Vec<_> = (0..5)
        .map(|number| journal.queue_receipt(&format!("P{number}")))
        .collect();
    let store = |record| journal.store(record).unwrap();
    store(intent(1, 1, Task::OpenShift));
    store(formed(1, 1, Task::OpenShift));
    for (number, receipt) in (2..).zip(&receipts[..2]) {
        store(intent(1, number, receipt_task(*receipt)));
        store(formed(1, number, receipt_task(*receipt)));
    }
    store(acknowledged(1, 1));
    store(acknowledged(1, 2));
    store(intent(1, 4, receipt_task(receipts[2])));
    store(intent(2, 1, Task::OpenShift));
    store(formed(2, 1, Task::OpenShift));
    store(intent(2, 2, receipt_task(receipts[3])));
    store(void(2, 2, Some(receipts[3]), Fate::Requeue));
    store(intent(2, 2, receipt_task(receipts[3])));
    store(in_doubt(2, 2, receipts[3]));
    assert_eq!(journal.findings(), []);
    journal
}

#[track_caller]
fn check(damage: &str, expected: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let journal = populated(folder.path());
    let database = Connection::open(journal.reader.database()).unwrap();
    // Damage does not ask whether it may.
    database
        .execute_batch("pragma foreign_keys = off; pragma ignore_check_constraints = on;")
        .unwrap();
    database.execute_batch(damage).unwrap();
    drop(database);
    let findings = journal.findings();
    // A state that is changed by hand is at odds with the feed, too: that has a test of its own.
    let about_feed = expected.iter().any(|(invariant, _)| *invariant == "S6");
    let told: Vec<_> = findings
        .iter()
        .map(|it| (it.invariant, it.what.as_str()))
        .filter(|(invariant, _)| about_feed || *invariant != "S6")
        .collect();
    assert_eq!(told.len(), expected.len(), "{damage}: {told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        let fits = told.0 == expected.0 && told.1.contains(expected.1);
        assert!(fits, "{damage}: {told:?} instead of {expected:?}");
    }
}

const LAST_OPERATION: &str = "(select max(id) from operation)";

#[test]
fn a_key_that_belongs_to_two_operations() {
    check(
        "update operation set (key, key_hash) = \
         (select key, key_hash from operation where key = 'P0') where key = 'P4'",
        &[("S1", "the idempotency key «P0» belongs to 2 operations")],
    );
}

#[test]
fn a_key_index_that_would_accept_an_operation_again() {
    check(
        "insert into key_index select key_hash, id from operation where key <> 'P3'; \
         update progress set value = (select max(id) from operation)",
        &[("S1", "the key index does not lead to operation")],
    );
    check(
        "update operation set key_hash = key_hash + 1 where key = 'P4'",
        &[("S1", "is not that of its key «P4»")],
    );
}

#[test]
fn a_formed_receipt_whose_document_is_gone() {
    // The last document of its drive: with one in the middle there is a gap, too.
    check(
        "delete from intent where drive = 1; \
         update receipt set state = 'queued' where state = 'on_drive'; \
         delete from document where drive = 1 and number = 3",
        &[("S1", "is fiscalized, but its document is not there")],
    );
}

#[test]
fn a_document_of_a_receipt_that_is_not_formed() {
    check(
        "update receipt set state = 'held', drive = null, document = null where document = 3",
        &[("S1", "document 3 of drive 9999000000000001 is of receipt")],
    );
}

#[test]
fn receipts_that_are_missing_or_belong_nowhere() {
    let last = format!("delete from receipt where operation = {LAST_OPERATION}");
    check(&last, &[("S2", "has 1 receipts, of which 0 are there")]);
    let far = format!(
        "insert into receipt select id + 100, operation, account, state, reason, order_key, class, \
         correction, tax_system, sign, total, body, tlv, drive, document, cancelled_by, return_of \
         from receipt where operation = {LAST_OPERATION}"
    );
    check(&far, &[("S2", "is not among those of its operation")]);
    let orphan = format!(
        "delete from operation where id = {LAST_OPERATION}; \
         update account set state = '{{\"payer\":\"individual\"}}', opening_saldo = 0, saldo = 0; \
         update operation set delta = 0"
    );
    check(
        &orphan,
        &[
            ("S2", "refers to a row of operation that is not there"),
            ("S2", "is not among those of its operation"),
        ],
    );
}

#[test]
fn receipts_and_intents_that_do_not_fit_together() {
    check(
        "delete from intent where drive = 1",
        &[("S2", "is on_drive, but no intent says where")],
    );
    check(
        "delete from intent where drive = 2",
        &[("S2", "is in_doubt, but no intent says where")],
    );
    check(
        "update receipt set state = 'queued' where state = 'on_drive'",
        &[("S2", "is queued, but there is an intent for it")],
    );
}

#[test]
fn numbers_of_a_drive_with_a_gap() {
    check(
        "delete from document where drive = 1 and number = 1; \
         update document set number = 1 where drive = 1 and number = 2; \
         update receipt set document = 1 where document = 2",
        &[(
            "S3",
            "drive 9999000000000001 has 2 documents with numbers 1…3",
        )],
    );
    check(
        "update intent set number = 6 where drive = 1",
        &[("S3", "has an intent for document 6, its last one is 3")],
    );
}

#[test]
fn a_saldo_that_is_not_what_its_operations_give() {
    check(
        "update account set opening_saldo = 1 where number = 'A0'",
        &[(
            "S4",
            "account A0 has 500 kopecks, its opening and operations give 501",
        )],
    );
    check(
        "update account set saldo = 1 where number = 'A0'",
        &[("S4", "account A0 has 500 kopecks, lists show 1")],
    );
    check(
        "update account set state = json_replace(state, '$.advances[0].amount', 99) where number = 'A0'",
        &[("S4", "account A0 has 499 kopecks")],
    );
    check(
        "update account set state = '{}' where number = 'A3'",
        &[("S4", "account A3 cannot be read")],
    );
    check(
        "insert into operation select id + 500, 'P9', -1, body_hash, type, null, 7, body, records, 0, \
         api_key, effects from operation where key = 'P4'",
        &[
            ("S4", "moves 7 kopecks, but on no account"),
            ("S1", "is not that of its key «P9»"),
        ],
    );
}

#[test]
fn what_is_cancelled_and_has_left_something_behind() {
    check(
        "insert into cancellation select id, 1, 'Кассир', 'опечатка' from operation where key = 'P4'; \
         insert into unidentified select key, '2026-11-20', '{}', id from operation where key = 'P4'; \
         insert into offset_line (close, event, date, account, service, period, vat, amount, \
         closed_by) select '2026-11', 'C1', '2026-11-20', 'A0', 'INET', '2026-11', '22', 1, id \
         from operation where key = 'P4'; \
         update receipt set cancelled_by = (select id from operation where key = 'P4') \
         where document = 2",
        &[
            ("S2", "is queued, but its operation"),
            ("S4", "payment «P4» waits to be identified, but"),
            ("S4", "stands in the receipt of operation"),
            ("S4", "is taken back by operation"),
            ("S4", "account A0 has 500 kopecks"),
        ],
    );
}

#[test]
fn a_feed_that_tells_something_else() {
    check(
        "delete from event where state = 'in_doubt'",
        &[("S6", "is in_doubt, but the last event of it says on_drive")],
    );
    check(
        "insert into event select id + 1000, receipt, 'held', null from event \
         where state = 'in_doubt'",
        &[("S6", "is in_doubt, but the last event of it says held")],
    );
    check(
        "insert into callback select id, 'https://example.ru/', 'v1' from operation where key = 'P0'",
        &[("S6", "are settled, but its callback is owed to nobody")],
    );
    check(
        "insert into receiver (id, kind, name) values (1, 'webhook', 'billing'); \
         insert into delivery (id, receiver, lane, event, receipt, state, since, next_at) \
         select id + 2000, 1, 1, id + 1000, id, 'waiting', 0, 0 from receipt where state = 'queued'",
        &[("S6", "a letter tells of event")],
    );
}

#[test]
fn tickets_out_of_order_or_at_odds_with_the_receipt() {
    check(
        "update document set ticket = x'00', acknowledged_at = 1 where drive = 1 and number = 3; \
         update receipt set state = 'acknowledged' where document = 3; \
         update document set ticket = null, acknowledged_at = null where drive = 1 and number = 1",
        &[(
            "S5",
            "drive 9999000000000001: document 2 is acknowledged before 1",
        )],
    );
    check(
        "update receipt set state = 'acknowledged' where document = 3",
        &[("S5", "is acknowledged, its document 3 has no ticket")],
    );
    check(
        "update receipt set state = 'fiscalized' where document = 2",
        &[("S5", "is fiscalized, its document 2 has a ticket")],
    );
}

#[test]
fn a_file_that_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let journal = populated(folder.path());
    let path = journal.reader.database();
    drop(journal);
    let database = Connection::open(&path).unwrap();
    let number = |sql: &str| {
        database
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let page = number("select rootpage from sqlite_schema where name = 'receipt'") as usize;
    let size = number("pragma page_size") as usize;
    database.close().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(page - 1) * size..page * size].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();

    let findings = journal::Reader::new(journal::Store::in_folder(folder.path())).verify();
    let findings = findings.unwrap().findings;
    assert!(!findings.is_empty());
    for finding in findings {
        assert!(
            finding.what.contains("the database file is damaged"),
            "{finding:?}"
        );
    }
}

#[test]
fn of_many_findings_of_a_kind_a_hundred_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    journal.submit(
        (0..150)
            .map(|number| payment(&format!("P{number}"), 0, 1))
            .collect(),
    );
    let database = Connection::open(journal.reader.database()).unwrap();
    database
        .execute_batch("pragma foreign_keys = off; delete from receipt")
        .unwrap();
    let findings = journal.findings();
    assert_eq!(findings.len(), journal::FINDINGS_MAX + 1);
    assert_eq!(findings.last().unwrap().what, "and 50 more of this kind");
}

/// The writer goes on while the check reads: it sees one state, in which everything fits.
#[test]
fn a_journal_at_work_is_checked_in_one_state() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..60 {
                let receipt = journal.queue_receipt(&format!("P{number}"));
                journal
                    .store(intent(1, number + 1, receipt_task(receipt)))
                    .unwrap();
                journal
                    .store(formed(1, number + 1, receipt_task(receipt)))
                    .unwrap();
                journal.store(acknowledged(1, number + 1)).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Release);
        });
        while !done.load(std::sync::atomic::Ordering::Acquire) {
            let verified = journal.reader.verify().unwrap();
            assert_eq!(verified.findings, []);
            assert!(verified.documents <= verified.receipts);
        }
    });
}
