//! The schema's steps, each applied with its version row in one transaction.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::{JournalError, Result};

/// Step n (from 1) brings a file of version n − 1 to version n. Steps are never changed once they
/// have shipped.
const STEPS: &[&str] = &[include_str!("schema/v1.sql")];

/// Brings the file to the newest version, one step after another: a crash between two leaves a file
/// of the version between, which the next start brings further.
///
/// # Errors
/// When the file is newer than the program, or the database fails; a step that fails has changed
/// nothing.
pub(crate) fn migrate(connection: &mut Connection, now_ms: i64) -> Result<()> {
    migrate_by(STEPS, connection, now_ms)
}

fn migrate_by(steps: &[&str], connection: &mut Connection, now_ms: i64) -> Result<()> {
    let found = known_version_of(steps, connection)?;
    for (version, step) in (1_i64..).zip(steps).filter(|(step, _)| *step > found) {
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
    known_version_of(STEPS, connection)
}

fn known_version_of(steps: &[&str], connection: &Connection) -> Result<i64> {
    let (found, known) = (version(connection)?, steps.len() as i64);
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

    /// The first step and one that changes what it has made.
    const TWO: [&str; 2] = [
        STEPS[0],
        "alter table start add column machine text; update start set machine = 'old';",
    ];

    fn machines(connection: &Connection) -> Vec<String> {
        let mut rows = connection.prepare("select machine from start").unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.map(|name| name.unwrap()).collect()
    }

    #[test]
    fn a_file_of_an_older_version_is_brought_to_the_newest_and_keeps_what_it_holds() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&TWO[..1], &mut connection, 1).unwrap();
        let sql = "insert into start (started_at, program) values (1, '0.1.0')";
        connection.execute(sql, []).unwrap();
        migrate_by(&TWO, &mut connection, 2).unwrap();
        assert_eq!(machines(&connection), ["old"]);
        let sql = "select count(*) from schema_version where applied_at = version";
        let versions: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(versions, 2);
        migrate_by(&TWO, &mut connection, 3).unwrap();
        // The program before it keeps away.
        let refused = migrate_by(&TWO[..1], &mut connection, 4).unwrap_err();
        assert!(matches!(
            refused,
            JournalError::TooNew { found: 2, known: 1 }
        ));
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = [
            TWO[0],
            TWO[1],
            "create table half (id integer); create table half (x);",
        ];
        migrate_by(&broken, &mut connection, 1).unwrap_err();
        assert_eq!(version(&connection).unwrap(), 2);
        assert_eq!(machines(&connection), [""; 0]);
        migrate_by(
            &[TWO[0], TWO[1], "create table half (id integer)"],
            &mut connection,
            2,
        )
        .unwrap();
        assert_eq!(version(&connection).unwrap(), 3);
    }

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
