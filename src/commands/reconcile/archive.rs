//! Archives of drives as they are sent: the index, and of the documents the closing reports alone.

use std::{
    error::Error,
    fs,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use serde_json::Value;

/// A report on the closing of a shift, as the index names its form.
const CLOSE_SHIFT: &str = "5";
/// The longest line of the documents, bytes.
const LINE_MAX: u64 = 1 << 20;

/// Names and bytes.
type Files = Vec<(String, Vec<u8>)>;

/// The archive in a folder, or those in its folders.
pub(super) fn read(folder: &Path) -> Result<Files, Box<dyn Error>> {
    let named = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.join("index.csv").is_file() {
        return one(folder);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(named)? {
        let path = entry?.path();
        if path.join("index.csv").is_file() {
            files.extend(one(&path)?);
        }
    }
    if files.is_empty() {
        let folder = folder.display();
        return Err(format!("{folder} has no archive: no index.csv is in it").into());
    }
    Ok(files)
}

fn one(folder: &Path) -> Result<Files, Box<dyn Error>> {
    let named = |error: std::io::Error| format!("{}: {error}", folder.display());
    let drive = drive_of(folder)?;
    let index = fs::read_to_string(folder.join("index.csv")).map_err(named)?;
    let mut documents = fs::File::open(folder.join("documents.jsonl")).map_err(named)?;
    let mut reports = Vec::new();
    for row in index.lines() {
        let fields: Vec<&str> = row.split(',').collect();
        let [_, CLOSE_SHIFT, _, _, _, offset, length, ..] = fields[..] else {
            continue;
        };
        // A row that cannot be read is told of by the server, with its line.
        if let (Ok(offset), Ok(length)) = (offset.parse(), length.parse::<u64>()) {
            documents.seek(SeekFrom::Start(offset)).map_err(named)?;
            let line = documents.by_ref().take(length.min(LINE_MAX));
            let mut line = line;
            line.read_to_end(&mut reports).map_err(named)?;
        }
    }
    Ok(vec![
        (format!("{drive}.csv"), index.into_bytes()),
        (format!("{drive}.jsonl"), reports),
    ])
}

/// The drive of an archive: as its summary says, or as the folder is called.
fn drive_of(folder: &Path) -> Result<String, Box<dyn Error>> {
    let summary = fs::read_to_string(folder.join("archive.json")).ok();
    let summary: Option<Value> = summary.and_then(|text| serde_json::from_str(&text).ok());
    let said = summary.as_ref().and_then(|it| it["drive"].as_str());
    let name = folder.file_name().map(|name| name.to_string_lossy());
    said.map(str::to_owned)
        .or_else(|| name.map(|name| name.into_owned()))
        .ok_or_else(|| format!("{}: nothing tells the drive's number", folder.display()).into())
}
