//! What is asked for: a restoration of lost settlements or wrong receipts, and how it is to run.

use axum::{
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::StatusCode,
};
use desk::{
    Desk, FixOrder, FixTarget, KeyIdentity, LostOrder, Pace, PauseOn, RunOrder, StatementFile,
    files::FILE_MAX,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use terms::{Id, LocalDate};

use super::person;
use crate::{
    Problem,
    basis::BasisRequest,
    change::ChangeRequest,
    imports::file_name,
    list::read_query,
    receipts::ReceiptParams,
    request::{bad_query, read_json},
    value::{Object, Text},
};

/// The most files of one order.
const FILES_MAX: usize = 100;
/// The most receipts that one order names.
const RECEIPTS_MAX: usize = 10_000;
/// The longest query that names receipts, bytes.
const QUERY_MAX: usize = 2_000;

/// The part `order` of `POST /v1/restorations:lost`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LostRequest {
    /// The first day of the settlements that were lost.
    from: Text<LocalDate>,
    /// The last day.
    to: Text<LocalDate>,
    /// A profile of the configuration, or a kind of file; left out: it is found out.
    #[serde(default)]
    profile: Option<String>,
    /// Why; days and sources are those of each row.
    basis: Object<BasisRequest>,
    /// Who makes the plan: with a key of the administrator; any other key speaks for itself.
    #[serde(default)]
    by: Option<String>,
}

/// The parts of `POST /v1/restorations:lost`; it is only described.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) struct LostForm {
    /// JSON.
    order: LostRequest,
    /// Each file as the bank has sent it, with its name; one part for each.
    #[schemars(schema_with = "files")]
    file: Vec<String>,
}

fn files(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "array", "minItems": 1, "maxItems": FILES_MAX,
        "description": "Each file as the bank has sent it, with its name; one part for each.",
        "items": {"type": "string", "contentMediaType": "application/octet-stream"}
    })
}

/// `POST /v1/restorations:fix`: exactly one of `receipts` and `query`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixRequest {
    /// The wrong receipts.
    #[serde(default)]
    #[schemars(length(min = 1, max = 10_000))]
    receipts: Option<Vec<Text<Id>>>,
    /// The same as a query: what `GET /v1/receipts?…` lists for it, all pages.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2_000))]
    query: Option<String>,
    /// What should have stood in them.
    change: Object<ChangeRequest>,
    /// Why; days and wrong documents are those of each receipt.
    basis: Object<BasisRequest>,
    /// Who makes the plan: with a key of the administrator; any other key speaks for itself.
    #[serde(default)]
    by: Option<String>,
}

/// `POST /v1/restorations/{id}/run`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunRequest {
    /// Carry out so many rows, then pause; left out: all.
    #[serde(default)]
    #[schemars(range(min = 1))]
    limit: Option<u64>,
    /// What to do about the shares of the risk indicators; left out: `spread`.
    #[serde(default)]
    pace: Option<Text<Pace>>,
    /// When to pause by itself; what is left out is as configured.
    #[serde(default)]
    pause_on: Option<Object<PauseOnRequest>>,
    /// Who orders it: with a key of the administrator; any other key speaks for itself.
    #[serde(default)]
    pub(super) by: Option<String>,
    /// Why; it is journaled.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// When a restoration pauses by itself.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PauseOn")]
pub(crate) struct PauseOnRequest {
    /// When a drive fails, or a receipt is held or in doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drive_error: Option<bool>,
    /// When the ОФД has refused more documents than these since it began to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ofd_rejections: Option<u32>,
    /// When more documents than these have no ticket of the ОФД.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unsent: Option<u32>,
    /// When a row would become something else than was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed: Option<bool>,
}

/// Lost settlements with their files, as a form with parts.
pub(crate) struct LostParts {
    order: LostRequest,
    files: Vec<StatementFile>,
}

impl<S: Send + Sync> FromRequest<S> for LostParts {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|rejection| {
            Problem::malformed(format!(
                "send a form with parts (multipart/form-data): «order», JSON, and «file» for each \
                 file of the bank: {}",
                rejection.body_text()
            ))
        })?;
        let (mut order, mut files) = (None, Vec::new());
        while let Some(part) = form.next_field().await.map_err(|error| unread(&error))? {
            match part.name() {
                Some("order") if order.is_none() => {
                    let text = part.text().await.map_err(|error| unread(&error))?;
                    let Object(read) = read_json::<Object<LostRequest>>(&text)?;
                    order = Some(read);
                }
                Some("file") if files.len() < FILES_MAX => {
                    let name = file_name(part.file_name().unwrap_or_default().to_owned())
                        .map_err(|problem| problem.in_field("file"))?;
                    let bytes = part.bytes().await.map_err(|error| unread(&error))?;
                    let bytes = bytes.into();
                    files.push(StatementFile { name, bytes });
                }
                Some("file") => {
                    let rule = format!("an order has at most {FILES_MAX} files: make two of it");
                    return Err(Problem::bad_value(rule).in_field("file"));
                }
                _ => {
                    let rule = "the form has one part «order» and a part «file» for each file";
                    return Err(Problem::bad_value(rule).in_field(name_of(part.name())));
                }
            }
        }
        let missing = |what: &'static str| {
            Problem::bad_value(format!("the part «{what}» is missing")).in_field(what)
        };
        if files.is_empty() {
            return Err(missing("file"));
        }
        let order = order.ok_or_else(|| missing("order"))?;
        Ok(Self { order, files })
    }
}

fn name_of(name: Option<&str>) -> String {
    name.unwrap_or_default().to_owned()
}

fn unread(error: &MultipartError) -> Problem {
    match error.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!(
                "the files are larger than {FILE_MAX} bytes together: make two plans, each of its \
                 own days"
            );
            Problem::new(status, "body_too_large", detail)
        }
        _ => Problem::malformed(format!("the form cannot be read: {}", error.body_text())),
    }
}

impl LostParts {
    pub(super) fn order(self, sender: KeyIdentity) -> Result<LostOrder, Problem> {
        let Self { order, files } = self;
        let basis = order.basis.0.basis();
        Ok(LostOrder {
            from: order.from.0,
            to: order.to.0,
            files,
            profile: order.profile,
            basis: basis?,
            by: person(&sender, order.by)?,
            sender: Some(sender),
        })
    }
}

impl FixRequest {
    pub(super) async fn order(self, desk: &Desk, sender: KeyIdentity) -> Result<FixOrder, Problem> {
        let receipts = match (self.receipts, self.query) {
            (Some(receipts), None) if (1..=RECEIPTS_MAX).contains(&receipts.len()) => {
                FixTarget::Ids(receipts.into_iter().map(|Text(id)| id).collect())
            }
            (Some(_), None) => {
                let rule = format!("name 1 to {RECEIPTS_MAX} receipts, or a query");
                return Err(Problem::bad_value(rule).in_field("receipts"));
            }
            (None, Some(query)) => queried(desk, &query)
                .await
                .map_err(|problem| problem.in_field("query"))?,
            _ => {
                let rule = "name the receipts by «receipts» or by «query», and not by both";
                return Err(Problem::bad_value(rule).in_field("receipts"));
            }
        };
        Ok(FixOrder {
            receipts,
            change: self.change.0.change()?,
            basis: self.basis.0.basis()?,
            by: person(&sender, self.by)?,
            sender: Some(sender),
        })
    }
}

/// The receipts that `GET /v1/receipts?…` lists.
async fn queried(desk: &Desk, query: &str) -> Result<FixTarget, Problem> {
    if query.is_empty() || query.len() > QUERY_MAX {
        let rule = format!("a query has 1 to {QUERY_MAX} bytes");
        return Err(bad_query(rule));
    }
    let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    let params: ReceiptParams = read_query(&pairs)?;
    Ok(match params.found(desk).await? {
        Some(of) => FixTarget::Query(Box::new(of)),
        None => FixTarget::Ids(Vec::new()),
    })
}

impl RunRequest {
    /// Where it says nothing of a pause, it is as usual.
    pub(super) fn order(&self, usual: PauseOn) -> RunOrder {
        RunOrder {
            limit: self.limit,
            pace: self.pace.as_ref().map_or(Pace::Spread, |Text(pace)| *pace),
            pause_on: self
                .pause_on
                .as_ref()
                .map(|Object(wanted)| wanted.over(usual)),
        }
    }
}

impl PauseOnRequest {
    pub(super) fn of(pause_on: &PauseOn) -> Self {
        Self {
            drive_error: Some(pause_on.drive_error),
            ofd_rejections: pause_on.ofd_rejections,
            unsent: pause_on.unsent,
            changed: Some(pause_on.changed),
        }
    }

    /// What is said counts; what is left out is as usual.
    fn over(&self, usual: PauseOn) -> PauseOn {
        PauseOn {
            drive_error: self.drive_error.unwrap_or(usual.drive_error),
            ofd_rejections: self.ofd_rejections.or(usual.ofd_rejections),
            unsent: self.unsent.or(usual.unsent),
            changed: self.changed.unwrap_or(usual.changed),
        }
    }
}
