//! The text of a log, as people have it.

use std::{
    fs::File,
    io::{self, Read},
};

use fn_proto::{Log, LogTooLong};
use thiserror::Error;

/// The longest input, bytes: in UTF-16 each character of a log takes two.
const INPUT_MAX: u64 = 2 * Log::MAX_TEXT as u64;

/// Why a log could not be read.
#[derive(Debug, Error)]
pub(super) enum InputError {
    #[error("{name} cannot be read")]
    Read { name: String, source: io::Error },
    #[error("{name} is longer than {INPUT_MAX} bytes: cut out the part that matters")]
    TooLong { name: String },
    #[error("{name}: cut out the part that matters")]
    LogTooLong { name: String, source: LogTooLong },
    #[error("{name} is empty: record the wire first, or paste the frames into it")]
    Empty { name: String },
    #[error(
        "{name} is binary, not text with hexadecimal bytes; if these are the bytes of the wire \
         themselves: xxd -p FILE | kassette frames -"
    )]
    Binary { name: String },
    #[error(
        "no line of {name} has hexadecimal bytes; a log has lines such as «> 04 01 00 30 FF CD» \
         (a document's TLV is read by kassette tlv)"
    )]
    NoBytes { name: String },
}

/// Reads a file, or with «-» what is piped in.
pub(super) fn read(source: &str) -> Result<Log, InputError> {
    let name = match source {
        "-" => "what is piped in".to_owned(),
        path => path.to_owned(),
    };
    let bytes = match source {
        "-" => limited(io::stdin().lock()),
        path => File::open(path).and_then(limited),
    };
    match bytes {
        Ok(bytes) => log(&bytes, name),
        Err(source) => Err(InputError::Read { name, source }),
    }
}

/// One byte more than may be read.
fn limited(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(INPUT_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn log(bytes: &[u8], name: String) -> Result<Log, InputError> {
    if bytes.len() as u64 > INPUT_MAX {
        return Err(InputError::TooLong { name });
    }
    let Some(text) = text(bytes) else {
        return Err(InputError::Binary { name });
    };
    if text.trim().is_empty() {
        return Err(InputError::Empty { name });
    }
    match Log::read(&text) {
        Ok(log) if log.lines.is_empty() => Err(InputError::NoBytes { name }),
        Ok(log) => Ok(log),
        Err(source) => Err(InputError::LogTooLong { name, source }),
    }
}

/// Text in UTF-8, in UTF-16 with its mark (as PowerShell writes it), or in a code page, whose
/// Russian letters are lost but not its bytes of frames. None for what is no text.
fn text(bytes: &[u8]) -> Option<String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let is_strange = |letter: char| {
        letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{C}' | '\u{1B}')
    };
    (!text.contains(is_strange)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Result<usize, String> {
        match log(bytes, "the log".to_owned()) {
            Ok(log) => Ok(log.lines.len()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_log_is_read_in_whatever_it_was_saved() {
        let text = "TX 04 01 00 30 FF CD\r\nRX 04 01 00 00 AC FB\r\n";
        assert_eq!(lines(text.as_bytes()), Ok(2));
        let units = text.encode_utf16();
        let mut little = vec![0xFF, 0xFE];
        little.extend(units.clone().flat_map(u16::to_le_bytes));
        assert_eq!(lines(&little), Ok(2));
        let mut big = vec![0xFE, 0xFF];
        big.extend(units.flat_map(u16::to_be_bytes));
        assert_eq!(lines(&big), Ok(2));
        // «ККТ» in code page 1251.
        assert_eq!(lines(b"\xCA\xCA\xD2: 04 01 00 30 FF CD"), Ok(1));
    }

    #[test]
    fn what_is_no_log_is_refused_with_what_to_do() {
        let refused = |bytes: &[u8], word: &str| {
            let error = lines(bytes).unwrap_err();
            assert!(error.starts_with("the log"), "{error}");
            assert!(error.contains(word), "{error}");
        };
        refused(b" \r\n", "is empty");
        refused(b"\x04\x01\x00\x30\xFF\xCD", "xxd -p");
        let error = lines(b"what a day\n").unwrap_err();
        assert!(error.contains("> 04 01 00 30 FF CD"), "{error}");
        refused(&vec![b'z'; Log::MAX_TEXT + 1], "cut out");
        refused(&vec![b'z'; 2 * Log::MAX_TEXT + 1], "cut out");
    }
}
