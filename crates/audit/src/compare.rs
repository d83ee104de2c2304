//! Two sorted streams of rows side by side: what is on one side only, and what differs.

use std::{collections::BTreeMap, fmt::Display, iter::Peekable};

use terms::{Kopecks, ServiceCode, VatRate};

use crate::{AuditError, Result, Sum};

/// The most different pairs of service and rate under one key.
const PARTS_MAX: usize = 4096;

/// A row of one side of an equation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row<K> {
    /// What both sides know it by.
    pub key: K,
    /// Its sum; negative for what goes back.
    pub sum: Kopecks,
    /// The service, where it is compared.
    pub service: Option<ServiceCode>,
    /// The rate, where it is compared.
    pub vat: Option<VatRate>,
}

impl<K> Row<K> {
    /// A row with nothing but a sum.
    pub const fn new(key: K, sum: Kopecks) -> Self {
        Self {
            key,
            sum,
            service: None,
            vat: None,
        }
    }
}

/// All rows of one key on one side, added up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group<K> {
    /// The key.
    pub key: K,
    /// How many rows.
    pub rows: u64,
    /// Their sum.
    pub sum: Sum,
    /// The sum by service and rate; parts that add up to nothing are left out.
    pub parts: BTreeMap<(Option<ServiceCode>, Option<VatRate>), Sum>,
}

impl<K> Group<K> {
    fn by_service(&self) -> BTreeMap<Option<&ServiceCode>, Sum> {
        let mut services = BTreeMap::new();
        for ((service, _), sum) in &self.parts {
            *services.entry(service.as_ref()).or_insert(Sum::ZERO) += *sum;
        }
        services.retain(|_, sum| !sum.is_zero());
        services
    }
}

/// In what two groups of one key differ: the first of these that does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Difference {
    /// The sum.
    Sum,
    /// The sum by service.
    Service,
    /// The sum by rate.
    Vat,
}

/// A key whose two sides do not match.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mismatch<K> {
    /// Only the left side has it.
    LeftOnly(Group<K>),
    /// Only the right side has it.
    RightOnly(Group<K>),
    /// Both have it, but not the same.
    Differs {
        /// The left side.
        left: Group<K>,
        /// The right side.
        right: Group<K>,
        /// In what.
        what: Difference,
    },
}

/// How much a side had.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Total {
    /// Rows.
    pub rows: u64,
    /// Their sum.
    pub sum: Sum,
}

/// Compares two streams that are sorted by key and gives what does not match.
///
/// Rows of one key are added up first; a key whose rows add up to nothing in each service and rate
/// matches a side that does not have it (a payment and its cancellation). Both streams are read
/// once, and only the rows of the current key are in memory, added up.
pub struct Compare<K, L: Iterator, R: Iterator> {
    left: Side<L>,
    right: Side<R>,
    next_left: Option<Group<K>>,
    next_right: Option<Group<K>>,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    New,
    Running,
    Failed,
}

impl<K, L, R> Compare<K, L, R>
where
    K: Ord + Clone + Display,
    L: Iterator<Item = Row<K>>,
    R: Iterator<Item = Row<K>>,
{
    /// Compares two sides.
    pub fn new(
        left: impl IntoIterator<IntoIter = L>,
        right: impl IntoIterator<IntoIter = R>,
    ) -> Self {
        Self {
            left: Side::new("the left side", left.into_iter()),
            right: Side::new("the right side", right.into_iter()),
            next_left: None,
            next_right: None,
            state: State::New,
        }
    }

    /// What both sides had so far: all of it when nothing more comes.
    pub const fn totals(&self) -> (Total, Total) {
        (self.left.total, self.right.total)
    }

    fn step(&mut self) -> Result<Option<Mismatch<K>>> {
        if self.state == State::New {
            self.state = State::Running;
            self.next_left = self.left.group()?;
            self.next_right = self.right.group()?;
        }
        loop {
            let order = match (&self.next_left, &self.next_right) {
                (None, None) => return Ok(None),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(left), Some(right)) => left.key.cmp(&right.key),
            };
            let (mut left, mut right) = (None, None);
            if order.is_le() {
                let next = self.left.group()?;
                left = std::mem::replace(&mut self.next_left, next);
            }
            if order.is_ge() {
                let next = self.right.group()?;
                right = std::mem::replace(&mut self.next_right, next);
            }
            if let Some(mismatch) = judge(left, right) {
                return Ok(Some(mismatch));
            }
        }
    }
}

impl<K, L, R> Iterator for Compare<K, L, R>
where
    K: Ord + Clone + Display,
    L: Iterator<Item = Row<K>>,
    R: Iterator<Item = Row<K>>,
{
    type Item = Result<Mismatch<K>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Failed {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.state = State::Failed;
        }
        step.transpose()
    }
}

fn judge<K>(left: Option<Group<K>>, right: Option<Group<K>>) -> Option<Mismatch<K>> {
    match (left, right) {
        (Some(left), None) => (!left.parts.is_empty()).then_some(Mismatch::LeftOnly(left)),
        (None, Some(right)) => (!right.parts.is_empty()).then_some(Mismatch::RightOnly(right)),
        (Some(left), Some(right)) => {
            let what = if left.sum != right.sum {
                Difference::Sum
            } else if left.by_service() != right.by_service() {
                Difference::Service
            } else if left.parts != right.parts {
                Difference::Vat
            } else {
                return None;
            };
            Some(Mismatch::Differs { left, right, what })
        }
        (None, None) => None,
    }
}

struct Side<I: Iterator> {
    name: &'static str,
    rows: Peekable<I>,
    total: Total,
}

impl<K, I> Side<I>
where
    K: Ord + Clone + Display,
    I: Iterator<Item = Row<K>>,
{
    fn new(name: &'static str, rows: I) -> Self {
        Self {
            name,
            rows: rows.peekable(),
            total: Total::default(),
        }
    }

    /// The rows of the next key.
    fn group(&mut self) -> Result<Option<Group<K>>> {
        let Some(first) = self.rows.next() else {
            return Ok(None);
        };
        let mut group = Group {
            key: first.key.clone(),
            rows: 0,
            sum: Sum::ZERO,
            parts: BTreeMap::new(),
        };
        self.add(&mut group, first)?;
        while let Some(row) = self.rows.next_if(|row| row.key == group.key) {
            self.add(&mut group, row)?;
        }
        if let Some(next) = self.rows.peek().filter(|next| next.key < group.key) {
            return Err(AuditError::Unsorted {
                stream: self.name,
                row: next.key.to_string(),
            });
        }
        group.parts.retain(|_, sum| !sum.is_zero());
        Ok(Some(group))
    }

    fn add(&mut self, group: &mut Group<K>, row: Row<K>) -> Result<()> {
        let sum = Sum::from(row.sum);
        self.total.rows += 1;
        self.total.sum += sum;
        group.rows += 1;
        group.sum += sum;
        *group
            .parts
            .entry((row.service, row.vat))
            .or_insert(Sum::ZERO) += sum;
        if group.parts.len() > PARTS_MAX {
            return Err(AuditError::TooManyParts {
                stream: self.name,
                key: group.key.to_string(),
                most: PARTS_MAX,
            });
        }
        Ok(())
    }
}

/// Several streams sorted by key as one: the receipts, the buffer, the agents' charges.
pub struct Merge<I: Iterator> {
    streams: Vec<Peekable<I>>,
}

impl<K: Ord, I: Iterator<Item = Row<K>>> Merge<I> {
    /// Merges `streams`.
    pub fn new(streams: impl IntoIterator<Item = I>) -> Self {
        Self {
            streams: streams.into_iter().map(Iterator::peekable).collect(),
        }
    }
}

impl<K: Ord, I: Iterator<Item = Row<K>>> Iterator for Merge<I> {
    type Item = Row<K>;

    fn next(&mut self) -> Option<Row<K>> {
        let mut least: Option<&mut Peekable<I>> = None;
        for stream in &mut self.streams {
            let Some(row) = stream.peek() else { continue };
            let less = match least.as_mut().and_then(|least| least.peek()) {
                Some(other) => row.key < other.key,
                None => true,
            };
            if less {
                least = Some(stream);
            }
        }
        least?.next()
    }
}
