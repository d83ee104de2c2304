//! Answer codes and what to do about them (ФН protocol §4.6).

use std::fmt;

use crate::WarningFlags;

/// The code of a drive's answer: seven bits, the warning bit is not part of it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AnswerCode(u8);

/// What the host has to do after a code (ФН protocol §4.6).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reaction {
    /// Success: go on.
    Proceed,
    /// The command is not known to this drive, or the line damaged it. Log what was sent; repeat
    /// only pure reads; for 3Ah and the like it means «not supported».
    NotSupported,
    /// The drive is in another state than the host believes: read 30h and 10h, go on from there.
    Resync,
    /// The drive may be failing: read 35h, restart it, read 30h. After 16h neither repeat nor
    /// cancel. Twice for one drive: take it out of service.
    SlotSuspect,
    /// No further documents fit in the drive's resource: close it, use another slot.
    SlotExhausted,
    /// The host's clock is wrong or went back: read the last time, alarm, begin the document
    /// again with a right time.
    FixClock,
    /// The end of what is being read; not an error.
    EndOfData,
    /// A parameter is wrong, or the command does not exist in the drive's FFD version: the
    /// program or its configuration must change.
    ProgramError,
    /// The data of the begun document are not acceptable: 06h, build the document anew.
    RestartDocument,
    /// The ОФД must be reported connected first (21h with 1), then repeat.
    ConnectTransport,
    /// Unsent messages block new documents: send them; meanwhile use another slot.
    SendToOfd,
    /// The shift is older than 24 hours: close it, open one, begin the receipt again.
    CloseShiftAndRepeat,
    /// The document does not fit the registration of this drive: another slot may take it.
    OtherSlot,
    /// The ticket was refused: drop it, send the message again later.
    ResendMessage,
    /// The line damaged the ОФД's answer: pass it again (20h with reason 5 or 7).
    PassTicketAgain,
    /// Marked goods and key updates, which this crate does not offer.
    Marking,
    /// The specification does not name the code: treat the drive's state as unknown.
    Unknown,
}

/// What to do, for people.
impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proceed => "go on",
            Self::NotSupported => "this drive lacks the command, or the line damaged it",
            Self::Resync => "read 30h and 10h and go on from there",
            Self::SlotSuspect => "read 35h, restart the drive, read 30h; repeat and cancel nothing",
            Self::SlotExhausted => "close the drive, use another one",
            Self::FixClock => "set the clock right, begin the document again",
            Self::EndOfData => "nothing more to read",
            Self::ProgramError => "correct the program or its configuration",
            Self::RestartDocument => "06h, build the document anew",
            Self::ConnectTransport => "21h with 1, then repeat",
            Self::SendToOfd => "send messages to the ОФД",
            Self::CloseShiftAndRepeat => "close the shift, open one, repeat",
            Self::OtherSlot => "use a drive that is registered for it",
            Self::ResendMessage => "drop the ticket, send the message again later",
            Self::PassTicketAgain => "pass the ticket again",
            Self::Marking => "look into the rules of marked goods",
            Self::Unknown => "find out the drive's state by 30h",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal, $reaction:ident;)*) => {
        impl AnswerCode {
            $($(#[$doc])* pub const $name: Self = Self($code);)*

            /// Every code that the specification names.
            pub const NAMED: &[Self] = &[$(Self::$name),*];

            /// What the code says, for people.
            pub const fn title(self) -> &'static str {
                match self.0 {
                    $($code => $title,)*
                    _ => "unknown code",
                }
            }

            /// What to do about it.
            pub const fn reaction(self) -> Reaction {
                match self.0 {
                    $($code => Reaction::$reaction,)*
                    _ => Reaction::Unknown,
                }
            }
        }
    };
}

codes! {
    /// Success.
    OK = 0x00, "done", Proceed;
    /// Unknown command, malformed or unknown parameter.
    UNKNOWN_COMMAND = 0x01, "unknown command or malformed parameters", NotSupported;
    /// The state does not allow the command.
    WRONG_STATE = 0x02, "not in this state", Resync;
    /// Failure of the drive.
    DRIVE_FAILURE = 0x03, "failure of the drive", SlotSuspect;
    /// Failure of the crypto coprocessor.
    CRYPTO_FAILURE = 0x04, "failure of the crypto coprocessor", SlotSuspect;
    /// Registration parameters do not fit the drive's life; FN-1: its life is over.
    LIFE_OVER = 0x05, "does not fit the drive's life", SlotExhausted;
    /// Archive full, FN-1 only: FN-1.2 answers 14h with flag 2 instead (ФН protocol §9 Q12).
    ARCHIVE_FULL = 0x06, "archive full", SlotExhausted;
    /// Bad date or time, or earlier than the last document (for the opening of a shift one source
    /// allows up to an hour earlier: ФН protocol §9 Q21).
    BAD_TIME = 0x07, "bad date or time", FixClock;
    /// No such data.
    NO_DATA = 0x08, "no data", EndOfData;
    /// A parameter's value is wrong. To 16h of FN-1: the shift's totals overflow; to 04h: documents
    /// are unsent, which FN-1 does not check (ФН protocol §9 Q19).
    BAD_VALUE = 0x09, "wrong value of a parameter", ProgramError;
    /// The command does not exist in this FFD version, or parameters are missing. One table says
    /// that 0Ah…0Eh come in FFD 1.1 only, others show them in 1.2 (ФН protocol §9 Q23): they are
    /// understood in any.
    WRONG_MODE = 0x0A, "not in this FFD version, or parameters missing", ProgramError;
    /// A tag that only the drive may form; data: the tag.
    FORBIDDEN_TAG = 0x0B, "tag that only the drive may form", RestartDocument;
    /// A tag came twice; data: the tag.
    DUPLICATE_TAG = 0x0C, "duplicate tag", RestartDocument;
    /// Required data are missing; 16h: one byte, the payment sums that did come.
    DATA_MISSING = 0x0D, "required data missing", RestartDocument;
    /// Too many items.
    TOO_MANY_ITEMS = 0x0E, "too many items", RestartDocument;
    /// More TLV data than the document may have.
    TOO_LONG = 0x10, "too much data for the document", RestartDocument;
    /// No transport connection was reported.
    NO_TRANSPORT = 0x11, "no transport connection", ConnectTransport;
    /// The resource of the drive is exhausted.
    RESOURCE_OVER = 0x12, "resource of the drive exhausted", SlotExhausted;
    /// Oldest unsent message over 30 days (flag 3), or archive full (flag 2), or the store full.
    RESOURCE_LIMIT = 0x14, "unsent over 30 days, or store full", SendToOfd;
    /// The ОФД was silent for over 30 days, FN-1 only: FN-1.2 answers 14h with flag 3 (ФН protocol
    /// §9 Q12).
    OFD_TOO_LATE = 0x15, "unsent over 30 days", SendToOfd;
    /// The shift is too old.
    SHIFT_TOO_LONG = 0x16, "shift longer than 24 hours", CloseShiftAndRepeat;
    /// The host's time differs from the drive's timer.
    CLOCK_DIFFERS = 0x17, "time differs by more than 5 minutes from the drive's", FixClock;
    /// The length of an attribute is wrong.
    BAD_ATTRIBUTE = 0x18, "wrong attribute in the data", RestartDocument;
    /// An attribute contradicts the registration.
    NOT_REGISTERED = 0x19, "attribute contradicts the registration", OtherSlot;
    /// The answer of the ОФД was refused; data: the reason.
    TICKET_REFUSED = 0x20, "answer of the ОФД refused", ResendMessage;
    /// The key server refused.
    KEYS_REFUSED = 0x23, "key server refused", Marking;
    /// The key server's answer is not known.
    KEYS_UNKNOWN = 0x24, "answer of the key server unknown", Marking;
    /// Repeat the key update.
    KEYS_REPEAT = 0x30, "repeat the key update", Marking;
    /// Registration does not allow marked goods.
    MARKING_NOT_ALLOWED = 0x32, "marking not allowed at registration", OtherSlot;
    /// Wrong order of marking commands.
    MARKING_ORDER = 0x33, "wrong order of marking commands", Marking;
    /// Marking is blocked until notifications are sent.
    MARKING_BLOCKED = 0x34, "marking blocked, notification store full", Marking;
    /// The table of checked codes is full.
    MARKING_TABLE_FULL = 0x35, "table of marking codes full", Marking;
    /// Keys are older than 90 days.
    KEYS_TOO_OLD = 0x36, "keys older than 90 days", Marking;
    /// A required tag is missing; data: the tag.
    MARKING_TAG_MISSING = 0x3C, "required tag missing", Marking;
    /// The marking code was not checked before.
    MARKING_NOT_CHECKED = 0x3E, "marking code not checked", Marking;
}

impl AnswerCode {
    /// The code in an answer's first byte, whose warning bit is dropped.
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte & 0x7F)
    }

    /// The code, 0…7Fh.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// What to do about it when the drive warns of `warnings` (30h). It makes a difference for 14h,
    /// which says that documents are unsent for too long, or that the archive is full (ФН
    /// protocol §4.6); when both are, sending comes first.
    pub const fn reaction_with(self, warnings: WarningFlags) -> Reaction {
        let full = warnings.archive_full() && !warnings.ofd_silent();
        match self {
            Self::RESOURCE_LIMIT if full => Reaction::SlotExhausted,
            _ => self.reaction(),
        }
    }

    /// Whether it is success.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }
}

/// `16h shift longer than 24 hours`.
impl fmt::Display for AnswerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}h {}", self.0, self.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_machines_both_understand_a_code() {
        let check = |byte: u8, text: &str, reaction: Reaction| {
            let code = AnswerCode::from_byte(byte);
            assert_eq!(code.to_string(), text);
            assert_eq!(code.reaction(), reaction, "{text}");
        };
        check(0x80, "00h done", Reaction::Proceed);
        check(
            0x96,
            "16h shift longer than 24 hours",
            Reaction::CloseShiftAndRepeat,
        );
        check(
            0x16,
            "16h shift longer than 24 hours",
            Reaction::CloseShiftAndRepeat,
        );
        check(0x08, "08h no data", Reaction::EndOfData);
        check(0x7E, "7Eh unknown code", Reaction::Unknown);
    }

    #[test]
    fn a_resource_limit_is_the_end_of_a_drive_only_when_its_archive_is_full() {
        let (full, silent) = (WarningFlags::ARCHIVE_FULL, WarningFlags::OFD_SILENT);
        let reaction = |warnings| AnswerCode::RESOURCE_LIMIT.reaction_with(warnings);
        assert_eq!(reaction(WarningFlags::NONE), Reaction::SendToOfd);
        assert_eq!(reaction(silent), Reaction::SendToOfd);
        assert_eq!(reaction(full), Reaction::SlotExhausted);
        assert_eq!(reaction(full.with(silent)), Reaction::SendToOfd);
        let other = AnswerCode::SHIFT_TOO_LONG.reaction_with(full);
        assert_eq!(other, Reaction::CloseShiftAndRepeat);
    }
}
