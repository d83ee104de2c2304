//! Sberbank's registry of payments: a line for each, then one line of totals.

use std::borrow::Cow;

use terms::Kopecks;

use crate::{
    About, FIELDS_MAX, Kind, Parsed, PaymentOrder, Profile, ReceiptSum, Row, Totals, Unreadable,
    error::{Errors, check_count, lines},
    field,
    parsed::total,
};

/// The totals as the file names them.
struct Footer<'a> {
    line: u32,
    count: usize,
    paid: Kopecks,
    transferred: Kopecks,
    fee: Kopecks,
    order: Option<PaymentOrder<'a>>,
}

/// The sums of one line.
struct Sums {
    paid: Kopecks,
    transferred: Kopecks,
    fee: Kopecks,
}

pub(crate) fn read<'a>(text: &'a str, profile: &Profile) -> Result<Parsed<'a>, Unreadable> {
    let mut errors = Errors::default();
    let (mut rows, mut sums) = (Vec::new(), Vec::new());
    let mut footer: Option<Footer<'_>> = None;
    let mut fields = Vec::new();
    for (number, line) in lines(text, &mut errors) {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(footer) = &footer {
            let what = if line.starts_with('=') {
                format!("the totals stand in line {} already", footer.line)
            } else {
                format!("nothing follows the totals of line {}", footer.line)
            };
            errors.add(number, "", format!("{what}: two files were put together"));
            break;
        }
        if line.starts_with('=') {
            footer = read_footer(number, line, &mut errors);
            if footer.is_none() {
                break;
            }
            continue;
        }
        fields.clear();
        fields.extend(line.split(';').take(FIELDS_MAX + 1));
        if let Some((row, of)) = read_row(number, &fields, profile, &mut errors) {
            rows.push(row);
            sums.push(of);
        }
        if errors.is_full() || !check_count(rows.len(), &mut errors) {
            break;
        }
    }
    let mut totals = Totals::default();
    match &footer {
        Some(footer) => {
            if let Some(found) = compare(footer, &rows, &sums, &mut errors) {
                totals = found;
            }
        }
        None if errors.is_full() => {}
        None => errors.add_whole(
            "the line of totals (=N;sum;transferred;fee;…) is missing or cannot be read: the file \
             was cut short, take it from the bank again",
        ),
    }
    let days = || rows.iter().map(|row| row.date);
    let about = About {
        from: days().min(),
        to: days().max(),
        order: footer.and_then(|footer| footer.order),
        ..About::default()
    };
    errors.none_or_refuse(Parsed {
        kind: Kind::Sberbank,
        about,
        rows,
        totals,
    })
}

fn read_row<'a>(
    line: u32,
    fields: &[&'a str],
    profile: &Profile,
    errors: &mut Errors,
) -> Option<(Row<'a>, Sums)> {
    let (least, most) = profile.fields;
    if !(least..=most).contains(&fields.len()) {
        errors.add(
            line,
            "",
            format!(
                "it has {} fields, the profile «{}» knows {least} to {most}: describe the \
                 contract's file by a profile of its own",
                fields.len(),
                profile.name
            ),
        );
        return None;
    }
    let columns = &profile.columns;
    let text = |place: Option<crate::Place>| {
        Cow::Borrowed(
            place
                .and_then(|place| place.of(fields))
                .unwrap_or("")
                .trim(),
        )
    };
    let at = |place: crate::Place| place.of(fields).unwrap_or("");
    let date = errors.take(line, "date", field::day_first(at(columns.date), b'-'));
    let time = match text(columns.time) {
        time if time.is_empty() => Some(None),
        time => errors.take(line, "time", field::time(&time)).map(Some),
    };
    let paid = errors.take(line, "paid", field::sum(at(columns.paid)));
    let transferred = field::sum(at(columns.transferred));
    let transferred = errors.take(line, "transferred", transferred);
    let fee = errors.take(line, "fee", field::sum(at(columns.fee)));
    let number = text(Some(columns.number));
    if number.is_empty() {
        let what = "it is empty: without the bank's number a payment cannot be told from others";
        errors.add(line, "operation number", what);
        return None;
    }
    let sums = Sums {
        paid: paid?,
        transferred: transferred?,
        fee: fee?,
    };
    let amount = match profile.sum {
        ReceiptSum::Paid => sums.paid,
        ReceiptSum::Transferred => sums.transferred,
    };
    let row = Row {
        time: time?,
        account: text(Some(columns.account)),
        transferred: Some(sums.transferred),
        fee: Some(sums.fee),
        number,
        payer: text(columns.payer),
        address: text(columns.address),
        period: columns
            .period
            .and_then(|place| place.of(fields))
            .and_then(field::month),
        channel: text(columns.channel),
        ..Row::new(line, date?, amount)
    };
    Some((row, sums))
}

fn read_footer<'a>(line: u32, text: &'a str, errors: &mut Errors) -> Option<Footer<'a>> {
    let fields: Vec<&str> = text[1..].split(';').take(FIELDS_MAX).collect();
    if !(4..=6).contains(&fields.len()) {
        let what = format!(
            "the totals have {} fields; they are =N;sum;transferred;fee;order;DD-MM-YYYY",
            fields.len()
        );
        errors.add(line, "", what);
        return None;
    }
    let count = fields[0].trim().parse().map_err(|_| {
        let given = field::quoted(fields[0]);
        format!("«{given}» is no number of payments")
    });
    let count = errors.take(line, "count", count);
    let paid = errors.take(line, "sum", field::sum(fields[1]));
    let transferred = errors.take(line, "transferred", field::sum(fields[2]));
    let fee = errors.take(line, "fee", field::sum(fields[3]));
    let at = |place: usize| fields.get(place).map_or("", |field| field.trim());
    let date = match at(5) {
        "" => Some(None),
        date => errors
            .take(line, "order date", field::day_first(date, b'-'))
            .map(Some),
    };
    let (number, date) = (at(4), date?);
    Some(Footer {
        line,
        count: count?,
        paid: paid?,
        transferred: transferred?,
        fee: fee?,
        order: (!number.is_empty()).then_some(PaymentOrder { number, date }),
    })
}

/// The totals, if they are what the file says.
fn compare(
    footer: &Footer<'_>,
    rows: &[Row<'_>],
    sums: &[Sums],
    errors: &mut Errors,
) -> Option<Totals> {
    let line = footer.line;
    if footer.count != rows.len() {
        let what = format!(
            "the totals speak of {} payments, the file has {}",
            footer.count,
            rows.len()
        );
        errors.add(line, "count", what);
    }
    let mut check = |field: &'static str, told: Kopecks, of: fn(&Sums) -> Kopecks| {
        let found = errors.take(line, field, total(field, sums.iter().map(of)))?;
        if found != told {
            let what = format!("the totals say {told}, the lines come to {found}");
            errors.add(line, field, what);
        }
        Some(found)
    };
    let paid = check("sum", footer.paid, |sums| sums.paid);
    let transferred = check("transferred", footer.transferred, |sums| sums.transferred);
    let fee = check("fee", footer.fee, |sums| sums.fee);
    let amount = total("amounts", rows.iter().map(|row| row.amount));
    Some(Totals {
        amount: errors.take(line, "sum", amount)?,
        paid: paid?,
        transferred: transferred?,
        fee: fee?,
        declared: None,
    })
}
