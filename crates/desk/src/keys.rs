//! Who is at the door: the keys, what their holders may do, and how often they may come.

mod basic;
mod bucket;
mod made;
mod strangers;

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use engine::EventKind;
use journal::{Asked, KeyRow, Scope, Scopes};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
use tokio::time::{Instant, sleep};

use crate::{Desk, DeskError, Refused, desk::Inner};
pub use basic::basic_login;
use bucket::Bucket;
pub use made::{KeyOrder, new_key_secret};
use strangers::Strangers;
pub(crate) use strangers::home;

/// How old the keys may be that the desk goes by.
const FRESH: Duration = Duration::from_secs(1);
/// The same when somebody shows a key that is not among them.
const ASKED: Duration = Duration::from_millis(100);
/// How often the journal is told when keys were used last.
const USES_TOLD: Duration = Duration::from_secs(60);

/// Who is at the door.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyIdentity {
    /// The key's row.
    pub id: i64,
    /// The key's name.
    pub name: String,
    /// What its holder may do.
    pub scopes: Scopes,
}

/// Why somebody is not let in.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum KeyRefusal {
    /// No key, an unknown or a revoked one.
    #[error("show a valid key; keys are made by «kassette key add»")]
    Unknown,
    /// The key's time is over, or another secret has replaced this one.
    #[error(
        "the key «{0}» has expired, or a new secret has replaced this one: see «kassette key list»"
    )]
    Expired(String),
    /// The key belongs to another organisation.
    #[error("the key «{0}» is not for the organisation of this server")]
    WrongOrganisation(String),
    /// The key may not come from this address.
    #[error("the key «{0}» may not come from this address: see «kassette key list»")]
    WrongAddress(String),
    /// The key comes too often.
    #[error("the key «{name}» comes too often: wait {} s", seconds(*.wait))]
    TooManyRequests {
        /// The key's name.
        name: String,
        /// How long it has to wait.
        wait: Duration,
    },
    /// Too many unknown keys have come from this address.
    #[error("too many unknown keys come from this address: wait {} s", seconds(*.wait))]
    TooManyTries {
        /// How long the next one has to wait.
        wait: Duration,
    },
}

impl KeyRefusal {
    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unauthorized",
            Self::Expired(_) => "key_expired",
            Self::WrongOrganisation(_) => "wrong_organisation",
            Self::WrongAddress(_) => "wrong_address",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::TooManyTries { .. } => "too_many_tries",
        }
    }

    /// After how many seconds it is worth coming again; none: waiting does not help.
    pub fn retry_after(&self) -> Option<NonZeroU32> {
        match self {
            Self::TooManyRequests { wait, .. } | Self::TooManyTries { wait } => {
                NonZeroU32::new(seconds(*wait))
            }
            _ => None,
        }
    }
}

/// Whole seconds, never too few: as headers say it.
fn seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// The scope that a key needs to submit this.
pub const fn scope_of(asked: &Asked) -> Scope {
    match asked {
        Asked::Event(event) => match &event.kind {
            EventKind::Payment(_)
            | EventKind::Identify(_)
            | EventKind::Charge(_)
            | EventKind::PeriodClose(_)
            | EventKind::Refund(_)
            | EventKind::Recalc(_)
            | EventKind::WriteOff(_)
            | EventKind::Move(_) => Scope::Push,
            EventKind::CancelPayment(_)
            | EventKind::RestorePayment(_)
            | EventKind::RestoreCharge(_)
            | EventKind::FixReceipt(_) => Scope::Correct,
        },
        Asked::Receipt(ready) if ready.receipt.correction.is_some() => Scope::Correct,
        Asked::Receipt(_) => Scope::Push,
    }
}

impl KeyIdentity {
    /// Whether its holder may submit this.
    pub(crate) fn may_submit(&self, asked: &Asked) -> Result<(), Refused> {
        let scope = scope_of(asked);
        if self.scopes.contains(scope) {
            return Ok(());
        }
        Err(Refused {
            code: "wrong_scope",
            message: format!(
                "an operation of this kind needs a key with the scope «{}»; the key «{}» has {}",
                scope.name(),
                self.name,
                self.scopes
            ),
        })
    }

    fn of(row: &KeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            scopes: row.scopes,
        }
    }
}

/// What is kept of a key's secret: its SHA-256.
pub fn key_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What the desk knows of keys and of who has come with them.
#[derive(Default)]
pub(crate) struct Doorkeeper {
    /// The keys as they were read last.
    rows: Vec<KeyRow>,
    read_at: Option<Instant>,
    /// How often each key has come, by its row.
    buckets: HashMap<i64, Bucket>,
    strangers: Strangers,
    /// When keys were used last (by row; milliseconds since 1970), as far as the journal does not
    /// know yet.
    uses: HashMap<i64, i64>,
}

impl Desk {
    /// Lets in who shows this secret of a key, from this address: [`Desk::who`], [`Desk::admit`]
    /// and [`Desk::stranger`] in one.
    ///
    /// # Errors
    /// Why not.
    pub fn enter(&self, secret: &str, from: Option<IpAddr>) -> Result<KeyIdentity, KeyRefusal> {
        match self.look_up(secret) {
            Ok(identity) => self.admit(&identity, from).map(|()| identity),
            Err(KeyRefusal::Unknown) => Err(self.stranger(from)),
            Err(refusal) => Err(refusal),
        }
    }

    /// Whose secret this is; none when it is unknown, revoked, expired or of another organisation.
    /// Changes made by the administrator are seen within a second.
    ///
    /// Whoever asks has to [`admit`](Desk::admit) the holder, or to tell of a
    /// [`stranger`](Desk::stranger).
    pub fn who(&self, secret: &str) -> Option<KeyIdentity> {
        self.look_up(secret).ok()
    }

    /// As [`Desk::who`] for those who say the name of the key, too.
    pub fn key_holder(&self, name: &str, secret: &str) -> Option<KeyIdentity> {
        self.who(secret).filter(|key| key.name == name)
    }

    /// As [`Desk::enter`] for those who say the name of the key, too.
    ///
    /// # Errors
    /// Why not.
    pub fn enter_named(
        &self,
        name: &str,
        secret: &str,
        from: Option<IpAddr>,
    ) -> Result<KeyIdentity, KeyRefusal> {
        match self.look_up(secret) {
            Ok(identity) if identity.name == name => self.admit(&identity, from).map(|()| identity),
            Ok(_) | Err(KeyRefusal::Unknown) => Err(self.stranger(from)),
            Err(refusal) => Err(refusal),
        }
    }

    /// A key by its row, for who has shown it before; none when it was revoked meanwhile, has
    /// expired or is of another organisation. To be [admitted](Desk::admit) like [`Desk::who`]'s.
    pub fn key_by_id(&self, id: i64) -> Option<KeyIdentity> {
        let mut door = self.door();
        let is_known = door.rows.iter().any(|row| row.id == id);
        self.refresh(&mut door, is_known);
        let row = door.rows.iter().find(|row| row.id == id)?;
        self.is_valid(row).ok()?;
        Some(KeyIdentity::of(row))
    }

    /// Lets the holder of a key in for one request, if it may come from this address and does not
    /// come too often, and notes that the key was used. An address that nobody knows lies in no
    /// network.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, key: &KeyIdentity, from: Option<IpAddr>) -> Result<(), KeyRefusal> {
        let mut door = self.door();
        let door = &mut *door;
        let row = door.rows.iter().find(|row| row.id == key.id);
        let row = row.ok_or(KeyRefusal::Unknown)?;
        let from = from.map(|address| address.to_canonical());
        let is_in = |range: &ipnet::IpNet| from.is_some_and(|address| range.contains(&address));
        if !row.ranges.is_empty() && !row.ranges.iter().any(is_in) {
            return Err(KeyRefusal::WrongAddress(row.name.clone()));
        }
        if let Some(limit) = row.rate {
            let bucket = door.buckets.entry(row.id).or_default();
            let now = self.clock().now().mono;
            bucket
                .take(now, limit)
                .map_err(|wait| KeyRefusal::TooManyRequests {
                    name: row.name.clone(),
                    wait,
                })?;
        }
        door.uses.insert(row.id, self.clock().unix_ms());
        Ok(())
    }

    /// Somebody whom nobody knows has come from this address. Says what to answer: after many of
    /// them, to wait. A valid key is let in from there all the same.
    pub fn stranger(&self, from: Option<IpAddr>) -> KeyRefusal {
        let now = self.clock().now().mono;
        match self.door().strangers.tried(from, now) {
            Ok(()) => KeyRefusal::Unknown,
            Err(wait) => KeyRefusal::TooManyTries { wait },
        }
    }

    /// The key with this secret, if it is valid.
    fn look_up(&self, secret: &str) -> Result<KeyIdentity, KeyRefusal> {
        let hash = key_hash(secret);
        let mut door = self.door();
        let is_known = door.find(&hash).is_some();
        self.refresh(&mut door, is_known);
        let (row, valid_until) = door.find(&hash).ok_or(KeyRefusal::Unknown)?;
        self.is_valid(row)?;
        if valid_until.is_some_and(|until| until <= self.clock().unix_ms()) {
            return Err(KeyRefusal::Expired(row.name.clone()));
        }
        Ok(KeyIdentity::of(row))
    }

    fn is_valid(&self, row: &KeyRow) -> Result<(), KeyRefusal> {
        if row.revoked_at.is_some() {
            return Err(KeyRefusal::Unknown);
        }
        if row.organisation != self.setup().organisation.inn {
            return Err(KeyRefusal::WrongOrganisation(row.name.clone()));
        }
        if row
            .expires_at
            .is_some_and(|at| at <= self.clock().unix_ms())
        {
            return Err(KeyRefusal::Expired(row.name.clone()));
        }
        Ok(())
    }

    /// Reads the keys anew if they are old. A key that was made just now is known at once, but a
    /// stranger may not make us read at every try.
    fn refresh(&self, door: &mut Doorkeeper, is_known: bool) {
        let fresh = if is_known { FRESH } else { ASKED };
        if door.read_at.is_some_and(|at| at.elapsed() <= fresh) {
            return;
        }
        match self.reader().keys() {
            Ok(rows) => {
                door.rows = rows;
                door.read_at = Some(Instant::now());
            }
            Err(error) => tracing::error!(%error, "the keys cannot be read"),
        }
    }

    /// Tells the journal when keys were used last, before the end.
    pub(crate) async fn tell_uses(&self) -> Result<(), DeskError> {
        let uses = self.door().take_uses();
        if uses.is_empty() {
            return Ok(());
        }
        self.ask(|writer, reply| writer.note_key_uses(uses, reply))
            .await
    }

    fn door(&self) -> MutexGuard<'_, Doorkeeper> {
        lock(&self.inner.door)
    }
}

impl Doorkeeper {
    /// The key with this hash of a secret, and when that ceases to be valid. How long the search
    /// takes does not tell how much of a hash is right.
    fn find(&self, hash: &[u8; 32]) -> Option<(&KeyRow, Option<i64>)> {
        let mut found = None;
        for row in &self.rows {
            for secret in &row.secrets {
                let is_it: Choice = secret.hash.ct_eq(hash);
                if is_it.into() {
                    found = Some((row, secret.valid_until));
                }
            }
        }
        found
    }

    fn take_uses(&mut self) -> Vec<(i64, i64)> {
        self.uses.drain().collect()
    }
}

/// Tells the journal each minute when keys were used last, until the desk is gone. Nobody waits for
/// it, and intake does not pay for it: at most one small transaction a minute.
pub(crate) fn tell_uses_now_and_then(desk: &Arc<Inner>) {
    let desk: Weak<Inner> = Arc::downgrade(desk);
    tokio::spawn(async move {
        loop {
            sleep(USES_TOLD).await;
            let Some(desk) = desk.upgrade() else {
                return;
            };
            let uses = lock(&desk.door).take_uses();
            if !uses.is_empty() {
                let told = |told: journal::Result<()>| {
                    if let Err(error) = told {
                        tracing::warn!(%error, "it is not noted when keys were used last");
                    }
                };
                desk.writer.note_key_uses(uses, Box::new(told));
            }
        }
    });
}

fn lock(door: &Mutex<Doorkeeper>) -> MutexGuard<'_, Doorkeeper> {
    door.lock().unwrap_or_else(PoisonError::into_inner)
}
