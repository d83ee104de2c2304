//! What the watch reads of documents: number and sign of each, and the lines of its receipt.

use rusqlite::Row;
use serde::Deserialize;
use terms::{
    DocumentNumber, DriveNumber, FiscalSign, Kopecks, LocalDate, OperationSign, PaymentMethod,
    Period, ServiceCode, TaxSystem, TermError, VatCode,
};

use super::text;
use crate::{JournalError, Reader, Result};

/// A document of a drive.
#[derive(Clone, Debug)]
pub struct WatchedDocument {
    /// Номер ФД.
    pub number: DocumentNumber,
    /// ФПД.
    pub sign: FiscalSign,
    /// The receipt that it is.
    pub receipt: Option<WatchedReceipt>,
}

/// What a formed receipt says, as far as its taxes go.
#[derive(Clone, Debug)]
pub struct WatchedReceipt {
    /// Tag 1054.
    pub sign: OperationSign,
    /// Tag 1055.
    pub tax_system: TaxSystem,
    /// The day of the settlement: tag 1178 of a correction.
    pub date: LocalDate,
    /// Whether it is a correction receipt, or corrects another one.
    pub corrects: bool,
    /// Whether an operation has taken it back or replaced it.
    pub is_undone: bool,
    /// Its lines, or those behind it.
    pub lines: Vec<WatchedLine>,
}

/// A line of a receipt.
#[derive(Clone, Debug)]
pub struct WatchedLine {
    /// Tag 1214.
    pub method: PaymentMethod,
    /// Tag 1199.
    pub code: VatCode,
    /// Tag 1043.
    pub amount: Kopecks,
    /// Tag 1200.
    pub tax: Kopecks,
    /// The service; none for the pool and for lines that the caller has computed.
    pub service: Option<ServiceCode>,
    /// The month of the service.
    pub period: Option<Period>,
    /// The debt that it pays, or the penalty.
    pub pays: Option<(String, String)>,
    /// Which rule has made it.
    pub rule: String,
}

/// The parts of a stored receipt that are looked at; the others are skipped.
#[derive(Deserialize)]
struct ReceiptPart<'a> {
    date: &'a str,
    #[serde(borrow)]
    lines: Vec<LinePart<'a>>,
    #[serde(borrow, default)]
    unprinted: Vec<LinePart<'a>>,
    #[serde(borrow, default)]
    correction: Option<CorrectionPart<'a>>,
    #[serde(default)]
    corrects: Option<u32>,
    #[serde(default)]
    settled_on: Option<&'a str>,
}

#[derive(Deserialize)]
struct CorrectionPart<'a> {
    date: &'a str,
}

#[derive(Deserialize)]
struct LinePart<'a> {
    method: u8,
    amount: i64,
    vat_code: u8,
    vat: i64,
    #[serde(default)]
    service: Option<&'a str>,
    #[serde(default)]
    period: Option<&'a str>,
    #[serde(borrow, default)]
    refs: Vec<RefPart<'a>>,
    rule: &'a str,
}

#[derive(Deserialize)]
struct RefPart<'a> {
    to: &'a str,
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
}

impl Reader {
    /// Calls `each` with at most `most` documents of a drive after the number `after`, in order; says
    /// whether there may be more.
    ///
    /// # Errors
    /// See [`Reader::watch_accounts`].
    pub fn watch_documents(
        &self,
        drive: DriveNumber,
        after: DocumentNumber,
        most: u32,
        mut each: impl FnMut(WatchedDocument) -> Result<()>,
    ) -> Result<bool> {
        self.at_once(|connection| {
            let mut documents = connection.prepare_cached(
                "select d.number, d.fiscal_sign, r.sign, r.tax_system, r.body, r.cancelled_by \
                 from document d left join receipt r on r.id = coalesce(d.receipt, d.doubles) \
                 where d.drive = (select id from drive where number = ?1) and d.number > ?2 \
                 order by d.number limit ?3",
            )?;
            let mut rows = documents.query((drive.as_str(), after.get(), most))?;
            let mut seen = 0;
            while let Some(row) = rows.next()? {
                seen += 1;
                let number = DocumentNumber(row.get(0)?);
                let receipt = match row.get_ref(4)?.as_str_or_null().map_err(text)? {
                    Some(body) => Some(read_receipt(row, body).map_err(|why| {
                        JournalError::spoiled(format!("receipt of ФД {number}, ФН {drive}"), why)
                    })?),
                    None => None,
                };
                each(WatchedDocument {
                    number,
                    sign: FiscalSign(row.get(1)?),
                    receipt,
                })?;
            }
            Ok(seen == most)
        })
    }
}

fn read_receipt(row: &Row<'_>, body: &str) -> std::result::Result<WatchedReceipt, String> {
    let column = |error: rusqlite::Error| error.to_string();
    let term = |error: TermError| error.to_string();
    let part: ReceiptPart<'_> = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let lines = match part.lines.is_empty() {
        true => part.unprinted,
        false => part.lines,
    };
    let corrected = part.correction.as_ref().map(|correction| correction.date);
    let date = corrected.or(part.settled_on).unwrap_or(part.date);
    Ok(WatchedReceipt {
        sign: OperationSign::from_code(row.get(2).map_err(column)?).map_err(term)?,
        tax_system: TaxSystem::from_bit(row.get(3).map_err(column)?).map_err(term)?,
        date: date.parse().map_err(term)?,
        corrects: corrected.is_some() || part.corrects.is_some(),
        is_undone: row.get::<_, Option<i64>>(5).map_err(column)?.is_some(),
        lines: lines
            .into_iter()
            .map(read_line)
            .collect::<terms::Result<_>>()
            .map_err(term)?,
    })
}

fn read_line(line: LinePart<'_>) -> terms::Result<WatchedLine> {
    let pays = line.refs.into_iter().find(|part| part.to != "advance");
    Ok(WatchedLine {
        method: PaymentMethod::from_code(line.method)?,
        code: VatCode::from_code(line.vat_code)?,
        amount: Kopecks::new(line.amount)?,
        tax: Kopecks::new(line.vat)?,
        service: line.service.map(str::parse).transpose()?,
        period: line.period.map(str::parse).transpose()?,
        pays: pays.map(|part| (part.to.to_owned(), part.id.into_owned())),
        rule: line.rule.to_owned(),
    })
}
