//! What an ОФД can say about a document without keys (ККТ–ОФД protocol §8): the layout of message
//! and container, and the format-logic control of `ffd`.

use ffd::{
    Document, Form, Head, Reader, RegistrationFacts, Tag, Tree, UnixTime, Value,
    check::{Violation, check_document, check_sequence, check_stored},
    required_tags,
};
use ofd_proto::{Container, ContainerHeader, ProtocolVersion};
use terms::{FfdVersion, Inn, OfdCode};

use super::log::Sums;

/// The first day of the law, 2016-09-01 (FFD documents §6 rule 10).
const LAW_BEGINS: UnixTime = UnixTime(1_472_688_000);
/// How far a document's clock may be ahead of the ОФД's, seconds (FFD documents §6 rule 10).
const AHEAD_MAX: u32 = 24 * 60 * 60;

/// What the bytes 7 and 8 of every captured container are (ККТ–ОФД protocol §5.1).
const SERVICE_1: [u8; 2] = [0x10, 0x09];
/// Kind and length of a message's sign from a drive (ККТ–ОФД protocol §5.2).
const SIGN: [u8; 2] = [0x81, 0x06];

/// The most violations that a reason names.
const NAMED_MAX: usize = 5;

/// The answer code and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Judgement {
    /// Tag 1022.
    pub(super) code: OfdCode,
    /// Why it is not 0.
    pub(super) reason: Option<String>,
    /// Sums of a receipt.
    pub(super) sums: Option<Sums>,
}

impl Judgement {
    /// Anything but «accepted».
    pub(super) fn no(code: OfdCode, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: Some(reason.into()),
            sums: None,
        }
    }
}

/// What the ОФД remembers of a drive's documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The last document's head.
    head: Option<Head>,
    /// What the last registration fixed.
    facts: Option<RegistrationFacts>,
}

impl Known {
    /// Remembers a confirmed document, as TLV with its outer tag.
    pub(super) fn remember(&mut self, document: &[u8]) {
        let document = Document::parse(document).ok();
        if let Some(Document::Registration(registration)) = &document {
            self.facts = Some(registration.facts);
        }
        // After one that cannot be read nothing is known of the order.
        self.head = document.and_then(|document| document.head().cloned());
    }
}

/// Who judges, and when.
pub(super) struct Judge<'a> {
    pub(super) ofd: Inn,
    pub(super) now: UnixTime,
    pub(super) known: Option<&'a Known>,
}

impl Judge<'_> {
    /// Judges a document that lies open in its container.
    pub(super) fn judge(&self, container: &Container, protocol: ProtocolVersion) -> Judgement {
        let (form, tree) = match self.recognise(container) {
            Ok(recognised) => recognised,
            Err(reason) => return Judgement::no(OfdCode::NOT_RECOGNISED, reason),
        };
        let written = tree
            .get(Tag::FFD_VERSION)
            .and_then(Value::as_byte)
            .and_then(|code| FfdVersion::from_code(code).ok());
        let version = written.or(protocol.ffd()).unwrap_or(FfdVersion::V1_05);
        let sums = sums(form, &tree);
        let reason = missing(version, form, &tree)
            .or_else(|| unequal(sums.as_ref()))
            .or_else(|| other_version(protocol, version))
            .or_else(|| self.wrong_time(&tree))
            .or_else(|| self.violations(&container.document, version));
        Judgement {
            code: if reason.is_some() {
                OfdCode::FORMAT_REFUSED
            } else {
                OfdCode::ACCEPTED
            },
            reason,
            sums,
        }
    }

    /// Takes the document apart and sees that it is what its container says, and for this ОФД.
    fn recognise(&self, container: &Container) -> Result<(Form, Tree), String> {
        let header = &container.header;
        check_layout(container)?;
        let field = Reader::document(&container.document).map_err(|error| error.to_string())?;
        let form = Form::from_tag(field.tag())
            .filter(|form| is_sent_by_registers(*form))
            .ok_or_else(|| format!("{} is no form of a document for the ОФД", field.tag()))?;
        if form.code() != header.form {
            return Err(format!(
                "the container announces form {}, the document is of form {}",
                header.form,
                form.code()
            ));
        }
        let tree = Tree::parse(field.bytes()).map_err(|error| error.to_string())?;
        let drive = tree.get(Tag::DRIVE_NUMBER).and_then(Value::as_text);
        if drive.map(str::trim_end) != Some(header.drive.digits()) {
            return Err(format!(
                "tag 1041 is {drive:?}, the container is of drive {}",
                header.drive
            ));
        }
        let number = tree.get(Tag::DOCUMENT_NUMBER).and_then(Value::as_u64);
        if number != Some(u64::from(header.document.get())) {
            return Err(format!(
                "tag 1040 is {number:?}, the container is of document {}",
                header.document
            ));
        }
        let ofd = tree.get(Tag::OFD_INN).and_then(Value::as_text);
        if let Some(other) = ofd
            .map(str::trim_end)
            .filter(|inn| *inn != self.ofd.as_str())
        {
            return Err(format!(
                "the drive is registered with the ОФД of ИНН {other}, this one is {}",
                self.ofd
            ));
        }
        Ok((form, tree))
    }

    /// Not before the law, and not in the future.
    fn wrong_time(&self, tree: &Tree) -> Option<String> {
        let Some(Value::UnixTime(time)) = tree.get(Tag::DATE_TIME) else {
            return None;
        };
        let is_wrong = *time < LAW_BEGINS || time.0 > self.now.0.saturating_add(AHEAD_MAX);
        is_wrong.then(|| {
            format!(
                "tag 1012 is {} s since 1970, the ОФД's clock says {}",
                time.0, self.now.0
            )
        })
    }

    /// What format-logic control finds, in the document and after the one before.
    fn violations(&self, document: &[u8], version: FfdVersion) -> Option<String> {
        // Documents of the older formats have forms that `ffd` keeps as trees, or not at all.
        let parsed = Document::parse(document).ok();
        let facts = self.known.and_then(|known| known.facts.as_ref());
        let mut found = match (&parsed, facts) {
            (Some(Document::Receipt(_)), Some(facts)) => check_stored(document, facts),
            _ => check_document(document, version),
        };
        if let Some(document) = parsed {
            let before = self.known.and_then(|known| known.head.as_ref());
            if let (Some(before), Some(head)) = (before, document.head()) {
                found.extend(check_sequence(before, head));
            }
        }
        let errors: Vec<String> = found
            .iter()
            .filter(|violation| violation.is_error())
            .map(Violation::to_string)
            .take(NAMED_MAX)
            .collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}

/// What is the same in every container of a drive (ККТ–ОФД protocol §5).
fn check_layout(container: &Container) -> Result<(), String> {
    let ContainerHeader { service1, .. } = container.header;
    if service1 != SERVICE_1 {
        return Err(format!(
            "the container's bytes 7 and 8 are {service1:02X?}, not {SERVICE_1:02X?}"
        ));
    }
    match container.signs {
        [0x81, 0x06, _, _, _, _, _, _, 0, 0] => Ok(()),
        signs => Err(format!(
            "the sign block is {signs:02X?}; it begins with {SIGN:02X?} and ends with two zeros"
        )),
    }
}

/// The P-version follows tag 1209; those of old ККТ say nothing (ККТ–ОФД protocol §2).
fn other_version(protocol: ProtocolVersion, version: FfdVersion) -> Option<String> {
    let said = protocol.ffd().filter(|said| *said != version)?;
    Some(format!(
        "the session header is of ФФД {said}, the document of {version}"
    ))
}

fn is_sent_by_registers(form: Form) -> bool {
    !matches!(
        form,
        Form::OperatorConfirmation
            | Form::MarkingRequest
            | Form::MarkingNotification
            | Form::MarkingAnswer
            | Form::MarkingReceipt
    )
}

fn is_receipt(form: Form) -> bool {
    matches!(
        form,
        Form::Receipt | Form::StrictForm | Form::Correction | Form::StrictFormCorrection
    )
}

/// Names the required tags that are absent, in the document and in its lines.
fn missing(version: FfdVersion, form: Form, tree: &Tree) -> Option<String> {
    let mut absent: Vec<String> = required_tags(version, form, None)
        .iter()
        .filter(|tag| tree.get(**tag).is_none())
        .map(|tag| tag.0.to_string())
        .collect();
    for (line, item) in (1..).zip(tree.all(Tag::ITEM)) {
        let Value::List(item) = item else { continue };
        absent.extend(
            required_tags(version, form, Some(Tag::ITEM))
                .iter()
                .filter(|tag| item.get(**tag).is_none())
                .map(|tag| format!("{} of line {line}", tag.0)),
        );
    }
    (!absent.is_empty()).then(|| {
        let title = form.title();
        format!(
            "{title}, ФФД {version}: required tags are absent: {}",
            absent.join(", ")
        )
    })
}

fn sums(form: Form, tree: &Tree) -> Option<Sums> {
    let sum = |tag| tree.get(tag).and_then(Value::as_u64).unwrap_or(0);
    is_receipt(form).then(|| Sums {
        operation: tree
            .get(Tag::OPERATION_SIGN)
            .and_then(Value::as_byte)
            .unwrap_or(0),
        total: sum(Tag::TOTAL),
        cash: sum(Tag::CASH),
        cashless: sum(Tag::CASHLESS),
        prepaid: sum(Tag::PREPAID),
        credit: sum(Tag::CREDIT),
        counter: sum(Tag::COUNTER),
    })
}

/// A receipt's total is what was paid in all ways together (FFD documents §6 rule 1).
fn unequal(sums: Option<&Sums>) -> Option<String> {
    let sums = sums?;
    let paid = [
        sums.cash,
        sums.cashless,
        sums.prepaid,
        sums.credit,
        sums.counter,
    ]
    .into_iter()
    .fold(0_u64, u64::saturating_add);
    (paid != sums.total).then(|| {
        format!(
            "the total 1020 is {} kopecks, the ways of payment add up to {paid}",
            sums.total
        )
    })
}
