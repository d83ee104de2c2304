//! The registers as the monitoring interface tells them (ATOL Online protocol §7): one for each
//! slot with a registered drive.

use desk::{CassetteView, Desk, SlotView};
use serde_json::{Value, json};

use super::{answer::Fault, stamp};

/// The most registers in one answer.
const LIMIT_MAX: usize = 100;

/// All registers; `limit` and `offset` cut the list.
pub(super) async fn list(
    desk: &Desk,
    group: &str,
    limit: Option<usize>,
    offset: Option<usize>,
) -> Result<Value, Fault> {
    let all = registers(desk, group).await?;
    let limit = limit.unwrap_or(LIMIT_MAX).min(LIMIT_MAX);
    let page = all.into_iter().skip(offset.unwrap_or(0)).take(limit);
    Ok(Value::Array(page.collect()))
}

/// The register of this serial number, or none.
pub(super) async fn of_serial(
    desk: &Desk,
    group: &str,
    serial: &str,
) -> Result<Option<Value>, Fault> {
    let all = registers(desk, group).await?;
    let found = all.into_iter().find(|it| it["serialNumber"] == serial);
    Ok(found.map(|register| json!({"data": register})))
}

async fn registers(desk: &Desk, group: &str) -> Result<Vec<Value>, Fault> {
    let CassetteView { inn, slots, .. } = desk.cassette().await?;
    let mut registers = Vec::new();
    for slot in slots {
        let Some(drive) = slot.drive.clone().filter(|_| slot.rnm.is_some()) else {
            continue;
        };
        let serial = desk.kkt_of(&drive)?.serial;
        registers.push(register(desk, &slot, (&inn, &drive, serial), group));
    }
    Ok(registers)
}

/// What is not known is `null`: the shift's number and its receipts, the day of the registration,
/// and since when documents wait for the ОФД.
fn register(
    desk: &Desk,
    slot: &SlotView,
    (inn, drive, serial): (&str, &str, Option<String>),
    group: &str,
) -> Value {
    let signed = slot.last_document.unwrap_or(0);
    let used = slot.documents_left.map(|left| {
        let all = u64::from(signed) + u64::from(left);
        u64::from(signed) * 100 / all.max(1)
    });
    // Ours are fewer than the protocol's: an exchange works, or there is no link to the ОФД.
    let network_error = if slot.ofd_trouble.is_some() { 2 } else { 0 };
    let expires = slot.until.as_deref().map(|day| {
        let date = day.parse();
        date.map_or_else(|_| day.to_owned(), stamp::day)
    });
    json!({
        "serialNumber": serial,
        "registrationNumber": slot.rnm,
        "deviceNumber": slot.slot.to_string(),
        "fiscalizationDate": null,
        "fiscalStorageExpiration": expires,
        "signedDocuments": signed,
        "fiscalStoragePercentageUse": used,
        "fiscalStorageINN": inn,
        "fiscalStorageSerialNumber": drive,
        "fiscalStoragePaymentAddress": desk.setup().organisation.address,
        "groupCode": group,
        "timestamp": stamp::now(desk),
        "isShiftOpened": slot.shift_open,
        "shiftNumber": null,
        "shiftReceipt": null,
        "unsentDocs": slot.backlog,
        "firstUnsetDocTimestamp": null,
        "networkErrorCode": network_error,
    })
}
