//! Listening, and stopping without cutting anybody off.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::signal::unix::{SignalKind, signal};
use actix_web::{App, HttpServer, web};

use crate::app;
use crate::app::error::AppError;

use super::connections::{Bounds, Connections};
use super::routes::{self, TABLE};
use super::state::{Settings, State};

#[derive(Debug, Clone)]
pub struct Serving {
    pub listen: SocketAddr,
    pub workers: usize,
    /// How long requests that run may go on after the signal to stop.
    pub grace: Duration,
    pub connections: usize,
    pub connections_from_one: usize,
}

/// The first request has to come within this time.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// Between two requests.
const IDLE: Duration = Duration::from_secs(60);
/// From one answer to the whole head of the next request: a connection that was idle still gets its time to ask.
const SILENCE: Duration = Duration::from_secs(IDLE.as_secs() + FIRST_REQUEST.as_secs());

/// What the workers share, with every route of the table.
pub fn state(app: app::App, settings: Settings) -> Result<State, AppError> {
    State::new(app, TABLE, settings)
}

/// Serves until SIGTERM or SIGINT. `ready` is told the address once connections are taken.
pub fn serve(
    state: State,
    serving: &Serving,
    ready: impl FnOnce(SocketAddr),
) -> std::io::Result<()> {
    let listener = StdListener::bind(serving.listen)?;
    let address = listener.local_addr()?;
    let bounds = Bounds {
        most: serving.connections,
        most_from_one: serving.connections_from_one,
        silence: SILENCE,
    };
    let connections = Connections::new(bounds, state.proxies.clone());
    let (noting, sweeping) = (connections.clone(), connections);
    let state = web::Data::new(state);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .configure(routes::configure)
        })
        .workers(serving.workers)
        .on_connect(move |stream, extensions| {
            let stream = stream.downcast_ref::<TcpStream>();
            let opened = stream.and_then(|it| noting.opened(it, it.peer_addr().ok()?));
            if let Some(connection) = opened {
                extensions.insert(connection);
            }
        })
        .keep_alive(IDLE)
        .client_request_timeout(FIRST_REQUEST)
        .client_disconnect_timeout(Duration::from_secs(2))
        .shutdown_timeout(serving.grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            if told_to_stop().await.is_ok() {
                tracing::info!("stopping: no new connections, requests that run are finished");
                handle.stop(true).await;
            }
        });
        actix_web::rt::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                sweeping.sweep();
            }
        });
        ready(address);
        server.await
    })
}

async fn told_to_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
