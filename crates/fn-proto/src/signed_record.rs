//! Records of the archive with the archive sign, 50h, FFD 1.1 and 1.2 (ФН protocol §2.7).

use terms::{FfdVersion, Kopecks, LocalDateTime, OperationSign};

use crate::{
    ArchivedDocument, DocumentKind, Formed, PaymentSums, VatSums,
    bytes::{Read, Reader, Unreadable, money},
};

/// The answer to 50h.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ArchiveRecord {
    /// Format 0: what 40h answers; documents that are neither receipts nor corrections.
    Plain(ArchivedDocument),
    /// Formats 1 (FFD 1.1) and 2 (FFD 1.2): receipts and corrections.
    Signed(Box<SignedRecord>),
}

/// A receipt or correction receipt with its archive sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedRecord {
    /// 1.1 or 1.2; another version cannot be written and is written as 1.2.
    pub ffd: FfdVersion,
    /// What it is.
    pub kind: DocumentKind,
    /// Its time.
    pub time: LocalDateTime,
    /// Its number and sign.
    pub document: Formed,
    /// Tag 1054.
    pub operation: OperationSign,
    /// Tag 1020.
    pub total: Kopecks,
    /// ФПА, the archive sign.
    pub archive_sign: [u8; 12],
    /// Tags 1031, 1081, 1215…1217.
    pub payments: PaymentSums,
    /// Tags 1102…1107.
    pub vat: VatSums,
    /// Tag 1192, the document's additional property; its flag is 1 when it is there (INFERRED: the
    /// specification prints «absent» for both values).
    pub additional: Option<[u8; 16]>,
    /// The rest, whole TLV objects: reduced lines 1059, 1055 (FFD 1.2), 1228 or 1245 and 1246.
    pub tlv: Vec<u8>,
}

const PLAIN: u8 = 0;
const SIGNED_1_1: u8 = 1;
const SIGNED_1_2: u8 = 2;
/// Sums in archive records have 40 bits.
const SUM: usize = 5;

impl ArchiveRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Plain(document) => [&[PLAIN][..], &document.encode()].concat(),
            Self::Signed(record) => record.encode(),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        match reader.u8()? {
            PLAIN => ArchivedDocument::read(reader).map(Self::Plain),
            SIGNED_1_1 => SignedRecord::read(FfdVersion::V1_1, reader),
            SIGNED_1_2 => SignedRecord::read(FfdVersion::V1_2, reader),
            other => Err(Unreadable::length(format!(
                "offset 0: {other:02X}h is no known format of a record",
            ))),
        }
    }
}

impl SignedRecord {
    fn encode(&self) -> Vec<u8> {
        let format = match self.ffd {
            FfdVersion::V1_1 => SIGNED_1_1,
            FfdVersion::V1_05 | FfdVersion::V1_2 => SIGNED_1_2,
        };
        [
            &[
                format,
                u8::from(self.additional.is_some()),
                self.kind.code(),
            ][..],
            &self.time.to_drive(),
            &self.document.encode(),
            &[self.operation.code()],
            &money::<SUM>(self.total),
            &self.archive_sign,
            &self.payments.encode::<SUM>(),
            &self.vat.encode::<SUM>(),
            self.additional.as_ref().map_or(&[], |value| &value[..]),
            &self.tlv,
        ]
        .concat()
    }

    fn read(ffd: FfdVersion, reader: &mut Reader<'_>) -> Read<ArchiveRecord> {
        let has_additional = match reader.u8()? {
            0 => false,
            1 => true,
            other => {
                return Err(Unreadable::length(format!(
                    "offset 1: {other:02X}h does not say whether tag 1192 follows",
                )));
            }
        };
        let kind = DocumentKind::from_code(reader.u8()?);
        let time = reader.time()?;
        let document = reader.formed()?;
        let operation = reader.u8()?;
        Ok(ArchiveRecord::Signed(Box::new(Self {
            ffd,
            kind,
            time,
            document,
            operation: reader.checked(1, OperationSign::from_code(operation))?,
            total: reader.money::<SUM>()?,
            archive_sign: reader.array()?,
            payments: PaymentSums::read::<SUM>(reader)?,
            vat: VatSums::read::<SUM>(reader)?,
            additional: match has_additional {
                true => Some(reader.array()?),
                false => None,
            },
            tlv: reader.tlv_list()?,
        })))
    }
}
