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

## What runs them

The watch (`crates/desk/src/watch/`) makes the rows of the rules from the journal and looks by itself:

| pass | when | rules |
|---|---|---|
| full | once a day (`watch.full_at`), at the first start, after a missed hour | of accounts: A01, A02, \
A05, A06, A12, A13, A18, A21, A22, A25; A04, A07, A11, A19, A28 |
| touched | every `watch.every_seconds` when something was accepted | those of accounts, over the \
accounts of new and cancelled operations |
| minute | every minute | A03, A08 with E8, A09, A10, A14, A15, A16, A17, A23, A24, A26 |

`kassette watch run [--full] [--json]` looks from beside the server and prints what it finds and what to
do; `GET /v1/watch` says when each pass was made last. `[watch]` in `config/kassette.toml` explains each
threshold (`watch.thresholds.token_payments.min_periods`).

What the journal does not say is not made up:

* A02 looks only at services that are named in `watch.prepaid`: the journal does not know which have to
  be paid ahead. A month counts as one in which the service was on when something was charged in it, so
  that A25 does not look for «nothing is charged for a service that is on».
* A04 sees receipts that a drive holds and no operation stands behind; money that no bank knows is seen
  by the reconciliation with banks (E1), and A20 altogether.
* A05 and A06 know bank operations by the number in the bank's file or request, where it has at least six
  characters, together with its day: shorter ones are numbered anew each year.
* A07 sees gaps in the journal's numbers; it is over when the drive's archive was compared.
* A10 knows the clock from the drives (behind the last document, or jumped); true time is the host's
  affair (NTP).
* A11 and A28 skip receipts that were undone. Lines whose rate hangs on another day (an advance that goes
  back, a correction) are computed anew at their own rate. Of a drive's registrations the last one is
  known.
* A18 knows of money for a settled service how it came only where the account has ever paid in one kind.
* A19 knows files by kind and profile, and who pays through a bank's request or an API key; cash is not
  waited for.
* A27 has no rows: receipts are delivered by the ОФД, and nobody tells Kassette of it. (Letters to
  webhooks are no deliveries to customers.)
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
            "A04", "A05", "A07", "A12", "A13", "A17", "A18", "A20", "A28"
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
