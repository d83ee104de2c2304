//! One wrong receipt: what is wrong, the documents that correct it, and then the order itself.

use askama::Template;
use axum::{Router, extract::Path, routing::get};
use desk::{Change, Event, NewOperation, Preview, ReceiptView, Right, Submitted};
use serde_json::{Map, Value, json};
use terms::{Basis, Id};

use super::act::fingerprint;
use crate::{
    answer::{Answer, Notice, done, render, render_wrong, see_other},
    change::{Offers, read_fix},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    paper::Paper,
    texts::CorrectingTexts,
    visit::Member,
    words::Why,
};

/// Fields that say nothing of what is wrong.
const NOT_KEPT: [&str; 3] = ["csrf", "step", "seen"];

pub(crate) fn routes() -> Router {
    Router::new().route("/receipts/{id}/fix", get(show).post(send))
}

#[derive(Template)]
#[template(path = "receipt_fix.html")]
struct Page {
    frame: Frame,
    c: &'static CorrectingTexts,
    id: String,
    wrong: Paper,
    form: Form,
    offers: Offers,
    /// Why it cannot be corrected at all.
    refused: Option<crate::text::Text>,
    /// Why the rules refuse it.
    why: Option<Why>,
    shown: Option<Shown>,
}

/// What would come of it.
struct Shown {
    papers: Vec<Paper>,
    /// What is confirmed.
    seen: String,
    /// What is sent again.
    fields: Vec<(String, String)>,
    has_changed: bool,
}

/// A receipt that somebody corrects.
struct Fix {
    member: Member,
    view: ReceiptView,
    c: &'static CorrectingTexts,
}

async fn show(member: Member, Path(id): Path<String>) -> Answer {
    let fix = Fix::of(member, &id)?;
    render(&fix.page(Form::default(), None).await?)
}

async fn send(member: Member, Path(id): Path<String>, mut form: Form) -> Answer {
    let fix = Fix::of(member, &id)?;
    if form.has("step", "edit") {
        return render(&fix.page(form, None).await?);
    }
    let Some((change, basis)) = read_fix(&mut form, fix.c) else {
        return render_wrong(&fix.page(form, None).await?);
    };
    let desk = &fix.member.desk;
    let Some(key) = desk.fix_key(fix.view.id, &change).await? else {
        return render_wrong(&fix.page(form, None).await?);
    };
    // Whoever sends the form twice sees what the first one has done.
    if let Some(known) = desk.operation_by_key(&key).await? {
        return Ok(see_other(&format!("/operations/{}", known.id)));
    }
    let operation = match fix.operation(key, (&change, basis), &form).await? {
        Ok(operation) => operation,
        Err(why) => return render_wrong(&fix.page(form, Some(Err(why))).await?),
    };
    let preview = match desk.preview(&operation).await? {
        Ok(preview) => preview,
        Err(refused) => {
            let why = Why::of(&refused, fix.member.speech());
            return render_wrong(&fix.page(form, Some(Err(why))).await?);
        }
    };
    let seen = fingerprint(&preview);
    if form.has("step", "confirm") && form.value("seen") == seen {
        return fix.submit(operation, form).await;
    }
    render(&fix.page(form, Some(Ok((preview, seen)))).await?)
}

impl Fix {
    fn of(member: Member, id: &str) -> Result<Self, Failure> {
        member.needs(Right::Correct)?;
        let id: Id = id.parse().map_err(|_| Failure::NotFound)?;
        let view = member.desk.receipt(id)?.ok_or(Failure::NotFound)?;
        let c = CorrectingTexts::of(member.language);
        Ok(Self { member, view, c })
    }

    /// The operation that corrects it as things stand now.
    async fn operation(
        &self,
        key: String,
        (change, basis): (&Change, Basis),
        form: &Form,
    ) -> Result<Result<NewOperation, Why>, Failure> {
        let desk = &self.member.desk;
        let kind = match desk.fix_event(self.view.id, change).await? {
            Ok(kind) => kind,
            Err(refused) => return Ok(Err(Why::of(&refused, self.member.speech()))),
        };
        let said = form.fields().filter(|(name, value)| {
            !NOT_KEPT.contains(name) && !value.is_empty() && !name.ends_with("_from")
        });
        let said: Map<String, Value> = said
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let body = json!({
            "type": kind.name(),
            "key": key,
            "original": self.view.id.to_string(),
            "by": self.member.session().person.login,
            "said": said,
        });
        let date = desk.clock().local().date();
        let event = Event {
            id: key.clone(),
            date,
            kind,
        };
        Ok(Ok(NewOperation {
            key,
            body: body.to_string(),
            asked: event.into(),
            callback: None,
            basis: Some(Box::new(basis)),
        }))
    }

    async fn submit(self, operation: NewOperation, form: Form) -> Answer {
        let member = &self.member;
        let submitted = member.desk.submit(vec![operation], None).await?;
        let id = match submitted.into_iter().next() {
            Some(Submitted::Accepted { id, .. }) => id,
            Some(
                Submitted::Repeated { id } | Submitted::Conflict { id } | Submitted::Held { id },
            ) => {
                return Ok(see_other(&format!("/operations/{id}")));
            }
            Some(Submitted::Refused(refused)) => {
                let why = Why::of(&refused, member.speech());
                return render_wrong(&self.page(form, Some(Err(why))).await?);
            }
            None => return Err(Failure::Internal),
        };
        let by = member.session().actor();
        let detail = format!("{} {}", self.view.id, form.text("what"));
        member
            .desk
            .note_act(&by, "receipt_fixed", id, detail)
            .await?;
        Ok(done(&format!("/operations/{id}"), Notice::Accepted))
    }

    async fn page(
        &self,
        form: Form,
        result: Option<Result<(Preview, String), Why>>,
    ) -> Result<Page, Failure> {
        let (member, view, c) = (&self.member, &self.view, self.c);
        let (setup, speech) = (member.desk.setup(), member.speech());
        let (why, shown) = match result {
            None => (None, None),
            Some(Err(why)) => (Some(why), None),
            Some(Ok((preview, seen))) => {
                let fields = form.fields();
                let fields = fields.filter(|(name, _)| !NOT_KEPT.contains(name));
                let shown = Shown {
                    papers: Paper::all(&preview, setup, speech),
                    seen,
                    fields: fields
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .collect(),
                    has_changed: form.has("step", "confirm"),
                };
                (None, Some(shown))
            }
        };
        let services = member.desk.services().await?;
        let refused = match (&view.document, view.cancelled_by) {
            (None, _) => Some(c.not_formed),
            (Some(_), Some(_)) => Some(c.corrected),
            (Some(_), None) => None,
        };
        Ok(Page {
            frame: member.frame(Place::Receipts, c.fix_title),
            c,
            id: view.id.to_string(),
            wrong: Paper::of_view(view, None, setup, speech),
            form,
            offers: Offers::of(&services, c).of_fix(c),
            refused,
            why,
            shown,
        })
    }
}
