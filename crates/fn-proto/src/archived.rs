//! Records of the archive and of registrations (ФН protocol §2.7).

use terms::{OperationSign, ShiftNumber};

use crate::{
    ArchivedDetails, ArchivedDocument, DocumentKind, RegistrationTotals,
    answer::{encode_date, skip_optional},
    bytes::{NO_INN, Read, Reader, Unreadable, money},
};

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
                [&[operation.code()][..], &money(*total)].concat()
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
                    total: reader.money()?,
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
                skip_optional(reader, 2);
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

/// Four bytes since FFD 1.1, the lowest one before.
fn encode_reason(reason: Option<u32>, is_long: bool) -> Vec<u8> {
    let width = if is_long { 4 } else { 1 };
    let bytes = reason.iter().flat_map(|reason| reason.to_le_bytes());
    bytes.take(width).collect()
}

fn read_reason(reader: &mut Reader<'_>, is_long: bool) -> Read<u32> {
    if is_long {
        reader.u32()
    } else {
        reader.u8().map(u32::from)
    }
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
