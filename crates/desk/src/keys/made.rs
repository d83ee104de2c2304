//! Keys that are made, listed and revoked at the panel.

use std::fmt::Write as _;

use journal::{KeyRing, KeyRow, NewKey, Scope, Store};

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

impl Desk {
    /// All keys of the HTTP interface, also revoked ones.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub async fn keys(&self) -> Result<Vec<KeyRow>, DeskError> {
        self.read_aside(|reader| reader.keys()).await
    }

    /// Makes a key without limits for the organisation and says its secret, this once: only its
    /// hash is kept.
    ///
    /// # Errors
    /// When a key of this name exists or existed, the name cannot be, or the journal cannot store.
    pub async fn add_key(
        &self,
        name: &str,
        scopes: impl IntoIterator<Item = Scope>,
        comment: &str,
    ) -> Result<String, DeskError> {
        let secret = new_key_secret()?;
        let inn = self.setup().organisation.inn;
        let key = NewKey {
            comment: comment.to_owned(),
            ..NewKey::new(name, key_hash(&secret), scopes, inn)
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
