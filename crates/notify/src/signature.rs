//! Signatures of letters: Standard Webhooks, symmetric (`v1`).

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What secrets begin with.
const PREFIX: &str = "whsec_";
/// The shortest and the longest secret, bytes (Standard Webhooks: 24 to 64).
const BYTES_MIN: usize = 24;
const BYTES_MAX: usize = 64;

/// A secret that a receiver knows, too. It is never shown.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret of these bytes, of which there are 24 to 64.
    ///
    /// # Errors
    /// When there are more or fewer.
    pub fn of(bytes: &[u8]) -> Result<Self, &'static str> {
        if (BYTES_MIN..=BYTES_MAX).contains(&bytes.len()) {
            Ok(Self(bytes.to_owned()))
        } else {
            Err("a secret has 24 to 64 bytes")
        }
    }

    /// As it is written in the configuration: `whsec_` and base64.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn sign(&self, content: &[&[u8]]) -> String {
        // A key of any length will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        for part in content {
            mac.update(part);
        }
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    /// What is wrong, without quoting it.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let coded = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or("a secret begins with whsec_: make one by «kassette webhook secret»")?;
        let bytes = STANDARD.decode(coded);
        Self::of(&bytes.map_err(|_| "what follows whsec_ is no base64")?)
    }
}

/// The header `webhook-signature`: one signature for each secret, so that a receiver may know either
/// while a secret is exchanged for another.
pub(crate) fn signatures(secrets: &[Secret], id: &str, timestamp: &str, body: &str) -> String {
    let content = [id, ".", timestamp, ".", body].map(str::as_bytes);
    let signatures = secrets.iter().map(|secret| secret.sign(&content));
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_signed_as_the_specification_shows_it() {
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let (id, at) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let body = r#"{"test": 2432232314}"#;
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(
            signatures(std::slice::from_ref(&secret), id, at, body),
            expected
        );
        let other = Secret::of(&[7; 32]).unwrap();
        let both = signatures(&[secret, other], id, at, body);
        assert_eq!(both.split(' ').count(), 2);
        assert!(both.starts_with(expected));
    }

    #[test]
    fn secrets_are_read_back_and_never_shown() {
        let secret = Secret::of(&[9; 24]).unwrap();
        assert_eq!(secret.to_text().parse(), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        for wrong in [
            "",
            "whsec_",
            "whsec_!",
            "whsec_AAAA",
            "AAAA",
            "whsec_MfKQ9r8GKYqrTwjU",
            "hunter2",
        ] {
            let why = wrong.parse::<Secret>().unwrap_err();
            assert!(!why.contains("hunter2") && !why.contains("MfKQ"), "{why}");
        }
    }
}
