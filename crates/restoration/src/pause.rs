use std::{fmt, str::FromStr};

use terms::TermError;

const RULE: &str = "it is a list of drive-error, ofd-rejections=N, unsent=N and changed, or none";

/// On what a running restoration stops by itself (receipt rules §4.5). A person resumes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PauseOn {
    /// On the first error of a drive.
    pub drive_error: bool,
    /// When the ОФД has rejected more documents than this.
    pub ofd_rejections: Option<u32>,
    /// When more documents than this wait for the ОФД.
    pub unsent: Option<u32>,
    /// On the first row that would become something else than was approved.
    pub changed: bool,
}

impl PauseOn {
    /// On nothing.
    pub const NONE: Self = Self {
        drive_error: false,
        ofd_rejections: None,
        unsent: None,
        changed: false,
    };
}

/// `drive-error,ofd-rejections=3,unsent=5000`.
impl Default for PauseOn {
    fn default() -> Self {
        Self {
            drive_error: true,
            ofd_rejections: Some(3),
            unsent: Some(5_000),
            changed: false,
        }
    }
}

/// As it is read.
impl fmt::Display for PauseOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            self.drive_error.then(|| "drive-error".to_owned()),
            self.ofd_rejections.map(|n| format!("ofd-rejections={n}")),
            self.unsent.map(|n| format!("unsent={n}")),
            self.changed.then(|| "changed".to_owned()),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        f.write_str(&if words.is_empty() {
            "none".to_owned()
        } else {
            words.join(",")
        })
    }
}

impl FromStr for PauseOn {
    type Err = TermError;

    /// Reads words with commas between; nothing but what is listed pauses. `none` stands alone.
    fn from_str(text: &str) -> terms::Result<Self> {
        let bad = || TermError::new("pause-on", text, RULE);
        let mut pause = Self::NONE;
        if text.trim() == "none" {
            return Ok(pause);
        }
        for word in text.split(',').map(str::trim) {
            let (name, number) = match word.split_once('=') {
                Some((name, number)) => (name, Some(number.parse().map_err(|_| bad())?)),
                None => (word, None),
            };
            let is_new = match (name, number) {
                ("drive-error", None) => !std::mem::replace(&mut pause.drive_error, true),
                ("changed", None) => !std::mem::replace(&mut pause.changed, true),
                ("ofd-rejections", Some(_)) => {
                    std::mem::replace(&mut pause.ofd_rejections, number).is_none()
                }
                ("unsent", Some(_)) => std::mem::replace(&mut pause.unsent, number).is_none(),
                _ => false,
            };
            if !is_new {
                return Err(bad());
            }
        }
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*};

    use super::*;

    #[test]
    fn only_the_words_of_the_list_are_taken() {
        for text in [
            "",
            "drive",
            "drive-error,",
            "unsent",
            "unsent=-1",
            "changed=1",
            "none,changed",
            "changed,changed",
            "unsent=1,unsent=2",
        ] {
            assert!(text.parse::<PauseOn>().is_err(), "{text:?}");
        }
        assert_eq!("none".parse(), Ok(PauseOn::NONE));
        assert_eq!(
            " unsent=7, drive-error "
                .parse::<PauseOn>()
                .unwrap()
                .to_string(),
            "drive-error,unsent=7",
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            drive_error: bool,
            changed: bool,
            ofd_rejections in option::of(any::<u32>()),
            unsent in option::of(any::<u32>()),
        ) {
            let pause = PauseOn { drive_error, ofd_rejections, unsent, changed };
            prop_assert_eq!(pause.to_string().parse(), Ok(pause));
        }
    }
}
