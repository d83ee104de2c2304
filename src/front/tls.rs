use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tokio_rustls::TlsAcceptor;

use super::certificate::{Certificate, CertificateError};
use crate::{config::TlsFiles, systemd};

/// How often the end of the certificate is looked at.
const LOOK: Duration = Duration::from_secs(24 * 3_600);

/// TLS 1.2 and 1.3 with a certificate that can be exchanged at work.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    shown: Arc<Shown>,
    acceptor: Acceptor,
}

struct Acceptor(TlsAcceptor);

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsAcceptor")
    }
}

/// What new connections are shown; those that are there go on with what they have seen.
#[derive(Debug)]
struct Shown(RwLock<(Certificate, Arc<CertifiedKey>)>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&shown.1))
    }
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// When a file cannot be read, or they do not go together.
    pub(crate) fn open(files: TlsFiles) -> Result<Self, CertificateError> {
        let shown = Arc::new(Shown(RwLock::new(read(&files)?)));
        let resolver: Arc<dyn ResolvesServerCert> = shown.clone();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|source| CertificateError::Mismatch {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
                source,
            })?;
        let mut config = config.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            files,
            shown,
            acceptor: Acceptor(TlsAcceptor::from(Arc::new(config))),
        })
    }

    /// Reads the files anew. New connections see what is in them now; if they cannot be used,
    /// everything stays as it is.
    ///
    /// # Errors
    /// When a file cannot be read, or they do not go together.
    pub(crate) fn read_anew(&self) -> Result<(), CertificateError> {
        let new = read(&self.files)?;
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// The certificate that is shown.
    pub(crate) fn certificate(&self) -> Certificate {
        let shown = self.shown.0.read();
        shown.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.0.clone()
    }

    fn warn_of_its_end(&self) {
        if let Some(found) = self.certificate().findings(SystemTime::now()) {
            tracing::warn!("{}: {}", found.what, found.remedy);
        }
    }
}

/// From now on reads the certificate anew at each SIGHUP, and says in time that it will end.
///
/// # Errors
/// When the system does not let signals be waited for.
pub(crate) fn read_anew_on_hangup(tls: Option<Arc<Tls>>) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::spawn(async move {
        loop {
            let is_asked = tokio::select! {
                received = hangup.recv() => received.is_some(),
                _ = look.tick() => false,
            };
            if is_asked {
                systemd::reloading();
            }
            match &tls {
                None if is_asked => tracing::info!("SIGHUP: there is no certificate to read anew"),
                None => {}
                Some(tls) => {
                    if is_asked {
                        say(tls, tls.read_anew());
                    }
                    tls.warn_of_its_end();
                }
            }
            if is_asked {
                systemd::ready();
            }
        }
    });
    Ok(())
}

fn say(tls: &Tls, read: Result<(), CertificateError>) {
    match read {
        Ok(()) => {
            let until = tls.certificate().until();
            tracing::info!("SIGHUP: the certificate was read anew; it is valid until {until}");
        }
        Err(error) => {
            let cause = std::error::Error::source(&error);
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            tracing::error!("SIGHUP: the former certificate stays, because {error}{cause}");
        }
    }
}

fn read(files: &TlsFiles) -> Result<(Certificate, Arc<CertifiedKey>), CertificateError> {
    let certificate = Certificate::read(&files.certificate)?;
    let pair = certificate.with_key(&files.key)?;
    Ok((certificate, pair))
}
