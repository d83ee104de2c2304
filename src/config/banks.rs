//! `[[bank]]`: banks that ask and pay by themselves.

use std::path::{Path, PathBuf};

use checkpay::{Bank, From, Login, Protocol};
use desk::DeskError;
use serde::{Deserialize, Deserializer, de::Error};
use terms::Kopecks;

use super::parsed;

/// What `from` says when something before this server looks at addresses.
const ANYWHERE: &str = "anywhere";

/// `[[bank]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BankTable {
    name: String,
    #[serde(deserialize_with = "protocol")]
    protocol: Protocol,
    path: String,
    from: Vec<String>,
    login: Option<String>,
    password_file: Option<PathBuf>,
    #[serde(default)]
    account_prefix: String,
    #[serde(default)]
    digits_only: bool,
    #[serde(default = "min", deserialize_with = "parsed")]
    min: Kopecks,
    #[serde(default = "max", deserialize_with = "parsed")]
    max: Kopecks,
}

impl BankTable {
    /// The banks, once their passwords are read and all of them can be.
    pub(crate) fn read(tables: &[Self]) -> Result<Vec<Bank>, DeskError> {
        let banks = tables
            .iter()
            .map(Self::bank)
            .collect::<Result<Vec<_>, _>>()?;
        Bank::check(&banks).map_err(|error| DeskError::Setup {
            what: error.to_string(),
        })?;
        Ok(banks)
    }

    /// Its name, and the file of its password.
    pub(super) fn password_file(&self) -> (&str, Option<&Path>) {
        (&self.name, self.password_file.as_deref())
    }

    /// The form of the keys of its payments, with `{number}` for its number of one.
    pub(super) fn key_of_number(&self) -> String {
        format!("{}:{{number}}", self.name)
    }

    fn bank(&self) -> Result<Bank, DeskError> {
        let wrong = |what: String| DeskError::Setup {
            what: format!("bank «{}»: {what}", self.name),
        };
        let from = match self.from.as_slice() {
            [word] if word == ANYWHERE => From::Anywhere,
            ranges => {
                let range = |text: &String| {
                    let address = || text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
                    text.parse().or_else(|_| address()).map_err(|_| {
                        let example = "such as 79.142.16.0/20 or 10.0.0.7";
                        wrong(format!("from: «{text}» is no range of addresses {example}"))
                    })
                };
                From::Ranges(ranges.iter().map(range).collect::<Result<_, _>>()?)
            }
        };
        let login = match (&self.login, &self.password_file) {
            (None, None) => None,
            (Some(name), Some(file)) => Some(Login::new(name, &password(file).map_err(wrong)?)),
            _ => return Err(wrong("login and password_file go together".to_owned())),
        };
        Ok(Bank {
            name: self.name.clone(),
            protocol: self.protocol,
            path: self.path.clone(),
            from,
            login,
            account_prefix: self.account_prefix.clone(),
            digits_only: self.digits_only,
            min: self.min,
            max: self.max,
        })
    }
}

/// The first line of a file.
fn password(file: &Path) -> Result<String, String> {
    let file_name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("password_file {file_name} cannot be read: {error}"))?;
    let password = text.lines().next().unwrap_or_default();
    if password.is_empty() {
        return Err(format!(
            "the first line of password_file {file_name} is empty"
        ));
    }
    Ok(password.to_owned())
}

fn protocol<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Protocol, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "osmp" => Ok(Protocol::Osmp),
        "sberbank" => Ok(Protocol::Sberbank),
        other => Err(D::Error::custom(format!(
            "protocol is «osmp» or «sberbank», not «{other:.40}»"
        ))),
    }
}

/// One rouble.
fn min() -> Kopecks {
    Kopecks::new(100).unwrap_or(Kopecks::ZERO)
}

/// A hundred thousand roubles.
fn max() -> Kopecks {
    Kopecks::new(10_000_000).unwrap_or(Kopecks::ZERO)
}
