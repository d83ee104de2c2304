//! Files of banks: what is in one, loading it, what was loaded, and money of unknown payers.

use askama::Template;
use axum::{
    Extension, Router,
    routing::{get, post},
};
use desk::{
    BusinessRows, DeskError, ImportError, ImportFileRow, ImportOrder, ImportReport, ImportRow,
    ImportState, Listed, Order, Page as ListPage, Right, StatementFile, UnmatchedRows,
};
use terms::{AccountNumber, Id};

use super::import::Waiting;
use crate::{
    address::{self, Asked},
    answer::{Answer, Notice, done, render, render_wrong, see_other},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    order::Act,
    speech::{Said, Speech},
    text::Text,
    texts::{ImportsTexts, WordsTexts},
    uploads::Uploads,
    visit::Member,
};

/// Where files are sent: the guard lets larger bodies through here.
pub(crate) const PATH: &str = "/imports";
/// Loaded files that are shown.
const FILES: u32 = 50;
/// Payments of unknown payers on a page.
const ROWS: u32 = 50;

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PATH, get(show).post(look))
        .route("/imports/load", post(load))
        .route("/identify", get(identify))
        .layer(Extension(Uploads::default()))
}

#[derive(Template)]
#[template(path = "imports.html")]
struct Page {
    frame: Frame,
    t: &'static ImportsTexts,
    words: &'static WordsTexts,
    form: Form,
    files: Vec<File>,
    unidentified: Vec<Unidentified>,
    next: Option<String>,
    first: Option<String>,
}

/// A loaded file.
struct File {
    id: i64,
    name: String,
    kind: String,
    when: String,
    by: String,
    rows: String,
    sum: String,
    waiting: Option<String>,
}

/// Money of an unknown payer.
struct Unidentified {
    key: String,
    date: String,
    sum: String,
    payer: String,
    purpose: String,
}

#[derive(Template)]
#[template(path = "import_preview.html")]
struct Preview {
    frame: Frame,
    t: &'static ImportsTexts,
    form: Form,
    name: String,
    about: String,
    days: Option<String>,
    classes: Vec<(Text, String, String)>,
    receipts: String,
    notes: Vec<Said>,
    rows: Vec<Waiting>,
}

async fn show(member: Member, asked: Asked) -> Answer {
    render(&page(&member, asked, Form::default()).await?)
}

async fn page(member: &Member, mut asked: Asked, form: Form) -> Result<Page, Failure> {
    member.needs(Right::Import)?;
    let (t, words) = (
        ImportsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let after: Option<Id> = asked.read("after", |id| id.parse().ok(), words.nothing_found);
    let page = ListPage {
        after,
        order: Order::Ascending,
        limit: ROWS,
    };
    let Listed { rows, next } = member.desk.unidentified(page).await?;
    let speech = member.speech();
    let files = member.desk.imports(FILES)?;
    Ok(Page {
        frame: {
            let mut frame = member.frame(Place::Imports, t.title);
            frame.scripts.push("drop.js");
            frame
        },
        t,
        words,
        form,
        files: files.iter().map(|file| File::of(file, t, speech)).collect(),
        unidentified: rows
            .iter()
            .map(|row| Unidentified::of(row, speech))
            .collect(),
        next: next.map(|next| asked.after(Some(&next.to_string()))),
        first: after.map(|_| asked.after(None)),
    })
}

/// Looks what is in a file; nothing is stored.
async fn look(
    member: Member,
    Extension(uploads): Extension<Uploads>,
    asked: Asked,
    mut form: Form,
) -> Answer {
    member.needs(Right::Import)?;
    let t = ImportsTexts::of(member.language);
    let file = form.take_file().filter(|file| !file.bytes.is_empty());
    let Some(file) = file else {
        form.refuse("file", t.no_file);
        return render_wrong(&page(&member, asked, form).await?);
    };
    let token = desk::random_password()?;
    uploads.keep(token.clone(), member.session().id, file.clone());
    let form = Form::of([("upload", token)]);
    preview(&member, asked, file, form).await
}

/// Loads a file that was looked at, or looks at it again with other choices.
async fn load(
    member: Member,
    Extension(uploads): Extension<Uploads>,
    asked: Asked,
    mut form: Form,
) -> Answer {
    member.needs(Right::Import)?;
    let t = ImportsTexts::of(member.language);
    let token = form.value("upload").to_owned();
    let Some(file) = uploads.get(&token, member.session().id) else {
        form.refuse("file", t.gone);
        return render_wrong(&page(&member, asked, form).await?);
    };
    if !form.has("step", "load") {
        return preview(&member, asked, file, form).await;
    }
    let report = member.desk.import(file, order(&member, &form, false)).await;
    match report {
        Ok(report) => {
            uploads.forget(&token);
            let id = report.file.id;
            if report.state == ImportState::Loaded {
                let by = member.session().actor();
                let noted = member.desk.note_act(&by, "import", id, &report.file.name);
                noted.await?;
            }
            Ok(done(&format!("/imports/{id}"), Notice::Loaded))
        }
        Err(error) => {
            tell(&mut form, error, t)?;
            render_wrong(&page(&member, asked, form).await?)
        }
    }
}

async fn preview(member: &Member, asked: Asked, file: StatementFile, mut form: Form) -> Answer {
    let t = ImportsTexts::of(member.language);
    match member.desk.import(file, order(member, &form, true)).await {
        Ok(report) if report.state == ImportState::AlreadyLoaded => {
            Ok(see_other(&format!("/imports/{}", report.file.id)))
        }
        Ok(report) => render(&Preview::of(member, report, form)),
        Err(error) => {
            tell(&mut form, error, t)?;
            render_wrong(&page(member, asked, form).await?)
        }
    }
}

/// How a file is loaded: what the rules of receipts refuse waits for a person.
fn order(member: &Member, form: &Form, dry_run: bool) -> ImportOrder {
    ImportOrder {
        by: member.session().person.login.clone(),
        dry_run,
        unmatched: match form.value("unmatched") {
            "load" => Some(UnmatchedRows::Unidentified),
            "wait" => Some(UnmatchedRows::Wait),
            _ => None,
        },
        business: match form.value("business") {
            "include" => Some(BusinessRows::Include),
            "skip" => Some(BusinessRows::Skip),
            _ => None,
        },
        skip_refused: true,
        ..ImportOrder::default()
    }
}

/// Says why a file is not taken.
fn tell(form: &mut Form, error: DeskError, t: &ImportsTexts) -> Result<(), Failure> {
    let DeskError::Import(error) = error else {
        return Err(error.into());
    };
    let what = match &error {
        ImportError::Unreadable(_) => t.unreadable,
        ImportError::UnknownKind(_) | ImportError::UnknownProfile { .. } => t.unknown_kind,
        ImportError::NotOurs(_) => t.not_ours,
        _ => t.refused,
    };
    form.refuse("file", format!("{what}. {error}"));
    Ok(())
}

/// Leads to the form that says whose a payment is.
async fn identify(member: Member, mut asked: Asked) -> Answer {
    member.needs(Right::Import)?;
    let words = WordsTexts::of(member.language);
    let number: Option<AccountNumber> =
        asked.read("account", |it| it.parse().ok(), words.bad_account);
    let known = number.map(|number| member.desk.account(&number));
    if let Some(view) = known.transpose()?.flatten() {
        let path = address::account(view.account.number.as_str());
        let path = format!("{path}/{}", Act::Identify.name());
        let payment = asked.text("payment");
        return Ok(see_other(&address::query(&path, [("payment", payment)])));
    }
    let mut form = Form::of([
        ("payment", asked.text("payment").to_owned()),
        ("account", asked.text("account").to_owned()),
    ]);
    form.refuse("account", words.unknown_account);
    render_wrong(&page(&member, Asked::default(), form).await?)
}

impl Preview {
    fn of(member: &Member, report: ImportReport, form: Form) -> Self {
        let (t, speech) = (ImportsTexts::of(member.language), member.speech());
        let file = &report.file;
        let days = report.days.map(|(from, to)| {
            let days = t.days.with("from", speech.date(from));
            days.with("to", speech.date(to)).into()
        });
        let encoding = report.encoding.map(|it| it.name()).unwrap_or_default();
        let classes = report.classes.iter();
        let row = |row: &ImportRow| Waiting::of(file.id, row, t, speech);
        Self {
            frame: member.frame(Place::Imports, t.preview),
            t,
            form,
            name: file.name.clone(),
            about: format!("{}, {encoding}", file.kind),
            days,
            classes: classes
                .map(|(class, (count, sum))| {
                    let count = speech.number(*count);
                    (t.class(class.name()), count, speech.money(*sum))
                })
                .collect(),
            receipts: t.receipts.with("n", speech.number(report.receipts)).into(),
            notes: report.notes.iter().map(|note| speech.said(note)).collect(),
            rows: report.rows.iter().map(row).collect(),
        }
    }
}

impl File {
    fn of(row: &ImportFileRow, t: &ImportsTexts, speech: Speech) -> Self {
        let waiting = (row.waiting > 0).then(|| t.waiting.with("n", row.waiting).into());
        Self {
            id: row.id,
            name: row.name.clone(),
            kind: row.kind.clone(),
            when: speech.moment(&row.loaded_at),
            by: row.by.clone(),
            rows: speech.number(row.rows),
            sum: speech.money(row.amount),
            waiting,
        }
    }
}

impl Unidentified {
    fn of(row: &desk::Unidentified, speech: Speech) -> Self {
        #[derive(Default, serde::Deserialize)]
        struct Body {
            #[serde(default)]
            bank: Bank,
        }
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Bank {
            payer: String,
            purpose: String,
        }
        let body: Body = serde_json::from_str(&row.body).unwrap_or_default();
        Self {
            key: row.key.clone(),
            date: speech.date(row.date),
            sum: speech.money(row.amount),
            payer: body.bank.payer,
            purpose: body.bank.purpose,
        }
    }
}
