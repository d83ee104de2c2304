//! Records of the archive (ФН protocol §2.7).

use terms::{Inn, Kopecks, LocalDate, LocalDateTime, OperationSign, Rnm, ShiftNumber};

use crate::{
    DocumentKind, Formed,
    bytes::{NO_INN, Read, Reader, Unreadable, encode_date, money},
    registration::{encode_reason, read_reason},
};

/// The answer to 40h (ФН protocol §2.7).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchivedDocument {
    /// What it is.
    pub kind: DocumentKind,
    /// Whether its ticket was received.
    pub has_ticket: bool,
    /// Its time.
    pub time: LocalDateTime,
    /// Its number and sign.
    pub document: Formed,
    /// What depends on the kind.
    pub details: ArchivedDetails,
}

/// The part of an archive record that depends on the document's kind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ArchivedDetails {
    /// Registration and re-registration.
    Registration {
        /// Tag 1018.
        user_inn: Inn,
        /// Tag 1037.
        rnm: Rnm,
        /// Tag 1062, bits.
        tax_systems: u8,
        /// Work mode, bits.
        work_mode: u8,
        /// Extended flags, FFD 1.1 and later.
        extended_flags: Option<u8>,
        /// The ОФД, FFD 1.1 and later, transfer mode.
        ofd_inn: Option<Inn>,
        /// Re-registration: the reason, a code in 1.05 and a bit mask later.
        reason: Option<u32>,
    },
    /// Receipts, БСО and their corrections.
    Receipt {
        /// Tag 1054.
        operation: OperationSign,
        /// Tag 1020.
        total: Kopecks,
    },
    /// Opening and closing of a shift.
    Shift(ShiftNumber),
    /// Closing of the archive.
    Closing {
        /// Tag 1018.
        user_inn: Inn,
        /// Tag 1037.
        rnm: Rnm,
    },
    /// Report on settlements.
    Settlements {
        /// Tag 1097.
        unacknowledged: u32,
        /// Date of the first of them; none when there are none.
        since: Option<LocalDate>,
    },
}

impl ArchivedDocument {
    pub(crate) fn encode(&self) -> Vec<u8> {
        [
            &[self.kind.code(), u8::from(self.has_ticket)][..],
            &self.time.to_drive(),
            &self.document.encode(),
            &self.details.encode(),
        ]
        .concat()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let kind = DocumentKind::from_code(reader.u8()?);
        Ok(Self {
            kind,
            has_ticket: reader.flag()?,
            time: reader.time()?,
            document: reader.formed()?,
            details: ArchivedDetails::read(kind, reader)?,
        })
    }
}

impl ArchivedDetails {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Registration {
                user_inn,
                rnm,
                tax_systems,
                work_mode,
                extended_flags,
                ofd_inn,
                reason,
            } => {
                let mut bytes = [&user_inn.padded()[..], &rnm.padded()].concat();
                bytes.extend([*tax_systems, *work_mode]);
                if let Some(flags) = extended_flags {
                    bytes.push(*flags);
                    bytes.extend(ofd_inn.map_or(*NO_INN, |inn| inn.padded()));
                }
                bytes.extend(encode_reason(*reason, extended_flags.is_some()));
                bytes
            }
            Self::Receipt { operation, total } => {
                [&[operation.code()][..], &money::<5>(*total)].concat()
            }
            Self::Shift(shift) => shift.get().to_le_bytes().to_vec(),
            Self::Closing { user_inn, rnm } => [&user_inn.padded()[..], &rnm.padded()].concat(),
            Self::Settlements {
                unacknowledged,
                since,
            } => [&unacknowledged.to_le_bytes()[..], &encode_date(*since)].concat(),
        }
    }

    fn read(kind: DocumentKind, reader: &mut Reader<'_>) -> Read<Self> {
        Ok(match kind {
            DocumentKind::Registration | DocumentKind::Reregistration => {
                Self::read_registration(kind, reader)?
            }
            DocumentKind::Receipt
            | DocumentKind::StrictForm
            | DocumentKind::Correction
            | DocumentKind::StrictFormCorrection => {
                let operation = reader.u8()?;
                Self::Receipt {
                    operation: reader.checked(1, OperationSign::from_code(operation))?,
                    total: reader.money::<5>()?,
                }
            }
            DocumentKind::ShiftOpening | DocumentKind::ShiftClosing => {
                Self::Shift(ShiftNumber(reader.u16()?))
            }
            DocumentKind::ArchiveClosing => Self::Closing {
                user_inn: reader.inn()?,
                rnm: reader.rnm()?,
            },
            DocumentKind::Settlements => {
                let details = Self::Settlements {
                    unacknowledged: reader.u32()?,
                    since: reader.date_or_none()?,
                };
                // Old drives write the time after the date (ФН protocol §9 Q11).
                reader.skip_optional(2);
                details
            }
            DocumentKind::Unknown(code) => {
                return Err(Unreadable::length(format!(
                    "offset 0: {code:02X}h is no known kind of document",
                )));
            }
        })
    }

    fn read_registration(kind: DocumentKind, reader: &mut Reader<'_>) -> Read<Self> {
        let user_inn = reader.inn()?;
        let rnm = reader.rnm()?;
        let tax_systems = reader.u8()?;
        let work_mode = reader.u8()?;
        let changed = kind == DocumentKind::Reregistration;
        let is_long = reader.remaining() > 4;
        let (extended_flags, ofd_inn) = if is_long {
            (Some(reader.u8()?), reader.inn_or_none()?)
        } else {
            (None, None)
        };
        let reason = match changed {
            true => Some(read_reason(reader, is_long)?),
            false => None,
        };
        Ok(Self::Registration {
            user_inn,
            rnm,
            tax_systems,
            work_mode,
            extended_flags,
            ofd_inn,
            reason,
        })
    }
}
