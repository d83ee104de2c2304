//! Receipts as a drive gets them.

use terms::{FfdVersion, Kopecks, LocalDate, PaymentMethod, VatCode};

use super::{line, rub, stored, usual_receipt};
use crate::{
    Agent, AgentKinds, Buyer, Correction, Form, Quantity, Receipt, Tag, Tree, UserProperty, Value,
    is_formed_by_drive,
};

fn host_tree(receipt: &Receipt) -> Tree {
    Tree::parse(&receipt.host_tlv().unwrap()).unwrap()
}

fn money(tree: &Tree, tag: Tag) -> Option<String> {
    tree.get(tag)?.as_money().map(|sum| sum.to_string())
}

/// The entries of 1115: rate code and tax.
fn entries(tree: &Tree) -> Vec<(u8, String)> {
    let sums = tree.get(Tag::RECEIPT_VAT_SUMS).and_then(Value::as_list);
    let entries = sums
        .iter()
        .flat_map(|sums| sums.all(Tag::RECEIPT_VAT_ENTRY));
    entries
        .filter_map(|entry| {
            let entry = entry.as_list()?;
            let tax = entry.get(Tag::RECEIPT_VAT_SUM)?.as_money()?;
            Some((entry.get(Tag::VAT_CODE)?.as_byte()?, tax.to_string()))
        })
        .collect()
}

#[test]
fn the_host_passes_nothing_that_the_drive_forms() {
    let tree = host_tree(&usual_receipt());
    for element in &tree {
        assert!(
            !is_formed_by_drive(element.tag, FfdVersion::V1_2),
            "{}",
            element.tag
        );
    }
    let mut old = usual_receipt();
    old.ffd = FfdVersion::V1_05;
    assert_eq!(host_tree(&old).get(Tag::FFD_VERSION), Some(&Value::Byte(2)));
}

#[test]
fn tax_at_22_percent_stands_in_1115_with_a_stub_of_1104() {
    let tree = host_tree(&usual_receipt());
    assert_eq!(
        entries(&tree),
        [(11, "108.20".into()), (12, "37.38".into())]
    );
    assert_eq!(money(&tree, Tag::TURNOVER_VAT_0).as_deref(), Some("0.00"));
    assert_eq!(money(&tree, Tag::TURNOVER_NO_VAT), None);
    assert_eq!(stored(&usual_receipt()).vat_totals.get(VatCode::V0), None);
}

#[test]
fn the_stub_is_not_needed_beside_another_total() {
    let mut receipt = usual_receipt();
    receipt.lines[1] = line(
        "Пени: Интернет",
        "207.30",
        PaymentMethod::FullSettlement,
        VatCode::Exempt,
    );
    let tree = host_tree(&receipt);
    assert_eq!(entries(&tree), [(11, "108.20".into())]);
    assert_eq!(
        money(&tree, Tag::TURNOVER_NO_VAT).as_deref(),
        Some("207.30")
    );
    assert_eq!(money(&tree, Tag::TURNOVER_VAT_0), None);

    receipt.lines.remove(0);
    let tree = host_tree(&receipt);
    assert!(entries(&tree).is_empty());
    assert_eq!(money(&tree, Tag::TURNOVER_VAT_0), None);
    let line = tree.get(Tag::ITEM).and_then(Value::as_list).unwrap();
    assert_eq!(
        money(line, Tag::ITEM_VAT_SUM).as_deref(),
        Some("207.30"),
        "ФНС code 526"
    );
}

#[test]
fn tax_is_rounded_line_by_line() {
    let mut receipt = usual_receipt();
    let kopecks = line(
        "Услуга",
        "0.03",
        PaymentMethod::FullSettlement,
        VatCode::V20,
    );
    receipt.lines = vec![kopecks; 7];
    let tree = host_tree(&receipt);
    assert_eq!(money(&tree, Tag::VAT_20_SUM).as_deref(), Some("0.07"));
}

#[test]
fn a_receipt_with_everything_comes_back() {
    let mut receipt = usual_receipt();
    receipt.user_name = Some("ООО \"Связь\"".into());
    receipt.sender_email = Some("check@example.ru".into());
    receipt.buyer_contact = Some("buyer@example.ru".into());
    receipt.internet = true;
    receipt.internet_only = true;
    receipt.automat_number = Some("A-1".into());
    receipt.additional = Some("л/с 100001".into());
    receipt.user_property = Some(UserProperty {
        name: "Заказ".into(),
        value: "№ 5".into(),
    });
    receipt.buyer = Some(Buyer {
        name: Some("ИП Петров".into()),
        inn: Some("500100732259".parse().unwrap()),
        details: None,
    });
    receipt.lines[0].quantity = "2.192".parse::<Quantity>().unwrap();
    receipt.lines[0].measure = 11;
    receipt.lines[0].agent = Some(Agent {
        kinds: AgentKinds::PAYMENT_AGENT,
        supplier_inn: Some("7704211201".parse().unwrap()),
        supplier_name: Some("АО Водоканал".into()),
        supplier_phones: vec!["+74950000000".into(), "+74950000001".into()],
    });
    receipt.lines[1].agent = Some(Agent {
        kinds: AgentKinds::OTHER,
        supplier_inn: None,
        supplier_name: None,
        supplier_phones: vec![],
    });
    assert_eq!(stored(&receipt).receipt, receipt);

    let date = LocalDate::new(2026, 3, 5).unwrap();
    receipt.correction = Some(Correction::by_order(date, "12-34/5"));
    let read = stored(&receipt);
    assert_eq!((read.form, &read.receipt), (Form::Correction, &receipt));
}

#[test]
fn unknown_requisites_are_kept_and_written_back() {
    let mut receipt = usual_receipt();
    receipt.user_name = None;
    receipt.other = vec![crate::Element {
        tag: Tag(9999),
        value: Value::Bytes(vec![1, 2, 3]),
    }];
    receipt.lines[0].other = vec![crate::Element {
        tag: Tag(2102),
        value: Value::Byte(0),
    }];
    assert_eq!(stored(&receipt).receipt, receipt);
}

#[test]
fn a_sum_of_six_bytes_is_the_most_that_a_document_carries() {
    let mut receipt = usual_receipt();
    receipt.lines.truncate(1);
    let most = Kopecks::new((1 << 48) - 1).unwrap();
    receipt.lines[0].amount = most;
    receipt.payments.cashless = most;
    assert!(receipt.host_tlv().is_ok());
    receipt.payments.cashless = Kopecks::new(1 << 48).unwrap();
    let error = receipt.host_tlv().unwrap_err().to_string();
    assert!(error.contains("1081"), "{error}");
    receipt.payments.cashless = rub("-1");
    assert!(receipt.host_tlv().is_err());
}
