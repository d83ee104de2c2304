//! What the ОФД has refused, or had something to say about: `GET /v1/remarks`.

use axum::{Json, extract::State};
use desk::{Desk, RemarkView, RemarksOf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{DriveNumber, Id, OfdAnswer, OfdMessage};

use crate::{
    Problem,
    request::{Params, bad_query},
};

/// The most remarks in one answer.
const REMARKS_MAX: u32 = 1_000;
const REMARKS_DEFAULT: u32 = 100;

/// `GET /v1/remarks`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemarkParams {
    /// The slot's number.
    slot: Option<u8>,
    /// The drive's number.
    fn_number: Option<String>,
    /// The receipt's identifier.
    receipt: Option<String>,
    /// `refused`: not accepted by the ОФД; `message`: accepted, with a message.
    #[schemars(extend("enum" = ["refused", "message"]))]
    kind: Option<String>,
    /// The most entries in the answer; usual: 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct RemarkAnswer {
    /// `refused`: the ОФД did not accept the document; `message`: it did, and has something to say.
    kind: &'static str,
    slot: u8,
    fn_number: String,
    emulated: bool,
    fd: u32,
    /// `registration`, `open_shift`, `receipt`, `close_shift`, `close_archive`, `found`.
    document: String,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    ofd: Option<OfdAnswerJson>,
    /// Left out while the drive has not taken the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at_ms: Option<i64>,
}

/// What the ОФД has said about a document.
#[derive(JsonSchema, Serialize)]
pub(crate) struct OfdAnswerJson {
    /// Tag 1022: 0 accepted, 11 not recognised, 14 refused by format control. None when the ticket
    /// was found in the drive.
    code: Option<u8>,
    accepted: Option<bool>,
    /// The code in words.
    meaning: Option<&'static str>,
    meaning_ru: Option<&'static str>,
    messages: Vec<MessageJson>,
    /// What it wrote for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// A bit of tag 1206.
#[derive(JsonSchema, Serialize)]
struct MessageJson {
    bit: u8,
    code: &'static str,
    text_ru: &'static str,
    text_en: &'static str,
}

/// `GET /v1/remarks`.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(params): Params<RemarkParams>,
) -> Result<Json<Vec<RemarkAnswer>>, Problem> {
    let limit = params.limit.unwrap_or(REMARKS_DEFAULT);
    if !(1..=REMARKS_MAX).contains(&limit) {
        return Err(bad_query(format!("limit is 1 to {REMARKS_MAX}")));
    }
    let refused = match params.kind.as_deref() {
        None => None,
        Some("refused") => Some(true),
        Some("message") => Some(false),
        Some(_) => return Err(bad_query("kind is refused or message".to_owned())),
    };
    let unreadable = |error: terms::TermError| bad_query(error.to_string());
    let drive = params.fn_number.map(|it| it.parse::<DriveNumber>());
    let receipt = params.receipt.map(|it| it.parse::<Id>());
    let of = RemarksOf {
        slot: params.slot,
        drive: drive.transpose().map_err(unreadable)?,
        receipt: receipt.transpose().map_err(unreadable)?,
        refused,
        limit,
    };
    let remarks = desk.remarks(of)?;
    Ok(Json(remarks.into_iter().map(RemarkAnswer::of).collect()))
}

impl RemarkAnswer {
    fn of(view: RemarkView) -> Self {
        Self {
            kind: if view.ofd.is_refusal() {
                "refused"
            } else {
                "message"
            },
            slot: view.slot,
            fn_number: view.drive,
            emulated: view.emulated,
            fd: view.number,
            document: view.task,
            time: view.time,
            receipt: view.receipt.map(|id| id.to_string()),
            ofd: OfdAnswerJson::of(view.ofd, true),
            acknowledged_at_ms: view.acknowledged_at,
        }
    }
}

impl OfdAnswerJson {
    /// None while the ОФД has said nothing and the document has no ticket.
    pub(crate) fn of(answer: OfdAnswer, has_ticket: bool) -> Option<Self> {
        if !has_ticket && answer == OfdAnswer::default() {
            return None;
        }
        let message = |it: OfdMessage| MessageJson {
            bit: it.bit(),
            code: it.name(),
            text_ru: it.title(),
            text_en: it.meaning(),
        };
        Some(Self {
            code: answer.code.map(|code| code.0),
            accepted: answer.code.map(|code| code.is_accepted()),
            meaning: answer.code.map(|code| code.meaning()),
            meaning_ru: answer.code.map(|code| code.title()),
            messages: answer.messages.iter().map(message).collect(),
            text: answer.text,
        })
    }
}
