//! An order about an account: a form, the receipts it would make, and then the order itself.

use std::collections::BTreeMap;

use askama::Template;
use axum::{Router, extract::Path, routing::get};
use desk::{Account, NewOperation, Preview, Submitted};
use sha2::{Digest, Sha256};
use terms::{AccountNumber, Id, ServiceCode};

use crate::{
    address::{self, Asked},
    answer::{Answer, Notice, done, render, render_wrong, see_other},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    order::{Act, Choices, key_of, new_key, operation},
    paper::{Paper, Remark},
    texts::{ActTexts, WordsTexts},
    visit::Member,
    words::Why,
};

pub(crate) fn routes() -> Router {
    Router::new().route("/accounts/{number}/{act}", get(show).post(send))
}

#[derive(Template)]
#[template(path = "act.html")]
struct Page {
    frame: Frame,
    t: &'static ActTexts,
    words: &'static WordsTexts,
    lead: &'static str,
    act: &'static str,
    path: String,
    account_path: String,
    number: String,
    saldo: String,
    form: Form,
    choices: Choices,
    is_possible: bool,
    /// Why the rules refuse it.
    why: Option<Why>,
    shown: Option<Shown>,
}

/// What would come of an order.
struct Shown {
    papers: Vec<Paper>,
    remarks: Vec<Remark>,
    saldos: Vec<(String, String)>,
    /// What is confirmed.
    seen: String,
    /// What is sent again.
    fields: Vec<(String, String)>,
    has_changed: bool,
}

/// An order on its way.
struct Ordered {
    member: Member,
    act: Act,
    account: Account,
}

async fn show(member: Member, Path((number, act)): Path<(String, String)>, asked: Asked) -> Answer {
    let ordered = Ordered::of(member, &number, &act)?;
    let kept = [
        "what", "debt", "receipt", "payment", "other", "amount", "reason",
    ];
    let fields = kept.map(|name| (name, asked.text(name).to_owned()));
    let usual = [("key", new_key()?), ("money", "cashless".to_owned())];
    let form = Form::of(fields.into_iter().chain(usual));
    render(&ordered.page(form, None).await?)
}

async fn send(
    member: Member,
    Path((number, act)): Path<(String, String)>,
    mut form: Form,
) -> Answer {
    let ordered = Ordered::of(member, &number, &act)?;
    let words = WordsTexts::of(ordered.member.language);
    let key = key_of(&form).ok_or(Failure::BadForm)?.to_owned();
    // Whoever sends a form twice sees what the first one has done.
    if let Some(known) = ordered.member.desk.operation_by_key(&key).await? {
        return Ok(see_other(&format!("/operations/{}", known.id)));
    }
    if form.has("step", "edit") {
        return render(&ordered.page(form, None).await?);
    }
    let kind = ordered.act.read(&mut form, &ordered.account, words);
    let Some(kind) = kind else {
        return render_wrong(&ordered.page(form, None).await?);
    };
    let (today, by) = (
        ordered.member.desk.clock().local().date(),
        ordered.member.session().person.login.clone(),
    );
    let operation = operation(&key, today, kind, &by);
    let preview = match ordered.member.desk.preview(&operation).await? {
        Ok(preview) => preview,
        Err(refused) => {
            let why = Why::of(&refused, ordered.member.speech());
            return render_wrong(&ordered.page(form, Some(Err(why))).await?);
        }
    };
    let seen = fingerprint(&preview);
    if form.has("step", "confirm") && form.value("seen") == seen {
        return ordered.submit(operation, form).await;
    }
    render(&ordered.page(form, Some(Ok((preview, seen)))).await?)
}

impl Ordered {
    fn of(member: Member, number: &str, act: &str) -> Result<Self, Failure> {
        let act = Act::from_name(act).ok_or(Failure::NotFound)?;
        member.needs(act.right())?;
        let number: AccountNumber = number.parse().map_err(|_| Failure::NotFound)?;
        let view = member.desk.account(&number)?.ok_or(Failure::NotFound)?;
        Ok(Self {
            member,
            act,
            account: view.account,
        })
    }

    async fn submit(self, operation: NewOperation, form: Form) -> Answer {
        let member = &self.member;
        let submitted = member.desk.submit(vec![operation], None).await?;
        let (id, is_new) = match submitted.into_iter().next() {
            Some(Submitted::Accepted { id, .. }) => (id, true),
            Some(Submitted::Repeated { id } | Submitted::Conflict { id }) => (id, false),
            // A charge outside the contracts waits where decisions are made.
            Some(Submitted::Held { .. }) => return Ok(see_other("/decisions")),
            Some(Submitted::Refused(refused)) => {
                let why = Why::of(&refused, member.speech());
                return render_wrong(&self.page(form, Some(Err(why))).await?);
            }
            None => return Err(Failure::Internal),
        };
        if is_new {
            let by = member.session().actor();
            let detail = format!("{} {}", self.account.number, form.text("amount"));
            let noted = member.desk.note_act(&by, self.act.name(), id, detail);
            noted.await?;
        }
        Ok(accepted(id))
    }

    async fn page(
        self,
        mut form: Form,
        result: Option<Result<(Preview, String), Why>>,
    ) -> Result<Page, Failure> {
        let member = &self.member;
        let (t, words) = (
            ActTexts::of(member.language),
            WordsTexts::of(member.language),
        );
        let (title, lead) = self.act.words(t);
        let speech = member.speech();
        let target = match form.text("other").parse::<AccountNumber>() {
            Ok(other) => member.desk.account(&other)?.map(|view| view.account),
            Err(_) => None,
        };
        if !form.text("other").is_empty() && target.is_none() && form.error("other").is_empty() {
            form.refuse("other", words.unknown_account);
        }
        let target = target.as_ref().unwrap_or(&self.account);
        let services = member.desk.services().await?;
        let choices = Choices::of(self.act, &self.account, target, &services, speech);
        let saldo = desk::saldo(&self.account).map_err(desk::DeskError::from)?;
        let account_path = address::account(self.account.number.as_str());
        let is_confirmed = form.has("step", "confirm");
        let (why, shown) = match result {
            None => (None, None),
            Some(Err(why)) => (Some(why), None),
            Some(Ok((preview, seen))) => (
                None,
                Some(Shown::of(member, &preview, seen, &form, is_confirmed)?),
            ),
        };
        Ok(Page {
            frame: member.frame(Place::Accounts, title),
            t,
            words,
            lead: lead.0,
            act: self.act.name(),
            path: format!("{account_path}/{}", self.act.name()),
            account_path,
            number: self.account.number.to_string(),
            saldo: speech.money(saldo),
            is_possible: choices.is_possible(self.act),
            form,
            choices,
            why,
            shown,
        })
    }
}

impl Shown {
    fn of(
        member: &Member,
        preview: &Preview,
        seen: String,
        form: &Form,
        has_changed: bool,
    ) -> Result<Self, Failure> {
        let (setup, speech) = (member.desk.setup(), member.speech());
        let fields = form.fields();
        let fields = fields.filter(|(name, _)| !["csrf", "step", "seen"].contains(name));
        let saldo = |account: &Account| {
            let saldo = desk::saldo(account)?;
            Ok((account.number.to_string(), speech.money(saldo)))
        };
        let saldos = preview.accounts.iter().map(saldo);
        let saldos = saldos.collect::<terms::Result<_>>();
        Ok(Self {
            papers: Paper::all(preview, setup, speech),
            remarks: Remark::all(&preview.records, speech),
            saldos: saldos.map_err(desk::DeskError::from)?,
            seen,
            fields: fields
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            has_changed,
        })
    }
}

/// What services are called; without one: the pool.
pub(super) async fn names_of(
    member: &Member,
) -> Result<impl Fn(Option<&ServiceCode>) -> String, Failure> {
    let services = member.desk.services().await?;
    let names: BTreeMap<ServiceCode, String> = services
        .into_iter()
        .map(|(code, service)| (code, service.name))
        .collect();
    let pool = WordsTexts::of(member.language).pool;
    Ok(move |code: Option<&ServiceCode>| match code {
        None => pool.to_string(),
        Some(code) => names.get(code).cloned().unwrap_or_else(|| code.to_string()),
    })
}

fn accepted(id: Id) -> axum::response::Response {
    done(&format!("/operations/{id}"), Notice::Accepted)
}

/// What is confirmed: these receipts with these sums. Whatever else has happened meanwhile matters
/// only if they change.
pub(super) fn fingerprint(preview: &Preview) -> String {
    let Preview {
        receipts, records, ..
    } = preview;
    let hash = Sha256::digest(format!("{receipts:?} {records:?}"));
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
