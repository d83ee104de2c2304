//! How operations are described: one shape for each type.

use std::borrow::Cow;

use desk::MAX_EVENT_ID;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use terms::LocalDate;

use super::{
    corrections::{
        CancelPaymentRequest, FixReceiptRequest, RestoreChargeRequest, RestorePaymentRequest,
    },
    events::{
        Fields, IdentifyRequest, MoveRequest, PeriodCloseRequest, RecalcRequest, RefundRequest,
        WriteOffRequest,
    },
    ready::ReadyRequest,
    request::{CallbackUrl, ChargeRequest, PaymentRequest},
};
use crate::{
    OPERATIONS_MAX,
    value::{Label, Text},
};

/// An operation; its `type` tells which one.
pub(crate) struct OperationBody;

impl JsonSchema for OperationBody {
    fn schema_name() -> Cow<'static, str> {
        "OperationRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let shapes = [
            ("payment", generator.subschema_for::<PaymentRequest>()),
            ("charge", generator.subschema_for::<ChargeRequest>()),
            ("receipt", generator.subschema_for::<ReadyRequest>()),
            shape::<IdentifyRequest>(generator),
            shape::<PeriodCloseRequest>(generator),
            shape::<RefundRequest>(generator),
            shape::<RecalcRequest>(generator),
            shape::<WriteOffRequest>(generator),
            shape::<MoveRequest>(generator),
            shape::<CancelPaymentRequest>(generator),
            shape::<RestorePaymentRequest>(generator),
            shape::<RestoreChargeRequest>(generator),
            shape::<FixReceiptRequest>(generator),
        ];
        let mapping: Map<String, Value> = shapes
            .iter()
            .filter_map(|(kind, shape)| Some(((*kind).to_owned(), shape.get("$ref")?.clone())))
            .collect();
        let shapes = shapes.map(|(_, shape)| shape);
        json_schema!({
            "description": "An operation; its type tells which one.",
            "oneOf": shapes,
            "discriminator": {"propertyName": "type", "mapping": mapping}
        })
    }
}

fn shape<F: Fields + JsonSchema>(generator: &mut SchemaGenerator) -> (&'static str, Schema) {
    (F::KIND, generator.subschema_for::<Whole<F>>())
}

/// The fields of a type with those that every operation has.
struct Whole<F>(F);

impl<F: Fields + JsonSchema> JsonSchema for Whole<F> {
    fn schema_name() -> Cow<'static, str> {
        F::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = F::json_schema(generator);
        let common = [
            ("type", json_schema!({"type": "string", "const": F::KIND})),
            (
                "key",
                described::<Label<MAX_EVENT_ID>>(generator, "The idempotency key, for ever."),
            ),
            (
                "date",
                described::<Text<LocalDate>>(generator, "The day that it is of; usual: today."),
            ),
            (
                "callback",
                described::<CallbackUrl>(generator, "Where one letter goes when all is settled."),
            ),
        ];
        let mut properties = match schema.remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        properties.extend(common.map(|(name, look)| (name.to_owned(), look.to_value())));
        let mut required = match schema.remove("required") {
            Some(Value::Array(required)) => required,
            _ => Vec::new(),
        };
        required.splice(0..0, [json!("type"), json!("key")]);
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("required".to_owned(), Value::Array(required));
        schema
    }
}

fn described<T: JsonSchema>(generator: &mut SchemaGenerator, what: &str) -> Schema {
    let mut schema = generator.subschema_for::<T>();
    schema.insert("description".to_owned(), json!(what));
    schema
}

/// What may be pushed.
pub(crate) struct OperationOrArray;

impl JsonSchema for OperationOrArray {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OperationOrArray".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<OperationBody>();
        json_schema!({
            "oneOf": [one, {"type": "array", "items": one, "maxItems": OPERATIONS_MAX}]
        })
    }
}
