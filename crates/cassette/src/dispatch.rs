use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use terms::{Id, Kopecks, OperationSign, TaxSystem, TaxSystems};

/// A class that was passed over so often goes next, so that none starves.
const PASSED_OVER_MAX: u32 = 3;

/// How urgent a receipt is, the most urgent first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// A person waits for it: a single payment or refund.
    Payment,
    /// A payment that came with many others, as from a bank's registry.
    Registry,
    /// Nobody waits for it: month-end charges.
    Charge,
    /// Corrections and restored receipts of past periods.
    Correction,
}

impl Class {
    /// Every class, the most urgent first.
    pub const ALL: [Self; 4] = [
        Self::Payment,
        Self::Registry,
        Self::Charge,
        Self::Correction,
    ];

    /// The word used by figures and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Registry => "registry",
            Self::Charge => "charge",
            Self::Correction => "correction",
        }
    }

    /// Its place in [`Class::ALL`], by which it is stored.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Reads [`Class::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// What a drive may take.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// The tax systems of its registration.
    pub systems: TaxSystems,
    /// It is nearly full: only corrections, for which a reserve is kept.
    pub corrections_only: bool,
}

impl Fit {
    /// Whatever its registration allows.
    pub const fn all(systems: TaxSystems) -> Self {
        Self {
            systems,
            corrections_only: false,
        }
    }

    const fn classes(self) -> std::ops::Range<usize> {
        let first = if self.corrections_only {
            Class::Correction as usize
        } else {
            0
        };
        first..Class::ALL.len()
    }
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
/// none while a drive has its forerunner. Urgent lines go first, but a class that was passed over
/// three times goes next, so that none starves. A line is as urgent as the most urgent receipt in
/// it, so that a payment does not wait for the month-end behind its account's charge. Otherwise
/// receipts go in the order of their identifiers, which is that of their acceptance.
#[derive(Debug, Default)]
pub struct Dispatch {
    lines: HashMap<i64, Line>,
    /// The first receipt of each line that may go: by class and tax system, with the line's key.
    offered: [Offers; Class::ALL.len()],
    /// How many of each class wait.
    waiting: [usize; Class::ALL.len()],
    /// How often each class was passed over since it went last.
    passed_over: [u32; Class::ALL.len()],
    /// Receipts that need no drive any more, because they were found on one or because their
    /// operation was cancelled: whoever still brings one of them, or gives it back, is late.
    ended: HashSet<Id>,
    /// Receipts whose cancellation is on its way to the journal, with their jobs, as far as these
    /// are here.
    withheld: HashMap<Id, Option<Job>>,
}

type Offers = [BTreeSet<(Id, i64)>; TaxSystem::ALL.len()];

#[derive(Debug, Default)]
struct Line {
    /// Ordered by identifier.
    jobs: VecDeque<Job>,
    /// How many of each class.
    classes: [usize; Class::ALL.len()],
    /// A drive has the receipt before the first one.
    taken: bool,
    /// Which one that is, if a drive took it from here.
    forerunner: Option<Id>,
    /// How often drives have given up its first receipt.
    failures: u8,
}

impl Dispatch {
    /// Adds a receipt at its place.
    pub fn push(&mut self, job: Job) {
        if let Some(job) = self.wanted(job) {
            self.change(job.order_key, |line| line.insert(job));
        }
    }

    /// Puts a receipt back that a drive has taken and did not form.
    pub fn give_back(&mut self, job: Job) {
        let key = job.order_key;
        let job = self.wanted(job);
        self.change(key, |line| {
            (line.taken, line.forerunner) = (false, None);
            if let Some(job) = job {
                line.insert(job);
            }
        });
    }

    /// The job, if a drive may take it now.
    fn wanted(&mut self, job: Job) -> Option<Job> {
        if self.ended.contains(&job.id) {
            return None;
        }
        match self.withheld.get_mut(&job.id) {
            Some(place) => {
                *place = Some(job);
                None
            }
            None => Some(job),
        }
    }

    /// Whether a drive has this receipt of this order key, or what became of it is not durable yet.
    pub(crate) fn is_taken(&self, id: Id, order_key: i64) -> bool {
        let line = self.lines.get(&order_key);
        line.is_some_and(|line| line.forerunner == Some(id))
    }

    /// Keeps a receipt back from the drives, whether it waits here or comes later.
    pub(crate) fn withhold(&mut self, id: Id, order_key: i64) {
        let mut job = None;
        self.change(order_key, |line| job = line.remove(id));
        self.withheld.insert(id, job);
    }

    /// What was withheld may be formed after all.
    pub(crate) fn restore(&mut self) {
        for job in std::mem::take(&mut self.withheld).into_values().flatten() {
            self.push(job);
        }
    }

    /// A receipt that was withheld will never be formed.
    pub(crate) fn cancelled(&mut self, id: Id) {
        self.withheld.remove(&id);
        self.ended.insert(id);
    }

    /// A receipt turned out to be formed: it waits no more, and does not come back.
    pub(crate) fn found_formed(&mut self, id: Id) {
        self.ended.insert(id);
        let holds = |line: &Line| line.jobs.iter().any(|job| job.id == id);
        let line = self.lines.iter().find(|(_, line)| holds(line));
        if let Some(key) = line.map(|(key, _)| *key) {
            self.change(key, |line| drop(line.remove(id)));
        }
    }

    /// Keeps the receipts of this order key waiting: a drive may have their forerunner.
    pub(crate) fn hold(&mut self, order_key: i64) {
        self.change(order_key, |line| line.taken = true);
    }

    /// Notes that the receipt that was taken with this order key has come to an end.
    pub fn finished(&mut self, order_key: i64) {
        self.change(order_key, |line| {
            (line.taken, line.forerunner, line.failures) = (false, None, 0);
        });
    }

    /// Notes that a drive has given up the receipt that was taken with this order key; says how
    /// often that has happened.
    pub(crate) fn given_up(&mut self, order_key: i64) -> u8 {
        let line = self.lines.entry(order_key).or_default();
        line.failures = line.failures.saturating_add(1);
        line.failures
    }

    /// Takes the next receipt for a drive.
    pub fn take(&mut self, fit: Fit) -> Option<Job> {
        let first = |class: usize| {
            let firsts = fitting(&self.offered[class], fit.systems).filter_map(BTreeSet::first);
            firsts.min().map(|(_, key)| *key)
        };
        let waiting: Vec<(usize, i64)> = fit
            .classes()
            .filter_map(|class| Some((class, first(class)?)))
            .collect();
        let is_due = |(class, _): &&(usize, i64)| self.passed_over[*class] >= PASSED_OVER_MAX;
        let (class, key) = *waiting
            .iter()
            .rev()
            .filter(is_due)
            .max_by_key(|(class, _)| self.passed_over[*class])
            .or(waiting.first())?;
        for (other, _) in waiting {
            self.passed_over[other] += 1;
        }
        self.passed_over[class] = 0;
        let mut taken = None;
        self.change(key, |line| taken = line.take_first());
        taken
    }

    /// How many receipts drives could take now.
    pub fn offered(&self, fit: Fit) -> usize {
        let classes = self.offered[fit.classes()].iter();
        classes
            .flat_map(|class| fitting(class, fit.systems))
            .map(BTreeSet::len)
            .sum()
    }

    /// How many receipts wait.
    pub fn len(&self) -> usize {
        self.waiting.iter().sum()
    }

    /// How many receipts of each class wait, in the order of [`Class::ALL`].
    pub const fn by_class(&self) -> [usize; Class::ALL.len()] {
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
        let before = line.classes;
        change(&mut line);
        for (class, waiting) in self.waiting.iter_mut().enumerate() {
            *waiting = *waiting + line.classes[class] - before[class];
        }
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
        let is_here = self.jobs.get(place).is_some_and(|other| other.id == job.id);
        if !is_here && self.forerunner != Some(job.id) {
            self.classes[job.class as usize] += 1;
            self.jobs.insert(place, job);
        }
    }

    fn remove(&mut self, id: Id) -> Option<Job> {
        let place = self.jobs.iter().position(|job| job.id == id)?;
        let job = self.jobs.remove(place)?;
        self.classes[job.class as usize] -= 1;
        Some(job)
    }

    fn take_first(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.classes[job.class as usize] -= 1;
        (self.taken, self.forerunner) = (true, Some(job.id));
        Some(job)
    }

    /// Class and tax system under which its first receipt is offered, and which that is.
    fn offer(&self) -> Option<(usize, usize, Id)> {
        let first = self.jobs.front().filter(|_| !self.taken)?;
        let class = self.classes.iter().position(|count| *count > 0)?;
        Some((class, place(first.tax_system), first.id))
    }
}

fn place(system: TaxSystem) -> usize {
    system.bit().trailing_zeros() as usize
}

fn fitting(class: &Offers, systems: TaxSystems) -> impl Iterator<Item = &BTreeSet<(Id, i64)>> {
    systems.iter().map(|system| &class[place(system)])
}
