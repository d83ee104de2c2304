//! Operations: accepted once, durable when answered, refused without a trace.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use std::sync::Barrier;

use engine::{EventKind, Move};
use journal::{NewOperation, Reader, ReceiptState, Store, Submitted};
use proptest::prelude::*;
use terms::Id;
use world::*;

#[test]
fn an_accepted_operation_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let (id, receipts) = accepted(&journal.submit_one(payment("P1", 0, 150_000)));
    assert_eq!(receipts.len(), 1);
    drop(journal);

    let journal = Journal::open(folder.path());
    let operation = journal.reader.operation(id).unwrap().unwrap();
    assert_eq!(
        (operation.key.as_str(), operation.kind.as_str()),
        ("P1", "payment")
    );
    assert_eq!(operation.account.as_deref(), Some("A0"));
    let [receipt] = &operation.receipts[..] else {
        panic!("one receipt")
    };
    assert_eq!(
        (receipt.id, receipt.state),
        (receipts[0], ReceiptState::Queued)
    );
    assert_eq!(receipt.total.get(), 150_000);
    let row = journal.reader.account(&account(0)).unwrap().unwrap();
    assert_eq!(row.account.saldo(), 150_000);
    let jobs = journal.reader.queued_jobs().unwrap();
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), receipts);
    assert_eq!(journal.findings(), []);
}

#[test]
fn the_same_key_is_answered_with_the_first_operation() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let (id, _) = accepted(&journal.submit_one(payment("P1", 0, 100)));
    let repeat = |journal: &Journal| {
        assert_eq!(
            journal.submit_one(payment("P1", 0, 100)),
            Submitted::Repeated { id }
        );
        assert_eq!(
            journal.submit_one(payment("P1", 0, 200)),
            Submitted::Conflict { id }
        );
        let found = ask(|reply| journal.writer.find_key("P1".to_owned(), reply)).unwrap();
        assert_eq!(found, Some(id));
        let found = ask(|reply| journal.writer.find_key("P2".to_owned(), reply)).unwrap();
        assert_eq!(found, None);
    };
    repeat(&journal);
    drop(journal);
    let journal = Journal::open(folder.path());
    repeat(&journal);
    let row = journal.reader.account(&account(0)).unwrap().unwrap();
    assert_eq!(row.account.saldo(), 100);
}

#[test]
fn each_operation_of_an_array_is_judged_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let (first, _) = accepted(&journal.submit_one(payment("P1", 0, 100)));
    let mut nobody = payment("P3", 0, 100);
    as_payment(&mut nobody).account = Some("nobody".parse().unwrap());
    let answers = journal.submit(vec![
        payment("P1", 0, 100),
        payment("P2", 1, 100),
        nobody.clone(),
        payment("P2", 1, 100),
        payment("P1", 0, 999),
        charge("C1", 1, 60),
    ]);
    let (second, _) = accepted(&answers[1]);
    assert_eq!(answers[0], Submitted::Repeated { id: first });
    assert!(
        matches!(&answers[2], Submitted::Refused(refused) if refused.code == "unknown_account")
    );
    assert_eq!(answers[3], Submitted::Repeated { id: second });
    assert_eq!(answers[4], Submitted::Conflict { id: first });
    accepted(&answers[5]);
    let saldo = |number| {
        journal
            .reader
            .account(&account(number))
            .unwrap()
            .unwrap()
            .account
            .saldo()
    };
    assert_eq!((saldo(0), saldo(1)), (100, 40));

    // A refused operation has left nothing: its key is free.
    let tally = journal.reader.tally().unwrap();
    assert_eq!(
        (tally.operations, tally.receipts),
        (3, vec![(ReceiptState::Queued, 3)])
    );
    let again = NewOperation {
        body_hash: [9; 32],
        ..payment("P3", 2, 5)
    };
    let again = journal.submit_one(again);
    accepted(&again);
    assert_eq!(journal.findings(), []);
}

#[test]
fn of_fifty_callers_at_once_one_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let start = Barrier::new(50);
    let answers: Vec<Submitted> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..50)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    journal.submit_one(payment("P1", 0, 100))
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect()
    });
    let first = answers
        .iter()
        .find(|answer| matches!(answer, Submitted::Accepted { .. }));
    let (id, _) = accepted(first.unwrap());
    let repeated = answers
        .iter()
        .filter(|answer| **answer == Submitted::Repeated { id });
    assert_eq!(repeated.count(), 49);
    assert_eq!(journal.reader.tally().unwrap().operations, 1);
}

#[test]
fn a_plan_is_stored_whole_two_accounts_and_money_of_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    accepted(&journal.submit_one(payment("P1", 0, 100)));
    let moved = EventKind::Move(Move {
        from_account: account(0),
        from_service: Some("INET".parse().unwrap()),
        to_account: account(1),
        to_service: Some("INET".parse().unwrap()),
        to_debt: None,
        amount: terms::Kopecks::new(40).unwrap(),
        payer_order: true,
    });
    let mut unknown_payer = payment("U1", 0, 100);
    as_payment(&mut unknown_payer).account = None;
    accepted(&journal.submit_one(operation("M1", moved, "move")));
    accepted(&journal.submit_one(unknown_payer));
    let saldo = |number| {
        journal
            .reader
            .account(&account(number))
            .unwrap()
            .unwrap()
            .account
            .saldo()
    };
    assert_eq!((saldo(0), saldo(1)), (60, 40));
    assert_eq!(journal.findings(), []);
    let found = EventKind::Identify(engine::Identify {
        payment: "U1".to_owned(),
        account: account(1),
    });
    accepted(&journal.submit_one(operation("I1", found.clone(), "found")));
    assert_eq!(saldo(1), 140);
    let again = journal.submit_one(operation("I2", found, "found again"));
    assert!(matches!(again, Submitted::Refused(_)), "{again:?}");
    assert_eq!(journal.findings(), []);
}

#[test]
fn identifiers_grow_though_the_clock_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let (id, _) = accepted(&journal.submit_one(payment("P1", 0, 100)));
    drop(journal);
    // As if the first operations had been accepted a year ahead of this clock.
    let ahead = id.get() + ((365 * 86_400_000) << 20);
    let database = rusqlite::Connection::open(Store::in_folder(folder.path()).database()).unwrap();
    database
        .execute_batch(&format!(
            "pragma foreign_keys = off; \
             update receipt set id = id - {id} + {ahead}, operation = {ahead}; \
             update operation set id = {ahead}",
            id = id.get()
        ))
        .unwrap();
    drop(database);

    let journal = Journal::open(folder.path());
    let (next, receipts) = accepted(&journal.submit_one(payment("P2", 0, 100)));
    assert_eq!(next.get(), ahead + 2, "after the operation and its receipt");
    assert_eq!(receipts, [Id::from_number(ahead + 3).unwrap()]);
    let repeated = Submitted::Repeated {
        id: Id::from_number(ahead).unwrap(),
    };
    assert_eq!(journal.submit_one(payment("P1", 0, 100)), repeated);
    assert_eq!(journal.findings(), []);
}

#[test]
fn services_and_contacts_can_change_but_opening_balances_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let mut known = engine::Account::new(account(0));
    known.contact = Some("+79000000000".to_owned());
    let mut opened = engine::Account::new("B1".parse().unwrap());
    opened.invoices.push(engine::Invoice {
        service: "INET".parse().unwrap(),
        period: "2026-12".parse().unwrap(),
        amount: terms::Kopecks::new(5).unwrap(),
    });
    let put = |accounts| ask(|reply| journal.writer.put_accounts(accounts, None, reply));
    assert_eq!(
        put(vec![known.clone(), opened.clone()]).unwrap(),
        [false, true]
    );
    // The same once more is no contradiction.
    assert_eq!(put(vec![opened.clone()]).unwrap(), [false]);

    known.invoices = opened.invoices.clone();
    let new = engine::Account::new("B2".parse().unwrap());
    let error = put(vec![new.clone(), known.clone()])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("account A0") && error.contains("open already"),
        "{error}"
    );
    assert!(
        journal.reader.account(&new.number).unwrap().is_none(),
        "all or none"
    );
    let row = journal.reader.account(&known.number).unwrap().unwrap();
    assert_eq!(row.account.contact, known.contact);
    assert_eq!(row.account.invoices, []);

    let mut service = internet();
    service.name = "Интернет".to_owned();
    let services = [("INET".parse().unwrap(), service)].into();
    ask(|reply| journal.writer.put_services(services, None, reply)).unwrap();
    drop(journal);
    let journal = Journal::open(folder.path());
    let services = ask(|reply| journal.writer.services(reply)).unwrap();
    assert_eq!(services["INET"].name, "Интернет");
}

/// What has been answered is in the files by then: a copy of them, taken while the program runs,
/// is what a power cut leaves.
#[test]
fn what_was_answered_survives_when_the_program_is_killed() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let journal = Journal::open(folder.path());
    let ids: Vec<Id> = (0..20_u8)
        .map(|number| accepted(&journal.submit_one(payment(&format!("P{number}"), 0, 1))).0)
        .collect();
    for file in ["kassette.db", "kassette.db-wal"] {
        std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let again = Journal::open(copy.path());
    for (number, id) in ids.into_iter().enumerate() {
        let answer = again.submit_one(payment(&format!("P{number}"), 0, 1));
        assert_eq!(answer, Submitted::Repeated { id });
    }
    assert_eq!(again.findings(), []);
}

#[derive(Clone, Debug)]
enum Step {
    Submit(Vec<(u8, u8, bool)>),
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    let operation = (0..30_u8, 0..10_u8, any::<bool>());
    prop_oneof![
        5 => prop::collection::vec(operation, 1..8).prop_map(Step::Submit),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The plain model: the first body of a key counts, and each account has what was paid less
    /// what was charged.
    #[test]
    fn any_history_gives_what_a_plain_model_gives(steps in prop::collection::vec(any_step(), 1..15)) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path());
        let mut keys = std::collections::HashMap::new();
        let mut saldos = [0_i128; 10];
        for step in steps {
            let Step::Submit(operations) = step else {
                drop(journal);
                journal = Journal::open(folder.path());
                continue;
            };
            let submitted = operations.iter().map(|(key, to, pays)| {
                let key = format!("K{key}");
                if *pays { payment(&key, *to, 70) } else { charge(&key, *to, 50) }
            });
            let answers = journal.submit(submitted.collect());
            for ((key, to, pays), answer) in operations.iter().zip(answers) {
                match (keys.get(key), answer) {
                    (None, Submitted::Accepted { id, .. }) => {
                        keys.insert(*key, (id, *to, *pays));
                        saldos[usize::from(*to)] += if *pays { 70 } else { -50 };
                    }
                    (Some((first, first_to, first_pays)), Submitted::Repeated { id }) => {
                        prop_assert_eq!((*first, *first_to, *first_pays), (id, *to, *pays));
                    }
                    (Some((first, first_to, first_pays)), Submitted::Conflict { id }) => {
                        prop_assert_eq!(*first, id);
                        prop_assert_ne!((*first_to, *first_pays), (*to, *pays));
                    }
                    (known, answer) => prop_assert!(false, "{:?}: {:?}", known, answer),
                }
            }
            let reader = Reader::new(Store::in_folder(folder.path()));
            for (number, saldo) in (0_u8..).zip(saldos) {
                let row = reader.account(&account(number)).unwrap().unwrap();
                prop_assert_eq!(row.account.saldo(), saldo);
            }
            prop_assert_eq!(journal.findings(), []);
        }
        prop_assert_eq!(journal.reader.tally().unwrap().operations, keys.len() as u64);
    }
}
