use std::fmt;

use terms::{DocumentNumber, Inn, LocalDateTime};

/// What a slot is doing, in one word.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SlotState {
    /// No wire, or no drive on it.
    Empty,
    /// The drive is being read.
    Probing,
    /// The drive belongs elsewhere, or its kind is not offered.
    Foreign,
    /// The drive has no registration.
    Unregistered,
    /// The drive waits for work.
    Ready,
    /// The drive is forming a document.
    Working,
    /// The drive is a spare one, or waits for its turn.
    Resting,
    /// The drive takes no new documents for now; see the reason.
    Blocked,
    /// The drive is to be replaced: it ends its shift and sends its documents.
    Draining,
    /// The drive is full, or its life is over.
    Exhausted,
    /// The drive's archive is being closed.
    Closing,
    /// The drive's archive is closed: it can only be read.
    Closed,
    /// The drive fails, or contradicts the journal; see the reason.
    Faulty,
    /// The drive has gone without having been closed.
    Lost,
    /// The drive has gone, and perhaps a receipt with it.
    InDoubt,
}

impl SlotState {
    /// Every state.
    pub const ALL: [Self; 15] = [
        Self::Empty,
        Self::Probing,
        Self::Foreign,
        Self::Unregistered,
        Self::Ready,
        Self::Working,
        Self::Resting,
        Self::Blocked,
        Self::Draining,
        Self::Exhausted,
        Self::Closing,
        Self::Closed,
        Self::Faulty,
        Self::Lost,
        Self::InDoubt,
    ];

    /// The word used by API, journal and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Probing => "probing",
            Self::Foreign => "foreign",
            Self::Unregistered => "unregistered",
            Self::Ready => "ready",
            Self::Working => "working",
            Self::Resting => "resting",
            Self::Blocked => "blocked",
            Self::Draining => "draining",
            Self::Exhausted => "exhausted",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Faulty => "faulty",
            Self::Lost => "lost",
            Self::InDoubt => "in_doubt",
        }
    }
}

/// Why a slot is not at work, for people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The wire is closed.
    NoLink(String),
    /// The drive does not answer, or not so that it can be understood.
    NotReadable(String),
    /// The drive belongs to another organisation.
    OtherOrganisation {
        /// Whose it is.
        found: Inn,
        /// Whose the slot is.
        expected: Inn,
    },
    /// The drive keeps its documents and sends them to no ОФД.
    Autonomous,
    /// The drive's format is not offered.
    OtherFormat(String),
    /// The drive's archive is closed: it can only be read.
    ArchiveClosed,
    /// The drive holds documents of which the journal knows nothing.
    UnknownDocuments {
        /// The drive's last document.
        drive: DocumentNumber,
        /// The journal's last document of this drive.
        journal: DocumentNumber,
    },
    /// The journal knows documents that the drive does not hold.
    MissingDocuments {
        /// The drive's last document.
        drive: DocumentNumber,
        /// The journal's last document of this drive.
        journal: DocumentNumber,
    },
    /// The wall clock was set while the program ran.
    ClockJumped {
        /// By how many minutes, ahead when positive.
        minutes: i64,
        /// What it says now.
        now: LocalDateTime,
    },
    /// Other drives are on duty.
    NotOnDuty,
    /// It is being replaced.
    Replaced,
    /// What the drive holds contradicts the intent.
    Contradiction(String),
    /// The clock stands before the drive's last document.
    ClockBehind {
        /// The drive's last document was formed then.
        last: LocalDateTime,
        /// The clock says.
        now: LocalDateTime,
    },
    /// The drive refused; the same would be refused again.
    Refused(String),
    /// The drive failed (codes 03h, 04h) or keeps silent.
    Faulty(String),
    /// Documents or days of the drive are used up.
    Exhausted(String),
    /// Too many documents wait for the ОФД, or for too long.
    AwaitsOfd(String),
    /// The journal cannot store.
    JournalRefuses(String),
    /// Another slot holds the same drive.
    SeenTwice,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLink(why) => write!(f, "no wire: {why}"),
            Self::NotReadable(why) => write!(f, "the drive cannot be read: {why}"),
            Self::OtherOrganisation { found, expected } => {
                write!(
                    f,
                    "the drive is registered to ИНН {found}, this cassette is of {expected}"
                )
            }
            Self::Autonomous => f.write_str("the drive is registered for autonomous work"),
            Self::OtherFormat(why) => {
                write!(f, "the drive's document format is not offered: {why}")
            }
            Self::ArchiveClosed => {
                f.write_str("the drive's archive is closed; it can only be read")
            }
            Self::UnknownDocuments { drive, journal } => write!(
                f,
                "the drive holds documents up to ФД {drive}, the journal knows them up to ФД \
                 {journal}: somebody else has used the drive, or the journal is an old copy"
            ),
            Self::MissingDocuments { drive, journal } => write!(
                f,
                "the journal knows documents up to ФД {journal}, the drive holds them up to ФД \
                 {drive} only"
            ),
            Self::Contradiction(what) => write!(f, "drive and journal contradict: {what}"),
            Self::ClockBehind { last, now } => write!(
                f,
                "the clock says {now}, but the drive's last document is of {last}: set the clock"
            ),
            Self::ClockJumped { minutes, now } => write!(
                f,
                "the clock was set {} by {} minutes while the program ran and says {now} now: set \
                 it right, or confirm that it is right",
                if *minutes > 0 { "ahead" } else { "back" },
                minutes.abs()
            ),
            Self::NotOnDuty => f.write_str("other drives are on duty; it stands in for them"),
            Self::Replaced => f.write_str("it is being replaced"),
            Self::Refused(what) | Self::Faulty(what) | Self::Exhausted(what) => f.write_str(what),
            Self::AwaitsOfd(what) => write!(f, "waits for the ОФД: {what}"),
            Self::JournalRefuses(what) => write!(f, "the journal cannot store: {what}"),
            Self::SeenTwice => f.write_str("another slot holds the same drive"),
        }
    }
}

impl Reason {
    /// Whether the drive belongs elsewhere, or its kind is not offered.
    pub(crate) const fn is_foreign(&self) -> bool {
        matches!(
            self,
            Self::OtherOrganisation { .. }
                | Self::Autonomous
                | Self::OtherFormat(_)
                | Self::SeenTwice
        )
    }

    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoLink(_) => "no_link",
            Self::NotReadable(_) => "not_readable",
            Self::OtherOrganisation { .. } => "other_organisation",
            Self::Autonomous => "autonomous",
            Self::OtherFormat(_) => "other_format",
            Self::ArchiveClosed => "archive_closed",
            Self::UnknownDocuments { .. } => "unknown_documents",
            Self::MissingDocuments { .. } => "missing_documents",
            Self::Contradiction(_) => "contradiction",
            Self::ClockBehind { .. } => "clock_behind",
            Self::ClockJumped { .. } => "clock_jumped",
            Self::NotOnDuty => "not_on_duty",
            Self::Replaced => "replaced",
            Self::Refused(_) => "refused",
            Self::Faulty(_) => "faulty",
            Self::Exhausted(_) => "exhausted",
            Self::AwaitsOfd(_) => "awaits_ofd",
            Self::JournalRefuses(_) => "journal_refuses",
            Self::SeenTwice => "seen_twice",
        }
    }
}
