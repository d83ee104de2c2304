//! One table for all that was measured: each figure beside its reference of the same run.

#![allow(dead_code, reason = "every bench uses its own part")]

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};

/// A figure beside its reference.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) reference: String,
    pub(crate) ratio: f64,
    pub(crate) aim: Option<Aim>,
    pub(crate) more: String,
}

/// Where the ratio shall lie.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

impl Aim {
    fn judge(self, ratio: f64) -> String {
        let (text, is_reached) = match self {
            Self::AtLeast(aim) => (format!("≥ {aim}"), ratio >= aim),
            Self::AtMost(aim) => (format!("≤ {aim}"), ratio <= aim),
        };
        format!("{text} {}", if is_reached { "reached" } else { "missed" })
    }
}

/// Prints them.
pub(crate) fn print(rows: &[Row]) {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "what",
        "measured",
        "reference",
        "ratio",
        "aim",
        "besides",
    ]);
    for row in rows {
        table.add_row([
            row.what.clone(),
            row.ours.clone(),
            row.reference.clone(),
            format!("{:.3}", row.ratio),
            row.aim.map_or_else(String::new, |aim| aim.judge(row.ratio)),
            row.more.clone(),
        ]);
    }
    println!("{table}");
}
