//! Billing's exports onto the scratch.

use journal::{FileRole, LooseRow, MoneyKinds, ReconciliationFile, Scratch, Side, SideRow};
use sha2::{Digest, Sha256};
use statements::{BillingRecord, BillingRow, read_billing};
use terms::Kopecks;

use super::{Notes, Pair, Stretch, Told, bad_file};
use crate::{DeskError, StatementFile};

/// The payments of billing wait here until the journal's money is on the scratch.
pub(super) struct BillingRows<'a> {
    pub(super) scratch: &'a Scratch,
    pub(super) days: Stretch,
    pub(super) notes: &'a mut Notes,
    pub(super) told: &'a mut Told,
}

impl BillingRows<'_> {
    /// Reads a file: charges, balances and the sales book onto the scratch, payments not yet.
    pub(super) fn read(&mut self, file: &StatementFile) -> Result<ReconciliationFile, DeskError> {
        let mut failed: Option<DeskError> = None;
        let (text, _) = statements::decode(&file.bytes).map_err(|why| bad_file(&file.name, why))?;
        let totals = read_billing(&text, |row| {
            if failed.is_none()
                && let Err(error) = self.take(file, &row)
            {
                failed = Some(error);
            }
        })
        .map_err(|why| bad_file(&file.name, why))?;
        if let Some(error) = failed {
            return Err(error);
        }
        let amount = i64::try_from(totals.amount).ok();
        let amount = amount.and_then(|amount| Kopecks::new(amount).ok());
        Ok(ReconciliationFile {
            role: FileRole::Billing,
            name: file.name.clone(),
            sha256: Sha256::digest(&file.bytes).into(),
            kind: "billing".to_owned(),
            rows: totals.rows,
            amount: amount.ok_or_else(|| bad_file(&file.name, "its sums are beyond every sum"))?,
        })
    }

    fn take(&mut self, file: &StatementFile, row: &BillingRow<'_>) -> Result<(), DeskError> {
        let pair = match row.record {
            BillingRecord::Payment => Pair::Payments,
            BillingRecord::Charge => Pair::Charges,
            BillingRecord::Balance => Pair::Balances,
            BillingRecord::Vat => Pair::SalesBook,
        };
        self.told.pairs.insert(pair);
        if row.record == BillingRecord::Balance {
            self.check_day(file, row)?;
        } else if !self.days.contains(row.date) {
            self.notes.count(pair, "outside_days", row.amount.get());
            return Ok(());
        }
        let about = SideRow {
            sum: row.amount.get(),
            account: row.account.to_string(),
            day: row.date.to_string(),
            source: row.source.to_string(),
            reference: row.id.to_string(),
            ..SideRow::default()
        };
        let (side, about) = match row.record {
            // They look for their money once the journal's is there.
            BillingRecord::Payment => return Ok(()),
            BillingRecord::Charge => (Side::Left, self.charge(row, about)),
            BillingRecord::Balance => {
                let key = row.account.to_string();
                (Side::Right, SideRow { key, ..about })
            }
            BillingRecord::Vat => {
                let rate = row.vat.unwrap_or(terms::VatRate::Exempt);
                let key = audit::VatKey::new(row.date.period(), rate).to_string();
                (Side::Right, SideRow { key, ..about })
            }
        };
        Ok(self.scratch.add(pair.code(), side, &about)?)
    }

    fn charge(&mut self, row: &BillingRow<'_>, about: SideRow) -> SideRow {
        let tell = &mut self.told.charges;
        tell.ids &= !row.id.is_empty();
        tell.services &= !row.service.is_empty();
        tell.rates &= row.vat.is_some();
        SideRow {
            key: format!("{} {}", row.account, row.period),
            service: Some(row.service.to_string()),
            vat: row.vat.map(|rate| rate.name().to_owned()),
            ..about
        }
    }

    /// Balances are those of the end of one day.
    fn check_day(&mut self, file: &StatementFile, row: &BillingRow<'_>) -> Result<(), DeskError> {
        let day = *self.told.balances_on.get_or_insert(row.date);
        if day != row.date {
            let why = format!(
                "line {}, date: balances are those of one day, and another row has {day}",
                row.line
            );
            return Err(bad_file(&file.name, why));
        }
        let first = self.days.from.plus_days(-1).unwrap_or(self.days.from);
        if day < first || day > self.days.to {
            let why = format!(
                "line {}, date: balances are those of a day from {first} to {}",
                row.line, self.days.to
            );
            return Err(bad_file(&file.name, why));
        }
        Ok(())
    }
}

/// Looks for the money of billing's payments in the journal's money on the scratch.
pub(super) fn find_payments(
    scratch: &Scratch,
    days: Stretch,
    file: &StatementFile,
) -> Result<(), DeskError> {
    let mut failed = None;
    let (text, _) = statements::decode(&file.bytes).map_err(|why| bad_file(&file.name, why))?;
    read_billing(&text, |row| {
        let is_wanted = row.record == BillingRecord::Payment
            && days.contains(row.date)
            && !row.amount.is_zero();
        if is_wanted && failed.is_none() {
            let found = scratch.find(Pair::Payments.code(), MoneyKinds::All, &loose(&row));
            failed = found.err();
        }
    })
    .map_err(|why| bad_file(&file.name, why))?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

fn loose(row: &BillingRow<'_>) -> LooseRow {
    LooseRow {
        key: match row.id.is_empty() {
            true => format!("{} строка {}", row.account, row.line),
            false => row.id.to_string(),
        },
        keys: match row.id.is_empty() {
            true => Vec::new(),
            false => vec![row.id.to_string()],
        },
        keys_of_account: Vec::new(),
        account: row.account.to_string(),
        day: row.date.to_string(),
        source: match row.source.is_empty() {
            true => "billing".to_owned(),
            false => row.source.to_string(),
        },
        reference: row.id.to_string(),
        sum: row.amount.get(),
    }
}
