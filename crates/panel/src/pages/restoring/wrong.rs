use askama::Template;
use axum::Extension;
use desk::{Days, FixOrder, FixTarget, ReceiptsOf, Right};
use terms::{Id, OperationSign};

use super::{Made, name_of, tell};
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    change::{Offers, read_fix},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    order::{Choice, key_of, new_key},
    texts::{CorrectingTexts, RestoringTexts, WordsTexts},
    typed,
    visit::Member,
};

/// Where plans of wrong receipts are made.
pub(super) const PATH: &str = "/restoring/wrong";
/// The most receipts that one form names.
const RECEIPTS_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "restoring_wrong.html")]
struct Page {
    frame: Frame,
    t: &'static RestoringTexts,
    c: &'static CorrectingTexts,
    form: Form,
    offers: Offers,
    signs: Vec<Choice>,
}

impl Page {
    async fn of(member: &Member, form: Form) -> Result<Self, Failure> {
        let t = RestoringTexts::of(member.language);
        let c = CorrectingTexts::of(member.language);
        let words = WordsTexts::of(member.language);
        let any = Choice {
            value: String::new(),
            label: t.any.into(),
        };
        let signs = [OperationSign::Income, OperationSign::IncomeReturn];
        let signs = signs.into_iter().map(|sign| Choice {
            value: sign.code().to_string(),
            label: words.sign(sign).into(),
        });
        let services = member.desk.services().await?;
        Ok(Self {
            frame: member.frame(Place::Restoring, t.fix_title),
            t,
            c,
            form,
            offers: Offers::of(&services, c).of_fix(c),
            signs: [any].into_iter().chain(signs).collect(),
        })
    }
}

pub(super) async fn show(member: Member) -> Answer {
    member.needs(Right::Restore)?;
    let form = Form::of([("key", new_key()?)]);
    render(&Page::of(&member, form).await?)
}

pub(super) async fn make(
    member: Member,
    Extension(made): Extension<Made>,
    mut form: Form,
) -> Answer {
    member.needs(Right::Restore)?;
    let t = RestoringTexts::of(member.language);
    let key = key_of(&form).ok_or(Failure::BadForm)?.to_owned();
    let Some(order) = order(&member, &mut form) else {
        return render_wrong(&Page::of(&member, form).await?);
    };
    let desk = member.desk.clone();
    match made
        .once(key, async move { desk.plan_fix(order).await })
        .await
    {
        Ok((id, is_new)) => {
            if is_new {
                let by = member.session().actor();
                let noted = member
                    .desk
                    .note_act(&by, "restoration_made", id, form.text("what"));
                noted.await?;
            }
            Ok(done(&format!("/restoring/{id}"), Notice::Added))
        }
        Err(error) => {
            tell(&mut form, error, t)?;
            render_wrong(&Page::of(&member, form).await?)
        }
    }
}

fn order(member: &Member, form: &mut Form) -> Option<FixOrder> {
    let t = RestoringTexts::of(member.language);
    let words = WordsTexts::of(member.language);
    let target = match form.text("receipts").is_empty() {
        true => query(form, t, words),
        false => named(form, t),
    };
    let read = read_fix(form, CorrectingTexts::of(member.language));
    let (receipts, (change, basis)) = (target?, read?);
    let order = FixOrder {
        receipts,
        change,
        basis,
        by: name_of(member),
        sender: None,
    };
    form.is_fine().then_some(order)
}

fn named(form: &mut Form, t: &RestoringTexts) -> Option<FixTarget> {
    let mut ids = Vec::new();
    let typed = form.text("receipts").to_owned();
    for word in typed.split([' ', ',', ';', '\r', '\n', '\t']) {
        if word.is_empty() {
            continue;
        }
        match word.parse::<Id>() {
            Ok(id) if ids.len() < RECEIPTS_MAX => ids.push(id),
            _ => {
                let word: String = word.chars().take(40).collect();
                form.refuse("receipts", t.bad_receipts.with("id", word));
                return None;
            }
        }
    }
    Some(FixTarget::Ids(ids))
}

fn query(form: &mut Form, t: &RestoringTexts, words: &WordsTexts) -> Option<FixTarget> {
    let from = optional(form, "from", typed::day, words.bad_day);
    let to = optional(form, "to", typed::day, words.bad_day);
    let account = optional(form, "account", |it| it.parse().ok(), words.bad_account);
    let total = optional(form, "total", typed::sum, words.bad_money);
    let sign = |it: &str| OperationSign::from_code(it.parse().ok()?).ok();
    let sign = optional(form, "sign", sign, words.choose);
    let of = ReceiptsOf {
        account: account?,
        days: Days {
            from: from?,
            to: to?,
        },
        total: total?,
        sign: sign?,
        ..ReceiptsOf::default()
    };
    // All receipts there ever were would be meant by a form that says nothing.
    if of.account.is_none() && of.days.from.is_none() && of.days.to.is_none() {
        form.refuse("from", t.no_query);
        return None;
    }
    Some(FixTarget::Query(Box::new(of)))
}

/// What may be left out: none when it is wrong, which the form then says.
fn optional<T>(
    form: &mut Form,
    name: &'static str,
    read: impl Fn(&str) -> Option<T>,
    wrong: crate::text::Text,
) -> Option<Option<T>> {
    let text = form.text(name);
    if text.is_empty() {
        return Some(None);
    }
    let value = read(text);
    if value.is_none() {
        form.refuse(name, wrong);
    }
    value.map(Some)
}
