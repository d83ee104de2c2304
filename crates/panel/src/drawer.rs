//! A slot as it stands in the rack: a drawer with its label, its lamp and what is left of its drive.

use desk::{SlotState, SlotView};
use terms::{LocalDate, LocalDateTime};

use crate::{
    speech::Speech,
    text::Text,
    texts::{HomeTexts, MachineTexts},
};

/// The archive of a drive is meant for so many days at most: what its bar is full of.
const DAYS_FULL: i64 = 36 * 31;

/// A slot as a drawer.
pub(crate) struct Drawer {
    pub(crate) slot: u8,
    pub(crate) title: String,
    pub(crate) state: Text,
    /// How it looks: `good`, `busy`, `idle`, `bad`.
    pub(crate) mood: &'static str,
    pub(crate) drive: Option<String>,
    pub(crate) reason: String,
    /// What the machine has said of it.
    pub(crate) detail: String,
    pub(crate) documents: Option<Bar>,
    pub(crate) days: Option<Bar>,
    pub(crate) last: Option<String>,
    pub(crate) shift: Option<String>,
    pub(crate) backlog: String,
    pub(crate) has_swap: bool,
}

/// What is left of something.
pub(crate) struct Bar {
    /// 0…100.
    pub(crate) percent: u64,
    /// `good`, `warn`, `bad`.
    pub(crate) mood: &'static str,
    pub(crate) says: String,
}

impl Bar {
    fn of(left: u64, all: u64, says: String) -> Self {
        let percent = (left * 100).checked_div(all.max(1)).unwrap_or(0).min(100);
        let mood = match percent {
            0..=3 => "bad",
            4..=10 => "warn",
            _ => "good",
        };
        Self {
            percent,
            mood,
            says,
        }
    }
}

impl Drawer {
    pub(crate) fn of(view: &SlotView, t: &HomeTexts, m: &MachineTexts, speech: Speech) -> Self {
        let (state, mood) = m.state(view.state);
        let (reason, detail) = view
            .reason
            .as_ref()
            .map(|reason| m.reason(reason, speech))
            .unwrap_or_default();
        let is_here = !matches!(
            view.state,
            SlotState::Empty | SlotState::Lost | SlotState::InDoubt
        );
        let last = view
            .last_document
            .filter(|number| *number > 0)
            .map(|number| format!("№ {}, {}", speech.number(number), minute(view, speech)));
        let documents = view.documents_left.map(|left| {
            let says = t.documents_left.with("n", speech.number(left)).into();
            let formed = u64::from(view.last_document.unwrap_or(0));
            Bar::of(left.into(), u64::from(left) + formed, says)
        });
        let shift = view.shift.filter(|number| *number > 0).map(|number| {
            let text = match view.shift_open {
                true => t.shift_open,
                false => t.shift_closed,
            };
            text.with("n", speech.number(number)).into()
        });
        let backlog = match view.backlog {
            0 => t.backlog_none.into(),
            count => speech.number(count),
        };
        Self {
            slot: view.slot,
            title: m.slot.with("slot", view.slot).into(),
            state,
            mood,
            drive: view.drive.clone().or_else(|| view.lost.clone()),
            reason,
            detail,
            documents: documents.filter(|_| is_here),
            days: days(view, t, speech).filter(|_| is_here),
            last,
            shift,
            backlog,
            has_swap: view.swap.is_some(),
        }
    }
}

fn minute(view: &SlotView, speech: Speech) -> String {
    let time = view.last_time.as_deref().unwrap_or_default();
    let time = time.parse::<LocalDateTime>();
    time.map_or_else(|_| "—".to_owned(), |time| speech.time(&time))
}

fn days(view: &SlotView, t: &HomeTexts, speech: Speech) -> Option<Bar> {
    let until = view.until.as_deref()?.parse::<LocalDate>().ok()?;
    let left = view.outlook.as_ref()?.days_left?.max(0).unsigned_abs();
    let day = t.until.with("day", speech.date(&until));
    let says = format!("{}, {day}", t.days_left.count(left));
    Some(Bar::of(
        left.min(DAYS_FULL.unsigned_abs()),
        DAYS_FULL.unsigned_abs(),
        says,
    ))
}

/// A day of the desk's views, as the language writes it.
pub(crate) fn day(speech: Speech, day: &str) -> String {
    let read = day.parse::<LocalDate>();
    read.map_or_else(|_| day.to_owned(), |day| speech.date(&day))
}

/// A minute of the desk's views.
pub(crate) fn time(speech: Speech, time: &str) -> String {
    let read = time.parse::<LocalDateTime>();
    read.map_or_else(|_| time.to_owned(), |time| speech.time(&time))
}
