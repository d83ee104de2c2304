//! The list of receipts as a table.

use journal::{Listed, Order, Page, ReceiptsOf};
use terms::Id;

use crate::{Desk, DeskError, DocumentView, ReceiptView, offsets::plain};

/// The most rows of the table.
pub const RECEIPT_ROWS_MAX: u32 = 50_000;
/// How many are read at once.
const PAGE: u32 = 1_000;
const HEADER: [&str; 17] = [
    "receipt",
    "operation",
    "account",
    "state",
    "sign",
    "correction",
    "date",
    "total",
    "cash",
    "cashless",
    "prepaid",
    "credit",
    "counter",
    "fn_number",
    "fd",
    "fp",
    "time",
];

impl Desk {
    /// Receipts as CSV with a header row, the newest first; sums are roubles. At most
    /// [`RECEIPT_ROWS_MAX`] rows: whether any were left out is said beside it.
    ///
    /// # Errors
    /// See [`Desk::operations`].
    pub async fn receipts_csv(&self, of: ReceiptsOf) -> Result<(String, bool), DeskError> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let mut written = table.write_record(HEADER).is_ok();
        let (mut after, mut rows_left) = (None, RECEIPT_ROWS_MAX);
        loop {
            let page = Page {
                after,
                order: Order::Descending,
                limit: PAGE.min(rows_left),
            };
            let Listed { rows, next } = self.receipts(of.clone(), page).await?;
            for receipt in &rows {
                written &= table.write_record(cells(receipt)).is_ok();
            }
            rows_left = rows_left.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            after = next.filter(|_| rows_left > 0);
            if after.is_none() {
                // Writing into memory does not fail.
                let bytes = table.into_inner().ok().filter(|_| written);
                let text = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
                return Ok((text, next.is_some()));
            }
        }
    }
}

fn cells(view: &ReceiptView) -> [String; 17] {
    let (receipt, document) = (&view.receipt, view.document.as_ref());
    let told = |part: fn(&DocumentView) -> String| document.map(part).unwrap_or_default();
    let payments = &receipt.payments;
    [
        view.id.to_string(),
        Id::to_string(&view.operation),
        plain(view.account.as_deref().unwrap_or_default()),
        view.state.name().to_owned(),
        receipt.operation.title().to_owned(),
        u8::from(receipt.correction.is_some()).to_string(),
        receipt.date.to_string(),
        receipt.total.to_string(),
        payments.cash.to_string(),
        payments.cashless.to_string(),
        payments.prepaid.to_string(),
        payments.credit.to_string(),
        payments.counter.to_string(),
        told(|document| document.drive.clone()),
        told(|document| document.number.to_string()),
        told(|document| document.fiscal_sign.to_string()),
        told(|document| document.time.clone()),
    ]
}
