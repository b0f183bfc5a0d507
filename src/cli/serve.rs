//! `sanku serve`: the HTTP interface, until SIGTERM or SIGINT.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::app::{App, api_client, enterprise};
use crate::config::{Config, ForwardedHeader};
use crate::http::server::{self, Serving};
use crate::http::state::{ForwardedBy, Patience, Proxies, Quotas, Settings};
use crate::jobs;

use super::opening::open;
use super::outcome::{Failure, Outcome, Verdict, told};

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
        connections: room_for(config.limits.connections),
        connections_from_one: config.limits.connections_per_address,
    };
    // Nobody shall find out by a change that the ledger takes none.
    app.ready().map_err(|error| told(error, config.lang()))?;
    let state =
        server::state(app.clone(), settings(config)).map_err(|error| told(error, config.lang()))?;
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

fn settings(config: &Config) -> Settings {
    let limits = &config.limits;
    Settings {
        proxies: Proxies {
            trusted: config
                .server
                .trusted_proxies
                .iter()
                .map(|it| it.0)
                .collect(),
            header: match config.server.forwarded_header {
                ForwardedHeader::XForwardedFor => ForwardedBy::XForwardedFor,
                ForwardedHeader::Forwarded => ForwardedBy::Forwarded,
            },
        },
        quotas: Quotas {
            log_ins: NonZeroU32::new(limits.log_ins_per_minute),
            costly: NonZeroU32::new(limits.costly_per_minute),
            passwords: NonZeroU32::new(limits.passwords_per_minute),
            requests: NonZeroU32::new(limits.requests_per_minute),
        },
        patience: Patience {
            usual: Duration::from_secs(limits.request_seconds),
            costly: Duration::from_secs(limits.costly_seconds),
        },
        most_at_work: limits.requests_at_once,
    }
}

/// How many connections the system lets this program have: each takes two files. What is usual for a shell is little for a
/// service, and the service may raise it itself as far as the administrator allows.
fn room_for(connections: usize) -> usize {
    /// For the database, exports and whatever else is open.
    const OTHERS: u64 = 256;
    let wanted = connections as u64 * 2 + OTHERS;
    let now = getrlimit(Resource::Nofile);
    if now.current.is_none_or(|files| files >= wanted) {
        return connections;
    }
    let files = now.maximum.map_or(wanted, |most| most.min(wanted));
    let raised = Rlimit {
        current: Some(files),
        maximum: now.maximum,
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => files,
        Err(_) => now.current.unwrap_or(files),
    };
    let room = files.saturating_sub(OTHERS) / 2;
    if files < wanted {
        tracing::warn!(
            connections = room,
            "the system allows fewer open files than connections need"
        );
    }
    usize::try_from(room)
        .unwrap_or(connections)
        .clamp(1, connections)
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
