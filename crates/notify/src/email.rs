//! Letters by e-mail.

use std::{net::IpAddr, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use tokio::time::timeout;

use crate::{Hidden, Message, NotifyError, Sent, post};

/// How a connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Security {
    /// TLS from the beginning; usual port: 465.
    Tls,
    /// TLS after the greeting, or nothing at all; usual port: 587.
    StartTls,
    /// None; usual port: 25.
    None,
}

/// A mail server and who is written to.
#[derive(Clone, Debug)]
pub struct EmailSetup {
    /// The server's name or address.
    pub host: String,
    /// Its port; none: the usual one.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: Security,
    /// Whether letters may travel unprotected to other computers.
    pub accept_plain: bool,
    /// Who sends, if the server wants to know, with the password.
    pub login: Option<(String, Hidden)>,
    /// Certificates of authorities that are trusted besides the system's, PEM.
    pub authorities: Vec<Vec<u8>>,
    /// The sender: `Касса <kassa@example.ru>`.
    pub from: String,
    /// Who is written to.
    pub to: Vec<String>,
    /// How long an attempt may take.
    pub timeout: Duration,
}

/// A way to write to somebody by e-mail.
#[derive(Clone, Debug)]
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    server: String,
    timeout: Duration,
}

impl Security {
    const fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

impl Email {
    /// Reads a set-up; the server is not asked.
    ///
    /// # Errors
    /// When an address cannot be read, or the letters would travel unprotected.
    pub fn new(setup: EmailSetup) -> Result<Self, NotifyError> {
        let to = setup.to.iter().map(|address| mailbox(address));
        let to = to.collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(NotifyError::Nobody);
        }
        let tls = match setup.security {
            Security::Tls => Tls::Wrapper(tls(&setup)?),
            Security::StartTls => Tls::Required(tls(&setup)?),
            Security::None if setup.accept_plain || is_here(&setup.host) => Tls::None,
            Security::None => return Err(NotifyError::Unprotected { host: setup.host }),
        };
        let port = setup.port.unwrap_or(setup.security.usual_port());
        let server = format!("{}:{port}", setup.host);
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(setup.host.as_str())
                .port(port)
                .tls(tls)
                .timeout(Some(setup.timeout));
        if let Some((user, password)) = &setup.login {
            let password = password.reveal().to_owned();
            transport = transport.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            transport: transport.build(),
            from: mailbox(&setup.from)?,
            to,
            server,
            timeout: setup.timeout,
        })
    }

    pub(crate) fn shown(&self) -> String {
        let to: Vec<_> = self.to.iter().map(|to| to.email.to_string()).collect();
        format!("{} ({})", to.join(", "), self.server)
    }

    pub(crate) async fn send(&self, message: &Message) -> Sent {
        let letter = match self.letter(message) {
            Ok(letter) => letter,
            Err(why) => return Sent::refused(why),
        };
        match timeout(self.timeout, self.transport.send(letter)).await {
            Ok(Ok(response)) => {
                let said: Vec<&str> = response.message().collect();
                Sent {
                    is_taken: true,
                    answer: post::cut(&format!("{} {}", response.code(), said.join(" "))),
                }
            }
            Ok(Err(error)) => Sent::refused(post::with_causes(&error)),
            Err(_) => Sent::refused(format!(
                "the mail server {} has not answered for {} s",
                self.server,
                self.timeout.as_secs()
            )),
        }
    }

    /// The letter: the same text twice, plain and as HTML.
    fn letter(&self, message: &Message) -> Result<lettre::Message, String> {
        let domain = self.from.email.domain();
        let mut letter = lettre::Message::builder()
            .from(self.from.clone())
            .subject(message.subject_line())
            .message_id(Some(format!("<{}@{domain}>", message.id)))
            .date_now();
        for to in &self.to {
            letter = letter.to(to.clone());
        }
        let html = message.html().map_err(|error| error.to_string())?;
        let body = MultiPart::alternative_plain_html(message.text(), html);
        let mut letter = letter.multipart(body).map_err(|error| error.to_string())?;
        // Nobody's holiday answers it (RFC 3834).
        raw(&mut letter, "Auto-Submitted", "auto-generated");
        if message.severity == "critical" {
            raw(&mut letter, "Importance", "high");
        }
        Ok(letter)
    }
}

fn raw(letter: &mut lettre::Message, name: &'static str, value: &str) {
    let name = HeaderName::new_from_ascii_str(name);
    let header = HeaderValue::new(name, value.to_owned());
    letter.headers_mut().insert_raw(header);
}

fn mailbox(address: &str) -> Result<Mailbox, NotifyError> {
    address.parse().map_err(|why| NotifyError::Mailbox {
        address: address.to_owned(),
        why: format!("{why}"),
    })
}

fn tls(setup: &EmailSetup) -> Result<TlsParameters, NotifyError> {
    let wrong = |error: lettre::transport::smtp::Error| NotifyError::Tls(post::with_causes(&error));
    let mut builder = TlsParameters::builder(setup.host.clone());
    for pem in &setup.authorities {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
    }
    builder.build_rustls().map_err(wrong)
}

/// Whether the server is on this computer.
fn is_here(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}
