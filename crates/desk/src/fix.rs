//! One wrong receipt: what corrects it. Many of them are corrected by a restoration.

use engine::{Change, EventKind, FixReceipt, Payments, RightReceipt};
use terms::{Basis, Id};

use crate::{Desk, DeskError, restore::fix_key};

/// What was wrong in a receipt that is to be corrected.
#[derive(Clone, Debug)]
pub struct Fixing {
    /// The wrong receipt.
    pub receipt: Id,
    /// What was wrong in it.
    pub change: Change,
}

impl Fixing {
    /// What is asked for, before [`Desk::fix_event`] computes it: it names what has to be known for
    /// that.
    pub fn asked(&self) -> EventKind {
        EventKind::FixReceipt(FixReceipt {
            original: self.receipt.to_string(),
            right: RightReceipt {
                account: self.change.account.clone(),
                tax_system: None,
                operation: None,
                lines: Vec::new(),
                payments: Payments::default(),
            },
            ledger: false,
            accepted: true,
            order: None,
        })
    }
}

impl Desk {
    /// Why an operation corrects; none when it corrects nothing.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn basis(&self, operation: Id) -> Result<Option<Basis>, DeskError> {
        Ok(self.reader().basis(operation)?)
    }

    /// The key of the operation that corrects a receipt in which `change` was wrong, the same as a
    /// restoration gives it; none: the receipt is no fiscal document. A fix that was cancelled before
    /// anything of it was formed is none: the next one has a key of its own.
    ///
    /// # Errors
    /// When there is no such receipt, or the journal cannot be read.
    pub async fn fix_key(&self, receipt: Id, change: &Change) -> Result<Option<String>, DeskError> {
        let view = self.receipt(receipt)?;
        let view = view.ok_or(DeskError::UnknownReceipt(receipt))?;
        let Some(document) = view.document else {
            return Ok(None);
        };
        let stem = fix_key(&document.drive, document.number, change);
        let mut key = stem.clone();
        for times in 2..=FIXES_MAX {
            let known = self.operation_by_key(&key).await?;
            if known.is_none_or(|operation| operation.cancelled.is_none()) {
                break;
            }
            key = format!("{stem}/{times}");
        }
        Ok(Some(key))
    }
}

/// How often a fix may be tried anew after it was cancelled; as in restorations.
const FIXES_MAX: usize = 9;
