//! LANBilling's registry: the receiving bank account in the first line (it may be empty), then up to
//! eight fields a line: contract, payment number, date, sum, invoice, further facts, comment, number
//! of the payment order.
//!
//! That the fields stand between semicolons is INFERRED; tabs are taken, too.

use std::borrow::Cow;

use terms::Kopecks;

use crate::{
    About, Kind, Parsed, Row, Totals, Unreadable,
    error::{Errors, check_count, lines},
    field,
    parsed::total,
};

/// The fields of a line, the least and the most.
const FIELDS: std::ops::RangeInclusive<usize> = 4..=8;

pub(crate) fn read(text: &str) -> Result<Parsed<'_>, Unreadable> {
    let mut errors = Errors::default();
    let mut all = lines(text, &mut errors).into_iter();
    let account = all.next().map_or("", |(_, line)| line.trim());
    if !account.is_empty() && !account.bytes().all(|byte| byte.is_ascii_digit()) {
        let what = format!(
            "«{}» is no bank account: it stands alone in the first line, or the line is empty",
            field::quoted(account)
        );
        errors.add(1, "bank account", what);
    }
    let mut rows = Vec::new();
    for (number, line) in all {
        if line.trim().is_empty() {
            continue;
        }
        rows.extend(read_row(number, line, account, &mut errors));
        if errors.is_full() || !check_count(rows.len(), &mut errors) {
            break;
        }
    }
    let totals = totals(&rows, &mut errors);
    let days = || rows.iter().map(|row| row.date);
    let about = About {
        from: days().min(),
        to: days().max(),
        accounts: Some(account)
            .filter(|it| !it.is_empty())
            .into_iter()
            .collect(),
        ..About::default()
    };
    errors.none_or_refuse(Parsed {
        kind: Kind::Lanbilling,
        about,
        rows,
        totals,
    })
}

fn read_row<'a>(
    number: u32,
    line: &'a str,
    our_account: &'a str,
    errors: &mut Errors,
) -> Option<Row<'a>> {
    let separator = if line.contains(';') { ';' } else { '\t' };
    let fields: Vec<&str> = line.split(separator).take(FIELDS.end() + 1).collect();
    if !FIELDS.contains(&fields.len()) {
        let what = "it has other than 4 to 8 fields: contract; payment number; YYYY-MM-DD; sum; …";
        errors.add(number, "", what);
        return None;
    }
    let text = |place: usize| fields.get(place).map_or("", |field| field.trim());
    let date = text(2).parse().map_err(|_| {
        let given = field::quoted(text(2));
        format!("«{given}» is no date: it is written YYYY-MM-DD")
    });
    let date = errors.take(number, "date", date);
    let amount = errors.take(number, "sum", field::sum(text(3)));
    let payment = text(1);
    if payment.is_empty() {
        let what = "it is empty: without it a payment cannot be told from others";
        errors.add(number, "payment number", what);
        return None;
    }
    Some(Row {
        account: Cow::Borrowed(text(0)),
        number: Cow::Borrowed(payment),
        payer_inn: Cow::Borrowed(text(5)),
        purpose: Cow::Borrowed(text(6)),
        our_account: Cow::Borrowed(our_account),
        ..Row::new(number, date?, amount?)
    })
}

/// What the rows of a file without totals come to.
pub(crate) fn totals(rows: &[Row<'_>], errors: &mut Errors) -> Totals {
    let mut sum = |what: &str, of: &dyn Fn(&Row<'_>) -> Kopecks| {
        total(what, rows.iter().map(of)).unwrap_or_else(|what| {
            errors.add_whole(what);
            Kopecks::ZERO
        })
    };
    let amount = sum("amounts", &|row| row.amount);
    Totals {
        amount,
        paid: amount,
        transferred: sum("transfers", &|row| row.transferred.unwrap_or_default()),
        fee: sum("fees", &|row| row.fee.unwrap_or_default()),
        declared: None,
    }
}
