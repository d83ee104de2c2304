//! Expected and found outcomes, by the comparison rules of receipt rules §3.1: receipts in order and
//! whole but without `ref`; ids of new debts and advances are an implementation's own; entries at
//! zero do not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use engine::{Account, Before};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    CasebookError,
    account::{AccountAfterRow, DebtRow, LotRow},
    outcome::OutcomeRow,
};

/// A place where an outcome is not what the example expects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Where, such as `receipts[0].lines[1].vat`.
    pub path: String,
    /// What is expected there, as JSON; `nothing` when there should be no such thing.
    pub expected: String,
    /// What was found, in the same way.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected {}, found {}",
            self.path, self.expected, self.found
        )
    }
}

/// Every place where the two differ.
pub(crate) fn differences(
    expected: &OutcomeRow,
    found: &OutcomeRow,
    before: &Before,
) -> Result<Vec<Difference>, CasebookError> {
    let (mut expected, mut found) = (expected.clone(), found.clone());
    for outcome in [&mut expected, &mut found] {
        leave_out(outcome);
    }
    let mut names = Names::default();
    for (number, account) in &mut expected.after.accounts {
        if let Some(found) = found.after.accounts.get(number) {
            names.match_account(account, found, before.accounts.get(&number.0));
        }
    }
    for record in &mut expected.non_fiscal {
        if let Some(name) = record.reference.as_ref().and_then(|id| names.0.get(id)) {
            record.reference = Some(name.clone());
        }
    }
    let mut differences = Vec::new();
    compare("", &value(&expected)?, &value(&found)?, &mut differences);
    Ok(differences)
}

fn value(outcome: &impl Serialize) -> Result<Value, CasebookError> {
    serde_json::to_value(outcome).map_err(|error| CasebookError::Unwritten {
        why: error.to_string(),
    })
}

/// Leaves out what does not count.
fn leave_out(outcome: &mut OutcomeRow) {
    for line in outcome
        .receipts
        .iter_mut()
        .flat_map(|receipt| &mut receipt.lines)
    {
        line.refs = Default::default();
    }
    for account in outcome.after.accounts.values_mut() {
        account.debts.retain(|debt| !debt.open.0.is_zero());
        account.written_off.retain(|debt| !debt.open.0.is_zero());
        account
            .penalties
            .retain(|penalty| !penalty.open.0.is_zero());
        account.advances.retain(|lot| !lot.amount.0.is_zero());
        account
            .settled
            .retain(|settled| !settled.amount.0.is_zero());
    }
    for list in [&mut outcome.after.buffer, &mut outcome.after.unidentified] {
        if list
            .as_ref()
            .is_some_and(|list| *list == Value::Array(Vec::new()))
        {
            *list = None;
        }
    }
}

/// What is found for expected ids of new entries.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn match_account(
        &mut self,
        expected: &mut AccountAfterRow,
        found: &AccountAfterRow,
        before: Option<&Account>,
    ) {
        let old: BTreeSet<&str> = before.into_iter().flat_map(ids).collect();
        self.match_list(&mut expected.debts, &found.debts, &old);
        self.match_list(&mut expected.written_off, &found.written_off, &old);
        self.match_list(&mut expected.advances, &found.advances, &old);
    }

    /// Takes the found id where only the id of a new entry can differ.
    fn match_list<T: Entry>(&mut self, expected: &mut [T], found: &[T], old: &BTreeSet<&str>) {
        let all: BTreeSet<&str> = found.iter().map(T::id).collect();
        for (expected, found) in expected.iter_mut().zip(found) {
            let (id, name) = (expected.id().to_owned(), found.id());
            let both_new = !old.contains(id.as_str()) && !old.contains(name);
            if !both_new || all.contains(id.as_str()) {
                continue;
            }
            // One id, one name, wherever it stands.
            let known = self.0.entry(id).or_insert_with(|| name.to_owned());
            if known == name {
                expected.rename(name);
            }
        }
    }
}

fn ids(account: &Account) -> impl Iterator<Item = &str> {
    let debts = account.debts.iter().chain(&account.written_off);
    let debts = debts.map(|debt| debt.id.as_str());
    debts.chain(account.advances.iter().map(|lot| lot.id.as_str()))
}

trait Entry {
    fn id(&self) -> &str;
    fn rename(&mut self, name: &str);
}

impl Entry for DebtRow {
    fn id(&self) -> &str {
        &self.id
    }

    fn rename(&mut self, name: &str) {
        self.id = name.to_owned();
    }
}

impl Entry for LotRow {
    fn id(&self) -> &str {
        &self.id
    }

    fn rename(&mut self, name: &str) {
        self.id = name.to_owned();
    }
}

fn compare(path: &str, expected: &Value, found: &Value, differences: &mut Vec<Difference>) {
    match (expected, found) {
        (Value::Object(left), Value::Object(right)) => {
            compare_objects(path, left, right, differences);
        }
        (Value::Array(left), Value::Array(right)) => {
            for place in 0..left.len().max(right.len()) {
                let path = format!("{path}[{place}]");
                compare_entries(&path, left.get(place), right.get(place), differences);
            }
        }
        _ if expected == found => {}
        _ => compare_entries_apart(path, Some(expected), Some(found), differences),
    }
}

fn compare_objects(
    path: &str,
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    differences: &mut Vec<Difference>,
) {
    let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for key in keys {
        let path = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        compare_entries(&path, left.get(key), right.get(key), differences);
    }
}

fn compare_entries(
    path: &str,
    expected: Option<&Value>,
    found: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    match (expected, found) {
        (Some(expected), Some(found)) => compare(path, expected, found, differences),
        _ => compare_entries_apart(path, expected, found, differences),
    }
}

fn compare_entries_apart(
    path: &str,
    expected: Option<&Value>,
    found: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    let show = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    differences.push(Difference {
        path: path.to_owned(),
        expected: show(expected),
        found: show(found),
    });
}
