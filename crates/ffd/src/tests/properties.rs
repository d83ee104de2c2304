//! What holds for any bytes and any values.

use proptest::prelude::*;
use terms::{Kopecks, OperationSign, PaymentMethod, TaxSystem, VatCode};

use super::{stored, usual_receipt};
use crate::{
    Document, Element, Form, Line, MAX_DEPTH, Payments, Quantity, Reader, Receipt, Tag, Tree,
    UnixTime, Value, ValueKind, VatTotals, Writer, all_tags, check, cp866, split_for_drive,
};

fn any_tag(kind: ValueKind) -> impl Strategy<Value = Tag> {
    let tags: Vec<Tag> = all_tags()
        .filter(|info| info.kind == kind)
        .map(|info| info.tag)
        .collect();
    prop::sample::select(tags)
}

fn any_quantity() -> impl Strategy<Value = Quantity> {
    (0..=Quantity::MAX_MANTISSA, 0..=Quantity::MAX_DECIMALS)
        .prop_map(|(mantissa, decimals)| Quantity::new(mantissa, decimals).unwrap())
}

fn any_leaf() -> impl Strategy<Value = Element> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    let text = bytes().prop_map(|bytes| Value::Text(cp866::decode(&bytes)));
    let strange = (3000_u16..).prop_map(Tag);
    prop_oneof![
        (any_tag(ValueKind::Byte), any::<u8>().prop_map(Value::Byte)),
        (
            any_tag(ValueKind::Uint16),
            any::<u16>().prop_map(Value::Uint16)
        ),
        (
            any_tag(ValueKind::Uint32),
            any::<u32>().prop_map(Value::Uint32)
        ),
        (any_tag(ValueKind::Vln), any::<u64>().prop_map(Value::Vln)),
        (
            any_tag(ValueKind::Fvln),
            any_quantity().prop_map(Value::Fvln)
        ),
        (
            any_tag(ValueKind::UnixTime),
            any::<u32>().prop_map(|s| Value::UnixTime(UnixTime(s)))
        ),
        (any_tag(ValueKind::String), text),
        (any_tag(ValueKind::Bytes), bytes().prop_map(Value::Bytes)),
        (strange, bytes().prop_map(Value::Bytes)),
    ]
    .prop_map(|(tag, value)| Element { tag, value })
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let list = prop::collection::vec(any_leaf(), 0..6).prop_map(Tree);
    list.prop_recursive(4, 40, 4, |inner| {
        let nested = (any_tag(ValueKind::List), inner).prop_map(|(tag, tree)| Element {
            tag,
            value: Value::List(tree),
        });
        prop::collection::vec(prop_oneof![any_leaf(), nested], 0..6).prop_map(Tree)
    })
}

fn any_line() -> impl Strategy<Value = Line> {
    let vat = prop::sample::select(VatCode::ALL.to_vec());
    let method = prop::sample::select(PaymentMethod::ALL.to_vec());
    (0_i64..100_000_000, vat, method, "[а-яА-Я0-9 .№]{1,60}[а-я]").prop_map(
        |(amount, vat, method, name)| {
            let amount = Kopecks::new(amount).unwrap();
            Line::new(name, amount, method, terms::SettlementSubject::Service, vat)
        },
    )
}

fn any_receipt() -> impl Strategy<Value = Receipt> {
    let operation = prop::sample::select(OperationSign::ALL.to_vec());
    let tax_system = prop::sample::select(TaxSystem::ALL.to_vec());
    let lines = prop::collection::vec(any_line(), 1..20);
    (operation, tax_system, lines, any::<bool>()).prop_map(|(operation, tax_system, lines, web)| {
        let total = Kopecks::sum(lines.iter().map(|line| line.amount)).unwrap();
        Receipt {
            operation,
            tax_system,
            payments: Payments::cashless(total),
            internet: web,
            lines,
            ..usual_receipt()
        }
    })
}

proptest! {
    #[test]
    fn any_tree_survives_its_bytes(tree in any_tree()) {
        let bytes = tree.encode().unwrap();
        prop_assert_eq!(Tree::parse(&bytes).unwrap(), tree);
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read_but_never_break_anything(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        for field in Reader::new(&bytes).flatten() {
            prop_assert!(field.offset() + 4 + field.bytes().len() <= bytes.len());
        }
        if let Ok(tree) = Tree::parse(&bytes) {
            let again = tree.encode().unwrap();
            prop_assert_eq!(Tree::parse(&again).unwrap(), tree);
        }
        let _ = Document::parse(&bytes);
        for form in Form::ALL {
            let _ = Document::parse_inside(form, &bytes);
        }
        check::check_document(&bytes, terms::FfdVersion::V1_2);
    }

    #[test]
    fn a_damaged_receipt_never_breaks_anything(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = super::stored_inside(&usual_receipt());
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = Document::parse_inside(Form::Receipt, &bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = Document::parse_inside(Form::Receipt, &bytes);
        let mut whole = vec![3, 0];
        whole.extend((bytes.len() as u16).to_le_bytes());
        whole.extend(&bytes);
        check::check_document(&whole, terms::FfdVersion::V1_2);
    }

    #[test]
    fn any_receipt_comes_back_from_the_drive_as_it_was_given(receipt in any_receipt()) {
        let read = stored(&receipt);
        prop_assert_eq!(&read.receipt, &expected_back(&receipt));
        prop_assert_eq!(read.vat_totals, without_zero_turnover(&receipt));
    }

    #[test]
    fn vat_totals_are_the_sums_of_the_lines(lines in prop::collection::vec(any_line(), 0..40)) {
        let totals = VatTotals::of_lines(&lines).unwrap();
        for code in VatCode::ALL {
            let of_rate: Vec<&Line> = lines.iter().filter(|line| line.vat == code).collect();
            let sum: i64 = of_rate.iter().map(|line| line.vat_sum_in_totals()).sum();
            let expected = (!of_rate.is_empty()).then_some(sum);
            prop_assert_eq!(totals.get(code).map(Kopecks::get), expected);
        }
    }

    #[test]
    fn a_receipt_is_passed_to_a_drive_line_by_line(receipt in any_receipt(), max in 300_usize..2000) {
        let tlv = receipt.host_tlv().unwrap();
        let pieces = split_for_drive(&tlv, max).unwrap();
        prop_assert!(pieces.iter().all(|piece| piece.len() <= max));
        prop_assert_eq!(pieces.concat(), tlv);
    }
}

/// Names lose the spaces at their end.
fn expected_back(receipt: &Receipt) -> Receipt {
    let mut receipt = receipt.clone();
    receipt.user_name = Some("ООО \"Связь\"".to_owned());
    receipt
}

fn without_zero_turnover(receipt: &Receipt) -> VatTotals {
    let lines: Vec<Line> = receipt
        .lines
        .iter()
        .filter(|line| {
            let turnover = matches!(line.vat, VatCode::V0 | VatCode::Exempt);
            !(turnover && line.amount.is_zero())
        })
        .cloned()
        .collect();
    VatTotals::of_lines(&lines).unwrap()
}

impl Line {
    /// What the line adds to the total of its rate, told another way than in the crate.
    fn vat_sum_in_totals(&self) -> i64 {
        let (rate, base) = match self.vat {
            VatCode::V0 | VatCode::Exempt => return self.amount.get(),
            VatCode::V20 | VatCode::V20In120 => (20, 120),
            VatCode::V10 | VatCode::V10In110 => (10, 110),
            VatCode::V5 | VatCode::V5In105 => (5, 105),
            VatCode::V7 | VatCode::V7In107 => (7, 107),
            VatCode::V22 | VatCode::V22In122 => (22, 122),
        };
        (2 * self.amount.get() * rate + base) / (2 * base)
    }
}

#[test]
fn lists_nested_too_deep_are_refused_before_the_stack_is() {
    let mut bytes = Vec::new();
    for _ in 0..8000 {
        let mut outer = vec![0x23, 0x04];
        outer.extend((bytes.len() as u16).to_le_bytes());
        outer.extend(&bytes);
        bytes = outer;
    }
    let error = Tree::parse(&bytes).unwrap_err();
    assert_eq!(error.offset, 4 * MAX_DEPTH);
    assert!(error.to_string().contains("nested deeper"), "{error}");
}

#[test]
fn a_refused_element_leaves_no_bytes_behind() {
    let mut writer = Writer::new();
    writer.byte(Tag::OPERATION_SIGN, 1).unwrap();
    let before = writer.len();
    let long = "я".repeat(129);
    let in_line = writer.nested(Tag::ITEM, |line| {
        line.money(Tag::PRICE, Kopecks::ZERO)?;
        line.text(Tag::ITEM_NAME, &long)
    });
    assert!(in_line.is_err());
    assert!(writer.byte(Tag::TOTAL, 1).is_err(), "the total is no byte");
    assert!(writer.money(Tag::TOTAL, Kopecks::new(-1).unwrap()).is_err());
    assert!(
        writer.vln(Tag::TOTAL, 1 << 48).is_err(),
        "six bytes at most"
    );
    assert_eq!(writer.len(), before);
}

#[test]
fn errors_name_the_tag_and_the_offset() {
    for (bytes, message) in [
        (
            &[0x1E, 0x04, 0x01][..],
            "offset 0: 3 bytes are left where an element of at least 4 must begin; the value is 1e0401",
        ),
        (
            &[0x1E, 0x04, 0x01, 0x00, 0x01, 0x10, 0x04, 0x04, 0x00, 0x01],
            "1040 (Номер ФД), offset 5: the value should take 4 bytes, only 1 are left; the value is 01",
        ),
        (
            &[0x1E, 0x04, 0x02, 0x00, 0x01, 0x00],
            "1054 (Признак расчета), offset 0: 2 bytes cannot be a Byte; the value is 0100",
        ),
    ] {
        assert_eq!(Tree::parse(bytes).unwrap_err().to_string(), message);
    }
    let two = [0x03, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00];
    assert_eq!(
        Reader::document(&two).unwrap_err().to_string(),
        "3 (Кассовый чек), offset 4: 4 bytes follow the document; the value is 03000000"
    );
}

#[test]
fn errors_inside_lists_name_the_whole_path() {
    let good = super::stored_inside(&usual_receipt());
    let mut lines = Reader::new(&good).flatten();
    let mut lines = lines.by_ref().filter(|field| field.tag() == Tag::ITEM);
    let second = lines.nth(1).unwrap();
    let method = second
        .list()
        .flatten()
        .find(|it| it.tag() == Tag::PAYMENT_METHOD);
    let offset = method.unwrap().offset();

    let mut torn = good.clone();
    torn[offset + 2] = 2;
    let error = Tree::parse(&torn).unwrap_err();
    assert_eq!((error.path.line(), error.offset), (Some(2), offset));
    let message = format!(
        "1059[2]/1214 (Признак способа расчета), offset {offset}: 2 bytes cannot be a Byte; \
         the value is 03bc"
    );
    assert_eq!(error.to_string(), message);

    let mut strange = good;
    strange[offset + 4] = 9;
    let error = Document::parse_inside(Form::Receipt, &strange).unwrap_err();
    assert_eq!(error.path().to_string(), "1059[2]/1214");
    let message = error.to_string();
    assert!(
        message.starts_with("1059[2]/1214 (Признак способа расчета), value «"),
        "{message}"
    );
}

#[test]
fn numbers_padded_by_old_drives_are_read() {
    let number = |value: &[u8]| {
        let mut bytes = vec![0xFC, 0x03, value.len() as u8, 0];
        bytes.extend(value);
        Reader::document(&bytes).unwrap().vln()
    };
    assert_eq!(number(&[]), Ok(0));
    assert_eq!(number(&[0; 5]), Ok(0));
    assert_eq!(number(&[0x28, 0x0A, 0, 0, 0, 0, 0, 0, 0]), Ok(2600));
    assert!(number(&[0, 0, 0, 0, 0, 0, 0, 0, 1]).is_err());
}
