//! Answers as the host reads them.

use fn_proto::{Failure, Request};

/// The first byte is a command, the second the answer's code, the rest its data. What is read is
/// written so that it is read as the same again.
pub(crate) fn check(bytes: &[u8]) {
    let [command, code, data @ ..] = bytes else {
        return;
    };
    for request in commands(*command) {
        match request.read_answer(*code, data) {
            Ok(answer) => {
                assert_eq!(code & 0x7F, 0);
                assert_eq!(request.read_answer(0, &answer.encode()), Ok(answer));
            }
            Err(Failure::Refused(refusal)) => {
                assert_eq!(refusal.code.get(), code & 0x7F);
                assert_eq!(refusal.data, data);
                assert!(refusal.to_string().contains(request.name()));
            }
            Err(Failure::Unreadable { command, reason }) => {
                assert_eq!(code & 0x7F, 0);
                assert_eq!(command, request.name());
                assert!(!reason.is_empty());
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Commands with this code, with some parameters.
fn commands(code: u8) -> Vec<Request> {
    let parameters: [&[u8]; 8] = [
        &[],
        &[0],
        &[1, 1],
        &[0xFF, 0xFF],
        &[1, 0, 0, 0],
        &[26, 11, 22, 10, 30],
        &[26, 11, 22, 10, 30, 1, 0, 0, 0, 0, 0],
        b"\x1A\x0B\x16\x0A\x1E7802781104  0000000000024136    \x03\x00",
    ];
    parameters
        .into_iter()
        .filter_map(|data| Request::decode(code, data).ok())
        .collect()
}
