//! Who may come in: logins, tokens and groups (ATOL Online protocol §2).

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, StatusCode, Uri, request::Parts},
};
use desk::{KeyIdentity, KeyRefusal, Scope};
use serde_json::Value;

use super::{
    answer::Fault,
    fields::{Fields, Reading},
    router::Face,
    setup::{Group, Protocol},
    stamp, token,
    token::BadToken,
};

/// The longest login and password, characters.
const CREDENTIAL_MAX: usize = 100;

/// A login as it was sent.
pub(super) struct Login {
    name: String,
    secret: String,
}

impl Login {
    /// Reads the body of `POST getToken`, or the query of `GET getToken` as an object.
    pub(super) fn read(body: &Value) -> Result<Self, Fault> {
        let reading = Reading {
            strict: false,
            numeric_strings: false,
            string_seen: false.into(),
        };
        let read = || {
            let fields = Fields::of(body, "", &reading)?;
            let login = Self {
                name: fields.required_text("login", CREDENTIAL_MAX)?.to_owned(),
                secret: fields.required_text("pass", CREDENTIAL_MAX)?.to_owned(),
            };
            if login.name.contains(char::is_whitespace) {
                return Err(fields.fault("login", "it has no blanks"));
            }
            let source = fields.text("source", CREDENTIAL_MAX)?.unwrap_or_default();
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-@.".contains(&byte);
            if !source.bytes().all(is_letter) {
                return Err(fields.fault("source", "it has latin letters, digits, _ - @ . only"));
            }
            Ok(login)
        };
        read().map_err(|fault: Fault| Fault::bad_login(fault.into_text()))
    }

    /// A token for its holder, who comes from this address.
    pub(super) fn token(self, face: &Face, from: Option<IpAddr>) -> Result<String, Fault> {
        let Some(holder) = face.desk.key_holder(&self.name, &self.secret) else {
            return Err(match face.desk.stranger(from) {
                KeyRefusal::Unknown => Fault::wrong_login("wrong login or password"),
                refusal => not_admitted(&refusal),
            });
        };
        let admitted = face.desk.admit(&holder, from);
        admitted.map_err(|refusal| not_admitted(&refusal))?;
        let secret = &face.setup.token_secret;
        Ok(token::issue(secret, holder.id, stamp::unix_seconds()))
    }
}

/// The holder of a key, or a stranger, may not come in now or from there.
fn not_admitted(refusal: &KeyRefusal) -> Fault {
    let fault = Fault::blocked(refusal.to_string());
    match refusal.retry_after() {
        Some(_) => fault.with_http(StatusCode::TOO_MANY_REQUESTS),
        None => fault,
    }
}

/// What a request shows before its body.
pub(super) struct Visitor {
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
    /// Where it comes from, if whoever listens tells.
    pub(super) from: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.uri, &parts.extensions))
    }
}

impl Visitor {
    pub(super) fn of(headers: &HeaderMap, uri: &Uri, extensions: &axum::http::Extensions) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        Self {
            headers: headers.clone(),
            uri: uri.clone(),
            from: peer.map(|ConnectInfo(peer)| peer.ip()),
        }
    }

    /// Who shows a valid token: in the header `Token`, or as `token` or `tokenid` of the query.
    pub(super) fn holder(&self, face: &Face) -> Result<KeyIdentity, Fault> {
        let shown = match self.headers.get("token") {
            Some(header) => header.to_str().ok().map(str::to_owned),
            None => parameter(&self.uri, "token").or_else(|| parameter(&self.uri, "tokenid")),
        };
        let shown = shown.filter(|text| !text.is_empty());
        let shown = shown.ok_or_else(|| Fault::missing_token("show a token: see getToken"))?;
        let unknown = || Fault::missing_token("the token is not known: see getToken");
        let secret = &face.setup.token_secret;
        let key = token::read(secret, &shown, stamp::unix_seconds()).map_err(|bad| match bad {
            BadToken::Unknown => unknown(),
            BadToken::Expired => Fault::expired_token("the token has expired: see getToken"),
        })?;
        // The key may have been revoked since.
        let holder = face.desk.key_by_id(key).ok_or_else(unknown)?;
        let admitted = face.desk.admit(&holder, self.from);
        admitted.map_err(|refusal| not_admitted(&refusal))?;
        Ok(holder)
    }
}

/// A parameter of the query.
pub(super) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    query(uri)
        .into_iter()
        .find(|(it, _)| it == name)
        .map(|(_, value)| value)
}

/// The query, decoded; what cannot be is left out.
pub(super) fn query(uri: &Uri) -> Vec<(String, String)> {
    axum::extract::Query::try_from_uri(uri).map_or_else(|_| Vec::new(), |query| query.0)
}

/// The group of this code, if the holder may use it and it works by this version.
pub(super) fn group<'a>(
    face: &'a Face,
    code: &str,
    holder: &KeyIdentity,
    protocol: Protocol,
) -> Result<&'a Group, Fault> {
    let may_use = |group: &Group| group.keys.is_empty() || group.keys.contains(&holder.name);
    let group = face.setup.groups.iter().find(|group| group.code == code);
    let group = group
        .filter(|group| may_use(group))
        .ok_or_else(|| Fault::foreign_group("this login has no such group"))?;
    check_protocol(face, protocol)?;
    Ok(group)
}

/// The organisation's drives work by one version of the format, and so by one of the protocol.
pub(super) fn check_protocol(face: &Face, protocol: Protocol) -> Result<(), Fault> {
    let ffd = face.desk.setup().ffd();
    let own = Protocol::of(ffd);
    if own == protocol {
        return Ok(());
    }
    Err(Fault::other_protocol(format!(
        "the registers work by ФФД {ffd}: use the path of {}",
        own.name()
    )))
}

/// Whether the holder's key has one of these scopes.
pub(super) fn check_scope(holder: &KeyIdentity, scopes: &[Scope]) -> Result<(), Fault> {
    if holder.scopes.contains_any(scopes) {
        return Ok(());
    }
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    let names = names.join("» or «");
    Err(Fault::blocked(format!(
        "this needs a key with the scope «{names}»; that of this login has {}",
        holder.scopes
    )))
}
