use std::collections::BTreeMap;

use minijinja::Value;
use terms::{DriveNumber, FfdVersion, Inn, LocalDate, LocalDateTime, Rnm};

use crate::words::{date, moment, plain};

/// Who tells the tax office what: the values of letters and acts.
#[derive(Clone, Debug)]
pub struct Particulars {
    /// The organisation's name.
    pub organisation: String,
    /// Its ИНН.
    pub inn: Inn,
    /// Its address.
    pub address: Option<String>,
    /// The tax office that the letter goes to.
    pub tax_office: Option<String>,
    /// Who signs: office and name.
    pub signer: Option<String>,
    /// The registers (ККТ) that took part.
    pub registers: Vec<RegisterOfOffice>,
    /// The version of the documents' format: in 1.05 correction receipts have no lines, which the
    /// letter explains (receipt rules §4.1, rule 8).
    pub ffd: FfdVersion,
    /// The first day of the settlements.
    pub from: LocalDate,
    /// Their last day.
    pub to: LocalDate,
    /// What happened.
    pub happened: String,
    /// How it was found out.
    pub found: String,
    /// What was done.
    pub done: String,
    /// What is done so that it does not happen again.
    pub measures: Vec<String>,
    /// The act or explanation that stands behind the work.
    pub act: Option<ActOfOffice>,
    /// The tax office's order, when it is not on own initiative.
    pub order: Option<OrderOfOffice>,
    /// The restoration's number.
    pub number: String,
    /// The hash of the plan that was approved.
    pub plan_hash: String,
    /// Who made the plan.
    pub author: String,
    /// Who approved it.
    pub approved_by: String,
    /// When.
    pub approved_at: LocalDateTime,
    /// When the papers are made.
    pub made: LocalDateTime,
}

/// A register (ККТ) and the drives that it has used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegisterOfOffice {
    /// Its registration number.
    pub rnm: Rnm,
    /// Its serial number.
    pub serial: String,
    /// Its drives.
    pub drives: Vec<DriveNumber>,
}

/// An act on a failure or an explanation (служебная записка, объяснительная).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ActOfOffice {
    /// Its number.
    pub number: String,
    /// Its day.
    pub date: LocalDate,
    /// Who wrote it.
    pub author: String,
}

/// An order (предписание) of the tax office.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrderOfOffice {
    /// Its number (tag 1179).
    pub number: String,
    /// Its day.
    pub date: LocalDate,
    /// Who gave it.
    pub authority: String,
}

/// What a letter tells of the work's outcome.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// How many settlements.
    pub(crate) settlements: String,
    /// Their sum.
    pub(crate) amount: String,
    /// The VAT inside.
    pub(crate) vat: String,
    /// How many fiscal documents were formed.
    pub(crate) documents: String,
    /// Whether nothing differs after the work.
    pub(crate) is_reconciled: bool,
    /// The tax returns that change.
    pub(crate) returns: Vec<String>,
    /// Titles of the other files.
    pub(crate) files: Vec<String>,
}

/// The placeholders of a template.
pub(crate) fn values(of: &Particulars, outcome: &Outcome) -> Value {
    let registers = of.registers.iter().map(|register| {
        let drives = register.drives.iter().map(|drive| text(drive.as_str()));
        map([
            ("rnm", text(register.rnm.as_str())),
            ("serial", text(&register.serial)),
            ("drives", list(drives)),
        ])
    });
    let act = of.act.as_ref().map(|act| {
        map([
            ("number", text(&act.number)),
            ("date", text(&date(act.date))),
            ("author", text(&act.author)),
        ])
    });
    let order = of.order.as_ref().map(|order| {
        map([
            ("number", text(&order.number)),
            ("date", text(&date(order.date))),
            ("authority", text(&order.authority)),
        ])
    });
    map([
        ("organisation", text(&of.organisation)),
        ("inn", text(of.inn.as_str())),
        ("address", optional(of.address.as_deref())),
        ("tax_office", optional(of.tax_office.as_deref())),
        ("signer", optional(of.signer.as_deref())),
        ("registers", list(registers)),
        ("ffd", text(of.ffd.title())),
        ("from", text(&date(of.from))),
        ("to", text(&date(of.to))),
        ("happened", text(&of.happened)),
        ("found", text(&of.found)),
        ("done", text(&of.done)),
        (
            "measures",
            list(of.measures.iter().map(|measure| text(measure))),
        ),
        ("act", act.into()),
        ("order", order.into()),
        ("number", text(&of.number)),
        ("plan_hash", text(&of.plan_hash)),
        ("author", text(&of.author)),
        ("approved_by", text(&of.approved_by)),
        ("approved_at", text(&moment(of.approved_at))),
        ("made", text(&date(of.made.date()))),
        ("settlements", text(&outcome.settlements)),
        ("amount", text(&outcome.amount)),
        ("vat", text(&outcome.vat)),
        ("documents", text(&outcome.documents)),
        ("reconciled", outcome.is_reconciled.into()),
        (
            "returns",
            list(outcome.returns.iter().map(|line| text(line))),
        ),
        ("files", list(outcome.files.iter().map(|file| text(file)))),
    ])
}

/// Invented placeholders, to try a template on: all there are, or none that may be absent.
pub(crate) fn sample(is_full: bool) -> Value {
    let some = text("…");
    let names = [
        "organisation",
        "inn",
        "ffd",
        "from",
        "to",
        "happened",
        "found",
        "done",
        "number",
        "plan_hash",
        "author",
        "approved_by",
        "approved_at",
        "made",
        "settlements",
        "amount",
        "vat",
        "documents",
    ];
    let mut all: Vec<(&str, Value)> = names.iter().map(|name| (*name, some.clone())).collect();
    let when_full = |value: Value| is_full.then_some(value);
    for name in ["address", "tax_office", "signer"] {
        all.push((name, when_full(some.clone()).into()));
    }
    for name in ["measures", "returns", "files"] {
        all.push((name, list(when_full(some.clone()))));
    }
    let of = |names: [&'static str; 3]| map(names.map(|name| (name, some.clone())));
    let register = map([
        ("rnm", some.clone()),
        ("serial", some.clone()),
        ("drives", list([some.clone()])),
    ]);
    all.push(("registers", list(when_full(register))));
    all.push(("act", when_full(of(["number", "date", "author"])).into()));
    all.push((
        "order",
        when_full(of(["number", "date", "authority"])).into(),
    ));
    all.push(("reconciled", is_full.into()));
    map(all)
}

/// A value in one line.
fn text(text: &str) -> Value {
    Value::from(plain(text.trim()))
}

/// None is false and empty in a template, but known.
fn optional(of: Option<&str>) -> Value {
    of.filter(|of| !of.trim().is_empty()).map(text).into()
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::from(values.into_iter().collect::<Vec<Value>>())
}

fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let entries = entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Value::from(entries.collect::<BTreeMap<String, Value>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths of all values: `act.number`, `registers.*.rnm`.
    fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
        use minijinja::value::ValueKind::{Map, Seq};
        let Ok(keys) = value.try_iter().map(Vec::from_iter) else {
            return found.push(at.to_owned());
        };
        match value.kind() {
            Map => keys.iter().for_each(|key| {
                paths(&value.get_item(key).unwrap(), &format!("{at}.{key}"), found);
            }),
            Seq => keys
                .iter()
                .for_each(|one| paths(one, &format!("{at}.*"), found)),
            _ => found.push(at.to_owned()),
        }
    }

    #[test]
    fn templates_are_tried_on_all_values_that_there_are() {
        let day = "2026-03-02".parse().unwrap();
        let some = || "a".to_owned();
        let full = Particulars {
            organisation: some(),
            inn: "7802781104".parse().unwrap(),
            address: Some(some()),
            tax_office: Some(some()),
            signer: Some(some()),
            registers: vec![RegisterOfOffice {
                rnm: "0000000001015140".parse().unwrap(),
                serial: some(),
                drives: vec!["9999078900001234".parse().unwrap()],
            }],
            ffd: FfdVersion::V1_2,
            from: day,
            to: day,
            happened: some(),
            found: some(),
            done: some(),
            measures: vec![some()],
            act: Some(ActOfOffice {
                number: some(),
                date: day,
                author: some(),
            }),
            order: Some(OrderOfOffice {
                number: some(),
                date: day,
                authority: some(),
            }),
            number: some(),
            plan_hash: some(),
            author: some(),
            approved_by: some(),
            approved_at: day.at(10, 0).unwrap(),
            made: day.at(10, 0).unwrap(),
        };
        let outcome = Outcome {
            settlements: "1".to_owned(),
            amount: "1,00".to_owned(),
            vat: "0,18".to_owned(),
            documents: "1".to_owned(),
            is_reconciled: true,
            returns: vec!["a".to_owned()],
            files: vec!["a".to_owned()],
        };
        let (mut real, mut tried) = (Vec::new(), Vec::new());
        paths(&values(&full, &outcome), "", &mut real);
        paths(&sample(true), "", &mut tried);
        real.sort();
        real.dedup();
        tried.sort();
        assert_eq!(real, tried);
        assert!(real.contains(&".act.number".to_owned()), "{real:?}");
        let told = include_str!("../../../docs/papers.md");
        for path in &real {
            let name = path.trim_start_matches('.').trim_end_matches(".*");
            let word = name.rsplit_once(".*.").map_or(name, |(_, last)| last);
            assert!(
                told.contains(&format!("`{word}`")),
                "{word} is not in docs/papers.md"
            );
        }
    }
}
