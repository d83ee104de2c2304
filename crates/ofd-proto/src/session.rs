use terms::{FfdVersion, crc16};

use crate::{PaddedNumber, SessionError};

/// The longest body of a message: 32 KiB (ККТ–ОФД protocol §2).
pub const MAX_BODY_LEN: usize = 32 * 1024;

const SIGNATURE: [u8; 4] = [0x2A, 0x08, 0x41, 0x0A];
const SESSION_VERSION: [u8; 2] = [0x81, 0xA2];

/// P-versions without a version of documents: FFD 1.0, and what old ККТ send with FFD 1.05 as well.
const OLD_VERSIONS: [[u8; 2]; 3] = [[0x01, 0x00], [0x00, 0x01], [0x00, 0x02]];

/// The version of the document protocol (P-version, offset 6), as the two bytes on the wire. It
/// follows tag 1209 of the documents.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ProtocolVersion(pub [u8; 2]);

impl ProtocolVersion {
    /// The version of documents, tag 1209. None of a version that is not in use any more (FFD 1.0
    /// and the like: `01 00`, `00 01`, `00 02`, which also old ККТ with FFD 1.05 send) or unknown.
    pub fn ffd(self) -> Option<FfdVersion> {
        FfdVersion::ALL
            .iter()
            .copied()
            .find(|version| Self::from(*version) == self)
    }

    /// Whether any sender is known to use it (ККТ–ОФД protocol §2).
    pub fn is_known(self) -> bool {
        self.ffd().is_some() || OLD_VERSIONS.contains(&self.0)
    }
}

impl From<FfdVersion> for ProtocolVersion {
    fn from(version: FfdVersion) -> Self {
        Self(match version {
            FfdVersion::V1_05 => [0x01, 0x05],
            FfdVersion::V1_1 => [0x01, 0x10],
            FfdVersion::V1_2 => [0x01, 0x20],
        })
    }
}

/// What the session check code covers (flags, bits 0–1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CheckMode {
    /// 00: nothing. All real traffic.
    None,
    /// 01: bytes 0–27 of the header.
    Header,
    /// 10: bytes 0–27 of the header, then the body.
    HeaderAndBody,
}

/// How urgent a message is (flags, bits 6–7). All real traffic is normal.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Priority {
    /// 00.
    Normal,
    /// 01.
    Raised,
    /// 10.
    High,
    /// 11.
    Highest,
}

/// The flags (offset 26; ККТ–ОФД protocol §3). Reserved bits are kept as they came.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Flags(u16);

impl Flags {
    /// A container without a session check code, an answer is expected: all real traffic, in both
    /// directions.
    pub const DOCUMENT: Self = Self(0x0014);
    /// A header without a body, an answer is expected: «are you there?».
    pub const PROBE: Self = Self(0x0010);

    /// These flags with another check code.
    #[must_use]
    pub const fn with_check(self, mode: CheckMode) -> Self {
        let bits = match mode {
            CheckMode::None => 0b00,
            CheckMode::Header => 0b01,
            CheckMode::HeaderAndBody => 0b10,
        };
        Self(self.0 & !0b11 | bits)
    }

    /// These flags with another priority.
    #[must_use]
    pub const fn with_priority(self, priority: Priority) -> Self {
        Self(self.0 & !0xC0 | (priority as u16) << 6)
    }

    /// Takes the field's value.
    ///
    /// # Errors
    /// When bits 0–1 or 4–5 hold a combination that the protocol forbids.
    pub fn new(bits: u16) -> Result<Self, SessionError> {
        if bits & 0b11 == 0b11 || bits & 0x20 != 0 {
            return Err(SessionError::ForbiddenFlags(bits));
        }
        Ok(Self(bits))
    }

    /// The field's value.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// What the check code covers.
    pub fn check_mode(self) -> CheckMode {
        match self.0 & 0b11 {
            0b01 => CheckMode::Header,
            0b10 => CheckMode::HeaderAndBody,
            _ => CheckMode::None,
        }
    }

    /// Whether a container follows.
    pub fn has_container(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Whether the sender waits for an answer.
    pub fn expects_answer(self) -> bool {
        self.0 & 0x30 == 0x10
    }

    /// How urgent it is.
    pub const fn priority(self) -> Priority {
        match self.0 >> 6 & 0b11 {
            0 => Priority::Normal,
            1 => Priority::Raised,
            2 => Priority::High,
            _ => Priority::Highest,
        }
    }
}

/// The 30 bytes in front of each body (ККТ–ОФД protocol §2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionHeader {
    /// The version of the document protocol.
    pub protocol: ProtocolVersion,
    /// The drive the message comes from or goes to.
    pub drive: PaddedNumber,
    /// Bytes after the header, at most [`MAX_BODY_LEN`]; 0 in a probe.
    pub body_len: u16,
    /// The flags.
    pub flags: Flags,
    /// The check code; 0 when the flags ask for none (any value is accepted then: there are servers
    /// that fill it in all the same).
    pub check: u16,
}

impl SessionHeader {
    /// Its length, bytes.
    pub const LEN: usize = 30;

    /// A header for `body`, with the check code that `flags` ask for.
    ///
    /// # Errors
    /// When the body is longer than [`MAX_BODY_LEN`].
    pub fn new(
        protocol: ProtocolVersion,
        drive: PaddedNumber,
        flags: Flags,
        body: &[u8],
    ) -> Result<Self, SessionError> {
        let body_len = u16::try_from(body.len())
            .ok()
            .filter(|len| usize::from(*len) <= MAX_BODY_LEN)
            .ok_or(SessionError::TooLong(body.len()))?;
        let mut header = Self {
            protocol,
            drive,
            body_len,
            flags,
            check: 0,
        };
        header.check = header.expected_check(body).unwrap_or(0);
        Ok(header)
    }

    /// Reads a header. The check code is verified later, by [`SessionHeader::verify`], as it may
    /// cover the body.
    ///
    /// # Errors
    /// Names the field that is wrong, with its offset.
    pub fn decode(bytes: &[u8; Self::LEN]) -> Result<Self, SessionError> {
        let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        Self::check_signature(bytes)?;
        let version = [bytes[4], bytes[5]];
        if version != SESSION_VERSION {
            return Err(SessionError::WrongSessionVersion(version));
        }
        let body_len = word(24);
        if usize::from(body_len) > MAX_BODY_LEN {
            return Err(SessionError::TooLong(usize::from(body_len)));
        }
        let protocol = ProtocolVersion([bytes[6], bytes[7]]);
        if !protocol.is_known() {
            return Err(SessionError::UnknownVersion(protocol.0));
        }
        let mut drive = [0; 16];
        drive.copy_from_slice(&bytes[8..24]);
        Ok(Self {
            protocol,
            drive: PaddedNumber::from_text(drive).map_err(SessionError::BadDriveNumber)?,
            body_len,
            flags: Flags::new(word(26))?,
            check: word(28),
        })
    }

    /// Refuses a stream that begins with another signature; says nothing about fewer than four
    /// bytes.
    pub(crate) fn check_signature(stream: &[u8]) -> Result<(), SessionError> {
        match stream.first_chunk() {
            Some(signature) if *signature != SIGNATURE => {
                Err(SessionError::WrongSignature(*signature))
            }
            _ => Ok(()),
        }
    }

    /// The bytes.
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&SIGNATURE);
        bytes[4..6].copy_from_slice(&SESSION_VERSION);
        bytes[6..8].copy_from_slice(&self.protocol.0);
        bytes[8..24].copy_from_slice(&self.drive.to_text());
        bytes[24..26].copy_from_slice(&self.body_len.to_le_bytes());
        bytes[26..28].copy_from_slice(&self.flags.bits().to_le_bytes());
        bytes[28..].copy_from_slice(&self.check.to_le_bytes());
        bytes
    }

    /// Verifies the check code, if the flags ask for one.
    ///
    /// # Errors
    /// When it differs.
    pub fn verify(&self, body: &[u8]) -> Result<(), SessionError> {
        match self.expected_check(body) {
            Some(computed) if computed != self.check => Err(SessionError::WrongCheckCode {
                stated: self.check,
                computed,
            }),
            _ => Ok(()),
        }
    }

    /// The check code that the flags ask for (ККТ–ОФД protocol §4; no capture has one).
    fn expected_check(&self, body: &[u8]) -> Option<u16> {
        let bytes = self.encode();
        let covered = &bytes[..28];
        match self.flags.check_mode() {
            CheckMode::None => None,
            CheckMode::Header => Some(crc16(&[covered])),
            CheckMode::HeaderAndBody => Some(crc16(&[covered, body])),
        }
    }
}
