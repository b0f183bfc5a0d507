//! The log: one line an event, on standard error, as text or JSON. What an event may carry is for its writer to keep:
//! ids, codes and times, never names, contacts or secrets.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// The web server tells of its workers' comings and goings at the level of information, and of each request that is no HTTP
/// at the level of errors: anybody could fill the log with those.
const QUIET: &str = "actix_server=warn,actix_http::h1=off";

/// To be called once, before anything is worth a line.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", log.level))
        .map_err(|error| format!("log level: {error}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match log.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init(),
    }
    .map_err(|error| format!("log: {error}"))
}
