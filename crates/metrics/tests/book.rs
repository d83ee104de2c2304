//! `docs/metrics.md` says what the code shows: its table is written from the catalogue.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, env, fmt::Write as _, fs};

use metrics::{CATALOGUE, Figure};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
const BLESS: &str = "KASSETTE_BLESS";
/// The table stands between these lines.
const BEGIN: &str =
    "<!-- The table is written by a test: KASSETTE_BLESS=1 cargo test -p metrics -->\n";
const END: &str = "<!-- The end of the table -->\n";

fn table() -> String {
    let mut table = String::from("| figure | kind | labels | what it is |\n|---|---|---|---|\n");
    for figure in CATALOGUE {
        let names = figure.series();
        // Lines of a histogram are named by their common beginning.
        let name = match &names[..] {
            [one] => one.as_str(),
            several => several[0].trim_end_matches("_bucket"),
        };
        let labels: Vec<String> = figure.labels.iter().map(|it| format!("`{it}`")).collect();
        let (kind, help) = (figure.kind.name(), figure.help.replace('|', "\\|"));
        writeln!(
            table,
            "| `{name}` | {kind} | {} | {help} |",
            labels.join(", ")
        )
        .unwrap();
    }
    table
}

#[test]
fn the_kept_table_is_what_the_code_shows() {
    let kept = fs::read_to_string(FILE).unwrap();
    let (before, rest) = kept.split_once(BEGIN).expect("the table begins");
    let (_, after) = rest.split_once(END).expect("the table ends");
    let said = format!("{before}{BEGIN}{}{END}{after}", table());
    if env::var_os(BLESS).is_some() {
        fs::write(FILE, &said).unwrap();
    }
    let kept = fs::read_to_string(FILE).unwrap();
    assert!(
        kept == said,
        "docs/metrics.md is not what the code shows: `{BLESS}=1 cargo test -p metrics`"
    );
}

#[test]
fn every_figure_has_a_name_of_its_own_and_words() {
    let mut names = BTreeSet::new();
    for Figure {
        name, labels, help, ..
    } in CATALOGUE
    {
        assert!(names.insert(name), "{name} is twice");
        let is_plain = |text: &str| text.bytes().all(|it| it == b'_' || it.is_ascii_lowercase());
        assert!(is_plain(name), "{name}");
        assert!(labels.iter().all(|label| is_plain(label)), "{name}");
        assert!(
            help.chars().next().unwrap().is_uppercase() || help.starts_with('1'),
            "{name}"
        );
        assert!(!help.ends_with('.'), "{name}: {help}");
    }
}
