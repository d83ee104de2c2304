//! Whether a key that was shown earlier still opens.

use crate::{Desk, DeskError, KeyIdentity};

impl Desk {
    /// The holder of the API key of this row; none when it is unknown or revoked.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn key_by_id(&self, id: i64) -> Result<Option<KeyIdentity>, DeskError> {
        let rows = self.reader().keys()?;
        let row = rows
            .into_iter()
            .find(|row| row.id == id && row.revoked_at.is_none());
        Ok(row.map(|row| KeyIdentity {
            id: row.id,
            name: row.name,
            scope: row.scope,
        }))
    }
}
