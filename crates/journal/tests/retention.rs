//! What is old goes, and nothing that somebody may ask for.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use cassette::Task;
use journal::{
    Attempt, Callback, DeliveriesOf, DeliveryRow, DeliveryState, Outcome, Prune, Pruned,
    ReceiptState,
};
use world::*;

fn letters(journal: &Journal) -> Vec<DeliveryRow> {
    let of = DeliveriesOf {
        limit: 1_000,
        ..DeliveriesOf::default()
    };
    journal.reader.deliveries(&of).unwrap()
}

fn prune(journal: &Journal, before: i64) -> Pruned {
    let prune = Prune {
        letters_before: Some(before),
        sessions_before: Some(before),
        session_ms: 1_000,
        limit: 2,
    };
    ask(|reply| journal.writer.prune(prune, reply)).unwrap()
}

#[test]
fn old_delivered_letters_go_with_their_callbacks_and_nothing_is_owed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    ask(|reply| {
        journal
            .writer
            .put_webhooks(vec!["billing".to_owned()], reply)
    })
    .unwrap();
    let receiver = journal.reader.webhook_row("billing").unwrap().unwrap().0;
    let mut operation = payment("P1", 0, 100);
    operation.callback = Some(Callback {
        url: "https://billing.example/paid".to_owned(),
        form: "v1".to_owned(),
    });
    let receipt = accepted(&journal.submit_one(operation)).1[0];
    let waiting = journal.queue_receipt("P2");
    for (number, task) in [(1, Task::OpenShift), (2, receipt_task(receipt))] {
        journal.store(intent(1, number, task.clone())).unwrap();
        journal.store(formed(1, number, task)).unwrap();
    }
    let owe = || {
        let states = vec![ReceiptState::Queued, ReceiptState::Fiscalized];
        ask(|reply| journal.writer.owe(receiver, states, 100, reply))
            .unwrap()
            .letters
    };
    assert_eq!(owe(), 3);
    let all = letters(&journal);
    assert_eq!(
        all.len(),
        4,
        "three to the webhook, one to the callback: {all:?}"
    );
    // All but the one about the receipt that waits are delivered.
    let now = all.iter().map(|letter| letter.id.unix_ms()).max().unwrap() + 1;
    let is_waiting = |letter: &DeliveryRow| letter.receipt == Some(waiting);
    for letter in all.iter().filter(|letter| !is_waiting(letter)) {
        let attempt = Attempt {
            began: now,
            at: now,
            outcome: Outcome::Delivered,
            status: Some(200),
            answer: "ok".to_owned(),
        };
        ask(|reply| journal.writer.attempted(letter.id, attempt, reply)).unwrap();
    }

    assert_eq!(
        prune(&journal, now),
        Pruned::default(),
        "it is not old enough"
    );
    assert_eq!(prune(&journal, now + 1).letters, 2, "so many at a time");
    assert_eq!(prune(&journal, now + 1).letters, 1);
    assert_eq!(prune(&journal, now + 1).letters, 0);
    let left = letters(&journal);
    assert!(left.len() == 1 && is_waiting(&left[0]), "{left:?}");
    assert_eq!(left[0].state, DeliveryState::Waiting);
    assert_eq!(
        journal.findings(),
        [],
        "a callback that was paid is owed no more"
    );

    // What happens next is told once, and nothing of before again.
    journal.store(acknowledged(1, 1)).unwrap();
    journal.store(acknowledged(1, 2)).unwrap();
    assert_eq!(owe(), 0);
    assert_eq!(letters(&journal).len(), 1);
    assert_eq!(journal.state(receipt), ReceiptState::Acknowledged);
}
