//! The protocol of OSMP (QIWI): payment registries §6.
//!
//! Result codes 0, 1, 4, 5 and 300 are used by billings whose code is public; the others are from
//! the published protocol (unverified).

use terms::{AccountNumber, Id, Kopecks, LocalDate};

use crate::{
    bank::Bank,
    fields::{Fields, Refusal, moment, refusal, sum, transaction},
    router::{Payment, Standing},
    xml::Xml,
};

/// What a bank asks.
#[derive(Debug)]
pub(crate) enum Request {
    /// Whether money can be taken for an account. No reservation.
    Check(AccountNumber),
    /// Money has come.
    Pay(Payment),
    /// What became of a transaction: an extension of some gateways.
    Status(String),
}

/// What is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Code {
    Done = 0,
    Later = 1,
    BadAccount = 4,
    UnknownAccount = 5,
    Refused = 7,
    TooSmall = 241,
    TooLarge = 242,
    Other = 300,
}

/// Reads a request; `today` is the day of a payment whose own day is still to come.
pub(crate) fn read(
    bank: &Bank,
    fields: &Fields,
    today: LocalDate,
) -> Result<Request, Refusal<Code>> {
    let wanted = |name: &str| {
        let missing = || refusal(Code::Other, format!("parameter {name} is missing"));
        fields.get(name).ok_or_else(missing)
    };
    let account = || {
        let text = wanted("account")?;
        let bad = || refusal(Code::BadAccount, "the account is misspelled");
        bank.account(text).ok_or_else(bad)
    };
    let txn = || {
        let bad = || refusal(Code::Other, "txn_id is 1…40 letters and digits");
        transaction(wanted("txn_id")?).ok_or_else(bad)
    };
    match wanted("command")? {
        "check" => {
            txn()?;
            let account = account()?;
            // Gateways that ask before they know the sum leave it out or send nothing.
            if let Some(text) = fields.get("sum")
                && sum(text).is_none()
            {
                return Err(refusal(Code::Other, "sum is roubles such as 10.45"));
            }
            Ok(Request::Check(account))
        }
        "pay" => {
            let txn = txn()?.to_owned();
            let account = account()?;
            let amount = sum(wanted("sum")?);
            let amount =
                amount.ok_or_else(|| refusal(Code::Other, "sum is roubles such as 10.45"))?;
            if amount < bank.min {
                return Err(refusal(Code::TooSmall, format!("at least {}", bank.min)));
            }
            if amount > bank.max {
                return Err(refusal(Code::TooLarge, format!("at most {}", bank.max)));
            }
            let date = match fields.get("txn_date") {
                None => today,
                Some(text) => moment(text)
                    .ok_or_else(|| refusal(Code::Other, "txn_date is YYYYMMDDHHMMSS"))?
                    .min(today),
            };
            Ok(Request::Pay(Payment {
                transaction: txn,
                account,
                amount,
                date,
            }))
        }
        "status" => Ok(Request::Status(txn()?.to_owned())),
        "cancel" => Err(refusal(
            Code::Refused,
            "a payment is taken back by the provider's billing, not by this protocol",
        )),
        other => Err(refusal(
            Code::Other,
            format!("command «{other}» is unknown"),
        )),
    }
}

/// The answer to `check`.
pub(crate) fn checked(fields: &Fields, balance: Option<Kopecks>) -> String {
    let Some(balance) = balance else {
        return plain(fields, Code::UnknownAccount, "there is no such account");
    };
    let mut xml = head(fields);
    result(&mut xml, Code::Done, "");
    let to_pay = Kopecks::ZERO.max(balance.negated());
    xml.nested("fields", |inside| {
        inside.named("field1", "balance", &balance.to_string());
        inside.named("field2", "to_pay", &to_pay.to_string());
    });
    xml.end()
}

/// The answer to `pay` and `status`.
pub(crate) fn settled(fields: &Fields, standing: &Standing) -> String {
    let (code, comment) = match standing {
        Standing::Done(done) => return paid(fields, done.id, done.amount),
        Standing::Other { first } => (
            Code::Refused,
            format!("txn_id belongs to operation {first} with another account or sum"),
        ),
        Standing::UnknownAccount => (Code::UnknownAccount, "there is no such account".to_owned()),
        Standing::Refused(why) => (Code::Other, why.clone()),
        Standing::Unknown => (Code::Other, "there is no such payment".to_owned()),
        Standing::Later(why) => (Code::Later, why.clone()),
    };
    plain(fields, code, &comment)
}

fn paid(fields: &Fields, id: Id, amount: Kopecks) -> String {
    let mut xml = head(fields);
    xml.text("prv_txn", &id.to_string());
    xml.text("sum", &amount.to_string());
    result(&mut xml, Code::Done, "");
    xml.end()
}

/// The answer that the request itself asks for.
pub(crate) fn refused(fields: &Fields, refusal: &Refusal<Code>) -> String {
    plain(fields, refusal.code, &refusal.words)
}

/// The answer to a request that could not be read at all.
pub(crate) fn unreadable(why: &str) -> String {
    let mut xml = Xml::response();
    result(&mut xml, Code::Other, why);
    xml.end()
}

fn plain(fields: &Fields, code: Code, comment: &str) -> String {
    let mut xml = head(fields);
    result(&mut xml, code, comment);
    xml.end()
}

fn head(fields: &Fields) -> Xml {
    let mut xml = Xml::response();
    let txn = fields.get("txn_id").and_then(transaction);
    xml.text("osmp_txn_id", txn.unwrap_or_default());
    xml
}

fn result(xml: &mut Xml, code: Code, comment: &str) {
    xml.text("result", &(code as u16).to_string());
    xml.text("comment", comment);
}
