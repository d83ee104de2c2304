//! Every path of this face with what answers it and what is said of it: the router and the
//! description are both made from these lists, so neither knows a path that the other does not.

mod accounts;
mod books;
mod cassette;
mod contracts;
mod feed;
mod golive;
mod incidents;
mod operations;
mod orders;
mod receipts;
mod reconciliations;
mod restorations;
mod tables;

use axum::{
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};
use desk::Desk;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

/// How a type describes itself.
pub(crate) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// A method of a path.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) handler: MethodRouter<Desk>,
    pub(crate) about: About,
}

/// What the description says of a method of a path.
#[derive(Default)]
pub(crate) struct About {
    /// The group it is shown in.
    pub(crate) tag: &'static str,
    /// The name that generated clients give it.
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) notes: &'static str,
    /// The variable segments of the path: name, meaning, look.
    pub(crate) segments: Vec<(&'static str, &'static str, Describe)>,
    pub(crate) query: Option<Describe>,
    /// Whether it is a list of pages: then it has their parameters, too.
    pub(crate) paged: bool,
    pub(crate) last_event_id: bool,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
    /// Status and codes of what may be wrong, besides what may be wrong everywhere; no codes: any.
    pub(crate) problems: Vec<(u16, &'static [&'static str])>,
    pub(crate) examples: Vec<Example>,
    /// The same under other endings of the path.
    pub(crate) forms: Vec<Form>,
}

/// What a request carries.
pub(crate) struct Body {
    pub(crate) media: &'static str,
    pub(crate) schema: Option<Describe>,
    pub(crate) may_be_absent: bool,
    pub(crate) what: &'static str,
}

/// What is answered when all is well.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) what: &'static str,
    /// Nothing for an answer without a body.
    pub(crate) media: &'static str,
    pub(crate) schema: Option<Describe>,
}

/// The same thing in another form, at the path with an ending.
pub(crate) struct Form {
    pub(crate) ending: &'static str,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) answers: Vec<Answer>,
}

/// A request that is answered as it says. All examples together are one story, told to a cassette
/// with two drives in the order of their steps; a test tells it. In a path, `{receipt}` and the like
/// stand for what an answer before has named.
pub(crate) struct Example {
    pub(crate) step: u32,
    pub(crate) summary: &'static str,
    /// The path with its query.
    pub(crate) path: &'static str,
    pub(crate) body: Option<Value>,
    /// The content type of a body that is no JSON, where it matters.
    pub(crate) media: Option<&'static str>,
    pub(crate) status: u16,
}

/// All of them.
pub(crate) fn all() -> Vec<Route> {
    [
        operations::routes(),
        receipts::routes(),
        accounts::routes(),
        contracts::routes(),
        tables::routes(),
        books::routes(),
        restorations::routes(),
        reconciliations::routes(),
        feed::routes(),
        cassette::routes(),
        orders::routes(),
        golive::routes(),
        incidents::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A route of GET (and HEAD).
fn get<H: Handler<T, Desk>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::GET, path, on(MethodFilter::GET, handler))
}

/// A route of POST.
fn post<H: Handler<T, Desk>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::POST, path, on(MethodFilter::POST, handler))
}

/// A route of PUT.
fn put<H: Handler<T, Desk>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::PUT, path, on(MethodFilter::PUT, handler))
}

/// How `T` is described where it stands.
fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The properties of `T`, which are the parameters of a query.
fn fields<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

impl Route {
    fn new(method: Method, path: &'static str, handler: MethodRouter<Desk>) -> Self {
        Self {
            method,
            path,
            handler,
            about: About::default(),
        }
    }

    /// What it is, in a few words, and its name.
    fn is(mut self, id: &'static str, summary: &'static str) -> Self {
        (self.about.id, self.about.summary) = (id, summary);
        self
    }

    fn notes(mut self, notes: &'static str) -> Self {
        self.about.notes = notes;
        self
    }

    fn at<T: JsonSchema>(mut self, name: &'static str, what: &'static str) -> Self {
        self.about.segments.push((name, what, schema::<T>));
        self
    }

    fn query<T: JsonSchema>(mut self) -> Self {
        self.about.query = Some(fields::<T>);
        self
    }

    fn paged<T: JsonSchema>(mut self) -> Self {
        self.about.paged = true;
        self.query::<T>()
    }

    fn takes<T: JsonSchema>(mut self, what: &'static str) -> Self {
        self.about.body = Some(Body {
            media: "application/json",
            schema: Some(schema::<T>),
            may_be_absent: false,
            what,
        });
        self
    }

    /// A form with parts, which are the fields of `T`.
    fn takes_form<T: JsonSchema>(mut self, what: &'static str) -> Self {
        self.about.body = Some(Body {
            media: "multipart/form-data",
            schema: Some(schema::<T>),
            may_be_absent: false,
            what,
        });
        self
    }

    fn takes_bytes(mut self, media: &'static str, what: &'static str) -> Self {
        self.about.body = Some(Body {
            media,
            schema: None,
            may_be_absent: false,
            what,
        });
        self
    }

    fn answers<T: JsonSchema>(mut self, status: u16, what: &'static str) -> Self {
        self.about.answers.push(Answer::json::<T>(status, what));
        self
    }

    fn answers_as(mut self, status: u16, media: &'static str, what: &'static str) -> Self {
        self.about.answers.push(Answer::of(status, media, what));
        self
    }

    fn problem(mut self, status: u16, codes: &'static [&'static str]) -> Self {
        self.about.problems.push((status, codes));
        self
    }

    fn example(
        mut self,
        step: u32,
        summary: &'static str,
        path: &'static str,
        body: impl Into<Option<Value>>,
        status: u16,
    ) -> Self {
        self.about.examples.push(Example {
            step,
            summary,
            path,
            body: body.into(),
            media: None,
            status,
        });
        self
    }
}

impl Answer {
    fn json<T: JsonSchema>(status: u16, what: &'static str) -> Self {
        Self {
            status,
            what,
            media: "application/json",
            schema: Some(schema::<T>),
        }
    }

    /// An answer that is no JSON.
    const fn of(status: u16, media: &'static str, what: &'static str) -> Self {
        Self {
            status,
            what,
            media,
            schema: None,
        }
    }
}

/// Puts all of them into one group.
fn tagged(tag: &'static str, routes: Vec<Route>) -> Vec<Route> {
    let tagged = |mut route: Route| {
        route.about.tag = tag;
        route
    };
    routes.into_iter().map(tagged).collect()
}
