use std::{fmt, str::FromStr};

use rusqlite::Connection;
use terms::{DocumentNumber, DriveNumber, Kopecks, LocalDateTime, OperationSign, TermError};

use super::{Conditions, Days, Listed, Page, read_rows};
use crate::{JournalError, Reader, Result};

/// Which shifts are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShiftsOf {
    /// Only of the drives that were seen last in this slot.
    pub slot: Option<u8>,
    /// Only of this drive.
    pub drive: Option<DriveNumber>,
    /// Only opened on these days.
    pub days: Days,
}

/// A shift of a drive. One whose opening is not in the journal is not listed.
#[derive(Clone, Debug)]
pub struct ShiftRow {
    /// Номер ФН.
    pub drive: String,
    /// Whether that drive is emulated or a debug one.
    pub emulated: bool,
    /// Where the drive was seen last; none: never in a slot.
    pub slot: Option<u8>,
    /// Номер смены.
    pub number: u16,
    /// The ФД that has opened it.
    pub opened: DocumentNumber,
    /// When, by the clock of the place: `YYYY-MM-DDTHH:MM`.
    pub opened_time: String,
    /// The ФД that has closed it; none while it is open.
    pub closed: Option<DocumentNumber>,
    /// When.
    pub closed_time: Option<String>,
    /// What was settled in it.
    pub sums: Vec<ShiftSum>,
    place: ShiftPlace,
}

/// The receipts of one kind in a shift.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ShiftSum {
    /// Whether these are corrections.
    pub is_correction: bool,
    /// Признак расчета (1054).
    pub sign: OperationSign,
    /// How many there are.
    pub receipts: u64,
    /// What they sum up to (1020).
    pub total: Kopecks,
}

/// A shift's place in the list: when it was opened, and by which document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShiftPlace {
    time: LocalDateTime,
    drive: u32,
    number: u32,
}

/// `2026-11-22T09:05/3/417`.
impl fmt::Display for ShiftPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.time, self.drive, self.number)
    }
}

impl FromStr for ShiftPlace {
    type Err = TermError;

    fn from_str(text: &str) -> terms::Result<Self> {
        let bad = || TermError::new("place of a shift", text, "it is as it was given out");
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or_else(bad);
        Ok(Self {
            time: part()?.parse()?,
            drive: part()?.parse().map_err(|_| bad())?,
            number: part()?.parse().map_err(|_| bad())?,
        })
    }
}

impl Reader {
    /// A page of shifts, in the order in which they were opened.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn shifts(
        &self,
        of: &ShiftsOf,
        page: &Page<ShiftPlace>,
    ) -> Result<Listed<ShiftRow, ShiftPlace>> {
        self.at_once(|connection| list(connection, of, page))
    }
}

/// Walks over the index of openings: a row for each day and drive.
pub(super) fn list(
    connection: &Connection,
    of: &ShiftsOf,
    page: &Page<ShiftPlace>,
) -> Result<Listed<ShiftRow, ShiftPlace>> {
    let mut conditions = Conditions::default();
    if let Some(slot) = of.slot {
        conditions.and("v.slot = ?", [i64::from(slot)]);
    }
    if let Some(drive) = of.drive {
        conditions.and("v.number = ?", [drive.as_str().to_owned()]);
    }
    if let Some(from) = of.days.from {
        conditions.and("d.time >= ?", [from.to_string()]);
    }
    if let Some(to) = of.days.to {
        conditions.and("d.time <= ?", [format!("{to}T24")]);
    }
    if let Some(place) = &page.after {
        let beyond = format!(
            "(d.time, d.drive, d.number) {} (?, ?, ?)",
            page.order.beyond()
        );
        let number = |number: u32| i64::from(number).into();
        let place: [rusqlite::types::Value; 3] = [
            place.time.to_string().into(),
            number(place.drive),
            number(place.number),
        ];
        conditions.and(&beyond, place);
    }
    let way = page.order.sql();
    let closed = "from document c where c.drive = d.drive and c.shift = d.shift \
                  and c.task = 'close_shift'";
    let sql = format!(
        "select d.drive, v.number, v.emulated, v.slot, d.shift, d.number, d.time, \
         (select c.number {closed}), (select c.time {closed}) \
         from document d indexed by document_shift_opened cross join drive v on v.id = d.drive \
         where d.task = 'open_shift'{} \
         order by d.time {way}, d.drive {way}, d.number {way} limit {}",
        conditions.sql,
        page.read_max()
    );
    let shifts = read_rows(connection, &sql, conditions.values, |row| {
        let (slot, opened_time): (u8, String) = (row.get(3)?, row.get(6)?);
        let time = opened_time.parse();
        let place = ShiftPlace {
            time: time.map_err(|why| JournalError::spoiled("document", why))?,
            drive: row.get(0)?,
            number: row.get(5)?,
        };
        Ok(ShiftRow {
            drive: row.get(1)?,
            emulated: row.get(2)?,
            slot: (slot > 0).then_some(slot),
            number: row.get(4)?,
            opened: DocumentNumber(place.number),
            opened_time,
            closed: row.get::<_, Option<u32>>(7)?.map(DocumentNumber),
            closed_time: row.get(8)?,
            sums: Vec::new(),
            place,
        })
    })?;
    page.of(shifts, |shift| shift.place.clone())
        .try_map(|mut shift| {
            shift.sums = sums(connection, shift.place.drive, shift.number)?;
            Ok(shift)
        })
}

fn sums(connection: &Connection, drive: u32, shift: u16) -> Result<Vec<ShiftSum>> {
    let spoiled = |why: TermError| JournalError::spoiled("shift_sum", why);
    read_rows(
        connection,
        "select correction, sign, receipts, total from shift_sum where drive = ? and shift = ? \
         order by correction, sign",
        [i64::from(drive).into(), i64::from(shift).into()],
        |row| {
            Ok(ShiftSum {
                is_correction: row.get(0)?,
                sign: OperationSign::from_code(row.get(1)?).map_err(spoiled)?,
                receipts: row.get::<_, i64>(2)?.unsigned_abs(),
                total: Kopecks::new(row.get(3)?).map_err(spoiled)?,
            })
        },
    )
}
