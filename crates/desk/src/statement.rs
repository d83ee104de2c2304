//! The statement of an account: what has happened on it, and what it has come to.

use std::collections::BTreeMap;

use journal::{Listed, Order, Page, Statement, StatementEvent, StatementOf};
use serde::Deserialize;
use terms::{AccountNumber, Id, Kopecks, LocalDate, LocalDateTime, ServiceCode};

use crate::{AccountView, Desk, DeskError, OperationView, ReceiptView, offsets::plain};

/// The most events in a statement as a table.
pub const STATEMENT_ROWS_MAX: u32 = 10_000;

/// The life of an account over some time.
#[derive(Clone, Debug)]
pub struct StatementView {
    /// The account as it stands now.
    pub account: AccountView,
    /// The saldo at the beginning of the time.
    pub opening: Kopecks,
    /// The saldo at its end: the opening one and the deltas of all events.
    pub closing: Kopecks,
    /// How many events the time holds, on all pages.
    pub count: u64,
    /// A page of the events.
    pub events: Listed<StatementEventView, Id>,
}

/// Something that happened on an account.
#[derive(Clone, Debug)]
pub struct StatementEventView {
    /// The operation; of its receipts those of this account.
    pub operation: OperationView,
    /// The day that it is of.
    pub date: LocalDate,
    /// When it was accepted, by the clock of the place of settlement.
    pub accepted: LocalDateTime,
    /// By how much it has changed the saldo; nothing, if it was cancelled.
    pub delta: Kopecks,
    /// The saldo after it.
    pub saldo: Kopecks,
}

/// The balance of an account on one service.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ServiceBalance {
    /// Money ahead.
    pub advances: Kopecks,
    /// What is owed.
    pub debts: Kopecks,
    /// Penalties that are owed.
    pub penalties: Kopecks,
}

/// What a row of the table needs of an operation as it was accepted.
#[derive(Deserialize)]
struct Dated {
    date: Option<String>,
}

/// The same of something without a receipt.
#[derive(Deserialize)]
struct Unreceipted {
    why_ru: String,
}

impl Desk {
    /// The life of an account over the days `from` to `to` of acceptance, both included; none when
    /// there is no such account.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn statement(
        &self,
        account: AccountNumber,
        (from, to): (Option<LocalDate>, Option<LocalDate>),
        page: Page<Id>,
    ) -> Result<Option<StatementView>, DeskError> {
        let span = self.span(from, to)?;
        let of = StatementOf { account, span };
        let found = self.read_aside(move |reader| reader.statement(&of, &page));
        let view = found
            .await?
            .map(|found| StatementView::of(found, self.utc_offset()));
        Ok(view.transpose()?)
    }

    /// The same as CSV with a header row, the oldest event first; sums are roubles. An event stands
    /// in as many rows as it has receipts and remarks (also of its cancellation), its delta and saldo
    /// in the first of them, so that the deltas add up. None when there is no such account.
    ///
    /// # Errors
    /// When the journal cannot be read, or the time holds more than [`STATEMENT_ROWS_MAX`] events.
    pub async fn statement_csv(
        &self,
        account: AccountNumber,
        days: (Option<LocalDate>, Option<LocalDate>),
    ) -> Result<Option<String>, DeskError> {
        let page = Page {
            after: None,
            order: Order::Ascending,
            limit: STATEMENT_ROWS_MAX,
        };
        match self.statement(account, days, page).await? {
            Some(statement) if statement.events.next.is_some() => Err(DeskError::TooLong {
                count: statement.count,
                max: STATEMENT_ROWS_MAX,
            }),
            found => Ok(found.map(|statement| statement.csv())),
        }
    }
}

impl StatementView {
    fn of(found: Statement, utc_offset: i32) -> terms::Result<Self> {
        let Listed { rows, next } = found.events;
        let number = found.account.account.number.clone();
        let event = |event| StatementEventView::of(event, &number, utc_offset);
        let rows = rows.into_iter().map(event).collect::<terms::Result<_>>()?;
        Ok(Self {
            account: AccountView::of(found.account)?,
            opening: found.opening,
            closing: found.closing,
            count: found.count,
            events: Listed { rows, next },
        })
    }

    /// What the account has and owes now by service; without a code: advances for all services.
    ///
    /// # Errors
    /// When a sum lies beyond every sum.
    pub fn by_service(&self) -> terms::Result<BTreeMap<Option<ServiceCode>, ServiceBalance>> {
        let mut services: BTreeMap<Option<ServiceCode>, ServiceBalance> = BTreeMap::new();
        for lot in &self.account.account.advances {
            let balance = services.entry(lot.service.clone()).or_default();
            balance.advances = balance.advances.add(lot.amount)?;
        }
        for debt in &self.account.account.debts {
            let balance = services.entry(Some(debt.service.clone())).or_default();
            balance.debts = balance.debts.add(debt.open)?;
        }
        for penalty in &self.account.account.penalties {
            let balance = services.entry(Some(penalty.service.clone())).or_default();
            balance.penalties = balance.penalties.add(penalty.open)?;
        }
        Ok(services)
    }

    fn csv(&self) -> String {
        let mut table = csv::Writer::from_writer(Vec::new());
        let header = [
            "row",
            "accepted",
            "date",
            "type",
            "key",
            "delta",
            "saldo",
            "receipt",
            "state",
            "sign",
            "total",
            "fn_number",
            "fd",
            "fp",
            "remark",
        ];
        let mut written = table.write_record(header).is_ok();
        let mut rows = vec![Row::of_saldo("opening", self.opening)];
        rows.extend(self.events.rows.iter().flat_map(StatementEventView::rows));
        rows.push(Row::of_saldo("closing", self.closing));
        for row in rows {
            written &= table.write_record(row.cells()).is_ok();
        }
        // Writing into memory does not fail.
        let bytes = table.into_inner().ok().filter(|_| written);
        String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }
}

impl StatementEventView {
    fn of(event: StatementEvent, account: &AccountNumber, utc_offset: i32) -> terms::Result<Self> {
        let accepted = event.operation.id.unix_ms() / 1_000 + i64::from(utc_offset);
        let accepted = LocalDateTime::from_unix_local(accepted)?;
        let mut operation = OperationView::of(event.operation);
        operation.records = records_of(account, operation.records);
        let said = serde_json::from_str(&operation.body)
            .ok()
            .and_then(|Dated { date }| date?.parse().ok());
        Ok(Self {
            date: said.unwrap_or_else(|| accepted.date()),
            accepted,
            operation,
            delta: event.delta,
            saldo: event.saldo,
        })
    }

    /// A row for each receipt and each remark, at least one.
    fn rows(&self) -> Vec<Row> {
        let receipts = self.operation.receipts.iter().map(Row::of_receipt);
        let remarks: Vec<Unreceipted> =
            serde_json::from_str(&self.operation.records).unwrap_or_default();
        let remarks = remarks.into_iter().map(|record| Row {
            what: "no_receipt",
            remark: record.why_ru,
            ..Row::default()
        });
        let cancelled = self.operation.cancelled.iter().map(|it| Row {
            what: "cancelled",
            remark: format!("{}: {}", it.by, it.reason),
            ..Row::default()
        });
        let mut rows: Vec<Row> = cancelled.chain(receipts).chain(remarks).collect();
        if rows.is_empty() {
            rows.push(Row::default());
        }
        for row in &mut rows {
            row.accepted = self.accepted.to_string();
            row.date = self.date.to_string();
            row.kind.clone_from(&self.operation.kind);
            row.key.clone_from(&self.operation.key);
        }
        if let Some(first) = rows.first_mut() {
            first.delta = self.delta.to_string();
            first.saldo = self.saldo.to_string();
        }
        rows
    }
}

/// Of the records of what has no receipt those of one account, or of none.
fn records_of(account: &AccountNumber, records: String) -> String {
    match serde_json::from_str::<Vec<serde_json::Value>>(&records) {
        Ok(mut all) => {
            all.retain(|record| match record["account"].as_str() {
                Some(of) => of == account.as_str(),
                None => true,
            });
            serde_json::Value::Array(all).to_string()
        }
        // Whoever reads it next tells that it is spoiled.
        Err(_) => records,
    }
}

/// A row of the table.
#[derive(Default)]
struct Row {
    what: &'static str,
    accepted: String,
    date: String,
    kind: String,
    key: String,
    delta: String,
    saldo: String,
    receipt: String,
    state: &'static str,
    sign: &'static str,
    total: String,
    drive: String,
    number: String,
    fiscal_sign: String,
    remark: String,
}

impl Row {
    fn of_saldo(what: &'static str, saldo: Kopecks) -> Self {
        Self {
            what,
            saldo: saldo.to_string(),
            ..Self::default()
        }
    }

    fn of_receipt(receipt: &ReceiptView) -> Self {
        let document = receipt.document.as_ref();
        let told =
            |part: fn(&crate::DocumentView) -> String| document.map(part).unwrap_or_default();
        Self {
            what: "receipt",
            receipt: receipt.id.to_string(),
            state: receipt.state.name(),
            sign: receipt.receipt.operation.title(),
            total: receipt.receipt.total.to_string(),
            drive: told(|document| document.drive.clone()),
            number: told(|document| document.number.to_string()),
            fiscal_sign: told(|document| document.fiscal_sign.to_string()),
            remark: receipt.reason.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Sums may begin with a minus; what others have written may not.
    fn cells(&self) -> [String; 15] {
        [
            if self.what.is_empty() {
                "event"
            } else {
                self.what
            }
            .to_owned(),
            self.accepted.clone(),
            self.date.clone(),
            self.kind.clone(),
            plain(&self.key),
            self.delta.clone(),
            self.saldo.clone(),
            self.receipt.clone(),
            self.state.to_owned(),
            self.sign.to_owned(),
            self.total.clone(),
            self.drive.clone(),
            self.number.clone(),
            self.fiscal_sign.clone(),
            plain(&self.remark),
        ]
    }
}
