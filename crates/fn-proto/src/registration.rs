//! Registration of a ККТ in its drive: what 02h, 03h, A2h and A3h say and what 43h answers (ФН
//! protocol §2.3, §2.7).

use terms::{Inn, LocalDateTime, RegistrationReason, RegistrationReasons, Rnm, TaxSystems};

use crate::{
    CurrentDocument, DocumentKind, Formed,
    bytes::{NO_INN, Read, Reader},
    state::coded,
};

/// What a registration report is made for: the type byte of 02h and A2h (ФН protocol §2.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum RegistrationKind {
    /// The first registration of a ККТ, on a new drive.
    First = 0,
    /// Re-registration of a ККТ on a new drive, after the old one's archive was closed.
    DriveChange = 1,
    /// Re-registration on the same drive.
    ParametersChange = 2,
}

impl RegistrationKind {
    /// Every kind, by code.
    pub const ALL: [Self; 3] = [Self::First, Self::DriveChange, Self::ParametersChange];

    /// The type byte of A2h.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind with this type byte; none when there is no such kind.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The kind of the document that it becomes.
    pub const fn document(self) -> DocumentKind {
        match self {
            Self::First => DocumentKind::Registration,
            Self::DriveChange | Self::ParametersChange => DocumentKind::Reregistration,
        }
    }

    /// How 30h names the document while it is begun.
    pub const fn current(self) -> CurrentDocument {
        match self {
            Self::First => CurrentDocument::Registration,
            Self::DriveChange => CurrentDocument::DriveChange,
            Self::ParametersChange => CurrentDocument::Reregistration,
        }
    }
}

coded! {
    /// Why a registration of FFD 1.0 or 1.05 was changed: tag 1101, one code (ФН protocol §2.3).
    /// Later versions have [`RegistrationReasons`] instead.
    ChangeReason {
        /// The drive is changed; the drive itself writes it.
        DriveChange = 1, "the drive is changed";
        /// The ОФД is changed.
        OfdChange = 2, "the ОФД is changed";
        /// The user's data.
        UserData = 3, "the user's data";
        /// Settings of the ККТ.
        KktSettings = 4, "settings of the ККТ";
    }
}

/// Parameters of 03h, FFD 1.0 and 1.05 (ФН protocol §2.3): 39 bytes, or 40 with a reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistrationForm105 {
    /// The report's time.
    pub time: LocalDateTime,
    /// Tag 1018.
    pub user_inn: Inn,
    /// Tag 1037.
    pub rnm: Rnm,
    /// Tag 1062, bits.
    pub tax_systems: TaxSystems,
    /// Work mode, bits of table 37: 0 encryption, 1 autonomous, 2 automatic, 3 services, 4 БСО,
    /// 5 internet only, 6 bank agents (in one source; else 0).
    pub work_mode: u8,
    /// Tag 1101; in a change on the same drive only.
    pub reason: Option<ChangeReason>,
}

impl RegistrationForm105 {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = [
            &self.time.to_drive()[..],
            &self.user_inn.padded(),
            &self.rnm.padded(),
            &[self.tax_systems.bits(), self.work_mode],
        ]
        .concat();
        bytes.extend(self.reason.map(ChangeReason::code));
        bytes
    }

    pub(crate) fn read(time: LocalDateTime, reader: &mut Reader<'_>) -> Read<Self> {
        let user_inn = reader.inn()?;
        let rnm = reader.rnm()?;
        let bits = reader.u8()?;
        Ok(Self {
            time,
            user_inn,
            rnm,
            tax_systems: reader.checked(1, TaxSystems::from_bits(bits))?,
            work_mode: reader.u8()?,
            reason: match reader.remaining() {
                0 => None,
                _ => Some(ChangeReason::from_code(reader.u8()?)),
            },
        })
    }
}

/// Parameters of A3h, FFD 1.1 and 1.2 (ФН protocol §2.3): 52 bytes, or 56 with reasons.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistrationForm {
    /// The report's time.
    pub time: LocalDateTime,
    /// Tag 1018.
    pub user_inn: Inn,
    /// Tag 1037.
    pub rnm: Rnm,
    /// Tag 1062, bits.
    pub tax_systems: TaxSystems,
    /// Work mode, bits of table 38: 0 encryption, 1 autonomous, 2 automatic, 3 services, 4 БСО,
    /// 5 internet only, 6 catering, 7 wholesale.
    pub work_mode: u8,
    /// Extended flags, bits of table 51.
    pub extended_flags: u8,
    /// Tag 1017; none in autonomous mode (twelve zeros on the wire).
    pub ofd_inn: Option<Inn>,
    /// Tag 1205; none in the first registration of a ККТ, which has no such field.
    pub reasons: Option<RegistrationReasons>,
}

impl RegistrationForm {
    /// The kind of registration that A2h has to begin for this form.
    pub const fn kind(&self) -> RegistrationKind {
        match self.reasons {
            None => RegistrationKind::First,
            Some(reasons) if reasons.contains(RegistrationReason::DriveChange) => {
                RegistrationKind::DriveChange
            }
            Some(_) => RegistrationKind::ParametersChange,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let ofd_inn = self.ofd_inn.map_or(*NO_INN, |inn| inn.padded());
        let mut bytes = [
            &self.time.to_drive()[..],
            &self.user_inn.padded(),
            &self.rnm.padded(),
            &[self.tax_systems.bits(), self.work_mode, self.extended_flags],
            &ofd_inn,
        ]
        .concat();
        let reasons = self.reasons.map(|reasons| reasons.bits().to_le_bytes());
        bytes.extend(reasons.iter().flatten());
        bytes
    }

    pub(crate) fn read(time: LocalDateTime, reader: &mut Reader<'_>) -> Read<Self> {
        let user_inn = reader.inn()?;
        let rnm = reader.rnm()?;
        let bits = reader.u8()?;
        Ok(Self {
            time,
            user_inn,
            rnm,
            tax_systems: reader.checked(1, TaxSystems::from_bits(bits))?,
            work_mode: reader.u8()?,
            extended_flags: reader.u8()?,
            ofd_inn: reader.inn_or_none()?,
            reasons: match reader.remaining() {
                0 => None,
                _ => Some(RegistrationReasons::from_bits(reader.u32()?)),
            },
        })
    }
}

/// The answer to 43h in FFD 1.1 and 1.2 (60 bytes; that 1.2 is like 1.1 is INFERRED) or 1.05 (47
/// bytes); with a report's number it also has the reason and 64 or 48 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistrationTotals {
    /// When it was registered.
    pub time: LocalDateTime,
    /// Tag 1018.
    pub user_inn: Inn,
    /// Tag 1037.
    pub rnm: Rnm,
    /// Tag 1062, bits.
    pub tax_systems: u8,
    /// Work mode, bits.
    pub work_mode: u8,
    /// Extended flags; FFD 1.1 and later.
    pub extended_flags: Option<u8>,
    /// The ОФД; FFD 1.1 and later, transfer mode.
    pub ofd_inn: Option<Inn>,
    /// In the answer by number only: why it was changed, a code in 1.05 and a bit mask later; 0
    /// in a first registration (INFERRED: the field is there in every report's answer).
    pub reason: Option<u32>,
    /// The report.
    pub document: Formed,
}

impl RegistrationTotals {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = [
            &self.time.to_drive()[..],
            &self.user_inn.padded(),
            &self.rnm.padded(),
            &[self.tax_systems, self.work_mode],
        ]
        .concat();
        if let Some(flags) = self.extended_flags {
            bytes.push(flags);
            bytes.extend(self.ofd_inn.map_or(*NO_INN, |inn| inn.padded()));
        }
        bytes.extend(encode_reason(self.reason, self.extended_flags.is_some()));
        bytes.extend(self.document.encode());
        bytes
    }

    /// The answer to 43h without a parameter.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Self::read_form(reader, false)
    }

    /// The answer to 43h with the number of a report.
    pub(crate) fn read_by_number(reader: &mut Reader<'_>) -> Read<Self> {
        Self::read_form(reader, true)
    }

    fn read_form(reader: &mut Reader<'_>, has_reason: bool) -> Read<Self> {
        let time = reader.time()?;
        let user_inn = reader.inn()?;
        let rnm = reader.rnm()?;
        let tax_systems = reader.u8()?;
        let work_mode = reader.u8()?;
        // After the modes: reason and report in 1.05, flags and ОФД before them later.
        let is_long = reader.remaining() > 9;
        let (extended_flags, ofd_inn) = if is_long {
            (Some(reader.u8()?), reader.inn_or_none()?)
        } else {
            (None, None)
        };
        let reason = match has_reason {
            true => Some(read_reason(reader, is_long)?),
            false => None,
        };
        Ok(Self {
            time,
            user_inn,
            rnm,
            tax_systems,
            work_mode,
            extended_flags,
            ofd_inn,
            reason,
            document: reader.formed()?,
        })
    }
}

/// Four bytes since FFD 1.1, the lowest one before.
pub(crate) fn encode_reason(reason: Option<u32>, is_long: bool) -> Vec<u8> {
    let width = if is_long { 4 } else { 1 };
    let bytes = reason.iter().flat_map(|reason| reason.to_le_bytes());
    bytes.take(width).collect()
}

pub(crate) fn read_reason(reader: &mut Reader<'_>, is_long: bool) -> Read<u32> {
    if is_long {
        reader.u32()
    } else {
        reader.u8().map(u32::from)
    }
}
