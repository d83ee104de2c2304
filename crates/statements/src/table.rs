//! Any table: a header with the names of the columns, then a payment a line.

use std::borrow::Cow;

use csv::StringRecord;

use crate::{
    About, FIELDS_MAX, Kind, LINE_MAX, Parsed, Row, Unreadable,
    error::{Errors, check_count, lines},
    field,
    lanbilling::totals,
};

/// The columns that are known, by English and Russian names. Those that must be there: the first
/// three.
const COLUMNS: [(&str, &[&str]); 13] = [
    ("account", &["лицевой счет", "лс", "договор", "contract"]),
    ("date", &["дата"]),
    ("amount", &["сумма", "sum"]),
    ("number", &["номер", "номер операции", "operation"]),
    ("time", &["время"]),
    ("payer", &["плательщик", "фио"]),
    ("address", &["адрес"]),
    ("period", &["период"]),
    ("purpose", &["назначение", "назначение платежа", "comment"]),
    ("payer_inn", &["инн", "инн плательщика"]),
    ("payer_account", &["счет плательщика"]),
    ("fee", &["комиссия"]),
    ("channel", &["канал"]),
];
const NEEDED: usize = 3;

/// Where each of the columns stands.
type Places = [Option<usize>; COLUMNS.len()];

/// The separator of a header: the sign that stands in it most often.
pub(crate) fn separator(header: &str) -> u8 {
    let count = |sign: u8| header.bytes().filter(|byte| *byte == sign).count();
    // Of equals the last one is taken.
    [b'\t', b',', b';']
        .into_iter()
        .max_by_key(|sign| count(*sign))
        .unwrap_or(b';')
}

/// Whether a line is a header of this kind.
pub(crate) fn is_header(line: &str) -> bool {
    let mark = char::from(separator(line));
    let names: Vec<&str> = line.split(mark).take(FIELDS_MAX).collect();
    places(names).is_some_and(|places| places[..NEEDED].iter().all(Option::is_some))
}

/// Where the columns of a header stand; none if one stands there twice.
fn places<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<Places> {
    let mut places = Places::default();
    for (place, name) in names.into_iter().enumerate() {
        let name = name
            .trim()
            .trim_matches('"')
            .to_lowercase()
            .replace('ё', "е");
        let known = COLUMNS
            .iter()
            .position(|(term, others)| *term == name || others.contains(&name.as_str()));
        if let Some(known) = known
            && places[known].replace(place).is_some()
        {
            return None;
        }
    }
    Some(places)
}

pub(crate) fn read(text: &str) -> Result<Parsed<'_>, Unreadable> {
    let mut errors = Errors::default();
    let first = lines(text, &mut errors)
        .first()
        .map_or("", |(_, line)| *line);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(first))
        .from_reader(text.as_bytes());
    let places = match reader.headers() {
        Ok(header) if header.len() > FIELDS_MAX => {
            errors.add(1, "", format!("it has more than {FIELDS_MAX} columns"));
            return Err(errors.refuse());
        }
        Ok(header) => places(header.iter()),
        Err(_) => None,
    };
    let places = check_header(places, &mut errors);
    let mut rows = Vec::new();
    if let Some(places) = places {
        let mut counted = Counted::default();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = counted.line(text, record.position());
                    rows.extend(read_row(line, &record, &places, &mut errors));
                }
                Err(error) => {
                    let line = counted.line(text, error.position());
                    errors.add(line, "", format!("it cannot be read: {error}"));
                }
            }
            if errors.is_full() || !check_count(rows.len(), &mut errors) {
                break;
            }
        }
    }
    let totals = totals(&rows, &mut errors);
    let days = || rows.iter().map(|row| row.date);
    let about = About {
        from: days().min(),
        to: days().max(),
        ..About::default()
    };
    errors.none_or_refuse(Parsed {
        kind: Kind::Table,
        about,
        rows,
        totals,
    })
}

fn check_header(places: Option<Places>, errors: &mut Errors) -> Option<Places> {
    let Some(places) = places else {
        errors.add(1, "", "the header has a column twice, or cannot be read");
        return None;
    };
    let missing = COLUMNS[..NEEDED].iter().zip(&places);
    let missing: Vec<&str> = missing
        .filter(|(_, place)| place.is_none())
        .map(|((name, _), _)| *name)
        .collect();
    if missing.is_empty() {
        return Some(places);
    }
    let what = format!(
        "the header has no column {}: the first line names the columns account, date and amount",
        missing.join(", ")
    );
    errors.add(1, "", what);
    None
}

/// How many lines lie before a place of the text. (What the reader itself counts is one less where
/// lines end with CR LF.)
#[derive(Default)]
pub(crate) struct Counted {
    upto: usize,
    lines: u32,
}

impl Counted {
    /// The line, from 1, on which the record at a position begins.
    pub(crate) fn line(&mut self, text: &str, position: Option<&csv::Position>) -> u32 {
        let at = position.and_then(|position| usize::try_from(position.byte()).ok());
        let at = at.unwrap_or(text.len()).clamp(self.upto, text.len());
        // A record may be said to begin at the line end before it.
        let ends = text.as_bytes()[at..].iter();
        let begin = at
            + ends
                .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                .count();
        let between = text.as_bytes()[self.upto..begin].iter();
        self.lines += between.filter(|byte| **byte == b'\n').count() as u32;
        self.upto = begin;
        self.lines + 1
    }
}

fn read_row(
    line: u32,
    record: &StringRecord,
    places: &Places,
    errors: &mut Errors,
) -> Option<Row<'static>> {
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
    let date = errors.take(line, "date", field::any_date(text("date")));
    let amount = errors.take(line, "amount", field::sum(text("amount")));
    let time = match text("time") {
        "" => Some(None),
        time => errors.take(line, "time", field::time(time)).map(Some),
    };
    let fee = match text("fee") {
        "" => Some(None),
        fee => errors.take(line, "fee", field::sum(fee)).map(Some),
    };
    let owned = |column: &str| Cow::Owned(text(column).to_owned());
    Some(Row {
        time: time?,
        fee: fee?,
        account: owned("account"),
        number: owned("number"),
        payer: owned("payer"),
        payer_inn: owned("payer_inn"),
        payer_account: owned("payer_account"),
        address: owned("address"),
        period: field::month(text("period")),
        purpose: owned("purpose"),
        channel: owned("channel"),
        ..Row::new(line, date?, amount?)
    })
}
