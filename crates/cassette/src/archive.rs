use fn_proto::{Answer, AnswerCode, ArchivedDocument, Failure, Outcome, Request};
use terms::{DocumentNumber, DriveNumber, ReceiptNumber, ShiftNumber};

/// A document has at most 100 lines and some forty other objects; no drive has longer lists.
const OBJECTS_MAX: usize = 1_000;

/// A document as its drive keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchiveEntry {
    /// 40h: kind, number, time, fiscal sign and details.
    pub document: ArchivedDocument,
    /// 45h and 46h: the document's objects, one after another; empty when the drive keeps no TLV
    /// form of it any more.
    pub tlv: Vec<u8>,
    /// 41h: the sign of the ОФД; none without a ticket.
    pub operator_sign: Option<[u8; 18]>,
}

impl ArchiveEntry {
    /// Tag 1038, if the document is kept as TLV.
    pub fn shift(&self) -> Option<ShiftNumber> {
        self.number(ffd::Tag::SHIFT_NUMBER).map(ShiftNumber)
    }

    /// Tag 1042: its number within the shift, if it is a receipt and is kept as TLV.
    pub fn receipt_number(&self) -> Option<ReceiptNumber> {
        self.number(ffd::Tag::RECEIPT_NUMBER).map(ReceiptNumber)
    }

    fn number(&self, tag: ffd::Tag) -> Option<u16> {
        let tree = ffd::Tree::parse(&self.tlv).ok()?;
        u16::try_from(tree.get(tag)?.as_u64()?).ok()
    }

    /// Whether it is the document that a drive was, or would be, asked to form by passing `tlv`:
    /// each object that is passed stands in the document as it was.
    pub fn is_formed_of(&self, tlv: &[u8]) -> bool {
        let (Some(mut kept), Some(passed)) = (objects(&self.tlv), objects(tlv)) else {
            return false;
        };
        passed.into_iter().all(|object| {
            let place = kept.iter().position(|found| *found == object);
            place.map(|place| kept.swap_remove(place)).is_some()
        })
    }
}

/// The objects of a list; none when it is none.
fn objects(tlv: &[u8]) -> Option<Vec<&[u8]>> {
    let mut objects = Vec::new();
    let mut reader = ffd::Reader::new(tlv);
    while let Some(field) = reader.next() {
        let begin = field.ok()?.offset();
        objects.push(&tlv[begin..reader.offset()]);
    }
    Some(objects)
}

/// What is asked of the files that keep a drive's documents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ArchiveStep {
    /// Make them, or see how far they are complete: up to the last document before the first one
    /// without a ticket.
    Open,
    /// Add a document; it follows the last one.
    Add(Box<ArchiveEntry>),
    /// All documents are there: make everything durable and write the summary.
    Seal,
}

/// Reads one document out of a drive (ФН protocol §5.11), and asks at the end whether it is still
/// the same drive: somebody may have put another one in its place.
#[derive(Debug)]
pub(crate) struct ArchiveRead {
    drive: DriveNumber,
    number: DocumentNumber,
    document: Option<ArchivedDocument>,
    operator_sign: Option<[u8; 18]>,
    tlv: Vec<u8>,
    objects: usize,
    /// Length of the document's content as 45h says, bytes.
    length: usize,
}

pub(crate) enum ArchiveReadStep {
    Send(Request),
    Done(Box<ArchiveEntry>),
    /// It cannot be read now.
    Failed(Failure),
}

impl ArchiveRead {
    /// Reads the document of this number; the first command.
    pub(crate) const fn begin(drive: DriveNumber, number: DocumentNumber) -> (Self, Request) {
        let read = Self {
            drive,
            number,
            document: None,
            operator_sign: None,
            tlv: Vec::new(),
            objects: 0,
            length: 0,
        };
        (read, Request::FindDocument(number))
    }

    pub(crate) fn reply(&mut self, outcome: Outcome) -> ArchiveReadStep {
        use ArchiveReadStep::{Failed, Send};
        match outcome {
            Ok(Answer::Found(found)) if found.document.number == self.number => {
                let has_ticket = found.has_ticket;
                self.document = Some(found);
                Send(if has_ticket {
                    Request::FindTicket(self.number)
                } else {
                    Request::OpenDocument(self.number)
                })
            }
            Ok(Answer::FoundTicket { operator_sign, .. }) => {
                self.operator_sign = Some(operator_sign);
                Send(Request::OpenDocument(self.number))
            }
            Ok(Answer::OpenedDocument { length, .. }) => {
                self.length = usize::from(length);
                Send(Request::NextTlv)
            }
            Ok(Answer::Tlv(object)) => self.collect(&object),
            Err(Failure::Refused(refusal)) if refusal.code == AnswerCode::NO_DATA => {
                self.tlv.extend(refusal.data);
                Send(Request::Status)
            }
            Ok(Answer::Status(status)) if status.drive == self.drive => self.finish(),
            Ok(answer) => Failed(Failure::Unreadable {
                command: "archive",
                reason: format!("unexpected {answer:?} for ФД {}", self.number),
            }),
            Err(failure) => Failed(failure),
        }
    }

    fn collect(&mut self, object: &[u8]) -> ArchiveReadStep {
        self.objects += 1;
        if self.objects > OBJECTS_MAX {
            return ArchiveReadStep::Failed(Failure::Unreadable {
                command: "46h next object",
                reason: format!("ФД {} has more than {OBJECTS_MAX} objects", self.number),
            });
        }
        self.tlv.extend_from_slice(object);
        ArchiveReadStep::Send(Request::NextTlv)
    }

    /// The drive has no more of it. One that was restarted meanwhile has forgotten what it was
    /// reading: then something is missing. And an object may be there twice: answers do not name
    /// their command, so the last one may come again for a command that was lost (ФН protocol
    /// §1.6).
    fn finish(&mut self) -> ArchiveReadStep {
        let is_whole = self.tlv.len() == self.length;
        match self.document.take().filter(|_| is_whole) {
            Some(document) => ArchiveReadStep::Done(Box::new(ArchiveEntry {
                document,
                tlv: std::mem::take(&mut self.tlv),
                operator_sign: self.operator_sign,
            })),
            None => ArchiveReadStep::Failed(Failure::Unreadable {
                command: "archive",
                reason: format!(
                    "{} of {} bytes of ФД {}",
                    self.tlv.len(),
                    self.length,
                    self.number
                ),
            }),
        }
    }
}
