//! Whether a key that was shown earlier still opens.

use crate::{Desk, KeyIdentity};

impl Desk {
    /// The holder of the API key of this row; none when it is unknown or revoked.
    pub fn key_by_id(&self, id: i64) -> Option<KeyIdentity> {
        let rows = self.reader().keys();
        let rows = rows.inspect_err(|error| tracing::error!(%error, "the keys cannot be read"));
        let mut rows = rows.unwrap_or_default().into_iter();
        let row = rows.find(|row| row.id == id && row.revoked_at.is_none())?;
        Some(KeyIdentity {
            id: row.id,
            name: row.name,
            scope: row.scope,
        })
    }
}
