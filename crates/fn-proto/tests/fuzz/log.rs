//! Logs of frames.

use fn_proto::{Direction, Log, LogLine};

/// The bytes are a text, and they are what was on the wire: in both cases each byte of the log is in
/// one entry, in its order, and every entry has words.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let log = Log::read(&text).unwrap();
    let lines = text.lines().count();
    assert!(log.lines.len() + log.passed_over.len() <= lines);
    check_log(&log);

    // A line begins with its length and who speaks.
    let mut log = Log::default();
    let mut rest = bytes;
    while let [head, behind @ ..] = rest {
        let length = usize::from(head >> 2).min(behind.len());
        let (line, behind) = behind.split_at(length);
        rest = behind;
        log.lines.push(LogLine {
            number: log.lines.len() + 1,
            direction: match head & 3 {
                0 => Some(Direction::ToDrive),
                1 => Some(Direction::ToHost),
                _ => None,
            },
            bytes: line.to_vec(),
        });
    }
    check_log(&log);
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
