//! TLV and containers inside of frames.

use fn_proto::{Answer, ArchiveRecord, Entry, Request, Told};
use ofd_proto::ContainerHeader;

use crate::commands::tlv::{Found, take_apart};

/// What the bytes of a frame hold.
pub(super) struct Content {
    /// The name of the field whose bytes these are; none when they came in several frames.
    pub(super) instead_of: Option<&'static str>,
    /// What it is, when that is not clear from the frame.
    pub(super) title: Option<String>,
    /// The tags.
    pub(super) found: Found,
}

/// Finds the contents of a log's entries, one after another: a message for the ОФД is read by
/// several commands 23h.
#[derive(Default)]
pub(super) struct Contents {
    /// The last command.
    asked: Option<Request>,
    /// The bytes of the message that have been read, from its beginning.
    message: Vec<u8>,
}

impl Contents {
    /// What is in the entry, if its bytes can be read.
    pub(super) fn of(&mut self, entry: &Entry) -> Option<Content> {
        match &entry.told {
            Told::Request(request) => {
                self.asked = Some(request.clone());
                of_request(request)
            }
            Told::BadRequest { .. } | Told::ForeignRequest { .. } => {
                self.asked = None;
                None
            }
            Told::Answer {
                outcome: Some(Ok(answer)),
                ..
            } => self.of_answer(answer),
            _ => None,
        }
    }

    fn of_answer(&mut self, answer: &Answer) -> Option<Content> {
        match answer {
            Answer::Tlv(bytes) => list("TLV", bytes),
            Answer::Ticket {
                message: Some(bytes),
                ..
            } => list("message", bytes),
            Answer::ArchiveRecord(ArchiveRecord::Signed(record)) => list("TLV", &record.tlv),
            Answer::Bytes(bytes) => match self.asked {
                Some(Request::ReadMessage { offset, .. }) => self.of_message(offset, bytes),
                _ => None,
            },
            _ => None,
        }
    }

    /// The container, once its last piece has come.
    fn of_message(&mut self, offset: u16, piece: &[u8]) -> Option<Content> {
        let offset = usize::from(offset);
        if offset > self.message.len() {
            // What lies between is not in the log.
            self.message.clear();
            return None;
        }
        self.message.truncate(offset);
        self.message.extend(piece);
        let is_whole = offset == 0;
        container(&self.message, is_whole.then_some("data"))
    }
}

fn of_request(request: &Request) -> Option<Content> {
    match request {
        Request::PassData(bytes) => list("TLV", bytes),
        Request::PassTicket(bytes) => container(bytes, Some("container")),
        _ => None,
    }
}

fn list(name: &'static str, bytes: &[u8]) -> Option<Content> {
    let tree = ffd::Tree::parse(bytes).ok()?;
    Some(Content {
        instead_of: Some(name),
        title: None,
        found: Found::list(tree),
    })
}

/// An encrypted document cannot be read: then its bytes are shown.
fn container(bytes: &[u8], instead_of: Option<&'static str>) -> Option<Content> {
    let header = ContainerHeader::decode(bytes).ok()?;
    let found = take_apart(bytes, None).ok()?;
    let title = format!(
        "container of {} bytes: {}, drive {}, ФД {}",
        bytes.len(),
        header.sender,
        header.drive,
        header.document
    );
    Some(Content {
        instead_of,
        title: Some(title),
        found,
    })
}
