//! Changes about people, each with its entry of the trail.

use rusqlite::Connection;

use super::{
    Actor, NewFactor, NewPerson, NewSession, PeopleChange, PeopleRefusal, PersonRow, Proof, Role,
    Roles, read,
};
use crate::{JournalError, Result};

/// The longest login, in characters.
pub const LOGIN_MAX: usize = 32;
/// The longest name, in characters.
pub const NAME_MAX: usize = 100;
/// What is kept of what a browser says of itself, in characters.
const AGENT_MAX: usize = 200;
/// What is kept of the words of an entry of the trail, in characters.
const WORDS_MAX: usize = 500;

/// What an entry of the trail says.
pub(crate) struct Entry {
    pub(crate) act: String,
    pub(crate) object: String,
    pub(crate) detail: String,
}

impl Entry {
    fn new(act: &str, object: &str) -> Self {
        Self {
            act: act.to_owned(),
            object: object.to_owned(),
            detail: String::new(),
        }
    }

    fn with(mut self, detail: impl ToString) -> Self {
        self.detail = detail.to_string();
        self
    }
}

/// Changes something inside a transaction and notes it; says the row that was made or changed.
pub(super) fn apply(
    connection: &Connection,
    now: i64,
    actor: &Actor,
    change: &PeopleChange,
) -> Result<i64> {
    let (row, entry) = match change {
        PeopleChange::Add(new) => add(connection, now, new)?,
        PeopleChange::AddFirst(new) if read::people(connection)?.is_empty() => {
            add(connection, now, new)?
        }
        PeopleChange::AddFirst(_) => return Err(PeopleRefusal::NotFirst.into()),
        PeopleChange::BeginSession(new) => begin_session(connection, now, actor, new)?,
        PeopleChange::EndSession { person, session } => {
            end_session(connection, now, *person, *session)?
        }
        PeopleChange::Note {
            act,
            object,
            detail,
        } => (0, Some(Entry::new(act, object).with(detail))),
        PeopleChange::SetName { person, .. }
        | PeopleChange::SetRoles { person, .. }
        | PeopleChange::SetPassword { person, .. }
        | PeopleChange::SetLanguage { person, .. }
        | PeopleChange::SetFactor { person, .. }
        | PeopleChange::RemoveFactor { person }
        | PeopleChange::Disable { person }
        | PeopleChange::Enable { person }
        | PeopleChange::EndSessions { person, .. } => {
            let known = read::person(connection, "p.id = ?1", person)?;
            let known = known.ok_or(PeopleRefusal::UnknownPerson(*person))?;
            (known.id, change_person(connection, now, &known, change)?)
        }
    };
    if let Some(entry) = entry {
        // Who adds the first person is that person.
        let person = match change {
            PeopleChange::AddFirst(_) if !actor.login.is_empty() => Some(row),
            _ => actor.person,
        };
        note(connection, now, actor, person, &entry)?;
    }
    Ok(row)
}

/// Whether this may be a login: 2 to 32 of a…z, 0…9, `.`, `-`, `_`, a letter first.
pub fn is_login(text: &str) -> bool {
    let is_fine = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    (2..=LOGIN_MAX).contains(&text.len())
        && text.bytes().all(is_fine)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Notes when sessions were used last.
pub(super) fn note_uses(connection: &Connection, uses: &[(i64, i64)]) -> Result<()> {
    let mut note = connection
        .prepare_cached("update person_session set seen_at = max(seen_at, ?2) where id = ?1")?;
    for used in uses {
        note.execute(*used)?;
    }
    Ok(())
}

fn add(connection: &Connection, now: i64, new: &NewPerson) -> Result<(i64, Option<Entry>)> {
    if !is_login(&new.login) {
        return Err(PeopleRefusal::BadLogin(new.login.clone()).into());
    }
    check_name(&new.name)?;
    let added = connection.execute(
        "insert into person (login, name, roles, password, must_change, language, created_at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (login) do nothing",
        (
            &new.login,
            &new.name,
            roles_json(new.roles)?,
            &new.password,
            new.must_change,
            new.language.code(),
            now,
        ),
    )?;
    if added != 1 {
        return Err(PeopleRefusal::LoginTaken(new.login.clone()).into());
    }
    let entry = Entry::new("person_added", &new.login).with(new.roles);
    Ok((connection.last_insert_rowid(), Some(entry)))
}

fn change_person(
    connection: &Connection,
    now: i64,
    known: &PersonRow,
    change: &PeopleChange,
) -> Result<Option<Entry>> {
    let (id, entry) = (known.id, |act: &str| Entry::new(act, &known.login));
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| connection.execute(sql, values);
    Ok(Some(match change {
        PeopleChange::SetName { name, .. } => {
            check_name(name)?;
            run("update person set name = ?2 where id = ?1", &[&id, name])?;
            entry("name_changed").with(format!("{} → {name}", known.name))
        }
        PeopleChange::SetRoles { roles, .. } => {
            if !roles.contains(Role::Admin) {
                stay_administered(connection, known)?;
            }
            let json = roles_json(*roles)?;
            run("update person set roles = ?2 where id = ?1", &[&id, &json])?;
            entry("roles_changed").with(format!("{} → {roles}", known.roles))
        }
        PeopleChange::SetPassword {
            password,
            must_change,
            keep,
            ..
        } => {
            let sql = "update person set password = ?2, must_change = ?3 where id = ?1";
            run(sql, &[&id, password, must_change])?;
            end_sessions(connection, now, id, *keep)?;
            entry("password_changed")
        }
        PeopleChange::SetLanguage { language, .. } => {
            let sql = "update person set language = ?2 where id = ?1";
            run(sql, &[&id, &language.code()])?;
            return Ok(None);
        }
        PeopleChange::SetFactor { factor, .. } => {
            set_factor(connection, id, Some(factor))?;
            entry("second_factor_set")
        }
        PeopleChange::RemoveFactor { .. } => {
            set_factor(connection, id, None)?;
            entry("second_factor_removed")
        }
        PeopleChange::Disable { .. } => {
            stay_administered(connection, known)?;
            let sql = "update person set disabled_at = coalesce(disabled_at, ?2) where id = ?1";
            run(sql, &[&id, &now])?;
            end_sessions(connection, now, id, None)?;
            entry("person_disabled")
        }
        PeopleChange::Enable { .. } => {
            run("update person set disabled_at = null where id = ?1", &[&id])?;
            entry("person_enabled")
        }
        PeopleChange::EndSessions { keep, .. } => {
            let ended = end_sessions(connection, now, id, *keep)?;
            entry("sessions_ended").with(ended)
        }
        // The others are not about somebody who is known.
        _ => return Ok(None),
    }))
}

fn begin_session(
    connection: &Connection,
    now: i64,
    actor: &Actor,
    new: &NewSession,
) -> Result<(i64, Option<Entry>)> {
    let known = read::person(connection, "p.id = ?1", new.person)?;
    let known = known.ok_or(PeopleRefusal::UnknownPerson(new.person))?;
    if known.disabled_at.is_some() {
        return Err(PeopleRefusal::Disabled(known.login).into());
    }
    let is_fresh = match new.proof {
        Proof::None => true,
        Proof::Step(step) => {
            let sql = "update person set totp_step = ?2 \
                       where id = ?1 and coalesce(totp_step, -1) < ?2";
            connection.execute(sql, (new.person, step))? == 1
        }
        Proof::Recovery(hash) => {
            let sql = "update person_recovery set used_at = ?3 \
                       where hash = ?2 and person = ?1 and used_at is null";
            connection.execute(sql, (new.person, hash, now))? == 1
        }
    };
    if !is_fresh {
        return Err(PeopleRefusal::CodeUsed.into());
    }
    connection
        .execute(
            "insert into person_session (hash, person, created_at, seen_at, agent, address) \
             values (?1, ?2, ?3, ?3, ?4, ?5)",
            (
                new.hash,
                new.person,
                now,
                cut(&new.agent, AGENT_MAX),
                &actor.address,
            ),
        )
        .map_err(|error| JournalError::storing("a session", error))?;
    let row = connection.last_insert_rowid();
    let detail = match new.proof {
        Proof::None => "",
        Proof::Step(_) => "second factor",
        Proof::Recovery(_) => "recovery code",
    };
    Ok((row, Some(Entry::new("login", "").with(detail))))
}

fn end_session(
    connection: &Connection,
    now: i64,
    person: i64,
    session: i64,
) -> Result<(i64, Option<Entry>)> {
    if read::open_session(connection, session)? != Some(person) {
        return Err(PeopleRefusal::UnknownSession(session).into());
    }
    let known = read::person(connection, "p.id = ?1", person)?;
    let known = known.ok_or(PeopleRefusal::UnknownPerson(person))?;
    let sql = "update person_session set ended_at = ?2 where id = ?1";
    connection.execute(sql, (session, now))?;
    let entry = Entry::new("session_ended", &known.login).with(session);
    Ok((session, Some(entry)))
}

fn end_sessions(
    connection: &Connection,
    now: i64,
    person: i64,
    keep: Option<i64>,
) -> Result<usize> {
    let sql = "update person_session set ended_at = ?2 \
               where person = ?1 and ended_at is null and id is not ?3";
    Ok(connection.execute(sql, (person, now, keep))?)
}

fn set_factor(connection: &Connection, person: i64, factor: Option<&NewFactor>) -> Result<()> {
    let (secret, step) = (
        factor.map(|factor| factor.secret),
        factor.map(|factor| factor.step),
    );
    let sql = "update person set totp = ?2, totp_step = ?3 where id = ?1";
    connection.execute(sql, (person, secret, step))?;
    connection.execute("delete from person_recovery where person = ?1", [person])?;
    for hash in factor.iter().flat_map(|factor| &factor.recovery) {
        let sql = "insert into person_recovery (hash, person) values (?1, ?2)";
        connection
            .execute(sql, (hash, person))
            .map_err(|error| JournalError::storing("a recovery code", error))?;
    }
    Ok(())
}

/// Refuses to lose the last one who may administer.
fn stay_administered(connection: &Connection, losing: &PersonRow) -> Result<()> {
    let counts = losing.disabled_at.is_none() && losing.roles.contains(Role::Admin);
    if counts && read::enabled_with(connection, Role::Admin)? == 1 {
        return Err(PeopleRefusal::LastAdmin(losing.login.clone()).into());
    }
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    let is_fine = (1..=NAME_MAX).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control);
    is_fine.then_some(()).ok_or(PeopleRefusal::BadName.into())
}

fn roles_json(roles: Roles) -> Result<String> {
    if roles.is_empty() {
        return Err(PeopleRefusal::NoRoles.into());
    }
    let names: Vec<&str> = roles.iter().map(Role::name).collect();
    serde_json::to_string(&names).map_err(|why| JournalError::contradiction("a person", why))
}

/// Writes an entry of the trail.
pub(crate) fn note(
    connection: &Connection,
    now: i64,
    actor: &Actor,
    person: Option<i64>,
    entry: &Entry,
) -> Result<()> {
    connection
        .prepare_cached(
            "insert into trail (at, person, login, address, act, object, detail) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            now,
            person,
            cut(&actor.login, LOGIN_MAX),
            &actor.address,
            cut(&entry.act, LOGIN_MAX),
            cut(&entry.object, WORDS_MAX),
            cut(&entry.detail, WORDS_MAX),
        ))?;
    Ok(())
}

/// The beginning of a text, without what terminals and pages could take for more than text.
fn cut(text: &str, max: usize) -> String {
    let plain = text.chars().filter(|letter| !letter.is_control());
    plain.take(max).collect()
}
