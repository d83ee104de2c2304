//! The description of the HTTP interface, OpenAPI 3.1: made from the lists of paths that the router
//! is made from, and from the types that are read and written. It is kept as `docs/openapi.json`
//! and shown at `GET /openapi.json`.

mod operation;
mod problems;
mod values;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    events::EventAnswer,
    router::V1,
    routes::{self, Route},
};
use operation::Shapes;
pub(crate) use problems::schema as problem_schema;
pub(crate) use values::{Written, any_json, any_object, receipt_state};

/// Where schemas are found in the description.
const SCHEMAS: &str = "/components/schemas";

/// The groups, in the order of reading.
const TAGS: [(&str, &str); 18] = [
    (
        "operations",
        "What billing pushes: payments, charges, and what takes them back.",
    ),
    ("receipts", "What operations have become."),
    (
        "accounts",
        "Personal accounts (лицевые счета) as Kassette knows them, with statements.",
    ),
    (
        "services",
        "What charges and debts are for, with rates of VAT.",
    ),
    (
        "contracts",
        "What accounts may be charged for, and charges that no contract allows.",
    ),
    (
        "payouts",
        "What an agent pays on to suppliers, each line of a receipt once.",
    ),
    (
        "tables",
        "Balances and offsets as CSV, tables for the books.",
    ),
    (
        "service-level",
        "How soon receipts are formed, and what was promised.",
    ),
    ("imports", "Files of payments from banks and billings."),
    (
        "restorations",
        "What was lost or formed wrongly: planned, approved by a second person, carried out.",
    ),
    (
        "reconciliations",
        "Billing, journal, drives, ОФД and bank compared.",
    ),
    ("events", "The feed of what happens to receipts."),
    ("webhooks", "Letters to others, and ordering them again."),
    (
        "cassette",
        "The rack: slots, what has happened, whether all is well.",
    ),
    ("drives", "Drives (ФН), their shifts and documents."),
    (
        "orders",
        "What people order, signed with a name and a reason.",
    ),
    (
        "incidents",
        "Trouble that the rules have found, and who is told of it.",
    ),
    (
        "golive",
        "Before the switch: the audit, test receipts, the programme of steps.",
    ),
];

const ABOUT: &str = "\
Billing pushes operations; Kassette computes which receipts the law wants, forms them on fiscal \
drives and sends them to the ОФД.

Bodies are JSON in UTF-8 of at most 4 MiB, whatever their content type says. Fields and parameters \
that are not known are refused. Money is a decimal string of roubles (`\"1500.00\"`); numbers are \
read, too, with at most two decimals and no exponent. Lengths of texts are limited in bytes. \
Every error is a problem (RFC 9457) whose `code` is stable; after any 4xx nothing has changed, and \
after a lost answer or a 5xx the same request is simply sent again.

The examples of all operations are one story: `x-examples` gives their steps.";

/// The description. It depends on nothing but the code.
pub fn description() -> Value {
    let mut shapes = Shapes {
        read: generator(SchemaSettings::for_deserialize),
        written: generator(SchemaSettings::for_serialize),
    };
    let mut paths = Map::new();
    for route in routes::all() {
        describe(&route, &mut shapes, &mut paths);
    }
    // What the stream of events carries; no answer as such names it.
    shapes.written.subschema_for::<EventAnswer>();
    let tag = |(name, about): (&str, &str)| json!({"name": name, "description": about});
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kassette",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A fiscal server for utilities and internet providers (54-ФЗ)",
            "description": ABOUT
        },
        "servers": [{"url": "/"}],
        "tags": TAGS.map(tag),
        "paths": paths,
    });
    document["components"] = json!({
        "securitySchemes": {
            "key": {
                "type": "http", "scheme": "bearer", "bearerFormat": "kst_…",
                "description": "A key of `kassette key add`. Scopes: read, push, correct, admin; \
                                where two are listed, either suffices (docs/keys.md)."
            }
        },
        "responses": problems::common(),
        "headers": {
            "Retry-After": {
                "description": "After how many seconds to come again.",
                "schema": {"type": "integer", "minimum": 1}
            }
        },
    });
    let mut schemas = shapes.written.take_definitions(true);
    schemas.insert("Problem".to_owned(), problems::schema().to_value());
    schemas.extend(shapes.read.take_definitions(true));
    document["components"]["schemas"] = Value::Object(schemas);
    document
}

fn generator(contract: fn(SchemaSettings) -> SchemaSettings) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = SCHEMAS.into();
        settings.meta_schema = None;
    });
    contract(settings).into_generator()
}

/// Adds a route, and the same in its other forms, to the paths.
fn describe(route: &Route, shapes: &mut Shapes, paths: &mut Map<String, Value>) {
    let method = route.method.as_str().to_ascii_lowercase();
    let mut add = |path: String, operation: Value| {
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[&method] = operation;
    };
    add(route.path.to_owned(), operation::described(route, shapes));
    for form in &route.about.forms {
        let path = format!("{}{}", route.path, form.ending);
        add(path, operation::form_described(route, form, shapes));
    }
}

/// Whether a path is for holders of keys.
fn needs_key(path: &str) -> bool {
    path.starts_with(V1)
}
