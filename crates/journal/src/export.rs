//! Receipts in the order of their fiscal documents, for the books: all that drives have formed on
//! some days.

use rusqlite::{Connection, OptionalExtension};
use terms::{DocumentNumber, Kopecks, LocalDate, OperationSign};

use crate::{
    JournalError, Reader, ReceiptRow, Result, ShiftSum,
    list::Days,
    read::{RECEIPT_FIELDS, read_receipt},
};

/// The documents that a drive has formed on some days, one after another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stretch {
    drive: i64,
    /// Номер ФН.
    pub number: String,
    /// Whether that drive is emulated or a debug one.
    pub emulated: bool,
    /// Its first document of these days, and its last one.
    pub documents: (DocumentNumber, DocumentNumber),
}

/// What a drive has settled in one shift.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShiftTotal {
    /// When it was closed, `YYYY-MM-DDTHH:MM`; none while it is open.
    pub closed: Option<String>,
    /// What was settled in it.
    pub sums: Vec<ShiftSum>,
}

impl Reader {
    /// What each drive has formed on the days from `from` to `to`, both included, in the order in
    /// which the drives came; drives that have formed nothing then are left out. Times never go back
    /// within a drive, so its documents are looked for by halving, and no history is read.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn stretches(&self, from: LocalDate, to: LocalDate) -> Result<Vec<Stretch>> {
        let after = to
            .plus_days(1)
            .map_err(|why| JournalError::spoiled("days", why))?;
        self.at_once(|connection| {
            let mut drives =
                connection.prepare_cached("select id, number, emulated from drive order by id")?;
            let mut rows = drives.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let drive: i64 = row.get(0)?;
                let first = first_since(connection, drive, &from.to_string())?;
                let end = first_since(connection, drive, &after.to_string())?;
                if first < end {
                    found.push(Stretch {
                        drive,
                        number: row.get(1)?,
                        emulated: row.get(2)?,
                        documents: (DocumentNumber(first), DocumentNumber(end - 1)),
                    });
                }
            }
            Ok(found)
        })
    }

    /// The next receipts of a stretch after a document, at most `limit`, each with that document; one
    /// that two drives have formed comes with each of them.
    pub fn formed_in(
        &self,
        stretch: &Stretch,
        after: DocumentNumber,
        limit: u32,
    ) -> Result<Vec<ReceiptRow>> {
        let (first, last) = stretch.documents;
        let from = after.get().saturating_add(1).max(first.get());
        self.with(|connection| {
            let mut rows = connection.prepare_cached(&format!(
                "{RECEIPT_FIELDS} from document d \
                 join receipt r on r.id = coalesce(d.receipt, d.doubles) \
                 join drive v on v.id = d.drive left join account a on a.id = r.account \
                 where d.drive = ?1 and d.number >= ?2 and d.number <= ?3 \
                 and (d.receipt is not null or d.doubles is not null) \
                 order by d.number limit ?4"
            ))?;
            let mut rows = rows.query((stretch.drive, from, last.get(), limit))?;
            let mut receipts = Vec::new();
            while let Some(row) = rows.next()? {
                receipts.push(read_receipt(row)?);
            }
            Ok(receipts)
        })
    }

    /// What a drive has settled in a shift.
    pub fn shift_total(&self, drive: &str, shift: u16) -> Result<ShiftTotal> {
        self.at_once(|connection| {
            let closed: Option<String> = connection
                .prepare_cached(
                    "select d.time from document d join drive v on v.id = d.drive \
                     where v.number = ?1 and d.shift = ?2 and d.task = 'close_shift' limit 1",
                )?
                .query_row((drive, shift), |row| row.get(0))
                .optional()?;
            let mut sums = connection.prepare_cached(
                "select s.correction, s.sign, s.receipts, s.total from shift_sum s \
                 join drive v on v.id = s.drive where v.number = ?1 and s.shift = ?2 \
                 order by s.correction, s.sign",
            )?;
            let mut rows = sums.query((drive, shift))?;
            let spoiled = |why: terms::TermError| JournalError::spoiled("shift_sum", why);
            let mut sums = Vec::new();
            while let Some(row) = rows.next()? {
                sums.push(ShiftSum {
                    is_correction: row.get(0)?,
                    sign: OperationSign::from_code(row.get(1)?).map_err(spoiled)?,
                    receipts: row.get::<_, i64>(2)?.unsigned_abs(),
                    total: Kopecks::new(row.get(3)?).map_err(spoiled)?,
                });
            }
            Ok(ShiftTotal { closed, sums })
        })
    }

    /// The shifts that were opened on these days: drive and number, in that order.
    pub fn shifts_opened(&self, days: Days) -> Result<Vec<(String, u16)>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select v.number, d.shift from document d indexed by document_shift_opened \
                 join drive v on v.id = d.drive where d.task = 'open_shift' \
                 and d.time >= ?1 and d.time <= ?2 order by v.number, d.shift",
            )?;
            let edge = |day: Option<LocalDate>, open: &str| {
                day.map_or_else(|| open.to_owned(), |day| day.to_string())
            };
            let to = format!("{}T24", edge(days.to, "9999"));
            let mut rows = rows.query((edge(days.from, ""), to))?;
            let mut shifts = Vec::new();
            while let Some(row) = rows.next()? {
                shifts.push((row.get(0)?, row.get(1)?));
            }
            Ok(shifts)
        })
    }
}

/// The first document of a drive whose time is not before `time`; one more than the last if there is
/// none.
fn first_since(connection: &Connection, drive: i64, time: &str) -> Result<u32> {
    let last: Option<u32> = connection
        .prepare_cached("select max(number) from document where drive = ?1")?
        .query_row([drive], |row| row.get(0))?;
    let (mut low, mut high) = (1, last.unwrap_or(0).saturating_add(1));
    let mut at = connection.prepare_cached(
        "select number, time from document where drive = ?1 and number >= ?2 \
         order by number limit 1",
    )?;
    // Before `low` all is earlier; from `high` on nothing is.
    while low < high {
        let middle = low + (high - low) / 2;
        // A drive that was taken in later has no documents at its beginning.
        let found: Option<(u32, String)> = at
            .query_row((drive, middle), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((number, found)) if found.as_str() < time => low = number.saturating_add(1),
            _ => high = middle,
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_first_document_of_a_day_is_found_without_reading_those_before(
            base in 1_u32..1_000,
            // How many days later than the one before each document was formed: many on one day.
            steps in prop::collection::vec(prop_oneof![4 => Just(0_i32), 1 => 1..4], 0..60),
            asked in -3_i32..40,
        ) {
            let mut connection = Connection::open_in_memory().unwrap();
            schema::migrate(&mut connection, 0).unwrap();
            connection.execute_batch("pragma foreign_keys = off").unwrap();
            let first: LocalDate = "2026-11-01".parse().unwrap();
            let (mut day, mut days) = (0, Vec::new());
            for (number, step) in (base..).zip(&steps) {
                day += step;
                days.push((number, day));
                let time = format!("{}T10:05", first.plus_days(day).unwrap());
                let row = (number, time);
                connection.execute(
                    "insert into document (drive, number, task, time, fiscal_sign, shift, formed_at) \
                     values (7, ?1, 'close_shift', ?2, 0, 1, 0)",
                    row,
                ).unwrap();
            }
            let found = first_since(&connection, 7, &first.plus_days(asked).unwrap().to_string()).unwrap();
            for (number, day) in days {
                prop_assert_eq!(number < found, day < asked, "{} of day {}", number, day);
            }
        }
    }
}
