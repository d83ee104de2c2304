//! The plan of restoring lost settlements: what the files say, what of it the journal has, and what
//! the rest becomes.
//!
//! Memory: the rows of the plan, at most 200 000 of about a kilobyte; files are read one after
//! another, and of the accounts one at a time, as the rows of one account are computed together. A row
//! touches its own account only, so that is the same as computing all in the order of their days.

use std::collections::{BTreeMap, HashMap};

use journal::{NewRestoration, RestorationFile, RestorationRow};
use restoration::{Class, Kind};
use sha2::{Digest, Sha256};
use terms::{AccountNumber, LocalDate, Saying};

use super::{
    LostOrder, RestoreError,
    change::Parameters,
    draft::{Drafting, check_count, new_row, set_aside, set_planned_aside},
    operation::{lost_body, lost_event},
};
use crate::{
    Desk, DeskError, ImportError, ImportOrder, RowClass,
    imports::{Sorted, sort},
};

/// Makes the plan; its number.
pub(super) fn plan(desk: &Desk, order: &LostOrder) -> Result<i64, DeskError> {
    check_days(desk, order)?;
    let (mut files, mut rows) = (Vec::new(), Vec::new());
    for file in &order.files {
        let place = files.len() as u32 + 1;
        files.push(read_file(desk, order, (file, place), &mut rows)?);
        check_count(rows.len())?;
    }
    set_repeated_aside(&mut rows);
    set_planned_aside(desk, &mut rows)?;
    rows.sort_by_key(|row| (row.date, row.line));
    let mut drafting = Drafting::begin(desk)?;
    compute(&mut drafting, &mut rows, order)?;
    let parameters = Parameters::lost(order.from, order.to, order.profile.as_ref());
    let new = NewRestoration {
        kind: Kind::Lost,
        parameters: parameters.to_json()?,
        basis: order.basis.clone(),
        author: order.by.clone(),
        api_key: order.sender.as_ref().map(|key| key.id),
        files,
    };
    drafting.store(new, rows)
}

fn check_days(desk: &Desk, order: &LostOrder) -> Result<(), RestoreError> {
    let (from, to) = (order.from, order.to);
    let bad = |why| Err(RestoreError::BadDays { from, to, why });
    if from > to {
        return bad("the first one is after the last one");
    }
    if to > desk.clock().local().date() {
        return bad("the last one is not over");
    }
    if order.files.is_empty() {
        return Err(RestoreError::Nothing("name the registries of these days"));
    }
    Ok(())
}

/// Reads a file: refused whole when it cannot be read, was cut short, or is about others' money.
fn read_file(
    desk: &Desk,
    order: &LostOrder,
    (file, place): (&crate::StatementFile, u32),
    rows: &mut Vec<RestorationRow>,
) -> Result<RestorationFile, DeskError> {
    let import = ImportOrder {
        profile: order.profile.clone(),
        by: order.by.clone(),
        ..ImportOrder::default()
    };
    let (text, _) = statements::decode(&file.bytes).map_err(ImportError::from)?;
    let rules = &desk.setup().statements;
    let (kind, profile) = rules.kind_and_profile(&text, &file.name, &import)?;
    let parsed = statements::read(&text, kind, profile).map_err(ImportError::from)?;
    desk.check_owner(&parsed, &file.name)?;
    let sorted = sort(desk, &parsed, &import)?;
    for (row, sorted) in parsed.rows.iter().zip(&sorted) {
        let class = class_of(sorted, row.date, order);
        let reason = match class {
            Class::Outside => Saying::PaidOn.about(&[&row.date]),
            _ => sorted.reason.clone().into_owned(),
        };
        let account = sorted.account.as_ref();
        let account = account.map_or_else(|| row.account.to_string(), ToString::to_string);
        let number = match row.number.is_empty() {
            true => String::new(),
            false => format!(", № {}", cut(&row.number)),
        };
        let body = match class {
            Class::Missing => lost_body(kind, row, sorted)?,
            _ => "{}".to_owned(),
        };
        rows.push(RestorationRow {
            reason,
            key: sorted.key.clone(),
            account,
            source: format!("{}, строка {}{number}", cut(&file.name), row.line),
            line: Some((place, row.line)),
            body,
            ..new_row(class, row.date, row.amount)
        });
    }
    Ok(RestorationFile {
        name: file.name.clone(),
        sha256: Sha256::digest(&file.bytes).into(),
        kind: kind.name().to_owned(),
        profile: profile.name.clone(),
        rows: parsed.rows.len() as u64,
        amount: parsed.totals.amount,
    })
}

/// A text of others as a part of one line.
fn cut(text: &str) -> String {
    const MAX: usize = 200;
    text.chars()
        .filter(|it| !it.is_control())
        .take(MAX)
        .collect()
}

fn class_of(sorted: &Sorted, date: LocalDate, order: &LostOrder) -> Class {
    if date < order.from || date > order.to {
        return Class::Outside;
    }
    match sorted.class {
        RowClass::Matched => Class::Missing,
        RowClass::Duplicate => Class::Exists,
        RowClass::Held => Class::Ambiguous,
        RowClass::Unmatched => Class::NotOurs,
        RowClass::Business => Class::Business,
        RowClass::Wrong | RowClass::Refused => Class::Refused,
    }
}

/// One operation of a bank may stand in several files: it is restored once.
fn set_repeated_aside(rows: &mut [RestorationRow]) {
    let mut first: HashMap<String, usize> = HashMap::with_capacity(rows.len());
    for place in 0..rows.len() {
        if !rows[place].class.is_carried_out() {
            continue;
        }
        let Some(known) = first.get(&rows[place].key).copied() else {
            first.insert(rows[place].key.clone(), place);
            continue;
        };
        let (other, row) = (&rows[known], &rows[place]);
        let is_same =
            (other.amount, other.date, &other.account) == (row.amount, row.date, &row.account);
        let (class, reason) = match is_same {
            true => (Class::Exists, Saying::StandsToo.about(&[&other.source])),
            false => (Class::Ambiguous, Saying::NumberOf.about(&[&other.source])),
        };
        set_aside(&mut rows[place], class, reason);
    }
}

/// Computes what the lost settlements become, account by account.
fn compute(
    drafting: &mut Drafting<'_>,
    rows: &mut [RestorationRow],
    order: &LostOrder,
) -> Result<(), DeskError> {
    let today = drafting.desk.clock().local().date();
    let paper = order.basis.order.as_ref().map(|order| order.number.clone());
    let mut accounts: BTreeMap<AccountNumber, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        if row.class == Class::Missing {
            accounts
                .entry(row.account.parse()?)
                .or_default()
                .push(place);
        }
    }
    for places in accounts.into_values() {
        let mut before = None;
        for place in places {
            let row = &mut rows[place];
            let event = lost_event(row, paper.clone(), today)?;
            let before = match &mut before {
                Some(before) => before,
                None => before.insert(drafting.desk.reader().before(&event)?),
            };
            match drafting.compute(before, &event) {
                Err(refused) => set_aside(row, Class::Refused, refused.message),
                Ok(computed) if computed.plan.receipts.is_empty() => {
                    set_aside(row, Class::Business, Saying::Business.about(&[]));
                }
                Ok(computed) => {
                    (row.fingerprint, row.documents) = (Some(computed.row.0), computed.row.1);
                    drafting.sum_up(&computed.plan.receipts, None, false)?;
                    before.keep(computed.plan);
                }
            }
        }
    }
    Ok(())
}
