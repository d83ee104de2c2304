//! The schema's steps, each applied with its version row in one transaction.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::{JournalError, Result};

/// Step n (from 1) brings a file of version n − 1 to version n. Steps are never changed once they
/// have shipped.
const STEPS: &[&str] = &[include_str!("schema/v1.sql")];

/// Brings the file to the newest version.
///
/// # Errors
/// When the file is newer than the program, or the database fails; then nothing has changed.
pub(crate) fn migrate(connection: &mut Connection, now_ms: i64) -> Result<()> {
    let found = known_version(connection)?;
    for (version, step) in (1_i64..).zip(STEPS).filter(|(step, _)| *step > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.execute(
            "insert into schema_version (version, applied_at) values (?1, ?2)",
            (version, now_ms),
        )?;
        transaction.commit()?;
    }
    Ok(())
}

/// Whether the file is empty, or of a version before the newest.
///
/// # Errors
/// See [`known_version`].
pub(crate) fn is_old(connection: &Connection) -> Result<bool> {
    Ok(known_version(connection)? < STEPS.len() as i64)
}

/// The file's version, if this program knows it; 0 for an empty file. Nothing is written.
///
/// # Errors
/// When the file is newer than the program.
pub(crate) fn known_version(connection: &Connection) -> Result<i64> {
    let (found, known) = (version(connection)?, STEPS.len() as i64);
    if found > known {
        return Err(JournalError::TooNew { found, known });
    }
    Ok(found)
}

fn version(connection: &Connection) -> Result<i64> {
    let exists = connection
        .query_row(
            "select 1 from sqlite_schema where name = 'schema_version'",
            [],
            |_| Ok(()),
        )
        .optional()?
        .is_some();
    if !exists {
        return Ok(0);
    }
    let newest = "select coalesce(max(version), 0) from schema_version";
    Ok(connection.query_row(newest, [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_row_that_intake_writes_makes_sqlite_build_no_table_for_its_checks() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        let list = |sql: &str, column: usize| -> Vec<String> {
            let mut rows = connection.prepare(sql).unwrap();
            let rows = rows.query_map([], |row| row.get(column)).unwrap();
            rows.map(|name| name.unwrap()).collect()
        };
        let builds_table = |table: &str| {
            let columns = list(&format!("select name from pragma_table_info('{table}')"), 0);
            let values = vec!["abs(random())"; columns.len()].join(", ");
            let steps = list(&format!("explain insert into {table} values ({values})"), 1);
            assert!(steps.contains(&"Insert".to_owned()), "{table}: {steps:?}");
            steps.contains(&"OpenEphemeral".to_owned())
        };
        for table in ["account", "operation", "receipt", "event"] {
            assert!(!builds_table(table), "{table}");
        }
        let sql = "create table listed (state text check (state in ('a', 'b', 'c')))";
        connection.execute_batch(sql).unwrap();
        assert!(builds_table("listed"), "it would be seen");
    }
}
