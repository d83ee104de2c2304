//! Long lives with a random part of all faults; then faults are over, and everything must come to
//! its end.

#![expect(clippy::panic, reason = "a life that breaks a promise fails its test")]

use std::{fs, path::Path};

use sim::{Counts, Seeds, live};

/// How many seeds are lived when the environment does not say otherwise.
const SEEDS: u64 = 300;

/// Lives a seed; a violation fails the test with the line that reproduces it.
fn check(seed: u64, counts: &mut Counts) {
    let world = live(seed, None, false);
    if world.violations().is_empty() {
        return counts.merge(world.counts());
    }
    let told = live(seed, None, true);
    if std::env::var_os("KASSETTE_SEED").is_some() {
        eprintln!("{}", told.story());
    }
    let found: Vec<String> = told.violations().iter().map(ToString::to_string).collect();
    panic!(
        "KASSETTE_SEED={seed} cargo test -p sim --test seeded whatever: {}",
        found.join("; ")
    );
}

#[test]
fn whatever_happens_to_it_everything_comes_to_its_end_and_nothing_is_done_twice() {
    let mut counts = Counts::default();
    for seed in Seeds::from_environment(SEEDS).iter() {
        check(seed, &mut counts);
    }
    println!("{counts}");
}

#[test]
fn the_same_seed_gives_the_same_life() {
    for seed in 1..4 {
        let lives = [(); 2].map(|()| live(seed, None, false).fingerprint());
        assert_eq!(lives[0], lives[1], "seed {seed}");
    }
}

/// A seed that has found a defect stays in the file for ever.
#[test]
fn seeds_that_have_found_defects_find_none_any_more() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds.txt");
    let mut counts = Counts::default();
    for line in fs::read_to_string(path).unwrap().lines() {
        let line = line.split('#').next().unwrap().trim();
        if !line.is_empty() {
            check(line.parse().unwrap(), &mut counts);
        }
    }
}
