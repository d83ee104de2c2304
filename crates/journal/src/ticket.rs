//! What the ОФД says about documents: tickets, refusals, messages.

use rusqlite::{Connection, OptionalExtension, Row};
use terms::{DocumentNumber, DriveNumber, Id, OfdAnswer, OfdCode, OfdMessages};

use crate::{
    Reader, ReceiptState, Result,
    read::{DocumentRow, count, read_document},
    record::{History, Page, read_id},
    scribe::Acknowledged,
};

/// The condition of the index `document_remark`.
const IS_REMARK: &str = "(d.ofd_code <> 0 or d.ofd_messages <> 0 or d.ofd_text is not null)";

/// A document about which the ОФД has said more than «accepted».
#[derive(Clone, Debug)]
pub struct RemarkRow {
    /// The slot in which its drive was seen last.
    pub slot: u8,
    /// The document.
    pub document: DocumentRow,
}

/// Which remarks are wanted, the newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct RemarksOf {
    /// Only of the drives that were seen last in this slot.
    pub slot: Option<u8>,
    /// Only of this drive.
    pub drive: Option<DriveNumber>,
    /// Only of this receipt.
    pub receipt: Option<Id>,
    /// Only refusals, or only what is no refusal.
    pub refused: Option<bool>,
    /// At most so many.
    pub limit: u32,
}

/// How many documents the ОФД has said something about.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RemarkCount {
    /// Refused: code 11, 14 or another one but 0.
    pub refused: u64,
    /// Not refused, with a message (tag 1206) or a text.
    pub messages: u64,
}

impl Page<'_> {
    /// Keeps what the ОФД says until the drive has taken the ticket. What is known already about a
    /// document with its ticket, or a document that is not known, changes nothing.
    pub(crate) fn ofd_answered(
        &mut self,
        drive: DriveNumber,
        number: DocumentNumber,
        answer: &OfdAnswer,
    ) -> Result<()> {
        let row = self.drive(drive)?;
        self.connection
            .prepare_cached(
                "update document set ofd_code = ?3, ofd_messages = ?4, ofd_text = ?5 \
                 where drive = ?1 and number = ?2 and acknowledged_at is null",
            )?
            .execute((
                row,
                number.get(),
                answer.code.map(|code| code.0),
                answer.messages.bits(),
                &answer.text,
            ))?;
        Ok(())
    }

    /// A document's ticket is in its drive. A refusal is an end, too: the drive will not send the
    /// document again.
    pub(crate) fn acknowledged(
        &mut self,
        drive: DriveNumber,
        number: DocumentNumber,
        answer: &OfdAnswer,
        ticket: &[u8],
    ) -> Result<()> {
        let row = self.drive(drive)?;
        // A ticket that was read from the drive does not say what the ОФД said: what is kept counts.
        let known = if answer.code.is_none() {
            self.known_answer(row, number)?
        } else {
            OfdAnswer::default()
        };
        let answer = answer.clone().or(known);
        let receipt: Option<(Option<i64>, i64)> = self
            .connection
            .prepare_cached(
                "update document set ofd_code = ?3, ofd_messages = ?4, ofd_text = ?5, \
                 ticket = ?6, acknowledged_at = ?7 \
                 where drive = ?1 and number = ?2 and acknowledged_at is null \
                 returning receipt, formed_at",
            )?
            .query_row(
                (
                    row,
                    number.get(),
                    answer.code.map(|code| code.0),
                    answer.messages.bits(),
                    &answer.text,
                    ticket,
                    self.pen.now,
                ),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        // A document that the journal does not know, or knows as acknowledged, changes nothing. The
        // order is not judged here: what a drive has taken is a fact, and the check tells (S5).
        let Some((receipt, formed_at)) = receipt else {
            return Ok(());
        };
        let receipt = receipt.map(read_id).transpose()?;
        if receipt.is_some() {
            self.changes.acknowledged.push(Acknowledged { formed_at });
        }
        let refusal = refusal(&answer);
        if let Some(refusal) = &refusal {
            self.tell_of(row, receipt, "ofd_refused", number, refusal)?;
        } else if !answer.messages.is_empty()
            && answer.messages != self.last_messages(row, number)?
        {
            let said: Vec<_> = answer.messages.iter().map(|it| it.meaning()).collect();
            self.tell_of(row, receipt, "ofd_message", number, &said.join("; "))?;
        }
        match receipt {
            Some(receipt) => self.receipt_from(
                receipt,
                &[ReceiptState::Fiscalized],
                ReceiptState::Acknowledged,
                refusal.as_deref(),
            ),
            None => Ok(()),
        }
    }

    fn tell_of(
        &self,
        drive: i64,
        receipt: Option<Id>,
        what: &str,
        number: DocumentNumber,
        detail: &str,
    ) -> Result<()> {
        self.tell(&History {
            drive: Some(drive),
            receipt,
            ..History::new(what, &format!("ФД {number}: {detail}"))
        })
    }

    fn known_answer(&self, drive: i64, number: DocumentNumber) -> Result<OfdAnswer> {
        let known = self
            .connection
            .prepare_cached(
                "select ofd_code, ofd_messages, ofd_text from document \
                 where drive = ?1 and number = ?2",
            )?
            .query_row((drive, number.get()), read_answer)
            .optional()?;
        Ok(known.unwrap_or_default())
    }

    /// What the ОФД said about the document before: said again, it is no news.
    fn last_messages(&self, drive: i64, number: DocumentNumber) -> Result<OfdMessages> {
        let before = DocumentNumber(number.get().saturating_sub(1));
        Ok(self.known_answer(drive, before)?.messages)
    }
}

/// Why a document counts as refused, in words; none when it does not.
fn refusal(answer: &OfdAnswer) -> Option<String> {
    let code = answer.code.filter(|_| answer.is_refusal())?;
    let text = answer.text.as_ref().map(|text| format!(" ({text})"));
    Some(format!(
        "refused by the ОФД with code {code}: {}{}",
        code.meaning(),
        text.unwrap_or_default()
    ))
}

/// The columns `ofd_code`, `ofd_messages` and `ofd_text`.
pub(crate) fn read_answer(row: &Row<'_>) -> rusqlite::Result<OfdAnswer> {
    Ok(OfdAnswer {
        code: row.get::<_, Option<u8>>("ofd_code")?.map(OfdCode),
        messages: OfdMessages::from_bits(row.get("ofd_messages")?),
        text: row.get("ofd_text")?,
    })
}

/// What the ОФД has said in the tickets that came since the drive's last shift was opened.
pub(crate) fn messages_of_shift(connection: &Connection, drive: i64) -> Result<OfdMessages> {
    let mut rows = connection.prepare_cached(&format!(
        "select d.ofd_messages from document d where d.drive = ?1 and {IS_REMARK} \
         and d.acknowledged_at >= coalesce((select formed_at from document \
         where drive = ?1 and task = 'open_shift' order by number desc limit 1), 0)"
    ))?;
    let mut rows = rows.query([drive])?;
    let mut messages = OfdMessages::default();
    while let Some(row) = rows.next()? {
        messages = messages.with(OfdMessages::from_bits(row.get(0)?));
    }
    Ok(messages)
}

impl Reader {
    /// What the ОФД has refused or had something to say about, the newest first.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn remarks(&self, of: RemarksOf) -> Result<Vec<RemarkRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(&format!(
                "select v.slot, v.number as drive, v.emulated, d.number, d.task, d.receipt, \
                 d.time, d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, \
                 d.ofd_text, d.acknowledged_at \
                 from document d indexed by document_remark join drive v on v.id = d.drive \
                 where {IS_REMARK} and (?1 is null or v.slot = ?1) \
                 and (?2 is null or v.number = ?2) and (?3 is null or d.receipt = ?3) \
                 and (?4 is null or ?4 = (coalesce(d.ofd_code, 0) <> 0)) \
                 order by d.acknowledged_at is null desc, d.acknowledged_at desc, d.number desc \
                 limit ?5"
            ))?;
            let drive = of.drive.as_ref().map(DriveNumber::as_str);
            let receipt = of.receipt.map(Id::get);
            let mut rows = rows.query((of.slot, drive, receipt, of.refused, of.limit))?;
            let mut remarks = Vec::new();
            while let Some(row) = rows.next()? {
                remarks.push(RemarkRow {
                    slot: row.get("slot")?,
                    document: read_document(row)?,
                });
            }
            Ok(remarks)
        })
    }

    /// How many documents the ОФД has refused or had something to say about.
    pub fn remark_count(&self) -> Result<RemarkCount> {
        self.with(|connection| {
            let mut counts = connection.prepare_cached(&format!(
                "select count(case when coalesce(d.ofd_code, 0) <> 0 then 1 end), count(*) \
                 from document d indexed by document_remark where {IS_REMARK}"
            ))?;
            Ok(counts.query_row([], |row| {
                let refused = count(row, 0)?;
                let messages = count(row, 1)? - refused;
                Ok(RemarkCount { refused, messages })
            })?)
        })
    }
}
