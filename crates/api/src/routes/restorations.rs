//! Paths of restorations.

use serde_json::{Value, json};

use super::{Route, get, post, tagged};
use crate::{
    imports::ListQuery,
    list::ListAnswer,
    restorations::{
        self, ApproveRequest, FixRequest, LostForm, RestorationAnswer, RestorationListedAnswer,
        RestorationRowAnswer, RowParams, RunRequest, TurnRequest,
    },
};

/// The order as a part of a form with one file, and the boundary between the parts.
const LOST: &str = "--part\r\n\
    Content-Disposition: form-data; name=\"order\"\r\n\r\n\
    {\"from\": \"2026-10-01\", \"to\": \"2026-10-31\", \"basis\": {\"reason\": \"lost_source\", \
    \"act\": {\"number\": \"17\", \"date\": \"2026-11-20\", \"author\": \"Иванова А. А.\"}}}\r\n\
    --part\r\n\
    Content-Disposition: form-data; name=\"file\"; filename=\"october.csv\"\r\n\r\n\
    account;date;amount;number\n100001;2026-10-05;100,00;B-1\n999999;2026-10-06;10,00;B-2\n\r\n\
    --part--\r\n";

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![lost(), fix(), list(), one(), rows(), approve(), run()];
    routes.extend(turns());
    routes.push(report());
    tagged("restorations", routes)
}

/// Something about one of them.
fn of_one(route: Route) -> Route {
    route
        .at::<i64>("id", "The restoration's number.")
        .problem(404, &["unknown_restoration"])
}

/// An order about one of them.
fn order(route: Route) -> Route {
    of_one(route)
        .answers::<RestorationAnswer>(200, "The restoration as it stands now.")
        .problem(403, &["wrong_person"])
        .problem(422, &["not_signed"])
}

fn lost() -> Route {
    let mut route = Route {
        handler: restorations::post_lost(),
        ..post("/v1/restorations:lost", restorations::lost)
    }
    .is(
        "planLost",
        "Plan to restore payments that never became receipts",
    )
    .notes(
        "A form with parts: `order`, JSON, and a part `file` for each file of the bank as it is; at \
         most 64 MiB together. Each row is looked up as a load of the file would do it: what is \
         missing will be restored by a correction receipt of its own day. Nothing of the ledger \
         changes before the plan is approved and run. A key of billing then gives the same row no \
         second receipt: one operation of the bank is one operation, whichever way it comes.",
    )
    .takes_form::<LostForm>("The order and the files.")
    .answers::<RestorationAnswer>(201, "The plan, a draft.")
    .problem(403, &["wrong_person"])
    .problem(422, &[])
    .example(
        90,
        "A registry of October that nobody has loaded",
        "/v1/restorations:lost",
        Value::from(LOST),
        201,
    );
    route.about.examples[0].media = Some("multipart/form-data; boundary=part");
    route
}

fn fix() -> Route {
    let wrong_rate = json!({
        "query": "account=100001&sign=1&kind=receipt",
        "change": {"vat": "20"},
        "basis": {"reason": "wrong_vat", "comment": "ставка в справочнике услуг"}
    });
    post("/v1/restorations:fix", restorations::fix)
        .is("planFix", "Plan to fix receipts that are wrong")
        .notes(
            "Which receipts: by their identifiers, or by a query, which is that of `GET \
             /v1/receipts`: what it lists on all its pages is looked at.",
        )
        .takes::<FixRequest>("Which receipts, what should have stood in them, and why.")
        .answers::<RestorationAnswer>(201, "The plan, a draft.")
        .problem(403, &["wrong_person"])
        .problem(422, &[])
        .example(
            91,
            "Receipts of an account with a wrong rate of VAT",
            "/v1/restorations:fix",
            wrong_rate,
            201,
        )
}

fn list() -> Route {
    get("/v1/restorations", restorations::list)
        .is("listRestorations", "Restorations, the newest first")
        .query::<ListQuery>()
        .answers::<Vec<RestorationListedAnswer>>(200, "The restorations.")
        .example(92, "The last ten", "/v1/restorations?limit=10", None, 200)
}

fn one() -> Route {
    of_one(get("/v1/restorations/{id}", restorations::get))
        .is(
            "getRestoration",
            "A restoration: what it changes, how far it is, what stands in its way",
        )
        .answers::<RestorationAnswer>(200, "The restoration.")
        .example(93, "The first one", "/v1/restorations/1", None, 200)
}

fn rows() -> Route {
    of_one(get("/v1/restorations/{id}/rows", restorations::rows))
        .is("listRestorationRows", "Its rows, in the order of the plan")
        .paged::<RowParams>()
        .answers::<ListAnswer<RestorationRowAnswer>>(200, "A page.")
        .example(
            94,
            "Those whose payer nobody knows",
            "/v1/restorations/1/rows?class=not_ours",
            None,
            200,
        )
}

fn approve() -> Route {
    let own = json!({"hash": "0".repeat(64)});
    order(post("/v1/restorations/{id}/approve", restorations::approve))
        .is("approveRestoration", "Approve a plan that was looked at")
        .notes(
            "By another person than the one who has made it: the name behind the key, or `by` with \
             a key of the administrator. The hash is that of the plan: what is approved is what was \
             looked at.",
        )
        .takes::<ApproveRequest>("The hash of the plan.")
        .problem(403, &["wrong_person", "same_person"])
        .problem(409, &["not_now", "other_hash", "journal"])
        .example(
            95,
            "Who has made it may not",
            "/v1/restorations/1/approve",
            own,
            403,
        )
}

fn run() -> Route {
    order(post("/v1/restorations/{id}/run", restorations::run))
        .is("runRestoration", "Carry an approved plan out")
        .notes(
            "The answer comes at once; `GET /v1/restorations/{id}` tells how it goes. Ordinary \
             payments go first. When the share of corrections comes near that of the risk \
             indicators, it waits (`spread`), or goes on (`at-once`), which the letter then \
             explains.",
        )
        .takes::<RunRequest>("How far, at which pace, and when to pause.")
        .problem(409, &["not_now", "does_not_fit", "journal"])
        .example(
            96,
            "One that nobody has approved",
            "/v1/restorations/1/run",
            json!({"limit": 10, "pause_on": {"changed": true}}),
            409,
        )
}

fn turns() -> [Route; 3] {
    let turn = |route: Route| {
        order(route)
            .takes::<TurnRequest>("Who, and why.")
            .problem(409, &["not_now", "journal"])
    };
    let why = json!({"reason": "проверяем первые документы"});
    [
        turn(post("/v1/restorations/{id}/pause", restorations::pause))
            .is("pauseRestoration", "Stop for now")
            .notes("What is under way is ended.")
            .example(
                97,
                "One that does not run",
                "/v1/restorations/1/pause",
                why,
                409,
            ),
        turn(post("/v1/restorations/{id}/resume", restorations::resume))
            .is("resumeRestoration", "Go on")
            .example(
                98,
                "One that is not paused",
                "/v1/restorations/1/resume",
                json!({}),
                409,
            ),
        turn(post("/v1/restorations/{id}/abandon", restorations::abandon))
            .is("abandonRestoration", "Give a plan up")
            .notes("What was done stays done, the rest never will be.")
            .example(
                99,
                "The second one",
                "/v1/restorations/2/abandon",
                json!({"reason": "ставка была верной"}),
                200,
            ),
    ]
}

fn report() -> Route {
    of_one(get("/v1/restorations/{id}/report", restorations::report))
        .is(
            "getRestorationReport",
            "The set of documents for the accountant and the tax office",
        )
        .answers_as(
            200,
            "application/zip",
            "Letter, register, totals, extracts, reconciliation.",
        )
        .problem(409, &["papers"])
        .example(
            100,
            "Of a plan that nobody has approved",
            "/v1/restorations/1/report",
            None,
            409,
        )
}
