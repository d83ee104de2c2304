//! TLV of any kind as a tree.

use ffd::{Reader, Tree, ValueKind};

use crate::made;

/// What is read is written so that it is read as the same again: only numbers of variable length
/// may get another length, every other value is written byte for byte.
pub(crate) fn check(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), made::list(bytes), made::damaged(bytes)] {
        check_list(&bytes);
    }
}

fn check_list(bytes: &[u8]) {
    for field in Reader::new(bytes).flatten() {
        assert!(field.offset() + 4 + field.bytes().len() <= bytes.len());
    }
    let tree = match Tree::parse(bytes) {
        Ok(tree) => tree,
        Err(error) => {
            assert!(error.offset <= bytes.len(), "{error}");
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = tree.encode().unwrap();
    assert_eq!(Tree::parse(&written).as_ref(), Ok(&tree));
    compare(Reader::new(bytes), Reader::new(&written));
}

fn compare(mut read: Reader<'_>, mut written: Reader<'_>) {
    loop {
        let (read, written) = match (read.next(), written.next()) {
            (None, None) => return,
            (read, written) => (read.unwrap().unwrap(), written.unwrap().unwrap()),
        };
        assert_eq!(read.tag(), written.tag());
        match read.tag().info().map(|info| info.kind) {
            Some(ValueKind::List) => compare(read.list(), written.list()),
            // An empty number is a zero, which is written as one byte.
            Some(ValueKind::Vln) => {
                assert!(written.bytes().len() <= read.bytes().len().max(1));
            }
            Some(ValueKind::Fvln) => {
                assert!(written.bytes().len() <= read.bytes().len().max(2));
            }
            _ => assert_eq!(read.bytes(), written.bytes()),
        }
    }
}
