use terms::{DriveNumber, Id};

use crate::{event::SlotId, record::Registration};

/// Ties the answer to an order to the order; chosen by who asks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ask(pub u64);

/// Who orders something, and why: both are journaled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed {
    /// The person's name.
    pub by: String,
    /// The reason given.
    pub reason: String,
    /// The key that the order came with, as the journal counts them; none: from the program itself.
    pub key: Option<i64>,
}

/// What a person may order. Each is journaled before it is obeyed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Order {
    /// A receipt stands in doubt, and its drive will not come back: another drive shall form it.
    /// Should the drive come back with it after all, a return receipt is made.
    FormAnew(Id),
    /// A held receipt shall be tried again: what stood in its way is gone.
    Release(Id),
    /// The drive in a slot shall be replaced; the next one is registered so. The form's time is set
    /// when the report is formed.
    Swap(SlotId, Box<Registration>),
    /// The drive that was put in is the right one: it shall be registered.
    ConfirmDrive(SlotId, DriveNumber),
    /// The swap shall not go on. A drive whose archive is closed stays closed.
    AbandonSwap(SlotId),
    /// The drive in a slot was used elsewhere, and shall work here from now on.
    Adopt(SlotId),
    /// The documents of the drive in a slot shall be read and kept in files.
    Export(SlotId),
    /// The wall clock was looked at, and it is right.
    TrustClock,
}

/// Why an order is not obeyed; nothing has changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotObeyed {
    /// There is no such slot.
    NoSuchSlot,
    /// The receipt does not stand in doubt.
    NotInDoubt,
    /// The drive is here and is being asked: wait for what it says.
    DriveIsAsked(DriveNumber),
    /// No drive is in the slot that could be read.
    NoDrive,
    /// The drive is not registered, or is not of this organisation.
    NotOurs,
    /// A swap of this slot is under way already.
    SwapUnderWay(DriveNumber),
    /// No swap of this slot is under way.
    NoSwap,
    /// The archive of the old drive is closed or being closed: that cannot be taken back.
    TooLate(DriveNumber),
    /// Another drive, or none, waits to be registered in this slot.
    NotAwaited(DriveNumber),
    /// Nothing is wrong with the clock.
    ClockIsRight,
    /// The drive does not hold documents of which the journal knows nothing.
    NothingToAdopt,
    /// The journal cannot store the order, or it contradicts what is stored.
    JournalRefuses(String),
}

impl NotObeyed {
    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchSlot => "unknown_slot",
            Self::NotInDoubt => "not_in_doubt",
            Self::DriveIsAsked(_) => "drive_is_asked",
            Self::NoDrive => "no_drive",
            Self::NotOurs => "not_ours",
            Self::SwapUnderWay(_) => "swap_under_way",
            Self::NoSwap => "no_swap",
            Self::TooLate(_) => "too_late",
            Self::NotAwaited(_) => "not_awaited",
            Self::ClockIsRight => "clock_is_right",
            Self::NothingToAdopt => "nothing_to_adopt",
            Self::JournalRefuses(_) => "journal",
        }
    }
}

impl std::fmt::Display for NotObeyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuchSlot => f.write_str("there is no such slot"),
            Self::NotInDoubt => f.write_str("the receipt does not stand in doubt"),
            Self::DriveIsAsked(drive) => write!(
                f,
                "drive {drive} is here and is being asked: wait for what it says"
            ),
            Self::NoDrive => f.write_str("no drive that can be read is in the slot"),
            Self::NotOurs => f.write_str("its drive is not registered for this organisation"),
            Self::SwapUnderWay(drive) => {
                write!(f, "the swap of drive {drive} is under way in this slot")
            }
            Self::NoSwap => f.write_str("no swap is under way in this slot"),
            Self::TooLate(drive) => write!(
                f,
                "the archive of drive {drive} is being closed or is closed: that cannot be taken \
                 back; put in a new drive and go on"
            ),
            Self::NotAwaited(drive) => {
                write!(
                    f,
                    "drive {drive} does not wait to be registered in this slot"
                )
            }
            Self::ClockIsRight => f.write_str("nothing is wrong with the clock"),
            Self::NothingToAdopt => {
                f.write_str("its drive holds no documents that the journal does not know")
            }
            Self::JournalRefuses(why) => write!(f, "the journal refuses: {why}"),
        }
    }
}
