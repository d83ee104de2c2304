//! Generations of drives and what depends on them.

use terms::FfdVersion;

use crate::{AnswerCode, CurrentDocument, Failure, Outcome};

/// The generation of a drive. Both may be in one cassette (ФН protocol §7, §9 Q1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Generation {
    /// FN-1: FFD 1.0 and 1.05.
    Fn1,
    /// FN-1.2, and FN-1.1 as far as its documents tell: FFD 1.05, 1.1 and 1.2.
    Fn12,
}

impl Generation {
    /// What the outcome of 3Ah tells: only FN-1 lacks the command (01h, INFERRED). None when the
    /// outcome tells nothing.
    ///
    /// Ask 33h before: once it was answered, 01h is the drive's word and not a damaged line's. The
    /// text of 33h is the vendor's own and tells no generation.
    pub const fn from_ffd_support(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Ok(_) => Some(Self::Fn12),
            Err(Failure::Refused(refusal))
                if refusal.code.get() == AnswerCode::UNKNOWN_COMMAND.get() =>
            {
                Some(Self::Fn1)
            }
            Err(_) => None,
        }
    }

    /// The most data one message carries, bytes (ФН protocol §1.4).
    pub const fn max_data(self) -> usize {
        match self {
            Self::Fn1 => 1024,
            Self::Fn12 => 1536,
        }
    }

    /// Whether the drive has the commands that came with FN-1.2: 36h…3Fh, 50h, A2h, A3h, A7h, ABh.
    pub const fn has_newer_commands(self) -> bool {
        matches!(self, Self::Fn12)
    }

    /// The most TLV data that the host may pass for a begun document, bytes (ФН protocol §6.1);
    /// none when no document is begun or its kind is not known.
    pub const fn data_limit(self, document: CurrentDocument) -> Option<usize> {
        use CurrentDocument as Current;
        let kilobytes = match (document, self) {
            (Current::Registration | Current::DriveChange | Current::Reregistration, Self::Fn1) => {
                2
            }
            (
                Current::Registration | Current::DriveChange | Current::Reregistration,
                Self::Fn12,
            ) => 6,
            (Current::ShiftOpening, Self::Fn1) => 1,
            (Current::ShiftOpening, Self::Fn12) => 4,
            (
                Current::Receipt
                | Current::StrictForm
                | Current::Correction
                | Current::StrictFormCorrection,
                _,
            ) => 30,
            (Current::ShiftClosing, _) => 1,
            (Current::ArchiveClosing, Self::Fn1) => 2,
            (Current::ArchiveClosing, Self::Fn12) => 4,
            (Current::Settlements, _) => 2,
            (Current::None | Current::Unknown(_), _) => return None,
        };
        Some(kilobytes * 1024)
    }

    /// The length of the answers to 12h and 14h, bytes: since FFD 1.1 warning flags follow.
    pub const fn shift_answer_len(self, ffd: FfdVersion) -> usize {
        match (self, ffd) {
            (Self::Fn1, _) | (_, FfdVersion::V1_05) => 10,
            (Self::Fn12, FfdVersion::V1_1 | FfdVersion::V1_2) => 11,
        }
    }
}
