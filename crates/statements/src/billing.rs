//! What billing exports for a reconciliation: what it has taken in, charged, keeps on accounts, and
//! has in its sales book. A table with a header, one row for each.

use std::borrow::Cow;

use csv::StringRecord;
use terms::{Kopecks, LocalDate, Period, VatRate, named};

use crate::{
    FIELDS_MAX, LINE_MAX, LINES_MAX, Unreadable,
    error::Errors,
    field,
    table::{Counted, separator},
};

/// The columns, by English and Russian names. Those that must be there: the first three.
const COLUMNS: [(&str, &[&str]); 9] = [
    ("record", &["запись", "тип"]),
    ("date", &["дата"]),
    ("amount", &["сумма"]),
    ("account", &["лицевой счет", "лс"]),
    ("id", &["идентификатор", "номер"]),
    ("service", &["услуга"]),
    ("period", &["период"]),
    ("vat", &["ндс", "ставка ндс"]),
    ("source", &["источник"]),
];
const NEEDED: usize = 3;
/// The longest texts of a row, bytes.
const TEXT_MAX: usize = 256;

type Places = [Option<usize>; COLUMNS.len()];

named! {
    /// What a row of billing's table is.
    BillingRecord("record") {
        /// Money that came in; less than zero: that went back.
        Payment = "payment",
        /// A service that was charged; less than zero: a recalculation.
        Charge = "charge",
        /// What an account has at the end of a day: more than zero is an advance, less is a debt.
        Balance = "balance",
        /// The tax of one rate in the sales book of a month.
        Vat = "vat",
    }
}

/// A row of billing's table. Texts that a row does not have are empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BillingRow<'a> {
    /// The line of the file that it begins on, from 1.
    pub line: u32,
    /// What it is.
    pub record: BillingRecord,
    /// The day: of the payment, of the charge as Kassette was told of it, of the balance.
    pub date: LocalDate,
    /// The sum; of a `vat` row the tax.
    pub amount: Kopecks,
    /// The account (лицевой счёт), as it stands in the file; empty in `vat` rows only.
    pub account: Cow<'a, str>,
    /// Billing's identifier: the idempotency key that Kassette was given.
    pub id: Cow<'a, str>,
    /// The service's code.
    pub service: Cow<'a, str>,
    /// The month of the service; the date's month where the file says nothing.
    pub period: Period,
    /// The rate.
    pub vat: Option<VatRate>,
    /// Where a payment came from, as billing calls it.
    pub source: Cow<'a, str>,
}

/// How many rows of which record a table had, and what they come to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BillingTotals {
    /// Rows.
    pub rows: u64,
    /// Their sum, whatever they are, kopecks.
    pub amount: i128,
}

/// Reads billing's table and calls `each` with its rows, in their order. Rows that `each` has got
/// before an error must not be used.
///
/// # Errors
/// Everything that is wrong with the file, at most [`crate::ERRORS_MAX`] entries, each with its line.
pub fn read_billing(
    text: &str,
    mut each: impl FnMut(BillingRow<'_>),
) -> Result<BillingTotals, Unreadable> {
    let mut errors = Errors::default();
    let header = text.lines().next().unwrap_or_default();
    if header.len() > LINE_MAX {
        errors.add(1, "", format!("it is longer than {LINE_MAX} bytes"));
        return Err(errors.refuse());
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(header))
        .from_reader(text.as_bytes());
    let places = match reader.headers() {
        Ok(header) if header.len() <= FIELDS_MAX => places(header, &mut errors),
        _ => {
            errors.add(
                1,
                "",
                format!("it is no header of at most {FIELDS_MAX} columns"),
            );
            None
        }
    };
    let Some(places) = places else {
        return Err(errors.refuse());
    };
    let (mut totals, mut counted) = (BillingTotals::default(), Counted::default());
    let mut record = StringRecord::new();
    loop {
        let line = match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => counted.line(text, record.position()),
            Err(error) => {
                let line = counted.line(text, error.position());
                errors.add(line, "", format!("it cannot be read: {error}"));
                if errors.is_full() {
                    break;
                }
                continue;
            }
        };
        if line > LINES_MAX {
            errors.add_whole(format!("it has more than {LINES_MAX} lines: split it"));
            break;
        }
        if let Some(row) = read_row(line, &record, &places, &mut errors) {
            totals.rows += 1;
            totals.amount += i128::from(row.amount.get());
            each(row);
        }
        if errors.is_full() {
            break;
        }
    }
    errors.none_or_refuse(totals)
}

/// Whether a text is billing's table, as its header tells.
pub fn is_billing(text: &str) -> bool {
    let header = text.lines().next().unwrap_or_default();
    let mark = char::from(separator(header));
    let names = header.split(mark).take(FIELDS_MAX);
    let names: Vec<&str> = names.map(|name| name.trim().trim_matches('"')).collect();
    places(&StringRecord::from(names), &mut Errors::default()).is_some()
}

/// Where the columns stand.
fn places(header: &StringRecord, errors: &mut Errors) -> Option<Places> {
    let mut places = Places::default();
    for (place, name) in header.iter().enumerate() {
        let name = name.trim().to_lowercase().replace('ё', "е");
        let known = COLUMNS
            .iter()
            .position(|(term, others)| *term == name || others.contains(&name.as_str()));
        if let Some(known) = known
            && places[known].replace(place).is_some()
        {
            errors.add(1, COLUMNS[known].0, "the header has this column twice");
            return None;
        }
    }
    let missing: Vec<&str> = COLUMNS[..NEEDED]
        .iter()
        .zip(&places)
        .filter(|(_, place)| place.is_none())
        .map(|((name, _), _)| *name)
        .collect();
    if missing.is_empty() {
        return Some(places);
    }
    let what = format!(
        "the header has no column {}: the first line names the columns record, date, amount and \
         account",
        missing.join(", ")
    );
    errors.add(1, "", what);
    None
}

fn read_row<'r>(
    line: u32,
    record: &'r StringRecord,
    places: &Places,
    errors: &mut Errors,
) -> Option<BillingRow<'r>> {
    if record.as_slice().len() > LINE_MAX {
        errors.add(line, "", format!("it is longer than {LINE_MAX} bytes"));
        return None;
    }
    let text = |column: &str| {
        let known = COLUMNS.iter().position(|(name, _)| *name == column);
        let place = known.and_then(|known| places[known]);
        place
            .and_then(|place| record.get(place))
            .unwrap_or("")
            .trim()
    };
    for column in ["account", "id", "service", "source"] {
        let text = text(column);
        if text.len() > TEXT_MAX || text.chars().any(char::is_control) {
            let what = format!("it is longer than {TEXT_MAX} bytes, or has control characters");
            errors.add(line, column, what);
            return None;
        }
    }
    let kind = errors.take(line, "record", word(text("record")));
    let date = errors.take(line, "date", field::any_date(text("date")));
    let amount = errors.take(line, "amount", field::sum(text("amount")));
    let vat = match text("vat") {
        "" => Some(None),
        rate => errors.take(line, "vat", vat_rate(rate)).map(Some),
    };
    let period = match (text("period"), date) {
        ("", date) => date.map(LocalDate::period),
        (written, _) => {
            let bad = || {
                format!(
                    "«{}» is no month: it is written YYYY-MM",
                    field::quoted(written)
                )
            };
            errors.take(line, "period", field::month(written).ok_or_else(bad))
        }
    };
    let (kind, vat) = (kind?, vat?);
    match kind {
        BillingRecord::Vat if vat.is_none() => {
            errors.add(line, "vat", "a row of the sales book names its rate");
            return None;
        }
        BillingRecord::Vat => {}
        _ if text("account").is_empty() => {
            errors.add(line, "account", "it is empty");
            return None;
        }
        _ => {}
    }
    Some(BillingRow {
        line,
        record: kind,
        date: date?,
        amount: amount?,
        account: text("account").into(),
        id: text("id").into(),
        service: text("service").into(),
        period: period?,
        vat,
        source: text("source").into(),
    })
}

/// The word for a record, in English or Russian.
fn word(text: &str) -> Result<BillingRecord, String> {
    match text.to_lowercase().as_str() {
        "payment" | "платеж" | "платёж" | "оплата" => Ok(BillingRecord::Payment),
        "charge" | "начисление" => Ok(BillingRecord::Charge),
        "balance" | "остаток" | "баланс" => Ok(BillingRecord::Balance),
        "vat" | "ндс" => Ok(BillingRecord::Vat),
        _ => Err(format!(
            "«{}» is none of payment, charge, balance, vat",
            field::quoted(text)
        )),
    }
}

/// A rate as people write it: `22`, `22%`, `none`, `без НДС`.
fn vat_rate(text: &str) -> Result<VatRate, String> {
    let plain = text.trim_end_matches('%').trim_end().to_lowercase();
    let name = match plain.as_str() {
        "без ндс" | "нет" => "none",
        other => other,
    };
    name.parse().map_err(|_| {
        format!(
            "«{}» is no rate: it is one of 22, 20, 10, 7, 5, 0, none",
            field::quoted(text)
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Result<Vec<BillingRow<'static>>, Vec<String>> {
        let mut rows = Vec::new();
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        read_billing(text, |row| {
            rows.push(BillingRow {
                account: owned(row.account),
                id: owned(row.id),
                service: owned(row.service),
                source: owned(row.source),
                ..row
            });
        })
        .map_err(|unreadable| {
            unreadable
                .0
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        })?;
        Ok(rows)
    }

    #[test]
    fn rows_are_read_in_both_languages_as_they_stand() {
        let text = "Тип;Дата;Лицевой счёт;Сумма;Период;Услуга;НДС\n\
                    начисление;31.03.2026;00042;650,00;2026-03;INET;22%\n\
                    платёж;2026-03-05;00042;100.00;;;\n\
                    НДС;2026-03-31;;117.21;;;22\n";
        let rows = rows(text).unwrap();
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.record, &*row.account, row.amount.get()))
            .collect();
        assert_eq!(
            told,
            [
                (2, BillingRecord::Charge, "00042", 65_000),
                (3, BillingRecord::Payment, "00042", 10_000),
                (4, BillingRecord::Vat, "", 11_721),
            ]
        );
        assert_eq!(rows[0].vat, Some(VatRate::V22));
        assert_eq!(rows[1].period.to_string(), "2026-03", "the date's month");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_column() {
        let text = "record,date,amount,account,vat\n\
                    charge,2026-03-31,6x,1,\n\
                    gift,2026-03-31,1,1,\n\
                    payment,2026-02-30,1,1,\n\
                    payment,2026-03-01,1,,\n\
                    vat,2026-03-01,1,,\n";
        let errors = rows(text).unwrap_err();
        let begins = [
            "line 2, amount",
            "line 3, record",
            "line 4, date",
            "line 5, account",
        ];
        assert_eq!(errors.len(), 5, "{errors:?}");
        for (error, begin) in errors.iter().zip(begins) {
            assert!(error.starts_with(begin), "{error}");
        }
        assert!(errors[4].starts_with("line 6, vat"), "{}", errors[4]);
        for header in ["", "record;date;amount;date", "date;amount", "\u{0}"] {
            assert!(rows(header).is_err(), "{header:?}");
        }
        let long = format!(
            "record;date;amount;account\npayment;2026-03-01;1;{}\n",
            "9".repeat(300)
        );
        assert!(rows(&long).unwrap_err()[0].starts_with("line 2, account"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(record|date|amount|account|;|,|\n|\"|[0-9а-я.-]){0,60}") {
            let _ = rows(&format!("record;date;amount;account;vat;period\n{text}"));
            let _ = rows(&text);
        }
    }
}
