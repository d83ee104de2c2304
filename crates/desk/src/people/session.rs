//! Logging in and out, and who is logged in.

use std::{net::IpAddr, time::Duration};

use journal::{
    Actor, JournalError, NewSession, PeopleChange, PeopleRefusal, PersonRow, Proof, SessionRow,
};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{PeopleError, PeopleSetup, Person, Right, totp, written};
use crate::{Desk, DeskError};

/// A session's last use is noted when the one that is noted is so old.
const NOTED_AFTER_MS: i64 = 60_000;

/// Somebody before they have logged in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Visitor {
    /// Where they come from.
    pub address: Option<IpAddr>,
    /// What the browser says of itself.
    pub agent: String,
}

impl Visitor {
    pub(super) fn actor(&self, login: &str) -> Actor {
        Actor {
            person: None,
            login: login.to_owned(),
            address: written(self.address),
        }
    }
}

/// Somebody is logged in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Session {
    /// The session's row.
    pub id: i64,
    /// Who.
    pub person: Person,
    /// Where this request comes from.
    pub address: Option<IpAddr>,
}

impl Session {
    /// As the trail names them.
    pub fn actor(&self) -> Actor {
        Actor {
            person: Some(self.person.id),
            login: self.person.login.clone(),
            address: written(self.address),
        }
    }

    /// Whether one of the roles allows it.
    pub fn may(&self, right: Right) -> bool {
        self.person.may(right)
    }
}

/// What comes of a right password.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Entered {
    /// Logged in.
    In(LoggedIn),
    /// The second factor is still to be shown, with this ticket.
    CodeNeeded(String),
}

/// Somebody has just logged in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoggedIn {
    /// What the cookie holds: 256 random bits, hexadecimal.
    pub token: String,
    /// Who.
    pub person: Person,
}

/// Why somebody is not logged in.
#[derive(Debug, Error)]
pub enum LoginError {
    /// Login or password are wrong, or the person may not log in: which of it is not told.
    #[error("login or password are wrong")]
    Wrong,
    /// The code is wrong, or was used before.
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// The password has to be shown again.
    #[error("it has taken too long: log in again")]
    StartAgain,
    /// Too many tries.
    #[error("too many tries: wait {} s", wait.as_secs() + 1)]
    Locked {
        /// How long to wait.
        wait: Duration,
    },
    /// The journal, or the system.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl PeopleSetup {
    /// Whether the time of a session is not over yet, and nobody has ended it.
    pub(super) fn holds(&self, session: &SessionRow, now_ms: i64) -> bool {
        let within = |since: i64, life: Duration| {
            let life = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
            now_ms < since.saturating_add(life)
        };
        session.ended_at.is_none()
            && within(session.seen_at, self.idle)
            && within(session.created_at, self.longest)
    }
}

impl Desk {
    /// Logs somebody in who shows login and password.
    ///
    /// # Errors
    /// Why not.
    pub async fn log_in(
        &self,
        login: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<Entered, LoginError> {
        let login = login.trim().to_lowercase();
        let people = self.inner_people();
        let now = self.clock().now().mono;
        let tried = people.lockout().tried(&login, visitor.address, now);
        tried.map_err(|wait| LoginError::Locked { wait })?;
        let row = self.reader().person_by_login(&login);
        let row = row.map_err(DeskError::from)?;
        let hash = row.as_ref().map(|row| row.password.clone());
        let is_right = people.passwords.verify(password, hash).await?;
        let row = row.filter(|row| is_right && row.disabled_at.is_none());
        let Some(row) = row else {
            self.note_failure(&login, visitor).await?;
            return Err(LoginError::Wrong);
        };
        if row.totp.is_some() {
            // The count stays until the second factor is shown, too.
            let ticket = token()?;
            people.pending().add(hash_of(&ticket), row.id, now);
            return Ok(Entered::CodeNeeded(ticket));
        }
        let logged_in = self.begin_session(row, visitor, Proof::None).await;
        logged_in.map(Entered::In)
    }

    /// Logs somebody in who has shown login and password before, and now a code of the second
    /// factor or a recovery code.
    ///
    /// # Errors
    /// Why not.
    pub async fn log_in_with_code(
        &self,
        ticket: &str,
        code: &str,
        visitor: &Visitor,
    ) -> Result<LoggedIn, LoginError> {
        let people = self.inner_people();
        let hash = hash_of(ticket);
        let person = people.pending().tries(&hash, self.clock().now().mono);
        let row = match person {
            Some(person) => self.reader().person(person).map_err(DeskError::from)?,
            None => None,
        };
        let row = row.filter(|row| row.disabled_at.is_none());
        let row = row.ok_or(LoginError::StartAgain)?;
        let now = self.clock().unix_ms();
        let step = row.totp.as_ref();
        let step = step.and_then(|secret| totp::step_of(secret, code, now));
        let proof = match step {
            Some(step) => Proof::Step(step),
            None => Proof::Recovery(totp::recovery_hash(code)),
        };
        let login = row.login.clone();
        match self.begin_session(row, visitor, proof).await {
            Ok(logged_in) => {
                people.pending().remove(&hash);
                Ok(logged_in)
            }
            Err(LoginError::WrongCode) => {
                self.note_failure(&login, visitor).await?;
                Err(LoginError::WrongCode)
            }
            Err(error) => Err(error),
        }
    }

    /// Who is logged in with this token; none when nobody is, or the time of the session is over.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn session(
        &self,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<Session>, DeskError> {
        self.session_used(token, address, true)
    }

    /// The same for a look that is no use of the session: a page that renews itself.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn session_looked_at(
        &self,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<Session>, DeskError> {
        self.session_used(token, address, false)
    }

    fn session_used(
        &self,
        token: &str,
        address: Option<IpAddr>,
        is_use: bool,
    ) -> Result<Option<Session>, DeskError> {
        let Some((row, person)) = self.reader().session(&hash_of(token))? else {
            return Ok(None);
        };
        let now = self.clock().unix_ms();
        if person.disabled_at.is_some() || !self.inner_people().setup.holds(&row, now) {
            return Ok(None);
        }
        if is_use && now - row.seen_at >= NOTED_AFTER_MS {
            let noted = |noted: journal::Result<()>| {
                if let Err(error) = noted {
                    tracing::warn!(%error, "it is not noted when a session was used last");
                }
            };
            // Nobody waits for it.
            self.writer()
                .note_session_uses(vec![(row.id, now)], Box::new(noted));
        }
        Ok(Some(Session {
            id: row.id,
            person: Person::of(person),
            address,
        }))
    }

    /// Logs out.
    ///
    /// # Errors
    /// When the journal cannot store.
    pub async fn log_out(&self, session: &Session) -> Result<(), PeopleError> {
        let end = PeopleChange::EndSession {
            person: session.person.id,
            session: session.id,
        };
        match self.change_people(&session.actor(), end).await {
            // Somebody else was faster.
            Ok(_) | Err(PeopleError::Refused(PeopleRefusal::UnknownSession(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn begin_session(
        &self,
        row: PersonRow,
        visitor: &Visitor,
        proof: Proof,
    ) -> Result<LoggedIn, LoginError> {
        let token = token()?;
        let by = Actor {
            person: Some(row.id),
            ..visitor.actor(&row.login)
        };
        let begin = PeopleChange::BeginSession(NewSession {
            person: row.id,
            hash: hash_of(&token),
            agent: visitor.agent.clone(),
            proof,
        });
        match self.change_in_journal(&by, begin).await {
            Ok(_) => {}
            Err(DeskError::Journal(JournalError::People(PeopleRefusal::CodeUsed))) => {
                return Err(LoginError::WrongCode);
            }
            Err(DeskError::Journal(JournalError::People(_))) => return Err(LoginError::Wrong),
            Err(error) => return Err(error.into()),
        }
        let people = self.inner_people();
        people.lockout().forget(&row.login, visitor.address);
        Ok(LoggedIn {
            token,
            person: Person::of(row),
        })
    }

    /// A try that was wrong, and whether it was one too many.
    async fn note_failure(&self, login: &str, visitor: &Visitor) -> Result<(), DeskError> {
        let by = visitor.actor(login);
        self.note_act(&by, "login_failed", login, "").await?;
        let people = self.inner_people();
        let now = self.clock().now().mono;
        let is_closed = people.lockout().is_closed(login, visitor.address, now);
        if is_closed {
            self.note_act(&by, "locked_out", login, "").await?;
        }
        Ok(())
    }
}

/// What is kept of a token.
fn hash_of(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// 256 random bits, hexadecimal.
fn token() -> Result<String, DeskError> {
    let mut bits = [0_u8; 32];
    getrandom::fill(&mut bits).map_err(|error| {
        DeskError::System(format!("the system gives no random numbers: {error}"))
    })?;
    Ok(bits.iter().map(|byte| format!("{byte:02x}")).collect())
}
