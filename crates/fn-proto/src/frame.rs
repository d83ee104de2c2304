//! Frames of the wire protocol (ФН protocol §1.2–1.6).

use thiserror::Error;

use crate::AnswerCode;

/// The single byte that asks a drive for its last answer again (ФН protocol §1.6).
pub const ENQ: u8 = 0x05;

/// The longest data of a command or an answer, bytes (FN-1.2; FN-1 has 1024).
pub const MAX_DATA: usize = 1536;

/// The longest frame, bytes.
pub const MAX_FRAME: usize = MAX_DATA + OVERHEAD;

/// What a frame has besides its data, bytes: start, length, code, CRC.
pub const OVERHEAD: usize = 6;

const START: u8 = 0x04;
const WARNING: u8 = 0x80;
/// Start and length.
const HEAD: usize = 3;
const CRC: usize = 2;

/// The content of one frame.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// The command's code, or the answer's first byte with its warning bit.
    pub code: u8,
    /// Parameters or the answer's data.
    pub data: Vec<u8>,
}

impl Frame {
    /// The answer code; meaningful in answers.
    pub const fn answer_code(&self) -> AnswerCode {
        AnswerCode::from_byte(self.code)
    }

    /// Whether the drive warns of something that 30h will tell; meaningful in answers.
    pub const fn has_warning(&self) -> bool {
        self.code & WARNING != 0
    }

    /// The bytes on the wire.
    ///
    /// Data longer than [`MAX_DATA`] give a frame that every receiver passes over; see
    /// [`crate::Request::fits`].
    pub fn encode(&self) -> Vec<u8> {
        let length = u16::try_from(self.data.len() + 1).unwrap_or(u16::MAX);
        let mut bytes = Vec::with_capacity(self.data.len() + OVERHEAD);
        bytes.push(START);
        bytes.extend(length.to_le_bytes());
        bytes.push(self.code);
        bytes.extend(&self.data);
        let crc = terms::crc16(&[&bytes[1..]]);
        bytes.extend(crc.to_le_bytes());
        bytes
    }
}

/// The frame of a command.
pub fn encode_request(command: u8, data: Vec<u8>) -> Vec<u8> {
    Frame {
        code: command,
        data,
    }
    .encode()
}

/// The frame of an answer.
pub fn encode_answer(code: AnswerCode, warning: bool, data: Vec<u8>) -> Vec<u8> {
    let warning = if warning { WARNING } else { 0 };
    Frame {
        code: code.get() | warning,
        data,
    }
    .encode()
}

/// A frame came whole, but its CRC does not fit.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a frame's CRC is {received:04X}h, its bytes give {expected:04X}h")]
pub struct CrcMismatch {
    /// The CRC in the frame.
    pub received: u16,
    /// The CRC of the frame's bytes.
    pub expected: u16,
}

/// What a stream of bytes begins with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sight {
    /// So many bytes that begin no frame; 0 of an empty stream.
    Noise(usize),
    /// A frame has begun. So many bytes are missing, as far as they are known.
    Begun { missing: usize },
    /// A whole frame of so many bytes.
    Whole(usize),
    /// A frame of `total` bytes whose CRC does not fit, perhaps none at all.
    Damaged { total: usize, why: CrcMismatch },
}

/// Looks at the beginning of a stream.
pub(crate) fn look(bytes: &[u8]) -> Sight {
    let noise = bytes.iter().position(|byte| *byte == START);
    if noise != Some(0) {
        return Sight::Noise(noise.unwrap_or(bytes.len()));
    }
    let [_, low, high, ..] = *bytes else {
        return Sight::Begun {
            missing: HEAD - bytes.len(),
        };
    };
    let length = usize::from(u16::from_le_bytes([low, high]));
    if !(1..=MAX_DATA + 1).contains(&length) {
        return Sight::Noise(1);
    }
    let total = HEAD + length + CRC;
    let Some(frame) = bytes.get(..total) else {
        return Sight::Begun {
            missing: total - bytes.len(),
        };
    };
    let (body, crc) = frame[1..].split_at(total - 1 - CRC);
    let expected = terms::crc16(&[body]);
    let received = u16::from_le_bytes([crc[0], crc[1]]);
    if received == expected {
        Sight::Whole(total)
    } else {
        let why = CrcMismatch { received, expected };
        Sight::Damaged { total, why }
    }
}

/// The content of a whole frame.
pub(crate) fn content(frame: &[u8]) -> Frame {
    Frame {
        code: frame[HEAD],
        data: frame[HEAD + 1..frame.len() - CRC].to_vec(),
    }
}

/// Finds frames in a stream of bytes.
///
/// It passes over bytes until 04h with a possible length follows, and after a wrong CRC looks for a
/// frame from the byte after that 04h (ФН protocol §1.6), so that noise cannot hide a good frame
/// for longer than the false frame takes. When the wire stays silent within a frame, call
/// [`Decoder::abandon`].
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// Empty, or it begins with the start of a frame once [`Decoder::next_frame`] gave none.
    buffer: Vec<u8>,
}

impl Decoder {
    /// An empty decoder.
    pub const fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// Takes received bytes. Call [`Decoder::next_frame`] until it gives none: then fewer than
    /// [`MAX_FRAME`] bytes stay inside.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame; none when more bytes are needed.
    ///
    /// # Errors
    /// When a CRC does not fit. The decoder goes on behind the false start: call again.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, CrcMismatch> {
        let mut passed = 0;
        let result = loop {
            match look(&self.buffer[passed..]) {
                Sight::Noise(0) | Sight::Begun { .. } => break Ok(None),
                Sight::Noise(count) => passed += count,
                Sight::Whole(total) => {
                    let frame = content(&self.buffer[passed..passed + total]);
                    passed += total;
                    break Ok(Some(frame));
                }
                Sight::Damaged { why, .. } => {
                    passed += 1;
                    break Err(why);
                }
            }
        };
        self.buffer.drain(..passed);
        result
    }

    /// Whether a frame has begun: its first byte is here, its end is not.
    pub const fn is_inside_frame(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Gives up the begun frame, because nothing came for too long, and looks for another one in
    /// what came behind its start. Returns whether there was one to give up.
    pub fn abandon(&mut self) -> bool {
        let inside = self.is_inside_frame();
        if inside {
            self.buffer.drain(..1);
        }
        inside
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }
}
