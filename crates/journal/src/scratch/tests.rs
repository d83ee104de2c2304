use super::*;

fn money(key: &str, account: &str, day: &str, source: &str, cashless: i64) -> MoneyRow {
    MoneyRow {
        key: key.to_owned(),
        account: account.to_owned(),
        day: day.to_owned(),
        source: source.to_owned(),
        detail: String::new(),
        cash: 0,
        cashless,
    }
}

fn loose(keys: &[&str], account: &str, day: &str, sum: i64) -> LooseRow {
    LooseRow {
        key: keys[0].to_owned(),
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
        keys_of_account: vec!["7".to_owned()],
        account: account.to_owned(),
        day: day.to_owned(),
        source: "sber".to_owned(),
        reference: keys[0].to_owned(),
        sum,
    }
}

/// Key and sum of each row of a side, by key.
fn side(scratch: &Scratch, wanted: Side) -> Vec<(String, i64)> {
    let rows = |rows: &mut dyn Iterator<Item = SideRow>| {
        rows.map(|row| (row.key, row.sum)).collect::<Vec<_>>()
    };
    scratch
        .compare(0, |left, right| match wanted {
            Side::Left => rows(left),
            Side::Right => rows(right),
        })
        .unwrap()
}

#[test]
fn money_is_found_by_its_keys_then_by_account_day_and_sum() {
    let scratch = Scratch::new().unwrap();
    for row in [
        // A number that came twice: a person has let the second one in.
        money("sber:1", "A", "2026-03-01", "sber", 100),
        money("sber:1/2", "A", "2026-03-01", "sber", 250),
        // Billing's own key; the same key of another account is none of it.
        money("7", "B", "2026-02-28", "bank_registry", 300),
        money("x-1", "C", "2026-03-02", "bank_registry", 500),
        // Taken back: nothing came of it.
        money("x-2", "C", "2026-03-02", "bank_registry", 400),
        money("x-2", "C", "2026-03-02", "bank_registry", -400),
        // Of the days and of the same source, and in no file.
        money("sber:9", "D", "2026-03-03", "sber", 900),
        // Of a source that no file is of, and of another day.
        money("y-1", "D", "2026-03-03", "online", 700),
        money("sber:8", "D", "2026-04-03", "sber", 800),
    ] {
        scratch.add_money(&row).unwrap();
    }
    let kinds = MoneyKinds::Cashless;
    for row in [
        loose(&["sber:1", "sber:1/2"], "A", "2026-03-01", 250),
        loose(&["sber:1", "sber:1/2"], "A", "2026-03-01", 101),
        loose(&["sber:3"], "B", "2026-03-01", 300),
        loose(&["sber:4"], "C", "2026-03-02", 500),
        loose(&["sber:5"], "C", "2026-03-02", 500),
    ] {
        scratch.find(0, kinds, &row).unwrap();
    }
    let sources = vec!["sber".to_owned()];
    let days = ("2026-03-01", "2026-03-31");
    let others = scratch.settle(0, kinds, days, Some(&sources)).unwrap();
    let key = |key: &str| key.to_owned();
    assert_eq!(
        side(&scratch, Side::Left),
        [
            (key("2026-03-01 sber 7"), 300),
            (key("2026-03-01 sber sber:1"), 101),
            (key("2026-03-01 sber sber:1/2"), 250),
            (key("2026-03-02 sber sber:5"), 500),
            (key("2026-03-02 sber x-1"), 500),
        ]
    );
    assert_eq!(
        side(&scratch, Side::Right),
        [
            (key("2026-03-01 sber 7"), 300),
            (key("2026-03-01 sber sber:1"), 100),
            (key("2026-03-01 sber sber:1/2"), 250),
            (key("2026-03-02 sber x-1"), 500),
            (key("2026-03-03 sber sber:9"), 900),
        ]
    );
    assert_eq!(
        others,
        [Uncovered {
            source: key("online"),
            rows: 1,
            sum: 700
        }]
    );
}

#[test]
fn a_row_of_two_files_counts_once() {
    let scratch = Scratch::new().unwrap();
    assert!(!scratch.is_repeated(0, "sber:1", 0).unwrap());
    assert!(scratch.is_repeated(0, "sber:1", 1).unwrap());
    assert!(
        !scratch.is_repeated(1, "sber:1", 1).unwrap(),
        "another equation"
    );
}
