//! `sanku serve`: the HTTP interface, until SIGTERM or SIGINT.

use std::net::SocketAddr;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::app::App;
use crate::config::Config;
use crate::http::server::{self, Serving};
use crate::http::state::State;

use super::{Failure, Outcome, Verdict, open, told};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,
}

pub fn run(_: &Args, config: &Config) -> Outcome {
    serve(open(config)?, config)
}

/// Also for other commands that end by serving.
pub fn serve(app: App, config: &Config) -> Outcome {
    let serving = Serving {
        listen: config.server.listen,
        workers: config
            .server
            .workers
            .unwrap_or_else(|| available_parallelism().map_or(2, usize::from)),
        grace: Duration::from_secs(config.server.grace_seconds),
    };
    let state = State::new(app).map_err(|error| told(error, config.lang()))?;
    let ready =
        |address: SocketAddr| tracing::info!(%address, database = %config.database_url, "serving");
    server::serve(state, &serving, ready)
        .map_err(|error| Failure::Could(format!("cannot serve at {}: {error}", serving.listen)))?;
    tracing::info!("stopped");
    Ok(Verdict::Done)
}
