//! Going live: the planned day of the switch, the steps that people have said to be done, and what
//! the audit before it counts.

use rusqlite::{Connection, OptionalExtension};
use terms::{AccountNumber, LocalDate};

use crate::{
    Actor, JournalError, Reader, Reply, Result, Writer, people::note_act, read::count, scribe::Lane,
};

/// The day of the switch, as people have planned it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GolivePlan {
    /// From this day on Kassette makes the receipts.
    pub switch_on: LocalDate,
    /// Receipts that people expect in a month; none: nobody has said.
    pub receipts_a_month: Option<u32>,
    /// The name of who has planned it last.
    pub by: String,
}

/// A step that somebody has said to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GoliveStepRow {
    /// Which one.
    pub step: String,
    /// The name of who has said so.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// What was noted with it; may be empty.
    pub note: String,
}

/// What changes about going live.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GoliveChange {
    /// The day of the switch is planned, or moved.
    Plan(GolivePlan),
    /// A step is done.
    Done {
        /// Which one.
        step: String,
        /// The name of who says so.
        by: String,
        /// What is to be noted with it.
        note: String,
    },
    /// A step is not done after all.
    Reopened {
        /// Which one.
        step: String,
        /// The name of who says so.
        by: String,
    },
}

/// The accounts, and those to which no receipt can be sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ContactCount {
    /// All accounts.
    pub accounts: u64,
    /// Those without a contact.
    pub without: u64,
    /// The first of those, by number.
    pub first: Vec<AccountNumber>,
}

impl Writer {
    /// Changes something about going live, with its entry of the trail in the same transaction.
    pub fn change_golive(&self, actor: Actor, change: GoliveChange, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            apply(connection, pen.now, &actor, &change)
        });
    }
}

fn apply(connection: &Connection, now: i64, actor: &Actor, change: &GoliveChange) -> Result<()> {
    match change {
        GoliveChange::Plan(plan) => {
            connection.execute(
                "insert into golive_plan (id, switch_on, receipts_a_month, by, at) \
                 values (1, ?1, ?2, ?3, ?4) on conflict (id) do update set \
                 switch_on = ?1, receipts_a_month = ?2, by = ?3, at = ?4",
                (
                    plan.switch_on.to_string(),
                    plan.receipts_a_month,
                    &plan.by,
                    now,
                ),
            )?;
            let receipts = plan.receipts_a_month.map(|it| format!(", {it} receipts"));
            let detail = format!("{}{}", plan.by, receipts.unwrap_or_default());
            let day = plan.switch_on.to_string();
            note_act(connection, now, actor, ("golive_planned", &day, &detail))
        }
        GoliveChange::Done { step, by, note } => {
            // Who has said it first has said it.
            let added = connection.execute(
                "insert into golive_step (step, by, at, note) values (?1, ?2, ?3, ?4) \
                 on conflict (step) do nothing",
                (step, by, now, note),
            )?;
            match added {
                0 => Ok(()),
                _ => {
                    let detail = [by.as_str(), note].join(" ");
                    note_act(connection, now, actor, ("golive_step_done", step, &detail))
                }
            }
        }
        GoliveChange::Reopened { step, by } => {
            match connection.execute("delete from golive_step where step = ?1", [step])? {
                0 => Ok(()),
                _ => note_act(connection, now, actor, ("golive_step_reopened", step, by)),
            }
        }
    }
}

impl Reader {
    /// The planned day of the switch, if there is one.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn golive_plan(&self) -> Result<Option<GolivePlan>> {
        self.with(|connection| {
            let row: Option<(String, Option<u32>, String)> = connection
                .prepare_cached("select switch_on, receipts_a_month, by from golive_plan")?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            row.map(|(day, receipts_a_month, by)| {
                let spoiled = |why| JournalError::spoiled("golive_plan", why);
                Ok(GolivePlan {
                    switch_on: day.parse().map_err(spoiled)?,
                    receipts_a_month,
                    by,
                })
            })
            .transpose()
        })
    }

    /// The steps that people have said to be done.
    ///
    /// # Errors
    /// See [`Reader::golive_plan`].
    pub fn golive_steps(&self) -> Result<Vec<GoliveStepRow>> {
        self.with(|connection| {
            let mut rows =
                connection.prepare_cached("select step, by, at, note from golive_step")?;
            let rows = rows.query_map([], |row| {
                Ok(GoliveStepRow {
                    step: row.get(0)?,
                    by: row.get(1)?,
                    at: row.get(2)?,
                    note: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Counts the accounts and those without a contact, and names the first `limit` of these; reads
    /// the whole table.
    ///
    /// # Errors
    /// See [`Reader::golive_plan`].
    pub fn contact_count(&self, limit: u32) -> Result<ContactCount> {
        self.at_once(|connection| {
            let one = |sql: &str| connection.query_row(sql, [], |row| count(row, 0));
            let mut first = connection.prepare_cached(
                "select number from account where contact is null order by number limit ?1",
            )?;
            let first = first.query_map([limit], |row| row.get::<_, String>(0))?;
            let spoiled = |why| JournalError::spoiled("account", why);
            let number = |text: rusqlite::Result<String>| text?.parse().map_err(spoiled);
            Ok(ContactCount {
                accounts: one("select count(*) from account")?,
                without: one("select count(*) from account where contact is null")?,
                first: first.map(number).collect::<Result<_>>()?,
            })
        })
    }

    /// Whether the ОФД has confirmed a receipt of a real drive, neither an emulated nor a debug one.
    ///
    /// # Errors
    /// See [`Reader::golive_plan`].
    pub fn has_confirmed_receipt(&self) -> Result<bool> {
        self.with(|connection| {
            let found: Option<i64> = connection
                .prepare_cached(
                    "select 1 from drive v cross join document d on d.drive = v.id \
                     where v.emulated = 0 and d.receipt is not null \
                     and d.acknowledged_at is not null limit 1",
                )?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(found.is_some())
        })
    }
}
