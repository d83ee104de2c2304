//! What the demo has done, in tables.

use std::{error::Error, net::SocketAddr, path::Path};

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use desk::Desk;

use super::rack::Rack;
use crate::commands::check::print_report;

/// Prints the tables and the check; says whether all is well.
pub(super) async fn print(desk: &Desk, rack: &Rack, before: u64) -> Result<bool, Box<dyn Error>> {
    let tally = desk.tally()?;
    println!(
        "\noperations: {} ({} of them new)",
        tally.operations,
        tally.operations - before
    );
    let mut receipts = table(["receipts", "count"]);
    for (state, count) in &tally.receipts {
        receipts.add_row([state.name().to_owned(), count.to_string()]);
    }
    println!("{receipts}");
    let mut kinds = table(["lines by 1214", "count", "roubles"]);
    for kind in desk.lines_by_method()? {
        kinds.add_row([
            format!("{} {}", kind.method.code(), kind.method.title()),
            kind.lines.to_string(),
            kind.sum.to_string(),
        ]);
    }
    println!("{kinds}");
    let cassette = desk.cassette().await?;
    let mut slots = table([
        "slot",
        "drive",
        "state",
        "receipts",
        "acknowledged",
        "last ФД",
    ]);
    for (slot, number) in cassette.slots.iter().zip(rack.numbers()) {
        let number = number.to_string();
        let drive = tally.drives.iter().find(|(drive, ..)| *drive == number);
        slots.add_row([
            slot.slot.to_string(),
            number.clone(),
            slot.state.name().to_owned(),
            drive.map_or(0, |(_, formed, _)| *formed).to_string(),
            drive
                .map_or(0, |(_, _, acknowledged)| *acknowledged)
                .to_string(),
            slot.last_document.unwrap_or(0).to_string(),
        ]);
    }
    println!("{slots}");
    let report = desk.check()?;
    print_report(&report);
    let unsettled: u64 = tally
        .receipts
        .iter()
        .filter(|(state, _)| *state != desk::ReceiptState::Acknowledged)
        .map(|(_, count)| count)
        .sum();
    Ok(report.findings.is_empty() && unsettled == 0)
}

/// Prints where to look, and requests to try by hand.
pub(super) fn print_addresses(server: SocketAddr, key: &str, data: &Path) {
    let today = "\"$(date +%s)\"";
    println!(
        r#"
The server stays up; Ctrl-C stops it. Everything is in {data}

  export KEY={key}
  # how the cassette stands
  curl -s -H "Authorization: Bearer $KEY" http://{server}/v1/cassette
  # an account: debts, advances, what is settled
  curl -s -H "Authorization: Bearer $KEY" http://{server}/v1/accounts/100002
  # a payment, waiting for its receipt
  curl -s -H "Authorization: Bearer $KEY" "http://{server}/v1/operations?wait=10" \
    -d '{{"type":"payment","key":"try-'{today}'","account":"100002","parts":[{{"kind":"cashless","amount":"1500.00"}}]}}'
  # an operation by its key, with receipts and why each line is there
  curl -s -H "Authorization: Bearer $KEY" "http://{server}/v1/operations?key=charge-2026-10-100002"
"#,
        data = data.display(),
    );
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    table
}
