use std::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $title:literal;)*) => {
        /// A reason why the registration of a ККТ is changed: one bit of tag 1205 (FFD documents
        /// §3).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        pub enum RegistrationReason {
            $($(#[$doc])* $name = $bit,)*
        }

        impl RegistrationReason {
            /// Every reason, by bit.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The Russian name.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

reasons! {
    /// The drive is changed. It is the one reason that begins a new archive.
    DriveChange = 0, "замена ФН";
    /// The ОФД is changed.
    OfdChange = 1, "замена ОФД";
    /// The user's name (1048).
    UserName = 2, "изменение наименования пользователя";
    /// Address or place of settlements (1009, 1187).
    Place = 3, "изменение адреса и (или) места расчетов";
    /// From autonomous mode to transfer.
    OfflineToTransfer = 4, "переход из автономного режима в режим передачи данных";
    /// From transfer to autonomous mode.
    TransferToOffline = 5, "переход из режима передачи данных в автономный режим";
    /// The version of the model of the ККТ (1188).
    KktVersion = 6, "изменение версии модели ККТ";
    /// Tax systems (1062).
    TaxSystems = 7, "изменение перечня систем налогообложения";
    /// The number of the automatic device (1036).
    AutomatNumber = 8, "изменение номера автоматического устройства";
    /// From automatic mode to one with a cashier.
    AutomaticToAttended = 9, "переход из автоматического режима в неавтоматический";
    /// From a cashier to automatic mode.
    AttendedToAutomatic = 10, "переход из неавтоматического режима в автоматический";
    /// It makes БСО now.
    StrictFormsBegun = 11, "переход в режим АС БСО";
    /// It makes no БСО any more.
    StrictFormsEnded = 12, "переход из режима АС БСО";
    /// From Internet only to printing.
    InternetToPrinting = 13, "переход из режима расчетов только в сети Интернет";
    /// From printing to Internet only.
    PrintingToInternet = 14, "переход в режим расчетов только в сети Интернет";
    /// No agent any more.
    AgentEnded = 15, "прекращение деятельности агента";
    /// An agent now.
    AgentBegun = 16, "начало деятельности агента";
    /// No gambling any more.
    GamblingEnded = 17, "прекращение проведения азартных игр";
    /// Gambling now.
    GamblingBegun = 18, "начало проведения азартных игр";
    /// No lotteries any more.
    LotteryEnded = 19, "прекращение проведения лотерей";
    /// Lotteries now.
    LotteryBegun = 20, "начало проведения лотерей";
    /// The version of the format (1209).
    FfdVersion = 21, "изменение версии ФФД";
    /// Anything else.
    Other = 31, "иные причины";
}

impl RegistrationReason {
    /// The bit of tag 1205.
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// Why a registration is changed: tag 1205, коды причин изменения сведений о ККТ.
///
/// Bits that no reason is assigned to are kept, so that stored documents are read as they stand.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct RegistrationReasons(u32);

impl RegistrationReasons {
    /// Reads a value of tag 1205.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The set of `reasons`.
    pub fn of(reasons: impl IntoIterator<Item = RegistrationReason>) -> Self {
        Self(
            reasons
                .into_iter()
                .fold(0, |bits, reason| bits | reason.bit()),
        )
    }

    /// The value of tag 1205.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether there is no reason at all.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `reason` is one of them.
    pub const fn contains(self, reason: RegistrationReason) -> bool {
        self.0 & reason.bit() != 0
    }

    /// These and `reason`.
    #[must_use]
    pub const fn with(self, reason: RegistrationReason) -> Self {
        Self(self.0 | reason.bit())
    }

    /// The reasons of the set, by bit.
    pub fn iter(self) -> impl Iterator<Item = RegistrationReason> {
        RegistrationReason::ALL
            .iter()
            .copied()
            .filter(move |reason| self.contains(*reason))
    }
}

impl fmt::Debug for RegistrationReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}h ", self.0)?;
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The Russian names, with commas between.
impl fmt::Display for RegistrationReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, reason) in self.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{}", reason.title())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_of_a_real_report_are_told_by_name() {
        // Tag 1205 of a registration change that a real ОФД received: 13.
        let reasons = RegistrationReasons::from_bits(13);
        assert!(reasons.contains(RegistrationReason::DriveChange));
        assert_eq!(RegistrationReasons::of(reasons.iter()), reasons);
        assert_eq!(
            reasons.to_string(),
            "замена ФН, изменение наименования пользователя, изменение адреса и (или) места расчетов",
        );
        assert_eq!(RegistrationReason::Other.bit(), 0x8000_0000);
        assert!(RegistrationReasons::default().is_empty());
        assert!(
            RegistrationReasons::from_bits(1 << 25)
                .iter()
                .next()
                .is_none()
        );
    }
}
