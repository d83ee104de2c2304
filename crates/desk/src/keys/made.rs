//! Keys that are made, listed and revoked at the panel.

use std::fmt::Write as _;

use ipnet::IpNet;
use journal::{KeyRing, KeyRow, NewKey, RateLimit, Scope, Store};
use terms::LocalDate;

use super::key_hash;
use crate::{Desk, DeskError};

/// What every secret begins with: so one that has leaked into a log or a repository is recognised.
const PREFIX: &str = "kst_";

/// The secret of a new key: 256 random bits.
///
/// # Errors
/// When the system gives no random numbers.
pub fn new_key_secret() -> Result<String, DeskError> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| DeskError::System(error.to_string()))?;
    let mut text = PREFIX.to_owned();
    for byte in secret {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// A key that a person wants.
#[derive(Clone, Debug, Default)]
pub struct KeyOrder {
    /// What people call it: 1 to 64 characters, unlike that of every key before.
    pub name: String,
    /// What its holder may do; at least one.
    pub scopes: Vec<Scope>,
    /// The networks that it may come from; none: from everywhere.
    pub ranges: Vec<IpNet>,
    /// How often it may come; none: as often as it likes.
    pub rate: Option<RateLimit>,
    /// The first day on which it is not valid any more, at the place of settlement; none: for ever.
    pub expires: Option<LocalDate>,
    /// What people want to know of it, at most 500 characters.
    pub comment: String,
}

impl Desk {
    /// All keys of the HTTP interface, also revoked ones.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub async fn keys(&self) -> Result<Vec<KeyRow>, DeskError> {
        self.read_aside(|reader| reader.keys()).await
    }

    /// Makes a key for the organisation and says its secret, this once: only its
    /// hash is kept.
    ///
    /// # Errors
    /// When a key of this name exists or existed, the name cannot be, or the journal cannot store.
    pub async fn add_key(&self, order: KeyOrder) -> Result<String, DeskError> {
        let secret = new_key_secret()?;
        let organisation = &self.setup().organisation;
        let offset = i64::from(organisation.utc_offset.local_minus_utc());
        let day = order.expires.map(|day| day.at(0, 0)).transpose()?;
        let expires_at = day.map(|begin| (begin.unix_local() - offset) * 1_000);
        let hash = key_hash(&secret);
        let key = NewKey {
            ranges: order.ranges,
            rate: order.rate,
            expires_at,
            comment: order.comment,
            ..NewKey::new(order.name, hash, order.scopes, organisation.inn)
        };
        self.with_ring(move |ring| ring.add(&key)).await?;
        Ok(secret)
    }

    /// Revokes a key, for ever; says whether there was a valid one of this name.
    ///
    /// # Errors
    /// When the journal cannot store.
    pub async fn revoke_key(&self, name: &str) -> Result<bool, DeskError> {
        let name = name.to_owned();
        self.with_ring(move |ring| ring.revoke(&name)).await
    }

    async fn with_ring<T: Send + 'static>(
        &self,
        work: impl FnOnce(&KeyRing) -> journal::Result<T> + Send + 'static,
    ) -> Result<T, DeskError> {
        let store = Store::in_folder(&self.setup().folder);
        let done = tokio::task::spawn_blocking(move || work(&KeyRing::open(&store)?));
        Ok(done.await.map_err(|_| DeskError::Stopping)??)
    }
}
