//! An operation of which nothing is formed is taken back as a whole, or not at all.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use cassette::{Fate, Record, Signed};
use engine::{
    Account, Channel, EventKind, Identify, MoneyKind, PeriodClose, RecalcTo, Refund, RefundOf,
};
use journal::{
    Callback, Cancellable, DeliveriesOf, HistoryOf, JournalError, NewOperation, ReceiptState,
    StatementOf, Submitted,
};
use terms::{DocumentNumber, Id, Kopecks};
use world::*;

fn cancelled(operation: Id) -> Record {
    Record::Cancelled {
        operation,
        signed: Signed {
            by: "Кассир".to_owned(),
            reason: "опечатка".to_owned(),
            key: None,
        },
    }
}

fn state_of(journal: &Journal, number: u8) -> Account {
    let row = journal.reader.account(&account(number)).unwrap();
    row.unwrap().account
}

fn take(journal: &Journal, operation: NewOperation) -> (Id, Vec<Id>) {
    accepted(&journal.submit_one(operation))
}

/// Why it cannot be cancelled; the writer says the same as the reader, and nothing changes.
#[track_caller]
fn refused(journal: &Journal, operation: Id) -> &'static str {
    let before: Vec<_> = (0..10).map(|number| state_of(journal, number)).collect();
    let why = journal.reader.cancellable(operation).unwrap().unwrap_err();
    let answer = journal.store(cancelled(operation)).unwrap_err();
    assert!(matches!(&answer, JournalError::Contradiction { .. }));
    assert!(answer.to_string().contains(&why.to_string()), "{answer}");
    let after: Vec<_> = (0..10).map(|number| state_of(journal, number)).collect();
    assert_eq!(before, after);
    why.code()
}

#[test]
fn a_cancellation_is_told_once_to_the_feed_to_webhooks_and_to_the_callback() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    ask(|reply| {
        let names = vec!["billing".to_owned()];
        journal.writer.put_webhooks(names, reply);
    })
    .unwrap();
    let (webhook, _) = journal.reader.webhook_row("billing").unwrap().unwrap();
    let callback = Callback {
        url: "https://billing.example/receipts".to_owned(),
        form: "v1".to_owned(),
    };
    let paid = NewOperation {
        callback: Some(callback),
        ..payment("P1", 0, 100)
    };
    let (operation, receipts) = take(&journal, paid);
    journal.store(cancelled(operation)).unwrap();
    journal.store(cancelled(operation)).unwrap_err();
    let events = journal.reader.events(Id::from_number(0).unwrap(), 10);
    let events = events.unwrap();
    let told: Vec<_> = events.iter().map(|it| (it.receipt, it.state)).collect();
    let [receipt] = receipts[..] else {
        panic!("{receipts:?}");
    };
    assert_eq!(
        told,
        [
            (receipt, ReceiptState::Queued),
            (receipt, ReceiptState::Refused)
        ]
    );
    assert!(events[1].reason.as_ref().unwrap().contains("опечатка"));
    let owe = || {
        let wanted = vec![ReceiptState::Refused];
        ask(|reply| journal.writer.owe(webhook, wanted, 10, reply)).unwrap()
    };
    assert_eq!((owe().letters, owe().letters), (1, 0));
    let of = DeliveriesOf {
        limit: 10,
        ..DeliveriesOf::default()
    };
    let letters = journal.reader.deliveries(&of).unwrap();
    let about: Vec<_> = letters
        .iter()
        .map(|it| (it.operation, it.event.map(|(_, state)| state)))
        .collect();
    let of_feed = (None, Some(ReceiptState::Refused));
    assert_eq!(about, [(Some(operation), None), of_feed]);
    assert_eq!(journal.findings(), []);
}

#[test]
fn a_statement_comes_to_what_the_account_has_though_an_operation_of_it_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    take(&journal, payment("P1", 0, 100));
    let (second, _) = take(&journal, payment("P2", 0, 30));
    take(&journal, payment("P3", 0, 7));
    journal.store(cancelled(second)).unwrap();
    let of = StatementOf {
        account: account(0),
        span: journal::Span::default(),
    };
    let page = journal::Page {
        after: None,
        order: journal::Order::Ascending,
        limit: 10,
    };
    let statement = journal.reader.statement(&of, &page).unwrap().unwrap();
    let rows = statement.events.rows.iter();
    let rows: Vec<_> = rows
        .map(|it| {
            (
                it.delta.get(),
                it.saldo.get(),
                it.operation.cancelled.is_some(),
            )
        })
        .collect();
    assert_eq!(rows, [(100, 100, false), (0, 100, true), (7, 107, false)]);
    assert_eq!(statement.closing.get(), 107);
    assert_eq!(state_of(&journal, 0).saldo(), 107);
}

#[test]
fn a_cancelled_operation_leaves_the_account_as_it_was_and_keeps_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    take(&journal, charge("C1", 0, 65_000));
    let before = state_of(&journal, 0);
    let (operation, receipts) = take(&journal, payment("P1", 0, 100_000));
    assert_ne!(state_of(&journal, 0), before);
    let Ok(Cancellable::Now(withdrawal)) = journal.reader.cancellable(operation).unwrap() else {
        panic!("nothing is formed");
    };
    assert_eq!(withdrawal.receipts, receipts);

    journal.store(cancelled(operation)).unwrap();
    assert_eq!(state_of(&journal, 0), before);
    let row = journal.reader.operation(operation).unwrap().unwrap();
    assert_eq!(row.cancelled.as_ref().unwrap().by, "Кассир");
    assert_eq!(row.receipts[0].state, ReceiptState::Refused);
    let reason = row.receipts[0].reason.as_deref();
    assert_eq!(reason, Some("cancelled by Кассир: опечатка"));
    let of = HistoryOf {
        receipt: Some(receipts[0]),
        limit: 10,
        ..HistoryOf::default()
    };
    let told = &journal.reader.history(of).unwrap()[0];
    assert_eq!(told.by.as_deref(), Some("Кассир"));
    assert!(told.detail.contains("P1") && told.detail.contains("опечатка"));
    assert_eq!(journal.findings(), []);

    assert_eq!(
        journal.submit_one(payment("P1", 0, 100_000)),
        Submitted::Repeated { id: operation }
    );
    let again = journal.reader.cancellable(operation).unwrap().unwrap();
    assert_eq!(again, Cancellable::Already(row.cancelled.unwrap()));
    assert!(journal.store(cancelled(operation)).is_err());
    assert_eq!(state_of(&journal, 0), before);
}

#[test]
fn nothing_brings_a_cancelled_receipt_back_to_a_drive() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let (operation, receipts) = take(&journal, payment("P1", 0, 100));
    let receipt = receipts[0];
    journal.store(cancelled(operation)).unwrap();
    let signed = Signed {
        by: "Инженер".to_owned(),
        reason: "пробуем".to_owned(),
        key: None,
    };
    for record in [
        intent(1, 1, receipt_task(receipt)),
        Record::Released {
            receipt,
            signed: signed.clone(),
        },
        Record::FormAnew {
            drive: drive(1),
            number: DocumentNumber(1),
            receipt,
            signed,
        },
    ] {
        assert!(journal.store(record.clone()).is_err(), "{record:?}");
    }
    assert_eq!(journal.state(receipt), ReceiptState::Refused);
    drop(journal);
    let journal = Journal::open(folder.path());
    assert_eq!(journal.reader.queued_jobs().unwrap(), []);
    assert_eq!(journal.reader.queued_job(receipt).unwrap(), None);
    assert_eq!(journal.findings(), []);
}

#[test]
fn what_a_drive_has_or_may_have_is_not_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    assert_eq!(
        refused(&journal, Id::from_number(1).unwrap()),
        "unknown_operation"
    );
    let (operation, receipts) = take(&journal, payment("P1", 0, 100));
    let task = receipt_task(receipts[0]);
    journal.store(intent(1, 1, task.clone())).unwrap();
    assert_eq!(refused(&journal, operation), "being_formed");
    journal.store(in_doubt(1, 1, receipts[0])).unwrap();
    assert_eq!(refused(&journal, operation), "in_doubt");
    let anew = Record::FormAnew {
        drive: drive(1),
        number: DocumentNumber(1),
        receipt: receipts[0],
        signed: Signed {
            by: "Инженер".to_owned(),
            reason: "сгорел".to_owned(),
            key: None,
        },
    };
    journal.store(anew).unwrap();
    // It waits for another drive, but the first one may have it.
    assert_eq!(journal.state(receipts[0]), ReceiptState::Queued);
    assert_eq!(refused(&journal, operation), "in_doubt");
    journal.store(formed(1, 1, task)).unwrap();
    assert_eq!(journal.state(receipts[0]), ReceiptState::Queued);
    assert_eq!(refused(&journal, operation), "formed_already");

    let (operation, receipts) = take(&journal, payment("P2", 1, 100));
    let task = receipt_task(receipts[0]);
    journal.store(intent(2, 1, task.clone())).unwrap();
    let hold = Fate::Hold("too long".to_owned());
    journal.store(void(2, 1, Some(receipts[0]), hold)).unwrap();
    journal.store(cancelled(operation)).unwrap();
    let (operation, receipts) = take(&journal, payment("P3", 1, 100));
    let task = receipt_task(receipts[0]);
    journal.store(intent(2, 1, task.clone())).unwrap();
    journal.store(formed(2, 1, task)).unwrap();
    assert_eq!(refused(&journal, operation), "formed_already");
    assert_eq!(journal.findings(), []);
}

/// Each operation whose effects another one uses; and the other way round, the last one first, all
/// are cancelled and nothing is left.
#[test]
fn what_was_used_since_is_refused_until_what_used_it_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let opened = state_of(&journal, 0);
    let refund = EventKind::Refund(Refund {
        account: account(0),
        of: RefundOf::Advance {
            service: Some("INET".parse().unwrap()),
            period: None,
        },
        amount: Kopecks::new(20_000).unwrap(),
        kind: MoneyKind::Cashless,
        lost_date: None,
    });
    let recalc = EventKind::Recalc(engine::Recalc {
        account: account(0),
        service: "INET".parse().unwrap(),
        period: "2026-10".parse().unwrap(),
        delta: Kopecks::new(-5_000).unwrap(),
        to: RecalcTo::Advance,
        kind: None,
    });
    let done: Vec<Id> = [
        payment("P1", 0, 100_000),
        charge("C1", 0, 65_000),
        operation("F1", refund, "refund"),
        charge("C2", 0, 30_000),
        payment("P2", 0, 15_000),
        operation("R1", recalc, "recalc"),
    ]
    .map(|operation| take(&journal, operation).0)
    .to_vec();
    for used in [0, 3] {
        assert_eq!(refused(&journal, done[used]), "used_since", "{used}");
    }
    for operation in done.iter().rev() {
        journal.store(cancelled(*operation)).unwrap();
        assert_eq!(journal.findings(), []);
    }
    assert_eq!(state_of(&journal, 0), opened);
}

#[test]
fn offsets_and_money_of_an_unknown_payer_come_and_go_with_their_operations() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open_with(folder.path(), Ledger { consolidates: true });
    let month = "2026-10".parse().unwrap();
    take(&journal, payment("P1", 0, 100_000));
    let (charged, receipts) = take(&journal, charge("C1", 0, 65_000));
    assert_eq!(receipts, []);
    assert_eq!(journal.reader.offsets(month).unwrap().len(), 1);
    let close = EventKind::PeriodClose(PeriodClose {
        period: month,
        late_as_correction: true,
    });
    let (closed, receipts) = take(&journal, operation("M1", close, "close"));
    assert_eq!(receipts.len(), 1);
    assert_eq!(refused(&journal, charged), "used_since");
    journal.store(cancelled(closed)).unwrap();
    journal.store(cancelled(charged)).unwrap();
    assert_eq!(journal.reader.offsets(month).unwrap(), []);

    let mut unknown = payment("P2", 0, 5_000);
    as_payment(&mut unknown).account = None;
    as_payment(&mut unknown).channel = Channel::BankRegistry;
    let (unknown, _) = take(&journal, unknown);
    let identify = |key: &str| {
        let identify = Identify {
            payment: "P2".to_owned(),
            account: account(3),
        };
        operation(key, EventKind::Identify(identify), key)
    };
    let before = state_of(&journal, 3);
    let (identified, _) = take(&journal, identify("I1"));
    assert_eq!(refused(&journal, unknown), "used_since");
    journal.store(cancelled(identified)).unwrap();
    assert_eq!(state_of(&journal, 3), before);
    let (identified, _) = take(&journal, identify("I2"));
    journal.store(cancelled(identified)).unwrap();
    journal.store(cancelled(unknown)).unwrap();
    let answer = journal.submit_one(identify("I3"));
    assert!(matches!(answer, Submitted::Refused(_)), "{answer:?}");
    assert_eq!(journal.findings(), []);
}
