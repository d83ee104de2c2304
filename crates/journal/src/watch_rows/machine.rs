//! What the watch reads of money, drives, registers, documents and sources. None of it grows with the
//! history: it is what waits, the few drives and files, and sums by day.

use std::collections::BTreeMap;

use engine::Service;
use terms::{
    DocumentNumber, DriveNumber, Kopecks, LocalDate, LocalDateTime, OfdCode, Period, Rnm,
    ServiceCode, TaxSystems, TermError,
};

use crate::{
    JournalError, Reader, Result,
    read::{count, read_drive},
    record::read_id,
    service_from_json,
};

/// Money whose receipt is not formed yet.
#[derive(Clone, Debug)]
pub struct DueRow {
    /// What it is known by: the operation's key.
    pub key: String,
    /// The account, if it is known.
    pub account: Option<String>,
    /// When it became known, milliseconds since 1970.
    pub known_at: i64,
    /// How much.
    pub amount: Kopecks,
    /// Whether it is a receipt that the caller has computed: of a settlement that is just made.
    pub is_ready: bool,
    /// The operation's body; none for a row of a file that waits for a person.
    pub body: Option<String>,
}

/// A shift that is open, as far as the journal knows.
#[derive(Clone, Copy, Debug)]
pub struct OpenShiftRow {
    /// The drive.
    pub drive: DriveNumber,
    /// When it was opened.
    pub opened: LocalDateTime,
}

/// Offsets of a month that wait for its consolidated receipt.
#[derive(Clone, Copy, Debug)]
pub struct OffsetsRow {
    /// The month.
    pub period: Period,
    /// Lines.
    pub lines: u64,
    /// Their sum, kopecks.
    pub sum: i64,
}

/// Payments of one source on one day.
#[derive(Clone, Debug)]
pub struct ArrivalRow {
    /// The source.
    pub source: String,
    /// When they came, milliseconds since 1970.
    pub at: i64,
    /// What they come to.
    pub sum: Kopecks,
}

/// What a drive has said of itself when it was seen last.
#[derive(Clone, Debug)]
pub struct DriveLifeRow {
    /// The drive.
    pub drive: DriveNumber,
    /// Whether it stands in a slot, as far as is known.
    pub in_slot: bool,
    /// Whether it forms documents: it is registered, and its archive is not closed.
    pub is_fiscal: bool,
    /// Whether it waits for its registration.
    pub is_blank: bool,
    /// Its last day.
    pub until: Option<LocalDate>,
    /// Documents that still fit, by its own estimate.
    pub documents_left: Option<u32>,
    /// Its last document when it said so.
    pub said_at: DocumentNumber,
    /// The register that it serves.
    pub rnm: Option<Rnm>,
    /// The tax systems that it is registered for (tag 1062).
    pub tax_systems: Option<TaxSystems>,
    /// The last document that it held when it was taken in: those up to it are not in the journal.
    pub base: DocumentNumber,
    /// Its last document in the journal.
    pub last: Option<(DocumentNumber, LocalDateTime)>,
    /// The day of its first document in the journal.
    pub first_day: Option<LocalDate>,
    /// Documents without a ticket.
    pub unsent: u32,
    /// When the oldest of them was formed.
    pub unsent_since: Option<LocalDateTime>,
}

/// A shift of which a drive has receipts that nobody here has asked for.
#[derive(Clone, Copy, Debug)]
pub struct FoundShift {
    /// The drive.
    pub drive: DriveNumber,
    /// The shift.
    pub shift: u16,
    /// What the found receipts of it come to: income less its returns, kopecks.
    pub sum: i64,
}

impl Reader {
    /// Calls `each` with the money whose receipts are not formed: payments with receipts on their
    /// way, and rows of loaded files that wait for a person although they are somebody's money.
    ///
    /// # Errors
    /// See [`Reader::watch_accounts`]; so for all methods here.
    pub fn watch_due(&self, mut each: impl FnMut(DueRow) -> Result<()>) -> Result<()> {
        self.at_once(|connection| {
            // The first conditions are those of the partial index.
            let mut rows = connection.prepare_cached(
                "select o.id, o.key, a.number, sum(r.total), o.body, o.type = 'receipt' \
                 from receipt r indexed by receipt_pending join operation o on o.id = r.operation \
                 left join account a on a.id = o.account where r.state <> 'fiscalized' \
                 and r.state <> 'acknowledged' and r.state <> 'refused' and r.correction = 0 \
                 and r.return_of is null and r.sign = 1 \
                 and o.type in ('payment', 'identify', 'receipt') group by o.id",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                each(DueRow {
                    known_at: read_id(row.get(0)?)?.unix_ms(),
                    key: row.get(1)?,
                    account: row.get(2)?,
                    amount: Kopecks::new(row.get(3)?).map_err(spoiled)?,
                    body: row.get(4)?,
                    is_ready: row.get(5)?,
                })?;
            }
            let mut rows = connection.prepare_cached(
                "select w.key, w.account, f.loaded_at, w.amount from import_row w \
                 join import_file f on f.id = w.import \
                 where w.state = 'waiting' and w.class in ('held', 'wrong', 'refused')",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let account: String = row.get(1)?;
                each(DueRow {
                    key: row.get(0)?,
                    account: Some(account).filter(|account| !account.is_empty()),
                    known_at: row.get(2)?,
                    amount: Kopecks::new(row.get(3)?).map_err(spoiled)?,
                    body: None,
                    is_ready: false,
                })?;
            }
            Ok(())
        })
    }

    /// Money whose payer is unknown: its reference, the day it came and how much.
    pub fn watch_unidentified(&self) -> Result<Vec<(String, LocalDate, Kopecks)>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select u.id, u.date, (select sum(p.value ->> 1) \
                   from json_each(u.payment, '$.parts') p) from unidentified u union all \
                 select key, substr(date, 1, 10), amount from import_row \
                 where state = 'waiting' and class = 'unmatched'",
            )?;
            let mut rows = rows.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let date: String = row.get(1)?;
                let amount = Kopecks::new(row.get(2)?).map_err(spoiled)?;
                found.push((row.get(0)?, date.parse().map_err(spoiled)?, amount));
            }
            Ok(found)
        })
    }

    /// Calls `each` with the documents without a ticket: drive, number, and when it was formed.
    pub fn watch_unsent(
        &self,
        mut each: impl FnMut(DriveNumber, DocumentNumber, LocalDateTime),
    ) -> Result<()> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select v.number, d.number, d.time from document d \
                 indexed by document_unacknowledged join drive v on v.id = d.drive \
                 where d.acknowledged_at is null",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let time: String = row.get(2)?;
                each(
                    read_drive(&row.get::<_, String>(0)?)?,
                    DocumentNumber(row.get(1)?),
                    time.parse().map_err(spoiled)?,
                );
            }
            Ok(())
        })
    }

    /// Documents that all drives have formed for us.
    pub fn documents_formed(&self) -> Result<u64> {
        self.with(|connection| {
            Ok(connection.query_row(
                "select coalesce(sum(documents), 0) from drive_day",
                [],
                |row| count(row, 0),
            )?)
        })
    }

    /// The documents that the ОФД has refused and nobody has taken back or replaced since: drive,
    /// number, code.
    pub fn watch_refused(&self) -> Result<Vec<(DriveNumber, DocumentNumber, OfdCode)>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select v.number, d.number, d.ofd_code from document d \
                 indexed by document_remark join drive v on v.id = d.drive \
                 left join receipt r on r.id = d.receipt \
                 where (d.ofd_code <> 0 or d.ofd_messages <> 0 or d.ofd_text is not null) \
                 and d.ofd_code <> 0 and r.cancelled_by is null order by 1, 2",
            )?;
            let mut rows = rows.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let drive = read_drive(&row.get::<_, String>(0)?)?;
                found.push((drive, DocumentNumber(row.get(1)?), OfdCode(row.get(2)?)));
            }
            Ok(found)
        })
    }

    /// The shifts that are open: the last documents of their drives belong to them, and no closing
    /// report of them is there.
    pub fn open_shifts(&self) -> Result<Vec<OpenShiftRow>> {
        self.at_once(|connection| {
            let mut rows = connection.prepare_cached(
                "select v.number, (select o.time from document o \
                   indexed by document_shift_opened where o.task = 'open_shift' \
                   and o.drive = v.id order by o.time desc limit 1) \
                 from (select id, number, (select max(number) from document \
                   where drive = drive.id) as last from drive) v \
                 join document d on d.drive = v.id and d.number = v.last \
                 where d.shift > 0 and d.task <> 'close_shift' and d.task <> 'close_archive' \
                 and not exists (select 1 from document c where c.task = 'close_shift' \
                   and c.drive = v.id and c.shift = d.shift)",
            )?;
            let mut rows = rows.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let opened: Option<String> = row.get(1)?;
                if let Some(opened) = opened {
                    found.push(OpenShiftRow {
                        drive: read_drive(&row.get::<_, String>(0)?)?,
                        opened: opened.parse().map_err(spoiled)?,
                    });
                }
            }
            Ok(found)
        })
    }

    /// Offsets that wait for the consolidated receipts of their months.
    pub fn offsets_waiting(&self) -> Result<Vec<OffsetsRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select close, count(*), sum(amount) from offset_line where closed_by is null \
                 group by close order by close",
            )?;
            let mut rows = rows.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let period: String = row.get(0)?;
                found.push(OffsetsRow {
                    period: period.parse().map_err(spoiled)?,
                    lines: count(row, 1)?,
                    sum: row.get(2)?,
                });
            }
            Ok(found)
        })
    }

    /// When files of payments came, by profile, in the order in which they did.
    pub fn file_arrivals(&self) -> Result<Vec<ArrivalRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select kind || ':' || profile, loaded_at, amount from import_file \
                 order by loaded_at, id",
            )?;
            let mut rows = rows.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(ArrivalRow {
                    source: row.get(0)?,
                    at: row.get(1)?,
                    sum: Kopecks::new(row.get(2)?).map_err(spoiled)?,
                });
            }
            Ok(found)
        })
    }

    /// What each drive that was ever seen has said of itself, and what it holds.
    pub fn drive_lives(&self) -> Result<Vec<DriveLifeRow>> {
        let drives = self.drives(None)?;
        self.with(|connection| {
            let mut facts = connection.prepare_cached(
                "select facts ->> 'documents_left', facts ->> 'last_document', \
                 facts ->> 'tax_systems' from drive where number = ?1",
            )?;
            let mut lives = Vec::new();
            for drive in drives {
                let (left, said_at, systems): (Option<u32>, Option<u32>, Option<u8>) = facts
                    .query_row([&drive.number], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                    })?;
                let phase = drive.phase.as_deref();
                let last_time = parsed(drive.last_time.as_deref())?;
                lives.push(DriveLifeRow {
                    drive: read_drive(&drive.number)?,
                    in_slot: drive.slot.is_some(),
                    is_fiscal: phase == Some(fn_proto::Phase::Fiscal.to_string().as_str()),
                    is_blank: phase == Some(fn_proto::Phase::Ready.to_string().as_str()),
                    until: parsed(drive.until.as_deref())?,
                    documents_left: left,
                    said_at: DocumentNumber(said_at.unwrap_or(0)),
                    rnm: parsed(drive.rnm.as_deref())?,
                    tax_systems: systems
                        .map(TaxSystems::from_bits)
                        .transpose()
                        .map_err(spoiled)?,
                    base: drive.base,
                    last: drive.last.zip(last_time),
                    first_day: parsed(drive.first_time.as_deref().and_then(|it| it.get(..10)))?,
                    unsent: u32::try_from(drive.unacknowledged).unwrap_or(u32::MAX),
                    unsent_since: parsed(drive.unacknowledged_since.as_deref())?,
                });
            }
            Ok(lives)
        })
    }

    /// Shifts with receipts that were found in their drives and that no receipt here stands behind.
    /// The sums of a shift count them, those of its receipts do not.
    pub fn found_shifts(&self) -> Result<Vec<FoundShift>> {
        self.at_once(|connection| {
            let mut rows = connection.prepare_cached(
                "select v.number, f.shift, \
                 (select coalesce(sum(case s.sign when 1 then s.total when 2 then -s.total end), 0) \
                   from shift_sum s where s.drive = f.drive and s.shift = f.shift) \
                 - (select coalesce(sum(case r.sign when 1 then r.total when 2 then -r.total end), 0) \
                   from document d join receipt r on r.id = coalesce(d.receipt, d.doubles) \
                   where d.drive = f.drive and d.shift = f.shift) \
                 from (select distinct drive, shift from document \
                   where task = 'found' and shift > 0) f join drive v on v.id = f.drive \
                 order by 1, 2",
            )?;
            let mut rows = rows.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(FoundShift {
                    drive: read_drive(&row.get::<_, String>(0)?)?,
                    shift: row.get(1)?,
                    sum: row.get(2)?,
                });
            }
            Ok(found)
        })
    }

    /// The services as they are stored.
    pub fn services(&self) -> Result<BTreeMap<ServiceCode, Service>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached("select code, definition from service")?;
            let mut rows = rows.query([])?;
            let mut services = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (code, definition): (String, String) = (row.get(0)?, row.get(1)?);
                let service = service_from_json(&code, &definition)?;
                services.insert(code.parse().map_err(spoiled)?, service);
            }
            Ok(services)
        })
    }
}

fn parsed<T: std::str::FromStr<Err = TermError>>(text: Option<&str>) -> Result<Option<T>> {
    text.map(str::parse).transpose().map_err(spoiled)
}

fn spoiled(why: TermError) -> JournalError {
    JournalError::spoiled("(what the watch reads)", why)
}
