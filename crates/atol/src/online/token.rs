//! Tokens: who has logged in, and when, signed. Nothing of them is kept.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::setup::TOKEN_SECRET_LEN;

/// A token is valid for so long after its issue, seconds (ATOL Online protocol §2).
pub(super) const VALID_FOR: i64 = 24 * 60 * 60;
/// The longest token that is looked at.
const TEXT_MAX: usize = 1000;
const HEAD: usize = 16;

/// Why a token lets nobody in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BadToken {
    /// We have not issued it.
    Unknown,
    /// It is too old.
    Expired,
}

/// A token for the holder of an API key, issued at `now`, seconds since 1970.
pub(super) fn issue(secret: &[u8; TOKEN_SECRET_LEN], key: i64, now: i64) -> String {
    let mut bytes = [key.to_be_bytes(), now.to_be_bytes()].concat();
    let sign = mac(secret, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&sign);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The API key of a token.
pub(super) fn read(
    secret: &[u8; TOKEN_SECRET_LEN],
    token: &str,
    now: i64,
) -> Result<i64, BadToken> {
    if token.len() > TEXT_MAX {
        return Err(BadToken::Unknown);
    }
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|_| BadToken::Unknown)?;
    let Some((head, sign)) = bytes.split_first_chunk::<HEAD>() else {
        return Err(BadToken::Unknown);
    };
    // Compares in constant time.
    let is_ours = mac(secret, head).verify_slice(sign).is_ok();
    let [key, issued] = [&head[..8], &head[8..]].map(|half| {
        let number = half
            .iter()
            .fold(0, |so_far, byte| so_far << 8 | u64::from(*byte));
        number.cast_signed()
    });
    match now.saturating_sub(issued) {
        _ if !is_ours => Err(BadToken::Unknown),
        age if age >= VALID_FOR => Err(BadToken::Expired),
        _ => Ok(key),
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(secret: &[u8; TOKEN_SECRET_LEN], head: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
    mac.update(b"kassette atol token 1 ");
    mac.update(head);
    mac
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: [u8; TOKEN_SECRET_LEN] = [7; TOKEN_SECRET_LEN];

    #[test]
    fn a_token_lives_for_a_day_and_for_its_secret() {
        let token = issue(&SECRET, 42, 1_000_000);
        let read_at = |now| read(&SECRET, &token, now);
        assert_eq!(read_at(1_000_000), Ok(42));
        assert_eq!(read_at(1_000_000 + VALID_FOR - 1), Ok(42));
        assert_eq!(read_at(1_000_000 + VALID_FOR), Err(BadToken::Expired));
        let other = [8; TOKEN_SECRET_LEN];
        assert_eq!(read(&other, &token, 1_000_000), Err(BadToken::Unknown));
    }

    proptest! {
        #[test]
        fn a_changed_token_is_nobodys(place in 0_usize..64, letter in "[A-Za-z0-9_-]") {
            let token = issue(&SECRET, 42, 1_000_000);
            let mut changed = token.clone();
            changed.replace_range(place..=place, &letter);
            let result = read(&SECRET, &changed, 1_000_000);
            prop_assert_eq!(result.is_ok(), changed == token);
        }

        #[test]
        fn no_text_is_a_token(text in ".{0,200}") {
            prop_assert_eq!(read(&SECRET, &text, 0), Err(BadToken::Unknown));
        }
    }
}
