//! What people do about incidents.

use rusqlite::Connection;

use super::{
    Event, IncidentAct, IncidentOrder, IncidentRefusal, IncidentRow, IncidentState, IncidentWhat,
    NoticeReason, ToTell, WhoIsTold, notice::Gathering, read, step,
};
use crate::{
    Result,
    people::{TrailEntry, note},
};

pub(super) fn obey(
    connection: &Connection,
    now: i64,
    order: &IncidentOrder,
    told: &WhoIsTold,
) -> Result<std::result::Result<(), IncidentRefusal>> {
    let Some(row) = read::by_id(connection, order.incident)? else {
        return Ok(Err(IncidentRefusal::Unknown(order.incident)));
    };
    if row.state == IncidentState::Resolved {
        return Ok(Err(IncidentRefusal::Over(row.id)));
    }
    let what = match order.act {
        IncidentAct::Acknowledge => {
            let is_known = row
                .acknowledged
                .as_ref()
                .is_some_and(|(by, _)| *by == order.by);
            if is_known {
                // Said twice, it is true once.
                return Ok(Ok(()));
            }
            acknowledge(connection, now, &row, &order.by)?;
            IncidentWhat::Acknowledged
        }
        IncidentAct::Mute(until) => {
            let sql = "update incident set state = 'muted', muted_until = ?2 where id = ?1";
            connection.prepare_cached(sql)?.execute((row.id, until))?;
            IncidentWhat::Muted
        }
        IncidentAct::Unmute if row.muted_until.is_none() => {
            return Ok(Err(IncidentRefusal::NotMuted(row.id)));
        }
        IncidentAct::Unmute => {
            let state = match row.acknowledged {
                Some(_) => IncidentState::Acknowledged,
                None => IncidentState::Open,
            };
            let sql = "update incident set state = ?2, muted_until = null where id = ?1";
            connection
                .prepare_cached(sql)?
                .execute((row.id, state.name()))?;
            IncidentWhat::Unmuted
        }
        IncidentAct::Resolve => {
            step::close(connection, now, row.id)?;
            let about = ToTell {
                rule: row.rule,
                severity: row.severity,
                reason: NoticeReason::Closed,
                escalations: row.escalations,
                now,
            };
            Gathering::new(connection, now).add(row.id, &about, told)?;
            IncidentWhat::Resolved
        }
    };
    write(connection, now, &row, order, what)?;
    Ok(Ok(()))
}

fn acknowledge(connection: &Connection, now: i64, row: &IncidentRow, by: &str) -> Result<()> {
    connection
        .prepare_cached(
            "update incident set acknowledged_by = ?2, acknowledged_at = ?3, \
             state = case when muted_until is null then 'acknowledged' else 'muted' end \
             where id = ?1",
        )?
        .execute((row.id, by, now))?;
    Ok(())
}

/// The history and, when somebody is logged in, the trail.
fn write(
    connection: &Connection,
    now: i64,
    row: &IncidentRow,
    order: &IncidentOrder,
    what: IncidentWhat,
) -> Result<()> {
    let why = order.why.as_str();
    let until = match order.act {
        IncidentAct::Mute(until) => Some(until),
        _ => None,
    };
    let event = Event {
        by: Some(&order.by),
        why: (!why.is_empty()).then_some(why),
        until,
        api_key: order.api_key,
        ..Event::of(what, row.severity)
    };
    event.write(connection, now, row.id)?;
    let Some(actor) = &order.actor else {
        return Ok(());
    };
    let entry = TrailEntry {
        act: format!("incident_{}", what.name()),
        object: format!("{} {}", row.id, row.key),
        detail: order.why.clone(),
    };
    note(connection, now, actor, actor.person, &entry)
}
