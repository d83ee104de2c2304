use rusqlite::Connection;
use terms::{DocumentNumber, DriveNumber};

use super::{Conditions, Listed, Page, read_rows};
use crate::{
    Reader, Result,
    read::{DocumentRow, read_document},
};

/// Which documents are wanted.
#[derive(Clone, Copy, Debug)]
pub struct DocumentsOf {
    /// Of which drive.
    pub drive: DriveNumber,
    /// From this ФД on.
    pub from: Option<DocumentNumber>,
    /// Up to this ФД.
    pub to: Option<DocumentNumber>,
}

/// A document in a list.
#[derive(Clone, Debug)]
pub struct ListedDocument {
    /// The document.
    pub row: DocumentRow,
    /// When it was journaled, milliseconds since 1970.
    pub formed_at: i64,
    /// The ОФД's container, or the sign that was read from the drive, as it came.
    pub ticket: Option<Vec<u8>>,
}

impl Reader {
    /// A page of a drive's documents, in the order of their numbers.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn documents_of(
        &self,
        of: &DocumentsOf,
        page: &Page<DocumentNumber>,
    ) -> Result<Listed<ListedDocument, DocumentNumber>> {
        self.at_once(|connection| list(connection, of, page))
    }
}

pub(super) fn list(
    connection: &Connection,
    of: &DocumentsOf,
    page: &Page<DocumentNumber>,
) -> Result<Listed<ListedDocument, DocumentNumber>> {
    let mut conditions = Conditions::default();
    conditions.and("v.number = ?", [of.drive.as_str().to_owned()]);
    let bounds = [
        (">=", of.from),
        ("<=", of.to),
        (page.order.beyond(), page.after),
    ];
    for (compared, number) in bounds {
        if let Some(number) = number {
            conditions.and(&format!("d.number {compared} ?"), [i64::from(number.get())]);
        }
    }
    let sql = format!(
        "select v.number as drive, v.emulated, d.number, d.task, d.receipt, d.time, \
         d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, d.ofd_text, \
         d.acknowledged_at, d.formed_at, d.ticket \
         from drive v cross join document d on d.drive = v.id where true{} \
         order by d.number {} limit {}",
        conditions.sql,
        page.order.sql(),
        page.read_max()
    );
    let rows = read_rows(connection, &sql, conditions.values, |row| {
        Ok(ListedDocument {
            row: read_document(row)?,
            formed_at: row.get("formed_at")?,
            ticket: row.get("ticket")?,
        })
    })?;
    Ok(page.of(rows, |document| document.row.number))
}
