use tokio::sync::oneshot;

use crate::{Desk, DeskError, rack::Message};

impl Desk {
    /// Whether a drive in the cassette is emulated or a debug one: then its documents have no legal
    /// force, and every page says so.
    ///
    /// # Errors
    /// When the desk is closing.
    pub async fn is_emulated(&self) -> Result<bool, DeskError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Message::View(reply))?;
        let (views, ..) = answer.await.map_err(|_| DeskError::Stopping)?;
        let mut facts = views.iter().filter_map(|view| view.facts.as_ref());
        Ok(facts.any(|facts| !facts.serial))
    }
}
