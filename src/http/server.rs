//! Listening, and stopping without cutting anybody off.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::rt::signal::unix::{SignalKind, signal};
use actix_web::{App, HttpServer, web};

use super::routes;
use super::state::State;

#[derive(Debug, Clone)]
pub struct Serving {
    pub listen: SocketAddr,
    pub workers: usize,
    /// How long requests that run may go on after the signal to stop.
    pub grace: Duration,
}

/// Serves until SIGTERM or SIGINT. `ready` is told the address once connections are taken.
pub fn serve(
    state: State,
    serving: &Serving,
    ready: impl FnOnce(SocketAddr),
) -> std::io::Result<()> {
    let listener = TcpListener::bind(serving.listen)?;
    let address = listener.local_addr()?;
    let state = web::Data::new(state);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .configure(routes::configure)
        })
        .workers(serving.workers)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
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
