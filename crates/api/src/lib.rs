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
//! | `POST /v1/operations:cancel` with `key` or `id`, `by`, `reason` | 200: the operation, cancelled; its receipts are `refused` and will never be formed |
//! | `GET /v1/operations/{id}`, `GET /v1/operations?key=` | the operation with its receipts |
//! | `GET /v1/operations?…` | a list: `account`, `type`, `from` and `to` (days that they are of), `accepted_from` and `accepted_to`, `key_prefix`, `sent_by` |
//! | `GET /v1/receipts/{id}` | the receipt: lines, reasons, document, letters that tell of it |
//! | `GET /v1/receipts?…` | a list: `account`, `state` (several with commas), `from`, `to`, `accepted_from`, `accepted_to`, `key`, `operation`, `fn_number`, `fd`, `fp`, `shift`, `receipt_number`, `sign`, `kind` (`receipt`, `correction`), `total` |
//! | `GET /v1/receipts/{id}.html`, `….txt`, `….svg` | the document for people: a page, 48 columns of text, its QR code; 409 with what it waits for while there is none |
//! | `GET /v1/receipts/{id}.tlv` | what is passed to the drive, bytes |
//! | `GET`, `PUT /v1/accounts/{number}` | the account as it stands; 201 when `PUT` opened it |
//! | `GET /v1/accounts?…` | a list by number: `prefix`, `contact`, `saldo` (`debt`, `advance`, `zero`), `changed_since_ms` |
//! | `GET /v1/accounts/{number}/statement?from=&to=` | its life over these days of acceptance: opening saldo, events with their deltas, receipts and what has none, closing saldo; what it has and owes now; a list |
//! | `GET /v1/accounts/{number}/statement.csv?from=&to=` | the same as one table |
//! | `GET`, `PUT /v1/accounts/{number}/contracts`, `POST /v1/contracts` (CSV) | the contracts of an account; it has exactly those that are put |
//! | `GET /v1/contracts/ending?days=`, `GET /v1/contracts/report?period=`, `…/report/table?format=` | contracts that end soon; what they have come to in a month |
//! | `GET /v1/held-charges?state=`, `…/{id}`, `POST …/{id}/release`, `…/refuse` | charges that no contract allows, and what a person decides |
//! | `GET /v1/suppliers`, `GET`, `POST /v1/payouts`, `GET …/{id}`, `…/register?format=`, `…/documents?format=`, `POST …/{id}/agree`, `…/drop` | what an agent owes suppliers, and pays on to them |
//! | `GET`, `PUT /v1/services` | all services by code |
//! | `GET /v1/cassette` | the slots, their drives, when these will end, how swaps stand |
//! | `GET /v1/drives`, `GET /v1/drives/{fn_number}` | each drive that was ever seen: where, its documents, what waits for the ОФД, when it ends |
//! | `GET /v1/shifts?…` | a list by opening: `slot`, `fn_number`, `from`, `to`; with sums by kind and sign |
//! | `GET /v1/documents?fn_number=` | a list of a drive's documents by ФД: `from_fd`, `to_fd`; with tickets |
//! | `GET /v1/history?slot=&receipt=&limit=` | what has happened, the newest first |
//! | `POST /v1/cassette/{slot}/swap`, `…/swap/confirm`, `…/swap/abandon` | the slot: a drive is replaced, step by step |
//! | `POST /v1/cassette/{slot}/register`, `…/reprobe`, `…/export`, `…/adopt` | the slot: a drive is registered, looked at anew, read into files, taken in after use elsewhere |
//! | `POST /v1/receipts/{id}/form-anew` | 204: a receipt in doubt goes to another drive |
//! | `POST /v1/receipts/{id}/release` | 204: a held receipt is tried again |
//! | `POST /v1/clock/trust` | 204: a clock that was set is right |
//! | `POST /v1/imports?name=` with `profile`, `by`, `dry_run`, `as_unidentified`, `business`, `skip_refused` | a file of payments as it is, at most 64 MiB: 201 loaded whole, 200 only looked at or loaded before, 422 nothing of it |
//! | `GET /v1/imports?limit=`, `GET /v1/imports/{id}` | the loaded files, the newest first; one with the rows that a person has to look at |
//! | `POST /v1/imports/{id}/rows/{line}` | a decision: `account` or `skip`, with `by` and `reason` |
//! | `POST /v1/receipts/{id}/fix` with `change`, `basis`, `dry_run`, `?wait=` | one wrong receipt is reversed and formed right; with `dry_run` 200 and what would be formed |
//! | `POST /v1/restorations:lost`, a form with `order` and each `file` | 201: the plan to restore payments that never became receipts |
//! | `POST /v1/restorations:fix` with `receipts` or `query`, `change`, `basis` | 201: the plan to fix receipts |
//! | `GET /v1/restorations?limit=`, `GET /v1/restorations/{id}`, `GET /v1/restorations/{id}/rows?class=&state=` | the plans, the newest first; one with counts, totals, forecast, shares; its rows, a list |
//! | `POST /v1/restorations/{id}/approve` with `hash`, `…/run` with `limit`, `pace`, `pause_on`, `…/pause`, `…/resume`, `…/abandon` | the plan as it stands then |
//! | `GET /v1/restorations/{id}/report` | the set of documents for the tax office, a ZIP file |
//! | `POST /v1/reconciliations`, a form with `order` and each `billing`, `bank`, `archive` | 202: billing, journal, drives, ОФД and bank are being compared; 409 while another comparison runs |
//! | `GET /v1/reconciliations?limit=`, `GET /v1/reconciliations/{id}`, `GET /v1/reconciliations/{id}/rows?result=&kind=&account=` | reconciliations, the newest first; one with both sides of each comparison; what does not match, a list |
//! | `GET /v1/reconciliations/{id}/xlsx`, `…/csv` | the same as one table |
//! | `GET /v1/incidents?state=&severity=&severity_from=&rule=&account=&text=`, `GET /v1/incidents/{id}` | a list of what the rules have found; one with its history and its notices |
//! | `POST /v1/incidents/{id}/acknowledge`, `…/mute` with `until_ms`, `…/unmute`, `…/resolve`, with `by`, `reason` | the incident as it stands then |
//! | `GET /v1/channels`, `POST /v1/channels/{name}/test`, `…/replay` | the channels of notices; what came of a trial; how many notices are sent at once that wait or were given up |
//! | `GET /v1/events?after=&account=&state=&type=` | what happens to receipts, as it happens: server-sent events, see below |
//! | `GET /v1/webhooks`, `GET /v1/deliveries?state=&webhook=&receipt=&after=&limit=` | the webhooks of the configuration; letters to them and of callbacks, the oldest first |
//! | `POST /v1/deliveries/{id}/replay` | 204: the letter is sent once more |
//! | `POST /v1/webhooks/{name}/replay`, body `{"from": event}` or none | how many letters are sent once more: those from an event on, or those that were given up; a webhook that has answered 410 works again |
//! | `POST /v1/webhooks/{name}/test` | what the webhook has answered to a letter that tells of nothing |
//! | `GET /health` | 200, or 503 while no slot can form documents or the journal does not answer; with reasons; needs no key |
//! | `GET /ready` | 200, or 503 while operations cannot be accepted (with `[http] ready_needs_slot`: or no slot can form documents); needs no key |
//!
//! # What a request may be
//!
//! The body is one JSON value in UTF-8 of at most [`BODY_MAX`] bytes, whatever its content type
//! says, but for files of payments. Fields and query parameters that are not known are refused, and so is an array where an
//! object belongs. Money is read as decimal digits, from a string or a number, with at most two
//! decimals and no exponent. Keys have 1…64 bytes, other identifiers 1…128, without control
//! characters. An array holds at most [`OPERATIONS_MAX`] operations, a list inside an operation or
//! an account at most 1 000 entries. `wait` is at most 30 seconds, for all elements together.
//!
//! # Lists
//!
//! A list answers with `items` and `next`; with `cursor=<next>` and otherwise the same query it goes
//! on, until `next` is null. A walk shows each row that was there when it began exactly once, however
//! many come meanwhile. `limit` is 1…1 000, usually 100; `order` is `desc` (the newest first, usual)
//! or `asc` (usual for accounts and statements). Days are those of the place of settlement, both
//! ends included. Items look as under their own paths. An operation without a date is of the day on
//! which it was accepted.
//!
//! Where no index knows a filter, an answer ends after so many rows looked at: then it has fewer
//! items than asked for, or none, and still a `next`. A cursor is opaque; one of another list, other
//! filters or another order is a `bad_query`.
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
//! An operation of which nothing is formed may be cancelled, by a key with the scope `correct`. It
//! keeps its key: sent again, it is answered 200 as it stands, with `cancelled_by`,
//! `cancelled_at_ms` and `cancel_reason`; a new try needs a new key. Its accounts are as if it had
//! not been; their statements show it with a delta of nothing. Where a later operation has used what
//! it changed (an advance is spent, a debt is paid), it is refused: `used_since`.
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
//! `reason`, which are journaled with the key and shown by the history.
//!
//! # Corrections
//!
//! What corrects says why: `basis` of `restore_payment`, `restore_charge`, `fix_receipt`,
//! `cancel_payment` of a duplicate and `refund` with `lost_date`; ready corrections have theirs from
//! what they carry. Plans are made by one person and approved by another: the name behind the key, or
//! `by` with a key of the administrator. `docs/restore.md` tells all of it.
//!
//! # Keys
//!
//! Every request but `GET /health` and `GET /ready` shows a key, `Authorization: Bearer kst_…`, and needs one of its
//! scopes: `read` for each `GET`; `push` for the operations of ordinary life, accounts, services and
//! balances; `correct` for operations that take back or put right; `push` or `correct` for
//! `POST /v1/preview`; `admin` for the orders. Each operation of an array is judged for itself. A key
//! may be limited to networks, to a number of requests per second, and in time (`docs/keys.md`).
//!
//! # Problems
//!
//! Each has `type` (`urn:kassette:problem:<code>`), `title`, `status`, `code`, `detail`, and where
//! they are known `field` (the way to what is wrong, such as `parts[0].amount`), `operation`, and of a
//! file of payments `errors`, each with `line`, `field` and `detail`.
//! `code` is stable; `detail` is for people. After any 4xx nothing has changed.
//!
//! | code | status | meaning |
//! |---|---|---|
//! | `malformed` | 400 | the body is no JSON in UTF-8, or nested too deep; the path is no UTF-8 |
//! | `bad_query` | 400 | a query parameter is unknown, missing or cannot be read; a cursor is foreign; a table would be too long |
//! | `unauthorized` | 401 | no key, an unknown or a revoked one |
//! | `key_expired` | 401 | the key's time is over, or another secret has replaced this one |
//! | `wrong_scope` | 403 | the key has not the scope that this needs |
//! | `wrong_address` | 403 | the key may not come from this address |
//! | `wrong_organisation` | 403 | the key is for another organisation |
//! | `unknown_path` | 404 | nothing is at this path |
//! | `unknown_operation`, `unknown_receipt`, `unknown_account`, `unknown_drive`, `unknown_slot` | 404 | what the path or the query names does not exist |
//! | `unknown_form` | 404 | a receipt is not shown in the form that the path's ending names |
//! | `wrong_method` | 405 | the header `Allow` lists the methods of this path |
//! | `conflict` | 409 | the key has another body, an identifier on the account is taken, or the account is open with other balances |
//! | `not_formed` | 409 | the receipt is no fiscal document yet: it has no QR code |
//! | `unknown_webhook`, `unknown_delivery` | 404 | no webhook has this name; there is no such letter |
//! | `wrong_state`, `not_in_doubt`, `drive_is_asked`, `swap_under_way`, `no_swap`, `too_late`, `not_awaited`, `no_drive`, `not_ours`, `not_registrable`, `clock_is_right`, `nothing_to_adopt` | 409 | an order does not fit what is |
//! | `formed_already`, `being_formed`, `in_doubt`, `drives_are_asked`, `used_since` | 409 | an operation cannot be cancelled: a drive has formed a receipt of it, is forming it, may have formed it, or is asked first; or a later operation has used what it changed |
//! | `body_too_large` | 413 | more than [`BODY_MAX`] bytes |
//! | `too_many_operations` | 413 | more than [`OPERATIONS_MAX`] in an array |
//! | `too_many_requests` | 429 | the key comes too often: `Retry-After` says in how many seconds it may |
//! | `too_many_tries` | 429 | too many unknown keys have come from this address; `Retry-After` |
//! | `bad_value` | 422 | a field is missing or unknown, has the wrong type, or its value breaks its rule |
//! | `unknown_type` | 422 | there is no such type of operation |
//! | `unknown_account`, `unknown_service` | 422 | an operation or an account names one that does not exist |
//! | `not_signed` | 422 | an order without a name or a reason |
//! | `no_site` | 422 | an online payment, but the configuration names no site |
//! | `format_control` | 422 | the ОФД would refuse the receipt: each broken rule is named |
//! | `contact_required`, `bad_amount`, `bad_date`, `too_many_items`, … | 422 | the rules of receipts refuse the operation (receipt rules §2.6) |
//! | `unknown_import`, `unknown_row` | 404 | there is no such file, or no such row in it |
//! | `row_decided` | 409 | a row of a file was decided before |
//! | `bad_file`, `unknown_kind`, `unknown_profile`, `not_our_account` | 422 | a file of payments cannot be read, or is not ours |
//! | `rows_refused` | 422 | the rules of receipts refuse payments of a file: nothing of it was loaded |
//! | `basis_required`, `bad_basis` | 422 | a correction does not say why, or its basis is of another settlement |
//! | `unknown_restoration` | 404 | there is no such plan |
//! | `not_now`, `other_hash`, `does_not_fit` | 409 | a plan's state does not allow it; the plan is another one than the one that was looked at; the drives do not suffice |
//! | `same_person`, `wrong_person` | 403 | who made a plan does not approve it; a key speaks for another person |
//! | `bad_days`, `nothing_to_restore`, `too_many_rows` | 422 | a plan cannot be made of this |
//! | `papers` | 409 | the set of documents cannot be made: the plan is not approved yet, or a template is wrong |
//! | `too_many_streams` | 503 | as many follow the events as may: come again later |
//! | `journal` | 409 | an order waits for what is being stored: give it again in a moment |
//! | `journal` | 500 | the journal failed: send the same again |
//! | `stopping` | 503 | the program is stopping: send the same again |
//! | `body_too_slow` | 408 | the body has not come in its time: send the same again |
//! | `internal` | 500 | the server has failed at this request: send the same again |
//! | `timed_out` | 503 | there was no answer in its time: send the same again |
//!
//! All refusals of an operation are 422, also those for something unknown: 404 speaks of the path
//! alone.

mod accounts;
mod auth;
mod basis;
mod cassette;
mod change;
mod contracts;
mod docs;
mod drives;
mod events;
mod exports;
mod golive;
mod health;
mod held_charges;
mod imports;
mod incidents;
mod letters;
mod list;
mod money;
mod openapi;
mod operations;
mod orders;
mod payouts;
mod problem;
mod receipts;
mod reconciliations;
mod remarks;
mod request;
mod restorations;
mod router;
mod routes;
mod service_level;
mod services;
mod tables;
mod value;
mod watch;
mod webhooks;

pub use events::Ending;
pub use health::ReadyNeedsSlot;
pub use imports::{import_json, problem_json};
pub use letters::LettersV1;
pub use openapi::description;
pub use operations::read_operation;
pub use problem::Problem;
pub use router::{BODY_MAX, OPERATIONS_MAX, router, serve, takes_files};

/// The longest identifier of a debt, penalty or advance, bytes: those that operations give have up
/// to 105.
const ID_MAX: usize = 128;
