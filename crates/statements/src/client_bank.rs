//! A bank statement in the form 1CClientBankExchange, versions 1.01, 1.02 and 1.03: lines
//! `key=value`, sections of accounts and of documents.
//!
//! Money has come in when the receiving account is one of those that the statement is about and the
//! document has the day on which it came (ДатаПоступило). Other documents are counted and passed
//! over. Keys that are not needed, also those that banks have added, are not looked at.

use std::borrow::Cow;

use terms::{Kopecks, LocalDate};

use crate::{
    About, Kind, Parsed, Row, Totals, Unreadable,
    error::{Errors, check_count, lines},
    field,
    lanbilling::totals,
    parsed::total,
};

/// The first line.
pub(crate) const FIRST: &str = "1CClientBankExchange";
const LAST: &str = "КонецФайла";
const VERSIONS: [&str; 3] = ["1.01", "1.02", "1.03"];
const PURPOSE: &str = "НазначениеПлатежа";

pub(crate) fn read(text: &str) -> Result<Parsed<'_>, Unreadable> {
    let mut errors = Errors::default();
    let mut all = lines(text, &mut errors).into_iter();
    if all.next().is_none_or(|(_, line)| line.trim() != FIRST) {
        errors.add(1, "", format!("the first line is not {FIRST}"));
        return Err(errors.refuse());
    }
    let mut statement = Statement::default();
    for (number, line) in all {
        statement.take(number, line, &mut errors);
        if errors.is_full() || !check_count(statement.documents.len(), &mut errors) {
            break;
        }
    }
    statement.end(errors)
}

/// Where in the file a line stands.
#[derive(Default)]
enum Section<'a> {
    #[default]
    Head,
    Account,
    Document(Box<Document<'a>>),
    /// After its last line.
    End(u32),
}

#[derive(Default)]
struct Statement<'a> {
    section: Section<'a>,
    about: About<'a>,
    declared: Vec<Kopecks>,
    documents: Vec<Document<'a>>,
}

/// The keys of a document that are needed.
#[derive(Default)]
struct Document<'a> {
    line: u32,
    kind: &'a str,
    number: &'a str,
    amount: Option<Kopecks>,
    came: Option<LocalDate>,
    payer: &'a str,
    payer_1: &'a str,
    payer_inn: &'a str,
    payer_account: [&'a str; 2],
    our_account: [&'a str; 2],
    purpose: Cow<'a, str>,
    purpose_parts: [&'a str; 6],
    /// The last line was the purpose: some banks break it.
    in_purpose: bool,
}

impl<'a> Statement<'a> {
    fn take(&mut self, number: u32, line: &'a str, errors: &mut Errors) {
        let line = line.trim();
        match (&mut self.section, line) {
            (Section::Document(document), "") => document.in_purpose = false,
            (_, "") => {}
            (Section::End(end), _) => {
                errors.add(number, "", format!("nothing follows {LAST} of line {end}"));
            }
            (Section::Document(_), "КонецДокумента") => {
                if let Section::Document(document) = std::mem::take(&mut self.section) {
                    self.documents.push(*document);
                }
            }
            (Section::Document(document), _) => document.take(number, line, errors),
            (Section::Account, "КонецРасчСчет") => self.section = Section::Head,
            (Section::Head, "СекцияРасчСчет") => self.section = Section::Account,
            (Section::Head, LAST) => self.section = Section::End(number),
            (section, _) => match line.split_once('=') {
                Some(("СекцияДокумент", kind)) if matches!(section, Section::Head) => {
                    *section = Section::Document(Box::new(Document {
                        line: number,
                        kind: kind.trim(),
                        ..Document::default()
                    }));
                }
                Some((key, value)) => self.about(number, key.trim(), value.trim(), errors),
                None => errors.add(number, "", "it is neither key=value nor a section here"),
            },
        }
    }

    fn about(&mut self, line: u32, key: &str, value: &'a str, errors: &mut Errors) {
        let mut date = |into: &mut Option<LocalDate>| {
            if let Some(date) = errors.take(line, key, field::day_first(value, b'.')) {
                *into = Some(date);
            }
        };
        match key {
            "ВерсияФормата" if VERSIONS.contains(&value) => self.about.version = value,
            "ВерсияФормата" => {
                let what = format!("version «{}» is not known", field::quoted(value));
                errors.add(
                    line,
                    key,
                    format!("{what}: ask the bank for 1.01, 1.02 or 1.03"),
                );
            }
            "ДатаНачала" if self.about.from.is_none() => date(&mut self.about.from),
            "ДатаКонца" if self.about.to.is_none() => date(&mut self.about.to),
            "РасчСчет" if !value.is_empty() && !self.about.accounts.contains(&value) => {
                self.about.accounts.push(value);
            }
            "ВсегоПоступило" => {
                self.declared
                    .extend(errors.take(line, key, field::sum(value)));
            }
            _ => {}
        }
    }

    fn end(self, mut errors: Errors) -> Result<Parsed<'a>, Unreadable> {
        if !matches!(self.section, Section::End(_)) && !errors.is_full() {
            errors.add_whole(format!(
                "its last line is not {LAST}: it was cut short, take it from the bank again"
            ));
        }
        if self.about.version.is_empty() {
            errors.add_whole("it does not name its version (ВерсияФормата)");
        }
        if self.about.accounts.is_empty() {
            errors.add_whole("it names no account that it is about (РасчСчет)");
        }
        let mut about = self.about;
        let mut rows = Vec::new();
        for document in self.documents {
            if let Some(row) = document.row(&about.accounts, &mut errors) {
                rows.push(row);
            } else {
                about.others += 1;
            }
        }
        let declared = (!self.declared.is_empty())
            .then(|| total("ВсегоПоступило", self.declared))
            .transpose()
            .unwrap_or_else(|what| {
                errors.add_whole(what);
                None
            });
        let totals = Totals {
            declared,
            ..totals(&rows, &mut errors)
        };
        errors.none_or_refuse(Parsed {
            kind: Kind::ClientBank,
            about,
            rows,
            totals,
        })
    }
}

impl<'a> Document<'a> {
    fn take(&mut self, line: u32, text: &'a str, errors: &mut Errors) {
        let Some((key, value)) = text.split_once('=') else {
            if self.in_purpose {
                return self.go_on_with_purpose(text);
            }
            return errors.add(line, "", "a document consists of lines key=value");
        };
        let (key, value) = (key.trim(), value.trim());
        if key == "СекцияДокумент" {
            let begun = self.line;
            let what = format!("the document of line {begun} has not ended (КонецДокумента)");
            return errors.add(line, "", what);
        }
        // Words of a broken purpose may hold an equals sign: keys have no spaces.
        if self.in_purpose && key.contains(' ') {
            return self.go_on_with_purpose(text);
        }
        self.in_purpose = key == PURPOSE;
        match key {
            "Номер" => self.number = value,
            "Сумма" => self.amount = errors.take(line, key, field::sum(value)),
            "ДатаПоступило" if !value.is_empty() => {
                self.came = errors.take(line, key, field::day_first(value, b'.'));
            }
            "Плательщик" => self.payer = value,
            "Плательщик1" => self.payer_1 = value,
            "ПлательщикИНН" => self.payer_inn = value,
            "ПлательщикСчет" => self.payer_account[0] = value,
            "ПлательщикРасчСчет" => self.payer_account[1] = value,
            "ПолучательСчет" => self.our_account[0] = value,
            "ПолучательРасчСчет" => self.our_account[1] = value,
            PURPOSE => self.purpose = Cow::Borrowed(value),
            _ => {
                let part = key.strip_prefix(PURPOSE).and_then(|part| part.parse().ok());
                if let Some(place) = part.and_then(|part: usize| part.checked_sub(1))
                    && let Some(place) = self.purpose_parts.get_mut(place)
                {
                    *place = value;
                }
            }
        }
    }

    fn go_on_with_purpose(&mut self, text: &str) {
        let purpose = self.purpose.to_mut();
        // As much as a line may have: nobody writes a book there.
        if purpose.len() + text.len() < crate::LINE_MAX {
            purpose.push(' ');
            purpose.push_str(text);
        }
    }

    /// The row, if money has come in.
    fn row(self, ours: &[&str], errors: &mut Errors) -> Option<Row<'a>> {
        let our_account = self.our_account.into_iter().find(|it| ours.contains(it))?;
        let (date, line) = (self.came?, self.line);
        let Some(amount) = self.amount else {
            errors.add(line, "Сумма", "the document has no sum");
            return None;
        };
        if self.number.is_empty() {
            errors.add(line, "Номер", "the document has no number");
            return None;
        }
        let first = |texts: [&'a str; 2]| texts.into_iter().find(|it| !it.is_empty());
        let parts = || {
            let parts = self.purpose_parts.into_iter();
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            Cow::Owned(parts.join(" "))
        };
        Some(Row {
            number: Cow::Borrowed(self.number),
            payer: Cow::Borrowed(first([self.payer, self.payer_1]).unwrap_or("")),
            payer_inn: Cow::Borrowed(self.payer_inn),
            payer_account: Cow::Borrowed(first(self.payer_account).unwrap_or("")),
            purpose: if self.purpose.is_empty() {
                parts()
            } else {
                self.purpose
            },
            channel: Cow::Borrowed(self.kind),
            our_account: Cow::Borrowed(our_account),
            ..Row::new(line, date, amount)
        })
    }
}
