use std::fmt;

use terms::{DocumentNumber, DriveNumber, crc16};

use crate::{ContainerError, MAX_BODY_LEN, PaddedNumber};

/// The block after the document: eight bytes of the message's fiscal sign (ФПС of a ККТ, ФПП of an
/// ОФД) and two zero bytes of unknown meaning (ККТ–ОФД protocol §5.2).
pub const SIGN_BLOCK_LEN: usize = 10;

/// Who made a container (ККТ–ОФД protocol §5.1, offset 4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Sender {
    /// The ККТ (its drive).
    Register = 0xA5,
    /// The operator of fiscal data.
    Ofd = 0x5A,
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "ККТ",
            Self::Ofd => "ОФД",
        })
    }
}

/// The 32 bytes in front of each document, never encrypted (ККТ–ОФД protocol §5.1). Length and
/// check code are not kept: they are computed when written and verified when read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContainerHeader {
    /// Who made it.
    pub sender: Sender,
    /// The document's form code: 1, 2, 3, 4, 5, 6, 7, 11, 21, 31, 41.
    pub form: u8,
    /// The format version; seen as 01h. The upper half 0 promises a header of 32 bytes.
    pub format: u8,
    /// `10 09` in every capture, meaning unknown.
    pub service1: [u8; 2],
    /// The drive that made the document or is confirmed to.
    pub drive: PaddedNumber,
    /// The document that is sent or confirmed; three bytes.
    pub document: DocumentNumber,
    /// Eight bytes, presumably the initial value of the cipher (a ККТ ends them with the document's
    /// number), and two that were seen as `00 02` and `00 04`. Meaning unknown.
    pub service2: [u8; 10],
    /// Length of the document without its sign block, bytes.
    pub document_len: u16,
}

impl ContainerHeader {
    /// Its length, bytes.
    pub const LEN: usize = 32;

    /// Reads the header of a whole container and verifies length and check code. What follows the
    /// header may be encrypted and is not looked at.
    ///
    /// ```
    /// use ofd_proto::{ContainerError, ContainerHeader};
    /// let error = ContainerHeader::decode(&[0; 5]);
    /// assert_eq!(error, Err(ContainerError::Truncated { got: 5 }));
    /// ```
    ///
    /// # Errors
    /// Names the field that is wrong, with its offset.
    pub fn decode(container: &[u8]) -> Result<Self, ContainerError> {
        let got = container.len();
        let Some((header, body)) = container.split_first_chunk::<{ Self::LEN }>() else {
            return Err(ContainerError::Truncated { got });
        };
        let stated = u16::from_le_bytes([header[0], header[1]]);
        if usize::from(stated) != got {
            return Err(ContainerError::WrongLength { stated, got });
        }
        let stated = u16::from_le_bytes([header[2], header[3]]);
        let computed = crc16(&[&header[..2], &header[4..], body]);
        if stated != computed {
            return Err(ContainerError::WrongCheckCode { stated, computed });
        }
        if got > MAX_BODY_LEN {
            return Err(ContainerError::TooLong(got));
        }
        let [_, _, _, _, kind, form, format, service1_0, service1_1, ..] = *header;
        if format & 0xF0 != 0 {
            return Err(ContainerError::UnknownFormat(format));
        }
        let (mut service2, mut drive) = ([0; 10], [0; 8]);
        service2.copy_from_slice(&header[20..30]);
        drive.copy_from_slice(&header[9..17]);
        Ok(Self {
            sender: match kind {
                0xA5 => Sender::Register,
                0x5A => Sender::Ofd,
                other => return Err(ContainerError::UnknownType(other)),
            },
            form,
            format,
            service1: [service1_0, service1_1],
            drive: PaddedNumber::from_bcd(drive).map_err(ContainerError::BadDriveNumber)?,
            document: DocumentNumber(u32::from_be_bytes([0, header[17], header[18], header[19]])),
            service2,
            document_len: u16::from_be_bytes([header[30], header[31]]),
        })
    }
}

/// A container whose document is not encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Container {
    /// The header.
    pub header: ContainerHeader,
    /// The document: one TLV object whose tag is the form code.
    pub document: Vec<u8>,
    /// The sign block: eight bytes of sign, two zeros.
    pub signs: [u8; SIGN_BLOCK_LEN],
}

impl Container {
    /// A container as drives and operators make it. `seed` are bytes 20…27: from a drive they look
    /// like five varying bytes and the document's number, from an ОФД like eight random ones.
    ///
    /// # Errors
    /// When the document is too long or its number needs more than three bytes.
    pub fn new(
        sender: Sender,
        form: u8,
        drive: DriveNumber,
        number: DocumentNumber,
        seed: [u8; 8],
        document: Vec<u8>,
        sign: [u8; 8],
    ) -> Result<Self, ContainerError> {
        let len = ContainerHeader::LEN + document.len() + SIGN_BLOCK_LEN;
        let document_len = u16::try_from(document.len())
            .ok()
            .filter(|_| len <= MAX_BODY_LEN)
            .ok_or(ContainerError::TooLong(len))?;
        if number.get() > 0xFF_FFFF {
            return Err(ContainerError::NumberTooGreat(number));
        }
        let mut service2 = [0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x02];
        service2[..8].copy_from_slice(&seed);
        let mut signs = [0; SIGN_BLOCK_LEN];
        signs[..8].copy_from_slice(&sign);
        Ok(Self {
            header: ContainerHeader {
                sender,
                form,
                format: 0x01,
                service1: [0x10, 0x09],
                drive: drive.into(),
                document: number,
                service2,
                document_len,
            },
            document,
            signs,
        })
    }

    /// Reads a whole container, header, document and sign block.
    ///
    /// # Errors
    /// As [`ContainerHeader::decode`]; also when the document's length does not fit, as happens
    /// with encrypted ones.
    pub fn decode(container: &[u8]) -> Result<Self, ContainerError> {
        let header = ContainerHeader::decode(container)?;
        let body = &container[ContainerHeader::LEN..];
        match body.split_last_chunk::<SIGN_BLOCK_LEN>() {
            Some((document, signs)) if document.len() == usize::from(header.document_len) => {
                Ok(Self {
                    header,
                    document: document.to_vec(),
                    signs: *signs,
                })
            }
            _ => Err(ContainerError::WrongDocumentLength {
                stated: header.document_len,
                got: body.len(),
            }),
        }
    }

    /// The bytes, with length and check code.
    ///
    /// # Errors
    /// When a field was changed to a value that does not fit, see [`Container::new`].
    pub fn encode(&self) -> Result<Vec<u8>, ContainerError> {
        let header = &self.header;
        let len = ContainerHeader::LEN + self.document.len() + SIGN_BLOCK_LEN;
        let stated = u16::try_from(len)
            .ok()
            .filter(|_| len <= MAX_BODY_LEN)
            .ok_or(ContainerError::TooLong(len))?;
        if self.document.len() != usize::from(header.document_len) {
            return Err(ContainerError::WrongDocumentLength {
                stated: header.document_len,
                got: self.document.len() + SIGN_BLOCK_LEN,
            });
        }
        let [0, number @ ..] = header.document.get().to_be_bytes() else {
            return Err(ContainerError::NumberTooGreat(header.document));
        };

        let mut bytes = Vec::with_capacity(len);
        bytes.extend(stated.to_le_bytes());
        bytes.extend([0, 0]); // the check code, below
        bytes.extend([header.sender as u8, header.form, header.format]);
        bytes.extend(header.service1);
        bytes.extend(header.drive.to_bcd());
        bytes.extend(number);
        bytes.extend(header.service2);
        bytes.extend(header.document_len.to_be_bytes());
        bytes.extend(&self.document);
        bytes.extend(self.signs);
        let check = crc16(&[&bytes[..2], &bytes[4..]]);
        bytes[2..4].copy_from_slice(&check.to_le_bytes());
        Ok(bytes)
    }

    /// The eight bytes of the message's fiscal sign.
    pub fn sign(&self) -> [u8; 8] {
        let mut sign = [0; 8];
        sign.copy_from_slice(&self.signs[..8]);
        sign
    }
}
