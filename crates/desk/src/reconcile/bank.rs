//! Files of banks and acquirers: whose money each row is.

use std::collections::HashMap;

use journal::{FileRole, LooseRow, MoneyKinds, ReconciliationFile, Scratch};
use sha2::{Digest, Sha256};
use statements::{Kind, Row};

use super::{Notes, Pair, Stretch, Told, bad_file};
use crate::{
    Desk, DeskError, ImportError, ImportOrder, StatementFile,
    imports::{accounts_named, key_of},
};

/// How many operations may have come with one number of a bank: the second one is `…/2`.
const TIMES_MAX: u32 = 5;

/// A file that was read, with its rows still to be looked for.
pub(super) struct BankRows<'a> {
    pub(super) desk: &'a Desk,
    pub(super) scratch: &'a Scratch,
    pub(super) days: Stretch,
    pub(super) notes: &'a mut Notes,
    /// Transfers by which registries of this reconciliation were passed on: number and sum.
    pub(super) transfers: &'a HashMap<String, i64>,
}

/// What a look at the files tells before their rows are compared.
pub(super) struct Looked {
    pub(super) files: Vec<ReconciliationFile>,
    pub(super) transfers: HashMap<String, i64>,
}

/// Reads every file once, so that nothing is compared of an order with a file that is wrong.
pub(super) fn look(
    desk: &Desk,
    files: &[StatementFile],
    profile: Option<&String>,
    told: &mut Told,
) -> Result<Looked, DeskError> {
    let mut looked = Looked {
        files: Vec::new(),
        transfers: HashMap::new(),
    };
    for file in files {
        parsed(desk, file, profile, |parsed, kind| {
            if let Some(order) = &parsed.about.order {
                let sum = parsed.totals.transferred.get();
                looked.transfers.insert(order.number.to_owned(), sum);
            }
            let source = source(kind).to_owned();
            if !told.sources.contains(&source) {
                told.sources.push(source);
            }
            looked.files.push(ReconciliationFile {
                role: FileRole::Bank,
                name: file.name.clone(),
                sha256: Sha256::digest(&file.bytes).into(),
                kind: kind.name().to_owned(),
                rows: parsed.rows.len() as u64,
                amount: parsed.totals.amount,
            });
            Ok(())
        })?;
        told.pairs.insert(Pair::Bank);
    }
    Ok(looked)
}

fn parsed<T>(
    desk: &Desk,
    file: &StatementFile,
    profile: Option<&String>,
    with: impl FnOnce(&statements::Parsed<'_>, Kind) -> Result<T, DeskError>,
) -> Result<T, DeskError> {
    let refuse = |why: ImportError| bad_file(&file.name, why);
    let order = ImportOrder {
        profile: profile.cloned(),
        ..ImportOrder::default()
    };
    let (text, _) = statements::decode(&file.bytes).map_err(|why| refuse(why.into()))?;
    let rules = &desk.setup().statements;
    let (kind, profile) = rules
        .kind_and_profile(&text, &file.name, &order)
        .map_err(refuse)?;
    let parsed = statements::read(&text, kind, profile).map_err(|why| refuse(why.into()))?;
    desk.check_owner(&parsed, &file.name)
        .map_err(|why| bad_file(&file.name, why))?;
    with(&parsed, kind)
}

impl BankRows<'_> {
    /// Looks for the money of each row of a file in the journal's money on the scratch.
    pub(super) fn compare(
        &mut self,
        place: usize,
        file: &StatementFile,
        profile: Option<&String>,
    ) -> Result<(), DeskError> {
        parsed(self.desk, file, profile, |parsed, kind| {
            let mut times: HashMap<String, u32> = HashMap::with_capacity(parsed.rows.len());
            for row in &parsed.rows {
                let key = key_of(kind, row);
                let time = times.entry(key.clone()).or_default();
                *time += 1;
                let time = *time;
                self.row((place, kind), row, (key, time))?;
            }
            Ok(())
        })
    }

    fn row(
        &mut self,
        (place, kind): (usize, Kind),
        row: &Row<'_>,
        (key, time): (String, u32),
    ) -> Result<(), DeskError> {
        let sum = row.amount.get();
        if sum == 0 {
            return Ok(());
        }
        if !self.days.contains(row.date) {
            self.notes.count(Pair::Bank, "outside_days", sum);
            return Ok(());
        }
        let pair = Pair::Bank.code();
        let numbered = match time {
            1 => key.clone(),
            time => format!("{key}/{time}"),
        };
        if self.scratch.is_repeated(pair, &numbered, place)? {
            self.notes.count(Pair::Bank, "repeated", sum);
            return Ok(());
        }
        if kind == Kind::ClientBank && self.is_transfer(row)? {
            self.notes.count(Pair::Bank, "transfers", sum);
            return Ok(());
        }
        let rules = &self.desk.setup().statements;
        let is_known = self.scratch.has_money(&numbered)? || self.scratch.has_money(&key)?;
        if rules.is_business(&row.payer_account) && !is_known {
            self.notes.count(Pair::Bank, "businesses", sum);
            return Ok(());
        }
        let mut keys = vec![numbered.clone()];
        keys.extend((2..=TIMES_MAX).map(|time| format!("{key}/{time}")));
        let forms: &[String] = match kind {
            // Its numbers are not unique.
            Kind::ClientBank => &[],
            _ => &rules.known_keys,
        };
        let number: &str = match row.number.is_empty() {
            true => &key,
            false => &row.number,
        };
        let found = LooseRow {
            keys,
            keys_of_account: forms
                .iter()
                .map(|form| form.replace("{number}", number))
                .collect(),
            account: self.account(row)?,
            day: row.date.to_string(),
            source: source(kind).to_owned(),
            reference: match row.number.is_empty() {
                true => format!("строка {}", row.line),
                false => row.number.clone().into_owned(),
            },
            sum,
            key: numbered,
        };
        Ok(self.scratch.find(pair, MoneyKinds::Cashless, &found)?)
    }

    /// Whether it is the transfer by which a bank has passed on the money of a registry.
    fn is_transfer(&self, row: &Row<'_>) -> Result<bool, DeskError> {
        if self.transfers.get(&*row.number) == Some(&row.amount.get()) {
            return Ok(true);
        }
        let registry = self
            .desk
            .reader()
            .registry_of_order(&row.number, row.amount)?;
        Ok(registry.is_some())
    }

    /// The account that a row names, or the only open one in its purpose; empty: nobody knows.
    fn account(&self, row: &Row<'_>) -> Result<String, DeskError> {
        if !row.account.is_empty() {
            return Ok(row.account.clone().into_owned());
        }
        let patterns = &self.desk.setup().statements.account_patterns;
        let mut named: Vec<_> = accounts_named(patterns, &row.purpose).collect();
        named.sort();
        named.dedup();
        let open = self.desk.reader().are_open(&named)?;
        let mut open = named.iter().zip(open).filter(|(_, is_open)| *is_open);
        Ok(match (open.next(), open.next()) {
            (Some((only, _)), None) => only.to_string(),
            _ => String::new(),
        })
    }
}

/// How the keys of a kind's operations begin.
pub(super) const fn source(kind: Kind) -> &'static str {
    match kind {
        Kind::Sberbank => "sber",
        Kind::Lanbilling => "lan",
        Kind::Table => "csv",
        Kind::ClientBank => "bank",
    }
}
