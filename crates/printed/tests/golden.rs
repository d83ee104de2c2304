//! Whole documents as they are shown. With `KASSETTE_GOLDEN=write` the files are written anew: look
//! at the difference before it is kept.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod documents;

use std::{env, fs, path::Path};

use documents::{
    DEBUG_DRIVE, REAL_DRIVE, captured, charge, close_shift, correction, formed, payment, refund,
    sent, surroundings,
};
use ffd::{Document, Form, Tree};
use printed::{Printed, Surroundings};

#[track_caller]
fn assert_golden(name: &str, shown: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if env::var_os("KASSETTE_GOLDEN").is_some_and(|order| order == "write") {
        fs::write(&path, shown).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    assert!(
        golden == shown,
        "{name} is shown otherwise than before:\n{shown}"
    );
}

fn text(document: &Document) -> String {
    Printed::of(document, &surroundings()).text()
}

#[test]
fn receipts_as_text() {
    assert_golden("payment.txt", &text(&formed(&payment(), REAL_DRIVE)));
    assert_golden("charge.txt", &text(&formed(&charge(), DEBUG_DRIVE)));
    assert_golden("refund.txt", &text(&formed(&refund(), REAL_DRIVE)));
    assert_golden("correction.txt", &text(&formed(&correction(), REAL_DRIVE)));
    let bare = Printed::of(&captured(), &Surroundings::default());
    assert_golden("captured-ffd105.txt", &bare.text());
}

#[test]
fn receipts_as_pages() {
    let page = |document| Printed::of(&document, &surroundings()).html();
    assert_golden("payment.html", &page(formed(&payment(), REAL_DRIVE)));
    assert_golden("charge.html", &page(formed(&charge(), DEBUG_DRIVE)));
    assert_golden("correction.html", &page(formed(&correction(), REAL_DRIVE)));
}

#[test]
fn reports_as_text() {
    assert_golden("registration-ffd105.txt", &text(&sent(1)));
    assert_golden("confirmation.txt", &text(&sent(4)));
    assert_golden("open-shift.txt", &text(&sent(7)));
    assert_golden("close-shift.txt", &text(&close_shift()));
}

#[test]
fn a_form_without_a_design_of_its_own_is_listed_tag_by_tag() {
    // 1041, 1097, 1157 {1134}
    let mut bytes = vec![0x11, 4, 16, 0];
    bytes.extend(REAL_DRIVE.as_bytes());
    bytes.extend([0x49, 4, 4, 0, 2, 0, 0, 0]);
    bytes.extend([0x85, 4, 8, 0, 0x6E, 4, 4, 0, 12, 0, 0, 0]);
    let document = Document::parse_inside(Form::CurrentState, &bytes).unwrap();
    assert_eq!(
        document,
        Document::Other(Form::CurrentState, Tree::parse(&bytes).unwrap())
    );
    assert_golden("current-state.txt", &text(&document));
}
