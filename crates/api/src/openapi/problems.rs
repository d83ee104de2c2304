//! What may be wrong: statuses, codes, and how a problem looks.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

/// What may be wrong with any request that needs a key: status, name, codes.
pub(super) const EVERYWHERE: [(u16, &str, &[&str]); 6] = [
    (400, "BadRequest", &["malformed", "bad_query"]),
    (401, "Unauthorized", &["unauthorized", "key_expired"]),
    (
        403,
        "Forbidden",
        &["wrong_scope", "wrong_address", "wrong_organisation"],
    ),
    (
        429,
        "TooManyRequests",
        &["too_many_requests", "too_many_tries"],
    ),
    (500, "Failed", &["journal", "internal"]),
    (503, "Unavailable", &["stopping", "timed_out"]),
];

/// What may be wrong with any body.
pub(super) const WITH_BODY: [(u16, &str, &[&str]); 3] = [
    (408, "TooSlow", &["body_too_slow"]),
    (413, "TooLarge", &["body_too_large"]),
    (422, "BadValue", &["bad_value"]),
];

/// What a status means, in words.
const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The body is no JSON, or the query or the path cannot be read.",
        401 => "No key, an unknown one, or its time is over.",
        403 => "The key may not do this, or not from there.",
        404 => "What the path or the query names is not there.",
        408 => "The body has not come in its time: send the same again.",
        409 => "It does not fit what is.",
        413 => "Too much at once.",
        422 => "A value breaks its rule, or the rules of receipts refuse it.",
        429 => "Too often: `Retry-After` says when to come again.",
        503 => "Not now: send the same again later.",
        _ => "The server has failed, its log says how: send the same again.",
    }
}

/// The answers that many operations have in common.
pub(super) fn common() -> Map<String, Value> {
    let all = EVERYWHERE.iter().chain(&WITH_BODY);
    all.map(|(status, name, codes)| ((*name).to_owned(), answer(*status, codes)))
        .collect()
}

/// A problem as an answer; without codes its code may be any.
pub(super) fn answer(status: u16, codes: &[&str]) -> Value {
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    let mut narrowed = Map::new();
    narrowed.insert("status".to_owned(), json!({"const": status}));
    if !codes.is_empty() {
        narrowed.insert("code".to_owned(), json!({"enum": codes}));
    }
    let schema = json!({"allOf": [problem, {"type": "object", "properties": narrowed}]});
    let mut answer = json!({
        "description": meaning(status),
        "content": {"application/problem+json": {"schema": schema}}
    });
    let headers = match status {
        401 => json!({
            "WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}}
        }),
        429 => json!({"Retry-After": {"$ref": "#/components/headers/Retry-After"}}),
        _ => return answer,
    };
    answer["headers"] = headers;
    answer
}

/// A problem that may stand under a common name, as it is.
pub(super) fn resolved(answer: &Value) -> Value {
    let name = answer["$ref"].as_str().and_then(|it| it.rsplit('/').next());
    let found = name.and_then(|name| common().remove(name));
    found.unwrap_or_else(|| answer.clone())
}

/// How a problem looks (RFC 9457).
pub(crate) fn schema() -> Schema {
    json_schema!({
        "type": "object",
        "description": "What is wrong (RFC 9457). Branch on `code`; `detail` is for people.",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string", "pattern": "^urn:kassette:problem:[a-z0-9_]+$"},
            "title": {"type": "string", "description": "The status in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {"type": "string", "pattern": "^[a-z0-9_]+$", "description": "Stable."},
            "detail": {
                "type": "string",
                "description": "What happened, to which object, and what to do."
            },
            "field": {
                "type": "string",
                "description": "The way to what is to blame, such as `parts[0].amount`."
            },
            "operation": {"type": "string", "description": "The operation it is about."},
            "errors": {
                "type": "array",
                "description": "The lines of a file that are to blame.",
                "items": {
                    "type": "object",
                    "required": ["detail"],
                    "properties": {
                        "line": {"type": "integer", "minimum": 0},
                        "field": {"type": "string"},
                        "detail": {"type": "string"}
                    }
                }
            }
        },
        "examples": [{
            "type": "urn:kassette:problem:bad_value", "title": "Unprocessable Entity",
            "status": 422, "code": "bad_value",
            "detail": "the amount is 0.00; it must be more than 0.00",
            "field": "parts[0].amount"
        }]
    })
}
