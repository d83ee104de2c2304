//! Answers as the drive writes them.

use crate::{
    Answer,
    bytes::{encode_date, padded},
    status::ffd_on_wire,
};

impl Answer {
    /// The data of the answer's frame.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Done => Vec::new(),
            Self::ShiftStatus(status) => status.encode(),
            Self::Shift {
                shift,
                document,
                warnings,
            } => {
                let mut bytes = [&shift.get().to_le_bytes()[..], &document.encode()].concat();
                bytes.extend(warnings.map(|flags| flags.0));
                bytes
            }
            Self::Receipt { number, document } => {
                [&number.get().to_le_bytes()[..], &document.encode()].concat()
            }
            Self::Settlements {
                document,
                unacknowledged,
                since,
            } => [
                &document.encode()[..],
                &unacknowledged.to_le_bytes(),
                &encode_date(*since),
            ]
            .concat(),
            Self::ExchangeStatus(status) => status.encode(),
            Self::MessageLength(length) => length.to_le_bytes().to_vec(),
            Self::Bytes(bytes) | Self::Tlv(bytes) => bytes.clone(),
            Self::Ticket { ofd_code, message } => {
                [&[*ofd_code][..], message.as_deref().unwrap_or_default()].concat()
            }
            Self::Formed(document) => document.encode().to_vec(),
            Self::AcceptedSize { data, notification } => {
                let mut bytes = data.to_le_bytes().to_vec();
                bytes.extend(notification.iter().flat_map(|size| size.to_le_bytes()));
                bytes
            }
            Self::Found(_)
            | Self::FoundTicket { .. }
            | Self::UnacknowledgedCount(_)
            | Self::RegistrationTotals(_)
            | Self::OpenedDocument { .. }
            | Self::ArchiveRecord(_) => self.encode_archive(),
            _ => self.encode_state(),
        }
    }

    /// The answers to 30h…3Fh.
    fn encode_state(&self) -> Vec<u8> {
        match self {
            Self::Status(status) => status.encode(),
            Self::DriveNumber(number) => number.as_bytes().to_vec(),
            Self::Expiry {
                until,
                registrations_left,
                registrations_done,
            } => {
                let date = encode_date(Some(*until));
                [&date[..], &[*registrations_left, *registrations_done]].concat()
            }
            Self::Version { text, serial } => {
                let mut bytes = padded::<16>(text).to_vec();
                bytes.push(u8::from(*serial));
                bytes
            }
            Self::Counters(counters) => counters.encode(),
            Self::OperationCounts(counts) => counts.encode(),
            Self::SignCounters(counters) => counters.encode(),
            Self::UnsentTotals(totals) => totals.encode(),
            Self::FfdSupport { current, highest } => {
                vec![ffd_on_wire(*current), ffd_on_wire(*highest)]
            }
            Self::DaysLeft(days) => days.to_le_bytes().to_vec(),
            Self::FreeMemory {
                documents,
                kilobytes,
                notifications,
            } => {
                let mut bytes = [documents.to_le_bytes(), kilobytes.to_le_bytes()].concat();
                bytes.extend(notifications);
                bytes
            }
            Self::Model(text) => padded::<48>(text).to_vec(),
            _ => Vec::new(),
        }
    }

    /// The answers to 40h…50h that are not one TLV object.
    fn encode_archive(&self) -> Vec<u8> {
        match self {
            Self::Found(document) => document.encode(),
            Self::FoundTicket {
                time,
                operator_sign,
                document,
            } => [
                &time.to_drive()[..],
                operator_sign,
                &document.get().to_le_bytes(),
            ]
            .concat(),
            Self::UnacknowledgedCount(count) => count.to_le_bytes().to_vec(),
            Self::RegistrationTotals(totals) => totals.encode(),
            Self::OpenedDocument { form, length } => {
                [form.to_le_bytes(), length.to_le_bytes()].concat()
            }
            Self::ArchiveRecord(record) => record.encode(),
            _ => Vec::new(),
        }
    }
}
