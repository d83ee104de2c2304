//! The program's front: listening, TLS, and what a client may take.
//!
//! One accept loop for each address hands connections to hyper (HTTP/1.1), which asks one router
//! merged of all faces. What is around the router is here, once for all of them:
//!
//! - **Places.** At most so many connections at a time. When all are taken, the one that has been
//!   idle longest makes room; a connection with a request under way is never cut for another.
//! - **Time.** A head, a body and an answer have their time; a client that is slower is let go.
//! - **Who calls.** `ConnectInfo<SocketAddr>` in the request's extensions is the client's address:
//!   that of the connection, or what a trusted proxy says in `X-Forwarded-For`.
//! - **TLS.** `panel::OverTls` in the extensions says whether the client speaks it, with us or with a
//!   trusted proxy (`X-Forwarded-Proto`).
//! - **Request ids.** Each answer of a router has `X-Request-Id`, and so has each line of the log
//!   that a request writes.
//! - **Panics.** One in a handler is answered with 500; one anywhere else ends the process.
//! - **Stop.** No new connections, idle ones are closed, requests under way are ended in their time.
//!
//! What is no HTTP at all, and a head that is too large, is answered by hyper: 400 or 431 without a
//! body.

mod body;
mod certificate;
mod connection;
mod faces;
mod listen;
mod panics;
mod places;
mod proxies;
mod pulse;
mod request;
mod request_id;
mod settings;
mod tls;
mod wire;

pub(crate) use certificate::{Certificate, findings};
pub(crate) use faces::Faces;
pub(crate) use listen::Front;
pub(crate) use panics::contain as contain_panics;
pub(crate) use settings::{Door, Limits, Settings};
pub(crate) use tls::{Tls, read_anew_on_hangup};

#[cfg(test)]
mod tests;
