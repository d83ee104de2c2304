//! Payouts as they are read.

use super::{
    AccountNumber, Connection, Inn, JournalError, Kopecks, PayoutLineRow, PayoutRow, PayoutService,
    Period, Reader, Result, Row, SupplierStanding, read_id,
};

const ROW: &str = "select id, period, supplier, name, amount, lines, state, made_at, made_by, \
     ended_by, ended_why, ended_at from payout";

impl Reader {
    /// Payouts, the newest first, before the payout `before`; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn payouts(&self, before: Option<i64>, limit: u32) -> Result<Vec<PayoutRow>> {
        self.with(|connection| {
            let sql = format!("{ROW} where id < ?1 order by id desc limit ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query((before.unwrap_or(i64::MAX), limit))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        })
    }

    /// A payout with what it has of each service; none: there is no such payout.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn payout(&self, id: i64) -> Result<Option<(PayoutRow, Vec<PayoutService>)>> {
        self.at_once(|connection| {
            let Some(row) = payout_row(connection, id)? else {
                return Ok(None);
            };
            let mut statement = connection.prepare_cached(
                "select service, count(distinct receipt), \
                 coalesce(sum(amount) filter (where amount > 0), 0), \
                 coalesce(sum(-amount) filter (where amount < 0), 0) \
                 from payout_line where payout = ?1 group by service order by service",
            )?;
            let mut rows = statement.query([id])?;
            let mut services = Vec::new();
            while let Some(row) = rows.next()? {
                services.push(PayoutService {
                    service: row.get(0)?,
                    receipts: row.get::<_, i64>(1)?.unsigned_abs(),
                    income: kopecks(row.get(2)?)?,
                    refunds: kopecks(row.get(3)?)?,
                });
            }
            Ok(Some((row, services)))
        })
    }

    /// The lines of a payout in the order of their receipts; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn payout_lines(&self, payout: i64, limit: u32) -> Result<Vec<PayoutLineRow>> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "select l.receipt, a.number, l.service, l.amount, v.number, d.number, \
                 d.fiscal_sign, d.time from payout_line l join receipt r on r.id = l.receipt \
                 join document d on d.drive = r.drive and d.number = r.document \
                 join drive v on v.id = d.drive left join account a on a.id = r.account \
                 where l.payout = ?1 order by l.receipt, l.line limit ?2",
            )?;
            let mut rows = statement.query((payout, limit))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let account: Option<String> = row.get(1)?;
                let account = account.map(|it| it.parse::<AccountNumber>()).transpose();
                found.push(PayoutLineRow {
                    receipt: read_id(row.get(0)?)?,
                    account: account.map_err(|why| JournalError::spoiled("account", why))?,
                    service: row.get(2)?,
                    amount: kopecks(row.get(3)?)?,
                    drive: row.get(4)?,
                    number: row.get(5)?,
                    fiscal_sign: row.get(6)?,
                    time: row.get(7)?,
                });
            }
            Ok(found)
        })
    }

    /// What stands for each supplier, by ИНН.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn supplier_standings(&self) -> Result<Vec<SupplierStanding>> {
        self.at_once(|connection| {
            // A bare column beside max() is that of the row with the greatest receipt.
            let mut statement = connection.prepare_cached(
                "select l.supplier, l.name, max(l.receipt), \
                 coalesce(sum(l.amount) filter (where l.payout is null \
                 and r.state = 'acknowledged' and coalesce(d.ofd_code, 0) = 0), 0), \
                 coalesce(sum(l.amount) filter (where l.payout is null and not \
                 (r.state = 'acknowledged' and coalesce(d.ofd_code, 0) = 0)), 0), \
                 coalesce(sum(l.amount) filter (where p.state = 'draft'), 0), \
                 coalesce(sum(l.amount) filter (where p.state = 'agreed'), 0) \
                 from payout_line l join receipt r on r.id = l.receipt \
                 left join document d on d.drive = r.drive and d.number = r.document \
                 left join payout p on p.id = l.payout where r.state <> 'refused' \
                 group by l.supplier order by l.supplier",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(SupplierStanding {
                    supplier: read_inn(row.get(0)?)?,
                    name: row.get(1)?,
                    ready: kopecks(row.get(3)?)?,
                    pending: kopecks(row.get(4)?)?,
                    drafted: kopecks(row.get(5)?)?,
                    agreed: kopecks(row.get(6)?)?,
                });
            }
            Ok(found)
        })
    }
}

pub(super) fn payout_row(connection: &Connection, id: i64) -> Result<Option<PayoutRow>> {
    let mut statement = connection.prepare_cached(&format!("{ROW} where id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read).transpose()
}

fn read(row: &Row<'_>) -> Result<PayoutRow> {
    let id: i64 = row.get(0)?;
    let spoiled = |why: terms::TermError| JournalError::spoiled(format!("payout {id}"), why);
    let (period, state): (String, String) = (row.get(1)?, row.get(6)?);
    let ended: (Option<String>, Option<String>, Option<i64>) =
        (row.get(9)?, row.get(10)?, row.get(11)?);
    Ok(PayoutRow {
        id,
        period: period.parse::<Period>().map_err(spoiled)?,
        supplier: read_inn(row.get(2)?)?,
        name: row.get(3)?,
        amount: kopecks(row.get(4)?)?,
        lines: row.get::<_, i64>(5)?.unsigned_abs(),
        state: state.parse().map_err(spoiled)?,
        made_at: row.get(7)?,
        made_by: row.get(8)?,
        ended: match ended {
            (Some(by), Some(why), Some(at)) => Some((by, why, at)),
            _ => None,
        },
    })
}

fn read_inn(text: String) -> Result<Inn> {
    let inn = text.parse();
    inn.map_err(|why| JournalError::spoiled(format!("supplier {text}"), why))
}

fn kopecks(kopecks: i64) -> Result<Kopecks> {
    Kopecks::new(kopecks).map_err(|why| JournalError::spoiled("payout", why))
}
