use terms::{Id, Kopecks, LocalDate, TermError};

use super::{Listed, Page, read_rows};
use crate::{JournalError, Reader, Result, payment, record::read_id};

/// Money whose payer is unknown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnidentifiedRow {
    /// The payment's operation.
    pub operation: Id,
    /// Its key: what is identified.
    pub key: String,
    /// The day the money came.
    pub date: LocalDate,
    /// How much.
    pub amount: Kopecks,
    /// The operation as it was accepted, JSON: what the bank says of the payer.
    pub body: String,
}

impl Reader {
    /// A page of the payments whose payer is unknown, in the order in which they came.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn unidentified(&self, page: &Page<Id>) -> Result<Listed<UnidentifiedRow, Id>> {
        let (order, beyond) = (page.order.sql(), page.order.beyond());
        let (after, values) = match page.after {
            Some(after) => (
                format!("where u.operation {beyond} ?"),
                vec![after.get().into()],
            ),
            None => (String::new(), Vec::new()),
        };
        let sql = format!(
            "select u.operation, u.id, u.date, u.payment, o.body from unidentified u \
             join operation o on o.id = u.operation {after} order by u.operation {order} limit {}",
            page.read_max()
        );
        self.at_once(|connection| {
            let rows = read_rows(connection, &sql, values.iter().cloned(), |row| {
                let key: String = row.get(1)?;
                let spoiled =
                    |why: TermError| JournalError::spoiled(format!("unidentified {key}"), why);
                let date: String = row.get(2)?;
                let payment = payment::from_json(&key, &row.get::<_, String>(3)?)?;
                let parts = payment.parts.iter().map(|part| part.amount);
                Ok(UnidentifiedRow {
                    operation: read_id(row.get(0)?)?,
                    date: date.parse().map_err(spoiled)?,
                    amount: Kopecks::sum(parts).map_err(spoiled)?,
                    body: row.get(4)?,
                    key: key.clone(),
                })
            })?;
            Ok(page.of(rows, |row| row.operation))
        })
    }
}
