//! Copies of the journal: whole, of one moment, and put back without losing what was there.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use journal::{HistoryOf, JournalError, NewOperation, PutBack, Reader, Store, file_hash};
use world::*;

/// Pages that a copy of the tests takes at the least: several steps.
const PAGES: u64 = 1_000;

fn filled(folder: &Path) -> Journal {
    let journal = Journal::open(folder);
    let batches = (0..).map(|batch| {
        let keys = (0..100).map(move |number| format!("B{batch}-{number}"));
        keys.map(|key| {
            let body = format!("{{\"said\":\"{}\"}}", "x".repeat(8_000));
            let operation = payment(&key, 1, 100);
            NewOperation { body, ..operation }
        })
        .collect::<Vec<_>>()
    });
    for batch in batches {
        journal.submit(batch);
        if journal.reader.growth().unwrap().0 / 4_096 > PAGES {
            return journal;
        }
    }
    unreachable!()
}

fn note(by: &str) -> PutBack {
    PutBack {
        by: by.to_owned(),
        detail: "the copy of noon, because the disk has burnt".to_owned(),
        at: 1_700_000_000_000,
    }
}

#[test]
fn a_copy_is_of_one_moment_while_operations_go_on_being_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    let before = journal.reader.tally().unwrap().operations;
    let copy = folder.path().join("copy of «noon» 50%?.db");
    let (stop, written, steps) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                accepted(&journal.submit_one(payment(&format!("N{number}"), 2, 100)));
                written.fetch_add(1, Ordering::SeqCst);
                if stop.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        let told = |done: u64, all: u64| {
            assert!(done <= all);
            // The writer does not wait for the copy: after each step it has accepted more.
            let seen = written.load(Ordering::SeqCst);
            while written.load(Ordering::SeqCst) == seen {
                std::thread::yield_now();
            }
            steps.fetch_add(1, Ordering::SeqCst);
            true
        };
        journal.reader.copy_to(&copy, told).unwrap();
        stop.store(true, Ordering::SeqCst);
    });
    assert!(
        steps.load(Ordering::SeqCst) > 2,
        "it took several steps, each once"
    );
    let copied = Reader::new(Store::of_copy(&copy));
    assert_eq!(copied.verify().unwrap().findings, []);
    let of_copy = copied.tally().unwrap().operations;
    let now = journal.reader.tally().unwrap().operations;
    assert!((before..now).contains(&of_copy), "{before} {of_copy} {now}");
    let (extent, newer) = (copied.extent().unwrap().unwrap(), journal.reader.extent());
    assert!(extent.last < newer.unwrap().unwrap().last);
    // Reading it has left nothing beside it.
    let names = fs::read_dir(folder.path()).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("copy")).count(), 1);
}

#[test]
fn a_copy_that_is_given_up_or_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    let copy = folder.path().join("copy.db");
    let given_up = journal.reader.copy_to(&copy, |_, _| false);
    assert!(
        matches!(given_up, Err(JournalError::Stopped)),
        "{given_up:?}"
    );
    // Its rest does not pass for a journal, and is not overwritten.
    let rest = Reader::new(Store::of_copy(&copy));
    let is_one = rest.verify().is_ok_and(|it| it.findings.is_empty());
    assert!(!is_one || rest.extent().unwrap().is_none());
    let again = journal.reader.copy_to(&copy, |_, _| true);
    assert!(matches!(again, Err(JournalError::File { .. })), "{again:?}");
    let nowhere = folder.path().join("nowhere/copy.db");
    journal.reader.copy_to(&nowhere, |_, _| true).unwrap_err();
}

#[test]
fn a_copy_that_is_put_back_is_the_journal_and_the_former_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    journal.queue_receipt("before");
    let copy = folder.path().join("copy.db");
    journal.reader.copy_to(&copy, |_, _| true).unwrap();
    journal.queue_receipt("after");

    let (store, aside) = (Store::in_folder(folder.path()), folder.path().join("aside"));
    let while_open = store.put_back(&copy, &aside, &note("Ольга"));
    assert!(
        matches!(while_open, Err(JournalError::InUse(_))),
        "{while_open:?}"
    );
    // The machine has died: what was accepted last stands in the log alone.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["kassette.db", "kassette.db-wal"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    assert!(
        fs::metadata(crashed.path().join("kassette.db-wal"))
            .unwrap()
            .len()
            > 0
    );
    drop(journal);

    let store = Store::in_folder(crashed.path());
    let aside = crashed.path().join("aside");
    store.put_back(&copy, &aside, &note("Ольга")).unwrap();
    let find = |folder: &Path, key: &str| {
        let journal = Journal::open(folder);
        assert_eq!(journal.findings(), []);
        let found = ask(|reply| journal.writer.find_key(key.to_owned(), reply)).unwrap();
        found.is_some()
    };
    assert!(find(crashed.path(), "before") && !find(crashed.path(), "after"));
    assert!(find(&aside, "after"), "the former journal is whole");
    let history = Reader::new(store)
        .history(HistoryOf {
            limit: 100,
            ..HistoryOf::default()
        })
        .unwrap();
    let entry = history
        .iter()
        .find(|entry| entry.what == "journal_restored")
        .unwrap();
    assert_eq!(entry.by.as_deref(), Some("Ольга"));
    assert!(entry.detail.contains("burnt") && entry.at == 1_700_000_000_000);
    // The copy itself is as it was.
    assert_eq!(
        Reader::new(Store::of_copy(&copy))
            .verify()
            .unwrap()
            .findings,
        []
    );
}

#[test]
fn a_journal_that_is_gone_or_damaged_is_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    journal.queue_receipt("before");
    let copy = folder.path().join("copy.db");
    journal.reader.copy_to(&copy, |_, _| true).unwrap();
    let hash = file_hash(&copy).unwrap();
    for damage in [None, Some("no database at all"), Some("")] {
        let lost = tempfile::tempdir().unwrap();
        if let Some(text) = damage {
            fs::write(lost.path().join("kassette.db"), text).unwrap();
            fs::write(lost.path().join("kassette.db-wal"), text).unwrap();
        }
        let (store, aside) = (Store::in_folder(lost.path()), lost.path().join("aside"));
        store.put_back(&copy, &aside, &note("Ольга")).unwrap();
        let kept = fs::read_to_string(aside.join("kassette.db")).ok();
        assert_eq!(kept.as_deref(), damage);
        let journal = Journal::open(lost.path());
        assert_eq!(journal.findings(), []);
        assert_eq!(journal.reader.tally().unwrap().operations, 1);
    }
    assert_eq!(file_hash(&copy).unwrap(), hash);
}
