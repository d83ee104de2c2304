//! Reading a log of what went over the wire between a host and a drive.
//!
//! People paste such logs from port sniffers, from other cash register software and from our own.
//! [`Log::read`] takes the text as it comes; [`Log::transcript`] finds the frames in it and tells
//! each in words. Nothing is dropped: damaged and cut frames and the bytes between are told, too.

mod answer_fields;
mod cut;
mod log;
mod request_fields;

use std::fmt;

use cut::{Cut, CutKind};
pub use log::{Log, LogLine, LogTooLong};

use crate::{
    AnswerCode, CrcMismatch, ENQ, Failure, Frame, Outcome, Refusal, Request, WarningFlags,
    command_name, frame,
};

/// Who sent the bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Direction {
    /// The host: a command, or 05h.
    ToDrive,
    /// The drive: an answer.
    ToHost,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ToDrive => "host",
            Self::ToHost => "drive",
        })
    }
}

/// A piece of a log and what it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The line of the text in which it begins, counted from 1.
    pub line: usize,
    /// Who sent it; none when neither the line nor the bytes tell.
    pub direction: Option<Direction>,
    /// Whether the direction follows from the bytes and not from the line.
    pub is_inferred: bool,
    /// The bytes as they were on the wire.
    pub bytes: Vec<u8>,
    /// What it says.
    pub told: Told,
}

/// What a piece of a log says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Told {
    /// A command with its parameters.
    Request(Request),
    /// A command whose parameters are not what the protocol says.
    BadRequest {
        /// The command.
        command: &'static str,
        /// What a drive answers to it.
        answer: AnswerCode,
        /// The parameters.
        data: Vec<u8>,
    },
    /// A command that is not offered here, or that no source knows.
    ForeignRequest {
        /// Its code.
        code: u8,
        /// Its name, as far as it is known.
        name: Option<&'static str>,
        /// The parameters.
        data: Vec<u8>,
    },
    /// The host asks for the last answer again: 05h.
    AskAgain,
    /// An answer.
    Answer {
        /// The code.
        code: AnswerCode,
        /// Whether the drive warns of something that 30h will tell.
        warns: bool,
        /// The command that it answers; none when none precedes.
        command: Option<&'static str>,
        /// What it says; none when the command is not known or not offered.
        outcome: Option<Outcome>,
        /// The data.
        data: Vec<u8>,
    },
    /// A frame whose CRC does not fit.
    Damaged(CrcMismatch),
    /// A frame that ends too early.
    Truncated {
        /// How many bytes are missing.
        missing: usize,
    },
    /// Bytes that belong to no frame.
    Garbage,
}

/// A parameter of a command, or a part of an answer, in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// What it is.
    pub name: &'static str,
    /// Its value, with the unit.
    pub value: String,
}

impl Log {
    /// Everything in the log, in its order.
    pub fn transcript(&self) -> Vec<Entry> {
        let mut context = Context::default();
        cut::cut(&self.lines)
            .into_iter()
            .map(|cut| context.tell(cut))
            .collect()
    }
}

impl Entry {
    /// Its parts in words; none when there is nothing beyond [`Told`]'s own words.
    pub fn fields(&self) -> Vec<Field> {
        match &self.told {
            Told::Request(request) => request_fields::fields(request),
            Told::BadRequest { data, .. } | Told::ForeignRequest { data, .. } => {
                vec![field("data", hex(data))]
            }
            Told::Answer {
                code,
                outcome,
                data,
                ..
            } => answer_parts(*code, outcome.as_ref(), data),
            Told::AskAgain | Told::Damaged(_) | Told::Truncated { .. } | Told::Garbage => {
                Vec::new()
            }
        }
    }
}

/// Every answer without its own fields shows its data, so that nothing is lost.
fn answer_parts(code: AnswerCode, outcome: Option<&Outcome>, data: &[u8]) -> Vec<Field> {
    let mut fields = match outcome {
        Some(Ok(answer)) => return answer_fields::fields(answer),
        Some(Err(Failure::Refused(refusal))) => {
            let detail = refusal.detail();
            let mut fields: Vec<_> = detail
                .iter()
                .map(|detail| field("detail", detail.to_string()))
                .collect();
            let reaction = refusal.reaction_with(WarningFlags::NONE);
            fields.push(field("what to do", reaction.to_string()));
            if detail.is_some() {
                return fields;
            }
            fields
        }
        Some(Err(failure)) => vec![field("fault", failure.to_string())],
        None if code.is_ok() => Vec::new(),
        None => vec![field("what to do", code.reaction().to_string())],
    };
    if !data.is_empty() {
        fields.push(field("data", hex(data)));
    }
    fields
}

/// One line: who, what, and the fields.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.direction {
            Some(direction) => write!(f, "{direction}: {}", self.told)?,
            None => write!(f, "{}", self.told)?,
        }
        for (place, field) in self.fields().iter().enumerate() {
            let separator = if place == 0 { ": " } else { ", " };
            write!(f, "{separator}{} {}", field.name, field.value)?;
        }
        Ok(())
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request) => f.write_str(request.name()),
            Self::BadRequest {
                command, answer, ..
            } => write!(
                f,
                "{command} with parameters that a drive refuses ({answer})"
            ),
            Self::ForeignRequest { code, name, .. } => match name {
                Some(name) => write!(f, "{name} (not offered)"),
                None => write!(f, "{code:02X}h, which is no known command"),
            },
            Self::AskAgain => f.write_str("05h asks for the last answer again"),
            Self::Answer {
                code,
                warns,
                command,
                ..
            } => {
                write!(f, "{code}")?;
                match command {
                    Some(command) => write!(f, ", to {command}")?,
                    None => f.write_str(", to a command that is not in the log")?,
                }
                if *warns {
                    f.write_str(", the drive warns")?;
                }
                Ok(())
            }
            Self::Damaged(why) => write!(f, "damaged: {why}"),
            Self::Truncated { missing } => write!(f, "cut: {missing} bytes are missing"),
            Self::Garbage => f.write_str("bytes that belong to no frame"),
        }
    }
}

/// The command that the next answer belongs to.
#[derive(Default)]
struct Context {
    last: Option<Asked>,
    /// Whether its answer is still to come.
    is_awaited: bool,
}

struct Asked {
    command: &'static str,
    /// None when it is not offered or was refused as unreadable.
    request: Option<Request>,
}

impl Context {
    fn tell(&mut self, cut: Cut) -> Entry {
        let (direction, told) = match cut.kind {
            CutKind::Frame => self.tell_frame(cut.direction, &frame::content(&cut.bytes)),
            CutKind::Noise if cut.bytes == [ENQ] && cut.direction != Some(Direction::ToHost) => {
                self.is_awaited = self.last.is_some();
                (Some(Direction::ToDrive), Told::AskAgain)
            }
            CutKind::Noise => (cut.direction, Told::Garbage),
            CutKind::Damaged(why) => (cut.direction, Told::Damaged(why)),
            CutKind::Truncated { missing } => (cut.direction, Told::Truncated { missing }),
        };
        Entry {
            line: cut.line,
            is_inferred: direction.is_some() && cut.direction.is_none(),
            direction,
            bytes: cut.bytes,
            told,
        }
    }

    fn tell_frame(&mut self, given: Option<Direction>, frame: &Frame) -> (Option<Direction>, Told) {
        let direction = given.or_else(|| self.infer(frame));
        let told = match direction {
            Some(Direction::ToHost) => self.tell_answer(frame),
            Some(Direction::ToDrive) | None => self.tell_request(frame),
        };
        (direction, told)
    }

    /// Requests and answers look alike: 02h is a command and a refusal. What the frame can be read
    /// as decides, and whether an answer is awaited; a log of commands alone may be misread where
    /// its directions are not told.
    fn infer(&self, frame: &Frame) -> Option<Direction> {
        let code = frame.answer_code();
        let is_command = command_name(frame.code).is_some();
        let is_for_marked_goods = self
            .last
            .as_ref()
            .is_some_and(|asked| asked.request.is_none());
        let is_code = match is_for_marked_goods {
            true => AnswerCode::NAMED.contains(&code),
            false => is_refusal(code),
        };
        if self.is_awaited && (is_code || !is_command) {
            Some(Direction::ToHost)
        } else if is_command {
            Some(Direction::ToDrive)
        } else if AnswerCode::NAMED.contains(&code) {
            Some(Direction::ToHost)
        } else {
            None
        }
    }

    fn tell_request(&mut self, frame: &Frame) -> Told {
        let name = command_name(frame.code);
        let decoded = Request::decode(frame.code, &frame.data);
        self.is_awaited = true;
        self.last = Some(Asked {
            command: name.unwrap_or("an unknown command"),
            request: decoded.clone().ok(),
        });
        let data = frame.data.clone();
        match (decoded, name) {
            (Ok(request), _) => Told::Request(request),
            (Err(answer), Some(command)) if Request::is_offered(frame.code) => Told::BadRequest {
                command,
                answer,
                data,
            },
            (Err(_), name) => Told::ForeignRequest {
                code: frame.code,
                name,
                data,
            },
        }
    }

    fn tell_answer(&mut self, frame: &Frame) -> Told {
        let code = frame.answer_code();
        // What nobody asked for is no answer to the last command.
        let asked = self.last.as_ref().filter(|_| self.is_awaited);
        let command = asked.map(|asked| asked.command);
        let refusal = || Refusal {
            command: command.unwrap_or("an unknown command"),
            code,
            data: frame.data.clone(),
        };
        let outcome = match asked.and_then(|asked| asked.request.as_ref()) {
            Some(request) => Some(request.read_answer(frame.code, &frame.data)),
            None if code.is_ok() => None,
            None => Some(Err(refusal().into())),
        };
        self.is_awaited = false;
        Told::Answer {
            code,
            warns: frame.has_warning(),
            command,
            outcome,
            data: frame.data.clone(),
        }
    }
}

/// Whether a drive refuses commands without marked goods with this code.
fn is_refusal(code: AnswerCode) -> bool {
    AnswerCode::NAMED.contains(&code)
        && code.reaction() != crate::Reaction::Marking
        && code != AnswerCode::MARKING_NOT_ALLOWED
}

fn field(name: &'static str, value: impl fmt::Display) -> Field {
    Field {
        name,
        value: value.to_string(),
    }
}

fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

/// `2 bytes: 0A FF`.
fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    match bytes.len() {
        0 => "none".to_owned(),
        1 => format!("1 byte: {}", digits.join(" ")),
        count => format!("{count} bytes: {}", digits.join(" ")),
    }
}

/// `05h: automatic, БСО`: a byte of bits and what those that are set mean.
fn bits(byte: u8, names: &[&str; 8]) -> String {
    let set: Vec<&str> = names
        .iter()
        .enumerate()
        .filter(|(bit, _)| byte & 1 << bit != 0)
        .map(|(_, name)| *name)
        .collect();
    match set[..] {
        [] => format!("{byte:02X}h"),
        _ => format!("{byte:02X}h: {}", set.join(", ")),
    }
}

/// Bits of the work mode (ФН protocol §2.3, tables 37 and 38).
const WORK_MODE: [&str; 8] = [
    "encryption",
    "autonomous",
    "automatic",
    "services",
    "БСО",
    "internet",
    "catering (FFD 1.2)",
    "wholesale (FFD 1.2)",
];

/// Extended flags (ФН protocol §2.3, tables 50 and 51).
const EXTENDED_FLAGS: [&str; 8] = [
    "excise goods",
    "gambling",
    "lottery",
    "printer in automat",
    "marked goods",
    "pawnshop",
    "insurance",
    "vending",
];

/// Tag 1062 in words.
fn tax_systems(bits_of_tag: u8) -> String {
    let mut names = [""; 8];
    for (name, system) in names.iter_mut().zip(terms::TaxSystem::ALL) {
        *name = system.title();
    }
    names[6] = "unknown";
    names[7] = "unknown";
    bits(bits_of_tag, &names)
}
