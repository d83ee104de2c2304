use thiserror::Error;

use crate::{DecodeError, Reader, Tag};

/// Why a host's TLV cannot be passed to a drive.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SplitError {
    /// The bytes are no TLV list.
    #[error("the data for the drive are no TLV list")]
    Tlv(#[from] DecodeError),
    /// One object alone exceeds what a command carries.
    #[error("tag {tag} takes {len} bytes, a command of this drive carries at most {max}")]
    ObjectTooLong {
        /// The tag.
        tag: Tag,
        /// Its bytes, with tag and length.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
}

/// Cuts a host's TLV list into pieces of at most `max` bytes for commands 07h. An object, also a
/// line with all that it holds, is never torn (ФН protocol §2.2).
///
/// An empty list gives no pieces: a command without data is not allowed.
///
/// # Errors
/// When the bytes are no TLV list, or one object is longer than `max`.
pub fn split_for_drive(tlv: &[u8], max: usize) -> Result<Vec<&[u8]>, SplitError> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut reader = Reader::new(tlv);
    while let Some(field) = reader.next() {
        let field = field?;
        let (begin, end) = (field.offset(), reader.offset());
        if end - begin > max {
            return Err(SplitError::ObjectTooLong {
                tag: field.tag(),
                len: end - begin,
                max,
            });
        }
        if end - start > max {
            pieces.push(&tlv[start..begin]);
            start = begin;
        }
    }
    if start < tlv.len() {
        pieces.push(&tlv[start..]);
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_longer_than_a_command_is_named() {
        let mut tlv = vec![0x23, 0x04, 10, 0];
        tlv.extend([0; 10]);
        assert_eq!(
            split_for_drive(&tlv, 13),
            Err(SplitError::ObjectTooLong {
                tag: Tag::ITEM,
                len: 14,
                max: 13
            })
        );
        assert_eq!(split_for_drive(&tlv, 14), Ok(vec![tlv.as_slice()]));
        assert_eq!(split_for_drive(&[], 14), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn pieces_are_whole_objects_and_make_up_the_whole(
            values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..40),
            max in 64_usize..300,
        ) {
            let mut tlv = Vec::new();
            for value in &values {
                tlv.extend([0x06, 0x04, value.len() as u8, 0]);
                tlv.extend(value);
            }
            let pieces = split_for_drive(&tlv, max).unwrap();
            prop_assert_eq!(&pieces.concat(), &tlv);
            let mut objects = 0;
            for piece in pieces {
                prop_assert!(!piece.is_empty() && piece.len() <= max);
                for field in Reader::new(piece) {
                    prop_assert!(field.is_ok());
                    objects += 1;
                }
            }
            prop_assert_eq!(objects, values.len());
        }
    }
}
