//! What stands before every page and behind it: who asks, whether a form is ours, and the headers
//! that keep a page to itself.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::{self, Body},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use desk::{Desk, DeskError, Language, Visitor, files::FILE_MAX};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    answer::Notice,
    cookies::{self, Life, cookie, set_cookie},
    failure::Failure,
    form::Form,
    pages::failure_page,
    visit::{Known, Theme, Visit},
};

/// The largest form without a file, bytes.
const FORM_MAX: usize = 256 * 1_024;
/// The field of a form, and the header of a script's request, that shows the token.
const TOKEN_FIELD: &str = "csrf";
const TOKEN_HEADER: &str = "x-csrf-token";
/// Scripts, styles and pictures of our own, and nothing else; no frames, and forms only to us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Whether the client speaks TLS, with us or with a trusted proxy: an extension of requests. Without
/// it nobody knows, and it is taken for no.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OverTls(pub bool);

/// Finds out who asks, lets no form through that is not ours, and makes pages of failures.
pub(crate) async fn guard(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (visit, new_door) = match visit(desk, &parts).await {
        Ok(found) => found,
        Err(error) => return Failure::from(error).into_response(),
    };
    let response = match admitted(&visit, parts, body).await {
        Ok(mut request) => {
            request.extensions_mut().insert(visit.clone());
            next.run(request).await
        }
        Err(failure) => failure.into_response(),
    };
    with_cookies(told(&visit, response), &visit, new_door.as_deref())
}

/// Gives every answer of the panel its headers.
pub(crate) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    protect_headers(response.headers_mut());
    response
}

/// The page of a failure where no page of ours was asked for.
pub(crate) async fn failed(desk: Desk, parts: &Parts, failure: &Failure) -> Response {
    let mut response = match visit(desk, parts).await {
        Ok((visit, new_door)) => {
            let page = failure_page(&visit, failure);
            with_cookies(page, &visit, new_door.as_deref())
        }
        Err(error) => Failure::from(error).into_response(),
    };
    protect_headers(response.headers_mut());
    response
}

/// Who asks, and what is given at the door to somebody who has nothing yet.
async fn visit(desk: Desk, parts: &Parts) -> Result<(Visit, Option<String>), DeskError> {
    let (seed, new_door) = match seed(&parts.headers) {
        Some(seed) => (seed, None),
        None => {
            let door = desk::random_password()?;
            (door.clone(), Some(door))
        }
    };
    let known = known(desk, parts, &seed).await?;
    Ok((Visit(Arc::new(known)), new_door))
}

/// A page in the place of a failure; cookies that were set stay.
fn told(visit: &Visit, mut response: Response) -> Response {
    let Some(failure) = response.extensions_mut().remove::<Failure>() else {
        return response;
    };
    let mut page = failure_page(visit, &failure);
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        page.headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    page
}

fn with_cookies(mut response: Response, visit: &Visit, new_door: Option<&str>) -> Response {
    let mut set = |name, value: &str, life| {
        let cookie = set_cookie(name, value, life, visit.over_tls);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    };
    if let Some(door) = new_door {
        set(cookies::DOOR, door, Life::Browser);
    }
    if visit.notice.is_some() {
        set(cookies::NOTICE, "", Life::Seconds(0));
    }
    response
}

fn protect_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages hold what only this person may see; files of our own say otherwise themselves.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// What the token of forms is made of: the session's token, or what was given at the door.
fn seed(headers: &HeaderMap) -> Option<String> {
    let session = cookie(headers, cookies::SESSION).filter(|it| !it.is_empty());
    let seed = session.or_else(|| cookie(headers, cookies::DOOR).filter(|it| !it.is_empty()));
    seed.map(str::to_owned)
}

async fn known(desk: Desk, parts: &Parts, seed: &str) -> Result<Known, DeskError> {
    let headers = &parts.headers;
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(peer)| peer.ip());
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    let session = match cookie(headers, cookies::SESSION) {
        Some(token) => desk.session(token, address)?,
        None => None,
    };
    let person = session.as_ref().map(|session| &session.person);
    let language = match person {
        Some(person) => person.language,
        None => language(headers, desk.setup().people.language),
    };
    let theme = cookie(headers, cookies::THEME).and_then(Theme::from_name);
    let notice = cookie(headers, cookies::NOTICE).and_then(Notice::from_name);
    let over_tls = parts.extensions.get::<OverTls>();
    let emulated = desk.is_emulated().await?;
    let query = parts.uri.query().unwrap_or_default();
    Ok(Known {
        language,
        theme: theme.unwrap_or_default(),
        visitor: Visitor {
            address,
            agent: agent.unwrap_or_default().to_owned(),
        },
        session,
        csrf: token_of(seed),
        over_tls: over_tls.is_some_and(|OverTls(tls)| *tls),
        path: parts
            .uri
            .path_and_query()
            .map_or("/", |it| it.as_str())
            .to_owned(),
        query: Form::read(query.as_bytes()).unwrap_or_default(),
        notice: notice.filter(|_| parts.method == Method::GET),
        emulated,
        desk,
    })
}

/// What was chosen, or what the browser asks for, or what the configuration says.
fn language(headers: &HeaderMap, default: Language) -> Language {
    let chosen = cookie(headers, cookies::LANGUAGE).and_then(Language::from_code);
    let asked = || {
        let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        let codes = accepted.split(',').map(|it| it.split([';', '-']).next());
        codes
            .flatten()
            .find_map(|code| Language::from_code(code.trim()))
    };
    chosen.or_else(asked).unwrap_or(default)
}

/// Lets a request through that changes nothing, or that is a form of ours; the form is read then.
async fn admitted(visit: &Visit, mut parts: Parts, body: Body) -> Result<Request, Failure> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(Request::from_parts(parts, body));
    }
    if !is_from_here(&parts.headers, &parts.uri) {
        return Err(Failure::NotOurs);
    }
    let is_ours = |token: &str| bool::from(token.as_bytes().ct_eq(visit.csrf.as_bytes()));
    if let Some(token) = parts.headers.get(TOKEN_HEADER) {
        return match is_ours(token.to_str().unwrap_or_default()) {
            true => Ok(Request::from_parts(parts, body)),
            false => Err(Failure::NotOurs),
        };
    }
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let has_file = kind.starts_with("multipart/form-data") && crate::takes_files(parts.uri.path());
    let form = if has_file && visit.session.is_some() {
        let request = Request::from_parts(parts.clone(), body);
        let form = Form::read_with_file(request, FILE_MAX + FORM_MAX).await;
        form.ok_or(Failure::BadForm)?
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        let bytes = body::to_bytes(body, FORM_MAX).await;
        let bytes = bytes.map_err(|_| Failure::TooLarge)?;
        Form::read(&bytes).ok_or(Failure::BadForm)?
    } else {
        return Err(Failure::NotOurs);
    };
    if !is_ours(form.value(TOKEN_FIELD)) {
        return Err(Failure::NotOurs);
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether the browser says that a page of this site has sent it; those that say nothing show the
/// token all the same.
fn is_from_here(headers: &HeaderMap, uri: &Uri) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = header(header::ORIGIN) else {
        return true;
    };
    let host = header(header::HOST).or(uri.host());
    let named = origin.split_once("://").map(|(_, named)| named);
    named.is_some() && named == host
}

fn token_of(seed: &str) -> String {
    let hash = Sha256::digest(format!("form of the panel: {seed}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn a_form_of_another_site_is_known_by_what_the_browser_says() {
        let uri = Uri::from_static("/people");
        for (pairs, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://a.ru"), ("host", "a.ru")], true),
            (&[("origin", "https://a.ru:1"), ("host", "a.ru:1")], true),
            (&[("origin", "https://b.ru"), ("host", "a.ru")], false),
            (&[("origin", "null"), ("host", "a.ru")], false),
            (&[("origin", "https://a.ru")], false),
        ] {
            assert_eq!(is_from_here(&headers(pairs), &uri), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_language_is_the_chosen_one_or_the_browsers_or_the_default() {
        let default = Language::Ru;
        for (pairs, expected) in [
            (&[][..], Language::Ru),
            (&[("accept-language", "de, en-GB;q=0.8, ru")], Language::En),
            (&[("accept-language", "de")], Language::Ru),
            (
                &[
                    ("accept-language", "en"),
                    ("cookie", "kassette_language=ru"),
                ],
                Language::Ru,
            ),
        ] {
            assert_eq!(language(&headers(pairs), default), expected, "{pairs:?}");
        }
    }
}
