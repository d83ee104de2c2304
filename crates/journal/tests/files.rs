//! The file: one writer, no newer schema, keys beside a running program.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use std::{path::Path, process::Command, time::Duration};

use journal::{JournalError, KeyRing, NewKey, RateLimit, Reader, Scope, Store, Writer};
use world::*;

const FOLDER: &str = "JOURNAL_TEST_FOLDER";

fn open(folder: &Path) -> journal::Result<Writer> {
    Writer::open(&Store::in_folder(folder), Ledger, |_, _| {})
}

#[test]
fn a_second_writer_is_refused_as_long_as_the_first_one_lives() {
    let folder = tempfile::tempdir().unwrap();
    let writer = open(folder.path()).unwrap();
    for _ in 0..2 {
        let second = open(folder.path());
        assert!(matches!(second, Err(JournalError::InUse(_))), "{second:?}");
    }
    drop(writer);
    open(folder.path()).unwrap();
}

#[test]
fn a_writer_in_another_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let another = |folder: &Path| {
        Command::new(std::env::current_exe().unwrap())
            .args(["the_other_process", "--exact", "--ignored"])
            .env(FOLDER, folder)
            .output()
            .unwrap()
    };
    let writer = open(folder.path()).unwrap();
    let output = another(folder.path());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("InUse"), "{said}");
    drop(writer);
    let output = another(folder.path());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
#[ignore = "it is the other process of a_writer_in_another_process_is_refused"]
fn the_other_process() {
    let folder = std::env::var(FOLDER).unwrap();
    open(Path::new(&folder)).unwrap();
}

#[test]
fn an_empty_file_becomes_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kassette.db"), b"").unwrap();
    let journal = Journal::open(folder.path());
    journal.queue_receipt("P1");
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kassette.db");
    let text = "Договор с оператором фискальных данных. ".repeat(50);
    std::fs::write(&path, &text).unwrap();
    let refused = open(folder.path());
    assert!(
        matches!(refused, Err(JournalError::Database(_))),
        "{refused:?}"
    );
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}

#[test]
fn a_newer_journal_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let path = Store::in_folder(folder.path()).database();
    let database = rusqlite::Connection::open(&path).unwrap();
    // Also its journal mode stays: a newer program may have had a reason.
    database
        .execute_batch("pragma journal_mode = delete; insert into schema_version values (99, 0)")
        .unwrap();
    drop(database);
    let before = std::fs::read(&path).unwrap();

    let store = Store::in_folder(folder.path());
    let newer = |error: JournalError| {
        matches!(
            error,
            JournalError::TooNew {
                found: 99,
                known: 1
            }
        )
    };
    assert!(newer(open(folder.path()).unwrap_err()));
    assert!(newer(KeyRing::open(&store).unwrap_err()));
    assert!(newer(Reader::new(store).verify().unwrap_err()));
    assert!(
        std::fs::read(&path).unwrap() == before,
        "not a byte has changed"
    );
}

#[test]
fn what_is_committed_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let database = rusqlite::Connection::open(Store::in_folder(folder.path()).database()).unwrap();
    let mode: String = database
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let starts: i64 = database
        .query_row("select count(*) from start", [], |row| row.get(0))
        .unwrap();
    assert_eq!(starts, 1);
}

#[test]
fn keys_are_changed_beside_a_running_program() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let inn: terms::Inn = "7802781104".parse().unwrap();
    let check = |ring: &KeyRing, name: &str| {
        let (first, second) = ([name.as_bytes()[0]; 32], [name.as_bytes()[1]; 32]);
        let key = NewKey {
            ranges: vec![
                "10.0.0.0/8".parse().unwrap(),
                "2001:db8::/32".parse().unwrap(),
            ],
            rate: Some(RateLimit {
                per_second: 50,
                burst: 200,
            }),
            expires_at: Some(i64::MAX),
            comment: "биллинг".to_owned(),
            ..NewKey::new(name, first, [Scope::Correct, Scope::Read], inn)
        };
        ring.add(&key).unwrap();
        let again = ring.add(&NewKey::new(name, [0; 32], [Scope::Admin], inn));
        assert!(matches!(again, Err(JournalError::Contradiction { .. })));
        let idle = ring.add(&NewKey::new("idle", [0; 32], [], inn));
        assert!(matches!(idle, Err(JournalError::Contradiction { .. })));
        let row = ring.list().unwrap().pop().unwrap();
        assert_eq!(
            (&row.name, row.scopes.to_string().as_str(), row.organisation),
            (&key.name, "read,correct", inn)
        );
        assert_eq!((&row.ranges, row.rate), (&key.ranges, key.rate));
        assert_eq!(
            (&row.comment, row.expires_at),
            (&key.comment, key.expires_at)
        );
        let secrets = |ring: &KeyRing| ring.list().unwrap().pop().unwrap().secrets;
        assert_eq!(secrets(ring).len(), 1);
        assert!(ring.roll(name, &second, Duration::from_secs(3600)).unwrap());
        let [old, new] = secrets(ring)[..] else {
            panic!("a key that was rolled has two secrets: {:?}", secrets(ring))
        };
        assert_eq!((old.hash, new.hash), (first, second));
        assert!(old.valid_until > Some(row.created_at) && new.valid_until.is_none());
        assert!(ring.revoke(name).unwrap());
        assert!(!ring.revoke(name).unwrap(), "it is revoked already");
        assert!(!ring.roll(name, &[9; 32], Duration::ZERO).unwrap());
        assert!(ring.list().unwrap().pop().unwrap().revoked_at.is_some());
    };
    // Before the first start: the journal is made, and no program can start meanwhile.
    let ring = KeyRing::open(&store).unwrap();
    check(&ring, "alone");
    assert!(matches!(open(folder.path()), Err(JournalError::InUse(_))));
    drop(ring);

    let journal = Journal::open(folder.path());
    check(&KeyRing::open(&store).unwrap(), "beside");
    let known = journal.reader.keys().unwrap();
    assert_eq!(known.len(), 2);
    let used = vec![(known[1].id, 7_000)];
    ask(|reply| journal.writer.note_key_uses(used, reply)).unwrap();
    let earlier = vec![(known[1].id, 5_000)];
    ask(|reply| journal.writer.note_key_uses(earlier, reply)).unwrap();
    let used = journal.reader.keys().unwrap();
    let used: Vec<_> = used.iter().map(|key| key.last_used_at).collect();
    assert_eq!(used, [None, Some(7_000)]);
    let mut sent = payment("P1", 0, 100);
    sent.api_key = Some(known[1].id);
    let id = accepted(&journal.submit_one(sent)).0;
    let stored = journal.reader.operation(id).unwrap().unwrap();
    assert_eq!(stored.sent_by, Some("beside".to_owned()));
    // Nobody's key: a broken reference is refused and leaves no trace.
    let mut stranger = payment("P2", 0, 100);
    stranger.api_key = Some(77);
    assert!(ask(|reply| journal.writer.submit(vec![stranger], reply)).is_err());
    accepted(&journal.submit_one(payment("P2", 0, 100)));
    assert_eq!(journal.findings(), []);
}

/// A write that fails while a new file is switched to the write-ahead log must not leave it in
/// another mode: there a power cut could take the last commit.
#[test]
fn a_file_that_could_not_be_switched_to_the_log_is_not_used() {
    for at in 0.. {
        let disk = faulty_disk::Disk::new(at);
        disk.set_faults(faulty_disk::Faults {
            fail_write: faulty_disk::When::At(at),
            ..faulty_disk::Faults::default()
        });
        let open = || {
            let store = Store::in_vfs(disk.vfs());
            Writer::with_scribe(&store, Ledger, 1, |_, _| {})
        };
        let Ok((writer, scribe)) = open() else {
            continue;
        };
        assert!(
            disk.files().iter().any(|file| file.ends_with("-wal")),
            "write {at} has failed: {:?}",
            disk.files()
        );
        drop((writer, scribe));
        if disk.counts().failed_writes == 0 {
            // No write is left that could fail.
            assert!(at > 3, "only {at} writes");
            break;
        }
    }
}
