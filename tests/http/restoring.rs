//! The past is restored: what was lost or wrong gets its corrections, once, and only as it was
//! approved. At the desk; how faces speak of it is told elsewhere.

use std::num::NonZeroU32;

use desk::{
    Change, DeskError, FixOrder, FixTarget, LostOrder, Pace, ReceiptState, ReceiptsOf,
    RestorationClass as Class, RestorationRowState as RowState, RestorationRowView,
    RestorationState as State, RestorationView, RestoreError, RowsOf, RunOrder, Signed,
    StatementFile, Swap,
};
use serde_json::json;
use terms::{Basis, FfdVersion, Id, LocalDate, OperationSign, ReasonCode, VatRate};

use crate::{
    imports::{Line, load, registry},
    stand::{Stand, account, payment, services, until},
};

const ONE: &str = "0000001001";
const TWO: &str = "0000001002";

async fn ready_with(change: impl FnOnce(&mut desk::Setup)) -> Stand {
    let stand = Stand::ready_with(change).await;
    assert_eq!(stand.put("/v1/services", &services()).await.status, 200);
    for number in [ONE, TWO] {
        assert_eq!(stand.put(&account(number), &json!({})).await.status, 201);
    }
    stand
}

/// The day that was lost: two months ago.
fn lost_day(stand: &Stand) -> LocalDate {
    let today = stand.desk().clock().local().date();
    today.plus_days(-60).unwrap()
}

fn lost(stand: &Stand, lines: &[Line<'_>]) -> LostOrder {
    let day = lost_day(stand);
    LostOrder {
        from: day,
        to: day.plus_days(1).unwrap(),
        files: vec![StatementFile {
            name: "lost.txt".to_owned(),
            bytes: registry(day, lines).into_bytes(),
        }],
        profile: None,
        basis: Basis::new(ReasonCode::LostSource),
        by: "Анна".to_owned(),
        sender: None,
    }
}

fn vat_fix(receipts: FixTarget, from: VatRate, to: VatRate) -> FixOrder {
    FixOrder {
        receipts,
        change: Change {
            vat: Some(Swap {
                from: Some(from),
                to,
            }),
            ..Change::default()
        },
        basis: Basis::new(ReasonCode::WrongVat),
        by: "Анна".to_owned(),
        sender: None,
    }
}

fn signed(by: &str) -> Signed {
    Signed {
        by: by.to_owned(),
        reason: String::new(),
        key: None,
    }
}

fn count(view: &RestorationView, class: Class) -> u64 {
    let found = view.classes.iter().find(|(known, ..)| *known == class);
    found.map_or(0, |(_, rows, _)| *rows)
}

fn rows(stand: &Stand, id: i64) -> Vec<RestorationRowView> {
    let of = RowsOf {
        limit: 1_000,
        ..RowsOf::default()
    };
    stand.desk().restoration_rows(id, of).unwrap().rows
}

async fn approve(stand: &Stand, view: &RestorationView) {
    let hash = view.head.hash.as_deref().unwrap();
    let approved = stand
        .desk()
        .approve_restoration(view.head.id, hash, signed("Борис"));
    assert_eq!(approved.await.unwrap().head.state, State::Approved);
}

async fn run(stand: &Stand, id: i64, limit: Option<u64>) {
    let order = RunOrder {
        limit,
        pace: Pace::AtOnce,
        pause_on: None,
    };
    let running = stand.desk().run_restoration(id, order, signed("Анна"));
    assert_eq!(running.await.unwrap().head.state, State::Running);
}

async fn comes_to(stand: &Stand, id: i64, state: State) -> RestorationView {
    until(&format!("restoration {id} is {state}"), async || {
        let view = stand.desk().restoration(id).await.unwrap();
        (view.head.state == state).then_some(view)
    })
    .await
}

fn code(error: &DeskError) -> &'static str {
    match error {
        DeskError::Restore(why) => why.code(),
        other => panic!("{other}"),
    }
}

/// The receipts of an operation, by its key.
async fn receipts(stand: &Stand, key: &str) -> Vec<desk::ReceiptView> {
    let operation = stand.desk().operation_by_key(key).await.unwrap();
    operation
        .unwrap_or_else(|| panic!("no operation «{key}»"))
        .receipts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_registry_is_restored_once_when_a_second_person_has_approved() {
    let stand = ready_with(|_| ()).await;
    let day = lost_day(&stand);
    let known = load(
        &stand,
        "known.txt",
        "",
        &registry(day, &[("7001", ONE, "10.00")]),
    )
    .await;
    assert_eq!(known.status, 201, "{known:?}");
    let lines = [
        ("7001", ONE, "10.00"),
        ("7002", ONE, "650.00"),
        ("7003", TWO, "12.34"),
        ("7004", "0000009999", "5.00"),
    ];
    let before = stand.stored().0;
    let plan = stand.desk().plan_lost(lost(&stand, &lines)).await.unwrap();
    let id = plan.head.id;
    assert_eq!(stand.stored().0, before, "a plan changes nothing");
    assert_eq!(plan.head.state, State::Draft);
    let classes = [Class::Missing, Class::Exists, Class::NotOurs];
    assert_eq!(classes.map(|class| count(&plan, class)), [2, 1, 1]);
    assert_eq!(plan.head.amount.to_string(), "662.34");
    assert_eq!(plan.files[0].rows, 4);
    let sums: i64 = plan.totals.iter().map(|row| row.after.0.get()).sum();
    assert_eq!(sums, 66_234, "{:?}", plan.totals);

    let hash = plan.head.hash.clone().unwrap();
    let desk = stand.desk();
    let own = desk.approve_restoration(id, &hash, signed("анна")).await;
    assert_eq!(code(&own.unwrap_err()), "same_person");
    let other = "0".repeat(64);
    let other = desk.approve_restoration(id, &other, signed("Борис")).await;
    assert_eq!(code(&other.unwrap_err()), "other_hash");
    let early = desk
        .run_restoration(id, RunOrder::default(), signed("Анна"))
        .await;
    assert_eq!(code(&early.unwrap_err()), "not_now");
    approve(&stand, &plan).await;
    // A cassette without other receipts has no room for corrections within the share.
    let spread = desk
        .run_restoration(id, RunOrder::default(), signed("Анна"))
        .await;
    assert_eq!(code(&spread.unwrap_err()), "does_not_fit");
    run(&stand, id, None).await;
    let done = comes_to(&stand, id, State::Done).await;
    assert_eq!(done.progress.accepted, 2);

    stand.all_acknowledged().await;
    for (key, sum) in [("sber:7002", 65_000), ("sber:7003", 1_234)] {
        let [receipt] = &receipts(&stand, key).await[..] else {
            panic!("one receipt of {key}")
        };
        assert_eq!(receipt.receipt.total.get(), sum);
        let correction = receipt.receipt.correction.as_ref().unwrap();
        assert_eq!(correction.date, day, "it is told of the lost day");
    }
    let zip = stand.desk().restoration_report(id).await.unwrap();
    assert!(zip.starts_with(b"PK"));
    assert_eq!(zip, stand.desk().restoration_report(id).await.unwrap());

    // The same file once more, by either way.
    let again = load(&stand, "again.txt", "", &registry(day, &lines)).await;
    assert_eq!(
        (&again.body["accepted"], &again.body["duplicates"]),
        (&json!(0), &json!(3))
    );
    let again = stand.desk().plan_lost(lost(&stand, &lines)).await.unwrap();
    assert_eq!(
        (count(&again, Class::Missing), count(&again, Class::Exists)),
        (0, 3)
    );
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_stops_after_each_row_restores_each_once() {
    let mut stand = ready_with(|setup| setup.restore.packet = NonZeroU32::MIN).await;
    let lines = [
        ("1", ONE, "1.00"),
        ("2", TWO, "2.00"),
        ("3", ONE, "3.00"),
        ("4", TWO, "4.00"),
        ("5", ONE, "5.00"),
    ];
    let plan = stand.desk().plan_lost(lost(&stand, &lines)).await.unwrap();
    let id = plan.head.id;
    approve(&stand, &plan).await;
    run(&stand, id, None).await;
    for row in 1..=lines.len() as u64 {
        until("one more row is accepted", async || {
            let view = stand.desk().restoration(id).await.unwrap();
            (view.progress.accepted >= row).then_some(())
        })
        .await;
        stand.close().await;
        stand.open().await;
    }
    comes_to(&stand, id, State::Done).await;
    stand.all_acknowledged().await;
    let mut sums: Vec<i64> = stand.receipts_on_drives().iter().map(|it| it.2).collect();
    sums.sort_unstable();
    assert_eq!(sums, [100, 200, 300, 400, 500]);
    let operations: Vec<Option<Id>> = rows(&stand, id).iter().map(|row| row.operation).collect();
    assert!(operations.iter().all(Option::is_some), "{operations:?}");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_since_the_approval_is_not_formed() {
    let stand = ready_with(|_| ()).await;
    let lines = [("1", ONE, "100.00"), ("2", TWO, "100.00")];
    let plan = stand.desk().plan_lost(lost(&stand, &lines)).await.unwrap();
    let id = plan.head.id;
    approve(&stand, &plan).await;
    // A debt of a month before the lost day: the lost payment would have paid it.
    let month = lost_day(&stand).plus_days(-45).unwrap().period();
    let charge = json!({"type": "charge", "key": "late", "account": ONE,
        "lines": [{"service": "INET", "period": month.to_string(), "amount": "40.00"}]});
    assert_eq!(stand.post("", &charge).await.status, 202);
    run(&stand, id, None).await;
    let done = comes_to(&stand, id, State::Done).await;
    assert_eq!((done.progress.accepted, done.progress.changed), (1, 1));
    let rows = rows(&stand, id);
    let changed = rows.iter().find(|row| row.account == ONE).unwrap();
    assert_eq!(changed.state, RowState::Changed);
    assert!(changed.reason.contains("approved"), "{}", changed.reason);
    assert!(
        stand
            .desk()
            .operation_by_key("sber:1")
            .await
            .unwrap()
            .is_none()
    );

    // It comes into the next plan as it is now.
    let next = stand.desk().plan_lost(lost(&stand, &lines)).await.unwrap();
    assert_eq!(
        (count(&next, Class::Missing), count(&next, Class::Exists)),
        (1, 1)
    );
    approve(&stand, &next).await;
    run(&stand, next.head.id, None).await;
    comes_to(&stand, next.head.id, State::Done).await;
    let [receipt] = &receipts(&stand, "sber:1").await[..] else {
        panic!("one receipt")
    };
    let lines = receipt.receipt.lines.iter();
    assert_eq!(
        lines.filter(|line| !line.is_advance()).count(),
        1,
        "it pays the debt"
    );
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_waits_in_one_plan_only() {
    let stand = ready_with(|_| ()).await;
    let lines = [("1", ONE, "1.00"), ("2", ONE, "2.00"), ("3", TWO, "3.00")];
    let first = stand
        .desk()
        .plan_lost(lost(&stand, &lines[..2]))
        .await
        .unwrap();
    let second = stand.desk().plan_lost(lost(&stand, &lines)).await.unwrap();
    assert_eq!(
        (
            count(&second, Class::Missing),
            count(&second, Class::Refused)
        ),
        (1, 2)
    );
    let refused = rows(&stand, second.head.id);
    let refused = refused
        .iter()
        .find(|row| row.class == Class::Refused)
        .unwrap();
    let said = format!("restoration {}", first.head.id);
    assert!(refused.reason.contains(&said), "{}", refused.reason);

    // A limit lets go so many rows; what is left is given up.
    approve(&stand, &first).await;
    run(&stand, first.head.id, Some(1)).await;
    let paused = comes_to(&stand, first.head.id, State::Paused).await;
    assert!(paused.head.why.unwrap().contains("limited"));
    let silent = stand
        .desk()
        .abandon_restoration(first.head.id, signed("Анна"))
        .await;
    assert!(matches!(silent, Err(DeskError::NotSigned(_))));
    let reason = Signed {
        reason: "реестр неполный".to_owned(),
        ..signed("Анна")
    };
    let abandoned = stand
        .desk()
        .abandon_restoration(first.head.id, reason)
        .await
        .unwrap();
    assert_eq!(abandoned.head.state, State::Abandoned);
    let states: Vec<RowState> = rows(&stand, first.head.id)
        .iter()
        .map(|row| row.state)
        .collect();
    assert_eq!(states, [RowState::Accepted, RowState::Dropped]);
    let third = stand
        .desk()
        .plan_lost(lost(&stand, &lines[..2]))
        .await
        .unwrap();
    assert_eq!(
        (count(&third, Class::Missing), count(&third, Class::Exists)),
        (1, 1)
    );
    stand.all_acknowledged().await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_receipts_are_fixed_once_and_a_fix_can_be_fixed() {
    let stand = ready_with(|_| ()).await;
    for (key, number) in [("p1", ONE), ("p2", TWO)] {
        assert_eq!(
            stand
                .post("?wait=30", &payment(key, number, "122.00"))
                .await
                .status,
            201
        );
    }
    let wrong: Vec<Id> = vec![
        receipts(&stand, "p1").await[0].id,
        receipts(&stand, "p2").await[0].id,
    ];
    let query = || FixTarget::Query(Box::default());
    let plan = stand
        .desk()
        .plan_fix(vat_fix(query(), VatRate::V22, VatRate::V10))
        .await
        .unwrap();
    assert_eq!(count(&plan, Class::Wrong), 2);
    assert_eq!(plan.head.change.as_deref(), Some("vat 22 → 10"));
    approve(&stand, &plan).await;
    run(&stand, plan.head.id, None).await;
    comes_to(&stand, plan.head.id, State::Done).await;
    stand.all_acknowledged().await;
    let keys: Vec<String> = rows(&stand, plan.head.id)
        .into_iter()
        .map(|row| row.key)
        .collect();
    let fixed = receipts(&stand, &keys[0]).await;
    let signs: Vec<OperationSign> = fixed.iter().map(|it| it.receipt.operation).collect();
    assert_eq!(signs, [OperationSign::IncomeReturn, OperationSign::Income]);
    assert_eq!(fixed[1].receipt.lines[0].vat_code.rate(), VatRate::V10);
    let zip = stand.desk().restoration_report(plan.head.id).await.unwrap();
    assert!(zip.starts_with(b"PK"));

    // The wrong ones are named again: what has corrected them is told.
    let again = vat_fix(FixTarget::Ids(wrong), VatRate::V22, VatRate::V10);
    let again = stand.desk().plan_fix(again).await.unwrap();
    assert_eq!(count(&again, Class::Corrected), 2);
    let told = &rows(&stand, again.head.id)[0].reason;
    assert!(told.contains(&fixed[0].operation.to_string()), "{told}");
    // A query finds nothing that is wrong any more, and nothing that takes another one back.
    let formed = ReceiptsOf {
        states: vec![ReceiptState::Acknowledged],
        is_correction: Some(true),
        ..ReceiptsOf::default()
    };
    let none = vat_fix(
        FixTarget::Query(Box::new(formed)),
        VatRate::V22,
        VatRate::V10,
    );
    let none = stand.desk().plan_fix(none).await;
    assert_eq!(code(&none.unwrap_err()), "nothing_to_restore");

    let second = vat_fix(
        FixTarget::Ids(vec![fixed[1].id]),
        VatRate::V10,
        VatRate::V20,
    );
    let second = stand.desk().plan_fix(second).await.unwrap();
    assert_eq!(count(&second, Class::Wrong), 1);
    approve(&stand, &second).await;
    run(&stand, second.head.id, None).await;
    comes_to(&stand, second.head.id, State::Done).await;
    stand.all_acknowledged().await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_cannot_be_restored() {
    let stand = ready_with(|_| ()).await;
    let day = lost_day(&stand);
    let desk = stand.desk();
    let good = || lost(&stand, &[("1", ONE, "1.00")]);
    let days = |from: i32, to: i32| LostOrder {
        from: day.plus_days(from).unwrap(),
        to: day.plus_days(to).unwrap(),
        ..good()
    };
    for order in [days(1, 0), days(0, 100)] {
        assert_eq!(code(&desk.plan_lost(order).await.unwrap_err()), "bad_days");
    }
    let none = LostOrder {
        files: Vec::new(),
        ..good()
    };
    assert_eq!(
        code(&desk.plan_lost(none).await.unwrap_err()),
        "nothing_to_restore"
    );
    let mut told = good();
    told.basis.source_doc = Some("реестр".to_owned());
    assert_eq!(
        code(&desk.plan_lost(told).await.unwrap_err()),
        "basis_required"
    );
    let mut cut = good();
    let bytes = &mut cut.files[0].bytes;
    bytes.truncate(bytes.len() / 2);
    assert!(matches!(
        desk.plan_lost(cut).await,
        Err(DeskError::Import(_))
    ));
    let outside = desk.plan_lost(days(1, 2)).await.unwrap();
    assert_eq!(count(&outside, Class::Outside), 1);
    assert!(matches!(
        desk.restoration(99).await,
        Err(DeskError::Restore(RestoreError::Unknown(99)))
    ));
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_oldest_format_a_fix_is_a_return_and_what_was_lost_has_no_lines() {
    let stand = ready_with(|setup| setup.receipts.ffd = FfdVersion::V1_05).await;
    let paid = stand.post("?wait=30", &payment("p1", ONE, "122.00")).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let lost = lost(&stand, &[("1", TWO, "50.00")]);
    let lost = stand.desk().plan_lost(lost).await.unwrap();
    let wrong = FixTarget::Ids(vec![receipts(&stand, "p1").await[0].id]);
    let fix = vat_fix(wrong, VatRate::V22, VatRate::V20);
    let fix = stand.desk().plan_fix(fix).await.unwrap();
    for plan in [&lost, &fix] {
        assert_eq!(plan.head.to_do, 1);
        approve(&stand, plan).await;
        run(&stand, plan.head.id, None).await;
        comes_to(&stand, plan.head.id, State::Done).await;
    }
    stand.all_acknowledged().await;
    let restored = &receipts(&stand, "sber:1").await[0].receipt;
    assert!(restored.correction.is_some() && restored.lines.is_empty());
    let fixed = receipts(&stand, &rows(&stand, fix.head.id)[0].key).await;
    let [reversing, right] = &fixed[..] else {
        panic!("two receipts")
    };
    for receipt in [reversing, right] {
        assert!(receipt.receipt.correction.is_none(), "an ordinary receipt");
        assert!(receipt.receipt.corrects.is_some(), "it names the wrong one");
    }
    // Returns raise the share of returns, not that of corrections.
    let view = stand.desk().restoration(fix.head.id).await.unwrap();
    let returns: u64 = view.shares.iter().map(|share| share.returns).sum();
    let corrections: u64 = view.shares.iter().map(|share| share.corrections).sum();
    assert_eq!((returns, corrections), (1, 1));
    for plan in [lost, fix] {
        let zip = stand.desk().restoration_report(plan.head.id).await.unwrap();
        assert!(zip.starts_with(b"PK"));
    }
    stand.check();
}
