//! People at the panel: who may come in, what they may do, and the trail of what they have done.

mod lockout;
mod password;
mod pending;
mod right;
mod session;
mod totp;

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use journal::{
    Actor, JournalError, Language, Listed, NewFactor, NewPerson, Page, PeopleChange, PeopleRefusal,
    PersonRow, Role, Roles, SessionRow, TrailOf, TrailRow,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::{Desk, DeskError};
use lockout::Lockout;
pub use password::{
    PASSWORD_MAX, PASSWORD_MIN, Passwords, WeakPassword, check_password, random_password,
};
use pending::Pending;
pub use right::Right;
pub use session::{Entered, LoggedIn, LoginError, Session, Visitor};
pub use totp::FactorOffer;

/// How people log in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeopleSetup {
    /// A session that is not used for so long is over.
    pub idle: Duration,
    /// A session is over after so long, however it is used.
    pub longest: Duration,
    /// What the hash of a password takes of memory, KiB.
    pub argon2_kib: u32,
    /// How often it goes over that memory.
    pub argon2_passes: u32,
    /// What the panel speaks to those of whom it knows nothing else.
    pub language: Language,
}

impl Default for PeopleSetup {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(60 * 60),
            longest: Duration::from_secs(12 * 60 * 60),
            argon2_kib: 19 * 1_024,
            argon2_passes: 2,
            language: Language::Ru,
        }
    }
}

/// Somebody, without what they prove themselves by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// The row.
    pub id: i64,
    /// What is written at the door.
    pub login: String,
    /// What others call them.
    pub name: String,
    /// What they are.
    pub roles: Roles,
    /// Whether the password is to be changed before anything else.
    pub must_change: bool,
    /// Whether there is a second factor.
    pub has_factor: bool,
    /// Recovery codes that are still good.
    pub recovery_codes: u32,
    /// What the panel speaks to them.
    pub language: Language,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Since when they may not log in; none: they may.
    pub disabled_at: Option<i64>,
    /// When a session of theirs was used last, a minute late at most.
    pub seen_at: Option<i64>,
}

impl Person {
    fn of(row: PersonRow) -> Self {
        Self {
            id: row.id,
            login: row.login,
            name: row.name,
            roles: row.roles,
            must_change: row.must_change,
            has_factor: row.totp.is_some(),
            recovery_codes: row.recovery_codes,
            language: row.language,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
            seen_at: row.seen_at,
        }
    }

    /// Whether one of the roles allows it.
    pub fn may(&self, right: Right) -> bool {
        self.roles.iter().any(|role| right.is_of(role))
    }
}

/// What cannot be done about people.
#[derive(Debug, Error)]
pub enum PeopleError {
    /// Something that cannot be; nothing has changed.
    #[error(transparent)]
    Refused(PeopleRefusal),
    /// A password that is too easy to guess.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The password that should prove who asks is another one.
    #[error("the password is not right")]
    WrongPassword,
    /// The code that should prove that the second factor works is another one.
    #[error("the code is not right: look whether the clock of the device is right")]
    WrongCode,
    /// The one-time code of the first start is another one, or there is none any more.
    #[error("the code is not right: it is in the log of the server's last start")]
    WrongSetupCode,
    /// Too many tries.
    #[error("too many tries: wait {} s", wait.as_secs() + 1)]
    Locked {
        /// How long to wait.
        wait: Duration,
    },
    /// The journal, or the system.
    #[error(transparent)]
    Desk(DeskError),
}

impl From<DeskError> for PeopleError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Journal(JournalError::People(refusal)) => Self::Refused(refusal),
            other => Self::Desk(other),
        }
    }
}

/// What the desk holds of people besides the journal.
pub(crate) struct People {
    setup: PeopleSetup,
    passwords: Passwords,
    lockout: Mutex<Lockout>,
    pending: Mutex<Pending>,
    /// SHA-256 of the code with which the first administrator may be made.
    setup_code: Mutex<Option<[u8; 32]>>,
}

impl People {
    /// Nobody has come yet.
    ///
    /// # Errors
    /// When the costs of a password's hash cannot be.
    pub(crate) fn new(setup: &PeopleSetup) -> Result<Self, DeskError> {
        Ok(Self {
            setup: setup.clone(),
            passwords: Passwords::new(setup)?,
            lockout: Mutex::default(),
            pending: Mutex::default(),
            setup_code: Mutex::default(),
        })
    }

    fn lockout(&self) -> MutexGuard<'_, Lockout> {
        self.lockout.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// All people, by login.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all questions about people.
    pub fn people(&self) -> Result<Vec<Person>, DeskError> {
        let people = self.reader().people()?;
        Ok(people.into_iter().map(Person::of).collect())
    }

    /// Somebody by the row.
    ///
    /// # Errors
    /// See [`Desk::people`].
    pub fn person(&self, id: i64) -> Result<Option<Person>, DeskError> {
        Ok(self.reader().person(id)?.map(Person::of))
    }

    /// Whether there is anybody; if not, the first administrator is to be made.
    ///
    /// # Errors
    /// See [`Desk::people`].
    pub fn has_people(&self) -> Result<bool, DeskError> {
        Ok(self.reader().has_people()?)
    }

    /// A page of the trail.
    ///
    /// # Errors
    /// See [`Desk::people`].
    pub fn trail(
        &self,
        of: &TrailOf,
        page: &Page<i64>,
    ) -> Result<Listed<TrailRow, i64>, DeskError> {
        Ok(self.reader().trail(of, page)?)
    }

    /// Notes in the trail that somebody has done something: `act` in a word, `object` to what.
    ///
    /// # Errors
    /// When the journal cannot store.
    pub async fn note_act(
        &self,
        by: &Actor,
        act: &str,
        object: impl ToString,
        detail: impl ToString,
    ) -> Result<(), DeskError> {
        let note = PeopleChange::Note {
            act: act.to_owned(),
            object: object.to_string(),
            detail: detail.to_string(),
        };
        self.change_in_journal(by, note).await.map(|_| ())
    }

    /// Changes something about people that needs no password; says the row that it has made or
    /// changed.
    ///
    /// # Errors
    /// When it cannot be, or the journal cannot store.
    pub async fn change_people(
        &self,
        by: &Actor,
        change: PeopleChange,
    ) -> Result<i64, PeopleError> {
        Ok(self.change_in_journal(by, change).await?)
    }

    /// Adds somebody with a password that is to be changed first. The hash in `new` is not used.
    ///
    /// # Errors
    /// When the password is too easy to guess, or as [`Desk::change_people`].
    pub async fn add_person(
        &self,
        by: &Actor,
        new: NewPerson,
        password: &str,
    ) -> Result<i64, PeopleError> {
        check_password(password, &new.login)?;
        let password = self.inner_people().passwords.hash(password).await?;
        let new = NewPerson { password, ..new };
        self.change_people(by, PeopleChange::Add(new)).await
    }

    /// Sets a password; all sessions of the person end but `keep`. One that somebody else has set
    /// is to be changed first.
    ///
    /// # Errors
    /// As [`Desk::add_person`].
    pub async fn set_password(
        &self,
        by: &Actor,
        person: i64,
        password: &str,
        keep: Option<i64>,
    ) -> Result<(), PeopleError> {
        let row = self.reader().person(person).map_err(DeskError::from)?;
        let row = row.ok_or(PeopleError::Refused(PeopleRefusal::UnknownPerson(person)))?;
        check_password(password, &row.login)?;
        let change = PeopleChange::SetPassword {
            person,
            password: self.inner_people().passwords.hash(password).await?,
            must_change: by.person != Some(person),
            keep,
        };
        self.change_people(by, change).await.map(|_| ())
    }

    /// Changes the own password, proved by the old one; all other sessions end.
    ///
    /// # Errors
    /// When the old one is wrong, too many wrong ones were tried, or as [`Desk::add_person`].
    pub async fn change_own_password(
        &self,
        session: &Session,
        old: &str,
        new: &str,
    ) -> Result<(), PeopleError> {
        self.prove(session, old).await?;
        let keep = Some(session.id);
        let by = session.actor();
        self.set_password(&by, session.person.id, new, keep).await
    }

    /// Offers a second factor: a secret for the device of this person. Nothing is kept of it before
    /// [`Desk::take_factor`].
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn offer_factor(&self, person: &Person) -> Result<FactorOffer, DeskError> {
        FactorOffer::new(&self.issuer(), &person.login)
    }

    /// The offer that was made to this person with this secret.
    pub fn offered_factor(&self, secret: [u8; 20], person: &Person) -> FactorOffer {
        FactorOffer::with_secret(secret, &self.issuer(), &person.login)
    }

    /// Sets the offered second factor once a code of it has proved that the device has it; gives
    /// the recovery codes, which are shown this once.
    ///
    /// # Errors
    /// When the code or the password is wrong, or the journal cannot store.
    pub async fn take_factor(
        &self,
        session: &Session,
        offer: &FactorOffer,
        code: &str,
        password: &str,
    ) -> Result<Vec<String>, PeopleError> {
        self.prove(session, password).await?;
        let now = self.clock().unix_ms();
        let step = totp::step_of(&offer.secret, code, now).ok_or(PeopleError::WrongCode)?;
        let codes = totp::recovery_codes()?;
        let factor = NewFactor {
            secret: offer.secret,
            step,
            recovery: codes.iter().map(|code| totp::recovery_hash(code)).collect(),
        };
        let person = session.person.id;
        let change = PeopleChange::SetFactor { person, factor };
        self.change_people(&session.actor(), change).await?;
        Ok(codes)
    }

    /// Takes the own second factor away, proved by the password.
    ///
    /// # Errors
    /// As [`Desk::take_factor`].
    pub async fn drop_factor(&self, session: &Session, password: &str) -> Result<(), PeopleError> {
        self.prove(session, password).await?;
        let person = session.person.id;
        let change = PeopleChange::RemoveFactor { person };
        self.change_people(&session.actor(), change)
            .await
            .map(|_| ())
    }

    /// The code with which the first administrator may be made: a new one each time, and the one
    /// before is good no more. None when there are people already.
    ///
    /// # Errors
    /// When the journal cannot be read, or the system gives no random numbers.
    pub fn new_setup_code(&self) -> Result<Option<String>, DeskError> {
        if self.has_people()? {
            return Ok(None);
        }
        let code = totp::readable_code()?;
        *self.setup_code() = Some(Sha256::digest(totp::plain(&code)).into());
        Ok(Some(code))
    }

    /// Makes the first administrator, proved by the code of [`Desk::new_setup_code`].
    ///
    /// # Errors
    /// When the code is wrong, there is somebody already, or as [`Desk::add_person`].
    pub async fn add_first(
        &self,
        code: &str,
        (login, name): (&str, &str),
        password: &str,
        visitor: &Visitor,
    ) -> Result<i64, PeopleError> {
        let now = self.clock().now().mono;
        let tried = self
            .inner_people()
            .lockout()
            .tried("", visitor.address, now);
        tried.map_err(|wait| PeopleError::Locked { wait })?;
        let shown: [u8; 32] = Sha256::digest(totp::plain(code)).into();
        let is_right = (*self.setup_code()).is_some_and(|right| right.ct_eq(&shown).into());
        if !is_right {
            return Err(PeopleError::WrongSetupCode);
        }
        check_password(password, login)?;
        let new = NewPerson {
            login: login.to_owned(),
            name: name.to_owned(),
            roles: [Role::Admin].into_iter().collect(),
            password: self.inner_people().passwords.hash(password).await?,
            must_change: false,
            language: self.inner_people().setup.language,
        };
        let by = visitor.actor(login);
        let row = self.change_people(&by, PeopleChange::AddFirst(new)).await?;
        *self.setup_code() = None;
        Ok(row)
    }

    /// The sessions of somebody that still hold, the newest first.
    ///
    /// # Errors
    /// See [`Desk::people`].
    pub fn sessions_of(&self, person: i64) -> Result<Vec<SessionRow>, DeskError> {
        let now = self.clock().unix_ms();
        let mut sessions = self.reader().sessions_of(person)?;
        sessions.retain(|session| self.inner_people().setup.holds(session, now));
        Ok(sessions)
    }

    /// Lets nothing happen before who asks has shown the own password again.
    async fn prove(&self, session: &Session, password: &str) -> Result<(), PeopleError> {
        let people = self.inner_people();
        let login = &session.person.login;
        let address = session.address;
        let now = self.clock().now().mono;
        let tried = people.lockout().tried(login, address, now);
        tried.map_err(|wait| PeopleError::Locked { wait })?;
        let row = self.reader().person(session.person.id);
        let hash = row.map_err(DeskError::from)?.map(|row| row.password);
        if !people.passwords.verify(password, hash).await? {
            return Err(PeopleError::WrongPassword);
        }
        people.lockout().forget(login, address);
        Ok(())
    }

    fn inner_people(&self) -> &People {
        &self.inner.people
    }

    /// How a device names whose codes these are: short, so that the QR code is a coarse one.
    fn issuer(&self) -> String {
        format!("Kassette {}", self.setup().organisation.inn)
    }

    async fn change_in_journal(&self, by: &Actor, change: PeopleChange) -> Result<i64, DeskError> {
        let by = by.clone();
        self.ask(|writer, reply| writer.change_people(by, change, reply))
            .await
    }

    fn setup_code(&self) -> MutexGuard<'_, Option<[u8; 32]>> {
        let code = self.inner_people().setup_code.lock();
        code.unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address as the trail says it.
fn written(address: Option<IpAddr>) -> Option<String> {
    address.map(|address| address.to_canonical().to_string())
}
