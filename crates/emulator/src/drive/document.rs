//! A document as a whole: the drive's own tags, then the host's as they came (ФН protocol §3.7,
//! ККТ–ОФД protocol §9 «observed order»). FFD 1.05 has its own order, and tag 1209 is the host's
//! there; the order of 1.1 is taken to be that of 1.2 (INFERRED).

use ffd::{EncodeError, Tag, Writer};
use fn_proto::{ArchivedDetails, ArchivedDocument, DocumentKind, Formed, WarningFlags};
use terms::{
    FfdVersion, FiscalSign, Inn, Kopecks, LocalDateTime, OperationSign, ReceiptNumber, Rnm,
    ShiftNumber,
};

use super::{
    begun::Begun,
    memory::Memory,
    record::StoredDocument,
    registration::{Parameters, Registration},
    sign,
};

/// What a document is, beyond the host's data.
pub(crate) enum Content<'a> {
    Registration(&'a Parameters),
    ShiftOpening,
    ShiftClosing,
    Receipt(Settlement),
    Correction(Settlement),
    Settlements,
    ArchiveClosing { user_inn: Inn, rnm: Rnm },
}

/// The parameters of 16h.
#[derive(Clone, Copy)]
pub(crate) struct Settlement {
    pub(crate) operation: OperationSign,
    pub(crate) total: Kopecks,
}

impl Content<'_> {
    /// `strict` says that the drive is registered for an АС БСО, which makes БСО of what the host
    /// passes as receipts (INFERRED: the registration is the only place where a drive is told).
    const fn kind(&self, strict: bool) -> DocumentKind {
        match self {
            Self::Registration(parameters) => match parameters.reason {
                None => DocumentKind::Registration,
                Some(_) => DocumentKind::Reregistration,
            },
            Self::ShiftOpening => DocumentKind::ShiftOpening,
            Self::ShiftClosing => DocumentKind::ShiftClosing,
            Self::Receipt(_) if strict => DocumentKind::StrictForm,
            Self::Receipt(_) => DocumentKind::Receipt,
            Self::Correction(_) if strict => DocumentKind::StrictFormCorrection,
            Self::Correction(_) => DocumentKind::Correction,
            Self::Settlements => DocumentKind::Settlements,
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
            kind: drafting.kind(),
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

/// A document on its way.
pub(crate) struct Drafting<'a> {
    pub(crate) memory: &'a Memory,
    pub(crate) begun: &'a Begun,
    pub(crate) time: LocalDateTime,
    pub(crate) warnings: WarningFlags,
    content: &'a Content<'a>,
}

impl Drafting<'_> {
    fn kind(&self) -> DocumentKind {
        let registered = self.memory.registration();
        let strict = registered.is_some_and(Registration::makes_strict_forms);
        self.content.kind(strict)
    }

    fn details(&self) -> ArchivedDetails {
        match self.content {
            Content::Registration(form) => ArchivedDetails::Registration {
                user_inn: form.user_inn,
                rnm: form.rnm,
                tax_systems: form.tax_systems.bits(),
                work_mode: form.work_mode,
                extended_flags: form.extended_flags,
                ofd_inn: form.ofd_inn,
                reason: form.reason,
            },
            Content::ShiftOpening | Content::ShiftClosing => ArchivedDetails::Shift(self.shift()),
            Content::Settlements => ArchivedDetails::Settlements {
                unacknowledged: self.memory.unsent(),
                since: self
                    .memory
                    .first_unsent()
                    .map(|(_, first)| first.time.date()),
            },
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

    pub(crate) fn shift(&self) -> ShiftNumber {
        match self.content {
            Content::Registration(_) | Content::ArchiveClosing { .. } => ShiftNumber(0),
            Content::Settlements if self.memory.shift.opened.is_none() => ShiftNumber(0),
            Content::ShiftOpening => self.memory.shift.number.next(),
            Content::ShiftClosing
            | Content::Receipt(_)
            | Content::Correction(_)
            | Content::Settlements => self.memory.shift.number,
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
            Content::ShiftOpening => self.write_opening(&mut own)?,
            Content::ShiftClosing => self.write_closing(&mut own)?,
            Content::Settlements => self.write_settlements(&mut own)?,
            Content::ArchiveClosing { .. } => self.write_archive_closing(&mut own)?,
            Content::Receipt(settlement) | Content::Correction(settlement) => {
                own.uint32(Tag::SHIFT_NUMBER, self.shift().get().into())?;
                own.uint32(Tag::RECEIPT_NUMBER, self.receipt().get().into())?;
                own.byte(Tag::OPERATION_SIGN, settlement.operation.code())?;
                own.money(Tag::TOTAL, settlement.total)?;
            }
        }
        let content = [own.finish(), self.begun.data.clone()].concat();
        let mut whole = Writer::with_limit(content.len() + 4);
        whole.raw(Tag(self.kind().code().into()), &content)?;
        Ok(whole.finish())
    }

    fn write_head(&self, own: &mut Writer, sign: FiscalSign) -> Result<(), EncodeError> {
        let (rnm, user_inn) = match (self.content, self.memory.registration()) {
            (Content::Registration(form), _) => (Some(form.rnm), Some(form.user_inn)),
            (_, Some(registered)) => (Some(registered.rnm), Some(registered.user_inn)),
            (_, None) => (None, None),
        };
        if self.begun.ffd != FfdVersion::V1_05 {
            own.ffd(Tag::FFD_VERSION, self.begun.ffd)?;
            if let Content::Registration(_) = self.content {
                own.ffd(Tag::DRIVE_FFD, HIGHEST_FFD)?;
            }
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
}

/// The highest version of the format that the emulated drive knows.
pub(crate) const HIGHEST_FFD: FfdVersion = FfdVersion::V1_2;
