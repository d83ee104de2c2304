use askama::Template;
use axum::Extension;
use desk::{LostOrder, Right};
use terms::LocalDate;

use super::{Made, name_of, tell};
use crate::{
    address::Asked,
    answer::{Answer, Notice, done, render, render_wrong},
    change::{Offers, read_reason},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    order::{key_of, new_key},
    texts::{CorrectingTexts, RestoringTexts, WordsTexts},
    typed,
    visit::Member,
};

/// Where registries are sent: the guard lets larger bodies through here.
pub(crate) const PATH: &str = "/restoring/lost";

#[derive(Template)]
#[template(path = "restoring_lost.html")]
struct Page {
    frame: Frame,
    t: &'static RestoringTexts,
    c: &'static CorrectingTexts,
    form: Form,
    offers: Offers,
}

impl Page {
    fn of(member: &Member, form: Form) -> Self {
        let t = RestoringTexts::of(member.language);
        let c = CorrectingTexts::of(member.language);
        Self {
            frame: Frame {
                scripts: vec!["drop.js"],
                ..member.frame(Place::Restoring, t.lost_title)
            },
            t,
            c,
            form,
            offers: Offers::of([], c),
        }
    }
}

/// The days may be said in the address: a reconciliation leads here.
pub(super) async fn show(member: Member, asked: Asked) -> Answer {
    member.needs(Right::Restore)?;
    let form = Form::of([
        ("key", new_key()?),
        ("reason", "lost_source".to_owned()),
        ("from", asked.text("from").to_owned()),
        ("to", asked.text("to").to_owned()),
    ]);
    render(&Page::of(&member, form))
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
        return render_wrong(&Page::of(&member, form));
    };
    let desk = member.desk.clone();
    match made
        .once(key, async move { desk.plan_lost(order).await })
        .await
    {
        Ok((id, is_new)) => {
            if is_new {
                let by = member.session().actor();
                let days = format!("{} – {}", form.text("from"), form.text("to"));
                let noted = member.desk.note_act(&by, "restoration_made", id, days);
                noted.await?;
            }
            Ok(done(&format!("/restoring/{id}"), Notice::Added))
        }
        Err(error) => {
            tell(&mut form, error, t)?;
            render_wrong(&Page::of(&member, form))
        }
    }
}

fn order(member: &Member, form: &mut Form) -> Option<LostOrder> {
    let t = RestoringTexts::of(member.language);
    let words = WordsTexts::of(member.language);
    let files = form.take_files();
    if files.is_empty() {
        form.refuse("file", t.no_files);
    }
    let mut day = |name: &'static str| -> Option<LocalDate> {
        let day = typed::day(form.text(name));
        if day.is_none() {
            form.refuse(name, words.bad_day);
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    let basis = read_reason(form, CorrectingTexts::of(member.language));
    let order = LostOrder {
        from: from?,
        to: to?,
        files,
        profile: None,
        basis: basis?,
        by: name_of(member),
        sender: None,
    };
    form.is_fine().then_some(order)
}
