//! Documents of protocol-fixtures/ as typed values.

use terms::{OperationSign, VatCode};

use super::{drive, hex_file, rub};
use crate::*;

macro_rules! fixture {
    ($name:literal) => {
        hex_file(include_str!(concat!(
            "../../../../protocol-fixtures/",
            $name
        )))
    };
}

/// The document in a message: after 62 bytes of headers (32 without the session's), before ten
/// bytes of signs.
fn of_message(message: &[u8], headers: usize) -> &[u8] {
    &message[headers..message.len() - 10]
}

#[test]
fn a_correction_of_1_05_has_a_paper_and_no_lines() {
    let bytes = fixture!("ffd/correction-ffd105.hex");
    let Document::Receipt(read) = Document::parse_inside(Form::Correction, &bytes).unwrap() else {
        panic!("it is a correction");
    };
    let correction = read.receipt.correction.as_ref().unwrap();
    assert_eq!(correction.date.to_string(), "2022-06-20");
    assert_eq!(correction.order, None, "of his own accord, with a number");
    let paper = correction.paper.as_ref().unwrap();
    assert_eq!(paper.name.as_deref(), Some("Акт об ошибке"));
    assert_eq!(paper.number.as_deref(), Some("№ 2022-06"));
    assert_eq!(read.receipt.form(), Form::Correction);
    assert!(read.receipt.lines.is_empty() && read.receipt.other.is_empty());
    assert_eq!((read.total, read.head.sign.0), (rub("32.00"), 0x74D4_F2AC));
    let totals = read.receipt.vat_totals().unwrap();
    assert_eq!(totals, read.vat_totals);
    assert_eq!(totals.get(VatCode::Exempt), Some(rub("32.00")));

    // What is passed again differs in the order and in the turnover of nothing (1104).
    let tags = |bytes: &[u8]| {
        let tree = Tree::parse(bytes).unwrap();
        let mut tags: Vec<Tag> = tree.iter().map(|element| element.tag).collect();
        tags.sort();
        tags
    };
    let own: Vec<Tag> = drive_tags(read.head.ffd, Form::Correction).collect();
    let mut passed = tags(&bytes);
    passed.retain(|tag| !own.contains(tag) && *tag != Tag::TURNOVER_VAT_0);
    assert_eq!(tags(&read.receipt.host_tlv().unwrap()), passed);
}

#[test]
fn a_settlement_report_tells_what_was_counted_and_what_waits() {
    let bytes = fixture!("ffd/current-state-ffd12.hex");
    let Document::CurrentState(read) = Document::parse_inside(Form::CurrentState, &bytes).unwrap()
    else {
        panic!("it is a settlement report");
    };
    let ffd = read.head.ffd;
    assert_eq!(read.shift.map(|shift| shift.get()), Some(2));
    let first = read.first_unsent.unwrap().to_string();
    assert_eq!((read.unsent, first.as_str()), (2, "2026-11-21T00:00:00"));
    assert_eq!(read.first_unsent_number.map(|it| it.get()), Some(11));
    assert_eq!(read.key_resource_days, Some(410));
    let counted = read.drive_counters.clone().unwrap();
    let income = counted.of(OperationSign::Income);
    assert_eq!((counted.documents, income.receipts), (4, 2));
    assert_eq!(income.total, income.payments.total().unwrap());
    assert_eq!(income.payments.prepaid, rub("207.30"));
    assert_eq!(income.vat.get(VatCode::Exempt), Some(rub("642.30")));
    assert_eq!(income.vat.get(VatCode::V20), None, "zeros say nothing");
    assert_eq!(counted.expense, Counter::default());
    assert_eq!(counted.corrections.income.total, rub("32.00"));
    let unsent = read.unsent_counters.clone().unwrap();
    assert_eq!(unsent.income_return.total, rub("100.00"));
    assert!(read.report.other.is_empty() && counted.other.is_empty());
    assert!(bytes.ends_with(&read.report.host_tlv().unwrap()));

    // Written without the zeros, the counters read the same, and the tables agree with both.
    let mut own = Tree::parse(&bytes).unwrap();
    for (tag, write) in [
        (
            Tag::DRIVE_COUNTERS,
            written(|writer| counted.write(Tag::DRIVE_COUNTERS, writer)),
        ),
        (
            Tag::UNSENT_COUNTERS,
            written(|writer| unsent.write(Tag::UNSENT_COUNTERS, writer)),
        ),
    ] {
        let found = own.0.iter_mut().find(|element| element.tag == tag).unwrap();
        *found = write;
    }
    let short = own.encode().unwrap();
    assert!(short.len() + 100 < bytes.len());
    let again = Document::parse_inside(Form::CurrentState, &short).unwrap();
    assert_eq!(again, Document::CurrentState(read));
    for inside in [&bytes, &short] {
        let mut whole = Writer::new();
        whole.raw(Form::CurrentState.tag(), inside).unwrap();
        assert_eq!(drive::broken(&whole.finish(), ffd), [""; 0]);
    }
}

fn written(write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>) -> Element {
    let mut writer = Writer::new();
    write(&mut writer).unwrap();
    Tree::parse(&writer.finish()).unwrap().0.remove(0)
}

#[test]
fn a_registration_of_1_05_tells_what_its_host_passed_beyond_the_command() {
    let message = fixture!("ofd/01-yandex-regchange-ffd105.session.hex");
    let bytes = of_message(&message, 62);
    let Document::Registration(read) = Document::parse(bytes).unwrap() else {
        panic!("it is a registration");
    };
    let ofd = read.ofd_inn.as_deref();
    let host = read.report.host_tlv_with(&read.facts, ofd).unwrap();
    let whole = Tree::parse(bytes).unwrap();
    let inside = whole.0[0].value.as_list().unwrap();
    let own: Vec<Tag> = drive_tags(read.head.ffd, read.form).collect();
    let (head, tail) = inside.0.split_at(own.len());
    assert_eq!(head.iter().map(|it| it.tag).collect::<Vec<_>>(), own);
    let sorted = |elements: &[Element]| {
        let mut tags: Vec<Tag> = elements.iter().map(|element| element.tag).collect();
        tags.sort();
        tags
    };
    assert_eq!(sorted(&Tree::parse(&host).unwrap().0), sorted(tail));
}

#[test]
fn a_document_older_than_1_05_is_kept_as_a_tree() {
    let message = fixture!("ofd/05-yandex-unit-registration-ffd10.container.hex");
    let bytes = of_message(&message, 32);
    let Document::Other(Form::Registration, tree) = Document::parse(bytes).unwrap() else {
        panic!("it has no tag 1209");
    };
    assert_eq!(
        tree.get(Tag::USER_NAME).and_then(Value::as_text),
        Some("ООО \"МММ\"")
    );
}

#[test]
fn a_receipt_read_element_by_element_is_the_stored_document() {
    let by_elements = fixture!("fn/document-receipt.hex");
    assert_eq!(by_elements, fixture!("ffd/stored-receipt-ffd105.hex"));
    let read = Document::parse_inside(Form::Receipt, &by_elements).unwrap();
    let Document::Receipt(read) = &read else {
        panic!("it is a receipt");
    };
    let own: Vec<Tag> = drive_tags(read.head.ffd, Form::Receipt).collect();
    let tree = Tree::parse(&by_elements).unwrap();
    let first = tree.iter().take(own.len()).map(|element| element.tag);
    assert_eq!(first.collect::<Vec<_>>(), own);
}

#[test]
fn an_answer_code_is_found_wherever_operators_put_it() {
    let message = fixture!("ofd/04-taxcom-ack-fd2-code0.container.hex");
    let usual = Tree::parse(of_message(&message, 32)).unwrap();
    let answer = |to_drive: Vec<Element>, bare: Option<u8>| {
        let mut tree = usual.0[0].value.as_list().unwrap().clone();
        tree.0
            .retain(|element| element.tag != Tag::MESSAGE_TO_DRIVE);
        if !to_drive.is_empty() {
            tree.0.push(Element {
                tag: Tag::MESSAGE_TO_DRIVE,
                value: Value::List(Tree(to_drive)),
            });
        }
        tree.0.extend(bare.map(code));
        let bytes = tree.encode().unwrap();
        match Document::parse_inside(Form::OperatorConfirmation, &bytes).unwrap() {
            Document::Confirmation(read) => read,
            other => panic!("{other:?}"),
        }
    };
    fn code(code: u8) -> Element {
        Element {
            tag: Tag::OFD_ANSWER_CODE,
            value: Value::Byte(code),
        }
    }
    let strange = Element {
        tag: Tag(9999),
        value: Value::Bytes(vec![1]),
    };
    let inside = answer(vec![code(14)], None);
    assert_eq!(
        (inside.answer_code, inside.is_accepted()),
        (Some(14), false)
    );
    let bare = answer(vec![], Some(11));
    assert_eq!((bare.answer_code, bare.is_accepted()), (Some(11), false));
    assert!(bare.other.is_empty());
    let more = answer(vec![strange.clone(), code(14)], None);
    assert_eq!(
        (more.answer_code, &more.to_drive),
        (Some(14), &vec![strange])
    );
    assert!(!more.is_accepted());
    let again = Document::parse(&more.encode().unwrap());
    assert_eq!(again, Ok(Document::Confirmation(more)));
    assert!(answer(vec![], None).is_accepted());
}
