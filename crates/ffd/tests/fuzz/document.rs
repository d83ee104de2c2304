//! Documents as typed values.

use ffd::{Document, Form, ParseError, Tree};

use crate::made;

/// Whole documents and insides of every form are read or refused with words; a document with its
/// outer tag is read as its inside is, and a confirmation is written as it was read.
pub(crate) fn check(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), made::document(bytes), made::damaged(bytes)] {
        check_document(&bytes);
    }
}

fn check_document(bytes: &[u8]) {
    let whole = Document::parse(bytes);
    check_result(&whole);
    if let Ok(document) = &whole {
        assert_eq!(
            Document::parse_inside(document.form(), &bytes[4..]).as_ref(),
            Ok(document)
        );
    }
    if let Ok(Document::Confirmation(confirmation)) = &whole
        && let Ok(written) = confirmation.encode()
    {
        assert_eq!(Document::parse(&written), whole);
    }
    for inside in [bytes, bytes.get(4..).unwrap_or_default()] {
        let is_list = Tree::parse(inside).is_ok();
        for form in Form::ALL {
            let read = Document::parse_inside(form, inside);
            check_result(&read);
            if let Ok(document) = read {
                assert!(is_list);
                assert_eq!(document.form(), form);
            }
        }
    }
}

fn check_result(read: &Result<Document, ParseError>) {
    if let Err(error) = read {
        assert!(!error.to_string().is_empty());
    }
}
