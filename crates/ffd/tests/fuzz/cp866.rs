//! Texts in their code page.

use ffd::cp866::{decode, encode, encode_exact};

/// Bytes come back as they were; a text comes back as it was, or its first character that the code
/// page lacks is named with its place.
pub(crate) fn check(bytes: &[u8]) {
    let text = decode(bytes);
    assert_eq!(encode_exact(&text), Ok(bytes.to_vec()));
    // What printers would obey is refused, typography is replaced: by nothing that is refused.
    if let Ok(clean) = encode(&text) {
        assert_eq!(encode(&decode(&clean)), Ok(clean));
    }

    let text = String::from_utf8_lossy(bytes);
    match encode_exact(&text) {
        Ok(written) => assert_eq!(decode(&written), text),
        Err(refused) => {
            let place = text.chars().position(|it| it == refused.character);
            assert_eq!(place, Some(refused.position));
        }
    }
    if let Err(refused) = encode(&text) {
        let named = text.chars().nth(refused.position);
        assert_eq!(named, Some(refused.character));
    }
}
