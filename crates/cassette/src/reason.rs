use std::fmt;

use terms::{DocumentNumber, Inn, LocalDate, LocalDateTime};

/// What a slot is doing, in one word.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SlotState {
    /// No wire, or no drive on it.
    Empty,
    /// The drive is being read.
    Probing,
    /// The drive cannot be used here; see the reason.
    Unusable,
    /// The drive has no registration.
    Unregistered,
    /// The drive waits for work.
    Ready,
    /// The drive is forming a document.
    Working,
    /// The drive takes no new documents for now; see the reason.
    Blocked,
}

impl SlotState {
    /// The word used by API, journal and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Probing => "probing",
            Self::Unusable => "unusable",
            Self::Unregistered => "unregistered",
            Self::Ready => "ready",
            Self::Working => "working",
            Self::Blocked => "blocked",
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
    /// The drive sends to another ОФД than the organisation's.
    Autonomous,
    /// The drive's format is not offered.
    OtherFormat(String),
    /// The drive's archive is closed: it can only be read.
    ArchiveClosed,
    /// The drive's life is over.
    Expired(LocalDate),
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
            Self::Expired(until) => write!(f, "the drive's life ended on {until}"),
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
            Self::Refused(what) | Self::Faulty(what) | Self::Exhausted(what) => f.write_str(what),
            Self::AwaitsOfd(what) => write!(f, "waits for the ОФД: {what}"),
            Self::JournalRefuses(what) => write!(f, "the journal cannot store: {what}"),
            Self::SeenTwice => f.write_str("another slot holds the same drive"),
        }
    }
}

impl Reason {
    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoLink(_) => "no_link",
            Self::NotReadable(_) => "not_readable",
            Self::OtherOrganisation { .. } => "other_organisation",
            Self::Autonomous => "autonomous",
            Self::OtherFormat(_) => "other_format",
            Self::ArchiveClosed => "archive_closed",
            Self::Expired(_) => "expired",
            Self::UnknownDocuments { .. } => "unknown_documents",
            Self::MissingDocuments { .. } => "missing_documents",
            Self::Contradiction(_) => "contradiction",
            Self::ClockBehind { .. } => "clock_behind",
            Self::Refused(_) => "refused",
            Self::Faulty(_) => "faulty",
            Self::Exhausted(_) => "exhausted",
            Self::AwaitsOfd(_) => "awaits_ofd",
            Self::JournalRefuses(_) => "journal_refuses",
            Self::SeenTwice => "seen_twice",
        }
    }
}
