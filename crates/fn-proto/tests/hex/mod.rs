//! Reads the fixtures of `protocol-fixtures/fn`: hex bytes, `#` begins a comment, a line without
//! bytes ends a record.

use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../protocol-fixtures/fn"
    ))
}

/// The records of a file.
pub(crate) fn records(name: &str) -> Vec<Vec<u8>> {
    let path = folder().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut records = vec![Vec::new()];
    for line in text.lines() {
        let bytes = line.split('#').next().unwrap_or_default().trim();
        if line.trim().is_empty() {
            records.push(Vec::new());
        } else if let Some(record) = records.last_mut() {
            record.extend(
                bytes
                    .split_whitespace()
                    .map(|byte| u8::from_str_radix(byte, 16).unwrap()),
            );
        }
    }
    records.retain(|record| !record.is_empty());
    records
}

/// The only record of a file.
pub(crate) fn one(name: &str) -> Vec<u8> {
    let mut records = records(name);
    assert_eq!(records.len(), 1, "{name}");
    records.remove(0)
}

/// Names of the files that begin with `prefix`, sorted.
pub(crate) fn names(prefix: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(prefix) && name.ends_with(".hex"))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no fixtures {prefix}*");
    names
}
