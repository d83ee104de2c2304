//! The second factor: one-time codes by the clock (RFC 6238 over RFC 4226), and codes for those who
//! have lost it.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac, digest::Key};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::DeskError;

/// How long a code holds, milliseconds (RFC 6238 §4.1).
const STEP_MS: i64 = 30_000;
/// Clocks that differ by so many steps are borne with (RFC 6238 §5.2).
const SKEW: i64 = 1;
/// Digits of a code, as all devices show them.
const DIGITS: usize = 6;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// RFC 4648 §6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A second factor that somebody may take.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FactorOffer {
    /// 160 random bits (RFC 4226 §4).
    pub secret: [u8; 20],
    issuer: String,
    login: String,
}

impl FactorOffer {
    pub(super) fn new(issuer: &str, login: &str) -> Result<Self, DeskError> {
        let mut secret = [0_u8; 20];
        random(&mut secret)?;
        Ok(Self::with_secret(secret, issuer, login))
    }

    /// The offer that was made with this secret.
    pub fn with_secret(secret: [u8; 20], issuer: &str, login: &str) -> Self {
        Self {
            secret,
            issuer: issuer.to_owned(),
            login: login.to_owned(),
        }
    }

    /// The secret as it is typed into a device: base32.
    pub fn typed(&self) -> String {
        base32(&self.secret)
    }

    /// The code that a device with this secret shows at a moment, milliseconds since 1970.
    pub fn code_at(&self, unix_ms: i64) -> String {
        code_at(&self.secret, unix_ms.div_euclid(STEP_MS))
    }

    /// What the QR code says.
    pub fn url(&self) -> String {
        let (issuer, login) = (encoded(&self.issuer), encoded(&self.login));
        let secret = self.typed();
        format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}")
    }

    /// The QR code, an SVG image with this description; none when the name is too long for one.
    pub fn qr(&self, about: &str) -> Option<String> {
        printed::qr_image(&self.url(), about)
    }
}

/// The half minute since 1970 whose code this is; none when it is no code of this time.
pub(super) fn step_of(secret: &[u8; 20], code: &str, unix_ms: i64) -> Option<i64> {
    let shown: String = code.chars().filter(|it| !it.is_whitespace()).collect();
    let now = unix_ms.div_euclid(STEP_MS);
    let mut found = None;
    // All of them are looked at, so that how long it takes tells nothing.
    for step in now - SKEW..=now + SKEW {
        let right = code_at(secret, step);
        if right.as_bytes().ct_eq(shown.as_bytes()).into() {
            found = Some(step);
        }
    }
    found
}

/// The code of a half minute since 1970 (RFC 4226 §5.3).
fn code_at(secret: &[u8; 20], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new(&key(secret));
    mac.update(&step.to_be_bytes());
    let sum: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(sum[19] & 0x0F);
    let bytes = [0, 1, 2, 3].map(|place| sum[offset + place]);
    let number = (u32::from_be_bytes(bytes) & 0x7FFF_FFFF) % 10_u32.pow(DIGITS as u32);
    format!("{number:0DIGITS$}")
}

/// The secret as the key of HMAC: filled up with zeros to a block of SHA-1 (RFC 2104 §2).
fn key(secret: &[u8; 20]) -> Key<Hmac<Sha1>> {
    let mut block = Key::<Hmac<Sha1>>::default();
    block[..secret.len()].copy_from_slice(secret);
    block
}

/// New recovery codes, to be shown once.
pub(super) fn recovery_codes() -> Result<Vec<String>, DeskError> {
    (0..RECOVERY_CODES).map(|_| readable_code()).collect()
}

/// What is kept of a recovery code, however it is typed.
pub(super) fn recovery_hash(code: &str) -> [u8; 32] {
    Sha256::digest(plain(code)).into()
}

/// 80 random bits in groups of four letters and digits.
pub(super) fn readable_code() -> Result<String, DeskError> {
    let mut bits = [0_u8; 10];
    random(&mut bits)?;
    let letters = base32(&bits);
    let groups: Vec<String> = letters
        .as_bytes()
        .chunks(4)
        .map(|group| group.iter().map(|byte| char::from(*byte)).collect())
        .collect();
    Ok(groups.join("-"))
}

/// A code without what people put into it to read it.
pub(super) fn plain(code: &str) -> String {
    let letters = code.chars().filter(|it| it.is_ascii_alphanumeric());
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

fn random(bytes: &mut [u8]) -> Result<(), DeskError> {
    getrandom::fill(bytes)
        .map_err(|error| DeskError::System(format!("the system gives no random numbers: {error}")))
}

/// Whole groups of five bytes only: all that is written here is so long.
fn base32(bytes: &[u8]) -> String {
    let groups = bytes.chunks(5).map(|group| {
        let bits = group
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8).map(move |place| {
            let index = (bits >> (35 - 5 * place)) & 0x1F;
            char::from(BASE32[index as usize])
        })
    });
    groups.flatten().collect()
}

/// As URLs need it (RFC 3986 §2.1).
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238 appendix B, the last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let ms = seconds * 1_000;
            assert_eq!(step_of(SECRET, code, ms), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_holds_a_step_before_and_after_its_own_and_no_longer() {
        let at = 1_234_567_890_000;
        let step = at / STEP_MS;
        for (shift, found) in [(-2, None), (-1, Some(step)), (1, Some(step)), (2, None)] {
            assert_eq!(
                step_of(SECRET, " 005 924 ", at + shift * STEP_MS),
                found,
                "{shift}"
            );
        }
        for wrong in ["", "005925", "5924", "0059240", "００5924"] {
            assert_eq!(step_of(SECRET, wrong, at), None, "{wrong}");
        }
    }

    #[test]
    fn a_device_is_told_the_secret_by_url() {
        let offer = FactorOffer::with_secret(*SECRET, "ООО «Я»", "olga");
        assert_eq!(offer.typed(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let issuer = "%D0%9E%D0%9E%D0%9E%20%C2%AB%D0%AF%C2%BB";
        let url = offer.url();
        assert!(
            url.starts_with(&format!("otpauth://totp/{issuer}:olga?secret=GEZD")),
            "{url}"
        );
        assert!(offer.qr("QR").unwrap().starts_with("<svg"));
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            let typed = format!(" {} ", code.replace('-', "").to_lowercase());
            assert_eq!(recovery_hash(&typed), recovery_hash(code));
        }
        assert_ne!(recovery_hash(&codes[0]), recovery_hash(&codes[1]));
    }
}
