//! What has to be made before the desk opens.

use std::sync::Arc;

use cassette::{Event as CassetteEvent, SlotId, SlotSetup};
use journal::{Reader, Store, Writer};
use terms::{DriveNumber, Id};

use crate::{
    DeskError,
    feed::Feed,
    ledger::Ledger,
    rack::{self, Inbox, Message},
    setup::Setup,
    waiting::Waiting,
};

/// The journal's writer: what it commits is told to the cassette, to those who wait, and by the bell.
pub(crate) fn open_writer(
    store: &Store,
    setup: &Setup,
    inbox: &Inbox,
    (waiting, feed): (&Arc<Waiting>, &Feed),
) -> Result<Writer, DeskError> {
    let ledger = Ledger::of(setup);
    let (inbox, waiting, bell) = (inbox.clone(), waiting.clone(), feed.bell.clone());
    let on_commit = move |changes: &[journal::Change], jobs: Vec<cassette::Job>| {
        if !jobs.is_empty() {
            let _ = inbox.send(Message::Event(CassetteEvent::Queued(jobs)));
        }
        let found = changes.iter().filter(|change| change.is_found);
        let found: Vec<Id> = found.map(|change| change.receipt).collect();
        if !found.is_empty() {
            let _ = inbox.send(Message::Event(CassetteEvent::FoundFormed(found)));
        }
        waiting.tell(changes);
        if !changes.is_empty() {
            bell.send_replace(());
        }
    };
    Ok(Writer::open(store, ledger, on_commit)?)
}

/// Refuses another version of the format than that of the receipts which wait: they were formed and
/// checked for it.
pub(crate) fn check_format(setup: &Setup, reader: &Reader) -> Result<(), DeskError> {
    match reader.pending_format()? {
        Some(waiting) if waiting != setup.ffd() => Err(DeskError::Setup {
            what: format!(
                "receipts wait that were made by ФФД {waiting}, and organisation.ffd is {}: set it \
                 back until nothing waits",
                setup.ffd()
            ),
        }),
        _ => Ok(()),
    }
}

/// What the cassette has to know of each slot.
pub(crate) fn slot_setups(
    setup: &Setup,
    last_drives: &[(SlotId, DriveNumber)],
) -> Result<Vec<SlotSetup>, DeskError> {
    let tlvs = setup.report_tlvs()?;
    let last_drive = |slot: SlotId| last_drives.iter().find(|(id, _)| *id == slot);
    Ok(rack::slots(setup)
        .map(|(id, plan)| SlotSetup {
            id,
            user_inn: setup.organisation.inn,
            ffd: setup.ffd(),
            operators: setup.operators().map(|ofd| ofd.inn).collect(),
            open_shift_tlv: tlvs.open_shift.clone(),
            close_shift_tlv: tlvs.close_shift.clone(),
            close_archive_tlv: tlvs.close_archive.clone(),
            spare: plan.spare,
            last_drive: last_drive(id).map(|(_, drive)| *drive),
        })
        .collect())
}
