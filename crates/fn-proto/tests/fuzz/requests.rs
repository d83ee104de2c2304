//! Commands as a drive reads them.

use fn_proto::{AnswerCode, Decoder, Request, command_name};

/// A command is the first byte, its parameters the rest. What is accepted is written so that it is
/// read as the same again.
pub(crate) fn check(bytes: &[u8]) {
    let Some((code, data)) = bytes.split_first() else {
        return;
    };
    let request = match Request::decode(*code, data) {
        Ok(request) => request,
        Err(code) => {
            assert!(AnswerCode::NAMED.contains(&code) && !code.is_ok());
            return;
        }
    };
    assert_eq!(request.code(), *code);
    assert_eq!(command_name(*code), Some(request.name()));
    let written = request.encode();
    let mut decoder = Decoder::new();
    decoder.push(&written);
    if request.fits() {
        let frame = decoder.next_frame().unwrap().expect("a whole frame");
        assert_eq!(Request::decode(frame.code, &frame.data), Ok(request));
    } else {
        assert!(matches!(decoder.next_frame(), Ok(None) | Err(_)));
    }
}
