//! CP866, the code page of texts in fiscal documents (ККТ–ОФД protocol §9).

use std::sync::LazyLock;

use encoding_rs::IBM866;

/// What stands for characters that people and billing systems write and CP866 lacks.
///
/// The non-breaking space is in CP866, but a plain one prints everywhere.
const SUBSTITUTES: &[(char, &str)] = &[
    ('«', "\""),
    ('»', "\""),
    ('„', "\""),
    ('“', "\""),
    ('”', "\""),
    ('‟', "\""),
    ('″', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('‚', "'"),
    ('‛', "'"),
    ('′', "'"),
    ('‐', "-"),
    ('‑', "-"),
    ('‒', "-"),
    ('–', "-"),
    ('—', "-"),
    ('―', "-"),
    ('−', "-"),
    ('…', "..."),
    ('₽', "руб."),
    ('×', "x"),
    ('²', "2"),
    ('³', "3"),
    ('™', "(TM)"),
    ('©', "(c)"),
    ('®', "(R)"),
    ('€', "EUR"),
    ('\t', " "),
    ('\u{A0}', " "),
    ('\u{2002}', " "),
    ('\u{2003}', " "),
    ('\u{2007}', " "),
    ('\u{2009}', " "),
    ('\u{202F}', " "),
    ('\u{AD}', ""),
    ('\u{200B}', ""),
    ('\u{2060}', ""),
    ('\u{FEFF}', ""),
];

/// A character that a fiscal document cannot carry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unprintable {
    /// The character.
    pub character: char,
    /// Its place in the text, counted in characters from 0.
    pub position: usize,
}

/// Writes `text` in CP866, replacing typographic quotes, dashes, `…`, `₽` and special spaces.
///
/// Line breaks (CR, LF) are kept; other control characters are refused, because a printer would
/// obey them.
///
/// # Errors
/// At the first character that neither CP866 nor the substitutions have.
///
/// ```
/// assert_eq!(ffd::cp866::encode("№ 5 — «А»").unwrap(), b"\xFC 5 - \"\x80\"");
/// assert_eq!(ffd::cp866::encode("日").unwrap_err().character, '日');
/// ```
pub fn encode(text: &str) -> Result<Vec<u8>, Unprintable> {
    let mut bytes = Vec::with_capacity(text.len());
    encode_into(text, &mut bytes)?;
    Ok(bytes)
}

/// As [`encode`], behind what `bytes` has already; after an error a part of the text is there.
pub(crate) fn encode_into(text: &str, bytes: &mut Vec<u8>) -> Result<(), Unprintable> {
    bytes.reserve(text.len());
    let mut rest = text;
    loop {
        rest = encode_usual(rest, bytes);
        let Some(character) = rest.chars().next() else {
            return Ok(());
        };
        encode_unusual(character, bytes).ok_or_else(|| Unprintable {
            character,
            position: text[..text.len() - rest.len()].chars().count(),
        })?;
        rest = &rest[character.len_utf8()..];
    }
}

/// Printable ASCII and Russian letters without ё: nearly all that texts consist of, and the encoder
/// for any character costs a hundred times as much. Gives the text from the first other character.
fn encode_usual<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let utf8 = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = utf8.get(at) {
        match (byte, utf8.get(at + 1)) {
            (b' '..=b'~', _) => {
                bytes.push(*byte);
                at += 1;
            }
            // А…п
            (0xD0, Some(low @ 0x90..=0xBF)) => {
                bytes.push(low - 0x10);
                at += 2;
            }
            // р…я
            (0xD1, Some(low @ 0x80..=0x8F)) => {
                bytes.push(low + 0x60);
                at += 2;
            }
            _ => break,
        }
    }
    &text[at..]
}

/// Any other character, by itself or by what stands for it.
fn encode_unusual(character: char, bytes: &mut Vec<u8>) -> Option<()> {
    if let Some((_, to)) = SUBSTITUTES.iter().find(|(from, _)| *from == character) {
        for character in to.chars() {
            bytes.push(byte_of(character)?);
        }
        return Some(());
    }
    if character.is_control() && !matches!(character, '\r' | '\n') {
        return None;
    }
    bytes.push(byte_of(character)?);
    Some(())
}

/// Writes back a text that [`decode`] gave, byte for byte; nothing is replaced.
///
/// # Errors
/// At the first character that CP866 lacks.
pub fn encode_exact(text: &str) -> Result<Vec<u8>, Unprintable> {
    text.chars()
        .enumerate()
        .map(|(position, character)| {
            byte_of(character).ok_or(Unprintable {
                character,
                position,
            })
        })
        .collect()
}

/// Reads CP866; every byte is a character, so this cannot fail.
pub fn decode(bytes: &[u8]) -> String {
    let mut utf8 = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        match byte {
            0..=0x7F => utf8.push(*byte),
            // А…п
            0x80..=0xAF => utf8.extend_from_slice(&[0xD0, byte + 0x10]),
            // р…я
            0xE0..=0xEF => utf8.extend_from_slice(&[0xD1, byte - 0x60]),
            _ => {
                let character = CHARACTERS[usize::from(*byte)];
                utf8.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    // It is UTF-8; to say so without looking would be unsafe.
    String::from_utf8(utf8).unwrap_or_default()
}

/// The character of each byte: the decoder for any text costs ten times as much as this table.
static CHARACTERS: LazyLock<[char; 256]> = LazyLock::new(|| {
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    let (text, _) = IBM866.decode_without_bom_handling(&bytes);
    let mut characters = ['\0'; 256];
    for (place, character) in characters.iter_mut().zip(text.chars()) {
        *place = character;
    }
    characters
});

fn byte_of(character: char) -> Option<u8> {
    // The encoder allocates; these are not rare.
    match character {
        'Ё' => return Some(0xF0),
        'ё' => return Some(0xF1),
        '№' => return Some(0xFC),
        _ if character.is_ascii() => return Some(character as u8),
        _ => {}
    }
    let mut utf8 = [0; 4];
    let mut byte = [0; 1];
    let text = character.encode_utf8(&mut utf8);
    let (result, _, written) = IBM866
        .new_encoder()
        .encode_from_utf8_without_replacement(text, &mut byte, true);
    (result == encoding_rs::EncoderResult::InputEmpty && written == 1).then_some(byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_character_and_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(encode_exact(&decode(&bytes)), Ok(bytes));
    }

    #[test]
    fn russian_letters_have_their_places() {
        assert_eq!(
            encode("АЯапрёЁ№").unwrap(),
            b"\x80\x9F\xA0\xAF\xE0\xF1\xF0\xFC"
        );
    }

    #[test]
    fn typography_is_replaced_and_the_rest_is_named() {
        assert_eq!(
            decode(&encode("„100 ₽…”—‑\u{A0}").unwrap()),
            "\"100 руб....\"-- "
        );
        for (text, position) in [
            ("ab💧", 2),
            ("\u{1B}@", 0),
            ("їжак", 0),
            ("ә", 0),
            ("a\0", 1),
        ] {
            let refused = encode(text);
            let known = text == "їжак"; // CP866 has ї
            assert_eq!(refused.is_ok(), known, "{text:?}");
            if let Err(error) = refused {
                assert_eq!(error.position, position, "{text:?}");
            }
        }
    }

    #[test]
    fn every_substitute_can_be_written() {
        for (from, _) in SUBSTITUTES {
            assert!(encode(&from.to_string()).is_ok(), "{from:?}");
        }
    }
}
