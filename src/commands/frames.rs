//! A log of a drive's wire, told in words.

mod content;
mod input;

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use clap::Args;
use content::{Content, Contents};
use fn_proto::{AnswerCode, Direction, Entry, Failure, Log, Outcome as Answered, Told};
use fn_proto::{Reaction, WarningFlags};
use serde_json::{Value, json};

use super::{Outcome, tlv::one_line, write_out};

/// How many columns a line of text takes.
const WIDTH: usize = 100;
/// Numbers of lines without bytes that the summary names.
const LINES_NAMED: usize = 10;

/// Read a log of a drive's wire: each command with its parameters, each answer with what its code
/// means and asks for, the documents' tags, and all that is damaged, cut or foreign.
///
/// A log is text with hexadecimal bytes, as port sniffers and cash register software write them:
/// «04 01 00 30 FF CD», «0x04,0x01», «040100»; with times, directions (TX RX, host FN, ККТ ФН, < >)
/// and other words before them, or without. What follows «#» or «//» is a comment. «?» after a side
/// says that the log does not tell who spoke: the bytes do.
#[derive(Args)]
pub(crate) struct Frames {
    /// A file, or «-» for what is piped in.
    source: String,
    /// Print a JSON array: an object for each frame and for all that lies between frames.
    #[arg(long)]
    json: bool,
    /// Where to write it; without, to the terminal.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// A piece of the log and the tags in it.
struct Piece {
    entry: Entry,
    content: Option<Content>,
}

impl Frames {
    pub(crate) fn run(&self) -> Outcome {
        let log = input::read(&self.source)?;
        let mut contents = Contents::default();
        let pieces: Vec<Piece> = log
            .transcript()
            .into_iter()
            .map(|entry| Piece {
                content: contents.of(&entry),
                entry,
            })
            .collect();
        let shown = if self.json {
            let all: Vec<Value> = pieces.iter().map(Piece::json).collect();
            format!("{:#}\n", Value::from(all))
        } else {
            text(&log, &pieces)
        };
        write_out(self.output.as_deref(), shown.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A block for each exchange: its command, and all that follows up to the next one.
fn text(log: &Log, pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        if piece.is_command() && !text.is_empty() {
            text.push('\n');
        }
        piece.write(&mut text);
    }
    text.push('\n');
    text += &summary(log, pieces);
    text
}

fn summary(log: &Log, pieces: &[Piece]) -> String {
    let count = |wanted: fn(&Told) -> bool| {
        let found = pieces.iter().filter(|piece| wanted(&piece.entry.told));
        found.count()
    };
    let usual = [
        (
            ["command", "commands"],
            pieces.iter().filter(|piece| piece.is_command()).count(),
        ),
        (
            ["answer", "answers"],
            count(|told| matches!(told, Told::Answer { .. })),
        ),
    ];
    let rare = [
        (["refusal", "refusals"], count(is_refusal)),
        (
            ["damaged frame", "damaged frames"],
            count(|told| matches!(told, Told::Damaged(_))),
        ),
        (
            ["cut frame", "cut frames"],
            count(|told| matches!(told, Told::Truncated { .. })),
        ),
        (
            ["piece of garbage", "pieces of garbage"],
            count(|told| matches!(told, Told::Garbage)),
        ),
        (
            ["command not offered", "commands not offered"],
            count(|told| matches!(told, Told::ForeignRequest { .. })),
        ),
    ];
    let rare = rare.into_iter().filter(|(_, count)| *count > 0);
    let parts = usual.into_iter().chain(rare);
    let parts: Vec<String> = parts
        .map(|([one, several], count)| {
            let what = if count == 1 { one } else { several };
            format!("{count} {what}")
        })
        .collect();
    let mut text = format!("{}\n", parts.join(", "));
    if !log.passed_over.is_empty() {
        let named = log.passed_over.iter().take(LINES_NAMED);
        let mut named: Vec<String> = named.map(usize::to_string).collect();
        if log.passed_over.len() > LINES_NAMED {
            named.push(format!("… ({} in all)", log.passed_over.len()));
        }
        text += &format!("lines without bytes: {}\n", named.join(", "));
    }
    text
}

fn is_refusal(told: &Told) -> bool {
    matches!(told, Told::Answer { code, .. } if !code.is_ok())
}

impl Piece {
    /// Whether an exchange begins with it.
    const fn is_command(&self) -> bool {
        matches!(
            self.entry.told,
            Told::Request(_) | Told::BadRequest { .. } | Told::ForeignRequest { .. }
        )
    }

    fn write(&self, text: &mut String) {
        let Entry {
            line,
            direction,
            is_inferred,
            told,
            ..
        } = &self.entry;
        let side = direction.map_or_else(|| "?".to_owned(), |side| side.to_string());
        let doubt = if *is_inferred { "?" } else { "" };
        let mark = match told {
            Told::Answer { .. } if is_refusal(told) => "✗ ",
            Told::Damaged(_) | Told::Truncated { .. } | Told::Garbage => "! ",
            _ => "",
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{line:>6}  {side}{doubt}: {mark}{told}");
        for (name, value) in self.fields() {
            folded(text, &format!("{name}: {}", one_line(&value)));
        }
        if let Some(content) = &self.content {
            if let Some(title) = &content.title {
                folded(text, title);
            }
            for line in content.found.text().lines() {
                let _ = writeln!(text, "          | {line}");
            }
        }
    }

    /// The parts of the entry, but for bytes that are shown as tags; what has no parts shows its
    /// bytes.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let opened = self.content.as_ref().and_then(|content| content.instead_of);
        let mut fields: Vec<_> = self
            .entry
            .fields()
            .into_iter()
            .filter(|field| Some(field.name) != opened)
            .map(|field| (field.name, field.value))
            .collect();
        if matches!(
            self.entry.told,
            Told::Damaged(_) | Told::Truncated { .. } | Told::Garbage
        ) {
            fields.push(("bytes", spaced(&self.entry.bytes)));
        }
        fields
    }

    fn json(&self) -> Value {
        let Entry {
            line,
            direction,
            is_inferred,
            bytes,
            told,
        } = &self.entry;
        let fields: Vec<Value> = self
            .entry
            .fields()
            .into_iter()
            .map(|field| json!({ "name": field.name, "value": field.value }))
            .collect();
        let from = direction.map(|direction| match direction {
            Direction::ToDrive => "host",
            Direction::ToHost => "drive",
        });
        let mut object = json!({
            "line": line,
            "from": from,
            "is_inferred": is_inferred,
            "kind": kind(told),
            "says": told.to_string(),
            "command": command(told),
            "fields": fields,
            "content": self.content.as_ref().map(|content| content.found.json()),
            "bytes": spaced(bytes),
        });
        if let Told::Answer {
            code,
            warns,
            outcome,
            ..
        } = told
        {
            object["code"] = format!("{:02X}", code.get()).into();
            object["warns"] = (*warns).into();
            object["what_to_do"] = reaction(*code, outcome.as_ref()).to_string().into();
        }
        object
    }
}

/// The stable word for scripts.
const fn kind(told: &Told) -> &'static str {
    match told {
        Told::Request(_) => "command",
        Told::BadRequest { .. } => "bad_command",
        Told::ForeignRequest { .. } => "foreign_command",
        Told::AskAgain => "ask_again",
        Told::Answer { .. } => "answer",
        Told::Damaged(_) => "damaged",
        Told::Truncated { .. } => "cut",
        Told::Garbage => "garbage",
    }
}

fn command(told: &Told) -> Option<&'static str> {
    match told {
        Told::Request(request) => Some(request.name()),
        Told::BadRequest { command, .. } => Some(command),
        Told::ForeignRequest { name, .. } => *name,
        Told::Answer { command, .. } => *command,
        Told::AskAgain | Told::Damaged(_) | Told::Truncated { .. } | Told::Garbage => None,
    }
}

fn reaction(code: AnswerCode, outcome: Option<&Answered>) -> Reaction {
    match outcome {
        Some(Err(Failure::Refused(refusal))) => refusal.reaction_with(WarningFlags::NONE),
        _ => code.reaction(),
    }
}

/// `04 01 00`.
fn spaced(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}

/// Writes a line of an entry's parts; one that is too long goes on in the next lines.
fn folded(text: &mut String, line: &str) {
    let mut indent = "          ";
    let mut column = WIDTH;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if column + 1 + length > WIDTH {
            if column != WIDTH {
                text.push('\n');
                indent = "            ";
            }
            text.push_str(indent);
            column = indent.len();
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}
