//! The proof that the journal holds together.

use rusqlite::Connection;
use terms::{AccountNumber, Id};

use crate::{
    Reader, Result, account, key_index::key_hash, payout, read::count, restore::plan_hash,
};

/// Something that must not be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The invariant: `S1`…`S8`.
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
    /// What must not be; of each kind at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// The most findings of one kind that are told: a spoiled file may hold millions.
pub const FINDINGS_MAX: usize = 100;

/// Rules over the rows: each query returns what breaks the rule. The first column says it; each
/// `{}` in it stands for the identifier in the next column.
const RULES: &[(&str, &str)] = &[
    (
        "S6",
        "select 'the feed tells of ' || e.n || ' receipts that became ' || e.state \
         || ', the service level of ' || coalesce(l.n, 0) from \
         (select state, count(*) as n from event where state in ('fiscalized', 'acknowledged') \
          group by state) e left join \
         (select state, sum(receipts) as n from latency group by state) l on l.state = e.state \
         where coalesce(l.n, 0) < e.n",
    ),
    (
        "S1",
        "select 'the idempotency key «' || key || '» belongs to ' || count(*) || ' operations' \
         from operation group by key having count(*) > 1",
    ),
    (
        "S1",
        "select 'the key index does not lead to operation {}: it could be accepted once more', o.id \
         from operation o where \
         o.id <= (select value from progress where name = 'key_index_upto') and not exists \
         (select 1 from key_index k where k.key_hash = o.key_hash and k.operation = o.id)",
    ),
    (
        "S1",
        "select 'receipt {} is ' || r.state || ', but its document is not there', r.id \
         from receipt r left join document d on d.drive = r.drive and d.number = r.document \
         where r.state in ('fiscalized', 'acknowledged') and d.receipt is not r.id",
    ),
    (
        "S1",
        "select 'document ' || d.number || ' of drive ' || v.number || ' is of receipt {}, which is ' \
         || r.state || ' as ' || coalesce('document ' || r.document, 'no document'), r.id \
         from document d join receipt r on r.id = d.receipt join drive v on v.id = d.drive \
         where r.state not in ('fiscalized', 'acknowledged') \
         or r.drive is not d.drive or r.document is not d.number",
    ),
    (
        "S2",
        "select 'operation {} has ' || o.receipts || ' receipts, of which ' || count(r.id) \
         || ' are there', o.id from operation o left join receipt r \
         on r.id > o.id and r.id <= o.id + o.receipts and r.operation = o.id \
         group by o.id having count(r.id) <> o.receipts",
    ),
    (
        "S2",
        "select 'receipt {} is not among those of its operation {}', r.id, r.operation \
         from receipt r left join operation o on o.id = r.operation \
         where r.return_of is null and (o.id is null or r.id <= o.id or r.id > o.id + o.receipts)",
    ),
    (
        "S2",
        "select 'receipt {} is ' || r.state || ', but no intent says where', r.id \
         from receipt r left join intent i on i.receipt = r.id and i.given_up_at is null \
         where r.state in ('on_drive', 'in_doubt') and i.drive is null",
    ),
    (
        "S2",
        "select 'receipt {} is ' || r.state || ', but there is an intent for it', r.id \
         from intent i join receipt r on r.id = i.receipt and i.given_up_at is null \
         where r.state not in ('on_drive', 'in_doubt')",
    ),
    (
        "S2",
        "select 'receipt {} is ' || r.state || ', but its operation {} is cancelled', r.id, o.id \
         from cancellation c join operation o on o.id = c.operation \
         join receipt r on r.id > o.id and r.id <= o.id + o.receipts and r.operation = o.id \
         where r.state <> 'refused'",
    ),
    (
        "S2",
        "select 'receipt {} is refused, but nobody has cancelled its operation {}', r.id, r.operation \
         from receipt r left join cancellation c on c.operation = r.operation \
         where r.state = 'refused' and c.operation is null",
    ),
    (
        "S4",
        "select 'payment «' || u.id || '» waits to be identified, but its operation {} is cancelled', \
         c.operation from cancellation c join unidentified u on u.operation = c.operation",
    ),
    (
        "S4",
        "select 'offset ' || l.id || ' stands in the receipt of operation {}, which is cancelled', \
         c.operation from cancellation c join offset_line l on l.closed_by = c.operation",
    ),
    (
        "S4",
        "select 'receipt {} is taken back by operation {}, which is cancelled', r.id, c.operation \
         from receipt r join cancellation c on c.operation = r.cancelled_by",
    ),
    (
        "S1",
        "select 'receipt {} has a second document, ' || d.number || ' of drive ' || v.number \
         || ', which nothing undoes', d.doubles from document d join drive v on v.id = d.drive \
         left join receipt r on r.return_of = d.doubles \
         where d.doubles is not null and r.id is null",
    ),
    (
        "S1",
        "select 'receipt {} undoes a second document of {}, which there is not', r.id, r.return_of \
         from receipt r left join document d on d.doubles = r.return_of \
         where r.return_of is not null and d.number is null",
    ),
    (
        "S3",
        "select 'drive ' || v.number || ' has ' || count(*) || ' documents with numbers ' \
         || min(d.number) || '…' || max(d.number) from document d join drive v on v.id = d.drive \
         group by d.drive having max(d.number) - min(d.number) + 1 <> count(*)",
    ),
    (
        "S3",
        "select 'drive ' || v.number || ' has an intent for document ' || i.number \
         || ', its last one is ' || max(d.number) from intent i join drive v on v.id = i.drive \
         join document d on d.drive = i.drive group by i.drive having i.number <> max(d.number) + 1",
    ),
    (
        "S6",
        "select 'receipt {} is ' || r.state || ', but the last event of it says ' \
         || coalesce(e.state, 'queued'), r.id from receipt r \
         left join (select receipt, state, max(id) from event group by receipt) e \
         on e.receipt = r.id where r.state <> coalesce(e.state, 'queued')",
    ),
    (
        "S6",
        "select 'all receipts of operation {} are settled, but its callback is owed to nobody', o.id \
         from callback c join operation o on o.id = c.operation \
         left join delivery d on d.operation = o.id \
         where d.id is null and not exists (select 1 from receipt r where r.id > o.id \
         and r.id <= o.id + o.receipts \
         and r.state not in ('fiscalized', 'acknowledged', 'refused'))",
    ),
    (
        "S6",
        "select 'a letter tells of event {} of receipt {}, which there is not', d.event, d.receipt \
         from delivery d where d.event <> d.receipt and not exists \
         (select 1 from event e where e.id = d.event and e.receipt = d.receipt)",
    ),
    (
        "S4",
        "select 'operation {} moves ' || delta || ' kopecks, but on no account', id \
         from operation where account is null and delta <> 0",
    ),
    (
        "S5",
        "select 'drive ' || v.number || ': document ' || d.number || ' is acknowledged before ' \
         || e.number from document d join drive v on v.id = d.drive \
         join document e on e.drive = d.drive and e.number = d.number - 1 \
         where d.acknowledged_at is not null and e.acknowledged_at is null",
    ),
    (
        "S5",
        "select 'receipt {} is ' || r.state || ', its document ' || d.number \
         || case when d.ticket is null then ' has no ticket' else ' has a ticket' end, r.id \
         from receipt r join document d on d.drive = r.drive and d.number = r.document \
         where (r.state = 'acknowledged') <> (d.ticket is not null)",
    ),
    (
        "S7",
        "select 'operation {} corrects, and no basis says why', o.id from operation o \
         left join basis b on b.operation = o.id where b.operation is null and (o.type in \
         ('restore_payment', 'restore_charge', 'fix_receipt') or exists (select 1 from receipt r \
         where r.id > o.id and r.id <= o.id + o.receipts and r.correction = 1))",
    ),
    (
        "S7",
        "select 'row ' || w.place || ' of restoration ' || w.restoration || ' has the key «' \
         || w.key || '», its operation {} the key «' || o.key || '»', o.id \
         from restoration_row w join operation o on o.id = w.operation where o.key <> w.key",
    ),
    (
        "S7",
        "select 'restoration ' || r.id || ' is done, and row ' || w.place || ' of it waits' \
         from restoration r join restoration_row w on w.restoration = r.id \
         where r.state = 'done' and w.state = 'planned'",
    ),
    (
        "S8",
        "select 'incident ' || i.id || ' is ' || i.state || ', but its history says ' \
         || coalesce(e.what, 'nothing') from incident i \
         left join (select incident, what, max(id) from incident_event group by incident) e \
         on e.incident = i.id where e.what is null or (i.state = 'resolved') <> (e.what = 'resolved')",
    ),
    (
        "S8",
        "select 'notice ' || n.id || ' tells of no incident' from notice n \
         left join notice_incident i on i.notice = n.id where i.incident is null",
    ),
];

impl Reader {
    /// Looks at every row, all in one state, also while the program works: S1 to S3 and S5 to S8 by rules
    /// over the rows, S4 by adding up each account: what it was opened with and what its operations
    /// changed, but for those that were cancelled, must give what it has, S8 by
    /// reading once more what each receipt has brought for suppliers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn verify(&self) -> Result<Verified> {
        self.at_once(|connection| {
            let rows = |table: &str| {
                let count_all = format!("select count(*) from {table}");
                connection.query_row(&count_all, [], |row| count(row, 0))
            };
            let mut verified = Verified::default();
            check_file(connection, &mut verified)?;
            if !verified.findings.is_empty() {
                // Nothing that is read from a damaged file proves anything.
                return Ok(verified);
            }
            verified = Verified {
                operations: rows("operation")?,
                receipts: rows("receipt")?,
                documents: rows("document")?,
                accounts: rows("account")?,
                findings: Vec::new(),
            };
            check_references(connection, &mut verified)?;
            for (invariant, query) in RULES {
                let mut rows = connection.prepare(query)?;
                let identifiers = 1..rows.column_count();
                let mut rows = rows.query([])?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    let mut what: String = row.get(0)?;
                    for column in identifiers.clone() {
                        what = what.replacen("{}", &id_text(row.get(column)?), 1);
                    }
                    found.push(what);
                }
                verified.tell(invariant, found);
            }
            check_hashes(connection, &mut verified)?;
            add_up(connection, &mut verified)?;
            check_plans(connection, &mut verified)?;
            verified.tell("S1", payout::check_held(connection)?);
            verified.tell("S8", payout::check(connection)?);
            Ok(verified)
        })
    }
}

impl Verified {
    fn tell(&mut self, invariant: &'static str, found: Vec<String>) {
        let more = found.len().saturating_sub(FINDINGS_MAX);
        let more = (more > 0).then(|| format!("and {more} more of this kind"));
        let told = found.into_iter().take(FINDINGS_MAX).chain(more);
        self.findings
            .extend(told.map(|what| Finding { invariant, what }));
    }
}

/// An identifier as people know it.
fn id_text(number: i64) -> String {
    Id::from_number(number).map_or_else(|_| number.to_string(), |id| id.to_string())
}

/// The file itself: its pages and indexes. (The constraints are not looked at: on a read-only
/// connection SQLite does not even parse them. They are kept whenever a row is written.)
fn check_file(connection: &Connection, verified: &mut Verified) -> Result<()> {
    let mut rows = connection.prepare("pragma integrity_check")?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    loop {
        let what = match rows.next() {
            Ok(Some(row)) => row.get::<_, String>(0)?,
            Ok(None) => break,
            // It tells what it has found, and then fails where it cannot go on.
            Err(error) => {
                found.push(format!("the database file is damaged: {error}"));
                break;
            }
        };
        if what != "ok" {
            found.push(format!("the database file is damaged: {what}"));
        }
    }
    verified.tell("S2", found);
    Ok(())
}

/// That no row refers to one that is not there.
fn check_references(connection: &Connection, verified: &mut Verified) -> Result<()> {
    let mut rows = connection.prepare("pragma foreign_key_check")?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (table, id, parent): (String, Option<i64>, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let id = match id {
            Some(id) if ["operation", "receipt"].contains(&table.as_str()) => id_text(id),
            Some(id) => id.to_string(),
            None => String::new(),
        };
        found.push(format!(
            "{table} {id} refers to a row of {parent} that is not there"
        ));
    }
    verified.tell("S2", found);
    Ok(())
}

/// A key under a wrong hash would not be found, and its operation could be accepted twice.
fn check_hashes(connection: &Connection, verified: &mut Verified) -> Result<()> {
    let mut rows = connection.prepare("select id, key, key_hash from operation")?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(1)?.as_str().unwrap_or_default();
        if key_hash(key) != row.get::<_, i64>(2)? {
            let id = id_text(row.get(0)?);
            found.push(format!(
                "the hash of operation {id} is not that of its key «{key}»"
            ));
        }
    }
    verified.tell("S1", found);
    Ok(())
}

/// That each plan is still the one that was sealed.
fn check_plans(connection: &Connection, verified: &mut Verified) -> Result<()> {
    let mut rows = connection
        .prepare("select id, hash from restoration where hash is not null order by id")?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, sealed): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
        match plan_hash(connection, id) {
            Ok(hash) if hash.is_some_and(|hash| hash.0 == sealed) => {}
            Ok(_) => found.push(format!(
                "the plan of restoration {id} has not its hash any more"
            )),
            Err(why) => found.push(format!(
                "the plan of restoration {id} cannot be read: {why}"
            )),
        }
    }
    verified.tell("S7", found);
    Ok(())
}

fn add_up(connection: &Connection, verified: &mut Verified) -> Result<()> {
    let mut rows = connection.prepare(
        "select a.number, a.state, a.opening_saldo + coalesce(o.delta, 0), a.saldo from account a \
         left join (select account, sum(delta) as delta from \
         (select account, delta, id as operation from operation \
         union all select account, delta, operation from side_entry) \
         where operation not in (select operation from cancellation) group by account) o \
         on o.account = a.id",
    )?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, state, expected): (String, String, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let listed: i64 = row.get(3)?;
        let read = number
            .parse::<AccountNumber>()
            .map_err(|why| why.to_string())
            .and_then(|number| account::from_json(&number, &state).map_err(|why| why.to_string()));
        match read {
            Ok(account) if account.saldo() == i128::from(expected) && listed == expected => {}
            Ok(account) if account.saldo() == i128::from(expected) => found.push(format!(
                "account {number} has {expected} kopecks, lists show {listed}"
            )),
            Ok(account) => found.push(format!(
                "account {number} has {} kopecks, its opening and operations give {expected}",
                account.saldo()
            )),
            Err(why) => found.push(format!("account {number} cannot be read: {why}")),
        }
    }
    verified.tell("S4", found);
    Ok(())
}
