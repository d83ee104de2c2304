//! How a drive turns the frame of a command into the frame of its answer.
//!
//! The emulated drive implements [`Device`] and sees the same [`Request`]s and [`Answer`]s as the
//! host, so the two sides cannot drift apart.

use crate::{Answer, AnswerCode, Frame, Request, WarningFlags, frame::encode_answer};

/// A drive's «no»: the code and the data that go with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejection {
    /// Why.
    pub code: AnswerCode,
    /// A tag, a reason or nothing, as the code defines (ФН protocol §4.6).
    pub data: Vec<u8>,
}

impl Rejection {
    /// A refusal with data.
    pub fn with(code: AnswerCode, data: impl Into<Vec<u8>>) -> Self {
        Self {
            code,
            data: data.into(),
        }
    }
}

impl From<AnswerCode> for Rejection {
    fn from(code: AnswerCode) -> Self {
        Self::with(code, [])
    }
}

/// What carries out commands: a drive.
pub trait Device {
    /// Carries out one command. A device has its own timer, as drives do.
    ///
    /// # Errors
    /// The code to answer and its data; then the command has changed nothing.
    fn execute(&mut self, request: Request) -> Result<Answer, Rejection>;

    /// What the device warns of now.
    fn warnings(&self) -> WarningFlags;
}

/// Carries out the command in `frame` and gives the whole frame of the answer.
pub fn respond(device: &mut impl Device, frame: &Frame) -> Vec<u8> {
    let result = Request::decode(frame.code, &frame.data)
        .map_err(Rejection::from)
        .and_then(|request| device.execute(request));
    let warning = !device.warnings().is_empty();
    match result {
        Ok(answer) => encode_answer(AnswerCode::OK, warning, answer.encode()),
        Err(Rejection { code, data }) => encode_answer(code, warning, data),
    }
}
