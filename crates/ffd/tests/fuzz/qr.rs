//! The text of the QR code.

use ffd::QrText;

/// What is read is written so that it is read as the same again.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<QrText>() {
        Ok(read) => assert_eq!(read.to_string().parse(), Ok(read)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
