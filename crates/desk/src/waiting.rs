//! Callers that wait for receipts to be formed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use journal::Change;
use terms::Id;
use tokio::sync::Notify;

/// Who waits for which receipt.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    by_receipt: Mutex<HashMap<Id, Vec<Arc<Notify>>>>,
}

/// A caller's place among those who wait; leaves when it is dropped.
pub(crate) struct Place<'a> {
    waiting: &'a Waiting,
    receipts: Vec<Id>,
    pub(crate) bell: Arc<Notify>,
}

impl Waiting {
    /// Takes a place: the bell rings when one of the receipts changes from now on.
    pub(crate) fn join(&self, receipts: &[Id]) -> Place<'_> {
        let bell = Arc::new(Notify::new());
        let mut by_receipt = self
            .by_receipt
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for receipt in receipts {
            by_receipt.entry(*receipt).or_default().push(bell.clone());
        }
        Place {
            waiting: self,
            receipts: receipts.to_vec(),
            bell,
        }
    }

    /// Rings the bells of those who wait for what has changed.
    pub(crate) fn tell(&self, changes: &[Change]) {
        let by_receipt = self
            .by_receipt
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if by_receipt.is_empty() {
            return;
        }
        for bell in changes
            .iter()
            .filter_map(|change| by_receipt.get(&change.receipt))
            .flatten()
        {
            bell.notify_one();
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut by_receipt = self
            .waiting
            .by_receipt
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for receipt in &self.receipts {
            if let Some(bells) = by_receipt.get_mut(receipt) {
                bells.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
                if bells.is_empty() {
                    by_receipt.remove(receipt);
                }
            }
        }
    }
}
