//! Paths of what is in the rack: slots, drives, shifts, documents, and what has happened.

use terms::DriveNumber;

use super::{Route, get, tagged};
use crate::{
    cassette::{self, CassetteAnswer},
    drives::{self, DocumentItem, DocumentParams, DriveAnswer, ShiftAnswer, ShiftParams},
    health::{self, Health, Readiness},
    list::ListAnswer,
    orders::{self, HistoryAnswer, HistoryParams},
    remarks::{self, RemarkAnswer, RemarkParams},
    value::Text,
    watch::{self, WatchAnswer},
};

pub(super) fn routes() -> Vec<Route> {
    let drives = vec![all_drives(), drive(), shifts(), documents()];
    let mut routes = tagged(
        "cassette",
        vec![rack(), history(), remarks(), watching(), health(), ready()],
    );
    routes.extend(tagged("drives", drives));
    routes
}

fn rack() -> Route {
    get("/v1/cassette", cassette::get)
        .is(
            "getCassette",
            "The slots, their drives, when these will end, how swaps stand",
        )
        .answers::<CassetteAnswer>(200, "The cassette.")
        .example(70, "The cassette", "/v1/cassette", None, 200)
}

fn watching() -> Route {
    get("/v1/watch", watch::get)
        .is(
            "getWatch",
            "When the watch has looked last, at how much, and what it has found",
        )
        .answers::<WatchAnswer>(200, "The watch.")
        .example(79, "The watch", "/v1/watch", None, 200)
}

fn health() -> Route {
    get("/health", health::health)
        .is(
            "getHealth",
            "Whether documents can be formed, and what should be seen to",
        )
        .notes("Needs no key. Whether operations are accepted is said by `/ready`.")
        .answers::<Health>(200, "At least one slot can form documents.")
        .answers::<Health>(
            503,
            "No document can be formed now; `status` says why: `no_slot`, `journal_silent`, \
             `journal_failed`, `rack_silent`.",
        )
        .example(71, "Is it well?", "/health", None, 200)
}

fn ready() -> Route {
    get("/ready", health::ready)
        .is("getReadiness", "Whether operations are accepted")
        .notes("Needs no key. For whoever shares requests out among servers.")
        .answers::<Readiness>(200, "Operations are accepted.")
        .answers::<Readiness>(503, "They are not; the reasons say why.")
        .example(78, "Is it ready?", "/ready", None, 200)
}

fn all_drives() -> Route {
    get("/v1/drives", drives::list)
        .is("listDrives", "Each drive that was ever seen")
        .answers::<Vec<DriveAnswer>>(200, "The drives.")
        .example(72, "All drives", "/v1/drives", None, 200)
}

fn drive() -> Route {
    get("/v1/drives/{fn_number}", drives::get)
        .is("getDrive", "A drive: where, its documents, when it ends")
        .at::<Text<DriveNumber>>("fn_number", "The drive's number: 16 digits.")
        .answers::<DriveAnswer>(200, "The drive.")
        .problem(404, &["unknown_drive"])
        .example(73, "A drive", "/v1/drives/{fn_number}", None, 200)
}

fn shifts() -> Route {
    get("/v1/shifts", drives::shifts)
        .is(
            "listShifts",
            "Shifts by opening, with sums by kind and sign",
        )
        .paged::<ShiftParams>()
        .answers::<ListAnswer<ShiftAnswer>>(200, "A page.")
        .example(74, "Shifts of a slot", "/v1/shifts?slot=1", None, 200)
}

fn documents() -> Route {
    get("/v1/documents", drives::documents)
        .is("listDocuments", "Documents of a drive by ФД, with tickets")
        .notes("`fn_number` may not be left out: documents are counted within a drive.")
        .paged::<DocumentParams>()
        .answers::<ListAnswer<DocumentItem>>(200, "A page.")
        .example(
            75,
            "The first ten",
            "/v1/documents?fn_number={fn_number}&to_fd=10&order=asc",
            None,
            200,
        )
}

fn history() -> Route {
    get("/v1/history", orders::history)
        .is("listHistory", "What has happened, the newest first")
        .query::<HistoryParams>()
        .answers::<Vec<HistoryAnswer>>(200, "The entries.")
        .example(76, "Of a slot", "/v1/history?slot=1&limit=20", None, 200)
}

fn remarks() -> Route {
    get("/v1/remarks", remarks::list)
        .is(
            "listRemarks",
            "What the ОФД has refused, or had something to say about",
        )
        .query::<RemarkParams>()
        .answers::<Vec<RemarkAnswer>>(200, "The remarks.")
        .example(
            77,
            "Refused documents",
            "/v1/remarks?kind=refused",
            None,
            200,
        )
}
