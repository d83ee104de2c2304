//! Slots as devices.

use axum::http::StatusCode;
use desk::{CassetteView, Desk, SlotState, SlotView};

use super::{answer::Fault, task::code};

/// The slot whose drive answers questions: the one named by its place or its drive's number, or
/// else the lowest that is at work, then the lowest with a drive. None when there is no drive.
pub(super) fn answering(cassette: CassetteView, device: Option<&str>) -> Option<SlotView> {
    let mut slots = cassette.slots;
    if let Some(device) = device {
        slots.retain(|slot| is_named(slot, device));
    }
    let works = |slot: &SlotView| matches!(slot.state, SlotState::Ready | SlotState::Working);
    let rank = |slot: &SlotView| (!works(slot), slot.facts.is_none(), slot.slot);
    slots.sort_by_key(rank);
    slots.into_iter().next().filter(|slot| slot.drive.is_some())
}

/// Refuses a device that is no slot.
///
/// # Errors
/// 404, or what the desk says.
pub(super) async fn check_device(desk: &Desk, device: Option<&str>) -> Result<(), Fault> {
    let Some(device) = device else {
        return Ok(());
    };
    let slots = desk.cassette().await?.slots;
    if slots.iter().any(|slot| is_named(slot, device)) {
        return Ok(());
    }
    let shown: String = device.chars().take(64).collect();
    let why = format!(
        "Устройства «{shown}» нет: deviceID это номер гнезда 1…{} или номер ФН",
        slots.len()
    );
    Err(Fault::new(StatusCode::NOT_FOUND, code::BAD_PARAMETER, why))
}

fn is_named(slot: &SlotView, device: &str) -> bool {
    slot.slot.to_string() == device || slot.drive.as_deref() == Some(device)
}
