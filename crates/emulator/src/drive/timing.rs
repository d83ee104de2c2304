use std::{str::FromStr, time::Duration};

use fn_proto::{Request, TimeoutClass};

use super::DriveError;

/// How long an exchange with the drive takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Timing {
    /// Line speed, bits per second; a byte takes ten of them (8N1). None: the line takes no time.
    pub line_speed: Option<u32>,
    /// Beginning a document.
    pub begin: Duration,
    /// Forming and signing one.
    pub form: Duration,
    /// Wiping a debug drive.
    pub reset: Duration,
    /// Checking a ticket.
    pub ticket: Duration,
    /// Any other command.
    pub other: Duration,
}

impl Timing {
    /// Nothing takes time.
    pub const NONE: Self = Self {
        line_speed: None,
        begin: Duration::ZERO,
        form: Duration::ZERO,
        reset: Duration::ZERO,
        ticket: Duration::ZERO,
        other: Duration::ZERO,
    };

    /// About the times of a real drive at 115200 bits per second: begin 20 ms, form 330 ms, ticket
    /// 60 ms, wiping 5 s, others 2 ms. No source measures a bare drive; these are derived from times of
    /// registers with a drive inside (ФН protocol §6.3, INFERRED).
    pub const REAL: Self = Self {
        line_speed: Some(115_200),
        begin: Duration::from_millis(20),
        form: Duration::from_millis(330),
        reset: Duration::from_secs(5),
        ticket: Duration::from_millis(60),
        other: Duration::from_millis(2),
    };

    /// From the first byte of the command to the last of the answer, whose frame has `answer_len`
    /// bytes: a lower bound of what any host can reach.
    pub fn exchange_time(&self, request: &Request, answer_len: usize) -> Duration {
        self.line(request.encode().len() + answer_len) + self.processing(request)
    }

    /// How long the line needs for `bytes`.
    pub(crate) fn line(&self, bytes: usize) -> Duration {
        const BITS_PER_BYTE: u64 = 10;
        self.line_speed.map_or(Duration::ZERO, |speed| {
            let nanos = bytes as u64 * BITS_PER_BYTE * 1_000_000_000;
            Duration::from_nanos(nanos / u64::from(speed.max(1)))
        })
    }

    /// The same with the speed that ABh has set, where the line takes time at all.
    pub(crate) fn at_speed(&self, raised: Option<u32>) -> Self {
        Self {
            line_speed: self.line_speed.map(|speed| raised.unwrap_or(speed)),
            ..self.clone()
        }
    }

    /// How long the drive thinks.
    pub(crate) fn processing(&self, request: &Request) -> Duration {
        match request {
            Request::BeginArchiveClosing
            | Request::BeginRegistration { .. }
            | Request::BeginRegistration105(_)
            | Request::BeginSettlements(_)
            | Request::BeginShiftOpening(_)
            | Request::BeginShiftClosing(_)
            | Request::BeginReceipt(_)
            | Request::BeginCorrection(_) => self.begin,
            Request::PassTicket(_) => self.ticket,
            Request::ResetDebugDrive => self.reset,
            request if request.timeout_class() == TimeoutClass::Finish => self.form,
            _ => self.other,
        }
    }
}

/// Reads `none` or `real`.
impl FromStr for Timing {
    type Err = DriveError;

    fn from_str(text: &str) -> Result<Self, DriveError> {
        match text {
            "none" => Ok(Self::NONE),
            "real" => Ok(Self::REAL),
            other => Err(DriveError::BadSetting {
                what: "timing",
                given: other.to_owned(),
                rule: "write none or real",
            }),
        }
    }
}
