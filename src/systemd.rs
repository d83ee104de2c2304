//! What systemd is told (`Type=notify`, and `notify-reload`): that the program is ready, how it
//! stands, that it is alive, that it reads something anew, that it stops. Without systemd nobody is
//! told anything.
//!
//! It is alive as long as the journal's writer and the task that works with the drives answer: a
//! program that hangs in one of them is ended and started anew (`WatchdogSec=`).

use std::{env, io, time::Duration};

use desk::{Answers, Desk, JournalAnswer};
use sd_notify::NotifyState;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often it is told how the program stands.
const STATUS_EVERY: Duration = Duration::from_secs(10);
/// It is told that the program is alive three times as often as it has to be: the second try comes
/// in time when the first question was answered late.
const OFTEN: u32 = 3;

/// It serves.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// It ends what is under way.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// It reads something anew; [`ready`] says when it has.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => failed(&error),
    }
}

/// Tells how the desk stands, and that it is alive as long as it is; none: nobody listens.
pub(crate) fn attend(desk: &Desk) -> Option<JoinHandle<()>> {
    is_heard().then(|| tokio::spawn(attend_to(desk.clone())))
}

/// Tells that the program is alive while there is no desk to be asked.
pub(crate) fn attend_alone() -> Option<JoinHandle<()>> {
    is_heard().then(|| {
        tokio::spawn(async {
            tell(&[NotifyState::Status("waits to be set up at the panel")]);
            let Some(longest) = sd_notify::watchdog_enabled() else {
                return;
            };
            let mut ticks = every(longest / OFTEN);
            loop {
                ticks.tick().await;
                tell(&[NotifyState::Watchdog]);
            }
        })
    })
}

async fn attend_to(desk: Desk) {
    let longest = sd_notify::watchdog_enabled();
    let pause = longest.map_or(STATUS_EVERY, |longest| (longest / OFTEN).min(STATUS_EVERY));
    let mut ticks = every(pause);
    let mut said = String::new();
    loop {
        ticks.tick().await;
        let answers = desk.answers(pause).await;
        let words = match silence(&answers) {
            Some(words) => words.to_owned(),
            None => desk.health().await.in_words(),
        };
        let mut states = Vec::new();
        if longest.is_some() && answers.are_there() {
            states.push(NotifyState::Watchdog);
        }
        if words != said {
            states.push(NotifyState::Status(&words));
        }
        if !states.is_empty() {
            tell(&states);
        }
        said = words;
    }
}

/// Who does not answer.
const fn silence(answers: &Answers) -> Option<&'static str> {
    match answers {
        Answers {
            journal: JournalAnswer::Silent,
            ..
        } => Some("the journal does not answer"),
        Answers { rack: false, .. } => Some("the task that works with the drives does not answer"),
        _ => None,
    }
}

fn every(pause: Duration) -> tokio::time::Interval {
    let mut ticks = interval(pause.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn is_heard() -> bool {
    env::var_os("NOTIFY_SOCKET").is_some()
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        failed(&error);
    }
}

fn failed(error: &io::Error) {
    tracing::warn!(%error, "systemd cannot be told how the program stands");
}
