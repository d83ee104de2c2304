//! `[atol_online]`: the face of ATOL Online.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use atol::online::{Group, OnlineSetup, Prefix, Protocol, TOKEN_SECRET_LEN};
use desk::DeskError;
use serde::Deserialize;

/// What tokens are signed with lies in the journal's folder, so that they outlive a restart.
const SECRET_FILE: &str = "atol-online.secret";

/// `[atol_online]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AtolOnlineTable {
    enabled: bool,
    groups: Vec<GroupTable>,
    prefixes: Vec<String>,
    wait_timeout_seconds: u64,
    strict_v5: bool,
    numeric_strings: bool,
}

/// An element of `groups`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupTable {
    code: String,
    #[serde(default)]
    fallback_contact: Option<String>,
    #[serde(default)]
    keys: Vec<String>,
}

impl Default for AtolOnlineTable {
    fn default() -> Self {
        let prefixes = OnlineSetup::default_prefixes().into_iter();
        Self {
            enabled: false,
            groups: Vec::new(),
            prefixes: prefixes.map(|prefix| prefix.path).collect(),
            wait_timeout_seconds: 300,
            strict_v5: true,
            numeric_strings: true,
        }
    }
}

impl AtolOnlineTable {
    /// The face's set-up; none when it is not enabled. `folder` is the journal's.
    ///
    /// # Errors
    /// When values cannot be used, or the secret of tokens can neither be read nor made.
    pub(crate) fn setup(&self, folder: &Path) -> Result<Option<OnlineSetup>, DeskError> {
        if !self.enabled {
            return Ok(None);
        }
        let prefixes = self.prefixes.iter().map(|path| prefix(path));
        let mut setup = OnlineSetup {
            groups: self.groups.iter().map(GroupTable::group).collect(),
            prefixes: prefixes.collect::<Result<_, _>>()?,
            wait_timeout: Duration::from_secs(self.wait_timeout_seconds),
            strict_v5: self.strict_v5,
            numeric_strings: self.numeric_strings,
            token_secret: [0; TOKEN_SECRET_LEN],
        };
        setup.check().map_err(|error| DeskError::Setup {
            what: error.to_string(),
        })?;
        setup.token_secret = token_secret(folder).map_err(|error| {
            let path = folder.join(SECRET_FILE);
            DeskError::Setup {
                what: format!("the secret of tokens in {}: {error}", path.display()),
            }
        })?;
        Ok(Some(setup))
    }
}

impl GroupTable {
    fn group(&self) -> Group {
        Group {
            code: self.code.clone(),
            fallback_contact: self.fallback_contact.clone(),
            keys: self.keys.clone(),
        }
    }
}

/// The last segment says the version.
fn prefix(path: &str) -> Result<Prefix, DeskError> {
    let versions = [Protocol::V4, Protocol::V5];
    let last = path.rsplit('/').next();
    let protocol = versions
        .into_iter()
        .find(|protocol| last == Some(protocol.name()));
    let protocol = protocol.ok_or_else(|| DeskError::Setup {
        what: format!("[atol_online]: the prefix {path:?} ends neither with /v4 nor with /v5"),
    })?;
    Ok(Prefix {
        path: path.to_owned(),
        protocol,
    })
}

/// Reads the secret, or makes it where there is none.
fn token_secret(folder: &Path) -> io::Result<[u8; TOKEN_SECRET_LEN]> {
    let path = folder.join(SECRET_FILE);
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            let rule = "it does not have 32 bytes: remove it, and clients log in anew";
            io::Error::new(io::ErrorKind::InvalidData, rule)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut secret = [0; TOKEN_SECRET_LEN];
            getrandom::fill(&mut secret).map_err(io::Error::other)?;
            fs::create_dir_all(folder)?;
            let mut file = OpenOptions::new()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(&secret)?;
            file.sync_all()?;
            Ok(secret)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> AtolOnlineTable {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_cannot_be_used_is_refused_in_words() {
        let folder = tempfile::TempDir::new().unwrap();
        assert!(table("").setup(folder.path()).unwrap().is_none());
        let group = "enabled = true\ngroups = [{ code = \"main\" }]\n";
        for (text, word) in [
            ("enabled = true", "no group"),
            ("enabled = true\ngroups = [{ code = \"a b\" }]", "a b"),
            ("enabled = true\ngroups = [{ code = \"schema\" }]", "schema"),
            (
                "enabled = true\ngroups = [{ code = \"a\", fallback_contact = \"?\" }]",
                "fallback_contact",
            ),
            (&format!("{group}prefixes = [\"/possystem\"]"), "/v4"),
            (&format!("{group}prefixes = [\"/v1/v4\"]"), "/v1"),
            (
                &format!("{group}prefixes = [\"/a/v4\", \"/a/v4\"]"),
                "twice",
            ),
        ] {
            let error = table(text).setup(folder.path()).err().unwrap().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn the_secret_of_tokens_outlives_a_restart() {
        let folder = tempfile::TempDir::new().unwrap();
        let table = table("enabled = true\ngroups = [{ code = \"main\" }]");
        let secret = || table.setup(folder.path()).unwrap().unwrap().token_secret;
        let first = secret();
        assert_ne!(first, [0; TOKEN_SECRET_LEN]);
        assert_eq!(secret(), first);
        fs::write(folder.path().join(SECRET_FILE), b"short").unwrap();
        assert!(table.setup(folder.path()).is_err());
    }
}
