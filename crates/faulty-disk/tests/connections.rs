//! Several connections to one disk, at once and one after another's death.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod book;

use std::{thread, time::Duration};

use book::{Book, FILE, SAFE, Settings, live, open};
use faulty_disk::Disk;
use rusqlite::{Connection, ErrorCode};

const ROLLBACK: Settings = Settings {
    journal_mode: "delete",
    synchronous: "extra",
};

/// Moves the log into the database; whether somebody was in the way.
fn checkpoint(connection: &Connection) -> bool {
    let busy: i64 = connection
        .query_row("pragma wal_checkpoint(truncate)", (), |row| row.get(0))
        .unwrap();
    busy != 0
}

fn log_size(disk: &Disk) -> usize {
    disk.read_file(&format!("{FILE}-wal")).unwrap().len()
}

#[test]
fn a_reader_keeps_its_view_and_a_checkpoint_waits_for_it() {
    let disk = Disk::new(1);
    let book = Book::new(7, 6);
    let mut writer = open(&disk, SAFE).unwrap();
    let reader = open(&disk, SAFE).unwrap();
    for number in 1..=3 {
        book.commit(&mut writer, number).unwrap();
    }
    writer.busy_timeout(Duration::ZERO).unwrap();

    let view = reader.unchecked_transaction().unwrap();
    let seen = |connection: &Connection| -> i64 {
        connection
            .query_row("select number from last", (), |row| row.get(0))
            .unwrap()
    };
    assert_eq!(seen(&view), 3);
    book.commit(&mut writer, 4).unwrap();
    assert_eq!((seen(&view), seen(&writer)), (3, 4));
    assert!(checkpoint(&writer), "the reader still needs the log");
    assert_eq!(seen(&view), 3);
    view.commit().unwrap();

    assert_eq!(book.read(&reader), Ok(4));
    assert!(!checkpoint(&writer));
    assert_eq!(log_size(&disk), 0);
    assert_eq!(book.read(&reader), Ok(4), "now from the database itself");
}

#[test]
fn one_writes_at_a_time() {
    for settings in [SAFE, ROLLBACK] {
        let disk = Disk::new(2);
        let book = Book::new(8, 4);
        let (mut one, mut other) = (
            open(&disk, settings).unwrap(),
            open(&disk, settings).unwrap(),
        );
        book.commit(&mut one, 1).unwrap();
        other.busy_timeout(Duration::ZERO).unwrap();
        one.execute_batch("begin immediate").unwrap();
        let refused = book.commit(&mut other, 2).unwrap_err();
        assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
        one.execute_batch("commit").unwrap();
        book.commit(&mut other, 2).unwrap();
        assert_eq!(book.read(&one), Ok(2), "{settings:?}");
    }
}

#[test]
fn readers_on_other_threads_see_whole_transactions_in_their_order() {
    for settings in [SAFE, ROLLBACK] {
        let disk = Disk::new(3);
        let book = Book::new(9, 80);
        let mut writer = open(&disk, settings).unwrap();
        book.commit(&mut writer, 1).unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let reader = open(&disk, settings).unwrap();
                    let mut last = 0;
                    while last < book.last() {
                        let seen = book.read(&reader).unwrap();
                        assert!(seen >= last, "{seen} after {last}");
                        last = seen;
                    }
                });
            }
            assert_eq!(book.write(&mut writer, 1), (book.last(), Ok(())));
        });
    }
}

#[test]
fn connections_of_a_dead_program_fail_and_touch_nothing() {
    for settings in [SAFE, ROLLBACK] {
        for end in [Disk::restart as fn(&Disk), Disk::kill_programs] {
            let disk = Disk::new(4);
            let book = Book::new(10, 8);
            let mut idle = open(&disk, settings).unwrap();
            assert_eq!(book.write(&mut idle, 0).0, 8);
            let mut fresh = open(&disk, settings).unwrap();
            let writing = open(&disk, settings).unwrap();
            // More than its memory holds: it has written already.
            writing
                .execute_batch("begin; update entry set content = randomblob(9000);")
                .unwrap();
            end(&disk);

            // The next program lives at the same time, and is in the midst of something.
            let mut next = open(&disk, settings).unwrap();
            assert_eq!(book.read(&next), Ok(8));
            let transaction = next.transaction().unwrap();
            transaction
                .execute("update last set number = 7", ())
                .unwrap();
            let (steps, files) = (disk.steps(), disk.snapshot());
            assert!(book.read(&idle).is_err());
            assert!(book.commit(&mut idle, 8).is_err());
            assert!(book.commit(&mut fresh, 8).is_err());
            assert!(writing.execute_batch("commit").is_err());
            drop((idle, writing, fresh));
            assert_eq!(
                (disk.steps(), disk.snapshot()),
                (steps, files),
                "{settings:?}"
            );
            transaction.rollback().unwrap();
            assert_eq!(book.read(&next), Ok(8));
        }
    }
}

#[test]
fn without_power_nothing_can_be_opened_read_or_written() {
    let disk = Disk::new(5);
    let book = Book::new(11, 5);
    let mut connection = open(&disk, SAFE).unwrap();
    book.commit(&mut connection, 1).unwrap();
    disk.cut_power();
    assert!(disk.is_cut());
    let failed = book.commit(&mut connection, 2).unwrap_err();
    assert_eq!(failed.sqlite_error_code(), Some(ErrorCode::SystemIoFailure));
    assert!(book.read(&connection).is_err());
    assert!(open(&disk, SAFE).is_err());
    disk.restart();
    assert!(!disk.is_cut());
    assert_eq!(book.found(&disk, SAFE), Ok(1));
}

#[test]
fn yesterdays_copy_takes_the_place_of_all_files() {
    let disk = Disk::new(6);
    let (day, week) = (Book::new(12, 5), Book::new(12, 9));
    let mut connection = open(&disk, SAFE).unwrap();
    assert_eq!(day.write(&mut connection, 0).0, 5);
    let copy = disk.snapshot();
    assert_eq!(week.write(&mut connection, 5).0, 9);
    disk.restore(&copy);
    assert!(week.read(&connection).is_err(), "its program is gone");
    assert_eq!(week.found(&disk, SAFE), Ok(5));
    assert_eq!(live(&week, &disk, SAFE, 5), (9, Ok(())));
}

#[test]
fn a_connection_that_outlives_its_disk_fails() {
    let disk = Disk::new(7);
    let book = Book::new(13, 2);
    let mut connection = open(&disk, SAFE).unwrap();
    book.commit(&mut connection, 1).unwrap();
    let vfs = disk.clone().vfs().to_owned();
    drop(disk);
    assert!(book.read(&connection).is_err());
    assert!(Connection::open_with_flags_and_vfs(FILE, Default::default(), vfs.as_str()).is_err());
}
