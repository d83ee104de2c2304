//! No list looks at a whole large table, whatever is asked for.

use proptest::prelude::*;
use rusqlite::{Connection, params_from_iter, types::Value};
use terms::{DocumentNumber, FiscalSign, Id, Kopecks, OperationSign};

use super::*;
use crate::{ReceiptState, schema};

/// What may be looked at from end to end: small, or partial and small.
const SMALL: [&str; 4] = [
    "drive",
    "v",
    // Receipts that undo a second document.
    "receipt_return",
    // A row for each day and drive.
    "document_shift_opened",
];

/// Fails when a query would look at a large table from end to end.
pub(super) fn look_at_plan(connection: &Connection, sql: &str, values: &[Value]) {
    let mut plan = connection
        .prepare(&format!("explain query plan {sql}"))
        .unwrap();
    let mut rows = plan.query(params_from_iter(values)).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let step: String = row.get("detail").unwrap();
        let is_small = SMALL
            .iter()
            .any(|name| step.split(' ').any(|word| word == *name));
        let is_scan = step.starts_with("SCAN ")
            && !step.contains("CONSTANT ROW")
            && !step.contains("(subquery");
        assert!(!is_scan || is_small, "{step}, of {sql}");
    }
}

pub(crate) fn journal() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection, 0).unwrap();
    connection
}

fn id(number: i64) -> Id {
    Id::from_number(number).unwrap()
}

fn pages<P: Clone + std::fmt::Debug + 'static>(place: P) -> impl Strategy<Value = Page<P>> {
    (any::<bool>(), any::<bool>(), 1_u32..=1_000).prop_map(move |(ascending, begun, limit)| Page {
        after: begun.then(|| place.clone()),
        order: if ascending {
            Order::Ascending
        } else {
            Order::Descending
        },
        limit,
    })
}

fn days() -> impl Strategy<Value = Days> {
    let day = || prop::option::of(Just("2026-11-20".parse().unwrap()));
    (day(), day()).prop_map(|(from, to)| Days { from, to })
}

fn span() -> impl Strategy<Value = Span> {
    let moment = || prop::option::of(any::<i64>());
    (moment(), moment()).prop_map(|(from_ms, before_ms)| Span { from_ms, before_ms })
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(value: T) -> impl Strategy<Value = Option<T>> {
    prop::option::of(Just(value))
}

prop_compose! {
    fn operations_of()(
        account in maybe("A1".parse().unwrap()), kind in maybe("payment".to_owned()),
        days in days(), accepted in span(), key_prefix in maybe("K".to_owned()),
        sent_by in maybe("billing".to_owned()),
    ) -> OperationsOf {
        OperationsOf { account, kind, days, accepted, key_prefix, sent_by, utc_offset: 10_800 }
    }
}

prop_compose! {
    fn document_of()(
        drive in maybe("9999078902000001".parse().unwrap()), number in maybe(DocumentNumber(7)),
        fiscal_sign in maybe(FiscalSign(7)), shift in maybe(3), receipt_number in maybe(4),
    ) -> DocumentOf {
        DocumentOf { drive, number, fiscal_sign, shift, receipt_number }
    }
}

prop_compose! {
    fn receipts_of()(
        account in maybe("A1".parse().unwrap()),
        states in prop::sample::subsequence(ReceiptState::ALL.to_vec(), 0..3),
        days in days(), accepted in span(), operation in maybe(id(1)), document in document_of(),
        sign in maybe(OperationSign::Income), is_correction in maybe(true),
        total in maybe(Kopecks::new(100).unwrap()),
    ) -> ReceiptsOf {
        ReceiptsOf { account, states, days, accepted, operation, document, sign, is_correction, total }
    }
}

prop_compose! {
    fn accounts_of()(
        prefix in maybe("10".to_owned()), contact in maybe("+79161234567".to_owned()),
        saldo in prop::option::of(prop::sample::select(SaldoSign::ALL.to_vec())),
        changed_since_ms in maybe(5),
    ) -> AccountsOf {
        AccountsOf { prefix, contact, saldo, changed_since_ms }
    }
}

proptest! {
    #[test]
    fn operations_are_found_without_looking_at_all(of in operations_of(), page in pages(id(9))) {
        operations::list(&journal(), &of, &page).unwrap();
    }

    #[test]
    fn receipts_are_found_without_looking_at_all(of in receipts_of(), page in pages(id(9))) {
        receipts::list(&journal(), &of, &page).unwrap();
    }

    #[test]
    fn accounts_are_found_without_looking_at_all(
        of in accounts_of(), page in pages("A5".parse().unwrap()),
    ) {
        accounts::list(&journal(), &of, &page).unwrap();
    }

    #[test]
    fn shifts_are_found_by_their_openings(
        slot in maybe(1), drive in maybe("9999078902000001".parse().unwrap()), days in days(),
        page in pages("2026-11-20T10:00/1/7".parse().unwrap()),
    ) {
        shifts::list(&journal(), &ShiftsOf { slot, drive, days }, &page).unwrap();
    }

    #[test]
    fn documents_are_found_by_their_numbers(
        from in maybe(DocumentNumber(2)), to in maybe(DocumentNumber(9)),
        page in pages(DocumentNumber(5)),
    ) {
        let drive = "9999078902000001".parse().unwrap();
        documents::list(&journal(), &DocumentsOf { drive, from, to }, &page).unwrap();
    }
}

#[test]
fn drives_and_statements_are_found_by_what_is_theirs() {
    let journal = journal();
    drives::list(&journal, None).unwrap();
    drives::list(&journal, Some("9999078902000001".parse().unwrap())).unwrap();
    let account = "A1".parse().unwrap();
    journal
        .execute(
            "insert into account (number, state, opening_saldo, saldo, changed_at) \
             values ('A1', '{\"payer\":\"individual\"}', 5, 5, 0)",
            [],
        )
        .unwrap();
    let of = StatementOf {
        account,
        span: Span::default(),
    };
    let page = Page {
        after: None,
        order: Order::Ascending,
        limit: 10,
    };
    let statement = statement::statement(&journal, &of, &page).unwrap().unwrap();
    assert_eq!((statement.opening.get(), statement.closing.get()), (5, 5));
}

/// A rare type among many: each page looks at so many rows, and none is missed.
#[test]
fn what_is_rare_is_found_on_later_pages() {
    let journal = journal();
    journal
        .execute_batch(&format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) \
             insert into operation select i << 20, 'K' || i, i, x'', \
             iif(i % 9000 = 0, 'refund', 'charge'), null, 0, '{{}}', '[]', 0, null, null from n",
            3 * LOOKED_AT_MAX
        ))
        .unwrap();
    for order in [Order::Ascending, Order::Descending] {
        let of = OperationsOf {
            kind: Some("refund".to_owned()),
            ..OperationsOf::default()
        };
        let (mut after, mut found, mut walked) = (None, Vec::new(), 0);
        loop {
            let page = Page {
                after,
                order,
                limit: 2,
            };
            let listed = operations::list(&journal, &of, &page).unwrap();
            found.extend(listed.rows.iter().map(|id| id.get() >> 20));
            walked += 1;
            after = listed.next;
            if after.is_none() {
                break;
            }
        }
        found.sort_unstable();
        assert_eq!(found, [9_000, 18_000, 27_000], "{order:?}");
        assert_eq!(walked, 4, "three stretches are full, the fourth is empty");
    }
}
