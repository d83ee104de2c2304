use terms::{FfdVersion, ShiftNumber};

use crate::{
    Additional, Cashier, Counters, Element, EncodeError, Form, Head, ParseError, Place, Tag, Tree,
    Writer,
    additional::OF_CLOSE_ARCHIVE,
    fields::{Fields, number},
    host_limit,
    shift::write_end,
};

/// A report on the closing of a drive's archive (form 6, отчёт о закрытии фискального
/// накопителя): what the host passes to the drive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CloseArchive {
    /// The version of the format.
    pub ffd: FfdVersion,
    /// Наименование пользователя (1048), at most 256 characters.
    pub user_name: String,
    /// Where settlements are made (1009, 1187); required in FFD 1.2.
    pub settlement: Option<Place>,
    /// Who closes it (1021, 1203); none for automatic devices.
    pub cashier: Option<Cashier>,
    /// What the user adds (1282, 1283; FFD 1.2).
    pub additional: Option<Additional>,
    /// Requisites that this type has no field for, in the order of the document.
    pub other: Vec<Element>,
}

impl CloseArchive {
    /// The TLV that the host passes with commands 07h.
    ///
    /// # Errors
    /// When a value does not fit its tag, or the whole exceeds what a drive takes.
    pub fn host_tlv(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(host_limit(Form::CloseArchive));
        self.write(&mut writer)?;
        Ok(writer.finish())
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.text(Tag::USER_NAME, &self.user_name)?;
        if let Some(settlement) = &self.settlement {
            settlement.write(writer)?;
        }
        if let Some(cashier) = &self.cashier {
            cashier.write(writer)?;
        }
        if let Some(additional) = &self.additional {
            additional.write(OF_CLOSE_ARCHIVE, writer)?;
        }
        write_end(writer, self.ffd, &self.other)
    }
}

/// A report on the closing of an archive as a drive stored it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredCloseArchive {
    /// What every document of a drive says.
    pub head: Head,
    /// Номер смены (1038): the last one of the drive.
    pub shift: ShiftNumber,
    /// Счетчики итогов ФН (1157); none in FFD 1.05.
    pub drive_counters: Option<Counters>,
    /// What the host passed.
    pub report: CloseArchive,
}

impl StoredCloseArchive {
    /// Reads the inside of a document that closes an archive.
    ///
    /// # Errors
    /// When a tag that makes the report is missing, repeated or impossible.
    pub fn read(tree: Tree) -> Result<Self, ParseError> {
        let mut fields = Fields::new(tree, None)?;
        let head = Head::read(&mut fields)?;
        Ok(Self {
            shift: ShiftNumber(fields.required(Tag::SHIFT_NUMBER, number)?),
            drive_counters: fields.optional(Tag::DRIVE_COUNTERS, Counters::read),
            report: CloseArchive {
                ffd: head.ffd,
                user_name: fields.required_text(Tag::USER_NAME)?,
                settlement: Place::read(&mut fields),
                cashier: Cashier::read(&mut fields),
                additional: Additional::read(OF_CLOSE_ARCHIVE, &mut fields),
                other: fields.rest(),
            },
            head,
        })
    }
}
