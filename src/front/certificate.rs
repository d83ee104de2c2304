use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use chrono::DateTime;
use desk::{Diagnosis, Grade};
use rustls::{
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
    sign::CertifiedKey,
};
use thiserror::Error;
use x509_cert::der::Decode as _;

use crate::config::{Http, TlsFiles};

/// The largest file of a certificate or a key, bytes.
const FILE_MAX: u64 = 1024 * 1024;
/// So long before its end somebody should see to a new one.
const RENEW_BEFORE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Why a certificate cannot be shown.
#[derive(Debug, Error)]
pub(crate) enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is larger than any that is meant.
    #[error("{} is larger than {FILE_MAX} bytes: it is no certificate and no key", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// A file is not PEM of the right kind.
    #[error("{} has no {what} in PEM (-----BEGIN …-----)", path.display())]
    Wrong {
        /// Which.
        path: PathBuf,
        /// What should be there.
        what: &'static str,
        /// What is wrong.
        source: pem::Error,
    },
    /// The server's certificate is none.
    #[error("the first certificate in {} cannot be read", path.display())]
    Garbled {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: x509_cert::der::Error,
    },
    /// They do not go together, or are of a kind that is not known.
    #[error("{} is not the key of the certificate {}", key.display(), certificate.display())]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
}

/// What the server shows of itself: its certificate and those that lead to its authority.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    path: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    from: SystemTime,
    until: SystemTime,
}

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub(crate) fn read(path: &Path) -> Result<Self, CertificateError> {
        let text = read(path)?;
        let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
        let wrong = |source| CertificateError::Wrong {
            path: path.to_owned(),
            what: "certificate",
            source,
        };
        let chain = chain.map_err(wrong)?;
        let own = chain
            .first()
            .ok_or_else(|| wrong(pem::Error::NoItemsFound))?;
        let own =
            x509_cert::Certificate::from_der(own).map_err(|source| CertificateError::Garbled {
                path: path.to_owned(),
                source,
            })?;
        let validity = own.tbs_certificate().validity();
        Ok(Self {
            path: path.to_owned(),
            from: validity.not_before.to_system_time(),
            until: validity.not_after.to_system_time(),
            chain,
        })
    }

    /// The server's own certificate, DER.
    pub(crate) fn own(&self) -> &[u8] {
        self.chain.first().map_or(&[], |own| own)
    }

    /// Its last moment, for people.
    pub(super) fn until(&self) -> String {
        written(self.until)
    }

    /// With its key, ready to be shown.
    pub(super) fn with_key(&self, key: &Path) -> Result<Arc<CertifiedKey>, CertificateError> {
        let der = PrivateKeyDer::from_pem_slice(&read(key)?);
        let der = der.map_err(|source| CertificateError::Wrong {
            path: key.to_owned(),
            what: "private key",
            source,
        })?;
        let provider = rustls::crypto::ring::default_provider();
        let pair = CertifiedKey::from_der(self.chain.clone(), der, &provider);
        pair.map(Arc::new)
            .map_err(|source| CertificateError::Mismatch {
                certificate: self.path.clone(),
                key: key.to_owned(),
                source,
            })
    }

    /// What is the matter with its days.
    pub(super) fn findings(&self, now: SystemTime) -> Option<Diagnosis> {
        let path = self.path.display();
        let what = if now < self.from {
            format!(
                "the certificate {path} is not valid before {}",
                written(self.from)
            )
        } else if now > self.until {
            format!(
                "the certificate {path} has ended on {}",
                written(self.until)
            )
        } else if now + RENEW_BEFORE > self.until {
            format!("the certificate {path} ends on {}", written(self.until))
        } else {
            return None;
        };
        Some(Diagnosis {
            grade: Grade::Look,
            what,
            remedy: "put a new certificate and its key into their files, then let the server read \
                     them: systemctl reload kassette"
                .to_owned(),
        })
    }
}

/// What is the matter with `[http]`: why the server would not start, or what somebody should see to.
pub(crate) fn findings(http: &Http) -> Vec<Diagnosis> {
    let stop = |what: String, remedy: &str| Diagnosis {
        grade: Grade::Stop,
        what: format!("the server would not start: {what}"),
        remedy: remedy.to_owned(),
    };
    let mut all = Vec::new();
    if let Err(error) = http.settings() {
        all.push(stop(error.to_string(), "change the configuration"));
    }
    if let Some(TlsFiles { certificate, key }) = &http.tls {
        let read = Certificate::read(certificate);
        match read.and_then(|read| read.with_key(key).map(|_| read)) {
            Ok(read) => all.extend(read.findings(SystemTime::now())),
            Err(error) => {
                let cause = std::error::Error::source(&error);
                let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                let remedy = "see to http.tls.certificate and http.tls.key";
                all.push(stop(format!("{error}{cause}"), remedy));
            }
        }
    }
    all
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    let unreadable = |source| CertificateError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let read = file.take(FILE_MAX + 1).read_to_end(&mut bytes);
    if read.map_err(unreadable)? as u64 > FILE_MAX {
        return Err(CertificateError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

fn written(time: SystemTime) -> String {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).map_or_else(
        || "a day out of reach".to_owned(),
        |time| time.format("%Y-%m-%d %H:%M UTC").to_string(),
    )
}
