use std::time::Duration;

use cassette::{Policy, Reason, Severity, SlotState, Threshold};
use journal::Sizes;

use super::*;
use crate::{Answers, Outlook, SlotAddress};

const MINUTE: Duration = Duration::from_secs(60);

fn slot(number: u8, state: SlotState) -> SlotView {
    SlotView {
        slot: number,
        address: SlotAddress::default(),
        port: None,
        state,
        reason: None,
        drive: None,
        emulated: false,
        rnm: None,
        version: None,
        until: None,
        documents_left: None,
        outlook: None,
        last_document: None,
        last_time: None,
        facts: None,
        shift_open: false,
        shift: None,
        shift_opened: None,
        backlog: 0,
        ofd_trouble: None,
        ofd: None,
        warnings: Vec::new(),
        lost: None,
        swap: None,
        exported: None,
    }
}

/// Two slots at work, and nothing to see to.
fn well() -> Vitals {
    let slots = vec![slot(1, SlotState::Ready), slot(2, SlotState::Working)];
    Vitals {
        answers: Answers {
            journal: JournalAnswer::Well,
            rack: true,
        },
        cassette: Some(CassetteView {
            inn: "7802781104".to_owned(),
            name: "ООО «Пример»".to_owned(),
            policy: Policy::Parallel,
            waiting: 3,
            waiting_by_class: Default::default(),
            asked_first: Vec::new(),
            emulated: false,
            documents_per_day: 0.0,
            ends_on: None,
            slots,
        }),
        ages: Vec::new(),
        held: 0,
        in_doubt: 0,
        dead_letters: 0,
        sizes: Some(Sizes {
            database: 1,
            log: 1,
            free: 1 << 40,
        }),
    }
}

fn slots(vitals: &mut Vitals) -> &mut Vec<SlotView> {
    &mut vitals.cassette.as_mut().unwrap().slots
}

fn outlook(severity: Severity) -> Outlook {
    Outlook {
        days_left: Some(6),
        documents_per_day: 1.0,
        ends_on: Some("2026-12-01".to_owned()),
        by: Threshold::Days,
        severity: Some(severity),
    }
}

type Spoil = fn(&mut Vitals);

/// What is wrong, what is said of it, and whether it keeps everything from going on.
const TROUBLES: [(Spoil, &str, Severity, bool); 19] = {
    use Severity::{Critical, Warning};
    [
        (
            |it| it.answers.journal = JournalAnswer::Silent,
            "journal_silent",
            Critical,
            true,
        ),
        (
            |it| it.answers.journal = JournalAnswer::Failing("/secret/path".to_owned()),
            "journal_failed",
            Critical,
            true,
        ),
        (|it| it.answers.rack = false, "rack_silent", Critical, true),
        (|it| it.cassette = None, "rack_silent", Critical, true),
        (
            |it| {
                slots(it)
                    .iter_mut()
                    .for_each(|slot| slot.state = SlotState::Resting)
            },
            "no_slot",
            Critical,
            true,
        ),
        (
            |it| {
                slots(it)[1].state = SlotState::Faulty;
                slots(it)[1].reason = Some(Reason::Faulty("/dev/ttyUSB0".to_owned()));
            },
            "slot_down",
            Warning,
            false,
        ),
        (
            |it| slots(it)[0].state = SlotState::Lost,
            "slot_down",
            Warning,
            false,
        ),
        (
            |it| slots(it)[0].outlook = Some(outlook(Warning)),
            "drive_ends",
            Warning,
            false,
        ),
        (
            |it| slots(it)[0].outlook = Some(outlook(Critical)),
            "drive_ends",
            Critical,
            false,
        ),
        (
            |it| it.cassette.as_mut().unwrap().asked_first = vec!["9999078902000001".to_owned()],
            "drives_asked_first",
            Warning,
            false,
        ),
        (|it| it.ages = shift(23 * 60), "shift_old", Warning, false),
        (|it| it.ages = shift(24 * 60), "shift_old", Critical, false),
        (
            |it| it.ages = unsent(24 * 60),
            "documents_unsent",
            Warning,
            false,
        ),
        (
            |it| it.ages = unsent(5 * 24 * 60),
            "documents_unsent",
            Critical,
            false,
        ),
        (|it| it.held = 1, "receipts_held", Warning, false),
        (|it| it.in_doubt = 1, "receipts_in_doubt", Warning, false),
        (|it| it.dead_letters = 1, "letters_dead", Warning, false),
        (
            |it| it.sizes.as_mut().unwrap().free = DISK_WARNS - 1,
            "disk_low",
            Warning,
            false,
        ),
        (
            |it| it.sizes.as_mut().unwrap().free = DISK_IS_CRITICAL - 1,
            "disk_low",
            Critical,
            false,
        ),
    ]
};

fn shift(minutes: u32) -> Vec<Ages> {
    vec![Ages {
        slot: 2,
        shift: Some(MINUTE * minutes),
        unsent: None,
    }]
}

fn unsent(minutes: u32) -> Vec<Ages> {
    vec![Ages {
        slot: 2,
        shift: None,
        unsent: Some(MINUTE * minutes),
    }]
}

#[test]
fn what_is_well_has_no_reasons_and_what_is_not_has_its_own() {
    let health = HealthView::of(&well(), 2);
    assert_eq!(health.reasons, []);
    assert!(health.is_well());
    assert_eq!(health.in_words(), "2 of 2 slots at work, 3 receipts wait");

    for (spoil, code, severity, halts) in TROUBLES {
        let mut vitals = well();
        spoil(&mut vitals);
        let health = HealthView::of(&vitals, 2);
        let [reason] = &health.reasons[..] else {
            panic!("{code}: {:?}", health.reasons);
        };
        assert_eq!((reason.code, reason.severity), (code, severity));
        assert_eq!(health.halt().is_some(), halts, "{code}");
        let needs_slot = !health.not_ready(true).is_empty();
        assert_eq!(needs_slot, halts, "{code}");
        let is_unready = !health.not_ready(false).is_empty();
        assert_eq!(is_unready, halts && code != "no_slot", "{code}");
        // Anybody may ask: what this machine calls its parts is nobody else's business.
        for text in [&reason.ru, &reason.en] {
            assert!(!text.contains('/'), "{code}: {text}");
        }
    }
}

#[test]
fn a_minute_less_is_not_yet_old_and_rest_is_no_trouble() {
    let mut vitals = well();
    vitals.ages = shift(23 * 60 - 1);
    vitals.ages.extend(unsent(24 * 60 - 1));
    slots(&mut vitals)[1].state = SlotState::Resting;
    assert_eq!(HealthView::of(&vitals, 2).reasons, []);
}

#[test]
fn the_worst_comes_first() {
    let mut vitals = well();
    vitals.held = 2;
    vitals.in_doubt = 1;
    vitals.ages = shift(25 * 60);
    let health = HealthView::of(&vitals, 2);
    let codes: Vec<&str> = health.reasons.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, ["shift_old", "receipts_in_doubt", "receipts_held"]);
    assert!(
        health.in_words().ends_with("24 h is the most"),
        "{}",
        health.in_words()
    );
}
