//! What the hot ways cost in allocations: a checked receipt its own bytes, hostile bytes next to
//! nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use allocation_counter::measure;
use ffd::{
    Cashier, DecodeError, Line, MAX_DOCUMENT_LEN, Payments, Place, Reader, Receipt,
    RegistrationFacts, Tree, UsageConditions,
    check::{check_document, checked_tlv},
};
use proptest::prelude::*;
use terms::{
    FfdVersion, Kopecks, OperationSign, PaymentMethod, SettlementSubject, TaxSystem, TaxSystems,
    VatCode,
};

fn facts() -> RegistrationFacts {
    RegistrationFacts {
        ffd: FfdVersion::V1_2,
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        agent_kinds: None,
        offline: false,
        automatic: false,
        encryption: false,
        conditions: UsageConditions(UsageConditions::SERVICES),
    }
}

/// Three services, paid by card.
fn receipt() -> Receipt {
    let line = |name: &str| {
        let (method, subject) = (PaymentMethod::FullSettlement, SettlementSubject::Service);
        let amount = Kopecks::new(40_010).unwrap();
        Line::new(name, amount, method, subject, VatCode::V22)
    };
    let lines = ["Отопление", "Горячая вода", "Содержание жилья"]
        .map(line)
        .to_vec();
    let mut receipt = Receipt::new(
        FfdVersion::V1_2,
        OperationSign::Income,
        TaxSystem::Common,
        lines,
        Payments::cashless(Kopecks::new(120_030).unwrap()),
    );
    receipt.settlement = Some(Place {
        address: "101000, г. Москва, ул. Мясницкая, д. 1".into(),
        place: "Касса № 1".into(),
    });
    receipt.user_name = Some("ООО «Тепло»".into());
    receipt.cashier = Some(Cashier {
        name: "Иванов И.И.".into(),
        inn: Some("500100732259".parse().unwrap()),
    });
    receipt.buyer_contact = Some("a@b.ru".into());
    receipt.sender_email = Some("check@example.ru".into());
    receipt.fns_site = Some("www.nalog.gov.ru".into());
    receipt
}

#[test]
fn a_good_receipt_costs_the_allocation_of_its_bytes() {
    let (receipt, facts) = (receipt(), facts());
    // The tables are read once in the life of a process.
    assert!(checked_tlv(&receipt, &facts).is_ok());
    let info = measure(|| drop(checked_tlv(&receipt, &facts)));
    assert_eq!(info.count_total, 1, "{info:?}");
}

#[test]
fn reading_a_good_list_allocates_nothing_but_its_values() {
    let tlv = checked_tlv(&receipt(), &facts()).unwrap();
    let walk = || Reader::new(&tlv).map(|field| field.map(|it| it.bytes().len()));
    let sum: Result<usize, DecodeError> = walk().sum();
    assert!(sum.is_ok());
    let info = measure(|| assert_eq!(walk().count(), walk().count()));
    assert_eq!(info.count_total, 0, "{info:?}");
}

/// Elements whose lengths promise anything.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let tag = prop_oneof![
        Just(1059_u16),
        Just(1084),
        Just(1030),
        Just(1020),
        Just(1157),
        any::<u16>()
    ];
    let element = (
        tag,
        any::<u16>(),
        prop::collection::vec(any::<u8>(), 0..40),
        any::<bool>(),
    );
    let elements = prop::collection::vec(element, 0..12);
    elements.prop_map(|elements| {
        let mut bytes = Vec::new();
        for (tag, promised, value, honest) in elements {
            let len = if honest { value.len() as u16 } else { promised };
            bytes.extend(tag.to_le_bytes());
            bytes.extend(len.to_le_bytes());
            bytes.extend(value);
        }
        bytes
    })
}

proptest! {
    #[test]
    fn a_promised_length_is_never_allocated(bytes in hostile()) {
        // An element in memory is larger than its four bytes on the wire; an error has a message.
        const PER_BYTE: u64 = 48;
        const MESSAGE: u64 = 2_048;
        let most = PER_BYTE * bytes.len() as u64 + MESSAGE;
        let mut whole = vec![3, 0];
        whole.extend((bytes.len() as u16).to_le_bytes());
        whole.extend(&bytes);
        let warm = Tree::parse(&bytes);
        let info = measure(|| drop(Tree::parse(&bytes)));
        prop_assert!(info.bytes_max <= most, "{} bytes: {info:?}, {warm:?}", bytes.len());
        let _ = check_document(&whole, FfdVersion::V1_2);
    }
}

#[test]
fn a_torn_element_of_the_greatest_length_costs_a_message() {
    let mut bytes = vec![0x06, 0x04, 0xFF, 0xFF];
    bytes.resize(100, b'x');
    assert!(Tree::parse(&bytes).is_err());
    let info = measure(|| drop(Tree::parse(&bytes)));
    assert!(info.bytes_total < 512, "{info:?}");
    bytes.resize(MAX_DOCUMENT_LEN + 5, b'x');
    let info = measure(|| drop(Tree::parse(&bytes)));
    assert!(info.bytes_total < 512, "{info:?}");
}
