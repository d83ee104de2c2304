//! All figures.

use crate::figure::{
    Figure,
    Kind::{Counter, Gauge, Histogram, Info},
    Measure::{Bytes, Days, Seconds},
};

pub(crate) const BUILD: Figure = Figure::new(Info, "build", &["version"], "The program's version");
pub(crate) const ANSWERS: Figure = Figure::new(
    Gauge,
    "answers",
    &["part"],
    "1 while the journal's writer («journal») or the task that works with the drives («rack») \
     answers within two seconds and can do its work, 0 otherwise",
);

pub(crate) const OPERATIONS: Figure = Figure::new(
    Counter,
    "operations_accepted",
    &["type"],
    "Operations accepted, by type",
);
pub(crate) const RECEIPTS: Figure = Figure::new(
    Counter,
    "receipts",
    &["state"],
    "How often a receipt has reached a state",
);
pub(crate) const WAITING: Figure = Figure::new(
    Gauge,
    "receipts_waiting",
    &["class"],
    "Receipts that wait for a drive, by urgency: payment, registry, charge, correction",
);
pub(crate) const STANDING: Figure = Figure::new(
    Gauge,
    "receipts_standing",
    &["state"],
    "Receipts that wait for a person or for the answer of a drive: held, in_doubt",
);
pub(crate) const DURABLE: Figure = Figure::new(
    Histogram,
    "operation_durable",
    &[],
    "From the arrival of a request's operations until they were durable",
)
.in_unit(Seconds);
pub(crate) const FISCALIZED: Figure = Figure::new(
    Histogram,
    "receipt_fiscalized",
    &[],
    "From the acceptance of a receipt to its fiscal document",
)
.in_unit(Seconds);
pub(crate) const ACKNOWLEDGED: Figure = Figure::new(
    Histogram,
    "receipt_acknowledged",
    &[],
    "From the fiscal document of a receipt to the ticket of the ОФД",
)
.in_unit(Seconds);

pub(crate) const SLOTS: Figure = Figure::new(Gauge, "slots", &[], "Slots of the cassette");
pub(crate) const AT_WORK: Figure = Figure::new(
    Gauge,
    "slots_at_work",
    &[],
    "Slots that form documents: ready or working",
);
pub(crate) const SLOT_STATE: Figure = Figure::new(
    Gauge,
    "slot_state",
    &["slot", "state"],
    "1 for the state in which a slot is, 0 for all others",
);
pub(crate) const SLOT_DRIVE: Figure = Figure::new(
    Info,
    "slot_drive",
    &["slot", "fn_number", "emulated"],
    "The drive in a slot",
);
pub(crate) const DOCUMENT: Figure = Figure::new(
    Histogram,
    "drive_document",
    &["slot"],
    "How long the drive in a slot took for a document",
)
.in_unit(Seconds);
pub(crate) const DOCUMENTS_LEFT: Figure = Figure::new(
    Gauge,
    "drive_documents_left",
    &["slot"],
    "Documents that still fit into the drive",
);
pub(crate) const LIFE_LEFT: Figure = Figure::new(
    Gauge,
    "drive_life_left",
    &["slot"],
    "Days of the drive's life, the present one counted",
)
.in_unit(Days);
pub(crate) const ENDS_IN: Figure = Figure::new(
    Gauge,
    "drive_ends_in",
    &["slot"],
    "Days until the drive is full at the rate of the last four weeks, or its life is over",
)
.in_unit(Days);
pub(crate) const SHIFT_AGE: Figure = Figure::new(
    Gauge,
    "shift_age",
    &["slot"],
    "How long the shift has been open; absent while none is",
)
.in_unit(Seconds);
pub(crate) const UNSENT: Figure = Figure::new(
    Gauge,
    "unsent_documents",
    &["slot"],
    "Documents of the drive without a ticket of the ОФД",
);
pub(crate) const UNSENT_AGE: Figure = Figure::new(
    Gauge,
    "unsent_oldest_age",
    &["slot"],
    "Age of the drive's first document without a ticket of the ОФД; 0 without such",
)
.in_unit(Seconds);
pub(crate) const CLOCK: Figure = Figure::new(
    Gauge,
    "clock_shift",
    &[],
    "How far the wall clock was set ahead since the start; behind when negative",
)
.in_unit(Seconds);

pub(crate) const LETTERS: Figure = Figure::new(
    Gauge,
    "outbox_letters",
    &["receiver", "state"],
    "Letters to a webhook of the configuration, and to «callbacks» of all hosts, that wait or are \
     dead: given up. 10 000 of one receiver may be more",
);
pub(crate) const QUEUED: Figure = Figure::new(
    Gauge,
    "journal_queue",
    &[],
    "Commands that wait for the journal's writer",
);
pub(crate) const TRANSACTIONS: Figure = Figure::new(
    Counter,
    "journal_transactions",
    &["result"],
    "Transactions of the journal: durable or failed",
);
pub(crate) const COMMIT: Figure = Figure::new(
    Histogram,
    "journal_commit",
    &[],
    "How long a commit took, with the sync of the disk",
)
.in_unit(Seconds);
pub(crate) const BATCH: Figure = Figure::new(
    Histogram,
    "journal_batch_commands",
    &[],
    "Commands that have shared one transaction",
);
pub(crate) const DATABASE: Figure = Figure::new(
    Gauge,
    "journal_database",
    &[],
    "The size of the journal's file",
)
.in_unit(Bytes);
pub(crate) const LOG: Figure = Figure::new(
    Gauge,
    "journal_log",
    &[],
    "The size of the journal's write-ahead log",
)
.in_unit(Bytes);
pub(crate) const FREE: Figure = Figure::new(
    Gauge,
    "journal_disk_free",
    &[],
    "Room that is left on the journal's disk",
)
.in_unit(Bytes);

pub(crate) const REQUESTS: Figure = Figure::new(
    Counter,
    "http_requests",
    &["method", "route", "status"],
    "Requests by template of the path («none»: no path that is known) and class of the status",
);
pub(crate) const REQUEST: Figure = Figure::new(
    Histogram,
    "http_request",
    &["method", "route"],
    "From the end of a request's head to the head of its answer",
)
.in_unit(Seconds);

pub(crate) const RESTORATIONS: Figure = Figure::new(
    Gauge,
    "restorations_running",
    &[],
    "Restorations that are being carried out",
);
pub(crate) const IMPORTS: Figure = Figure::new(Counter, "imports", &[], "Files of payments loaded");
pub(crate) const IMPORT_ROWS: Figure = Figure::new(
    Gauge,
    "import_rows_waiting",
    &[],
    "Rows of files of payments that wait for a person; 10 000 may be more",
);
pub(crate) const UNIDENTIFIED: Figure = Figure::new(
    Gauge,
    "payments_unidentified",
    &[],
    "Payments whose payer nobody has told yet; 10 000 may be more",
);

pub(crate) const INCIDENTS: Figure = Figure::new(
    Gauge,
    "incidents_open",
    &["severity"],
    "Incidents that last and that nobody has taken on, by severity: info, medium, high, critical",
);
pub(crate) const IN_HAND: Figure = Figure::new(
    Gauge,
    "incidents_in_hand",
    &[],
    "Incidents that last and that somebody has taken on or muted",
);
pub(crate) const PASS_AGE: Figure = Figure::new(
    Gauge,
    "watch_last_pass_age",
    &[],
    "How long ago a pass of the watch has ended; absent when none has since the start",
)
.in_unit(Seconds);

/// All figures, in the order of the page.
pub const CATALOGUE: &[Figure] = &[
    BUILD,
    ANSWERS,
    OPERATIONS,
    RECEIPTS,
    WAITING,
    STANDING,
    DURABLE,
    FISCALIZED,
    ACKNOWLEDGED,
    SLOTS,
    AT_WORK,
    SLOT_STATE,
    SLOT_DRIVE,
    DOCUMENT,
    DOCUMENTS_LEFT,
    LIFE_LEFT,
    ENDS_IN,
    SHIFT_AGE,
    UNSENT,
    UNSENT_AGE,
    CLOCK,
    LETTERS,
    QUEUED,
    TRANSACTIONS,
    COMMIT,
    BATCH,
    DATABASE,
    LOG,
    FREE,
    RESTORATIONS,
    IMPORTS,
    IMPORT_ROWS,
    UNIDENTIFIED,
    INCIDENTS,
    IN_HAND,
    PASS_AGE,
    REQUESTS,
    REQUEST,
];
