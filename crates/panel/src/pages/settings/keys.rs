//! Keys of the HTTP interface: as `kassette key`.

use askama::Template;
use axum::http::HeaderMap;
use desk::{DeskError, KeyRow, Right, Scope};

use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    pages::start::note,
    speech::Speech,
    text::Text,
    texts::SettingsTexts,
    visit::Member,
};

const PATH: &str = "/settings/keys";

#[derive(Template)]
#[template(path = "settings_keys.html")]
struct Page {
    frame: Frame,
    t: &'static SettingsTexts,
    form: Form,
    keys: Vec<Key>,
}

/// A key as a row.
struct Key {
    name: String,
    comment: String,
    scopes: String,
    state: Text,
    mood: &'static str,
    used: Option<String>,
    is_valid: bool,
}

/// A secret that is shown this once, with a call that proves it.
#[derive(Template)]
#[template(path = "settings_secret.html")]
struct SecretPage {
    frame: Frame,
    t: &'static SettingsTexts,
    secret: String,
    curl: String,
}

impl SettingsTexts {
    /// What the holder of a key may do.
    pub(crate) const fn scope(&self, scope: &Scope) -> Text {
        match scope {
            Scope::Read => self.scope_read,
            Scope::Push => self.scope_push,
            Scope::Correct => self.scope_correct,
            Scope::Admin => self.scope_admin,
        }
    }
}

pub(super) async fn list(member: Member) -> Answer {
    member.needs(Right::Integrate)?;
    let form = Form::of([
        ("scope", Scope::Read.name().to_owned()),
        ("scope", Scope::Push.name().to_owned()),
    ]);
    render(&page(&member, form).await?)
}

pub(super) async fn make(member: Member, headers: HeaderMap, mut form: Form) -> Answer {
    member.needs(Right::Integrate)?;
    let t = SettingsTexts::of(member.language);
    let (name, comment) = (
        form.text("name").to_owned(),
        form.text("comment").to_owned(),
    );
    let scopes: Vec<Scope> = form.all("scope").filter_map(Scope::from_name).collect();
    if scopes.is_empty() {
        form.refuse("scope", t.key_scopes_none);
        return render_wrong(&page(&member, form).await?);
    }
    match member.desk.add_key(&name, scopes, &comment).await {
        Ok(secret) => {
            note(&member, "key_made", &name).await?;
            let url = own_url(&member, &headers);
            let curl = format!("curl -H 'Authorization: Bearer {secret}' {url}/v1/cassette");
            render(&SecretPage {
                frame: member.frame(Place::Settings, t.secret_title),
                t,
                secret,
                curl,
            })
        }
        Err(DeskError::Journal(error)) => {
            form.refuse("name", t.key_refused.with("why", error));
            render_wrong(&page(&member, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn revoke(member: Member, form: Form) -> Answer {
    member.needs(Right::Integrate)?;
    let name = form.value("name");
    if member.desk.revoke_key(name).await? {
        note(&member, "key_revoked", name).await?;
    }
    Ok(done(PATH, Notice::Saved))
}

async fn page(member: &Member, form: Form) -> Result<Page, Failure> {
    let t = SettingsTexts::of(member.language);
    let (speech, now) = (member.speech(), member.desk.clock().unix_ms());
    let keys = member.desk.keys().await?;
    Ok(Page {
        frame: member.frame(Place::Settings, t.keys),
        t,
        form,
        keys: keys
            .iter()
            .map(|row| Key::of(row, t, speech, now))
            .collect(),
    })
}

impl Key {
    fn of(row: &KeyRow, t: &SettingsTexts, speech: Speech, now: i64) -> Self {
        let (state, mood) = if row.revoked_at.is_some() {
            (t.key_revoked, "idle")
        } else if row.expires_at.is_some_and(|at| at <= now) {
            (t.key_expired, "bad")
        } else {
            (t.key_valid, "good")
        };
        let scopes = row.scopes.iter().map(|scope| t.scope(&scope).0);
        Self {
            name: row.name.clone(),
            comment: row.comment.clone(),
            scopes: scopes.collect::<Vec<_>>().join("; "),
            state,
            mood,
            used: row.last_used_at.map(|at| speech.moment(&at)),
            is_valid: row.revoked_at.is_none(),
        }
    }
}

/// How this server is reached from where the browser is.
fn own_url(member: &Member, headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let host = host.filter(|host| host.bytes().all(plain));
    let scheme = if member.over_tls { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("127.0.0.1:8510"))
}
