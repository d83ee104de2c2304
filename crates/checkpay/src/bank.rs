use std::net::IpAddr;

use ipnet::IpNet;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use terms::{AccountNumber, Kopecks};
use thiserror::Error;

/// The longest name of a bank, bytes: idempotency keys begin with it.
const NAME_MAX: usize = 20;

/// A bank or payment system that asks and pays by itself.
#[derive(Clone, Debug)]
pub struct Bank {
    /// What people call it: 1…20 of `a-z 0-9 -`. The keys of its payments begin with it: another
    /// name makes them other payments.
    pub name: String,
    /// How it speaks.
    pub protocol: Protocol,
    /// Where it comes: a path such as `/pay/qiwi`.
    pub path: String,
    /// Whence it comes.
    pub from: From,
    /// How it proves who it is, beside its address.
    pub login: Option<Login>,
    /// What it puts before the number of an account.
    pub account_prefix: String,
    /// Whether numbers of accounts are digits alone: then others are refused as misspelled.
    pub digits_only: bool,
    /// The least payment.
    pub min: Kopecks,
    /// The greatest payment.
    pub max: Kopecks,
}

/// How a bank speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// `command=check|pay` of OSMP (QIWI): payment registries §6.
    Osmp,
    /// `ACTION=check|payment` of Sberbank Online: payment registries §7.
    Sberbank,
}

/// Whence a bank comes.
#[derive(Clone, Debug)]
pub enum From {
    /// From one of these ranges of addresses.
    Ranges(Vec<IpNet>),
    /// From anywhere: something before this server looks at addresses.
    Anywhere,
}

/// Name and password of HTTP Basic; of the password only the SHA-256 is kept.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub name: String,
    /// SHA-256 of the password.
    pub password: [u8; 32],
}

/// What is wrong with a bank's set-up.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum BankError {
    /// Its name.
    #[error("the bank's name «{0}» is not 1…20 of a-z, 0-9 and -")]
    Name(String),
    /// Its path.
    #[error("bank {bank}: the path «{path}» is not like /pay/{bank}: / and a-z, 0-9, -, _")]
    Path {
        /// Which bank.
        bank: String,
        /// Its path.
        path: String,
    },
    /// Its limits.
    #[error("bank {bank}: payments of at least {min} and at most {max} are none")]
    Limits {
        /// Which bank.
        bank: String,
        /// The least payment.
        min: Kopecks,
        /// The greatest payment.
        max: Kopecks,
    },
    /// Two of the same name, or at the same path.
    #[error("two banks have {0}")]
    Twice(String),
    /// A bank without addresses.
    #[error(
        "bank {0}: name the addresses that it comes from, or write \
         from = [\"anywhere\"] if something before Kassette looks at them"
    )]
    NoRanges(String),
}

impl Bank {
    /// Checks what each bank must be, and that they do not meet.
    ///
    /// # Errors
    /// When one cannot be, or two have the same name or path.
    pub fn check(banks: &[Self]) -> Result<(), BankError> {
        for (index, bank) in banks.iter().enumerate() {
            bank.check_alone()?;
            for other in &banks[..index] {
                if other.name == bank.name {
                    return Err(BankError::Twice(format!("the name «{}»", bank.name)));
                }
                if other.path == bank.path {
                    return Err(BankError::Twice(format!("the path {}", bank.path)));
                }
            }
        }
        Ok(())
    }

    fn check_alone(&self) -> Result<(), BankError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = &self.name;
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(plain) {
            return Err(BankError::Name(name.clone()));
        }
        let steps = self.path.strip_prefix('/').map(|path| path.split('/'));
        let fits = |step: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !step.is_empty() && step.chars().all(plain)
        };
        if !steps.is_some_and(|mut steps| steps.all(fits)) {
            return Err(BankError::Path {
                bank: name.clone(),
                path: self.path.clone(),
            });
        }
        if !self.min.is_positive() || self.min > self.max {
            return Err(BankError::Limits {
                bank: name.clone(),
                min: self.min,
                max: self.max,
            });
        }
        match &self.from {
            From::Ranges(ranges) if ranges.is_empty() => Err(BankError::NoRanges(name.clone())),
            _ => Ok(()),
        }
    }

    /// The account that the bank means; none when it is misspelled.
    pub(crate) fn account(&self, text: &str) -> Option<AccountNumber> {
        let text = text.trim();
        let number = text.strip_prefix(&self.account_prefix).unwrap_or(text);
        if self.digits_only && !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        number.parse().ok()
    }

    /// The idempotency key of its transaction.
    pub(crate) fn key(&self, transaction: &str) -> String {
        format!("{}:{transaction}", self.name)
    }
}

impl From {
    /// Whether an address is among them. An unknown one is nowhere.
    pub(crate) fn holds(&self, peer: Option<IpAddr>) -> bool {
        match (self, peer.map(|peer| peer.to_canonical())) {
            (Self::Anywhere, _) => true,
            (Self::Ranges(ranges), Some(peer)) => ranges.iter().any(|range| range.contains(&peer)),
            (Self::Ranges(_), None) => false,
        }
    }
}

impl Login {
    /// The login whose password is `password`.
    pub fn new(name: impl Into<String>, password: &str) -> Self {
        Self {
            name: name.into(),
            password: Sha256::digest(password.as_bytes()).into(),
        }
    }

    /// Whether this is it.
    pub(crate) fn is(&self, name: &str, password: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(password.as_bytes()).into();
        self.name == name && bool::from(given.ct_eq(&self.password))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bank(protocol: Protocol) -> Bank {
        Bank {
            name: "test".to_owned(),
            protocol,
            path: "/pay/test".to_owned(),
            from: From::Ranges(vec!["10.1.0.0/16".parse().unwrap()]),
            login: None,
            account_prefix: "ЛС".to_owned(),
            digits_only: true,
            min: Kopecks::new(100).unwrap(),
            max: Kopecks::new(10_000_000).unwrap(),
        }
    }

    #[test]
    fn a_bank_that_cannot_be_is_refused_with_what_is_wrong() {
        type Spoil = fn(&mut Bank);
        let ways: [(Spoil, &str); 6] = [
            (|bank| bank.name = "Банк".to_owned(), "name"),
            (|bank| bank.name = "a".repeat(21), "name"),
            (|bank| bank.path = "pay".to_owned(), "path"),
            (|bank| bank.path = "/pay/{x}".to_owned(), "path"),
            (|bank| bank.min = Kopecks::ZERO, "at least"),
            (|bank| bank.from = From::Ranges(Vec::new()), "anywhere"),
        ];
        for (spoil, word) in ways {
            let mut bank = bank(Protocol::Osmp);
            Bank::check(std::slice::from_ref(&bank)).unwrap();
            spoil(&mut bank);
            let error = Bank::check(&[bank]).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        let twice = [bank(Protocol::Osmp), bank(Protocol::Sberbank)];
        assert!(matches!(Bank::check(&twice), Err(BankError::Twice(_))));
    }

    #[test]
    fn only_the_banks_addresses_are_let_in() {
        let from = bank(Protocol::Osmp).from;
        for (peer, is_in) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("::1", false),
        ] {
            assert_eq!(from.holds(Some(peer.parse().unwrap())), is_in, "{peer}");
        }
        assert!(!from.holds(None) && From::Anywhere.holds(None));
    }

    #[test]
    fn account_numbers_are_read_as_the_bank_writes_them() {
        let bank = bank(Protocol::Osmp);
        for (text, number) in [
            ("0001001", Some("0001001")),
            ("ЛС0001001", Some("0001001")),
            (" 17 ", Some("17")),
            ("17a", None),
            ("", None),
            ("ЛС", None),
        ] {
            let read = bank.account(text);
            assert_eq!(read.as_ref().map(AccountNumber::as_str), number, "{text}");
        }
    }
}
