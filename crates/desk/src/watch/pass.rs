//! Passes: all accounts and documents, the accounts that were touched, and the rules of every minute.
//!
//! A pass reads and finds; what becomes of the findings is said by whoever hands in a [`Take`]. It is
//! told of accounts slice by slice, so that the memory of a pass does not grow with their number.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use audit::{AccountPass, Calendar, EquationId, Finding, Looked, RuleId};
use engine::Service;
use journal::{Reader, WatchedAccount};
use terms::{AccountNumber, DriveNumber, Id, LocalDateTime, ServiceCode};

use super::{
    PassKind, PassView, WatchRules,
    documents::{self, Documents, Sources},
    facts::{Surroundings, account_rows},
    machine::{self, ALL_DRIVES, Machine},
};
use crate::{Clock, DeskError, Setup, restore::ShareBook};

/// The rules of one account.
const ACCOUNT_RULES: [RuleId; 10] = [
    RuleId::A01,
    RuleId::A02,
    RuleId::A05,
    RuleId::A06,
    RuleId::A12,
    RuleId::A13,
    RuleId::A18,
    RuleId::A21,
    RuleId::A22,
    RuleId::A25,
];

/// Accounts that are read in one transaction.
const SLICE: u32 = 500;
/// Accounts whose findings are handed over together.
const TAKEN_TOGETHER: usize = 50_000;

/// Where findings go, with what was looked at.
pub(super) type Take<'a> = &'a mut dyn FnMut(Vec<Finding>, &Looked) -> Result<(), DeskError>;

/// Lets others work, or ends a pass.
pub(super) trait Halt {
    /// Called between slices.
    ///
    /// # Errors
    /// When the pass is to end here.
    fn breathe(&mut self) -> Result<(), DeskError>;
}

/// A pass that nobody waits beside.
pub(super) struct Straight;

impl Halt for Straight {
    fn breathe(&mut self) -> Result<(), DeskError> {
        Ok(())
    }
}

/// All that a pass has to know.
pub(super) struct Pass<'a> {
    reader: &'a Reader,
    setup: &'a Setup,
    clock: Clock,
    now: LocalDateTime,
    calendar: Calendar,
    services: BTreeMap<ServiceCode, Service>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        reader: &'a Reader,
        setup: &'a Setup,
        clock: Clock,
        now: LocalDateTime,
    ) -> Result<Self, DeskError> {
        Ok(Self {
            services: reader.services()?,
            calendar: Calendar {
                holidays: setup.receipts.holidays.clone(),
                working_weekends: BTreeSet::new(),
            },
            reader,
            setup,
            clock,
            now,
        })
    }

    fn rules(&self) -> &'a WatchRules {
        &self.setup.watch
    }

    /// All accounts, all documents, all sources.
    pub(super) fn full(&self, halt: &mut dyn Halt, take: Take<'_>) -> Result<PassView, DeskError> {
        let mut work = Work::begin(self, PassKind::Full);
        let mut after = 0;
        loop {
            let more = self.reader.watch_accounts(after, SLICE, |account| {
                after = account.row;
                work.look(&account);
                Ok(())
            })?;
            work.hand_over(TAKEN_TOGETHER, take)?;
            halt.breathe()?;
            if !more {
                break;
            }
        }
        work.hand_over(0, take)?;
        let limits = &self.rules().thresholds.token_payments;
        let mut found: Vec<Finding> = work
            .accounts
            .portfolio()
            .finding(limits)
            .into_iter()
            .collect();
        let documents = Documents {
            reader: self.reader,
            thresholds: &self.rules().thresholds,
            services: &self.services,
            systems: self.setup.organisation.tax_systems,
            credit_payment_vat: self.setup.receipts.credit_payment_vat,
        };
        let (of_documents, seen) = documents.look(halt)?;
        found.extend(of_documents);
        work.view.documents = seen;
        work.sources.note_files(self.reader, self.clock)?;
        let thresholds = &self.rules().thresholds;
        found.extend(
            work.sources
                .look(thresholds, &self.calendar, self.now.date())?,
        );
        work.view.findings += found.len() as u64;
        let rules = documents::RULES.into_iter().chain([RuleId::A01]);
        take(found, &Looked::elsewhere(rules))?;
        Ok(work.end())
    }

    /// The accounts that operations after `after` up to `upto` have touched.
    pub(super) fn touched(
        &self,
        (after, upto): (Id, Id),
        halt: &mut dyn Halt,
        take: Take<'_>,
    ) -> Result<PassView, DeskError> {
        let mut work = Work::begin(self, PassKind::Touched);
        let touched = self.reader.touched_accounts(after, upto)?;
        for slice in touched.chunks(SLICE as usize) {
            self.reader.watch_these_accounts(slice, |account| {
                work.look(&account);
                Ok(())
            })?;
            work.hand_over(TAKEN_TOGETHER, take)?;
            halt.breathe()?;
        }
        work.hand_over(0, take)?;
        Ok(work.end())
    }

    /// The rules of every minute. `clocks`: by how many seconds the clock at a drive is ahead.
    pub(super) fn machine(
        &self,
        clocks: &[(DriveNumber, i64)],
        book: &mut ShareBook,
        take: Take<'_>,
    ) -> Result<PassView, DeskError> {
        let mut work = Work::begin(self, PassKind::Minute);
        let machine = Machine {
            reader: self.reader,
            thresholds: &self.rules().thresholds,
            calendar: &self.calendar,
            clock: self.clock,
            now: self.now,
            clocks,
        };
        let found = machine.look(book)?;
        work.view.findings += found.len() as u64;
        take(found, &Looked::elsewhere(machine::RULES))?;
        let late: Vec<Finding> = machine.tickets_in_time()?.into_iter().collect();
        work.view.findings += late.len() as u64;
        take(late, &Looked::equation(EquationId::E8, ALL_DRIVES))?;
        Ok(work.end())
    }
}

/// A pass under way.
struct Work<'a> {
    begun: Instant,
    view: PassView,
    surroundings: Surroundings<'a>,
    accounts: AccountPass<'a>,
    sources: Sources,
    found: Vec<Finding>,
    looked_at: Vec<AccountNumber>,
}

impl<'a> Work<'a> {
    fn begin(pass: &'a Pass<'_>, kind: PassKind) -> Self {
        let rules = pass.rules();
        Self {
            begun: Instant::now(),
            view: PassView {
                kind,
                at: pass.now,
                took_ms: 0,
                accounts: 0,
                operations: 0,
                documents: 0,
                findings: 0,
            },
            surroundings: Surroundings {
                clock: pass.clock,
                today: pass.now.date(),
                prepaid: &rules.prepaid,
                services: &pass.services,
            },
            accounts: AccountPass::new(&rules.thresholds, pass.now.date()),
            sources: Sources::default(),
            found: Vec::new(),
            looked_at: Vec::new(),
        }
    }

    fn look(&mut self, watched: &WatchedAccount) {
        self.view.accounts += 1;
        self.view.operations += watched.operations.len() as u64;
        let number = &watched.account.number;
        let rows = account_rows(watched, self.surroundings, &mut self.sources);
        match self.accounts.account(number, rows) {
            Ok(found) => {
                self.view.findings += found.len() as u64;
                self.found.extend(found);
                self.looked_at.push(number.clone());
            }
            // Nothing is known of this one: its incidents stay as they are.
            Err(error) => tracing::error!(account = %number, %error, "an account is not watched"),
        }
    }

    /// Hands over what is known by now, once it is of so many accounts.
    fn hand_over(&mut self, at_least: usize, take: Take<'_>) -> Result<(), DeskError> {
        if self.looked_at.len() < at_least || self.looked_at.is_empty() {
            return Ok(());
        }
        let looked = Looked::touched(ACCOUNT_RULES, std::mem::take(&mut self.looked_at));
        take(std::mem::take(&mut self.found), &looked)
    }

    fn end(mut self) -> PassView {
        let took = self.begun.elapsed().as_millis();
        self.view.took_ms = u64::try_from(took).unwrap_or(u64::MAX);
        self.view
    }
}
