//! What cannot be restored is refused or held with a reason, and nothing is half done.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::{
    archive::receipts,
    plan::{self, class, comes_to, rows},
    provider::{Payment, account, payment, registry, today},
    rig::{Caller, Rig, Variant},
};

const ACCOUNTS: usize = 3;

/// Two drives and three accounts.
fn start(variant: Variant) -> (Rig, Caller) {
    let variant = Variant {
        timing: "none",
        ..variant
    };
    let rig = Rig::start(2, 0, variant);
    let caller = rig.caller_with("accountant", "read,push,correct");
    for index in 0..ACCOUNTS {
        let path = format!("accounts/{}", account(index));
        assert_eq!(caller.request("PUT", &path, "{}").unwrap().0, 201);
    }
    (rig, caller)
}

/// So many days ago.
fn ago(days: u64) -> NaiveDate {
    today() - Days::new(days)
}

/// Payments of a registry: number, account, day, kopecks.
fn payments(told: &[(u32, usize, NaiveDate, i64)]) -> Vec<Payment> {
    let payment = |(number, index, day, kopecks): &(u32, usize, NaiveDate, i64)| Payment {
        number: number.to_string(),
        account: account(*index),
        day: *day,
        kopecks: *kopecks,
    };
    told.iter().map(payment).collect()
}

fn file(payments: &[Payment]) -> String {
    registry(&payments.iter().collect::<Vec<_>>())
}

/// Runs a plan to its end.
fn carried_out(rig: &Rig, caller: &Caller, draft: &Value) -> Value {
    plan::approve(rig, draft);
    let id = draft["id"].to_string();
    let run = ["run", &id, "--pace", "at-once", "--detach", "--by", "Анна"];
    plan::order(rig, &run);
    let done = comes_to(caller, &draft["id"], "done");
    rig.settle();
    done
}

#[test]
fn a_registry_that_does_not_add_up_is_no_plan_and_spoils_the_good_ones_beside_it() {
    let (rig, caller) = start(Variant::default());
    let days = (ago(60), ago(30));
    let good = file(&payments(&[
        (1, 0, ago(50), 10_000),
        (2, 1, ago(49), 20_000),
    ]));
    let last = good.lines().last().unwrap();
    let cut: String = good
        .lines()
        .take(1)
        .map(|line| format!("{line}\r\n"))
        .collect();
    let wrong = [
        (good.replace("300,00;300,00", "300,01;300,00"), "300.01"),
        (good.replace("=2;", "=3;"), "3 payments"),
        (cut, "totals"),
        (format!("{good}{last}\r\n"), "totals"),
        (good.replace("200,00;200,00", "200,00;2OO,00"), "2OO"),
        (String::new(), ""),
    ];
    for (place, (wrong, told)) in wrong.into_iter().enumerate() {
        assert_ne!(wrong, good, "{told}");
        let files = plan::write(&rig, &format!("wrong{place}"), &[good.clone(), wrong]);
        let (is_well, said) = plan::try_lost(&rig, days, &files);
        assert!(!is_well, "{said}");
        assert!(said.contains(told), "«{told}» is not told: {said}");
    }
    let (_, listed) = caller.request("GET", "restorations", "").unwrap();
    assert_eq!(listed, json!([]), "no plan is left behind");
    assert!(receipts(&rig).is_empty());
    // The good one alone is a plan.
    let files = plan::write(&rig, "good", &[good]);
    assert_eq!(
        class(&plan::lost(&rig, days, &files), "missing"),
        (2, 30_000)
    );
}

#[test]
fn a_payment_stands_in_one_plan_only_and_is_restored_once_by_whichever_way() {
    let (rig, caller) = start(Variant::default());
    let (all, days) = ((ago(60), ago(30)), (ago(60), ago(45)));
    let early = payments(&[(1, 0, ago(50), 10_000), (2, 1, ago(46), 20_000)]);
    let late = payments(&[(3, 2, ago(40), 30_000)]);
    let both = [&early[..], &late[..]].concat();
    let files = plan::write(&rig, "all", &[file(&both)]);

    // Periods overlap: what stands in one plan is no row of another; what is of other days is told.
    let first = plan::lost(&rig, days, &files);
    assert_eq!(class(&first, "missing"), (2, 30_000));
    assert_eq!(class(&first, "outside"), (1, 30_000));
    let second = plan::lost(&rig, all, &files);
    assert_eq!(class(&second, "missing"), (1, 30_000));
    assert_eq!(class(&second, "refused"), (2, 30_000));
    let refused = rows(&caller, &second["id"]);
    let refused = refused
        .iter()
        .find(|row| row["class"] == "refused")
        .unwrap();
    let named = format!("restoration {}", first["id"]);
    assert!(
        refused["reason"].as_str().unwrap().contains(&named),
        "{refused}"
    );

    // One of the second plan is loaded as an ordinary registry before the plan runs.
    let loaded = caller.request("POST", "imports?name=late.txt&by=tester", &file(&late));
    let (status, loaded) = loaded.unwrap();
    assert_eq!((status, &loaded["accepted"]), (201, &json!(1)), "{loaded}");
    carried_out(&rig, &caller, &second);
    carried_out(&rig, &caller, &first);
    let mut sums: Vec<i64> = receipts(&rig).iter().map(|it| it.total).collect();
    sums.sort_unstable();
    assert_eq!(sums, [10_000, 20_000, 30_000], "each is formed once");

    // Once more: everything is there.
    let again = plan::lost(&rig, all, &files);
    assert_eq!(class(&again, "missing"), (0, 0));
    assert_eq!(class(&again, "exists"), (3, 60_000));
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}

/// The receipts of a payment that is formed.
fn paid(caller: &Caller, key: &str, index: usize, kopecks: i64) -> Vec<Value> {
    let body = payment(key, &account(index), ago(20), kopecks).to_string();
    let (status, answer) = caller.request("POST", "operations?wait=30", &body).unwrap();
    assert_eq!(status, 201, "{answer}");
    let id = answer["id"].as_str().unwrap();
    let (_, told) = caller
        .request("GET", &format!("operations/{id}"), "")
        .unwrap();
    told["receipts"].as_array().unwrap().clone()
}

#[test]
fn a_receipt_that_was_corrected_before_is_told_and_left_alone() {
    let (rig, caller) = start(Variant::default());
    let wrong: Vec<String> = (0..2)
        .map(|index| paid(&caller, &format!("p{index}"), index, 12_200)[0]["id"].to_string())
        .map(|id| id.trim_matches('"').to_owned())
        .collect();
    let fix = [
        "receipt",
        "fix",
        &wrong[0],
        "--set",
        "vat=20",
        "--reason",
        "wrong_vat",
    ];
    rig.run(&fix);
    rig.settle();
    let before = receipts(&rig).len();
    let order = [
        "fix",
        &wrong[0],
        &wrong[1],
        "--set",
        "vat=20",
        "--reason",
        "wrong_vat",
    ];
    let order = [&order[..], &["--by", "Анна"]].concat();
    let draft = plan::order(&rig, &order);
    assert_eq!(class(&draft, "corrected").0, 1, "{}", draft["classes"]);
    assert_eq!(class(&draft, "wrong").0, 1, "{}", draft["classes"]);

    // The other one is corrected by hand after the approval: it is not corrected twice.
    plan::approve(&rig, &draft);
    rig.run(&[
        "receipt",
        "fix",
        &wrong[1],
        "--set",
        "kind=cash",
        "--reason",
        "wrong_kind",
    ]);
    let id = draft["id"].to_string();
    plan::order(
        &rig,
        &["run", &id, "--pace", "at-once", "--detach", "--by", "Анна"],
    );
    let done = comes_to(&caller, &draft["id"], "done");
    assert_eq!(done["progress"]["accepted"], 0, "{done}");
    let left = rows(&caller, &draft["id"]);
    for row in &left {
        assert!(!row["reason"].as_str().unwrap().is_empty(), "{row}");
    }
    rig.settle();
    assert_eq!(
        receipts(&rig).len(),
        before + 2,
        "the fix by hand, and nothing else"
    );
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}

#[test]
fn what_was_charged_or_paid_after_the_approval_is_not_formed_as_it_was_approved() {
    let (rig, caller) = start(Variant::default());
    let lost = payments(&[(1, 0, ago(50), 10_000), (2, 1, ago(50), 20_000)]);
    let files = plan::write(&rig, "lost", &[file(&lost)]);
    let days = (ago(60), ago(30));
    let draft = plan::lost(&rig, days, &files);
    // A debt of a month that was over by then: the lost payment would have paid it.
    let month = ago(50 + 62).format("%Y-%m").to_string();
    let charge = json!({"type": "charge", "key": "late", "account": account(0),
        "date": ago(1).to_string(),
        "lines": [{"service": "INET", "period": month, "amount": "40.00"}]});
    let pushed = caller.request("POST", "operations?wait=30", &charge.to_string());
    assert_eq!(pushed.unwrap().0, 201);
    let done = carried_out(&rig, &caller, &draft);
    let progress = &done["progress"];
    assert_eq!(
        (&progress["accepted"], &progress["changed"]),
        (&json!(1), &json!(1)),
        "{done}"
    );
    let changed = rows(&caller, &draft["id"]);
    let changed = changed
        .iter()
        .find(|row| row["state"] == "changed")
        .unwrap();
    assert_eq!(changed["account"], account(0));
    assert!(changed["operation"].is_null(), "{changed}");
    assert!(
        changed["reason"].as_str().unwrap().contains("approved"),
        "{changed}"
    );
    let corrections = || receipts(&rig).iter().filter(|it| it.form == 31).count();
    assert_eq!(corrections(), 1);
    // It comes into the next plan as it is now.
    let next = plan::lost(&rig, days, &files);
    assert_eq!(
        (class(&next, "missing").0, class(&next, "exists").0),
        (1, 1)
    );
    carried_out(&rig, &caller, &next);
    assert_eq!(corrections(), 2);
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}

#[test]
fn a_plan_for_which_the_drives_do_not_suffice_does_not_begin() {
    // Each takes forty documents, of which a tenth is kept and one is its registration.
    let (rig, caller) = start(Variant {
        drive: &["--documents", "40"],
        config: "[cassette]\nreserve_documents = 3",
        ..Variant::default()
    });
    let told: Vec<_> = (0..100)
        .map(|row| {
            (
                row,
                row as usize % ACCOUNTS,
                ago(50),
                1_000 + i64::from(row),
            )
        })
        .collect();
    let days = (ago(60), ago(30));
    let many = plan::write(&rig, "many", &[file(&payments(&told))]);
    let draft = plan::lost(&rig, days, &many);
    assert_eq!(draft["forecast"]["fits"], false, "{}", draft["forecast"]);
    plan::approve(&rig, &draft);
    let id = draft["id"].to_string();
    let run = [
        "restore", "run", &id, "--pace", "at-once", "--detach", "--by", "Анна",
    ];
    let (is_well, said) = rig.try_run(&run);
    assert!(
        !is_well && said.contains("documents are needed, and 70 fit"),
        "{said}"
    );
    let approved = plan::look(&caller, &draft["id"]).unwrap();
    assert_eq!(approved["state"], "approved");
    assert_eq!(approved["progress"]["planned"], 100);
    assert!(receipts(&rig).is_empty(), "nothing is half done");

    // Given up, a smaller part may go.
    let give_up = ["abandon", &id, "--by", "Анна", "--reason", "не хватает ФН"];
    assert_eq!(plan::order(&rig, &give_up)["state"], "abandoned");
    let few = plan::write(&rig, "few", &[file(&payments(&told[..20]))]);
    let draft = plan::lost(&rig, days, &few);
    carried_out(&rig, &caller, &draft);
    assert_eq!(receipts(&rig).len(), 20);
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}

#[test]
fn the_first_trouble_of_a_drive_stops_a_run_until_a_person_has_looked() {
    let (mut rig, caller) = start(Variant {
        config: "[restore]\npacket = 10\n[timeouts]\nfinish_ms = 1500",
        ..Variant::default()
    });
    let told: Vec<_> = (0..200)
        .map(|row| {
            (
                row,
                row as usize % ACCOUNTS,
                ago(50),
                1_000 + i64::from(row),
            )
        })
        .collect();
    let files = plan::write(&rig, "lost", &[file(&payments(&told))]);
    let draft = plan::lost(&rig, (ago(60), ago(30)), &files);
    plan::approve(&rig, &draft);
    let id = draft["id"].to_string();
    let run = ["run", &id, "--pace", "at-once", "--detach", "--by", "Анна"];
    plan::order(&rig, &run);
    rig.drives[1].kill();
    let paused = comes_to(&caller, &draft["id"], "paused");
    let why = paused["why"].as_str().unwrap();
    assert!(why.contains("drives"), "{why}");
    let left = paused["progress"]["planned"].as_u64().unwrap();
    assert!(left > 0, "{paused}");
    // Nobody is told to go on: not even a new start does.
    rig.kill_daemon();
    rig.drives[1].revive();
    rig.start_daemon();
    rig.settle();
    let still = plan::look(&caller, &draft["id"]).unwrap();
    assert_eq!(
        (&still["state"], &still["why"]),
        (&json!("paused"), &paused["why"])
    );
    assert_eq!(still["progress"]["planned"], left);
    plan::order(&rig, &["resume", &id, "--by", "Анна"]);
    comes_to(&caller, &draft["id"], "done");
    rig.settle();
    let mut sums: Vec<i64> = receipts(&rig).iter().map(|it| it.total).collect();
    sums.sort_unstable();
    assert_eq!(sums, (1_000..1_200).collect::<Vec<i64>>());
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}
