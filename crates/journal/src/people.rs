//! People who log in to the panel: who they are, where they are logged in, and what they have done.
//!
//! The panel changes them through the [`Writer`], the command line beside a running program through
//! [`PeopleBook`]: the same [`PeopleChange`] either way, with its entry of the trail in the same
//! transaction. So nothing about people changes without a trace.

mod change;
mod read;
mod role;

use std::fs::File;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use thiserror::Error;

use crate::{
    JournalError, Reply, Result, Span, Store, Writer, files::empty_log, scribe::Lane, unix_ms,
};

pub(crate) use change::{Entry as TrailEntry, note};
pub use change::{LOGIN_MAX, NAME_MAX, is_login};
pub use role::{Language, Role, Roles};

/// Somebody who may log in, or might once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PersonRow {
    /// The row.
    pub id: i64,
    /// What is written at the door: small letters.
    pub login: String,
    /// What others call them.
    pub name: String,
    /// What they are.
    pub roles: Roles,
    /// The hash of the password, a PHC string.
    pub password: String,
    /// Whether somebody else has set the password: then it is to be changed first.
    pub must_change: bool,
    /// The secret of the second factor, 20 bytes; none: there is none.
    pub totp: Option<[u8; 20]>,
    /// The last half minute since 1970 whose code was taken.
    pub totp_step: Option<i64>,
    /// Recovery codes that are still good.
    pub recovery_codes: u32,
    /// What the panel speaks to them.
    pub language: Language,
    /// Milliseconds since 1970, as all moments here.
    pub created_at: i64,
    /// Since when they may not log in; none: they may.
    pub disabled_at: Option<i64>,
    /// When a session of theirs was used last, a minute late at most.
    pub seen_at: Option<i64>,
}

/// Somebody is or was logged in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionRow {
    /// The row: what people name it by.
    pub id: i64,
    /// Whose it is.
    pub person: i64,
    /// When it began.
    pub created_at: i64,
    /// When it was used last, a minute late at most.
    pub seen_at: i64,
    /// What the browser says of itself.
    pub agent: String,
    /// Where they came from.
    pub address: Option<String>,
    /// When somebody has ended it.
    pub ended_at: Option<i64>,
}

/// An entry of the trail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrailRow {
    /// The row, in the order of time.
    pub id: i64,
    /// When.
    pub at: i64,
    /// Who; none: nobody who is known, or a command at the machine.
    pub person: Option<i64>,
    /// The login as it was then, or as it was tried; empty: a command at the machine.
    pub login: String,
    /// Where they came from.
    pub address: Option<String>,
    /// What was done, in a word.
    pub act: String,
    /// To what.
    pub object: String,
    /// More of it.
    pub detail: String,
}

/// Which entries of the trail are wanted.
#[derive(Clone, Debug, Default)]
pub struct TrailOf {
    /// Only of this person (the row).
    pub person: Option<i64>,
    /// Only of this act.
    pub act: Option<String>,
    /// Only of this time.
    pub span: Span,
}

/// Who does something, and where from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Actor {
    /// The row; none: nobody who is known, or a command at the machine.
    pub person: Option<i64>,
    /// The login; empty: a command at the machine.
    pub login: String,
    /// Where they came from.
    pub address: Option<String>,
}

impl Actor {
    /// A command at the machine itself.
    pub fn command() -> Self {
        Self::default()
    }
}

/// Somebody who is to be added.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewPerson {
    /// 2 to 32 of a…z, 0…9, `.`, `-`, `_`, and a letter first; nobody else's, ever.
    pub login: String,
    /// 1 to 100 characters.
    pub name: String,
    /// At least one.
    pub roles: Roles,
    /// The hash of the password, a PHC string.
    pub password: String,
    /// Whether the password is to be changed first.
    pub must_change: bool,
    /// What the panel speaks to them.
    pub language: Language,
}

/// A session that begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewSession {
    /// Whose it is.
    pub person: i64,
    /// SHA-256 of the cookie's token.
    pub hash: [u8; 32],
    /// What the browser says of itself; longer ones are cut.
    pub agent: String,
    /// What was shown besides the password.
    pub proof: Proof,
}

/// What was shown besides a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proof {
    /// Nothing.
    None,
    /// The code of this half minute since 1970.
    Step(i64),
    /// A recovery code with this SHA-256.
    Recovery([u8; 32]),
}

/// A second factor that is to be set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewFactor {
    /// The secret, 20 bytes.
    pub secret: [u8; 20],
    /// The half minute since 1970 whose code has proved that it works.
    pub step: i64,
    /// SHA-256 of each recovery code.
    pub recovery: Vec<[u8; 32]>,
}

/// What can change about people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PeopleChange {
    /// Somebody is added.
    Add(NewPerson),
    /// The first one: refused when there is anybody.
    AddFirst(NewPerson),
    /// Another name.
    SetName {
        /// Whose.
        person: i64,
        /// 1 to 100 characters.
        name: String,
    },
    /// Other roles.
    SetRoles {
        /// Whose.
        person: i64,
        /// At least one.
        roles: Roles,
    },
    /// Another password; all sessions end but one.
    SetPassword {
        /// Whose.
        person: i64,
        /// Its hash, a PHC string.
        password: String,
        /// Whether somebody else has set it.
        must_change: bool,
        /// The session that stays.
        keep: Option<i64>,
    },
    /// Another language. No entry of the trail.
    SetLanguage {
        /// Whose.
        person: i64,
        /// Which.
        language: Language,
    },
    /// A second factor in place of the one before.
    SetFactor {
        /// Whose.
        person: i64,
        /// The new one.
        factor: NewFactor,
    },
    /// No second factor any more.
    RemoveFactor {
        /// Whose.
        person: i64,
    },
    /// May not log in any more; all sessions end.
    Disable {
        /// Who.
        person: i64,
    },
    /// May log in again.
    Enable {
        /// Who.
        person: i64,
    },
    /// Somebody logs in.
    BeginSession(NewSession),
    /// Somebody logs out, or is logged out.
    EndSession {
        /// Whose it is.
        person: i64,
        /// Which.
        session: i64,
    },
    /// All sessions of somebody end, but one.
    EndSessions {
        /// Whose.
        person: i64,
        /// The one that stays.
        keep: Option<i64>,
    },
    /// Nothing but an entry of the trail.
    Note {
        /// What was done, in a word.
        act: String,
        /// To what.
        object: String,
        /// More of it.
        detail: String,
    },
}

/// Why nothing changes about people.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PeopleRefusal {
    /// A login that cannot be.
    #[error(
        "the login «{0}» cannot be: write 2 to {LOGIN_MAX} of a…z, 0…9, «.», «-», «_», a letter first"
    )]
    BadLogin(String),
    /// A name that cannot be.
    #[error(
        "a name has 1 to {NAME_MAX} characters, no blank at its ends and no control characters"
    )]
    BadName,
    /// Nobody is nothing.
    #[error("a person has at least one role")]
    NoRoles,
    /// The login is or was somebody's.
    #[error("the login «{0}» is or was somebody's: choose another one")]
    LoginTaken(String),
    /// There is somebody already.
    #[error("there are people already: an administrator adds others")]
    NotFirst,
    /// Nobody could administer any more.
    #[error("«{0}» is the last administrator: make somebody else one first")]
    LastAdmin(String),
    /// There is no such person.
    #[error("there is nobody with the row {0}")]
    UnknownPerson(i64),
    /// The person may not log in.
    #[error("«{0}» may not log in")]
    Disabled(String),
    /// There is no such session, or it has ended.
    #[error("there is no session {0} that could be ended")]
    UnknownSession(i64),
    /// The code was taken before.
    #[error("this code was used already: wait for the next one")]
    CodeUsed,
}

/// The administrator's hand on people. It works beside a running program, which sees a change at
/// once: nothing but people is touched.
#[derive(Debug)]
pub struct PeopleBook {
    connection: Connection,
    /// Held when no program runs, so that none starts meanwhile.
    _lock: Option<File>,
}

impl PeopleBook {
    /// Opens the people of the journal in `store`; the journal is made if there is none.
    ///
    /// # Errors
    /// When the file cannot be opened, or is newer than this program.
    pub fn open(store: &Store) -> Result<Self> {
        match store.lock() {
            Ok(lock) => {
                let connection = store.open_for_writing(unix_ms())?;
                empty_log(&connection)?;
                Ok(Self {
                    connection,
                    _lock: lock,
                })
            }
            Err(JournalError::InUse(_)) => Ok(Self {
                connection: store.open_beside()?,
                _lock: None,
            }),
            Err(error) => Err(error),
        }
    }

    /// Changes something; says the row that it has made or changed.
    ///
    /// # Errors
    /// When it cannot be ([`PeopleRefusal`]), or the database fails; then nothing has changed.
    pub fn change(&self, actor: &Actor, change: &PeopleChange) -> Result<i64> {
        let behaviour = TransactionBehavior::Immediate;
        let transaction = Transaction::new_unchecked(&self.connection, behaviour)?;
        let row = change::apply(&transaction, unix_ms(), actor, change)?;
        transaction.commit()?;
        Ok(row)
    }

    /// All people, by login.
    ///
    /// # Errors
    /// When the database fails or a row is spoiled.
    pub fn people(&self) -> Result<Vec<PersonRow>> {
        read::people(&self.connection)
    }

    /// Somebody by the login.
    ///
    /// # Errors
    /// See [`PeopleBook::people`].
    pub fn person(&self, login: &str) -> Result<Option<PersonRow>> {
        read::person(&self.connection, "p.login = ?1", login)
    }

    /// The sessions of somebody that nobody has ended, the newest first.
    ///
    /// # Errors
    /// See [`PeopleBook::people`].
    pub fn sessions_of(&self, person: i64) -> Result<Vec<SessionRow>> {
        read::sessions_of(&self.connection, person)
    }
}

impl Writer {
    /// Changes something about people; the answer is the row that it has made or changed. A
    /// [`PeopleRefusal`] is the answer's error.
    pub fn change_people(&self, actor: Actor, change: PeopleChange, reply: Reply<i64>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            change::apply(connection, pen.now, &actor, &change)
        });
    }

    /// Notes when sessions (their rows) were used last, milliseconds since 1970.
    pub fn note_session_uses(&self, uses: Vec<(i64, i64)>, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            change::note_uses(connection, &uses)
        });
    }
}
