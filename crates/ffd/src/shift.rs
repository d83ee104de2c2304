use terms::{FfdVersion, ShiftNumber};

use crate::{
    Additional, Cashier, Counters, Element, EncodeError, Form, Head, ParseError, Tag, Tree,
    UnixTime, Value, Writer,
    additional::{OF_CLOSE_SHIFT, OF_OPEN_SHIFT},
    fields::{Fields, number, time},
    host_limit,
};

/// An open shift report (form 2): what the host passes to the drive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenShift {
    /// The version of the format.
    pub ffd: FfdVersion,
    /// Who opens it (1021, 1203); none for automatic devices.
    pub cashier: Option<Cashier>,
    /// Версия ККТ (1188), at most 8 characters.
    pub kkt_version: String,
    /// The highest version of the format that the ККТ knows (1189).
    pub kkt_ffd: FfdVersion,
    /// What the user adds (1276, 1277; FFD 1.2).
    pub additional: Option<Additional>,
    /// Requisites that this type has no field for, in the order of the document.
    pub other: Vec<Element>,
}

impl OpenShift {
    /// The TLV that the host passes with commands 07h.
    ///
    /// # Errors
    /// When a value does not fit its tag, or the whole exceeds what a drive takes.
    pub fn host_tlv(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(host_limit(Form::OpenShift));
        self.write(&mut writer)?;
        Ok(writer.finish())
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if let Some(cashier) = &self.cashier {
            cashier.write(writer)?;
        }
        writer.ffd(Tag::KKT_FFD, self.kkt_ffd)?;
        writer.text(Tag::KKT_VERSION, &self.kkt_version)?;
        if let Some(additional) = &self.additional {
            additional.write(OF_OPEN_SHIFT, writer)?;
        }
        write_end(writer, self.ffd, &self.other)
    }
}

/// A close shift report (form 5): what the host passes to the drive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CloseShift {
    /// The version of the format.
    pub ffd: FfdVersion,
    /// Who closes it (1021, 1203); none for automatic devices.
    pub cashier: Option<Cashier>,
    /// What the user adds (1278, 1279; FFD 1.2).
    pub additional: Option<Additional>,
    /// Requisites that this type has no field for, in the order of the document.
    pub other: Vec<Element>,
}

impl CloseShift {
    /// The TLV that the host passes with commands 07h; empty when there is nothing to pass.
    ///
    /// # Errors
    /// When a value does not fit its tag, or the whole exceeds what a drive takes.
    pub fn host_tlv(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(host_limit(Form::CloseShift));
        self.write(&mut writer)?;
        Ok(writer.finish())
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if let Some(cashier) = &self.cashier {
            cashier.write(writer)?;
        }
        if let Some(additional) = &self.additional {
            additional.write(OF_CLOSE_SHIFT, writer)?;
        }
        write_end(writer, self.ffd, &self.other)
    }
}

/// What ends the host's part of any report: in FFD 1.05 the host gives the version.
pub(crate) fn write_end(
    writer: &mut Writer,
    ffd: FfdVersion,
    other: &[Element],
) -> Result<(), EncodeError> {
    for element in other {
        writer.element(element.tag, &element.value)?;
    }
    if ffd == FfdVersion::V1_05 {
        writer.ffd(Tag::FFD_VERSION, ffd)?;
    }
    Ok(())
}

/// What a drive warns of in the reports of a shift (1050…1053, 1206).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Warnings {
    /// Its resource is used up: less than 30 days of life (1050).
    pub exhausted: bool,
    /// It must be replaced at once (1051).
    pub replace_now: bool,
    /// Its memory is full (1052).
    pub full: bool,
    /// The operator has not answered for too long (1053).
    pub ofd_timeout: bool,
    /// What the operator says (1206): bits.
    pub operator_message: u8,
}

impl Warnings {
    fn read(fields: &mut Fields) -> Self {
        Self {
            exhausted: fields.flag(Tag::DRIVE_EXHAUSTED),
            replace_now: fields.flag(Tag::DRIVE_REPLACE_NOW),
            full: fields.flag(Tag::DRIVE_FULL),
            ofd_timeout: fields.flag(Tag::OFD_TIMEOUT),
            operator_message: fields
                .optional(Tag::OPERATOR_MESSAGE, Value::as_byte)
                .unwrap_or(0),
        }
    }
}

/// An open shift report as a drive stored it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredOpenShift {
    /// What every document of a drive says.
    pub head: Head,
    /// Номер смены (1038).
    pub shift: ShiftNumber,
    /// What the drive warns of.
    pub warnings: Warnings,
    /// What the host passed.
    pub report: OpenShift,
}

impl StoredOpenShift {
    /// Reads the inside of an open shift document.
    ///
    /// # Errors
    /// When a tag that makes the report is missing, repeated or impossible.
    pub fn read(tree: Tree) -> Result<Self, ParseError> {
        let mut fields = Fields::new(tree, None)?;
        let head = Head::read(&mut fields)?;
        Ok(Self {
            shift: ShiftNumber(fields.required(Tag::SHIFT_NUMBER, number)?),
            warnings: Warnings::read(&mut fields),
            report: OpenShift {
                ffd: head.ffd,
                cashier: Cashier::read(&mut fields),
                kkt_version: fields.required_text(Tag::KKT_VERSION)?,
                kkt_ffd: fields.required(Tag::KKT_FFD, |value| {
                    FfdVersion::from_code(value.as_byte()?).ok()
                })?,
                additional: Additional::read(OF_OPEN_SHIFT, &mut fields),
                other: fields.rest(),
            },
            head,
        })
    }
}

/// A close shift report as a drive stored it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredCloseShift {
    /// What every document of a drive says.
    pub head: Head,
    /// Номер смены (1038).
    pub shift: ShiftNumber,
    /// Общее количество ФД за смену (1111).
    pub documents: u32,
    /// Количество кассовых чеков за смену (1118).
    pub receipts: u32,
    /// Количество непереданных ФД (1097); absent stands for none.
    pub unsent: u32,
    /// Дата первого из непереданных ФД (1098).
    pub first_unsent: Option<UnixTime>,
    /// Ресурс ключей ФП in days (1213).
    pub key_resource_days: Option<u16>,
    /// Счетчики итогов ФН (1157), from FFD 1.1 on.
    pub drive_counters: Option<Counters>,
    /// Счетчики итогов смены (1194), from FFD 1.1 on.
    pub shift_counters: Option<Counters>,
    /// Количество непереданных уведомлений (2104), of a drive for marked goods in FFD 1.2.
    pub unsent_notifications: Option<u32>,
    /// What the drive warns of.
    pub warnings: Warnings,
    /// What the host passed.
    pub report: CloseShift,
}

impl StoredCloseShift {
    /// Reads the inside of a close shift document.
    ///
    /// # Errors
    /// When a tag that makes the report is missing, repeated or impossible.
    pub fn read(tree: Tree) -> Result<Self, ParseError> {
        let mut fields = Fields::new(tree, None)?;
        let head = Head::read(&mut fields)?;
        Ok(Self {
            shift: ShiftNumber(fields.required(Tag::SHIFT_NUMBER, number)?),
            documents: fields.required(Tag::SHIFT_DOCUMENTS, number)?,
            receipts: fields.required(Tag::SHIFT_RECEIPTS, number)?,
            unsent: fields.optional(Tag::UNSENT_DOCUMENTS, number).unwrap_or(0),
            first_unsent: fields.optional(Tag::FIRST_UNSENT_DATE, time),
            key_resource_days: fields.optional(Tag::KEY_RESOURCE_DAYS, number),
            drive_counters: fields.optional(Tag::DRIVE_COUNTERS, Counters::read),
            shift_counters: fields.optional(Tag::SHIFT_COUNTERS, Counters::read),
            unsent_notifications: fields.optional(Tag::UNSENT_NOTIFICATIONS, number),
            warnings: Warnings::read(&mut fields),
            report: CloseShift {
                ffd: head.ffd,
                cashier: Cashier::read(&mut fields),
                additional: Additional::read(OF_CLOSE_SHIFT, &mut fields),
                other: fields.rest(),
            },
            head,
        })
    }
}
