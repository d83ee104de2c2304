use std::sync::{Arc, OnceLock};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use thiserror::Error;
use tokio::sync::Semaphore;

use super::{PeopleSetup, totp};
use crate::DeskError;

/// The shortest password, in characters.
pub const PASSWORD_MIN: usize = 10;
/// The longest password, in characters.
pub const PASSWORD_MAX: usize = 200;
/// How many passwords are hashed at a time: each takes its memory and a core.
const AT_A_TIME: usize = 2;

/// A password that is too easy to guess, or cannot be kept.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum WeakPassword {
    /// Too short.
    #[error("a password has at least {PASSWORD_MIN} characters")]
    Short,
    /// Too long.
    #[error("a password has at most {PASSWORD_MAX} characters")]
    Long,
    /// It says the login.
    #[error("the password must not hold the login")]
    HoldsLogin,
    /// Two or three characters over and over.
    #[error("the password has too few different characters")]
    Monotonous,
}

/// Whether this may be a password of this login.
///
/// # Errors
/// Why not.
pub fn check_password(password: &str, login: &str) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    let mut letters: Vec<char> = password.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if length < PASSWORD_MIN {
        Err(WeakPassword::Short)
    } else if length > PASSWORD_MAX {
        Err(WeakPassword::Long)
    } else if login.len() > 2 && password.to_lowercase().contains(&login.to_lowercase()) {
        Err(WeakPassword::HoldsLogin)
    } else if letters.len() < 4 {
        Err(WeakPassword::Monotonous)
    } else {
        Ok(())
    }
}

/// A password for somebody to begin with: 80 random bits, easily read out.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random_password() -> Result<String, DeskError> {
    Ok(totp::readable_code()?.to_lowercase())
}

/// Hashes of passwords: Argon2id, with the costs of the configuration.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    /// What a password of nobody is compared with, so that it takes as long as somebody's.
    nobodys: Arc<OnceLock<String>>,
}

impl Passwords {
    /// With these costs.
    ///
    /// # Errors
    /// When the costs cannot be.
    pub fn new(setup: &PeopleSetup) -> Result<Self, DeskError> {
        let params = Params::new(setup.argon2_kib, setup.argon2_passes, 1, None);
        let params = params.map_err(|error| DeskError::Setup {
            what: format!("[panel]: the costs of a password's hash cannot be: {error}"),
        })?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            places: Arc::new(Semaphore::new(AT_A_TIME)),
            nobodys: Arc::default(),
        })
    }

    /// Hashes a password on this thread, which takes a while: a PHC string.
    ///
    /// # Errors
    /// When the system gives no random numbers or no memory.
    pub fn hash_here(&self, password: &str) -> Result<String, DeskError> {
        let mut salt = [0_u8; 16];
        getrandom::fill(&mut salt).map_err(|error| failed("gives no random numbers", error))?;
        let hash = self
            .argon2
            .hash_password_with_salt(password.as_bytes(), &salt);
        let hash = hash.map_err(|error| failed("cannot hash a password", error))?;
        Ok(hash.to_string())
    }

    /// The same on a thread of its own.
    pub(super) async fn hash(&self, password: &str) -> Result<String, DeskError> {
        let password = password.to_owned();
        self.blocking(move |passwords| passwords.hash_here(&password))
            .await?
    }

    /// Whether this is the password of that hash, on a thread of its own. Without a hash it is not,
    /// and that takes as long.
    pub(super) async fn verify(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, DeskError> {
        let password = password.to_owned();
        self.blocking(move |passwords| {
            let (hash, is_somebodys) = match &hash {
                Some(hash) => (hash.as_str(), true),
                None => (passwords.nobodys()?, false),
            };
            let parsed = PasswordHash::new(hash);
            let parsed = parsed.map_err(|error| failed("cannot read a password's hash", error))?;
            let verified = passwords
                .argon2
                .verify_password(password.as_bytes(), &parsed);
            Ok(verified.is_ok() && is_somebodys)
        })
        .await?
    }

    fn nobodys(&self) -> Result<&str, DeskError> {
        if let Some(hash) = self.nobodys.get() {
            return Ok(hash);
        }
        let hash = self.hash_here("nobody's password")?;
        Ok(self.nobodys.get_or_init(|| hash))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<Result<T, DeskError>, DeskError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| DeskError::Stopping)?;
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(this)
        });
        done.await.map_err(|_| DeskError::Stopping)
    }
}

fn failed(what: &str, error: impl std::fmt::Display) -> DeskError {
    DeskError::System(format!("the system {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Passwords {
        let setup = PeopleSetup {
            argon2_kib: 8,
            argon2_passes: 1,
            ..PeopleSetup::default()
        };
        Passwords::new(&setup).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_nobodys_is_never_right() {
        let passwords = cheap();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        let again = passwords.hash("correct horse battery").await.unwrap();
        assert_ne!(hash, again, "the salt is another one");
        for (password, expected) in [("correct horse battery", true), ("correct horse", false)] {
            let verified = passwords
                .verify(password, Some(hash.clone()))
                .await
                .unwrap();
            assert_eq!(verified, expected, "{password}");
        }
        assert!(!passwords.verify("nobody's password", None).await.unwrap());
        // Whatever the costs are now, a hash is checked by its own.
        let dearer = PeopleSetup {
            argon2_kib: 64,
            argon2_passes: 1,
            ..PeopleSetup::default()
        };
        let dearer = Passwords::new(&dearer).unwrap();
        let verified = dearer.verify("correct horse battery", Some(hash)).await;
        assert!(verified.unwrap());
    }

    #[test]
    fn easy_passwords_are_refused_and_ours_are_not() {
        let long = "я".repeat(PASSWORD_MAX) + "абвг";
        for (password, expected) in [
            ("короткий", Err(WeakPassword::Short)),
            (long.as_str(), Err(WeakPassword::Long)),
            ("my name is Olga", Err(WeakPassword::HoldsLogin)),
            ("ababababababab", Err(WeakPassword::Monotonous)),
            ("длинный пароль", Ok(())),
        ] {
            assert_eq!(check_password(password, "olga"), expected, "{password}");
        }
        let ours = random_password().unwrap();
        assert_eq!(check_password(&ours, "olga"), Ok(()), "{ours}");
    }
}
