//! Shifts, tickets and registrations: what their checks tell, and what they let pass.

#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use audit::*;
use terms::{
    DocumentNumber, DriveNumber, LocalDateTime, OfdCode, OperationSign, Rnm, TaxSystem, TaxSystems,
    VatRate,
};

fn drive() -> DriveNumber {
    "9999078900000001".parse().unwrap()
}

fn totals(receipts: u32, cash: i128) -> ShiftTotals {
    let sums = [((OperationSign::Income, PaymentKind::Cash), Sum(cash))];
    ShiftTotals {
        documents: 5,
        receipts,
        sums: Some(sums.into()),
    }
}

#[test]
fn a_shift_differs_whichever_side_has_more() {
    let sum = |report, journal| {
        let (sign, kind) = (OperationSign::Income, PaymentKind::Cash);
        ShiftDifference::Sum(sign, kind, Sum(report), Sum(journal))
    };
    assert_eq!(shift_differences(&totals(3, 7), &totals(3, 7)), []);
    assert_eq!(shift_differences(&totals(3, 7), &totals(3, 8)), [sum(7, 8)]);
    assert_eq!(shift_differences(&totals(3, 8), &totals(3, 7)), [sum(8, 7)]);
    let counts = shift_differences(&totals(3, 7), &totals(2, 7));
    assert_eq!(counts, [ShiftDifference::Receipts(3, 2)]);
    let without_counters = ShiftTotals {
        sums: None,
        ..totals(3, 0)
    };
    assert_eq!(
        shift_differences(&without_counters, &totals(3, 8)),
        [],
        "FFD 1.05 has no sums"
    );
}

#[test]
fn late_and_refused_documents_are_told_apart() {
    let now: LocalDateTime = "2026-03-05T12:00".parse().unwrap();
    let document = |number, minutes: i64, ticket| DocumentTicket {
        drive: drive(),
        document: DocumentNumber(number),
        formed: now.plus_minutes(-minutes).unwrap(),
        ticket,
    };
    let documents = [
        document(1, 500, Some(OfdCode::ACCEPTED)),
        document(2, 500, Some(OfdCode::FORMAT_REFUSED)),
        document(3, 61, None),
        document(4, 60, None),
    ];
    let report = TicketReport::of(&UnsentLimits::default(), now, documents, 10);
    let numbers = |list: &List<DocumentTicket>| -> Vec<u32> {
        list.shown
            .iter()
            .map(|document| document.document.get())
            .collect()
    };
    assert_eq!(
        (numbers(&report.refused), numbers(&report.late)),
        (vec![2], vec![3])
    );
}

#[test]
fn a_document_is_held_to_the_registration_of_its_day() {
    let register = Rnm::compose(1, "7707083893".parse().unwrap(), "00106900000001").unwrap();
    let registration = |from: &str, system, rate| Registration {
        register,
        from: from.parse().unwrap(),
        systems: TaxSystems::of([system]).unwrap(),
        rates: vec![rate],
    };
    let (old, new) = (TaxSystem::ALL[0], TaxSystem::ALL[1]);
    let registrations = [
        registration("2026-03-01", new, VatRate::V5),
        registration("2025-01-01", old, VatRate::V22),
    ];
    let refused = |date: &str, system, rate| {
        let document = DocumentTax {
            drive: drive(),
            document: DocumentNumber(7),
            register,
            date: date.parse().unwrap(),
            system,
            rates: vec![rate],
        };
        tax_not_registered(&registrations, &document).is_some()
    };
    assert!(!refused("2026-02-28", old, VatRate::V22));
    assert!(!refused("2026-03-01", new, VatRate::V5));
    assert!(refused("2026-02-28", new, VatRate::V22));
    assert!(refused("2026-03-01", new, VatRate::V22));
    assert!(
        refused("2024-12-31", old, VatRate::V22),
        "nothing was registered yet"
    );
}
