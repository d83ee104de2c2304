//! One wrong receipt: what corrects it. Many of them are corrected by a restoration.

use engine::{
    Change, Event, EventKind, FixReceipt, MAX_EVENT_ID, Payments, Refusal, RightReceipt, Setup,
    fix_of,
};
use terms::{Basis, Id, LocalDate};

use crate::{Desk, DeskError, Refused};

/// What was wrong in a receipt that is to be corrected.
#[derive(Clone, Debug)]
pub struct Fixing {
    /// The wrong receipt.
    pub receipt: Id,
    /// What was wrong in it.
    pub change: Change,
}

/// The key of the operation that corrects a fiscal document in which something was wrong: one
/// document is corrected once in the same respect (receipt rules §4.4). What was wrong stands there
/// by its names ([`Change::names`]), shortened if they are many.
pub fn fix_key(drive: &str, document: u32, change: &Change) -> String {
    let names = change.names();
    let key = |names: &[&str]| format!("fix:{drive}:{document}:{}", names.join("+"));
    let whole = key(&names);
    if whole.len() <= MAX_EVENT_ID {
        return whole;
    }
    // Two letters tell them apart.
    let short: Vec<&str> = names.iter().map(|name| name.split_at(2).0).collect();
    key(&short)
}

impl Fixing {
    /// What is asked for, before it is computed: it names what has to be known for that.
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

    /// The key of the operation that corrects a receipt; none: it is no fiscal document.
    ///
    /// # Errors
    /// When there is no such receipt, or the journal cannot be read.
    pub fn fix_key(&self, receipt: Id, change: &Change) -> Result<Option<String>, DeskError> {
        let view = self.receipt(receipt)?;
        let view = view.ok_or(DeskError::UnknownReceipt(receipt))?;
        let key = view
            .document
            .map(|document| fix_key(&document.drive, document.number, change));
        Ok(key)
    }

    /// The event that corrects a receipt, on the state as it stands: of this identifier and day. When
    /// it is submitted, the rules look once more: what has changed since is refused.
    ///
    /// # Errors
    /// When the journal cannot be read; a refusal by the rules is the inner error.
    pub async fn fix_event(
        &self,
        (key, date): (&str, LocalDate),
        fixing: &Fixing,
    ) -> Result<Result<Event, Refused>, DeskError> {
        let setup = Setup {
            config: self.setup().receipts.clone(),
            services: self.services().await?,
        };
        let event = |kind| Event {
            id: key.to_owned(),
            date,
            kind,
        };
        let before = self.reader().before(&event(fixing.asked()))?;
        let fixed = match before.receipts.first() {
            Some(wrong) => fix_of(wrong, &fixing.change, &setup, &before.accounts),
            None => Err(Refusal::UnknownReceipt {
                receipt: fixing.receipt.to_string(),
            }),
        };
        Ok(fixed.map(event).map_err(|refusal| Refused {
            code: refusal.code(),
            message: refusal.to_string(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use terms::{OperationSign, TaxSystem};

    use super::*;

    #[test]
    fn a_key_names_what_was_wrong_and_fits_an_operation() {
        let mut change = Change {
            rejected: true,
            tax_system: Some(TaxSystem::Common),
            ..Change::default()
        };
        let key = |change: &Change| fix_key("9999078900000001", u32::MAX, change);
        let short = key(&change);
        assert_eq!(short, "fix:9999078900000001:4294967295:rejected+sno");
        change.sign = Some(OperationSign::Income);
        change.account = Some("1".parse().unwrap());
        change.vat = Some(engine::Swap {
            from: None,
            to: terms::VatRate::V22,
        });
        change.period = Some(engine::Swap {
            from: None,
            to: "2026-01".parse().unwrap(),
        });
        change.service = Some(engine::Swap {
            from: None,
            to: "TV".parse().unwrap(),
        });
        let long = key(&change);
        assert!(long.len() <= MAX_EVENT_ID, "{long}");
        assert!(long.ends_with(":re+va+sn+se+pe+ac+si"), "{long}");
    }
}
