//! Who may log in: list, add, change, log out.

mod one;

use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};
use desk::{Language, NewPerson, Person, Right, Role, Roles, random_password};

use crate::{
    answer::{Answer, render, render_wrong},
    form::Form,
    frame::Frame,
    nav::Place,
    refusal,
    texts::PeopleTexts,
    visit::Member,
};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/people", get(list))
        .route("/people/new", get(show_new).post(add))
        .route("/people/{id}", get(one::show).post(one::save))
        .route("/people/{id}/password", post(one::reset_password))
        .route("/people/{id}/factor", post(one::remove_factor))
        .route("/people/{id}/disable", post(one::disable))
        .route("/people/{id}/enable", post(one::enable))
        .route("/people/{id}/sessions", post(one::end_sessions))
        .route("/people/{id}/sessions/{session}", post(one::end_session))
}

#[derive(Template)]
#[template(path = "people.html")]
struct ListPage {
    frame: Frame,
    t: &'static PeopleTexts,
    people: Vec<Person>,
}

#[derive(Template)]
#[template(path = "people_new.html")]
struct NewPage {
    frame: Frame,
    t: &'static PeopleTexts,
    form: Form,
}

/// A password that is shown this once.
#[derive(Template)]
#[template(path = "people_password.html")]
struct PasswordPage {
    frame: Frame,
    t: &'static PeopleTexts,
    name: String,
    login: String,
    password: String,
    back: String,
}

impl NewPage {
    fn of(member: &Member, form: Form) -> Self {
        let t = PeopleTexts::of(member.language);
        Self {
            frame: member.frame(Place::People, t.add),
            t,
            form,
        }
    }
}

async fn list(member: Member) -> Answer {
    member.needs(Right::People)?;
    let t = PeopleTexts::of(member.language);
    render(&ListPage {
        frame: member.frame(Place::People, t.title),
        t,
        people: member.desk.people()?,
    })
}

async fn show_new(member: Member) -> Answer {
    member.needs(Right::People)?;
    let form = Form::of([("role", Role::Operator.name().to_owned())]);
    render(&NewPage::of(&member, form))
}

async fn add(member: Member, mut form: Form) -> Answer {
    member.needs(Right::People)?;
    let password = random_password()?;
    let new = NewPerson {
        login: form.text("login").to_lowercase(),
        name: form.text("name").to_owned(),
        roles: roles(&form),
        password: String::new(),
        must_change: true,
        language: Language::from_code(form.value("language")).unwrap_or(member.language),
    };
    let (name, login) = (new.name.clone(), new.login.clone());
    let by = member.session().actor();
    match member.desk.add_person(&by, new, &password).await {
        Ok(id) => {
            let back = format!("/people/{id}");
            show_password(&member, (name, login), password, back)
        }
        Err(error) => {
            refusal::tell(&mut form, member.language, error)?;
            render_wrong(&NewPage::of(&member, form))
        }
    }
}

fn show_password(
    member: &Member,
    (name, login): (String, String),
    password: String,
    back: String,
) -> Answer {
    let t = PeopleTexts::of(member.language);
    render(&PasswordPage {
        frame: member.frame(Place::People, t.password_title),
        t,
        name,
        login,
        password,
        back,
    })
}

/// Those that are ticked.
fn roles(form: &Form) -> Roles {
    form.all("role").filter_map(Role::from_name).collect()
}
