//! The task that carries restorations out: packet by packet, as far as limits allow, and on after a
//! restart. What to do is said by [`restoration::Throttle`]; each packet is one transaction of the
//! journal, so that it does not matter where the program stops.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use engine::Change;
use journal::{
    RestorationHead, RestorationPacket, RestorationRow, RestorationRowsOf, RestorationStep,
    RestorationTurn,
};
use restoration::{Class, Decision, Facts, Register, RowState, State, Throttle, WaitReason};
use terms::Saying;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{
    change::Parameters,
    draft::Summary,
    facts::{ShareBook, at_work},
    operation::Carrying,
};
use crate::{Desk, DeskError, desk::Inner};

/// How soon after a look the next one may follow: what happens meanwhile is seen at once.
const LOOK: Duration = Duration::from_millis(250);
/// A look rests for so many times as long as it has taken: with a million receipts that wait, to count
/// those of a restoration takes a second.
const REST: u32 = 9;
/// How long it sleeps while nothing happens: days begin, drives come.
const NAP: Duration = Duration::from_secs(5);

/// What the desk keeps of its restorations besides the journal.
pub(crate) struct Restoring {
    /// Rings when there is something to carry out; true: it is to stop.
    bell: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
    pub(super) book: Mutex<ShareBook>,
}

/// Where in the rows of each running restoration the next one that waits is looked for.
#[derive(Default)]
struct Places(HashMap<i64, u64>);

impl Default for Restoring {
    fn default() -> Self {
        Self {
            bell: watch::Sender::new(false),
            task: Mutex::default(),
            book: Mutex::default(),
        }
    }
}

impl Restoring {
    /// Rings the bell: a restoration was turned.
    pub(super) fn ring(&self) {
        self.bell.send_modify(|_| ());
    }

    /// Ends the task: what it is about is finished first.
    pub(crate) async fn stop(&self) {
        self.bell.send_replace(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task of restorations has failed");
        }
    }
}

/// Starts the task: restorations that were running go on.
pub(crate) fn start(inner: &Arc<Inner>) {
    let restoring = &inner.restoring;
    let bells = (restoring.bell.subscribe(), inner.changes());
    let task = tokio::spawn(run(Arc::downgrade(inner), bells));
    *restoring
        .task
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(task);
}

async fn run(desk: Weak<Inner>, bells: (watch::Receiver<bool>, watch::Receiver<()>)) {
    let (mut turned, mut changed) = bells;
    let mut places = Places::default();
    if let Some(inner) = desk.upgrade() {
        end_unfinished(&Desk::of(inner)).await;
    }
    loop {
        turned.mark_unchanged();
        changed.mark_unchanged();
        if *turned.borrow() {
            return;
        }
        let Some(inner) = desk.upgrade() else { return };
        let begun = Instant::now();
        let looked = look(Desk::of(inner), &mut places).await;
        let pause = LOOK.max(begun.elapsed() * REST);
        let is_running = looked.unwrap_or_else(|error| {
            tracing::error!(%error, "restorations do not go on");
            true
        });
        let rung = async {
            if is_running {
                tokio::select! {
                    rung = turned.changed() => rung,
                    rung = changed.changed() => rung,
                }
            } else {
                turned.changed().await
            }
        };
        let is_gone = match is_running {
            true => {
                let rung = timeout(NAP, rung).await;
                sleep(pause).await;
                matches!(rung, Ok(Err(_)))
            }
            false => rung.await.is_err(),
        };
        if is_gone {
            return;
        }
    }
}

/// What was being made when the program stopped never will be.
async fn end_unfinished(desk: &Desk) {
    let open = desk.reader().open_restorations().unwrap_or_default();
    for head in open.into_iter().filter(|head| head.state == State::Making) {
        let why = Saying::PlanCutOff.about(&[]);
        if let Err(error) = turn(desk, head.id, RestorationStep::Abandon, Some(why)).await {
            tracing::warn!(%error, "an unfinished plan stays");
        }
    }
}

/// Looks at each running restoration once, and carries out what may be. Says whether one runs.
async fn look(desk: Desk, places: &mut Places) -> Result<bool, DeskError> {
    let mut is_running = false;
    for head in desk.reader().open_restorations()? {
        if head.state == State::Running {
            is_running = true;
            step(&desk, &head, places).await?;
        }
    }
    Ok(is_running)
}

async fn step(desk: &Desk, head: &RestorationHead, places: &mut Places) -> Result<(), DeskError> {
    match decide(desk, head).await? {
        Decision::Go(rows) => {
            let rows = u32::try_from(rows.get()).unwrap_or(u32::MAX);
            note(desk, head, None).await?;
            carry_out(desk, head, places, rows).await?;
        }
        Decision::Wait {
            why: WaitReason::Outstanding { .. },
            ..
        } => note(desk, head, None).await?,
        Decision::Wait { why, until } => {
            let why = match until {
                Some(day) => Saying::Until.about(&[&why, &day]),
                None => why.to_string(),
            };
            note(desk, head, Some(why)).await?;
        }
        Decision::Pause(reason) => {
            let why = Some(reason.to_string());
            turn(desk, head.id, RestorationStep::Pause, why).await?;
        }
        Decision::Finish => turn(desk, head.id, RestorationStep::Finish, None).await?,
    }
    Ok(())
}

/// What is to be done with a running restoration now.
async fn decide(desk: &Desk, head: &RestorationHead) -> Result<Decision, DeskError> {
    let rules = desk.restore_rules();
    let Some(run) = &head.run else {
        return Ok(Decision::Pause(restoration::PauseReason::LimitReached));
    };
    let counts = desk.reader().restoration_counts(head.id)?;
    let rows_in = |state: RowState| -> u64 {
        let of_state = counts
            .iter()
            .filter(|it| it.state == state && matches!(it.class, Class::Missing | Class::Wrong));
        of_state.map(|it| it.rows).sum()
    };
    let pending = desk.reader().restoration_pending(head.id)?;
    let troubles = desk.reader().troubles_since(run.history)?;
    let cassette = desk.cassette().await?;
    let registers = at_work(&cassette, desk.registers()?);
    let registers: Vec<Register<'_>> = registers
        .iter()
        .map(|register| Register {
            name: &register.name,
            shares: &register.shares,
        })
        .collect();
    let throttle = Throttle {
        packet: rules.packet,
        max_share: rules.max_share,
        pace: run.pace,
        pause_on: run.pause_on,
    };
    let held = pending.held.saturating_sub(run.held_before);
    let held = u32::try_from(held).unwrap_or(u32::MAX);
    let changed = rows_in(RowState::Changed).saturating_sub(run.changed_before);
    Ok(throttle.decide(&Facts {
        rows_left: rows_in(RowState::Planned),
        limit_left: run.left,
        row: Summary::read(head.id, head.summary.as_deref())?.row(),
        outstanding: pending.unformed,
        registers: &registers,
        drive_errors: troubles.drive_errors.saturating_add(held),
        ofd_rejections: troubles.ofd_rejections,
        unsent: troubles.unsent,
        changed: u32::try_from(changed).unwrap_or(u32::MAX),
    }))
}

/// Carries out the next rows.
async fn carry_out(
    desk: &Desk,
    head: &RestorationHead,
    places: &mut Places,
    rows: u32,
) -> Result<(), DeskError> {
    let of = RestorationRowsOf {
        state: Some(RowState::Planned),
        class: None,
        after: places.0.get(&head.id).copied().unwrap_or(0),
        limit: rows,
    };
    let mut listed = desk.reader().restoration_rows(head.id, &of)?;
    let change = Parameters::read(head.id, &head.parameters)?.change()?;
    if let Some(change) = &change {
        keep_apart(&mut listed.rows, change);
    }
    let Some(last) = listed.rows.last().map(|row| row.place) else {
        // Somebody else has done them: look from the beginning.
        places.0.remove(&head.id);
        return Ok(());
    };
    let carrying = Carrying {
        desk,
        head,
        change,
        setup: desk.engine_setup().await?,
    };
    let work = listed
        .rows
        .iter()
        .map(|row| Ok((row.place, carrying.work(row)?)))
        .collect::<Result<_, DeskError>>()?;
    let packet = RestorationPacket {
        restoration: head.id,
        rows: work,
    };
    let advanced = desk.ask(|writer, reply| writer.advance_restoration(packet, reply));
    let advanced = advanced.await?;
    if !advanced.is_stopped {
        places.0.insert(head.id, last);
    }
    // There is no bell for rows that form nothing.
    if advanced.accepted == 0 {
        desk.restoring().ring();
    }
    Ok(())
}

/// What a fix becomes is computed before its packet is accepted: so no two rows of one packet may
/// touch one account.
fn keep_apart(rows: &mut Vec<RestorationRow>, change: &Change) {
    if change.account.is_some() {
        return rows.truncate(1);
    }
    let mut seen = HashSet::with_capacity(rows.len());
    let together = rows
        .iter()
        .take_while(|row| seen.insert(row.account.clone()));
    let together = together.count();
    rows.truncate(together);
}

async fn note(desk: &Desk, head: &RestorationHead, why: Option<String>) -> Result<(), DeskError> {
    if head.why == why {
        return Ok(());
    }
    desk.ask(|writer, reply| writer.note_restoration(head.id, why, reply))
        .await
}

/// The program turns a restoration by itself.
async fn turn(
    desk: &Desk,
    restoration: i64,
    step: RestorationStep,
    why: Option<String>,
) -> Result<(), DeskError> {
    let turn = RestorationTurn {
        restoration,
        step,
        by: None,
        api_key: None,
        why,
    };
    // Somebody may have turned it meanwhile: that counts.
    desk.ask(|writer, reply| writer.turn_restoration(turn, reply))
        .await?;
    Ok(())
}
