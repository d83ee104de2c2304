//! The text of a log, as people paste it.

use thiserror::Error;

use super::Direction;

/// The bytes of a log, line by line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Log {
    /// Lines that hold bytes.
    pub lines: Vec<LogLine>,
    /// Numbers of lines that hold something else, counted from 1.
    pub passed_over: Vec<usize>,
}

/// One line of a log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogLine {
    /// Its number, counted from 1.
    pub number: usize,
    /// Who sent the bytes; none when the line does not tell.
    pub direction: Option<Direction>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A log is too long to be read at once.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "the log has {length} bytes of text, at most {} are read: cut it",
    Log::MAX_TEXT
)]
pub struct LogTooLong {
    /// Its length, bytes.
    pub length: usize,
}

impl Log {
    /// The longest text, bytes: some ten thousand exchanges.
    pub const MAX_TEXT: usize = 4 * 1024 * 1024;

    /// Reads text.
    ///
    /// A line's bytes are its longest row of hexadecimal bytes, written as `04 01`, `0401`, `0x04,
    /// 0x01`, `04h 01h`, `\x04\x01`, `04-01-00-30` or `04:01:00:30`. What is before the row may be a
    /// time, a number or a word that tells the direction: `>` `<` `->` `<-` `host` `FN` `ККТ` `ФН`
    /// `TX` `RX` and the like, `host <- FN` too. What follows `#` or `//` is a comment.
    ///
    /// # Errors
    /// When the text is longer than [`Log::MAX_TEXT`].
    pub fn read(text: &str) -> Result<Self, LogTooLong> {
        if text.len() > Self::MAX_TEXT {
            return Err(LogTooLong { length: text.len() });
        }
        let mut log = Self::default();
        for (line, number) in text.lines().zip(1..) {
            let line = line.split('#').next().unwrap_or_default();
            let line = line.split("//").next().unwrap_or_default();
            let line = line.trim_start_matches('\u{FEFF}');
            if line.trim().is_empty() {
                continue;
            }
            match read_line(line) {
                (bytes, _) if bytes.is_empty() => log.passed_over.push(number),
                (bytes, direction) => log.lines.push(LogLine {
                    number,
                    direction,
                    bytes,
                }),
            }
        }
        Ok(log)
    }

    /// A log of two streams that are told apart, such as a session writes.
    pub fn of(pieces: impl IntoIterator<Item = (Direction, Vec<u8>)>) -> Self {
        let lines = pieces.into_iter().zip(1..);
        Self {
            lines: lines
                .map(|((direction, bytes), number)| LogLine {
                    number,
                    direction: Some(direction),
                    bytes,
                })
                .collect(),
            passed_over: Vec::new(),
        }
    }
}

fn read_line(line: &str) -> (Vec<u8>, Option<Direction>) {
    let words = words(line);
    let mut best = 0..0;
    let mut bytes: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mut row = Vec::new();
        let from = at;
        while let Some(some) = words.get(at).and_then(|word| hex_bytes(word)) {
            row.extend(some);
            at += 1;
        }
        if row.len() > bytes.len() {
            bytes = row;
            best = from..at;
        }
        at += 1;
    }
    (bytes, direction(&words[..best.start]))
}

/// Arrows, and what is between spaces and brackets.
fn words(line: &str) -> Vec<&str> {
    const SEPARATORS: &str = "[](){}\"'`,;|=\\";
    let mut words = Vec::new();
    let mut from = None;
    for (at, letter) in line.char_indices() {
        let is_arrow = "<>→←".contains(letter);
        let separates = is_arrow || letter.is_whitespace() || SEPARATORS.contains(letter);
        if separates {
            words.extend(from.take().map(|from: usize| &line[from..at]));
        } else if from.is_none() {
            from = Some(at);
        }
        if is_arrow {
            words.push(&line[at..at + letter.len_utf8()]);
        }
    }
    words.extend(from.map(|from| &line[from..]));
    words.into_iter().flat_map(split_label).collect()
}

/// `host:0401` is a word and bytes.
fn split_label(word: &str) -> impl Iterator<Item = &str> {
    let (label, rest) = match word.split_once(':') {
        Some((label, rest)) if party(label).is_some() => (label, rest),
        _ => ("", word),
    };
    [label, rest].into_iter().filter(|part| !part.is_empty())
}

/// The bytes of a word; none when it is something else.
fn hex_bytes(word: &str) -> Option<Vec<u8>> {
    for separator in ['-', ':'] {
        let parts: Vec<&str> = word.split(separator).collect();
        // Fewer parts are a date or a time.
        if parts.len() >= 4 && parts.iter().all(|part| part.len() == 2) {
            return parts.iter().map(|part| byte(part)).collect();
        }
    }
    let lower = word.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        return match digits.len() {
            1 => byte(digits).map(|byte| vec![byte]),
            _ => pairs(digits),
        };
    }
    let digits = match lower.strip_prefix('x') {
        // Of `\x04`, whose backslash separates words.
        Some(digits) if digits.len() == 2 => digits,
        _ => &lower[..],
    };
    match digits.strip_suffix('h') {
        Some(digits) if digits.len() == 2 => pairs(digits),
        _ => pairs(digits),
    }
}

fn pairs(digits: &str) -> Option<Vec<u8>> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| byte(&digits[at..at + 2]))
        .collect()
}

fn byte(digits: &str) -> Option<u8> {
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex
        .then(|| u8::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Who a word names, or whose side it is.
fn party(word: &str) -> Option<Direction> {
    let word = word.trim_matches([':', '.', '-']).to_lowercase();
    let is_one_of = |names: &[&str]| names.contains(&&word[..]);
    const HOST: [&str; 17] = [
        "host",
        "kkt",
        "ккт",
        "хост",
        "касса",
        "pc",
        "tx",
        "txd",
        "out",
        "send",
        "sent",
        "write",
        "req",
        "request",
        "команда",
        "запрос",
        "передано",
    ];
    const DRIVE: [&str; 16] = [
        "fn",
        "фн",
        "drive",
        "fs",
        "rx",
        "rxd",
        "in",
        "recv",
        "received",
        "read",
        "ans",
        "answer",
        "resp",
        "response",
        "ответ",
        "принято",
    ];
    if is_one_of(&HOST) {
        Some(Direction::ToDrive)
    } else if is_one_of(&DRIVE) {
        Some(Direction::ToHost)
    } else {
        None
    }
}

/// Who sends, by what is before the bytes: of two named sides the arrow tells; one side is the
/// sender; else the arrow is seen from the host.
fn direction(words: &[&str]) -> Option<Direction> {
    let named: Vec<Direction> = words.iter().filter_map(|word| party(word)).collect();
    let points_right = words.iter().find_map(|word| match *word {
        ">" | "→" => Some(true),
        "<" | "←" => Some(false),
        _ => None,
    });
    match (&named[..], points_right) {
        ([first, second, ..], Some(false)) if first != second => Some(*second),
        ([first, ..], _) => Some(*first),
        ([], Some(true)) => Some(Direction::ToDrive),
        ([], Some(false)) => Some(Direction::ToHost),
        ([], None) => None,
    }
}
