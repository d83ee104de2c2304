//! Restorations in words and tables: of the JSON that the HTTP interface answers.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::answered::{list, shown, table};

/// A list of plans.
pub(super) fn plans(plans: &Value) -> String {
    let plans = list(plans);
    if plans.is_empty() {
        return "nothing was restored or fixed by a plan yet\n".to_owned();
    }
    let mut rows = table(&[
        "plan",
        "what",
        "state",
        "made by",
        "approved by",
        "rows",
        "sum",
    ]);
    for plan in plans {
        rows.add_row([
            shown(&plan["id"]),
            what(plan),
            state(plan),
            shown(&plan["author"]),
            shown(&plan["approved_by"]),
            format!("{} of {}", plan["to_do"], plan["rows"]),
            shown(&plan["amount"]),
        ]);
    }
    format!("{rows}\n")
}

/// One plan with all that is known of it.
pub(super) fn plan(plan: &Value) -> String {
    let mut text = format!(
        "plan {}: {}\nstate: {}\nmade by {}",
        shown(&plan["id"]),
        what(plan),
        state(plan),
        shown(&plan["author"]),
    );
    // Writing into a string does not fail.
    if let Some(by) = plan["approved_by"].as_str() {
        let _ = write!(text, ", approved by {by}");
    }
    let _ = writeln!(text, "\nbasis: {}", basis(&plan["basis"]));
    if let Some(hash) = plan["hash"].as_str() {
        let _ = writeln!(text, "hash: {hash}");
    }
    for file in list(&plan["files"]) {
        let _ = writeln!(
            text,
            "file {}: {} payments of {}, {}, SHA-256 {}",
            shown(&file["name"]),
            file["rows"],
            shown(&file["amount"]),
            shown(&file["kind"]),
            shown(&file["sha256"]),
        );
    }
    text.push_str(&classes(list(&plan["classes"])));
    text.push_str(&totals(list(&plan["totals"])));
    text.push_str(&progress(plan));
    text.push_str(&outlook(plan));
    text
}

/// Its rows.
pub(super) fn rows(page: &Value) -> String {
    let items = list(&page["items"]);
    if items.is_empty() {
        return "no such rows\n".to_owned();
    }
    let mut rows = table(&[
        "row", "class", "state", "day", "account", "sum", "source", "why",
    ]);
    for row in items {
        let mut source = shown(&row["source"]);
        if let Some(operation) = row["operation"].as_str() {
            let _ = write!(source, "\noperation {operation}");
        }
        rows.add_row([
            shown(&row["place"]),
            shown(&row["class"]),
            shown(&row["state"]),
            shown(&row["date"]),
            shown(&row["account"]),
            shown(&row["amount"]),
            source,
            shown(&row["reason"]),
        ]);
    }
    let more = match page["next"] {
        Value::Null => "",
        _ => "there are more: --limit shows them\n",
    };
    format!("{rows}\n{more}")
}

fn what(plan: &Value) -> String {
    match plan["kind"].as_str() {
        Some("lost") => format!(
            "lost payments of {} to {}",
            shown(&plan["from"]),
            shown(&plan["to"])
        ),
        _ => format!(
            "wrong receipts, {}: {}",
            shown(&plan["query"]),
            shown(&plan["change"])
        ),
    }
}

fn state(plan: &Value) -> String {
    match plan["why"].as_str() {
        Some(why) => format!("{}: {why}", shown(&plan["state"])),
        None => shown(&plan["state"]),
    }
}

fn basis(basis: &Value) -> String {
    let mut text = shown(&basis["reason"]);
    for (paper, name) in [("act", "act"), ("order", "order")] {
        if let Some(number) = basis[paper]["number"].as_str() {
            let _ = write!(
                text,
                ", {name} {number} of {}",
                shown(&basis[paper]["date"])
            );
        }
    }
    if let Some(comment) = basis["comment"].as_str() {
        let _ = write!(text, ", {comment}");
    }
    text
}

/// What a class means.
fn meaning(class: &str) -> &'static str {
    match class {
        "missing" => "lost: will be restored",
        "wrong" => "will be fixed",
        "exists" => "known: has its receipt",
        "ambiguous" => "may be known: a person has to look",
        "not_ours" => "nobody knows whose it is",
        "business" => "a transfer of a business: needs no receipt",
        "outside" => "of other days",
        "corrected" => "was corrected before",
        "refused" => "the rules refuse it",
        _ => "",
    }
}

fn classes(classes: &[Value]) -> String {
    if classes.is_empty() {
        return String::new();
    }
    let mut rows = table(&["class", "rows", "sum", "what it means"]);
    for class in classes {
        let name = shown(&class["class"]);
        let meaning = meaning(&name);
        rows.add_row([
            name,
            shown(&class["rows"]),
            shown(&class["amount"]),
            meaning.to_owned(),
        ]);
    }
    format!("{rows}\n")
}

fn totals(totals: &[Value]) -> String {
    if totals.is_empty() {
        return String::new();
    }
    let mut rows = table(&[
        "month",
        "VAT",
        "tax system",
        "paid",
        "before",
        "after",
        "difference",
    ]);
    let both = |it: &Value| format!("{}\nVAT {}", shown(&it["sum"]), shown(&it["vat"]));
    for row in totals {
        rows.add_row([
            shown(&row["month"]),
            shown(&row["vat"]),
            shown(&row["tax_system"]),
            shown(&row["payment"]),
            both(&row["before"]),
            both(&row["after"]),
            both(&row["difference"]),
        ]);
    }
    format!("{rows}\n")
}

fn progress(plan: &Value) -> String {
    let progress = &plan["progress"];
    let count = |name: &str| progress[name].as_u64().unwrap_or(0);
    let mut text = format!(
        "rows: {} to do, {} done, {} changed meanwhile, {} refused\n",
        count("planned"),
        count("accepted"),
        count("changed"),
        count("refused"),
    );
    if count("accepted") > 0 {
        let _ = writeln!(
            text,
            "documents: {} wait, {} need a person, {} formed, {} of them with a ticket of the ОФД",
            count("queued"),
            count("held"),
            count("fiscalized") + count("acknowledged"),
            count("acknowledged"),
        );
    }
    text
}

fn outlook(plan: &Value) -> String {
    let mut text = String::new();
    let forecast = &plan["forecast"];
    if forecast["documents"].as_u64().unwrap_or(0) > 0 {
        let _ = write!(
            text,
            "forecast: {} documents to form, the drives have room for {}",
            forecast["documents"], forecast["room"],
        );
        if let Some(end) = forecast["finish_at"].as_str() {
            let _ = write!(text, ", ready at {end}");
        }
        text.push('\n');
    }
    for reason in list(&forecast["reasons"]) {
        let _ = writeln!(text, "in the way: {}", shown(reason));
    }
    for share in list(&plan["shares"]) {
        let per_mille = share["share_per_mille"].as_u64().unwrap_or(0);
        let _ = write!(
            text,
            "register {}: {} documents in 30 days, {} corrections, {} returns: {}.{} %; {} more fit \
             today",
            shown(&share["rnm"]),
            share["documents"],
            share["corrections"],
            share["returns"],
            per_mille / 10,
            per_mille % 10,
            share["fit_today"],
        );
        if let Some(days) = share["days"].as_u64() {
            let _ = write!(text, ", spread over {days} days");
        }
        text.push('\n');
    }
    text
}
