use std::fmt;

use terms::LocalDateTime;

/// Seconds since 1970-01-01 00:00 on the wall clock of the settlement place: no time zone
/// (ККТ–ОФД protocol §9). Registers write whole minutes; operators also write seconds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixTime(pub u32);

impl UnixTime {
    /// The minute it lies in.
    ///
    /// # Errors
    /// When it is before the year 2000.
    pub fn minute(self) -> terms::Result<LocalDateTime> {
        LocalDateTime::from_unix_local(i64::from(self.0))
    }
}

impl TryFrom<LocalDateTime> for UnixTime {
    type Error = terms::TermError;

    /// Fails after the year 2106, where the four bytes end.
    fn try_from(moment: LocalDateTime) -> terms::Result<Self> {
        u32::try_from(moment.unix_local())
            .map(Self)
            .map_err(|_| terms::TermError::new("time", moment, "a moment until the year 2106"))
    }
}

/// `2024-09-15T12:25:03`; before the year 2000 the bare seconds.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minute() {
            Ok(minute) => write!(f, "{minute}:{:02}", self.0 % 60),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}
