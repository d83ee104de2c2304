//! The door: in and out.

use askama::Template;
use axum::{
    Router,
    http::header,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use desk::{Entered, LoginError};

use crate::{
    answer::{Answer, Notice, done, local_path, render, render_wrong, see_other},
    cookies::{self, Life, cookie, set_cookie},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    texts::LoginTexts,
    visit::{Member, Visit},
};

/// Where one logs out.
pub(crate) const LEAVE: &str = "/logout";
/// How long the ticket of somebody is kept whose second factor is still to come, seconds.
const TICKET_LIFE: u32 = 5 * 60;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/login", get(show).post(enter))
        .route("/login/code", get(show_code).post(enter_code))
        .route(LEAVE, post(leave))
}

/// The door that leads on to a path.
pub(crate) fn door_to(path: &str) -> String {
    match path {
        "/" => "/login".to_owned(),
        _ => format!("/login?next={}", encoded(path)),
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct Page {
    frame: Frame,
    t: &'static LoginTexts,
    form: Form,
}

#[derive(Template)]
#[template(path = "login_code.html")]
struct CodePage {
    frame: Frame,
    t: &'static LoginTexts,
    form: Form,
}

impl Page {
    fn of(visit: &Visit, form: Form) -> Self {
        let t = LoginTexts::of(visit.language);
        Self {
            frame: visit.frame(Place::Outside, t.title),
            t,
            form,
        }
    }
}

impl CodePage {
    fn of(visit: &Visit, form: Form) -> Self {
        let t = LoginTexts::of(visit.language);
        Self {
            frame: visit.frame(Place::Outside, t.code_title),
            t,
            form,
        }
    }
}

async fn show(visit: Visit) -> Answer {
    let next = local_path(visit.query.value("next")).unwrap_or("/");
    if visit.session.is_some() {
        return Ok(see_other(next));
    }
    if !visit.desk.has_people()? {
        return Ok(see_other("/setup"));
    }
    let form = Form::of([("next", next.to_owned())]);
    render(&Page::of(&visit, form))
}

async fn enter(visit: Visit, mut form: Form) -> Answer {
    let (login, password) = (form.text("login"), form.value("password"));
    let entered = visit.desk.log_in(login, password, &visit.visitor).await;
    let t = LoginTexts::of(visit.language);
    match entered {
        Ok(Entered::In(logged_in)) => Ok(inside(&visit, &logged_in.token, form.value("next"))),
        Ok(Entered::CodeNeeded(ticket)) => {
            let next = local_path(form.value("next")).unwrap_or("/");
            let mut response = see_other(&format!("/login/code?next={}", encoded(next)));
            let life = Life::Seconds(TICKET_LIFE);
            let ticket = set_cookie(cookies::TICKET, &ticket, life, visit.over_tls);
            response.headers_mut().append(header::SET_COOKIE, ticket);
            Ok(response)
        }
        Err(error) => {
            form.refuse("", words(t, error)?);
            render_wrong(&Page::of(&visit, form))
        }
    }
}

async fn show_code(visit: Visit) -> Answer {
    let form = Form::of([("next", visit.query.value("next").to_owned())]);
    render(&CodePage::of(&visit, form))
}

async fn enter_code(visit: Visit, headers: axum::http::HeaderMap, mut form: Form) -> Answer {
    let ticket = cookie(&headers, cookies::TICKET).unwrap_or_default();
    let code = form.text("code");
    let entered = visit
        .desk
        .log_in_with_code(ticket, code, &visit.visitor)
        .await;
    match entered {
        Ok(logged_in) => Ok(inside(&visit, &logged_in.token, form.value("next"))),
        Err(LoginError::StartAgain) => Ok(done("/login", Notice::StartAgain)),
        Err(error) => {
            form.refuse("code", words(LoginTexts::of(visit.language), error)?);
            render_wrong(&CodePage::of(&visit, form))
        }
    }
}

async fn leave(member: Member) -> Answer {
    member.desk.log_out(member.session()).await?;
    let mut response = done("/login", Notice::LoggedOut);
    let gone = set_cookie(cookies::SESSION, "", Life::Seconds(0), member.over_tls);
    response.headers_mut().append(header::SET_COOKIE, gone);
    Ok(response)
}

/// Lets somebody in and leads on.
pub(crate) fn inside(visit: &Visit, token: &str, next: &str) -> Response {
    let mut response = see_other(next).into_response();
    for (name, value, life) in [
        (cookies::SESSION, token, Life::Browser),
        (cookies::DOOR, "", Life::Seconds(0)),
        (cookies::TICKET, "", Life::Seconds(0)),
    ] {
        let cookie = set_cookie(name, value, life, visit.over_tls);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What is said of an error that is the visitor's.
fn words(t: &LoginTexts, error: LoginError) -> Result<String, Failure> {
    Ok(match error {
        LoginError::Wrong | LoginError::StartAgain => t.wrong.into(),
        LoginError::WrongCode => t.code_wrong.into(),
        LoginError::Locked { wait } => t.locked.with("wait", wait.as_secs() + 1).into(),
        LoginError::Desk(error) => return Err(error.into()),
    })
}

/// A path as the value of a query.
pub(crate) fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let letters = path.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    letters.collect()
}
