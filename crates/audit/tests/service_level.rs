//! The service level: percentiles are never flattering, and every minute without a slot is a gap.

use audit::{
    Availability, Ending, GapCause, Latencies, Run, SlotChange, TargetOf, Targets, bucket_end,
    bucket_of,
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_bucket_holds_its_time_and_is_at_most_a_sixteenth_too_long(ms in any::<u64>(), small in 0_u64..100_000) {
        for ms in [ms, small] {
            let (bucket, end) = (bucket_of(ms), bucket_end(bucket_of(ms)));
            prop_assert!(end >= ms, "{ms} is in bucket {bucket}, which ends at {end}");
            prop_assert!(end - ms <= ms / 16, "{ms} is told as {end}");
            prop_assert!(bucket == 0 || bucket_end(bucket - 1) < ms);
        }
    }

    #[test]
    fn a_percentile_is_that_of_the_sorted_times_or_a_little_more(
        mut times in prop::collection::vec(0_u64..10_000_000, 1..300),
        of_thousand in 1_u16..=1_000,
    ) {
        let (mut latencies, mut halves) = (Latencies::default(), Latencies::default());
        for (place, ms) in times.iter().enumerate() {
            let half = if place % 2 == 0 { &mut latencies } else { &mut halves };
            half.add(bucket_of(*ms), 1);
        }
        latencies.merge(&halves);
        times.sort_unstable();
        let rank = (times.len() * usize::from(of_thousand)).div_ceil(1_000).max(1);
        let exact = times[rank - 1];
        let told = latencies.percentile(of_thousand).unwrap();
        prop_assert!(told >= exact && told - exact <= exact / 16, "{exact} is told as {told}");
        prop_assert_eq!(latencies.count(), times.len() as u64);
    }

    #[test]
    fn gaps_and_the_time_between_them_are_all_the_time_there_is(
        lives in prop::collection::vec((1_i64..500, 0_i64..300, any::<bool>()), 0..6),
        turns in prop::collection::vec((0_i64..5_000, 1_u8..4, any::<bool>()), 0..60),
        window in (0_i64..3_000, 1_i64..3_000),
    ) {
        let (mut at, mut runs) = (100, Vec::new());
        for (lasts, away, was_told) in lives {
            let ending = if was_told { Ending::Stopped } else { Ending::Crashed };
            runs.push(Run { started: at, alive: at + lasts, ending });
            at += lasts + away;
        }
        let mut turns = turns;
        turns.sort_unstable();
        let changes: Vec<SlotChange> = turns.into_iter().map(|(at, slot, able)| change(at, slot, able)).collect();
        let (from, to) = (window.0, window.0 + window.1);
        let found = Availability::of((from, to), &runs, &changes);
        // The same, minute by minute.
        let first = runs.first().map_or(i64::MAX, |run| run.started);
        let able = |now: i64| {
            let Some(run) = runs.iter().rev().find(|run| run.started <= now) else { return false };
            let lives = now < run.alive;
            let stands = |slot: u8| {
                let of_life = |it: &&SlotChange| it.slot == slot && it.at >= run.started && it.at <= now;
                changes.iter().rfind(of_life).is_some_and(|it| it.is_able)
            };
            lives && (1..4).any(stands)
        };
        let looked = (from..to).filter(|now| *now >= first).count() as i64;
        let was_able = (from..to).filter(|now| able(*now)).count() as i64;
        prop_assert_eq!((found.looked_ms, found.able_ms), (looked, was_able));
        for pair in found.gaps.windows(2) {
            prop_assert!(pair[0].to <= pair[1].from, "{pair:?} overlap");
        }
    }
}

fn change(at: i64, slot: u8, is_able: bool) -> SlotChange {
    SlotChange {
        at,
        slot,
        is_able,
        state: if is_able { "ready" } else { "lost" }.to_owned(),
        reason: String::new(),
    }
}

#[test]
fn a_restart_a_crash_and_a_pulled_drive_are_told_apart() {
    let run = |started, alive, ending| Run {
        started,
        alive,
        ending,
    };
    let runs = [
        run(1_000, 2_000, Ending::Stopped),
        run(2_100, 5_000, Ending::Crashed),
        run(6_000, 9_000, Ending::Runs),
    ];
    let changes = [
        change(1_050, 1, true),
        change(2_150, 1, true),
        change(3_000, 2, false),
        change(3_500, 1, false),
        change(3_700, 2, true),
        change(6_020, 1, true),
    ];
    let found = Availability::of((0, 10_000), &runs, &changes);
    let told: Vec<(GapCause, i64, i64)> = found
        .gaps
        .iter()
        .map(|gap| (gap.cause, gap.from, gap.to))
        .collect();
    assert_eq!(
        told,
        [
            (GapCause::Starting, 1_000, 1_050),
            (GapCause::Restart, 2_000, 2_150),
            (GapCause::NoSlot, 3_500, 3_700),
            (GapCause::Crash, 5_000, 6_020),
        ]
    );
    let slots: Vec<u8> = found.gaps[2].slots.iter().map(|slot| slot.0).collect();
    assert_eq!(slots, [1, 2], "both slots stood still then");
    assert_eq!((found.restarts, found.crashes), (1, 1));
    assert_eq!(
        found.looked_ms, 9_000,
        "before the first start there is nothing"
    );
    assert_eq!(found.share_ppm(), Some(842_222));
}

#[test]
fn a_target_is_kept_missed_or_had_nothing_to_measure() {
    let targets = Targets(
        [
            (TargetOf::Fiscalized, 5_000),
            (TargetOf::Acknowledged, 60_000),
            (TargetOf::Availability, 999_000),
        ]
        .into(),
    );
    let verdicts = targets.judge(|of| match of {
        TargetOf::Fiscalized => Some(5_001),
        TargetOf::Availability => Some(999_000),
        _ => None,
    });
    let kept: Vec<Option<bool>> = verdicts.iter().map(|it| it.is_kept()).collect();
    assert_eq!(kept, [Some(false), None, Some(true)]);
}
