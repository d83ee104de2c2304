use super::SlotSetup;
use super::live::Standing::{self, Behind, Ready, Unregistered, Unusable};
use crate::{probe::DriveFacts, reason::Reason, record::DriveRecords};
use fn_proto::{Phase, work_mode};

/// Whether a drive may form documents in a slot, by what it says and what the journal knows.
pub(super) fn judge(facts: &DriveFacts, records: &DriveRecords, slot: &SlotSetup) -> Standing {
    let user = slot.user_inn;
    if let Phase::Fiscal | Phase::PostFiscal | Phase::ArchiveOnly = facts.status.phase {
        let Some(registration) = &facts.registration else {
            return not_readable("it does not show its registration".to_owned());
        };
        if registration.user_inn != user {
            return Unusable(Reason::OtherOrganisation {
                found: registration.user_inn,
                expected: user,
            });
        }
    }
    let (drive, journal) = (facts.status.last_document, records.last_document);
    if drive > journal && (journal.get() > 0 || records.was_blank) {
        return Behind;
    }
    if drive > journal {
        return Unusable(Reason::UnknownDocuments { drive, journal });
    }
    if drive < journal {
        return Unusable(Reason::MissingDocuments { drive, journal });
    }
    match facts.status.phase {
        Phase::Ready => return Unregistered,
        Phase::Fiscal => {}
        Phase::PostFiscal | Phase::ArchiveOnly => return Unusable(Reason::ArchiveClosed),
        other => return not_readable(format!("phase {other}")),
    }
    let found = facts.format();
    if found != slot.ffd {
        let why = format!("it works by ФФД {found}, not {}", slot.ffd);
        return Unusable(Reason::OtherFormat(why));
    }
    let mode = facts.registration.as_ref().map_or(0, |it| it.work_mode);
    if mode & work_mode::AUTONOMOUS != 0 {
        return Unusable(Reason::Autonomous);
    }
    if mode & work_mode::STRICT_FORMS != 0 {
        let why = "it is registered for БСО instead of receipts".to_owned();
        return Unusable(Reason::OtherFormat(why));
    }
    // Whether it is full or its life is over is looked at before each document.
    Ready
}

fn not_readable(why: String) -> Standing {
    Unusable(Reason::NotReadable(why))
}
