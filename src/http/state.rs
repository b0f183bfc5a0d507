//! What every worker shares.

use std::net::IpAddr;

use actix_web::web::Bytes;

use crate::app::App;
use crate::app::error::AppError;

use super::cursor::Cursors;
use super::idempotency::InFlight;
use super::metrics::Metrics;
use super::peer::Proxies;

pub struct State {
    pub app: App,
    pub cursors: Cursors,
    pub proxies: Proxies,
    pub(super) in_flight: InFlight,
    pub(super) metrics: Metrics,
    pub(super) openapi: Bytes,
}

impl State {
    pub fn new(app: App) -> Result<State, AppError> {
        let openapi = super::openapi::document()
            .to_json()
            .map_err(AppError::internal)?;
        Ok(State {
            cursors: Cursors::new(&app.key("cursor")?),
            in_flight: InFlight::default(),
            metrics: Metrics::new(),
            openapi: Bytes::from(openapi),
            proxies: Proxies::default(),
            app,
        })
    }

    /// Where proxies stand in front whose word about addresses is taken.
    pub fn behind(self, proxies: &[IpAddr]) -> State {
        State {
            proxies: Proxies::new(proxies),
            ..self
        }
    }
}
