//! `docs/audit.md` says which rules there are: it is written from the code's own tables.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{env, fmt::Write as _, fs};

use audit::{EQUATIONS, RULES, Thresholds};

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit.md");
const BLESS: &str = "KASSETTE_BLESS";

const INTRO: &str = "\
# Reconciliation and monitoring

Which differences and patterns `crates/audit` knows how to find (receipt rules §5). A difference is
never written off by the program: it becomes an incident with the rows that do not match.

This page is generated from the tables of the code (`crates/audit/src/rule.rs`, `equation.rs`,
`thresholds.rs`). After a change there, run `KASSETTE_BLESS=1 cargo test -p audit --test book`.
";

#[test]
fn the_page_on_the_audit_says_what_the_code_finds() {
    let page = page();
    if env::var_os(BLESS).is_some() {
        fs::write(BOOK, &page).unwrap();
    }
    let written = fs::read_to_string(BOOK).unwrap_or_default();
    assert!(
        written == page,
        "docs/audit.md is not what the code says; write it anew with \
         `{BLESS}=1 cargo test -p audit --test book`"
    );
}

#[test]
fn thresholds_are_told_for_the_rules_that_have_them() {
    let thresholds = Thresholds::default();
    let first = thresholds.of(audit::RuleId::A01);
    assert_eq!(
        first[..2],
        [
            ("min_periods", "3".to_owned()),
            ("token_abs", "100.00".to_owned())
        ]
    );
    let none: Vec<&str> = RULES
        .iter()
        .filter(|rule| thresholds.of(rule.id).is_empty())
        .map(|rule| rule.id.name())
        .collect();
    assert_eq!(
        none,
        [
            "A04", "A05", "A07", "A12", "A13", "A17", "A18", "A20", "A28", "K01"
        ]
    );
}

fn page() -> String {
    let mut page = String::from(INTRO);
    page.push_str("\n## Equations\n\n| id | what | left | right | every | rule |\n");
    page.push_str("|---|---|---|---|---|---|\n");
    for equation in EQUATIONS {
        let (title, left, right) = (equation.title.1, equation.left.1, equation.right.1);
        let (id, every, rule) = (equation.id, equation.every, equation.rule);
        writeln!(
            page,
            "| {id} | {title} | {left} | {right} | {every} | {rule} |"
        )
        .unwrap();
    }
    let thresholds = Thresholds::default();
    page.push_str("\n## Rules\n");
    for rule in RULES {
        writeln!(page, "\n### {}. {}\n", rule.id, rule.title.1).unwrap();
        writeln!(page, "{}. Severity: {}.\n", rule.title.0, rule.severity).unwrap();
        writeln!(page, "Needs: {}.\n", rule.needs.1).unwrap();
        let limits = thresholds.of(rule.id);
        if !limits.is_empty() {
            let limits: Vec<String> = limits
                .iter()
                .map(|(name, value)| format!("`{name}` = {value}"))
                .collect();
            writeln!(page, "Thresholds: {}.\n", limits.join(", ")).unwrap();
        }
        writeln!(page, "What to do: {}", rule.advice.1).unwrap();
    }
    page
}
