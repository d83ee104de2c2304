//! The HTTP face for billing.
//!
//! It speaks JSON and RFC 9457 problems, and knows nothing but the desk: no SQL, no drive, no rule
//! of receipts. Requests and answers are twins of the desk's values, so that inner types may change
//! without breaking a caller.
//!
//! | request | answer |
//! |---|---|
//! | `POST /v1/operations` one, `?wait=` seconds | 201 all receipts formed, 202 stored and on the way |
//! | `POST /v1/operations` an array | 200, each element answered in its place |
//! | `GET /v1/operations/{id}`, `GET /v1/operations?key=` | the operation with its receipts |
//! | `GET /v1/receipts/{id}` | the receipt: lines, reasons, document, letters that tell of it |
//! | `GET /v1/receipts/{id}.html`, `….txt`, `….svg` | the document for people: a page, 48 columns of text, its QR code; 409 with what it waits for while there is none |
//! | `GET /v1/receipts/{id}.tlv` | what is passed to the drive, bytes |
//! | `GET`, `PUT /v1/accounts/{number}` | the account as it stands; 201 when `PUT` opened it |
//! | `GET`, `PUT /v1/services` | all services by code |
//! | `GET /v1/cassette` | the slots, their drives, when these will end, how swaps stand |
//! | `GET /v1/history?slot=&receipt=&limit=` | what has happened, the newest first |
//! | `POST /v1/cassette/{slot}/swap`, `…/swap/confirm`, `…/swap/abandon` | the slot: a drive is replaced, step by step |
//! | `POST /v1/cassette/{slot}/register`, `…/reprobe`, `…/export`, `…/adopt` | the slot: a drive is registered, looked at anew, read into files, taken in after use elsewhere |
//! | `POST /v1/receipts/{id}/form-anew` | 204: a receipt in doubt goes to another drive |
//! | `POST /v1/receipts/{id}/release` | 204: a held receipt is tried again |
//! | `POST /v1/clock/trust` | 204: a clock that was set is right |
//! | `GET /v1/events?after=&account=&state=&type=` | what happens to receipts, as it happens: server-sent events, see below |
//! | `GET /v1/webhooks`, `GET /v1/deliveries?state=&webhook=&receipt=&after=&limit=` | the webhooks of the configuration; letters to them and of callbacks, the oldest first |
//! | `POST /v1/deliveries/{id}/replay` | 204: the letter is sent once more |
//! | `POST /v1/webhooks/{name}/replay`, body `{"from": event}` or none | how many letters are sent once more: those from an event on, or those that were given up; a webhook that has answered 410 works again |
//! | `POST /v1/webhooks/{name}/test` | what the webhook has answered to a letter that tells of nothing |
//! | `GET /health` | 200, or 503 while no slot can form documents; needs no key |
//!
//! # What a request may be
//!
//! The body is one JSON value in UTF-8 of at most [`BODY_MAX`] bytes, whatever its content type
//! says. Fields and query parameters that are not known are refused, and so is an array where an
//! object belongs. Money is read as decimal digits, from a string or a number, with at most two
//! decimals and no exponent. Keys have 1…64 bytes, other identifiers 1…128, without control
//! characters. An array holds at most [`OPERATIONS_MAX`] operations, a list inside an operation or
//! an account at most 1 000 entries. `wait` is at most 30 seconds, for all elements together.
//!
//! # Once
//!
//! The `key` of an operation is its idempotency key, for ever. The same key with the same body gives
//! the first answer again, with the receipts as they stand by then; with another body it is a
//! `conflict`, which names the first operation. Bodies are compared in a canonical form: white
//! space, the order of fields and the spelling of amounts (`1500`, `"1500.00"`) make no difference;
//! a field that is left out differs from one that is written. After a lost answer or a 5xx the
//! request is simply sent again as it was.
//!
//! `PUT` of an open account sets its contact and payer to what is given; balances may be left out or
//! be those it has. Others are a `conflict`: balances change by operations.
//!
//! # Events
//!
//! Each change of a receipt's state is one event; identifiers only grow. A stream begins after the
//! event of the header `Last-Event-ID` or else of `after` (`0`: with the first one there is), or with
//! what happens from now on; so a client that comes back misses nothing and is told nothing twice.
//! `state` and `type` are lists with commas. Events have the name `receipt` and JSON: `id`, `at_ms`,
//! `state`, `reason`, `receipt`, `operation`, `key`, `type`, `account`, `document` with `fn_number`,
//! `fd`, `fp`. A comment comes every 15 seconds; a client that takes nothing for 30 seconds is cut
//! off. With `[http] streams` streams open, one more is `too_many_streams`.
//!
//! An operation may name a `callback`, an http or https URL: once all its receipts are settled for
//! good (`fiscalized`, `acknowledged`, `refused`) one letter goes there. `docs/webhooks.md` tells of
//! letters, their signatures and when they are sent again.
//!
//! # Orders
//!
//! The last requests but `register` and `reprobe` are orders of a person: their body says `by` and
//! `reason`, which are journaled and shown by the history. They need a key of the scope `rack`;
//! changes of operations, accounts and services need one of the scope `billing`; either may ask.
//!
//! # Problems
//!
//! Each has `type` (`urn:kassette:problem:<code>`), `title`, `status`, `code`, `detail`, and where
//! they are known `field` (the way to what is wrong, such as `parts[0].amount`) and `operation`.
//! `code` is stable; `detail` is for people. After any 4xx nothing has changed.
//!
//! | code | status | meaning |
//! |---|---|---|
//! | `malformed` | 400 | the body is no JSON in UTF-8, or nested too deep; the path is no UTF-8 |
//! | `bad_query` | 400 | a query parameter is unknown, missing or cannot be read |
//! | `unauthorized` | 401 | no key, an unknown or a revoked one |
//! | `wrong_scope` | 403 | the key is of another scope |
//! | `unknown_path` | 404 | nothing is at this path |
//! | `unknown_operation`, `unknown_receipt`, `unknown_account`, `unknown_slot` | 404 | what the path or the query names does not exist |
//! | `unknown_form` | 404 | a receipt is not shown in the form that the path's ending names |
//! | `wrong_method` | 405 | the header `Allow` lists the methods of this path |
//! | `conflict` | 409 | the key has another body, an identifier on the account is taken, or the account is open with other balances |
//! | `not_formed` | 409 | the receipt is no fiscal document yet: it has no QR code |
//! | `unknown_webhook`, `unknown_delivery` | 404 | no webhook has this name; there is no such letter |
//! | `wrong_state`, `not_in_doubt`, `drive_is_asked`, `swap_under_way`, `no_swap`, `too_late`, `not_awaited`, `no_drive`, `not_ours`, `not_registrable`, `clock_is_right`, `nothing_to_adopt` | 409 | an order does not fit what is |
//! | `body_too_large` | 413 | more than [`BODY_MAX`] bytes |
//! | `too_many_operations` | 413 | more than [`OPERATIONS_MAX`] in an array |
//! | `bad_value` | 422 | a field is missing or unknown, has the wrong type, or its value breaks its rule |
//! | `unknown_type` | 422 | there is no such type of operation |
//! | `unknown_account`, `unknown_service` | 422 | an operation or an account names one that does not exist |
//! | `not_signed` | 422 | an order without a name or a reason |
//! | `no_site` | 422 | an online payment, but the configuration names no site |
//! | `format_control` | 422 | the ОФД would refuse the receipt: each broken rule is named |
//! | `contact_required`, `bad_amount`, `bad_date`, `too_many_items`, … | 422 | the rules of receipts refuse the operation (receipt rules §2.6) |
//! | `too_many_streams` | 503 | as many follow the events as may: come again later |
//! | `journal` | 500 | the journal failed: send the same again |
//! | `stopping` | 503 | the program is stopping: send the same again |
//!
//! All refusals of an operation are 422, also those for something unknown: 404 speaks of the path
//! alone.

mod accounts;
mod auth;
mod cassette;
mod events;
mod incidents;
mod letters;
mod money;
mod operations;
mod orders;
mod problem;
mod receipts;
mod request;
mod router;
mod services;
mod tables;
mod value;
mod webhooks;

pub use letters::LettersV1;
pub use operations::read_operation;
pub use problem::Problem;
pub use router::{BODY_MAX, OPERATIONS_MAX, serve};

/// The longest identifier of a debt, penalty or advance, bytes: those that operations give have up
/// to 105.
const ID_MAX: usize = 128;
