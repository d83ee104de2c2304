//! What the cassette stores: facts that fit are kept, contradictions are refused and change nothing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use std::collections::BTreeMap;

use cassette::{DriveRecords, Fate, Intent, Record, Task};
use fn_proto::RegistrationForm;
use journal::{Finding, JournalError, ReceiptState};
use proptest::prelude::*;
use terms::{DocumentNumber, Id, TaxSystem, TaxSystems};
use world::*;

fn records(journal: &Journal, on: u8) -> DriveRecords {
    ask(|reply| journal.writer.drive_records(drive(on), reply)).unwrap()
}

#[track_caller]
fn refused(journal: &Journal, record: Record) {
    let answer = journal.store(record.clone());
    assert!(
        matches!(answer, Err(JournalError::Contradiction { .. })),
        "{answer:?} to {record:?}"
    );
}

#[test]
fn a_receipt_goes_its_way_from_the_queue_to_its_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receipt = journal.queue_receipt("P1");
    let task = receipt_task(receipt);
    assert_eq!(records(&journal, 1), DriveRecords::default());

    journal.store(intent(1, 1, Task::OpenShift)).unwrap();
    assert_eq!(records(&journal, 1).intent.unwrap().task, Task::OpenShift);
    journal.store(formed(1, 1, Task::OpenShift)).unwrap();
    assert!(records(&journal, 1).shift_opened.is_some());

    journal.store(intent(1, 2, task.clone())).unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::OnDrive);
    let Record::Intent { intent: stored, .. } = intent(1, 2, task.clone()) else {
        unreachable!()
    };
    assert_eq!(records(&journal, 1).intent, Some(stored), "as it was given");
    assert!(journal.reader.queued_job(receipt).unwrap().is_none());

    journal.store(formed(1, 2, task)).unwrap();
    let row = journal.reader.receipt(receipt).unwrap().unwrap();
    let document = row.document.unwrap();
    assert_eq!(row.state, ReceiptState::Fiscalized);
    assert_eq!(
        (document.number.get(), document.fiscal_sign),
        (2, 4_000_000_000)
    );
    assert_eq!(document.shift, 7, "the shift of the document before");
    assert!(document.emulated);
    let unacknowledged = [DocumentNumber(1), DocumentNumber(2)];
    assert_eq!(records(&journal, 1).unacknowledged, unacknowledged);

    for number in [1, 2] {
        journal.store(acknowledged(1, number)).unwrap();
    }
    // A second ticket for the same document is no news.
    journal.store(acknowledged(1, 2)).unwrap();
    assert_eq!(journal.state(receipt), ReceiptState::Acknowledged);
    assert_eq!(records(&journal, 1).unacknowledged, []);
    let told: Vec<ReceiptState> = journal
        .commits
        .lock()
        .unwrap()
        .iter()
        .flat_map(|(changes, _)| changes)
        .map(|change| change.state)
        .collect();
    let way = [
        ReceiptState::Queued,
        ReceiptState::OnDrive,
        ReceiptState::Fiscalized,
        ReceiptState::Acknowledged,
    ];
    assert_eq!(told, way);
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_registration_s_intent_survives_a_restart_with_its_form() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let form = RegistrationForm {
        time: "2026-11-05T10:00".parse().unwrap(),
        user_inn: "7707083893".parse().unwrap(),
        rnm: terms::Rnm::compose(1, "7707083893".parse().unwrap(), "1").unwrap(),
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        work_mode: 1,
        extended_flags: 0,
        ofd_inn: None,
        reasons: None,
    };
    let task = Task::Registration(Box::new(cassette::Registering {
        ffd: terms::FfdVersion::V1_05,
        form,
    }));
    journal.store(intent(1, 1, task.clone())).unwrap();
    drop(journal);
    let journal = Journal::open(folder.path());
    assert_eq!(records(&journal, 1).intent.unwrap().task, task);
    assert_eq!(journal.reader.open_intents().unwrap().len(), 1);
    journal.store(formed(1, 1, task)).unwrap();
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_record_about_another_document_than_the_intended_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let (first, second) = (journal.queue_receipt("P1"), journal.queue_receipt("P2"));
    journal.store(intent(1, 5, receipt_task(first))).unwrap();
    journal.store(intent(2, 5, receipt_task(second))).unwrap();
    let before = snapshot(&journal);

    // The same drive, number and state, but the other receipt.
    refused(&journal, formed(1, 5, receipt_task(second)));
    refused(&journal, formed(1, 5, Task::CloseShift));
    refused(&journal, formed(1, 6, receipt_task(first)));
    refused(&journal, formed(3, 5, receipt_task(first)));
    refused(&journal, void(1, 5, Some(second), Fate::Requeue));
    refused(&journal, void(1, 5, None, Fate::Requeue));
    refused(&journal, in_doubt(1, 5, second));
    refused(&journal, in_doubt(2, 6, second));
    // A second intent for a drive, or for a receipt.
    refused(&journal, intent(1, 6, Task::CloseShift));
    refused(&journal, intent(3, 1, receipt_task(first)));
    refused(
        &journal,
        intent(3, 1, receipt_task(Id::from_number(12).unwrap())),
    );
    assert_eq!(snapshot(&journal), before);

    // A number that does not follow the drive's last one.
    journal.store(formed(1, 5, receipt_task(first))).unwrap();
    for number in [4, 5, 7] {
        refused(&journal, intent(1, number, Task::CloseShift));
    }
    journal.store(intent(1, 6, Task::CloseShift)).unwrap();
    assert_eq!(journal.findings(), []);
}

/// All that records change, as one text.
fn snapshot(journal: &Journal) -> String {
    let database = rusqlite::Connection::open(journal.reader.database()).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut rows = database.prepare(sql).unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let mut all = rows("select format('%d %s %s', id, state, reason) from receipt order by id");
    all.extend(rows(
        "select format('%d %d %s %s', drive, number, task, receipt) from intent order by 1",
    ));
    all.extend(rows(
        "select format('%d %d %s %s', drive, number, receipt, ticket) from document",
    ));
    all.extend(rows(
        "select format('%d %s', id, what) from history order by id",
    ));
    all.join("\n")
}

#[derive(Clone, Debug)]
enum Step {
    Queue,
    /// On a drive, as the number after the last one plus this; which receipt, or a report.
    Intent(u8, u32, Option<usize>),
    /// What the drive was asked for, or, when `twist` is there, something else.
    Formed(u8, Option<usize>),
    Void(u8, bool, Option<usize>),
    InDoubt(u8, Option<usize>),
    Acknowledged(u8, u32),
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    let twist = || prop_oneof![5 => Just(None), 1 => (0..6_usize).prop_map(Some)];
    let drives = || 1..4_u8;
    let offset = prop_oneof![6 => Just(0_u32), 1 => 1..3_u32];
    let receipt = prop_oneof![4 => (0..6_usize).prop_map(Some), 1 => Just(None)];
    prop_oneof![
        3 => Just(Step::Queue),
        6 => (drives(), offset, receipt).prop_map(|(on, more, what)| Step::Intent(on, more, what)),
        6 => (drives(), twist()).prop_map(|(on, twist)| Step::Formed(on, twist)),
        2 => (drives(), any::<bool>(), twist()).prop_map(|(on, hold, it)| Step::Void(on, hold, it)),
        2 => (drives(), twist()).prop_map(|(on, twist)| Step::InDoubt(on, twist)),
        4 => (drives(), 1..8_u32).prop_map(|(on, number)| Step::Acknowledged(on, number)),
        1 => Just(Step::Reopen),
    ]
}

/// The plain model of what drives and receipts are.
#[derive(Default)]
struct Model {
    receipts: Vec<(Id, ReceiptState)>,
    intents: BTreeMap<u8, (u32, Option<usize>)>,
    /// The receipt of each document, and whether it is acknowledged.
    documents: BTreeMap<u8, Vec<(Option<usize>, bool)>>,
}

impl Model {
    fn last(&self, on: u8) -> u32 {
        self.documents.get(&on).map_or(0, Vec::len) as u32
    }

    fn state(&self, receipt: usize) -> ReceiptState {
        self.receipts[receipt].1
    }

    /// The document of the drive's intent; something else with a twist.
    fn aim(&self, on: u8, twist: Option<usize>) -> (u32, Option<usize>) {
        let intended = self.intents.get(&on).copied();
        let (number, receipt) = intended.unwrap_or((self.last(on) + 1, None));
        match twist {
            None => (number, receipt),
            Some(0) => (number + 1, receipt),
            Some(other) if other < self.receipts.len() => (number, Some(other)),
            Some(_) => (number, None),
        }
    }

    fn task(&self, receipt: Option<usize>) -> Task {
        receipt.map_or(Task::OpenShift, |receipt| {
            receipt_task(self.receipts[receipt].0)
        })
    }

    fn id(&self, receipt: Option<usize>) -> Option<Id> {
        receipt.map(|receipt| self.receipts[receipt].0)
    }

    /// The record of a step, and what it does if it fits: then the model is changed.
    fn take(&mut self, step: &Step) -> Option<(Record, bool)> {
        Some(match *step {
            Step::Queue | Step::Reopen => return None,
            Step::Intent(on, more, receipt) => {
                let receipt = receipt.filter(|receipt| *receipt < self.receipts.len());
                let (last, number) = (self.last(on), self.last(on) + 1 + more);
                let free = !self.intents.contains_key(&on);
                let fits = free
                    && (last == 0 || more == 0)
                    && receipt.is_none_or(|it| self.state(it) == ReceiptState::Queued);
                let record = intent(on, number, self.task(receipt));
                // The model's documents begin with 1.
                if fits && more > 0 {
                    return None;
                }
                if fits {
                    self.intents.insert(on, (number, receipt));
                    self.become_(receipt, ReceiptState::OnDrive);
                }
                (record, fits)
            }
            Step::Formed(on, twist) => {
                let (number, receipt) = self.aim(on, twist);
                let record = formed(on, number, self.task(receipt));
                let fits = self.intents.get(&on) == Some(&(number, receipt));
                if fits {
                    self.intents.remove(&on);
                    self.documents.entry(on).or_default().push((receipt, false));
                    self.become_(receipt, ReceiptState::Fiscalized);
                }
                (record, fits)
            }
            Step::Void(on, hold, twist) => {
                let (number, receipt) = self.aim(on, twist);
                let (fate, state) = if hold {
                    (Fate::Hold("it cannot be".to_owned()), ReceiptState::Held)
                } else {
                    (Fate::Requeue, ReceiptState::Queued)
                };
                let record = void(on, number, self.id(receipt), fate);
                let fits = self.intents.get(&on) == Some(&(number, receipt));
                if fits {
                    self.intents.remove(&on);
                    self.become_(receipt, state);
                }
                (record, fits)
            }
            Step::InDoubt(on, twist) => {
                let (number, receipt) = self.aim(on, twist);
                let record = in_doubt(on, number, self.id(receipt)?);
                let fits = self.intents.get(&on) == Some(&(number, receipt))
                    && receipt.is_some_and(|it| self.state(it) == ReceiptState::OnDrive);
                if fits {
                    self.become_(receipt, ReceiptState::InDoubt);
                }
                (record, fits)
            }
            Step::Acknowledged(on, number) => {
                let document = self
                    .documents
                    .entry(on)
                    .or_default()
                    .get_mut(number as usize - 1);
                let receipt = document.and_then(|(receipt, done)| {
                    *done = true;
                    *receipt
                });
                self.become_(receipt, ReceiptState::Acknowledged);
                (acknowledged(on, number), true)
            }
        })
    }

    fn become_(&mut self, receipt: Option<usize>, state: ReceiptState) {
        if let Some(receipt) = receipt {
            self.receipts[receipt].1 = state;
        }
    }

    /// Tickets that came before those of earlier documents: the only thing to be found.
    fn gaps_in_tickets(&self) -> usize {
        let pairs = self
            .documents
            .values()
            .flat_map(|documents| documents.windows(2));
        pairs.filter(|pair| !pair[0].1 && pair[1].1).count()
    }
}

#[track_caller]
fn agree(journal: &Journal, model: &Model) {
    for (id, state) in &model.receipts {
        assert_eq!(journal.state(*id), *state);
    }
    for on in 1..4 {
        let records = records(journal, on);
        assert_eq!(records.last_document.get(), model.last(on));
        let intent = |intent: Intent| (intent.number.get(), intent.task.receipt());
        let expected = model.intents.get(&on);
        let expected = expected.map(|(number, receipt)| (*number, model.id(*receipt)));
        assert_eq!(records.intent.map(intent), expected);
        let open: Vec<u32> = (1..)
            .zip(model.documents.get(&on).into_iter().flatten())
            .filter(|(_, (_, acknowledged))| !acknowledged)
            .map(|(number, _)| number)
            .collect();
        let found: Vec<u32> = records.unacknowledged.iter().map(|it| it.get()).collect();
        assert_eq!(found, open);
    }
    let queued = model
        .receipts
        .iter()
        .filter(|(_, state)| *state == ReceiptState::Queued);
    let jobs = journal.reader.queued_jobs().unwrap();
    assert!(jobs.iter().map(|job| job.id).eq(queued.map(|(id, _)| *id)));
    let findings = journal.findings();
    let late = |finding: &Finding| finding.invariant == "S5" && finding.what.contains("before");
    assert!(findings.iter().all(late), "{findings:?}");
    assert_eq!(findings.len(), model.gaps_in_tickets());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sequence_of_records_gives_what_a_plain_model_gives(
        steps in prop::collection::vec(any_step(), 1..50),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path());
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Queue if model.receipts.len() < 6 => {
                    let id = journal.queue_receipt(&format!("P{}", model.receipts.len()));
                    model.receipts.push((id, ReceiptState::Queued));
                }
                Step::Reopen => {
                    drop(journal);
                    journal = Journal::open(folder.path());
                }
                _ => {}
            }
            if let Some((record, fits)) = model.take(&step) {
                let before = snapshot(&journal);
                let answer = journal.store(record.clone());
                let contradicts = matches!(answer, Err(JournalError::Contradiction { .. }));
                prop_assert!(if fits { answer.is_ok() } else { contradicts }, "{:?}: {:?}", record, answer);
                prop_assert!(fits || snapshot(&journal) == before);
            }
            agree(&journal, &model);
        }
    }
}
