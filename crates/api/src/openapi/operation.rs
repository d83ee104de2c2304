//! One operation of the description: a method of a path.

use std::collections::BTreeMap;

use axum::http::Method;
use desk::Scope;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{needs_key, problems};
use crate::{
    auth,
    list::PageParams,
    routes::{About, Answer, Body, Describe, Example, Form, Route},
};

/// What makes schemas: of what is read, and of what is written.
pub(super) struct Shapes {
    pub(super) read: SchemaGenerator,
    pub(super) written: SchemaGenerator,
}

/// A route as an operation.
pub(super) fn described(route: &Route, shapes: &mut Shapes) -> Value {
    let about = &route.about;
    let mut operation = begun(route, about.id, about.summary);
    if !about.notes.is_empty() {
        operation["description"] = json!(about.notes);
    }
    let mut parameters = segments(about, shapes);
    if let Some(query) = about.query {
        parameters.extend(query_parameters(query, shapes));
    }
    if about.paged {
        parameters.extend(query_parameters(PageParams::json_schema, shapes));
    }
    if about.last_event_id {
        parameters.push(json!({
            "name": "Last-Event-ID", "in": "header", "required": false,
            "description": "The last event that was heard; stronger than `after`.",
            "schema": {"type": "string"}
        }));
    }
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    if let Some(body) = &about.body {
        operation["requestBody"] = request_body(body, &about.examples, shapes);
    }
    operation["responses"] = json!(answers(route, &about.answers, shapes));
    if !about.examples.is_empty() {
        let examples: Vec<Value> = about.examples.iter().map(|it| step(route, it)).collect();
        operation["x-examples"] = json!(examples);
    }
    operation
}

/// The same in another form.
pub(super) fn form_described(route: &Route, form: &Form, shapes: &mut Shapes) -> Value {
    let mut operation = begun(route, form.id, form.summary);
    operation["parameters"] = json!(segments(&route.about, shapes));
    operation["responses"] = json!(answers(route, &form.answers, shapes));
    operation
}

fn begun(route: &Route, id: &str, summary: &str) -> Value {
    let mut operation = json!({
        "tags": [route.about.tag], "operationId": id, "summary": summary
    });
    let security: Vec<Value> = if needs_key(route.path) {
        let scopes = auth::needed(&route.method, route.path).iter();
        scopes
            .map(|scope| json!({"key": [Scope::name(*scope)]}))
            .collect()
    } else {
        Vec::new()
    };
    operation["security"] = json!(security);
    operation
}

fn segments(about: &About, shapes: &mut Shapes) -> Vec<Value> {
    let mut segment = |(name, what, look): &(&str, &str, Describe)| {
        json!({
            "name": name, "in": "path", "required": true, "description": what,
            "schema": look(&mut shapes.read)
        })
    };
    about.segments.iter().map(&mut segment).collect()
}

/// The properties of an object as parameters.
fn query_parameters(look: Describe, shapes: &mut Shapes) -> Vec<Value> {
    let object = look(&mut shapes.read).to_value();
    let required = object["required"].as_array().cloned().unwrap_or_default();
    let properties = object["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let is_required = required.iter().any(|it| *it == *name);
        let what = schema
            .as_object_mut()
            .and_then(|it| it.remove("description"));
        without_null(&mut schema);
        let mut parameter = json!({
            "name": name, "in": "query", "required": is_required, "schema": schema
        });
        if let Some(what) = what {
            parameter["description"] = what;
        }
        parameter
    };
    properties.into_iter().map(parameter).collect()
}

/// A parameter is there or not: null cannot be said.
fn without_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    schema.remove("default");
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = &kinds[..] {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}

fn request_body(body: &Body, examples: &[Example], shapes: &mut Shapes) -> Value {
    let mut content = Map::new();
    content.insert(
        "schema".to_owned(),
        match body.schema {
            Some(look) => look(&mut shapes.read).to_value(),
            None => json!({"type": "string"}),
        },
    );
    let given = examples.iter().zip(1..).filter_map(|(example, place)| {
        let value = example.body.as_ref()?;
        let named = json!({"summary": example.summary, "value": value});
        Some((format!("example{place}"), named))
    });
    let given: Map<String, Value> = given.collect();
    if !given.is_empty() {
        content.insert("examples".to_owned(), Value::Object(given));
    }
    json!({
        "description": body.what,
        "required": !body.may_be_absent,
        "content": {body.media: content}
    })
}

/// All answers by status: those that it is asked for, and problems.
fn answers(route: &Route, own: &[Answer], shapes: &mut Shapes) -> BTreeMap<String, Value> {
    let mut answers = BTreeMap::new();
    for (status, problem) in problems_of(route) {
        answers.insert(status.to_string(), problem);
    }
    for answer in own {
        let mut described = json!({"description": answer.what});
        let mut content = Map::new();
        if !answer.media.is_empty() {
            let schema = match answer.schema {
                Some(look) => look(&mut shapes.written).to_value(),
                None => json!({"type": "string"}),
            };
            content.insert(answer.media.to_owned(), json!({"schema": schema}));
        }
        // The same status may be both: an answer for people, or a problem.
        if let Some(problem) = answers.get(&answer.status.to_string()) {
            let problem = problems::resolved(problem);
            described["description"] = json!(format!(
                "{} Or: {}",
                answer.what,
                text(&problem["description"])
            ));
            let problem = problem["content"].as_object().cloned().unwrap_or_default();
            content.extend(problem);
        }
        if !content.is_empty() {
            described["content"] = Value::Object(content);
        }
        answers.insert(answer.status.to_string(), described);
    }
    answers
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What may be wrong with a route's requests, by status.
fn problems_of(route: &Route) -> BTreeMap<u16, Value> {
    // Status → the name they have in common while nothing is added, and the codes.
    let mut codes: BTreeMap<u16, (Option<&str>, Vec<&str>)> = BTreeMap::new();
    let mut common = Vec::new();
    if needs_key(route.path) {
        common.extend(problems::EVERYWHERE);
    } else {
        common.extend(problems::EVERYWHERE.into_iter().filter(|it| it.0 >= 500));
    }
    if route.about.body.is_some() {
        common.extend(problems::WITH_BODY);
    }
    for (status, name, more) in common {
        codes.insert(status, (Some(name), more.to_vec()));
    }
    for (status, more) in &route.about.problems {
        let entry = codes.entry(*status).or_default();
        entry.0 = None;
        if more.is_empty() {
            // The rules of receipts have many codes of their own, and get new ones.
            entry.1.clear();
        }
        entry.1.extend(*more);
    }
    let answer = |(status, (name, codes)): (u16, (Option<&str>, Vec<&str>))| {
        let described = match name {
            Some(name) => json!({"$ref": format!("#/components/responses/{name}")}),
            None => problems::answer(status, &codes),
        };
        (status, described)
    };
    codes.into_iter().map(answer).collect()
}

/// An example as a step of the story.
fn step(route: &Route, example: &Example) -> Value {
    let mut step = json!({
        "step": example.step, "summary": example.summary, "status": example.status,
        "method": Method::as_str(&route.method), "path": example.path
    });
    if let Some(body) = &example.body {
        step["body"] = body.clone();
    }
    if let Some(media) = example.media {
        step["content_type"] = json!(media);
    }
    step
}
