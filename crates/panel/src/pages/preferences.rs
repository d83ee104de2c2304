//! Language and theme, for everybody.

use axum::{Router, http::header, response::Response, routing::post};
use desk::{Language, PeopleChange};

use crate::{
    answer::{Answer, see_other},
    cookies::{self, Life, set_cookie},
    failure::Failure,
    form::Form,
    visit::{Theme, Visit},
};

/// A year.
const KEPT: Life = Life::Seconds(365 * 24 * 60 * 60);

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/preferences/language", post(language))
        .route("/preferences/theme", post(theme))
}

async fn language(visit: Visit, form: Form) -> Answer {
    let language = Language::from_code(form.value("language")).ok_or(Failure::BadForm)?;
    if let Some(session) = &visit.session {
        let change = PeopleChange::SetLanguage {
            person: session.person.id,
            language,
        };
        visit.desk.change_people(&session.actor(), change).await?;
    }
    Ok(chosen(&visit, &form, cookies::LANGUAGE, language.code()))
}

async fn theme(visit: Visit, form: Form) -> Answer {
    let theme = Theme::from_name(form.value("theme")).ok_or(Failure::BadForm)?;
    Ok(chosen(&visit, &form, cookies::THEME, theme.name()))
}

fn chosen(visit: &Visit, form: &Form, name: &str, value: &str) -> Response {
    let mut response = see_other(form.value("back"));
    let cookie = set_cookie(name, value, KEPT, visit.over_tls);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}
