//! The log: lines on stderr, as text for people or as JSON for machines. `KASSETTE_LOG` says how much
//! there is, as `tracing` reads it; left out: `info`.

use std::io;

use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object for each line; what is about a request has it in `span`.
    Json,
}

/// From now on there is a log.
pub(crate) fn begin(format: LogFormat) {
    let filter = EnvFilter::try_from_env("KASSETTE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .init(),
    }
}
