use std::time::Duration;

use terms::{DriveNumber, FfdVersion, Inn};

use crate::{event::SlotId, policy::Policy};

/// What a slot is for.
#[derive(Clone, Debug)]
pub struct SlotSetup {
    /// Which place it is.
    pub id: SlotId,
    /// Whose drives belong here.
    pub user_inn: Inn,
    /// The version of the format that the organisation's drives are registered by.
    pub ffd: FfdVersion,
    /// The ОФД whose addresses are known. A drive that is registered with another one works, but
    /// its documents stay in it.
    pub operators: Vec<Inn>,
    /// What the host passes for an open shift report.
    pub open_shift_tlv: Vec<u8>,
    /// What the host passes for a close shift report.
    pub close_shift_tlv: Vec<u8>,
    /// What the host passes for the report on the closing of the archive.
    pub close_archive_tlv: Vec<u8>,
    /// Whether its drive stands in for others, by [`Policy::ParallelSpare`].
    pub spare: bool,
    /// The drive that was in this slot in the program's last life, unless its archive is closed.
    pub last_drive: Option<DriveNumber>,
}

/// Limits and habits of a cassette; times are as the wall clock of the place of settlement.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How the drives share the work.
    pub policy: Policy,
    /// A shift is closed at this age, minutes. The law's limit is 24 hours.
    pub shift_max_minutes: i64,
    /// A shift is closed when this time of day (hour, minute) is passed; none: by age only.
    pub shift_close_at: Option<(u8, u8)>,
    /// Above this many documents without ticket the ОФД goes before new documents.
    pub backlog_max: u32,
    /// How often one drive begins a document before it gives the receipt back.
    pub attempts_max: u8,
    /// How far the clock may stand before the drive's last document, minutes; the document then
    /// takes the last one's time. The drive itself allows 5 minutes (code 17h).
    pub clock_behind_max_minutes: i64,
    /// A wall clock that was set by more than so many minutes while the program runs stops the work
    /// until it is right again or a person says that it is (receipt rules §5.2, A10).
    pub clock_jump_max_minutes: i64,
    /// With so many documents left a drive takes no more receipts: what is left is for corrections
    /// while no other drive works, and for the reports that close its shift and its archive.
    pub reserve_documents: u32,
    /// With so many days of life left, the last one counted, a drive takes no more receipts.
    pub reserve_days: i64,
    /// How long after a refusal that may pass by itself the slot tries again.
    pub retry_after: Duration,
    /// How long a drive may be away before its document is shown as in doubt.
    pub doubt_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            shift_max_minutes: 23 * 60 + 50,
            shift_close_at: None,
            backlog_max: 20,
            attempts_max: 3,
            clock_behind_max_minutes: 5,
            clock_jump_max_minutes: 5,
            reserve_documents: 100,
            reserve_days: 1,
            retry_after: Duration::from_secs(5),
            doubt_after: Duration::from_secs(10),
        }
    }
}
