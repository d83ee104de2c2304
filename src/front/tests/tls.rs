use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use tempfile::TempDir;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;
use crate::{config::TlsFiles, front::certificate::CertificateError};

type Protected = Client<TlsStream<TcpStream>>;

async fn protected(folder: &TempDir, limits: Limits) -> Stand {
    let files = TlsFiles {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    Stand::new(|settings| {
        settings.doors[0].tls = true;
        settings.tls = Some(files);
        settings.limits = limits;
    })
    .await
}

/// Connects as a client that believes this certificate, by this version of TLS.
async fn connect(
    stand: &Stand,
    believed: &[u8],
    version: &'static SupportedProtocolVersion,
) -> std::io::Result<Protected> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(believed.to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(stand.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    Ok(Client(connector.connect(name, stream).await?))
}

async fn works(client: &mut Protected) -> bool {
    client.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    client
        .answer()
        .await
        .is_some_and(|answer| answer.status == 200)
}

#[tokio::test]
async fn a_new_certificate_is_shown_while_old_connections_go_on() {
    let folder = TempDir::new().unwrap();
    let first = write_certificate(folder.path());
    let stand = protected(&folder, settings().limits).await;
    let mut old = connect(&stand, &first, &TLS12).await.unwrap();
    assert!(works(&mut old).await);
    assert!(works(&mut connect(&stand, &first, &TLS13).await.unwrap()).await);

    let second = write_certificate(folder.path());
    let tls = stand.tls.as_ref().unwrap();
    tls.read_anew().unwrap();
    assert!(connect(&stand, &first, &TLS13).await.is_err());
    assert!(works(&mut connect(&stand, &second, &TLS13).await.unwrap()).await);
    assert!(works(&mut old).await);

    // Files that cannot be used change nothing, and the error says which and why.
    let key = std::fs::read(folder.path().join("key.pem")).unwrap();
    write_certificate(folder.path());
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    let error = tls.read_anew().unwrap_err();
    assert!(
        matches!(error, CertificateError::Mismatch { .. }),
        "{error}"
    );
    std::fs::write(folder.path().join("certificate.pem"), "nonsense").unwrap();
    let error = tls.read_anew().unwrap_err().to_string();
    assert!(
        error.contains("certificate.pem has no certificate"),
        "{error}"
    );
    std::fs::remove_file(folder.path().join("certificate.pem")).unwrap();
    assert!(tls.read_anew().is_err());
    assert!(works(&mut connect(&stand, &second, &TLS13).await.unwrap()).await);
}

#[tokio::test]
async fn a_handshake_has_its_time_and_must_be_one() {
    let folder = TempDir::new().unwrap();
    write_certificate(folder.path());
    let limits = Limits {
        header_read: SHORT,
        ..settings().limits
    };
    let stand = protected(&folder, limits).await;
    let mut silent = stand.connect().await;
    silent.end().await;
    let mut plain = stand.connect().await;
    plain.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert!(plain.answer().await.is_none());
}

#[tokio::test]
async fn a_large_answer_comes_whole_through_tls() {
    let folder = TempDir::new().unwrap();
    let certificate = write_certificate(folder.path());
    let stand = protected(&folder, settings().limits).await;
    let mut client = connect(&stand, &certificate, &TLS13).await.unwrap();
    client.send("GET /large HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().body.len(), 64 << 20);
}
