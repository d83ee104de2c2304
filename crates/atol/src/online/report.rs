//! `GET {prefix}/{group}/report/{uuid}`, and the letters to callbacks, which say the same (ATOL
//! Online protocol §4, §5).

use desk::{Desk, DeskError, DocumentView, OperationView, ReceiptState, ReceiptView};
use serde_json::{Number, Value, json};
use terms::Kopecks;

use super::{answer, request, request::BAD_CALLBACK, stamp, uuid};

/// What is known of a document under its uuid.
const DAEMON: &str = "kassette";

/// What a withdrawal gives as its reason when no device took a document in time.
pub(super) const TIMED_OUT: &str = "ATOL Online: no device took the document in time";

/// The registration that an operation came with.
pub(super) struct Registered {
    /// The group it was sent to.
    pub(super) group: String,
    external_id: String,
    callback_url: String,
}

impl Registered {
    /// Of an operation that came by this face; none of others.
    pub(super) fn of(operation: &OperationView) -> Option<Self> {
        let stored: Value = serde_json::from_str(&operation.body).ok()?;
        stored.get("atol")?;
        let request = stored.get("request")?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            group: text(stored.get("group"))?,
            external_id: text(request.get("external_id"))?,
            callback_url: text(request.pointer("/service/callback_url")).unwrap_or_default(),
        })
    }
}

/// Where a document stands.
enum Stage<'a> {
    /// Nobody may say yet that it is formed, or that it never will be.
    Waits(String),
    /// It is in a drive.
    Done(&'a ReceiptView, &'a DocumentView),
    /// It is not formed and never will be.
    Failed { kind: &'static str, text: String },
}

impl<'a> Stage<'a> {
    fn of(operation: &'a OperationView) -> Self {
        let mut receipts = operation.receipts.iter();
        let Some(receipt) = receipts.find(|it| it.return_of.is_none()) else {
            return Self::Waits("the document is being looked for".to_owned());
        };
        let reason = receipt.reason.as_deref().unwrap_or("no reason is told");
        match (receipt.state, &receipt.document) {
            (ReceiptState::Fiscalized | ReceiptState::Acknowledged, Some(document)) => {
                Self::Done(receipt, document)
            }
            (ReceiptState::Refused, _) => Self::Failed {
                kind: if reason.contains(TIMED_OUT) {
                    "timeout"
                } else {
                    "system"
                },
                text: format!("the document is not formed and will not be: {reason}"),
            },
            // A person may yet let it go on, so it is not final.
            (ReceiptState::Held, _) => Self::Waits(format!("a person has to look: {reason}")),
            (ReceiptState::InDoubt, _) => Self::Waits(
                "the drive has not told whether it has formed the document: do not send it again"
                    .to_owned(),
            ),
            _ => Self::Waits("the document waits for a device".to_owned()),
        }
    }
}

/// Whether a document still waits for a device, so that it may be given up.
pub(super) fn waits_for_device(operation: &OperationView) -> bool {
    let waits = |receipt: &ReceiptView| receipt.state == ReceiptState::Queued;
    operation.receipts.iter().all(waits)
}

/// What is told of an operation that came by this face; none of others.
///
/// This is the body of a letter to its callback, too. As a report it comes with HTTP 200 also for a
/// document that has failed (unverified): every known client survives that.
///
/// # Errors
/// When the journal cannot be read.
pub fn letter(desk: &Desk, operation: &OperationView) -> Result<Option<Value>, DeskError> {
    let Some(registered) = Registered::of(operation) else {
        return Ok(None);
    };
    let uuid = uuid::of_operation(operation.id);
    let mut letter = json!({
        "uuid": uuid,
        "error": null,
        "payload": null,
        "timestamp": stamp::now(desk),
        "group_code": registered.group,
        "daemon_code": DAEMON,
        "device_code": "",
        "external_id": registered.external_id,
        "callback_url": registered.callback_url,
    });
    let url = registered.callback_url.trim();
    if !url.is_empty() && !request::is_callback(url) {
        letter["warnings"] = json!({"callback_url": BAD_CALLBACK});
    }
    let (status, error) = match Stage::of(operation) {
        Stage::Waits(text) => ("wait", Some((34, text, "system"))),
        Stage::Failed { kind, text } => ("fail", Some((1, text, kind))),
        Stage::Done(receipt, document) => {
            let kkt = desk.kkt_of(&document.drive)?;
            letter["payload"] = payload(desk, receipt, document, kkt.rnm.as_deref());
            letter["device_code"] = kkt.serial.or(kkt.rnm).unwrap_or_default().into();
            ("done", None)
        }
    };
    letter["status"] = status.into();
    if let Some((code, text, kind)) = error {
        // The same error as long as it is the same.
        let id = uuid::of_error(&[b"report ", uuid.as_bytes(), status.as_bytes()]);
        letter["error"] = answer::error(&id, code, &text, kind);
    }
    Ok(Some(letter))
}

fn payload(
    desk: &Desk,
    receipt: &ReceiptView,
    document: &DocumentView,
    rnm: Option<&str>,
) -> Value {
    let setup = desk.setup();
    let mut payload = json!({
        "total": roubles(receipt.receipt.total),
        "fns_site": setup.organisation.fns_site,
        "fn_number": document.drive,
        "shift_number": document.shift,
        "receipt_datetime": stamp::of_document(&document.time),
        "fiscal_receipt_number": document.receipt_number.unwrap_or(0),
        "fiscal_document_number": document.number,
        "ecr_registration_number": rnm.unwrap_or_default(),
        "fiscal_document_attribute": document.fiscal_sign,
    });
    // Where there are several operators, the journal does not tell whose drive it was.
    let answered = receipt.state == ReceiptState::Acknowledged;
    if answered && setup.other_operators.is_empty() {
        payload["ofd_inn"] = setup.organisation.ofd.inn.to_string().into();
    }
    payload
}

/// A sum as a JSON number with two digits after the point.
fn roubles(sum: Kopecks) -> Value {
    let number = sum.to_string().parse::<Number>();
    number.map_or(Value::Null, Value::Number)
}
