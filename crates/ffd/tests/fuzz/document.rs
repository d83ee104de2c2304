//! Documents as typed values.

use ffd::{Document, Form, OperatorConfirmation, ParseError, Tree};

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
    if let Ok(Document::Confirmation(confirmation)) = &whole {
        check_confirmation(confirmation);
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

/// Written and read, it says the same, but for texts: typography in them is replaced, and those of a
/// fixed length are padded. Written again, they are the same bytes.
fn check_confirmation(confirmation: &OperatorConfirmation) {
    let Ok(written) = confirmation.encode() else {
        return;
    };
    let again = match Document::parse(&written) {
        Ok(Document::Confirmation(again)) => *again,
        other => panic!("{other:?}"),
    };
    assert_eq!(again.encode(), Ok(written));
    let without_texts = OperatorConfirmation {
        ofd_inn: confirmation.ofd_inn.clone(),
        to_drive: confirmation.to_drive.clone(),
        other: confirmation.other.clone(),
        ..again
    };
    assert_eq!(without_texts, *confirmation);
}

fn check_result(read: &Result<Document, ParseError>) {
    if let Err(error) = read {
        assert!(!error.to_string().is_empty());
    }
}
