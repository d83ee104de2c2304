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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Refusal, Request};

    #[test]
    fn only_the_drive_s_word_that_3ah_is_unknown_makes_it_one_of_the_first_generation() {
        let refused = |code| {
            Err(Failure::Refused(Refusal {
                command: Request::FfdSupport.name(),
                code,
                data: Vec::new(),
            }))
        };
        let told = |outcome: Outcome| Generation::from_ffd_support(&outcome);
        let versions = Answer::FfdSupport {
            current: FfdVersion::V1_05,
            highest: FfdVersion::V1_2,
        };
        assert_eq!(told(Ok(versions)), Some(Generation::Fn12));
        assert_eq!(
            told(refused(AnswerCode::UNKNOWN_COMMAND)),
            Some(Generation::Fn1)
        );
        assert_eq!(told(refused(AnswerCode::DRIVE_FAILURE)), None);
        let command = Request::FfdSupport.name();
        assert_eq!(told(Err(Failure::Silent { command })), None);
        assert_eq!(told(Err(Failure::Garbled { command })), None);
    }

    #[test]
    fn the_table_of_limits_is_the_specification_s() {
        use CurrentDocument as Current;
        // Document, FN-1, FN-1.2 (ФН protocol §6.1), kilobytes.
        let table = [
            (Current::Registration, 2, 6),
            (Current::DriveChange, 2, 6),
            (Current::Reregistration, 2, 6),
            (Current::ShiftOpening, 1, 4),
            (Current::Receipt, 30, 30),
            (Current::Correction, 30, 30),
            (Current::ShiftClosing, 1, 1),
            (Current::ArchiveClosing, 2, 4),
            (Current::Settlements, 2, 2),
        ];
        for (document, old, new) in table {
            let limit = |generation: Generation| generation.data_limit(document);
            assert_eq!(limit(Generation::Fn1), Some(old * 1024), "{document}");
            assert_eq!(limit(Generation::Fn12), Some(new * 1024), "{document}");
        }
        assert_eq!(Generation::Fn12.data_limit(Current::None), None);
        let long = Request::PassData(vec![0; 1025]);
        assert!(long.fits_in(Generation::Fn12) && !long.fits_in(Generation::Fn1));
        assert_eq!(Generation::Fn12.shift_answer_len(FfdVersion::V1_1), 11);
        assert_eq!(Generation::Fn12.shift_answer_len(FfdVersion::V1_05), 10);
        assert_eq!(Generation::Fn1.shift_answer_len(FfdVersion::V1_05), 10);
    }
}
