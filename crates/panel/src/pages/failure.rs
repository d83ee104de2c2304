use askama::Template;
use axum::response::{IntoResponse as _, Response};

use crate::{
    answer::render, failure::Failure, frame::Frame, nav::Place, texts::FailureTexts, visit::Visit,
};

#[derive(Template)]
#[template(path = "failure.html")]
struct Page {
    frame: Frame,
    t: &'static FailureTexts,
    remedy: String,
}

/// Tells somebody of a failure.
pub(crate) fn failure_page(visit: &Visit, failure: &Failure) -> Response {
    let (what, remedy) = failure.words(visit.language);
    let place = match &visit.session {
        Some(_) => Place::Profile,
        None => Place::Outside,
    };
    let page = Page {
        frame: visit.frame(place, what),
        t: FailureTexts::of(visit.language),
        remedy,
    };
    let status = failure.status();
    match render(&page) {
        Ok(page) => (status, page).into_response(),
        // There is nothing that could be shown.
        Err(_) => status.into_response(),
    }
}
