//! Power cuts at every step of SQLite's work. What the settings promise is kept on this disk, and
//! what they do not promise is broken on it: otherwise it would prove nothing.

mod book;

use book::{Book, SAFE, Settings, live};
use faulty_disk::{Counts, Disk};

const TRANSACTIONS: usize = 9;

/// What became of all runs with one kind of settings.
#[derive(Debug, Default)]
struct Toll {
    runs: u64,
    /// A committed transaction was gone.
    lost: u64,
    /// More than the last one was.
    lost_many: u64,
    /// The book was not in the state after any transaction.
    broken: u64,
    /// The first of these.
    story: Option<String>,
}

impl Toll {
    fn add(&mut self, story: &str, committed: usize, found: Result<usize, String>) {
        self.runs += 1;
        match &found {
            Ok(number) if (committed..=committed + 1).contains(number) => return,
            Ok(number) if *number < committed => {
                self.lost += 1;
                self.lost_many += u64::from(number + 1 < committed);
            }
            _ => self.broken += 1,
        }
        self.story
            .get_or_insert_with(|| format!("{story}: {committed} committed, found {found:?}"));
    }
}

/// How the power comes back.
type Restart = fn(&Disk);

/// Cuts the power in every step of writing a book, `draws` times with a random restart and once
/// with each extreme; then, in the random ones, once more while the next program recovers and goes
/// on.
fn cut_everywhere(settings: Settings, make: fn(u64) -> Disk, draws: u64) -> Toll {
    let mut toll = Toll::default();
    let book = Book::new(1, TRANSACTIONS);
    let whole = make(0);
    assert_eq!(live(&book, &whole, settings, 0), (book.last(), Ok(())));
    let mut ways: Vec<(u64, Restart)> = vec![
        (0, Disk::restart_losing_all),
        (0, Disk::restart_keeping_all),
    ];
    ways.extend((0..draws).map(|seed| (seed, Disk::restart as Restart)));
    for step in 0..whole.steps() {
        for (number, (seed, restart)) in ways.iter().enumerate() {
            let disk = make(*seed + step * 1_000);
            disk.cut_power_at(step);
            let (mut committed, outcome) = live(&book, &disk, settings, 0);
            assert!(disk.is_cut(), "step {step} is never reached");
            assert!(
                outcome.is_err() || committed == book.last(),
                "a cut that nobody felt"
            );
            restart(&disk);
            let mut story = format!("cut in step {step}, way {number}");
            if number > 1 {
                let found = book.found(&disk, settings);
                toll.add(&story, committed, found.clone());
                let Ok(found) = found else { continue };
                disk.cut_power_at(disk.steps() + seed * 7 + step % 7);
                committed = live(&book, &disk, settings, found).0;
                restart(&disk);
                story += ", then again";
            }
            toll.add(&story, committed, book.found(&disk, settings));
        }
    }
    toll
}

#[test]
fn nothing_committed_is_lost_with_wal_and_full() {
    for make in [Disk::new as fn(u64) -> Disk, Disk::with_powersafe_overwrite] {
        let toll = cut_everywhere(SAFE, make, 4);
        assert!(
            toll.lost == 0 && toll.broken == 0 && toll.runs > 1_000,
            "{toll:?}"
        );
    }
}

#[test]
fn the_usual_wal_and_normal_loses_what_was_committed_but_breaks_nothing() {
    let settings = Settings {
        synchronous: "normal",
        ..SAFE
    };
    let toll = cut_everywhere(settings, Disk::new, 2);
    assert!(toll.lost_many > 0 && toll.broken == 0, "{toll:?}");
}

#[test]
fn a_rollback_journal_may_lose_the_last_commit_unless_its_deletion_is_synced() {
    let settings = |synchronous| Settings {
        journal_mode: "delete",
        synchronous,
    };
    let toll = cut_everywhere(settings("extra"), Disk::new, 2);
    assert!(toll.lost == 0 && toll.broken == 0, "{toll:?}");
    let toll = cut_everywhere(settings("full"), Disk::new, 2);
    assert!(
        toll.lost > 0 && toll.lost_many == 0 && toll.broken == 0,
        "{toll:?}"
    );
}

#[test]
fn without_syncs_the_book_breaks() {
    let settings = Settings {
        journal_mode: "delete",
        synchronous: "off",
    };
    let toll = cut_everywhere(settings, Disk::new, 2);
    assert!(toll.broken > 0, "{toll:?}");
}

#[test]
fn every_kind_of_damage_comes_about() {
    let mut all = Counts::default();
    let book = Book::new(2, TRANSACTIONS);
    for seed in 0..200 {
        let disk = Disk::new(seed);
        disk.cut_power_at(seed % 60);
        assert!(live(&book, &disk, SAFE, 0).1.is_err());
        disk.restart();
        let counts = disk.counts();
        assert_eq!(counts.power_cuts, 1);
        all.lost_changes += counts.lost_changes;
        all.torn_writes += counts.torn_writes;
        all.spoiled_writes += counts.spoiled_writes;
        all.undone_names += counts.undone_names;
    }
    let kinds = [
        all.lost_changes,
        all.torn_writes,
        all.spoiled_writes,
        all.undone_names,
    ];
    assert!(kinds.iter().all(|kind| *kind > 10), "{all:?}");
}

#[test]
fn the_same_seed_takes_the_same_course() {
    let book = Book::new(3, TRANSACTIONS);
    let run = |seed: u64| {
        let disk = Disk::new(seed);
        let mut found = Vec::new();
        for cut in [31, 40, 55, 60] {
            disk.cut_power_at(disk.steps() + cut);
            let done = found.last().map_or(0, |(_, found)| *found);
            let (committed, _) = live(&book, &disk, SAFE, done);
            disk.restart();
            found.push((committed, book.found(&disk, SAFE).unwrap()));
        }
        (disk.course(), disk.steps(), disk.counts(), found)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
