//! What a drive says of its state: 10h, 20h, 30h, 33h, 3Ah (ФН protocol §2.4, §2.6, §4.1).

use terms::{DocumentNumber, DriveNumber, FfdVersion, LocalDateTime, ReceiptNumber, ShiftNumber};

use crate::{
    Answer, CurrentDocument, Phase, WarningFlags,
    bytes::{Read, Reader, Unreadable, text},
};

/// The answer to 10h. Outside phase 2 drives may refuse the command with 02h (ФН protocol §9 Q25).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ShiftStatus {
    /// Whether a shift is open.
    pub open: bool,
    /// The current shift, or the last closed one.
    pub shift: ShiftNumber,
    /// The last receipt of the current shift, or the number of receipts of the closed one.
    pub receipt: ReceiptNumber,
}

impl ShiftStatus {
    pub(crate) fn encode(&self) -> Vec<u8> {
        [
            &[u8::from(self.open)][..],
            &self.shift.get().to_le_bytes(),
            &self.receipt.get().to_le_bytes(),
        ]
        .concat()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            open: reader.flag()?,
            shift: ShiftNumber(reader.u16()?),
            receipt: ReceiptNumber(reader.u16()?),
        })
    }
}

/// The answer to 20h, 13 bytes (ФН protocol §2.6).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ExchangeStatus {
    /// Bit 0: transport connected.
    pub connected: bool,
    /// Bit 1: a message waits for the ОФД.
    pub message_waiting: bool,
    /// Bit 2: the drive waits for a ticket.
    pub ticket_awaited: bool,
    /// Bit 3: there is a command from the ОФД.
    pub ofd_command: bool,
    /// Bit 4: the settings of the connection to the ОФД have changed.
    pub settings_changed: bool,
    /// Bit 5: the drive waits for the answer to the ОФД's command.
    pub command_answer_awaited: bool,
    /// Message reading was begun.
    pub reading: bool,
    /// Messages to send.
    pub queued: u16,
    /// The document at the queue's head, or the one that waits for its ticket; 0 when none.
    pub first: DocumentNumber,
    /// The time of that document; none when there is none.
    pub first_time: Option<LocalDateTime>,
}

impl ExchangeStatus {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let bits = u8::from(self.connected)
            | u8::from(self.message_waiting) << 1
            | u8::from(self.ticket_awaited) << 2
            | u8::from(self.ofd_command) << 3
            | u8::from(self.settings_changed) << 4
            | u8::from(self.command_answer_awaited) << 5;
        [
            &[bits, u8::from(self.reading)][..],
            &self.queued.to_le_bytes(),
            &self.first.get().to_le_bytes(),
            &self.first_time.map_or([0; 5], |time| time.to_drive()),
        ]
        .concat()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let bits = reader.u8()?;
        let bit = |place: u8| bits & 1 << place != 0;
        Ok(Self {
            connected: bit(0),
            message_waiting: bit(1),
            ticket_awaited: bit(2),
            ofd_command: bit(3),
            settings_changed: bit(4),
            command_answer_awaited: bit(5),
            reading: reader.flag()?,
            queued: reader.u16()?,
            first: DocumentNumber(reader.u32()?),
            first_time: reader.time_or_none()?,
        })
    }
}

/// The answer to 30h, 30 bytes (ФН protocol §4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Status {
    /// Where in its life the drive is.
    pub phase: Phase,
    /// The begun document.
    pub current: CurrentDocument,
    /// Whether data of the begun document were received.
    pub has_data: bool,
    /// Whether a shift is open.
    pub shift_open: bool,
    /// Warnings.
    pub warnings: WarningFlags,
    /// The time of the last document; none before the first. Before registration the field may
    /// hold anything, and what is no time is taken for none (ФН protocol §9 Q28).
    pub last_time: Option<LocalDateTime>,
    /// The drive's number.
    pub drive: DriveNumber,
    /// The last document; 0 before the first.
    pub last_document: DocumentNumber,
}

impl Status {
    pub(crate) fn encode(&self) -> Vec<u8> {
        [
            &[
                self.phase.code(),
                self.current.code(),
                u8::from(self.has_data),
                u8::from(self.shift_open),
                self.warnings.0,
            ][..],
            &self.last_time.map_or([0; 5], |time| time.to_drive()),
            self.drive.as_bytes(),
            &self.last_document.get().to_le_bytes(),
        ]
        .concat()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let phase = Phase::from_code(reader.u8()?);
        let current = CurrentDocument::from_code(reader.u8()?);
        let has_data = reader.flag()?;
        let shift_open = reader.flag()?;
        let warnings = WarningFlags(reader.u8()?);
        let last_time = if matches!(phase, Phase::Factory | Phase::Ready) {
            LocalDateTime::from_drive(reader.array()?).ok()
        } else {
            reader.time_or_none()?
        };
        Ok(Self {
            phase,
            current,
            has_data,
            shift_open,
            warnings,
            last_time,
            drive: reader.drive()?,
            last_document: DocumentNumber(reader.u32()?),
        })
    }
}

/// 33h. The type must be 0 or 1, so that a late answer to another command is not taken for it: this
/// one has no length that would tell.
pub(crate) fn read_version(reader: &mut Reader<'_>) -> Read<Answer> {
    let text = text(&reader.array::<16>()?);
    let serial = match reader.u8()? {
        0 => false,
        1 => true,
        other => {
            return Err(Unreadable::length(format!(
                "offset 16: {other:02X}h is no type of a drive",
            )));
        }
    };
    reader.rest();
    Ok(Answer::Version { text, serial })
}

pub(crate) fn read_ffd_support(reader: &mut Reader<'_>) -> Read<Answer> {
    let mut version = || {
        let code = reader.u8()?;
        let tag = if code == 1 { 2 } else { code };
        reader.checked(1, FfdVersion::from_code(tag))
    };
    Ok(Answer::FfdSupport {
        current: version()?,
        highest: version()?,
    })
}

/// 1.05 is 1 here, other than in tag 1209 (ФН protocol §9 Q4).
pub(crate) const fn ffd_on_wire(version: FfdVersion) -> u8 {
    match version {
        FfdVersion::V1_05 => 1,
        other => other.code(),
    }
}
