use std::collections::{BTreeSet, HashMap, VecDeque};

use terms::{Id, Kopecks, OperationSign, TaxSystem, TaxSystems};

/// Every so many choices the less urgent class goes first, so that it does not starve.
const TURN_OF_THE_OTHER: u32 = 4;

/// How urgent a receipt is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// A person waits for it: payments.
    Payment,
    /// Nobody waits for it: month-end charges.
    Charge,
}

/// A receipt on its way to a drive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Job {
    /// The receipt.
    pub id: Id,
    /// Receipts of equal order key are formed one after another, in the order of their
    /// identifiers: those of one account, or of one operation.
    pub order_key: i64,
    /// How urgent it is.
    pub class: Class,
    /// Whether it is a correction receipt.
    pub correction: bool,
    /// Tag 1055: the drive's registration must contain it.
    pub tax_system: TaxSystem,
    /// Tag 1054.
    pub operation: OperationSign,
    /// Tag 1020.
    pub total: Kopecks,
    /// What is passed to the drive.
    pub tlv: Vec<u8>,
}

/// The receipts that wait for a drive.
///
/// Receipts of one order key stand in a line, and only the first of each line is offered to drives;
/// none while a drive has its forerunner. Urgent lines go first, but every fourth choice the other
/// class does, so that none starves. A line is as urgent as the most urgent receipt in it, so that
/// a payment does not wait for the month-end behind its account's charge. Otherwise receipts go in
/// the order of their identifiers, which is that of their acceptance.
#[derive(Debug, Default)]
pub struct Dispatch {
    lines: HashMap<i64, Line>,
    /// The first receipt of each line that may go: by class and tax system, with the line's key.
    offered: [[BTreeSet<(Id, i64)>; TaxSystem::ALL.len()]; 2],
    waiting: usize,
    choices: u32,
}

#[derive(Debug, Default)]
struct Line {
    /// Ordered by identifier.
    jobs: VecDeque<Job>,
    payments: usize,
    /// A drive has the receipt before the first one.
    taken: bool,
    /// How often drives have given up its first receipt.
    failures: u8,
}

impl Dispatch {
    /// Adds a receipt at its place.
    pub fn push(&mut self, job: Job) {
        self.change(job.order_key, |line| line.insert(job));
    }

    /// Puts a receipt back that a drive has taken and did not form.
    pub fn give_back(&mut self, job: Job) {
        self.change(job.order_key, |line| {
            line.taken = false;
            line.insert(job);
        });
    }

    /// Notes that the receipt that was taken with this order key has come to an end.
    pub fn finished(&mut self, order_key: i64) {
        self.change(order_key, |line| (line.taken, line.failures) = (false, 0));
    }

    /// Notes that a drive has given up the receipt that was taken with this order key; says how
    /// often that has happened.
    pub(crate) fn given_up(&mut self, order_key: i64) -> u8 {
        let line = self.lines.entry(order_key).or_default();
        line.failures = line.failures.saturating_add(1);
        line.failures
    }

    /// Takes the next receipt for a drive registered with `systems`.
    pub fn take(&mut self, systems: TaxSystems) -> Option<Job> {
        let others_turn = self.choices % TURN_OF_THE_OTHER == TURN_OF_THE_OTHER - 1;
        let order = if others_turn { [1, 0] } else { [0, 1] };
        let key = order.into_iter().find_map(|class| {
            fitting(&self.offered[class], systems)
                .filter_map(BTreeSet::first)
                .min()
                .map(|(_, key)| *key)
        })?;
        self.choices = self.choices.wrapping_add(1);
        let mut taken = None;
        self.change(key, |line| taken = line.take_first());
        taken
    }

    /// How many receipts drives registered with `systems` could take now.
    pub fn offered(&self, systems: TaxSystems) -> usize {
        let classes = self.offered.iter();
        classes
            .flat_map(|class| fitting(class, systems))
            .map(BTreeSet::len)
            .sum()
    }

    /// How many receipts wait.
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes a line; what it offers and the counts follow.
    fn change(&mut self, key: i64, change: impl FnOnce(&mut Line)) {
        let mut line = self.lines.remove(&key).unwrap_or_default();
        if let Some((class, system, id)) = line.offer() {
            self.offered[class][system].remove(&(id, key));
        }
        self.waiting -= line.jobs.len();
        change(&mut line);
        self.waiting += line.jobs.len();
        if let Some((class, system, id)) = line.offer() {
            self.offered[class][system].insert((id, key));
        }
        if line.taken || !line.jobs.is_empty() {
            self.lines.insert(key, line);
        }
    }
}

impl Line {
    fn insert(&mut self, job: Job) {
        let place = self.jobs.partition_point(|other| other.id < job.id);
        if self.jobs.get(place).is_none_or(|other| other.id != job.id) {
            self.payments += usize::from(job.class == Class::Payment);
            self.jobs.insert(place, job);
        }
    }

    fn take_first(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.payments -= usize::from(job.class == Class::Payment);
        self.taken = true;
        Some(job)
    }

    /// Class and tax system under which its first receipt is offered, and which that is.
    fn offer(&self) -> Option<(usize, usize, Id)> {
        let first = self.jobs.front().filter(|_| !self.taken)?;
        let class = if self.payments > 0 {
            Class::Payment
        } else {
            Class::Charge
        };
        Some((class as usize, place(first.tax_system), first.id))
    }
}

fn place(system: TaxSystem) -> usize {
    system.bit().trailing_zeros() as usize
}

fn fitting(
    class: &[BTreeSet<(Id, i64)>; TaxSystem::ALL.len()],
    systems: TaxSystems,
) -> impl Iterator<Item = &BTreeSet<(Id, i64)>> {
    systems.iter().map(|system| &class[place(system)])
}
