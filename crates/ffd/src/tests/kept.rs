//! Nothing that a stored receipt says is lost, whether its types have a field for it or not.

use terms::{FfdVersion, PaymentMethod, VatCode};

use super::{drive, line, usual_receipt};
use crate::*;

/// What follows from the lines, or counts for nothing when it is not set.
const NOT_KEPT: [Tag; 9] = [
    Tag::VAT_20_SUM,
    Tag::VAT_10_SUM,
    Tag::VAT_20_120_SUM,
    Tag::VAT_10_110_SUM,
    Tag::TURNOVER_VAT_0,
    Tag::TURNOVER_NO_VAT,
    Tag::INTERNET_ONLY,
    Tag::INTERNET_SETTLEMENT,
    Tag::ITEM_VAT_SUM,
];

/// Values that a tag may have: the least, an usual one and a great one.
fn values(info: &TagInfo) -> Vec<Value> {
    let numbers = [0_u64, 1, 11, 0xFF_FFFF_FFFF];
    let of_number = |number: u64| match info.kind {
        ValueKind::Byte => Value::Byte(number as u8),
        ValueKind::Uint16 => Value::Uint16(number as u16),
        ValueKind::Uint32 => Value::Uint32(number as u32),
        ValueKind::UnixTime => Value::UnixTime(UnixTime(number as u32)),
        ValueKind::Vln => Value::Vln(number),
        ValueKind::Fvln => Value::Fvln(Quantity::new(number, 2).unwrap()),
        ValueKind::Bytes => Value::Bytes(vec![number as u8; info.max_len().min(6)]),
        ValueKind::List => Value::List(Tree(vec![Element {
            tag: Tag(9999),
            value: Value::Bytes(vec![number as u8]),
        }])),
        ValueKind::String => Value::Text(match info.length {
            Length::Exactly(len) => "7".repeat(len.into()),
            Length::AtMost(_) => format!("№ {number}"),
        }),
    };
    numbers.map(of_number).to_vec()
}

/// What a document says by its tags, anywhere in it.
fn said(tree: &Tree) -> Vec<&Element> {
    let inside = tree.iter().filter_map(|element| element.value.as_list());
    let inside = inside.flat_map(said);
    tree.iter().chain(inside).collect()
}

fn receipts(ffd: FfdVersion) -> [Receipt; 2] {
    let plain = Receipt {
        ffd,
        user_name: None,
        cashier: None,
        ..usual_receipt()
    };
    let mut rare = plain.clone();
    rare.lines = vec![line(
        "Пени",
        "807.30",
        PaymentMethod::FullSettlement,
        VatCode::V20,
    )];
    rare.lines[0].agent = Some(Agent {
        kinds: AgentKinds::ATTORNEY,
        supplier_inn: None,
        supplier_name: None,
        supplier_phones: vec!["+74950000000".into()],
    });
    let unsaid = Unsaid {
        vat: true,
        method: ffd == FfdVersion::V1_05,
        name: ffd == FfdVersion::V1_2,
        supplier_inn: ffd == FfdVersion::V1_05,
    };
    rare.lines[0].details = Some(Box::new(LineDetails {
        unsaid,
        ..LineDetails::default()
    }));
    [plain, rare]
}

#[test]
fn whatever_tag_a_receipt_carries_it_is_read_and_passed_on() {
    let mut added = 0;
    for ffd in FfdVersion::ALL.iter().copied() {
        for (receipt, in_line) in receipts(ffd)
            .iter()
            .flat_map(|it| [(it, false), (it, true)])
        {
            let own = super::own_of_receipt(receipt);
            let host = Tree::parse(&receipt.host_tlv().unwrap()).unwrap();
            for info in all_tags() {
                let own_tag = drive_tags(ffd, Form::Receipt).any(|own| own == info.tag);
                if own_tag || NOT_KEPT.contains(&info.tag) {
                    continue;
                }
                for value in values(info) {
                    let element = Element {
                        tag: info.tag,
                        value,
                    };
                    let mut more = host.clone();
                    let line = more.0.iter_mut().find(|it| it.tag == Tag::ITEM).unwrap();
                    match &mut line.value {
                        Value::List(line) if in_line => line.0.push(element.clone()),
                        _ => more.0.push(element.clone()),
                    }
                    let bytes = drive::inside(ffd, Form::Receipt, &own, &more.encode().unwrap());
                    // A repeated tag, and a value that a needed one cannot have, are refused.
                    let Ok(Document::Receipt(read)) = Document::parse_inside(Form::Receipt, &bytes)
                    else {
                        continue;
                    };
                    // Values that cannot be written do not come from a right document.
                    let Ok(again) = read.receipt.host_tlv() else {
                        continue;
                    };
                    let again = Tree::parse(&again).unwrap();
                    assert!(
                        said(&again).contains(&&element),
                        "{ffd} {element:?} {read:#?}"
                    );
                    added += 1;
                }
            }
        }
    }
    assert!(added > 8_000, "only {added} were read");
}
