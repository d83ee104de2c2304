use std::time::Duration;

use terms::FfdVersion;
use thiserror::Error;

/// The length of [`OnlineSetup::token_secret`], bytes.
pub const TOKEN_SECRET_LEN: usize = 32;

/// How the face is set up.
#[derive(Clone)]
pub struct OnlineSetup {
    /// The groups; all of them are the one organisation of the cassette.
    pub groups: Vec<Group>,
    /// Under which paths it answers, and in which version.
    pub prefixes: Vec<Prefix>,
    /// How long a document may wait for a device before it is given up (ATOL Online protocol §4).
    pub wait_timeout: Duration,
    /// Whether v5 refuses unknown fields, as its schemas do.
    pub strict_v5: bool,
    /// Whether sums and quantities may be strings: `"100.00"`.
    pub numeric_strings: bool,
    /// What tokens are signed with. It must survive restarts, or every client has to log in anew.
    pub token_secret: [u8; TOKEN_SECRET_LEN],
}

/// A group of registers; here a name of the organisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// Its code in the path: latin letters, digits, `-`, `_`; at most 64.
    pub code: String,
    /// The contact of customers who left none (tag 1008).
    pub fallback_contact: Option<String>,
    /// The names of the API keys that may use it; empty: all.
    pub keys: Vec<String>,
}

/// Where the face answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Prefix {
    /// What stands before `/getToken`: `/possystem/v4`.
    pub path: String,
    /// What is spoken there.
    pub protocol: Protocol,
}

/// A version of the protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// For ФФД 1.05.
    V4,
    /// For ФФД 1.2.
    V5,
}

/// A set-up that cannot be used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("[atol_online]: {0}")]
pub struct SetupError(String);

impl Protocol {
    /// The version for documents of this format: v5 for 1.2. That v4 is also for 1.1, which ATOL
    /// Online never had, is our decision: its corrections have no lines.
    pub const fn of(ffd: FfdVersion) -> Self {
        match ffd {
            FfdVersion::V1_2 => Self::V5,
            FfdVersion::V1_05 | FfdVersion::V1_1 => Self::V4,
        }
    }

    /// `v4` or `v5`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4 => "v4",
            Self::V5 => "v5",
        }
    }

    /// The form of letters to callbacks: who delivers them finds [`crate::online::letter`] by it.
    pub const fn callback_form(self) -> &'static str {
        match self {
            Self::V4 => "atol_v4",
            Self::V5 => "atol_v5",
        }
    }
}

impl OnlineSetup {
    /// The paths that the protocol's vendors use, with the version in their last segment (ATOL
    /// Online protocol §0.1).
    pub fn default_prefixes() -> Vec<Prefix> {
        ["/possystem", "/fiscalorder"]
            .into_iter()
            .flat_map(|base| {
                [Protocol::V4, Protocol::V5].map(|protocol| Prefix {
                    path: format!("{base}/{}", protocol.name()),
                    protocol,
                })
            })
            .collect()
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// What is wrong, and what to change.
    pub fn check(&self) -> Result<(), SetupError> {
        let refuse = |what: String| Err(SetupError(what));
        if self.groups.is_empty() {
            return refuse("it has no group: write groups = [{ code = \"main\" }]".to_owned());
        }
        for (place, group) in self.groups.iter().enumerate() {
            let code = &group.code;
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if code.is_empty() || code.len() > 64 || !code.bytes().all(letter) {
                return refuse(format!(
                    "the group code {code:?} is not 1…64 latin letters, digits, - and _"
                ));
            }
            if code == "schema" {
                return refuse("no group can be called schema: that path is taken".to_owned());
            }
            if self.groups[..place].iter().any(|it| it.code == *code) {
                return refuse(format!("the group {code} stands there twice"));
            }
            if let Some(Err(error)) = group.fallback_contact.as_deref().map(desk::contact) {
                return refuse(format!("fallback_contact of the group {code}: {error}"));
            }
        }
        for (place, Prefix { path, .. }) in self.prefixes.iter().enumerate() {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
            let is_path = path.len() > 1 && path.starts_with('/') && !path.ends_with('/');
            if !is_path || path.contains("//") || !path.bytes().all(letter) {
                return refuse(format!(
                    "the prefix {path:?} is no path such as /possystem/v4"
                ));
            }
            let first = path.split('/').nth(1).unwrap_or_default();
            if ["v1", "api", "health"].contains(&first) {
                return refuse(format!("the prefix {path} stands in the way of /{first}"));
            }
            if self.prefixes[..place].iter().any(|it| it.path == *path) {
                return refuse(format!("the prefix {path} stands there twice"));
            }
        }
        Ok(())
    }
}
