use std::io::Cursor;

use sha2::{Digest, Sha256};
use terms::TermError;
use thiserror::Error;
use zip::{
    CompressionMethod, DateTime, PreparedZipFile, System, ZipWriter, result::ZipError,
    write::SimpleFileOptions,
};

use crate::{TableError, TemplateError, words::hex};

/// The file that lists the others with their hashes.
pub(crate) const INDEX: &str = "index.txt";

/// A file of a document set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct File {
    /// Its name: Latin letters, digits, points and dashes.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl File {
    /// SHA-256 of its contents.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

/// Why papers cannot be made.
#[derive(Debug, Error)]
pub enum PaperError {
    /// A table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A letter or an act.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A sum.
    #[error(transparent)]
    Range(#[from] TermError),
    /// A name that some system would not take.
    #[error(
        "«{name}» is no name for a file of the archive: Latin letters, digits, points, dashes, each name once"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The library that makes archives refused.
    #[error("the archive cannot be made: {0}")]
    Archive(#[from] ZipError),
}

/// A ZIP of `files` and of `index.txt`, which tells each file's SHA-256 in the form that
/// `sha256sum -c` reads, with its title in a comment above.
///
/// The same files give the same bytes: names are sorted, every time is 01.01.1980, and the system
/// is always the same.
///
/// # Errors
/// When a name occurs twice or is none for every system, or the archive gets too large for the
/// format.
pub fn zip(files: &[File]) -> Result<Vec<u8>, PaperError> {
    let mut sorted: Vec<&File> = files.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    for (place, file) in sorted.iter().enumerate() {
        let is_twice = place > 0 && sorted[place - 1].name == file.name;
        if is_twice || !is_name(&file.name) || file.name == INDEX {
            return Err(PaperError::Name {
                name: file.name.clone(),
            });
        }
    }
    let index = index(&sorted);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let all = sorted
        .iter()
        .map(|file| (file.name.as_str(), file.bytes.as_slice()));
    for (name, bytes) in all.chain([(INDEX, index.as_bytes())]) {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .system(System::Unix)
            .unix_permissions(0o644);
        archive.add_prepared_file(PreparedZipFile::from_data(name, options, bytes)?)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Whether every system takes the name, and none takes it for a path.
fn is_name(name: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_good) && !name.starts_with('.')
}

fn index(files: &[&File]) -> String {
    let mut text = String::from(
        "# Состав комплекта и SHA-256 каждого файла. Проверка: sha256sum -c index.txt\n",
    );
    for file in files {
        let (hash, name, title) = (hex(&file.sha256()), &file.name, &file.title);
        text.push_str(&format!("# {title}\n{hash}  {name}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> File {
        File {
            name: name.to_owned(),
            title: "Проба".to_owned(),
            bytes: name.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_order_of_the_files_does_not_change_the_archive() {
        let (one, two) = (file("1-a.txt"), file("2-b.csv"));
        let archive = zip(&[one.clone(), two.clone()]).unwrap();
        assert_eq!(archive, zip(&[two, one]).unwrap());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["../a", "/a", "a\\b", "", ".a", "index.txt", "a\nb", "а"] {
            let refused = zip(&[file(name)]);
            assert!(matches!(refused, Err(PaperError::Name { .. })), "{name:?}");
        }
        assert!(zip(&[file("a"), file("a")]).is_err());
    }
}
