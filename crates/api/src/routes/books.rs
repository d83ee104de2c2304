//! Paths of tables for the books, and of the service level.

use super::{Answer, Form, Route, get, tagged};
use crate::{
    exports::{self, ExportParams},
    service_level::{self, LevelAnswer, LevelParams},
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) fn routes() -> Vec<Route> {
    let mut routes = tagged("tables", vec![export()]);
    routes.extend(tagged("service-level", vec![level(), month()]));
    routes
}

fn export() -> Route {
    let mut route = get("/v1/exports/{table}", exports::get)
        .is("getExport", "A table for the books")
        .notes(
            "`day`: totals of each day with the drives' shifts beside them; `receipts`: each receipt \
             with its document; `offsets`: each offset of an advance behind a consolidated receipt. \
             CSV, XML or XLSX by its ending; docs/export.md tells every column. At most 100 000 rows \
             and 366 days; `kassette export` has no limit of rows. The header \
             `x-shifts-that-differ` says how many whole shifts differ from what their drives have \
             settled.",
        )
        .at::<String>("table", "`day`, `receipts` or `offsets`.")
        .query::<ExportParams>()
        .answers_as(200, "text/csv", "The table as CSV.")
        .problem(400, &["bad_query"])
        .problem(404, &["unknown_table"])
        .problem(422, &["too_long"])
        .example(
            140,
            "November's totals",
            "/v1/exports/day.csv?from=2026-11-01&to=2026-11-30",
            None,
            200,
        )
        .example(
            141,
            "A day's receipts for 1С",
            "/v1/exports/receipts.xml?from=2026-11-22",
            None,
            200,
        );
    route.about.forms = vec![
        Form {
            ending: ".xml",
            id: "getExportXml",
            summary: "A table for the books as XML",
            answers: vec![Answer::of(200, "application/xml", "The table.")],
        },
        Form {
            ending: ".xlsx",
            id: "getExportXlsx",
            summary: "A table for the books as a workbook",
            answers: vec![Answer::of(200, XLSX, "The workbook.")],
        },
    ];
    route
}

fn level() -> Route {
    get("/v1/service-level", service_level::get)
        .is(
            "getServiceLevel",
            "How soon receipts are formed, and whether they could be",
        )
        .query::<LevelParams>()
        .answers::<LevelAnswer>(200, "The figures, and the targets of the configuration.")
        .example(
            142,
            "A week",
            "/v1/service-level?from=2026-11-16&to=2026-11-22",
            None,
            200,
        )
}

fn month() -> Route {
    let mut route = get("/v1/service-level/{month}", service_level::month)
        .is("getServiceLevelMonth", "The same of a month")
        .at::<String>("month", "The month, YYYY-MM.")
        .answers::<LevelAnswer>(200, "The figures, and the targets of the configuration.")
        .problem(404, &["unknown_form"])
        .problem(422, &["bad_value"])
        .example(143, "November", "/v1/service-level/2026-11.json", None, 200)
        .example(
            144,
            "Its report",
            "/v1/service-level/2026-11.html",
            None,
            200,
        );
    route.about.forms = vec![
        Form {
            ending: ".html",
            id: "getServiceLevelPage",
            summary: "The month's report as a page to print",
            answers: vec![Answer::of(200, "text/html", "The report, in Russian.")],
        },
        Form {
            ending: ".xlsx",
            id: "getServiceLevelXlsx",
            summary: "The month's report as a workbook",
            answers: vec![Answer::of(200, XLSX, "The workbook, in Russian.")],
        },
    ];
    route
}
