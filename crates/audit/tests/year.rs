//! A year of a sample provider: a clean one raises nothing, and each planted defect is found.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider;

use std::collections::BTreeSet;

use audit::{Finding, RULES, RuleId};
use proptest::prelude::*;
use provider::{Chance, World, defects::DEFECTS};

/// A smaller seed is no simpler year: nothing to shrink.
fn seeds(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            format!(
                "{} {}: {}",
                finding.key(),
                finding.severity,
                finding.what.en
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(seeds(16))]

    #[test]
    fn a_clean_year_raises_nothing(seed: u64) {
        let world = World::clean(seed);
        prop_assert!(world.money.len() > 200 && world.lines.len() > 800, "it is a year of work");
        let findings = world.findings();
        prop_assert!(findings.is_empty(), "{:#?}", told(&findings));
    }
}

proptest! {
    #![proptest_config(seeds(3))]

    #[test]
    fn each_defect_is_found_and_no_other_rule_cries(seed: u64) {
        for defect in DEFECTS {
            let mut world = World::clean(seed);
            (defect.plant)(&mut world, &mut Chance(!seed));
            world.sort();
            let findings = world.findings();
            let found = findings.iter().any(|finding| {
                finding.rule == defect.rule && finding.severity == defect.severity
            });
            prop_assert!(found, "{}: {:#?}", defect.name, told(&findings));
            let strange = findings.iter().find(|finding| {
                finding.rule != defect.rule && !defect.also.contains(&finding.rule)
            });
            prop_assert!(strange.is_none(), "{}: {:#?}", defect.name, told(&findings));
        }
    }
}

#[test]
fn every_rule_has_a_defect_that_it_finds() {
    let planted: BTreeSet<RuleId> = DEFECTS.iter().map(|defect| defect.rule).collect();
    let rules: BTreeSet<RuleId> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(planted, rules);
}
