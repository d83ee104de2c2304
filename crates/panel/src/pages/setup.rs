//! The first start: the first administrator is made, proved by the code that the server has printed.

use askama::Template;
use axum::{Router, routing::get};
use desk::{Entered, PeopleError};

use super::{login::inside, start};
use crate::{
    answer::{Answer, render, render_wrong, see_other},
    form::Form,
    frame::Frame,
    nav::Place,
    refusal,
    texts::SetupTexts,
    visit::Visit,
};

/// Where the first administrator is led, logged in.
const NEXT: &str = start::PATH;

pub(crate) fn routes() -> Router {
    Router::new().route("/setup", get(show).post(create))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Page {
    frame: Frame,
    t: &'static SetupTexts,
    form: Form,
}

impl Page {
    fn of(visit: &Visit, form: Form) -> Self {
        let t = SetupTexts::of(visit.language);
        Self {
            frame: visit.frame(Place::Outside, t.title),
            t,
            form,
        }
    }
}

async fn show(visit: Visit) -> Answer {
    match visit.desk.has_people()? {
        true => Ok(see_other(NEXT)),
        false => render(&Page::of(&visit, Form::default())),
    }
}

async fn create(visit: Visit, mut form: Form) -> Answer {
    if visit.desk.has_people()? {
        return Ok(see_other(NEXT));
    }
    let t = SetupTexts::of(visit.language);
    if form.value("password") != form.value("again") {
        form.refuse("again", t.differ);
        return render_wrong(&Page::of(&visit, form));
    }
    let (code, login, name) = (form.text("code"), form.text("login"), form.text("name"));
    let password = form.value("password");
    let (desk, visitor) = (&visit.desk, &visit.visitor);
    match desk.add_first(code, (login, name), password, visitor).await {
        Ok(_) => match desk.log_in(login, password, visitor).await {
            Ok(Entered::In(logged_in)) => Ok(inside(&visit, &logged_in.token, NEXT)),
            _ => Ok(see_other("/login")),
        },
        Err(PeopleError::WrongSetupCode) => {
            form.refuse("code", t.code_wrong);
            render_wrong(&Page::of(&visit, form))
        }
        Err(error) => {
            refusal::tell(&mut form, visit.language, error)?;
            render_wrong(&Page::of(&visit, form))
        }
    }
}
