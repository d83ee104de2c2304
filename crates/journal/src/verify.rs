//! The proof that the journal holds together.

use rusqlite::Connection;
use terms::AccountNumber;

use crate::{Reader, Result, account};

/// Something that must not be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The invariant: `S1`…`S5`.
    pub invariant: &'static str,
    /// What was found, naming the object.
    pub what: String,
}

/// What was looked at and found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Verified {
    /// Operations looked at.
    pub operations: u64,
    /// Receipts looked at.
    pub receipts: u64,
    /// Documents looked at.
    pub documents: u64,
    /// Accounts looked at.
    pub accounts: u64,
    /// What must not be.
    pub findings: Vec<Finding>,
}

/// Rules over the rows: each query returns what breaks the rule, as one text column.
const RULES: &[(&str, &str)] = &[
    (
        "S1",
        "select 'the idempotency key «' || key || '» belongs to ' || count(*) || ' operations' \
         from operation group by key having count(*) > 1",
    ),
    (
        "S1",
        "select 'receipt ' || r.id || ' is ' || r.state || ', but its document is not there' \
         from receipt r left join document d on d.drive = r.drive and d.number = r.document \
         where r.state in ('fiscalized', 'acknowledged') and (d.receipt is null or d.receipt <> r.id)",
    ),
    (
        "S1",
        "select 'document ' || d.number || ' of drive ' || d.drive || ' is of receipt ' || r.id \
         || ', which is ' || r.state from document d join receipt r on r.id = d.receipt \
         where r.state not in ('fiscalized', 'acknowledged')",
    ),
    (
        "S2",
        "select 'operation ' || o.id || ' has ' || o.receipts || ' receipts, of which ' || count(r.id) \
         || ' are there' from operation o left join receipt r \
         on r.id > o.id and r.id <= o.id + o.receipts and r.operation = o.id \
         group by o.id having count(r.id) <> o.receipts",
    ),
    (
        "S2",
        "select 'receipt ' || r.id || ' is on a drive or in doubt, but no intent says where' \
         from receipt r left join intent i on i.receipt = r.id \
         where r.state in ('on_drive', 'in_doubt') and i.drive is null",
    ),
    (
        "S3",
        "select 'drive ' || v.number || ' has ' || count(*) || ' documents with numbers ' \
         || min(d.number) || '…' || max(d.number) from document d join drive v on v.id = d.drive \
         group by d.drive having max(d.number) - min(d.number) + 1 <> count(*)",
    ),
    (
        "S5",
        "select 'drive ' || v.number || ': document ' || d.number || ' is acknowledged before ' \
         || e.number from document d join drive v on v.id = d.drive \
         join document e on e.drive = d.drive and e.number = d.number - 1 \
         where d.acknowledged_at is not null and e.acknowledged_at is null",
    ),
];

impl Reader {
    /// Looks at every row; S1 to S3 and S5 by rules over the rows, S4 by adding up each account:
    /// what it was opened with and what its operations changed must give what it has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn verify(&self) -> Result<Verified> {
        self.with(|connection| {
            let count = |table: &str| {
                connection.query_row(&format!("select count(*) from {table}"), [], |row| {
                    row.get::<_, i64>(0)
                })
            };
            let mut verified = Verified {
                operations: count("operation")?.unsigned_abs(),
                receipts: count("receipt")?.unsigned_abs(),
                documents: count("document")?.unsigned_abs(),
                accounts: count("account")?.unsigned_abs(),
                findings: Vec::new(),
            };
            let integrity: String =
                connection.query_row("pragma quick_check", [], |row| row.get(0))?;
            if integrity != "ok" {
                let what = format!("the database file is damaged: {integrity}");
                verified.findings.push(Finding {
                    invariant: "S2",
                    what,
                });
            }
            for (invariant, query) in RULES {
                let mut rows = connection.prepare(query)?;
                let mut rows = rows.query([])?;
                while let Some(row) = rows.next()? {
                    verified.findings.push(Finding {
                        invariant,
                        what: row.get(0)?,
                    });
                }
            }
            add_up(connection, &mut verified)?;
            Ok(verified)
        })
    }
}

fn add_up(connection: &Connection, verified: &mut Verified) -> Result<()> {
    let mut rows = connection.prepare(
        "select a.number, a.state, a.opening_saldo + coalesce(o.delta, 0) from account a \
         left join (select account, sum(delta) as delta from operation group by account) o \
         on o.account = a.id",
    )?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (number, state, expected): (String, String, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let read = number
            .parse::<AccountNumber>()
            .map_err(|why| why.to_string())
            .and_then(|number| account::from_json(&number, &state).map_err(|why| why.to_string()));
        let what = match read {
            Ok(account) if account.saldo() == i128::from(expected) => continue,
            Ok(account) => format!(
                "account {number} has {} kopecks, its opening and operations give {expected}",
                account.saldo()
            ),
            Err(why) => format!("account {number} cannot be read: {why}"),
        };
        verified.findings.push(Finding {
            invariant: "S4",
            what,
        });
    }
    Ok(())
}
