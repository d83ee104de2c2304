use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser};
use desk::tlv_json;
use ffd::{DecodeError, Form, Tree};
use ofd_proto::{Container, ContainerError, ContainerHeader, Decoder, SessionError};
use printed::{Printed, Surroundings, entries};
use serde_json::json;
use thiserror::Error;

use super::{Outcome, write_out};

/// More than any document, container or message takes, also as hexadecimal text with comments.
const INPUT_MAX: u64 = 1024 * 1024;
/// How a session message begins (ККТ–ОФД protocol §2).
const SESSION_SIGNATURE: [u8; 4] = [0x2A, 0x08, 0x41, 0x0A];

/// Take a fiscal document apart: every tag with its number, its name and its value in words.
///
/// It may be a document with or without its outer tag, a container of the ОФД's protocol or a whole
/// session message; as bytes, or as hexadecimal text, in which «#» begins a comment.
#[derive(Parser)]
pub(crate) struct Tlv {
    /// A file, «-» for what is piped in, or the hexadecimal text itself.
    source: String,
    /// The bytes are the inside of a document of this form (1, 2, 3, …), as archives of drives give
    /// it.
    #[arg(long, value_parser = parse_form)]
    form: Option<Form>,
    #[command(flatten)]
    shape: Shape,
    /// Where to write it; without, to the terminal.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// How it is shown; text is the usual way.
#[derive(Args)]
#[group(multiple = false)]
struct Shape {
    /// A line for each tag (the usual way).
    #[arg(long)]
    text: bool,
    /// JSON with machine names and Russian titles.
    #[arg(long)]
    json: bool,
    /// A page of HTML.
    #[arg(long)]
    html: bool,
}

/// What was found in the bytes.
#[derive(Debug)]
pub(super) struct Found {
    /// The form, when the bytes or the caller say it.
    form: Option<Form>,
    /// What is inside of the document, or the list as it is.
    tree: Tree,
}

/// Why bytes could not be taken apart.
#[derive(Debug, Error)]
pub(super) enum TlvError {
    #[error("{path} cannot be read")]
    Read { path: String, source: io::Error },
    #[error("{0} is neither a file nor hexadecimal text")]
    NoSource(String),
    #[error("there are more than {INPUT_MAX} bytes: no document is so long")]
    TooLong,
    #[error("the session message cannot be read")]
    Session(#[from] SessionError),
    #[error("the session message has no container: it is a probe of the connection")]
    NoContainer,
    #[error("the container cannot be read")]
    Container(#[from] ContainerError),
    #[error("the TLV cannot be read")]
    Tlv { source: DecodeError },
}

fn parse_form(text: &str) -> Result<Form, String> {
    let code = text.parse().ok().and_then(Form::from_code);
    code.ok_or_else(|| {
        let forms: Vec<String> = Form::ALL
            .iter()
            .map(|form| format!("{} {form}", form.code()))
            .collect();
        format!("there is no such form; there are: {}", forms.join(", "))
    })
}

impl Tlv {
    pub(crate) fn run(self) -> Outcome {
        let found = take_apart(&self.bytes()?, self.form)?;
        let shown = if self.shape.json {
            format!("{:#}\n", found.json())
        } else if self.shape.html {
            Printed::listing(found.form, &found.tree, &Surroundings::default()).html()
        } else {
            found.text()
        };
        write_out(self.output.as_deref(), shown.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    fn bytes(&self) -> Result<Vec<u8>, TlvError> {
        if self.source == "-" {
            return read(io::stdin().lock(), "what is piped in").map(from_text);
        }
        let path = Path::new(&self.source);
        if path.exists() {
            let file = File::open(path).map_err(|source| TlvError::Read {
                path: self.source.clone(),
                source,
            })?;
            return read(file, &self.source).map(from_text);
        }
        from_hex(&self.source).ok_or_else(|| TlvError::NoSource(self.source.clone()))
    }
}

fn read(source: impl Read, name: &str) -> Result<Vec<u8>, TlvError> {
    let mut bytes = Vec::new();
    source
        .take(INPUT_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| TlvError::Read {
            path: name.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > INPUT_MAX {
        return Err(TlvError::TooLong);
    }
    Ok(bytes)
}

/// What a file holds: hexadecimal text if it is such, else the bytes themselves. No document looks
/// like hexadecimal text: the second byte of every known tag is at most 08h.
fn from_text(bytes: Vec<u8>) -> Vec<u8> {
    std::str::from_utf8(&bytes)
        .ok()
        .and_then(from_hex)
        .unwrap_or(bytes)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let code = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let digits: Vec<u8> = code
        .flat_map(str::chars)
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_digit(16).and_then(|digit| digit.try_into().ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if digits.is_empty() || !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Finds the document in the bytes, whatever it is wrapped in.
pub(super) fn take_apart(bytes: &[u8], form: Option<Form>) -> Result<Found, TlvError> {
    if form.is_some() {
        let tree = parse(bytes)?;
        return Ok(Found { form, tree });
    }
    if bytes.starts_with(&SESSION_SIGNATURE) {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        let message = decoder.next_message()?;
        decoder.finish()?;
        let message = message.ok_or(SessionError::Truncated { got: bytes.len() })?;
        let container = message.container().ok_or(TlvError::NoContainer)?;
        return document(&Container::decode(container)?.document);
    }
    if is_container(bytes) {
        return document(&Container::decode(bytes)?.document);
    }
    document(bytes)
}

/// By its length and its type; a TLV list that begins so would be an unknown tag of a length that
/// does not fit.
fn is_container(bytes: &[u8]) -> bool {
    let stated = bytes
        .first_chunk()
        .map(|len| usize::from(u16::from_le_bytes(*len)));
    bytes.len() >= ContainerHeader::LEN
        && (stated == Some(bytes.len()))
        && matches!(bytes[4], 0xA5 | 0x5A)
}

/// A document with its outer tag; any other list is taken as it is.
fn document(bytes: &[u8]) -> Result<Found, TlvError> {
    let mut tree = parse(bytes)?;
    let form = match &tree.0[..] {
        [outer] => Form::from_tag(outer.tag),
        _ => None,
    };
    if form.is_some()
        && let Some(outer) = tree.0.pop()
        && let ffd::Value::List(inside) = outer.value
    {
        tree = inside;
    }
    Ok(Found { form, tree })
}

fn parse(bytes: &[u8]) -> Result<Tree, TlvError> {
    Tree::parse(bytes).map_err(|source| TlvError::Tlv { source })
}

impl Found {
    /// A list of tags as it is.
    pub(super) const fn list(tree: Tree) -> Self {
        Self { form: None, tree }
    }

    /// A line for each tag, lists indented.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if let Some(form) = self.form {
            text = format!("{} {}\n", form.code(), form.title());
        }
        for entry in entries(&self.tree) {
            let indent = "  ".repeat(entry.depth + usize::from(self.form.is_some()));
            let title = entry.title.map(|title| format!(" {title}"));
            let value = entry.value.map(|value| format!(": {}", one_line(&value)));
            text += &format!(
                "{indent}{}{}{}\n",
                entry.tag.0,
                title.unwrap_or_default(),
                value.unwrap_or_default()
            );
        }
        text
    }

    pub(super) fn json(&self) -> serde_json::Value {
        json!({
            "form": self.form.map(Form::code),
            "title": self.form.map(Form::title),
            "content": tlv_json(&self.tree),
        })
    }
}

/// What a document says must not be obeyed by the terminal.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests;
