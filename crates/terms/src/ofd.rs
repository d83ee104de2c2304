use std::fmt;

/// What the ОФД made of a document, tag 1022 (ККТ–ОФД protocol §7).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OfdCode(pub u8);

impl OfdCode {
    /// The document is accepted.
    pub const ACCEPTED: Self = Self(0);
    /// The document was not recognised: signs, encryption, format or owner.
    pub const NOT_RECOGNISED: Self = Self(11);
    /// The document failed format-logic control (ФЛК).
    pub const FORMAT_REFUSED: Self = Self(14);

    /// Whether the document is accepted. Any other code is a refusal; the drive will not send the
    /// document again.
    pub const fn is_accepted(self) -> bool {
        self.0 == Self::ACCEPTED.0
    }

    /// What it means, in Russian.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ACCEPTED => "документ принят",
            Self::NOT_RECOGNISED => "документ не распознан",
            Self::FORMAT_REFUSED => "документ не прошёл форматно-логический контроль",
            _ => "неизвестный код ответа ОФД",
        }
    }

    /// What it means, in English.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ACCEPTED => "accepted",
            Self::NOT_RECOGNISED => "the document was not recognised",
            Self::FORMAT_REFUSED => "the document failed format-logic control",
            _ => "an unknown answer code",
        }
    }
}

impl fmt::Display for OfdCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One bit of tag 1206: what the ОФД wants the user to know.
///
/// Sources disagree on bits 5 to 7; this is the reading of their majority (FFD documents §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum OfdMessage {
    /// Bit 1: a document failed format-logic control.
    FormatRefused,
    /// Bit 2: look into the register's cabinet at the ФНС.
    CheckCabinet,
    /// Bit 3: the document format is to be updated.
    UpdateFormat,
    /// Bit 4: the register stands in a plan of inspections.
    InspectionPlan,
    /// Bit 6: the settings of the connection to the ОФД are to be changed.
    ChangeConnection,
    /// Bit 7: the ОФД has lost its permission.
    OfdTerminated,
    /// A bit without known meaning: 0 or 5.
    Unknown(u8),
}

impl OfdMessage {
    const fn at(bit: u8) -> Self {
        match bit {
            1 => Self::FormatRefused,
            2 => Self::CheckCabinet,
            3 => Self::UpdateFormat,
            4 => Self::InspectionPlan,
            6 => Self::ChangeConnection,
            7 => Self::OfdTerminated,
            other => Self::Unknown(other),
        }
    }

    /// Its bit, 0 to 7.
    pub const fn bit(self) -> u8 {
        match self {
            Self::FormatRefused => 1,
            Self::CheckCabinet => 2,
            Self::UpdateFormat => 3,
            Self::InspectionPlan => 4,
            Self::ChangeConnection => 6,
            Self::OfdTerminated => 7,
            Self::Unknown(bit) => bit,
        }
    }

    /// The stable word for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FormatRefused => "format_refused",
            Self::CheckCabinet => "check_cabinet",
            Self::UpdateFormat => "update_format",
            Self::InspectionPlan => "inspection_plan",
            Self::ChangeConnection => "change_connection",
            Self::OfdTerminated => "ofd_terminated",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What it says, in Russian.
    pub const fn title(self) -> &'static str {
        match self {
            Self::FormatRefused => "ошибка форматно-логического контроля документа",
            Self::CheckCabinet => "проверьте кабинет ККТ на сайте ФНС",
            Self::UpdateFormat => "требуется обновление ФФД",
            Self::InspectionPlan => "ККТ включена в план проверки",
            Self::ChangeConnection => "измените настройки подключения к ОФД",
            Self::OfdTerminated => "разрешение ОФД аннулировано: смените ОФД",
            Self::Unknown(_) => "сообщение ОФД с неизвестным значением",
        }
    }

    /// What it says, in English.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::FormatRefused => "a document failed format-logic control",
            Self::CheckCabinet => "look into the register's cabinet at the ФНС",
            Self::UpdateFormat => "the document format must be updated",
            Self::InspectionPlan => "the register stands in a plan of inspections",
            Self::ChangeConnection => "the settings of the connection to the ОФД must be changed",
            Self::OfdTerminated => "the ОФД has lost its permission: change the ОФД",
            Self::Unknown(_) => "a message of the ОФД without known meaning",
        }
    }
}

/// All bits of tag 1206.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct OfdMessages(u8);

impl OfdMessages {
    /// The tag's value.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The tag's value.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the ОФД has nothing to say.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What both say.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its bits, the lowest first.
    ///
    /// ```
    /// use terms::{OfdMessage, OfdMessages};
    /// let said: Vec<_> = OfdMessages::from_bits(0b1000_0100).iter().collect();
    /// assert_eq!(said, [OfdMessage::CheckCabinet, OfdMessage::OfdTerminated]);
    /// ```
    pub fn iter(self) -> impl Iterator<Item = OfdMessage> {
        (0..8)
            .filter(move |bit| self.0 & (1 << bit) != 0)
            .map(OfdMessage::at)
    }
}

/// What an ОФД says about one document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OfdAnswer {
    /// Tag 1022; none when it is not known.
    pub code: Option<OfdCode>,
    /// Tag 1206.
    pub messages: OfdMessages,
    /// Words for people, if it wrote some.
    pub text: Option<String>,
}

impl OfdAnswer {
    /// Whether the document is refused.
    pub fn is_refusal(&self) -> bool {
        self.code.is_some_and(|code| !code.is_accepted())
    }

    /// Whether it says more than «accepted».
    pub fn is_notable(&self) -> bool {
        self.is_refusal() || !self.messages.is_empty() || self.text.is_some()
    }

    /// What both say; the code and the text are those of `self` if it has them.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            code: self.code.or(other.code),
            messages: self.messages.with(other.messages),
            text: self.text.or(other.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_one_message_and_back() {
        for bits in 0..=u8::MAX {
            let said = OfdMessages::from_bits(bits);
            let again = said.iter().fold(0, |sum, it| sum | 1 << it.bit());
            assert_eq!(again, bits);
        }
    }

    #[test]
    fn only_code_0_accepts_and_an_unknown_code_does_not() {
        let accepted = (0..=u8::MAX).filter(|code| OfdCode(*code).is_accepted());
        assert_eq!(accepted.collect::<Vec<_>>(), [0]);
        let unknown = OfdAnswer::default();
        assert!(!unknown.is_refusal() && !unknown.is_notable());
    }
}
