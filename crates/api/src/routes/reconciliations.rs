//! Paths of reconciliations.

use serde_json::Value;

use super::{Route, get, post, tagged};
use crate::{
    imports::ListQuery,
    list::ListAnswer,
    reconciliations::{
        self, ReconcileForm, ReconciliationAnswer, ReconciliationListedAnswer,
        ReconciliationRowAnswer, RowParams,
    },
};

/// The order as a part of a form with a file of billing, and the boundary between the parts.
const ORDER: &str = "--part\r\n\
    Content-Disposition: form-data; name=\"order\"\r\n\r\n\
    {\"from\": \"2026-10-01\", \"to\": \"2026-10-31\"}\r\n\
    --part\r\n\
    Content-Disposition: form-data; name=\"billing\"; filename=\"october.csv\"\r\n\r\n\
    record;date;account;amount;id\npayment;2026-10-05;100001;100,00;P-1\n\r\n\
    --part--\r\n";

pub(super) fn routes() -> Vec<Route> {
    tagged(
        "reconciliations",
        vec![begin(), list(), one(), rows(), xlsx(), csv()],
    )
}

/// Something about one of them.
fn of_one(route: Route) -> Route {
    route
        .at::<i64>("id", "The reconciliation's number.")
        .problem(404, &["unknown_reconciliation"])
}

fn begin() -> Route {
    let mut route = Route {
        handler: reconciliations::post(),
        ..post("/v1/reconciliations", reconciliations::begin)
    }
    .is(
        "reconcile",
        "Compare billing, journal, drives, ОФД and bank over some days",
    )
    .notes(
        "A form with parts: `order`, JSON, and `billing`, `bank`, `archive` for each file as it is; \
         at most 64 MiB together (docs/reconcile.md). The files are read first: one that cannot be \
         read refuses all of it. Then the answer comes, and the comparing goes on; one at a time. \
         Nothing is corrected; what does not agree becomes an incident.",
    )
    .takes_form::<ReconcileForm>("The order and the files.")
    .answers::<ReconciliationAnswer>(202, "It is under way.")
    .problem(403, &["wrong_person"])
    .problem(409, &["reconciliation_running"])
    .problem(422, &[])
    .example(
        160,
        "A payment of billing that nobody has sent",
        "/v1/reconciliations",
        Value::from(ORDER),
        202,
    );
    route.about.examples[0].media = Some("multipart/form-data; boundary=part");
    route
}

fn list() -> Route {
    get("/v1/reconciliations", reconciliations::list)
        .is("listReconciliations", "Reconciliations, the newest first")
        .query::<ListQuery>()
        .answers::<Vec<ReconciliationListedAnswer>>(200, "The reconciliations.")
        .example(
            161,
            "The last ten",
            "/v1/reconciliations?limit=10",
            None,
            200,
        )
}

fn one() -> Route {
    of_one(get("/v1/reconciliations/{id}", reconciliations::get))
        .is(
            "getReconciliation",
            "A reconciliation: how far it is, both sides of each comparison",
        )
        .answers::<ReconciliationAnswer>(200, "The reconciliation.")
        .example(162, "The first one", "/v1/reconciliations/1", None, 200)
}

fn rows() -> Route {
    of_one(get("/v1/reconciliations/{id}/rows", reconciliations::rows))
        .is("listReconciliationRows", "What does not match")
        .paged::<RowParams>()
        .answers::<ListAnswer<ReconciliationRowAnswer>>(200, "A page.")
        .example(
            163,
            "What only the left side has",
            "/v1/reconciliations/1/rows?kind=left_only",
            None,
            200,
        )
}

fn xlsx() -> Route {
    of_one(get("/v1/reconciliations/{id}/xlsx", reconciliations::xlsx))
        .is("getReconciliationXlsx", "All of it as a table for Excel")
        .answers_as(
            200,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Each comparison with its rows.",
        )
        .problem(422, &["table"])
        .example(
            164,
            "The first one",
            "/v1/reconciliations/1/xlsx",
            None,
            200,
        )
}

fn csv() -> Route {
    of_one(get("/v1/reconciliations/{id}/csv", reconciliations::csv))
        .is("getReconciliationCsv", "All of it as CSV")
        .answers_as(200, "text/csv", "Each comparison with its rows.")
        .problem(422, &["table"])
        .example(165, "The first one", "/v1/reconciliations/1/csv", None, 200)
}
