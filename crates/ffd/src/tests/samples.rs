//! Real documents and the worked examples of the specification, both ways.

use serde_json::{Value as Json, json};
use terms::FfdVersion;

use super::{hex, hex_file};
use crate::{
    Document, Form, Reader, ReregistrationReason, Tag, Tree, Value, Writer, check, tree::MAX_DEPTH,
};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../protocol-fixtures/", $name))
    };
}

const SESSION_HEADER: usize = 30;
const CONTAINER_HEADER: usize = 32;
/// What follows the document in a container: the signs for the operator.
const CONTAINER_TAIL: usize = 10;

struct Sample {
    name: &'static str,
    hex: &'static str,
    decoded: &'static str,
    has_session_header: bool,
}

const SAMPLES: &[Sample] = &[
    Sample {
        name: "01 registration change, FFD 1.05",
        hex: fixture!("ofd/01-yandex-regchange-ffd105.session.hex"),
        decoded: fixture!("ofd/01.decoded.json"),
        has_session_header: true,
    },
    Sample {
        name: "02 registration change, FFD 1.2",
        hex: fixture!("ofd/02-mgm-regchange-ffd12.session.hex"),
        decoded: fixture!("ofd/02.decoded.json"),
        has_session_header: true,
    },
    Sample {
        name: "03 refusal",
        hex: fixture!("ofd/03-taxcom-ack-fd1-code14.container.hex"),
        decoded: fixture!("ofd/03.decoded.json"),
        has_session_header: false,
    },
    Sample {
        name: "04 confirmation",
        hex: fixture!("ofd/04-taxcom-ack-fd2-code0.container.hex"),
        decoded: fixture!("ofd/04.decoded.json"),
        has_session_header: false,
    },
    Sample {
        name: "05 registration of the FFD 1.0 era",
        hex: fixture!("ofd/05-yandex-unit-registration-ffd10.container.hex"),
        decoded: fixture!("ofd/05.decoded.json"),
        has_session_header: false,
    },
    Sample {
        name: "07 open shift (message A)",
        hex: fixture!("ofd/07-open-shift-ffd12.session.hex"),
        decoded: fixture!("ofd/07.decoded.json"),
        has_session_header: true,
    },
];

fn document_of(sample: &Sample) -> Vec<u8> {
    let bytes = hex_file(sample.hex);
    let start = CONTAINER_HEADER
        + if sample.has_session_header {
            SESSION_HEADER
        } else {
            0
        };
    bytes[start..bytes.len() - CONTAINER_TAIL].to_vec()
}

fn sample(number: &str) -> Vec<u8> {
    let found = SAMPLES
        .iter()
        .find(|sample| sample.name.starts_with(number));
    document_of(found.unwrap())
}

/// A value as the decoded files write it.
fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Bytes(bytes) => json!(as_hex(bytes)),
        Value::UnixTime(time) => json!(time.to_string()),
        Value::Fvln(quantity) => json!(quantity.to_string()),
        Value::List(tree) => tree
            .iter()
            .map(|element| json!([element.tag.0, to_json(&element.value)]))
            .collect(),
        number => json!(number.as_u64()),
    }
}

fn as_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn real_documents_read_exactly_as_decoded_by_others() {
    for sample in SAMPLES {
        let bytes = document_of(sample);
        let outer = Reader::document(&bytes).unwrap();
        let raw = outer.list();
        let tree = Tree::read(outer.list(), MAX_DEPTH).unwrap();
        let tags: Vec<Json> = raw
            .zip(&tree)
            .map(|(field, element)| {
                let name = element.tag.info().map(|info| info.name);
                let bytes = as_hex(field.unwrap().bytes());
                json!([element.tag.0, name, to_json(&element.value), bytes])
            })
            .collect();
        let read = json!({"form_code": outer.tag().0, "tags": tags});
        let decoded: Json = serde_json::from_str(sample.decoded).unwrap();
        assert_eq!(read, decoded, "{}", sample.name);

        let whole = Tree::parse(&bytes).unwrap();
        assert_eq!(whole.encode().unwrap(), bytes, "{}", sample.name);
    }
}

#[test]
fn worked_examples_of_single_elements_hold_both_ways() {
    for row in fixture!("ffd/elements.txt")
        .lines()
        .filter(|row| !row.starts_with('#'))
    {
        let columns: Vec<&str> = row.split('|').map(str::trim).collect();
        let (bytes, tag, expected) = (hex(columns[0]), columns[1], columns[2]);
        let tree = Tree::parse(&bytes).unwrap();
        assert_eq!(tree.0.len(), 1, "{row}");
        assert_eq!(tree.0[0].tag.0.to_string(), tag, "{row}");
        assert_eq!(shown(&tree.0[0].value), expected, "{row}");

        // The checked writer pads what the tree shows without padding.
        let mut writer = Writer::new();
        let value = match &tree.0[0].value {
            Value::Text(text) => Value::Text(text.trim_end().to_owned()),
            other => other.clone(),
        };
        writer.element(tree.0[0].tag, &value).unwrap();
        assert_eq!(writer.finish(), bytes, "{row}");
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.trim_end().to_owned(),
        Value::List(tree) => {
            let items = tree.iter();
            let items = items.map(|element| format!("{}={}", element.tag.0, shown(&element.value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        other => match to_json(other) {
            Json::String(text) => text,
            number => number.to_string(),
        },
    }
}

#[test]
fn an_operator_s_answers_are_read_and_written_back_unchanged() {
    for (number, code) in [("03", 14), ("04", 0)] {
        let bytes = sample(number);
        let Document::Confirmation(answer) = Document::parse(&bytes).unwrap() else {
            panic!("{number} is a confirmation");
        };
        assert_eq!(answer.answer_code, Some(code));
        assert_eq!(answer.is_accepted(), code == 0);
        assert_eq!(answer.ofd_inn, "7704211201");
        assert_eq!(answer.drive.as_str(), "9999078902013267");
        assert!(answer.other.is_empty());
        assert_eq!(answer.encode().unwrap(), bytes);
    }
}

#[test]
fn a_real_registration_of_1_05_becomes_a_typed_report() {
    let Document::Registration(read) = Document::parse(&sample("01")).unwrap() else {
        panic!("it is a registration");
    };
    assert_eq!(read.form, Form::RegistrationChange);
    assert_eq!(read.head.rnm, "0000000005008570");
    assert_eq!(read.facts.tax_systems.bits(), 6);
    assert_eq!(
        read.reregistration_reasons,
        [ReregistrationReason::DriveChange]
    );
    assert_eq!(read.report.serial, "000000000002");
    assert_eq!(read.report.cashier.name, "Шеннон К.");
    assert!(read.facts.conditions.has(crate::UsageConditions::EXCISE));
    // The cashier's ИНН is invented; it is kept as it stands, not lost.
    assert_eq!(read.report.cashier.inn, None);
    let kept: Vec<Tag> = read
        .report
        .other
        .iter()
        .map(|element| element.tag)
        .collect();
    assert_eq!(kept, [Tag::CASHIER_INN]);
}

#[test]
fn the_registration_that_an_operator_refused_is_refused_here_for_its_reasons() {
    let bytes = sample("02");
    let found = check::check_document(&bytes, FfdVersion::V1_2);
    let (errors, warnings): (Vec<_>, Vec<_>) = found.iter().partition(|it| it.is_error());
    let shown = |found: &[&check::Violation]| {
        let pairs = found.iter().map(|it| (it.rule.id, it.path.to_string()));
        pairs.collect::<Vec<_>>()
    };
    let missing = |tag: &str| ("missing-tag", tag.to_owned());
    assert_eq!(shown(&errors), [missing("1009"), missing("1048")]);
    assert_eq!(shown(&warnings), [("blank-text", "1046".to_owned())]);
    assert!(Document::parse(&bytes).is_err());
}

#[test]
fn an_open_shift_report_is_read_whole() {
    let Document::OpenShift(read) = Document::parse(&sample("07")).unwrap() else {
        panic!("it opens a shift");
    };
    assert_eq!((read.shift.get(), read.head.number.get()), (1, 2));
    assert_eq!(read.head.time.to_string(), "2026-11-22T09:00");
    assert_eq!(read.head.sign.0, 0xC25B_799D);
    assert_eq!(read.report.kkt_version, "001");
    assert!(read.report.other.is_empty());
    let host = read.report.host_tlv().unwrap();
    assert!(
        sample("07").ends_with(&host),
        "the host's part comes back in its order"
    );
    assert_eq!(check::check_document(&sample("07"), read.head.ffd), []);
    let other = check::check_document(&sample("07"), FfdVersion::V1_05);
    assert_eq!(other, [], "its own version counts");
}

#[test]
fn a_stored_receipt_of_a_real_drive_is_read_and_its_host_part_written_back_byte_for_byte() {
    let bytes = hex_file(fixture!("ffd/stored-receipt-ffd105.hex"));
    assert_eq!(bytes.len(), 241);
    let Document::Receipt(read) = Document::parse_inside(Form::Receipt, &bytes).unwrap() else {
        panic!("it is a receipt");
    };
    assert_eq!(read.head.number.get(), 3342);
    assert_eq!((read.shift.get(), read.number.get()), (7, 196));
    assert_eq!(read.head.sign.0, 0x1F7D_0F58);
    assert_eq!(read.total.to_string(), "26.00");
    assert_eq!(read.receipt.lines[0].name, "Услуга пассажирские перевозки");
    assert_eq!(read.vat_totals, read.receipt.vat_totals().unwrap());
    assert!(read.receipt.other.is_empty());
    assert_eq!(read.receipt.host_tlv().unwrap(), bytes[113..]);
    assert_eq!(
        crate::QrText::of(&read).to_string(),
        "t=20200908T1233&s=26.00&fn=9999078902006495&i=3342&fp=528289624&n=1"
    );
}

#[test]
fn real_documents_break_only_the_rules_that_they_truly_break() {
    let errors = |bytes: &[u8], ffd| {
        let found = check::check_document(bytes, ffd).into_iter();
        let errors = found.filter(check::Violation::is_error);
        let pairs = errors.map(|it| format!("{}/{}", it.rule.id, it.path));
        pairs.collect::<Vec<_>>()
    };
    for (number, ffd) in [
        ("01", FfdVersion::V1_05),
        ("03", FfdVersion::V1_2),
        ("04", FfdVersion::V1_2),
        ("07", FfdVersion::V1_2),
    ] {
        assert_eq!(errors(&sample(number), ffd), [""; 0], "{number}");
    }
    for receipt in [
        fixture!("ffd/stored-receipt-ffd105.hex"),
        fixture!("fn/document-receipt.hex"),
    ] {
        let bytes = super::whole(Form::Receipt, &hex_file(receipt));
        assert_eq!(errors(&bytes, FfdVersion::V1_05), [""; 0]);
    }
    // A registration of the FFD 1.0 era is none of 1.05.
    let old = errors(&sample("05"), FfdVersion::V1_05);
    for expected in [
        "missing-tag/1209",
        "tag-not-allowed/1058",
        "date-early/1012",
    ] {
        assert!(old.contains(&expected.to_owned()), "{expected} in {old:#?}");
    }
}
