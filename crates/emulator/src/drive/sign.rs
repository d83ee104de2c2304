//! Signs that look like a drive's and are none: HMAC-SHA-256 under the key of the passport. Equal
//! documents of equal drives have equal signs, which tests and simulations need.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fiscal sign of a document's bytes (four value bytes of tag 1077).
pub(crate) fn fiscal_sign(key: &[u8; 32], document: &[u8]) -> u32 {
    let [a, b, c, d, ..] = digest(key, b"document", document);
    u32::from_be_bytes([a, b, c, d])
}

/// The message sign (ФПС) of a document: `81 06` and six bytes (ККТ–ОФД protocol §5.2).
pub(crate) fn message_sign(key: &[u8; 32], document: &[u8]) -> [u8; 8] {
    let [a, b, c, d, e, f, ..] = digest(key, b"message", document);
    [0x81, 0x06, a, b, c, d, e, f]
}

/// The archive sign (ФПА) of a receipt, twelve bytes (ФН protocol §2.7).
pub(crate) fn archive_sign(key: &[u8; 32], document: &[u8]) -> [u8; 12] {
    let mut sign = [0; 12];
    sign.copy_from_slice(&digest(key, b"archive", document)[..12]);
    sign
}

/// The five varying bytes of a container's header (ККТ–ОФД protocol §5.1, meaning unknown).
pub(crate) fn message_seed(key: &[u8; 32], document: &[u8]) -> [u8; 5] {
    let [a, b, c, d, e, ..] = digest(key, b"seed", document);
    [a, b, c, d, e]
}

fn digest(key: &[u8; 32], purpose: &[u8], document: &[u8]) -> [u8; 32] {
    // HMAC fills a short key up to the block with zeros; so there is no length that could fail.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(purpose);
    mac.update(document);
    mac.finalize().into_bytes().into()
}
