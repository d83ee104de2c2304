//! One equation after another: what both sides come to, what does not match, and what that means.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Balance, Difference, Finding, Group, IncidentKey, Mismatch, Object, Row, Sum};
use journal::{ReconciliationResult, ReconciliationRow, Scratch, Side, SideRow};
use terms::{Kopecks, ServiceCode, VatRate};

use super::{Pair, RECONCILIATION_ROWS_MAX, ReconciliationNote, Stretch};
use crate::{Desk, DeskError};

/// How many rows one transaction stores.
const SLICE: usize = 500;
/// The longest explanation of a row, characters.
const DETAIL_MAX: usize = 500;

/// What has been found so far; rows are stored as they come.
pub(super) struct Found<'a> {
    pub(super) desk: &'a Desk,
    pub(super) id: i64,
    pub(super) days: Stretch,
    pub(super) results: Vec<ReconciliationResult>,
    pub(super) findings: Vec<Finding>,
    pub(super) looked: BTreeSet<IncidentKey>,
    /// How many rows are stored.
    pub(super) rows: u64,
}

impl<'a> Found<'a> {
    pub(super) const fn new(desk: &'a Desk, id: i64, days: Stretch) -> Self {
        Self {
            desk,
            id,
            days,
            results: Vec::new(),
            findings: Vec::new(),
            looked: BTreeSet::new(),
            rows: 0,
        }
    }

    /// Adds a result with its rows; the places are given here.
    pub(super) fn add(
        &mut self,
        mut result: ReconciliationResult,
        mut rows: Vec<ReconciliationRow>,
        notes: &[ReconciliationNote],
    ) -> Result<(), DeskError> {
        result.place = self.results.len() as u32 + 1;
        result.kept = rows.len() as u64;
        result.notes = super::views::notes_to_json(notes);
        for row in &mut rows {
            self.rows += 1;
            (row.place, row.result) = (self.rows, result.place);
        }
        let id = self.id;
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(SLICE));
            self.desk
                .ask_now(|writer, reply| writer.add_reconciliation_rows(id, rows, reply))?;
            rows = rest;
        }
        self.results.push(result);
        Ok(())
    }

    /// Notes that an equation was compared for `of`, and what was found.
    pub(super) fn look(&mut self, equation: audit::EquationId, of: &str, finding: Option<Finding>) {
        self.looked
            .insert(IncidentKey::of_reconciliation(equation, of));
        self.findings.extend(finding.map(|finding| Finding {
            object: Object::of_reconciliation(equation, of),
            ..finding
        }));
    }

    /// Compares the two sides of `pair` on the scratch.
    pub(super) fn compare(
        &mut self,
        scratch: &Scratch,
        pair: Pair,
        notes: &[ReconciliationNote],
    ) -> Result<(), DeskError> {
        let (equation, what) = pair.about();
        let balance = scratch.compare(pair.code(), |left, right| {
            let (left, right) = (left.map(row), right.map(row));
            Balance::of(equation, left, right, RECONCILIATION_ROWS_MAX)
        })?;
        let balance = balance.map_err(|why| DeskError::Setup {
            what: format!("{equation} cannot be compared: {why}"),
        })?;
        let mut rows = Vec::new();
        let lists = [&balance.left_only, &balance.right_only, &balance.differing];
        for mismatch in lists.into_iter().flat_map(|list| &list.shown) {
            rows.push(told(scratch, pair, mismatch)?);
        }
        // One incident for each pair of sides: what banks and what billing say are two things.
        let of = match pair {
            Pair::Bank | Pair::Charges | Pair::Advances | Pair::Credit | Pair::Vat => {
                self.days.to_string()
            }
            Pair::Payments | Pair::Balances | Pair::SalesBook => format!("{}:{what}", self.days),
        };
        let finding = balance.finding(self.days.to_string());
        self.look(equation, &of, finding);
        let result = ReconciliationResult {
            place: 0,
            equation: equation.name().to_owned(),
            what: what.to_owned(),
            object: String::new(),
            holds: balance.holds(),
            left_rows: balance.left.rows,
            left_sum: narrow(balance.left.sum),
            right_rows: balance.right.rows,
            right_sum: narrow(balance.right.sum),
            mismatches: balance.mismatches(),
            kept: 0,
            notes: String::new(),
        };
        self.add(result, rows, notes)
    }
}

/// A row as equations compare it. Sums on the scratch came from money: they are in its range.
fn row(side: SideRow) -> Row<String> {
    let service = side
        .service
        .and_then(|code| code.parse::<ServiceCode>().ok());
    let vat = side.vat.and_then(|rate| rate.parse::<VatRate>().ok());
    Row {
        key: side.key,
        sum: Kopecks::new(side.sum).unwrap_or_default(),
        service,
        vat,
    }
}

/// A mismatch as people are told of it.
fn told(
    scratch: &Scratch,
    pair: Pair,
    mismatch: &Mismatch<String>,
) -> Result<ReconciliationRow, DeskError> {
    let (kind, left, right) = match mismatch {
        Mismatch::LeftOnly(left) => ("left_only", Some(left), None),
        Mismatch::RightOnly(right) => ("right_only", None, Some(right)),
        Mismatch::Differs { left, right, what } => {
            let kind = match what {
                Difference::Sum => "sum",
                Difference::Service => "service",
                Difference::Vat => "vat",
            };
            (kind, Some(left), Some(right))
        }
    };
    let key = left.or(right).map_or("", |group| group.key.as_str());
    let mut about = SideRow::default();
    for (side, group) in [(Side::Left, left), (Side::Right, right)] {
        if group.is_some()
            && about == SideRow::default()
            && let Some(found) = scratch.about(pair.code(), side, key)?
        {
            about = found;
        }
    }
    Ok(ReconciliationRow {
        kind: kind.to_owned(),
        key: key.to_owned(),
        account: about.account,
        day: about.day,
        source: about.source,
        reference: about.reference,
        left_sum: left.map(|group| narrow(group.sum)),
        right_sum: right.map(|group| narrow(group.sum)),
        detail: match (kind, left, right) {
            ("service" | "vat", Some(left), Some(right)) => parts(left, right),
            _ => String::new(),
        },
        ..ReconciliationRow::default()
    })
}

/// Which services and rates differ: `INET 22: 650.00 ≠ 600.00`.
fn parts(left: &Group<String>, right: &Group<String>) -> String {
    let names: BTreeSet<_> = left.parts.keys().chain(right.parts.keys()).collect();
    let of = |parts: &BTreeMap<_, Sum>, name| parts.get(name).copied().unwrap_or_default();
    let mut told = String::new();
    for name in names {
        let (left, right) = (of(&left.parts, name), of(&right.parts, name));
        if left == right {
            continue;
        }
        if told.chars().count() > DETAIL_MAX {
            told.push_str("; …");
            break;
        }
        if !told.is_empty() {
            told.push_str("; ");
        }
        let service = name.0.as_ref().map_or("–", ServiceCode::as_str);
        let rate = name.1.map_or("", VatRate::name);
        told.push_str(&format!("{service} {rate}: {left} ≠ {right}"));
    }
    told
}

/// A sum as the journal keeps it. More than 90 quadrillion roubles are nobody's.
pub(super) fn narrow(sum: Sum) -> i64 {
    let bounded = sum.get().clamp(i64::MIN.into(), i64::MAX.into());
    i64::try_from(bounded).unwrap_or(i64::MAX)
}
