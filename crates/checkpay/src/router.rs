use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, Query, Request, State},
    http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use desk::{
    Channel, Desk, DeskError, Event, EventKind, NewOperation, OperationView, Part, PartKind,
    Submitted, basic_login,
};
use serde_json::json;
use terms::{AccountNumber, Id, Kopecks, LocalDate};

use crate::{
    bank::{Bank, BankError, Protocol},
    fields::Fields,
    osmp, sberbank,
};

/// The longest query or form, bytes.
const QUERY_MAX: usize = 8 * 1024;

/// A payment as a bank tells it.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    /// The bank's number of it.
    pub(crate) transaction: String,
    /// Whose it is.
    pub(crate) account: AccountNumber,
    /// How much.
    pub(crate) amount: Kopecks,
    /// The day.
    pub(crate) date: LocalDate,
}

/// What became of a payment.
#[derive(Debug)]
pub(crate) enum Standing {
    /// It is durable.
    Done(Done),
    /// The bank's number belongs to another payment.
    Other {
        /// Its operation.
        first: Id,
    },
    /// There is no such account.
    UnknownAccount,
    /// The rules refuse it, for good.
    Refused(String),
    /// There is no such payment.
    Unknown,
    /// It could not be stored, or it is not known whether it was: the bank has to ask again.
    Later(String),
}

/// A payment that is durable.
#[derive(Debug)]
pub(crate) struct Done {
    /// Its operation.
    pub(crate) id: Id,
    /// Whether it has come just now.
    pub(crate) is_new: bool,
    /// How much.
    pub(crate) amount: Kopecks,
}

/// Answers each of `banks` at its path.
///
/// The peer's address is the `ConnectInfo<SocketAddr>` among the request's extensions.
///
/// # Errors
/// When a bank cannot be, or two have the same name or path.
pub fn router(desk: &Desk, banks: Vec<Bank>) -> Result<Router, BankError> {
    Bank::check(&banks)?;
    let mut router = Router::new();
    for bank in banks {
        let path = bank.path.clone();
        let counter = Counter {
            desk: desk.clone(),
            bank,
        };
        let answers = get(answer_get)
            .post(answer_form)
            .with_state(Arc::new(counter));
        router = router.route(&path, answers);
    }
    Ok(router.layer(DefaultBodyLimit::max(QUERY_MAX)))
}

/// Where one bank is answered.
struct Counter {
    desk: Desk,
    bank: Bank,
}

async fn answer_get(State(counter): State<Arc<Counter>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if parts.method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, "use GET or POST\n").into_response();
    }
    let query = parts.uri.query().unwrap_or_default();
    counter
        .answer(&parts.extensions, &parts.headers, query)
        .await
}

async fn answer_form(
    State(counter): State<Arc<Counter>>,
    extensions: Extensions,
    headers: HeaderMap,
    uri: Uri,
    form: Bytes,
) -> Response {
    // Some gateways post an empty form and put everything into the path.
    let query = match (form.is_empty(), std::str::from_utf8(&form)) {
        (true, _) => uri.query().unwrap_or_default(),
        (false, Ok(form)) => form.trim(),
        (false, Err(_)) => return counter.unreadable("the form is not UTF-8"),
    };
    counter.answer(&extensions, &headers, query).await
}

impl Counter {
    async fn answer(&self, extensions: &Extensions, headers: &HeaderMap, query: &str) -> Response {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip());
        if let Some(refused) = self.stranger(peer, headers) {
            return refused;
        }
        let fields = match read_query(query) {
            Ok(fields) => fields,
            Err(why) => return self.unreadable(&why),
        };
        let today = self.desk.clock().local().date();
        let (desk, bank) = (&self.desk, &self.bank);
        xml(match bank.protocol {
            Protocol::Osmp => match osmp::read(bank, &fields, today) {
                Err(refusal) => osmp::refused(&fields, &refusal),
                Ok(osmp::Request::Check(account)) => match balance(desk, &account) {
                    Ok(balance) => osmp::checked(&fields, balance),
                    Err(later) => osmp::settled(&fields, &later),
                },
                Ok(osmp::Request::Pay(payment)) => {
                    osmp::settled(&fields, &pay(desk, bank, payment).await)
                }
                Ok(osmp::Request::Status(transaction)) => {
                    osmp::settled(&fields, &status(desk, bank, &transaction).await)
                }
            },
            Protocol::Sberbank => match sberbank::read(bank, &fields, today) {
                Err(refusal) => sberbank::refused(&refusal),
                Ok(sberbank::Request::Check(account)) => match balance(desk, &account) {
                    Ok(balance) => sberbank::checked(balance),
                    Err(later) => self.told(&later),
                },
                Ok(sberbank::Request::Payment(payment)) => {
                    self.told(&pay(desk, bank, payment).await)
                }
            },
        })
    }

    fn told(&self, standing: &Standing) -> String {
        sberbank::settled(standing, |unix_ms| {
            let clock = self.desk.clock();
            let local = clock.local_at(unix_ms).unwrap_or_else(|| clock.local());
            let (date, second) = (local.date(), unix_ms.div_euclid(1_000).rem_euclid(60));
            format!(
                "{:02}.{:02}.{:04}_{:02}:{:02}:{second:02}",
                date.day(),
                date.month(),
                date.year(),
                local.hour(),
                local.minute(),
            )
        })
    }

    /// The answer to somebody who is not the bank.
    fn stranger(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<Response> {
        let bank = &self.bank;
        if !bank.from.holds(peer) {
            tracing::warn!(
                bank = bank.name,
                ?peer,
                "refused: not an address of this bank"
            );
            let words = "your address is not among those of this bank\n";
            return Some((StatusCode::FORBIDDEN, words).into_response());
        }
        let login = bank.login.as_ref()?;
        let shown = headers.get(header::AUTHORIZATION);
        let shown = shown.and_then(|shown| basic_login(shown.to_str().ok()?));
        let is_known = shown.is_some_and(|(name, password)| login.is(&name, &password));
        if is_known {
            return None;
        }
        tracing::warn!(bank = bank.name, ?peer, "refused: wrong name or password");
        let ask = (header::WWW_AUTHENTICATE, "Basic realm=\"kassette\"");
        Some((StatusCode::UNAUTHORIZED, [ask], "show name and password\n").into_response())
    }

    fn unreadable(&self, why: &str) -> Response {
        xml(match self.bank.protocol {
            Protocol::Osmp => osmp::unreadable(why),
            Protocol::Sberbank => sberbank::unreadable(why),
        })
    }
}

fn read_query(query: &str) -> Result<Fields, String> {
    if query.len() > QUERY_MAX {
        return Err(format!("more than {QUERY_MAX} bytes of parameters"));
    }
    let uri = Uri::builder().path_and_query(format!("/?{query}")).build();
    let uri = uri.map_err(|_| "the parameters cannot be read".to_owned())?;
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let Query(pairs) = pairs.map_err(|_| "the parameters cannot be read".to_owned())?;
    Fields::of(pairs)
}

fn xml(document: String) -> Response {
    let content_type = HeaderValue::from_static("text/xml; charset=utf-8");
    ([(header::CONTENT_TYPE, content_type)], document).into_response()
}

/// Advances less debts; none when there is no such account.
fn balance(desk: &Desk, account: &AccountNumber) -> Result<Option<Kopecks>, Standing> {
    match desk.account(account) {
        Ok(view) => Ok(view.map(|view| view.saldo)),
        Err(error) => Err(later(&error)),
    }
}

async fn pay(desk: &Desk, bank: &Bank, payment: Payment) -> Standing {
    let (amount, key) = (payment.amount, bank.key(&payment.transaction));
    // The day is left out: a repeat with another moment is the same payment.
    let body = json!({
        "type": "payment",
        "key": key,
        "account": payment.account.as_str(),
        "sum": amount.to_string(),
        "bank": bank.name,
    });
    let event = Event {
        id: key.clone(),
        date: payment.date,
        kind: EventKind::Payment(desk::Payment {
            account: Some(payment.account),
            parts: vec![Part {
                kind: PartKind::Cashless,
                amount,
            }],
            channel: Channel::BankRegistry,
            explicit: Vec::new(),
            purpose_period: None,
        }),
    };
    let operation = NewOperation {
        key,
        body: body.to_string(),
        asked: event.into(),
        callback: None,
        basis: None,
    };
    let submitted = match desk.submit(vec![operation], None).await {
        Ok(mut submitted) => submitted.pop(),
        Err(error) => return later(&error),
    };
    match submitted {
        Some(Submitted::Accepted { id, .. }) => Standing::Done(Done {
            id,
            is_new: true,
            amount,
        }),
        Some(Submitted::Repeated { id }) => Standing::Done(Done {
            id,
            is_new: false,
            amount,
        }),
        Some(Submitted::Conflict { id } | Submitted::Held { id }) => {
            tracing::warn!(
                bank = bank.name,
                transaction = payment.transaction,
                first = %id,
                "refused: the bank's number belongs to another payment"
            );
            Standing::Other { first: id }
        }
        Some(Submitted::Refused(refused)) if refused.code == "unknown_account" => {
            Standing::UnknownAccount
        }
        Some(Submitted::Refused(refused)) => {
            tracing::error!(
                bank = bank.name,
                transaction = payment.transaction,
                code = refused.code,
                why = refused.message,
                "a bank's payment is refused by the rules"
            );
            Standing::Refused(refused.message)
        }
        None => Standing::Later("no answer of the journal".to_owned()),
    }
}

async fn status(desk: &Desk, bank: &Bank, transaction: &str) -> Standing {
    match desk.operation_by_key(&bank.key(transaction)).await {
        Ok(Some(operation)) => match amount_of(&operation) {
            Some(amount) => Standing::Done(Done {
                id: operation.id,
                is_new: false,
                amount,
            }),
            None => Standing::Unknown,
        },
        Ok(None) => Standing::Unknown,
        Err(error) => later(&error),
    }
}

fn amount_of(operation: &OperationView) -> Option<Kopecks> {
    let body: serde_json::Value = serde_json::from_str(&operation.body).ok()?;
    body.get("sum")?.as_str()?.parse().ok()
}

fn later(error: &DeskError) -> Standing {
    tracing::error!(%error, "a bank was told to ask again");
    Standing::Later("the payment cannot be stored now: repeat it".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bank::tests::bank;

    /// Whether it is one root with nothing but elements, attributes and texts: enough for what is
    /// written here.
    fn is_well_formed(document: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        let Some((_, mut rest)) = document.split_once("?>") else {
            return false;
        };
        while let Some((text, after)) = rest.split_once('<') {
            let Some((tag, next)) = after.split_once('>') else {
                return false;
            };
            let is_text = open.is_empty() && !text.trim().is_empty() || text.contains('>');
            let known = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            match tag.strip_prefix('/') {
                Some(name) if open.pop() == Some(name) => {}
                Some(_) => return false,
                None => open.push(tag.split(' ').next().unwrap_or_default()),
            }
            if is_text || open.last().is_some_and(|name| !known(name)) {
                return false;
            }
            rest = next;
        }
        open.is_empty() && rest.trim().is_empty()
    }

    proptest! {
        #[test]
        fn whatever_is_asked_the_answer_is_a_document(
            query in "(command=(check|pay|status|cancel)|ACTION=(check|payment))?(&(txn_id|account|sum|txn_date|ACCOUNT|AMOUNT|PAY_ID|PAY_DATE)=[0-9a-z%<&.:_-]{0,20}){0,6}.{0,10}",
        ) {
            let today = LocalDate::new(2026, 11, 22).unwrap();
            match read_query(&query) {
                Err(why) => {
                    prop_assert!(is_well_formed(&osmp::unreadable(&why)));
                    prop_assert!(is_well_formed(&sberbank::unreadable(&why)));
                }
                Ok(fields) => {
                    let (asked, paid) = (
                        osmp::read(&bank(Protocol::Osmp), &fields, today),
                        sberbank::read(&bank(Protocol::Sberbank), &fields, today),
                    );
                    let later = Standing::Later(query.clone());
                    let told = match asked {
                        Ok(_) => osmp::settled(&fields, &later),
                        Err(refusal) => osmp::refused(&fields, &refusal),
                    };
                    prop_assert!(is_well_formed(&told), "{}", told);
                    let told = match paid {
                        Ok(_) => sberbank::settled(&later, |_| String::new()),
                        Err(refusal) => sberbank::refused(&refusal),
                    };
                    prop_assert!(is_well_formed(&told), "{}", told);
                }
            }
        }
    }
}
