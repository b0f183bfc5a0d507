//! `sanku serve`: the HTTP interface, until SIGTERM or SIGINT.

use std::net::SocketAddr;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::app::{App, api_client, enterprise};
use crate::config::Config;
use crate::http::server::{self, Serving};
use crate::http::state::State;
use crate::jobs;

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
    let state = State::new(app.clone())
        .map_err(|error| told(error, config.lang()))?
        .behind(&config.server.trusted_proxies);
    warm(&app)?;
    let clockwork = jobs::start(app.clone(), super::jobs::settings(config)).map_err(no_thread)?;
    let ready =
        |address: SocketAddr| tracing::info!(%address, database = %config.database_url, "serving");
    server::serve(state, &serving, ready)
        .map_err(|error| Failure::Could(format!("cannot serve at {}: {error}", serving.listen)))?;
    drop(clockwork);
    if let Err(error) = api_client::keep_uses(&app) {
        tracing::warn!(%error, "the last uses of API keys are not written down");
    }
    tracing::info!("stopped");
    Ok(Verdict::Done)
}

/// The names are read meanwhile, so that the first search is as fast as the next.
fn warm(app: &App) -> Result<(), Failure> {
    let app = app.clone();
    let work = std::thread::Builder::new().name("sanku-warm".into());
    let begun = work.spawn(move || match enterprise::warm_search(&app) {
        Ok(names) => tracing::info!(names, "search is ready"),
        Err(error) => {
            tracing::warn!(%error, "search is not ready; the first one will read the names")
        }
    });
    begun.map(|_| ()).map_err(no_thread)
}

fn no_thread(error: std::io::Error) -> Failure {
    Failure::Could(format!("cannot start a thread: {error}"))
}
