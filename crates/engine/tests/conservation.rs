//! Every kopeck is conserved: the ten invariants of receipt rules §1.9 over random histories.
#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

mod history;
mod oracle;
mod world;

use std::collections::BTreeSet;

use engine::*;
use history::{Step, Teller};
use oracle::Oracle;
use proptest::prelude::*;
use terms::{AccountNumber, LocalDate};
use world::World;

proptest! {
    #![proptest_config(ProptestConfig { cases: 16_000, ..ProptestConfig::default() })]

    #[test]
    fn kopecks_of_people_are_conserved(
        config in history::config(), services in 1_usize..5, steps in history::steps(),
    ) {
        live(&mut world(config, services, [PayerKind::Individual; 2]), &steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn kopecks_of_businesses_are_conserved(
        config in history::config(), services in 1_usize..5, steps in history::steps(),
    ) {
        let kinds = [PayerKind::Business, PayerKind::Individual];
        live(&mut world(config, services, kinds), &steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn taken_back_in_reverse_order_a_history_leaves_the_accounts_as_they_were(
        config in history::config(), services in 1_usize..5, steps in history::steps(),
    ) {
        let world = world(config, services, [PayerKind::Business, PayerKind::Individual]);
        for done in tell(world, &steps)?.iter().rev() {
            for change in &done.changes {
                let after = &done.after.accounts[&change.account];
                let back = take_back(after, change);
                prop_assert_eq!(back.as_ref(), Ok(&done.before.accounts[&change.account]));
            }
        }
    }

    #[test]
    fn an_event_is_taken_back_to_the_kopeck_or_refused_because_it_was_used(
        config in history::config(), services in 1_usize..5, steps in history::steps(),
        which in any::<prop::sample::Index>(),
    ) {
        let world = world(config, services, [PayerKind::Individual; 2]);
        let setup = world.setup.clone();
        let story = tell(world, &steps)?;
        let Some(last) = story.last() else { return Ok(()) };
        let place = which.index(story.len());
        let done = &story[place];
        let mut then = last.after.clone();
        for change in &done.changes {
            let number = &change.account;
            match take_back(&last.after.accounts[number], change) {
                Ok(account) => then.accounts.insert(number.clone(), account),
                Err(refusal) => {
                    prop_assert_eq!(refusal.code(), "used_since");
                    let touches = |later: &&Done| {
                        later.changes.iter().any(|change| change.account == *number)
                    };
                    prop_assert!(story[place + 1..].iter().any(|later| touches(&later)));
                    return Ok(());
                }
            };
        }
        oracle::check_taken_back(
            &setup,
            (&done.before, &done.after),
            (&last.after, &then),
        )?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12_000, ..ProptestConfig::default() })]

    #[test]
    fn what_a_wrong_receipt_should_have_been_is_accepted_and_conserves_kopecks(
        config in history::config(), services in 1_usize..5, steps in history::steps(),
        wrong in prop::collection::vec(history::wrong(), 1..5),
    ) {
        let mut world = world(config, services, [PayerKind::Individual; 2]);
        // A fix by hand may leave the account behind.
        let steps: Vec<Step> = steps.into_iter().filter(|step| !step.is_fix()).collect();
        let last = live(&mut world, &steps)?;
        for (number, wrong) in wrong.iter().enumerate() {
            let before = world.state.clone();
            let Some((journal, change)) = wrong.of(&world) else { continue };
            let kind = match fix_of(&journal, &change, &world.setup, &before.accounts) {
                Ok(kind) => kind,
                Err(refusal) => {
                    prop_assert!(!refusal.to_string().is_empty());
                    continue;
                }
            };
            let event = Event { id: format!("X{number}"), date: last, kind };
            let plan = match world.step(&event) {
                Ok(plan) => plan,
                // Sums per line keep what lines pay: the account may have gone on.
                Err(refusal) => {
                    let keeps_lines = matches!(change.amount, Some(RightAmount::Lines(_)));
                    prop_assert!(keeps_lines || change.duplicate, "{:?}: {}", change, refusal);
                    continue;
                }
            };
            prop_assert_eq!(
                plan.receipts.len(),
                if change.duplicate { plan.receipts.len() } else { 2 - usize::from(change.rejected) }
            );
            Oracle {
                setup: &world.setup,
                before: &before,
                after: &world.state,
                event: &event,
                plan: &plan,
            }
            .check()?;
        }
    }
}

/// An accepted event, the state round it, and what it changed.
struct Done {
    before: Before,
    after: Before,
    changes: Vec<AccountChange>,
}

/// Lives a history; what reaches accounts from outside happens before it.
fn tell(mut world: World, steps: &[Step]) -> Result<Vec<Done>, TestCaseError> {
    let mut date: LocalDate = "2025-11-03".parse().unwrap();
    for (number, step) in steps.iter().enumerate() {
        step.happens_outside(&mut world, number, date);
    }
    let mut story = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        date = date.plus_days(step.days()).unwrap();
        let before = world.clone();
        let event = Teller {
            world: &before,
            step,
            number,
            date,
        }
        .event();
        let before = before.state;
        if let Ok(plan) = world.step(&event) {
            let changes = plan.changes(|number| before.accounts.get(number));
            let after = world.state.clone();
            story.push(Done {
                before,
                after,
                changes,
            });
        }
    }
    Ok(story)
}

fn world(config: Config, services: usize, kinds: [PayerKind; 2]) -> World {
    let mut world = World::default();
    world.setup.config = config;
    world.setup.services = history::services(services).into_iter().collect();
    for (number, payer_kind) in ["001", "002"].into_iter().zip(kinds) {
        let number: AccountNumber = number.parse().unwrap();
        let account = Account {
            contact: (payer_kind == PayerKind::Individual).then(|| "a@example.ru".to_owned()),
            payer_kind,
            ..Account::new(number.clone())
        };
        world.state.accounts.insert(number, account);
    }
    world
}

/// Lives a history under the eyes of the oracle; returns its last day.
fn live(world: &mut World, steps: &[Step]) -> Result<LocalDate, TestCaseError> {
    let mut date: LocalDate = "2025-11-03".parse().unwrap();
    for (number, step) in steps.iter().enumerate() {
        date = date.plus_days(step.days()).unwrap();
        if step.happens_outside(world, number, date) {
            continue;
        }
        let world_before = world.clone();
        let event = Teller {
            world: &world_before,
            step,
            number,
            date,
        }
        .event();
        let Ok(plan) = world.step(&event) else {
            // A refused event changes nothing, and is refused again.
            prop_assert!(apply(&world.setup, &world.state, &event).is_err());
            prop_assert_eq!(&world.state, &world_before.state);
            continue;
        };
        let again = apply(&world.setup, &needed(&world_before.state, &event), &event);
        prop_assert_eq!(
            again.as_ref(),
            Ok(&plan),
            "the same plan from only what it needs"
        );
        Oracle {
            setup: &world.setup,
            before: &world_before.state,
            after: &world.state,
            event: &event,
            plan: &plan,
        }
        .check()?;
    }
    Ok(date)
}

/// Only what the event says that it needs.
fn needed(state: &Before, event: &Event) -> Before {
    let needs = event.needs();
    let receipts: Vec<JournalReceipt> = state
        .receipts
        .iter()
        .filter(|journal| needs.receipts.contains(&journal.id.as_str()))
        .cloned()
        .collect();
    let named = receipts
        .iter()
        .filter_map(|journal| journal.receipt.account.as_ref());
    let accounts: BTreeSet<&AccountNumber> = needs.accounts.into_iter().chain(named).collect();
    Before {
        accounts: accounts
            .into_iter()
            .filter_map(|number| state.accounts.get_key_value(number))
            .map(|(number, account)| (number.clone(), account.clone()))
            .collect(),
        buffer: state
            .buffer
            .iter()
            .filter(|line| Some(line.close) == needs.buffer)
            .cloned()
            .collect(),
        unidentified: state
            .unidentified
            .iter()
            .filter(|payment| Some(payment.id.as_str()) == needs.unidentified)
            .cloned()
            .collect(),
        receipts,
    }
}
