//! A file of payments is loaded whole or not at all, and a trial leaves no trace.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use journal::{
    ImportFileRow, ImportRow, Imported, NewImport, NewOperation, RowDecided, RowDecision, RowState,
    Submitted,
};
use terms::Kopecks;
use world::{Journal, ask, payment};

fn new_import(byte: u8, keys: &[(&str, u8, i64)]) -> NewImport {
    let operations: Vec<(u32, Kopecks, NewOperation)> = (1..)
        .zip(keys)
        .map(|(line, (key, to, kopecks))| {
            let amount = Kopecks::new(*kopecks).unwrap();
            (line, amount, payment(key, *to, *kopecks))
        })
        .collect();
    NewImport {
        file: ImportFileRow {
            id: 0,
            name: format!("{byte}.txt"),
            sha256: [byte; 32],
            kind: "sberbank".to_owned(),
            profile: "standard".to_owned(),
            loaded_at: 0,
            by: "tester".to_owned(),
            rows: keys.len() as u64,
            amount: Kopecks::ZERO,
            accepted: 0,
            accepted_amount: Kopecks::ZERO,
            duplicates: 0,
            transferred: None,
            order_number: None,
            waiting: 0,
        },
        api_key: None,
        operations,
        rows: Vec::new(),
    }
}

fn row(line: u32, key: &str, state: RowState) -> ImportRow {
    ImportRow {
        line,
        class: "unmatched".to_owned(),
        reason: "nobody".to_owned(),
        key: key.to_owned(),
        date: "2026-01-03".to_owned(),
        amount: Kopecks::new(100).unwrap(),
        account: String::new(),
        number: "1".to_owned(),
        body: "{}".to_owned(),
        state,
        operation: None,
        by: None,
        why: None,
    }
}

fn import(journal: &Journal, new: NewImport, is_trial: bool) -> Imported {
    ask(|reply| journal.writer.import(new, is_trial, reply)).unwrap()
}

fn operations(journal: &Journal) -> u64 {
    journal.reader.tally().unwrap().operations
}

#[test]
fn a_trial_and_a_refused_file_leave_nothing_behind_not_even_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let good = new_import(1, &[("a", 1, 100), ("b", 2, 200)]);
    let trial = import(&journal, good.clone(), true);
    assert!(
        matches!(trial, Imported::Done { receipts: 2, .. }),
        "{trial:?}"
    );

    // The account 77 is not open.
    let bad = new_import(2, &[("a", 1, 100), ("b", 2, 200), ("c", 77, 300)]);
    let Imported::Refused(refused) = import(&journal, bad, false) else {
        panic!("it was not refused")
    };
    let told: Vec<_> = refused
        .iter()
        .map(|(line, why)| (*line, why.code))
        .collect();
    assert_eq!(told, [(3, "unknown_account")]);
    assert_eq!(operations(&journal), 0);
    assert_eq!(journal.reader.imports(10).unwrap(), []);
    assert!(
        journal
            .commits
            .lock()
            .unwrap()
            .iter()
            .all(|(changes, jobs)| { changes.is_empty() && jobs.is_empty() })
    );

    // What was undone is new again.
    let accepted = journal.submit_one(payment("a", 1, 100));
    assert!(
        matches!(accepted, Submitted::Accepted { .. }),
        "{accepted:?}"
    );
    let Imported::Done { file, .. } = import(&journal, good, false) else {
        panic!("it was not loaded")
    };
    assert_eq!((file.accepted, file.duplicates), (1, 1));
    assert_eq!(journal.findings(), []);
}

#[test]
fn the_same_bytes_are_loaded_once_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let mut new = new_import(1, &[("a", 1, 100)]);
    new.rows = vec![
        row(1, "a", RowState::Loaded),
        row(2, "x", RowState::Waiting),
    ];
    let Imported::Done { file, .. } = import(&journal, new.clone(), false) else {
        panic!("it was not loaded")
    };
    assert_eq!(file.waiting, 1);
    drop(journal);
    let journal = Journal::open(folder.path());
    new.file.name = "renamed.txt".to_owned();
    let Imported::Known(known) = import(&journal, new, false) else {
        panic!("it was loaded twice")
    };
    assert_eq!((&*known.name, known.id), ("1.txt", file.id));
    let (_, rows) = journal.reader.import(file.id).unwrap().unwrap();
    assert!(rows[0].operation.is_some() && rows[1].operation.is_none());
    assert_eq!(operations(&journal), 1);
}

#[test]
fn a_row_is_decided_once_and_a_refused_decision_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let mut new = new_import(1, &[]);
    new.rows = vec![
        row(1, "x", RowState::Waiting),
        row(2, "y", RowState::Skipped),
    ];
    let Imported::Done { file, .. } = import(&journal, new, false) else {
        panic!("it was not loaded")
    };
    let decide = |line, operation| {
        let decision = RowDecision {
            import: file.id,
            line,
            operation,
            by: "Кассир".to_owned(),
            why: "звонил".to_owned(),
        };
        ask(|reply| journal.writer.decide_row(decision, reply)).unwrap()
    };
    let refused = decide(1, Some(payment("x", 77, 100)));
    assert!(matches!(refused, RowDecided::Refused(_)), "{refused:?}");
    let RowDecided::Done(done) = decide(1, Some(payment("x", 1, 100))) else {
        panic!("it was not decided")
    };
    assert!(done.operation.is_some());
    for again in [None, Some(payment("x2", 1, 100))] {
        let again = decide(1, again);
        assert!(matches!(again, RowDecided::NotWaiting(_)), "{again:?}");
    }
    // Skipped by the rules: a person may load it, or say that it stays so; then it is settled.
    assert!(matches!(decide(2, None), RowDecided::Done(_)));
    let again = decide(2, Some(payment("y", 1, 100)));
    assert!(matches!(again, RowDecided::NotWaiting(_)), "{again:?}");
    assert_eq!(decide(3, None), RowDecided::Unknown);
    assert_eq!(operations(&journal), 1);
}
