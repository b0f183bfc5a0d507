//! What every worker shares.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};

use crate::app::App;
use crate::app::error::AppError;

use super::cursor::Cursors;
use super::idempotency::InFlight;
use super::limits::{Class, Limits};
use super::metrics::Metrics;
use super::places::Places;
use super::problem::Problem;
use super::row::Row;

pub use super::limits::Quotas;
pub use super::peer::{ForwardedBy, Proxies};

pub struct State {
    pub app: App,
    pub cursors: Cursors,
    pub(super) in_flight: InFlight,
    pub(super) metrics: Metrics,
    pub(super) openapi: Bytes,
    pub(super) proxies: Proxies,
    pub(super) limits: Limits,
    /// Every route there is.
    pub(super) table: &'static [Row],
    pub(super) patience: Patience,
    /// For requests that wait for the database or work with it.
    pub(super) at_work: Arc<Places>,
    /// Bytes of bodies that are being read or worked on.
    pub(super) bodies: Arc<Places>,
    /// For files that are being taken in.
    pub(super) uploads: Arc<Places>,
    /// For files that are being handed out: each stands in memory, packed, until its client has taken it.
    pub(super) downloads: Arc<Places>,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub usual: Duration,
    /// Of the costly ones: the import of a large file takes its time.
    pub costly: Duration,
}

impl Patience {
    pub fn of(self, class: Class) -> Duration {
        match class {
            Class::Costly => self.costly,
            Class::LogIn | Class::Password | Class::Plain => self.usual,
        }
    }
}

/// What the configuration sets.
#[derive(Debug, Clone)]
pub struct Settings {
    pub proxies: Proxies,
    pub quotas: Quotas,
    pub patience: Patience,
    pub most_at_work: usize,
}

impl Default for Settings {
    /// No quotas: for tests and for whoever sets their own.
    fn default() -> Self {
        Settings {
            proxies: Proxies::default(),
            quotas: Quotas::default(),
            patience: Patience {
                usual: Duration::from_secs(30),
                costly: Duration::from_secs(600),
            },
            most_at_work: 2_048,
        }
    }
}

/// All bodies together that are held in memory, but for files.
const MOST_BODIES: usize = 64 << 20;
/// A file may be 64 MiB, and its rows take room beside it.
const MOST_UPLOADS: usize = 2;
/// A list of a million firms is some 20 MB packed, one of a city 1 MB.
const MOST_DOWNLOADS: usize = 16;

impl State {
    /// Of the process that serves a request.
    pub(super) fn of(request: &HttpRequest) -> Result<Arc<State>, Problem> {
        let state = request
            .app_data::<web::Data<State>>()
            .ok_or_else(|| AppError::internal("no state"))?;
        Ok(state.clone().into_inner())
    }

    pub fn new(app: App, table: &'static [Row], settings: Settings) -> Result<State, AppError> {
        let openapi = super::openapi::document(table)
            .to_json()
            .map_err(AppError::internal)?;
        Ok(State {
            cursors: Cursors::new(&app.key("cursor")?),
            in_flight: InFlight::default(),
            metrics: Metrics::new(table, {
                let store = app.store.clone();
                Box::new(move || store.connections_opened())
            }),
            openapi: Bytes::from(openapi),
            proxies: settings.proxies,
            limits: Limits::new(settings.quotas),
            table,
            patience: settings.patience,
            at_work: Places::new(settings.most_at_work),
            bodies: Places::new(MOST_BODIES),
            uploads: Places::new(MOST_UPLOADS),
            downloads: Places::new(MOST_DOWNLOADS),
            app,
        })
    }
}
