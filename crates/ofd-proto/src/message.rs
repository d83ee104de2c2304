use terms::{DriveNumber, FfdVersion};

use crate::{Flags, PaddedNumber, ProtocolVersion, SessionError, SessionHeader};

/// A session header and what follows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// The header; its length and check code belong to the body.
    pub header: SessionHeader,
    /// The container's bytes; empty in a probe.
    pub body: Vec<u8>,
}

impl Message {
    /// A document on its way to the ОФД: flags 0014h, no session check code.
    ///
    /// # Errors
    /// When the container is longer than [`crate::MAX_BODY_LEN`].
    pub fn request(
        version: FfdVersion,
        drive: DriveNumber,
        container: Vec<u8>,
    ) -> Result<Self, SessionError> {
        Self::new(version.into(), drive, Flags::DOCUMENT, container)
    }

    /// A header without a body: asks whether the ОФД is there (ККТ–ОФД protocol §6; no capture has
    /// one).
    ///
    /// # Errors
    /// None in fact; the signature is that of its neighbours.
    pub fn probe(version: FfdVersion, drive: DriveNumber) -> Result<Self, SessionError> {
        Self::new(version.into(), drive, Flags::PROBE, Vec::new())
    }

    /// An answer to `request`: versions and drive are repeated. An empty container answers a probe.
    ///
    /// # Errors
    /// When the container is longer than [`crate::MAX_BODY_LEN`].
    pub fn answer(request: &SessionHeader, container: Vec<u8>) -> Result<Self, SessionError> {
        let flags = if container.is_empty() {
            Flags::PROBE
        } else {
            Flags::DOCUMENT
        };
        Self::of(request.protocol, request.drive, flags, container)
    }

    /// A message with the given flags and the check code that they ask for.
    ///
    /// # Errors
    /// When the body is longer than [`crate::MAX_BODY_LEN`].
    pub fn new(
        protocol: ProtocolVersion,
        drive: DriveNumber,
        flags: Flags,
        body: Vec<u8>,
    ) -> Result<Self, SessionError> {
        Self::of(protocol, drive.into(), flags, body)
    }

    fn of(
        protocol: ProtocolVersion,
        drive: PaddedNumber,
        flags: Flags,
        body: Vec<u8>,
    ) -> Result<Self, SessionError> {
        Ok(Self {
            header: SessionHeader::new(protocol, drive, flags, &body)?,
            body,
        })
    }

    /// The container, if there is one: the flag is set and there are bytes.
    pub fn container(&self) -> Option<&[u8]> {
        (self.header.flags.has_container() && !self.body.is_empty()).then_some(&self.body[..])
    }

    /// The bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SessionHeader::LEN + self.body.len());
        bytes.extend(self.header.encode());
        bytes.extend(&self.body);
        bytes
    }
}

/// Cuts a stream into messages, whatever the pieces in which it comes; for both sides.
///
/// It holds at most one message and what came after it. After an error the stream has no known
/// place any more: close the connection.
///
/// ```
/// use ofd_proto::{Decoder, Message};
/// let drive = "9999078900000001".parse()?;
/// let probe = Message::probe(terms::FfdVersion::V1_2, drive)?;
/// let mut decoder = Decoder::default();
/// for byte in probe.encode() {
///     assert_eq!(decoder.next_message()?, None);
///     decoder.push(&[byte]);
/// }
/// assert_eq!(decoder.next_message()?, Some(probe));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Takes bytes from the wire. Take out the whole messages before giving more: the decoder does
    /// not limit what waits in it.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend(bytes);
    }

    /// The next whole message; none when more bytes are needed.
    ///
    /// # Errors
    /// When the bytes are no message; told as soon as the header is whole, and of a wrong signature
    /// as soon as its four bytes are there.
    pub fn next_message(&mut self) -> Result<Option<Message>, SessionError> {
        let Some((header, rest)) = self.buffer.split_first_chunk::<{ SessionHeader::LEN }>() else {
            SessionHeader::check_signature(&self.buffer)?;
            return Ok(None);
        };
        let header = SessionHeader::decode(header)?;
        let Some(body) = rest.get(..usize::from(header.body_len)) else {
            return Ok(None);
        };
        header.verify(body)?;
        let body = body.to_vec();
        self.buffer.drain(..SessionHeader::LEN + body.len());
        Ok(Some(Message { header, body }))
    }

    /// Bytes of an unfinished message.
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// Tells the end of the stream.
    ///
    /// # Errors
    /// When it ended inside a message.
    pub fn finish(&self) -> Result<(), SessionError> {
        match self.buffer.len() {
            0 => Ok(()),
            got => Err(SessionError::Truncated { got }),
        }
    }
}
