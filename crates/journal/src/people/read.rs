//! What is known of people, sessions and the trail.

use rusqlite::{Connection, OptionalExtension, Row, params_from_iter, types::Value};

use super::{Language, PersonRow, Role, SessionRow, TrailOf, TrailRow};
use crate::{JournalError, Listed, Page, Reader, Result};

const PERSON: &str = "p.id as person_id, p.login, p.name, p.roles, p.password, p.must_change, \
     p.totp, p.totp_step, p.language, p.created_at as person_created_at, p.disabled_at, \
     (select count(*) from person_recovery r where r.person = p.id and r.used_at is null) as codes, \
     (select max(l.seen_at) from person_session l where l.person = p.id) as person_seen_at";
const SESSION: &str = "s.id as session_id, s.person, s.created_at, s.seen_at, s.agent, s.address, \
     s.ended_at";

impl Reader {
    /// All people, also those who may not log in any more, by login.
    ///
    /// # Errors
    /// When the database fails or a row is spoiled; so for all that is read here.
    pub fn people(&self) -> Result<Vec<PersonRow>> {
        self.with(people)
    }

    /// Somebody by the row.
    ///
    /// # Errors
    /// See [`Reader::people`].
    pub fn person(&self, id: i64) -> Result<Option<PersonRow>> {
        self.with(|connection| person(connection, "p.id = ?1", id))
    }

    /// Somebody by the login.
    ///
    /// # Errors
    /// See [`Reader::people`].
    pub fn person_by_login(&self, login: &str) -> Result<Option<PersonRow>> {
        self.with(|connection| person(connection, "p.login = ?1", login))
    }

    /// Whether there is anybody.
    ///
    /// # Errors
    /// See [`Reader::people`].
    pub fn has_people(&self) -> Result<bool> {
        self.with(|connection| {
            Ok(connection
                .query_row("select exists (select 1 from person)", [], |row| row.get(0))?)
        })
    }

    /// The session with this hash of a token, with whose it is; also one that has ended.
    ///
    /// # Errors
    /// See [`Reader::people`].
    pub fn session(&self, hash: &[u8; 32]) -> Result<Option<(SessionRow, PersonRow)>> {
        let sql = format!(
            "select {PERSON}, {SESSION} from person_session s join person p on p.id = s.person \
             where s.hash = ?1"
        );
        self.with(|connection| {
            let mut rows = connection.prepare_cached(&sql)?;
            let mut rows = rows.query([hash])?;
            let row = rows.next()?;
            row.map(|row| Ok((session_row(row)?, person_row(row)?)))
                .transpose()
        })
    }

    /// The sessions of somebody that nobody has ended, the newest first.
    ///
    /// # Errors
    /// See [`Reader::people`].
    pub fn sessions_of(&self, person: i64) -> Result<Vec<SessionRow>> {
        self.with(|connection| sessions_of(connection, person))
    }

    /// A page of the trail.
    ///
    /// # Errors
    /// See [`Reader::people`].
    pub fn trail(&self, of: &TrailOf, page: &Page<i64>) -> Result<Listed<TrailRow, i64>> {
        self.with(|connection| trail(connection, of, page))
    }
}

pub(super) fn people(connection: &Connection) -> Result<Vec<PersonRow>> {
    let sql = format!("select {PERSON} from person p order by p.login");
    let mut rows = connection.prepare_cached(&sql)?;
    let mut rows = rows.query([])?;
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        people.push(person_row(row)?);
    }
    Ok(people)
}

pub(super) fn person(
    connection: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<PersonRow>> {
    let sql = format!("select {PERSON} from person p where {condition}");
    let mut rows = connection.prepare_cached(&sql)?;
    let mut rows = rows.query([value])?;
    rows.next()?.map(person_row).transpose()
}

pub(super) fn sessions_of(connection: &Connection, person: i64) -> Result<Vec<SessionRow>> {
    let sql = format!(
        "select {SESSION} from person_session s where s.person = ?1 and s.ended_at is null \
         order by s.id desc"
    );
    let mut rows = connection.prepare_cached(&sql)?;
    let mut rows = rows.query([person])?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(session_row(row)?);
    }
    Ok(sessions)
}

fn trail(connection: &Connection, of: &TrailOf, page: &Page<i64>) -> Result<Listed<TrailRow, i64>> {
    let mut sql = "select id, at, person, login, address, act, object, detail from trail \
                   where true"
        .to_owned();
    let mut values: Vec<Value> = Vec::new();
    let mut and = |condition: &str, value: Value| {
        sql.push_str(" and ");
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(person) = of.person {
        and("person = ?", person.into());
    }
    if let Some(act) = &of.act {
        and("act = ?", act.clone().into());
    }
    if let Some(from) = of.span.from_ms {
        and("at >= ?", from.into());
    }
    if let Some(before) = of.span.before_ms {
        and("at < ?", before.into());
    }
    if let Some(after) = page.after {
        and(&format!("id {} ?", page.order.beyond()), after.into());
    }
    sql.push_str(&format!(" order by id {} limit ?", page.order.sql()));
    values.push(page.read_max().into());
    let mut rows = connection.prepare_cached(&sql)?;
    let mut rows = rows.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(TrailRow {
            id: row.get("id")?,
            at: row.get("at")?,
            person: row.get("person")?,
            login: row.get("login")?,
            address: row.get("address")?,
            act: row.get("act")?,
            object: row.get("object")?,
            detail: row.get("detail")?,
        });
    }
    Ok(page.of(found, |row| row.id))
}

/// How many may log in and have this role.
pub(super) fn enabled_with(connection: &Connection, role: Role) -> Result<usize> {
    let people = people(connection)?;
    let fits = |person: &&PersonRow| person.disabled_at.is_none() && person.roles.contains(role);
    Ok(people.iter().filter(fits).count())
}

/// The row of a session that nobody has ended, with whose it is.
pub(super) fn open_session(connection: &Connection, id: i64) -> Result<Option<i64>> {
    let sql = "select person from person_session where id = ?1 and ended_at is null";
    let mut found = connection.prepare_cached(sql)?;
    Ok(found.query_row([id], |row| row.get(0)).optional()?)
}

fn person_row(row: &Row<'_>) -> Result<PersonRow> {
    let login: String = row.get("login")?;
    let spoiled = |why: String| JournalError::spoiled(format!("person {login}"), why);
    let names: Vec<String> = serde_json::from_str(&row.get::<_, String>("roles")?)
        .map_err(|why| spoiled(why.to_string()))?;
    let roles = names
        .iter()
        .map(|name| Role::from_name(name).ok_or_else(|| spoiled(format!("unknown role {name}"))));
    let roles = roles.collect::<Result<_>>()?;
    let code: String = row.get("language")?;
    let language = Language::from_code(&code);
    let language = language.ok_or_else(|| spoiled(format!("unknown language {code}")))?;
    Ok(PersonRow {
        id: row.get("person_id")?,
        name: row.get("name")?,
        roles,
        password: row.get("password")?,
        must_change: row.get("must_change")?,
        totp: row.get("totp")?,
        totp_step: row.get("totp_step")?,
        recovery_codes: row.get("codes")?,
        language,
        created_at: row.get("person_created_at")?,
        disabled_at: row.get("disabled_at")?,
        seen_at: row.get("person_seen_at")?,
        login,
    })
}

fn session_row(row: &Row<'_>) -> Result<SessionRow> {
    Ok(SessionRow {
        id: row.get("session_id")?,
        person: row.get("person")?,
        created_at: row.get("created_at")?,
        seen_at: row.get("seen_at")?,
        agent: row.get("agent")?,
        address: row.get("address")?,
        ended_at: row.get("ended_at")?,
    })
}
