//! Questions about receivers and letters.

use rusqlite::{OptionalExtension, Row};
use terms::Id;

use super::{DeliveriesOf, DeliveryRow, DeliveryState, ReceiverKind, ReceiverRow};
use crate::{
    Callback, JournalError, Reader, Result,
    read::{count, read_state},
    record::read_id,
};

const DELIVERY: &str = "select d.id, d.receiver, v.kind, v.name, d.lane, d.event, \
     coalesce(e.state, 'queued') as event_state, d.receipt, d.operation, c.url, c.form, d.state, \
     d.since, d.attempts, d.next_at, d.last_at, d.last_status, d.last_answer \
     from delivery d join receiver v on v.id = d.receiver left join event e on e.id = d.event \
     left join callback c on c.operation = d.operation";

impl Reader {
    /// All receivers: webhooks also of former configurations, and hosts of callbacks.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn receivers(&self) -> Result<Vec<ReceiverRow>> {
        self.with(|connection| {
            let counted = |state| {
                format!(
                    "(select count(*) from delivery where receiver = v.id and state = '{state}')"
                )
            };
            let mut rows = connection.prepare_cached(&format!(
                "select id, kind, name, stopped_at, success_at, {}, {} from receiver v order by id",
                counted("waiting"),
                counted("dead")
            ))?;
            let mut rows = rows.query([])?;
            let mut receivers = Vec::new();
            while let Some(row) = rows.next()? {
                receivers.push(ReceiverRow {
                    id: row.get(0)?,
                    kind: ReceiverKind::read(&row.get::<_, String>(1)?)?,
                    name: row.get(2)?,
                    stopped_at: row.get(3)?,
                    success_at: row.get(4)?,
                    waiting: count(row, 5)?,
                    dead: count(row, 6)?,
                });
            }
            Ok(receivers)
        })
    }

    /// The hosts of callbacks that have become known after the receiver `after`: row and name.
    pub fn callback_hosts(&self, after: i64) -> Result<Vec<(i64, String)>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select id, name from receiver where kind = 'callback' and id > ?1 order by id",
            )?;
            let rows = rows.query_map([after], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
    }

    /// The row of a webhook, and whether it is stopped.
    pub fn webhook_row(&self, name: &str) -> Result<Option<(i64, bool)>> {
        self.with(|connection| {
            let row = connection
                .prepare_cached(
                    "select id, stopped_at is not null from receiver \
                     where kind = 'webhook' and name = ?1",
                )?
                .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(row)
        })
    }

    /// The letters that wait for a receiver after the letter `after`, in order.
    pub fn waiting_letters(
        &self,
        receiver: i64,
        after: Option<Id>,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>> {
        let after = after.map_or(0, Id::get);
        self.deliveries_where(
            "d.receiver = ?1 and d.state = 'waiting' and d.id > ?2 order by d.id limit ?3",
            (receiver, after, limit),
        )
    }

    /// Letters, the oldest first.
    pub fn deliveries(&self, of: &DeliveriesOf) -> Result<Vec<DeliveryRow>> {
        let mut condition = String::from("d.id > ?1 and (?2 is null or v.name = ?2)");
        if of.webhook.is_some() {
            condition.push_str(" and v.kind = 'webhook'");
        }
        // Each by its index: few letters wait or are dead, and few are of one receipt.
        if let Some(state) = of.state {
            let state = state.name();
            let chosen = format!(" and d.id in (select id from delivery where state = '{state}')");
            condition.push_str(&chosen);
        }
        condition.push_str(match of.receipt {
            None => " and ?3 is null",
            Some(_) => {
                " and d.id in (select id from delivery where receipt = ?3 union all \
                 select id from delivery where operation = \
                 (select operation from receipt where id = ?3))"
            }
        });
        condition.push_str(" order by d.id limit ?4");
        let after = of.after.map_or(0, Id::get);
        let receipt = of.receipt.map(Id::get);
        self.deliveries_where(&condition, (after, &of.webhook, receipt, of.limit))
    }

    /// One letter.
    pub fn delivery(&self, id: Id) -> Result<Option<DeliveryRow>> {
        Ok(self.deliveries_where("d.id = ?1", [id.get()])?.pop())
    }

    fn deliveries_where(
        &self,
        condition: &str,
        arguments: impl rusqlite::Params,
    ) -> Result<Vec<DeliveryRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(&format!("{DELIVERY} where {condition}"))?;
            let mut rows = rows.query(arguments)?;
            let mut deliveries = Vec::new();
            while let Some(row) = rows.next()? {
                deliveries.push(read_delivery(row)?);
            }
            Ok(deliveries)
        })
    }
}

fn read_delivery(row: &Row<'_>) -> Result<DeliveryRow> {
    let id_or_none = |column: &str| -> Result<Option<Id>> {
        let number: Option<i64> = row.get(column)?;
        number.map(read_id).transpose()
    };
    let event = match id_or_none("event")? {
        Some(event) => Some((event, read_state(&row.get::<_, String>("event_state")?)?)),
        None => None,
    };
    let url: Option<String> = row.get("url")?;
    let callback = match url {
        Some(url) => Some(Callback {
            url,
            form: row.get("form")?,
        }),
        None => None,
    };
    let state: String = row.get("state")?;
    Ok(DeliveryRow {
        id: read_id(row.get("id")?)?,
        receiver: row.get("receiver")?,
        kind: ReceiverKind::read(&row.get::<_, String>("kind")?)?,
        name: row.get("name")?,
        lane: row.get("lane")?,
        event,
        receipt: id_or_none("receipt")?,
        operation: id_or_none("operation")?,
        callback,
        state: DeliveryState::from_name(&state)
            .ok_or_else(|| JournalError::spoiled("delivery", format!("state {state}")))?,
        since: row.get("since")?,
        attempts: row.get("attempts")?,
        next_at: row.get("next_at")?,
        last_at: row.get("last_at")?,
        last_status: row.get("last_status")?,
        last_answer: row.get("last_answer")?,
    })
}
