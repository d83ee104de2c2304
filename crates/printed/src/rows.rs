//! Rows that several documents share.

use ffd::{Cashier, Element, Form, Head, Presence, Tag, Value};
use terms::{FfdVersion, Kopecks, LocalDate, LocalDateTime};

use crate::{Content, Row, Surroundings, words};

/// Rows being put together.
#[derive(Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

impl Rows {
    pub(crate) fn heading(&mut self, tag: Option<Tag>, text: impl Into<String>) {
        self.0.push(Row::new(tag, Content::Heading(text.into())));
    }

    pub(crate) fn text(&mut self, tag: Tag, text: impl Into<String>) {
        self.0.push(Row::new([tag], Content::Text(text.into())));
    }

    pub(crate) fn pair(&mut self, tag: Tag, name: &str, value: impl ToString) {
        self.0.push(Row::new(
            [tag],
            Content::Pair(name.to_owned(), value.to_string()),
        ));
    }

    /// A pair that is there only when its value is.
    pub(crate) fn maybe(&mut self, tag: Tag, name: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.pair(tag, name, value.to_string());
        }
    }

    pub(crate) fn sum(&mut self, tag: Tag, name: impl Into<String>, amount: Kopecks) {
        self.0
            .push(Row::new([tag], Content::Sum(name.into(), amount)));
    }

    /// Who settles. His ИНН is for the electronic form only.
    pub(crate) fn cashier(&mut self, cashier: Option<&Cashier>) {
        if let Some(cashier) = cashier {
            self.pair(Tag::CASHIER, "Кассир", &cashier.name);
        }
    }

    /// The user's name, address and place as the registration has them, for reports that do not
    /// say it themselves.
    pub(crate) fn user(&mut self, around: &Surroundings) {
        if let Some(name) = &around.user_name {
            self.heading(Some(Tag::USER_NAME), name);
        }
        if let Some(settlement) = &around.settlement {
            self.pair(
                Tag::SETTLEMENT_ADDRESS,
                "Адрес расчетов",
                &settlement.address,
            );
            self.pair(Tag::SETTLEMENT_PLACE, "Место расчетов", &settlement.place);
        }
    }

    /// What the ККТ and its drive are and how the document can be found: the end of every document.
    pub(crate) fn signs(&mut self, head: &Head, around: &Surroundings) {
        let rnm = if head.rnm.is_empty() {
            "неизвестен"
        } else {
            &head.rnm
        };
        self.pair(Tag::RNM, "РН ККТ", rnm);
        self.maybe(Tag::KKT_SERIAL, "ЗН ККТ", around.kkt_serial.as_ref());
        self.pair(Tag::USER_INN, "ИНН", &head.user_inn);
        self.pair(Tag::DRIVE_NUMBER, "ФН", head.drive);
        self.pair(Tag::DOCUMENT_NUMBER, "ФД", head.number);
        self.pair(Tag::FISCAL_SIGN, "ФП", head.sign);
    }

    /// Requisites without a row of their own, as far as the printed form asks for them (FFD
    /// documents §8, column P). What the tables do not know is shown too: it is in the document.
    pub(crate) fn others(
        &mut self,
        elements: &[Element],
        (ffd, form): (FfdVersion, Form),
        parent: Option<Tag>,
    ) {
        self.elements(elements, (ffd, form), parent, 0);
    }

    fn elements(
        &mut self,
        elements: &[Element],
        of: (FfdVersion, Form),
        parent: Option<Tag>,
        depth: usize,
    ) {
        for element in elements {
            if !is_printed(element.tag, of, parent) {
                continue;
            }
            let name = words::title(element.tag);
            let content = match (&element.value, words::money(element)) {
                (_, Some(amount)) => Content::Sum(name, amount),
                (Value::List(inside), _) if element.tag == words::FRACTION => {
                    Content::Pair(name, words::fraction(inside))
                }
                (Value::List(_), _) => Content::Text(name),
                _ => Content::Pair(name, words::value_in_words(element)),
            };
            let is_whole = !matches!(content, Content::Text(_));
            self.0.push(Row {
                depth,
                ..Row::new([element.tag], content)
            });
            if let (Value::List(inside), false) = (&element.value, is_whole) {
                self.elements(&inside.0, of, Some(element.tag), depth + 1);
            }
        }
    }
}

/// Whether the printed form asks for a tag, or the tables do not know it there.
pub(crate) fn is_printed(tag: Tag, (ffd, form): (FfdVersion, Form), parent: Option<Tag>) -> bool {
    tag.info()
        .and_then(|info| info.printed(ffd, form, parent))
        .is_none_or(|presence| presence != Presence::Absent)
}

/// `22.11.2026`.
pub(crate) fn date(date: LocalDate) -> String {
    format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
}

/// `22.11.2026 09:05`.
pub(crate) fn moment(time: LocalDateTime) -> String {
    let date = date(time.date());
    format!("{date} {:02}:{:02}", time.hour(), time.minute())
}
