//! The plan of fixing wrong receipts: which ones are meant, and what each becomes.
//!
//! Memory: the rows of the plan; of receipts one page, of accounts one at a time and the right one, if
//! there is one for all.

use std::collections::BTreeMap;

use engine::{Change, EventKind};
use journal::{NewRestoration, Order, Page, ReceiptRow, ReceiptsOf, RestorationRow};
use restoration::{Class, Kind};
use sha2::{Digest, Sha256};
use terms::{AccountNumber, Id, LocalDate, Saying};

use super::{
    FixOrder, FixTarget, RestoreError,
    change::Parameters,
    draft::{Drafting, check_count, document_in_words, new_row, set_aside, set_planned_aside},
    operation::{Wrong, fix_body},
};
use crate::{Desk, DeskError};

/// How many receipts are read at once.
const PAGE: u32 = 200;
/// The longest key, bytes: a way is left to tell a second one apart.
const KEY_MAX: usize = engine::MAX_EVENT_ID - 8;

/// Makes the plan; its number.
pub(super) fn plan(desk: &Desk, order: &FixOrder) -> Result<i64, DeskError> {
    let change = Change {
        order: order.basis.order.as_ref().map(|order| order.number.clone()),
        ..order.change.clone()
    };
    if change.names().is_empty() {
        return Err(RestoreError::Nothing("say what was wrong in the receipts").into());
    }
    let mut rows = match &order.receipts {
        FixTarget::Ids(ids) => of_ids(desk, ids, &change)?,
        FixTarget::Query(query) => of_query(desk, query, &change)?,
    };
    set_known_aside(desk, &mut rows)?;
    set_planned_aside(desk, &mut rows)?;
    rows.sort_by_key(|row| (row.date, row.wrong));
    let parameters = Parameters::fix(&order.receipts, &change);
    let mut drafting = Drafting::begin(desk)?;
    compute(&mut drafting, &mut rows, &change, &parameters)?;
    if matches!(order.receipts, FixTarget::Query(_)) {
        // What a query finds and what is right already was not meant.
        rows.retain(|row| row.class != Class::Exists);
    }
    let new = NewRestoration {
        kind: Kind::Fix,
        parameters: parameters.to_json()?,
        basis: order.basis.clone(),
        author: order.by.clone(),
        api_key: order.sender.as_ref().map(|key| key.id),
        files: Vec::new(),
    };
    drafting.store(new, rows)
}

fn of_ids(desk: &Desk, ids: &[Id], change: &Change) -> Result<Vec<RestorationRow>, DeskError> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    check_count(ids.len())?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let receipt = desk.reader().receipt(id)?;
        let receipt = receipt.ok_or(DeskError::UnknownReceipt(id))?;
        rows.push(row_of(desk, &receipt, change)?);
    }
    Ok(rows)
}

/// All that a list would show, but for what is no fiscal document and for what takes another one back.
fn of_query(
    desk: &Desk,
    query: &ReceiptsOf,
    change: &Change,
) -> Result<Vec<RestorationRow>, DeskError> {
    let mut page = Page {
        after: None,
        order: Order::Ascending,
        limit: PAGE,
    };
    let mut rows = Vec::new();
    loop {
        let listed = desk.reader().receipts(query, &page)?;
        for receipt in &listed.rows {
            if receipt.document.is_some() && !takes_back(desk, receipt)? {
                rows.push(row_of(desk, receipt, change)?);
            }
        }
        check_count(rows.len())?;
        if listed.next.is_none() {
            return Ok(rows);
        }
        page.after = listed.next;
    }
}

/// Whether a receipt takes another one back: then it says what was wrong, and has to.
fn takes_back(desk: &Desk, receipt: &ReceiptRow) -> Result<bool, DeskError> {
    if receipt.return_of.is_some() {
        return Ok(true);
    }
    if receipt.receipt.corrects.is_none() {
        return Ok(false);
    }
    let Some(operation) = desk.reader().operation(receipt.operation)? else {
        return Ok(false);
    };
    let is_first = operation.receipts.first().map(|first| first.id) == Some(receipt.id);
    Ok(is_first && (operation.kind == "cancel_payment" || operation.receipts.len() > 1))
}

fn row_of(desk: &Desk, receipt: &ReceiptRow, change: &Change) -> Result<RestorationRow, DeskError> {
    let body = &receipt.receipt;
    let settled = body.correction.as_ref().map(|correction| correction.date);
    let mut row = RestorationRow {
        account: receipt.account.clone().unwrap_or_default(),
        wrong: Some(receipt.id),
        ..new_row(Class::Wrong, settled.unwrap_or(body.date), receipt.total)
    };
    let Some(document) = &receipt.document else {
        row.key = format!("fix:{}", receipt.id);
        row.source = format!("receipt {}", receipt.id);
        set_aside(&mut row, Class::Refused, Saying::CancelInstead.about(&[]));
        return Ok(row);
    };
    let (drive, number) = (document.drive.as_str(), document.number.get());
    row.source = document_in_words(drive, number, document.fiscal_sign);
    row.key = key_of(drive, number, change);
    if let Some(later) = receipt.cancelled_by {
        set_aside(
            &mut row,
            Class::Corrected,
            Saying::CorrectedBy.about(&[&later]),
        );
    } else if takes_back(desk, receipt)? {
        set_aside(&mut row, Class::Refused, Saying::TakesBack.about(&[]));
    }
    Ok(row)
}

/// The key of a fix: the wrong document, and what was wrong in it. One document is corrected once in
/// the same respect (receipt rules §4.4).
pub(crate) fn key_of(drive: &str, number: u32, change: &Change) -> String {
    let key = format!("fix:{drive}:{number}:{}", change.names().join("+"));
    if key.len() <= KEY_MAX {
        return key;
    }
    let mut short = format!("fix:{drive}:{number}:#");
    for byte in &Sha256::digest(key.as_bytes())[..6] {
        short.push_str(&format!("{byte:02x}"));
    }
    short
}

/// What was corrected so before stands in the journal. A fix that was cancelled before anything of it
/// was formed is none: the next one has a key of its own.
fn set_known_aside(desk: &Desk, rows: &mut [RestorationRow]) -> Result<(), DeskError> {
    const TIMES_MAX: usize = 9;
    for times in 2..=TIMES_MAX {
        let keys: Vec<String> = rows.iter().map(|row| row.key.clone()).collect();
        let found = desk.ask_now(|writer, reply| writer.find_keys(keys, reply))?;
        let mut is_settled = true;
        for (row, found) in rows.iter_mut().zip(found) {
            let Some(id) = found.filter(|_| row.class.is_carried_out()) else {
                continue;
            };
            let operation = desk.reader().operation_body(id)?;
            if operation.is_some_and(|operation| operation.is_cancelled) && times < TIMES_MAX {
                let stem = row.key.split('/').next().unwrap_or_default();
                row.key = format!("{stem}/{times}");
                is_settled = false;
            } else {
                set_aside(row, Class::Corrected, Saying::CorrectedSo.about(&[&id]));
            }
        }
        if is_settled {
            break;
        }
    }
    Ok(())
}

/// Computes what the wrong receipts become, account by account.
fn compute(
    drafting: &mut Drafting<'_>,
    rows: &mut [RestorationRow],
    change: &Change,
    parameters: &Parameters,
) -> Result<(), DeskError> {
    let today = drafting.desk.clock().local().date();
    let mut accounts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        if row.class == Class::Wrong {
            accounts.entry(row.account.clone()).or_default().push(place);
        }
    }
    // The right account, if one is named for all, as the rows before have left it.
    let mut shared: BTreeMap<AccountNumber, engine::Account> = BTreeMap::new();
    for places in accounts.into_values() {
        let mut known = shared.clone();
        for place in places {
            fix_one(
                drafting,
                (&mut rows[place], &mut known),
                (change, parameters),
                today,
            )?;
        }
        let kept = change
            .account
            .as_ref()
            .and_then(|number| known.remove_entry(number));
        shared.extend(kept);
    }
    Ok(())
}

fn fix_one(
    drafting: &mut Drafting<'_>,
    (row, known): (
        &mut RestorationRow,
        &mut BTreeMap<AccountNumber, engine::Account>,
    ),
    (change, parameters): (&Change, &Parameters),
    today: LocalDate,
) -> Result<(), DeskError> {
    let desk = drafting.desk;
    let Some(id) = row.wrong else { return Ok(()) };
    let Some(mut wrong) = Wrong::read(desk, id, change)? else {
        set_aside(row, Class::Refused, Saying::NoDocument.about(&[]));
        return Ok(());
    };
    // What the rows before would change has not happened yet.
    for (number, account) in &mut wrong.accounts {
        if let Some(changed) = known.get(number) {
            *account = changed.clone();
        }
    }
    let (receipt, date) = (wrong.journal.receipt.clone(), wrong.settled_on());
    let (event, before) = match wrong.fix(&row.key, change, drafting.setup(), today) {
        Ok(found) => found,
        Err(refusal @ engine::Refusal::NothingToChange { .. }) => {
            set_aside(row, Class::Exists, refusal.to_string());
            return Ok(());
        }
        Err(refusal) => {
            set_aside(row, Class::Refused, refusal.to_string());
            return Ok(());
        }
    };
    match drafting.compute(&before, &event) {
        Err(refused) => set_aside(row, Class::Refused, refused.message),
        Ok(computed) => {
            (row.fingerprint, row.documents) = (Some(computed.row.0), computed.row.1);
            row.body = fix_body((&row.key, id), parameters.change_json()?, &event.kind)?;
            let is_reversed = match &event.kind {
                EventKind::FixReceipt(fix) => fix.accepted,
                _ => true,
            };
            let receipts = &computed.plan.receipts;
            drafting.sum_up(receipts, Some((&receipt, date)), is_reversed)?;
            let changed = computed.plan.accounts.into_iter();
            known.extend(changed.map(|account| (account.number.clone(), account)));
        }
    }
    Ok(())
}
