//! What must hold of payouts and of held charges.

use std::collections::BTreeMap;

use engine::supplier_money;

use super::{Connection, Result, read_id};
use crate::receipt;

/// A line: supplier, service, amount.
type Told = (String, String, i64);

/// Every kopeck that receipts have brought for suppliers stands in exactly one line, and every
/// payout is the sum of its lines.
pub(crate) fn check(connection: &Connection) -> Result<Vec<String>> {
    let mut found = sums(connection)?;
    let mut receipts = connection.prepare(
        "select r.id, r.body from receipt r where r.return_of is null and \
         (instr(r.body, '\"agent\":') > 0 or exists (select 1 from payout_line l \
         where l.receipt = r.id))",
    )?;
    let mut rows = receipts.query([])?;
    while let Some(row) = rows.next()? {
        let id = read_id(row.get(0)?)?;
        let body: String = row.get(1)?;
        let brought = receipt::from_json(format!("receipt {id}"), &body)
            .map_err(|why| why.to_string())
            .and_then(|receipt| supplier_money(&receipt).map_err(|why| why.to_string()));
        let brought = match brought {
            Ok(brought) => brought,
            Err(why) => {
                found.push(format!("receipt {id} cannot be read: {why}"));
                continue;
            }
        };
        let brought: BTreeMap<i64, Told> = brought
            .into_iter()
            .map(|it| {
                let service = it.service.map_or_else(String::new, |code| code.to_string());
                let told = (it.supplier.to_string(), service, it.amount.get());
                (it.line as i64, told)
            })
            .collect();
        if lines(connection, id.get())? != brought {
            found.push(format!(
                "the lines for suppliers of receipt {id} are not what the receipt says"
            ));
        }
    }
    Ok(found)
}

fn lines(connection: &Connection, receipt: i64) -> Result<BTreeMap<i64, Told>> {
    let sql = "select line, supplier, service, amount from payout_line where receipt = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([receipt], |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn sums(connection: &Connection) -> Result<Vec<String>> {
    texts(
        connection,
        "select 'payout ' || p.id || ' is ' || p.amount || ' kopecks in ' || p.lines \
         || ' lines, its lines are ' || coalesce(sum(l.amount), 0) || ' in ' || count(l.receipt) \
         from payout p left join payout_line l on l.payout = p.id and l.supplier = p.supplier \
         where p.state <> 'dropped' group by p.id \
         having p.amount <> coalesce(sum(l.amount), 0) or p.lines <> count(l.receipt) \
         union all \
         select 'payout ' || p.id || ' was dropped and has lines' from payout p \
         where p.state = 'dropped' and exists (select 1 from payout_line l where l.payout = p.id) \
         union all \
         select 'payout ' || l.payout || ' has a line of a receipt that is ' || r.state \
         from payout_line l join receipt r on r.id = l.receipt \
         where l.payout is not null and r.state <> 'acknowledged'",
    )
}

/// A held charge is an operation exactly when it was released, and then the same one.
pub(crate) fn check_held(connection: &Connection) -> Result<Vec<String>> {
    texts(
        connection,
        "select 'held charge «' || h.key || '» is ' || h.state || ', but an operation has its key' \
         from operation o join held_charge h on h.key = o.key where h.operation is not o.id \
         union all \
         select 'held charge «' || h.key || '» became an operation of another key or body' \
         from held_charge h join operation o on o.id = h.operation \
         where o.key <> h.key or o.body_hash <> h.body_hash",
    )
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
