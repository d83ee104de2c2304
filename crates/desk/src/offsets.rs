//! The register that stands behind a consolidated receipt, as a table.

use engine::BufferLine;

/// The offsets as CSV with a header row; sums are roubles. A text that a spreadsheet would take for
/// a formula gets an apostrophe before it.
pub fn offsets_csv(lines: &[BufferLine]) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = [
        "month",
        "date",
        "account",
        "service",
        "period",
        "vat",
        "amount",
        "operation",
    ];
    let mut written = table.write_record(header).is_ok();
    for line in lines {
        let row = [
            line.close.to_string(),
            line.date.to_string(),
            plain(line.account.as_str()),
            plain(line.service.as_str()),
            line.period.to_string(),
            line.vat.to_string(),
            line.amount.to_string(),
            plain(&line.event),
        ];
        written &= table.write_record(&row).is_ok();
    }
    // Writing into memory does not fail.
    let bytes = table
        .into_inner()
        .ok()
        .filter(|_| written)
        .unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The text as a cell that no spreadsheet takes for a formula.
pub(crate) fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
