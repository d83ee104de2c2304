//! Six months of one bank never reached the books, and come back: each payment as one document,
//! although the server is killed five times on the way and drives are pulled out.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    archive::{Document, receipts},
    dossier::Dossier,
    plan,
    provider::{Payment, Provider, account, payment, registry, today},
    rig::{Caller, Rig, Variant},
};

/// Lost payments, unless `KASSETTE_LOST` says how many.
const LOST: usize = 1_000;
/// Operations in one request.
const BATCH: usize = 500;
/// Payments that are pushed while corrections wait.
const URGENT: usize = 12;

/// The installation, and what is known about what was lost.
struct Story {
    rig: Rig,
    caller: Caller,
    provider: Provider,
    /// The most that anything here takes.
    patience: Duration,
    began: Instant,
}

impl Story {
    /// The provider's ordinary life: half a year of charges and payments, journaled and formed.
    fn begin(lost: usize) -> Self {
        let seed = std::env::var("KASSETTE_SEED").ok();
        let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(17);
        println!("KASSETTE_SEED={seed}, {lost} lost payments");
        let packet = (lost / 20).clamp(10, 500);
        let config = format!("[restore]\npacket = {packet}\n[timeouts]\nfinish_ms = 1500\n");
        let variant = Variant {
            timing: "none",
            config: config.leak(),
            ..Variant::default()
        };
        let provider = Provider::of(seed, lost);
        let rig = Rig::start(4, 0, variant);
        let story = Self {
            caller: rig.caller_with("accountant", "read,push,correct"),
            rig,
            provider,
            patience: Duration::from_secs(60 + lost as u64 / 20),
            began: Instant::now(),
        };
        story.open_accounts();
        story.push(&story.provider.pushed);
        // One day's registry was not lost: it was loaded as any other.
        for known in &story.provider.known {
            let file = registry(&[known]);
            let path = "imports?name=known.txt&by=tester";
            let (status, loaded) = story.caller.request("POST", path, &file).unwrap();
            assert_eq!((status, &loaded["accepted"]), (201, &json!(1)), "{loaded}");
        }
        story.all_formed();
        story.tell("its ordinary life is formed");
        story
    }

    fn open_accounts(&self) {
        let open = |index: usize| {
            let path = format!("accounts/{}", account(index));
            assert_eq!(self.caller.request("PUT", &path, "{}").unwrap().0, 201);
        };
        (0..self.provider.accounts + URGENT).for_each(open);
    }

    /// Pushes operations, all of which are accepted.
    fn push(&self, operations: &[Value]) {
        for batch in operations.chunks(BATCH) {
            let body = Value::from(batch).to_string();
            let (status, answers) = self.caller.request("POST", "operations", &body).unwrap();
            assert_eq!(status, 200, "{answers}");
            for answer in answers.as_array().unwrap() {
                assert!(answer["id"].is_string(), "{answer}");
            }
        }
    }

    fn until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let end = Instant::now() + self.patience;
        while !condition() {
            assert!(
                Instant::now() < end,
                "{:?} were not enough: {what}",
                self.patience
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until nothing waits for a drive or the ОФД.
    fn all_formed(&self) {
        self.until("everything is formed and acknowledged", || {
            let Ok((200, cassette)) = self.caller.request("GET", "cassette", "") else {
                return false;
            };
            let is_done = |slot: &Value| slot["unacknowledged"] == 0 && slot["state"] == "ready";
            cassette["waiting"] == 0 && cassette["slots"].as_array().unwrap().iter().all(is_done)
        });
    }

    /// How a restoration stands as soon as it is so.
    fn once(&self, what: &str, id: &Value, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Value::Null;
        self.until(what, || {
            seen = plan::look(&self.caller, id).unwrap_or_default();
            !seen.is_null() && is_so(&seen)
        });
        seen
    }

    fn tell(&self, what: &str) {
        println!("{:>7.1} s: {what}", self.began.elapsed().as_secs_f64());
    }

    /// kill -9 once so many rows are accepted; it goes on by itself.
    fn kill_at(&mut self, id: &Value, rows: u64) {
        let plan = self.once("rows are accepted", id, |plan| accepted(plan) >= rows);
        assert_eq!(plan["state"], "running", "{plan}");
        self.rig.kill_daemon();
        self.rig.start_daemon();
        self.tell(&format!(
            "the server was killed at {} rows",
            accepted(&plan)
        ));
    }
}

fn accepted(plan: &Value) -> u64 {
    plan["progress"]["accepted"].as_u64().unwrap()
}

/// Looked at and approved by another person.
fn planned(story: &Story) -> Value {
    let (rig, provider) = (&story.rig, &story.provider);
    let files = plan::write(rig, "registry", &provider.registries());
    let before = receipts(rig).len();
    let started = Instant::now();
    let draft = plan::lost(rig, provider.days(), &files);
    story.tell(&format!(
        "planned in {:.2} s",
        started.elapsed().as_secs_f64()
    ));
    let lost: i64 = provider.lost.iter().map(|payment| payment.kopecks).sum();
    let known: i64 = provider.known.iter().map(|payment| payment.kopecks).sum();
    for (name, expected) in [
        ("missing", (provider.lost.len() as u64, lost)),
        ("exists", (provider.known.len() as u64, known)),
        ("ambiguous", (1, provider.alike.kopecks)),
        ("not_ours", (6, 6 * 12_300)),
    ] {
        assert_eq!(
            plan::class(&draft, name),
            expected,
            "{name}: {}",
            draft["classes"]
        );
    }
    let (id, hash) = (draft["id"].to_string(), draft["hash"].as_str().unwrap());
    let own = ["restore", "approve", &id, "--hash", hash, "--by", "Анна"];
    let (is_well, said) = rig.try_run(&own);
    assert!(!is_well && said.contains("Анна"), "{said}");
    assert_eq!(plan::approve(rig, &draft)["state"], "approved");
    assert_eq!(receipts(rig).len(), before, "a plan forms nothing");
    draft
}

/// Pushes ordinary payments while no drive is there and corrections wait; says after which documents
/// of each drive they came.
fn push_while_corrections_wait(story: &mut Story, id: &Value) -> BTreeMap<String, u64> {
    for drive in &mut story.rig.drives {
        drive.kill();
    }
    let packet = (story.provider.lost.len() / 20).clamp(10, 500) as u64;
    story.once("corrections wait for the drives", id, |plan| {
        let count = |name: &str| plan["progress"][name].as_u64().unwrap();
        count("queued") + count("held") >= packet / 2
    });
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for drive in &story.rig.drives {
        last.insert(drive.number.clone(), story.rig.dump(drive).len() as u64);
    }
    let first = story.provider.accounts;
    let urgent: Vec<Value> = (first..first + URGENT)
        .map(|index| payment(&format!("urgent-{index}"), &account(index), today(), 4_200))
        .collect();
    story.push(&urgent);
    for drive in &mut story.rig.drives {
        drive.revive();
    }
    story.tell("ordinary payments came while all drives were away");
    last
}

/// Of what each drive has formed since, the ordinary payments come first: but for the correction that
/// it was about, and one that was passed over three times.
fn judge_urgent(documents: &[Document], since: &BTreeMap<String, u64>) {
    let mut found = 0;
    for (drive, last) in since {
        let new = documents
            .iter()
            .filter(|it| it.drive == *drive && it.fd > *last);
        let is_urgent: Vec<bool> = new.map(|it| it.form == 3 && it.total == 4_200).collect();
        let urgent = is_urgent.iter().filter(|it| **it).count();
        found += urgent;
        let end = is_urgent
            .iter()
            .rposition(|it| *it)
            .map_or(0, |last| last + 1);
        let corrections = end - urgent;
        assert!(
            corrections <= 1 + urgent.div_ceil(3),
            "drive {drive}: {corrections} corrections stand before the last of {urgent} payments"
        );
    }
    assert_eq!(found, URGENT);
}

/// Each lost payment is one correction of its day, and there is none else.
fn judge_corrections<'a>(provider: &Provider, documents: &'a [Document]) -> Vec<&'a Document> {
    let days: BTreeMap<i64, &Payment> = provider.lost.iter().map(|it| (it.kopecks, it)).collect();
    let corrections: Vec<&Document> = documents.iter().filter(|it| it.form == 31).collect();
    let mut seen = BTreeSet::new();
    for document in &corrections {
        assert!(
            seen.insert(document.total),
            "{} kopecks are formed twice",
            document.total
        );
        let day = document.settled_on().unwrap();
        assert_eq!(day, days[&document.total].day.to_string());
        assert!(document.is_acknowledged);
    }
    assert_eq!(seen, provider.sums());
    corrections
}

#[test]
fn six_lost_months_come_back_once_whatever_is_killed() {
    let lost = std::env::var("KASSETTE_LOST").ok();
    let lost: usize = lost.map_or(LOST, |lost| lost.parse().unwrap());
    let mut story = Story::begin(lost);
    let id = planned(&story)["id"].clone();
    let share = |part: usize| (lost * part / 10) as u64;

    // The first half goes on whatever drives do.
    let run = json!({"pace": "at-once", "limit": lost / 2, "pause_on": {"drive_error": false}});
    let path = format!("restorations/{id}/run");
    let (status, running) = story
        .caller
        .request("POST", &path, &run.to_string())
        .unwrap();
    assert_eq!(
        (status, &running["state"]),
        (200, &json!("running")),
        "{running}"
    );
    let started = Instant::now();
    story.kill_at(&id, share(1));
    let since = push_while_corrections_wait(&mut story, &id);
    story.kill_at(&id, share(2));
    let paused = story.once("half is done", &id, |plan| plan["state"] == "paused");
    assert_eq!(accepted(&paused), (lost / 2) as u64, "{paused}");

    // The second half goes on while a drive is away.
    let resumed = plan::order(&story.rig, &["resume", &id.to_string(), "--by", "Анна"]);
    assert_eq!(resumed["state"], "running", "{resumed}");
    story.kill_at(&id, share(6));
    story.rig.drives[2].kill();
    story.once("the others go on", &id, |plan| accepted(plan) >= share(7));
    story.rig.drives[2].revive();
    story.tell("a drive was away");
    story.kill_at(&id, share(8));
    story.kill_at(&id, share(9));
    let done = story.once("it is done", &id, |plan| plan["state"] == "done");
    assert_eq!(accepted(&done), lost as u64, "{done}");
    story.all_formed();
    let seconds = started.elapsed().as_secs_f64();
    story.tell(&format!("done: {lost} rows in {seconds:.1} s"));
    judge(&story, &id, &since);
}

/// What came of it, as the drives, the journal, the papers and another plan tell it.
fn judge(story: &Story, id: &Value, since: &BTreeMap<String, u64>) {
    let Story {
        rig,
        caller,
        provider,
        ..
    } = story;
    let lost = provider.lost.len();
    let documents = receipts(rig);
    let corrections = judge_corrections(provider, &documents);
    judge_urgent(&documents, since);
    let rows = plan::rows(caller, id);
    let in_state = |state: &str| rows.iter().filter(|row| row["state"] == state).count();
    assert_eq!(
        (in_state("accepted"), in_state("aside")),
        (lost, rows.len() - lost)
    );
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
    story.tell("the journal is checked");

    let zip = rig.folder().join("report.zip");
    rig.run(&[
        "restore",
        "report",
        &id.to_string(),
        "--zip",
        zip.to_str().unwrap(),
    ]);
    let bytes = std::fs::read(&zip).unwrap();
    story.tell(&format!("papers of {} KiB", bytes.len() / 1024));
    Dossier::open(bytes).agrees_with(&corrections);

    // Nothing is lost any more.
    let files = plan::write(rig, "again", &provider.registries());
    let again = plan::lost(rig, provider.days(), &files);
    assert_eq!(
        plan::class(&again, "missing"),
        (0, 0),
        "{}",
        again["classes"]
    );
    let known = (lost + provider.known.len()) as u64;
    assert_eq!(plan::class(&again, "exists").0, known);
    assert_eq!(receipts(rig).len(), documents.len());
    story.tell("judged");
}
