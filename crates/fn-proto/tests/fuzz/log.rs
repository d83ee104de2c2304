//! Logs of frames.

use fn_proto::{Direction, Log, LogLine};

use crate::stream::made_of;

/// The bytes are a text, and they are what was on the wire: in both cases each byte of the log is in
/// one entry, in its order, and every entry has words.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let log = Log::read(&text).unwrap();
    let lines = text.lines().count();
    assert!(log.lines.len() + log.passed_over.len() <= lines);
    check_log(&log);

    // The same of frames made of the bytes; the length of a piece says who speaks, if anybody does.
    let pieces = made_of(bytes);
    let lines = pieces.into_iter().zip(1..).map(|(bytes, number)| LogLine {
        number,
        direction: match bytes.len() % 4 {
            0 => Some(Direction::ToDrive),
            1 => Some(Direction::ToHost),
            _ => None,
        },
        bytes,
    });
    check_log(&Log {
        lines: lines.collect(),
        passed_over: Vec::new(),
    });
}

fn check_log(log: &Log) {
    let mut given = log.lines.iter().flat_map(|line| &line.bytes);
    let mut last = 0;
    for entry in log.transcript() {
        assert!(entry.line >= last && !entry.bytes.is_empty());
        last = entry.line;
        for byte in &entry.bytes {
            assert_eq!(Some(byte), given.next());
        }
        assert!(!entry.to_string().is_empty());
    }
    assert_eq!(given.next(), None);
}
