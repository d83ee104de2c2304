//! A year of a sample provider, lived through the journal as billing, banks, drives and the ОФД would
//! make it, under a fake clock: when all is well, the watch finds nothing; and it finds each of many
//! defects, and nothing besides.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod defects;
mod journal_of_year;
mod provider;

use defects::DEFECTS;
use desk::{Desk, Found};
use provider::{Defects, live};

fn told(found: &[Found]) -> Vec<String> {
    let told = found.iter();
    told.map(|found| format!("{} {}: {}", found.key, found.severity, found.what.1))
        .collect()
}

#[test]
fn a_clean_year_raises_nothing() {
    let year = live(1, &Defects::none());
    let report = Desk::watch_folder(&year.setup, true, Some(year.now())).unwrap();
    let accounts = &report.passes[0];
    assert!(
        accounts.accounts > 100 && accounts.operations > 2_000,
        "it is a year of work"
    );
    assert!(accounts.documents > 2_000, "it is a year of documents");
    assert!(report.found.is_empty(), "{:#?}", told(&report.found));
}

#[test]
fn each_planted_defect_is_found_and_nothing_else() {
    let mut year = live(2, &Defects::all());
    for defect in DEFECTS {
        (defect.tamper)(&mut year);
    }
    let report = Desk::watch_folder(&year.setup, true, Some(year.now())).unwrap();
    let is_of = |found: &Found, of: &[(&str, &str)]| {
        of.iter()
            .any(|(rule, object)| found.rule == *rule && found.key.contains(object))
    };
    for defect in DEFECTS {
        let finds = |it: &&Found| is_of(it, &defect.found[..1]);
        let found = report.found.iter().find(finds);
        assert!(
            found.is_some(),
            "{}: {:#?}",
            defect.name,
            told(&report.found)
        );
    }
    let strange = report.found.iter();
    let strange = strange.filter(|found| !DEFECTS.iter().any(|defect| is_of(found, defect.found)));
    let strange: Vec<Found> = strange.cloned().collect();
    assert!(strange.is_empty(), "{:#?}", told(&strange));
}

#[test]
fn twenty_kinds_of_defects_are_planted() {
    let kinds: std::collections::BTreeSet<&str> =
        DEFECTS.iter().map(|defect| defect.found[0].0).collect();
    assert!(kinds.len() >= 20, "{kinds:?}");
}
