use thiserror::Error;

use crate::AddressError;

/// Why a channel cannot be used as it is set up. No secret is quoted.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotifyError {
    /// Nothing can be sent over HTTP.
    #[error("letters cannot be sent over HTTP: {0}")]
    Http(String),
    /// A URL.
    #[error("its url cannot be used: {0}")]
    Url(#[from] AddressError),
    /// An address of e-mail.
    #[error("«{address}» is no address of e-mail, such as «kassa@example.ru»: {why}")]
    Mailbox {
        /// What was written.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// Nobody to write to.
    #[error("it names nobody to write to: set «to»")]
    Nobody,
    /// Letters would be read on the way.
    #[error(
        "without TLS letters go only to this computer; «{host}» is another one: set security to \
         \"tls\" or \"starttls\", or plain_smtp to \"I accept that messages travel unprotected\""
    )]
    Unprotected {
        /// The server.
        host: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// A template.
    #[error("its {field} is wrong: {why}")]
    Template {
        /// Which one: url, body.
        field: &'static str,
        /// What is wrong.
        why: String,
    },
}
