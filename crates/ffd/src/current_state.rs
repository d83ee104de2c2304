use terms::{DocumentNumber, FfdVersion, ShiftNumber};

use crate::{
    Additional, BriefCounters, Counters, Element, EncodeError, Form, Head, ParseError, Tag, Tree,
    UnixTime, Writer,
    additional::OF_CURRENT_STATE,
    fields::{Fields, number, time},
    host_limit,
    shift::write_end,
};

/// A settlement report (form 21, отчёт о текущем состоянии расчётов): what the host passes to the
/// drive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CurrentState {
    /// The version of the format.
    pub ffd: FfdVersion,
    /// What the user adds (1280, 1281; FFD 1.2).
    pub additional: Option<Additional>,
    /// Requisites that this type has no field for, in the order of the document.
    pub other: Vec<Element>,
}

impl CurrentState {
    /// A report to which the user adds nothing.
    pub const fn new(ffd: FfdVersion) -> Self {
        Self {
            ffd,
            additional: None,
            other: Vec::new(),
        }
    }

    /// The TLV that the host passes with commands 07h; empty when there is nothing to pass.
    ///
    /// # Errors
    /// When a value does not fit its tag, or the whole exceeds what a drive takes.
    pub fn host_tlv(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(host_limit(Form::CurrentState));
        if let Some(additional) = &self.additional {
            additional.write(OF_CURRENT_STATE, &mut writer)?;
        }
        write_end(&mut writer, self.ffd, &self.other)?;
        Ok(writer.finish())
    }
}

/// A settlement report as a drive stored it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredCurrentState {
    /// What every document of a drive says.
    pub head: Head,
    /// Номер смены (1038); none between shifts.
    pub shift: Option<ShiftNumber>,
    /// Автономный режим (1002): no operator, so nothing waits to be sent.
    pub offline: bool,
    /// Количество непереданных ФД (1097); absent stands for none.
    pub unsent: u32,
    /// Дата первого из непереданных ФД (1098).
    pub first_unsent: Option<UnixTime>,
    /// Номер первого непереданного документа (1116).
    pub first_unsent_number: Option<DocumentNumber>,
    /// Счетчики итогов ФН (1157), from FFD 1.1 on.
    pub drive_counters: Option<Counters>,
    /// Счетчики итогов непереданных ФД (1158), from FFD 1.1 on.
    pub unsent_counters: Option<BriefCounters>,
    /// Ресурс ключей ФП in days (1213), in FFD 1.2.
    pub key_resource_days: Option<u16>,
    /// Количество непереданных уведомлений (2104), of a drive for marked goods in FFD 1.2.
    pub unsent_notifications: Option<u32>,
    /// What the host passed.
    pub report: CurrentState,
}

impl StoredCurrentState {
    /// Reads the inside of a settlement report.
    ///
    /// # Errors
    /// When a tag that makes the report is missing, repeated or impossible.
    pub fn read(tree: Tree) -> Result<Self, ParseError> {
        let mut fields = Fields::new(tree, None)?;
        let head = Head::read(&mut fields)?;
        let shift = fields.optional(Tag::SHIFT_NUMBER, number);
        let first_unsent_number = fields.optional(Tag::FIRST_UNSENT_NUMBER, number);
        Ok(Self {
            shift: shift.map(ShiftNumber),
            offline: fields.flag(Tag::OFFLINE_MODE),
            unsent: fields.optional(Tag::UNSENT_DOCUMENTS, number).unwrap_or(0),
            first_unsent: fields.optional(Tag::FIRST_UNSENT_DATE, time),
            first_unsent_number: first_unsent_number.map(DocumentNumber),
            drive_counters: fields.optional(Tag::DRIVE_COUNTERS, Counters::read),
            unsent_counters: fields.optional(Tag::UNSENT_COUNTERS, BriefCounters::read),
            key_resource_days: fields.optional(Tag::KEY_RESOURCE_DAYS, number),
            unsent_notifications: fields.optional(Tag::UNSENT_NOTIFICATIONS, number),
            report: CurrentState {
                ffd: head.ffd,
                additional: Additional::read(OF_CURRENT_STATE, &mut fields),
                other: fields.rest(),
            },
            head,
        })
    }
}
