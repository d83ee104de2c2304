//! A long history, made quickly: the rows of operations that went the real way are copied, with
//! keys, identifiers and numbers of their own. Accounts are not changed by the copies.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::{provider::Outcome, rack::number};

/// How many operations are copied, over and over.
pub(crate) const TEMPLATES: usize = 100;
/// How many accounts the copies belong to.
pub(crate) const ACCOUNTS: usize = 20_000;
/// From the identifier of one operation to the next; its receipt's lies between.
pub(crate) const ID_STEP: i64 = 4;
/// So many keys are in memory, the others in the index.
const KEYS_IN_MEMORY: usize = 100_000;
/// So many receipts has a drive of the past.
const PER_DRIVE: usize = 200_000;
const BATCH: usize = 20_000;

/// Copies operations, receipts and documents; the last `pending` receipts wait for a drive.
pub(crate) fn write(database: &Path, receipts: usize, pending: usize) -> Outcome {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "cache_size", -512 * 1024)?;
    let templates = templates(&connection)?;
    let first_id: i64 =
        connection.query_row("select max(id) + 10 from receipt", [], |row| row.get(0))?;
    let formed = receipts - pending;
    let mut keys = Vec::with_capacity(receipts);
    for begin in (0..receipts).step_by(BATCH) {
        connection.execute_batch("begin")?;
        for index in begin..receipts.min(begin + BATCH) {
            let id = first_id + ID_STEP * index as i64;
            let drive = (index < formed).then_some(index / PER_DRIVE);
            if let Some(drive) = drive.filter(|_| index.is_multiple_of(PER_DRIVE)) {
                old_drive(&connection, drive)?;
            }
            let hash = copy(&connection, &templates, index, id, drive)?;
            keys.push((hash, id));
        }
        connection.execute_batch("commit")?;
    }
    index_keys(&connection, keys)?;
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    Ok(())
}

/// The later half of what waits does not wait any longer.
pub(crate) fn refuse_later_half(database: &Path) -> Outcome {
    let connection = Connection::open(database)?;
    let queued = "from receipt where state = 'queued'";
    let middle: i64 = connection.query_row(
        &format!("select id {queued} order by id limit 1 offset (select count(*) / 2 {queued})"),
        [],
        |row| row.get(0),
    )?;
    let sql = "update receipt set state = 'refused' where state = 'queued' and id >= ?1";
    connection.execute(sql, [middle])?;
    Ok(())
}

/// An operation that was accepted, its receipt, and where that was formed.
struct Template {
    operation: i64,
    receipt: i64,
    drive: i64,
    document: i64,
}

fn templates(connection: &Connection) -> Outcome<Vec<Template>> {
    let mut rows =
        connection.prepare("select operation, id, drive, document from receipt order by id")?;
    let rows = rows.query_map([], |row| {
        Ok(Template {
            operation: row.get(0)?,
            receipt: row.get(1)?,
            drive: row.get(2)?,
            document: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Drives of the past have numbers after those of the rig.
fn old_drive(connection: &Connection, drive: usize) -> Outcome {
    connection.execute(
        "insert into drive (id, number, emulated, slot, facts, seen_at) \
         select ?1, ?2, emulated, 0, facts, seen_at from drive order by id limit 1",
        (old_drive_id(drive), number(50 + drive)?.to_string()),
    )?;
    Ok(())
}

const fn old_drive_id(drive: usize) -> i64 {
    1_000 + drive as i64
}

/// Copies one operation; returns the hash of its key.
fn copy(
    connection: &Connection,
    templates: &[Template],
    index: usize,
    id: i64,
    drive: Option<usize>,
) -> Outcome<i64> {
    let template = &templates[index % templates.len()];
    let key = format!("history-{index}");
    let mut hash = [0; 8];
    hash.copy_from_slice(&desk::key_hash(&key)[..8]);
    let hash = i64::from_le_bytes(hash);
    let account = 1 + (index % ACCOUNTS) as i64;
    connection
        .prepare_cached(
            "insert into operation select ?1, ?2, ?3, body_hash, type, ?4, delta, body, records, \
             receipts, api_key, effects from operation where id = ?5",
        )?
        .execute(params![id, key, hash, account, template.operation])?;
    let document = drive.map(|_| 2 + (index % PER_DRIVE) as i64);
    let drive = drive.map(old_drive_id);
    connection
        .prepare_cached(
            "insert into receipt select ?1, ?2, ?3, iif(?4 is null, 'queued', state), reason, ?3, \
             class, correction, tax_system, sign, total, body, tlv, ?4, ?5, null, null \
             from receipt where id = ?6",
        )?
        .execute(params![
            id + 1,
            id,
            account,
            drive,
            document,
            template.receipt
        ])?;
    if let (Some(drive), Some(document)) = (drive, document) {
        connection
            .prepare_cached(
                "insert into document select ?1, ?2, task, ?3, null, time, fiscal_sign, shift, \
                 receipt_number, formed_at, ofd_code, ofd_messages, ofd_text, ticket, acknowledged_at \
                 from document where drive = ?4 and number = ?5",
            )?
            .execute((drive, document, id + 1, template.drive, template.document))?;
    }
    Ok(hash)
}

/// Moves all but the newest keys to the index.
fn index_keys(connection: &Connection, mut keys: Vec<(i64, i64)>) -> Outcome {
    keys.truncate(keys.len().saturating_sub(KEYS_IN_MEMORY));
    let Some((_, upto)) = keys.last().copied() else {
        return Ok(());
    };
    keys.sort_unstable();
    connection.execute_batch("begin")?;
    let mut insert = connection.prepare("insert into key_index values (?1, ?2)")?;
    for key in keys {
        insert.execute(key)?;
    }
    connection.execute(
        "update progress set value = ?1 where name = 'key_index_upto'",
        [upto],
    )?;
    connection.execute_batch("commit")?;
    Ok(())
}
