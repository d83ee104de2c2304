//! What restorations go by: what the registers have formed lately, and what the drives can take.

use std::{collections::BTreeMap, num::NonZeroU32};

use journal::Reader;
use restoration::{Counts, DriveLeft, Forecast, Job, Pace, Shares, WINDOW_DAYS, days_to_spread};
use terms::{DocumentNumber, DriveNumber, LocalDate};

use super::{RegisterShare, RestorationForecast, rules::RestoreRules};
use crate::{CassetteView, Desk, DeskError, SlotState};

/// How many documents of a drive are looked at for its speed.
const LOOKED_AT: u32 = 5_000;
/// Over so many seconds the speed is seen.
const SEEN_SECONDS: i64 = 60;
/// What a drive forms in an hour while nobody has seen it work: two seconds a document (INFERRED from
/// the time that real drives take for 15h, 07h and 16h).
const PER_DRIVE_AN_HOUR: NonZeroU32 = NonZeroU32::new(1_800).unwrap();

/// What each drive has formed on the days of the window, kept so that each document is counted once.
#[derive(Debug, Default)]
pub(crate) struct ShareBook {
    drives: BTreeMap<DriveNumber, DriveDays>,
}

#[derive(Debug, Default)]
struct DriveDays {
    /// Up to here its documents are counted.
    last: Option<DocumentNumber>,
    days: BTreeMap<LocalDate, Counts>,
}

/// What a register has formed in the window.
pub(super) struct RegisterShares {
    /// РНМ, or the drive's number where it is not known.
    pub(super) name: String,
    pub(super) shares: Shares,
}

impl ShareBook {
    /// The registers, with what is new counted. The first look at a drive begins at the first shift of
    /// the window.
    pub(super) fn registers(
        &mut self,
        reader: &Reader,
        today: LocalDate,
    ) -> Result<Vec<RegisterShares>, DeskError> {
        let mut registers: BTreeMap<String, Shares> = BTreeMap::new();
        for (name, days) in self.days(reader, today)? {
            let shares = registers.entry(name).or_insert_with(|| Shares::new(today));
            for (day, counts) in days {
                shares.add(day, counts);
            }
        }
        let registers = registers.into_iter();
        Ok(registers
            .map(|(name, shares)| RegisterShares { name, shares })
            .collect())
    }

    /// What each register has formed on the days of the window, with what is new counted.
    pub(crate) fn days(
        &mut self,
        reader: &Reader,
        today: LocalDate,
    ) -> Result<BTreeMap<String, BTreeMap<LocalDate, Counts>>, DeskError> {
        let first = today.plus_days(1 - WINDOW_DAYS)?;
        let mut registers: BTreeMap<String, BTreeMap<LocalDate, Counts>> = BTreeMap::new();
        for (drive, rnm) in reader.drives_of_registers()? {
            let book = self.drives.entry(drive).or_default();
            let after = match book.last {
                Some(last) => last,
                // A shift lasts a day at most: the one that was open then has begun the day before.
                None => reader.document_before(drive, first.plus_days(-1)?)?,
            };
            let (days, last) = reader.shares_after(drive, after)?;
            book.last = Some(last);
            for found in days {
                let day = book.days.entry(found.day).or_default();
                *day = day.plus(found.counts);
            }
            book.days.retain(|day, _| *day >= first);
            let name = rnm.unwrap_or_else(|| drive.to_string());
            let days = registers.entry(name).or_default();
            for (day, counts) in &book.days {
                let sum = days.entry(*day).or_default();
                *sum = sum.plus(*counts);
            }
        }
        Ok(registers)
    }
}

/// What a restoration still has to form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) rows: u64,
    pub(super) documents: u64,
    pub(super) row: Counts,
    pub(super) pace: Pace,
}

/// Of the registers those whose drives may be given a receipt now.
pub(super) fn at_work(
    cassette: &CassetteView,
    registers: Vec<RegisterShares>,
) -> Vec<RegisterShares> {
    let works = |register: &RegisterShares| {
        cassette.slots.iter().any(|slot| {
            let may = matches!(
                slot.state,
                SlotState::Ready | SlotState::Working | SlotState::Resting
            );
            may && slot.rnm.as_deref() == Some(register.name.as_str())
        })
    };
    registers.into_iter().filter(works).collect()
}

/// Whether the drives suffice for what is left, and when it is over.
pub(super) fn forecast(
    desk: &Desk,
    cassette: &CassetteView,
    registers: &[RegisterShares],
    left: Left,
) -> Result<RestorationForecast, DeskError> {
    let drives = drives_left(cassette)?;
    let seen = per_second(desk)?;
    let working = u32::try_from(drives.len().max(1)).unwrap_or(u32::MAX);
    let an_hour = seen.map(|seen| (seen * 3_600.0 / f64::from(working)) as u32);
    let per_drive_an_hour = an_hour.and_then(NonZeroU32::new);
    let spread_days = match left.pace {
        Pace::AtOnce => 0,
        Pace::Spread => spread_days(registers, left, desk.restore_rules()),
    };
    let job = Job {
        documents: left.documents,
        spread_days,
        ordinary_a_day: cassette.documents_per_day.max(0.0).ceil() as u64,
        per_drive_an_hour: per_drive_an_hour.unwrap_or(PER_DRIVE_AN_HOUR),
    };
    let found = Forecast::of(&job, &drives, desk.clock().local());
    Ok(RestorationForecast {
        documents: left.documents,
        room: found.drives.iter().map(|drive| drive.room).sum(),
        per_second: seen,
        finish_at: found.finish_at,
        reasons: found.obstacles.iter().map(ToString::to_string).collect(),
    })
}

fn spread_days(registers: &[RegisterShares], left: Left, rules: &RestoreRules) -> u32 {
    let shares: Vec<Shares> = registers.iter().map(|it| it.shares.clone()).collect();
    days_to_spread(left.rows, left.row, &shares, rules.max_share).unwrap_or(u32::MAX)
}

/// The drives that may take receipts.
fn drives_left(cassette: &CassetteView) -> Result<Vec<DriveLeft>, DeskError> {
    let mut drives = Vec::new();
    for slot in &cassette.slots {
        let works = matches!(
            slot.state,
            SlotState::Ready | SlotState::Working | SlotState::Resting | SlotState::Blocked
        );
        if let Some(drive) = slot.drive.as_deref().filter(|_| works) {
            drives.push(DriveLeft {
                drive: drive.parse()?,
                formed: slot.last_document.unwrap_or(0),
                documents_left: slot.documents_left.unwrap_or(0),
                until: slot.until.as_deref().map(str::parse).transpose()?,
            });
        }
    }
    Ok(drives)
}

/// Documents in a second that all drives have formed over the last minute; none when there were none.
pub(super) fn per_second(desk: &Desk) -> Result<Option<f64>, DeskError> {
    let since = desk.clock().unix_ms() - SEEN_SECONDS * 1_000;
    let formed = desk.reader().formed_since(since, LOOKED_AT)?;
    Ok((formed > 0).then(|| formed as f64 / SEEN_SECONDS as f64))
}

/// The shares as people see them.
pub(super) fn shares_view(
    registers: &[RegisterShares],
    left: Left,
    rules: &RestoreRules,
) -> Vec<RegisterShare> {
    let view = |register: &RegisterShares| {
        let counts = register.shares.counts();
        let share = counts.share();
        let raised = match left.row.corrections > 0 {
            true => share.corrections,
            false => share.returns,
        };
        let alone = std::slice::from_ref(&register.shares);
        RegisterShare {
            rnm: register.name.clone(),
            documents: counts.documents(),
            income: counts.income,
            returns: counts.returns,
            corrections: counts.corrections,
            share_per_mille: raised.div_ceil(10),
            fit_today: counts.fits(left.row, rules.max_share).min(left.rows),
            days: days_to_spread(left.rows, left.row, alone, rules.max_share),
        }
    };
    registers.iter().map(view).collect()
}
