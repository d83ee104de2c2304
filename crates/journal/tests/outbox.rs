//! The feed and what is owed of it: nothing is told twice, nothing is forgotten.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use cassette::{Fate, Signed, Task};
use journal::{
    Attempt, Callback, DeliveriesOf, DeliveryRow, DeliveryState, Outcome, Owed, ReceiptState,
    Replay, Submitted,
};
use proptest::prelude::*;
use terms::Id;
use world::*;

const WANTED: [ReceiptState; 3] = [
    ReceiptState::Queued,
    ReceiptState::Fiscalized,
    ReceiptState::Held,
];

fn told(journal: &Journal) -> Vec<(Id, ReceiptState)> {
    let events = journal.reader.events(Id::from_number(0).unwrap(), u32::MAX);
    let events = events.unwrap().into_iter();
    events.map(|event| (event.receipt, event.state)).collect()
}

fn deliveries(journal: &Journal) -> Vec<DeliveryRow> {
    let of = DeliveriesOf {
        limit: 1_000,
        ..DeliveriesOf::default()
    };
    journal.reader.deliveries(&of).unwrap()
}

fn webhook(journal: &Journal, name: &str) -> i64 {
    ask(|reply| journal.writer.put_webhooks(vec![name.to_owned()], reply)).unwrap();
    journal.reader.webhook_row(name).unwrap().unwrap().0
}

fn owe(journal: &Journal, receiver: i64, limit: u32) -> Owed {
    ask(|reply| journal.writer.owe(receiver, WANTED.to_vec(), limit, reply)).unwrap()
}

/// A drive that takes one receipt after another.
struct Forming<'a> {
    journal: &'a Journal,
    next: u32,
}

impl Forming<'_> {
    fn open(journal: &Journal) -> Forming<'_> {
        journal.store(intent(1, 1, Task::OpenShift)).unwrap();
        journal.store(formed(1, 1, Task::OpenShift)).unwrap();
        Forming { journal, next: 2 }
    }

    fn form(&mut self, receipt: Id) {
        let task = || receipt_task(receipt);
        self.journal.store(intent(1, self.next, task())).unwrap();
        self.journal.store(formed(1, self.next, task())).unwrap();
        self.next += 1;
    }

    fn hold(&mut self, receipt: Id) {
        let fate = Fate::Hold("its drive refuses it".to_owned());
        let task = receipt_task(receipt);
        self.journal.store(intent(1, self.next, task)).unwrap();
        let void = void(1, self.next, Some(receipt), fate);
        self.journal.store(void).unwrap();
    }
}

#[test]
fn the_feed_tells_every_state_in_order_also_after_a_restart() {
    use ReceiptState::{Acknowledged, Fiscalized, Held, OnDrive, Queued};
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let first = journal.queue_receipt("P1");
    let mut drive = Forming::open(&journal);
    drive.hold(first);
    let second = journal.queue_receipt("P2");
    drive.form(second);
    drop(journal);
    let journal = Journal::open(folder.path());
    let signed = Signed {
        key: None,
        by: "Инженер".to_owned(),
        reason: "исправлено".to_owned(),
    };
    let receipt = first;
    journal
        .store(cassette::Record::Released { receipt, signed })
        .unwrap();
    journal.store(acknowledged(1, 1)).unwrap();
    journal.store(acknowledged(1, 2)).unwrap();
    let expected = [
        (first, Queued),
        (first, OnDrive),
        (first, Held),
        (second, Queued),
        (second, OnDrive),
        (second, Fiscalized),
        (first, Queued),
        (second, Acknowledged),
    ];
    assert_eq!(told(&journal), expected);
    let start = Id::from_number(0).unwrap();
    let events = journal.reader.events(start, 100).unwrap();
    assert_eq!(events[2].reason.as_deref(), Some("its drive refuses it"));
    assert_eq!(events[5].document.as_ref().unwrap().number.get(), 2);
    assert_eq!(events[3].document, None, "it was none then");
    // From any of them on, in pages of any size, the rest follows.
    for (place, event) in events.iter().enumerate() {
        let rest = journal.reader.events(event.id, 3).unwrap();
        let expected: Vec<_> = events.iter().skip(place + 1).take(3).cloned().collect();
        assert_eq!(rest, expected);
        assert_eq!(
            journal.reader.event(event.id).unwrap().as_ref(),
            Some(event)
        );
    }
    assert_eq!(journal.reader.last_event().unwrap(), events[7].id);
    assert_eq!(journal.findings(), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn each_wanted_event_is_owed_once_however_it_is_told(
        acts in prop::collection::vec((0..4_u8, 1..5_u32), 1..25),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path());
        journal.queue_receipt("before");
        let receiver = webhook(&journal, "billing");
        let since = journal.reader.last_event().unwrap();
        Forming::open(&journal);
        let (mut next, mut waiting) = (2, Vec::new());
        for (number, (act, limit)) in acts.into_iter().enumerate() {
            let mut drive = Forming { journal: &journal, next };
            match act {
                0 => waiting.push(journal.queue_receipt(&format!("P{number}"))),
                1 => if let Some(receipt) = waiting.pop() {
                    drive.form(receipt);
                },
                2 => if let Some(receipt) = waiting.pop() {
                    drive.hold(receipt);
                },
                _ => {
                    owe(&journal, receiver, limit);
                }
            }
            next = drive.next;
            if act == 3 && limit == 1 {
                drop(journal);
                journal = Journal::open(folder.path());
            }
        }
        while owe(&journal, receiver, 3).more {}
        prop_assert_eq!(owe(&journal, receiver, 3), Owed::default(), "told already");
        let events = journal.reader.events(since, u32::MAX).unwrap();
        let wanted = events.iter().filter(|event| WANTED.contains(&event.state));
        let wanted: Vec<_> = wanted.map(|event| (event.id, event.state)).collect();
        let owed: Vec<_> = deliveries(&journal).into_iter().filter_map(|it| it.event).collect();
        prop_assert_eq!(owed, wanted);
        prop_assert_eq!(journal.findings(), []);
    }
}

#[test]
fn a_callback_is_owed_once_when_the_last_receipt_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let mut paid = payment("P1", 0, 100);
    paid.callback = Some(Callback {
        url: "https://user@Shop.example:8443/done?token=1".to_owned(),
        form: "v1".to_owned(),
    });
    let (operation, receipts) = accepted(&journal.submit_one(paid.clone()));
    assert!(matches!(
        journal.submit_one(paid),
        Submitted::Repeated { .. }
    ));
    let mut drive = Forming::open(&journal);
    drive.hold(receipts[0]);
    assert_eq!(
        deliveries(&journal),
        [],
        "a held receipt may still be formed"
    );
    let signed = Signed {
        key: None,
        by: "Инженер".to_owned(),
        reason: "исправлено".to_owned(),
    };
    let receipt = receipts[0];
    journal
        .store(cassette::Record::Released { receipt, signed })
        .unwrap();
    drive.form(receipts[0]);
    journal.store(acknowledged(1, 1)).unwrap();
    journal.store(acknowledged(1, 2)).unwrap();
    let owed = deliveries(&journal);
    assert_eq!(
        owed.len(),
        1,
        "formed and acknowledged, and owed once: {owed:?}"
    );
    assert_eq!((owed[0].operation, owed[0].event), (Some(operation), None));
    assert_eq!(owed[0].name, "https://shop.example:8443");
    assert_eq!(journal.findings(), []);
}

#[test]
fn what_becomes_of_letters_is_kept_and_they_can_be_ordered_again() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let receiver = webhook(&journal, "billing");
    let receipt = journal.queue_receipt("P1");
    Forming::open(&journal).form(receipt);
    assert_eq!(owe(&journal, receiver, 100).letters, 2);
    let [first, second] = &deliveries(&journal)[..] else {
        panic!("two are owed");
    };
    let end_of = |began, letter: &DeliveryRow, outcome| {
        let attempt = Attempt {
            began,
            at: 5,
            status: Some(500),
            answer: "later".to_owned(),
            outcome,
        };
        ask(|reply| journal.writer.attempted(letter.id, attempt, reply)).unwrap();
        journal.reader.delivery(letter.id).unwrap().unwrap()
    };
    let end = |letter, outcome| end_of(i64::MAX, letter, outcome);
    let again = end(first, Outcome::Again(77));
    assert_eq!(
        (again.state, again.attempts, again.next_at),
        (DeliveryState::Waiting, 1, 77)
    );
    assert_eq!(
        (again.last_status, again.last_answer.as_deref()),
        (Some(500), Some("later"))
    );
    assert_eq!(end(first, Outcome::Dead).state, DeliveryState::Dead);
    assert_eq!(
        end(second, Outcome::Delivered).state,
        DeliveryState::Delivered
    );
    let row = || journal.reader.receivers().unwrap().remove(0);
    assert_eq!(
        (row().waiting, row().dead, row().success_at),
        (0, 1, Some(5))
    );
    let replay = |which| ask(|reply| journal.writer.replay(which, reply));
    assert_eq!(replay(Replay::Webhook("billing".to_owned())).unwrap(), 1);
    end(first, Outcome::Stopped);
    assert_eq!(
        journal.reader.webhook_row("billing").unwrap(),
        Some((receiver, true))
    );
    let from = first.event.unwrap().0;
    assert_eq!(replay(Replay::From("billing".to_owned(), from)).unwrap(), 2);
    assert_eq!(
        journal.reader.webhook_row("billing").unwrap(),
        Some((receiver, false))
    );
    assert_eq!(row().waiting, 2);
    // An attempt that began before the order does not take its place.
    for outcome in [Outcome::Again(i64::MAX), Outcome::Dead] {
        let owed = end_of(0, first, outcome);
        assert_eq!(owed.state, DeliveryState::Waiting);
        assert_eq!(owed.next_at, owed.since, "it is due at once");
    }
    for unknown in [Replay::One(receipt), Replay::Webhook("nobody".to_owned())] {
        assert!(replay(unknown).is_err());
    }
    let late = webhook(&journal, "late");
    assert_eq!(
        owe(&journal, late, 100),
        Owed::default(),
        "it hears of what comes"
    );
}
