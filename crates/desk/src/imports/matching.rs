//! What each row of a file is: a payment on an account, known money, or something for a person.

use std::{borrow::Cow, collections::HashMap};

use chrono::{Days, NaiveDate, NaiveTime};
use engine::MAX_EVENT_ID;
use journal::PaymentOnAccount;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use statements::{Kind, Parsed, Row};
use terms::{AccountNumber, Id, Kopecks, LocalDate, LocalDateTime, Saying};

use super::{BusinessRows, ImportOrder, RowClass};
use crate::{Desk, DeskError};

/// What is left of a key for its endings.
const KEY_MAX: usize = MAX_EVENT_ID - 8;

/// A row, as it was judged.
pub(crate) struct Sorted {
    pub(crate) class: RowClass,
    /// Why, for people; empty for what needs no reason.
    pub(crate) reason: Cow<'static, str>,
    /// The key of the operation that it is or would be.
    pub(crate) key: String,
    /// The account that it is matched with.
    pub(crate) account: Option<AccountNumber>,
}

/// Judges all rows.
pub(crate) fn sort(
    desk: &Desk,
    parsed: &Parsed<'_>,
    order: &ImportOrder,
) -> Result<Vec<Sorted>, DeskError> {
    let today = desk.clock().local().date();
    let mut sorted: Vec<Sorted> = parsed
        .rows
        .iter()
        .map(|row| Sorted {
            class: RowClass::Matched,
            reason: Cow::Borrowed(""),
            key: key_of(parsed.kind, row),
            account: None,
        })
        .collect();
    refuse_wrong(&parsed.rows, &mut sorted, today);
    find_known(desk, parsed, &mut sorted)?;
    hold_repeated(&parsed.rows, &mut sorted);
    if parsed.kind == Kind::ClientBank {
        hold_transfers(desk, &parsed.rows, &mut sorted)?;
    }
    let rules = &desk.setup().statements;
    if order.business.unwrap_or(rules.business) == BusinessRows::Skip {
        set_businesses_aside(desk, &parsed.rows, &mut sorted);
    }
    match_accounts(desk, &parsed.rows, &mut sorted)?;
    hold_same_money(desk, &parsed.rows, &mut sorted)?;
    Ok(sorted)
}

impl Sorted {
    fn becomes(&mut self, class: RowClass, reason: impl Into<Cow<'static, str>>) {
        (self.class, self.reason) = (class, reason.into());
    }

    /// Whether nothing has been found out about it yet.
    fn is_open(&self) -> bool {
        self.class == RowClass::Matched
    }
}

/// The idempotency key: the bank's number, where it is unique; else what tells a document from
/// others: our account, day, number, sum and the payer's account.
fn key_of(kind: Kind, row: &Row<'_>) -> String {
    let name = match kind {
        Kind::Sberbank => "sber",
        Kind::Lanbilling => "lan",
        Kind::Table => "csv",
        Kind::ClientBank => "bank",
    };
    let is_unique = kind != Kind::ClientBank && !row.number.is_empty();
    let has_controls = || row.number.chars().any(char::is_control);
    if is_unique && name.len() + 1 + row.number.len() <= KEY_MAX && !has_controls() {
        return format!("{name}:{}", row.number);
    }
    let mut hash = Sha256::new();
    let (date, amount) = (row.date.to_string(), row.amount.to_string());
    let (account, payer) = (&*row.account, &*row.payer_account);
    // Whose bank number is unique is told by it alone.
    let parts: [&str; 6] = if is_unique {
        [&row.number, "", "", "", "", ""]
    } else {
        [
            &row.number,
            &date,
            &amount,
            account,
            payer,
            &row.our_account,
        ]
    };
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut key = format!("{name}:#");
    for byte in &hash.finalize()[..16] {
        key.push_str(&format!("{byte:02x}"));
    }
    key
}

fn refuse_wrong(rows: &[Row<'_>], sorted: &mut [Sorted], today: LocalDate) {
    for (row, sorted) in rows.iter().zip(sorted) {
        if !row.amount.is_positive() {
            let reason = Saying::NotPositive.about(&[&row.amount]);
            sorted.becomes(RowClass::Wrong, reason);
        } else if row.date > today {
            let reason = Saying::OfTheFuture.about(&[&row.date, &today]);
            sorted.becomes(RowClass::Wrong, reason);
        }
    }
}

/// The sum of a payment's body, as each face writes it.
#[derive(Deserialize)]
struct PaymentBody {
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    parts: Vec<PartBody>,
    /// In place of the parts: of a bank that pays by itself.
    #[serde(default)]
    sum: Option<String>,
    #[serde(default)]
    paid: Option<String>,
    #[serde(default)]
    date: Option<String>,
}

#[derive(Deserialize)]
struct PartBody {
    amount: String,
}

impl PaymentBody {
    fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    fn amount(&self) -> Option<Kopecks> {
        if let Some(sum) = &self.sum {
            return sum.parse().ok();
        }
        let amounts = self.parts.iter().map(|part| part.amount.parse());
        Kopecks::sum(amounts.collect::<terms::Result<Vec<_>>>().ok()?).ok()
    }

    /// The day of the payment: as the bank said it, as billing said it, or that of the acceptance.
    fn day(&self, id: Id, desk: &Desk) -> Option<LocalDate> {
        let told = self.paid.as_ref().or(self.date.as_ref());
        if let Some(day) = told.and_then(|day| day.parse().ok()) {
            return Some(day);
        }
        let offset = i64::from(desk.setup().organisation.utc_offset.local_minus_utc());
        let local = LocalDateTime::from_unix_local(id.unix_ms() / 1_000 + offset);
        local.ok().map(LocalDateTime::date)
    }
}

/// Finds rows whose bank number is known: by an earlier file, or by an operation of billing's.
fn find_known(desk: &Desk, parsed: &Parsed<'_>, sorted: &mut [Sorted]) -> Result<(), DeskError> {
    let forms: &[String] = match parsed.kind {
        // Its numbers are not unique.
        Kind::ClientBank => &[],
        _ => &desk.setup().statements.known_keys,
    };
    let mut keys = Vec::with_capacity(sorted.len() * (1 + forms.len()));
    for (row, sorted) in parsed.rows.iter().zip(sorted.iter()) {
        keys.push(sorted.key.clone());
        // A row without a number has no other key.
        let number: &str = if row.number.is_empty() {
            &sorted.key
        } else {
            &row.number
        };
        keys.extend(forms.iter().map(|form| form.replace("{number}", number)));
    }
    let found = desk.ask_now(|writer, reply| writer.find_keys(keys, reply))?;
    let of_rows = found.chunks(1 + forms.len());
    for ((row, sorted), found) in parsed.rows.iter().zip(sorted).zip(of_rows) {
        if !sorted.is_open() {
            continue;
        }
        for (place, id) in found.iter().enumerate() {
            let Some(id) = *id else { continue };
            let found = desk.reader().operation_body(id)?;
            let is_cancelled = found.as_ref().is_some_and(|found| found.is_cancelled);
            let body = found.and_then(|found| PaymentBody::read(&found.body));
            let is_own = place == 0;
            let is_same_account = || {
                let account = body.as_ref().and_then(|body| body.account.as_deref());
                account == Some(&*row.account)
            };
            // Billing's keys may be anything: only one of the same account speaks of this payment.
            if is_own || is_same_account() {
                judge_known(row, sorted, (id, is_cancelled), body.as_ref());
                break;
            }
        }
    }
    Ok(())
}

/// Judges a row whose number is that of an operation, which may be cancelled.
fn judge_known(
    row: &Row<'_>,
    sorted: &mut Sorted,
    (id, is_cancelled): (Id, bool),
    body: Option<&PaymentBody>,
) {
    let reason = match body.and_then(PaymentBody::amount) {
        _ if is_cancelled => Saying::SameNumberCancelled.about(&[&id]),
        Some(amount) if amount == row.amount => {
            return sorted.becomes(RowClass::Duplicate, Saying::IsOperation.about(&[&id]));
        }
        Some(amount) => Saying::SameNumberOtherSum.about(&[&id, &amount]),
        None => Saying::SameNumberNoPayment.about(&[&id]),
    };
    sorted.becomes(RowClass::Held, reason);
    sorted.key.push_str("/2");
}

/// Holds rows whose number stands in the file before.
fn hold_repeated(rows: &[Row<'_>], sorted: &mut [Sorted]) {
    let mut first: HashMap<String, (u32, u32)> = HashMap::with_capacity(rows.len());
    for (row, sorted) in rows.iter().zip(sorted).filter(|(_, it)| it.is_open()) {
        let (line, times) = first.entry(sorted.key.clone()).or_insert((row.line, 0));
        *times += 1;
        if *times > 1 {
            let reason = Saying::NumberOfLine.about(&[&line]);
            let ending = format!("/{times}");
            sorted.becomes(RowClass::Held, reason);
            sorted.key.push_str(&ending);
        }
    }
}

/// Holds the transfers by which a bank passes on the money of a registry that was loaded.
fn hold_transfers(desk: &Desk, rows: &[Row<'_>], sorted: &mut [Sorted]) -> Result<(), DeskError> {
    for (row, sorted) in rows.iter().zip(sorted).filter(|(_, it)| it.is_open()) {
        let registry = desk.reader().registry_of_order(&row.number, row.amount)?;
        if let Some(registry) = registry {
            let reason = Saying::TransferOfRegistry.about(&[&registry.name, &registry.id]);
            sorted.becomes(RowClass::Held, reason);
        }
    }
    Ok(())
}

fn set_businesses_aside(desk: &Desk, rows: &[Row<'_>], sorted: &mut [Sorted]) {
    let rules = &desk.setup().statements;
    for (row, sorted) in rows.iter().zip(sorted).filter(|(_, it)| it.is_open()) {
        if rules.is_business(&row.payer_account) {
            let reason = Saying::BusinessAccount.about(&[&row.payer_account]);
            sorted.becomes(RowClass::Business, reason);
        }
    }
}

/// Finds the accounts: one that the row names, or the only open one in the purpose of the payment.
fn match_accounts(desk: &Desk, rows: &[Row<'_>], sorted: &mut [Sorted]) -> Result<(), DeskError> {
    // Pairs of a row's place and an account that it may be about.
    let mut candidates: Vec<(usize, AccountNumber)> = Vec::with_capacity(rows.len());
    let patterns = &desk.setup().statements.account_patterns;
    for (place, row) in rows.iter().enumerate() {
        if !sorted[place].is_open() {
            continue;
        }
        if !row.account.is_empty() {
            candidates.extend(row.account.parse().ok().map(|number| (place, number)));
            continue;
        }
        let texts = patterns.iter().flat_map(|pattern| {
            let found = pattern.captures_iter(&row.purpose);
            found.filter_map(|captures| Some(captures.get(1)?.as_str()))
        });
        // Words often end with what belongs to the sentence.
        let texts = texts.map(|text| text.trim_end_matches(['-', '/', '.']));
        candidates.extend(texts.filter_map(|text| Some((place, text.parse().ok()?))));
    }
    let open = desk
        .reader()
        .are_open(candidates.iter().map(|(_, number)| number))?;
    for ((place, number), _) in candidates.into_iter().zip(open).filter(|(_, open)| *open) {
        let sorted = &mut sorted[place];
        match &sorted.account {
            Some(other) if *other != number => {
                let reason = Saying::TwoAccounts.about(&[other, &number]);
                sorted.becomes(RowClass::Held, reason);
            }
            _ => sorted.account = Some(number),
        }
    }
    for (row, sorted) in rows.iter().zip(sorted) {
        if sorted.class == RowClass::Held {
            sorted.account = None;
        }
        if sorted.is_open() && sorted.account.is_none() {
            let reason = if row.account.is_empty() {
                Saying::NoAccountNamed.about(&[])
            } else {
                Saying::NoSuchAccount.about(&[&row.account])
            };
            sorted.becomes(RowClass::Unmatched, reason);
        }
    }
    Ok(())
}

/// Holds payments of which the journal has one of the same account, day and sum that came by another
/// way, where nothing tells whether it is the same.
fn hold_same_money(desk: &Desk, rows: &[Row<'_>], sorted: &mut [Sorted]) -> Result<(), DeskError> {
    let mut looked_for: HashMap<(&str, i64), Vec<usize>> = HashMap::with_capacity(rows.len());
    let mut earliest: Option<LocalDate> = None;
    let accounts: Vec<Option<AccountNumber>> = sorted
        .iter()
        .map(|sorted| sorted.account.clone().filter(|_| sorted.is_open()))
        .collect();
    for (place, (row, account)) in rows.iter().zip(&accounts).enumerate() {
        if let Some(account) = account {
            let money = (account.as_str(), row.amount.get());
            looked_for.entry(money).or_default().push(place);
            earliest = Some(earliest.map_or(row.date, |day| day.min(row.date)));
        }
    }
    let Some(earliest) = earliest else {
        return Ok(());
    };
    // Who pays is told of it on the day of the payment or later.
    let since = midnight_before(earliest);
    let each = |payment: PaymentOnAccount<'_>| {
        let money = (payment.account, payment.amount);
        let Some(places) = looked_for.get(&money) else {
            return;
        };
        let body = PaymentBody::read(payment.body);
        let Some(day) = body.and_then(|body| body.day(payment.id, desk)) else {
            return;
        };
        let way = way_of(payment.key);
        let same = places.iter().copied().find(|place| {
            let sorted = &sorted[*place];
            sorted.is_open() && rows[*place].date == day && way_of(&sorted.key) != way
        });
        if let Some(place) = same {
            let reason = Saying::SameMoney.about(&[&payment.id]);
            sorted[place].becomes(RowClass::Held, reason);
        }
    };
    desk.reader().each_payment_since(since, each)?;
    Ok(())
}

/// The way that an operation came, by its key.
fn way_of(key: &str) -> &str {
    key.split_once(':').map_or("", |(way, _)| way)
}

/// Milliseconds since 1970 at a moment that is before the day's beginning in every time zone.
fn midnight_before(day: LocalDate) -> i64 {
    let date = NaiveDate::from_ymd_opt(day.year().into(), day.month().into(), day.day().into());
    let before = date.and_then(|date| date.checked_sub_days(Days::new(1)));
    before.map_or(0, |date| {
        date.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
    })
}
