//! What agents pay on to suppliers. Each agent's line of a receipt with money in it is noted when
//! the receipt comes to be; a payout takes lines of documents that the ОФД has confirmed, each line
//! once. A refund is a line below zero: it goes into the next payout, whatever it takes back.

use std::collections::BTreeMap;

use cassette::Signed;
use engine::{Receipt, supplier_money};
use rusqlite::{Connection, Row};
use terms::{AccountNumber, Id, Inn, Kopecks, Period, named};

use crate::{JournalError, Reader, Reply, Result, Writer, record::read_id, scribe::Lane};

mod check;
mod read;

pub(crate) use check::{check, check_held};
use read::payout_row;

named! {
    /// Where a payout stands.
    PayoutState("payout") {
        /// A person has to agree.
        Draft = "draft",
        /// It is paid out: its lines never come again.
        Agreed = "agreed",
        /// It is not paid out: its lines wait again.
        Dropped = "dropped",
    }
}

/// What is to be paid on to one supplier, or was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PayoutRow {
    /// Which one.
    pub id: i64,
    /// Documents formed up to the end of this month are in it.
    pub period: Period,
    /// Tag 1226.
    pub supplier: Inn,
    /// Tag 1225, as the last document says it.
    pub name: String,
    /// How much: what came less what went back.
    pub amount: Kopecks,
    /// How many lines of receipts.
    pub lines: u64,
    /// Where it stands.
    pub state: PayoutState,
    /// When it was made, milliseconds since 1970.
    pub made_at: i64,
    /// Who has made it.
    pub made_by: String,
    /// Who has agreed to it or dropped it, why, and when, milliseconds since 1970.
    pub ended: Option<(String, String, i64)>,
}

/// What a payout has of one service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PayoutService {
    /// The service's code; empty: none.
    pub service: String,
    /// How many receipts.
    pub receipts: u64,
    /// What came.
    pub income: Kopecks,
    /// What went back, not below zero.
    pub refunds: Kopecks,
}

/// A line of a receipt in a payout.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PayoutLineRow {
    /// The receipt.
    pub receipt: Id,
    /// The account that it is about.
    pub account: Option<AccountNumber>,
    /// The service's code; empty: none.
    pub service: String,
    /// How much; below zero: it went back.
    pub amount: Kopecks,
    /// The drive.
    pub drive: String,
    /// Номер ФД.
    pub number: u32,
    /// ФПД.
    pub fiscal_sign: u32,
    /// The time of the document, as it says it.
    pub time: String,
}

/// What stands for a supplier over all times. `ready + pending + drafted + agreed` is all that its
/// lines have brought, less what went back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SupplierStanding {
    /// Tag 1226.
    pub supplier: Inn,
    /// Tag 1225.
    pub name: String,
    /// In documents that the ОФД has confirmed, and in no payout: below zero when more went back.
    pub ready: Kopecks,
    /// In receipts that are not confirmed yet, or that the ОФД has refused.
    pub pending: Kopecks,
    /// In drafts.
    pub drafted: Kopecks,
    /// Paid out.
    pub agreed: Kopecks,
}

/// Payouts to be made.
#[derive(Clone, Debug)]
pub struct NewPayouts {
    /// Of documents formed up to the end of this month.
    pub period: Period,
    /// Only to this supplier.
    pub supplier: Option<Inn>,
    /// Who makes them.
    pub signed: Signed,
}

/// What ending a draft has come to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PayoutEnded {
    /// It is agreed, or dropped.
    Done(Box<PayoutRow>),
    /// There is no such payout.
    Unknown,
    /// It is no draft any more; nothing has changed.
    NoDraft(Box<PayoutRow>),
}

impl Writer {
    /// Makes a draft for each supplier to whom more is owed than went back, of all lines that are
    /// ready. Nothing ready: no draft.
    pub fn make_payouts(&self, new: NewPayouts, reply: Reply<Vec<PayoutRow>>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            make(connection, &new, pen.now)
        });
    }

    /// Agrees to a draft, or drops it.
    pub fn end_payout(&self, id: i64, agree: bool, signed: Signed, reply: Reply<PayoutEnded>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            end(connection, (id, agree), &signed, pen.now)
        });
    }
}

/// Notes what a receipt brings for suppliers; it is stored in the transaction of the receipt.
pub(crate) fn note_lines(connection: &Connection, id: Id, receipt: &Receipt) -> Result<()> {
    let found = supplier_money(receipt)
        .map_err(|why| JournalError::contradiction(format!("receipt {id}"), why))?;
    for money in found {
        connection
            .prepare_cached(
                "insert into payout_line (receipt, line, supplier, name, service, amount) \
                 values (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                id.get(),
                money.line as i64,
                money.supplier.to_string(),
                money.name,
                money.service.as_ref().map_or("", |code| code.as_str()),
                money.amount.get(),
            ))?;
    }
    Ok(())
}

/// Lines that may be paid out: nobody has paid them, and the ОФД has taken their documents. `d.time`
/// is left for whoever asks.
const READY: &str = "from payout_line l join receipt r on r.id = l.receipt \
     join document d on d.drive = r.drive and d.number = r.document \
     where l.payout is null and r.state = 'acknowledged' and coalesce(d.ofd_code, 0) = 0";

/// The lines of one supplier, and what they come to.
#[derive(Default)]
struct Share {
    lines: Vec<(i64, i64)>,
    amount: i128,
    name: String,
}

fn make(connection: &Connection, new: &NewPayouts, now: i64) -> Result<Vec<PayoutRow>> {
    let mut payouts = Vec::new();
    for (supplier, share) in ready(connection, new)? {
        // What went back waits until more has come.
        if share.amount <= 0 {
            continue;
        }
        let amount = i64::try_from(share.amount).ok().map(Kopecks::new);
        let Some(Ok(amount)) = amount else {
            let what = format!("a payout to {supplier}");
            return Err(JournalError::contradiction(what, "its sum is too large"));
        };
        connection
            .prepare_cached(
                "insert into payout (period, supplier, name, amount, lines, state, made_at, made_by, \
                 made_key) values (?1, ?2, ?3, ?4, ?5, 'draft', ?6, ?7, ?8)",
            )?
            .execute((
                new.period.to_string(),
                &supplier,
                &share.name,
                amount.get(),
                share.lines.len() as i64,
                now,
                &new.signed.by,
                new.signed.key,
            ))?;
        let id = connection.last_insert_rowid();
        let mut take = connection.prepare_cached(
            "update payout_line set payout = ?3 where receipt = ?1 and line = ?2",
        )?;
        for (receipt, line) in share.lines {
            take.execute((receipt, line, id))?;
        }
        payouts.extend(payout_row(connection, id)?);
    }
    Ok(payouts)
}

fn ready(connection: &Connection, new: &NewPayouts) -> Result<BTreeMap<String, Share>> {
    let next = new
        .period
        .next()
        .map_err(|why| JournalError::contradiction(format!("payouts of {}", new.period), why))?;
    let supplier = new.supplier.map(|inn| inn.to_string());
    let mut statement = connection.prepare_cached(&format!(
        "select l.supplier, l.receipt, l.line, l.amount, l.name {READY} and d.time < ?1 \
         and (?2 is null or l.supplier = ?2) order by l.receipt, l.line"
    ))?;
    let mut rows = statement.query((format!("{next}-01"), supplier))?;
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let share = shares.entry(row.get(0)?).or_default();
        share.lines.push((row.get(1)?, row.get(2)?));
        share.amount += i128::from(row.get::<_, i64>(3)?);
        share.name = row.get(4)?;
    }
    Ok(shares)
}

fn end(
    connection: &Connection,
    (id, agree): (i64, bool),
    signed: &Signed,
    now: i64,
) -> Result<PayoutEnded> {
    let Some(known) = payout_row(connection, id)? else {
        return Ok(PayoutEnded::Unknown);
    };
    if known.state != PayoutState::Draft {
        return Ok(PayoutEnded::NoDraft(Box::new(known)));
    }
    let state = match agree {
        true => PayoutState::Agreed,
        false => PayoutState::Dropped,
    };
    connection
        .prepare_cached(
            "update payout set state = ?2, ended_at = ?3, ended_by = ?4, ended_why = ?5, \
             ended_key = ?6 where id = ?1",
        )?
        .execute((
            id,
            state.name(),
            now,
            &signed.by,
            &signed.reason,
            signed.key,
        ))?;
    if !agree {
        connection
            .prepare_cached("update payout_line set payout = null where payout = ?1")?
            .execute([id])?;
    }
    let ended = payout_row(connection, id)?
        .ok_or_else(|| JournalError::spoiled(format!("payout {id}"), "it is gone"))?;
    Ok(PayoutEnded::Done(Box::new(ended)))
}
