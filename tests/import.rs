//! Files of payments with the real program: loaded by the command and by the watched folder, and
//! each payment printed once, whatever is killed meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod rig;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Datelike, Days, NaiveDate};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rig::{Rig, Variant, until};

const ACCOUNTS: u64 = 20;

/// Yesterday in Greenwich: no later than today anywhere.
fn yesterday() -> NaiveDate {
    let now: DateTime<chrono::Utc> = SystemTime::now().into();
    now.date_naive().checked_sub_days(Days::new(1)).unwrap()
}

/// A registry of payments of these sums, kopecks: each has a sum of its own.
fn registry(sums: impl Iterator<Item = u64> + Clone) -> String {
    let date = yesterday();
    let date = format!("{:02}-{:02}-{}", date.day(), date.month(), date.year());
    let roubles = |kopecks: u64| format!("{},{:02}", kopecks / 100, kopecks % 100);
    let mut text = String::new();
    for sum in sums.clone() {
        let (account, sum_text) = (sum % ACCOUNTS, roubles(sum));
        text.push_str(&format!(
            "{date};00-00-00;1;V;op-{sum};{account};;;;{sum_text};{sum_text};0,00;5\r\n"
        ));
    }
    let (count, all) = (sums.clone().count(), roubles(sums.sum()));
    text + &format!("={count};{all};{all};0,00;1;{date}\r\n")
}

/// The totals of the receipts in the drives; none stands there twice.
fn printed(rig: &Rig) -> BTreeSet<u64> {
    rig.settle();
    let mut totals = BTreeSet::new();
    for drive in &rig.drives {
        for document in rig.dump(drive) {
            if let Some(total) = document["total"].as_u64() {
                assert!(totals.insert(total), "{total} is printed twice");
            }
        }
    }
    totals
}

fn start() -> Rig {
    let variant = Variant {
        timing: "none",
        ..Variant::default()
    };
    Rig::start(2, ACCOUNTS as usize, variant)
}

fn folder(rig: &Rig) -> PathBuf {
    rig.drives[0].state.parent().unwrap().to_owned()
}

#[test]
fn a_load_that_is_killed_is_repeated_and_prints_each_payment_once() {
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64;
    println!("seed {seed}");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut rig = start();
    let mut expected = BTreeSet::new();
    for round in 0..6_u64 {
        let sums = (0..50).map(move |row| 10_000 + round * 1_000 + row);
        expected.extend(sums.clone());
        let file = registry(sums);
        let caller = rig.caller();
        let body = file.clone();
        let first = thread::spawn(move || caller.request("POST", "imports?name=a.txt", &body));
        thread::sleep(Duration::from_millis(u64::from(chance.next_u32() % 80)));
        rig.kill_daemon();
        // It may have been answered, or not.
        let _ = first.join().unwrap();
        rig.start_daemon();
        let (status, answer) = rig.request("POST", "imports?name=b.txt", &file).unwrap();
        assert!(matches!(status, 200 | 201), "{answer}");
        assert_eq!(answer["accepted"], 50, "all or nothing: {answer}");
    }
    assert_eq!(printed(&rig), expected);
    assert!(rig.run(&["check"]).contains("all is well"));
}

#[test]
fn the_command_tells_what_a_file_becomes_and_which_lines_are_to_blame() {
    let rig = start();
    let path = folder(&rig).join("реестр.txt");
    let file = registry(10_000..10_005);
    fs::write(&path, &file).unwrap();
    let path = path.display().to_string();
    let command = ["import", "payments", &path, "--by", "Кассир"];
    let look = rig.run(&[&command[..], &["--dry-run"]].concat());
    assert!(
        look.contains("nothing was stored") && look.contains("5 receipts"),
        "{look}"
    );
    let loaded = rig.run(&command);
    assert!(loaded.contains("loaded as import 1"), "{loaded}");
    let again = rig.run(&command);
    assert!(
        again.contains("loaded before as import 1") && again.contains("Кассир"),
        "{again}"
    );

    fs::write(&path, file.replace(";100,00;100,00;", ";100,0x;100,00;")).unwrap();
    let (is_well, said) = rig.try_run(&command);
    assert!(
        !is_well && said.contains("line 1, paid: «100,0x» is no sum"),
        "{said}"
    );
    assert_eq!(printed(&rig), (10_000..10_005).collect());
}

#[test]
fn the_watched_folder_takes_whole_files_and_puts_the_result_beside_them() {
    let mut rig = start();
    let inbox = folder(&rig).join("inbox");
    rig.kill_daemon();
    let table = format!("[statements]\ninbox = {inbox:?}\ninbox_seconds = 1\n[journal]");
    rig.change_config("[journal]", &table);
    rig.start_daemon();

    // A file that grows is not taken before it is there whole.
    let file = registry(20_000..20_010);
    let (beginning, rest) = file.split_at(file.len() / 2);
    let path = inbox.join("a.txt");
    fs::write(&path, beginning).unwrap();
    fs::write(inbox.join(".hidden"), &file).unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, rest.as_bytes()))
        .unwrap();
    fs::write(inbox.join("b.txt"), "hello").unwrap();
    let moved = |place: &str| inbox.join(place).exists();
    until("both files are moved", || {
        moved("done/a.txt") && moved("refused/b.txt")
    });
    let result = |place: &str| -> serde_json::Value {
        let text = fs::read_to_string(inbox.join(place)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(result("done/a.txt.result.json")["accepted"], 10);
    assert_eq!(result("refused/b.txt.result.json")["code"], "unknown_kind");
    let told = |place: &str| fs::read_to_string(inbox.join(place)).unwrap();
    assert!(told("done/a.txt.txt").contains("loaded as import 1"));
    assert!(told("refused/b.txt.txt").contains("no file of payments"));

    // Killed at any moment, each is printed once and ends in «done».
    for round in 0..3_u64 {
        let sums = 30_000 + round * 100..30_020 + round * 100;
        let name = format!("c{round}.txt");
        fs::write(inbox.join(&name), registry(sums)).unwrap();
        thread::sleep(Duration::from_millis(700 + round * 400));
        rig.kill_daemon();
        rig.start_daemon();
        until("it is moved", || is_done(&inbox, &name));
    }
    let expected = (20_000..20_010)
        .chain(30_000..30_020)
        .chain(30_100..30_120)
        .chain(30_200..30_220);
    assert_eq!(printed(&rig), expected.collect());
}

fn is_done(inbox: &Path, name: &str) -> bool {
    inbox.join("done").join(name).exists() && !inbox.join(name).exists()
}
