use std::{fmt, path::PathBuf, str::FromStr};

use glob::{MatchOptions, Pattern};
use thiserror::Error;

use crate::{DEFAULT_BAUD, DriveAddress, address::BAUDS};

const PATTERNS_MAX: usize = 64;

/// How a pattern is compared with names: letter by letter, folder by folder.
const LITERAL: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// The ports that automatic slots may open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PortRules {
    /// A port is allowed when one of these fits; the first that fits gives it its name.
    pub allow: Vec<PortPattern>,
    /// Speed of serial ports, bit/s.
    pub baud: u32,
}

impl PortRules {
    /// Whether they can be kept.
    ///
    /// # Errors
    /// When the speed is none, or there are too many patterns.
    pub fn check(&self) -> Result<(), PatternError> {
        if !BAUDS.contains(&self.baud) {
            return Err(PatternError::BadBaud(self.baud));
        }
        if self.allow.len() > PATTERNS_MAX {
            return Err(PatternError::TooMany(self.allow.len()));
        }
        Ok(())
    }
}

impl Default for PortRules {
    /// USB ports: `/dev/serial/by-id/*`, `/dev/ttyUSB*`, `/dev/ttyACM*`.
    fn default() -> Self {
        let usual = ["/dev/serial/by-id/*", "/dev/ttyUSB*", "/dev/ttyACM*"];
        Self {
            allow: usual.iter().filter_map(|text| text.parse().ok()).collect(),
            baud: DEFAULT_BAUD,
        }
    }
}

/// Names of ports: an absolute path in which `*`, `?` and `[…]` stand for characters other than a
/// slash; with `pty:` before it the pseudo-terminals of emulated drives.
///
/// ```
/// use links::PortPattern;
/// for text in ["/dev/ttyUSB*", "/dev/serial/by-id/*FTDI*", "pty:/run/kassette-emulator/fn*"] {
///     assert_eq!(text.parse::<PortPattern>()?.to_string(), text);
/// }
/// # Ok::<(), links::PatternError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PortPattern {
    is_pty: bool,
    path: Pattern,
}

/// A pattern, or rules, that cannot be used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PatternError {
    /// It is no absolute path.
    #[error("«{0}»: a pattern of ports must begin with / or pty:/")]
    Relative(String),
    /// No port has this speed.
    #[error("baud = {0}: write a speed of 9600…4000000 bit/s")]
    BadBaud(u32),
    /// More patterns than anybody needs.
    #[error("{0} patterns are too many: the most is 64")]
    TooMany(usize),
    /// It would search whole trees of folders.
    #[error("«{0}»: ** is not allowed; name the folder")]
    Recursive(String),
    /// Its brackets do not match.
    #[error("«{text}»: {reason}")]
    Malformed {
        /// The pattern.
        text: String,
        /// What is wrong with it, and where.
        reason: String,
    },
}

impl PortPattern {
    /// The names that are there now and fit; folders that cannot be read have none.
    pub(crate) fn names(&self) -> impl Iterator<Item = PathBuf> + use<> {
        glob::glob_with(self.path.as_str(), LITERAL)
            .into_iter()
            .flatten()
            .flatten()
    }

    /// A port of this name.
    pub(crate) fn address(&self, path: PathBuf, baud: u32) -> DriveAddress {
        if self.is_pty {
            DriveAddress::Pty { path }
        } else {
            DriveAddress::Serial { path, baud }
        }
    }
}

impl FromStr for PortPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (is_pty, path) = match text.strip_prefix("pty:") {
            Some(path) => (true, path),
            None => (false, text),
        };
        if !path.starts_with('/') {
            return Err(PatternError::Relative(text.to_owned()));
        }
        if path.contains("**") {
            return Err(PatternError::Recursive(text.to_owned()));
        }
        let path = Pattern::new(path).map_err(|error| PatternError::Malformed {
            text: text.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { is_pty, path })
    }
}

impl fmt::Display for PortPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_pty {
            f.write_str("pty:")?;
        }
        f.write_str(self.path.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_pattern_is_refused_with_what_is_wrong() {
        let read = |text: &str| text.parse::<PortPattern>().unwrap_err();
        for text in ["ttyUSB*", "", "pty:fn*", "serial:/dev/ttyUSB*"] {
            assert_eq!(read(text), PatternError::Relative(text.to_owned()));
        }
        let text = "/dev/**";
        assert_eq!(read(text), PatternError::Recursive(text.to_owned()));
        let said = read("/dev/tty[").to_string();
        assert!(said.starts_with("«/dev/tty[»: "), "{said}");
    }

    #[test]
    fn the_usual_ports_are_all_patterns() {
        assert_eq!(PortRules::default().allow.len(), 3);
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        for name in ["fn1", "fn2", "other", "sub/fn3"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let pattern = format!("pty:{}/*n?", folder.path().display());
        let names: Vec<_> = pattern.parse::<PortPattern>().unwrap().names().collect();
        assert_eq!(names, ["fn1", "fn2"].map(|name| folder.path().join(name)));
    }
}
