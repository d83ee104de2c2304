//! Telling others: letters over HTTP, signed as Standard Webhooks ask for, and the channels of
//! incidents: e-mail, webhook, messenger.
//!
//! It sends what it is given and says what came of it. What is told to whom, and when again, is
//! decided elsewhere; nothing is kept here.
//!
//! # Invariants
//!
//! - A letter goes to the addresses that were looked at, and to private ones only if that is allowed.
//! - What a message quotes is text: it becomes no header of a letter, no tag of its HTML, and no value
//!   of a template's JSON but the one it stands for.
//! - Passwords and tokens are in no error and in no `Debug`.

mod address;
mod channel;
mod email;
mod error;
mod hidden;
mod message;
mod messenger;
mod post;
mod signature;
mod webhook;

pub use address::{AddressError, URL_MAX, check_host, read_url};
pub use channel::{Channel, Sent};
pub use email::{Email, EmailSetup, Security};
pub use error::NotifyError;
pub use hidden::Hidden;
pub use message::{Item, Message};
pub use messenger::{Messenger, MessengerSetup};
pub use post::{Outgoing, Post, Returned, shown};
pub use signature::Secret;
pub use webhook::{NoticeHook, NoticeHookSetup};
