//! Who is asking.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use desk::{Desk, Language, Right, Session, Visitor};

use crate::{
    answer::{Notice, see_other},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    pages::{login, profile, start},
    program::{Program, Stage},
    speech::Speech,
};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Theme {
    /// As the device is.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// What is known of a request before a page looks at it. Made once, by [`guard`](crate::guard).
pub(crate) struct Known {
    pub(crate) desk: Desk,
    pub(crate) language: Language,
    pub(crate) theme: Theme,
    pub(crate) visitor: Visitor,
    pub(crate) session: Option<Session>,
    /// What forms have to show.
    pub(crate) csrf: String,
    pub(crate) over_tls: bool,
    /// Path and query.
    pub(crate) path: String,
    /// What the query says, as a form.
    pub(crate) query: Form,
    pub(crate) notice: Option<Notice>,
    /// Whether documents have no legal force.
    pub(crate) emulated: bool,
    /// The program round the panel, where it can be asked.
    pub(crate) program: Option<Arc<dyn Program>>,
}

/// A request, whoever sends it.
#[derive(Clone)]
pub(crate) struct Visit(pub(crate) Arc<Known>);

/// A request of somebody who is logged in.
pub(crate) struct Member {
    visit: Visit,
    session: Session,
}

impl Deref for Visit {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.0
    }
}

impl Deref for Member {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Known {
    /// How far the program is.
    pub(crate) fn stage(&self) -> Stage {
        let program = self.program.as_ref();
        program.map_or(Stage::Serving, |program| program.stage())
    }

    /// How numbers and time are written.
    pub(crate) fn speech(&self) -> Speech {
        Speech {
            language: self.language,
            clock: self.desk.clock(),
        }
    }

    /// What surrounds a page at this place, with this title.
    pub(crate) fn frame(&self, place: Place, title: impl Into<String>) -> Frame {
        Frame::of(self, place, title.into())
    }
}

impl Member {
    /// Who.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Lets only those go on who have this right.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for the others.
    pub(crate) fn needs(&self, right: Right) -> Result<(), Failure> {
        match self.session.may(right) {
            true => Ok(()),
            false => Err(Failure::Forbidden),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        // The guard stands before every page.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Failure::Internal)
    }
}

/// Whoever is not logged in is led to the door; whose password was set by somebody else, to the
/// page where it is changed.
impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, state).await;
        let visit = visit.map_err(IntoResponse::into_response)?;
        let Some(session) = visit.session.clone() else {
            let is_new = visit.desk.has_people().map(|has| !has);
            return Err(match is_new {
                Ok(true) => see_other("/setup"),
                Ok(false) => see_other(&login::door_to(&visit.path)),
                Err(error) => Failure::from(error).into_response(),
            });
        };
        let is_allowed = [profile::PASSWORD, login::LEAVE].contains(&parts.uri.path());
        if session.person.must_change && !is_allowed {
            return Err(see_other(profile::PASSWORD));
        }
        if visit.stage() == Stage::FirstRun && !start::is_open_at_first(parts.uri.path()) {
            return Err(see_other(start::PATH));
        }
        Ok(Self { visit, session })
    }
}
