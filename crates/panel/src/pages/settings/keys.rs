//! Keys of the HTTP interface: as `kassette key`.

use std::net::IpAddr;

use askama::Template;
use axum::http::HeaderMap;
use desk::{DeskError, IpNet, KeyOrder, KeyRow, RateLimit, Right, Scope};

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
    typed,
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
    /// From where, how often and until when, as far as it is limited.
    limits: Vec<String>,
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
    let Some(order) = read_order(&member, &mut form, t) else {
        return render_wrong(&page(&member, form).await?);
    };
    let name = order.name.clone();
    match member.desk.add_key(order).await {
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

/// The key that a form asks for; what is wrong is told beside its field.
fn read_order(member: &Member, form: &mut Form, t: &SettingsTexts) -> Option<KeyOrder> {
    let scopes: Vec<Scope> = form.all("scope").filter_map(Scope::from_name).collect();
    if scopes.is_empty() {
        form.refuse("scope", t.key_scopes_none);
    }
    let from = form.text("from");
    let networks = from.split([',', ' ', ';']).filter(|text| !text.is_empty());
    let ranges: Option<Vec<IpNet>> = networks.map(network).collect();
    if ranges.is_none() {
        form.refuse("from", t.key_from_wrong);
    }
    let today = member.desk.clock().local().date();
    let expires = read(form, "expires", |text| {
        typed::day(text).filter(|day| *day > today)
    });
    if expires.is_none() {
        form.refuse("expires", t.key_expires_wrong);
    }
    let rate = read(form, "rate", |text| {
        text.parse()
            .ok()
            .filter(|rate| (1..=RateLimit::MAX).contains(rate))
    });
    if rate.is_none() {
        form.refuse("rate", t.key_rate_wrong.with("max", RateLimit::MAX));
    }
    if !form.is_fine() {
        return None;
    }
    Some(KeyOrder {
        name: form.text("name").to_owned(),
        scopes,
        ranges: ranges?,
        rate: rate?.map(|per_second| RateLimit {
            per_second,
            burst: per_second,
        }),
        expires: expires?,
        comment: form.text("comment").to_owned(),
    })
}

/// A field that may be empty; none when it cannot be read.
fn read<T>(form: &Form, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match form.text(name) {
        "" => Some(None),
        text => read(text).map(Some),
    }
}

/// `10.0.0.0/8`, or one address.
fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address)
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
            limits: limits(row, t, speech),
            state,
            mood,
            used: row.last_used_at.map(|at| speech.moment(&at)),
            is_valid: row.revoked_at.is_none(),
        }
    }
}

fn limits(row: &KeyRow, t: &SettingsTexts, speech: Speech) -> Vec<String> {
    let mut limits = Vec::new();
    if !row.ranges.is_empty() {
        let ranges: Vec<_> = row.ranges.iter().map(ToString::to_string).collect();
        limits.push(t.key_limit_from.with("from", ranges.join(", ")).into());
    }
    if let Some(rate) = &row.rate {
        limits.push(t.key_limit_rate.with("rate", rate.per_second).into());
    }
    if let Some(at) = &row.expires_at {
        limits.push(t.key_limit_until.with("until", speech.moment(at)).into());
    }
    limits
}

/// How this server is reached from where the browser is.
fn own_url(member: &Member, headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let host = host.filter(|host| host.bytes().all(plain));
    let scheme = if member.over_tls { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("127.0.0.1:8510"))
}
