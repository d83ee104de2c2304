//! The rules of money, drives, registers, tickets and the buffer: each a few rows, so that they run
//! every minute (A03, A08, E8, A09, A10, A14 to A17, A23, A24, A26).

use std::collections::BTreeMap;

use audit::{
    Calendar, Channel, DayDocuments, DocumentTicket, DriveLife, DriveUnsent, Finding, Money,
    OfdVerdict, OffsetBuffer, OpenShift, RegisterShares, RuleId, Sum, Thresholds, TicketReport,
    Unidentified, clock_difference, drive_ends, money_without_receipt, ofd_refusal, shift_too_long,
    silent_register, unclosed_offsets, unidentified_money, unsent_documents,
};
use journal::{DriveLifeRow, Reader};
use restoration::Counts;
use terms::{DriveNumber, LocalDate, LocalDateTime, Rnm};

use super::body::Body;
use crate::{Clock, DeskError, restore::ShareBook};

/// The rules that this room runs.
pub(super) const RULES: [RuleId; 11] = [
    RuleId::A03,
    RuleId::A08,
    RuleId::A09,
    RuleId::A10,
    RuleId::A14,
    RuleId::A15,
    RuleId::A16,
    RuleId::A17,
    RuleId::A23,
    RuleId::A24,
    RuleId::A26,
];

/// Documents that a drive forms in its life: 250 000 by its passport (ФН protocol §1).
const CAPACITY: u32 = 250_000;
/// Of which E8 is told: all drives together.
pub(super) const ALL_DRIVES: &str = "all";
/// Documents that a report of equation E8 names.
const SHOWN: usize = 20;

/// What has to be known besides the journal.
pub(super) struct Machine<'a> {
    pub(super) reader: &'a Reader,
    pub(super) thresholds: &'a Thresholds,
    pub(super) calendar: &'a Calendar,
    pub(super) clock: Clock,
    pub(super) now: LocalDateTime,
    /// By how many seconds the clock at a drive is ahead of what is known to be true.
    pub(super) clocks: &'a [(DriveNumber, i64)],
}

impl Machine<'_> {
    /// What all of them find.
    pub(super) fn look(&self, book: &mut ShareBook) -> Result<Vec<Finding>, DeskError> {
        let mut found = Vec::new();
        self.money(&mut found)?;
        self.refusals(&mut found)?;
        self.offsets(&mut found)?;
        let lives = self.reader.drive_lives()?;
        self.drives(&lives, &mut found)?;
        self.registers(&lives, book, &mut found)?;
        Ok(found)
    }

    fn money(&self, found: &mut Vec<Finding>) -> Result<(), DeskError> {
        let mut due = Vec::new();
        self.reader.watch_due(|row| {
            due.push(row);
            Ok(())
        })?;
        for row in due {
            let Some(received) = self.clock.local_at(row.known_at) else {
                continue;
            };
            let body = row.body.as_deref().map(Body::read);
            let money = Money {
                reference: row.key,
                account: row.account.and_then(|account| account.parse().ok()),
                channel: match body {
                    Some(body) if row.is_ready || body.is_due_at_once() => Channel::AtOnce,
                    _ => Channel::Bank,
                },
                received,
                amount: row.amount,
                done: false,
            };
            let (thresholds, calendar) = (self.thresholds, self.calendar);
            found.extend(money_without_receipt(
                thresholds, calendar, self.now, &money,
            )?);
        }
        let (limits, today) = (&self.thresholds.unidentified, self.now.date());
        for (reference, received, amount) in self.reader.watch_unidentified()? {
            let money = Unidentified {
                reference,
                received,
                amount,
            };
            found.extend(unidentified_money(limits, self.calendar, today, &money));
        }
        Ok(())
    }

    fn refusals(&self, found: &mut Vec<Finding>) -> Result<(), DeskError> {
        for (drive, document, code) in self.reader.watch_refused()? {
            found.extend(ofd_refusal(&OfdVerdict {
                drive,
                document,
                code,
                flk: Vec::new(),
            }));
        }
        Ok(())
    }

    /// E8: every document that is old enough has its ticket.
    pub(super) fn tickets_in_time(&self) -> Result<Option<Finding>, DeskError> {
        let mut unsent = Vec::new();
        self.reader.watch_unsent(|drive, document, formed| {
            unsent.push(DocumentTicket {
                drive,
                document,
                formed,
                ticket: None,
            });
        })?;
        // The refused ones are told one by one (A17).
        let mut report = TicketReport::of(&self.thresholds.unsent, self.now, unsent, SHOWN);
        report.documents = self.reader.documents_formed()?;
        Ok(report.finding(ALL_DRIVES))
    }

    fn offsets(&self, found: &mut Vec<Finding>) -> Result<(), DeskError> {
        for row in self.reader.offsets_waiting()? {
            let buffer = OffsetBuffer {
                period: row.period,
                lines: row.lines,
                sum: Sum(row.sum.into()),
            };
            let limits = &self.thresholds.offsets;
            found.extend(unclosed_offsets(limits, self.now.date(), &buffer)?);
        }
        Ok(())
    }

    fn drives(&self, lives: &[DriveLifeRow], found: &mut Vec<Finding>) -> Result<(), DeskError> {
        let (thresholds, now) = (self.thresholds, self.now);
        for life in lives {
            let unsent = DriveUnsent {
                drive: life.drive,
                documents: life.unsent,
                oldest: life.unsent_since,
            };
            found.extend(unsent_documents(&thresholds.unsent, now, &unsent)?);
        }
        for shift in self.reader.open_shifts()? {
            let shift = OpenShift {
                drive: shift.drive,
                opened: shift.opened,
            };
            found.extend(shift_too_long(&thresholds.shift, now, &shift)?);
        }
        for (drive, seconds) in self.clocks {
            found.extend(clock_difference(&thresholds.clock, *drive, *seconds));
        }
        let ending = |life: &DriveLifeRow, spare_ready: bool| {
            let life = drive_life(life, spare_ready)?;
            drive_ends(&thresholds.drive_end, now.date(), &life)
        };
        let is_good = |life: &DriveLifeRow| {
            life.in_slot && (life.is_blank || (life.is_fiscal && ending(life, true).is_none()))
        };
        for life in lives.iter().filter(|life| life.is_fiscal && life.in_slot) {
            let mut others = lives.iter().filter(|other| other.drive != life.drive);
            found.extend(ending(life, others.any(is_good)));
        }
        Ok(())
    }

    fn registers(
        &self,
        lives: &[DriveLifeRow],
        book: &mut ShareBook,
        found: &mut Vec<Finding>,
    ) -> Result<(), DeskError> {
        let (thresholds, today) = (self.thresholds, self.now.date());
        for (name, days) in book.days(self.reader, today)? {
            // A drive that never was registered here has no register.
            let Ok(rnm) = name.parse() else { continue };
            let mut shares = RegisterShares::new(rnm);
            for (day, counts) in days {
                shares.see(thresholds, documents(day, counts))?;
            }
            found.extend(shares.look(thresholds, today));
        }
        // A register is silent when none of its drives has formed anything; one whose drives are
        // all closed is no register any more.
        let mut since: BTreeMap<Rnm, LocalDate> = BTreeMap::new();
        for life in lives {
            let (Some(rnm), Some((_, last))) = (life.rnm, life.last) else {
                continue;
            };
            let known = since.entry(rnm).or_insert(last.date());
            *known = last.date().max(*known);
        }
        for (rnm, since) in since {
            if lives
                .iter()
                .any(|life| life.rnm == Some(rnm) && life.is_fiscal)
            {
                let limits = &thresholds.silent_register;
                found.extend(silent_register(limits, today, rnm, since));
            }
        }
        Ok(())
    }
}

/// What is left of a drive: by its own word when it was seen last, less what it has formed since.
fn drive_life(life: &DriveLifeRow, spare_ready: bool) -> Option<DriveLife> {
    let last = life.last.map_or(0, |(number, _)| number.get());
    let since = last.saturating_sub(life.said_at.get());
    let by_its_word = life.documents_left.map(|left| left.saturating_sub(since));
    Some(DriveLife {
        drive: life.drive,
        expires: life.until?,
        documents_left: by_its_word.unwrap_or_else(|| CAPACITY.saturating_sub(last)),
        capacity: CAPACITY,
        spare_ready,
    })
}

fn documents(day: LocalDate, counts: Counts) -> DayDocuments {
    let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    DayDocuments {
        day,
        income: narrow(counts.income),
        returns: narrow(counts.returns),
        corrections: narrow(counts.corrections),
        all: narrow(counts.documents()),
    }
}
