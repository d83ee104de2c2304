//! Pieces of a host's TLV for commands 07h.

use ffd::{Reader, SplitError, split_for_drive};

use crate::made;

/// The pieces make up the whole, none is too long, and none tears an object. The first byte says
/// how long a piece may be.
pub(crate) fn check(bytes: &[u8]) {
    let Some((max, tlv)) = bytes.split_first() else {
        return;
    };
    let max = 8 * usize::from(*max);
    check_list(tlv, max);
    check_list(&made::list(tlv), max);
}

fn check_list(tlv: &[u8], max: usize) {
    match split_for_drive(tlv, max) {
        Ok(pieces) => {
            assert_eq!(pieces.concat(), tlv);
            for piece in pieces {
                assert!(!piece.is_empty() && piece.len() <= max);
                assert!(Reader::new(piece).all(|field| field.is_ok()));
            }
        }
        Err(SplitError::ObjectTooLong {
            tag,
            len,
            max: told,
        }) => {
            assert!(len > max && told == max);
            let blamed = Reader::new(tlv)
                .flatten()
                .find(|field| field.bytes().len() + 4 == len);
            assert_eq!(blamed.map(|field| field.tag()), Some(tag));
        }
        Err(SplitError::Tlv(_)) => {
            assert!(Reader::new(tlv).any(|field| field.is_err()));
        }
    }
}
