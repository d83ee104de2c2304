//! Long lives with a random part of all faults; then faults are over, and everything must come to
//! its end.

use std::{fs, panic::resume_unwind, path::Path, thread};

use sim::{Act, ClientFault, Company, Counts, Errand, OfdFault, Seeds, WireFault, live};

/// How many seeds are lived when the environment does not say otherwise.
const SEEDS: u64 = 600;

/// Lives a seed; says what was found, with the line that reproduces it.
fn check(seed: u64, company: Company, counts: &mut Counts) -> Option<String> {
    let world = live(seed, company, false);
    if world.violations().is_empty() {
        counts.merge(world.counts());
        return None;
    }
    let told = live(seed, company, true);
    if std::env::var_os("KASSETTE_SEED").is_some() {
        eprintln!("{}", told.story());
    }
    let found: Vec<String> = told.violations().iter().map(ToString::to_string).collect();
    Some(format!(
        "KASSETTE_SEED={seed} cargo test -p sim --test seeded whatever: {company:?}: {}",
        found.join("; ")
    ))
}

/// Lives them in two threads.
fn check_all(seeds: Seeds) -> (Counts, Vec<String>) {
    let lives = |odd: u64| {
        let mut counts = Counts::default();
        let mine = seeds.iter().filter(|seed| seed % 2 == odd);
        let found: Vec<String> = mine
            .filter_map(|seed| check(seed, Company::People, &mut counts))
            .collect();
        (counts, found)
    };
    let halves = thread::scope(|scope| {
        let halves = [0, 1].map(|odd| scope.spawn(move || lives(odd)));
        halves.map(|half| half.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let mut counts = Counts::default();
    let mut found = Vec::new();
    for (half, of_half) in halves {
        counts.merge(&half);
        found.extend(of_half);
    }
    (counts, found)
}

#[test]
fn whatever_happens_to_it_everything_comes_to_its_end_and_nothing_is_done_twice() {
    let seeds = Seeds::from_environment(SEEDS);
    let (counts, found) = check_all(seeds);
    println!("{counts}");
    assert!(found.is_empty(), "{}", found.join("\n"));
    if seeds.count >= SEEDS {
        assert_has_happened(&counts);
    }
}

/// A simulation in which something does not happen any more proves nothing of it.
fn assert_has_happened(counts: &Counts) {
    let wire = WireFault::ALL.iter().map(|it| it.name());
    let ofd = OfdFault::ALL.iter().map(|it| it.name());
    let acts = Act::ALL.iter().map(|it| it.name());
    let clients = ClientFault::ALL.iter().map(|it| it.name());
    let errands = Errand::ALL.iter().map(|it| it.name());
    let outcomes = [
        "return receipts for doubles",
        "drives put aside",
        "drives used up",
        "dead drive came back",
    ];
    let all = wire.chain(ofd).chain(acts).chain(clients).chain(errands);
    let never: Vec<&str> = all
        .chain(outcomes)
        .filter(|what| counts.of(what) == 0)
        .collect();
    assert!(never.is_empty(), "these have not happened: {never:?}");
}

#[test]
fn the_same_seed_gives_the_same_life() {
    for seed in 1..4 {
        let lives = [(); 2].map(|()| live(seed, Company::People, false).fingerprint());
        assert_eq!(lives[0], lives[1], "seed {seed}");
    }
}

/// A seed that has found a defect stays in the file for ever.
#[test]
fn seeds_that_have_found_defects_find_none_any_more() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds.txt");
    let mut counts = Counts::default();
    for line in fs::read_to_string(path).unwrap().lines() {
        let mut words = line.split('#').next().unwrap().split_whitespace();
        let Some(seed) = words.next() else { continue };
        let company = match words.next() {
            Some("alone") => Company::Alone,
            _ => Company::People,
        };
        let found = check(seed.parse().unwrap(), company, &mut counts);
        assert_eq!(found, None);
    }
}
