//! CP866, the code page of texts in fiscal documents (ККТ–ОФД protocol §9).

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

/// [`encode`], behind what `bytes` hold already; at an error they hold a part of the text.
pub(crate) fn encode_into(text: &str, bytes: &mut Vec<u8>) -> Result<(), Unprintable> {
    for (position, character) in text.chars().enumerate() {
        if let Some(byte) = usual_byte(character) {
            bytes.push(byte);
            continue;
        }
        let substitute = SUBSTITUTES.iter().find(|(from, _)| *from == character);
        let unprintable = Unprintable {
            character,
            position,
        };
        match substitute {
            Some((_, to)) => {
                for character in to.chars() {
                    bytes.push(byte_of(character).ok_or(unprintable)?);
                }
            }
            None if character.is_control() && !matches!(character, '\r' | '\n') => {
                return Err(unprintable);
            }
            None => bytes.push(byte_of(character).ok_or(unprintable)?),
        }
    }
    Ok(())
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
    IBM866.decode_without_bom_handling(bytes).0.into_owned()
}

/// The byte of printable ASCII, of Russian letters and of №: nearly all that texts consist of, and
/// the encoder for any character costs twenty times as much and an allocation.
const fn usual_byte(character: char) -> Option<u8> {
    match character {
        ' '..='~' => Some(character as u8),
        'А'..='п' => Some(0x80 + (character as u32 - 'А' as u32) as u8),
        'р'..='я' => Some(0xE0 + (character as u32 - 'р' as u32) as u8),
        'Ё' => Some(0xF0),
        'ё' => Some(0xF1),
        '№' => Some(0xFC),
        _ => None,
    }
}

fn byte_of(character: char) -> Option<u8> {
    if let Some(byte) = usual_byte(character) {
        return Some(byte);
    }
    if character.is_ascii() {
        return Some(character as u8);
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
