//! What is wrong or asks for a person, with what to do about it.

use desk::{
    Awaits, BackupState, CassetteView, IncidentCount, Language, Severity, SlotState, SlotView,
    TodayView, found,
};
use terms::LocalDateTime;

use crate::{
    drawer,
    speech::Speech,
    text::Text,
    texts::{HomeTexts, MachineTexts, SwapTexts},
};

/// Something that somebody should see to.
#[derive(Clone, Debug)]
pub(crate) struct Alert {
    /// Whether receipts or documents suffer from it now.
    pub(crate) is_bad: bool,
    pub(crate) what: String,
    /// What the machine has said of it.
    pub(crate) detail: String,
    /// Where to go, and what that is called.
    pub(crate) link: Option<(String, Text)>,
}

impl Alert {
    fn of(is_bad: bool, what: impl Into<String>) -> Self {
        Self {
            is_bad,
            what: what.into(),
            detail: String::new(),
            link: None,
        }
    }

    fn to(mut self, path: impl Into<String>, label: Text) -> Self {
        self.link = Some((path.into(), label));
        self
    }
}

/// Whether a drive can form receipts.
pub(crate) fn is_at_work(slot: &SlotView) -> bool {
    matches!(slot.state, SlotState::Ready | SlotState::Working)
}

/// All there are, the worst first. `refused` documents were refused by the ОФД lately;
/// `incidents` last.
pub(crate) fn alerts(
    cassette: &CassetteView,
    today: &TodayView,
    (refused, incidents): (usize, &IncidentCount),
    speech: Speech,
) -> Vec<Alert> {
    let t = HomeTexts::of(speech.language);
    let mut alerts = Vec::new();
    let is_known = cassette
        .slots
        .iter()
        .any(|slot| slot.drive.is_some() || slot.lost.is_some());
    if is_known && !cassette.slots.iter().any(is_at_work) && cassette.asked_first.is_empty() {
        alerts.push(Alert::of(true, t.none_works));
    }
    if !cassette.asked_first.is_empty() {
        let drives = cassette.asked_first.join(", ");
        alerts.push(Alert::of(false, t.asked_first.with("drives", drives)));
    }
    let in_doubt = today.in_doubt.len() as u64;
    if in_doubt > 0 {
        let alert = Alert::of(true, t.in_doubt.count(in_doubt));
        alerts.push(alert.to("/decisions", t.to_decide));
    }
    let held = today.held.len() as u64;
    if held > 0 {
        alerts.push(Alert::of(true, t.held.count(held)).to("/decisions", t.to_decide));
    }
    for slot in &cassette.slots {
        of_slot(slot, t, speech, &mut alerts);
    }
    if refused > 0 {
        let alert = Alert::of(true, t.refused.with("n", refused));
        alerts.push(alert.to("/remarks?kind=refused", t.to_remarks));
    }
    let critical = incidents.open_of(found::Severity::Critical);
    if critical > 0 {
        let alert = Alert::of(true, t.critical.count(critical));
        alerts.push(alert.to("/incidents?severity=critical", t.to_remarks));
    }
    // What is as bad stays in its order.
    alerts.sort_by_key(|alert| !alert.is_bad);
    alerts
}

/// Copies of the journal that are not made as they should be.
pub(crate) fn of_backups(state: BackupState, now: LocalDateTime, speech: Speech) -> Option<Alert> {
    let t = HomeTexts::of(speech.language);
    let what: String = match state.newest {
        _ if !state.is_overdue(now) => return None,
        Some(newest) => t.backup_old.with("time", speech.time(newest)).into(),
        None => t.backup_none.into(),
    };
    Some(Alert {
        detail: state.failure.unwrap_or_default(),
        ..Alert::of(false, what)
    })
}

fn of_slot(slot: &SlotView, t: &HomeTexts, speech: Speech, alerts: &mut Vec<Alert>) {
    let m = MachineTexts::of(speech.language);
    let path = format!("/cassette/{}", slot.slot);
    let says = |what: String| String::from(t.slot_says.with("slot", slot.slot).with("what", what));
    if let Some(swap) = &slot.swap {
        if matches!(swap.step.awaits(), Awaits::Technician | Awaits::Operator) {
            let s = SwapTexts::of(speech.language);
            let text = t.swap_waits.with("slot", slot.slot);
            let alert = Alert::of(false, text.with("step", s.step(swap.step)));
            alerts.push(alert.to(format!("{path}/swap"), t.to_swap));
        }
    } else if let Some(drive) = &slot.lost {
        let text = t.lost.with("slot", slot.slot).with("drive", drive);
        alerts.push(Alert::of(true, text).to(path.as_str(), t.to_slot));
    } else if m.state(slot.state).1 == "bad" {
        let reason = slot.reason.as_ref().map(|reason| m.reason(reason, speech));
        let (words, detail) = reason.unwrap_or_default();
        let words = match words.is_empty() {
            true => m.state(slot.state).0.into(),
            false => words,
        };
        let alert = Alert {
            detail,
            ..Alert::of(true, says(words))
        };
        alerts.push(alert.to(path.as_str(), t.to_slot));
    }
    if let Some(trouble) = &slot.ofd_trouble
        && slot.backlog > 0
    {
        let text = t.ofd_trouble.with("slot", slot.slot);
        let alert = Alert {
            detail: trouble.clone(),
            ..Alert::of(false, text.with("n", slot.backlog))
        };
        alerts.push(alert.to(path.as_str(), t.to_slot));
    }
    for warning in &slot.warnings {
        let words = match speech.language {
            Language::Ru => warning.ru(),
            Language::En => warning.to_string(),
        };
        alerts.push(Alert::of(false, says(words)).to(path.as_str(), t.to_slot));
    }
    let outlook = slot.outlook.as_ref().filter(|_| slot.swap.is_none());
    if let Some(outlook) = outlook
        && let (Some(severity), Some(day)) = (outlook.severity, &outlook.ends_on)
    {
        let text = t.ends_soon.with("slot", slot.slot);
        let text = text.with("day", drawer::day(speech, day));
        let alert = Alert::of(severity == Severity::Critical, text);
        alerts.push(alert.to(path.as_str(), t.to_slot));
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;
    use desk::Clock;

    use super::*;

    #[test]
    fn copies_of_the_journal_are_told_of_when_they_are_too_old_and_why() {
        let now: LocalDateTime = "2026-11-23T09:00".parse().unwrap();
        let of = |newest: Option<&str>| {
            let state = BackupState {
                newest: newest.map(|time| time.parse().unwrap()),
                bytes: 1,
                failure: Some("no space left".to_owned()),
            };
            let speech = Speech {
                language: Language::Ru,
                clock: Clock::at(FixedOffset::east_opt(0).unwrap()),
            };
            of_backups(state, now, speech)
        };
        assert!(of(Some("2026-11-23T03:30")).is_none());
        let old = of(Some("2026-11-21T03:30")).unwrap();
        assert!(old.what.contains("21.11.2026") && !old.is_bad, "{old:?}");
        assert_eq!(old.detail, "no space left");
        assert!(of(None).unwrap().what.contains("ещё нет"));
    }
}
