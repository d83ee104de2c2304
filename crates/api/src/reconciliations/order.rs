//! What is to be compared: days and files, as a form with parts.

use axum::{
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::StatusCode,
};
use desk::{
    KeyIdentity, RECONCILIATION_FILES_MAX, ReconcileOrder, SlotId, StatementFile, files::FILE_MAX,
};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use terms::{LocalDate, Period};

use crate::{
    Problem,
    imports::file_name,
    request::read_json,
    restorations::person,
    value::{Object, Text},
};

/// The part `order` of `POST /v1/reconciliations`: exactly one of `period` and `from` with `to`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReconcileRequest {
    /// The month that is compared.
    #[serde(default)]
    period: Option<Text<Period>>,
    /// The first day that is compared.
    #[serde(default)]
    from: Option<Text<LocalDate>>,
    /// The last day.
    #[serde(default)]
    to: Option<Text<LocalDate>>,
    /// A profile of the configuration, or a kind of file, for the bank's files; left out: it is found
    /// out.
    #[serde(default)]
    profile: Option<String>,
    /// Slots whose drives are read into their archives first, counted from 1.
    #[serde(default)]
    drives: Vec<u8>,
    /// Who orders it: with a key of the administrator; any other key speaks for itself.
    #[serde(default)]
    by: Option<String>,
}

/// The parts of `POST /v1/reconciliations`; it is only described.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) struct ReconcileForm {
    /// JSON.
    order: ReconcileRequest,
    /// Billing's exports, with their names; one part for each (docs/reconcile.md).
    #[schemars(schema_with = "files")]
    billing: Option<Vec<String>>,
    /// Registries and statements as the banks have sent them; one part for each.
    #[schemars(schema_with = "files")]
    bank: Option<Vec<String>>,
    /// Archives of drives from elsewhere: `<number>.csv` and `<number>.jsonl`.
    #[schemars(schema_with = "files")]
    archive: Option<Vec<String>>,
}

fn files(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "array", "maxItems": RECONCILIATION_FILES_MAX,
        "description": "Each file as it is, with its name; one part for each.",
        "items": {"type": "string", "contentMediaType": "application/octet-stream"}
    })
}

/// What is to be compared, with the files.
pub(crate) struct ReconcileParts {
    order: ReconcileRequest,
    billing: Vec<StatementFile>,
    bank: Vec<StatementFile>,
    archives: Vec<StatementFile>,
}

impl<S: Send + Sync> FromRequest<S> for ReconcileParts {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|rejection| {
            Problem::malformed(format!(
                "send a form with parts (multipart/form-data): «order», JSON, and «billing», \
                 «bank», «archive» for each file: {}",
                rejection.body_text()
            ))
        })?;
        let mut order = None;
        let (mut billing, mut bank, mut archives) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(part) = form.next_field().await.map_err(|error| unread(&error))? {
            let files = match part.name() {
                Some("order") if order.is_none() => {
                    let text = part.text().await.map_err(|error| unread(&error))?;
                    let Object(read) = read_json::<Object<ReconcileRequest>>(&text)?;
                    order = Some(read);
                    continue;
                }
                Some("billing") => &mut billing,
                Some("bank") => &mut bank,
                Some("archive") => &mut archives,
                other => {
                    let rule =
                        "the form has one part «order» and parts «billing», «bank», «archive»";
                    let name = other.unwrap_or_default().to_owned();
                    return Err(Problem::bad_value(rule).in_field(name));
                }
            };
            if files.len() >= RECONCILIATION_FILES_MAX {
                let rule =
                    format!("an order has at most {RECONCILIATION_FILES_MAX} files: make two");
                return Err(Problem::bad_value(rule).in_field("bank"));
            }
            let name = file_name(part.file_name().unwrap_or_default().to_owned())
                .map_err(|problem| problem.in_field("file"))?;
            let bytes = part.bytes().await.map_err(|error| unread(&error))?;
            let bytes = bytes.into();
            files.push(StatementFile { name, bytes });
        }
        let missing = || Problem::bad_value("the part «order» is missing").in_field("order");
        Ok(Self {
            order: order.ok_or_else(missing)?,
            billing,
            bank,
            archives,
        })
    }
}

fn unread(error: &MultipartError) -> Problem {
    match error.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!(
                "the files are larger than {FILE_MAX} bytes together: compare fewer days, or let \
                 the server read them from the folder of [reconcile]"
            );
            Problem::new(status, "body_too_large", detail)
        }
        _ => Problem::malformed(format!("the form cannot be read: {}", error.body_text())),
    }
}

impl ReconcileParts {
    pub(super) fn order(self, sender: KeyIdentity) -> Result<ReconcileOrder, Problem> {
        let asked = self.order;
        let (from, to) = match (asked.period, asked.from, asked.to) {
            (Some(Text(period)), None, None) => {
                let last = period.last_day();
                (LocalDate::new(last.year(), last.month(), 1)?, last)
            }
            (None, Some(Text(from)), Some(Text(to))) => (from, to),
            _ => {
                let rule = "name the days by «period» or by «from» and «to»";
                return Err(Problem::bad_value(rule).in_field("period"));
            }
        };
        Ok(ReconcileOrder {
            from,
            to,
            billing: self.billing,
            bank: self.bank,
            profile: asked.profile,
            archives: self.archives,
            drives: asked.drives.into_iter().map(SlotId).collect(),
            by: person(&sender, asked.by)?,
            sender: Some(sender),
        })
    }
}
