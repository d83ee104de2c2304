//! Each call made to fail in turn, a disk that runs full, one that stays broken: an error comes
//! back, and what was committed is there.

mod book;

use book::{Book, SAFE, Settings, live};
use faulty_disk::{Disk, Faults, When};
use rusqlite::ErrorCode;

const TRANSACTIONS: usize = 12;

fn none() -> Faults {
    Faults::default()
}

/// By name: the faults, and how many of them a disk has counted.
type Kind = (&'static str, fn(When) -> Faults, fn(&Disk) -> u64);

const KINDS: [Kind; 6] = [
    (
        "read",
        |fail_read| Faults {
            fail_read,
            ..none()
        },
        |disk| disk.counts().failed_reads,
    ),
    (
        "write",
        |fail_write| Faults {
            fail_write,
            ..none()
        },
        |disk| disk.counts().failed_writes,
    ),
    (
        "short write",
        |short_write| Faults {
            short_write,
            ..none()
        },
        |disk| disk.counts().short_writes,
    ),
    (
        "truncate",
        |fail_truncate| Faults {
            fail_truncate,
            ..none()
        },
        |disk| disk.counts().failed_truncates,
    ),
    (
        "sync",
        |fail_sync| Faults {
            fail_sync,
            ..none()
        },
        |disk| disk.counts().failed_syncs,
    ),
    (
        "delete",
        |fail_delete| Faults {
            fail_delete,
            ..none()
        },
        |disk| disk.counts().failed_deletes,
    ),
];

#[test]
fn each_call_that_fails_in_turn_leaves_what_was_committed() {
    let book = Book::new(4, TRANSACTIONS);
    let rollback = Settings {
        journal_mode: "delete",
        synchronous: "extra",
    };
    for settings in [SAFE, rollback] {
        for (kind, faults, struck) in KINDS {
            let (mut number, mut errors) = (0, 0);
            for seed in 0.. {
                let disk = Disk::new(seed);
                disk.set_faults(faults(When::At(number)));
                let (committed, outcome) = live(&book, &disk, settings, 0);
                if struck(&disk) == 0 {
                    break;
                }
                errors += u64::from(outcome.is_err());
                assert!(outcome.is_err() || committed == book.last());
                // The program ends: alone, or because the power is cut.
                let end: fn(&Disk) = [Disk::kill_programs, Disk::restart][seed as usize % 2];
                end(&disk);
                let story = format!("{settings:?}: {kind} {number} fails, {outcome:?}");
                book.assert_found(&disk, settings, committed, &story);
                number += seed % 2;
            }
            let never = kind == "truncate" || kind == "delete" && settings.journal_mode == "wal";
            assert!(
                number > 3 && errors > 3 || never,
                "{settings:?}: {kind}: {number}, {errors}"
            );
        }
    }
}

#[test]
fn a_disk_that_stays_broken_does_not_go_unnoticed() {
    let book = Book::new(5, TRANSACTIONS);
    for (kind, faults, struck) in KINDS {
        if !["write", "short write", "sync"].contains(&kind) {
            continue;
        }
        for number in 0..15 {
            let disk = Disk::new(number);
            disk.set_faults(faults(When::From(number)));
            let (committed, outcome) = live(&book, &disk, SAFE, 0);
            let error = outcome.expect_err(kind);
            let expected = match kind {
                "short write" => ErrorCode::DiskFull,
                _ => ErrorCode::SystemIoFailure,
            };
            assert_eq!(error.sqlite_error_code(), Some(expected), "{kind} {number}");
            assert!(struck(&disk) > 0);
            disk.restart();
            let story = format!("{kind} fails from {number} on");
            book.assert_found(&disk, SAFE, committed, &story);
        }
    }
}

#[test]
fn a_full_disk_refuses_and_the_work_goes_on_when_there_is_room() {
    let book = Book::new(6, TRANSACTIONS);
    let mut refused = 0;
    for room in (0..100).map(|pages| pages * 5_000) {
        let disk = Disk::new(room);
        disk.set_faults(Faults {
            full_after_bytes: Some(room),
            ..none()
        });
        let (committed, outcome) = live(&book, &disk, SAFE, 0);
        let used: usize = disk
            .files()
            .iter()
            .filter_map(|name| disk.read_file(name))
            .map(|bytes| bytes.len())
            .sum();
        assert!(used as u64 <= room, "{used} bytes in {room}");
        if let Err(error) = outcome {
            assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DiskFull));
            assert!(disk.counts().full_writes > 0);
            refused += 1;
        }
        book.assert_found(&disk, SAFE, committed, &format!("{room} bytes"));
        let found = book.found(&disk, SAFE).unwrap();
        assert_eq!(live(&book, &disk, SAFE, found), (book.last(), Ok(())));
        assert_eq!(book.found(&disk, SAFE), Ok(book.last()));
    }
    assert!((20..100).contains(&refused), "{refused} were too small");
}
