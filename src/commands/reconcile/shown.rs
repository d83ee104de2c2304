//! Reconciliations in words and tables: of the JSON that the HTTP interface answers.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::answered::{list as elements, shown, table};

/// A list of reconciliations.
pub(super) fn list(answer: &Value) -> String {
    let all = elements(answer);
    if all.is_empty() {
        return "nothing was compared yet\n".to_owned();
    }
    let mut rows = table(&[
        "id",
        "from",
        "to",
        "state",
        "by",
        "compared",
        "do not agree",
    ]);
    for one in all {
        rows.add_row(
            ["id", "from", "to", "state", "by", "compared", "broken"].map(|name| shown(&one[name])),
        );
    }
    format!("{rows}\n")
}

/// How far one has come.
pub(super) fn progress(progress: &Value) -> String {
    let step = match progress["step"].as_str().unwrap_or_default() {
        "drives" => "drives are read",
        "journal" => "the journal is read",
        "money" => "money is looked for",
        "equations" => "both sides are compared",
        "documents" => "documents and tickets are looked at",
        "archives" => "archives are compared",
        _ => "files are read",
    };
    match (progress["done"].as_u64(), progress["of"].as_u64()) {
        (Some(done), Some(of)) if of > 0 => format!("{step}: {done} of {of}"),
        _ => step.to_owned(),
    }
}

/// One with a page of its rows.
pub(super) fn one(one: &Value, page: &Value) -> String {
    let mut text = format!(
        "reconciliation {} of {}…{}: {}\n",
        one["id"],
        shown(&one["from"]),
        shown(&one["to"]),
        shown(&one["state"]),
    );
    // Writing into a string does not fail.
    if let Some(why) = one["why"].as_str() {
        let _ = writeln!(text, "{why}");
    }
    let results = elements(&one["results"]);
    if results.is_empty() {
        return text;
    }
    let mut sides = table(&[
        "",
        "left",
        "rows",
        "sum",
        "right",
        "rows",
        "sum",
        "difference",
        "",
    ]);
    for result in results {
        let object = result["object"].as_str();
        let equation = shown(&result["equation"]);
        let verdict = match result["holds"].as_bool() {
            Some(true) => "agrees".to_owned(),
            _ => format!("DIFFERS in {} rows", result["mismatches"]),
        };
        sides.add_row([
            object.map_or(equation.clone(), |object| format!("{equation} {object}")),
            shown(&result["left"]["title_en"]),
            shown(&result["left"]["rows"]),
            shown(&result["left"]["amount"]),
            shown(&result["right"]["title_en"]),
            shown(&result["right"]["rows"]),
            shown(&result["right"]["amount"]),
            shown(&result["difference"]),
            verdict,
        ]);
    }
    let _ = writeln!(text, "{sides}");
    for result in results {
        for note in elements(&result["notes"]) {
            let what = note["what"].as_str().map(|what| format!(" {what}"));
            let _ = writeln!(
                text,
                "{}: not compared: {}{}: {} rows of {}",
                shown(&result["equation"]),
                shown(&note["code"]),
                what.unwrap_or_default(),
                note["rows"],
                shown(&note["amount"]),
            );
        }
    }
    text.push_str(&rows(one, page));
    text
}

fn rows(one: &Value, page: &Value) -> String {
    let items = elements(&page["items"]);
    if items.is_empty() {
        return String::new();
    }
    let equation = |place: &Value| {
        let results = elements(&one["results"]);
        let found = results.iter().find(|result| result["result"] == *place);
        found.map_or_else(String::new, |result| shown(&result["equation"]))
    };
    let mut rows = table(&[
        "", "what", "account", "day", "source", "number", "left", "right", "",
    ]);
    for row in items {
        rows.add_row([
            equation(&row["result"]),
            shown(&row["kind"]),
            shown(&row["account"]),
            shown(&row["day"]),
            shown(&row["source"]),
            shown(&row["reference"]),
            shown(&row["left"]),
            shown(&row["right"]),
            row["detail"].as_str().unwrap_or_default().to_owned(),
        ]);
    }
    let more = match page["next"].is_null() {
        true => "",
        false => "there are more rows: «kassette reconcile show --limit», or --xlsx for all\n",
    };
    format!("{rows}\n{more}")
}
