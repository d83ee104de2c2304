/// Why a registration is changed in FFD 1.05: a value of tag 1101, which is repeated for each
/// reason (FFD documents §3). Later versions have [`terms::RegistrationReason`] for it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum ReregistrationReason {
    /// The drive is changed.
    DriveChange = 1,
    /// The ОФД is changed.
    OfdChange = 2,
    /// The user's requisites.
    UserData = 3,
    /// The settings of the ККТ.
    KktSettings = 4,
}

impl ReregistrationReason {
    /// Every reason, by code.
    pub const ALL: [Self; 4] = [
        Self::DriveChange,
        Self::OfdChange,
        Self::UserData,
        Self::KktSettings,
    ];

    /// The value of tag 1101.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The reason with this value; none when no such reason is assigned.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The Russian name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::DriveChange => "замена ФН",
            Self::OfdChange => "замена ОФД",
            Self::UserData => "изменение реквизитов",
            Self::KktSettings => "изменение настроек ККТ",
        }
    }
}
