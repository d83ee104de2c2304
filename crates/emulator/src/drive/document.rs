//! The drive's own part of a document and the document as a whole (ФН protocol §3.7, ККТ–ОФД
//! protocol §9 «observed order»).

use ffd::{EncodeError, Tag, Writer};
use fn_proto::{
    ArchivedDetails, ArchivedDocument, DocumentKind, Formed, RegistrationForm, WarningFlags,
};
use terms::{
    FfdVersion, FiscalSign, Inn, Kopecks, LocalDateTime, OperationSign, ReceiptNumber, Rnm,
    ShiftNumber,
};

use super::{begun::Begun, memory::Memory, record::StoredDocument, sign};

/// What a document is, beyond the host's data.
pub(crate) enum Content<'a> {
    Registration(&'a RegistrationForm),
    ShiftOpening,
    ShiftClosing,
    Receipt(Settlement),
    Correction(Settlement),
    ArchiveClosing { user_inn: Inn, rnm: Rnm },
}

/// The parameters of 16h.
#[derive(Clone, Copy)]
pub(crate) struct Settlement {
    pub(crate) operation: OperationSign,
    pub(crate) total: Kopecks,
}

impl Content<'_> {
    const fn kind(&self) -> DocumentKind {
        match self {
            Self::Registration(form) => form.kind().document(),
            Self::ShiftOpening => DocumentKind::ShiftOpening,
            Self::ShiftClosing => DocumentKind::ShiftClosing,
            Self::Receipt(_) => DocumentKind::Receipt,
            Self::Correction(_) => DocumentKind::Correction,
            Self::ArchiveClosing { .. } => DocumentKind::ArchiveClosing,
        }
    }
}

/// Signs the begun document.
///
/// # Errors
/// When a value does not fit its tag, which happens only beyond the limits of the format, such as
/// times after 2106.
pub(crate) fn form(
    memory: &Memory,
    begun: &Begun,
    time: LocalDateTime,
    warnings: WarningFlags,
    content: &Content<'_>,
) -> Result<StoredDocument, EncodeError> {
    let drafting = Drafting {
        memory,
        begun,
        time,
        warnings,
        content,
    };
    let unsigned = drafting.whole(FiscalSign(0))?;
    let value = sign::fiscal_sign(&memory.passport.key, &unsigned);
    let document = Formed {
        number: memory.last_document().next(),
        sign: FiscalSign(value),
    };
    Ok(StoredDocument {
        archived: ArchivedDocument {
            kind: content.kind(),
            has_ticket: false,
            time,
            document,
            details: drafting.details(),
        },
        ffd: begun.ffd,
        shift: drafting.shift(),
        receipt: drafting.receipt(),
        tlv: drafting.whole(document.sign)?,
    })
}

struct Drafting<'a> {
    memory: &'a Memory,
    begun: &'a Begun,
    time: LocalDateTime,
    warnings: WarningFlags,
    content: &'a Content<'a>,
}

impl Drafting<'_> {
    fn details(&self) -> ArchivedDetails {
        match self.content {
            Content::Registration(form) => ArchivedDetails::Registration {
                user_inn: form.user_inn,
                rnm: form.rnm,
                tax_systems: form.tax_systems.bits(),
                work_mode: form.work_mode,
                extended_flags: Some(form.extended_flags),
                ofd_inn: form.ofd_inn,
                reason: form.reasons.map(|reasons| reasons.bits()),
            },
            Content::ShiftOpening | Content::ShiftClosing => ArchivedDetails::Shift(self.shift()),
            Content::ArchiveClosing { user_inn, rnm } => ArchivedDetails::Closing {
                user_inn: *user_inn,
                rnm: *rnm,
            },
            Content::Receipt(settlement) | Content::Correction(settlement) => {
                ArchivedDetails::Receipt {
                    operation: settlement.operation,
                    total: settlement.total,
                }
            }
        }
    }

    fn shift(&self) -> ShiftNumber {
        match self.content {
            Content::Registration(_) | Content::ArchiveClosing { .. } => ShiftNumber(0),
            Content::ShiftOpening => self.memory.shift.number.next(),
            Content::ShiftClosing | Content::Receipt(_) | Content::Correction(_) => {
                self.memory.shift.number
            }
        }
    }

    fn receipt(&self) -> ReceiptNumber {
        match self.content {
            Content::Receipt(_) | Content::Correction(_) => self.memory.shift.receipts.next(),
            _ => ReceiptNumber(0),
        }
    }

    /// The document with this sign: the drive's tags, then the host's as they came.
    fn whole(&self, sign: FiscalSign) -> Result<Vec<u8>, EncodeError> {
        let mut own = Writer::new();
        self.write_head(&mut own, sign)?;
        match self.content {
            Content::Registration(form) => self.write_registration(&mut own, form)?,
            Content::ShiftOpening => {
                own.uint32(Tag::SHIFT_NUMBER, self.shift().get().into())?;
                self.write_warnings(&mut own)?;
            }
            Content::ShiftClosing => self.write_closing(&mut own)?,
            Content::ArchiveClosing { .. } => {
                own.uint32(Tag::SHIFT_NUMBER, self.memory.shift.number.get().into())?;
                own.raw(Tag::DRIVE_COUNTERS, &self.memory.counters.write()?)?;
            }
            Content::Receipt(settlement) | Content::Correction(settlement) => {
                own.uint32(Tag::SHIFT_NUMBER, self.shift().get().into())?;
                own.uint32(Tag::RECEIPT_NUMBER, self.receipt().get().into())?;
                own.byte(Tag::OPERATION_SIGN, settlement.operation.code())?;
                own.money(Tag::TOTAL, settlement.total)?;
            }
        }
        let content = [own.finish(), self.begun.data.clone()].concat();
        let mut whole = Writer::with_limit(content.len() + 4);
        whole.raw(Tag(self.content.kind().code().into()), &content)?;
        Ok(whole.finish())
    }

    fn write_head(&self, own: &mut Writer, sign: FiscalSign) -> Result<(), EncodeError> {
        let (rnm, user_inn) = match (self.content, self.memory.registration()) {
            (Content::Registration(form), _) => (Some(form.rnm), Some(form.user_inn)),
            (_, Some(registered)) => (Some(registered.rnm), Some(registered.user_inn)),
            (_, None) => (None, None),
        };
        own.ffd(Tag::FFD_VERSION, self.begun.ffd)?;
        if let Content::Registration(_) = self.content {
            own.ffd(Tag::DRIVE_FFD, HIGHEST_FFD)?;
        }
        let drive = self.memory.passport.number();
        own.text(Tag::DRIVE_NUMBER, drive.as_str())?;
        if let Some((rnm, user_inn)) = rnm.zip(user_inn) {
            own.text(Tag::RNM, rnm.as_str())?;
            own.inn(Tag::USER_INN, &user_inn)?;
        }
        let number = self.memory.last_document().next();
        own.uint32(Tag::DOCUMENT_NUMBER, number.get())?;
        own.time(Tag::DATE_TIME, self.time)?;
        let prefix = match self.content {
            Content::Receipt(_) => [0x31, 0x04],
            Content::Correction(_) => [0x33, 0x04],
            _ => [0x21, 0x04],
        };
        let value = [&prefix[..], &sign.0.to_be_bytes()].concat();
        own.bytes(Tag::FISCAL_SIGN, &value)
    }

    fn write_registration(
        &self,
        own: &mut Writer,
        form: &RegistrationForm,
    ) -> Result<(), EncodeError> {
        let work = |bit: u8| form.work_mode & 1 << bit != 0;
        let extended = |bit: u8| form.extended_flags & 1 << bit != 0;
        if let Some(ofd_inn) = &form.ofd_inn {
            own.inn(Tag::OFD_INN, ofd_inn)?;
        }
        own.byte(Tag::TAX_SYSTEMS, form.tax_systems.bits())?;
        own.flag(Tag::ENCRYPTION, work(0))?;
        own.flag(Tag::OFFLINE_MODE, work(1))?;
        own.flag(Tag::AUTOMATIC_MODE, work(2))?;
        if self.begun.ffd == FfdVersion::V1_2 {
            own.uint32(Tag::USAGE_CONDITIONS, usage_conditions(form))?;
        } else {
            own.flag(Tag::SERVICES_ONLY, work(3))?;
            own.flag(Tag::STRICT_FORMS, work(4))?;
            own.flag(Tag::INTERNET_ONLY, work(5))?;
            own.flag(Tag::LOTTERY, extended(2))?;
            own.flag(Tag::GAMBLING, extended(1))?;
            own.flag(Tag::EXCISE, extended(0))?;
            own.flag(Tag::PRINTER_IN_AUTOMAT, extended(3))?;
        }
        if let Some(reasons) = form.reasons {
            own.uint32(Tag::CHANGE_REASONS, reasons.bits())?;
        }
        let days = self.memory.key_days(form, self.time.date());
        own.uint16(Tag::KEY_RESOURCE_DAYS, days)
    }

    fn write_closing(&self, own: &mut Writer) -> Result<(), EncodeError> {
        let memory = self.memory;
        own.uint32(Tag::SHIFT_NUMBER, self.shift().get().into())?;
        own.uint32(Tag::SHIFT_DOCUMENTS, memory.shift.documents + 1)?;
        own.uint32(Tag::SHIFT_RECEIPTS, memory.shift.receipts.get().into())?;
        own.uint32(Tag::UNSENT_DOCUMENTS, memory.unsent())?;
        if let Some((_, first)) = memory.first_unsent()
            && let Ok(midnight) = first.time.date().at(0, 0)
        {
            own.time(Tag::FIRST_UNSENT_DATE, midnight)?;
        }
        self.write_warnings(own)?;
        let left = memory.days_left(self.time.date()).unwrap_or_default();
        own.uint16(Tag::KEY_RESOURCE_DAYS, left)?;
        own.raw(Tag::DRIVE_COUNTERS, &memory.counters.write()?)?;
        own.raw(Tag::SHIFT_COUNTERS, &memory.shift.counters.write()?)
    }

    /// Warnings in reports of shifts; those that are not set are left out.
    fn write_warnings(&self, own: &mut Writer) -> Result<(), EncodeError> {
        for (tag, set) in [
            (Tag::DRIVE_EXHAUSTED, self.warnings.resource_ends()),
            (Tag::DRIVE_REPLACE_NOW, self.warnings.replace_now()),
            (Tag::DRIVE_FULL, self.warnings.archive_full()),
            (Tag::OFD_TIMEOUT, self.warnings.ofd_silent()),
        ] {
            if set {
                own.flag(tag, true)?;
            }
        }
        match self.memory.operator_message {
            0 => Ok(()),
            message => own.byte(Tag::OPERATOR_MESSAGE, message),
        }
    }
}

/// The highest version of the format that the emulated drive knows.
pub(crate) const HIGHEST_FFD: FfdVersion = FfdVersion::V1_2;

/// Tag 1290 from the two bytes of A3h (ФН protocol §2.3).
fn usage_conditions(form: &RegistrationForm) -> u32 {
    const WORK: [(u8, u8); 5] = [(3, 9), (4, 2), (5, 5), (6, 15), (7, 16)];
    const EXTENDED: [(u8, u8); 8] = [
        (0, 6),
        (1, 10),
        (2, 11),
        (3, 1),
        (4, 8),
        (5, 12),
        (6, 13),
        (7, 14),
    ];
    let place = |bits: u8, map: &[(u8, u8)]| {
        map.iter()
            .filter(|(from, _)| bits & 1 << from != 0)
            .fold(0, |all, (_, to)| all | 1 << to)
    };
    place(form.work_mode, &WORK) | place(form.extended_flags, &EXTENDED)
}
