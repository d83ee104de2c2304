use std::collections::BTreeMap;

use notify::{Hidden, Messenger, MessengerSetup};
use proptest::prelude::*;

use super::*;

fn channel(name: &str) -> ChannelSetup {
    let setup = MessengerSetup {
        url: "https://example.ru/{{ token }}".to_owned(),
        body: "{{ text }}".to_owned(),
        content_type: "text/plain".to_owned(),
        secrets: BTreeMap::from([("token".to_owned(), Hidden::new("t"))]),
        allow_private: false,
        timeout: Duration::from_secs(1),
    };
    ChannelSetup {
        name: name.to_owned(),
        channel: Channel::Messenger(Messenger::new(setup).unwrap()),
        language: Language::Ru,
        severity_from: Severity::Info,
        rules: BTreeSet::new(),
        after_escalations: 0,
        quiet: Vec::new(),
        quiet_for_critical: false,
        tell_closed: false,
        items_max: 20,
    }
}

/// Milliseconds since 1970 of a minute in Moscow.
fn ms(minute: &str) -> i64 {
    let minute: LocalDateTime = minute.parse().unwrap();
    (minute.unix_local() - 10_800) * 1_000
}

fn moscow() -> FixedOffset {
    FixedOffset::east_opt(10_800).unwrap()
}

fn about(severity: Severity, reason: NoticeReason, escalations: u8, minute: &str) -> ToTell {
    ToTell {
        rule: RuleId::A03,
        severity,
        reason,
        escalations,
        now: ms(minute),
    }
}

#[test]
fn a_channel_hears_what_it_wants_to_hear() {
    let everything = channel("everything");
    let grave = ChannelSetup {
        severity_from: Severity::High,
        tell_closed: true,
        ..channel("grave")
    };
    let money = ChannelSetup {
        rules: [RuleId::A04].into(),
        ..channel("money")
    };
    let chief = ChannelSetup {
        after_escalations: 2,
        ..channel("chief")
    };
    let channels = [everything, grave, money, chief];
    let told = |severity, reason, escalations| {
        let about = about(severity, reason, escalations, "2026-11-23T12:00");
        let dues = route(&channels, Duration::ZERO, moscow(), &about);
        let names: Vec<_> = dues.into_iter().map(|due| due.channel).collect();
        names.join(" ")
    };
    use NoticeReason::{Closed, Escalated, Opened};
    assert_eq!(told(Severity::Medium, Opened, 0), "everything");
    assert_eq!(told(Severity::High, Opened, 0), "everything grave");
    assert_eq!(told(Severity::High, Escalated, 1), "everything grave");
    assert_eq!(told(Severity::High, Escalated, 2), "everything grave chief");
    assert_eq!(told(Severity::High, Closed, 0), "grave");
}

#[test]
fn what_can_wait_waits_for_the_morning_and_what_cannot_does_not() {
    let night = QuietHours {
        from: 22 * 60,
        to: 8 * 60,
        days: [true; 7],
    };
    let asleep = ChannelSetup {
        quiet: vec![night],
        ..channel("asleep")
    };
    let dead_asleep = ChannelSetup {
        quiet_for_critical: true,
        ..asleep.clone()
    };
    let due = |channel: &ChannelSetup, severity, minute: &str| {
        let about = about(severity, NoticeReason::Opened, 0, minute);
        let gather = Duration::from_secs(60);
        route(std::slice::from_ref(channel), gather, moscow(), &about)[0].at
    };
    let morning = ms("2026-11-24T08:00");
    assert_eq!(due(&asleep, Severity::High, "2026-11-23T23:30"), morning);
    // What is still gathered when the night falls waits, too.
    assert_eq!(due(&asleep, Severity::High, "2026-11-23T21:59"), morning);
    let evening = "2026-11-23T21:30";
    assert_eq!(due(&asleep, Severity::High, evening), ms(evening) + 60_000);
    let night = "2026-11-23T23:30";
    assert_eq!(due(&asleep, Severity::Critical, night), ms(night));
    assert_eq!(due(&dead_asleep, Severity::Critical, night), morning);
}

proptest! {
    /// However often it fails, it is tried again until patience is over, and then once more.
    #[test]
    fn a_notice_is_tried_until_patience_is_over(attempts in 0_u32..200, random: u32, late in 0_i64..400_000_000) {
        let patience = Duration::from_secs(72 * 3600);
        let (since, now) = (1_000, 1_000 + late);
        let judged = judge(false, (attempts, since, now), patience, random);
        if late >= 72 * 3_600_000 {
            prop_assert_eq!(judged, NoticeOutcome::Dead);
        } else {
            let NoticeOutcome::Again(at) = judged else {
                return Err(TestCaseError::fail("given up too early"));
            };
            prop_assert!(at > now && at <= since + 72 * 3_600_000 && at <= now + 3_600_000);
        }
        prop_assert_eq!(judge(true, (attempts, since, now), patience, random), NoticeOutcome::Told);
    }
}
