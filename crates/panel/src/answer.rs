//! What handlers give.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use crate::{
    cookies::{self, Life, set_cookie},
    failure::Failure,
    text::Text,
    texts::NoticeTexts,
};

/// What a handler gives.
pub(crate) type Answer = Result<Response, Failure>;

/// A page.
pub(crate) fn render(page: &impl Template) -> Answer {
    Ok(Html(page.render()?).into_response())
}

/// A page again, as something in its form is wrong.
pub(crate) fn render_wrong(page: &impl Template) -> Answer {
    let mut response = render(page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Leads to another page after something was done; to the first one if the path is not of this site.
pub(crate) fn see_other(path: &str) -> Response {
    let path = local_path(path).unwrap_or("/");
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}

/// The same, and the next page says that it was done.
pub(crate) fn done(path: &str, notice: Notice) -> Response {
    let mut response = see_other(path);
    // It says nothing secret, so it is the same over TLS and without.
    let cookie = set_cookie(cookies::NOTICE, notice.name(), Life::Seconds(60), false);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// A path of this site, or nothing: who follows a link to us must not land elsewhere.
pub(crate) fn local_path(path: &str) -> Option<&str> {
    let is_plain = path.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    let is_local = path.starts_with('/') && !path.starts_with("//");
    (is_plain && is_local).then_some(path)
}

/// What was done, said once on the next page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Notice {
    /// A change is stored.
    Saved,
    /// Somebody was added.
    Added,
    /// An operation is accepted.
    Accepted,
    /// An operation is taken back.
    Cancelled,
    /// A file is loaded.
    Loaded,
    /// A letter will be sent again.
    Replayed,
    /// A password was changed.
    PasswordChanged,
    /// Sessions were ended.
    SessionsEnded,
    /// An order is journaled.
    Ordered,
    /// Somebody has logged out.
    LoggedOut,
    /// Logging in has to begin anew.
    StartAgain,
}

impl Notice {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Saved, "saved"),
        (Self::Added, "added"),
        (Self::Accepted, "accepted"),
        (Self::Cancelled, "cancelled"),
        (Self::Loaded, "loaded"),
        (Self::Replayed, "replayed"),
        (Self::PasswordChanged, "password-changed"),
        (Self::SessionsEnded, "sessions-ended"),
        (Self::Ordered, "ordered"),
        (Self::LoggedOut, "logged-out"),
        (Self::StartAgain, "start-again"),
    ];

    fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(notice, _)| *notice == self);
        found.map_or("", |(_, name)| name)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(notice, _)| *notice)
    }

    pub(crate) const fn text(self, t: &NoticeTexts) -> Text {
        match self {
            Self::Saved => t.saved,
            Self::Added => t.added,
            Self::Accepted => t.accepted,
            Self::Cancelled => t.cancelled,
            Self::Loaded => t.loaded,
            Self::Replayed => t.replayed,
            Self::PasswordChanged => t.password_changed,
            Self::SessionsEnded => t.sessions_ended,
            Self::Ordered => t.ordered,
            Self::LoggedOut => t.logged_out,
            Self::StartAgain => t.start_again,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for path in ["/", "/people?after=5", "/a%20b"] {
            assert_eq!(local_path(path), Some(path));
        }
        for path in [
            "",
            "people",
            "//example.ru",
            "/\\example.ru",
            "https://example.ru",
            "/a\r\nb",
            "/я",
        ] {
            assert_eq!(local_path(path), None, "{path:?}");
        }
    }
}
