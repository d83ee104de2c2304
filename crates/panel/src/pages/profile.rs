//! What everybody keeps for themselves: password, second factor, sessions.

mod factor;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use desk::{PeopleChange, PeopleError, PeopleRefusal, Person};

use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    refusal,
    sessions::{self, Listed},
    texts::ProfileTexts,
    visit::Member,
};

/// Where the own password is changed.
pub(crate) const PASSWORD: &str = "/profile/password";

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/profile", get(show))
        .route(PASSWORD, get(show_password).post(change_password))
        .route("/profile/factor", get(factor::show).post(factor::take))
        .route(
            "/profile/factor/remove",
            get(factor::ask).post(factor::remove),
        )
        .route("/profile/sessions", post(end_others))
        .route("/profile/sessions/{session}", post(end_one))
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Page {
    frame: Frame,
    t: &'static ProfileTexts,
    person: Person,
    sessions: Vec<Listed>,
}

#[derive(Template)]
#[template(path = "profile_password.html")]
struct PasswordPage {
    frame: Frame,
    t: &'static ProfileTexts,
    form: Form,
    must_change: bool,
}

impl PasswordPage {
    fn of(member: &Member, form: Form) -> Self {
        let t = ProfileTexts::of(member.language);
        Self {
            frame: member.frame(Place::Profile, t.password_title),
            t,
            form,
            must_change: member.session().person.must_change,
        }
    }
}

async fn show(member: Member) -> Answer {
    let t = ProfileTexts::of(member.language);
    let session = member.session();
    render(&Page {
        frame: member.frame(Place::Profile, t.title),
        t,
        person: session.person.clone(),
        sessions: sessions::list(&member, session, session.person.id)?,
    })
}

async fn show_password(member: Member) -> Answer {
    render(&PasswordPage::of(&member, Form::default()))
}

async fn change_password(member: Member, mut form: Form) -> Answer {
    let (old, new) = (form.value("old"), form.value("password"));
    let t = ProfileTexts::of(member.language);
    if new != form.value("again") {
        form.refuse("again", t.differ);
    } else if new == old {
        form.refuse("password", t.same);
    } else {
        let changed = member.desk.change_own_password(member.session(), old, new);
        match changed.await {
            Ok(()) => return Ok(done("/profile", Notice::PasswordChanged)),
            Err(error) => refusal::tell(&mut form, member.language, error)?,
        }
    }
    render_wrong(&PasswordPage::of(&member, form))
}

async fn end_others(member: Member) -> Answer {
    let session = member.session();
    let change = PeopleChange::EndSessions {
        person: session.person.id,
        keep: Some(session.id),
    };
    end(&member, change).await
}

async fn end_one(member: Member, Path(session): Path<String>) -> Answer {
    let change = PeopleChange::EndSession {
        person: member.session().person.id,
        session: session.parse().map_err(|_| Failure::NotFound)?,
    };
    end(&member, change).await
}

async fn end(member: &Member, change: PeopleChange) -> Answer {
    let by = member.session().actor();
    match member.desk.change_people(&by, change).await {
        // One that is not there any more is as well ended.
        Ok(_) | Err(PeopleError::Refused(PeopleRefusal::UnknownSession(_))) => {
            Ok(done("/profile", Notice::SessionsEnded))
        }
        Err(error) => Err(error.into()),
    }
}
