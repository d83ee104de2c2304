use std::time::Duration;

use axum::http::Method;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Metric, Registry},
};

use crate::{catalogue as all, figure::Figure};

/// The route of what has none.
const NONE: &str = "none";
/// Bounds of answers, seconds; `?wait=` may take thirty.
const BOUNDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// The requests that were answered. Clones count together.
#[derive(Clone, Debug)]
pub struct Requests {
    answered: Family<Answered, Counter>,
    durations: Family<Asked, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Answered {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Asked {
    method: &'static str,
    route: String,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
        }
    }
}

impl Requests {
    /// Counts a request. `route` is the template of its path (`/v1/accounts/{number}`), never the path
    /// itself; none: no template fits.
    pub fn note(&self, method: &Method, route: Option<&str>, status: u16, took: Duration) {
        let asked = Asked {
            method: named(method),
            route: route.unwrap_or(NONE).to_owned(),
        };
        let answered = Answered {
            method: asked.method,
            route: asked.route.clone(),
            status: class(status),
        };
        self.answered.get_or_create(&answered).inc();
        let duration = self.durations.get_or_create(&asked);
        duration.observe(took.as_secs_f64());
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        register(registry, all::REQUESTS, self.answered.clone());
        register(registry, all::REQUEST, self.durations.clone());
    }
}

fn register(registry: &mut Registry, figure: Figure, metric: impl Metric) {
    match figure.unit {
        Some(unit) => {
            registry.register_with_unit(figure.name, figure.help, unit.unit(), metric);
        }
        None => registry.register(figure.name, figure.help, metric),
    }
}

/// A method by its name; those that nobody uses here share one.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
