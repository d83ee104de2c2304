//! What a drive's generation and its mode of the format mean for commands (ФН protocol §1.4, §2.1,
//! §7).

use fn_proto::{AnswerCode, Device, Frame, Generation, encode_answer, respond};
use terms::FfdVersion;

use super::machine::Drive;

/// Commands of FN-1.2 that FN-1 does not know (ФН protocol §2.1, last column).
const SINCE_FN_1_2: &[u8] = &[
    0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3D, 0x3F, 0x50, 0xA2, 0xA3, 0xA7, 0xAB,
];

/// How full the archive is when the drive warns of it, percent (ФН protocol §4.4).
pub(crate) const fn full_percent(generation: Generation) -> u64 {
    match generation {
        Generation::Fn1 => 90,
        Generation::Fn12 => 99,
    }
}

/// The code when the days of its life are over.
pub(crate) const fn life_over(generation: Generation) -> AnswerCode {
    match generation {
        Generation::Fn1 => AnswerCode::LIFE_OVER,
        Generation::Fn12 => AnswerCode::RESOURCE_OVER,
    }
}

/// The code when no more documents fit in the archive.
pub(crate) const fn archive_full(generation: Generation) -> AnswerCode {
    match generation {
        Generation::Fn1 => AnswerCode::ARCHIVE_FULL,
        Generation::Fn12 => AnswerCode::RESOURCE_LIMIT,
    }
}

/// The code when the ОФД was silent for more than 30 days.
pub(crate) const fn unsent_too_long(generation: Generation) -> AnswerCode {
    match generation {
        Generation::Fn1 => AnswerCode::OFD_TOO_LATE,
        Generation::Fn12 => AnswerCode::RESOURCE_LIMIT,
    }
}

/// What 33h says: sixteen characters that tell what it is.
pub(crate) const fn version_text(generation: Generation) -> &'static str {
    match generation {
        Generation::Fn1 => "EMULATOR 1   v01",
        Generation::Fn12 => super::VERSION_TEXT,
    }
}

/// Whether the drive looks into what the host passes: the codes 0Ah…0Eh, 18h and 19h are of FFD 1.1
/// and 1.2 only (ФН protocol §7).
pub(crate) const fn checks_content(ffd: FfdVersion) -> bool {
    !matches!(ffd, FfdVersion::V1_05)
}

impl Drive {
    pub(crate) const fn generation(&self) -> Generation {
        self.memory.passport.generation
    }

    /// Carries out the command in `frame` and gives the frame of the answer.
    pub(crate) fn answer(&mut self, frame: &Frame) -> Vec<u8> {
        match self.unknown(frame) {
            Some(code) => encode_answer(code, !self.warnings().is_empty(), Vec::new()),
            None => respond(self, frame),
        }
    }

    /// The refusal of a command that this drive has not. Marking (B0h…BFh) is refused at
    /// registration, so in FFD 1.1 and 1.2 its commands answer 32h, and before 01h, as D0h…D7h,
    /// whose keys are those of marking, do always (ФН protocol §2.8, §7).
    fn unknown(&self, frame: &Frame) -> Option<AnswerCode> {
        let registered = self.memory.registration();
        let allows_marking = registered.is_some_and(|it| checks_content(it.ffd));
        match frame.code {
            0xB0..=0xBF if allows_marking => Some(AnswerCode::MARKING_NOT_ALLOWED),
            code if !self.knows(code) => Some(AnswerCode::UNKNOWN_COMMAND),
            _ if frame.data.len() > self.generation().max_data() => {
                Some(AnswerCode::UNKNOWN_COMMAND)
            }
            _ => None,
        }
    }

    /// Whether this generation has the command, if there is one with this code.
    pub(crate) fn knows(&self, command: u8) -> bool {
        self.generation().has_newer_commands() || !SINCE_FN_1_2.contains(&command)
    }
}
