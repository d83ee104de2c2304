//! The drill: the journal is backed up while payments come in, goes on, is lost, and is put back. The
//! drives know more than the copy then; nothing is fiscalized twice, and everything can be seen.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod rig;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use rig::{Caller, Rig, Variant};
use serde_json::Value;

const ACCOUNTS: u64 = 10;
/// The signature of an order.
const SIGNED: [&str; 4] = ["--by", "A. Engineer", "--reason", "the disk has burnt"];

/// A payment of a sum of its own, in kopecks, so that its document is known by its total; the
/// operation's identifier.
fn pay(caller: &Caller, sum: u64) -> String {
    let body = format!(
        r#"{{"type":"payment","key":"pay-{sum}","account":"{}","parts":[{{"kind":"cashless","amount":"{}.{:02}"}}]}}"#,
        sum % ACCOUNTS,
        sum / 100,
        sum % 100
    );
    let mut answer = None;
    rig::until("a payment is answered", || {
        let Ok((status, body)) = caller.request("POST", "operations", &body) else {
            return false;
        };
        assert!(matches!(status, 201 | 202), "{status} {body}");
        answer = Some(body["id"].as_str().unwrap().to_owned());
        true
    });
    answer.unwrap()
}

/// The documents of all drives that have a total: kopecks → where.
fn held(rig: &Rig) -> BTreeMap<u64, (String, u64)> {
    let mut held = BTreeMap::new();
    for drive in &rig.drives {
        for document in rig.dump(drive) {
            if let Some(total) = document["total"].as_u64() {
                let place = (drive.number.clone(), document["fd"].as_u64().unwrap());
                let twice = held.insert(total, place);
                assert_eq!(twice, None, "two documents for {total} kopecks");
            }
        }
    }
    held
}

/// The documents that the server shows: where → what it says of it.
fn shown(rig: &Rig) -> BTreeMap<(String, u64), Value> {
    let of = |drive: &rig::Drive| {
        let path = format!("documents?limit=1000&fn_number={}", drive.number);
        let (status, page) = rig.request("GET", &path, "").unwrap();
        assert_eq!(status, 200, "{page}");
        let documents = page["items"].as_array().unwrap().clone();
        let place = |it: &Value| (drive.number.clone(), it["fd"].as_u64().unwrap());
        documents
            .into_iter()
            .map(move |it| (place(&it), it))
            .collect::<Vec<_>>()
    };
    rig.drives.iter().flat_map(of).collect()
}

fn restore(rig: &Rig, copy: &Path, more: &[&str]) -> (bool, String) {
    let copy = copy.display().to_string();
    let mut arguments = vec!["backup", "restore", &copy];
    arguments.extend(SIGNED);
    arguments.extend(more);
    rig.try_run(&arguments)
}

fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.display().to_string().ends_with(suffix))
        .collect();
    paths.sort();
    paths
}

#[test]
fn a_journal_that_was_lost_is_put_back_and_the_drives_tell_the_rest() {
    let variant = Variant {
        timing: "real",
        ..Variant::default()
    };
    let mut rig = Rig::start(3, ACCOUNTS as usize, variant);
    let (stop, sums) = (AtomicBool::new(false), AtomicU64::new(10_000));
    let answered: Mutex<BTreeMap<u64, String>> = Mutex::default();
    let mut copy = PathBuf::new();
    let mut before = BTreeSet::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            let caller = rig.caller();
            scope.spawn(|| {
                let caller = caller;
                while !stop.load(Ordering::Relaxed) {
                    let sum = sums.fetch_add(1, Ordering::Relaxed);
                    let id = pay(&caller, sum);
                    answered.lock().unwrap().insert(sum, id);
                }
            });
        }
        let count = || answered.lock().unwrap().len();
        rig::until("payments come in", || count() >= 30);
        before.extend(answered.lock().unwrap().keys().copied());
        let folder = rig.folder().join("copies").display().to_string();
        let made = rig.run(&["backup", "--to", &folder, "--json"]);
        let made: Value = serde_json::from_str(&made).unwrap();
        copy = made["file"].as_str().unwrap().into();
        let then = count();
        rig::until("it goes on", || count() >= then + 30);
        // While the server runs, its journal is not touched.
        let (is_done, said) = restore(&rig, &copy, &["--although-newer"]);
        assert!(
            !is_done && said.contains("in use by another process"),
            "{said}"
        );
        stop.store(true, Ordering::Relaxed);
    });
    let answered = answered.into_inner().unwrap();
    // Receipts that wait when the copy was made are formed since; the drives hold what it cannot know.
    rig.settle();
    let formed = held(&rig);
    assert_eq!(formed.len(), answered.len());

    rig.kill_daemon();
    let (is_done, said) = restore(&rig, &copy, &[]);
    assert!(!is_done && said.contains("--although-newer"), "{said}");
    // The disk has burnt: nothing is left of the journal.
    for name in ["kassette.db", "kassette.db-wal", "kassette.db-shm"] {
        let _ = fs::remove_file(rig.folder().join("journal").join(name));
    }
    let verified = rig_verify(&copy);
    assert!(verified.contains("all is well"), "{verified}");
    let (is_done, said) = restore(&rig, &copy, &[]);
    assert!(is_done, "{said}");

    rig.start_daemon();
    rig.settle();
    // Nothing was formed again, and each document of the drives can be seen.
    assert_eq!(held(&rig), formed);
    let shown = shown(&rig);
    for (total, place) in &formed {
        assert!(
            shown.contains_key(place),
            "the document of {total} kopecks at {place:?}"
        );
    }
    let mut known = 0;
    for (sum, id) in &answered {
        let (status, operation) = rig.request("GET", &format!("operations/{id}"), "").unwrap();
        if status == 404 {
            assert!(!before.contains(sum), "{sum} was answered before the copy");
            // What the copy does not know is there as a found document.
            let found = &shown[&formed[sum]];
            assert_eq!(found["document"], "found", "{found}");
            continue;
        }
        known += 1;
        let receipt = &operation["receipts"][0];
        assert_eq!(receipt["state"], "acknowledged", "{operation}");
        let fd = receipt["document"]["fd"].as_u64().unwrap();
        let drive = receipt["document"]["fn_number"].as_str().unwrap();
        assert_eq!((drive.to_owned(), fd), formed[sum], "{operation}");
    }
    assert!(
        known >= 30 && known < answered.len(),
        "{known} of {}",
        answered.len()
    );
    let (_, history) = rig.request("GET", "history?limit=1000", "").unwrap();
    let said = history.to_string();
    assert!(
        said.contains("journal_restored") && said.contains("burnt"),
        "{said}"
    );
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");

    // And it works on, with a copy of its own.
    let id = pay(&rig.caller(), 9_999);
    rig.settle();
    let (_, operation) = rig.request("GET", &format!("operations/{id}"), "").unwrap();
    assert_eq!(operation["receipts"][0]["state"], "acknowledged");
    let folder = rig.folder().join("copies").display().to_string();
    rig.run(&["backup", "--to", &folder]);
}

fn rig_verify(copy: &Path) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_kassette"))
        .args(["backup", "verify"])
        .arg(copy)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8(said).unwrap()
}

#[test]
fn the_server_backs_itself_up_and_says_so_when_it_cannot() {
    let mut rig = Rig::start(
        1,
        1,
        Variant {
            timing: "none",
            ..Variant::default()
        },
    );
    let copies = rig.folder().join("copies");
    let well = rig.doctor_part("backups");
    assert_eq!(well[0]["grade"], "look", "none are made: {well:?}");
    rig.kill_daemon();
    let table = format!("[backup]\nfolder = {copies:?}\nkeep = 2\n\n[journal]");
    rig.change_config("[journal]", &table);
    // Somebody has put a file where the folder should be.
    fs::write(&copies, "").unwrap();
    rig.start_daemon();
    rig::until("the server says that there is no copy", || {
        rig.daemon_log().contains("the journal is not backed up")
    });
    fs::remove_file(&copies).unwrap();
    rig.kill_daemon();
    rig.start_daemon();
    rig::until("a copy is made by itself", || {
        files(&copies, ".json").len() == 1
    });
    let told = rig.doctor_part("backups");
    let is_well = |it: &Value| it["what"].as_str().unwrap().starts_with("1 copies");
    assert!(
        told.iter().any(|it| it["grade"] == "note" && is_well(it)),
        "{told:?}"
    );

    // By hand there are more, and the oldest go.
    let first = files(&copies, ".db");
    for _ in 0..2 {
        rig.run(&["backup"]);
    }
    let left = files(&copies, ".db");
    assert_eq!(left.len(), 2);
    assert!(!left.contains(&first[0]), "{left:?}");
    let listed = rig.run(&["backup", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["file"].as_str(), left[1].to_str());
}

#[test]
fn a_copy_that_is_not_what_was_proven_is_not_put_back_unless_that_is_said() {
    let mut rig = Rig::start(
        1,
        1,
        Variant {
            timing: "none",
            ..Variant::default()
        },
    );
    let copy = rig.folder().join("by-hand.db");
    let name = copy.display().to_string();
    rig.run(&["backup", "--to", &name]);
    let (is_done, said) = rig.try_run(&["backup", "--to", &name]);
    assert!(!is_done && said.contains("is not overwritten"), "{said}");
    let journal = rig.folder().join("journal").display().to_string();
    let (is_done, said) = rig.try_run(&["backup", "--to", &journal]);
    assert!(
        !is_done && said.contains("the journal's own folder"),
        "{said}"
    );
    rig.kill_daemon();

    // A byte has turned in it.
    let whole = fs::read(&copy).unwrap();
    let mut spoiled = whole.clone();
    let last = spoiled.len() - 1;
    spoiled[last] ^= 1;
    fs::write(&copy, &spoiled).unwrap();
    let said = rig_verify(&copy);
    assert!(said.contains("its SHA-256 is"), "{said}");
    let (is_done, said) = restore(&rig, &copy, &["--although-newer"]);
    assert!(!is_done && said.contains("its SHA-256 is"), "{said}");
    fs::write(&copy, &whole).unwrap();
    // The manifest was lost.
    fs::remove_file(rig.folder().join("by-hand.db.json")).unwrap();
    let (is_done, said) = restore(&rig, &copy, &["--although-newer"]);
    assert!(!is_done && said.contains("there is no manifest"), "{said}");
    let (is_done, said) = restore(&rig, &copy, &["--although-newer", "--although-unproven"]);
    assert!(is_done && said.contains("is kept in"), "{said}");
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}

#[test]
fn a_copy_whose_check_finds_something_is_told_loudly_and_former_ones_stay() {
    let mut rig = Rig::start(
        1,
        2,
        Variant {
            timing: "none",
            ..Variant::default()
        },
    );
    pay(&rig.caller(), 10_000);
    rig.settle();
    let copies = rig.folder().join("copies");
    let to = copies.display().to_string();
    rig.run(&["backup", "--to", &to]);
    rig.kill_daemon();
    let database = rusqlite::Connection::open(rig.folder().join("journal/kassette.db")).unwrap();
    let lost = "update account set saldo = saldo + 1 where number = '0'";
    assert_eq!(database.execute(lost, []).unwrap(), 1);
    drop(database);
    let (is_done, said) = rig.try_run(&["backup", "--to", &to, "--keep", "1"]);
    assert!(
        !is_done && said.contains("not proven") && said.contains("account 0"),
        "{said}"
    );
    assert_eq!(files(&copies, ".db").len(), 1, "the former one stays");
    let unproven = files(&copies, ".unproven");
    assert_eq!(unproven.len(), 1, "whoever looks into it finds it");
    let (is_done, said) = restore(&rig, &unproven[0], &[]);
    assert!(!is_done && said.contains("there is no manifest"), "{said}");
}
