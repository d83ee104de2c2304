//! `docs/flk.md` says what the code checks: it is written from the code's own tables.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{env, fmt::Write as _, fs, path::Path};

use ffd::{
    Condition, Form, Obligation, Presence, Tag, ValueKind, all_tags,
    check::{ENUMERATIONS, Severity, rules},
};
use terms::FfdVersion;

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/flk.md");
const BLESS: &str = "KASSETTE_BLESS";

/// Forms with the same tables, and what stands over them.
const FORMS: [(&str, Form); 9] = [
    ("Form 1: registration report", Form::Registration),
    (
        "Form 11: report on changed parameters (what form 1 has, and)",
        Form::RegistrationChange,
    ),
    ("Form 2: open shift report", Form::OpenShift),
    ("Form 21: current state report", Form::CurrentState),
    ("Forms 3 and 4: receipt, БСО", Form::Receipt),
    (
        "Forms 31 and 41: correction receipt, correction БСО",
        Form::Correction,
    ),
    ("Form 5: close shift report", Form::CloseShift),
    (
        "Form 6: report on the closing of a drive",
        Form::CloseArchive,
    ),
    (
        "Form 7: operator's confirmation",
        Form::OperatorConfirmation,
    ),
];

const INTRO: &str = "\
# Format-logic control (ФЛК)

What Kassette checks before a document goes to a drive, and what `ffd::check` finds in a stored
document of any drive. An **error** keeps a receipt from being accepted; a **warning** is for
somebody to look at. Each violation names its rule, the path of the tag (`1059[2]/1214` is tag 1214
of the second line), the byte it begins at and the value found.

This page is generated from the tables of the code (`crates/ffd/src/check/rules.rs`,
`check/values.rs`, `protocol-fixtures/ffd/tags.tsv`). After a change there, run
`KASSETTE_BLESS=1 cargo test -p ffd --test book`.
";

#[test]
fn the_page_on_format_control_says_what_the_code_checks() {
    let page = page();
    if env::var_os(BLESS).is_some() {
        fs::create_dir_all(Path::new(BOOK).parent().unwrap()).unwrap();
        fs::write(BOOK, &page).unwrap();
    }
    let written = fs::read_to_string(BOOK).unwrap_or_default();
    let differs = page
        .lines()
        .zip(written.lines())
        .find(|(new, old)| new != old);
    assert!(
        written == page,
        "docs/flk.md is not what the code says; write it anew with \
         `{BLESS}=1 cargo test -p ffd --test book`. The first difference: {differs:#?}"
    );
}

fn page() -> String {
    let mut page = String::from(INTRO);
    write_rules(&mut page);
    write_values(&mut page);
    write_conditions(&mut page);
    write_obligations(&mut page);
    page
}

fn write_rules(page: &mut String) {
    page.push_str("\n## Rules\n\n| id | what must hold | severity | source |\n|---|---|---|---|\n");
    for rule in rules::ALL {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(
            page,
            "| `{}` | {} | {severity} | {} |",
            rule.id, rule.title, rule.source
        )
        .unwrap();
    }
}

fn write_values(page: &mut String) {
    page.push_str(
        "\n## Values\n\nWhat single values are held to.\n\n\
         | tag | name | allowed | rule |\n|---|---|---|---|\n",
    );
    for held in ENUMERATIONS {
        let title = held.tag.info().map_or("", |info| info.title);
        let (tag, allowed, rule) = (held.tag.0, &held.allowed, held.rule.id);
        writeln!(page, "| {tag} | {title} | {allowed} | `{rule}` |").unwrap();
    }
}

fn write_conditions(page: &mut String) {
    page.push_str(
        "\n## Conditions\n\n\
         The texts of the order's notes are not in our sources. What they mean is inferred from the\n\
         tags that share a note; where that does not help, the tag counts as optional.\n\n\
         | condition | the tag is required when |\n|---|---|\n",
    );
    for condition in Condition::ALL {
        writeln!(page, "| {} | {condition} |", condition.name()).unwrap();
    }
}

fn write_obligations(page: &mut String) {
    page.push_str(
        "\n## Obligations\n\n\
         Electronic form / printed form: 1 required, 2 required under conditions, 3 optional,\n\
         0 absent, – not in the table. In brackets the notes of the order's tables. The marking\n\
         messages (forms 81…84) go to another system and are held to their tables only.\n",
    );
    for (title, form) in FORMS {
        let in_form_1 =
            |tag: Tag| form == Form::RegistrationChange && has(tag, Form::Registration, None);
        write_table(page, title, form, None, in_form_1);
    }
    for list in all_tags().filter(|info| info.kind == ValueKind::List) {
        let forms = FORMS.iter().map(|(_, form)| *form);
        let mut filled =
            forms.filter(|form| all_tags().any(|info| has(info.tag, *form, Some(list.tag))));
        if let Some(form) = filled.next() {
            let title = format!("Inside {}: {}", list.tag.0, list.title);
            write_table(page, &title, form, Some(list.tag), |_| false);
        }
    }
}

fn has(tag: Tag, form: Form, parent: Option<Tag>) -> bool {
    FfdVersion::ALL
        .iter()
        .any(|ffd| obligation(tag, *ffd, form, parent).is_some())
}

fn obligation(
    tag: Tag,
    ffd: FfdVersion,
    form: Form,
    parent: Option<Tag>,
) -> Option<&'static Obligation> {
    tag.info()?.obligation(ffd, form, parent)
}

fn write_table(
    page: &mut String,
    title: &str,
    form: Form,
    parent: Option<Tag>,
    is_known: impl Fn(Tag) -> bool,
) {
    writeln!(page, "\n### {title}\n").unwrap();
    page.push_str("| tag | name | 1.05 | 1.1 | 1.2 | condition |\n|---|---|---|---|---|---|\n");
    for info in all_tags() {
        if !has(info.tag, form, parent) || is_known(info.tag) {
            continue;
        }
        let cells = [FfdVersion::V1_05, FfdVersion::V1_1, FfdVersion::V1_2]
            .map(|ffd| obligation(info.tag, ffd, form, parent));
        let [v105, v11, v12] = cells.map(cell);
        let (tag, title, when) = (info.tag.0, info.title, when(&cells));
        writeln!(
            page,
            "| {tag} | {title} | {v105} | {v11} | {v12} | {when} |"
        )
        .unwrap();
    }
}

fn cell(obligation: Option<&Obligation>) -> String {
    let Some(it) = obligation else {
        return "–".to_owned();
    };
    let mut cell = format!("{}/{}", it.electronic.digit(), it.printed.digit());
    if !it.notes.is_empty() {
        write!(cell, " [{}]", it.notes).unwrap();
    }
    cell
}

/// The conditions of a row: one for all versions that have it.
fn when(cells: &[Option<&Obligation>]) -> String {
    let cells = cells.iter().flatten();
    let mut words: Vec<&str> = cells
        .filter_map(|it| match (it.electronic, it.condition) {
            (_, Some(condition)) => Some(condition.name()),
            (Presence::Conditional, None) => Some("not known: optional"),
            _ => None,
        })
        .collect();
    words.dedup();
    words.join("; ")
}
