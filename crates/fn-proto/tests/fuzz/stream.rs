//! The decoder of frames.

use fn_proto::{Decoder, Frame, MAX_FRAME};

/// However the stream is cut, the same frames come out, in their order, and each is in the stream:
/// of the bytes as they are, and of frames made of them. The first byte says where to cut.
pub(crate) fn check(bytes: &[u8]) {
    let Some((step, stream)) = bytes.split_first() else {
        return;
    };
    check_cut(stream, *step);
    check_cut(&made_of(stream).concat(), *step);
}

/// Frames and noise: a piece begins with its length and what it becomes.
pub(crate) fn made_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while let [head, behind @ ..] = rest {
        let (piece, behind) = behind.split_at(usize::from(head >> 2).min(behind.len()));
        rest = behind;
        let mut piece = match (head & 3, piece) {
            (0..=2, [code, data @ ..]) => Frame {
                code: *code,
                data: data.to_vec(),
            }
            .encode(),
            _ => piece.to_vec(),
        };
        if head & 3 == 2
            && let Some(last) = piece.last_mut()
        {
            *last ^= 1;
        }
        pieces.push(piece);
    }
    pieces
}

fn check_cut(stream: &[u8], step: u8) {
    let whole = frames(&[stream]);
    let pieces: Vec<&[u8]> = stream.chunks(usize::from(step).max(1)).collect();
    assert_eq!(frames(&pieces), whole);
    let mut rest = stream;
    for frame in whole {
        let bytes = frame.encode();
        let place = rest.windows(bytes.len()).position(|window| window == bytes);
        rest = &rest[place.expect("the frame is in the stream") + bytes.len()..];
    }
}

fn frames(pieces: &[&[u8]]) -> Vec<Frame> {
    let mut decoder = Decoder::new();
    let mut found = Vec::new();
    let mut inside = 0;
    for piece in pieces {
        decoder.push(piece);
        inside += piece.len();
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    inside -= frame.encode().len();
                    found.push(frame);
                }
                Ok(None) => break,
                Err(error) => assert_ne!(error.received, error.expected),
            }
        }
        if pieces.len() > 1 && decoder.is_inside_frame() {
            assert!(inside > 0);
        }
    }
    let mut given_up = 0;
    while decoder.abandon() {
        given_up += 1;
        while let Ok(Some(_)) | Err(_) = decoder.next_frame() {}
    }
    assert!(given_up < MAX_FRAME);
    found
}
