//! What became of a file of payments, in words: of the JSON that the HTTP interface answers.

use serde_json::Value;

/// The most rows that are told.
const ROWS_MAX: usize = 100;

/// What became of a file, or would become of it.
pub(crate) fn told(answer: &Value) -> String {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut lines = vec![match text(&answer["state"]).as_str() {
        "preview" => "nothing was stored; this would become of it:".to_owned(),
        "loaded" => format!("loaded as import {}", answer["id"]),
        _ => format!(
            "nothing to do: it was loaded before as import {}",
            answer["id"]
        ),
    }];
    lines.push(format!(
        "{} payments of {} in all ({}); {} new operations of {}, {} receipts; {} known before; {} \
         rows wait for a person",
        answer["rows"],
        text(&answer["amount"]),
        text(&answer["kind"]),
        answer["accepted"],
        text(&answer["accepted_amount"]),
        answer["receipts"],
        answer["duplicates"],
        answer["waiting"],
    ));
    let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    for class in list("classes") {
        let (name, rows) = (text(&class["class"]), text(&class["rows"]));
        lines.push(format!(
            "  {name:<10} {rows:>7} rows, {}",
            text(&class["amount"])
        ));
    }
    let notes = list("notes");
    lines.extend(notes.iter().map(|note| format!("note: {}", text(note))));
    let rows = list("waiting_rows");
    for row in rows.iter().take(ROWS_MAX) {
        lines.push(format!(
            "  line {}: {}, {}: {} {} – {}",
            row["line"],
            text(&row["class"]),
            text(&row["state"]),
            text(&row["amount"]),
            text(&row["account"]),
            text(&row["reason"]),
        ));
    }
    if rows.len() > ROWS_MAX {
        let more = rows.len() - ROWS_MAX;
        lines.push(format!(
            "  … and {more} more: «GET /v1/imports/{{id}}» has them all"
        ));
    }
    lines.join("\n")
}

/// Each line that is to blame; else the reason as a whole.
pub(crate) fn refusal(problem: &Value) -> String {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    if errors.is_empty() {
        let detail = problem["detail"].as_str();
        return detail.unwrap_or("no reason is given").to_owned();
    }
    let mut lines: Vec<String> = errors
        .iter()
        .map(|error| {
            let place = error["line"].as_u64().map(|line| format!("line {line}"));
            let field = error["field"].as_str().map(|field| format!(", {field}"));
            let place = place.unwrap_or_else(|| "the file".to_owned());
            let detail = error["detail"].as_str().unwrap_or_default();
            format!("{place}{}: {detail}", field.unwrap_or_default())
        })
        .collect();
    lines.push("nothing of the file was loaded".to_owned());
    lines.join("\n")
}
