//! A scratch for comparing: both sides of many equations, sorted by key, whatever their size.
//!
//! It is a database of SQLite without a name: it lies in memory until it grows, then in a temporary
//! file that has no name either, and it is gone when it is dropped, however the program ends.

use rusqlite::{Connection, OptionalExtension, Row, Statement};

use crate::Result;

const SCHEMA: &str = "
    pragma journal_mode = off;
    pragma synchronous = off;
    create table side (pair integer, side integer, key text, sum integer, service text, vat text,
        account text, day text, source text, reference text);
    create table money (key text, cash integer, cashless integer);
    create index money_key on money (key);
    create table money_about (key text primary key, account text, day text, source text,
        detail text) without rowid;
    create index money_place on money_about (account, day);
    create table taken (pair integer, key text, as_key text, primary key (pair, key)) without rowid;
    create table loose (pair integer, key text, account text, day text, source text, sum integer,
        reference text);
    create table seen (pair integer, key text, file integer, primary key (pair, key)) without rowid;
    begin;";

/// Which side of an equation a row stands on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// What there has to be.
    Left,
    /// What there is.
    Right,
}

impl Side {
    const fn code(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }
}

/// A row of one side.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SideRow {
    /// What both sides know it by.
    pub key: String,
    /// Kopecks.
    pub sum: i64,
    /// The service's code, where services are compared.
    pub service: Option<String>,
    /// The rate's name, where rates are compared.
    pub vat: Option<String>,
    /// The account; empty: none. So for all texts here: they are for people.
    pub account: String,
    /// The day.
    pub day: String,
    /// Where it came from.
    pub source: String,
    /// The number or key that people find it by.
    pub reference: String,
}

/// Money of one operation of the journal.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MoneyRow {
    /// What it is known by: the key of the operation that the money came with.
    pub key: String,
    /// The account; empty: none.
    pub account: String,
    /// The day of the money, YYYY-MM-DD.
    pub day: String,
    /// Where it came from.
    pub source: String,
    /// The operation, for people.
    pub detail: String,
    /// Cash, kopecks; less than zero: that went back.
    pub cash: i64,
    /// Cashless money.
    pub cashless: i64,
}

/// A row of somebody else's file that looks for its money in the journal.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LooseRow {
    /// What it is known by if nothing is found.
    pub key: String,
    /// Keys that its operation may have, the likeliest first.
    pub keys: Vec<String>,
    /// Keys that count only if the operation is of the same account.
    pub keys_of_account: Vec<String>,
    /// The account; empty: unknown.
    pub account: String,
    /// The day.
    pub day: String,
    /// Where it came from.
    pub source: String,
    /// The number that people find it by.
    pub reference: String,
    /// Kopecks.
    pub sum: i64,
}

/// Which money of the journal is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MoneyKinds {
    /// Cashless alone: what banks and acquirers tell of.
    Cashless,
    /// Cash and cashless: what billing tells of.
    All,
}

/// Money of the journal that no source was there for, by source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Uncovered {
    /// The source.
    pub source: String,
    /// Operations.
    pub rows: u64,
    /// Their sum, kopecks.
    pub sum: i64,
}

/// The scratch.
#[derive(Debug)]
pub struct Scratch {
    connection: Connection,
}

impl Scratch {
    /// An empty one.
    ///
    /// # Errors
    /// When there is no place for temporary files; so for all methods here.
    pub fn new() -> Result<Self> {
        let connection = Connection::open("")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection })
    }

    /// Adds a row to one side of `pair`.
    pub fn add(&self, pair: u8, side: Side, row: &SideRow) -> Result<()> {
        self.connection
            .prepare_cached("insert into side values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
            .execute((
                pair,
                side.code(),
                &row.key,
                row.sum,
                &row.service,
                &row.vat,
                &row.account,
                &row.day,
                &row.source,
                &row.reference,
            ))?;
        Ok(())
    }

    /// Hands both sides of `pair` to `compare`, sorted by key.
    pub fn compare<T>(
        &self,
        pair: u8,
        compare: impl FnOnce(&mut dyn Iterator<Item = SideRow>, &mut dyn Iterator<Item = SideRow>) -> T,
    ) -> Result<T> {
        // «create if not exists»: it is made once all rows are there, which is cheaper.
        self.connection
            .execute_batch("create index if not exists side_key on side (pair, side, key)")?;
        let (mut left, mut right) = (self.sorted()?, self.sorted()?);
        let mut failed = (None, None);
        let done = {
            let mut left = rows(&mut left, (pair, Side::Left), &mut failed.0)?;
            let mut right = rows(&mut right, (pair, Side::Right), &mut failed.1)?;
            compare(&mut left, &mut right)
        };
        match failed.0.or(failed.1) {
            Some(error) => Err(error.into()),
            None => Ok(done),
        }
    }

    fn sorted(&self) -> Result<Statement<'_>> {
        Ok(self.connection.prepare(
            "select key, sum, service, vat, account, day, source, reference from side \
             where pair = ?1 and side = ?2 order by key",
        )?)
    }

    /// What people are told of a key: the first row of it on one side.
    pub fn about(&self, pair: u8, side: Side, key: &str) -> Result<Option<SideRow>> {
        let found = self
            .connection
            .prepare_cached(
                "select key, sum, service, vat, account, day, source, reference from side \
                 where pair = ?1 and side = ?2 and key = ?3 limit 1",
            )?
            .query_row((pair, side.code(), key), read_side)
            .optional()?;
        Ok(found)
    }

    /// Makes the rows of both sides of `pair` alike: with their reference as a part of the key, with
    /// services, with rates, or without any of these.
    pub fn make_alike(
        &self,
        pair: u8,
        references: bool,
        services: bool,
        rates: bool,
    ) -> Result<()> {
        let mut set = Vec::new();
        if references {
            set.push("key = key || ' ' || reference");
        }
        if !services {
            set.push("service = null");
        }
        if !rates {
            set.push("vat = null");
        }
        if !set.is_empty() {
            let sql = format!("update side set {} where pair = ?1", set.join(", "));
            self.connection.execute(&sql, [pair])?;
        }
        Ok(())
    }

    /// Adds money of the journal. Several rows may have one key: they add up.
    pub fn add_money(&self, row: &MoneyRow) -> Result<()> {
        self.connection
            .prepare_cached("insert into money values (?1, ?2, ?3)")?
            .execute((&row.key, row.cash, row.cashless))?;
        self.connection
            .prepare_cached(
                "insert into money_about values (?1, ?2, ?3, ?4, ?5) on conflict (key) do nothing",
            )?
            .execute((&row.key, &row.account, &row.day, &row.source, &row.detail))?;
        Ok(())
    }

    /// Whether the row of this key was told of in another file before; each file may tell of it once.
    pub fn is_repeated(&self, pair: u8, key: &str, file: usize) -> Result<bool> {
        let known: Option<i64> = self
            .connection
            .prepare_cached("select file from seen where pair = ?1 and key = ?2")?
            .query_row((pair, key), |row| row.get(0))
            .optional()?;
        if known.is_none() {
            self.connection
                .prepare_cached("insert into seen values (?1, ?2, ?3)")?
                .execute((pair, key, file as i64))?;
        }
        Ok(known.is_some())
    }

    /// Whether the journal has money under this key.
    pub fn has_money(&self, key: &str) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached("select 1 from money_about where key = ?1")?
            .exists([key])?)
    }

    /// Finds the money of a row by its keys; what is not found waits for [`Scratch::settle`].
    pub fn find(&self, pair: u8, kinds: MoneyKinds, row: &LooseRow) -> Result<()> {
        let mut first = None;
        let of_account = row.keys_of_account.iter().map(|key| (key, true));
        for (key, same_account) in row.keys.iter().map(|key| (key, false)).chain(of_account) {
            let Some((sum, account)) = self.untaken(pair, kinds, key)? else {
                continue;
            };
            if same_account && account != row.account {
                continue;
            }
            if sum == row.sum {
                return self.take(pair, key, row);
            }
            first.get_or_insert(key);
        }
        match first {
            // Another sum under its own number: that is what people have to see.
            Some(key) => self.take(pair, key, row),
            None => self.set_loose(pair, row),
        }
    }

    /// Sum and account of a key that nothing has taken yet.
    fn untaken(&self, pair: u8, kinds: MoneyKinds, key: &str) -> Result<Option<(i64, String)>> {
        let sql = format!(
            "select (select sum({}) from money where key = a.key), a.account from money_about a \
             where a.key = ?2 and not exists (select 1 from taken where pair = ?1 and key = a.key)",
            kinds.sum()
        );
        Ok(self
            .connection
            .prepare_cached(&sql)?
            .query_row((pair, key), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    fn take(&self, pair: u8, key: &str, row: &LooseRow) -> Result<()> {
        let as_key = side_key(&row.day, &row.source, key);
        self.connection
            .prepare_cached("insert into taken values (?1, ?2, ?3)")?
            .execute((pair, key, &as_key))?;
        self.add(pair, Side::Left, &row.side(as_key))
    }

    fn set_loose(&self, pair: u8, row: &LooseRow) -> Result<()> {
        self.connection
            .prepare_cached("insert into loose values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute((
                pair,
                &row.key,
                &row.account,
                &row.day,
                &row.source,
                row.sum,
                &row.reference,
            ))?;
        Ok(())
    }

    /// Settles what no key has found: money of the same account, day and sum is the same money. Then
    /// the journal's side is made: money that was found, and of the rest what came on the days
    /// `from`…`to` and, if `sources` are named, from one of them. Tells what other sources had.
    pub fn settle(
        &self,
        pair: u8,
        kinds: MoneyKinds,
        (from, to): (&str, &str),
        sources: Option<&[String]>,
    ) -> Result<Vec<Uncovered>> {
        let mut loose = self.connection.prepare(
            "select key, account, day, source, sum, reference from loose where pair = ?1 \
             order by rowid",
        )?;
        let mut loose = loose.query([pair])?;
        while let Some(row) = loose.next()? {
            let row = LooseRow {
                key: row.get(0)?,
                account: row.get(1)?,
                day: row.get(2)?,
                source: row.get(3)?,
                sum: row.get(4)?,
                reference: row.get(5)?,
                ..LooseRow::default()
            };
            match self.same_money(pair, kinds, &row)? {
                Some(key) => self.take(pair, &key, &row)?,
                None => {
                    let key = side_key(&row.day, &row.source, &row.key);
                    self.add(pair, Side::Left, &row.side(key))?;
                }
            }
        }
        self.tell_taken(pair, kinds)?;
        self.tell_rest(pair, kinds, (from, to), sources)
    }

    fn same_money(&self, pair: u8, kinds: MoneyKinds, row: &LooseRow) -> Result<Option<String>> {
        if row.account.is_empty() {
            return Ok(None);
        }
        let sql = format!(
            "select a.key from money_about a where a.account = ?2 and a.day = ?3 \
             and (select sum({}) from money where key = a.key) = ?4 \
             and not exists (select 1 from taken where pair = ?1 and key = a.key) limit 1",
            kinds.sum()
        );
        Ok(self
            .connection
            .prepare_cached(&sql)?
            .query_row((pair, &row.account, &row.day, row.sum), |row| row.get(0))
            .optional()?)
    }

    fn tell_taken(&self, pair: u8, kinds: MoneyKinds) -> Result<()> {
        let sql = format!(
            "insert into side select ?1, 1, t.as_key, {}, null, null, a.account, a.day, a.source, \
             a.detail from taken t join money m on m.key = t.key \
             join money_about a on a.key = t.key where t.pair = ?1",
            kinds.sum()
        );
        self.connection.execute(&sql, [pair])?;
        Ok(())
    }

    fn tell_rest(
        &self,
        pair: u8,
        kinds: MoneyKinds,
        (from, to): (&str, &str),
        sources: Option<&[String]>,
    ) -> Result<Vec<Uncovered>> {
        let sql = format!(
            "select a.key, a.account, a.day, a.source, a.detail, \
             (select sum({}) from money where key = a.key) \
             from money_about a where a.day between ?2 and ?3 \
             and not exists (select 1 from taken where pair = ?1 and key = a.key)",
            kinds.sum()
        );
        let covered: Vec<String> = self
            .connection
            .prepare(
                "select distinct b.source from taken t join money_about b on b.key = t.key \
                 where t.pair = ?1",
            )?
            .query_map([pair], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut others: Vec<Uncovered> = Vec::new();
        let mut rest = self.connection.prepare(&sql)?;
        let mut rest = rest.query((pair, from, to))?;
        while let Some(row) = rest.next()? {
            let (source, sum): (String, i64) = (row.get(3)?, row.get(5)?);
            if sum == 0 {
                continue;
            }
            let is_told_of = sources.is_none_or(|sources| sources.contains(&source))
                || covered.contains(&source);
            if !is_told_of {
                let place = others.iter().position(|other| other.source == source);
                let place = place.unwrap_or_else(|| {
                    others.push(Uncovered {
                        source,
                        rows: 0,
                        sum: 0,
                    });
                    others.len() - 1
                });
                others[place].rows += 1;
                others[place].sum += sum;
                continue;
            }
            let (key, day): (String, String) = (row.get(0)?, row.get(2)?);
            let side = SideRow {
                key: side_key(&day, &source, &key),
                sum,
                account: row.get(1)?,
                day,
                source,
                reference: row.get(4)?,
                ..SideRow::default()
            };
            self.add(pair, Side::Right, &side)?;
        }
        Ok(others)
    }
}

impl MoneyKinds {
    const fn sum(self) -> &'static str {
        match self {
            Self::Cashless => "cashless",
            Self::All => "cash + cashless",
        }
    }
}

impl LooseRow {
    fn side(&self, key: String) -> SideRow {
        SideRow {
            key,
            sum: self.sum,
            service: None,
            vat: None,
            account: self.account.clone(),
            day: self.day.clone(),
            source: self.source.clone(),
            reference: self.reference.clone(),
        }
    }
}

/// The key of money: day, source, reference.
fn side_key(day: &str, source: &str, key: &str) -> String {
    format!("{day} {source} {key}")
}

fn rows<'s>(
    statement: &'s mut Statement<'_>,
    (pair, side): (u8, Side),
    failed: &'s mut Option<rusqlite::Error>,
) -> Result<impl Iterator<Item = SideRow> + 's> {
    let rows = statement.query_map((pair, side.code()), read_side)?;
    Ok(rows.map_while(move |row| row.map_err(|error| *failed = Some(error)).ok()))
}

fn read_side(row: &Row<'_>) -> rusqlite::Result<SideRow> {
    Ok(SideRow {
        key: row.get(0)?,
        sum: row.get(1)?,
        service: row.get(2)?,
        vat: row.get(3)?,
        account: row.get(4)?,
        day: row.get(5)?,
        source: row.get(6)?,
        reference: row.get(7)?,
    })
}

#[cfg(test)]
mod tests;
