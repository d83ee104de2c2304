//! «ACTION» of Sberbank Online: payment registries §7.

use terms::{AccountNumber, Kopecks, LocalDate};

use crate::{
    bank::Bank,
    fields::{Fields, Refusal, moment, refusal, sum, transaction},
    router::{Payment, Standing},
    xml::Xml,
};

/// What the bank asks.
#[derive(Debug)]
pub(crate) enum Request {
    /// Whether money can be taken for an account.
    Check(AccountNumber),
    /// Money has come.
    Payment(Payment),
}

/// What is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Code {
    Done = 0,
    Later = 1,
    UnknownAction = 2,
    UnknownAccount = 3,
    BadAccount = 4,
    BadTransaction = 6,
    Duplicate = 8,
    BadSum = 9,
    TooSmall = 10,
    TooLarge = 11,
    BadDate = 12,
    Internal = 300,
}

/// Reads a request; `today` is the day of a payment whose own day is still to come.
pub(crate) fn read(
    bank: &Bank,
    fields: &Fields,
    today: LocalDate,
) -> Result<Request, Refusal<Code>> {
    let account = || {
        let bad = || refusal(Code::BadAccount, "ACCOUNT is missing or misspelled");
        let text = fields.get("account").ok_or_else(bad)?;
        bank.account(text).ok_or_else(bad)
    };
    let action = fields.get("action").unwrap_or_default();
    if action.eq_ignore_ascii_case("check") {
        return Ok(Request::Check(account()?));
    }
    if !action.eq_ignore_ascii_case("payment") {
        let message = "ACTION is check or payment";
        return Err(refusal(Code::UnknownAction, message));
    }
    let account = account()?;
    let amount = fields.get("amount").and_then(sum);
    let amount = amount.ok_or_else(|| refusal(Code::BadSum, "AMOUNT is roubles such as 123.45"))?;
    if amount < bank.min {
        return Err(refusal(Code::TooSmall, format!("at least {}", bank.min)));
    }
    if amount > bank.max {
        return Err(refusal(Code::TooLarge, format!("at most {}", bank.max)));
    }
    let id = fields.get("pay_id").and_then(transaction);
    let id =
        id.ok_or_else(|| refusal(Code::BadTransaction, "PAY_ID is 1…40 letters and digits"))?;
    let date = fields.get("pay_date").and_then(day);
    let date = date.ok_or_else(|| refusal(Code::BadDate, "PAY_DATE is dd.MM.yyyy_HH:mm:ss"))?;
    Ok(Request::Payment(Payment {
        transaction: id.to_owned(),
        account,
        amount,
        date: date.min(today),
    }))
}

/// The day of `dd.MM.yyyy_HH:mm:ss`.
fn day(text: &str) -> Option<LocalDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 19 || !text.is_ascii() {
        return None;
    }
    let marks = [(2, b'.'), (5, b'.'), (10, b'_'), (13, b':'), (16, b':')];
    if marks.iter().any(|(place, mark)| bytes[*place] != *mark) {
        return None;
    }
    let digits = [
        &text[6..10],
        &text[3..5],
        &text[..2],
        &text[11..13],
        &text[14..16],
        &text[17..],
    ];
    moment(&digits.concat())
}

/// The answer to `check`.
pub(crate) fn checked(balance: Option<Kopecks>) -> String {
    let Some(balance) = balance else {
        return plain(Code::UnknownAccount, "there is no such account");
    };
    let mut xml = head(Code::Done, "");
    xml.text("BALANCE", &balance.to_string());
    let to_pay = Kopecks::ZERO.max(balance.negated());
    xml.text("REC_SUM", &to_pay.to_string());
    xml.end()
}

/// The answer to `payment`. `moment_of` writes when an operation was accepted.
pub(crate) fn settled(standing: &Standing, moment_of: impl Fn(i64) -> String) -> String {
    let (code, message) = match standing {
        Standing::Done(done) => {
            let mut xml = match done.is_new {
                true => head(Code::Done, ""),
                false => head(Code::Duplicate, "this payment was taken before"),
            };
            xml.text("EXT_ID", &done.id.to_string());
            xml.text("REG_DATE", &moment_of(done.id.unix_ms()));
            xml.text("AMOUNT", &done.amount.to_string());
            return xml.end();
        }
        Standing::Other { first } => (
            Code::BadTransaction,
            format!("PAY_ID belongs to operation {first} with another account or sum"),
        ),
        Standing::UnknownAccount => (Code::UnknownAccount, "there is no such account".to_owned()),
        Standing::Refused(why) => (Code::Internal, why.clone()),
        Standing::Unknown => (Code::BadTransaction, "there is no such payment".to_owned()),
        Standing::Later(why) => (Code::Later, why.clone()),
    };
    plain(code, &message)
}

/// The answer that the request itself asks for.
pub(crate) fn refused(refusal: &Refusal<Code>) -> String {
    plain(refusal.code, &refusal.words)
}

/// The answer to a request that could not be read at all.
pub(crate) fn unreadable(why: &str) -> String {
    plain(Code::Internal, why)
}

fn plain(code: Code, message: &str) -> String {
    head(code, message).end()
}

fn head(code: Code, message: &str) -> Xml {
    let mut xml = Xml::response();
    xml.text("CODE", &(code as u16).to_string());
    xml.text("MESSAGE", message);
    xml
}
