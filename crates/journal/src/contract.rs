//! Contracts of accounts.

use engine::{Contract, Event, EventKind, check_contracts};
use rusqlite::{Connection, OptionalExtension, Row};
use terms::{AccountNumber, LocalDate, ServiceCode};

use crate::{
    JournalError, Reader, Reply, Result, Writer,
    record::History,
    scribe::{Lane, Pen},
};

/// A contract with its account, and who has set it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContractRow {
    /// The account.
    pub account: AccountNumber,
    /// What it says.
    pub contract: Contract,
    /// When it was set so, milliseconds since 1970.
    pub set_at: i64,
    /// The person who has set it so; none: a key alone.
    pub set_by: Option<String>,
    /// The name of the key that it came with.
    pub key: Option<String>,
}

/// All contracts that an account is to have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewContracts {
    /// The account.
    pub account: AccountNumber,
    /// Its contracts.
    pub contracts: Vec<Contract>,
}

/// Who sets contracts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ContractSetter {
    /// A person.
    pub by: Option<String>,
    /// The row of a key.
    pub key: Option<i64>,
}

const ROW: &str = "select a.number, c.number, c.valid_from, c.valid_to, c.services, c.price_list, \
     c.comment, c.set_at, c.set_by, k.name from contract c join account a on a.id = c.account \
     left join api_key k on k.id = c.api_key";

impl Writer {
    /// Gives accounts exactly these contracts; all or none. What was there in the same words keeps
    /// who has set it. The answer: the first account that there is not; then nothing was stored.
    ///
    /// # Errors
    /// When contracts of one account overlap ([`check_contracts`]): [`JournalError::Contradiction`].
    pub fn put_contracts(
        &self,
        contracts: Vec<NewContracts>,
        setter: ContractSetter,
        reply: Reply<Option<AccountNumber>>,
    ) {
        let size = contracts.len();
        self.queue(Lane::Billing, size, reply, move |pen, connection, _| {
            let mut rows = Vec::with_capacity(contracts.len());
            for new in &contracts {
                match account_row(connection, &new.account)? {
                    Some(row) => rows.push(row),
                    None => return Ok(Some(new.account.clone())),
                }
            }
            for (new, row) in contracts.iter().zip(rows) {
                put(pen, connection, (row, new), &setter)?;
            }
            Ok(None)
        });
    }
}

impl Reader {
    /// The contracts of an account by their first days; none when there is no such account.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn contracts(&self, account: &AccountNumber) -> Result<Option<Vec<ContractRow>>> {
        self.at_once(|connection| {
            let Some(row) = account_row(connection, account)? else {
                return Ok(None);
            };
            let sql = format!("{ROW} where c.account = ?1 order by c.valid_from, c.id");
            rows(connection, &sql, [row]).map(Some)
        })
    }

    /// Contracts that end on the days `from` to `to` and are not followed: for one of their services
    /// the account has no contract on the next day. Those that end first come first; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn contracts_ending(
        &self,
        from: LocalDate,
        to: LocalDate,
        limit: u32,
    ) -> Result<Vec<ContractRow>> {
        self.at_once(|connection| {
            let follows = "select 1 from contract n where n.account = c.account and n.id <> c.id \
                 and n.valid_from <= date(c.valid_to, '+1 day') \
                 and (n.valid_to is null or n.valid_to > c.valid_to) and (n.services = '[]'";
            let sql = format!(
                "{ROW} where c.valid_to between ?1 and ?2 and case c.services when '[]' \
                 then not exists ({follows})) \
                 else exists (select 1 from json_each(c.services) s where not exists ({follows} \
                 or exists (select 1 from json_each(n.services) o where o.value = s.value)))) end \
                 order by c.valid_to, a.number limit ?3"
            );
            rows(connection, &sql, (from.to_string(), to.to_string(), limit))
        })
    }
}

/// The contracts that an event is judged by; none of them for any but a charge.
pub(crate) fn of_charge(
    connection: &Connection,
    event: &Event,
    account: Option<i64>,
) -> Result<Vec<Contract>> {
    match (&event.kind, account) {
        (EventKind::Charge(_), Some(row)) => of_account(connection, row),
        _ => Ok(Vec::new()),
    }
}

/// The contracts of an account's row, by their first days.
pub(crate) fn of_account(connection: &Connection, account: i64) -> Result<Vec<Contract>> {
    let sql = format!("{ROW} where c.account = ?1 order by c.valid_from, c.id");
    let rows = rows(connection, &sql, [account])?;
    Ok(rows.into_iter().map(|row| row.contract).collect())
}

fn account_row(connection: &Connection, number: &AccountNumber) -> Result<Option<i64>> {
    let row = connection
        .prepare_cached("select id from account where number = ?1")?
        .query_row([number.as_str()], |row| row.get(0))
        .optional()?;
    Ok(row)
}

fn put(
    pen: &Pen,
    connection: &Connection,
    (account, new): (i64, &NewContracts),
    setter: &ContractSetter,
) -> Result<()> {
    let what = || format!("the contracts of account {}", new.account);
    check_contracts(&new.contracts).map_err(|error| JournalError::contradiction(what(), error))?;
    let known = of_account(connection, account)?;
    let gone = known.iter().filter(|it| !new.contracts.contains(it));
    let come = new.contracts.iter().filter(|it| !known.contains(it));
    let (gone, come): (Vec<&Contract>, Vec<&Contract>) = (gone.collect(), come.collect());
    for contract in &gone {
        connection
            .prepare_cached("delete from contract where account = ?1 and number = ?2")?
            .execute((account, &contract.number))?;
    }
    for contract in &come {
        connection
            .prepare_cached(
                "insert into contract (account, number, valid_from, valid_to, services, price_list, \
                 comment, set_at, set_by, api_key) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                account,
                &contract.number,
                contract.from.to_string(),
                contract.to.map(|to| to.to_string()),
                services_json(contract)?,
                &contract.price_list,
                &contract.comment,
                pen.now,
                &setter.by,
                setter.key,
            ))?;
    }
    if gone.is_empty() && come.is_empty() {
        return Ok(());
    }
    let told = |list: &[&Contract]| -> String {
        list.iter()
            .map(|it| told(it))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let detail = format!(
        "account {}: was {}; is {}",
        new.account,
        told(&gone),
        told(&come)
    );
    let entry = History {
        by: setter.by.as_deref(),
        key: setter.key,
        ..History::new("contracts_set", &detail)
    };
    entry.write(connection, pen.now)
}

/// A contract as the history tells it.
fn told(contract: &Contract) -> String {
    let to = contract.to.map_or_else(String::new, |to| to.to_string());
    let services: Vec<&str> = contract.services.iter().map(ServiceCode::as_str).collect();
    format!(
        "«{}» {}…{to} [{}]",
        contract.number,
        contract.from,
        services.join(" ")
    )
}

fn services_json(contract: &Contract) -> Result<String> {
    let codes: Vec<&str> = contract.services.iter().map(ServiceCode::as_str).collect();
    serde_json::to_string(&codes)
        .map_err(|error| JournalError::spoiled(format!("contract {}", contract.number), error))
}

fn rows(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<ContractRow>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<ContractRow> {
    let number: String = row.get(1)?;
    let spoiled = |why: String| JournalError::spoiled(format!("contract {number}"), why);
    let services: String = row.get(4)?;
    let services: Vec<String> =
        serde_json::from_str(&services).map_err(|why| spoiled(why.to_string()))?;
    let day = |text: String| {
        text.parse::<LocalDate>()
            .map_err(|why| spoiled(why.to_string()))
    };
    let code = |code: &String| {
        code.parse::<ServiceCode>()
            .map_err(|why| spoiled(why.to_string()))
    };
    Ok(ContractRow {
        account: row
            .get::<_, String>(0)?
            .parse()
            .map_err(|why: terms::TermError| spoiled(why.to_string()))?,
        contract: Contract {
            from: day(row.get(2)?)?,
            to: row.get::<_, Option<String>>(3)?.map(day).transpose()?,
            services: services.iter().map(code).collect::<Result<_>>()?,
            price_list: row.get(5)?,
            comment: row.get(6)?,
            number: number.clone(),
        },
        set_at: row.get(7)?,
        set_by: row.get(8)?,
        key: row.get(9)?,
    })
}
