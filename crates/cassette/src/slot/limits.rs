use std::time::Duration;

use terms::Inn;

use crate::event::SlotId;

/// What a slot is for.
#[derive(Clone, Debug)]
pub struct SlotSetup {
    /// Which place it is.
    pub id: SlotId,
    /// Whose drives belong here.
    pub user_inn: Inn,
    /// What the host passes for an open shift report.
    pub open_shift_tlv: Vec<u8>,
    /// What the host passes for a close shift report.
    pub close_shift_tlv: Vec<u8>,
}

/// Limits and habits of a slot; times are as the wall clock of the place of settlement.
#[derive(Clone, Debug)]
pub struct Limits {
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
    /// How long after a refusal that may pass by itself the slot tries again.
    pub retry_after: Duration,
    /// How long a drive may be away before its document is shown as in doubt.
    pub doubt_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            shift_max_minutes: 23 * 60 + 50,
            shift_close_at: None,
            backlog_max: 20,
            attempts_max: 3,
            clock_behind_max_minutes: 5,
            retry_after: Duration::from_secs(5),
            doubt_after: Duration::from_secs(10),
        }
    }
}
