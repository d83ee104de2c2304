//! The drive's own tags in reports (FFD documents §8, forms 1, 11, 2, 21, 5 and 6). FFD 1.05 has no
//! counters, no days of keys and no words of the ОФД in them.

use ffd::{EncodeError, Tag, Writer};
use terms::FfdVersion;

use super::{document::Drafting, registration::Parameters};

/// Tags of the report on settlements.
const FIRST_UNSENT_NUMBER: Tag = Tag(1116);
const UNSENT_COUNTERS: Tag = Tag(1158);

impl Drafting<'_> {
    pub(crate) fn write_registration(
        &self,
        own: &mut Writer,
        parameters: &Parameters,
    ) -> Result<(), EncodeError> {
        let work = |bit: u8| parameters.work_mode & 1 << bit != 0;
        if self.begun.ffd == FfdVersion::V1_05 {
            own.flag(Tag::ENCRYPTION, work(0))?;
            own.flag(Tag::OFFLINE_MODE, work(1))?;
            own.flag(Tag::AUTOMATIC_MODE, work(2))?;
            own.flag(Tag::SERVICES_ONLY, work(3))?;
            own.flag(Tag::STRICT_FORMS, work(4))?;
            own.flag(Tag::INTERNET_ONLY, work(5))?;
            own.byte(Tag::TAX_SYSTEMS, parameters.tax_systems.bits())?;
            return match parameters.reason {
                Some(reason) => own.byte(Tag::REREGISTRATION_REASON, reason as u8),
                None => Ok(()),
            };
        }
        let flags = parameters.extended_flags.unwrap_or_default();
        let extended = |bit: u8| flags & 1 << bit != 0;
        if let Some(ofd_inn) = &parameters.ofd_inn {
            own.inn(Tag::OFD_INN, ofd_inn)?;
        }
        own.byte(Tag::TAX_SYSTEMS, parameters.tax_systems.bits())?;
        own.flag(Tag::ENCRYPTION, work(0))?;
        own.flag(Tag::OFFLINE_MODE, work(1))?;
        own.flag(Tag::AUTOMATIC_MODE, work(2))?;
        if self.begun.ffd == FfdVersion::V1_2 {
            let conditions = usage_conditions(parameters.work_mode, flags);
            own.uint32(Tag::USAGE_CONDITIONS, conditions)?;
        } else {
            own.flag(Tag::SERVICES_ONLY, work(3))?;
            own.flag(Tag::STRICT_FORMS, work(4))?;
            own.flag(Tag::INTERNET_ONLY, work(5))?;
            own.flag(Tag::LOTTERY, extended(2))?;
            own.flag(Tag::GAMBLING, extended(1))?;
            own.flag(Tag::EXCISE, extended(0))?;
            own.flag(Tag::PRINTER_IN_AUTOMAT, extended(3))?;
        }
        if let Some(reason) = parameters.reason {
            own.uint32(Tag::CHANGE_REASONS, reason)?;
        }
        let days = self.memory.key_days(parameters, self.time.date());
        own.uint16(Tag::KEY_RESOURCE_DAYS, days)
    }

    pub(crate) fn write_opening(&self, own: &mut Writer) -> Result<(), EncodeError> {
        own.uint32(Tag::SHIFT_NUMBER, self.shift().get().into())?;
        self.write_warnings(own)
    }

    pub(crate) fn write_closing(&self, own: &mut Writer) -> Result<(), EncodeError> {
        let memory = self.memory;
        own.uint32(Tag::SHIFT_NUMBER, self.shift().get().into())?;
        own.uint32(Tag::SHIFT_DOCUMENTS, memory.shift.documents + 1)?;
        own.uint32(Tag::SHIFT_RECEIPTS, memory.shift.receipts.get().into())?;
        if !memory.is_autonomous() {
            own.uint32(Tag::UNSENT_DOCUMENTS, memory.unsent())?;
            self.write_first_unsent_date(own)?;
        }
        self.write_warnings(own)?;
        if self.has_counters() {
            own.uint16(Tag::KEY_RESOURCE_DAYS, self.days_left())?;
            own.raw(Tag::DRIVE_COUNTERS, &memory.counters.write()?)?;
            own.raw(Tag::SHIFT_COUNTERS, &memory.shift.counters.write()?)?;
        }
        Ok(())
    }

    /// The shift only while one is open, unsent documents only where they are sent.
    pub(crate) fn write_settlements(&self, own: &mut Writer) -> Result<(), EncodeError> {
        let memory = self.memory;
        if memory.is_autonomous() {
            own.flag(Tag::OFFLINE_MODE, true)?;
        }
        if memory.shift.opened.is_some() {
            own.uint32(Tag::SHIFT_NUMBER, self.shift().get().into())?;
        }
        if let Some((first, _)) = memory.first_unsent() {
            own.uint32(Tag::UNSENT_DOCUMENTS, memory.unsent())?;
            own.uint32(FIRST_UNSENT_NUMBER, first.get())?;
            self.write_first_unsent_date(own)?;
        }
        if self.has_counters() {
            if self.begun.ffd == FfdVersion::V1_2 {
                own.uint16(Tag::KEY_RESOURCE_DAYS, self.days_left())?;
            }
            own.raw(Tag::DRIVE_COUNTERS, &memory.counters.write()?)?;
            if memory.unsent() > 0 {
                own.raw(UNSENT_COUNTERS, &memory.unsent_settlements().write()?)?;
            }
        }
        Ok(())
    }

    pub(crate) fn write_archive_closing(&self, own: &mut Writer) -> Result<(), EncodeError> {
        own.uint32(Tag::SHIFT_NUMBER, self.memory.shift.number.get().into())?;
        if self.has_counters() {
            own.raw(Tag::DRIVE_COUNTERS, &self.memory.counters.write()?)?;
        }
        Ok(())
    }

    fn has_counters(&self) -> bool {
        self.begun.ffd != FfdVersion::V1_05
    }

    fn days_left(&self) -> u16 {
        let left = self.memory.days_left(self.time.date());
        left.unwrap_or_default()
    }

    fn write_first_unsent_date(&self, own: &mut Writer) -> Result<(), EncodeError> {
        let first = self.memory.first_unsent();
        match first.map(|(_, first)| first.time.date().at(0, 0)) {
            Some(Ok(midnight)) => own.time(Tag::FIRST_UNSENT_DATE, midnight),
            _ => Ok(()),
        }
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
            message if message != 0 && self.begun.ffd != FfdVersion::V1_05 => {
                own.byte(Tag::OPERATOR_MESSAGE, message)
            }
            _ => Ok(()),
        }
    }
}

/// Tag 1290 from the two bytes of A3h (ФН protocol §2.3).
fn usage_conditions(work_mode: u8, extended_flags: u8) -> u32 {
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
    place(work_mode, &WORK) | place(extended_flags, &EXTENDED)
}
