use std::borrow::Cow;

use encoding_rs::{IBM866, WINDOWS_1251};

use crate::{FILE_MAX, Unreadable};

/// How a file's characters are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// With or without a byte order mark.
    Utf8,
    /// Of Windows.
    Cp1251,
    /// Of DOS.
    Cp866,
}

impl Encoding {
    /// Its usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Cp1251 => "windows-1251",
            Self::Cp866 => "cp866",
        }
    }
}

/// A word that stands in each statement of 1CClientBankExchange: its keys are Cyrillic, so the key
/// that names the encoding can only be read once the encoding is known.
const STATEMENT_WORD: &str = "ВерсияФормата";
/// Where that word stands.
const HEAD: usize = 4_096;

/// Reads the characters of a file, whose encoding is guessed: UTF-8 if it is that, else the one of
/// the Russian code pages in which it makes words.
///
/// # Errors
/// When it is too large, or not a text of one of these encodings.
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Unreadable> {
    if bytes.len() > FILE_MAX {
        return Err(Unreadable::whole(format!(
            "it is larger than {FILE_MAX} bytes: split it"
        )));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(Unreadable::whole(
            "it has zero bytes: it is no text, or a text of UTF-16; save it as UTF-8 or \
             windows-1251, and unpack archives first",
        ));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((Cow::Borrowed(text), Encoding::Utf8));
    }
    let (encoding, code_page) = match guess(bytes) {
        Encoding::Cp866 => (IBM866, Encoding::Cp866),
        _ => (WINDOWS_1251, Encoding::Cp1251),
    };
    // Neither has a character without a meaning: nothing is replaced.
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Ok((text, code_page))
}

fn guess(bytes: &[u8]) -> Encoding {
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.starts_with(b"1CClientBankExchange") {
        let holds = |encoding: &'static encoding_rs::Encoding| {
            let (text, _) = encoding.decode_without_bom_handling(head);
            text.contains(STATEMENT_WORD)
        };
        if holds(WINDOWS_1251) {
            return Encoding::Cp1251;
        }
        if holds(IBM866) {
            return Encoding::Cp866;
        }
    }
    // 80h…AFh: letters А…п of cp866, rare signs of windows-1251. C0h…DFh and F0h…FFh: letters of
    // windows-1251, of cp866 frames and a few letters. E0h…EFh are letters of both.
    let (mut dos, mut windows) = (0_usize, 0_usize);
    for byte in bytes {
        match byte {
            0x80..=0xAF => dos += 1,
            0xC0..=0xDF | 0xF0..=0xFF => windows += 1,
            _ => {}
        }
    }
    if dos > windows {
        Encoding::Cp866
    } else {
        Encoding::Cp1251
    }
}
