//! Questions about drives, slots and what has happened to them.

use cassette::{Event, Registration, SlotId, Swap};
use fn_proto::{Phase, Request};
use rusqlite::{OptionalExtension, Row};
use terms::{DocumentNumber, DriveNumber, Id, LocalDate, Rnm};

use crate::{
    HistoryRow, JournalError, Reader, Result,
    drive::{read_ffd, read_form},
    read::read_drive,
    record::read_id,
};

/// What part of the history is wanted, the newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryOf {
    /// Only of this slot.
    pub slot: Option<SlotId>,
    /// Only of this receipt.
    pub receipt: Option<Id>,
    /// At most so many entries.
    pub limit: u32,
}

/// The ККТ that lives in a slot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegisterRow {
    /// Tag 1037.
    pub rnm: Rnm,
    /// Tag 1013.
    pub serial: String,
}

/// What is known of the ККТ that a drive serves, or served last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KktRow {
    /// РНМ.
    pub rnm: Option<String>,
    /// The user's ИНН, as the drive is registered.
    pub user_inn: Option<String>,
    /// Its serial number (tag 1013), if it lives in a slot.
    pub serial: Option<String>,
}

impl Reader {
    /// The newest entries of the history, the newest first.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn history(&self, of: HistoryOf) -> Result<Vec<HistoryRow>> {
        let condition = match (of.slot, of.receipt) {
            (Some(_), _) => "h.slot = ?1 and (?2 is null or h.receipt = ?2)",
            (None, Some(_)) => "h.receipt = ?2 and ?1 is null",
            (None, None) => "?1 is null and ?2 is null",
        };
        self.with(|connection| {
            let mut rows = connection.prepare_cached(&format!(
                "select h.at, h.slot, v.number, h.receipt, h.what, h.detail, h.by, k.name \
                 from history h left join drive v on v.id = h.drive \
                 left join api_key k on k.id = h.api_key where {condition} order by h.id desc limit ?3"
            ))?;
            let arguments = (
                of.slot.map(|slot| slot.0),
                of.receipt.map(Id::get),
                of.limit,
            );
            let mut rows = rows.query(arguments)?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(HistoryRow {
                    at: row.get(0)?,
                    slot: row.get(1)?,
                    drive: row.get(2)?,
                    receipt: row.get::<_, Option<i64>>(3)?.map(read_id).transpose()?,
                    what: row.get(4)?,
                    detail: row.get(5)?,
                    by: row.get(6)?,
                    key: row.get(7)?,
                });
            }
            Ok(entries)
        })
    }

    /// The swaps that are under way.
    pub fn open_swaps(&self) -> Result<Vec<Event>> {
        self.with(|connection| {
            let mut rows = connection.prepare(
                "select s.slot, v.number, s.form, s.ffd, s.serial, s.tlv, s.exported_at, s.confirmed \
                 from swap s join drive v on v.id = s.drive where s.ended_at is null",
            )?;
            let mut rows = rows.query([])?;
            let mut swaps = Vec::new();
            while let Some(row) = rows.next()? {
                let slot = SlotId(row.get(0)?);
                swaps.push(Event::SwapLeft(slot, Box::new(read_swap(row)?)));
            }
            Ok(swaps)
        })
    }

    /// In which slot each drive was seen last. Drives that were never seen in a slot are left out.
    pub fn drive_homes(&self) -> Result<Vec<(DriveNumber, u8)>> {
        self.with(|connection| {
            let mut rows = connection.prepare("select number, slot from drive where slot > 0")?;
            let mut rows = rows.query([])?;
            let mut homes = Vec::new();
            while let Some(row) = rows.next()? {
                homes.push((read_drive(&row.get::<_, String>(0)?)?, row.get(1)?));
            }
            Ok(homes)
        })
    }

    /// The drive that was seen last in each slot, unless its archive is closed or it was never
    /// registered.
    pub fn last_drives(&self) -> Result<Vec<(SlotId, DriveNumber)>> {
        self.with(|connection| {
            let mut rows = connection.prepare(
                "select slot, number, facts ->> 'phase', max(seen_at) from drive \
                 where slot > 0 group by slot",
            )?;
            let mut rows = rows.query([])?;
            let mut drives = Vec::new();
            while let Some(row) = rows.next()? {
                if row.get::<_, String>(2)? == Phase::Fiscal.to_string() {
                    drives.push((SlotId(row.get(0)?), read_drive(&row.get::<_, String>(1)?)?));
                }
            }
            Ok(drives)
        })
    }

    /// The drives whose archives are not closed, each with what the journal knows of it.
    pub fn drives_left(&self) -> Result<Vec<Event>> {
        self.with(|connection| {
            let mut rows = connection.prepare(
                "select number, facts ->> 'phase' = ?1 and seen_at = \
                   (select max(seen_at) from drive it where it.slot = drive.slot), \
                 max(base, coalesce((select max(number) from document \
                   where document.drive = drive.id), 0)) \
                 from drive where slot > 0 and facts ->> 'phase' in (?1, ?2)",
            )?;
            let (fiscal, blank) = (Phase::Fiscal.to_string(), Phase::Ready.to_string());
            let mut rows = rows.query([fiscal, blank])?;
            let mut drives = Vec::new();
            while let Some(row) = rows.next()? {
                drives.push(Event::DriveLeft {
                    drive: read_drive(&row.get::<_, String>(0)?)?,
                    is_in_slot: row.get(1)?,
                    last_document: DocumentNumber(row.get(2)?),
                });
            }
            Ok(drives)
        })
    }

    /// How many documents a drive has formed on the days since `since`, that one included.
    pub fn documents_since(&self, drive: &str, since: LocalDate) -> Result<u64> {
        self.with(|connection| {
            let mut sum = connection.prepare_cached(
                "select coalesce(sum(d.documents), 0) from drive_day d \
                 join drive v on v.id = d.drive where v.number = ?1 and d.day >= ?2",
            )?;
            Ok(sum.query_row((drive, since.to_string()), |row| crate::read::count(row, 0))?)
        })
    }

    /// The first day on which a drive has formed a document.
    pub fn first_day(&self, drive: &str) -> Result<Option<LocalDate>> {
        self.with(|connection| {
            let day: Option<String> = connection
                .prepare_cached(
                    "select min(d.day) from drive_day d join drive v on v.id = d.drive \
                     where v.number = ?1",
                )?
                .query_row([drive], |row| row.get(0))?;
            day.map(|day| {
                day.parse()
                    .map_err(|why| JournalError::spoiled("drive_day", why))
            })
            .transpose()
        })
    }

    /// The ККТ that lives in a slot, if it was registered here.
    pub fn register(&self, slot: SlotId) -> Result<Option<RegisterRow>> {
        self.with(|connection| {
            let row: Option<(String, String)> = connection
                .prepare_cached("select rnm, serial from register where slot = ?1")?
                .query_row([slot.0], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            row.map(|(rnm, serial)| {
                let rnm = rnm
                    .parse()
                    .map_err(|why| JournalError::spoiled("register", why))?;
                Ok(RegisterRow { rnm, serial })
            })
            .transpose()
        })
    }

    /// The ККТ of a drive; none when the drive was never seen.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn kkt_of(&self, drive: &str) -> Result<Option<KktRow>> {
        self.with(|connection| {
            let row = connection
                .prepare_cached(
                    "select facts ->> 'rnm', facts ->> 'user_inn', \
                     (select serial from register where rnm = facts ->> 'rnm' order by slot) \
                     from drive where number = ?1",
                )?
                .query_row([drive], |row| {
                    Ok(KktRow {
                        rnm: row.get(0)?,
                        user_inn: row.get(1)?,
                        serial: row.get(2)?,
                    })
                })
                .optional()?;
            Ok(row)
        })
    }
}

fn read_swap(row: &Row<'_>) -> Result<Swap> {
    let spoiled = |why: String| JournalError::spoiled("swap", why);
    let form = match read_form(&row.get::<_, Vec<u8>>("form")?) {
        Ok(Request::FormRegistration(form)) => form,
        other => return Err(spoiled(format!("its form reads {other:?}"))),
    };
    let confirmed: Option<String> = row.get("confirmed")?;
    Ok(Swap {
        old: read_drive(&row.get::<_, String>("number")?)?,
        registration: Box::new(Registration {
            ffd: read_ffd("swap", row)?,
            form,
            serial: row.get("serial")?,
            tlv: row.get("tlv")?,
        }),
        is_exported: row.get::<_, Option<i64>>("exported_at")?.is_some(),
        confirmed: confirmed.map(|drive| read_drive(&drive)).transpose()?,
    })
}
