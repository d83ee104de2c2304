//! What an ОФД can say about a document without keys.

use ffd::{Form, Reader, Tag, Tree, Value, required_tags};
use ofd_proto::{ContainerHeader, ProtocolVersion};
use terms::FfdVersion;

use super::log::Sums;

/// Tag 1022: accepted.
pub(super) const ACCEPTED: u8 = 0;
/// Tag 1022: the document was not recognised.
pub(super) const NOT_RECOGNISED: u8 = 11;
/// Tag 1022: refused by format-logic control.
pub(super) const FORMAT_REFUSED: u8 = 14;

/// The answer code and why.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Judgement {
    /// Tag 1022.
    pub(super) code: u8,
    /// Why it is not 0.
    pub(super) reason: Option<String>,
    /// Sums of a receipt.
    pub(super) sums: Option<Sums>,
}

impl Judgement {
    /// Anything but «accepted».
    pub(super) fn no(code: u8, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: Some(reason.into()),
            sums: None,
        }
    }
}

/// Judges a document that lies open in its container.
pub(super) fn judge(
    header: &ContainerHeader,
    protocol: ProtocolVersion,
    document: &[u8],
) -> Judgement {
    let (form, tree) = match recognise(header, document) {
        Ok(recognised) => recognised,
        Err(reason) => return Judgement::no(NOT_RECOGNISED, reason),
    };
    let version = tree
        .get(Tag::FFD_VERSION)
        .and_then(Value::as_byte)
        .and_then(|code| FfdVersion::from_code(code).ok())
        .or(protocol.ffd())
        .unwrap_or(FfdVersion::V1_05);
    let sums = sums(form, &tree);
    let reason = missing(version, form, &tree).or_else(|| unequal(sums.as_ref()));
    Judgement {
        code: if reason.is_some() {
            FORMAT_REFUSED
        } else {
            ACCEPTED
        },
        reason,
        sums,
    }
}

/// Takes the document apart and sees that it is what its container says.
fn recognise(header: &ContainerHeader, document: &[u8]) -> Result<(Form, Tree), String> {
    let field = Reader::document(document).map_err(|error| error.to_string())?;
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
    if drive != Some(header.drive.as_str()) {
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
    Ok((form, tree))
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

/// A receipt's total is what was paid in all ways together (FFD documents §5).
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
