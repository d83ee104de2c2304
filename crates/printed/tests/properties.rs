//! What holds for any document.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod documents;

use documents::{
    DEBUG_DRIVE, REAL_DRIVE, captured, charge, close_shift, correction, formed, payment, refund,
    sent, surroundings,
};
use ffd::{
    Document, Form, Fraction, Line, LineDetails, Payments, Presence, ProductCode, ProductCodeKind,
    QrText, Quantity, Receipt, Tag, Tree, Value, all_tags,
};
use printed::{COLUMNS, Printed, QR_SIZE_MM, Surroundings, qr_svg};
use proptest::prelude::*;
use terms::{
    FfdVersion, Kopecks, OperationSign, PaymentMethod, SettlementSubject, TaxSystem, VatCode,
};

const MARK: &str = "ЭМУЛЯТОР: НЕ ФИСКАЛЬНЫЙ ДОКУМЕНТ";

fn any_line() -> impl Strategy<Value = Line> {
    (
        0_i64..=281_474_976_710_655,
        (0..=Quantity::MAX_MANTISSA, 0..=Quantity::MAX_DECIMALS),
        prop::sample::select(PaymentMethod::ALL.to_vec()),
        prop::sample::select(SettlementSubject::ALL.to_vec()),
        prop::sample::select(VatCode::ALL.to_vec()),
        "[а-яА-Я0-9 .№<>&\"\r\n]{0,127}[а-я]",
    )
        .prop_map(
            |(amount, (mantissa, decimals), method, subject, vat, name)| {
                let amount = Kopecks::new(amount / 100).unwrap();
                Line {
                    quantity: Quantity::new(mantissa, decimals).unwrap(),
                    ..Line::new(name, amount, method, subject, vat)
                }
            },
        )
}

fn any_receipt() -> impl Strategy<Value = Receipt> {
    (
        prop::sample::select(OperationSign::ALL.to_vec()),
        prop::sample::select(TaxSystem::ALL.to_vec()),
        prop::collection::vec(any_line(), 0..8),
        0..5_usize,
        prop::option::of("[ -~]{1,64}"),
        any::<bool>(),
    )
        .prop_map(|(operation, tax_system, lines, kind, contact, corrects)| {
            let total = Kopecks::sum(lines.iter().map(|line| line.amount)).unwrap();
            let mut payments = Payments::default();
            *[
                &mut payments.cash,
                &mut payments.cashless,
                &mut payments.prepaid,
                &mut payments.credit,
                &mut payments.counter,
            ][kind] = total;
            Receipt {
                operation,
                tax_system,
                lines,
                payments,
                buyer_contact: contact,
                correction: correction().correction.filter(|_| corrects),
                ..payment()
            }
        })
}

fn assert_narrow(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= COLUMNS, "{line:?} is too long");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_receipt_is_shown_with_all_its_sums(receipt in any_receipt(), is_real in any::<bool>()) {
        let drive = if is_real { REAL_DRIVE } else { DEBUG_DRIVE };
        let document = formed(&receipt, drive);
        let printed = Printed::of(&document, &surroundings());
        let (text, html) = (printed.text(), printed.html());
        assert_narrow(&text);
        let mut sums: Vec<Kopecks> = receipt.lines.iter().map(|line| line.amount).collect();
        sums.push(receipt.total().unwrap());
        sums.extend(receipt.vat_totals().unwrap().iter().filter_map(|(code, sum)| {
            let turnover = matches!(code, VatCode::V0 | VatCode::Exempt);
            (!turnover || !sum.is_zero()).then_some(sum)
        }));
        for sum in sums {
            prop_assert!(text.lines().any(|line| line.ends_with(&format!("={sum}"))), "{sum}");
            let shown = format!("<span>={sum}</span>");
            prop_assert!(html.contains(&shown), "{sum}");
        }
        prop_assert_eq!(text.contains(MARK), !is_real);
        prop_assert_eq!(html.contains(MARK), !is_real);
        prop_assert_eq!(html.matches("<li>").count(), receipt.lines.len());
    }

    /// Bytes as nobody makes them, in every form.
    #[test]
    fn whatever_can_be_read_can_be_shown(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        damaged in (0_usize..400, any::<u8>()),
    ) {
        if let Ok(tree) = Tree::parse(&bytes) {
            let printed = Printed::listing(None, &tree, &Surroundings::default());
            assert_narrow(&printed.text());
            printed.html();
        }
        let (place, byte) = damaged;
        let mut inside = charge().host_tlv().unwrap();
        let place = place % inside.len();
        inside[place] = byte;
        for form in Form::ALL {
            if let Ok(document) = Document::parse_inside(form, &inside) {
                let printed = Printed::of(&document, &Surroundings::default());
                assert_narrow(&printed.text());
                printed.html();
            }
        }
        if let Ok(tree) = Tree::parse(&inside) {
            assert_narrow(&Printed::listing(None, &tree, &Surroundings::default()).text());
        }
    }

    #[test]
    fn a_reader_of_qr_codes_reads_the_text(
        kopecks in 0_i64..9_007_199_254_740_991,
        number in any::<u32>(),
        sign in any::<u32>(),
    ) {
        let qr = QrText {
            time: "2026-11-22T09:05".parse().unwrap(),
            total: Kopecks::new(kopecks).unwrap(),
            drive: REAL_DRIVE.parse().unwrap(),
            number: terms::DocumentNumber(number),
            sign: terms::FiscalSign(sign),
            operation: OperationSign::IncomeReturn,
        };
        let svg = qr_svg(&qr.to_string()).unwrap();
        let (size, dark) = modules(&svg);
        let grid = rqrr::SimpleGrid::from_func(size, |x, y| dark.contains(&(x, y)));
        let (_, read) = rqrr::Grid::new(grid).decode().unwrap();
        prop_assert_eq!(read.parse::<QrText>().unwrap(), qr);
        // At least 20 mm without the empty border (FFD documents §5).
        prop_assert!(QR_SIZE_MM * size >= 20 * (size + 8));
    }
}

/// The width of a code in modules, and its dark ones, read from the image.
fn modules(svg: &str) -> (usize, Vec<(usize, usize)>) {
    let between = |text: &str, from: &str, to: &str| {
        let start = text.find(from).unwrap() + from.len();
        text[start..start + text[start..].find(to).unwrap()].to_owned()
    };
    let side: usize = between(svg, "viewBox=\"0 0 ", " ").parse().unwrap();
    let path = between(svg, "<path d=\"M", "\"");
    let mut dark = Vec::new();
    for run in path.split('M') {
        let (place, rest) = run.split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let (length, rest) = rest.split_once('v').unwrap();
        assert_eq!(rest, format!("1h-{length}z"));
        let length: usize = length.parse().unwrap();
        dark.extend((x..x + length).map(|x| (x - 4, y - 4)));
    }
    (side - 8, dark)
}

/// What column P of the tables asks for is shown: all that must be printed, and all of the document
/// that may be, but for sums of nothing and flags that say no.
#[test]
fn everything_that_the_tables_ask_for_is_printed() {
    let bytes_of = |receipt: &Receipt| receipt.host_tlv().unwrap();
    let receipts = [payment(), charge(), refund(), correction()];
    let mut documents: Vec<(Document, Tree)> = receipts
        .iter()
        .map(|receipt| {
            let tree = Tree::parse(&bytes_of(receipt)).unwrap();
            (formed(receipt, REAL_DRIVE), tree)
        })
        .collect();
    let without_tree = [captured(), sent(1), sent(7), close_shift()];
    documents.extend(without_tree.map(|document| (document, Tree::default())));
    for (document, tree) in documents {
        let head = document.head().unwrap();
        let of = (head.ffd, document.form());
        let printed = Printed::of(&document, &surroundings());
        let shown: Vec<Tag> = printed.rows().flat_map(|row| row.tags.clone()).collect();
        for info in all_tags() {
            let must = info.printed(of.0, of.1, None) == Some(Presence::Required);
            // The name of the document and the QR code are no rows with tags; a captured receipt of
            // another's ККТ lacks what its registration told.
            let elsewhere = [1000, 1196].contains(&info.tag.0);
            assert!(
                !must || elsewhere || shown.contains(&info.tag),
                "{:?} lacks {}",
                of.1,
                info.tag
            );
        }
        assert_shown(&tree, of, None, &shown);
    }
}

fn assert_shown(tree: &Tree, of: (FfdVersion, Form), parent: Option<Tag>, shown: &[Tag]) {
    for element in tree {
        let asked = element
            .tag
            .info()
            .and_then(|info| info.printed(of.0, of.1, parent));
        let is_nothing = element.value.as_u64() == Some(0);
        if asked == Some(Presence::Absent) || is_nothing {
            continue;
        }
        assert!(shown.contains(&element.tag), "{} in {of:?}", element.tag);
        if let Value::List(inside) = &element.value {
            assert_shown(inside, of, Some(element.tag), shown);
        }
    }
}

#[test]
fn nothing_that_a_document_says_becomes_markup() {
    let html = Printed::of(&formed(&charge(), REAL_DRIVE), &surroundings()).html();
    assert!(html.contains("Пётр &#38; Сыновья &#60;ООО&#62;"), "{html}");
    for outside in ["http://", "https://", "<script", "<link", "@import", "url("] {
        let svg = "http://www.w3.org/2000/svg";
        assert!(!html.replace(svg, "").contains(outside), "{outside}");
    }
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"ru\">"));
}

#[test]
fn emulated_and_debug_drives_are_told_on_every_form() {
    for document in [
        formed(&payment(), DEBUG_DRIVE),
        sent(1),
        sent(4),
        sent(7),
        captured(),
    ] {
        let printed = Printed::of(&document, &Surroundings::default());
        assert!(printed.text().starts_with(&format!("        {MARK}")));
        assert!(printed.html().contains(MARK));
    }
    let is_emulated = Surroundings {
        is_emulated: true,
        ..Surroundings::default()
    };
    let real = formed(&payment(), REAL_DRIVE);
    assert!(Printed::of(&real, &is_emulated).text().contains(MARK));
    assert!(!Printed::of(&real, &surroundings()).text().contains(MARK));
}

#[test]
fn marked_goods_bear_their_marks() {
    let mut receipt = payment();
    let element = |tag, value| ffd::Element {
        tag: Tag(tag),
        value,
    };
    receipt.lines[0].details = Some(Box::new(LineDetails {
        fraction: Some(Fraction::new(1, 3).unwrap()),
        code: Some(ProductCode::new(ProductCodeKind::Itf14, "00000000000000").unwrap()),
        ..LineDetails::default()
    }));
    receipt.lines[0].other = vec![element(2106, Value::Byte(15))];
    let printed = Printed::of(&formed(&receipt, REAL_DRIVE), &Surroundings::default());
    let text = printed.text();
    assert!(text.contains("[М+]"), "{text}");
    assert!(text.contains(" 1/3\n"), "{text}");
    let shows = |tag| printed.rows().any(|row| row.tags.contains(&Tag(tag)));
    assert!(
        shows(1163) && !shows(1303),
        "1303 is for the electronic form"
    );
}
