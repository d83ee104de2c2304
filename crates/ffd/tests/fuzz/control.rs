//! Format-logic control.

use ffd::{
    Document, Reader,
    check::{check_document, check_sequence, check_succession},
};
use terms::FfdVersion;

use crate::made;

/// Any bytes are judged in every version: each violation has words and lies in the document, and
/// bytes that are no TLV are never found right. No document follows itself.
pub(crate) fn check(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), made::document(bytes), made::damaged(bytes)] {
        for ffd in FfdVersion::ALL {
            check_control(&bytes, *ffd);
        }
        check_order(&bytes);
    }
}

fn check_control(bytes: &[u8], ffd: FfdVersion) {
    let found = check_document(bytes, ffd);
    let outer = Reader::document(bytes);
    let is_torn = outer.map_or(true, |outer| outer.list().any(|field| field.is_err()));
    assert!(!is_torn || found.iter().any(|violation| violation.is_error()));
    for violation in found {
        assert!(violation.offset.is_none_or(|offset| offset <= bytes.len()));
        assert!(!violation.message.is_empty());
        assert!(violation.to_string().contains(violation.rule.id));
    }
}

fn check_order(bytes: &[u8]) {
    let succession = check_succession(bytes, bytes);
    assert_eq!(succession.is_ok(), Reader::document(bytes).is_ok());
    let read = Document::parse(bytes);
    if let Some(head) = read.as_ref().ok().and_then(Document::head) {
        assert!(!check_sequence(head, head).is_empty());
        assert!(!succession.unwrap().is_empty());
    }
}
