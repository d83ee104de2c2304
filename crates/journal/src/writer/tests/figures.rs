//! What the writer counts, and whether it gives a sign of life.

use super::*;
use crate::{FiguresView, ReceiptState};

fn reached(view: &FiguresView, state: ReceiptState) -> u64 {
    view.receipts[state as usize]
}

#[test]
fn what_is_durable_is_counted_once_and_what_failed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let (writer, _) = open(&store, Limits::default());
    let held = hold(&writer);
    let first = submit(&writer, "K1");
    let again = submit(&writer, "K1");
    // It fails after its own first operation was written.
    let mut broken = operation("K3");
    broken.api_key = Some(5);
    let half = ask(|reply| writer.submit(vec![operation("K2"), broken], reply));
    assert_eq!(writer.figures().view().queued, 3);
    drop(held);
    assert!(is_accepted(&first));
    assert!(matches!(
        again.recv().unwrap().as_deref(),
        Ok([Submitted::Repeated { .. }])
    ));
    half.recv().unwrap().unwrap_err();

    let view = writer.figures().view();
    assert_eq!(view.operations, [("charge", 1)].into());
    assert_eq!(reached(&view, ReceiptState::Queued), 1);
    assert_eq!((view.queued, view.batches, view.failures), (0, 2, 0));
    assert_eq!(
        (view.batch.count(), view.batch.sum),
        (2, 4.0),
        "one, then three commands"
    );
    assert_eq!(view.commit.count(), 2);

    // As a full disk does: the whole transaction is ended from below.
    let held = hold(&writer);
    let lost = submit(&writer, "K4");
    let end = on_thread(&writer, |_, connection| {
        connection.execute_batch("rollback")?;
        Ok(())
    });
    drop(held);
    lost.recv().unwrap().unwrap_err();
    end.recv().unwrap().unwrap_err();
    let view = writer.figures().view();
    assert_eq!((view.operations["charge"], view.failures), (1, 1));
}

#[test]
fn what_waits_for_people_is_known_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let (writer, _) = open(&store, Limits::default());
    let receipts = ["K1", "K2", "K3"].map(|key| match submit(&writer, key).recv().unwrap() {
        Ok(submitted) => match &submitted[..] {
            [Submitted::Accepted { receipts, .. }] => receipts[0],
            other => panic!("{other:?}"),
        },
        Err(error) => panic!("{error}"),
    });
    let set = |receipt: Id, state: &'static str| {
        let receipt = receipt.get();
        let sql = format!("update receipt set state = '{state}' where id = {receipt}");
        on_thread(&writer, move |_, connection| {
            connection.execute_batch(&sql)?;
            Ok(())
        })
        .recv()
        .unwrap()
        .unwrap();
    };
    set(receipts[0], "held");
    set(receipts[1], "in_doubt");
    set(receipts[2], "in_doubt");
    drop(writer);
    let (writer, _) = open(&store, Limits::default());
    let view = writer.figures().view();
    assert_eq!((view.held, view.in_doubt), (1, 2));
    assert_eq!(view.receipts, [0; 7], "counters begin anew");
}

#[test]
fn a_writer_that_hangs_gives_no_sign_of_life_and_a_full_queue_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _) = open(&Store::in_folder(folder.path()), Limits::default());
    ask(|reply| writer.ping(reply)).recv().unwrap().unwrap();
    let held = hold(&writer);
    let before = writer.figures().batches();
    // More than the queue takes: the last are not even queued, and none of them waits.
    let pings: Vec<_> = (0..=QUEUE_MAX)
        .map(|_| ask(|reply| writer.ping(reply)))
        .collect();
    assert!(pings[0].try_recv().is_err());
    assert!(pings[QUEUE_MAX].recv().is_err(), "there is no room for it");
    assert_eq!(writer.figures().batches(), before);
    drop(held);
    pings[0].recv().unwrap().unwrap();
    assert!(writer.figures().batches() > before);
}
