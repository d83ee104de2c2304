//! Corrections have a basis, and rows of a restoration become operations once and only as approved.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use engine::{EventKind, Part, PartKind, RestorePayment};
use journal::{
    Advanced, NewOperation, NewRestoration, RestorationPacket, RestorationRow, RestorationRowsOf,
    RestorationStep, RestorationTurn, RowWork, Submitted, Turned, fingerprint,
};
use restoration::{Class, Hash, Kind, Pace, PauseOn, RowState, State};
use terms::{Basis, Kopecks, ReasonCode};
use world::{Journal, account, ask, charge, operation};

const DAY: &str = "2026-10-15";

/// A lost payment on account `to`.
fn lost(key: &str, to: u8, kopecks: i64) -> NewOperation {
    let kind = EventKind::RestorePayment(RestorePayment {
        account: account(to),
        lost_date: DAY.parse().unwrap(),
        parts: vec![Part {
            kind: PartKind::Cashless,
            amount: Kopecks::new(kopecks).unwrap(),
        }],
        order: None,
    });
    NewOperation {
        basis: Some(Box::new(Basis {
            source_doc: Some("реестр, строка 1".to_owned()),
            ..Basis::new(ReasonCode::LostSource)
        })),
        ..operation(key, kind, &format!("lost {to} {kopecks}"))
    }
}

fn event_of(operation: &NewOperation) -> &engine::Event {
    match &operation.asked {
        journal::Asked::Event(event) => event,
        journal::Asked::Receipt(_) => panic!("no event"),
    }
}

/// A row with what the operation becomes now.
fn row(journal: &Journal, place: u64, operation: &NewOperation, kopecks: i64) -> RestorationRow {
    let event = event_of(operation);
    let before = journal.reader.before(event).unwrap();
    let services = ask(|reply| journal.writer.services(reply)).unwrap();
    let setup = engine::Setup {
        config: engine::Config::default(),
        services,
    };
    let plan = engine::apply(&setup, &before, event).unwrap();
    RestorationRow {
        place,
        class: Class::Missing,
        state: RowState::Planned,
        reason: String::new(),
        key: operation.key.clone(),
        date: DAY.parse().unwrap(),
        amount: Kopecks::new(kopecks).unwrap(),
        account: "A1".to_owned(),
        source: "реестр, строка 1".to_owned(),
        line: Some((1, 1)),
        wrong: None,
        body: operation.body.clone(),
        documents: 1,
        fingerprint: Some(fingerprint(&plan.receipts)),
        operation: None,
    }
}

fn turn(journal: &Journal, id: i64, step: RestorationStep) -> Turned {
    let turn = RestorationTurn {
        restoration: id,
        step,
        by: Some("Борис".to_owned()),
        api_key: None,
        why: None,
    };
    ask(|reply| journal.writer.turn_restoration(turn, reply)).unwrap()
}

/// A sealed plan of these rows.
fn sealed(journal: &Journal, rows: Vec<RestorationRow>) -> (i64, Hash) {
    let new = NewRestoration {
        kind: Kind::Lost,
        parameters: "{}".to_owned(),
        basis: Basis::new(ReasonCode::LostSource),
        author: "Анна".to_owned(),
        api_key: None,
        files: Vec::new(),
    };
    let id = ask(|reply| journal.writer.open_restoration(new, reply)).unwrap();
    ask(|reply| journal.writer.add_restoration_rows(id, rows, reply)).unwrap();
    let hash = journal.reader.plan_hash(id).unwrap().unwrap();
    let summary = "{}".to_owned();
    assert_eq!(
        turn(journal, id, RestorationStep::Seal { hash, summary }),
        Turned::Done
    );
    (id, hash)
}

fn run(journal: &Journal, id: i64, hash: Hash) {
    assert_eq!(
        turn(journal, id, RestorationStep::Approve(hash)),
        Turned::Done
    );
    let step = RestorationStep::Run {
        limit: Some(10),
        pace: Pace::AtOnce,
        pause_on: PauseOn::default(),
    };
    assert_eq!(turn(journal, id, step), Turned::Done);
}

fn advance(journal: &Journal, id: i64, rows: &[(u64, &NewOperation)]) -> Advanced {
    let rows = rows
        .iter()
        .map(|(place, operation)| (*place, RowWork::Submit(Box::new((*operation).clone()))))
        .collect();
    let packet = RestorationPacket {
        restoration: id,
        rows,
    };
    ask(|reply| journal.writer.advance_restoration(packet, reply)).unwrap()
}

fn states(journal: &Journal, id: i64) -> Vec<RowState> {
    let of = RestorationRowsOf {
        limit: 100,
        ..RestorationRowsOf::default()
    };
    let rows = journal.reader.restoration_rows(id, &of).unwrap().rows;
    rows.into_iter().map(|row| row.state).collect()
}

#[test]
fn no_correction_is_accepted_without_its_basis() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let with = |change: fn(&mut Basis)| {
        let mut operation = lost("x", 1, 100);
        change(operation.basis.as_mut().unwrap());
        operation
    };
    let without = NewOperation {
        basis: None,
        ..lost("x", 1, 100)
    };
    for (operation, code) in [
        (without, "basis_required"),
        (with(|basis| basis.source_doc = None), "basis_required"),
        (
            with(|basis| basis.source_doc = Some(" ".to_owned())),
            "bad_basis",
        ),
        (
            with(|basis| basis.settlement_date = Some("2026-10-16".parse().unwrap())),
            "bad_basis",
        ),
    ] {
        match journal.submit_one(operation) {
            Submitted::Refused(refused) => assert_eq!(refused.code, code, "{refused:?}"),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert_eq!(journal.reader.tally().unwrap().operations, 0);
    let (id, _) = world::accepted(&journal.submit_one(lost("x", 1, 100)));
    let basis = journal.reader.basis(id).unwrap().unwrap();
    assert_eq!(basis.settlement_date, Some(DAY.parse().unwrap()));
    assert!(basis.is_complete());
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_row_becomes_an_operation_once_and_only_as_it_was_approved() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let (one, two) = (lost("one", 1, 100), lost("two", 2, 200));
    let rows = vec![row(&journal, 1, &one, 100), row(&journal, 2, &two, 200)];
    let (id, hash) = sealed(&journal, rows);
    let other = RestorationStep::Approve(Hash([1; 32]));
    assert_eq!(turn(&journal, id, other), Turned::OtherHash(hash));
    assert!(
        advance(&journal, id, &[(1, &one)]).is_stopped,
        "it is no more than a draft"
    );
    run(&journal, id, hash);

    let first = advance(&journal, id, &[(1, &one)]);
    assert_eq!((first.accepted, first.changed), (1, 0));
    let again = advance(&journal, id, &[(1, &one)]);
    assert_eq!(again, Advanced::default(), "the row is over");
    // The account of the second one has changed since: a debt of a month before.
    let mut late = charge("late", 2, 50);
    if let journal::Asked::Event(event) = &mut late.asked
        && let EventKind::Charge(charge) = &mut event.kind
    {
        charge.lines[0].period = "2026-09".parse().unwrap();
    }
    world::accepted(&journal.submit_one(late));
    let second = advance(&journal, id, &[(2, &two)]);
    assert_eq!((second.accepted, second.changed), (0, 1));
    assert_eq!(
        states(&journal, id),
        [RowState::Accepted, RowState::Changed]
    );
    assert_eq!(
        journal.reader.tally().unwrap().operations,
        2,
        "one and late"
    );
    let run = journal
        .reader
        .restoration(id)
        .unwrap()
        .unwrap()
        .run
        .unwrap();
    assert_eq!(run.left, Some(8));
    assert_eq!(turn(&journal, id, RestorationStep::Finish), Turned::Done);
    assert!(matches!(
        turn(&journal, id, RestorationStep::Abandon),
        Turned::NotNow(_)
    ));
    assert_eq!(journal.findings(), []);
}

#[test]
fn what_is_abandoned_is_dropped_and_its_keys_are_free() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let one = lost("one", 1, 100);
    let rows = vec![row(&journal, 1, &one, 100)];
    let (id, _) = sealed(&journal, rows);
    let planned = || {
        journal
            .reader
            .planned_keys(["one", "two"].into_iter())
            .unwrap()
    };
    assert_eq!(planned(), [Some(id), None]);
    assert_eq!(turn(&journal, id, RestorationStep::Abandon), Turned::Done);
    assert_eq!(planned(), [None, None]);
    assert_eq!(states(&journal, id), [RowState::Dropped]);
    let head = journal.reader.restoration(id).unwrap().unwrap();
    assert_eq!(head.state, State::Abandoned);
    assert!(journal.reader.open_restorations().unwrap().is_empty());
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_plan_that_somebody_has_changed_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let one = lost("one", 1, 100);
    let rows = vec![row(&journal, 1, &one, 100)];
    sealed(&journal, rows);
    assert_eq!(journal.findings(), []);
    let database = journal.reader.database();
    let connection = rusqlite::Connection::open(database).unwrap();
    connection
        .execute("update restoration_row set amount = 101", [])
        .unwrap();
    let findings = journal.findings();
    let [finding] = &findings[..] else {
        panic!("{findings:?}")
    };
    assert_eq!(finding.invariant, "S7");
    assert!(finding.what.contains("restoration 1"), "{}", finding.what);
}
