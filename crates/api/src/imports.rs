//! Files of banks and billings: `POST /v1/imports`, `GET /v1/imports`, `GET /v1/imports/{id}`,
//! `POST /v1/imports/{id}/rows/{line}`.

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use desk::{
    BusinessRows, Desk, DeskError, ImportError, ImportFileRow, ImportOrder, ImportReport,
    ImportRow, ImportState, KeyIdentity, RowChoice, Signed, StatementFile, UnmatchedRows,
    files::FILE_MAX,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use terms::AccountNumber;

use crate::{
    Problem,
    money::Money,
    problem::Blame,
    request::{Body, Nothing, Params, bad_query, read_json},
    value::Text,
};

/// The longest name of a file, bytes.
const NAME_MAX: usize = 255;
/// The most files in one answer.
const LIST_MAX: u32 = 1_000;
const LIST_DEFAULT: u32 = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportQuery {
    /// The file's name: it may tell the profile.
    name: String,
    /// A profile of the configuration, or a kind of file.
    profile: Option<String>,
    /// Who loads it; left out: the name of the key.
    by: Option<String>,
    /// Only look what would become of it.
    #[serde(default)]
    dry_run: bool,
    /// Payments of unknown payers become money to be identified.
    as_unidentified: Option<bool>,
    /// What becomes of payments of organisations.
    #[schemars(extend("enum" = ["include", "skip"]))]
    business: Option<String>,
    /// Load what the rules of receipts accept; what they refuse waits for a person.
    #[serde(default)]
    skip_refused: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// The most entries in the answer; usual: 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

impl ListQuery {
    /// How many are wanted.
    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        Self::checked(self.limit)
    }

    /// The same of a limit that stands beside other parameters.
    pub(crate) fn checked(limit: Option<u32>) -> Result<u32, Problem> {
        let limit = limit.unwrap_or(LIST_DEFAULT);
        if !(1..=LIST_MAX).contains(&limit) {
            return Err(bad_query(format!("limit is 1 to {LIST_MAX}")));
        }
        Ok(limit)
    }
}

/// A decision about a row: exactly one of `account` and `skip`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    by: String,
    reason: String,
    #[serde(default)]
    account: Option<Text<AccountNumber>>,
    #[serde(default)]
    skip: bool,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct ImportAnswer {
    state: &'static str,
    #[serde(flatten)]
    file: FileAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    classes: Vec<ClassAnswer>,
    receipts: u64,
    notes: Vec<String>,
    waiting_rows: Vec<RowAnswer>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct FileAnswer {
    /// Left out: nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    name: String,
    sha256: String,
    kind: String,
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    loaded_at_ms: Option<i64>,
    by: String,
    /// Payments in the file.
    rows: u64,
    amount: Money,
    /// Operations that the load has made.
    accepted: u64,
    accepted_amount: Money,
    duplicates: u64,
    /// Rows that wait for a person.
    waiting: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_number: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct ClassAnswer {
    class: &'static str,
    rows: u64,
    amount: Money,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct RowAnswer {
    line: u32,
    class: String,
    reason: String,
    state: &'static str,
    key: String,
    paid: String,
    amount: Money,
    account: String,
    number: String,
    /// What else the file says.
    #[schemars(schema_with = "crate::openapi::any_json")]
    bank: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// A loaded file with its rows that a person has to look at.
#[derive(JsonSchema, Serialize)]
pub(crate) struct DetailsAnswer {
    #[serde(flatten)]
    file: FileAnswer,
    person_rows: Vec<RowAnswer>,
}

/// `POST /v1/imports` with its own limit of size.
pub(crate) fn post_file() -> MethodRouter<Desk> {
    axum::routing::post(post).layer(DefaultBodyLimit::max(FILE_MAX))
}

/// `POST /v1/imports`: the file is the body, whatever its encoding.
pub(crate) async fn post(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(query): Params<ImportQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let bytes = Bytes::from_request(request, &()).await;
    let bytes = bytes.map_err(|rejection| match rejection.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("the file is larger than {FILE_MAX} bytes: split it");
            Problem::new(status, "body_too_large", detail)
        }
        _ => Problem::malformed(format!("the file did not come: {}", rejection.body_text())),
    })?;
    let file = StatementFile {
        name: file_name(query.name)?,
        bytes: bytes.into(),
    };
    let order = ImportOrder {
        profile: query.profile,
        by: query.by.unwrap_or_else(|| sender.name.clone()),
        dry_run: query.dry_run,
        unmatched: query.as_unidentified.map(|yes| match yes {
            true => UnmatchedRows::Unidentified,
            false => UnmatchedRows::Wait,
        }),
        business: query.business.as_deref().map(business).transpose()?,
        skip_refused: query.skip_refused,
        sender: Some(sender),
    };
    let report = desk.import(file, order).await?;
    let status = match report.state {
        ImportState::Loaded => StatusCode::CREATED,
        ImportState::Preview | ImportState::AlreadyLoaded => StatusCode::OK,
    };
    Ok((status, Json(answer(report))).into_response())
}

/// `GET /v1/imports`: the loaded files, the newest first.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Vec<FileAnswer>>, Problem> {
    let files = desk.imports(query.limit()?)?;
    Ok(Json(files.into_iter().map(file).collect()))
}

/// `GET /v1/imports/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<DetailsAnswer>, Problem> {
    let (row, rows) = desk.import_rows(import_id(&id)?)?;
    Ok(Json(DetailsAnswer {
        file: file(row),
        person_rows: rows.into_iter().map(row_answer).collect(),
    }))
}

/// `POST /v1/imports/{id}/rows/{line}`.
pub(crate) async fn decide(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Path((id, line)): Path<(String, String)>,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<RowAnswer>, Problem> {
    let DecisionBody {
        by,
        reason,
        account,
        skip,
    } = read_json(&body)?;
    let choice = match (account, skip) {
        (Some(Text(account)), false) => RowChoice::Load(account),
        (None, true) => RowChoice::Skip,
        _ => {
            let rule = "a decision is either «account»: the number, or «skip»: true";
            return Err(Problem::bad_value(rule));
        }
    };
    let line = line
        .parse()
        .map_err(|_| Problem::not_found("unknown_row", format!("«{line:.40}» is no line")))?;
    let key = Some(sender.id);
    let signed = Signed { by, reason, key };
    let import = import_id(&id)?;
    let row = desk.decide_import_row(import, line, choice, signed, Some(&sender));
    Ok(Json(row_answer(row.await?)))
}

/// What became of a file, as the HTTP interface says it.
///
/// # Errors
/// None: the answer consists of texts and numbers.
pub fn import_json(report: ImportReport) -> serde_json::Result<Value> {
    serde_json::to_value(answer(report))
}

pub(crate) fn file_name(name: String) -> Result<String, Problem> {
    let is_plain = !name.contains('/') && !name.chars().any(char::is_control);
    if name.is_empty() || name.len() > NAME_MAX || !is_plain {
        return Err(bad_query(format!(
            "name is a file's name without folders, 1 to {NAME_MAX} bytes"
        )));
    }
    Ok(name)
}

fn business(word: &str) -> Result<BusinessRows, Problem> {
    match word {
        "include" => Ok(BusinessRows::Include),
        "skip" => Ok(BusinessRows::Skip),
        _ => Err(bad_query("business is include or skip")),
    }
}

fn import_id(id: &str) -> Result<i64, Problem> {
    id.parse()
        .map_err(|_| Problem::not_found("unknown_import", format!("«{id:.40}» is no import")))
}

fn answer(report: ImportReport) -> ImportAnswer {
    let classes = report.classes.into_iter();
    ImportAnswer {
        state: report.state.name(),
        file: file(report.file),
        encoding: report.encoding.map(|encoding| encoding.name()),
        from: report.days.map(|(from, _)| from.to_string()),
        to: report.days.map(|(_, to)| to.to_string()),
        classes: classes
            .map(|(class, (rows, amount))| ClassAnswer {
                class: class.name(),
                rows,
                amount: Money(amount),
            })
            .collect(),
        receipts: report.receipts,
        notes: report.notes,
        waiting_rows: report.rows.into_iter().map(row_answer).collect(),
    }
}

fn file(file: ImportFileRow) -> FileAnswer {
    let sha256: Vec<String> = file.sha256.iter().map(|it| format!("{it:02x}")).collect();
    let is_stored = file.id > 0;
    FileAnswer {
        id: is_stored.then_some(file.id),
        name: file.name,
        sha256: sha256.concat(),
        kind: file.kind,
        profile: file.profile,
        loaded_at_ms: is_stored.then_some(file.loaded_at),
        by: file.by,
        rows: file.rows,
        amount: Money(file.amount),
        accepted: file.accepted,
        accepted_amount: Money(file.accepted_amount),
        duplicates: file.duplicates,
        waiting: file.waiting,
        order_number: file.order_number,
    }
}

fn row_answer(row: ImportRow) -> RowAnswer {
    RowAnswer {
        line: row.line,
        class: row.class,
        reason: row.reason,
        state: row.state.name(),
        key: row.key,
        paid: row.date,
        amount: Money(row.amount),
        account: row.account,
        number: row.number,
        bank: RawValue::from_string(row.body).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        operation: row.operation.map(|id| id.to_string()),
        by: row.by,
        why: row.why,
    }
}

/// Why a file was not loaded: each of its lines that is to blame is named.
pub(crate) fn problem(error: ImportError) -> Problem {
    let detail = error.to_string();
    let unprocessable = |code| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, &*detail);
    match error {
        ImportError::Unreadable(unreadable) => {
            let blame = unreadable.0.into_iter().map(|error| Blame {
                line: error.line,
                field: error.field,
                detail: error.what,
            });
            unprocessable("bad_file").blaming(blame.collect())
        }
        ImportError::Refused(refused) => {
            let blame = refused.into_iter().take(desk::files::ERRORS_MAX);
            let blame = blame.map(|(line, why)| Blame {
                line: Some(line),
                field: String::new(),
                detail: why.message,
            });
            unprocessable("rows_refused").blaming(blame.collect())
        }
        ImportError::UnknownKind(_) => unprocessable("unknown_kind"),
        ImportError::UnknownProfile { .. } => unprocessable("unknown_profile"),
        ImportError::NotOurs(_) => unprocessable("not_our_account"),
        ImportError::UnknownImport(_) => Problem::not_found("unknown_import", detail),
        ImportError::UnknownRow { .. } => Problem::not_found("unknown_row", detail),
        ImportError::Decided { .. } => Problem::new(StatusCode::CONFLICT, "row_decided", detail),
        ImportError::RowRefused(refused) => refused.into(),
    }
}

/// The same for whoever loads files without HTTP: the JSON of the problem.
///
/// # Errors
/// None: it consists of texts and numbers.
pub fn problem_json(error: DeskError) -> serde_json::Result<Value> {
    serde_json::to_value(Problem::from(error))
}
