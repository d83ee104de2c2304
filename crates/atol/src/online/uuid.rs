//! The identifiers that clients get: UUIDs of version 8 (RFC 9562), whose inside is ours to say.
//!
//! That of an operation is made of its identifier and of a check, so that it is found again after
//! any restart without a table, and a foreign one is recognised.

use sha2::{Digest, Sha256};
use terms::Id;

/// Bits of the check beside the 64 of the identifier; 6 of the 128 say version and variant.
const CHECK_BITS: u32 = 58;

/// The UUID of an operation.
pub(super) fn of_operation(id: Id) -> String {
    let number = id.get().unsigned_abs();
    let check = first_bits(&[b"operation ", &number.to_be_bytes()]) >> (64 - CHECK_BITS);
    written(u128::from(number) << CHECK_BITS | u128::from(check))
}

/// The operation of a UUID; none when it is not one of ours.
pub(super) fn to_operation(text: &str) -> Option<Id> {
    if text.len() != 36 || !text.is_ascii() {
        return None;
    }
    let digits: String = text.split('-').collect();
    let bits = (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok())??;
    let inside = (bits >> 80) << 74 | (bits >> 64 & 0xFFF) << 62 | bits & ((1 << 62) - 1);
    let id = Id::from_number(i64::try_from(inside >> CHECK_BITS).ok()?).ok()?;
    of_operation(id).eq_ignore_ascii_case(text).then_some(id)
}

/// The identifier of an error; it follows from what the error is about.
pub(super) fn of_error(about: &[&[u8]]) -> String {
    let (upper, lower) = (first_bits(about), first_bits(&[b"more ", &about.concat()]));
    written((u128::from(upper) << 64 | u128::from(lower)) >> 6)
}

fn first_bits(parts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(b"kassette atol uuid ");
    parts.iter().for_each(|part| hash.update(part));
    let bytes: [u8; 32] = hash.finalize().into();
    bytes[..8]
        .iter()
        .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

/// 122 bits, with version and variant among them.
fn written(inside: u128) -> String {
    let (a, b, c) = (inside >> 74, inside >> 62 & 0xFFF, inside & ((1 << 62) - 1));
    let bits = a << 80 | 8 << 76 | b << 64 | 2 << 62 | c;
    let digits = format!("{bits:032x}");
    let (a, b, c, d, e) = (
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    );
    format!("{a}-{b}-{c}-{d}-{e}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_operation_is_found_by_its_uuid_and_by_no_other(number in 0..i64::MAX, bit in 0_usize..128) {
            let id = Id::from_number(number).unwrap();
            let uuid = of_operation(id);
            prop_assert_eq!(uuid.as_bytes()[14], b'8');
            prop_assert!(b"89ab".contains(&uuid.as_bytes()[19]));
            prop_assert_eq!(to_operation(&uuid), Some(id));
            prop_assert_eq!(to_operation(&uuid.to_uppercase()), Some(id));
            let mut digits: Vec<u8> = uuid.bytes().filter(|byte| *byte != b'-').collect();
            let digit = char::from(digits[bit / 4]).to_digit(16).unwrap() ^ (1 << (bit % 4));
            digits[bit / 4] = char::from_digit(digit, 16).unwrap() as u8;
            let other = String::from_utf8(digits).unwrap();
            let other = format!("{}-{}-{}-{}-{}", &other[..8], &other[8..12], &other[12..16], &other[16..20], &other[20..]);
            prop_assert_eq!(to_operation(&other), None);
        }

        #[test]
        fn no_text_is_taken_for_a_uuid_of_ours(text in "[0-9a-f-]{0,40}|.{0,40}") {
            prop_assert_eq!(to_operation(&text), None);
        }
    }
}
