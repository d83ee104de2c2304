//! Drives that are read into their archives before they are compared.

use std::{sync::atomic::Ordering, time::Duration};

use cassette::{Signed, SlotId};
use tokio::time::sleep;

use super::{ReconcileError, ReconcileOrder, run::Reconciling};
use crate::{Desk, DeskError, archive::Archives};

/// How often it is looked whether an archive is complete.
const LOOK: Duration = Duration::from_millis(300);

/// Refuses slots without a drive.
pub(super) async fn check(desk: &Desk, slots: &[SlotId]) -> Result<(), DeskError> {
    for slot in slots {
        drive_of(desk, *slot).await?;
    }
    Ok(())
}

/// Reads the drives of the slots into the files beside the journal, one after another; each slot does
/// it when it has nothing else to do.
pub(super) async fn read(
    desk: &Desk,
    order: &ReconcileOrder,
    reconciling: &Reconciling,
) -> Result<(), DeskError> {
    let archives = Archives::in_folder(&desk.setup().folder);
    for (done, slot) in order.drives.iter().enumerate() {
        reconciling.tell("drives", done as u64, order.drives.len() as u64);
        let drive = drive_of(desk, *slot).await?;
        let refuse = |why: String| ReconcileError::NoDrive { slot: slot.0, why };
        archives
            .unseal(&drive)
            .map_err(|why| refuse(why.to_string()))?;
        let signed = Signed {
            by: order.by.clone(),
            reason: "сверка архива накопителя с журналом".to_owned(),
            key: order.sender.as_ref().map(|key| key.id),
        };
        desk.export(*slot, signed).await?;
        while archives.last(&drive).is_none() {
            if reconciling.is_stopped() {
                return Err(DeskError::Stopping);
            }
            if drive_of(desk, *slot).await? != drive {
                return Err(refuse(format!("drive {drive} was taken out meanwhile")).into());
            }
            sleep(LOOK).await;
        }
    }
    Ok(())
}

async fn drive_of(desk: &Desk, slot: SlotId) -> Result<String, DeskError> {
    let drive = desk.slot(slot).await?.drive;
    let why = || ReconcileError::NoDrive {
        slot: slot.0,
        why: "there is no drive in it that answers".to_owned(),
    };
    Ok(drive.ok_or_else(why)?)
}

impl Reconciling {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
