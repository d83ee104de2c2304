//! Batches that fail, in part or as a whole, and keys on their way to the index.

mod figures;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, mpsc},
};

use cassette::{Class, Fate};
use engine::{Charge, Config, Event, EventKind, Plan, Setup};
use proptest::prelude::*;
use rusqlite::{
    StatementStatus,
    trace::{TraceEvent, TraceEventCodes},
};
use terms::{DocumentNumber, FfdVersion, Kopecks, OperationSign, TaxSystem};

use super::*;
use crate::{Decision, NewDocument, Reader, Refused, key_index::key_hash};

/// One receipt for each operation, and no accounts.
struct OneReceipt;

impl Decider for OneReceipt {
    fn config(&self) -> Config {
        Config::default()
    }

    fn decide(
        &self,
        _: &Setup,
        _: &engine::Before,
        event: &Event,
    ) -> std::result::Result<Decision, Refused> {
        let receipt = engine::Receipt {
            event: event.id.clone(),
            ffd: FfdVersion::V1_2,
            operation: OperationSign::Income,
            tax_system: TaxSystem::Common,
            date: event.date,
            account: None,
            contact: None,
            deliver: false,
            internet: false,
            lines: Vec::new(),
            unprinted: Vec::new(),
            payments: engine::Payments::default(),
            total: Kopecks::new(100).unwrap(),
            vat_totals: BTreeMap::new(),
            correction: None,
            corrects: None,
            settled_on: None,
        };
        Ok(Decision {
            plan: Plan {
                receipts: vec![receipt],
                ..Plan::default()
            },
            documents: vec![NewDocument {
                class: Class::Charge,
                tlv: vec![0; 200],
            }],
            records: "[]".to_owned(),
        })
    }

    fn ready(&self, _: &str, _: &crate::ReadyReceipt) -> std::result::Result<Decision, Refused> {
        let message = "only events here".to_owned();
        Err(Refused {
            code: "ready",
            message,
        })
    }

    fn document(
        &self,
        _: &engine::Receipt,
        _: &crate::Undone<'_>,
    ) -> std::result::Result<NewDocument, Refused> {
        let (class, tlv) = (Class::Correction, vec![0; 200]);
        Ok(NewDocument { class, tlv })
    }
}

type Commits = Arc<Mutex<Vec<Vec<Change>>>>;

fn open(store: &Store, limits: Limits) -> (Writer, Commits) {
    let commits = Commits::default();
    let told = commits.clone();
    let on_commit =
        move |changes: &[Change], _: Vec<Job>| told.lock().unwrap().push(changes.to_vec());
    let writer = Writer::open_with(store, limits, OneReceipt, on_commit).unwrap();
    (writer, commits)
}

fn operation(key: &str) -> NewOperation {
    let kind = EventKind::Charge(Charge {
        account: "A1".parse().unwrap(),
        lines: Vec::new(),
    });
    NewOperation {
        in_bulk: false,
        key: key.to_owned(),
        body_hash: [7; 32],
        body: "{}".to_owned(),
        asked: Event {
            id: key.to_owned(),
            date: "2026-11-05".parse().unwrap(),
            kind,
        }
        .into(),
        callback: None,
        basis: None,
        api_key: None,
    }
}

fn ask<T: Send + 'static>(command: impl FnOnce(Reply<T>)) -> mpsc::Receiver<Result<T>> {
    let (reply, answer) = mpsc::channel();
    command(Box::new(move |value| {
        let _ = reply.send(value);
    }));
    answer
}

fn submit(writer: &Writer, key: &str) -> mpsc::Receiver<Result<Vec<Submitted>>> {
    ask(|reply| writer.submit(vec![operation(key)], reply))
}

fn is_accepted(answer: &mpsc::Receiver<Result<Vec<Submitted>>>) -> bool {
    matches!(
        answer.recv().unwrap().as_deref(),
        Ok([Submitted::Accepted { .. }])
    )
}

/// Runs `work` on the writer's thread, as one command.
fn on_thread<T: Send + 'static>(
    writer: &Writer,
    work: impl FnOnce(&mut Pen, &Connection) -> Result<T> + Send + 'static,
) -> mpsc::Receiver<Result<T>> {
    ask(|reply| {
        writer.queue(Lane::Billing, 1, reply, |pen, connection, _| {
            work(pen, connection)
        });
    })
}

/// Holds the thread until the sender is dropped: what is queued meanwhile becomes one batch.
fn hold(writer: &Writer) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (held, is_held) = mpsc::channel();
    writer.services(Box::new(move |_| {
        held.send(()).unwrap();
        let _ = released.recv();
    }));
    is_held.recv().unwrap();
    release
}

fn void() -> Record {
    Record::Void {
        drive: "9999000000000001".parse().unwrap(),
        number: DocumentNumber(1),
        receipt: None,
        fate: Fate::Requeue,
        cause: "nobody had it in mind".to_owned(),
    }
}

#[test]
fn a_command_that_fails_leaves_the_others_of_its_batch_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let (writer, commits) = open(&store, Limits::default());
    let held = hold(&writer);
    let first = submit(&writer, "K1");
    let contradiction = ask(|reply| writer.store(void(), reply));
    // It fails after its own first operation was written.
    let mut broken = operation("K3");
    broken.api_key = Some(5);
    let half = ask(|reply| writer.submit(vec![operation("K2"), broken], reply));
    let last = submit(&writer, "K2");
    drop(held);

    assert!(is_accepted(&first));
    let contradiction = contradiction.recv().unwrap();
    assert!(matches!(
        contradiction,
        Err(JournalError::Contradiction { .. })
    ));
    assert!(matches!(
        half.recv().unwrap(),
        Err(JournalError::Database(_))
    ));
    assert!(is_accepted(&last), "the failed command's key is free");
    let sizes: Vec<usize> = commits.lock().unwrap().iter().map(Vec::len).collect();
    assert_eq!(
        sizes,
        [0, 2],
        "the thread was held, then one batch told of two receipts"
    );
    drop(writer);
    let reader = Reader::new(store);
    assert_eq!(reader.tally().unwrap().operations, 2);
    assert_eq!(reader.verify().unwrap().findings, []);
}

#[test]
fn the_cassette_overtakes_billing_and_both_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _) = open(&Store::in_folder(folder.path()), Limits::default());
    let order = Arc::new(Mutex::new(Vec::new()));
    let held = hold(&writer);
    let mut answers = Vec::new();
    for (lane, name) in [
        (Lane::Billing, "B1"),
        (Lane::Cassette, "C1"),
        (Lane::Billing, "B2"),
        (Lane::Cassette, "C2"),
    ] {
        let order = order.clone();
        answers.push(ask(|reply| {
            writer.queue(lane, 1, reply, move |_, _, _| {
                order.lock().unwrap().push(name);
                Ok(())
            });
        }));
    }
    drop(held);
    answers
        .iter()
        .for_each(|answer| answer.recv().unwrap().unwrap());
    assert_eq!(*order.lock().unwrap(), ["C1", "C2", "B1", "B2"]);
}

#[test]
fn a_large_array_does_not_share_its_transaction_with_all_others() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, commits) = open(&Store::in_folder(folder.path()), Limits::default());
    let held = hold(&writer);
    let answers: Vec<_> = (0..3)
        .map(|array| {
            let operations = (0..300).map(|number| operation(&format!("{array}-{number}")));
            ask(|reply| writer.submit(operations.collect(), reply))
        })
        .collect();
    drop(held);
    answers
        .iter()
        .for_each(|answer| assert_eq!(answer.recv().unwrap().unwrap().len(), 300));
    let sizes: Vec<usize> = commits.lock().unwrap().iter().map(Vec::len).collect();
    assert_eq!(sizes, [0, 600, 300]);
}

#[test]
fn a_batch_that_cannot_be_committed_leaves_nothing_and_the_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let (writer, commits) = open(&store, Limits::default());
    let held = hold(&writer);
    let services: BTreeMap<ServiceCode, Service> = [(
        "INET".parse().unwrap(),
        Service {
            name: "Интернет".to_owned(),
            vat: engine::VatSchedule::fixed(terms::VatRate::V22),
            tax_system: TaxSystem::Common,
            priority: 1,
            weight: Kopecks::ZERO,
            p21: true,
            agent: None,
        },
    )]
    .into();
    let declared = ask(|reply| writer.put_services(services, None, reply));
    let lost = submit(&writer, "K1");
    // As a full disk does: the whole transaction is ended from below.
    let end = on_thread(&writer, |_, connection| {
        connection.execute_batch("rollback")?;
        Ok(())
    });
    drop(held);
    assert!(declared.recv().unwrap().is_err());
    assert!(lost.recv().unwrap().is_err());
    assert!(end.recv().unwrap().is_err());
    assert_eq!(commits.lock().unwrap().len(), 1, "nothing is told of it");

    let services = ask(|reply| writer.services(reply)).recv().unwrap().unwrap();
    assert!(services.is_empty(), "memory is what the file is");
    assert!(is_accepted(&submit(&writer, "K1")));
    drop(writer);
    assert_eq!(Reader::new(store).verify().unwrap().findings, []);
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let limits = Limits {
        hot_max: 40,
        slice: 7,
        hash: key_hash,
    };
    let (writer, _) = open(&store, limits);
    let allow = |more: i64| {
        let limit = on_thread(&writer, move |_, connection| {
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            connection.pragma_update(None, "max_page_count", pages + more)?;
            Ok(())
        });
        limit.recv().unwrap().unwrap();
    };
    allow(25);
    let stored: Vec<bool> = (0..20)
        .flat_map(|batch| {
            let held = hold(&writer);
            let numbers = batch * 30..(batch + 1) * 30;
            let answers = numbers.map(|number| submit(&writer, &format!("K{number}")));
            let answers: Vec<_> = answers.collect();
            drop(held);
            answers.into_iter().map(|answer| is_accepted(&answer))
        })
        .collect();
    assert_eq!(
        (stored[0], stored[599]),
        (true, false),
        "the disk got full midway"
    );
    let found = ask(|reply| writer.find_key("K0".to_owned(), reply));
    assert!(
        found.recv().unwrap().unwrap().is_some(),
        "it still answers questions"
    );
    allow(10_000);
    for (number, stored) in stored.iter().enumerate() {
        let answer = submit(&writer, &format!("K{number}"))
            .recv()
            .unwrap()
            .unwrap();
        let repeated = matches!(answer[..], [Submitted::Repeated { .. }]);
        assert_eq!(repeated, *stored, "K{number}: {answer:?}");
    }
    drop(writer);
    let reader = Reader::new(store);
    assert_eq!(reader.tally().unwrap().operations, 600);
    assert_eq!(reader.verify().unwrap().findings, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// `None` is a restart, at whatever point of moving keys it comes.
    #[test]
    fn keys_are_known_for_ever(
        steps in prop::collection::vec(prop::option::weighted(0.9, 0..60_u8), 1..150),
        hot_max in 1_usize..30,
        slice in 1_usize..6,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let limits = Limits { hot_max, slice, hash: key_hash };
        let (mut writer, _) = open(&store, limits);
        let mut model = HashMap::new();
        for step in steps {
            let Some(key) = step else {
                drop(writer);
                writer = open(&store, limits).0;
                continue;
            };
            let answer = submit(&writer, &format!("K{key}")).recv().unwrap().unwrap();
            match (&answer[..], model.get(&key)) {
                ([Submitted::Accepted { id, .. }], None) => { model.insert(key, *id); }
                ([Submitted::Repeated { id }], Some(first)) => prop_assert_eq!(id, first),
                (answer, known) => prop_assert!(false, "K{}: {:?}, {:?}", key, answer, known),
            }
        }
        drop(writer);
        prop_assert_eq!(Reader::new(store).verify().unwrap().findings, []);
    }
}

/// What SQLite has done: steps of full scans, and steps of its machine.
type Effort = Arc<Mutex<(i64, i64)>>;

/// Counts what the connection does from now on.
fn watched(mut connection: Connection, effort: &Effort) -> Connection {
    let effort = effort.clone();
    let count = move |event: TraceEvent<'_>| {
        if let TraceEvent::Profile(statement, _) = event {
            let mut effort = effort.lock().unwrap();
            effort.0 += i64::from(statement.get_status(StatementStatus::FullscanStep));
            effort.1 += i64::from(statement.get_status(StatementStatus::VmStep));
        }
    };
    connection
        .trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(count))
        .unwrap();
    connection
}

/// All that a start asks of a journal with so many formed receipts and so many that wait.
fn effort_of_start(formed: u32, waiting: u32) -> (i64, i64) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    drop(open(&store, Limits::default()));
    let connection = Connection::open(store.database()).unwrap();
    let count = formed + waiting;
    connection
        .execute_batch(&format!(
            "insert into drive values (1, '9999078902000001', 1, 1, '{{\"phase\":\"fiscal\"}}', 0, 0); \
             with n (i) as (select 1 union all select i + 1 from n where i < {count}) \
             insert into operation select 1048576 * i, 'K' || i, i, x'', 'charge', null, 0, '{{}}', \
               '[]', 1, null, null from n; \
             insert into receipt select id + 1, id, null, iif(id <= 1048576 * {formed}, \
               'acknowledged', 'queued'), null, id, 2, 0, 1, 1, 100, '{{}}', zeroblob(200), \
               iif(id <= 1048576 * {formed}, 1, null), \
               iif(id <= 1048576 * {formed}, id / 1048576, null), null, null from operation; \
             insert into document select 1, document, 'receipt', id, null, '', 1, 1, 1, 0, 0, 0, null, x'', 0 \
               from receipt where document is not null; \
             insert into drive_day values (1, '2026-09-01', {formed}); \
             update progress set value = 1048576 * {formed} where name = 'key_index_upto'"
        ))
        .unwrap();
    drop(connection);
    let effort = Effort::default();
    let writing = watched(store.open_for_writing(0).unwrap(), &effort);
    Pen::open(&writing, Limits::default(), Box::new(OneReceipt), 0).unwrap();
    let reader = Reader::new(store.clone());
    reader.keep(watched(store.open_for_reading().unwrap(), &effort));
    reader.last_drives().unwrap();
    reader.drive_homes().unwrap();
    reader.drives_left().unwrap();
    reader.open_intents().unwrap();
    reader.open_swaps().unwrap();
    assert_eq!(reader.queued_jobs().unwrap().len(), waiting as usize);
    let effort = *effort.lock().unwrap();
    assert!(effort.1 > 0, "it is counted");
    effort
}

#[test]
fn a_start_reads_what_waits_and_not_the_history() {
    let (scanned, steps) = effort_of_start(10, 50);
    assert_eq!((scanned, steps), effort_of_start(3_000, 50));
    assert!(scanned < 10, "{scanned} steps of full scans");
    assert!(steps < effort_of_start(10, 100).1, "what waits is counted");
}
