use rusqlite::{Connection, Row};
use terms::{DocumentNumber, DriveNumber};

use super::read_rows;
use crate::{Reader, Result};

/// A drive that was ever seen.
#[derive(Clone, Debug)]
pub struct DriveRow {
    /// Номер ФН.
    pub number: String,
    /// Whether it is an emulated or a debug one.
    pub emulated: bool,
    /// Where it was seen last; none: never in a slot.
    pub slot: Option<u8>,
    /// When it was seen last, milliseconds since 1970.
    pub seen_at: i64,
    /// What it said then: its software.
    pub version: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// The phase of its life.
    pub phase: Option<String>,
    /// The version of the format that it is registered for.
    pub ffd: Option<String>,
    /// The last day of its life, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// РНМ.
    pub rnm: Option<String>,
    /// The last document that it held when it was taken in: those up to it are not here.
    pub base: DocumentNumber,
    /// How many documents of it are here.
    pub documents: u64,
    /// The first one of them.
    pub first: Option<DocumentNumber>,
    /// When it was formed, by the clock of the place.
    pub first_time: Option<String>,
    /// The last one of them.
    pub last: Option<DocumentNumber>,
    /// When it was formed.
    pub last_time: Option<String>,
    /// How many have no ticket of the ОФД.
    pub unacknowledged: u64,
    /// When the oldest of those was formed.
    pub unacknowledged_since: Option<String>,
}

impl Reader {
    /// The drives that were ever seen, or one of them; in the order in which they were seen first.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn drives(&self, one: Option<DriveNumber>) -> Result<Vec<DriveRow>> {
        self.at_once(|connection| list(connection, one))
    }
}

/// There are few drives; each is looked up at both ends of its documents. As these have no gap
/// (`kassette check` proves it), they need not be counted.
pub(super) fn list(connection: &Connection, one: Option<DriveNumber>) -> Result<Vec<DriveRow>> {
    let condition = match one {
        Some(_) => "number = ?",
        None => "? is null",
    };
    let open = "from document d where d.drive = v.id and d.acknowledged_at is null";
    let sql = format!(
        "select v.*, first.time as first_time, last.time as last_time, \
         v.facts ->> 'version' as version, v.facts ->> 'model' as model, \
         v.facts ->> 'phase' as phase, v.facts ->> 'ffd' as ffd, v.facts ->> 'until' as until, \
         v.facts ->> 'rnm' as rnm, (select count(*) {open}) as unacknowledged, \
         (select d.time {open} order by d.number limit 1) as unacknowledged_since \
         from (select *, (select min(number) from document where drive = drive.id) as first, \
           (select max(number) from document where drive = drive.id) as last \
           from drive where {condition}) v \
         left join document first on first.drive = v.id and first.number = v.first \
         left join document last on last.drive = v.id and last.number = v.last order by v.id"
    );
    let one = one.map(|drive| drive.as_str().to_owned());
    read_rows(connection, &sql, [one.into()], read)
}

fn read(row: &Row<'_>) -> Result<DriveRow> {
    let (first, last): (Option<u32>, Option<u32>) = (row.get("first")?, row.get("last")?);
    let slot: u8 = row.get("slot")?;
    let between = |(first, last): (u32, u32)| u64::from(last.saturating_sub(first)) + 1;
    Ok(DriveRow {
        number: row.get("number")?,
        emulated: row.get("emulated")?,
        slot: (slot > 0).then_some(slot),
        seen_at: row.get("seen_at")?,
        version: row.get("version")?,
        model: row.get("model")?,
        phase: row.get("phase")?,
        ffd: row.get("ffd")?,
        until: row.get("until")?,
        rnm: row.get("rnm")?,
        base: DocumentNumber(row.get("base")?),
        documents: first.zip(last).map_or(0, between),
        first: first.map(DocumentNumber),
        first_time: row.get("first_time")?,
        last: last.map(DocumentNumber),
        last_time: row.get("last_time")?,
        unacknowledged: row.get::<_, i64>("unacknowledged")?.unsigned_abs(),
        unacknowledged_since: row.get("unacknowledged_since")?,
    })
}
